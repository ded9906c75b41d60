// softmax and log_softmax along one dimension of dense memory seen as (outer, n, inner), with their gradients.
#include "rows.h"

namespace mt {
namespace {

constexpr int64_t kStrip = 64;  // neighbouring columns handled together when the dimension is not the last one

// Sum of a row (times another, not fused) in the reference's order, since gradients cancel with it: 64 bytes at once,
// folded by halves, or one by one when there are not as many.
template <bool Product, class C>
__attribute__((noinline, optimize("fp-contract=off"))) C row_sum(const C *x, const C *y, int64_t n) {
  constexpr int64_t lanes = 64 / sizeof(C);
  auto term = [=](int64_t i) { return Product ? x[i] * y[i] : x[i]; };
  C acc[lanes] = {};
  int64_t i = std::min(n, lanes);
  for (int64_t l = 0; l < i; ++l) acc[l] = term(l);
  if (n < lanes) {
    for (int64_t l = 1; l < n; ++l) acc[0] += acc[l];
    return acc[0];
  }
  for (; i + lanes <= n; i += lanes)
    for (int64_t l = 0; l < lanes; ++l) acc[l] += term(i + l);
  for (int64_t l = 0; i < n; ++i, ++l) acc[l] += term(i);
  for (int64_t w = lanes / 2; w > 0; w /= 2)
    for (int64_t l = 0; l < w; ++l) acc[l] += acc[l + w];
  return acc[0];
}
// T is what the row is in memory: for halves, the sum and its logarithm are rounded to it.
template <bool Log, class T, class C>
void forward_row(const C *x, C *y, int64_t n) {
  C top = lane_max(x, n);
  if constexpr (Log) {
    C shift = std::isinf(top) && top < 0 ? C(0) : top;
    C sum = lane_sum<C>(n, [&](int64_t i) { return vec::exp(x[i] - shift); });
    C log_sum = convert<C>(convert<T>(std::log(convert<C>(convert<T>(sum)))));
    if (std::isinf(top)) shift = top;  // inf - inf is NaN, as it should be
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] - shift - log_sum;
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = vec::exp(x[i] - top);
    C scale = C(1) / row_sum<false>(y, y, n);
    for (int64_t i = 0; i < n; ++i) y[i] *= scale;
  }
}
template <bool Log, class C>
void backward_row(const C *g, const C *y, C *out, int64_t n) {
  if constexpr (Log) {
    C sum = row_sum<false>(g, g, n);
    for (int64_t i = 0; i < n; ++i) out[i] = g[i] - vec::exp(y[i]) * sum;
  } else {
    C sum = row_sum<true>(g, y, n);
    for (int64_t i = 0; i < n; ++i) out[i] = y[i] * (g[i] - sum);
  }
}

// Strips: x[i * inner + j], j < width.
template <bool Log, class C, class T>
void forward_strip(const T *x, T *y, int64_t n, int64_t inner, int64_t width) {
  C top[kStrip], sum[kStrip];
  std::fill(top, top + width, -std::numeric_limits<C>::infinity());
  std::fill(sum, sum + width, C(0));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < width; ++j) {
      C v = convert<C>(x[i * inner + j]);
      top[j] = v < top[j] ? top[j] : (top[j] != top[j] ? top[j] : v);
    }
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < width; ++j) {
      C e = vec::exp(convert<C>(x[i * inner + j]) - top[j]);
      sum[j] += e;
      if constexpr (!Log && std::is_same_v<C, T>) y[i * inner + j] = e;
    }
  for (int64_t j = 0; j < width; ++j) sum[j] = Log ? std::log(sum[j]) : C(1) / sum[j];
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < width; ++j) {
      if constexpr (Log) y[i * inner + j] = convert<T>(convert<C>(x[i * inner + j]) - top[j] - sum[j]);
      else if constexpr (std::is_same_v<C, T>) y[i * inner + j] *= sum[j];
      else y[i * inner + j] = convert<T>(vec::exp(convert<C>(x[i * inner + j]) - top[j]) * sum[j]);
    }
}
template <bool Log, class C, class T>
void backward_strip(const T *g, const T *y, T *out, int64_t n, int64_t inner, int64_t width) {
  C sum[kStrip];
  std::fill(sum, sum + width, C(0));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < width; ++j)
      sum[j] += convert<C>(g[i * inner + j]) * (Log ? C(1) : convert<C>(y[i * inner + j]));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < width; ++j) {
      C a = convert<C>(g[i * inner + j]), b = convert<C>(y[i * inner + j]);
      out[i * inner + j] = convert<T>(Log ? a - vec::exp(b) * sum[j] : b * (a - sum[j]));
    }
}

// (out, in...; dim): everything dense and of one shape and dtype
template <bool Log, bool Backward>
void softmax(const Call &c, const char *name) {
  const View &out = c[0];
  for (int k = 0; k < (Backward ? 3 : 2); ++k) {
    need_same_shape(c[k], out, name);
    need_same_dtype(c[k], out, name);
    need_dense(c[k], name);
  }
  int dim = out.ndim ? c.dim(0, out) : 0;
  if (empty(out)) return;
  int64_t n = out.ndim ? out.shape[dim] : 1, outer = product_of(out, 0, dim, name),
          inner = product_of(out, dim + 1, out.ndim, name);
  dispatch_float(name, out.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    T *y = out.as<T>();
    const T *a = c[1].as<T>(), *b = Backward ? c[2].as<T>() : nullptr;
    if (inner == 1) {
      parallel_for(outer, std::max<int64_t>(1, 4096 / n), [&](int64_t begin, int64_t end) {
        std::vector<C> first, second, third;
        for (int64_t r = begin; r < end; ++r) {
          const C *x = load_row<C>(a + r * n, n, first);
          C *result = result_row<C>(y + r * n, n, second);
          if constexpr (Backward) backward_row<Log>(x, load_row<C>(b + r * n, n, third), result, n);
          else forward_row<Log, T>(x, result, n);
          store_row(y + r * n, result, n);
        }
      });
      return;
    }
    int64_t strips = (inner + kStrip - 1) / kStrip;
    parallel_for(outer * strips, std::max<int64_t>(1, 4096 / (n * std::min(inner, kStrip))),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t k = begin; k < end; ++k) {
                     int64_t column = k % strips * kStrip, at = k / strips * n * inner + column,
                             width = std::min(kStrip, inner - column);
                     if constexpr (Backward) backward_strip<Log, C>(a + at, b + at, y + at, n, inner, width);
                     else forward_strip<Log, C>(a + at, y + at, n, inner, width);
                   }
                 });
  });
}

}  // namespace

KERNEL(softmax) { softmax<false, false>(c, "softmax_kernel_impl"); }
KERNEL(log_softmax) { softmax<true, false>(c, "log_softmax_kernel_impl"); }
// (out, gradient, result of the forward; dim)
KERNEL(softmax_backward) { softmax<false, true>(c, "softmax_backward_kernel_impl"); }
KERNEL(log_softmax_backward) { softmax<true, true>(c, "log_softmax_backward_kernel_impl"); }

}  // namespace mt
