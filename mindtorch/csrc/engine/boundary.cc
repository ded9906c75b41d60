#include "boundary.h"

#include "backend.h"
#include "promotion.h"

namespace mt {

int device_count = 1;

int64_t whole_from(PyObject *o) {
  Ref index = PyLong_Check(o) ? Ref::borrow(o) : checked(PyNumber_Index(o));
  int64_t v = PyLong_AsLongLong(index.get());
  if (v == -1 && PyErr_Occurred()) throw PythonError();
  return v;
}

int64_t whole_from(PyObject *o, int64_t low, int64_t high, const char *what) {
  int64_t v = whole_from(o);
  if (v < low || v > high)
    raise(PyExc_ValueError, std::string(what) + " must lie in [" + std::to_string(low) + ", " + std::to_string(high) +
                                "], got " + std::to_string(v));
  return v;
}

DType dtype_from(PyObject *o) {
  return static_cast<DType>(whole_from(o, 0, static_cast<int64_t>(DType::Count) - 1, "the code of a dtype"));
}
int device_from(PyObject *o) { return static_cast<int>(whole_from(o, -1, device_count - 1, "the code of a device")); }

const char *text_from(PyObject *o) {
  const char *text = PyUnicode_Check(o) ? PyUnicode_AsUTF8(o) : nullptr;
  if (!text && !PyErr_Occurred()) raise(PyExc_TypeError, std::string("expected a str, got ") + Py_TYPE(o)->tp_name);
  if (!text) throw PythonError();
  return text;
}

namespace {
bool is_plain(PyObject *o) {
  if (!PyLong_CheckExact(o)) return false;
  int overflow = 0;
  (void)PyLong_AsLongLongAndOverflow(o, &overflow);
  return !overflow;
}
}  // namespace
PyObject *plain(PyObject *, PyObject *numbers) {
  if (!PyTuple_CheckExact(numbers)) return PyBool_FromLong(is_plain(numbers));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(numbers); ++i)
    if (!is_plain(PyTuple_GET_ITEM(numbers, i))) Py_RETURN_FALSE;
  Py_RETURN_TRUE;
}

std::string shown(const Shape &numbers) {
  std::string text = "[";
  for (size_t i = 0; i < numbers.size(); ++i) text += (i ? ", " : "") + std::to_string(numbers[i]);
  return text + "]";
}

int64_t elements(const Shape &shape) {
  int64_t n = 1;
  bool none = false, wraps = false;
  for (int64_t s : shape) {
    if (s < 0)
      raise(PyExc_RuntimeError,
            "Trying to create tensor with negative dimension " + std::to_string(s) + ": " + shown(shape));
    none = none || s == 0;
    wraps = __builtin_mul_overflow(n, std::max<int64_t>(s, 1), &n) || wraps;
  }
  if (wraps)
    raise(PyExc_RuntimeError,
          "Storage size calculation overflowed with sizes=" + shown(shape));  // dense strides would wrap too
  return none ? 0 : n;
}

namespace {
// extent_of where nothing is negative and nothing overflows on the way, else -1.
int64_t plain_extent(const Shape &shape, const Shape &stride, int64_t offset, int64_t itemsize) {
  bool odd = shape.size() != stride.size() || offset < 0, none = false;
  int64_t n = 1, last = offset, bytes;
  for (size_t d = 0; !odd && d < shape.size(); ++d) {
    int64_t s = shape[d], step;
    none = none || s == 0;
    odd = (s | stride[d]) < 0 || __builtin_mul_overflow(n, s + (s == 0), &n) ||
          __builtin_mul_overflow(s - 1, stride[d], &step) || __builtin_add_overflow(last, step, &last);
  }
  if (odd || __builtin_add_overflow(last, 1, &last) || __builtin_mul_overflow(last, itemsize, &bytes)) return -1;
  return none ? 0 : last;
}
}  // namespace

int64_t extent_of(const Shape &shape, const Shape &stride, int64_t offset, int64_t itemsize) {
  if (int64_t n = plain_extent(shape, stride, offset, itemsize); n >= 0) return n;
  if (shape.size() != stride.size())
    raise(PyExc_RuntimeError, "mismatch in length of strides and shape: " + std::to_string(shape.size()) + " sizes " +
                                  shown(shape) + ", " + std::to_string(stride.size()) + " strides " + shown(stride));
  if (offset < 0) raise(PyExc_RuntimeError, "Tensor: invalid storage offset " + std::to_string(offset));
  int64_t n = elements(shape);
  for (int64_t s : stride)
    if (s < 0)
      raise(PyExc_RuntimeError,
            "as_strided: Negative strides are not supported at the moment, got strides: " + shown(stride));
  if (n == 0) return 0;
  using Wide = __int128;
  constexpr Wide kMost = static_cast<Wide>(INT64_MAX);
  Wide last = offset;  // each term is below 2**126: the sum is compared before the next one is added
  for (size_t d = 0; d < shape.size(); ++d) {
    last += static_cast<Wide>(shape[d] - 1) * stride[d];
    if (last > kMost) break;
  }
  if ((last + 1) * itemsize > kMost)
    raise(PyExc_RuntimeError,
          "Storage size calculation overflowed with sizes=" + shown(shape) + " and strides=" + shown(stride));
  return static_cast<int64_t>(last) + 1;
}

void raise_outside(const Shape &shape, const Shape &stride, int64_t offset, int64_t itemsize, int64_t bytes) {
  int64_t wanted = extent_of(shape, stride, offset, itemsize) * itemsize;
  raise(PyExc_RuntimeError, "setStorage: sizes " + shown(shape) + ", strides " + shown(stride) + ", storage offset " +
                                std::to_string(offset) + ", and itemsize " + std::to_string(itemsize) +
                                " requiring a storage size of " + std::to_string(wanted) +
                                " are out of bounds for storage of size " + std::to_string(bytes));
}

namespace {
[[noreturn]] void raise_two_devices(int a, int b) {
  auto name = [](int x) {
    return x < 0    ? std::string("meta")
           : x == 0 ? std::string("cpu")
                    : "npu:" + std::to_string(x - 1 + accelerator_number);
  };
  raise(PyExc_RuntimeError, "Expected all tensors to be on the same device, but found at least two devices, " +
                                name(a) + " and " + name(b) + "!");
}
}  // namespace

int common_device(const TensorPtr *operands, int n) {
  constexpr int kNone = -2;
  int device = kNone;
  for (int k = 0; k < n; ++k) {
    if (!operands[k]) continue;
    int d = device_of(operands[k]);
    if (device == kNone) device = d;
    if (device == d || (d == 0 && operands[k]->shape().empty())) continue;
    bool movable = device == 0;  // only 0-dim cpu tensors so far?
    for (int j = 0; movable && j < k; ++j) movable = !operands[j] || operands[j]->shape().empty();
    if (!movable) raise_two_devices(device, d);
    device = d;
  }
  return device;
}

namespace {
struct Extent {
  char *begin, *end;
};
Extent extent_of(const View &v) {
  char *low = static_cast<char *>(v.data), *high = low;
  int64_t width = itemsize(v.dtype);
  for (int d = 0; d < v.ndim; ++d) {
    if (v.shape[d] == 0) return {low, low};
    high += (v.shape[d] - 1) * v.stride[d] * width;
  }
  return {low, high + width};
}
}  // namespace

void check_overlap(const View &out, const View &in) {
  Extent a = extent_of(out), b = extent_of(in);
  if (a.end <= b.begin || b.end <= a.begin) return;
  bool same = out.data == in.data && out.ndim == in.ndim && out.dtype == in.dtype;
  for (int d = 0; same && d < out.ndim; ++d)
    same = out.shape[d] == in.shape[d] && (out.stride[d] == in.stride[d] || out.shape[d] == 1);
  if (!same)
    raise(PyExc_RuntimeError,
          "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
          "location. Please clone() the tensor before "
          "performing the operation.");
}

void check_self_overlap(const View &out) {
  for (int d = 0; d < out.ndim; ++d)
    if (out.stride[d] == 0 && out.shape[d] > 1)
      raise(PyExc_RuntimeError,
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before "
            "performing the operation.");
}

void check_given(const TensorPtr &out, const Shape &shape, DType result) {
  if (out->shape() != shape) {
    auto text = [](const Shape &s) {
      return std::string(text_from(checked(PyObject_Repr(Ref(tuple_from(s)).get())).get()));
    };
    raise(PyExc_RuntimeError,
          "output with shape " + text(out->shape()) + " doesn't match the broadcast shape " + text(shape));
  }
#define X(type, name, bytes, kind, word, ...) word,
  static const char *names[] = {MT_DTYPES(X)};
#undef X
  if (!can_cast(result, dtype_of(*out)))
    raise(PyExc_RuntimeError, std::string("result type ") + names[static_cast<int>(result)] +
                                  " can't be cast to the desired output type " +
                                  names[static_cast<int>(dtype_of(*out))]);
}

HeldBuffer::HeldBuffer(PyObject *owner, const void *data, int64_t bytes) {
  if (bytes < 0) raise(PyExc_RuntimeError, "memory of " + std::to_string(bytes) + " bytes");
  const char *low = nullptr, *high = nullptr;
  PyObject *exporter = PyTuple_Check(owner) && PyTuple_GET_SIZE(owner) ? PyTuple_GET_ITEM(owner, 0) : owner;
  if (is_tensor(exporter)) {
    TensorPtr t = unwrap(exporter);
    if (device_of(t) > 0 && accelerator_present)
      raise(PyExc_NotImplementedError, "memory of the npu is not memory of the host");
    low = static_cast<char *>(storage_pointer(t));
    high = low + (low ? storage_bytes(t) : 0);
    if (low) {
      storage_freeze(t);
      memory_ = t->device_address()->device_pointer();
    }
  } else {
    if (PyObject_GetBuffer(exporter, &view_, PyBUF_STRIDES)) throw PythonError();
    exported_ = true;
    low = high = static_cast<char *>(view_.buf);
    high += view_.itemsize;
    for (int d = 0; d < view_.ndim; ++d) {
      if (view_.shape[d] == 0) high = low;
      if (high == low) break;
      (view_.strides[d] < 0 ? low : high) += (view_.shape[d] - 1) * view_.strides[d];
    }
  }
  auto *at = static_cast<const char *>(data);
  if (bytes && (!at || at < low || at > high || bytes > high - at)) {
    if (exported_) PyBuffer_Release(&view_);
    raise(PyExc_RuntimeError, "memory that its owner does not hold");
  }
  owner_ = Py_NewRef(owner);
}

HeldBuffer::~HeldBuffer() {
  if (!Py_IsInitialized()) return;
  PyGILState_STATE s = PyGILState_Ensure();
  if (exported_) PyBuffer_Release(&view_);
  Py_XDECREF(owner_);
  PyGILState_Release(s);
}

PyObject *refuse_count(Py_ssize_t expected, Py_ssize_t given) {
  return PyErr_Format(PyExc_TypeError, "takes exactly %zd argument%s (%zd given)", expected, expected == 1 ? "" : "s",
                      given);
}
bool refuse_kind(Py_ssize_t at, const char *expected, PyObject *given) {
  PyErr_Format(PyExc_TypeError, "argument %zd must be %s, not %.200s", at + 1, expected, Py_TYPE(given)->tp_name);
  return false;
}

}  // namespace mt
