// Householder decompositions of small real matrices in plain loops: every sum runs from the first term to the last.
// G. H. Golub, C. F. Van Loan, Matrix Computations, sections 5.1, 5.2 and 5.4. Beside a few dozen elements these beat a
// library's entry and its workspace, and their order is the one in which the reference's library adds, so that what
// ill-conditioned problems make of the last bit agrees too.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

namespace mt::householder {

// the largest side of a matrix that is decomposed here
constexpr int kLargest = 8;

template <class R>
struct Strided {  // a vector within a matrix
  R *p;
  int step;
  R &operator[](int i) const { return p[static_cast<int64_t>(i) * step]; }
  Strided from(int i) const { return {p + static_cast<int64_t>(i) * step, step}; }
};

template <class R>
struct Matrix {  // in column order
  R *p;
  int ld;
  R &operator()(int r, int c) const { return p[r + static_cast<int64_t>(c) * ld]; }
  Matrix at(int r, int c) const { return {&(*this)(r, c), ld}; }
  Strided<R> column(int r, int c) const { return {&(*this)(r, c), 1}; }
  Strided<R> row(int r, int c) const { return {&(*this)(r, c), ld}; }
};

template <class R>
void identity(int m, int n, Matrix<R> a) {
  for (int c = 0; c < n; ++c)
    for (int r = 0; r < m; ++r) a(r, c) = r == c;
}

// sqrt(a^2 + b^2), scaled by the larger
template <class R>
R length(R a, R b) {
  R most = std::max(std::abs(a), std::abs(b)), least = std::min(std::abs(a), std::abs(b));
  return least == 0 ? most : most * std::sqrt(1 + (least / most) * (least / most));
}

// Euclidean norm, scaled by the largest value so far
template <class R>
R norm(int n, Strided<R> x) {
  if (n == 1) return std::abs(x[0]);
  R scale = 0, sum = 1;
  for (int i = 0; i < n; ++i) {
    R a = std::abs(x[i]);
    if (a == 0) continue;
    if (scale < a) {
      R q = scale / a;
      sum = 1 + sum * (q * q);
      scale = a;
    } else {
      R q = a / scale;
      sum += q * q;
    }
  }
  return n < 1 ? R(0) : scale * std::sqrt(sum);
}

// The reflector I - tau [1; v] [1; v]^T that takes [alpha; x] to [beta; 0]: v overwrites x, beta alpha. Returns tau.
template <class R>
R reflector(int n, R &alpha, Strided<R> x, bool reciprocal = false) {
  R rest = n > 1 ? norm(n - 1, x) : R(0);
  if (rest == 0) return 0;
  constexpr R tiny = std::numeric_limits<R>::min() / (std::numeric_limits<R>::epsilon() / 2);
  R beta = -std::copysign(length(alpha, rest), alpha), shrunk = 1;
  for (int times = 0; std::abs(beta) < tiny && times < 20;
       ++times) {  // too small to divide by: enlarge everything first
    for (int i = 0; i < n - 1; ++i) x[i] /= tiny;
    alpha /= tiny, shrunk *= tiny, rest = norm(n - 1, x);
    beta = -std::copysign(length(alpha, rest), alpha);
  }
  R tau = (beta - alpha) / beta, divisor = alpha - beta;
  for (int i = 0; i < n - 1; ++i) x[i] = reciprocal ? x[i] * (1 / divisor) : x[i] / divisor;
  alpha = beta * shrunk;
  return tau;
}

// c (m x n) times I - tau v v^T from the left or the right; v[0] counts as 1. From the left, its term is the first or
// the last of a sum.
template <class R>
void apply(bool left, int m, int n, Strided<R> v, R tau, Matrix<R> c, bool head_last = false) {
  if (tau == 0 || m < 1 || n < 1) return;
  R kept = v[0];
  v[0] = 1;
  if (left) {
    for (int j = 0; j < n; ++j) {
      R sum = head_last ? R(0) : c(0, j);
      for (int i = 1; i < m; ++i) sum += v[i] * c(i, j);
      sum = -tau * (head_last ? sum + c(0, j) : sum);
      for (int i = 0; i < m; ++i) c(i, j) += v[i] * sum;
    }
  } else {
    for (int i = 0; i < m; ++i) {
      R sum = 0;
      for (int j = 0; j < n; ++j) sum += v[j] * c(i, j);
      for (int j = 0; j < n; ++j) c(i, j) += sum * (-tau * v[j]);
    }
  }
  v[0] = kept;
}

// a (m x n) becomes R above the reflectors' vectors
template <class R>
void qr(int m, int n, Matrix<R> a, R *tau) {
  for (int i = 0; i < std::min(m, n); ++i) {
    tau[i] = reflector(m - i, a(i, i), a.column(i, i).from(1));
    apply(true, m - i, n - i - 1, a.column(i, i), tau[i], a.at(i, i + 1));
  }
}

// a (m x n), whose first k columns hold reflectors, becomes the first n columns of their product
template <class R>
void product(int m, int n, int k, Matrix<R> a, const R *tau) {
  for (int j = k; j < n; ++j)
    for (int i = 0; i < m; ++i) a(i, j) = i == j;
  for (int i = k - 1; i >= 0; --i) {
    apply(true, m - i, n - i - 1, a.column(i, i), tau[i], a.at(i, i + 1));
    for (int r = i + 1; r < m; ++r) a(r, i) *= -tau[i];
    a(i, i) = 1 - tau[i];
    for (int r = 0; r < i; ++r) a(r, i) = 0;
  }
}

// a (n x n), whose rows hold n reflectors, becomes their product's transpose
template <class R>
void row_product(int n, Matrix<R> a, const R *tau) {
  for (int i = n - 1; i >= 0; --i) {
    apply(false, n - i - 1, n - i, a.row(i, i), tau[i], a.at(i + 1, i));
    for (int c = i + 1; c < n; ++c) a(i, c) *= -tau[i];
    a(i, i) = 1 - tau[i];
    for (int c = 0; c < i; ++c) a(i, c) = 0;
  }
}

// c (m x n) times the product of k reflectors, its transpose, from the left or the right. They stand in a's columns or
// in its rows.
template <class R>
void times(bool left, bool transposed, bool rows, int m, int n, int k, Matrix<R> a, const R *tau, Matrix<R> c) {
  bool ascending = left == transposed;
  for (int step = 0; step < k; ++step) {
    int i = ascending ? step : k - 1 - step;
    Strided<R> v = rows ? a.row(i, i) : a.column(i, i);
    if (left) apply(true, m - i, n, v, tau[i], c.at(i, 0), true);
    else apply(false, m, n - i, v, tau[i], c.at(0, i));
  }
}

// a (m x n) becomes bidiagonal: upper when m >= n, else lower; d its diagonal, e the other one
template <class R>
void bidiagonal(int m, int n, Matrix<R> a, R *d, R *e, R *tauq, R *taup) {
  bool upper = m >= n;
  int k = std::min(m, n);
  for (int i = 0; i < k; ++i) {
    auto down = [&](int r) {  // the column's reflector from row r
      tauq[i] = r < m ? reflector(m - r, a(r, i), a.column(r, i).from(1), true) : R(0);
      if (r < m) apply(true, m - r, n - i - 1, a.column(r, i), tauq[i], a.at(r, i + 1));
    };
    auto across = [&](int c) {  // the row's from column c
      taup[i] = c < n ? reflector(n - c, a(i, c), a.row(i, c).from(1), true) : R(0);
      if (c < n) apply(false, m - i - 1, n - c, a.row(i, c), taup[i], a.at(i + 1, c));
    };
    if (upper) down(i), across(i + 1);
    else across(i), down(i + 1);
    d[i] = a(i, i);
    if (i + 1 < k) e[i] = upper ? a(i, i + 1) : a(i + 1, i);
  }
}

// the lower triangle of a symmetric a (n x n) becomes tridiagonal: d its diagonal, e the other one
template <class R>
void tridiagonal(int n, Matrix<R> a, R *d, R *e, R *tau) {
  for (int i = 0; i < n; ++i) {
    d[i] = a(i, i);
    if (i + 1 == n) break;
    int m = n - i - 1;
    Strided<R> v = a.column(i + 1, i);
    Matrix<R> rest = a.at(i + 1, i + 1);
    R t = reflector(m, a(i + 1, i), v.from(1), true);
    e[i] = a(i + 1, i);
    if (t != 0) {
      v[0] = 1;
      R *w = tau + i;  // t rest v, then less what lies along v
      std::fill(w, w + m, R(0));
      for (int j = 0; j < m; ++j) {
        R across = t * v[j], sum = 0;
        w[j] += across * rest(j, j);
        for (int r = j + 1; r < m; ++r) {
          w[r] += across * rest(r, j);
          sum += rest(r, j) * v[r];
        }
        w[j] += t * sum;
      }
      R dot = 0;
      for (int j = 0; j < m; ++j) dot += w[j] * v[j];
      R along = R(-0.5) * t * dot;
      for (int j = 0; j < m; ++j) w[j] += along * v[j];
      for (int j = 0; j < m; ++j)
        for (int r = j; r < m; ++r) rest(r, j) = rest(r, j) + v[r] * -w[j] + w[r] * -v[j];
      v[0] = e[i];
    }
    tau[i] = t;
  }
}

}  // namespace mt::householder
