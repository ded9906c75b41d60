// LAPACK: the routines are those that SciPy has loaded, handed over once as addresses (lapack_install).
// Every kernel goes over the batch, brings one matrix into column order, calls the routine and copies results back.
// Small real matrices do not go there but to householder.h and its kind: see why there.
#pragma once
#include <cstring>
#include <limits>
#include <vector>

#include "dtypes.h"
#include "householder.h"

namespace mt::lapack {

// ---- the routines ----
enum Routine { kGetrf, kGetrs, kPotrf, kPotrs, kPotri, kGeqrf, kOrgqr, kOrmqr, kSyevd, kGeev, kGesdd, kTrsm, kGels, kGelsy, kGelsd, kGelss, kSytrf, kSytrs, kHetrf, kHetrs, kGebrd, kBdsdc, kOrmbr, kSytrd, kOrmtr, kRoutines };
extern void *routines[kRoutines][4];  // float, double, complex float, complex double

template <class T> constexpr int type_index() { return std::is_same_v<T, float> ? 0 : std::is_same_v<T, double> ? 1 : std::is_same_v<T, C64> ? 2 : 3; }
template <class T> struct RealOf { using type = T; };
template <> struct RealOf<C64> { using type = float; };
template <> struct RealOf<C128> { using type = double; };
template <class T> using real_t = typename RealOf<T>::type;
template <class T> using complex_t = std::complex<real_t<T>>;

// Fortran takes every argument by address.
template <class T, class... A>
void call(Routine r, A... arguments) {
  void *f = routines[r][type_index<T>()];
  MT_CHECK(f, "LAPACK is not there: linear algebra needs SciPy");
  reinterpret_cast<void (*)(A...)>(f)(arguments...);
}
using Int = int;

template <class F>
void by_type(DType d, F &&f) {
  dispatch_among<float, double, C64, C128>(d, Error::Runtime, "linear algebra takes float32, float64, complex64 and complex128", f);
}

// ---- batches ----
template <class T>
T *item(const View &v, int64_t i, int core) {
  int64_t at = 0;
  for (int d = v.ndim - core - 1; d >= 0; --d) {
    at += i % v.shape[d] * v.stride[d];
    i /= v.shape[d];
  }
  return v.as<T>() + at;
}
inline int64_t batch_of(const View &v, int core) {
  int64_t n = 1;
  for (int d = 0; d < v.ndim - core; ++d) n *= v.shape[d];
  return n;
}
inline int rows_of(const View &v) { return static_cast<int>(v.shape[v.ndim - 2]); }
inline int columns_of(const View &v) { return static_cast<int>(v.shape[v.ndim - 1]); }

// a matrix in column order with a leading dimension
template <class T>
void load(const View &v, int64_t i, T *to, int ld) {
  const T *from = item<const T>(v, i, 2);
  int64_t sr = v.stride[v.ndim - 2], sc = v.stride[v.ndim - 1];
  for (int c = 0; c < columns_of(v); ++c)
    for (int r = 0; r < rows_of(v); ++r) to[r + static_cast<int64_t>(c) * ld] = from[r * sr + c * sc];
}
template <class T, class S>
void store(const View &v, int64_t i, const S *from, int ld) {
  T *to = item<T>(v, i, 2);
  int64_t sr = v.stride[v.ndim - 2], sc = v.stride[v.ndim - 1];
  for (int c = 0; c < columns_of(v); ++c)
    for (int r = 0; r < rows_of(v); ++r) to[r * sr + c * sc] = static_cast<T>(from[r + static_cast<int64_t>(c) * ld]);
}
template <class T, class S>
void store_vector(const View &v, int64_t i, const S *from) {
  T *to = item<T>(v, i, 1);
  for (int64_t k = 0; k < v.shape[v.ndim - 1]; ++k) to[k * v.stride[v.ndim - 1]] = static_cast<T>(from[k]);
}
template <class T>
std::vector<T> vector_of(const View &v, int64_t i) {
  std::vector<T> r(static_cast<size_t>(v.shape[v.ndim - 1]));
  const T *from = item<const T>(v, i, 1);
  for (size_t k = 0; k < r.size(); ++k) r[k] = from[static_cast<int64_t>(k) * v.stride[v.ndim - 1]];
  return r;
}
inline void set_info(const View &v, int64_t i, Int info) {
  if (!v.none()) *item<int32_t>(v, i, 0) = info;
}
template <class T>
struct Buffer : std::vector<T> {
  explicit Buffer(int64_t n) : std::vector<T>(static_cast<size_t>(std::max<int64_t>(n, 1))) {}
  operator T *() { return this->data(); }
};
// Ask a routine for its best workspace: f(pointer to work, length)
template <class T, class F>
void with_work(F &&f) {
  T best;
  f(&best, -1);
  Int n = std::max(1, static_cast<Int>(std::real(best)));
  Buffer<T> work(n);
  f(static_cast<T *>(work), n);
}
inline Int at_least_one(Int n) { return std::max(n, 1); }
// whether householder.h takes a matrix of this size
template <class T> bool by_hand(Int m, Int n) { return !is_complex_v<T> && std::max(m, n) <= householder::kLargest; }
template <class T> householder::Matrix<T> grid(T *a, Int ld) { return {a, ld}; }

// whether no value needs the scaling that LAPACK's drivers do first (and none is NaN)
template <class T>
bool well_scaled(const T *a, int64_t n) {
  using R = real_t<T>;
  R most = 0;
  for (int64_t i = 0; i < n; ++i) {
    R x = std::abs(a[i]);
    if (!(x <= std::numeric_limits<R>::max())) return false;
    most = std::max(most, x);
  }
  R small = std::sqrt(std::numeric_limits<R>::min()) / (std::numeric_limits<R>::epsilon() / 2);
  return most == 0 || (most >= small && most <= 1 / small);
}

}  // namespace mt::lapack
