// Least squares: gels, gelsy, gelsd and gelss.
#include "bidiagonal.h"
#include "lapack.h"

namespace mt {
using namespace lapack;

namespace {
// min |a x - b| for a small real matrix with at least as many rows as columns (m x n, b m x k): x over b's first rows.
// Returns LAPACK's info.
template <class T>
class SmallLeastSquares {
 public:
  SmallLeastSquares(Int m, Int n, Int k, T *a, Int ld, T *b, Int lb)
      : m_(m),
        n_(n),
        k_(k),
        a_{a, ld},
        b_{b, lb},
        tau_(n),
        e_(n),
        tauq_(n),
        taup_(n),
        v_(static_cast<int64_t>(n) * n) {}

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

  // through singular values s; those up to rcond times the largest count as zero. divide: the order of ?gelsd, else
  // that of ?gelss
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
    householder::identity(n_, n_, v);
    if (divide) {
      for (Int i = 0; i < n_; ++i)
        size = std::max(size, std::max(std::abs(s[i]), i + 1 < n_ ? std::abs(e_[static_cast<size_t>(i)]) : T(0)));
      if (size != 0)
        for (Int i = 0; i < n_; ++i) s[i] *= 1 / size, e_[static_cast<size_t>(i)] *= 1 / size;
    } else {
      for (Int r = 0; r < n_; ++r)
        for (Int c = r + 2; c < n_; ++c) v(r + 1, c) = a_(r, c);
      if (n_ > 1) householder::row_product(n_ - 1, v.at(1, 1), static_cast<T *>(taup_));
    }
    if (!BidiagonalQr<T>(n_, s, e_, {b_.p, 1, b_.ld, k_}, {v.p, 1, n_, n_}).solve(false)) return 1;
    rank = 0;
    // a limit that means nothing is the machine's precision, as LAPACK has it
    if (rcond < 0 || (divide && (rcond == 0 || rcond >= 1))) rcond = std::numeric_limits<T>::epsilon() / 2;
    T limit = divide ? rcond * s[0] : std::max(rcond * s[0], std::numeric_limits<T>::min());
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

// lapack_lstsq(x [max(m, n), k], rank int64 or None, singular values or None, info, a, b; driver 0 gels, 1 gelsy, 2
// gelsd, 3 gelss; rcond)
KERNEL(lapack_lstsq) {
  Batch batch(c[4], "lapack_lstsq");
  const View &ranks = c.maybe(1), &values = c.maybe(2), &infos = c.maybe(3);
  Int m = batch.m, n = batch.n, k = columns_of(c[5]), ld = at_least_one(m), lb = at_least_one(std::max(m, n)),
      least = std::min(m, n);
  batch.matrices(c[0], std::max(m, n), k).numbers(ranks, DType::I64).info(infos).matrices(c[5], m, k);
  int64_t driver = c.integer(0);
  need(driver >= 0 && driver <= 3, "lapack_lstsq: the driver is a number from 0 to 3");
  by_type(c[4].dtype, [&](auto zero) {
    using T = decltype(zero);
    using R = real_t<T>;
    if (!values.none()) batch.vectors(values, least, dtype_of<R>::value);
    int64_t count = batch.count(c, 4);
    Int info = 0, rank = 0;
    R rcond = static_cast<R>(c.number(1));
    char trans = 'N';
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(lb) * k);
    Buffer<R> s(least), rwork(1);
    Buffer<Int> pivots(n), iwork(1);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[4], i, a, ld);
      std::fill(b.begin(), b.end(), T(0));
      load<T>(c[5], i, b, lb);
      std::fill(pivots.begin(), pivots.end(), 0);
      rank = 0;
      // the two that find singular values iterate
      info = driver < 2 || all_finite<T>(a, static_cast<int64_t>(m) * n) ? 0 : kNotFinite;
      T *pa = a, *pb = b;
      if (info) std::fill(b.begin(), b.end(), T(0));
      else if (least && k && m > n && driver != 1 && by_hand<T>(m, n) &&
               well_scaled<T>(a, static_cast<int64_t>(m) * n) &&
               std::any_of(a.begin(), a.end(), [](T x) { return x != T(0); })) {
        if constexpr (!is_complex_v<T>) {
          SmallLeastSquares<T> small(m, n, k, pa, ld, pb, lb);
          info = driver == 0 ? small.direct() : small.by_values(driver == 2, rcond, s, rank);
        }
      } else if (least && k)
        with_work<T>([&](T *work, Int lwork) {
          if (driver == 0) return call<T>(kGels, &trans, &m, &n, &k, pa, &ld, pb, &lb, work, &lwork, &info);
          if constexpr (is_complex_v<T>) {
            if (driver == 1) {
              rwork.resize(2 * static_cast<size_t>(n) + 1);
              return call<T>(kGelsy, &m, &n, &k, pa, &ld, pb, &lb, static_cast<Int *>(pivots), &rcond, &rank, work,
                             &lwork, static_cast<R *>(rwork), &info);
            }
            if (driver == 2) {
              R rbest = 0;
              Int ibest = 0;
              if (lwork < 0) {
                call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, &rbest,
                        &ibest, &info);
                rwork.resize(static_cast<size_t>(at_least_one(static_cast<Int>(rbest))));
                iwork.resize(static_cast<size_t>(at_least_one(ibest)));
                return;
              }
              return call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork,
                             static_cast<R *>(rwork), static_cast<Int *>(iwork), &info);
            }
            rwork.resize(5 * static_cast<size_t>(least) + 1);
            return call<T>(kGelss, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork,
                           static_cast<R *>(rwork), &info);
          } else {
            if (driver == 1)
              return call<T>(kGelsy, &m, &n, &k, pa, &ld, pb, &lb, static_cast<Int *>(pivots), &rcond, &rank, work,
                             &lwork, &info);
            if (driver == 2) {
              Int ibest = 0;
              if (lwork < 0) {
                call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork, &ibest,
                        &info);
                iwork.resize(static_cast<size_t>(at_least_one(ibest)));
                return;
              }
              return call<T>(kGelsd, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork,
                             static_cast<Int *>(iwork), &info);
            }
            return call<T>(kGelss, &m, &n, &k, pa, &ld, pb, &lb, static_cast<R *>(s), &rcond, &rank, work, &lwork,
                           &info);
          }
        });
      store<T>(c[0], i, pb, lb);
      if (!ranks.none()) *item<int64_t>(ranks, i, 0) = rank;
      if (!values.none()) store_vector<R>(values, i, static_cast<R *>(s));
      set_info(infos, i, info);
    }
  });
}

}  // namespace mt
