// Python's picture of a node of the graph.
#include <unordered_map>

#include "boundary.h"
#include "node.h"

namespace mt {

namespace {

struct NodeObject {
  PyObject_HEAD BackwardNodePtr node;
  PyObject *weak;
};
struct WeakNodeObject {
  PyObject_HEAD std::weak_ptr<BackwardNode> node;
};
PyTypeObject *node_type = nullptr, *weak_type = nullptr;
NodeObject *as_node(PyObject *o) { return reinterpret_cast<NodeObject *>(o); }
Node *own(PyObject *self) { return ours(as_node(self)->node.get()); }

void node_dealloc(PyObject *self) {
  PyObject_GC_UnTrack(self);
  if (as_node(self)->weak) PyObject_ClearWeakRefs(self);
  if (Node *n = own(self); n && n->shown == self) n->shown = nullptr;
  as_node(self)->node.~shared_ptr();
  PyTypeObject *type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}
int node_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(Py_TYPE(self));
  return visit_node(as_node(self)->node, visit, arg);
}
int node_clear(PyObject *self) {
  clear_node(as_node(self)->node);
  return 0;
}
PyObject *node_new(PyTypeObject *type, PyObject *, PyObject *) {
  return PyErr_Format(PyExc_TypeError, "cannot create '%.200s' instances", type->tp_name);
}

PyObject *node_saved(PyObject *self, void *) {
  return guarded([&]() -> PyObject * {
    Node *n = own(self);
    if (!n) raise(PyExc_AttributeError, "a native node shows no saved tensors");
    if (n->freed)
      raise(PyExc_RuntimeError,
            "Trying to backward through the graph a second time (or directly access saved tensors after they have "
            "already been freed). Saved intermediate "
            "values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if "
            "you need to backward through the graph "
            "a second time or if you need to access saved tensors after calling backward.");
    auto shared = std::static_pointer_cast<Node>(as_node(self)->node);
    Ref t = checked(PyTuple_New(static_cast<Py_ssize_t>(n->saved.size())));
    for (size_t i = 0; i < n->saved.size(); ++i)
      PyTuple_SET_ITEM(t.get(), static_cast<Py_ssize_t>(i), unpack(shared, i).release());
    return t.release();
  });
}
PyObject *node_rule(PyObject *self, void *) {
  Node *n = own(self);
  return Py_NewRef(n && n->rule ? n->rule.get() : Py_None);
}
PyObject *node_context(PyObject *self, void *) {
  Node *n = own(self);
  return Py_NewRef(n && n->context ? n->context.get() : Py_None);
}
PyObject *node_needs(PyObject *self, void *) {
  const auto &edges = as_node(self)->node->next_edges();
  PyObject *t = PyTuple_New(static_cast<Py_ssize_t>(edges.size()));
  for (size_t i = 0; i < edges.size(); ++i) {
    PyTuple_SET_ITEM(t, static_cast<Py_ssize_t>(i), Py_NewRef(wanted(edges[i]) ? Py_True : Py_False));
  }
  return t;
}
PyObject *node_next(PyObject *self, void *) {
  return guarded([&]() -> PyObject * {
    const auto &edges = as_node(self)->node->next_edges();
    Ref t = checked(PyTuple_New(static_cast<Py_ssize_t>(edges.size())));
    for (size_t i = 0; i < edges.size(); ++i) {
      Ref shown = edges[i].is_defined() ? Ref(show(edges[i].grad_node)) : Ref::borrow(Py_None);
      PyTuple_SET_ITEM(t.get(), static_cast<Py_ssize_t>(i),
                       Py_BuildValue("(On)", shown.get(), static_cast<Py_ssize_t>(edges[i].input_index)));
    }
    return t.release();
  });
}
PyObject *node_variable(PyObject *self, void *) {
  return guarded([&]() -> PyObject * {
    Node *n = own(self);
    if (!n || n->kind != Node::Accumulate) raise(PyExc_AttributeError, "this node has no variable");
    return wrap(n->variable);
  });
}
PyObject *node_outputs(PyObject *self, void *) {
  Node *n = own(self);
  PyObject *list = PyList_New(0);
  if (n)
    for (auto &o : n->outputs) {
      Ref item(Py_BuildValue("(Nii)", tuple_from(o.shape), static_cast<int>(o.dtype), o.device));
      PyList_Append(list, item.get());
    }
  return list;
}
template <Ref Node::*member>
PyObject *node_dict(PyObject *self, void *) {
  Node *n = own(self);
  if (!n) Py_RETURN_NONE;
  if (!(n->*member)) n->*member = Ref(new_hooks());
  return Py_NewRef((n->*member).get());
}
PyObject *node_name(PyObject *self, PyObject *) { return PyUnicode_FromString(as_node(self)->node->name().c_str()); }
PyObject *node_sequence(PyObject *self, PyObject *) { return PyLong_FromSize_t(as_node(self)->node->seq_id()); }
PyObject *node_release(PyObject *self, PyObject *) {
  as_node(self)->node->Release();
  Py_RETURN_NONE;
}
// _tensor_hooks(output) -> the dict of hooks on that output
PyObject *node_tensor_hooks(PyObject *self, PyObject *index) {
  Node *n = own(self);
  if (!n) Py_RETURN_NONE;
  return guarded([&]() -> PyObject * {
    auto last = std::max<int64_t>(1, static_cast<int64_t>(n->outputs.size())) - 1;
    Ref &d = n->tensor_hooks[static_cast<int>(whole_from(index, 0, last, "the number of an output"))];
    if (!d) d = Ref(new_hooks());
    return Py_NewRef(d.get());
  });
}
// _hook_saved(index, pack, unpack): hooks on one saved tensor
PyObject *node_hook_saved(PyObject *self, PyObject *given) {
  Node *n = own(self);
  if (!n) Py_RETURN_NONE;
  return guarded([&]() -> PyObject * {
    PyObject *index, *pack, *unpack;
    if (!PyArg_ParseTuple(given, "OOO", &index, &pack, &unpack)) throw PythonError();
    if (n->freed)
      raise(PyExc_RuntimeError,
            "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph "
            "are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
            "through the graph a second time or if you need to access saved variables after calling backward.");
    if (n->saved.empty()) raise(PyExc_RuntimeError, "nothing was saved");
    auto last = static_cast<int64_t>(n->saved.size()) - 1;
    Saved &s = n->saved[static_cast<size_t>(whole_from(index, 0, last, "the number of a saved tensor"))];
    if (s.unpack)
      raise(PyExc_RuntimeError,
            "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks "
            "is allowed at a time.");
    if (!s.tensor)
      raise(PyExc_RuntimeError, "Calling register_hooks on a saved tensor with value None is forbidden");
    pack_saved(s, pack, unpack);
    Py_RETURN_NONE;
  });
}
PyObject *node_set_materialize(PyObject *self, PyObject *on) {
  if (Node *n = own(self)) n->materialize = PyObject_IsTrue(on) == 1;
  Py_RETURN_NONE;
}
PyObject *node_set_function(PyObject *self, PyObject *ctx) {
  if (Node *n = own(self)) n->function = Ref::borrow(ctx);
  Py_RETURN_NONE;
}
PyObject *node_weak(PyObject *self, PyObject *) {
  auto *w = reinterpret_cast<WeakNodeObject *>(weak_type->tp_alloc(weak_type, 0));
  if (w) new (&w->node) std::weak_ptr<BackwardNode>(as_node(self)->node);
  return reinterpret_cast<PyObject *>(w);
}
PyObject *weak_call(PyObject *self, PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    auto n = reinterpret_cast<WeakNodeObject *>(self)->node.lock();
    if (!n) Py_RETURN_NONE;
    Node *o = ours(n.get());
    if (o && o->function) {  // the plain node, not the ctx that asks
      Ref ctx = o->function;
      o->function = Ref();
      PyObject *shown = show(n);
      o->function = ctx;
      return shown;
    }
    return show(n);
  });
}
void weak_dealloc(PyObject *self) {
  reinterpret_cast<WeakNodeObject *>(self)->node.~weak_ptr();
  PyTypeObject *type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyGetSetDef node_properties[] = {{"saved", node_saved, nullptr, "what the operator saved", nullptr},
                                 {"_rule", node_rule, nullptr, "what computes the gradients", nullptr},
                                 {"context", node_context, nullptr, "what the rule needs besides tensors", nullptr},
                                 {"needs", node_needs, nullptr, "which inputs want a gradient", nullptr},
                                 {"next_functions", node_next, nullptr, "the nodes that gradients go to", nullptr},
                                 {"variable", node_variable, nullptr, "the leaf of an AccumulateGrad", nullptr},
                                 {"_outputs", node_outputs, nullptr, "(shape, dtype code, device) of each output",
                                  nullptr},
                                 {"metadata", node_dict<&Node::metadata>, nullptr, "a dict for users", nullptr},
                                 {"_pre_hooks", node_dict<&Node::pre_hooks>, nullptr, "", nullptr},
                                 {"_post_hooks", node_dict<&Node::post_hooks>, nullptr, "", nullptr},
                                 {}};
PyMethodDef node_methods[] = {{"name", node_name, METH_NOARGS, "the operator's name"},
                              {"_sequence_nr", node_sequence, METH_NOARGS, "creation order"},
                              {"_release", node_release, METH_NOARGS, "drop what was saved"},
                              {"_tensor_hooks", node_tensor_hooks, METH_O, "hooks on one output"},
                              {"_hook_saved", node_hook_saved, METH_VARARGS, "hooks on one saved tensor"},
                              {"_set_materialize", node_set_materialize, METH_O, "zeros for outputs without gradient"},
                              {"_set_function", node_set_function, METH_O, "the object that grad_fn shows"},
                              {"_weak", node_weak, METH_NOARGS, "a callable that returns the node while it lives"},
                              {}};
PyMemberDef node_members[] = {{"__weaklistoffset__", T_PYSSIZET, offsetof(NodeObject, weak), READONLY, nullptr}, {}};
PyType_Slot node_slots[] = {{Py_tp_dealloc, (void *)node_dealloc},
                            {Py_tp_traverse, (void *)node_traverse},
                            {Py_tp_clear, (void *)node_clear},
                            {Py_tp_new, (void *)node_new},
                            {Py_tp_getset, node_properties},
                            {Py_tp_methods, node_methods},
                            {Py_tp_members, node_members},
                            {Py_tp_doc, (void *)"A node of the autograd graph."},
                            {0, nullptr}};
PyType_Spec node_spec = {"mindtorch._C.Node", sizeof(NodeObject), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, node_slots};
PyType_Slot weak_slots[] = {{Py_tp_dealloc, (void *)weak_dealloc}, {Py_tp_call, (void *)weak_call}, {0, nullptr}};
PyType_Spec weak_spec = {"mindtorch._C.WeakNode", sizeof(WeakNodeObject), 0, Py_TPFLAGS_DEFAULT, weak_slots};

}  // namespace

PyObject *show(const BackwardNodePtr &node) {
  Node *n = ours(node.get());
  if (n && n->function) return Py_NewRef(n->function.get());
  if (n && n->shown) return Py_NewRef(n->shown);
  static std::unordered_map<std::string, PyObject *> types;
  PyObject *&type = types[node->name()];
  if (!type) {
    type = callbacks.node_type ? PyObject_CallFunction(callbacks.node_type, "s", node->name().c_str())
                               : Py_NewRef(reinterpret_cast<PyObject *>(node_type));
    if (!type) throw PythonError();
    if (!PyType_Check(type) || !PyType_IsSubtype(reinterpret_cast<PyTypeObject *>(type), node_type)) {
      Py_CLEAR(type);
      raise(PyExc_TypeError, "a class of nodes was expected");
    }
  }
  auto *t = reinterpret_cast<PyTypeObject *>(type);
  PyObject *o = t->tp_alloc(t, 0);
  if (!o) throw PythonError();
  new (&as_node(o)->node) BackwardNodePtr(node);
  if (n) n->shown = o;
  return o;
}

BackwardNodePtr node_from(PyObject *o) {
  if (!PyObject_TypeCheck(o, node_type)) raise(PyExc_TypeError, "expected a graph node");
  return as_node(o)->node;
}

bool init_nodes(PyObject *module) {
  node_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&node_spec));
  weak_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&weak_spec));
  return node_type && weak_type && PyModule_AddObjectRef(module, "Node", reinterpret_cast<PyObject *>(node_type)) == 0;
}

}  // namespace mt
