// Eigenvalues and vectors of a real symmetric tridiagonal matrix: implicit QL and QR iterations with Wilkinson's shift.
// A. Dubrulle, R. S. Martin, J. H. Wilkinson, Numerische Mathematik 12 (1968), contribution II/4 of the Handbook for
// Automatic Computation; G. H. Golub, C. F. Van Loan, Matrix Computations, section 8.3. LAPACK's own would do, were it
// not for its plane rotations: since 3.10 their sign differs from that of the reference's library, and with it the
// vectors'.
#pragma once
#include <utility>

#include "householder.h"

namespace mt {

// sqrt(f^2 + g^2); f and g, not both 0, are first divided by scale where their squares would over- or underflow
template <class R>
R plane_norm(R &f, R &g, R &scale) {
  constexpr R low = sizeof(R) == 4 ? R(1.1e-19) : R(1.5e-154), high = 1 / low / 2;
  R a = std::abs(f), b = std::abs(g);
  scale = a > low && b > low && a < high && b < high ? R(1) : std::max(std::max(a, b), std::numeric_limits<R>::min());
  if (scale != 1) f /= scale, g /= scale;
  return std::sqrt(f * f + g * g);
}

template <class R>
struct Rotation {
  R c, s, r;  // [c s; -s c] [f; g] = [r; 0]
  Rotation(R f, R g) {
    if (g == 0) {
      c = 1, s = 0, r = f;
    } else if (f == 0) {
      c = 0, s = 1, r = g;
    } else {
      R scale, d = plane_norm(f, g, scale);
      c = f / d, s = g / d, r = d * scale;
      if (std::abs(f) > std::abs(g) && c < 0) c = -c, s = -s, r = -r;
    }
  }
};

template <class R>
class Tridiagonal {
 public:
  // diagonal d (n), off-diagonal e (n - 1): both overwritten. z: n x n in column order, becomes the vectors of the
  // tridiagonal matrix
  Tridiagonal(int n, R *d, R *e, R *z) : n_(n), d_(d), e_(e), z_(z) {
    householder::identity(n, n, householder::Matrix<R>{z, n});
  }

  // false when the iterations do not converge
  bool solve() {
    int budget = 30 * n_;
    for (int first = 0; first < n_;) {
      int last = first;
      while (last + 1 < n_ &&
             !(std::abs(e_[last]) <= std::sqrt(std::abs(d_[last])) * std::sqrt(std::abs(d_[last + 1])) * kEps))
        ++last;
      if (last + 1 < n_) e_[last] = 0;
      // work from the larger end to the smaller
      bool down = std::abs(d_[last]) < std::abs(d_[first]);
      if (!(down ? block(last, first, -1, budget) : block(first, last, 1, budget))) return false;
      first = last + 1;
    }
    sort();
    return true;
  }

 private:
  static constexpr R kEps = std::numeric_limits<R>::epsilon() / 2;

  R &edge(int a, int b) { return e_[std::min(a, b)]; }

  // columns k and k + 1 of z
  void rotate(int k, R c, R s) {
    R *left = z_ + k * n_, *right = left + n_;
    for (int i = 0; i < n_; ++i) {
      R x = right[i];
      right[i] = c * x - s * left[i];
      left[i] = s * x + c * left[i];
    }
  }

  // The unreduced block from at to end, in steps of step: 1 is QL, -1 QR. Eigenvalues appear at `at`.
  bool block(int at, int end, int step, int &budget) {
    while ((end - at) * step >= 0) {
      int m = at;
      for (; m != end; m += step) {
        R x = std::abs(edge(m, m + step));
        if (x * x <= (kEps * kEps * std::abs(d_[m])) * std::abs(d_[m + step]) + std::numeric_limits<R>::min()) break;
      }
      if (m != end) edge(m, m + step) = 0;
      if (m == at) {
        at += step;
      } else if (m == at + step) {
        pair(std::min(at, m));
        at += 2 * step;
      } else {
        if (!budget--) return false;
        sweep(at, m, step);
      }
    }
    return true;
  }

  void sweep(int at, int m, int step) {
    R first = edge(at, at + step), p = d_[at], g = (d_[at + step] - p) / (2 * first);
    R c = 1, s = 1;
    g = d_[m] - p + first / (g + std::copysign(householder::length(g, R(1)), g));
    p = 0;
    for (int outer = m; outer != at; outer -= step) {
      int inner = outer - step;
      R f = s * edge(outer, inner), b = c * edge(outer, inner);
      Rotation<R> turn(g, f);
      c = turn.c, s = turn.s;
      if (outer != m) edge(outer, outer + step) = turn.r;
      g = d_[outer] - p;
      R r = (d_[inner] - g) * s + 2 * c * b;
      p = s * r;
      d_[outer] = g + p;
      g = c * r - b;
      rotate(std::min(outer, inner), c, -step * s);
    }
    d_[at] -= p;
    edge(at, at + step) = g;
  }

  // The symmetric 2 x 2 matrix of rows k and k + 1: the eigenvalue of larger modulus comes first.
  void pair(int k) {
    R a = d_[k], b = e_[k], c = d_[k + 1], sum = a + c, gap = a - c, twice = b + b;
    R wide = std::max(std::abs(gap), std::abs(twice)), narrow = std::min(std::abs(gap), std::abs(twice));
    R root = narrow == wide ? wide * std::sqrt(R(2)) : wide * std::sqrt(1 + (narrow / wide) * (narrow / wide));
    R larger = std::abs(a) > std::abs(c) ? a : c, smaller = std::abs(a) > std::abs(c) ? c : a;
    int sign = sum < 0 ? -1 : 1, other = gap >= 0 ? 1 : -1;
    d_[k] = sum == 0 ? root / 2 : (sum + sign * root) / 2;
    d_[k + 1] = sum == 0 ? -root / 2 : larger / d_[k] * smaller - b / d_[k] * b;
    R axis = gap + other * root, cosine = 1, sine = 0;
    if (std::abs(axis) > std::abs(twice)) {
      R t = -twice / axis;
      sine = 1 / std::sqrt(1 + t * t), cosine = t * sine;
    } else if (twice != 0) {
      R t = -axis / twice;
      cosine = 1 / std::sqrt(1 + t * t), sine = t * cosine;
    }
    if (sign == other) std::swap(cosine, sine), cosine = -cosine;
    e_[k] = 0;
    rotate(k, cosine, sine);
  }

  // ascending, by as few swaps as can be
  void sort() {
    for (int i = 0; i + 1 < n_; ++i) {
      int least = i;
      for (int j = i + 1; j < n_; ++j)
        if (d_[j] < d_[least]) least = j;
      if (least == i) continue;
      std::swap(d_[i], d_[least]);
      std::swap_ranges(z_ + i * n_, z_ + (i + 1) * n_, z_ + least * n_);
    }
  }

  int n_;
  R *d_, *e_, *z_;
};

}  // namespace mt
