// Eigenvalues and singular values.
#include "bidiagonal.h"
#include "lapack.h"
#include "tridiagonal.h"

namespace mt {
using namespace lapack;

namespace {
// Largest matrix whose tridiagonal form the reference's library does not divide.
constexpr Int kUndivided = 25;

// Whether the triangle that is read is finite. What is not does not converge, and its info says so as after all
// iterations.
template <class T>
bool triangle_finite(char uplo, Int n, T *a) {
  for (Int k = 0; k < n; ++k) {
    T *diagonal = &grid<T>(a, n)(k, k);
    if (!(uplo == 'L' ? all_finite(diagonal, n - k) : all_finite(diagonal - k, k + 1))) return false;
  }
  return true;
}

// Eigenvectors over a, values into w: false when the iterations do not converge.
template <class T>
bool small_eigh(char uplo, Int n, T *a, real_t<T> *w) {
  using R = real_t<T>;
  Int info = 0;
  char left = 'L', plain = 'N';
  Buffer<R> e(n);
  Buffer<T> tau(n), vectors(static_cast<int64_t>(n) * n);
  if constexpr (!is_complex_v<T>)
    if (uplo == 'L' && by_hand<T>(n, n)) {
      householder::tridiagonal(n, grid(a, n), w, static_cast<T *>(e), static_cast<T *>(tau));
      if (!Tridiagonal<R>(n, w, e, vectors).solve()) return false;
      householder::times(true, false, false, n - 1, n, n - 1, grid(a, n).at(1, 0), static_cast<T *>(tau),
                         grid<T>(vectors, n).at(1, 0));
      std::copy(vectors.begin(), vectors.end(), a);
      return true;
    }
  with_work<T>([&](T *work, Int lwork) {
    call<T>(kSytrd, &uplo, &n, a, &n, w, static_cast<R *>(e), static_cast<T *>(tau), work, &lwork, &info);
  });
  Buffer<R> z(static_cast<int64_t>(n) * n);
  if (!Tridiagonal<R>(n, w, e, z).solve()) return false;
  std::copy(z.begin(), z.end(), vectors.begin());
  with_work<T>([&](T *work, Int lwork) {
    call<T>(kOrmtr, &left, &uplo, &plain, &n, &n, a, &n, static_cast<T *>(tau), static_cast<T *>(vectors), &n, work,
            &lwork, &info);
  });
  std::copy(vectors.begin(), vectors.end(), a);
  return true;
}
}  // namespace

// lapack_eigh(values, vectors or None, info, a; upper)
KERNEL(lapack_eigh) {
  Batch batch(c[3], "lapack_eigh");
  const View &vectors = c.maybe(1), &infos = c.maybe(2);
  Int n = batch.square().n, ld = at_least_one(n);
  if (!vectors.none()) batch.matrices(vectors, n, n);
  char job = vectors.none() ? 'N' : 'V', uplo = c.flag(0) ? 'U' : 'L';
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    int64_t count = batch.vectors(c[0], n, dtype_of<R>::value).info(infos).count(c, 3);
    Int info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    Buffer<R> w(n);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      bool done = !triangle_finite<T>(uplo, n, a);
      if (done) info = std::max(n - 1, 1);
      if (n && !done && n <= kUndivided && job == 'V' && well_scaled<T>(a, static_cast<int64_t>(n) * n)) {
        done = small_eigh<T>(uplo, n, a, w);
        if (!done) load<T>(c[3], i, a, ld);
      }
      if (n && !done) {
        T best;
        R rbest = 0;
        Int ibest = 0, minus = -1;
        if constexpr (is_complex_v<T>)
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), &best, &minus, &rbest, &minus,
                  &ibest, &minus, &info);
        else
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), &best, &minus, &ibest, &minus,
                  &info);
        Int lw = at_least_one(static_cast<Int>(std::real(best))), lr = at_least_one(static_cast<Int>(rbest)),
            li = at_least_one(ibest);
        Buffer<T> work(lw);
        Buffer<R> rwork(lr);
        Buffer<Int> iwork(li);
        if constexpr (is_complex_v<T>)
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), static_cast<T *>(work), &lw,
                  static_cast<R *>(rwork), &lr, static_cast<Int *>(iwork), &li, &info);
        else
          call<T>(kSyevd, &job, &uplo, &n, static_cast<T *>(a), &ld, static_cast<R *>(w), static_cast<T *>(work), &lw,
                  static_cast<Int *>(iwork), &li, &info);
      }
      store_vector<R>(c[0], i, static_cast<R *>(w));
      if (!vectors.none()) store<T>(vectors, i, static_cast<T *>(a), ld);
      set_info(infos, i, info);
    }
  });
}

// lapack_eig(values complex, vectors complex or None, info, a)
KERNEL(lapack_eig) {
  Batch batch(c[3], "lapack_eig");
  const View &vectors = c.maybe(1), &infos = c.maybe(2);
  Int n = batch.square().n, ld = at_least_one(n);
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    using C = complex_t<T>;
    if (!vectors.none()) batch.matrices(vectors, n, n, dtype_of<C>::value);
    int64_t count = batch.vectors(c[0], n, dtype_of<C>::value).info(infos).count(c, 3);
    Int info = 0, one = 1;
    char none = 'N', job = vectors.none() ? 'N' : 'V';
    Buffer<T> a(static_cast<int64_t>(ld) * n), v(static_cast<int64_t>(ld) * n);
    Buffer<R> wr(n), wi(n), rwork(2 * static_cast<int64_t>(n));
    Buffer<C> w(n), full(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[3], i, a, ld);
      info = all_finite<T>(a, static_cast<int64_t>(n) * n) ? 0 : kNotFinite;
      if (info && vectors.none()) {  // no eigenvalue of such a matrix is a number, which is no error
        std::fill(w.begin(), w.end(), C(not_a_number<R>(), not_a_number<R>()));
        info = 0;
      } else if (n && !info) {
        with_work<T>([&](T *work, Int lwork) {
          if constexpr (is_complex_v<T>)
            call<T>(kGeev, &none, &job, &n, static_cast<T *>(a), &ld, static_cast<T *>(w), static_cast<T *>(nullptr),
                    &one, static_cast<T *>(v), &ld, work, &lwork, static_cast<R *>(rwork), &info);
          else
            call<T>(kGeev, &none, &job, &n, static_cast<T *>(a), &ld, static_cast<R *>(wr), static_cast<R *>(wi),
                    static_cast<T *>(nullptr), &one, static_cast<T *>(v), &ld, work, &lwork, &info);
        });
        if constexpr (is_complex_v<T>) {
          std::copy(v.begin(), v.end(), full.begin());
        } else {
          for (Int k = 0; k < n; ++k) w[static_cast<size_t>(k)] = C(wr[k], wi[k]);
          for (Int k = 0; k < n; ++k)  // conjugate pairs share two real columns
            for (Int r = 0; r < n; ++r) {
              auto part = grid<T>(v, ld);
              R re = part(r, k), im = 0;
              if (wi[k] > 0 && k + 1 < n) im = part(r, k + 1);
              else if (wi[k] < 0 && k > 0) re = part(r, k - 1), im = -part(r, k);
              grid<C>(full, ld)(r, k) = C(re, im);
            }
        }
      }
      store_vector<C>(c[0], i, static_cast<C *>(w));
      if (!vectors.none()) store<C>(vectors, i, static_cast<C *>(full), ld);
      set_info(infos, i, info);
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
    if (by_hand<T>(m, n))
      householder::bidiagonal(m, n, grid(a, ld), d, static_cast<T *>(e), static_cast<T *>(tauq),
                              static_cast<T *>(taup));
    else
      with_work<T>([&](T *work, Int lwork) {
        call<T>(kGebrd, &m, &n, a, &ld, d, static_cast<T *>(e), static_cast<T *>(tauq), static_cast<T *>(taup), work,
                &lwork, &info);
      });
  }
  // u (m x columns) times the left ones from the left, v (rows x n) times the transposed right ones from the right
  void back(Int columns, T *u, Int lu, Int rows, T *v, Int lv) {
    Int info = 0, skew = m < n, count = k - !skew, p = n - !skew, q = m - skew;
    char Q = 'Q', P = 'P', left = 'L', right = 'R', plain = 'N', transposed = 'T';
    if (by_hand<T>(m, n)) {
      householder::times(true, false, false, q, columns, skew ? k - 1 : k, grid(a, ld).at(skew, 0),
                         static_cast<T *>(tauq), grid(u, lu).at(skew, 0));
      householder::times(false, true, true, rows, p, count, grid(a, ld).at(0, !skew), static_cast<T *>(taup),
                         grid(v, lv).at(0, !skew));
    } else {
      with_work<T>([&](T *work, Int lwork) {
        call<T>(kOrmbr, &Q, &left, &plain, &m, &columns, &n, a, &ld, static_cast<T *>(tauq), u, &lu, work, &lwork,
                &info);
      });
      with_work<T>([&](T *work, Int lwork) {
        call<T>(kOrmbr, &P, &right, &transposed, &rows, &n, &m, a, &ld, static_cast<T *>(taup), v, &lv, work, &lwork,
                &info);
      });
    }
  }
};

// A real matrix as U S V^T by way of a bidiagonal one; u has uc columns, v vr rows, or both are null. What ?gesdd does,
// but for the LQ decomposition that it puts first for much wider ones: that gives the vectors other signs than the
// reference's library, which goes straight on (with complex ones it does not).
template <class T>
Int straight_svd(Int m, Int n, T *a, Int ld, T *s, T *u, Int uc, T *v, Int vr) {
  Int info = 0, none = 0, one = 1, k = std::min(m, n);
  char form = u ? 'I' : 'N', uplo = m < n ? 'L' : 'U';
  Bidiagonal<T> b(m, n, a, ld, s);
  if (u) householder::identity(m, uc, grid(u, ld)), householder::identity(vr, n, grid(v, vr));
  if (u && k <= BidiagonalQr<T>::kLargest) {
    info = !BidiagonalQr<T>(k, s, b.e, {u, ld, 1, k}, {v, 1, vr, k}).solve(m < n);
  } else {
    Buffer<T> work(static_cast<int64_t>(k) * (3 * k + 4) + 1);
    Buffer<Int> iwork(8 * static_cast<int64_t>(k));
    call<T>(kBdsdc, &uplo, &form, &k, s, static_cast<T *>(b.e), u, u ? &ld : &one, v, u ? &vr : &one,
            static_cast<T *>(nullptr), &none, static_cast<T *>(work), static_cast<Int *>(iwork), &info);
  }
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
  Batch batch(c[4], "lapack_svd");
  const View &infos = c.maybe(3);
  Int m = batch.m, n = batch.n, k = std::min(m, n), ld = at_least_one(m), columns = 0, rows = 0;
  bool values = c.maybe(1).none();
  if (!values) {
    columns = columns_of(c[1]), rows = rows_of(c[2]);
    batch.matrices(c[1], m, columns).matrices(c[2], rows, n);
    need((columns == k && rows == k) || (columns == m && rows == n),
         "lapack_svd: as many vectors as singular values, or all");
  }
  Int uc = values ? 1 : columns, vr = at_least_one(rows);
  char job = values ? 'N' : columns == m && rows == n ? 'A' : 'S';
  by_type(c[4].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    int64_t count = batch.vectors(c[0], k, dtype_of<R>::value).info(infos).count(c, 4), wide = std::max(m, n),
            narrow = k;
    Int info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n), u(static_cast<int64_t>(ld) * std::max(uc, 1)),
        v(static_cast<int64_t>(vr) * n);
    Buffer<R> s(k), rwork(narrow * std::max(5 * narrow + 7, 2 * wide + 2 * narrow + 1) + 1);
    Buffer<Int> iwork(8 * narrow);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[4], i, a, ld);
      if (!all_finite<T>(a, static_cast<int64_t>(m) * n)) {
        // NaN is an error; of infinities LAPACK's scaling makes NaN without one
        bool nan = std::any_of(a.begin(), a.end(), [](T x) { return x != x; });
        set_info(infos, i, nan ? kNotFinite : 0);
        if (nan) continue;
        std::fill(s.begin(), s.end(), not_a_number<R>());
        std::fill(u.begin(), u.end(), T(not_a_number<R>()));
        std::fill(v.begin(), v.end(), T(not_a_number<R>()));
        store_vector<R>(c[0], i, static_cast<R *>(s));
        if (!values) {
          store<T>(c[1], i, static_cast<T *>(u), ld);
          store<T>(c[2], i, static_cast<T *>(v), vr);
        }
        continue;
      }
      bool small = by_hand<T>(m, n), straight = !is_complex_v<T> && !values && m < n;
      if (k && (small || straight) && well_scaled<T>(a, static_cast<int64_t>(m) * n)) {
        if constexpr (!is_complex_v<T>)
          info = (small ? small_svd<T> : straight_svd<T>)(m, n, a, ld, s, values ? nullptr : static_cast<T *>(u), uc,
                                                          values ? nullptr : static_cast<T *>(v), vr);
      } else if (k)
        with_work<T>([&](T *work, Int lwork) {
          if constexpr (is_complex_v<T>)
            call<T>(kGesdd, &job, &m, &n, static_cast<T *>(a), &ld, static_cast<R *>(s), static_cast<T *>(u), &ld,
                    static_cast<T *>(v), &vr, work, &lwork, static_cast<R *>(rwork), static_cast<Int *>(iwork), &info);
          else
            call<T>(kGesdd, &job, &m, &n, static_cast<T *>(a), &ld, static_cast<R *>(s), static_cast<T *>(u), &ld,
                    static_cast<T *>(v), &vr, work, &lwork, static_cast<Int *>(iwork), &info);
        });
      else  // nothing to decompose: identities
        for (Int d = 0; d < std::max(m, n); ++d) {
          if (d < uc && d < m) grid<T>(u, ld)(d, d) = T(1);
          if (!values && d < rows && d < n) grid<T>(v, vr)(d, d) = T(1);
        }
      store_vector<R>(c[0], i, static_cast<R *>(s));
      if (!values) {
        store<T>(c[1], i, static_cast<T *>(u), ld);
        store<T>(c[2], i, static_cast<T *>(v), vr);
      }
      set_info(infos, i, info);
    }
  });
}

}  // namespace mt
