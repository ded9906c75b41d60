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

}  // namespace

// cdist(out, x1, x2; p)
KERNEL(cdist) {
  int64_t rows = c[1].shape[c[1].ndim - 2], columns = c[2].shape[c[2].ndim - 2], n = c[1].shape[c[1].ndim - 1], total = c[0].numel();
  double p = c.s[0].real();
  auto go = [&](auto zero) {
    using T = decltype(zero);
    parallel_for(total, std::max<int64_t>(1, 16384 / std::max<int64_t>(n, 1)), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        int64_t batch = i / (rows * columns), row = i / columns % rows, column = i % columns;
        c[0].as<T>()[i] = distance(c[1].as<T>() + (batch * rows + row) * n, c[2].as<T>() + (batch * columns + column) * n, n, p);
      }
    });
  };
  if (c[0].dtype == DType::F64) go(double{});
  else go(float{});
}

// cdist_backward(gradient of x1, g, x1, x2, distances; p)
KERNEL(cdist_backward) {
  int64_t rows = c[2].shape[c[2].ndim - 2], columns = c[3].shape[c[3].ndim - 2], n = c[2].shape[c[2].ndim - 1], total = n ? c[0].numel() / n : 0;
  double p = c.s[0].real();
  auto go = [&](auto zero) {
    using T = decltype(zero);
    parallel_for(total, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T *a = c[2].as<T>() + i * n;
        T *out = c[0].as<T>() + i * n;
        std::fill(out, out + n, T(0));
        for (int64_t j = 0; j < columns; ++j) {
          const T *b = c[3].as<T>() + (i / rows * columns + j) * n;
          T g = c[1].as<T>()[i * columns + j], d = c[4].as<T>()[i * columns + j];
          if (p == 0 || d == 0) continue;
          if (p == 2)
            for (int64_t k = 0; k < n; ++k) out[k] += g * (a[k] - b[k]) / d;
          else if (p == 1)
            for (int64_t k = 0; k < n; ++k) out[k] += g * sign(a[k] - b[k]);
          else if (std::isinf(p))
            for (int64_t k = 0; k < n; ++k) out[k] += g * sign(a[k] - b[k]) * static_cast<T>(std::abs(a[k] - b[k]) == d);
          else
            for (int64_t k = 0; k < n; ++k) {
              T v = std::abs(a[k] - b[k]);
              if (v != 0) out[k] += g * sign(a[k] - b[k]) * std::pow(v / d, static_cast<T>(p - 1));
            }
        }
      }
    });
  };
  if (c[0].dtype == DType::F64) go(double{});
  else go(float{});
}

}  // namespace mt
