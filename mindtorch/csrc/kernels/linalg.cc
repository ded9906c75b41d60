// Factorisations through LAPACK and by hand, and what they solve: LU, Cholesky, QR, LDL, triangular systems.
#include "elimination.h"
#include "lapack.h"

namespace mt {
using namespace lapack;

void *lapack::routines[kRoutines][4];

}  // namespace mt

// Addresses are code that will be called: they come from the loader alone, once, and no kernel takes any.
extern "C" int mindtorch_lapack_install(void *const *addresses, int count) {
  static bool installed = false;
  if (installed || count != mt::lapack::kRoutines * 4) return 0;
  installed = true;
  for (int i = 0; i < count; ++i) mt::lapack::routines[i / 4][i % 4] = addresses[i];
  return 1;
}

namespace mt {

// lapack_lu(lu, pivots int32, info int32, a)
KERNEL(lapack_lu) {
  Batch batch(c[3], "lapack_lu");
  Int m = batch.m, n = batch.n, ld = at_least_one(m);
  int64_t count = batch.matrices(c[0], m, n).vectors(c[1], std::min(m, n), DType::I32).info(c.maybe(2)).count(c, 3);
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    Buffer<Int> p(std::min(m, n));
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      if (std::max(m, n) <= elimination::kLargest)
        info = elimination::lu(m, n, grid<T>(a, ld), static_cast<Int *>(p));
      else if (m && n)
        call<T>(kGetrf, &m, &n, static_cast<T *>(a), &ld, static_cast<Int *>(p), &info);
      store<T>(c[0], i, static_cast<T *>(a), ld);
      store_vector<int32_t>(c[1], i, static_cast<Int *>(p));
      set_info(c.maybe(2), i, info);
    }
  });
}

namespace {
// Pivots are places of rows that LAPACK swaps, counted from 1.
void need_rows_named(const std::vector<int32_t> &pivots, const char *what) {
  for (int32_t p : pivots)
    if (p < 1 || static_cast<size_t>(p) > pivots.size())
      throw Error(Error::Runtime,
                  format("Pivots given to %s must be between 1 and the number of rows, got %d", what, p));
}
// Those of LDL name a block of one row, or are both negative for a block of two.
void need_blocks_named(const std::vector<int32_t> &pivots) {
  std::vector<int32_t> places;
  bool whole = true;
  for (size_t k = 0; k < pivots.size() && whole; k += pivots[k] < 0 ? 2 : 1)
    whole = pivots[k] > 0 || (k + 1 < pivots.size() && pivots[k + 1] < 0);
  need(whole, "Pivots given to ldl_solve must be negative in pairs. Did you properly pass the result of ldl_factor?");
  for (int32_t p : pivots) places.push_back(p == std::numeric_limits<int32_t>::min() ? 0 : std::abs(p));
  need_rows_named(places, "ldl_solve");
}
}  // namespace

// lapack_lu_solve(x, lu, pivots int32, b; transposition 0, 1 (transpose), 2 (adjoint))
KERNEL(lapack_lu_solve) {
  Batch batch(c[1], "lapack_lu_solve");
  Int n = batch.square().n, k = columns_of(c[0]), ld = at_least_one(n);
  int64_t count = batch.matrices(c[0], n, k).matrices(c[3], n, k).vectors(c[2], n, DType::I32).count(c, 1),
          mode = c.integer(0);
  need(mode >= 0 && mode <= 2, "lapack_lu_solve: the transposition is 0, 1 or 2");
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    char trans = "NTC"[mode];
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(ld) * k);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[1], i, a, ld);
      load<T>(c[3], i, b, ld);
      auto p = vector_of<int32_t>(c[2], i);
      need_rows_named(p, "lu_solve");
      if (n && k) call<T>(kGetrs, &trans, &n, &k, static_cast<T *>(a), &ld, p.data(), static_cast<T *>(b), &ld, &info);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

// lapack_cholesky(factor, info, a; upper)
KERNEL(lapack_cholesky) {
  Batch batch(c[2], "lapack_cholesky");
  Int n = batch.square().n, ld = at_least_one(n);
  int64_t count = batch.matrices(c[0], n, n).info(c.maybe(1)).count(c, 2);
  bool upper = c.flag(0);
  by_type(c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    char uplo = upper ? 'U' : 'L';
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[2], i, a, ld);
      info = 0;
      if (n) call<T>(kPotrf, &uplo, &n, static_cast<T *>(a), &ld, &info);
      for (Int q = 0; q < n && !info; ++q)  // some libraries let NaN pass
        if (std::isnan(std::real(grid<T>(a, ld)(q, q)))) info = q + 1;
      for (Int q = 0; q < n; ++q)
        for (Int r = 0; r < n; ++r)
          if (upper ? r > q : r < q) grid<T>(a, ld)(r, q) = T(0);
      store<T>(c[0], i, static_cast<T *>(a), ld);
      set_info(c.maybe(1), i, info);
    }
  });
}

// lapack_cholesky_solve(x, b, factor; upper)
KERNEL(lapack_cholesky_solve) {
  Batch batch(c[2], "lapack_cholesky_solve");
  Int n = batch.square().n, k = columns_of(c[0]), ld = at_least_one(n);
  int64_t count = batch.matrices(c[0], n, k).matrices(c[1], n, k).count(c, 1);
  char uplo = c.flag(0) ? 'U' : 'L';
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(ld) * k);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[2], i, a, ld);
      load<T>(c[1], i, b, ld);
      if (n && k) call<T>(kPotrs, &uplo, &n, &k, static_cast<T *>(a), &ld, static_cast<T *>(b), &ld, &info);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

// lapack_qr(a with reflectors, tau, a)
KERNEL(lapack_qr) {
  Batch batch(c[2], "lapack_qr");
  Int m = batch.m, n = batch.n, ld = at_least_one(m);
  int64_t count = batch.matrices(c[0], m, n).vectors(c[1], std::min(m, n), c[2].dtype).count(c, 2);
  by_type(c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * n), tau(std::min(m, n));
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[2], i, a, ld);
      if (by_hand<T>(m, n)) {
        if constexpr (!is_complex_v<T>) householder::qr(m, n, grid<T>(a, ld), static_cast<T *>(tau));
      } else if (m && n)
        with_work<T>([&](T *work, Int lwork) {
          call<T>(kGeqrf, &m, &n, static_cast<T *>(a), &ld, static_cast<T *>(tau), work, &lwork, &info);
        });
      store<T>(c[0], i, static_cast<T *>(a), ld);
      store_vector<T>(c[1], i, static_cast<T *>(tau));
    }
  });
}

// lapack_reflect(q, a with reflectors, tau): the first columns_of(q) columns of the product of reflectors
KERNEL(lapack_reflect) {
  Batch batch(c[0], "lapack_reflect");
  Int m = batch.m, n = batch.n, k = columns_of(c[2]), have = columns_of(c[1]), ld = at_least_one(m);
  int64_t count = batch.matrices(c[1], m, have).vectors(c[2], k, c[0].dtype).count(c, 1);
  need(k <= have && k <= n && n <= m, "lapack_reflect: more reflectors than columns, or more columns than rows");
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    Buffer<T> a(static_cast<int64_t>(ld) * std::max(n, have));
    for (int64_t i = 0; i < count; ++i) {
      std::fill(a.begin(), a.end(), T(0));
      load<T>(c[1], i, a, ld);
      auto tau = vector_of<T>(c[2], i);
      if (by_hand<T>(m, n)) {
        if constexpr (!is_complex_v<T>) householder::product(m, n, k, grid<T>(a, ld), tau.data());
      } else if (m && n)
        with_work<T>([&](T *work, Int lwork) {
          call<T>(kOrgqr, &m, &n, &k, static_cast<T *>(a), &ld, tau.data(), work, &lwork, &info);
        });
      store<T>(c[0], i, static_cast<T *>(a), ld);
    }
  });
}

// lapack_reflect_times(out, a with reflectors, tau, other; left, transpose)
KERNEL(lapack_reflect_times) {
  Batch batch(c[0], "lapack_reflect_times");
  Int m = batch.m, n = batch.n, k = columns_of(c[2]), have = columns_of(c[1]), ld = at_least_one(m);
  bool left = c.flag(0), transposed = c.flag(1);
  Int size = left ? m : n, la = at_least_one(size);
  int64_t count = batch.matrices(c[1], size, have).vectors(c[2], k, c[0].dtype).matrices(c[3], m, n).count(c, 1);
  need(k <= have && k <= size, "lapack_reflect_times: more reflectors than columns or rows");
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    char side = left ? 'L' : 'R', trans = !transposed ? 'N' : is_complex_v<T> ? 'C' : 'T';
    Buffer<T> a(static_cast<int64_t>(la) * have), b(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[1], i, a, la);
      load<T>(c[3], i, b, ld);
      auto tau = vector_of<T>(c[2], i);
      if (by_hand<T>(m, n) && size <= householder::kLargest) {
        if constexpr (!is_complex_v<T>)
          householder::times(side == 'L', trans == 'T', false, m, n, k, grid<T>(a, la), tau.data(), grid<T>(b, ld));
      } else if (m && n && k)
        with_work<T>([&](T *work, Int lwork) {
          call<T>(kOrmqr, &side, &trans, &m, &n, &k, static_cast<T *>(a), &la, tau.data(), static_cast<T *>(b), &ld,
                  work, &lwork, &info);
        });
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

// blas_triangular(x, a, b; upper, left, unit diagonal)
KERNEL(blas_triangular) {
  Batch batch(c[0], "blas_triangular");
  bool left = c.flag(1);
  Int m = batch.m, n = batch.n, size = left ? m : n, ld = at_least_one(m), la = at_least_one(size);
  int64_t count = batch.matrices(c[1], size, size).matrices(c[2], m, n).count(c, 1);
  char uplo = c.flag(0) ? 'U' : 'L', side = left ? 'L' : 'R', diagonal = c.flag(2) ? 'U' : 'N', trans = 'N';
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T one(1);
    Buffer<T> a(static_cast<int64_t>(la) * size), b(static_cast<int64_t>(ld) * n);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[1], i, a, la);
      load<T>(c[2], i, b, ld);
      if (m && n)
        call<T>(kTrsm, &side, &uplo, &trans, &diagonal, &m, &n, &one, static_cast<T *>(a), &la, static_cast<T *>(b),
                &ld);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

// lapack_ldl(ld, pivots int32, info, a; hermitian)
KERNEL(lapack_ldl) {
  Batch batch(c[3], "lapack_ldl");
  Int n = batch.square().n, ld = at_least_one(n);
  int64_t count = batch.matrices(c[0], n, n).vectors(c[1], n, DType::I32).info(c.maybe(2)).count(c, 3);
  bool hermitian = c.flag(0);
  by_type(c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    char uplo = 'L';
    Routine routine = hermitian && is_complex_v<T> ? kHetrf : kSytrf;
    Buffer<T> a(static_cast<int64_t>(ld) * n);
    Buffer<Int> p(n);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[3], i, a, ld);
      info = 0;
      if (n)
        with_work<T>([&](T *work, Int lwork) {
          call<T>(routine, &uplo, &n, static_cast<T *>(a), &ld, static_cast<Int *>(p), work, &lwork, &info);
        });
      for (Int q = 1; q < n; ++q)
        for (Int r = 0; r < q; ++r) grid<T>(a, ld)(r, q) = T(0);
      store<T>(c[0], i, static_cast<T *>(a), ld);
      store_vector<int32_t>(c[1], i, static_cast<Int *>(p));
      set_info(c.maybe(2), i, info);
    }
  });
}

// lapack_ldl_solve(x, ld, pivots int32, b; hermitian)
KERNEL(lapack_ldl_solve) {
  Batch batch(c[1], "lapack_ldl_solve");
  Int n = batch.square().n, k = columns_of(c[0]), ld = at_least_one(n);
  int64_t count = batch.matrices(c[0], n, k).matrices(c[3], n, k).vectors(c[2], n, DType::I32).count(c, 1);
  bool hermitian = c.flag(0);
  by_type(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    Int info = 0;
    char uplo = 'L';
    Routine routine = hermitian && is_complex_v<T> ? kHetrs : kSytrs;
    Buffer<T> a(static_cast<int64_t>(ld) * n), b(static_cast<int64_t>(ld) * k);
    for (int64_t i = 0; i < count; ++i) {
      load<T>(c[1], i, a, ld);
      load<T>(c[3], i, b, ld);
      auto p = vector_of<int32_t>(c[2], i);
      need_blocks_named(p);
      if (n && k) call<T>(routine, &uplo, &n, &k, static_cast<T *>(a), &ld, p.data(), static_cast<T *>(b), &ld, &info);
      store<T>(c[0], i, static_cast<T *>(b), ld);
    }
  });
}

}  // namespace mt
