// Views with their place in the graph.
#pragma once
#include <functional>

#include "node.h"

namespace mt {
// A differentiable view of t, which `source` is in Python; `context` is called only when a node is made.
PyObject *make_view(const char *name, PyObject *rule, const std::function<Ref()> &context, PyObject *source,
                    const TensorPtr &t, const Shape &shape, const Shape &stride, int64_t offset, DType dtype,
                    Creation creation, Bounds bounds = Bounds::Storage);
}  // namespace mt
