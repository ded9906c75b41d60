// What kernels demand of their operands before they compute: one vocabulary, used at the entry of each kernel.
// The engine has seen to it that every view lies inside its storage; a kernel sees to it that its views fit each other.
#pragma once
#include "kernel.h"

namespace mt {

inline void need_rank(const View &v, int low, int high, const char *what) {
  if (v.ndim < low || v.ndim > high) throw Error(Error::Runtime, format("%s: expected a tensor of %d to %d dimensions, got %d", what, low, high, static_cast<int>(v.ndim)));
}
inline void need_rank(const View &v, int rank, const char *what) { need_rank(v, rank, rank, what); }

inline void need_size(const View &v, int d, int64_t size, const char *what) {
  if (v.size(d) != size) throw Error(Error::Runtime, format("%s: expected size %lld in dimension %d, got %lld", what, (long long)size, d, (long long)v.size(d)));
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
  if (!fits) throw Error(Error::Runtime, format("%s: shapes of two tensors must be the same but for dimension %d", what, d));
}

inline void need_dtype(const View &v, DType d, const char *what) {
  if (v.dtype != d) throw Error(Error::Type, format("%s: a tensor has another dtype than it should", what));
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
  if (v.numel() != n) throw Error(Error::Runtime, format("%s: expected %lld elements, got %lld", what, (long long)n, (long long)v.numel()));
}
inline void need_length(const IntList &list, int64_t n, const char *what) {
  if (list.size != n) throw Error(Error::Runtime, format("%s: expected %lld numbers, got %lld", what, (long long)n, (long long)list.size));
}
// Numbers that a caller claims, or sizes of some dimensions: their product may be beyond all memory.
inline int64_t product(int64_t a, int64_t b, const char *what) {
  int64_t n;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &n)) throw Error(Error::Runtime, format("%s: sizes %lld and %lld do not go together", what, (long long)a, (long long)b));
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
inline void need_positive(int64_t n, const char *what) {
  if (n <= 0) throw Error(Error::Runtime, format("%s: expected a number above zero, got %lld", what, (long long)n));
}

}  // namespace mt
