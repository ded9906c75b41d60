// Losses: cross entropy fused with its log-softmax, negative log likelihood, margins, CTC, and the element-wise ones.
#include "pointwise.h"
#include "rows.h"

namespace mt {

BINARY(scaled_mask, kFloating | kComplexes, x *(y * a[0].to<T>()))

BINARY(mse_loss, kFloating | kStep, (x - y) * (x - y))
TERNARY(mse_loss_backward, kFloating, T(2) * (y - z) * x)  // g, x, y

template <class T>
inline T smooth_l1(T d, T beta) {
  using std::abs;
  T m = abs(d);
  return m < beta ? T(0.5) * m * m / beta : m - T(0.5) * beta;
}
template <class T>
inline T smooth_l1_slope(T d, T beta) {
  T m = std::abs(d);
  return m < beta ? d / beta : (d != d ? d : d < 0 ? T(-1) : T(d > 0));
}
BINARY(smooth_l1_loss, kFloating | kStepF16, smooth_l1<T>(x - y, a[0].to<T>()))
TERNARY(smooth_l1_loss_backward, kFloating, x *smooth_l1_slope<T>(y - z, a[0].to<T>()))
MT_POINTWISE(huber_loss, 2, kFloating | kStepBF16, kSame, (T x, T y), using std::abs; T m = abs(x - y);
             return m <= p ? T(0.5) * m * m : p * (m - T(0.5) * p))
TERNARY(huber_loss_backward, kFloating, x *a[0].to<T>() * smooth_l1_slope<T>(y - z, a[0].to<T>()))

template <class T>
inline T capped_log(T x) {
  return std::max(vec::log(x), T(-100));
}
template <class T>
inline T cross_entropy_of(T x, T y) {
  if (!(x >= 0 && x <= 1)) throw Error(Error::Runtime, "all elements of input should be between 0 and 1");
  if (!(y >= 0 && y <= 1)) throw Error(Error::Runtime, "all elements of target should be between 0 and 1");
  return (y - 1) * std::max(vec::log1p(-x), T(-100)) - y * capped_log(x);
}
BINARY(binary_cross_entropy, kFloating | kStep, cross_entropy_of<T>(x, y))
TERNARY(binary_cross_entropy_backward, kFloating, x *(y - z) / std::max((1 - y) * y, T(1e-12)))

template <class T>
inline T softplus_of_negative(T x) {
  return vec::log1p(vec::exp(-std::abs(x))) + std::max(-x, T(0));
}
BINARY(bce_logits, kFloating, (1 - y) * x + softplus_of_negative<T>(x))
TERNARY(bce_logits_weighted, kFloating,
        (1 - y) * x + (1 + (z - 1) * y) * softplus_of_negative<T>(x))  // z: weight of positives

namespace {

enum : int64_t { kNone = 0, kMean = 1, kSum = 2 };

// Positions of (outer, classes, inner) memory with one class index each, and what goes with them: x (dense) with a
// class at each position of `target`, a weight by class (or none), one number or one a position for the loss. reduction
// and ignored class are the first two arguments.
struct Classes {
  int64_t outer, n, inner, reduction, ignore;
  const View &target;

  Classes(const Call &c, const View &x, const View &target, const View &weight, const View &loss, const char *what)
      : reduction(c.integer(0)), ignore(c.integer(1)), target(target) {
    need_rank(x, 1, kMaxDims, what);
    int dim = x.ndim == 1 ? 0 : 1;
    outer = product_of(x, 0, dim, what), n = x.shape[dim], inner = product_of(x, dim + 1, x.ndim, what);
    need_dense(x, what);
    need(reduction >= kNone && reduction <= kSum, "a loss is reduced by 0, 1 or 2");
    need(target.dtype == DType::I64 || target.dtype == DType::U8, "targets are int64 or uint8");
    need_flat(target, product(outer, inner, what), target.dtype, what);
    need_vector(weight, n, what);
    need_flat(loss, reduction == kNone ? positions() : 1, x.dtype, what);
  }
  int64_t positions() const { return outer * inner; }
  int64_t at(int64_t position) const { return position / inner * n * inner + position % inner; }
  // The class at a position: it may be the ignored one.
  int64_t operator[](int64_t i) const {
    int64_t v = target.dtype == DType::U8 ? static_cast<const uint8_t *>(target.data)[i]
                                          : static_cast<const int64_t *>(target.data)[i];
    if (v != ignore && (v < 0 || v >= n))
      throw Error(Error::Index, format("Target %lld is out of bounds.", (long long)v));
    return v;
  }
};
inline DType statistics_of(const View &x) { return x.dtype == DType::F64 ? DType::F64 : DType::F32; }

// Fixed pieces of a sum, so that its value does not depend on which thread was faster.
template <class F>
void sum_positions(int64_t positions, int64_t work, double *loss, double *weight, const F &f) {
  int64_t pieces = std::max<int64_t>(1, std::min<int64_t>({threads(), positions, positions * work / 8192}));
  std::vector<double> sums(static_cast<size_t>(2 * pieces));
  parallel_for(pieces, 1, [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; ++p) {
      double l = 0, w = 0;
      f(positions * p / pieces, positions * (p + 1) / pieces, &l, &w);
      sums[static_cast<size_t>(2 * p)] = l;
      sums[static_cast<size_t>(2 * p + 1)] = w;
    }
  });
  *loss = *weight = 0;
  for (int64_t p = 0; p < pieces; ++p)
    *loss += sums[static_cast<size_t>(2 * p)], *weight += sums[static_cast<size_t>(2 * p + 1)];
}
template <class T>
void put(const View &v, double x) {
  v.as<T>()[0] = convert<T>(static_cast<compute_t<T>>(x));
}

}  // namespace

// cross_entropy(loss, lse, total, x, target, weight; reduction, ignore, smoothing)
// lse: log of the sum of exponentials of each position; total: the sum of the weights of the targets
KERNEL(cross_entropy) {
  const View &weight = c.maybe(5);
  Classes l(c, c[3], c[4], weight, c[0], "cross_entropy");
  need_flat(c[1], l.positions(), statistics_of(c[3]), "cross_entropy");
  need_flat(c[2], 1, statistics_of(c[3]), "cross_entropy");
  int64_t reduction = l.reduction;
  dispatch_float("log_softmax_lastdim_kernel_impl", c[3].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    C smoothing = static_cast<C>(c.number(2)), all = 0;
    for (C v : w) all += v;
    if (w.empty()) all = static_cast<C>(l.n);
    C *lse = c[1].as<C>();
    T *losses = c[0].as<T>();
    const T *values = c[3].as<T>();
    double loss, total;
    sum_positions(l.positions(), l.n, &loss, &total, [&](int64_t begin, int64_t end, double *sum, double *weights) {
      std::vector<C> buffer(l.inner > 1 ? static_cast<size_t>(l.n) : 0);
      for (int64_t i = begin; i < end; ++i) {
        const T *p = values + l.at(i);
        const C *x;
        if (l.inner == 1) x = load_row<C>(p, l.n, buffer);
        else {
          for (int64_t k = 0; k < l.n; ++k) buffer[static_cast<size_t>(k)] = convert<C>(p[k * l.inner]);
          x = buffer.data();
        }
        int64_t t = l[i];
        C value = 0;
        if (t == l.ignore) lse[i] = 0;
        else {
          C top = lane_max(x, l.n), shift = std::isinf(top) ? C(0) : top;
          lse[i] = shift + std::log(lane_sum<C>(l.n, [&](int64_t k) { return vec::exp(x[k] - shift); }));
          C own = w.empty() ? C(1) : w[static_cast<size_t>(t)];
          value = own * (lse[i] - x[t]);
          if (smoothing > 0) {
            C spread = w.empty()
                           ? lane_sum<C>(l.n, [&](int64_t k) { return lse[i] - x[k]; })
                           : lane_sum<C>(l.n, [&](int64_t k) { return w[static_cast<size_t>(k)] * (lse[i] - x[k]); });
            value = (1 - smoothing) * value + smoothing / static_cast<C>(l.n) * spread;
          }
          *weights += static_cast<double>(own);
        }
        if (reduction == kNone) losses[i] = convert<T>(value);
        *sum += static_cast<double>(value);
      }
    });
    c[2].as<C>()[0] = static_cast<C>(total);
    if (reduction != kNone) put<T>(c[0], reduction == kMean ? loss / total : loss);
  });
}

// cross_entropy_backward(gx, g, x, target, weight, lse, total; reduction, ignore, smoothing)
KERNEL(cross_entropy_backward) {
  const View &weight = c.maybe(4);
  Classes l(c, c[2], c[3], weight, c[1], "cross_entropy_backward");
  need_flat(c[0], c[2].numel(), c[2].dtype, "cross_entropy_backward");
  need_flat(c[5], l.positions(), statistics_of(c[2]), "cross_entropy_backward");
  need_flat(c[6], 1, statistics_of(c[2]), "cross_entropy_backward");
  int64_t reduction = l.reduction;
  dispatch_float("log_softmax_backward", c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    C smoothing = static_cast<C>(c.number(2)), part = smoothing / static_cast<C>(l.n), all = 0;
    for (C v : w) all += v;
    if (w.empty()) all = static_cast<C>(l.n);
    const C *lse = c[5].as<C>(), total = *c[6].as<C>();
    const T *gradients = c[1].as<T>(), *values = c[2].as<T>();
    T *to = c[0].as<T>();
    parallel_for(l.positions(), std::max<int64_t>(1, 8192 / std::max<int64_t>(l.n, 1)),
                 [&](int64_t begin, int64_t end) {
                   std::vector<C> buffer, out;
                   for (int64_t i = begin; i < end; ++i) {
                     const T *p = values + l.at(i);
                     T *q = to + l.at(i);
                     int64_t t = l[i];
                     if (t == l.ignore) {
                       for (int64_t k = 0; k < l.n; ++k) q[k * l.inner] = convert<T>(C(0));
                       continue;
                     }
                     C g = convert<C>(gradients[reduction == kNone ? i : 0]);
                     if (reduction == kMean) g /= total;
                     C own = (1 - smoothing) * (w.empty() ? C(1) : w[static_cast<size_t>(t)]),
                       scale = g * (own + part * all);
                     if (l.inner == 1) {
                       const C *x = load_row<C>(p, l.n, buffer);
                       C *y = result_row<C>(q, l.n, out), log_sum = lse[i];
                       for (int64_t k = 0; k < l.n; ++k) y[k] = scale * vec::exp(x[k] - log_sum);
                       if (smoothing > 0)
                         for (int64_t k = 0; k < l.n; ++k)
                           y[k] -= g * part * (w.empty() ? C(1) : w[static_cast<size_t>(k)]);
                       y[t] -= g * own;
                       store_row(q, y, l.n);
                     } else {
                       for (int64_t k = 0; k < l.n; ++k) {
                         C y = scale * vec::exp(convert<C>(p[k * l.inner]) - lse[i]);
                         if (smoothing > 0) y -= g * part * (w.empty() ? C(1) : w[static_cast<size_t>(k)]);
                         q[k * l.inner] = convert<T>(k == t ? y - g * own : y);
                       }
                     }
                   }
                 });
  });
}

// A sum in eight levels, each of which passes on what it has gathered after a fixed number of terms: the reference's
// order of additions.
template <class C>
struct Cascade {
  C level[8] = {};
  void add(C x) { level[0] += x; }
  // after the term of this number; `power`: 2^power terms a level
  void pass(int64_t number, int power) {
    int64_t mask = (int64_t{1} << power) - 1;
    for (int j = 0; j < 7 && !(number & mask); ++j, mask <<= power) {
      level[j + 1] += level[j];
      level[j] = 0;
    }
  }
  C total() const {
    C sum = 0;
    for (C v : level) sum += v;
    return sum;
  }
  static int power_for(int64_t count) {
    int log = 0;
    while ((int64_t{1} << log) < count) ++log;
    return std::max(4, log / 8);
  }
};

// nll_loss(loss, total, x, target, weight; reduction, ignore)
KERNEL(nll_loss) {
  const View &weight = c.maybe(4);
  Classes l(c, c[2], c[3], weight, c[0], "nll_loss");
  need_flat(c[1], 1, statistics_of(c[2]), "nll_loss");
  int64_t reduction = l.reduction;
  dispatch_float("nll_loss_out_frame", c[2].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = stepped_t<T>;
    std::vector<compute_t<T>> w = vector_of<compute_t<T>>(weight);
    const T *values = c[2].as<T>();
    T *losses = c[0].as<T>();
    Cascade<C> loss, total;
    int power = Cascade<C>::power_for(l.positions());
    int64_t counted = 0;
    for (int64_t i = 0; i < l.positions(); ++i) {
      int64_t t = l[i];
      C value = 0;
      if (t != l.ignore) {
        value = -convert<C>(values[l.at(i) + t * l.inner]);
        if (!w.empty()) value *= C(w[static_cast<size_t>(t)]), total.add(C(w[static_cast<size_t>(t)]));
        ++counted;
        loss.add(value);
        loss.pass(i, power), total.pass(i, power);
      }
      if (reduction == kNone) losses[i] = convert<T>(value);
    }
    C weights = w.empty() ? static_cast<C>(counted) : total.total();
    c[1].as<compute_t<T>>()[0] = static_cast<compute_t<T>>(weights);
    if (reduction != kNone) losses[0] = convert<T>(reduction == kMean ? loss.total() / weights : loss.total());
  });
}

// nll_loss_backward(gx, g, target, weight, total; reduction, ignore): gx holds zeros
KERNEL(nll_loss_backward) {
  const View &weight = c.maybe(3);
  Classes l(c, c[0], c[2], weight, c[1], "nll_loss_backward");
  need_flat(c[4], 1, statistics_of(c[0]), "nll_loss_backward");
  int64_t reduction = l.reduction;
  dispatch_float("nll_loss_backward_out_frame", c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    const C total = *c[4].as<C>();
    const T *gradients = c[1].as<T>();
    T *to = c[0].as<T>();
    for (int64_t i = 0; i < l.positions(); ++i) {
      int64_t t = l[i];
      if (t == l.ignore) continue;
      C g = convert<C>(gradients[reduction == kNone ? i : 0]) * (w.empty() ? C(1) : w[static_cast<size_t>(t)]);
      if (reduction == kMean) g /= total;
      to[l.at(i) + t * l.inner] = convert<T>(-g);
    }
  });
}

namespace {
// Rows of (rows, n) or of one vector, dense; a loss for each, what is alike of the same size, int64 targets: one a row
// or one an element.
struct MarginRows {
  int64_t rows, n;
  MarginRows(const View &x, const View &loss, std::initializer_list<const View *> alike, const View &target, bool each,
             const char *what)
      : rows(x.ndim == 2 ? x.shape[0] : 1), n(x.ndim ? x.size(-1) : 1) {
    need_rank(x, 0, 2, what);
    need_dense(x, what);
    need_flat(loss, rows, x.dtype, what);
    for (const View *v : alike)
      if (!v->none()) need_flat(*v, x.numel(), x.dtype, what);
    need_flat(target, each ? x.numel() : rows, DType::I64, what);
  }
};
}  // namespace

// multi_margin(loss of each row, gradient of each row, x, target, weight; p, margin): rows of (n, classes); gradient
// may be none
KERNEL(multi_margin) {
  const View &x = c[2], &gradient = c.maybe(1), &weight = c.maybe(4);
  MarginRows l(x, c[0], {&gradient}, c[3], false, "multi_margin");
  need_vector(weight, l.n, "multi_margin");
  int64_t n = l.n, p = c.integer(0);
  need(p == 1 || p == 2, "only p == 1 and p == 2 supported");
  dispatch_float("MultiMarginLoss", x.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<C> w = vector_of<C>(weight);
    C margin = static_cast<C>(c.number(1));
    T *losses = c[0].as<T>(), *to = gradient.none() ? nullptr : gradient.as<T>();
    const int64_t *targets = c[3].as<int64_t>();
    for (int64_t r = 0; r < l.rows; ++r) {
      const T *row = x.as<T>() + r * n;
      int64_t t = targets[r];
      if (t < 0 || t >= n) throw Error(Error::Runtime, "target out of range");
      C own = convert<C>(row[t]), sum = 0, back = 0;
      for (int64_t k = 0; k < n; ++k) {
        C z = margin - own + convert<C>(row[k]), slope = 0;
        if (k != t && z > 0) {
          C scale = w.empty() ? C(1) : w[static_cast<size_t>(t)];
          sum += scale * (p == 1 ? z : z * z);
          slope = scale * (p == 1 ? C(1) : 2 * z) / static_cast<C>(n);
          back += slope;
        }
        if (to) to[r * n + k] = convert<T>(slope);
      }
      if (to) to[r * n + t] = convert<T>(-back);
      losses[r] = convert<T>(sum / static_cast<C>(n));
    }
  });
}

// multilabel_margin(loss of each row, gradient of each row, is_target, x, target): a row's targets end at the first -1
KERNEL(multilabel_margin) {
  const View &x = c[3];
  MarginRows l(x, c[0], {&c[1], &c[2]}, c[4], true, "multilabel_margin");
  int64_t n = l.n;
  dispatch_float("MultiLabelMarginLoss", x.dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    std::vector<int64_t> t(static_cast<size_t>(n));
    T *losses = c[0].as<T>(), *slopes = c[1].as<T>();
    for (int64_t r = 0; r < l.rows; ++r) {
      const T *row = x.as<T>() + r * n;
      T *is = c[2].as<T>() + r * n;
      std::copy_n(c[4].as<int64_t>() + r * n, n, t.begin());
      std::vector<C> gradient(static_cast<size_t>(n));
      C sum = 0, step = C(1) / static_cast<C>(n);
      for (int64_t k = 0; k < n; ++k) is[k] = convert<T>(C(0));
      for (int64_t k : t)
        if (k < -1 || k >= n) throw Error(Error::Runtime, "argument #2 'target' is out of range");
      t.erase(std::find(t.begin(), t.end(), -1), t.end());
      for (int64_t k : t) is[k] = convert<T>(C(1));
      for (int64_t k : t)
        for (int64_t j = 0; j < n; ++j) {
          if (convert<C>(is[j]) != 0) continue;
          C z = 1 - convert<C>(row[k]) + convert<C>(row[j]);
          if (z > 0) {
            sum += z;
            gradient[static_cast<size_t>(k)] -= step;
            gradient[static_cast<size_t>(j)] += step;
          }
        }
      t.resize(static_cast<size_t>(n));
      losses[r] = convert<T>(sum * step);
      for (int64_t k = 0; k < n; ++k) slopes[r * n + k] = convert<T>(gradient[static_cast<size_t>(k)]);
    }
  });
}

namespace {
// Log probabilities (time, batch, labels), the targets of each sample (rows of a matrix, or one after the other), how
// many steps and targets count.
struct Alignments {
  int64_t batch, labels, blank;
  std::vector<int64_t> times, start, lengths;
  const View &targets;

  Alignments(const View &logs, const View &targets, const View &input_lengths, const View &target_lengths,
             int64_t blank)
      : blank(blank), targets(targets) {
    need_rank(logs, 3, "ctc");
    need_dense(logs, "ctc");
    need_rank(targets, 1, 2, "ctc");
    need_flat(targets, targets.numel(), DType::I64, "ctc");
    batch = logs.shape[1], labels = logs.shape[2];
    need(blank >= 0 && blank < labels, "blank must be in label range");
    need_flat(input_lengths, batch, DType::I64, "ctc");
    need_flat(target_lengths, batch, DType::I64, "ctc");
    bool padded = targets.ndim == 2;
    if (padded) need_size(targets, 0, batch, "ctc");
    times.assign(input_lengths.as<int64_t>(), input_lengths.as<int64_t>() + batch);
    lengths.assign(target_lengths.as<int64_t>(), target_lengths.as<int64_t>() + batch);
    int64_t taken = 0;
    for (int64_t b = 0; b < batch; ++b) {
      int64_t time = times[static_cast<size_t>(b)], length = lengths[static_cast<size_t>(b)];
      need(time >= 0 && time <= logs.shape[0], "input_lengths are beyond the log probabilities");
      need(length >= 0 && length <= (padded ? targets.shape[1] : targets.shape[0] - taken),
           "target_lengths are beyond the targets");
      start.push_back(padded ? b * targets.shape[1] : taken);
      taken += length;
    }
  }
  std::vector<int64_t> target(int64_t b) const {
    const int64_t *from = targets.as<int64_t>() + start[static_cast<size_t>(b)];
    std::vector<int64_t> found(from, from + lengths[static_cast<size_t>(b)]);
    for (int64_t label : found)
      if (label < 0 || label >= labels)
        throw Error(Error::Runtime, format("target %lld is no label", (long long)label));
    return found;
  }
};
}  // namespace

// ctc(loss, gradient, log probabilities (time, batch, labels), targets, input lengths, target lengths; blank,
// zero_infinity) Forward and backward variables in one go; `gradient` (may be none) is that of each loss with respect
// to the log probabilities.
KERNEL(ctc) {
  const View &lp = c[2], &slopes = c.maybe(1);
  Alignments l(lp, c[3], c[4], c[5], c.integer(0));
  int64_t batch = l.batch, labels = l.labels, blank = l.blank;
  bool zero_infinity = c.flag(1);
  need_flat(c[0], batch, lp.dtype, "ctc");
  if (!slopes.none()) need_flat(slopes, lp.numel(), lp.dtype, "ctc");
  dispatch_among<float, double>(
      lp.dtype, Error::NotImplemented, "\"ctc_loss_cpu\" not implemented for this dtype", [&](auto zero) {
        using T = decltype(zero);
        const T minus = -std::numeric_limits<T>::infinity();
        auto add = [&](T a, T b, T d) {
          T top = std::max(std::max(a, b), d);
          return top == minus ? minus : top + std::log(std::exp(a - top) + std::exp(b - top) + std::exp(d - top));
        };
        const T *logs = lp.as<T>();
        T *losses = c[0].as<T>(), *gradient = slopes.none() ? nullptr : slopes.as<T>();
        parallel_for(batch, 1, [&](int64_t begin, int64_t end) {
          std::vector<T> alpha, beta;
          for (int64_t b = begin; b < end; ++b) {
            const std::vector<int64_t> target = l.target(b);
            int64_t times = l.times[static_cast<size_t>(b)], length = static_cast<int64_t>(target.size()),
                    states = 2 * length + 1;
            auto p = [&](int64_t t, int64_t label) { return logs[(t * batch + b) * labels + label]; };
            auto label = [&](int64_t s) { return s & 1 ? target[static_cast<size_t>(s / 2)] : blank; };
            auto skips = [&](int64_t s) { return s & 1 && s >= 2 && label(s) != label(s - 2); };
            alpha.assign(static_cast<size_t>(product(times, states, "ctc")), minus);
            for (int64_t t = 0; t < times; ++t)
              for (int64_t s = 0; s < states; ++s) {
                T *a = alpha.data() + t * states + s;
                if (t == 0) *a = s < 2 ? p(0, label(s)) : minus;
                else
                  *a = add(a[-states], s > 0 ? a[-states - 1] : minus, skips(s) ? a[-states - 2] : minus) +
                       p(t, label(s));
              }
            T total;
            if (times == 0) total = length == 0 ? T(0) : minus;
            else {
              const T *last = alpha.data() + (times - 1) * states + states - 1;
              total = add(*last, states > 1 ? last[-1] : minus, minus);
            }
            losses[b] = -total;
            if (!gradient) continue;
            beta.assign(static_cast<size_t>(states), minus);
            std::vector<T> next(beta), sum(static_cast<size_t>(labels));
            for (int64_t t = lp.shape[0] - 1; t >= 0; --t) {
              T *g = gradient + (t * batch + b) * labels;
              if (t >= times || (total == minus && zero_infinity)) {
                std::fill(g, g + labels, T(0));
                continue;
              }
              next = beta;
              for (int64_t s = 0; s < states; ++s) {
                T *v = beta.data() + s;
                if (t == times - 1) *v = s >= states - 2 ? p(t, label(s)) : minus;
                else
                  *v = add(next[static_cast<size_t>(s)], s + 1 < states ? next[static_cast<size_t>(s + 1)] : minus,
                           s + 2 < states && skips(s + 2) ? next[static_cast<size_t>(s + 2)] : minus) +
                       p(t, label(s));
              }
              std::fill(sum.begin(), sum.end(), minus);
              for (int64_t s = states - 1; s >= 0;
                   --s) {  // the reference's order: rounding shows after the cancellation below
                T &at = sum[static_cast<size_t>(label(s))];
                at = add(at, alpha[static_cast<size_t>(t * states + s)] + beta[static_cast<size_t>(s)], minus);
              }
              for (int64_t k = 0; k < labels; ++k)
                g[k] = std::exp(p(t, k)) - std::exp(sum[static_cast<size_t>(k)] - total - p(t, k));
            }
          }
        });
      });
}

}  // namespace mt
