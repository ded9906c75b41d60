// Reference cycles by way of the graph: a hook of a leaf that knows the leaf, an output kept on a Function's ctx.
//
// What a tensor's record or its node holds of Python is no one else's when nothing but the Python object holds the
// tensor (and the tensor the node): then the collector may visit it as part of that object. Holders can be added under
// Python's lock alone, so a count of one stays one while the collector runs.
#include "node.h"

namespace mt {

namespace {

struct Sight {
  visitproc visit;
  void *arg;
  int operator()(PyObject *o) const { return o ? visit(o, arg) : 0; }
  int operator()(const Ref &r) const { return (*this)(r.get()); }
};

Node *sole(const BackwardNodePtr &node, long holders) {
  Node *n = node && node.use_count() == holders ? ours(node.get()) : nullptr;
  return n && n->kind == Node::Rule ? n : nullptr;
}

int visit_contents(Node *n, const Sight &see) {
  for (const Ref *r : {&n->rule, &n->context, &n->function, &n->pre_hooks, &n->post_hooks, &n->metadata})
    if (int stop = see(*r)) return stop;
  for (auto &[index, hooks] : n->tensor_hooks)
    if (int stop = see(hooks)) return stop;
  for (auto &s : n->saved) {
    if (int stop = see(s.object)) return stop;
    if (int stop = see(s.unpack)) return stop;
  }
  return 0;
}

// What users can reach a cycle by; the rule and what it needs to run stay.
void clear_contents(Node *n) {
  Ref function = std::move(n->function), before = std::move(n->pre_hooks), after = std::move(n->post_hooks),
      metadata = std::move(n->metadata);
  auto hooks = std::move(n->tensor_hooks);
  n->function = n->pre_hooks = n->post_hooks = n->metadata = Ref();
  n->tensor_hooks.clear();
}

traverseproc traverse_before = nullptr;
inquiry clear_before = nullptr;

// The record of a tensor that only this object holds. MindSpore's own objects may wait for a value that is still
// computed, with Python's lock held here: they are left alone.
Meta *sole_record(PyObject *self) {
  if (!PyType_IsSubtype(Py_TYPE(self), tensor_type)) return nullptr;
  TensorPtr t = reinterpret_cast<mindspore::tensor::PyType<mindspore::tensor::TensorPy> *>(self)->value.GetTensor();
  return t && t.use_count() == 2 ? meta_of(t) : nullptr;  // `t` itself is the second one
}

int tensor_traverse(PyObject *self, visitproc visit, void *arg) {
  if (traverse_before)
    if (int stop = traverse_before(self, visit, arg)) return stop;
  Meta *m = sole_record(self);
  if (!m) return 0;
  Sight see{visit, arg};
  for (PyObject *o : {m->grad_object, m->hooks, m->after_hooks})
    if (int stop = see(o)) return stop;
  BackwardNodePtr node = m->UnsafeGetGradNodeImpl();
  Node *n = sole(node, 2);
  return n ? visit_contents(n, see) : 0;
}

int tensor_clear(PyObject *self) {
  if (clear_before) clear_before(self);
  if (Meta *m = sole_record(self)) {
    Py_CLEAR(m->grad_object);
    Py_CLEAR(m->hooks);
    Py_CLEAR(m->after_hooks);
  }
  return 0;
}

}  // namespace

int visit_node(const BackwardNodePtr &node, visitproc visit, void *arg) {
  Node *n = sole(node, 1);
  return n ? visit_contents(n, {visit, arg}) : 0;
}
void clear_node(const BackwardNodePtr &node) {
  if (Node *n = sole(node, 1)) clear_contents(n);
}

void watch_cycles() {
  // Classes made in Python ask the class in C below them, whose slots no instance of its own uses: it takes no part in
  // collection.
  PyTypeObject *type = mindspore::tensor::GetTensorPyType();
  traverse_before = type->tp_traverse;
  clear_before = type->tp_clear;
  type->tp_traverse = tensor_traverse;
  type->tp_clear = tensor_clear;
}

}  // namespace mt
