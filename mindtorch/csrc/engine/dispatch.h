// Calling kernels: the loaded library, Python scalars to kernel scalars, the element-wise front end.
#pragma once
#include "node.h"

namespace mt {
bool init_dispatch(PyObject *module);
bool init_tensor_api(PyObject *module);
BackwardNodePtr node_from(PyObject *o);
void run_kernel(int id, const View *views, int nt, const Scalar *scalars, int ns);
DType promote(DType a, DType b);
extern DType default_dtype;
}  // namespace mt
