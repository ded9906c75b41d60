// Pooling over one to three spatial dimensions, all seen as three; a plane is one channel of one image.
#include <limits>
#include <vector>

#include "checks.h"
#include "dtypes.h"
#include "parallel.h"

namespace mt {
namespace {

constexpr const char *kName = "pooling";

// [N, C, spatial...] with the missing leading spatial dimensions as sizes of 1
View planes(const View &v) {
  need_rank(v, 3, 5, kName);
  View r = v;
  int add = 5 - v.ndim;
  for (int d = v.ndim - 1; d >= 2; --d) {
    r.shape[d + add] = v.shape[d];
    r.stride[d + add] = v.stride[d];
  }
  for (int d = 2; d < 2 + add; ++d) {
    r.shape[d] = 1;
    r.stride[d] = 0;
  }
  r.ndim = 5;
  return r;
}
template <class T>
T *plane(const View &v, int64_t i) {
  return v.as<T>() + i / v.shape[1] * v.stride[0] + i % v.shape[1] * v.stride[1];
}
inline int64_t spot(const View &v, int64_t d, int64_t h, int64_t w) {
  return d * v.stride[2] + h * v.stride[3] + w * v.stride[4];
}
inline int64_t flat(const View &v, int64_t d, int64_t h, int64_t w) { return (d * v.shape[3] + h) * v.shape[4] + w; }
inline int64_t spot_of_flat(const View &v, int64_t i) {
  int64_t w = i % v.shape[4], h = i / v.shape[4] % v.shape[3];
  return spot(v, i / v.shape[4] / v.shape[3], h, w);
}

// Places of a plane by their flat index; dense planes need no division.
struct Places {
  const View &v;
  bool dense;
  explicit Places(const View &view) : v(view), dense(true) {
    int64_t expected = 1;
    for (int d = 4; d >= 2; --d) {
      dense = dense && (v.shape[d] == 1 || v.stride[d] == expected);
      expected *= v.shape[d];
    }
  }
  int64_t operator()(int64_t i) const { return dense ? i : spot_of_flat(v, i); }
};

// A number for each of three dimensions; the missing leading ones have another.
struct Three {
  int64_t v[3];
  explicit Three(int64_t all) : v{all, all, all} {}
  Three(const IntList &list, int dims, int64_t missing) : Three(missing) {
    need_length(list, dims, kName);
    for (int i = 0; i < dims; ++i) v[3 - dims + i] = list[i];
  }
  int64_t operator[](int i) const { return v[i]; }
};
int spatial(const View &v) { return v.ndim - 2; }

// What all kernels demand of their operands: tensors of one rank with the same planes. Sizes stay numbers when they are
// added or doubled.
struct Planes {
  View small, large;
  Planes(const View &small_, const View &large_) : small(planes(small_)), large(planes(large_)) {
    need(small_.ndim == large_.ndim, "pooling: tensors of different ranks");
    need_same_dtype(small_, large_, kName);
    for (const View *v : {&small, &large}) {
      need_work({std::max<int64_t>(v->shape[0], 1), std::max<int64_t>(v->shape[1], 1), v->shape[2], v->shape[3],
                 v->shape[4], 4},
                kName);
      for (int d = 2; d < 5; ++d) need_work({v->shape[d], 4}, kName);
    }
    for (int d = 0; d < 2; ++d) need_size(small, d, large.shape[d], kName);
  }
  // Every output divides the input into parts, which multiplies their sizes.
  void need_adaptive() const {
    if (small.numel() == 0) return;
    for (int d = 2; d < 5; ++d) {
      need_positive(large.shape[d], kName);
      need_work({small.shape[d] + 1, large.shape[d]}, kName);
    }
  }
  // Every output has a window that begins inside the input, or before it by no more than half of its size.
  void need_inside(const Three &kernel, const Three &stride, const Three &padding, const Three &dilation) const {
    int64_t reach = 1;  // where windows begin, as flat places
    for (int i = 0; i < 3; ++i) {
      int64_t out = small.shape[2 + i], in = large.shape[2 + i];
      need_windows(out, kernel[i], stride[i], padding[i], dilation[i], kName);
      need(padding[i] <= ((kernel[i] - 1) * dilation[i] + 1) / 2,
           "pooling: padding should be at most half of the kernel's size");
      reach = need_work({reach, in + (padding[i] ? dilation[i] : 0)}, kName);
      if (small.numel()) need((out - 1) * stride[i] - padding[i] < in, "pooling: a window lies behind the input");
    }
  }
};
void need_places(const View &indices, const View &like) {
  need_indices(indices, kName);
  need_same_shape(indices, like, kName);
}
// What windows of this kernel cost; sizes of an input that they cut short count instead.
int64_t window_work(const View &x, const Three &kernel) {
  int64_t work = 1;
  for (int i = 0; i < 3; ++i) work = need_work({work, std::min(kernel[i], x.shape[2 + i])}, kName);
  return work;
}

template <class F>
void by_type(DType d, F &&f) {
  dispatch_among<float, double, F16, BF16, int64_t>(d, Error::NotImplemented,
                                                    "pooling is not implemented for this dtype", f);
}
template <class C>
bool beats(C x, C best) {
  return x > best || x != x;
}
template <class C>
C lowest() {
  return std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::lowest();
}

template <class C>
using wrapping_t = std::conditional_t<std::is_integral_v<C>, uint64_t, C>;  // sums of integers wrap

// f(plane, d, h, w) for every output element
template <class F>
void each_output(const View &out, int64_t work, F &&f) {
  int64_t count = out.shape[0] * out.shape[1], size = out.shape[2] * out.shape[3] * out.shape[4];
  need_work({count, size, work}, kName);
  parallel_for(count, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, size * work)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t p = begin; p < end; ++p)
                   for (int64_t d = 0; d < out.shape[2]; ++d)
                     for (int64_t h = 0; h < out.shape[3]; ++h)
                       for (int64_t w = 0; w < out.shape[4]; ++w) f(p, d, h, w);
               });
}

struct Range {
  int64_t begin, end;
};
inline Range adaptive(int64_t o, int64_t in, int64_t out) { return {o * in / out, ((o + 1) * in + out - 1) / out}; }

// largest element of a box with steps; writes value and flat index
template <class T>
void largest(const View &x, const T *from, const Range *r, const Three &step, T *value, int64_t *index) {
  using C = compute_t<T>;
  C best = lowest<C>();
  int64_t where = flat(x, r[0].begin, r[1].begin, r[2].begin);
  for (int64_t d = r[0].begin; d < r[0].end; d += step[0])
    for (int64_t h = r[1].begin; h < r[1].end; h += step[1]) {
      const T *row = from + spot(x, d, h, 0);
      int64_t start = flat(x, d, h, 0);
      for (int64_t w = r[2].begin; w < r[2].end; w += step[2]) {
        C v = static_cast<C>(row[w * x.stride[4]]);
        bool better = beats(v, best);  // written without a branch: data decides it at random
        best = better ? v : best;
        where = better ? start + w : where;
      }
    }
  *value = T(best);
  *index = where;
}

[[noreturn]] void no_window() {
  throw Error(Error::Runtime, "fractional_max_pool: random samples must lie between 0 and 1");
}

struct Window {
  Three kernel, stride, padding;
  bool include_pad;
  int64_t divisor;
  Window(const Call &c, int dims)
      : kernel(c.ints(0), dims, 1),
        stride(c.ints(1), dims, 1),
        padding(c.ints(2), dims, 0),
        include_pad(c.flag(3)),
        divisor(c.integer(4, 0)) {}
  // ranges inside the image, and what to divide by
  int64_t at(const View &x, int64_t d, int64_t h, int64_t w, Range *r) const {
    int64_t o[3] = {d, h, w}, padded = 1, inside = 1;
    for (int i = 0; i < 3; ++i) {
      int64_t begin = o[i] * stride[i] - padding[i], end = std::min(begin + kernel[i], x.shape[2 + i] + padding[i]);
      padded *= end - begin;
      r[i] = {std::max<int64_t>(begin, 0), std::min(end, x.shape[2 + i])};
      inside *= std::max<int64_t>(r[i].end - r[i].begin, 0);
    }
    return divisor ? divisor : include_pad ? padded : inside;
  }
};

}  // namespace

// max_pool(out, indices, x; kernel, stride, padding, dilation)
KERNEL(max_pool) {
  Planes both(c[0], c[2]);
  need_places(c[1], c[0]);
  const View &out = both.small, &x = both.large;
  View indices = planes(c[1]);
  int dims = spatial(c[0]);
  Three kernel(c.ints(0), dims, 1), stride(c.ints(1), dims, 1), padding(c.ints(2), dims, 0),
      dilation(c.ints(3), dims, 1);
  both.need_inside(kernel, stride, padding, dilation);
  by_type(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    each_output(out, window_work(x, kernel), [&](int64_t p, int64_t d, int64_t h, int64_t w) {
      int64_t o[3] = {d, h, w};
      Range r[3];
      for (int i = 0; i < 3; ++i) {
        int64_t begin = o[i] * stride[i] - padding[i],
                end = std::min(begin + (kernel[i] - 1) * dilation[i] + 1, x.shape[2 + i]);
        if (begin < 0) begin += (-begin + dilation[i] - 1) / dilation[i] * dilation[i];
        r[i] = {begin, end};
      }
      largest<T>(x, plane<const T>(x, p), r, dilation, plane<T>(out, p) + spot(out, d, h, w),
                 plane<int64_t>(indices, p) + spot(indices, d, h, w));
    });
  });
}

// adaptive_max_pool(out, indices, x)
KERNEL(adaptive_max_pool) {
  Planes both(c[0], c[2]);
  both.need_adaptive();
  need_places(c[1], c[0]);
  const View &out = both.small, &x = both.large;
  View indices = planes(c[1]);
  Three step(1);
  by_type(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    each_output(out, 4, [&](int64_t p, int64_t d, int64_t h, int64_t w) {
      Range r[3] = {adaptive(d, x.shape[2], out.shape[2]), adaptive(h, x.shape[3], out.shape[3]),
                    adaptive(w, x.shape[4], out.shape[4])};
      largest<T>(x, plane<const T>(x, p), r, step, plane<T>(out, p) + spot(out, d, h, w),
                 plane<int64_t>(indices, p) + spot(indices, d, h, w));
    });
  });
}

// fractional_max_pool(out, indices, x, samples [N, C, dims]; kernel)
KERNEL(fractional_max_pool) {
  Planes both(c[0], c[2]);
  need_places(c[1], c[0]);
  const View &out = both.small, &x = both.large, &samples = c[3];
  View indices = planes(c[1]);
  int dims = spatial(c[0]);
  Three kernel(c.ints(0), dims, 1), step(1);
  need(dims > 1, "fractional_max_pool: expected planes or volumes");
  need_shape(samples, {x.shape[0], x.shape[1], dims}, kName);
  need_same_dtype(samples, x, kName);
  for (int i = 0; i < 3; ++i)
    need(kernel[i] > 0 && (out.numel() == 0 || kernel[i] <= x.shape[2 + i]),
         "fractional_max_pool: the kernel is larger than the input");
  by_type(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = std::conditional_t<std::is_integral_v<T>, double, compute_t<T>>;
    each_output(out, window_work(x, kernel), [&](int64_t p, int64_t d, int64_t h, int64_t w) {
      const T *sample = samples.as<T>() + p / x.shape[1] * samples.stride[0] + p % x.shape[1] * samples.stride[1];
      int64_t o[3] = {d, h, w};
      Range r[3];
      for (int i = 0; i < 3; ++i) {
        int64_t in = x.shape[2 + i], n = out.shape[2 + i], begin = in - kernel[i];
        if (i >= 3 - dims && o[i] != n - 1) {
          int which = dims == 2 ? 2 - i : i;  // in two dimensions the first sample is for the width
          C u = static_cast<C>(sample[which * samples.stride[2]]),
            alpha = static_cast<C>(in - kernel[i]) / static_cast<C>(n - 1);
          C place = (static_cast<C>(o[i]) + u) * alpha, shift = u * alpha;
          if (!(std::abs(place) < C(1e15) && std::abs(shift) < C(1e15))) no_window();
          begin = static_cast<int64_t>(place) - static_cast<int64_t>(shift);
          if (begin < 0 || begin > in - kernel[i]) no_window();
        }
        r[i] = i < 3 - dims ? Range{0, 1} : Range{begin, begin + kernel[i]};
      }
      largest<T>(x, plane<const T>(x, p), r, step, plane<T>(out, p) + spot(out, d, h, w),
                 plane<int64_t>(indices, p) + spot(indices, d, h, w));
    });
  });
}

namespace {
// out = sums of x over boxes divided, or the reverse: shares of out spread over x (zero before)
template <class C, class T>
wrapping_t<C> lanes_sum(const T *x, int64_t n) {
  wrapping_t<C> part[8] = {}, total = 0;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; ++l) part[l] += static_cast<C>(x[i + l]);
  for (; i < n; ++i) total += static_cast<C>(x[i]);
  for (auto p : part) total += p;
  return total;
}
template <class C>
C divided(C total, C divisor) {
  if constexpr (std::is_integral_v<C>)
    if (divisor == C(-1))
      return static_cast<C>(-static_cast<wrapping_t<C>>(total));  // the least number has no opposite
  return total / divisor;
}
// stepwise: halves are rounded after every addition and division, one a dimension
template <class Boxes>
void average(const View &small, const View &large, bool reverse, bool stepwise, Boxes &&boxes) {
  by_type(large.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    Places at_large(large);
    bool whole_rows = at_large.dense && large.stride[4] == 1;  // a last size of 1 may have any stride
    int64_t count = small.shape[0] * small.shape[1], size = large.shape[2] * large.shape[3] * large.shape[4];
    parallel_for(count, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, size * 4)), [&](int64_t begin, int64_t end) {
      std::vector<wrapping_t<C>> sums(reverse ? static_cast<size_t>(size) : 0);
      for (int64_t p = begin; p < end; ++p) {
        T *s = plane<T>(small, p), *l = plane<T>(large, p);
        std::fill(sums.begin(), sums.end(), wrapping_t<C>(0));
        for (int64_t d = 0; d < small.shape[2]; ++d)
          for (int64_t h = 0; h < small.shape[3]; ++h)
            for (int64_t w = 0; w < small.shape[4]; ++w) {
              Range r[3];
              C divisor = static_cast<C>(boxes(d, h, w, r));
              wrapping_t<C> total = 0;
              C share = reverse ? divided(static_cast<C>(s[spot(small, d, h, w)]), divisor) : C(0);
              for (int64_t a = r[0].begin; a < r[0].end; ++a)
                for (int64_t b = r[1].begin; b < r[1].end; ++b) {
                  int64_t length = r[2].end - r[2].begin, step = large.stride[4], first = b;
                  if (length == large.shape[4] && whole_rows) {  // whole rows follow each other
                    length *= r[1].end - b;
                    b = r[1].end - 1;
                    if (!reverse && !stepwise) {
                      total += lanes_sum<C>(l + spot(large, a, r[1].begin, 0), length);
                      continue;
                    }
                  }
                  const T *row = l + spot(large, a, first, r[2].begin);
                  if (reverse) {
                    wrapping_t<C> *sum = sums.data() + flat(large, a, first, r[2].begin);
                    for (int64_t e = 0; e < length; ++e) sum[e] += share;
                  } else if (stepwise) {
                    for (int64_t e = 0; e < length; ++e)
                      total = static_cast<C>(T(total + static_cast<C>(row[e * step])));
                  } else {
                    for (int64_t e = 0; e < length; ++e) total += static_cast<C>(row[e * step]);
                  }
                }
              if (stepwise && !reverse) {
                for (const Range &one : r) total = static_cast<C>(T(total / static_cast<C>(one.end - one.begin)));
                divisor = C(1);
              }
              if (!reverse) s[spot(small, d, h, w)] = T(divided(static_cast<C>(total), divisor));
            }
        if (reverse)
          for (int64_t i = 0; i < size; ++i) l[at_large(i)] = T(static_cast<C>(sums[static_cast<size_t>(i)]));
      }
    });
  });
}
void average_windows(const View &small, const View &large, bool reverse, const Call &c) {
  Planes both(small, large);
  Window window(c, spatial(small));
  both.need_inside(window.kernel, window.stride, window.padding, Three(1));
  const View x = both.large;
  int64_t padded = 1;
  for (int i = 0; i < 3; ++i) padded = need_work({padded, x.shape[2 + i] + 2 * window.padding[i]}, kName);
  average(both.small, x, reverse, false, [&](int64_t d, int64_t h, int64_t w, Range *r) {
    int64_t n = window.at(x, d, h, w, r);
    return n ? n : 1;
  });
}
void average_adaptive(const View &small, const View &large, bool reverse) {
  Planes both(small, large);
  both.need_adaptive();
  const View o = both.small, x = both.large;
  average(o, x, reverse, small.ndim == 5 && itemsize(small.dtype) == 2 && o.shape[2] * o.shape[3] * o.shape[4] != 1,
          [&](int64_t d, int64_t h, int64_t w, Range *r) {
            r[0] = adaptive(d, x.shape[2], o.shape[2]), r[1] = adaptive(h, x.shape[3], o.shape[3]),
            r[2] = adaptive(w, x.shape[4], o.shape[4]);
            return (r[0].end - r[0].begin) * (r[1].end - r[1].begin) * (r[2].end - r[2].begin);
          });
}
}  // namespace

// avg_pool(out, x; kernel, stride, padding, count_include_pad, divisor or None) and its gradient (gx, g; ...)
KERNEL(avg_pool) { average_windows(c[0], c[1], false, c); }
KERNEL(avg_pool_backward) { average_windows(c[1], c[0], true, c); }
KERNEL(adaptive_avg_pool) { average_adaptive(c[0], c[1], false); }
KERNEL(adaptive_avg_pool_backward) { average_adaptive(c[1], c[0], true); }

[[noreturn]] static void no_place(const View &v, int64_t where) {
  throw Error(Error::Runtime, format("Found an invalid max index: %lld (output volumes are of size %lldx%lld",
                                     (long long)where, (long long)v.shape[3], (long long)v.shape[4]));
}

// pool_scatter(to, from, indices; accumulate): to, zero everywhere else, takes from's elements at flat places of its
// planes
KERNEL(pool_scatter) {
  Planes both(c[1], c[0]);
  need_places(c[2], c[1]);
  const View &to = both.large, &from = both.small;
  View indices = planes(c[2]);
  bool accumulate = c.flag(0);
  int64_t size = to.shape[2] * to.shape[3] * to.shape[4], n = from.shape[2] * from.shape[3] * from.shape[4];
  Places at_to(to), at_from(from), at_index(indices);
  by_type(to.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    parallel_for(to.shape[0] * to.shape[1], std::max<int64_t>(1, kGrain / std::max<int64_t>(1, size + n)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t p = begin; p < end; ++p) {
                     T *t = plane<T>(to, p);
                     const T *f = plane<const T>(from, p);
                     const int64_t *at = plane<const int64_t>(indices, p);
                     for (int64_t i = 0; i < size; ++i) t[at_to(i)] = T(C(0));
                     for (int64_t i = 0; i < n; ++i) {
                       int64_t where = at[at_index(i)];
                       if (static_cast<uint64_t>(where) >= static_cast<uint64_t>(size)) no_place(to, where);
                       T &target = t[at_to(where)];
                       T v = f[at_from(i)];
                       target = accumulate ? T(static_cast<C>(wrapping_t<C>(static_cast<C>(target)) +
                                                              wrapping_t<C>(static_cast<C>(v))))
                                           : v;
                     }
                   }
                 });
  });
}

// pool_gather(out, x, indices)
KERNEL(pool_gather) {
  Planes both(c[0], c[1]);
  need_places(c[2], c[0]);
  const View &out = both.small, &x = both.large;
  View indices = planes(c[2]);
  int64_t n = out.shape[2] * out.shape[3] * out.shape[4], size = x.shape[2] * x.shape[3] * x.shape[4];
  Places at_out(out), at_x(x), at_index(indices);
  by_type(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    parallel_for(out.shape[0] * out.shape[1], std::max<int64_t>(1, kGrain / std::max<int64_t>(1, n)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t p = begin; p < end; ++p) {
                     T *to = plane<T>(out, p);
                     const T *from = plane<const T>(x, p);
                     const int64_t *at = plane<const int64_t>(indices, p);
                     for (int64_t i = 0; i < n; ++i) {
                       int64_t where = at[at_index(i)];
                       if (static_cast<uint64_t>(where) >= static_cast<uint64_t>(size)) no_place(x, where);
                       to[at_out(i)] = from[at_x(where)];
                     }
                   }
                 });
  });
}

}  // namespace mt
