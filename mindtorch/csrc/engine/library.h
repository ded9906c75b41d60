// The loaded kernel library: kernels by name and number, and calls of them over host memory.
#pragma once
#include "backend.h"

namespace mt {

int kernel_from(PyObject *o);      // a kernel's number as Python gives it
bool kernel_goes_anywhere(int id);  // its operands may lie on several devices
// Where the operands are: on the accelerator, else the CPU kernel.
void run_kernel(int id, const View *views, int nt, const Scalar *scalars, int ns);

}  // namespace mt
