// Layer, group, instance, batch and root-mean-square normalisation with their gradients. Everything dense.
//
// group_norm sees (rows, d, s): statistics over (d, s) of each row, weight and bias by (row % groups) * d + index.
// Layer normalisation is one group with s = 1, instance normalisation d = 1.
#include "row_moments.h"
#include "rows.h"

namespace mt {
namespace {

struct Layout {
  int64_t rows, groups, d, s;
  int64_t n() const { return d * s; }
  int64_t channels() const { return groups * d; }
};
// `rows` rows of n elements: x, and what has its shape and dtype (which may be none).
void need_rows(const View &x, std::initializer_list<const View *> alike, int64_t rows, int64_t n, const char *what) {
  need_numel(x, product(rows, n, what), what);
  need_dense(x, what);
  for (const View *v : alike)
    if (!v->none()) need_flat(*v, x.numel(), x.dtype, what);
}
DType statistics_of(const View &x) { return x.dtype == DType::F64 ? DType::F64 : DType::F32; }

// The layout that the first four numbers claim, when x and what else the kernel was given go with it: what has x's
// shape, statistics by row, parameters by channel.
Layout layout_of(const Call &c, const View &x, std::initializer_list<const View *> alike,
                 std::initializer_list<const View *> statistics, std::initializer_list<const View *> parameters,
                 const char *what) {
  Layout l{c.integer(0), c.integer(1), c.integer(2), c.integer(3)};
  need_positive(l.groups, what);
  int64_t n = product(l.d, l.s, what), channels = product(l.groups, l.d, what);
  need_rows(x, alike, l.rows, n, what);
  for (const View *v : statistics) need_flat(*v, l.rows, statistics_of(x), what);
  for (const View *v : parameters) need_vector(*v, channels, what);
  return l;
}

}  // namespace

// group_norm(out, mean, rstd, x, weight, bias; rows, groups, d, s, eps)
KERNEL(group_norm) {
  const View &weight = c.maybe(4), &bias = c.maybe(5);
  Layout l = layout_of(c, c[3], {&c[0]}, {&c[1], &c[2]}, {&weight, &bias}, "group_norm");
  double eps = c.number(4);
  dispatch_float("GroupNormKernelImpl", c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight), b = vector_of<C>(bias);
    C *means = c[1].as<C>(), *rstds = c[2].as<C>();
    const T *from = c[3].as<T>();
    T *to = c[0].as<T>();
    int64_t n = l.n();
    parallel_for(l.rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(n, 1)), [&](int64_t begin, int64_t end) {
      std::vector<C> in, out;
      for (int64_t r = begin; r < end; ++r) {
        const C *x = load_row<C>(from + r * n, n, in);
        C *y = result_row<C>(to + r * n, n, out);
        auto [mean, rstd] = row::moments<C>(x, n, static_cast<C>(eps), is_reduced_v<T> ? 2 : 1);
        means[r] = mean;
        rstds[r] = rstd;
        int64_t channel = r % l.groups * l.d;
        if (l.s == 1) {
          const C *ww = w.empty() ? nullptr : w.data() + channel, *bb = b.empty() ? nullptr : b.data() + channel;
          if (is_reduced_v<T> && l.groups == 1) {  // a layer: one product is exact here and the other is not: what
                                                   // should cancel leaves a trace, as in the reference
            C shift = -rstd * mean;
            for (int64_t i = 0; i < n; ++i)
              y[i] = std::fma(std::fma(x[i], rstd, shift), ww ? ww[i] : C(1), bb ? bb[i] : C(0));
          } else if (ww && bb)
            for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * rstd * ww[i] + bb[i];
          else
            for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * rstd * (ww ? ww[i] : C(1)) + (bb ? bb[i] : C(0));
        } else {
          for (int64_t k = 0; k < l.d; ++k) {
            C scale = rstd * (w.empty() ? C(1) : w[static_cast<size_t>(channel + k)]);
            C shift = (b.empty() ? C(0) : b[static_cast<size_t>(channel + k)]) - mean * scale;
            for (int64_t i = k * l.s; i < (k + 1) * l.s; ++i) y[i] = x[i] * scale + shift;
          }
        }
        store_row(to + r * n, y, n);
      }
    });
  });
}

// group_norm_backward(gx, gw, gb, g, x, mean, rstd, weight; rows, groups, d, s): gx, gw, gb may be none
KERNEL(group_norm_backward) {
  const View &gx = c.maybe(0), &gweight = c.maybe(1), &gbias = c.maybe(2), &weight = c.maybe(7);
  Layout l = layout_of(c, c[3], {&gx, &c[4]}, {&c[5], &c[6]}, {&gweight, &gbias, &weight}, "group_norm_backward");
  dispatch_float("GroupNormBackward", c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    const C *means = c[5].as<C>(), *rstds = c[6].as<C>();
    int64_t n = l.n(), channels = l.channels();
    const T *gradients = c[3].as<T>(), *values = c[4].as<T>();
    bool want_x = !gx.none(), want_w = !gweight.none(), want_b = !gbias.none(), parameters = want_w || want_b;
    T *to = want_x ? gx.as<T>() : nullptr;
    int64_t pieces = std::max<int64_t>(1, std::min<int64_t>({threads(), l.rows, l.rows * n / 16384}));
    std::vector<C> sums(parameters ? static_cast<size_t>(2 * channels * pieces) : 0);
    parallel_for(pieces, 1, [&](int64_t first, int64_t last) {
      std::vector<C> gbuf, xbuf, out;
      for (int64_t piece = first; piece < last; ++piece) {
        C *gw = parameters ? sums.data() + piece * 2 * channels : nullptr, *gb = gw ? gw + channels : nullptr;
        for (int64_t r = l.rows * piece / pieces; r < l.rows * (piece + 1) / pieces; ++r) {
          const C *g = load_row<C>(gradients + r * n, n, gbuf), *x = load_row<C>(values + r * n, n, xbuf);
          C mean = means[r], rstd = rstds[r], shift = -mean * rstd;
          int64_t channel = r % l.groups * l.d;
          const C *ww = w.empty() ? nullptr : w.data() + channel;
          C total = 0, dot = 0;  // of g * w, and of g * w * x
          if (l.s == 1) {
            if (parameters) {
              C *pw = gw + channel, *pb = gb + channel;
              for (int64_t i = 0; i < n; ++i) {
                pw[i] += g[i] * (x[i] * rstd + shift);
                pb[i] += g[i];
              }
            }
            if (!want_x) continue;
            C *y = result_row<C>(to + r * n, n, out);
            row::layer_gradient<C>(y, g, x, ww, mean, rstd, n);
            store_row(to + r * n, y, n);
            continue;
          } else {
            for (int64_t k = 0; k < l.d; ++k) {
              const C *gk = g + k * l.s, *xk = x + k * l.s;
              C sum = lane_sum<C>(l.s, [&](int64_t i) { return gk[i]; });
              C product = lane_sum<C>(l.s, [&](int64_t i) { return gk[i] * xk[i]; });
              if (parameters) gw[channel + k] += (product - sum * mean) * rstd, gb[channel + k] += sum;
              C scale = ww ? ww[k] : C(1);
              total += sum * scale;
              dot += product * scale;
            }
            if (!want_x) continue;
          }
          C *y = result_row<C>(to + r * n, n, out);
          // gx = g * w * rstd + x * by_x + rest: what cancels does so as in the reference
          C by_x = (total * mean - dot) * rstd * rstd * rstd / static_cast<C>(n),
            rest = -by_x * mean - total * rstd / static_cast<C>(n);
          for (int64_t k = 0; k < l.d; ++k) {
            C scale = rstd * (ww ? ww[k] : C(1));
            for (int64_t i = k * l.s; i < (k + 1) * l.s; ++i) y[i] = scale * g[i] + by_x * x[i] + rest;
          }
          store_row(to + r * n, y, n);
        }
      }
    });
    if (!parameters) return;
    for (int64_t piece = 1; piece < pieces; ++piece)
      for (int64_t i = 0; i < 2 * channels; ++i)
        sums[static_cast<size_t>(i)] += sums[static_cast<size_t>(piece * 2 * channels + i)];
    if (want_w)
      convert_run(gweight.dtype, dtype_of<C>::value)(gweight.data, vector_step(gweight), sums.data(), 1, channels);
    if (want_b)
      convert_run(gbias.dtype, dtype_of<C>::value)(gbias.data, vector_step(gbias), sums.data() + channels, 1, channels);
  });
}

// rms_norm(out, rstd, x, weight; rows, n, eps)
KERNEL(rms_norm) {
  const View &weight = c.maybe(3);
  int64_t rows = c.integer(0), n = c.integer(1);
  need_rows(c[2], {&c[0]}, rows, n, "rms_norm");
  need_flat(c[1], rows, statistics_of(c[2]), "rms_norm");
  need_vector(weight, n, "rms_norm");
  dispatch_float("rms_norm", c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    C eps = static_cast<C>(c.number(2)), *rstds = c[1].as<C>();
    const T *from = c[2].as<T>();
    T *to = c[0].as<T>();
    parallel_for(rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(n, 1)), [&](int64_t begin, int64_t end) {
      std::vector<C> in, out;
      for (int64_t r = begin; r < end; ++r) {
        const C *x = load_row<C>(from + r * n, n, in);
        C *y = result_row<C>(to + r * n, n, out);
        C rstd = rstds[r] = C(1) /
                            std::sqrt(lane_sum<C>(n, [&](int64_t i) { return x[i] * x[i]; }) / static_cast<C>(n) + eps);
        if (w.empty())
          for (int64_t i = 0; i < n; ++i) y[i] = x[i] * rstd;
        else
          for (int64_t i = 0; i < n; ++i) y[i] = x[i] * rstd * w[static_cast<size_t>(i)];
        store_row(to + r * n, y, n);
      }
    });
  });
}

// rms_norm_backward(gx, gw, g, x, rstd, weight; rows, n): gx, gw may be none
KERNEL(rms_norm_backward) {
  const View &gx = c.maybe(0), &gweight = c.maybe(1), &weight = c.maybe(5);
  int64_t rows = c.integer(0), n = c.integer(1);
  need_rows(c[2], {&gx, &c[3]}, rows, n, "rms_norm_backward");
  need_flat(c[4], rows, statistics_of(c[2]), "rms_norm_backward");
  need_vector(weight, n, "rms_norm_backward");
  need_vector(gweight, n, "rms_norm_backward");
  dispatch_float("rms_norm", c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    if (w.empty() && rows) w.assign(static_cast<size_t>(n), C(1));
    const C *ww = w.data(), *rstds = c[4].as<C>();
    const T *gradients = c[2].as<T>(), *values = c[3].as<T>();
    bool want_x = !gx.none(), want_w = !gweight.none();
    T *to = want_x ? gx.as<T>() : nullptr;
    int64_t pieces = std::max<int64_t>(1, std::min<int64_t>({threads(), rows, rows * n / 16384}));
    std::vector<C> sums(want_w ? static_cast<size_t>(n * pieces) : 0);
    parallel_for(pieces, 1, [&](int64_t first, int64_t last) {
      std::vector<C> gbuf, xbuf, out;
      for (int64_t piece = first; piece < last; ++piece)
        for (int64_t r = rows * piece / pieces; r < rows * (piece + 1) / pieces; ++r) {
          const C *g = load_row<C>(gradients + r * n, n, gbuf), *x = load_row<C>(values + r * n, n, xbuf);
          C rstd = rstds[r];
          if (want_w) {
            C *sum = sums.data() + piece * n;
            for (int64_t i = 0; i < n; ++i) sum[i] += g[i] * x[i] * rstd;
          }
          if (!want_x) continue;
          C dot = lane_sum<C>(n, [&](int64_t i) { return g[i] * ww[i] * x[i]; }) * rstd * rstd / static_cast<C>(n);
          C *y = result_row<C>(to + r * n, n, out);
          for (int64_t i = 0; i < n; ++i) y[i] = (g[i] * ww[i] - x[i] * dot) * rstd;
          store_row(to + r * n, y, n);
        }
    });
    if (!want_w) return;
    for (int64_t piece = 1; piece < pieces; ++piece)
      for (int64_t i = 0; i < n; ++i) sums[static_cast<size_t>(i)] += sums[static_cast<size_t>(piece * n + i)];
    convert_run(gweight.dtype, dtype_of<C>::value)(gweight.data, vector_step(gweight), sums.data(), 1, n);
  });
}

namespace {
// Sums over the batch of (n, channels, s), one result a channel: f(where a row begins, channel) gives the row's
// function of the index in it.
// Channels lie side by side when s = 1: then whole rows are added; else one channel after the other.
template <class T>
using batch_sum_t = std::conditional_t<std::is_same_v<T, float>, double, compute_t<T>>;  // halves stay in float
template <class C, class F>
void channel_sums(int64_t batch, int64_t channels, int64_t s, std::vector<C> &sum, const F &f) {
  sum.assign(static_cast<size_t>(channels), C(0));
  if (s == 1) {
    parallel_for((channels + 63) / 64, std::max<int64_t>(1, 256 / std::max<int64_t>(batch, 1)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t b = begin; b < end; ++b) {
                     int64_t from = b * 64, width = std::min<int64_t>(64, channels - from);
                     C acc[64] = {};
                     for (int64_t i = 0; i < batch; ++i)
                       for (int64_t j = 0; j < width; ++j) acc[j] += f(i * channels + from + j, from + j)(0);
                     std::copy(acc, acc + width, sum.begin() + from);
                   }
                 });
    return;
  }
  parallel_for(channels, std::max<int64_t>(1, 16384 / std::max<int64_t>(batch * s, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t k = begin; k < end; ++k) {
                   C total = 0;
                   for (int64_t i = 0; i < batch; ++i) {
                     int64_t at = (i * channels + k) * s;
                     total += lane_sum<C>(s, f(at, k));
                   }
                   sum[static_cast<size_t>(k)] = total;
                 }
               });
}
// y = f(index, channel) over (n, channels, s)
template <class F>
void channel_map(int64_t batch, int64_t channels, int64_t s, const F &f) {
  if (s == 1) {
    parallel_for(batch, std::max<int64_t>(1, 16384 / std::max<int64_t>(channels, 1)), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (int64_t k = 0; k < channels; ++k) f(i * channels + k, k);
    });
    return;
  }
  parallel_for(batch * channels, std::max<int64_t>(1, 16384 / std::max<int64_t>(s, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) {
                   int64_t k = r % channels;
                   for (int64_t j = r * s; j < (r + 1) * s; ++j) f(j, k);
                 }
               });
}
// (n, channels, s) as the first three numbers claim: x fills a block of memory, and what is alike fills one in the same
// order.
struct Batch {
  int64_t n, channels, s;
  Batch(const Call &c, const View &x, std::initializer_list<const View *> alike,
        std::initializer_list<const View *> by_channel, const char *what)
      : n(c.integer(0)), channels(c.integer(1)), s(c.integer(2)) {
    need_numel(x, product(channels, product(n, s, what), what), what);
    for (const View *v : alike) {
      if (v->none()) continue;
      need_same_dtype(*v, x, what);
      need_numel(*v, x.numel(), what);
      need(same_block(*v, x), "batch_norm: tensors must fill blocks of memory in one order");
    }
    for (const View *v : by_channel) need_vector(*v, channels, what);
  }
};
template <class C>
void store_vector(const View &v, const std::vector<C> &x) {
  if (!v.none() && !x.empty())
    convert_run(v.dtype, dtype_of<C>::value)(v.data, vector_step(v), x.data(), 1, static_cast<int64_t>(x.size()));
}
template <class C>
C rounded(C x, DType d) {
  return d == DType::F16 ? convert<C>(convert<F16>(x)) : d == DType::BF16 ? convert<C>(convert<BF16>(x)) : x;
}
}  // namespace

// batch_norm(out, mean, rstd, x, weight, bias, running_mean, running_var; n, channels, s, training, momentum, eps)
// Training: statistics of x, the running ones are moved towards them. Else the running ones are used, mean and rstd are
// written too. Statistics of a batch have the dtype of mean and rstd, which may be a half.
KERNEL(batch_norm) {
  const View &weight = c.maybe(4), &bias = c.maybe(5), &moving_mean = c.maybe(6), &moving_var = c.maybe(7),
             &kept_mean = c[1], &kept_rstd = c[2];
  Batch l(c, c[3], {&c[0]}, {&kept_mean, &kept_rstd, &weight, &bias, &moving_mean, &moving_var}, "batch_norm");
  int64_t batch = l.n, channels = l.channels, s = l.s, count = batch * s;
  bool training = c.flag(3);
  need(training || (!moving_mean.none() && !moving_var.none()),
       "batch_norm: running statistics are needed outside training");
  double momentum = c.number(4), eps = c.number(5);
  dispatch_float("batch_norm", c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    using A = batch_sum_t<T>;
    const T *x = c[3].as<T>();
    T *y = c[0].as<T>();
    std::vector<C> w = vector_of<C>(weight), b = vector_of<C>(bias), mean = vector_of<C>(moving_mean),
                   var = vector_of<C>(moving_var);
    if (training) {
      std::vector<C> running_mean = mean, running_var = var;
      std::vector<A> centre, square;
      channel_sums(batch, channels, s, centre, [x](int64_t at, int64_t) {
        return [p = x + at](int64_t i) { return convert<A>(p[i]); };
      });
      for (A &m : centre) m /= static_cast<A>(count);
      channel_sums(batch, channels, s, square, [x, middle = centre.data()](int64_t at, int64_t k) {
        return [p = x + at, m = middle[k]](int64_t i) {
          A d = convert<A>(p[i]) - m;
          return d * d;
        };
      });
      mean.assign(centre.begin(), centre.end());
      var.assign(square.begin(), square.end());
      for (size_t k = 0; k < running_mean.size(); ++k)
        running_mean[k] = static_cast<C>(momentum * mean[k] + (1 - momentum) * running_mean[k]);
      for (size_t k = 0; k < running_var.size(); ++k)
        running_var[k] = static_cast<C>(momentum * (static_cast<A>(var[k]) / static_cast<A>(count - 1)) +
                                        (1 - momentum) * running_var[k]);
      store_vector(moving_mean, running_mean);
      store_vector(moving_var, running_var);
      // the reference keeps the variance of bfloat16 in bfloat16, but that of float16 in float32
      DType kept = kept_rstd.dtype == DType::BF16 ? DType::BF16 : DType::F32;
      for (size_t k = 0; k < var.size(); ++k) {
        square[k] = static_cast<A>(rounded(var[k], kept)) / static_cast<A>(count);
        if (kept == DType::BF16) square[k] = static_cast<A>(rounded(static_cast<C>(square[k]), kept));
        square[k] = A(1) / std::sqrt(square[k] + static_cast<A>(eps));
        var[k] = static_cast<C>(square[k]);
      }
    }
    std::vector<C> scale(static_cast<size_t>(channels)), shift(scale.size()), rstds(scale.size());
    for (size_t k = 0; k < scale.size(); ++k) {
      if (training) mean[k] = rounded(mean[k], kept_mean.dtype);
      rstds[k] = training ? rounded(var[k], kept_rstd.dtype) : C(1) / std::sqrt(var[k] + static_cast<C>(eps));
      scale[k] = w.empty() ? rstds[k] : rstds[k] * w[k];
      shift[k] = (b.empty() ? C(0) : b[k]) - mean[k] * scale[k];
    }
    store_vector(kept_mean, mean);
    store_vector(kept_rstd, rstds);
    const C *sc = scale.data(), *sh = shift.data();
    channel_map(batch, channels, s, [=](int64_t i, int64_t k) { y[i] = convert<T>(convert<C>(x[i]) * sc[k] + sh[k]); });
  });
}

// batch_norm_backward(gx, gw, gb, g, x, mean, rstd, weight; n, channels, s, training): gx, gw, gb may be none
KERNEL(batch_norm_backward) {
  const View &gx = c.maybe(0), &gweight = c.maybe(1), &gbias = c.maybe(2), &weight = c.maybe(7);
  Batch l(c, c[4], {&gx, &c[3]}, {&gweight, &gbias, &c[5], &c[6], &weight}, "batch_norm_backward");
  int64_t batch = l.n, channels = l.channels, s = l.s;
  bool training = c.flag(3);
  dispatch_float("batch_norm_backward", c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    using A = batch_sum_t<T>;
    const T *g = c[3].as<T>(), *x = c[4].as<T>();
    std::vector<C> means = vector_of<C>(c[5]), rstds = vector_of<C>(c[6]), w = vector_of<C>(weight);
    std::vector<A> total, dot;
    const C *mean = means.data(), *rstd = rstds.data();
    channel_sums(batch, channels, s, total, [g](int64_t at, int64_t) {
      return [p = g + at](int64_t i) { return convert<A>(p[i]); };
    });
    channel_sums(batch, channels, s, dot, [x, g, mean](int64_t at, int64_t k) {
      return [p = x + at, q = g + at, m = mean[k]](int64_t i) {
        return static_cast<A>((convert<C>(p[i]) - m) * convert<C>(q[i]));
      };
    });
    std::vector<C> gw(rstds.size()), gb(total.begin(), total.end());
    for (size_t k = 0; k < gw.size(); ++k) gw[k] = static_cast<C>(dot[k] * rstd[k]);
    store_vector(gweight, gw);
    store_vector(gbias, gb);
    if (gx.none()) return;
    // gx = (g - e - (x - mean) b) rstd w, in this order; without training b and e are zero
    A count = static_cast<A>(batch * s);
    std::vector<C> b(gw.size()), e(b.size());
    for (size_t k = 0; k < b.size(); ++k) {
      b[k] = training ? static_cast<C>(dot[k] * rstd[k] * rstd[k] / count) : C(0);
      e[k] = training ? static_cast<C>(total[k] / count) : C(0);
    }
    if (w.empty()) w.assign(b.size(), C(1));
    const C *pw = w.data(), *pb = b.data(), *pe = e.data();
    T *y = gx.as<T>();
    channel_map(batch, channels, s, [=](int64_t i, int64_t k) {
      y[i] = convert<T>((convert<C>(g[i]) - pe[k] - (convert<C>(x[i]) - mean[k]) * pb[k]) * rstd[k] * pw[k]);
    });
  });
}

}  // namespace mt
