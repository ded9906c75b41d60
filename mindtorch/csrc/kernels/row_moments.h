// Sums over a row of a layer in the order in which the reference adds them: what cancels in a gradient leaves the same
// trace.
#pragma once
#include <cmath>
#include <cstring>
#include <limits>

#include "kernel.h"

namespace mt {

#define MT_UNFUSED __attribute__((noinline, optimize("fp-contract=off")))

// a * b + c in an MT_UNFUSED function, rounded once where the machine has an instruction for it
template <class C>
__attribute__((always_inline)) inline C fused(C a, C b, C c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

template <class C>
struct Moments {
  C mean, rstd;
};

namespace row {

constexpr int64_t kRun = 16;  // values of one lane that are taken in one by one

template <class C>
struct Lanes {
  static constexpr int kWidth = 32 / sizeof(C);
  typedef C Vector __attribute__((vector_size(32)));
  __attribute__((always_inline)) static void load(Vector &v, const C *p) { std::memcpy(&v, p, sizeof v); }
  __attribute__((always_inline)) static C fold(Vector &v) {
    for (int half = kWidth / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) v[l] += v[l + half];
    return v[0];
  }
};

// Count, mean and sum of squared distances from it: of one sample, or of lanes of samples side by side.
template <class C, class V>
struct Sample {
  int64_t n;
  V mean, square;

  // Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979)
  __attribute__((always_inline)) void join(int64_t count, const V &other_mean, const V &other_square) {
    int64_t all = n + count;
    C share = all == 0 ? C(0) : static_cast<C>(count) / static_cast<C>(all);
    V delta = other_mean - mean;
    mean = share * delta + mean;
    square += delta * delta * share * static_cast<C>(n) + other_square;
    n = all;
  }
};

// Welford's updates of `count` vectors, K runs at a time: one alone would wait for its own additions.
template <int K, class C>
__attribute__((always_inline)) inline void welford(const C *p, int64_t distance, int64_t step, int64_t count,
                                                   typename Lanes<C>::Vector *mean, typename Lanes<C>::Vector *square) {
  using V = typename Lanes<C>::Vector;
  for (int k = 0; k < K; ++k) mean[k] = square[k] = V{};
  for (int64_t j = 0; j < count; ++j, p += step) {
    C share = C(1) / static_cast<C>(j + 1);
    for (int k = 0; k < K; ++k) {
      V x, delta;
      Lanes<C>::load(x, p + k * distance);
      delta = x - mean[k];
      mean[k] += delta * share;
      square[k] += delta * (x - mean[k]);
    }
  }
}

// The values that fill no vector, one by one and unfused.
template <class C>
MT_UNFUSED void welford_rest(Sample<C, C> &s, const C *x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    C delta = x[i] - s.mean;
    s.mean += delta / static_cast<C>(++s.n);
    s.square += delta * (x[i] - s.mean);
  }
}

// Mean and 1 / sqrt(variance + eps): Welford's updates in lanes, runs joined pairwise as a binary counter counts.
// `parts`: vectors that a load of T gives.
template <class C>
Moments<C> moments(const C *x, int64_t n, C eps, int parts) {
  using V = typename Lanes<C>::Vector;
  constexpr int W = Lanes<C>::kWidth, kTogether = 4;
  if (n == 0) return {C(0), std::numeric_limits<C>::quiet_NaN()};
  Sample<C, C> total{0, 0, 0};
  int64_t step = W * parts, loads = n / step, runs = (loads + kRun - 1) / kRun, distance = kRun * step;
  welford_rest(total, x + loads * step, n - loads * step);
  if (loads) {
    int depth = 1;
    while ((int64_t{1} << depth) < runs) ++depth;
    Sample<C, V> levels[60];
    for (int l = 0; l < depth; ++l) levels[l] = {0, V{}, V{}};
    V mean[2][kTogether], square[2][kTogether];
    for (int64_t r = 0; r < runs;) {
      int64_t count = std::min(kRun, loads - r * kRun), together = r + kTogether <= loads / kRun ? kTogether : 1;
      for (int part = 0; part < parts; ++part) {
        const C *p = x + r * distance + part * W;
        if (together > 1) welford<kTogether>(p, distance, step, count, mean[part], square[part]);
        else welford<1>(p, distance, step, count, mean[part], square[part]);
      }
      for (int64_t k = 0; k < together; ++k, ++r) {
        for (int part = 0; part < parts; ++part) levels[0].join(count, mean[part][k], square[part][k]);
        int level = 1;
        for (int64_t bits = r + 1; level < depth && !(bits & 1); bits >>= 1, ++level) {
          levels[level].join(levels[level - 1].n, levels[level - 1].mean, levels[level - 1].square);
          levels[level - 1] = {0, V{}, V{}};
        }
      }
    }
    for (int level = 1; level < depth; ++level)
      levels[0].join(levels[level].n, levels[level].mean, levels[level].square);
    for (int l = 0; l < W; ++l) total.join(loads * parts, levels[0].mean[l], levels[0].square[l]);
  }
  return {total.mean, C(1) / std::sqrt(total.square / static_cast<C>(n) + eps)};
}

// Sum of x * y: whole vectors are multiplied and added, what is left over is added in one rounding.
template <class C>
MT_UNFUSED C product_sum(const C *x, const C *y, int64_t n) {
  using V = typename Lanes<C>::Vector;
  constexpr int W = Lanes<C>::kWidth;
  C sum = n ? x[0] * y[0] : C(0);
  if (n < W) {
    for (int64_t i = 1; i < n; ++i) sum += x[i] * y[i];
    return sum;
  }
  V a, u, v;
  int64_t i = W;
  Lanes<C>::load(u, x);
  Lanes<C>::load(v, y);
  for (a = u * v; i + W <= n; i += W) {
    Lanes<C>::load(u, x + i);
    Lanes<C>::load(v, y + i);
    a += u * v;
  }
  for (int l = 0; i < n; ++i, ++l) a[l] = fused(x[i], y[i], a[l]);
  return Lanes<C>::fold(a);
}

// Sums of g * w and of g * x * w, added in the same way.
template <class C>
MT_UNFUSED void layer_sums(C &sum, C &dot, const C *g, const C *x, const C *w, int64_t n) {
  using V = typename Lanes<C>::Vector;
  constexpr int W = Lanes<C>::kWidth;
  if (n < W) {
    sum = n ? g[0] * w[0] : C(0);
    dot = n ? g[0] * x[0] * w[0] : C(0);
    for (int64_t i = 1; i < n; ++i) {
      sum += g[i] * w[i];
      dot += g[i] * x[i] * w[i];
    }
    return;
  }
  V a, b, u, v, z;
  int64_t i = W;
  Lanes<C>::load(u, g);
  Lanes<C>::load(v, x);
  Lanes<C>::load(z, w);
  for (a = u * z, b = u * v * z; i + W <= n; i += W) {
    Lanes<C>::load(u, g + i);
    Lanes<C>::load(v, x + i);
    Lanes<C>::load(z, w + i);
    a += u * z;
    b += u * v * z;
  }
  for (int l = 0; i < n; ++i, ++l) a[l] = fused(g[i], w[i], a[l]), b[l] = fused(g[i] * x[i], w[i], b[l]);
  sum = Lanes<C>::fold(a), dot = Lanes<C>::fold(b);
}

template <class C>
MT_UNFUSED C plain_sum(const C *x, int64_t n) {
  using V = typename Lanes<C>::Vector;
  constexpr int W = Lanes<C>::kWidth;
  C sum = n ? x[0] : C(0);
  if (n < W) {
    for (int64_t i = 1; i < n; ++i) sum += x[i];
    return sum;
  }
  V a, u;
  int64_t i = W;
  for (Lanes<C>::load(a, x); i + W <= n; i += W) {
    Lanes<C>::load(u, x + i);
    a += u;
  }
  for (int l = 0; i < n; ++i, ++l) a[l] += x[i];
  return Lanes<C>::fold(a);
}

// gx of a layer with weight w (or none) from the gradient g: g * w * rstd + x * by_x + rest
template <class C>
MT_UNFUSED void layer_gradient(C *gx, const C *g, const C *x, const C *w, C mean, C rstd, int64_t n) {
  C total, dot, inverse = C(1) / static_cast<C>(n);
  if (w) layer_sums(total, dot, g, x, w, n);
  else total = plain_sum(g, n), dot = product_sum(g, x, n);
  C by_x = fused(total, mean, -dot) * rstd * rstd * rstd * inverse,
    rest = fused(-by_x, mean, -(total * rstd * inverse));
  if (w)
    for (int64_t i = 0; i < n; ++i) gx[i] = fused(by_x, x[i], rstd * g[i] * w[i]) + rest;
  else
    for (int64_t i = 0; i < n; ++i) gx[i] = fused(by_x, x[i], rstd * g[i]) + rest;
}

}  // namespace row
}  // namespace mt
