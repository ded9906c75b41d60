// LAPACK: the routines are those that SciPy has loaded, handed over once as addresses (mindtorch_lapack_install).
// Every kernel goes over the batch, brings one matrix into column order, calls the routine and copies results back.
// Small real matrices do not go there but to householder.h and its kind: see why there.
#pragma once
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "checks.h"
#include "dtypes.h"
#include "householder.h"

#pragma GCC visibility push(default)
// `count` addresses of routines, routine by routine for the types as in `routines` below: 1, or 0 when they are there
// already or not as many as there should be.
extern "C" int mindtorch_lapack_install(void *const *addresses, int count);
#pragma GCC visibility pop

namespace mt::lapack {

// ---- the routines ----
enum Routine {
  kGetrf,
  kGetrs,
  kPotrf,
  kPotrs,
  kPotri,
  kGeqrf,
  kOrgqr,
  kOrmqr,
  kSyevd,
  kGeev,
  kGesdd,
  kTrsm,
  kGels,
  kGelsy,
  kGelsd,
  kGelss,
  kSytrf,
  kSytrs,
  kHetrf,
  kHetrs,
  kGebrd,
  kBdsdc,
  kOrmbr,
  kSytrd,
  kOrmtr,
  kRoutines
};
extern void *routines[kRoutines][4];  // float, double, complex float, complex double

template <class T> constexpr int type_index() {
  return std::is_same_v<T, float> ? 0 : std::is_same_v<T, double> ? 1 : std::is_same_v<T, C64> ? 2 : 3;
}
template <class T> struct RealOf { using type = T; };
template <> struct RealOf<C64> { using type = float; };
template <> struct RealOf<C128> { using type = double; };
template <class T> using real_t = typename RealOf<T>::type;
template <class T> using complex_t = std::complex<real_t<T>>;

using Int = int;
constexpr Int kNotFinite = -4;  // the info of a matrix with an infinity or NaN, which no iteration is begun for

// Fortran takes every argument by address.
template <class T, class... A>
void call(Routine r, A... arguments) {
  void *f = routines[r][type_index<T>()];
  MT_CHECK(f, "LAPACK is not there: linear algebra needs SciPy");
  reinterpret_cast<void (*)(A...)>(f)(arguments...);
}
template <class F>
void by_type(DType d, F &&f) {
  dispatch_among<float, double, C64, C128>(d, Error::Runtime,
                                           "linear algebra takes float32, float64, complex64 and complex128", f);
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
// LAPACK counts in 32 bits.
inline Int side(const View &v, int d) {
  int64_t n = v.size(d);
  if (n > std::numeric_limits<Int>::max())
    throw Error(Error::Runtime,
                format("linear algebra takes matrices of less than 2^31 rows and columns, got %lld", (long long)n));
  return static_cast<Int>(n);
}
inline Int rows_of(const View &v) { return side(v, -2); }
inline Int columns_of(const View &v) { return side(v, -1); }

// A batch of matrices, and what a kernel takes beside it: matrices, vectors and numbers of the same batch.
struct Batch {
  const View &a;
  const char *what;
  Int m, n;

  Batch(const View &a, const char *what) : a(a), what(what), m(rows_of(a)), n(columns_of(a)) {}
  const Batch &square() const {
    need(m == n, what);
    return *this;
  }
  const Batch &matrices(const View &v, int64_t rows, int64_t columns, DType d) const {
    core(v, 2, d);
    need_size(v, -2, rows, what);
    need_size(v, -1, columns, what);
    return *this;
  }
  const Batch &matrices(const View &v, int64_t rows, int64_t columns) const {
    return matrices(v, rows, columns, a.dtype);
  }
  const Batch &vectors(const View &v, int64_t length, DType d) const {
    core(v, 1, d);
    need_size(v, -1, length, what);
    return *this;
  }
  const Batch &numbers(const View &v, DType d) const {
    if (!v.none()) core(v, 0, d);
    return *this;
  }
  const Batch &info(const View &v) const { return numbers(v, DType::I32); }
  // How many there are: none when none of the first `results` operands of the call has room for an element.
  int64_t count(const Call &c, int results) const {
    bool room = false;
    for (int k = 0; k < results; ++k) room = room || (!c.maybe(k).none() && !empty(c.maybe(k)));
    return room ? product_of(a, 0, a.ndim - 2, what) : 0;
  }

 private:
  void core(const View &v, int dims, DType d) const {
    need_dtype(v, d, what);
    bool fits = v.ndim - dims == a.ndim - 2;
    for (int k = 0; fits && k < a.ndim - 2; ++k) fits = v.shape[k] == a.shape[k];
    if (!fits) throw Error(Error::Runtime, format("%s: tensors of different batches", what));
  }
};

// a matrix in column order with a leading dimension
template <class T>
void load(const View &v, int64_t i, T *to, int ld) {
  const T *from = item<const T>(v, i, 2);
  int64_t sr = v.stride[v.ndim - 2], sc = v.stride[v.ndim - 1];
  Int rows = rows_of(v), columns = columns_of(v);
  for (Int c = 0; c < columns; ++c)
    for (Int r = 0; r < rows; ++r) to[r + static_cast<int64_t>(c) * ld] = from[r * sr + c * sc];
}
template <class T, class S>
void store(const View &v, int64_t i, const S *from, int ld) {
  T *to = item<T>(v, i, 2);
  int64_t sr = v.stride[v.ndim - 2], sc = v.stride[v.ndim - 1];
  Int rows = rows_of(v), columns = columns_of(v);
  for (Int c = 0; c < columns; ++c)
    for (Int r = 0; r < rows; ++r) to[r * sr + c * sc] = static_cast<T>(from[r + static_cast<int64_t>(c) * ld]);
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

template <class R>
constexpr R not_a_number() {
  return std::numeric_limits<R>::quiet_NaN();
}
template <class T>
bool finite(T x) {
  return std::isfinite(std::real(x)) && std::isfinite(std::imag(x));
}
// Whether all values of a matrix are finite: iterations need not end otherwise, whatever the library promises.
template <class T>
bool all_finite(const T *a, int64_t n) {
  return std::all_of(a, a + n, finite<T>);
}
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
