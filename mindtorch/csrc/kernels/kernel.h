// The contract between the engine (which knows MindSpore) and the kernels (which know only memory).
// A kernel gets views (pointer, dtype, shape, strides in elements) and scalars; it never allocates results.
#pragma once
#include <complex>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "dtype.h"

namespace mt {

constexpr int kMaxDims = 32;

struct View {
  void *data = nullptr;
  DType dtype = DType::F32;
  int8_t ndim = -1;  // -1: the caller passed None
  int8_t device = 0;  // not 0: memory of an accelerator, which kernels never see
  int64_t shape[kMaxDims];
  int64_t stride[kMaxDims];

  bool none() const { return ndim < 0; }
  int64_t numel() const {
    int64_t n = 1;
    for (int d = 0; d < ndim; ++d) n *= shape[d];
    return n;
  }
  bool contiguous() const {
    int64_t expected = 1;
    for (int d = ndim - 1; d >= 0; --d) {
      if (shape[d] == 0) return true;
      if (shape[d] != 1 && stride[d] != expected) return false;
      expected *= shape[d];
    }
    return true;
  }
  // The elements as T, whose width must be the dtype's: a kernel that takes one dtype for another must not leave the
  // memory. char is any memory.
  template <class T>
  T *as() const {
    if constexpr (!std::is_same_v<std::remove_cv_t<T>, char> && !std::is_void_v<T>)
      if (static_cast<int64_t>(sizeof(T)) != itemsize(dtype)) wrong_width(sizeof(T));
    return static_cast<T *>(data);
  }
  // Sizes and strides by dimension, negative ones from the end; dimensions that the view lacks are an error.
  int64_t size(int d) const { return shape[dim(d)]; }
  int64_t step(int d) const { return stride[dim(d)]; }
  int dim(int d) const {
    int at = d < 0 ? d + ndim : d;
    if (at < 0 || at >= ndim) no_dimension(d);
    return at;
  }

 private:
  [[noreturn]] void wrong_width(size_t width) const;
  [[noreturn]] void no_dimension(int d) const;
};

struct Scalar {
  enum Kind : int8_t { None, Bool, Int, Float, Complex, Ints } kind = None;
  int64_t i = 0;  // Bool, Int; the length of Ints
  double f = 0;   // Float; the real part of Complex
  double im = 0;
  const int64_t *list = nullptr;

  bool none() const { return kind == None; }
  double real() const { return kind == Float || kind == Complex ? f : static_cast<double>(i); }
  int64_t integer() const { return kind == Float ? static_cast<int64_t>(f) : i; }
  template <class T>
  T to() const {
    if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>)
      return T(static_cast<typename T::value_type>(real()), static_cast<typename T::value_type>(im));
    else if constexpr (std::is_floating_point_v<T> || std::is_class_v<T>)
      return static_cast<T>(real());
    else
      return static_cast<T>(integer());
  }
};

struct Error : std::runtime_error {
  enum Kind { Runtime, Index, Value, Type, NotImplemented } kind;
  Error(Kind k, const std::string &what) : std::runtime_error(what), kind(k) {}
};

template <class... A>
std::string format(const char *text, A... args) {
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, text, args...);
  return buffer;
}
#define MT_CHECK(condition, ...) \
  do {                           \
    if (!(condition)) throw ::mt::Error(::mt::Error::Runtime, ::mt::format(__VA_ARGS__)); \
  } while (0)

inline void View::wrong_width(size_t width) const {
  throw Error(Error::Type, format("a kernel reads elements of %d bytes where the tensor has elements of %d",
                                  static_cast<int>(width), static_cast<int>(itemsize(dtype))));
}
inline void View::no_dimension(int d) const {
  throw Error(Error::Index, format("a kernel needs dimension %d of a tensor that has %d", d, static_cast<int>(ndim)));
}

struct IntList {
  const int64_t *data;
  int64_t size;
  int64_t operator[](int64_t i) const {
    if (i < 0 || i >= size)
      throw Error(Error::Index,
                  format("a kernel needs number %lld of a list that has %lld", (long long)i, (long long)size));
    return data[i];
  }
};

// What a kernel was called with. Whatever a kernel asks for is there and of the kind that it asks for, or an Error says
// so: a float is not a whole number, None is not an operand.
struct Call {
  const View *t;
  int nt;
  const Scalar *s;
  int ns;

  const View &operator[](int i) const {
    const View &v = maybe(i);
    if (v.none()) throw Error(Error::Type, format("a kernel needs a tensor as operand %d", i));
    return v;
  }
  // An operand that may be None; one that was left out is none.
  const View &maybe(int i) const {
    static const View nothing{};
    return i >= 0 && i < nt ? t[i] : nothing;
  }
  const Scalar &scalar(int i) const {
    static const Scalar nothing{};
    return i >= 0 && i < ns ? s[i] : nothing;
  }
  bool given(int i) const { return !scalar(i).none(); }
  int64_t integer(int i) const {
    const Scalar &n = scalar(i);
    if (n.kind != Scalar::Int && n.kind != Scalar::Bool)
      throw Error(Error::Type, format("a kernel needs a whole number as argument %d", i));
    return n.i;
  }
  int64_t integer(int i, int64_t otherwise) const { return given(i) ? integer(i) : otherwise; }
  bool flag(int i) const { return integer(i) != 0; }
  double number(int i) const {
    const Scalar &n = scalar(i);
    if (n.kind != Scalar::Int && n.kind != Scalar::Bool && n.kind != Scalar::Float)
      throw Error(Error::Type, format("a kernel needs a real number as argument %d", i));
    return n.real();
  }
  IntList ints(int i) const {
    const Scalar &n = scalar(i);
    if (n.kind != Scalar::Ints)
      throw Error(Error::Type, format("a kernel needs a list of whole numbers as argument %d", i));
    return {n.list, n.i};
  }
  // A dimension of v, negative ones from the end.
  int dim(int i, const View &v) const {
    int64_t d = integer(i);
    if (d < -v.ndim || d >= v.ndim)
      throw Error(Error::Index, format("a kernel needs dimension %lld of a tensor that has %d", (long long)d,
                                       static_cast<int>(v.ndim)));
    return static_cast<int>(d < 0 ? d + v.ndim : d);
  }
  DType dtype(int i) const {
    int64_t d = integer(i);
    if (d < 0 || d >= static_cast<int64_t>(DType::Count))
      throw Error(Error::Type, format("%lld is no dtype", (long long)d));
    return static_cast<DType>(d);
  }
};

using Kernel = void (*)(const Call &);

// One line a kernel: KERNEL(name) { ... uses `c` ... }
struct Registration {
  Registration(const char *name, Kernel kernel);
};
#define KERNEL(name)                                            \
  static void kernel_##name(const ::mt::Call &c);               \
  static ::mt::Registration registration_##name(#name, kernel_##name); \
  static void kernel_##name([[maybe_unused]] const ::mt::Call &c)

}  // namespace mt

// What the shared library exports.
#pragma GCC visibility push(default)
extern "C" {
int mindtorch_kernel_count();
const char *mindtorch_kernel_name(int id);
// 0, or 1 + Error::Kind with the text in `error`.
int mindtorch_kernel_call(int id, const mt::View *tensors, int nt, const mt::Scalar *scalars, int ns, char *error,
                          int size);
void mindtorch_set_threads(int count);
int mindtorch_get_threads();
}
#pragma GCC visibility pop
