// Decompositions through LAPACK: the routines are those that SciPy has loaded, handed over once as addresses.
// Every kernel goes over the batch, brings one matrix into column order, calls the routine and copies results back.
#include <cstring>
#include <limits>
#include <vector>

#include "dtypes.h"
#include "bidiagonal.h"
#include "householder.h"
#include "parallel.h"
#include "tridiagonal.h"

namespace mt {
namespace {

// ---- the routines ----
enum Routine { kGetrf, kGetrs, kPotrf, kPotrs, kPotri, kGeqrf, kOrgqr, kOrmqr, kSyevd, kGeev, kGesdd, kTrsm, kGels, kGelsy, kGelsd, kGelss, kSytrf, kSytrs, kHetrf, kHetrs, kGebrd, kBdsdc, kOrmbr, kSytrd, kOrmtr, kRoutines };
void *routines[kRoutines][4];  // float, double, complex float, complex double

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
  switch (d) {
    case DType::F32: return f(float{});
    case DType::F64: return f(double{});
    case DType::C64: return f(C64{});
    case DType::C128: return f(C128{});
    default: throw Error(Error::Runtime, "linear algebra takes float32, float64, complex64 and complex128");
  }
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
int64_t batch_of(const View &v, int core) {
  int64_t n = 1;
  for (int d = 0; d < v.ndim - core; ++d) n *= v.shape[d];
  return n;
}
int rows_of(const View &v) { return static_cast<int>(v.shape[v.ndim - 2]); }
int columns_of(const View &v) { return static_cast<int>(v.shape[v.ndim - 1]); }

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
void set_info(const View &v, int64_t i, Int info) {
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
Int at_least_one(Int n) { return std::max(n, 1); }
// whether householder.h takes a matrix of this size
template <class T> bool by_hand(Int m, Int n) { return !is_complex_v<T> && std::max(m, n) <= householder::kLargest; }
template <class T> householder::Matrix<T> grid(T *a, Int ld) { return {a, ld}; }

}  // namespace

// lapack_install(; address of routine r for type t at [r * 4 + t])
KERNEL(lapack_install) {
  MT_CHECK(c.ns == kRoutines * 4, "lapack_install takes %d addresses", kRoutines * 4);
  for (int i = 0; i < c.ns; ++i) routines[i / 4][i % 4] = reinterpret_cast<void *>(c.s[i].i);
}

// lapack_lu(lu, pivots int32, info int32, a)
KERNEL(lapack_lu) {
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int m = rows_of(c[3]), n = columns_of(c[3]), ld = at_least_one(m), info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    Buffer<Int> p(std::min(m, n));
    for (int64_t i = 0; i < batch_of(c[3], 2); ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      if (m && n) call<T>(kGetrf, &m, &n, static_cast<T *>(a), &ld, static_cast<Int *>(p), &info);
      store<T>(c[0], i, static_cast<T *>(a), ld);
      store_vector<int32_t>(c[1], i, static_cast<Int *>(p));
      set_info(c[2], i, info);
    }
  });
}

// lapack_lu_solve(x, lu, pivots int32, b; transposition 0, 1 (transpose), 2 (adjoint))
KERNEL(lapack_lu_solve) {
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int n = rows_of(c[1]), k = columns_of(c[0]), ld = at_least_one(n), info = 0;
    char trans = "NTC"[c.s[0].i];
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(ld) * k);
    for (int64_t i = 0; i < batch_of(c[0], 2); ++i) {
      load<T>(c[1], i, a, ld);
      load<T>(c[3], i, b, ld);
      auto p = vector_of<int32_t>(c[2], i);
      if (n && k) call<T>(kGetrs, &trans, &n, &k, static_cast<T *>(a), &ld, p.data(), static_cast<T *>(b), &ld, &info);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

// lapack_cholesky(factor, info, a; upper)
KERNEL(lapack_cholesky) {
  by_type(c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int n = rows_of(c[2]), ld = at_least_one(n), info = 0;
    bool upper = c.s[0].i;
    char uplo = upper ? 'U' : 'L';
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < batch_of(c[2], 2); ++i) {
      load<T>(c[2], i, a, ld);
      info = 0;
      if (n) call<T>(kPotrf, &uplo, &n, static_cast<T *>(a), &ld, &info);
      for (Int q = 0; q < n && !info; ++q)  // some libraries let NaN pass
        if (std::isnan(std::real(a[static_cast<size_t>(q + static_cast<int64_t>(q) * ld)]))) info = q + 1;
      for (int q = 0; q < n; ++q)
        for (int r = 0; r < n; ++r)
          if (upper ? r > q : r < q) a[static_cast<size_t>(r + q * ld)] = T(0);
      store<T>(c[0], i, static_cast<T *>(a), ld);
      set_info(c[1], i, info);
    }
  });
}

// lapack_cholesky_solve(x, b, factor; upper)
KERNEL(lapack_cholesky_solve) {
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int n = rows_of(c[2]), k = columns_of(c[0]), ld = at_least_one(n), info = 0;
    char uplo = c.s[0].i ? 'U' : 'L';
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(ld) * k);
    for (int64_t i = 0; i < batch_of(c[0], 2); ++i) {
      load<T>(c[2], i, a, ld);
      load<T>(c[1], i, b, ld);
      if (n && k) call<T>(kPotrs, &uplo, &n, &k, static_cast<T *>(a), &ld, static_cast<T *>(b), &ld, &info);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

// lapack_qr(a with reflectors, tau, a)
KERNEL(lapack_qr) {
  by_type(c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int m = rows_of(c[2]), n = columns_of(c[2]), ld = at_least_one(m), info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n), tau(std::min(m, n));
    for (int64_t i = 0; i < batch_of(c[2], 2); ++i) {
      load<T>(c[2], i, a, ld);
      if (by_hand<T>(m, n)) {
        if constexpr (!is_complex_v<T>) householder::qr(m, n, grid<T>(a, ld), static_cast<T *>(tau));
      } else if (m && n) with_work<T>([&](T *work, Int lwork) { call<T>(kGeqrf, &m, &n, static_cast<T *>(a), &ld, static_cast<T *>(tau), work, &lwork, &info); });
      store<T>(c[0], i, static_cast<T *>(a), ld);
      store_vector<T>(c[1], i, static_cast<T *>(tau));
    }
  });
}

// lapack_reflect(q, a with reflectors, tau): the first columns_of(q) columns of the product of reflectors
KERNEL(lapack_reflect) {
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int m = rows_of(c[0]), n = columns_of(c[0]), k = static_cast<Int>(c[2].shape[c[2].ndim - 1]), ld = at_least_one(m), info = 0;
    Int have = columns_of(c[1]);
    Buffer<T> a(static_cast<int64_t>(ld) * std::max(n, have));
    for (int64_t i = 0; i < batch_of(c[0], 2); ++i) {
      std::fill(a.begin(), a.end(), T(0));
      load<T>(c[1], i, a, ld);
      auto tau = vector_of<T>(c[2], i);
      if (by_hand<T>(m, n)) {
        if constexpr (!is_complex_v<T>) householder::product(m, n, k, grid<T>(a, ld), tau.data());
      } else if (m && n) with_work<T>([&](T *work, Int lwork) { call<T>(kOrgqr, &m, &n, &k, static_cast<T *>(a), &ld, tau.data(), work, &lwork, &info); });
      store<T>(c[0], i, static_cast<T *>(a), ld);
    }
  });
}

// lapack_reflect_times(out, a with reflectors, tau, other; left, transpose)
KERNEL(lapack_reflect_times) {
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int m = rows_of(c[0]), n = columns_of(c[0]), k = static_cast<Int>(c[2].shape[c[2].ndim - 1]), ld = at_least_one(m), info = 0;
    char side = c.s[0].i ? 'L' : 'R', trans = !c.s[1].i ? 'N' : is_complex_v<T> ? 'C' : 'T';
    Int la = at_least_one(rows_of(c[1]));
    Buffer<T> a(static_cast<int64_t>(la) * columns_of(c[1])), b(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < batch_of(c[0], 2); ++i) {
      load<T>(c[1], i, a, la);
      load<T>(c[3], i, b, ld);
      auto tau = vector_of<T>(c[2], i);
      if (m && n && k)
        with_work<T>([&](T *work, Int lwork) { call<T>(kOrmqr, &side, &trans, &m, &n, &k, static_cast<T *>(a), &la, tau.data(), static_cast<T *>(b), &ld, work, &lwork, &info); });
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

namespace {
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
// Largest matrix whose tridiagonal form the reference's library does not divide.
constexpr Int kUndivided = 25;

// Eigenvectors over a, values into w: false when the iterations do not converge.
template <class T>
bool small_eigh(char uplo, Int n, T *a, real_t<T> *w) {
  using R = real_t<T>;
  Int info = 0;
  char left = 'L', plain = 'N';
  Buffer<R> e(n), z(static_cast<int64_t>(n) * n);
  Buffer<T> tau(n), vectors(static_cast<int64_t>(n) * n);
  if constexpr (!is_complex_v<T>)
    if (uplo == 'L' && by_hand<T>(n, n)) {
      householder::tridiagonal(n, grid(a, n), w, static_cast<T *>(e), static_cast<T *>(tau));
      if (!Tridiagonal<R>(n, w, e, vectors).solve()) return false;
      householder::times(true, false, false, n - 1, n, n - 1, grid(a, n).at(1, 0), static_cast<T *>(tau), grid<T>(vectors, n).at(1, 0));
      std::copy(vectors.begin(), vectors.end(), a);
      return true;
    }
  with_work<T>([&](T *work, Int lwork) { call<T>(kSytrd, &uplo, &n, a, &n, w, static_cast<R *>(e), static_cast<T *>(tau), work, &lwork, &info); });
  if (!Tridiagonal<R>(n, w, e, z).solve()) return false;
  std::copy(z.begin(), z.end(), vectors.begin());
  with_work<T>([&](T *work, Int lwork) { call<T>(kOrmtr, &left, &uplo, &plain, &n, &n, a, &n, static_cast<T *>(tau), static_cast<T *>(vectors), &n, work, &lwork, &info); });
  std::copy(vectors.begin(), vectors.end(), a);
  return true;
}
}  // namespace

// lapack_eigh(values, vectors or None, info, a; upper)
KERNEL(lapack_eigh) {
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    Int n = rows_of(c[3]), ld = at_least_one(n), info = 0;
    char job = c[1].none() ? 'N' : 'V', uplo = c.s[0].i ? 'U' : 'L';
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    Buffer<R> w(n);
    for (int64_t i = 0; i < batch_of(c[3], 2); ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      bool done = false;
      if (n && n <= kUndivided && job == 'V' && well_scaled<T>(a, static_cast<int64_t>(n) * n)) {
        done = small_eigh<T>(uplo, n, a, w);
        if (!done) load<T>(c[3], i, a, ld);
      }
      if (n && !done) {
        T best;
        R rbest = 0;
        Int ibest = 0, minus = -1;
        if constexpr (is_complex_v<T>)
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), &best, &minus, &rbest, &minus, &ibest, &minus, &info);
        else
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), &best, &minus, &ibest, &minus, &info);
        Int lw = at_least_one(static_cast<Int>(std::real(best))), lr = at_least_one(static_cast<Int>(rbest)), li = at_least_one(ibest);
        Buffer<T> work(lw);
        Buffer<R> rwork(lr);
        Buffer<Int> iwork(li);
        if constexpr (is_complex_v<T>)
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), static_cast<T *>(work), &lw, static_cast<R *>(rwork), &lr, static_cast<Int *>(iwork), &li, &info);
        else
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), static_cast<T *>(work), &lw, static_cast<Int *>(iwork), &li, &info);
      }
      store_vector<R>(c[0], i, static_cast<R *>(w));
      if (!c[1].none()) store<T>(c[1], i, static_cast<T *>(a), ld);
      set_info(c[2], i, info);
    }
  });
}

// lapack_eig(values complex, vectors complex or None, info, a)
KERNEL(lapack_eig) {
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    using C = complex_t<T>;
    Int n = rows_of(c[3]), ld = at_least_one(n), info = 0, one = 1;
    char none = 'N', job = c[1].none() ? 'N' : 'V';
    Buffer<T> a(static_cast<int64_t>(ld) * n), v(static_cast<int64_t>(ld) * n);
    Buffer<R> wr(n), wi(n), rwork(2 * n);
    Buffer<C> w(n), full(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < batch_of(c[3], 2); ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      if (n) {
        with_work<T>([&](T *work, Int lwork) {
          if constexpr (is_complex_v<T>)
            call<T>(kGeev, &none, &job, &n, static_cast<T *>(a), &ld, static_cast<T *>(w), static_cast<T *>(nullptr), &one, static_cast<T *>(v), &ld, work, &lwork, static_cast<R *>(rwork), &info);
          else
            call<T>(kGeev, &none, &job, &n, static_cast<T *>(a), &ld, static_cast<R *>(wr), static_cast<R *>(wi), static_cast<T *>(nullptr), &one, static_cast<T *>(v), &ld, work, &lwork, &info);
        });
        if constexpr (is_complex_v<T>) {
          std::copy(v.begin(), v.end(), full.begin());
        } else {
          for (Int k = 0; k < n; ++k) w[static_cast<size_t>(k)] = C(wr[k], wi[k]);
          for (Int k = 0; k < n; ++k)  // conjugate pairs share two real columns
            for (Int r = 0; r < n; ++r) {
              R re = v[r + k * ld], im = 0;
              if (wi[k] > 0 && k + 1 < n) im = v[r + (k + 1) * ld];
              else if (wi[k] < 0 && k > 0) re = v[r + (k - 1) * ld], im = -v[r + k * ld];
              full[static_cast<size_t>(r + k * ld)] = C(re, im);
            }
        }
      }
      store_vector<C>(c[0], i, static_cast<C *>(w));
      if (!c[1].none()) store<C>(c[1], i, static_cast<C *>(full), ld);
      set_info(c[2], i, info);
    }
  });
}

namespace {
// A bidiagonal form of a (m x n), and matrices times its left or right reflectors: by hand or through LAPACK.
template <class T>
struct Bidiagonal {
  Int m, n, ld, k = std::min(m, n);
  T *a;
  Buffer<T> e, tauq, taup;

  Bidiagonal(Int m, Int n, T *a, Int ld, T *d) : m(m), n(n), ld(ld), a(a), e(k), tauq(k), taup(k) {
    Int info = 0;
    if (by_hand<T>(m, n)) householder::bidiagonal(m, n, grid(a, ld), d, static_cast<T *>(e), static_cast<T *>(tauq), static_cast<T *>(taup));
    else with_work<T>([&](T *work, Int lwork) { call<T>(kGebrd, &m, &n, a, &ld, d, static_cast<T *>(e), static_cast<T *>(tauq), static_cast<T *>(taup), work, &lwork, &info); });
  }
  // u (m x columns) times the left ones from the left, v (rows x n) times the transposed right ones from the right
  void back(Int columns, T *u, Int lu, Int rows, T *v, Int lv) {
    Int info = 0, skew = m < n, count = k - !skew, p = n - !skew, q = m - skew;
    char Q = 'Q', P = 'P', left = 'L', right = 'R', plain = 'N', transposed = 'T';
    if (by_hand<T>(m, n)) {
      householder::times(true, false, false, q, columns, skew ? k - 1 : k, grid(a, ld).at(skew, 0), static_cast<T *>(tauq), grid(u, lu).at(skew, 0));
      householder::times(false, true, true, rows, p, count, grid(a, ld).at(0, !skew), static_cast<T *>(taup), grid(v, lv).at(0, !skew));
    } else {
      with_work<T>([&](T *work, Int lwork) { call<T>(kOrmbr, &Q, &left, &plain, &m, &columns, &n, a, &ld, static_cast<T *>(tauq), u, &lu, work, &lwork, &info); });
      with_work<T>([&](T *work, Int lwork) { call<T>(kOrmbr, &P, &right, &transposed, &rows, &n, &m, a, &ld, static_cast<T *>(taup), v, &lv, work, &lwork, &info); });
    }
  }
};

// A real matrix as U S V^T by way of a bidiagonal one; u has uc columns, v vr rows, or both are null. What ?gesdd does, but for the LQ decomposition that
// it puts first for much wider ones: that gives the vectors other signs than the reference's library, which goes straight on (with complex ones it does not).
template <class T>
Int straight_svd(Int m, Int n, T *a, Int ld, T *s, T *u, Int uc, T *v, Int vr) {
  Int info = 0, none = 0, one = 1, k = std::min(m, n);
  char form = u ? 'I' : 'N', uplo = m < n ? 'L' : 'U';
  Bidiagonal<T> b(m, n, a, ld, s);
  Buffer<T> work(static_cast<int64_t>(k) * (3 * k + 4) + 1);
  Buffer<Int> iwork(8 * static_cast<int64_t>(k));
  if (u) {
    for (Int c = 0; c < uc; ++c)
      for (Int r = 0; r < m; ++r) u[r + static_cast<int64_t>(c) * ld] = r == c;
    for (Int c = 0; c < n; ++c)
      for (Int r = 0; r < vr; ++r) v[r + static_cast<int64_t>(c) * vr] = r == c;
  }
  if (u && k <= BidiagonalQr<T>::kLargest) info = !BidiagonalQr<T>(k, s, b.e, {u, ld, 1, k}, {v, 1, vr, k}).solve(m < n);
  else call<T>(kBdsdc, &uplo, &form, &k, s, static_cast<T *>(b.e), u, u ? &ld : &one, v, u ? &vr : &one, static_cast<T *>(nullptr), &none, static_cast<T *>(work), static_cast<Int *>(iwork), &info);
  if (u) b.back(uc, u, ld, vr, v, vr);
  return info;
}

// A small real matrix: a much taller one goes through its QR decomposition.
template <class T>
Int small_svd(Int m, Int n, T *a, Int ld, T *s, T *u, Int uc, T *v, Int vr) {
  if (3 * m < 4 * n) return straight_svd<T>(m, n, a, ld, s, u, uc, v, vr);
  Buffer<T> tau(n), r(static_cast<int64_t>(n) * n), inner(static_cast<int64_t>(n) * n);
  householder::qr(m, n, grid(a, ld), static_cast<T *>(tau));
  for (Int c = 0; c < n; ++c) std::copy(a + c * ld, a + c * ld + c + 1, r.begin() + c * n);
  Int info = straight_svd<T>(n, n, r, n, s, u ? static_cast<T *>(inner) : nullptr, n, v, vr);
  if (!u) return info;
  for (Int c = 0; c < n; ++c) std::copy(a + c * ld, a + c * ld + m, u + c * ld);
  householder::product(m, uc, n, grid(u, ld), static_cast<T *>(tau));
  for (Int i = 0; i < m; ++i) {
    T row[householder::kLargest];
    for (Int c = 0; c < n; ++c) {
      row[c] = 0;
      for (Int j = 0; j < n; ++j) row[c] += u[i + j * ld] * inner[static_cast<size_t>(j + c * n)];
    }
    for (Int c = 0; c < n; ++c) u[i + c * ld] = row[c];
  }
  return info;
}
}  // namespace

// lapack_svd(s, u or None, vh or None, info, a): u and vh as large as their results say
KERNEL(lapack_svd) {
  by_type(c[4].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    Int m = rows_of(c[4]), n = columns_of(c[4]), k = std::min(m, n), ld = at_least_one(m), info = 0;
    bool values = c[1].none();
    Int uc = values ? 1 : columns_of(c[1]), vr = values ? 1 : at_least_one(rows_of(c[2]));
    char job = values ? 'N' : uc == m && rows_of(c[2]) == n ? 'A' : 'S';
    Buffer<T> a(static_cast<int64_t>(ld) * n), u(static_cast<int64_t>(ld) * std::max(uc, 1)), v(static_cast<int64_t>(vr) * n);
    Buffer<R> s(k), rwork(static_cast<int64_t>(k) * std::max(5 * k + 7, 2 * std::max(m, n) + 2 * k + 1) + 1);
    Buffer<Int> iwork(8 * k);
    for (int64_t i = 0; i < batch_of(c[4], 2); ++i) {
      load<T>(c[4], i, a, ld);
      info = 0;
      bool small = by_hand<T>(m, n), straight = !is_complex_v<T> && !values && m < n;
      if (k && (small || straight) && well_scaled<T>(a, static_cast<int64_t>(m) * n)) {
        if constexpr (!is_complex_v<T>) info = (small ? small_svd<T> : straight_svd<T>)(m, n, a, ld, s, values ? nullptr : static_cast<T *>(u), uc, values ? nullptr : static_cast<T *>(v), vr);
      } else if (k)
        with_work<T>([&](T *work, Int lwork) {
          if constexpr (is_complex_v<T>)
            call<T>(kGesdd, &job, &m, &n, static_cast<T *>(a), &ld, static_cast<R *>(s), static_cast<T *>(u), &ld, static_cast<T *>(v), &vr, work, &lwork, static_cast<R *>(rwork),
                    static_cast<Int *>(iwork), &info);
          else
            call<T>(kGesdd, &job, &m, &n, static_cast<T *>(a), &ld, static_cast<R *>(s), static_cast<T *>(u), &ld, static_cast<T *>(v), &vr, work, &lwork, static_cast<Int *>(iwork), &info);
        });
      else  // nothing to decompose: identities
        for (Int d = 0; d < std::max(m, n); ++d) {
          if (d < uc && d < m) u[static_cast<size_t>(d + d * ld)] = T(1);
          if (!values && d < rows_of(c[2]) && d < n) v[static_cast<size_t>(d + d * vr)] = T(1);
        }
      store_vector<R>(c[0], i, static_cast<R *>(s));
      if (!values) {
        store<T>(c[1], i, static_cast<T *>(u), ld);
        store<T>(c[2], i, static_cast<T *>(v), vr);
      }
      set_info(c[3], i, info);
    }
  });
}

// blas_triangular(x, a, b; upper, left, unit diagonal)
KERNEL(blas_triangular) {
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int m = rows_of(c[0]), n = columns_of(c[0]), size = rows_of(c[1]), ld = at_least_one(m), la = at_least_one(size);
    char uplo = c.s[0].i ? 'U' : 'L', side = c.s[1].i ? 'L' : 'R', diagonal = c.s[2].i ? 'U' : 'N', trans = 'N';
    T one(1);
    Buffer<T> a(static_cast<int64_t>(la) * size), b(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < batch_of(c[0], 2); ++i) {
      load<T>(c[1], i, a, la);
      load<T>(c[2], i, b, ld);
      if (m && n) call<T>(kTrsm, &side, &uplo, &trans, &diagonal, &m, &n, &one, static_cast<T *>(a), &la, static_cast<T *>(b), &ld);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

namespace {
// min |a x - b| for a small real matrix with at least as many rows as columns (m x n, b m x k): x over b's first rows. Returns LAPACK's info.
template <class T>
class SmallLeastSquares {
 public:
  SmallLeastSquares(Int m, Int n, Int k, T *a, Int ld, T *b, Int lb) : m_(m), n_(n), k_(k), a_{a, ld}, b_{b, lb}, tau_(n), e_(n), tauq_(n), taup_(n), v_(static_cast<int64_t>(n) * n) {}

  // through QR (?gels)
  Int direct() {
    triangle();
    for (Int i = 0; i < n_; ++i)
      if (a_(i, i) == 0) return i + 1;
    for (Int c = 0; c < k_; ++c)
      for (Int i = n_ - 1; i >= 0; --i) {
        T sum = 0;
        for (Int j = i + 1; j < n_; ++j) sum += a_(i, j) * b_(j, c);
        b_(i, c) = (b_(i, c) - sum) * (1 / a_(i, i));
      }
    return 0;
  }

  // through singular values s; those up to rcond times the largest count as zero. divide: the order of ?gelsd, else that of ?gelss
  Int by_values(bool divide, T rcond, T *s, Int &rank) {
    Int m = m_;
    if (m_ >= static_cast<Int>(n_ * 1.6f)) {
      triangle();
      for (Int c = 0; c < n_; ++c)
        for (Int r = c + 1; r < n_; ++r) a_(r, c) = 0;
      m = n_;
    }
    householder::bidiagonal(m, n_, a_, s, static_cast<T *>(e_), static_cast<T *>(tauq_), static_cast<T *>(taup_));
    householder::times(true, true, false, m, k_, n_, a_, static_cast<T *>(tauq_), b_);
    householder::Matrix<T> v{v_, n_};
    T size = 0;
    for (Int c = 0; c < n_; ++c)
      for (Int r = 0; r < n_; ++r) v(r, c) = r == c;
    if (divide) {
      for (Int i = 0; i < n_; ++i) size = std::max(size, std::max(std::abs(s[i]), i + 1 < n_ ? std::abs(e_[static_cast<size_t>(i)]) : T(0)));
      if (size != 0)
        for (Int i = 0; i < n_; ++i) s[i] *= 1 / size, e_[static_cast<size_t>(i)] *= 1 / size;
    } else {
      for (Int r = 0; r < n_; ++r)
        for (Int c = r + 2; c < n_; ++c) v(r + 1, c) = a_(r, c);
      if (n_ > 1) householder::row_product(n_ - 1, v.at(1, 1), static_cast<T *>(taup_));
    }
    if (!BidiagonalQr<T>(n_, s, e_, {b_.p, 1, b_.ld, k_}, {v.p, 1, n_, n_}).solve(false)) return 1;
    rank = 0;
    T limit = rcond * s[0];
    for (Int i = 0; i < n_; ++i) {
      bool counts = s[i] > limit;
      rank += counts;
      for (Int c = 0; c < k_; ++c) b_(i, c) = counts ? b_(i, c) * (1 / s[i]) : T(0);
    }
    for (Int c = 0; c < k_; ++c) {
      T x[householder::kLargest] = {};
      for (Int i = 0; i < n_; ++i)
        for (Int t = 0; t < n_; ++t) {
          Int j = divide ? n_ - 1 - t : t;
          x[i] += v(j, i) * b_(j, c);
        }
      for (Int i = 0; i < n_; ++i) b_(i, c) = x[i];
    }
    if (!divide || size == 0) return 0;
    for (Int i = 0; i < n_; ++i) s[i] *= size;
    for (Int c = 0; c < k_; ++c)
      for (Int i = 0; i < n_; ++i) b_(i, c) *= 1 / size;
    householder::times(true, false, true, n_ - 1, k_, n_ - 1, a_.at(0, 1), static_cast<T *>(taup_), b_.at(1, 0));
    return 0;
  }

 private:
  void triangle() {
    householder::qr(m_, n_, a_, static_cast<T *>(tau_));
    householder::times(true, true, false, m_, k_, n_, a_, static_cast<T *>(tau_), b_);
  }

  Int m_, n_, k_;
  householder::Matrix<T> a_, b_;
  Buffer<T> tau_, e_, tauq_, taup_, v_;
};
}  // namespace

// lapack_lstsq(x [max(m, n), k], rank int64 or None, singular values or None, info, a, b; driver 0 gels, 1 gelsy, 2 gelsd, 3 gelss; rcond)
KERNEL(lapack_lstsq) {
  by_type(c[4].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    Int m = rows_of(c[4]), n = columns_of(c[4]), k = columns_of(c[5]), ld = at_least_one(m), lb = at_least_one(std::max(m, n)), info = 0, rank = 0, least = std::min(m, n);
    int64_t driver = c.s[0].i;
    R rcond = static_cast<R>(c.s[1].real());
    char trans = 'N';
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(lb) * k);
    Buffer<R> s(least), rwork(1);
    Buffer<Int> pivots(n), iwork(1);
    for (int64_t i = 0; i < batch_of(c[4], 2); ++i) {
      load<T>(c[4], i, a, ld);
      std::fill(b.begin(), b.end(), T(0));
      load<T>(c[5], i, b, lb);
      std::fill(pivots.begin(), pivots.end(), 0);
      info = rank = 0;
      T *pa = a, *pb = b;
      if (least && k && m > n && driver != 1 && by_hand<T>(m, n) && well_scaled<T>(a, static_cast<int64_t>(m) * n)) {
        if constexpr (!is_complex_v<T>) {
          SmallLeastSquares<T> small(m, n, k, pa, ld, pb, lb);
          info = driver == 0 ? small.direct() : small.by_values(driver == 2, rcond, s, rank);
        }
      } else if (least && k)
        with_work<T>([&](T *work, Int lwork) {
          if (driver == 0) return call<T>(kGels, &trans, &m, &n, &k, pa, &ld, pb, &lb, work, &lwork, &info);
          if constexpr (is_complex_v<T>) {
            if (driver == 1) {
              rwork.resize(static_cast<size_t>(2 * n + 1));
              return call<T>(kGelsy, &m, &n, &k, pa, &ld, pb, &lb, static_cast<Int *>(pivots), &rcond, &rank, work, &lwork, static_cast<R *>(rwork), &info);
            }
            if (driver == 2) {
              R rbest = 0;
              Int ibest = 0;
              if (lwork < 0) {
                call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, &rbest, &ibest, &info);
                rwork.resize(static_cast<size_t>(at_least_one(static_cast<Int>(rbest))));
                iwork.resize(static_cast<size_t>(at_least_one(ibest)));
                return;
              }
              return call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, static_cast<R *>(rwork), static_cast<Int *>(iwork), &info);
            }
            rwork.resize(static_cast<size_t>(5 * least + 1));
            return call<T>(kGelss, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, static_cast<R *>(rwork), &info);
          } else {
            if (driver == 1) return call<T>(kGelsy, &m, &n, &k, pa, &ld, pb, &lb, static_cast<Int *>(pivots), &rcond, &rank, work, &lwork, &info);
            if (driver == 2) {
              Int ibest = 0;
              if (lwork < 0) {
                call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, &ibest, &info);
                iwork.resize(static_cast<size_t>(at_least_one(ibest)));
                return;
              }
              return call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, static_cast<Int *>(iwork), &info);
            }
            return call<T>(kGelss, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, &info);
          }
        });
      store<T>(c[0], i, pb, lb);
      if (!c[1].none()) *item<int64_t>(c[1], i, 0) = rank;
      if (!c[2].none()) store_vector<R>(c[2], i, static_cast<R *>(s));
      set_info(c[3], i, info);
    }
  });
}

// lapack_ldl(ld, pivots int32, info, a; hermitian)
KERNEL(lapack_ldl) {
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int n = rows_of(c[3]), ld = at_least_one(n), info = 0;
    char uplo = 'L';
    Routine routine = c.s[0].i && is_complex_v<T> ? kHetrf : kSytrf;
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    Buffer<Int> p(n);
    for (int64_t i = 0; i < batch_of(c[3], 2); ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      if (n) with_work<T>([&](T *work, Int lwork) { call<T>(routine, &uplo, &n, static_cast<T *>(a), &ld, static_cast<Int *>(p), work, &lwork, &info); });
      for (int q = 1; q < n; ++q)
        for (int r = 0; r < q; ++r) a[static_cast<size_t>(r + q * ld)] = T(0);
      store<T>(c[0], i, static_cast<T *>(a), ld);
      store_vector<int32_t>(c[1], i, static_cast<Int *>(p));
      set_info(c[2], i, info);
    }
  });
}

// lapack_ldl_solve(x, ld, pivots int32, b; hermitian)
KERNEL(lapack_ldl_solve) {
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int n = rows_of(c[1]), k = columns_of(c[0]), ld = at_least_one(n), info = 0;
    char uplo = 'L';
    Routine routine = c.s[0].i && is_complex_v<T> ? kHetrs : kSytrs;
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(ld) * k);
    for (int64_t i = 0; i < batch_of(c[0], 2); ++i) {
      load<T>(c[1], i, a, ld);
      load<T>(c[3], i, b, ld);
      auto p = vector_of<int32_t>(c[2], i);
      if (n && k) call<T>(routine, &uplo, &n, &k, static_cast<T *>(a), &ld, p.data(), static_cast<T *>(b), &ld, &info);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

}  // namespace mt
