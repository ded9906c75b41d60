// Factorisations through LAPACK and by hand, and what they solve: LU, Cholesky, QR, LDL, triangular systems.
#include "lapack.h"

namespace mt {
using namespace lapack;

void *lapack::routines[kRoutines][4];

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
      if (by_hand<T>(m, n) && rows_of(c[1]) <= householder::kLargest) {
        if constexpr (!is_complex_v<T>) householder::times(side == 'L', trans == 'T', false, m, n, k, grid<T>(a, la), tau.data(), grid<T>(b, ld));
      } else if (m && n && k)
        with_work<T>([&](T *work, Int lwork) { call<T>(kOrmqr, &side, &trans, &m, &n, &k, static_cast<T *>(a), &la, tau.data(), static_cast<T *>(b), &ld, work, &lwork, &info); });
      store<T>(c[0], i, static_cast<T *>(b), ld);
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
