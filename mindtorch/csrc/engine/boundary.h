// What comes from outside is checked here, once: how many arguments a function of mindtorch._C gets and of which kind,
// numbers, dtypes, devices, and the geometry of every tensor that is made.
#pragma once
#include "tensor.h"

namespace mt {

// ---- numbers ----
int64_t whole_from(PyObject *o);         // __index__; OverflowError beyond 64 bits
int64_t whole_from(PyObject *o, int64_t low, int64_t high, const char *what);
DType dtype_from(PyObject *o);           // a dtype's code
int device_from(PyObject *o);            // -1 meta, 0 cpu, n emulated npu n-1
extern int device_count;                 // codes below it are devices that exist
const char *text_from(PyObject *o);
// plain(numbers) -> whether they are what sizes and dimensions are kept as: one int of Python's own, or a tuple of
// them, within 64 bits
PyObject *plain(PyObject *, PyObject *numbers);

// ---- geometry ----
std::string shown(const Shape &numbers);  // "[2, 3]"
// Number of elements; RuntimeError for a negative size and for a number beyond 64 bits.
int64_t elements(const Shape &shape);
inline int64_t saturated_product(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}
// Elements from the storage's begin to behind the last one that is reached; 0 when there is none. Sizes, strides and
// offset are not negative, as many sizes as strides, and the bytes can be counted in 64 bits: else RuntimeError.
int64_t extent_of(const Shape &shape, const Shape &stride, int64_t offset, int64_t itemsize);
// What reaches outside a storage of `bytes`.
[[noreturn]] void raise_outside(const Shape &shape, const Shape &stride, int64_t offset, int64_t itemsize,
                                int64_t bytes);

// ---- operands ----
// The device on which operands (null: not a tensor) meet: all lie on it but 0-dim tensors of the CPU; -2 without any
// tensor. RuntimeError for two devices.
int common_device(const TensorPtr *operands, int n);
// What a kernel writes shares no memory with what it reads, unless it is the same elements in the same places; and each
// of its elements has a place of its own.
void check_overlap(const View &out, const View &in);
void check_self_overlap(const View &out);
// That a result of this shape and dtype fits the tensor that it is to be written into.
void check_given(const TensorPtr &out, const Shape &shape, DType result);

// ---- memory of others ----
// A buffer that an object exports, held as long as this lives.
class HeldBuffer {
 public:
  // RuntimeError unless [data, data + bytes) lies inside what `owner` holds: an object that exports a buffer, a tensor,
  // or a tuple that begins with one of these and keeps what follows.
  HeldBuffer(PyObject *owner, const void *data, int64_t bytes);
  HeldBuffer(const HeldBuffer &) = delete;
  HeldBuffer &operator=(const HeldBuffer &) = delete;
  ~HeldBuffer();

 private:
  Py_buffer view_{};
  bool exported_ = false;
  PyObject *owner_ = nullptr;
  mindspore::DevicePointerPtr memory_;  // of a tensor: it outlives a change of what the tensor is made of
};

// ---- arguments ----
// Kinds of arguments that a function's entry in the method table names. What is finer than the type, the function's own
// conversions say.
namespace arg {
struct Any {
  static constexpr const char *name = "an object";
  static bool is(PyObject *) { return true; }
};
struct Tuple {
  static constexpr const char *name = "a tuple";
  static bool is(PyObject *o) { return PyTuple_Check(o); }
};
struct Text {
  static constexpr const char *name = "a str";
  static bool is(PyObject *o) { return PyUnicode_Check(o); }
};
struct Type {
  static constexpr const char *name = "a class";
  static bool is(PyObject *o) { return PyType_Check(o); }
};
struct Tensor {
  static constexpr const char *name = "Tensor";
  static bool is(PyObject *o) { return is_tensor(o); }
};
struct Function {
  static constexpr const char *name = "a callable";
  static bool is(PyObject *o) { return PyCallable_Check(o); }
};
struct FunctionOrNone {
  static constexpr const char *name = "a callable or None";
  static bool is(PyObject *o) { return o == Py_None || PyCallable_Check(o); }
};
struct TupleOrNone {
  static constexpr const char *name = "a tuple or None";
  static bool is(PyObject *o) { return o == Py_None || PyTuple_Check(o); }
};
}  // namespace arg

// A function of mindtorch._C with its arguments in `a`, `n` of them.
#define FAST(name) \
  PyObject *name([[maybe_unused]] PyObject *module, [[maybe_unused]] PyObject *const *a, [[maybe_unused]] Py_ssize_t n)
using FastFunction = PyObject *(*)(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *refuse_count(Py_ssize_t expected, Py_ssize_t given);
bool refuse_kind(Py_ssize_t at, const char *expected, PyObject *given);

// The entry of `F` in a method table: as many arguments as kinds, each of its kind.
template <FastFunction F, class... Kinds>
PyObject *entry(PyObject *module, PyObject *const *a, Py_ssize_t n) {
  if (n != static_cast<Py_ssize_t>(sizeof...(Kinds))) return refuse_count(sizeof...(Kinds), n);
  [[maybe_unused]] Py_ssize_t at = 0;
  bool fits = ((Kinds::is(a[at]) ? (++at, true) : refuse_kind(at, Kinds::name, a[at])) && ...);
  return fits ? F(module, a, n) : nullptr;
}
template <FastFunction F, class... Kinds>
constexpr PyMethodDef method(const char *name) {
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&entry<F, Kinds...>)), METH_FASTCALL,
          nullptr};
}

}  // namespace mt
