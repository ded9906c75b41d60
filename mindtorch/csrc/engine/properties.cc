// What a Tensor shows in Python: the classes that its properties are made of, and the properties;
// which object it is.

#include "backend.h"
#include "boundary.h"
#include "module.h"
#include "node.h"

namespace mt {
namespace {

PyObject *dtype_objects[static_cast<int>(DType::Count)];
PyTypeObject *size_type = nullptr;
constexpr Py_ssize_t kMostDevices = 18;
PyObject *device_objects[kMostDevices];  // [0] meta, [1] cpu, [2..] npu

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

// ---- which object a tensor is ----
FAST(keep_identity) {
  return guarded([&]() -> PyObject * {
    remember(unwrap(a[0]), a[0]);
    Py_RETURN_NONE;
  });
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

PyMethodDef functions[] = {
    method<swap, arg::Any, arg::Any>("swap"),
    method<use_count, arg::Any>("use_count"),
    method<keep_identity, arg::Any>("keep_identity"),
    method<register_types, arg::Type, arg::Type, arg::Tuple, arg::Tuple>("register_types"),
    method<set_opaque, arg::Type, arg::Any>("set_opaque"),
    {"install_properties", install_properties, METH_O, nullptr},
    {}};

}  // namespace

bool init_properties(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
