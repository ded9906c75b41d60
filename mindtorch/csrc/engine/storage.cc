// Storages as Python sees them: their memory, its size and owner; what is allocated in all.

#include "boundary.h"
#include "module.h"
#include "node.h"

namespace mt {
namespace {

void *pointer_from(PyObject *o) {
  void *p = PyLong_AsVoidPtr(o);
  if (!p && PyErr_Occurred()) throw PythonError();
  return p;
}

FAST(make_from_memory) {  // from_memory(pointer, bytes, shape, dtype, owner)
  return guarded([&] {
    return wrap(from_memory(pointer_from(a[0]), whole_from(a[1]), shape_from(a[2]), dtype_from(a[3]), a[4]));
  });
}
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

PyMethodDef functions[] = {
    method<make_from_memory, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>("from_memory"),
    method<set_data, arg::Any, arg::Any>("set_data"),
    method<storage_info, arg::Any>("storage_info"),
    method<resize_storage, arg::Any, arg::Any>("resize_storage"),
    method<adopt_storage, arg::Any, arg::Any, arg::Any, arg::Any>("adopt_storage"),
    method<freeze_storage, arg::Any>("freeze_storage"),
    method<is_resizable, arg::Any>("is_resizable"),
    {"memory_stats", memory_stats, METH_NOARGS, nullptr},
    {"reset_peak_memory", reset_peak_memory, METH_NOARGS, nullptr},
    {"empty_cache", empty_cache, METH_NOARGS, nullptr},
    {}};

}  // namespace

bool init_storage(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
