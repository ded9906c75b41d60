// A tensor's place in the graph, as Python sets and asks it: nodes of operators, in-place changes, hooks, modes.

#include <algorithm>

#include "boundary.h"
#include "module.h"
#include "node.h"

namespace mt {
namespace {

FAST(needs_grad) {
  return guarded([&]() -> PyObject * {
    if (!grad_mode()) Py_RETURN_FALSE;
    for (Py_ssize_t i = 0; i < n; ++i) {
      if (is_tensor(a[i])) {
        if (requires_grad(unwrap(a[i]))) Py_RETURN_TRUE;
      } else if (PyTuple_Check(a[i]) || PyList_Check(a[i])) {
        Ref fast = checked(PySequence_Fast(a[i], ""));
        for (Py_ssize_t j = 0; j < PySequence_Fast_GET_SIZE(fast.get()); ++j) {
          PyObject *o = PySequence_Fast_GET_ITEM(fast.get(), j);
          if (is_tensor(o) && requires_grad(unwrap(o))) Py_RETURN_TRUE;
        }
      }
    }
    Py_RETURN_FALSE;
  });
}
// What a rule wants saved: tensors, of which place_of tells the output that they are (-1: none), and anything else.
template <class Place>
void save_all(const std::shared_ptr<Node> &node, PyObject *values, const Place &place_of) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(values); ++i) {
    PyObject *o = PyTuple_GET_ITEM(values, i);
    if (!is_tensor(o)) {
      save_object(node, o);
      continue;
    }
    TensorPtr t = unwrap(o);
    save(node, t, place_of(t, o));
  }
}
// attach(name, rule, context, inputs, outputs, saved) -> node. Saved tensors that are outputs are recognised by
// identity.
FAST(attach) {
  return guarded([&]() -> PyObject * {
    std::vector<TensorPtr> inputs, outputs;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[3]); ++i) {
      PyObject *o = PyTuple_GET_ITEM(a[3], i);
      inputs.push_back(is_tensor(o) ? unwrap(o) : nullptr);
    }
    auto node = make_node(text_from(a[0]), a[1], a[2], inputs);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[4]); ++i) {
      PyObject *o = PyTuple_GET_ITEM(a[4], i);
      if (!is_tensor(o)) {
        node->outputs.push_back({{}, DType::F32, kNoTensor});
        outputs.push_back(nullptr);
        continue;
      }
      outputs.push_back(unwrap(o));
      DType d = dtype_of(*outputs.back());
      if (is_integral(d)) node->outputs.push_back({outputs.back()->shape(), d, device_of(outputs.back())});
      else attach_output(node, outputs.back(), static_cast<int>(i));
    }
    save_all(node, a[5], [&](const TensorPtr &t, PyObject *) {
      auto at = std::find(outputs.rbegin(), outputs.rend(), t);
      return static_cast<int>(outputs.rend() - at) - 1;
    });
    return show(node);
  });
}
// function_node(name, rule, ctx, inputs, saved, outputs): the node of a custom Function, which grad_fn shows as ctx.
// Every output is (tensor or None, how): 0 plain, 1 overwritten in place, 2 a view or a returned input, 3 without
// gradient.
FAST(function_node) {
  return guarded([&]() -> PyObject * {
    std::vector<TensorPtr> inputs, outputs;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[3]); ++i) inputs.push_back(unwrap(PyTuple_GET_ITEM(a[3], i)));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[5]); ++i)
      if (PyObject *o = PyTuple_GET_ITEM(a[5], i); !PyTuple_Check(o) || PyTuple_GET_SIZE(o) != 2)
        raise(PyExc_TypeError, "an output is a tuple of a tensor and a number");
    auto node = make_node(text_from(a[0]), a[1], Py_None, inputs);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[5]); ++i) {
      PyObject *o = PyTuple_GET_ITEM(PyTuple_GET_ITEM(a[5], i), 0);
      TensorPtr t = is_tensor(o) ? unwrap(o) : nullptr;
      outputs.push_back(t);
      if (t) node->outputs.push_back({t->shape(), dtype_of(*t), device_of(t)});
      else node->outputs.push_back({{}, DType::F32, kNoTensor});
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      auto how = whole_from(PyTuple_GET_ITEM(PyTuple_GET_ITEM(a[5], static_cast<Py_ssize_t>(i)), 1), 0, 3,
                            "how an output was made");
      if (!outputs[i] || how == 3) continue;
      if (how == 1) {
        rebase_to(outputs[i], Edge(node, i));
        continue;
      }
      attach_output(node, outputs[i], static_cast<int>(i));
      if (Meta *m = meta_of(outputs[i]); m->base) m->creation = Creation::Custom;
      remember(outputs[i], PyTuple_GET_ITEM(PyTuple_GET_ITEM(a[5], static_cast<Py_ssize_t>(i)), 0));
    }
    save_all(node, a[4], [&](const TensorPtr &t, PyObject *o) {
      bool made = meta_of(t) && meta_of(t)->UnsafeGetGradNodeImpl().get() == node.get();
      auto at = made ? std::find(outputs.rbegin(), outputs.rend(), t) : outputs.rend();
      if (at == outputs.rend()) remember(t, o);
      return static_cast<int>(outputs.rend() - at) - 1;
    });
    node->function = Ref::borrow(a[2]);
    auto shown = node->function;
    node->function = Ref();
    PyObject *plain = show(node);
    node->function = shown;
    return plain;
  });
}
FAST(set_history) {  // set_history(t, node, output index): hang a tensor on a node by hand
  return guarded([&]() -> PyObject * {
    auto node = std::dynamic_pointer_cast<Node>(node_from(a[1]));
    if (!node || node->kind != Node::Rule) raise(PyExc_TypeError, "expected a node with a rule");
    auto last = std::max<int64_t>(1, static_cast<int64_t>(node->outputs.size()));  // the next output at most
    attach_output(node, unwrap(a[0]), static_cast<int>(whole_from(a[2], 0, last, "the number of an output")));
    Py_RETURN_NONE;
  });
}
FAST(inplace_check) {
  return guarded([&]() -> PyObject * {
    check_inplace(unwrap(a[0]));
    Py_RETURN_NONE;
  });
}
FAST(inplace_protect) {  // protect_saved(self, result)
  return guarded([&]() -> PyObject * {
    protect_saved(unwrap(a[0]), unwrap(a[1]));
    Py_RETURN_NONE;
  });
}
FAST(inplace_rebase) {  // rebase(self, result)
  return guarded([&]() -> PyObject * {
    rebase(unwrap(a[0]), unwrap(a[1]));
    Py_RETURN_NONE;
  });
}
FAST(bump_version) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    if (!is_inference(t)) t->BumpVersion();
    Py_RETURN_NONE;
  });
}
FAST(detach_in_place) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    if (Meta *m = meta_of(t)) {
      if (m->base)
        raise(PyExc_RuntimeError,
              "Can't detach views in-place; use detach() instead. If you are using DistributedDataParallel (DDP) for "
              "training, and "
              "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot "
              "be called on these gradients.");
      m->set_grad_node(nullptr);
      m->set_requires_grad(false);
    }
    Py_RETURN_NONE;
  });
}
FAST(share_version) {  // share_version(t, other)
  return guarded([&]() -> PyObject * {
    unwrap(a[0])->set_version(unwrap(a[1])->version());
    Py_RETURN_NONE;
  });
}
FAST(set_version) {
  return guarded([&]() -> PyObject * {
    unwrap(a[0])->SetVersionValue(static_cast<uint32_t>(whole_from(a[1], 0, UINT32_MAX, "a version")));
    Py_RETURN_NONE;
  });
}
PyObject *is_grad_enabled(PyObject *, PyObject *) { return PyBool_FromLong(grad_switch()); }
PyObject *is_inference_enabled(PyObject *, PyObject *) { return PyBool_FromLong(inference_mode); }
PyObject *set_inference_enabled(PyObject *, PyObject *on) {
  int value = PyObject_IsTrue(on);
  if (value < 0) return nullptr;
  inference_mode = value == 1;
  Py_RETURN_NONE;
}
FAST(tensor_is_inference) {
  return guarded([&] { return PyBool_FromLong(is_inference(unwrap(a[0]))); });
}
PyObject *set_grad_enabled(PyObject *, PyObject *on) {
  int value = PyObject_IsTrue(on);
  if (value < 0) return nullptr;
  set_grad_mode(value == 1);
  Py_RETURN_NONE;
}
FAST(retain_grad) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    Edge e = edge_of(t);
    Node *node = e.is_defined() ? ours(e.grad_node.get()) : nullptr;
    if (node && node->kind == Node::Rule) {
      node->retained[static_cast<int>(e.input_index)] = t;
      Meta *m = ensure_meta(t);
      m->set_retains_grad(true);
      remember(t, a[0]);
    }
    Py_RETURN_NONE;
  });
}
// hooks(t): the dict of tensor hooks, on the leaf or on its node; after_hooks(t) for post-accumulate-grad
FAST(tensor_hooks) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    Edge e = edge_of(t);
    Node *node = e.is_defined() ? ours(e.grad_node.get()) : nullptr;
    if (node && node->kind == Node::Rule) {
      Ref &d = node->tensor_hooks[static_cast<int>(e.input_index)];
      if (!d) d = Ref(new_hooks());
      return Py_NewRef(d.get());
    }
    Meta *m = ensure_meta(t);
    if (!m->hooks) m->hooks = new_hooks();
    return Py_NewRef(m->hooks);
  });
}
FAST(after_hooks) {
  return guarded([&]() -> PyObject * {
    Meta *m = ensure_meta(unwrap(a[0]));
    if (!m->after_hooks) m->after_hooks = new_hooks();
    return Py_NewRef(m->after_hooks);
  });
}
FAST(gradient_edge) {  // (node, output index) that gradients of t flow into, leaves included; None without grad
  return guarded([&]() -> PyObject * {
    Edge e = edge_of(unwrap(a[0]));
    if (!e.is_defined()) Py_RETURN_NONE;
    Ref shown(show(e.grad_node));
    return Py_BuildValue("(On)", shown.get(), static_cast<Py_ssize_t>(e.input_index));
  });
}
PyMethodDef functions[] = {
    {"needs_grad", (PyCFunction)(void (*)())needs_grad, METH_FASTCALL, nullptr},  // any number of anything
    method<attach, arg::Text, arg::FunctionOrNone, arg::Any, arg::Tuple, arg::Tuple, arg::Tuple>("attach"),
    method<function_node, arg::Text, arg::FunctionOrNone, arg::Any, arg::Tuple, arg::Tuple, arg::Tuple>(
        "function_node"),
    method<set_history, arg::Any, arg::Any, arg::Any>("set_history"),
    method<inplace_check, arg::Any>("check_inplace"),
    method<inplace_protect, arg::Any, arg::Any>("protect_saved"),
    method<inplace_rebase, arg::Any, arg::Any>("rebase"),
    method<bump_version, arg::Any>("bump_version"),
    method<detach_in_place, arg::Any>("detach_in_place"),
    method<share_version, arg::Any, arg::Any>("share_version"),
    method<set_version, arg::Any, arg::Any>("set_version"),
    {"is_grad_enabled", is_grad_enabled, METH_NOARGS, "Whether graphs are recorded."},
    {"is_inference_enabled", is_inference_enabled, METH_NOARGS, "Whether inference mode is on."},
    {"set_inference_enabled", set_inference_enabled, METH_O, nullptr},
    method<tensor_is_inference, arg::Any>("is_inference"),
    {"set_grad_enabled", set_grad_enabled, METH_O, nullptr},
    method<retain_grad, arg::Any>("retain_grad"),
    method<tensor_hooks, arg::Any>("tensor_hooks"),
    method<after_hooks, arg::Any>("after_hooks"),
    method<gradient_edge, arg::Any>("gradient_edge"),
    {}};

}  // namespace

bool init_history(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
