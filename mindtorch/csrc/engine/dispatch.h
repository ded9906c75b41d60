// Calling kernels: the loaded library, Python scalars to kernel scalars, the element-wise front end.
#pragma once
#include <functional>

#include "node.h"

namespace mt {
bool init_dispatch(PyObject *module);
bool init_views(PyObject *module);
bool init_callable(PyObject *module);  // public functions and methods: callable.cc
void watch_cycles();  // the collector of cycles sees what tensors hold: cycles.cc
BackwardNodePtr node_from(PyObject *o);
void run_kernel(int id, const View *views, int nt, const Scalar *scalars, int ns);
DType promote(DType a, DType b);
// A differentiable view of t, which `source` is in Python; `context` is called only when a node is made.
PyObject *make_view(const char *name, PyObject *rule, const std::function<Ref()> &context, PyObject *source,
                    const TensorPtr &t, const Shape &shape, const Shape &stride, int64_t offset, DType dtype,
                    Creation creation, Bounds bounds = Bounds::Storage);
extern DType default_dtype;
}  // namespace mt
