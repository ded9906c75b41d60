// Gaussian elimination of small matrices with row exchanges: after each column the rest of the matrix is brought up to
// date (G. H. Golub, C. F. Van Loan, Matrix Computations, section 3.2, outer product form). A library that gathers its
// sums first finds exact zeros among pivots of matrices that are singular but for rounding; in this order, which is the
// reference's up to 16 rows and columns, the rounding of every step stays in the pivot.
#pragma once
#include <cmath>
#include <complex>
#include <limits>
#include <utility>

#include "householder.h"

namespace mt::elimination {

using householder::Matrix;

// the largest side of a matrix that is factorised here
constexpr int kLargest = 64;

template <class T>
auto size(T x) {
  return std::abs(std::real(x)) + std::abs(std::imag(x));
}

// a becomes L (unit diagonal) below and U; pivots are the rows exchanged, from 1. Returns LAPACK's info: the first
// column whose pivot is zero, from 1, else 0.
template <class T>
int lu(int m, int n, Matrix<T> a, int *pivots) {
  using R = decltype(size(T()));
  int info = 0;
  for (int k = 0; k < std::min(m, n); ++k) {
    int p = k;
    for (int r = k + 1; r < m; ++r)
      if (size(a(r, k)) > size(a(p, k))) p = r;
    pivots[k] = p + 1;
    if (a(p, k) == T(0)) {
      if (!info) info = k + 1;
    } else {
      if (p != k)
        for (int c = 0; c < n; ++c) std::swap(a(k, c), a(p, c));
      T pivot = a(k, k);
      // as the reference does: the last row of the smallest is divided, what else there is is multiplied
      if ((m == n && m <= 4 && k + 2 == m) || size(pivot) < std::numeric_limits<R>::min())
        for (int r = k + 1; r < m; ++r) a(r, k) /= pivot;
      else {
        T factor = T(1) / pivot;
        for (int r = k + 1; r < m; ++r) a(r, k) *= factor;
      }
    }
    const T *left = &a(0, k);
    for (int c = k + 1; c < n; ++c) {
      T top = a(k, c), *column = &a(0, c);
      for (int r = k + 1; r < m; ++r) column[r] -= left[r] * top;
    }
  }
  return info;
}

}  // namespace mt::elimination
