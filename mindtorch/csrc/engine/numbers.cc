// Elements as Python numbers.

#include "../kernels/elements.h"
#include "backend.h"
#include "boundary.h"
#include "module.h"

namespace mt {
namespace {

template <class T>
PyObject *number_from(const void *p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (std::is_same_v<T, Bool>) return PyBool_FromLong(v.v);  // any byte but 0 is true
  else if constexpr (std::is_same_v<T, C64> || std::is_same_v<T, C128>)
    return PyComplex_FromDoubles(v.real(), v.imag());
  else if constexpr (!std::is_integral_v<T>) return PyFloat_FromDouble(v);
  else if constexpr (std::is_signed_v<T>) return PyLong_FromLongLong(v);
  else return PyLong_FromUnsignedLongLong(v);
}
PyObject *number_at(const void *p, DType d) {
  if (is_floating(d) && itemsize(d) == 1)
    raise(PyExc_NotImplementedError, "item() of an 8-bit float: convert to float32 first");
  switch (d) {
#define X(type, name, ...) case DType::name: return number_from<type>(p);
      MT_DTYPES(X)
#undef X
    default: raise(PyExc_TypeError, "an unknown dtype");
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
    method<item, arg::Any>("item"),
    method<tolist, arg::Any>("tolist"),
    {}};

}  // namespace

bool init_numbers(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
