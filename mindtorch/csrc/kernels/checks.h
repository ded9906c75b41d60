// What kernels demand of their operands before they compute: one vocabulary, used at the entry of each kernel.
// The engine has seen to it that every view lies inside its storage; a kernel sees to it that its views fit each other.
#pragma once
#include <initializer_list>

#include "kernel.h"

namespace mt {

inline void need_rank(const View &v, int low, int high, const char *what) {
  if (v.ndim < low || v.ndim > high)
    throw Error(Error::Runtime, format("%s: expected a tensor of %d to %d dimensions, got %d", what, low, high,
                                       static_cast<int>(v.ndim)));
}
inline void need_rank(const View &v, int rank, const char *what) { need_rank(v, rank, rank, what); }

inline void need_size(const View &v, int d, int64_t size, const char *what) {
  if (v.size(d) != size)
    throw Error(Error::Runtime, format("%s: expected size %lld in dimension %d, got %lld", what, (long long)size, d,
                                       (long long)v.size(d)));
}

inline bool same_shape(const View &a, const View &b) {
  if (a.ndim != b.ndim) return false;
  for (int d = 0; d < a.ndim; ++d)
    if (a.shape[d] != b.shape[d]) return false;
  return true;
}
inline void need_same_shape(const View &a, const View &b, const char *what) {
  if (!same_shape(a, b)) throw Error(Error::Runtime, format("%s: shapes of two tensors must be the same", what));
}
// `a` and `b` agree in all dimensions but `d`.
inline void need_same_but(const View &a, const View &b, int d, const char *what) {
  bool fits = a.ndim == b.ndim;
  for (int k = 0; fits && k < a.ndim; ++k) fits = k == d || a.shape[k] == b.shape[k];
  if (!fits)
    throw Error(Error::Runtime, format("%s: shapes of two tensors must be the same but for dimension %d", what, d));
}

inline const char *dtype_name(DType d) {
  static const char *names[] = {"Bool",   "Byte",     "Char",   "Short",         "Int",          "Long",
                                "Half",   "BFloat16", "Float",  "Double",        "ComplexFloat", "ComplexDouble",
                                "UInt16", "UInt32",   "UInt64", "Float8_e4m3fn", "Float8_e5m2"};
  return names[static_cast<int>(d)];
}
inline void need_dtype(const View &v, DType d, const char *what) {
  if (v.dtype != d)
    throw Error(Error::Runtime,
                format("%s: expected scalar type %s but found %s", what, dtype_name(d), dtype_name(v.dtype)));
}
inline void need_same_dtype(const View &a, const View &b, const char *what) { need_dtype(a, b.dtype, what); }
inline void need_float(const View &v, const char *what) {
  if (!is_floating(v.dtype)) throw Error(Error::Type, format("%s: expected a tensor of a floating point dtype", what));
}
// Element numbers and places: int64.
inline void need_indices(const View &v, const char *what) { need_dtype(v, DType::I64, what); }

inline void need_dense(const View &v, const char *what) {
  if (!v.contiguous()) throw Error(Error::Runtime, format("%s: expected a contiguous tensor", what));
}
// Whether the elements fill one block of memory, each once, in some order of the dimensions.
inline bool fills_a_block(const View &v) {
  if (v.contiguous()) return true;
  bool used[kMaxDims] = {};
  int64_t expected = 1;
  for (int round = 0; round < v.ndim; ++round) {
    int next = -1;
    for (int d = 0; d < v.ndim && next < 0; ++d)
      if (!used[d] && (v.shape[d] == 1 || v.stride[d] == expected)) next = d;
    if (next < 0) return false;
    used[next] = true;
    expected *= v.shape[next];
  }
  return true;
}
// Whether a and b, of as many elements, fill blocks of memory in the same order.
inline bool same_block(const View &a, const View &b) {
  if (a.contiguous() && b.contiguous()) return true;
  if (!same_shape(a, b)) return false;
  for (int d = 0; d < a.ndim; ++d)
    if (a.shape[d] != 1 && a.stride[d] != b.stride[d]) return false;
  return fills_a_block(a);
}
inline void need_numel(const View &v, int64_t n, const char *what) {
  if (v.numel() != n)
    throw Error(Error::Runtime,
                format("%s: expected %lld elements, got %lld", what, (long long)n, (long long)v.numel()));
}
inline void need_length(const IntList &list, int64_t n, const char *what) {
  if (list.size != n)
    throw Error(Error::Runtime,
                format("%s: expected %lld numbers, got %lld", what, (long long)n, (long long)list.size));
}
// Numbers that a caller claims, or sizes of some dimensions: their product may be beyond all memory.
inline int64_t product(int64_t a, int64_t b, const char *what) {
  int64_t n;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &n))
    throw Error(Error::Runtime, format("%s: sizes %lld and %lld do not go together", what, (long long)a, (long long)b));
  return n;
}
inline int64_t product_of(const View &v, int from, int to, const char *what) {
  int64_t n = 1;
  for (int d = from; d < to; ++d) n = product(n, v.shape[d], what);
  return n;
}
inline bool empty(const View &v) {
  for (int d = 0; d < v.ndim; ++d)
    if (v.shape[d] == 0) return true;
  return false;
}
// n dense elements of a dtype.
inline void need_flat(const View &v, int64_t n, DType d, const char *what) {
  need_dtype(v, d, what);
  need_dense(v, what);
  need_numel(v, n, what);
}
inline void need(bool condition, const char *what) {
  if (!condition) throw Error(Error::Runtime, what);
}
// The memory between a view's first and last element, as addresses; empty views have none.
struct Extent {
  uintptr_t low = 0, high = 0;
  explicit Extent(const View &v) {
    int64_t before = 0, after = 0;
    for (int d = 0; d < v.ndim; ++d) {
      if (v.shape[d] == 0) return;
      (v.stride[d] < 0 ? before : after) += (v.shape[d] - 1) * v.stride[d];
    }
    low = reinterpret_cast<uintptr_t>(v.data) + static_cast<uintptr_t>(before * itemsize(v.dtype));
    high = reinterpret_cast<uintptr_t>(v.data) + static_cast<uintptr_t>((after + 1) * itemsize(v.dtype));
  }
};
inline bool overlaps(const View &a, const View &b) {
  Extent x(a), y(b);
  return x.low < y.high && y.low < x.high;
}
// A result must not lie on what decides where the kernel reads and writes.
inline void need_apart(const View &result, const View &v, const char *what) {
  if (overlaps(result, v)) throw Error(Error::Runtime, format("%s: a result and an operand share memory", what));
}
// The operands of a call that has n or more.
inline const View *operands(const Call &c, int n) {
  if (c.nt < n) throw Error(Error::Type, format("a kernel needs a tensor as operand %d", c.nt));
  return c.t;
}
inline void need_positive(int64_t n, const char *what) {
  if (n <= 0) throw Error(Error::Runtime, format("%s: expected a number above zero, got %lld", what, (long long)n));
}
inline void need_shape(const View &v, std::initializer_list<int64_t> shape, const char *what) {
  bool fits = v.ndim == static_cast<int>(shape.size());
  int d = 0;
  for (int64_t n : shape) fits = fits && v.shape[d++] == n;
  if (!fits) throw Error(Error::Runtime, format("%s: a tensor has another shape than follows from the others", what));
}

// The product of factors that are not below zero; an Error where it is more than any machine counts to, so that what is
// computed of it cannot wrap.
constexpr int64_t kMostWork = int64_t{1} << 60;
inline int64_t need_work(std::initializer_list<int64_t> factors, const char *what) {
  int64_t n = 1;
  bool much = false;
  for (int64_t f : factors) {
    if (f == 0) return 0;
    much = __builtin_mul_overflow(n, f, &n) || f < 0 || n > kMostWork || much;
  }
  if (much) throw Error(Error::Runtime, format("%s: sizes are too large", what));
  return n;
}

// Windows along one dimension: the numbers are what they should be, and every place that a window reaches is a number.
inline void need_windows(int64_t count, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                         const char *what) {
  bool fits = kernel > 0 && stride > 0 && padding >= 0 && padding <= kMostWork && dilation > 0 && count >= 0;
  if (fits)
    fits = static_cast<__int128>(count > 0 ? count - 1 : 0) * stride + static_cast<__int128>(kernel - 1) * dilation <=
           kMostWork;
  if (!fits) throw Error(Error::Runtime, format("%s: kernel, stride, padding or dilation is out of range", what));
}

}  // namespace mt
