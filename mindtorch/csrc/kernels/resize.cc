// Interpolation, one dimension a pass, and sampling on a grid.
#include "checks.h"
#include "rows.h"
#include "stepped.h"

namespace mt {
namespace {

enum Mode : int64_t { kNearest, kNearestExact, kLinear, kCubic, kLinearSmooth, kCubicSmooth, kLanczosSmooth };

// Which inputs an output is made of: taps[start[i] .. start[i + 1]).
template <class C>
struct Taps {
  std::vector<int64_t> start{0}, index;
  std::vector<C> weight;
  void add(int64_t i, C w) {
    index.push_back(i);
    weight.push_back(w);
  }
  void end() { start.push_back(static_cast<int64_t>(index.size())); }
};

template <class C>
void cubic_weights(C t, C a, C *w) {
  auto near = [a](C x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  auto far = [a](C x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  w[0] = far(t + 1), w[1] = near(t), w[2] = near(1 - t), w[3] = far(2 - t);
}

template <class C>
C smooth_filter(int64_t mode, C x) {
  x = std::abs(x);
  if (mode == kLinearSmooth) return x < 1 ? 1 - x : C(0);
  if (mode == kLanczosSmooth) {
    auto sinc = [](C v) { return v == 0 ? C(1) : std::sin(static_cast<C>(M_PI) * v) / (static_cast<C>(M_PI) * v); };
    return x < 3 ? sinc(x) * sinc(x / 3) : C(0);
  }
  const C a = C(-0.5);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : C(0);
}

template <class C>
C as_kept(C x, DType d) {  // weights of halves are halves
  return d == DType::F16 ? convert<C>(convert<F16>(x)) : d == DType::BF16 ? convert<C>(convert<BF16>(x)) : x;
}

// The whole part of a position, or the limit that it lies beyond: scales are the caller's, positions may be any number.
// NaN counts as low.
template <class P>
int64_t whole_part(P at, int64_t low, int64_t high) {
  if (!(at > static_cast<P>(low))) return low;
  return at < P(1e18) ? std::min(static_cast<int64_t>(at), high) : high;
}

// factor: what the caller gave as scale_factor, or 0; there is an input
template <class C>
Taps<C> taps_of(int64_t in, int64_t out, int64_t mode, bool align, double factor, DType kept) {
  Taps<C> taps;
  using P = std::conditional_t<std::is_same_v<C, double>, double, float>;  // positions
  if (mode <= kNearestExact) {
    float scale = factor > 0 ? static_cast<float>(1.0 / factor) : static_cast<float>(in) / static_cast<float>(out);
    for (int64_t i = 0; i < out; ++i) {
      float at = mode == kNearest ? static_cast<float>(i) * scale : (static_cast<float>(i) + 0.5f) * scale;
      taps.add(whole_part(at, 0, in - 1), C(1));
      taps.end();
    }
    return taps;
  }
  P scale = align        ? (out > 1 ? static_cast<P>(in - 1) / static_cast<P>(out - 1) : P(0))
            : factor > 0 ? static_cast<P>(1.0 / factor)
                         : static_cast<P>(in) / static_cast<P>(out);
  for (int64_t i = 0; i < out; ++i) {
    if (mode == kLinear) {
      if (in == out) taps.add(i, C(1));
      else {
        P at = align ? scale * static_cast<P>(i) : std::max(scale * (static_cast<P>(i) + P(0.5)) - P(0.5), P(0));
        int64_t low = whole_part(at, 0, in - 1), high = low + (low < in - 1);
        P t = std::min(std::max(at - static_cast<P>(low), P(0)), P(1));
        C w = as_kept(static_cast<C>(t), kept);
        taps.add(low, as_kept(1 - w, kept));
        taps.add(high, w);
      }
    } else if (mode == kCubic) {
      P at = align ? scale * static_cast<P>(i) : scale * (static_cast<P>(i) + P(0.5)) - P(0.5), whole = std::floor(at);
      int64_t first = whole_part(whole, -4, in + 4) - 1;
      C w[4];
      cubic_weights(static_cast<C>(at - whole), C(-0.75), w);
      for (int k = 0; k < 4; ++k) taps.add(std::clamp(first + k, int64_t{0}, in - 1), as_kept(w[k], kept));
    } else {
      P radius = mode == kLinearSmooth  ? P(1)
                 : mode == kCubicSmooth ? P(2)
                                        : P(3),
        support = scale >= 1 ? radius * scale : radius, inverse = scale >= 1 ? 1 / scale : P(1);
      P center = scale * (static_cast<P>(i) + P(0.5));
      int64_t from = whole_part(center - support + P(0.5), 0, in), to = whole_part(center + support + P(0.5), 0, in);
      size_t first = taps.weight.size();
      C total = 0;
      for (int64_t k = from; k < to; ++k) {
        C w = static_cast<C>(smooth_filter<P>(mode, (static_cast<P>(k) - center + P(0.5)) * inverse));
        taps.add(k, w);
        total += w;
      }
      if (total != 0)
        for (size_t k = first; k < taps.weight.size(); ++k) taps.weight[k] /= total;
    }
    taps.end();
  }
  return taps;
}

template <class T, class F>
void numbers(DType d, const char *name, F &&f) {
  if (d == DType::U8) f(uint8_t{});
  else dispatch_float(name, d, f);
}

template <class To, class From>
To narrowed(From x) {
  if constexpr (std::is_same_v<To, uint8_t>)
    return static_cast<uint8_t>(std::min(std::max(std::nearbyint(x), From(0)), From(255)));
  else return convert<To>(x);
}

}  // namespace

// resample(out, in; outer, inner, in size, out size, mode, align, factor, dtype that weights are kept in): (outer, in,
// inner) to (outer, out, inner) resample_backward(gx, g; ...): the transposed map, g being (outer, out, inner)
template <bool Backward>
static void resample(const Call &c) {
  constexpr const char *kName = "resample";
  const View &result = c[0], &source = c[1];
  int64_t outer = c.integer(0), inner = c.integer(1), in = c.integer(2), out = c.integer(3), mode = c.integer(4);
  bool align = c.flag(5);
  double factor = c.number(6);
  DType kept = c.dtype(7);
  need_same_dtype(source, result, kName);
  need_dense(result, kName);
  need_dense(source, kName);
  need_numel(result, need_work({outer, Backward ? in : out, inner}, kName), kName);
  need_numel(source, need_work({outer, Backward ? out : in, inner}, kName), kName);
  need(mode >= kNearest && mode <= kLanczosSmooth, "resample: an unknown mode");
  if (result.numel() == 0) return;
  need(in > 0 && out > 0, "resample: expected sizes above zero");
  auto go = [&](auto zero) {
    using T = decltype(zero);
    using C = std::conditional_t<std::is_same_v<T, uint8_t>, float, compute_t<T>>;
    Taps<C> taps = taps_of<C>(in, out, mode, align, factor, kept);
    const T *from = source.as<T>();
    T *to = result.as<T>();
    const int64_t *start = taps.start.data(), *index = taps.index.data();
    const C *weight = taps.weight.data();
    parallel_for(outer, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, std::max(in, out) * inner)),
                 [&](int64_t begin, int64_t end) {
                   std::vector<C> sum;
                   for (int64_t o = begin; o < end; ++o) {
                     if (Backward) {
                       const T *g = from + o * out * inner;
                       T *x = to + o * in * inner;
                       sum.assign(static_cast<size_t>(in * inner), C(0));
                       for (int64_t i = 0; i < out; ++i)
                         for (int64_t k = start[i]; k < start[i + 1]; ++k) {
                           C *s = sum.data() + index[k] * inner;
                           for (int64_t j = 0; j < inner; ++j) s[j] += weight[k] * convert<C>(g[i * inner + j]);
                         }
                       for (int64_t i = 0; i < in * inner; ++i) x[i] = narrowed<T>(sum[static_cast<size_t>(i)]);
                       continue;
                     }
                     const T *x = from + o * in * inner;
                     T *y = to + o * out * inner;
                     if (mode <= kNearestExact) {
                       for (int64_t i = 0; i < out; ++i) {
                         if (inner == 1) y[i] = x[index[i]];
                         else std::memcpy(static_cast<void *>(y + i * inner), x + index[i] * inner, inner * sizeof(T));
                       }
                     } else if (inner == 1) {
                       for (int64_t i = 0; i < out; ++i) {
                         C s = 0;
                         for (int64_t k = start[i]; k < start[i + 1]; ++k) s += weight[k] * convert<C>(x[index[k]]);
                         y[i] = narrowed<T>(s);
                       }
                     } else {
                       sum.resize(static_cast<size_t>(inner));
                       for (int64_t i = 0; i < out; ++i) {
                         std::fill(sum.begin(), sum.end(), C(0));
                         for (int64_t k = start[i]; k < start[i + 1]; ++k) {
                           C w = weight[k];
                           const T *row = x + index[k] * inner;
                           for (int64_t j = 0; j < inner; ++j) sum[static_cast<size_t>(j)] += w * convert<C>(row[j]);
                         }
                         for (int64_t j = 0; j < inner; ++j)
                           y[i * inner + j] = narrowed<T>(sum[static_cast<size_t>(j)]);
                       }
                     }
                   }
                 });
  };
  numbers<void>(result.dtype, "upsample", go);
}
KERNEL(resample) { resample<false>(c); }
KERNEL(resample_backward) { resample<true>(c); }

// ---- grids ----
namespace {

enum Padding : int64_t { kZeros, kBorder, kReflection };

template <class C>
struct Place {
  C at, slope;  // position in the input, and its derivative with respect to the grid's coordinate
};

// Planes fold by whole periods, volumes by half ones: the same place, but halves round differently on the way.
template <class C>
C reflect(C x, int64_t size, bool align, bool plane, C *slope) {
  using std::floor, std::fmod, std::trunc;
  int64_t half = align ? size - 1 : size;
  if (half == 0) {
    *slope = 0;
    return 0;
  }
  C low = align ? C(0) : C(-0.5), span = static_cast<C>(half);
  x -= low;
  if (x < 0) *slope = -*slope, x = -x;
  if (plane) {
    C period = static_cast<C>(2 * half), extra = x - trunc(x / period) * period, back = period - extra;
    if (!(back < extra)) return extra + low;
    *slope = -*slope;
    return back + low;
  }
  C extra = fmod(x, span);
  double flips = static_cast<double>(floor(x / span));
  if (!(flips < 9e18) || static_cast<int64_t>(flips) % 2 == 0) return extra + low;
  *slope = -*slope;
  return span - extra + low;
}
template <class C>
C clipped(C x, int64_t size, bool plane, C *slope) {
  C top = static_cast<C>(size - 1);
  if (x > 0 && x < top) return x;
  *slope = 0;
  if (x >= top) return top;
  return x == x || plane ? C(0) : top;  // NaN goes to the start of planes and to the end of volumes
}
template <class C>
C padded(C x, int64_t size, int64_t padding, bool align, bool plane, C *slope) {
  if (padding == kReflection) x = reflect(x, size, align, plane, slope);
  return padding == kZeros ? x : clipped(x, size, plane, slope);
}
// Not fused where the reference is not: differences of positions show it.
#define MT_UNFUSED __attribute__((noinline, optimize("fp-contract=off")))
template <class C>
MT_UNFUSED C volume_position(C g, int64_t size, bool align) {
  return align ? (g + 1) / 2 * static_cast<C>(size - 1) : ((g + 1) * static_cast<C>(size) - 1) / 2;
}
template <class C>
Place<C> unnormalized(C g, int64_t size, bool align, bool plane) {
  if (plane) {
    C scale = static_cast<C>(align ? size - 1 : size) / C(2);
    return {align ? (g + 1) * scale : (g + 1) * scale - C(0.5), scale};
  }
  return {volume_position(g, size, align), static_cast<C>(align ? size - 1 : size) / 2};
}

template <class C>
inline int64_t index_of(C x, bool plane) {  // far away or NaN: an index outside
  using std::floor;
  if constexpr (std::is_class_v<C>) {
    if (plane) {  // indices as wide as the elements: far away wraps around, NaN is 0
      float whole = static_cast<float>(floor(x));
      return std::fabs(whole) < 2147483648.f ? static_cast<int16_t>(static_cast<int32_t>(whole)) : 0;
    }
  }
  return x > C(-1e15) && x < C(1e15) ? static_cast<int64_t>(static_cast<double>(floor(x))) : int64_t{-4};
}

// Weights of the input elements that one output element is made of, along each dimension, with derivatives.
template <class C>
struct Axis {
  int n;
  int64_t index[4];  // -1: outside
  C weight[4], slope[4];
  C rest, scale;  // position behind the first tap, derivative of the position
};

template <class C>
Axis<C> axis_of(C g, int64_t size, int64_t mode, int64_t padding, bool align, bool plane) {
  using std::floor, std::nearbyint;
  Axis<C> a{};
  auto [at, slope] = unnormalized(g, size, align, plane);
  auto inside = [&](int64_t i) { return i >= 0 && i < size ? i : int64_t{-1}; };
  if (mode == 2) {  // cubic: every tap is padded by itself
    C whole = floor(at), t = at - whole, w[4];
    cubic_weights(t, C(-0.75), w);
    C s = C(-0.75);
    auto near = [s](C x) { return (3 * (s + 2) * x - 2 * (s + 3)) * x; };
    auto far = [s](C x) { return (3 * s * x - 10 * s) * x + 8 * s; };
    C d[4] = {far(t + 1), near(t), -near(1 - t), -far(2 - t)};
    a.n = 4;
    a.rest = t;
    a.scale = slope;
    for (int k = 0; k < 4; ++k) {
      C none = 1, x = padded(whole - 1 + static_cast<C>(k), size, padding, align, plane, &none);
      a.index[k] = inside(index_of(x, plane));
      a.weight[k] = w[k];
      a.slope[k] = d[k] * slope;
    }
    return a;
  }
  C x = padded(at, size, padding, align, plane, &slope);
  if (mode == 1) {
    a.n = 1;
    a.index[0] = inside(index_of(nearbyint(x), plane));
    a.weight[0] = 1;
    return a;
  }
  int64_t low = index_of(x, plane);
  C t = x - floor(x);
  a.n = 2;
  a.index[0] = inside(low);
  a.index[1] = inside(low + 1);
  a.weight[0] = 1 - t;
  a.weight[1] = t;
  a.slope[0] = -slope;
  a.slope[1] = slope;
  a.rest = t;
  a.scale = slope;
  return a;
}

// ---- the grid's gradient: differences of neighbours cancel, so what is fused and in which order follows the reference
// ----
template <class C>
MT_UNFUSED void cubic_unfused(C t, C *w, C *d) {
  const C a = C(-0.75);
  auto far = [a](C x) MT_UNFUSED { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  auto near = [a](C x) MT_UNFUSED { return std::fma(((a + 2) * x - (a + 3)) * x, x, C(1)); };
  auto far_slope = [a](C x) MT_UNFUSED { return (3 * a * x - 10 * a) * x + 8 * a; };
  auto near_slope = [a](C x) MT_UNFUSED { return (3 * (a + 2) * x - 2 * (a + 3)) * x; };
  w[0] = far(t + 1), w[1] = near(t), w[2] = near(1 - t), w[3] = far(2 - t);
  d[0] = far_slope(t + 1), d[1] = near_slope(t), d[2] = -near_slope(1 - t), d[3] = -far_slope(2 - t);
}
// One channel's part of the slopes along y and x; value: the taps, those outside being zero.
template <class C>
MT_UNFUSED void plane_linear(const C *value, C g, const Axis<C> &y, const Axis<C> &x, C *slopes) {
  C along_x = std::fma(value[3] - value[2], y.weight[1], (value[1] - value[0]) * y.weight[0]);
  C along_y = std::fma(value[3] - value[1], x.weight[1], (value[2] - value[0]) * x.weight[0]);
  slopes[0] = std::fma(along_y, g, slopes[0]);
  slopes[1] = std::fma(along_x, g, slopes[1]);
}
template <class C>
MT_UNFUSED void plane_cubic(const C *value, C g, const C (*w)[4], const C (*d)[4], C *slopes) {
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 4; ++i) {
      C v = g * value[i * 4 + j];
      slopes[1] = std::fma(v * d[1][j], w[0][i], slopes[1]);
      slopes[0] = std::fma(v * d[0][i], w[1][j], slopes[0]);
    }
}
template <class C>
MT_UNFUSED void volume_linear(const C *value, C g, const Axis<C> *axis, C *slopes) {
  for (int k = 0; k < 8; ++k) {
    int which[3] = {k >> 2, k >> 1 & 1, k & 1};
    C w[3];
    for (int e = 0; e < 3; ++e) w[e] = axis[e].weight[which[e]];
    C part[3] = {value[k] * w[2] * w[1] * g, value[k] * w[2] * w[0] * g, value[k] * w[1] * w[0] * g};
    for (int e = 0; e < 3; ++e) slopes[e] = which[e] ? slopes[e] + part[e] : slopes[e] - part[e];
  }
}

// What both kernels demand: x [N, C, *], grid [N, *points, dims], y [N, C, *points].
void need_sampling(const View &x, const View &grid, const View &y, int64_t mode, int64_t padding) {
  constexpr const char *kName = "grid_sample";
  need_rank(x, 4, 5, kName);
  need_rank(grid, x.ndim, kName);
  need_rank(y, x.ndim, kName);
  int dims = x.ndim - 2;
  need_size(y, 0, x.shape[0], kName);
  need_size(y, 1, x.shape[1], kName);
  need_size(grid, 0, x.shape[0], kName);
  need_size(grid, -1, dims, kName);
  int64_t points = 1;
  for (int d = 0; d < dims; ++d) {
    need_size(grid, d + 1, y.shape[d + 2], kName);
    need_positive(x.shape[d + 2], kName);
    points = need_work({points, y.shape[d + 2]}, kName);
  }
  need_work({x.shape[0], points, x.shape[1] + 8}, kName);
  for (const View *v : {&x, &grid, &y}) {
    need_same_dtype(*v, x, kName);
    need_dense(*v, kName);
  }
  need(mode >= 0 && mode <= (dims == 2 ? 2 : 1) && padding >= kZeros && padding <= kReflection,
       "grid_sample: an unknown mode");
}

template <bool Backward>
void grid_sample(const Call &c) {
  // (out, x, grid; mode, padding, align) or (gx, ggrid, g, x, grid; ...), gx full of zeros; gx or ggrid may be none
  const View &x = c[Backward ? 3 : 1], &grid = c[Backward ? 4 : 2], &y = c[Backward ? 2 : 0];
  const View &gx = c.maybe(0), &ggrid = c.maybe(1);
  int64_t mode = c.integer(0), padding = c.integer(1), dims = x.ndim - 2, channels, plane = 1, points = 1;
  bool align = c.flag(2);
  need_sampling(x, grid, y, mode, padding);
  if (Backward)
    for (const auto &[to, of] : {std::pair{&gx, &x}, std::pair{&ggrid, &grid}}) {
      if (to->none()) continue;
      need_same_shape(*to, *of, "grid_sample's gradient");
      need_same_dtype(*to, *of, "grid_sample's gradient");
      need_dense(*to, "grid_sample's gradient");
    }
  channels = x.shape[1];
  for (int64_t d = 0; d < dims; ++d) plane *= x.shape[d + 2], points *= y.shape[d + 2];
  dispatch_float("grid_sampler", x.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = std::conditional_t<Backward, compute_t<T>, stepped_t<T>>;
    parallel_for(x.shape[0], 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b)
        for (int64_t p = 0; p < points; ++p) {
          const T *at = grid.as<T>() + (b * points + p) * dims;
          Axis<C> axis[3];
          int64_t combinations = 1;
          for (int64_t d = 0; d < dims; ++d) {
            axis[d] = axis_of<C>(convert<C>(at[dims - 1 - d]), x.shape[d + 2], mode, padding, align, dims == 2);
            combinations *= axis[d].n;
          }
          C slopes[3] = {};
          const T *in = x.as<T>() + b * channels * plane;
          const T *g = Backward ? y.as<T>() + b * channels * points + p : nullptr;
          T *out = Backward ? nullptr : y.as<T>() + b * channels * points + p;
          if constexpr (!Backward) {
            if (mode == 2) {  // rows first, then across them
              for (int64_t ch = 0; ch < channels; ++ch) {
                C total = 0;
                for (int64_t i = 0; i < 4; ++i) {
                  int64_t row = axis[0].index[i];
                  C across = 0;
                  for (int64_t j = 0; j < 4; ++j) {
                    int64_t column = axis[1].index[j];
                    across += axis[1].weight[j] *
                              (row < 0 || column < 0 ? C(0) : convert<C>(in[ch * plane + row * x.shape[3] + column]));
                  }
                  total += axis[0].weight[i] * across;
                }
                out[ch * points] = convert<T>(total);
              }
              continue;
            }
          }
          std::vector<C> sum(Backward ? 0 : static_cast<size_t>(channels));
          for (int64_t k = 0; k < combinations; ++k) {
            int64_t which[3], rest = k, offset = 0;
            bool outside = false;
            C weight = 1;
            for (int64_t d = dims - 1; d >= 0; --d) {
              which[d] = rest % axis[d].n;
              rest /= axis[d].n;
              outside = outside || axis[d].index[which[d]] < 0;
              weight *= axis[d].weight[which[d]];
            }
            if (outside) {
              if (!Backward && dims == 2 && !(weight == weight))
                for (C &v : sum) v = weight;  // a NaN position shows
              continue;
            }
            for (int64_t d = 0; d < dims; ++d) offset = offset * x.shape[d + 2] + axis[d].index[which[d]];
            if constexpr (!Backward) {
              for (int64_t ch = 0; ch < channels; ++ch)
                sum[static_cast<size_t>(ch)] += weight * convert<C>(in[ch * plane + offset]);
            } else {
              if (gx.none()) continue;
              for (int64_t ch = 0; ch < channels; ++ch) {
                T &to = gx.as<T>()[(b * channels + ch) * plane + offset];
                to = convert<T>(convert<C>(to) + weight * convert<C>(g[ch * points]));
              }
            }
          }
          if constexpr (!Backward) {
            for (int64_t ch = 0; ch < channels; ++ch) out[ch * points] = convert<T>(sum[static_cast<size_t>(ch)]);
          } else if (!ggrid.none()) {
            C w[2][4], slope[2][4];
            if (mode == 2)
              for (int d = 0; d < 2; ++d) cubic_unfused(axis[d].rest, w[d], slope[d]);
            for (int64_t ch = 0; ch < channels && mode != 1; ++ch) {
              C value[16], v = convert<C>(g[ch * points]);
              for (int64_t k = 0; k < combinations; ++k) {
                int64_t offset = 0, rest = k;
                bool outside = false;
                for (int64_t d = dims - 1, step = 1; d >= 0; step *= x.shape[d + 2], --d) {
                  int64_t at_axis = axis[d].index[rest % axis[d].n];
                  rest /= axis[d].n;
                  outside = outside || at_axis < 0;
                  offset += at_axis * step;
                }
                value[k] = outside ? C(0) : convert<C>(in[ch * plane + offset]);
              }
              if (dims == 3) volume_linear(value, v, axis, slopes);
              else if (mode == 2) plane_cubic(value, v, w, slope, slopes);
              else plane_linear(value, v, axis[0], axis[1], slopes);
            }
            for (int64_t d = 0; d < dims; ++d) slopes[d] *= axis[d].scale;
            for (int64_t d = 0; d < dims; ++d)
              ggrid.as<T>()[(b * points + p) * dims + dims - 1 - d] = convert<T>(slopes[d]);
          }
        }
    });
  });
}

}  // namespace

KERNEL(grid_sample) { grid_sample<false>(c); }
KERNEL(grid_sample_backward) { grid_sample<true>(c); }

}  // namespace mt
