// Distances between all pairs of rows, and their gradient. Everything dense; leading dimensions are batches.
#include "rows.h"

namespace mt {
namespace {

template <class T>
T distance(const T *a, const T *b, int64_t n, double p) {
  if (p == 2) return std::sqrt(lane_sum<T>(n, [&](int64_t i) { return (a[i] - b[i]) * (a[i] - b[i]); }));
  if (p == 1) return lane_sum<T>(n, [&](int64_t i) { return std::abs(a[i] - b[i]); });
  if (p == 0) return lane_sum<T>(n, [&](int64_t i) { return static_cast<T>(a[i] != b[i]); });
  if (std::isinf(p)) {
    T top = 0;
    for (int64_t i = 0; i < n; ++i) {
      T d = std::abs(a[i] - b[i]);
      if (d > top || d != d) top = d;
    }
    return top;
  }
  T sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::pow(std::abs(a[i] - b[i]), static_cast<T>(p));
  return std::pow(sum, static_cast<T>(1 / p));
}

template <class T>
T sign(T x) {
  return static_cast<T>((x > 0) - (x < 0));
}

// Batches of rows: x1 (..., rows, n), x2 (..., columns, n); distances (..., rows, columns). All dense, of one dtype.
struct Pairs {
  int64_t rows, columns, n;

  Pairs(const View &x1, const View &x2, const char *what) {
    need_rank(x1, 2, kMaxDims, what);
    need_same_but(x1, x2, x1.dim(-2), what);
    need_alike(x1, x2, what);
    rows = x1.size(-2), columns = x2.size(-2), n = x1.size(-1);
  }
  void need_distances(const View &v, const View &x1, const char *what) const {
    need_same_but(v, x1, v.dim(-1), what);
    need_size(v, -1, columns, what);
    need_alike(v, x1, what);
  }
  static void need_alike(const View &v, const View &x, const char *what) {
    need_same_dtype(v, x, what);
    need_dense(v, what);
    need_dense(x, what);
  }
};

}  // namespace

// cdist(out, x1, x2; p)
KERNEL(cdist) {
  Pairs of(c[1], c[2], "cdist");
  of.need_distances(c[0], c[1], "cdist");
  int64_t rows = of.rows, columns = of.columns, n = of.n, total = c[0].numel();
  double p = c.number(0);
  dispatch_among<float, double>(
      c[0].dtype, Error::NotImplemented, "\"cdist\" not implemented for this dtype", [&](auto zero) {
        using T = decltype(zero);
        T *out = c[0].as<T>();
        const T *x1 = c[1].as<T>(), *x2 = c[2].as<T>();
        parallel_for(total, std::max<int64_t>(1, 16384 / std::max<int64_t>(n, 1)), [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            int64_t batch = i / (rows * columns), row = i / columns % rows, column = i % columns;
            out[i] = distance(x1 + (batch * rows + row) * n, x2 + (batch * columns + column) * n, n, p);
          }
        });
      });
}

// cdist_backward(gradient of x1, g, x1, x2, distances; p)
KERNEL(cdist_backward) {
  Pairs of(c[2], c[3], "cdist_backward");
  of.need_distances(c[1], c[2], "cdist_backward");
  of.need_distances(c[4], c[2], "cdist_backward");
  need_same_shape(c[0], c[2], "cdist_backward");
  Pairs::need_alike(c[0], c[2], "cdist_backward");
  int64_t rows = of.rows, columns = of.columns, n = of.n, total = n ? c[0].numel() / n : 0;
  double p = c.number(0);
  dispatch_among<float, double>(
      c[0].dtype, Error::NotImplemented, "\"cdist_backward\" not implemented for this dtype", [&](auto zero) {
        using T = decltype(zero);
        T *gradient = c[0].as<T>();
        const T *gs = c[1].as<T>(), *x1 = c[2].as<T>(), *x2 = c[3].as<T>(), *distances = c[4].as<T>();
        parallel_for(total, 1, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            const T *a = x1 + i * n;
            T *out = gradient + i * n;
            std::fill(out, out + n, T(0));
            for (int64_t j = 0; j < columns; ++j) {
              const T *b = x2 + (i / rows * columns + j) * n;
              T g = gs[i * columns + j], d = distances[i * columns + j];
              if (p == 0 || d == 0) continue;
              if (p == 2)
                for (int64_t k = 0; k < n; ++k) out[k] += g * (a[k] - b[k]) / d;
              else if (p == 1)
                for (int64_t k = 0; k < n; ++k) out[k] += g * sign(a[k] - b[k]);
              else if (std::isinf(p))
                for (int64_t k = 0; k < n; ++k)
                  out[k] += g * sign(a[k] - b[k]) * static_cast<T>(std::abs(a[k] - b[k]) == d);
              else
                for (int64_t k = 0; k < n; ++k) {
                  T v = std::abs(a[k] - b[k]);
                  if (v != 0) out[k] += g * sign(a[k] - b[k]) * std::pow(v / d, static_cast<T>(p - 1));
                }
            }
          }
        });
      });
}

}  // namespace mt
