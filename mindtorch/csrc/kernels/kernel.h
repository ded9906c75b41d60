// The contract between the engine (which knows MindSpore) and the kernels (which know only memory).
// A kernel gets views (pointer, dtype, shape, strides in elements) and scalars; it never allocates results.
#pragma once
#include <complex>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace mt {

enum class DType : int8_t { Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64, C64, C128, U16, U32, U64, F8E4M3, F8E5M2, Count };

constexpr int kMaxDims = 32;

inline int64_t itemsize(DType d) {
  constexpr int8_t sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 2, 4, 8, 1, 1};
  return sizes[static_cast<int>(d)];
}
inline bool is_floating(DType d) { return (d >= DType::F16 && d <= DType::F64) || d == DType::F8E4M3 || d == DType::F8E5M2; }
inline bool is_complex(DType d) { return d == DType::C64 || d == DType::C128; }
inline bool is_integral(DType d) { return !is_floating(d) && !is_complex(d); }  // bool included

struct View {
  void *data = nullptr;
  DType dtype = DType::F32;
  int8_t ndim = -1;  // -1: the caller passed None
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
  template <class T>
  T *as() const {
    return static_cast<T *>(data);
  }
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

struct Call {
  const View *t;
  int nt;
  const Scalar *s;
  int ns;
  const View &operator[](int i) const { return t[i]; }
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
int mindtorch_kernel_call(int id, const mt::View *tensors, int nt, const mt::Scalar *scalars, int ns, char *error, int size);
void mindtorch_set_threads(int count);
int mindtorch_get_threads();
}
#pragma GCC visibility pop
