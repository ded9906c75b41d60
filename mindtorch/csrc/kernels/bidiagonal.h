// Singular values and vectors of a small real bidiagonal matrix: implicit QR iterations, without a shift where one
// would cost relative accuracy. J. Demmel, W. Kahan, "Accurate singular values of bidiagonal matrices", SIAM J. Sci.
// Stat. Comput. 11 (1990); for 2 x 2 blocks Z. Bai, J. Demmel, "Computing the generalized singular value
// decomposition", SIAM J. Sci. Comput. 14 (1993).
#pragma once
#include <cstdint>

#include "tridiagonal.h"

namespace mt {

template <class R>
struct Turn {  // Rotation with c not below zero: of these iterations' signs the reference's library has kept the newer
  R c, s, r;
  Turn(R f, R g) {
    if (g == 0) {
      c = 1, s = 0, r = f;
    } else if (f == 0) {
      c = 0, s = std::copysign(R(1), g), r = std::abs(g);
    } else {
      R scale, d = plane_norm(f, g, scale);
      c = std::abs(f) / d, r = std::copysign(d, f), s = g / r, r *= scale;
    }
  }
};

// n vectors that take part in the rotations: columns of a matrix, or its rows
template <class R>
struct Vectors {
  R *p;
  int64_t step, along;  // from vector to vector, from element to element
  int length;
};

template <class R>
class BidiagonalQr {
 public:
  // Diagonal d (n), off-diagonal e (n - 1): they become the singular values, descending, and zeros. The left vectors
  // are a matrix's columns, which become those of matrix times U, or a right-hand side's rows, which become those of
  // U^T times it; the right ones the rows of a matrix, which becomes V^T times it.
  BidiagonalQr(int n, R *d, R *e, Vectors<R> left, Vectors<R> right)
      : n_(n), d_(d), e_(e), left_(left), right_(right) {}

  // false when the iterations do not converge
  bool solve(bool lower) {
    if (n_ == 1) {  // here the left vector takes the sign
      if (*d_ < 0) flip(left_, 0), *d_ = -*d_;
      return true;
    }
    if (!lower) return iterate();
    // turn a lower matrix to an upper one; the left vectors take these rotations at the end
    R turned[kLargest][2];
    for (int i = 0; i + 1 < n_; ++i) {
      Turn<R> t(d_[i], e_[i]);
      d_[i] = t.r, e_[i] = t.s * d_[i + 1], d_[i + 1] = t.c * d_[i + 1];
      turned[i][0] = t.c, turned[i][1] = -t.s;
    }
    if (!iterate()) return false;
    for (int i = n_ - 2; i >= 0; --i) across(i, turned[i][0], turned[i][1]);
    return true;
  }

  static constexpr int kLargest = 25;

 private:
  static constexpr R kEps = std::numeric_limits<R>::epsilon() / 2;
  static constexpr int kSweeps = 6;  // n times as many are enough

  R &edge(int a, int b) { return e_[std::min(a, b)]; }
  static R sign(R size, R of) { return std::copysign(size, of); }

  // [x y] [c -s; s c] for vectors k and k + 1, element by element
  static void rotate(const Vectors<R> &v, int k, R c, R s) {
    R *x = v.p + k * v.step, *y = x + v.step;
    for (int i = 0; i < v.length; ++i, x += v.along, y += v.along) {
      R kept = *y;
      *y = c * kept - s * *x;
      *x = s * kept + c * *x;
    }
  }
  // elements k and k + 1 of every left vector (a square matrix of them)
  void across(int k, R c, R s) { rotate({left_.p, left_.along, left_.step, n_}, k, c, s); }
  void turn_left(int k, R c, R s) { rotate(left_, k, c, s); }
  void turn_right(int k, R c, R s) { rotate(right_, k, c, s); }
  static void flip(const Vectors<R> &v, int k) {
    for (int i = 0; i < v.length; ++i) v.p[k * v.step + i * v.along] = -v.p[k * v.step + i * v.along];
  }
  static void exchange(const Vectors<R> &v, int a, int b) {
    for (int i = 0; i < v.length; ++i) std::swap(v.p[a * v.step + i * v.along], v.p[b * v.step + i * v.along]);
  }

  bool iterate() {
    const R tolerance = std::max(R(10), std::min(R(100), std::pow(kEps, R(-0.125)))) * kEps;
    R least = std::abs(d_[0]), mu = least;
    for (int i = 1; i < n_ && least != 0; ++i) {
      mu = std::abs(d_[i]) * (mu / (mu + std::abs(e_[i - 1])));
      least = std::min(least, mu);
    }
    const R negligible = std::max(tolerance * (least / std::sqrt(R(n_))),
                                  kSweeps * (n_ * (n_ * std::numeric_limits<R>::min())));
    int budget = kSweeps * n_ * n_, old_first = -1, old_last = -1, step = 0;
    for (int last = n_ - 1; last > 0;) {
      int first = last;
      R most = std::abs(d_[last]);
      while (first > 0 && std::abs(e_[first - 1]) > negligible) {
        --first;
        most = std::max({most, std::abs(d_[first]), std::abs(e_[first])});
      }
      if (first > 0) e_[first - 1] = 0;
      if (first == last) {
        --last;
        continue;
      }
      if (first + 1 == last) {
        pair(first);
        last -= 2;
        continue;
      }
      // a new block: chase from its larger end
      if (first > old_last || last < old_first) step = std::abs(d_[first]) >= std::abs(d_[last]) ? 1 : -1;
      int head = step > 0 ? first : last, tail = step > 0 ? last : first;
      R smallest;
      if (splits(head, tail, step, tolerance, smallest)) continue;
      old_first = first, old_last = last;
      R shift = 0, size = std::abs(d_[head]);
      if (n_ * tolerance * (smallest / most) > std::max(kEps, R(0.01) * tolerance)) {
        int k = step > 0 ? last - 1 : first;
        shift = smaller_value(d_[k], e_[k], d_[k + 1]);
        if (size > 0 && (shift / size) * (shift / size) < kEps) shift = 0;
      }
      budget -= last - first;
      if (budget < 0) return false;
      if (shift == 0) plain_sweep(head, tail, step);
      else shifted_sweep(head, tail, step, shift);
      R &end = edge(tail, tail - step);
      if (std::abs(end) <= negligible) end = 0;
    }
    arrange();
    return true;
  }

  // Whether an off-diagonal element is small beside what it joins (it becomes zero); else the block's smallest singular
  // value, bounded from below.
  bool splits(int head, int tail, int step, R tolerance, R &smallest) {
    R &end = edge(tail, tail - step);
    if (std::abs(end) <= tolerance * std::abs(d_[tail])) {
      end = 0;
      return true;
    }
    R mu = std::abs(d_[head]);
    smallest = mu;
    for (int i = head; i != tail; i += step) {
      R &x = edge(i, i + step);
      if (std::abs(x) <= tolerance * mu) {
        x = 0;
        return true;
      }
      mu = std::abs(d_[i + step]) * (mu / (mu + std::abs(x)));
      smallest = std::min(smallest, mu);
    }
    return false;
  }

  // rotations of one step of a chase: those of the columns, then those of the rows; upwards the two sides change places
  void turn(int i, int step, const Turn<R> &columns, R c, R s) {
    int k = std::min(i, i + step);
    if (step > 0) turn_right(k, columns.c, columns.s), turn_left(k, c, s);
    else turn_left(k, columns.c, -columns.s), turn_right(k, c, -s);
  }

  void plain_sweep(int head, int tail, int step) {
    R c = 1, old_c = 1, old_s = 0;
    for (int i = head; i != tail; i += step) {
      Turn<R> a(d_[i] * c, edge(i, i + step));
      c = a.c;
      if (i != head) edge(i, i - step) = old_s * a.r;
      Turn<R> b(old_c * a.r, d_[i + step] * a.s);
      old_c = b.c, old_s = b.s, d_[i] = b.r;
      turn(i, step, a, b.c, b.s);
    }
    R h = d_[tail] * c;
    d_[tail] = h * old_c;
    edge(tail, tail - step) = h * old_s;
  }

  void shifted_sweep(int head, int tail, int step, R shift) {
    R f = (std::abs(d_[head]) - shift) * (sign(1, d_[head]) + shift / d_[head]), g = edge(head, head + step);
    for (int i = head; i != tail; i += step) {
      int next = i + step;
      R &x = edge(i, next);
      Turn<R> a(f, g);
      if (i != head) edge(i, i - step) = a.r;
      f = a.c * d_[i] + a.s * x;
      x = a.c * x - a.s * d_[i];
      g = a.s * d_[next];
      d_[next] = a.c * d_[next];
      Turn<R> b(f, g);
      d_[i] = b.r;
      f = b.c * x + b.s * d_[next];
      d_[next] = b.c * d_[next] - b.s * x;
      if (next != tail) {
        R &y = edge(next, next + step);
        g = b.s * y;
        y = b.c * y;
      }
      turn(i, step, a, b.c, b.s);
    }
    edge(tail, tail - step) = f;
  }

  // the smaller singular value of [f g; 0 h]
  static R smaller_value(R f, R g, R h) {
    R a = std::min(std::abs(f), std::abs(h)), b = std::max(std::abs(f), std::abs(h)), ga = std::abs(g);
    if (a == 0) return 0;
    R sum = 1 + a / b, gap = (b - a) / b;
    if (ga < b) {
      R q = (ga / b) * (ga / b);
      return a * (2 / (std::sqrt(sum * sum + q) + std::sqrt(gap * gap + q)));
    }
    R q = b / ga;
    if (q == 0) return a * b / ga;
    R half = a * (1 / (std::sqrt(1 + (sum * q) * (sum * q)) + std::sqrt(1 + (gap * q) * (gap * q)))) * q;
    return half + half;
  }

  // the block [d_k e_k; 0 d_k+1]
  void pair(int k) {
    R f = d_[k], g = e_[k], h = d_[k + 1], big = f, small = h;
    bool swapped = std::abs(h) > std::abs(f);
    if (swapped) std::swap(big, small);
    R a = std::abs(big), b = std::abs(small), ga = std::abs(g), low, high, cl = 1, sl = 0, cr = 1, sr = 0;
    if (ga == 0) {
      low = b, high = a;
    } else if (ga > a && a / ga < kEps) {  // g outweighs everything
      high = ga, low = b > 1 ? a / (ga / b) : a / ga * b;
      sl = small / g, sr = 1, cr = big / g;
    } else {
      R gap = a - b, l = gap == a ? R(1) : gap / a, m = g / big, t = 2 - l, mm = m * m;
      R s = std::sqrt(t * t + mm), r = l == 0 ? std::abs(m) : std::sqrt(l * l + mm), mean = R(0.5) * (s + r);
      low = b / mean, high = a * mean;
      if (mm != 0) t = (m / (s + t) + m / (r + l)) * (1 + mean);
      else t = l == 0 ? sign(2, big) * sign(1, g) : g / sign(gap, big) + m / t;
      R length = std::sqrt(t * t + 4);
      cr = 2 / length, sr = t / length;
      cl = (cr + sr * m) / mean, sl = small / big * sr / mean;
    }
    if (swapped) {
      std::swap(cl, sr);
      std::swap(sl, cr);
    }
    // the sign of the largest of f, g and h decides
    R decides = ga > a    ? sign(1, sr) * sign(1, cl) * sign(1, g)
                : swapped ? sign(1, sr) * sign(1, sl) * sign(1, h)
                          : sign(1, cr) * sign(1, cl) * sign(1, f);
    d_[k] = sign(high, decides);
    d_[k + 1] = sign(low, decides * sign(1, f) * sign(1, h));
    e_[k] = 0;
    turn_right(k, cr, sr);
    turn_left(k, cl, sl);
  }

  // values positive and descending
  void arrange() {
    for (int i = 0; i < n_; ++i)
      if (d_[i] < 0 || (d_[i] == 0 && std::signbit(d_[i]))) {
        d_[i] = -d_[i];
        flip(right_, i);
      }
    for (int end = n_ - 1; end > 0; --end) {
      int least = 0;
      for (int j = 1; j <= end; ++j)
        if (d_[j] <= d_[least]) least = j;
      if (least == end) continue;
      std::swap(d_[least], d_[end]);
      exchange(left_, least, end), exchange(right_, least, end);
    }
  }

  int n_;
  R *d_, *e_;
  Vectors<R> left_, right_;
};

}  // namespace mt
