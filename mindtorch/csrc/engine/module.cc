// The Python face of tensors and graph: functions of mindtorch._C and the properties of Tensor.

#include <cfenv>
#include <csignal>

#include "backend.h"
#include "boundary.h"
#include "dispatch.h"

namespace mt {
namespace {

PyObject *dtype_objects[static_cast<int>(DType::Count)];
PyTypeObject *size_type = nullptr;
constexpr Py_ssize_t kMostDevices = 18;
PyObject *device_objects[kMostDevices];  // [0] meta, [1] cpu, [2..] npu

#define FAST(name) \
  PyObject *name([[maybe_unused]] PyObject *module, [[maybe_unused]] PyObject *const *a, [[maybe_unused]] Py_ssize_t n)

PyObject *size_from(const Shape &s) {
  PyObject *t = size_type ? size_type->tp_alloc(size_type, static_cast<Py_ssize_t>(s.size()))
                          : PyTuple_New(static_cast<Py_ssize_t>(s.size()));
  if (!t) throw PythonError();
  for (size_t i = 0; i < s.size(); ++i) PyTuple_SET_ITEM(t, static_cast<Py_ssize_t>(i), PyLong_FromLongLong(s[i]));
  return t;
}

PyObject *register_types(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    auto *tensor = reinterpret_cast<PyTypeObject *>(a[0]), *size = reinterpret_cast<PyTypeObject *>(a[1]);
    PyObject *dtypes = a[2], *devices = a[3];
    if (tensor_type) raise(PyExc_RuntimeError, "the types are registered already");
    if (!PyType_IsSubtype(tensor, mindspore::tensor::GetTensorPyType()) || !PyType_IsSubtype(size, &PyTuple_Type))
      raise(PyExc_TypeError, "expected a class of tensors and one of tuples");
    if (PyTuple_GET_SIZE(dtypes) != static_cast<Py_ssize_t>(DType::Count))
      raise(PyExc_ValueError, "expected as many dtypes as the engine knows");
    if (PyTuple_GET_SIZE(devices) < 2 || PyTuple_GET_SIZE(devices) > kMostDevices)
      raise(PyExc_ValueError, "the engine holds at most " + std::to_string(kMostDevices - 2) + " npu devices, " +
                                  std::to_string(PyTuple_GET_SIZE(devices) - 2) + " were asked for");
    tensor_type = reinterpret_cast<PyTypeObject *>(Py_NewRef(a[0]));
    size_type = reinterpret_cast<PyTypeObject *>(Py_NewRef(a[1]));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(dtypes); ++i) dtype_objects[i] = Py_NewRef(PyTuple_GET_ITEM(dtypes, i));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(devices); ++i)
      device_objects[i] = Py_NewRef(PyTuple_GET_ITEM(devices, i));
    device_count = static_cast<int>(PyTuple_GET_SIZE(devices)) - 1;
    watch_cycles();
    Py_RETURN_NONE;
  });
}

PyObject *set_opaque(PyObject *, PyObject *const *a, Py_ssize_t) {  // set_opaque(class, error)
  return guarded([&]() -> PyObject * {
    if (opaque_type) raise(PyExc_RuntimeError, "the opaque class is known already");
    if (!PyType_IsSubtype(reinterpret_cast<PyTypeObject *>(a[0]), tensor_type) || !PyExceptionClass_Check(a[1]))
      raise(PyExc_TypeError, "expected a class of tensors and one of exceptions");
    opaque_type = reinterpret_cast<PyTypeObject *>(Py_NewRef(a[0]));
    opaque_error = Py_NewRef(a[1]);
    Py_RETURN_NONE;
  });
}

void *pointer_from(PyObject *o) {
  void *p = PyLong_AsVoidPtr(o);
  if (!p && PyErr_Occurred()) throw PythonError();
  return p;
}
DType dtype_or_own(PyObject *code, const TensorPtr &t) {
  return whole_from(code) == -1 ? dtype_of(*t) : dtype_from(code);
}

// ---- construction ----
FAST(make_empty) {  // empty(shape, dtype, device)
  return guarded([&] { return wrap(empty(shape_from(a[0]), dtype_from(a[1]), device_from(a[2]))); });
}
FAST(make_empty_strided) {  // empty_strided(shape, stride, dtype, device)
  return guarded(
      [&] { return wrap(empty_strided(shape_from(a[0]), shape_from(a[1]), dtype_from(a[2]), device_from(a[3]))); });
}
FAST(make_detached) {  // detach(t): same memory and version, outside the graph
  return guarded([&] { return wrap(alias(unwrap(a[0]))); });
}
FAST(make_strided) {  // strided(t, shape, stride, offset, dtype or -1): raw alias
  return guarded([&] {
    Shape shape = shape_from(a[1]), stride = shape_from(a[2]);
    int64_t offset = whole_from(a[3]);
    TensorPtr t = unwrap(a[0]);
    return wrap(strided_alias(t, shape, stride, offset, dtype_or_own(a[4], t)));
  });
}
// view(name, rule, context, t, shape, stride, offset, dtype or -1, creation): a differentiable view
FAST(make_python_view) {
  return guarded([&]() -> PyObject * {
    Shape shape = shape_from(a[4]), stride = shape_from(a[5]);
    int64_t offset = whole_from(a[6]),
            creation = whole_from(a[8], 0, static_cast<int64_t>(Creation::Custom), "how a view was made");
    TensorPtr t = unwrap(a[3]);
    return make_view(
        text_from(a[0]), a[1], [&] { return Ref::borrow(a[2]); }, a[3], t, shape, stride, offset, dtype_or_own(a[7], t),
        static_cast<Creation>(creation));
  });
}
FAST(make_from_memory) {  // from_memory(pointer, bytes, shape, dtype, owner)
  return guarded([&] {
    return wrap(from_memory(pointer_from(a[0]), whole_from(a[1]), shape_from(a[2]), dtype_from(a[3]), a[4]));
  });
}

// ---- graph ----
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
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[5]); ++i) {
      PyObject *o = PyTuple_GET_ITEM(a[5], i);
      if (!is_tensor(o)) {
        save_object(node, o);
        continue;
      }
      TensorPtr t = unwrap(o);
      int output = -1;
      for (size_t k = 0; k < outputs.size(); ++k)
        if (outputs[k] == t) output = static_cast<int>(k);
      save(node, t, output);
    }
    return show(node);
  });
}
// set_history(t, node, output index): hang a tensor on a node by hand
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
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[4]); ++i) {
      PyObject *o = PyTuple_GET_ITEM(a[4], i);
      if (!is_tensor(o)) {
        save_object(node, o);
        continue;
      }
      TensorPtr t = unwrap(o);
      int output = -1;
      for (size_t k = 0; k < outputs.size(); ++k)
        if (outputs[k] == t && (meta_of(t) && meta_of(t)->UnsafeGetGradNodeImpl().get() == node.get()))
          output = static_cast<int>(k);
      if (output < 0) remember(t, o);
      save(node, t, output);
    }
    node->function = Ref::borrow(a[2]);
    auto shown = node->function;
    node->function = Ref();
    PyObject *plain = show(node);
    node->function = shown;
    return plain;
  });
}
FAST(set_history) {
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
// MindSpore's fork handlers put a SIGINT handler of their own in place, which ends the process: Python's comes back.
PyOS_sighandler_t interrupt_handler = SIG_DFL;
PyObject *save_interrupt(PyObject *, PyObject *) {
  interrupt_handler = PyOS_getsig(SIGINT);
  Py_RETURN_NONE;
}
PyObject *restore_interrupt(PyObject *, PyObject *) {
  PyOS_setsig(SIGINT, interrupt_handler);
  Py_RETURN_NONE;
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
FAST(swap) {  // swap(a, b): the Python objects exchange their tensors, records and all
  return guarded([&]() -> PyObject * {
    TensorPtr x = unwrap(a[0]), y = unwrap(a[1]);
    using Object = mindspore::tensor::PyType<mindspore::tensor::TensorPy>;
    reinterpret_cast<Object *>(a[0])->value.SetTensor(y);
    reinterpret_cast<Object *>(a[1])->value.SetTensor(x);
    for (auto &[t, object] : {std::pair{x, a[1]}, std::pair{y, a[0]}}) {
      Meta *m = meta_of(t);
      if (m && m->self_reference) {
        Py_CLEAR(m->self_reference);
        remember(t, object);
      }
    }
    Py_RETURN_NONE;
  });
}
FAST(use_count) {  // use_count(t) -> (holders of the tensor, this object included; whether a graph accumulates into it;
                   // weak references of our own)
  return guarded([&] {
    TensorPtr t = unwrap(a[0]);
    Meta *m = meta_of(t);
    bool accumulates = m && !m->accumulator.expired(), known = m && m->self_reference;
    return Py_BuildValue("(lNi)", static_cast<long>(t.use_count()) - 1, PyBool_FromLong(accumulates), known ? 1 : 0);
  });
}
FAST(keep_identity) {
  return guarded([&]() -> PyObject * {
    remember(unwrap(a[0]), a[0]);
    Py_RETURN_NONE;
  });
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

// ---- storage ----
FAST(set_data) {  // set_data(t, other): t takes other's memory, geometry and dtype; its record, identity and version
                  // stay
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]), o = unwrap(a[1]);
    auto memory = o->device_address();  // t may be o
    t->set_device_address(nullptr);     // set_data_type would convert what is there
    t->set_data_type(o->data_type());
    t->set_shape(o->shape());
    t->set_device_address(memory);
    t->set_storage_info(o->storage_info());
    int device = device_of(o);
    if (device > 0 || meta_of(t)) ensure_meta(t)->device = static_cast<int8_t>(std::max(device, 0));
    // Gradients that are on their way have the shape that forward saw; of another kind of tensor, a graph to come gets
    // another end.
    if (Meta *m = meta_of(t))
      if (auto held = m->accumulator.lock())
        if (const OutputInfo &was = std::static_pointer_cast<Node>(held)->outputs[0];
            was.dtype != dtype_of(*t) || was.device != device_of(t))
          m->accumulator.reset();
    Py_RETURN_NONE;
  });
}
FAST(storage_info) {  // (pointer, bytes, key of the storage's identity)
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    return Py_BuildValue("(NLN)", PyLong_FromVoidPtr(storage_pointer(t)), (long long)storage_bytes(t),
                         PyLong_FromVoidPtr(t->device_address().get()));
  });
}
FAST(resize_storage) {
  return guarded([&]() -> PyObject * {
    int64_t bytes = whole_from(a[1]);
    storage_resize(unwrap(a[0]), bytes);
    Py_RETURN_NONE;
  });
}
FAST(adopt_storage) {  // adopt_storage(t, pointer, bytes, owner)
  return guarded([&]() -> PyObject * {
    storage_adopt(unwrap(a[0]), pointer_from(a[1]), whole_from(a[2]), a[3]);
    Py_RETURN_NONE;
  });
}
FAST(freeze_storage) {  // others know the memory from now on: no resize moves it
  return guarded([&]() -> PyObject * {
    storage_freeze(unwrap(a[0]));
    Py_RETURN_NONE;
  });
}
FAST(is_resizable) { return guarded([&] { return PyBool_FromLong(storage_resizable(unwrap(a[0]))); }); }
PyObject *memory_stats(PyObject *, PyObject *) {
  return Py_BuildValue("(LL)", (long long)allocated_bytes(), (long long)peak_bytes());
}
PyObject *reset_peak_memory(PyObject *, PyObject *) {
  reset_peak();
  Py_RETURN_NONE;
}
PyObject *empty_cache(PyObject *, PyObject *) {
  release_cached();
  Py_RETURN_NONE;
}

template <class T>
PyObject *number(const void *p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (std::is_floating_point_v<T>) return PyFloat_FromDouble(v);
  else if constexpr (std::is_signed_v<T>) return PyLong_FromLongLong(v);
  else return PyLong_FromUnsignedLongLong(v);
}
float half_to_float(uint16_t h) {
  uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16, m = h & 0x7fff;
  float f;
  uint32_t u = sign | (m >= 0x7c00 ? 0x7f800000 | ((m & 0x3ff) << 13) : (m << 13) + 0x38000000);
  if (m < 0x400) {
    f = static_cast<float>(m) * 5.9604644775390625e-8f;
    return sign ? -f : f;
  }
  std::memcpy(&f, &u, 4);
  return f;
}
PyObject *number_at(const void *p, DType d) {
  switch (d) {
    case DType::Bool: return PyBool_FromLong(*static_cast<const uint8_t *>(p));  // any byte but 0 is true
    case DType::U8: return number<uint8_t>(p);
    case DType::I8: return number<int8_t>(p);
    case DType::I16: return number<int16_t>(p);
    case DType::I32: return number<int32_t>(p);
    case DType::I64: return number<int64_t>(p);
    case DType::U16: return number<uint16_t>(p);
    case DType::U32: return number<uint32_t>(p);
    case DType::U64: return number<uint64_t>(p);
    case DType::F32: return number<float>(p);
    case DType::F64: return number<double>(p);
    case DType::F16: {
      uint16_t h;
      std::memcpy(&h, p, 2);
      return PyFloat_FromDouble(half_to_float(h));
    }
    case DType::BF16: {
      uint16_t h;
      std::memcpy(&h, p, 2);
      uint32_t u = static_cast<uint32_t>(h) << 16;
      float f;
      std::memcpy(&f, &u, 4);
      return PyFloat_FromDouble(f);
    }
    case DType::C64: {
      float v[2];
      std::memcpy(v, p, 8);
      return PyComplex_FromDoubles(v[0], v[1]);
    }
    case DType::C128: {
      double v[2];
      std::memcpy(v, p, 16);
      return PyComplex_FromDoubles(v[0], v[1]);
    }
    default: raise(PyExc_NotImplementedError, "item() of an 8-bit float: convert to float32 first");
  }
}
FAST(item) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    View v = view_of(t);
    if (v.numel() != 1)
      raise(PyExc_RuntimeError,
            "a Tensor with " + std::to_string(v.numel()) + " elements cannot be converted to Scalar");
    if (!v.data) raise(PyExc_RuntimeError, "Tensor.item() cannot be called on meta tensors");
    std::vector<char> store;
    if (v.device) v = fetched(v, &store);
    return number_at(v.data, v.dtype);
  });
}
PyObject *list_of(const View &v, int d, const char *p) {
  if (d == v.ndim) return number_at(p, v.dtype);
  Ref list = checked(PyList_New(v.shape[d]));
  for (int64_t i = 0; i < v.shape[d]; ++i) {
    if (!(i & 0xffff) && PyErr_CheckSignals()) throw PythonError();
    PyList_SET_ITEM(list.get(), i, checked(list_of(v, d + 1, p + i * v.stride[d] * itemsize(v.dtype))).release());
  }
  return list.release();
}
FAST(tolist) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    View v = view_of(t);
    if (!v.data && v.numel()) raise(PyExc_NotImplementedError, "Cannot copy out of meta tensor; no data!");
    std::vector<char> store;
    if (v.device) v = fetched(v, &store);
    return list_of(v, 0, static_cast<const char *>(v.data));
  });
}

PyMethodDef functions[] = {
    method<make_empty, arg::Any, arg::Any, arg::Any>("empty"),
    method<make_empty_strided, arg::Any, arg::Any, arg::Any, arg::Any>("empty_strided"),
    method<make_detached, arg::Any>("detach"),
    method<make_strided, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>("strided"),
    method<make_python_view, arg::Text, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>(
        "view"),
    method<make_from_memory, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>("from_memory"),
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
    method<retain_grad, arg::Any>("retain_grad"),
    method<tensor_hooks, arg::Any>("tensor_hooks"),
    method<after_hooks, arg::Any>("after_hooks"),
    method<gradient_edge, arg::Any>("gradient_edge"),
    method<set_data, arg::Any, arg::Any>("set_data"),
    method<storage_info, arg::Any>("storage_info"),
    method<resize_storage, arg::Any, arg::Any>("resize_storage"),
    method<adopt_storage, arg::Any, arg::Any, arg::Any, arg::Any>("adopt_storage"),
    method<freeze_storage, arg::Any>("freeze_storage"),
    method<is_resizable, arg::Any>("is_resizable"),
    method<item, arg::Any>("item"),
    method<tolist, arg::Any>("tolist"),
    method<tensor_is_inference, arg::Any>("is_inference"),
    method<keep_identity, arg::Any>("keep_identity"),
    method<swap, arg::Any, arg::Any>("swap"),
    method<use_count, arg::Any>("use_count"),
    method<register_types, arg::Type, arg::Type, arg::Tuple, arg::Tuple>("register_types"),
    method<set_opaque, arg::Type, arg::Any>("set_opaque"),
    {"needs_grad", (PyCFunction)(void (*)())needs_grad, METH_FASTCALL, nullptr},  // any number of anything
    {"is_grad_enabled", is_grad_enabled, METH_NOARGS, "Whether graphs are recorded."},
    {"is_inference_enabled", is_inference_enabled, METH_NOARGS, "Whether inference mode is on."},
    {"set_inference_enabled", set_inference_enabled, METH_O, nullptr},
    {"set_grad_enabled", set_grad_enabled, METH_O, nullptr},
    {"save_interrupt", save_interrupt, METH_NOARGS, nullptr},
    {"restore_interrupt", restore_interrupt, METH_NOARGS, nullptr},
    {"memory_stats", memory_stats, METH_NOARGS, nullptr},
    {"reset_peak_memory", reset_peak_memory, METH_NOARGS, nullptr},
    {"empty_cache", empty_cache, METH_NOARGS, nullptr},
    {}};

// ---- properties of Tensor ----
#define GET(name) PyObject *name(PyObject *self, void *)
GET(get_shape) { return guarded([&] { return size_from(peek(self)->shape()); }); }
GET(get_dtype) { return guarded([&] { return Py_NewRef(dtype_objects[static_cast<int>(dtype_of(*peek(self)))]); }); }
GET(get_dtype_code) { return guarded([&] { return PyLong_FromLong(static_cast<int>(dtype_of(*peek(self)))); }); }
GET(get_device) { return guarded([&] { return Py_NewRef(device_objects[device_of(peek(self)) + 1]); }); }
GET(get_device_code) { return guarded([&] { return PyLong_FromLong(device_of(peek(self))); }); }
GET(get_ndim) { return guarded([&] { return PyLong_FromSize_t(peek(self)->shape().size()); }); }
GET(get_strides) { return guarded([&] { return tuple_from(strides_of(peek(self))); }); }
GET(get_offset) { return guarded([&] { return PyLong_FromSize_t(peek(self)->storage_offset()); }); }
GET(get_version) {
  return guarded([&] {
    TensorPtr t = peek(self);
    if (is_inference(t)) raise(PyExc_RuntimeError, "Inference tensors do not track version counter.");
    return PyLong_FromUnsignedLong(t->version().current_version());
  });
}
GET(get_requires_grad) { return guarded([&] { return PyBool_FromLong(requires_grad(peek(self))); }); }
int set_requires_grad(PyObject *self, PyObject *value, void *) {
  PyObject *done = guarded([&]() -> PyObject * {
    if (!value) raise(PyExc_RuntimeError, "requires_grad cannot be deleted");
    int on = PyObject_IsTrue(value);
    if (on < 0) throw PythonError();
    TensorPtr t = peek(self);
    if (on && is_integral(dtype_of(*t)))
      raise(PyExc_RuntimeError, "only Tensors of floating point and complex dtype can require gradients");
    if (on && is_inference(t) && !inference_mode)
      raise(PyExc_RuntimeError, "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.");
    Meta *m = meta_of(t);
    if (m && (m->UnsafeGetGradNodeImpl() || (m->base && requires_grad(t) && !m->requires_grad()))) {
      if (on) Py_RETURN_NONE;
      raise(PyExc_RuntimeError,
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
            "subgraph that doesn't require "
            "differentiation use var_no_grad = var.detach().");
    }
    if (!m && !on) Py_RETURN_NONE;
    m = ensure_meta(t);
    m->set_requires_grad(on);
    if (on) remember(t, self);
    Py_RETURN_NONE;
  });
  if (!done) return -1;
  Py_DECREF(done);
  return 0;
}
GET(get_is_leaf) {
  return guarded([&]() -> PyObject * {
    Edge e = edge_of(peek(self));
    Node *o = e.is_defined() ? ours(e.grad_node.get()) : nullptr;
    return PyBool_FromLong(!e.is_defined() || (o && o->kind == Node::Accumulate));
  });
}
GET(get_grad_fn) {
  return guarded([&]() -> PyObject * {
    TensorPtr t = peek(self);
    if (!meta_of(t)) Py_RETURN_NONE;
    Edge e = edge_of(t);
    if (!e.is_defined()) Py_RETURN_NONE;
    Node *o = ours(e.grad_node.get());
    if (o && o->kind == Node::Accumulate) Py_RETURN_NONE;
    return show(e.grad_node);
  });
}
GET(get_output_nr) {
  return guarded([&]() -> PyObject * {
    Meta *m = meta_of(peek(self));
    return PyLong_FromSize_t(m && m->UnsafeGetGradNodeImpl() ? m->output_index() : 0);
  });
}
GET(get_grad) {
  return guarded([&]() -> PyObject * {
    Meta *m = meta_of(peek(self));
    return Py_NewRef(m && m->grad_object ? m->grad_object : Py_None);
  });
}
int set_grad(PyObject *self, PyObject *value, void *) {  // the checks are Python's
  PyObject *done = guarded([&]() -> PyObject * {
    TensorPtr t = peek(self);
    Meta *m = meta_of(t);
    bool none = !value || value == Py_None;
    if (!m && none) Py_RETURN_NONE;
    m = ensure_meta(t);
    PyObject *before = m->grad_object;
    m->grad_object = none ? nullptr : Py_NewRef(value);
    Py_XDECREF(before);
    Py_RETURN_NONE;
  });
  if (!done) return -1;
  Py_DECREF(done);
  return 0;
}
GET(get_retains_grad) {
  return guarded([&]() -> PyObject * {
    Meta *m = meta_of(peek(self));
    return PyBool_FromLong(m && m->retains_grad());
  });
}
GET(get_base) {
  return guarded([&]() -> PyObject * {
    Meta *m = meta_of(peek(self));
    if (!m || !m->base) Py_RETURN_NONE;
    return wrap(m->base);
  });
}
GET(get_data_ptr) {
  return guarded([&] {
    TensorPtr t = peek(self);
    char *p = static_cast<char *>(storage_pointer(t));
    return PyLong_FromVoidPtr(p ? p + static_cast<int64_t>(t->storage_offset()) * itemsize(dtype_of(*t)) : nullptr);
  });
}
GET(get_contiguous) { return guarded([&] { return PyBool_FromLong(contiguous(peek(self))); }); }
GET(get_numel) {
  return guarded([&] {
    return PyLong_FromLongLong(elements(peek(self)->shape()));
  });
}
// Whether the memory is a device's own, which no pointer of the host reaches: such operators have a form of their own
// there.
GET(get_remote) {
  return guarded([&] { return PyBool_FromLong(accelerator && on_accelerator(peek(self))); });
}
GET(get_is_meta) { return guarded([&] { return PyBool_FromLong(device_of(peek(self)) < 0); }); }

PyGetSetDef properties[] = {
    {"shape", get_shape, nullptr, "the sizes", nullptr},
    {"dtype", get_dtype, nullptr, "the element type", nullptr},
    {"_dtype_code", get_dtype_code, nullptr, nullptr, nullptr},
    {"device", get_device, nullptr, "where the memory is", nullptr},
    {"_device_code", get_device_code, nullptr, nullptr, nullptr},
    {"ndim", get_ndim, nullptr, "the number of dimensions", nullptr},
    {"_strides", get_strides, nullptr, nullptr, nullptr},
    {"_offset", get_offset, nullptr, nullptr, nullptr},
    {"_version", get_version, nullptr, "counts in-place changes of the memory", nullptr},
    {"requires_grad", get_requires_grad, set_requires_grad, "whether gradients are recorded", nullptr},
    {"is_leaf", get_is_leaf, nullptr, "whether the user made it", nullptr},
    {"grad_fn", get_grad_fn, nullptr, "the node that made it", nullptr},
    {"output_nr", get_output_nr, nullptr, "which output of grad_fn", nullptr},
    {"_grad", get_grad, set_grad, nullptr, nullptr},
    {"retains_grad", get_retains_grad, nullptr, "whether a non-leaf keeps its gradient", nullptr},
    {"_base", get_base, nullptr, "the tensor that this is a view of", nullptr},
    {"_pointer", get_data_ptr, nullptr, nullptr, nullptr},
    {"_contiguous", get_contiguous, nullptr, nullptr, nullptr},
    {"_numel", get_numel, nullptr, nullptr, nullptr},
    {"_remote", get_remote, nullptr, nullptr, nullptr},
    {"is_meta", get_is_meta, nullptr, "whether it has no memory", nullptr},
    {}};

PyObject *install_properties(PyObject *, PyObject *type) {
  if (!PyType_Check(type) ||
      !PyType_IsSubtype(reinterpret_cast<PyTypeObject *>(type), mindspore::tensor::GetTensorPyType()))
    return refuse_kind(0, "a class of tensors", type), nullptr;
  for (PyGetSetDef *p = properties; p->name; ++p) {
    PyObject *descriptor = PyDescr_NewGetSet(reinterpret_cast<PyTypeObject *>(type), p);
    if (!descriptor || PyObject_SetAttrString(type, p->name, descriptor) < 0) return nullptr;
    Py_DECREF(descriptor);
  }
  Py_RETURN_NONE;
}
PyMethodDef installers[] = {{"install_properties", install_properties, METH_O, nullptr}, {}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "mindtorch._C",
                          "The engine: tensors, graph and kernel calls.",
                          -1,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace
}  // namespace mt

namespace {
// Loading MindSpore's aarch64 libraries leaves the processor set to take subnormal numbers for zero, for the whole
// process: NumPy's too.
void keep_subnormals() {
  volatile float smallest = 1e-40f;
  if (smallest * 1.0f == 0.0f) std::fesetenv(FE_DFL_ENV);
}
}  // namespace

PyMODINIT_FUNC PyInit__C() {
  keep_subnormals();
  PyObject *m = PyModule_Create(&mt::definition);
  if (!m) return nullptr;
  if (PyModule_AddFunctions(m, mt::functions) < 0 || PyModule_AddFunctions(m, mt::installers) < 0 ||
      !mt::init_dispatch(m) || !mt::init_backend(m) || !mt::init_views(m) || !mt::init_graph(m) ||
      !mt::init_callable(m))
    return nullptr;
  return m;
}
