// What carries out a kernel of the accelerator besides its row: compositions given by Python.
#pragma once
#include "library.h"

namespace mt {

bool has_composition(int id);
// Whether a composition did a kernel of the accelerator: it may answer NotImplemented, or be refused in these words.
bool composed(int id, PyObject *tensors, PyObject *scalars, std::string *words);

}  // namespace mt
