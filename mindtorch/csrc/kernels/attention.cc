// softmax(scale q k^T + mask) v, one pass over blocks of query rows; the scores of a block stay in cache and are never
// stored. The gradient recomputes them from the saved log-sum of each row.
#include <limits>

#include "checks.h"
#include "gemm.h"
#include "row_moments.h"
#include "vecmath.h"

namespace mt {
namespace {

// exp for x <= 0 that the compiler can vectorise; relative error below 2e-7, zero where the result would be subnormal.
inline float exp_negative(float x) {
  constexpr float kLog2E = 1.44269504f, kHigh = 0.693359375f, kLow = -2.12194440e-4f;
  float n = std::nearbyint(x * kLog2E), r = x - n * kHigh - n * kLow;
  float p = 1.f / 5040.f;
  p = p * r + 1.f / 720.f;
  p = p * r + 1.f / 120.f;
  p = p * r + 1.f / 24.f;
  p = p * r + 1.f / 6.f;
  p = p * r + 0.5f;
  p = p * r + 1.f;
  p = p * r + 1.f;
  float power = bits_to_float(static_cast<uint32_t>(static_cast<int32_t>(n > -126.f ? n : -126.f) + 127) << 23);
  return x < -87.f ? 0.f : p * power;
}
inline double exp_negative(double x) { return std::exp(x); }

constexpr int kLanes = 16;
template <class T>
T maximum(const T *x, int64_t n) {
  T m[kLanes], r = -std::numeric_limits<T>::infinity();
  std::fill(m, m + kLanes, r);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int l = 0; l < kLanes; ++l) m[l] = x[i + l] > m[l] ? x[i + l] : m[l];
  for (; i < n; ++i) r = x[i] > r ? x[i] : r;
  for (T v : m) r = v > r ? v : r;
  return r;
}
// Whole vectors in lanes, then what is left, as the reference adds exponentials.
template <class T>
T sum(const T *x, int64_t n) {
  constexpr int W = row::Lanes<T>::kWidth;
  T m[W] = {};
  int64_t i = 0;
  for (; i + W <= n; i += W)
    for (int l = 0; l < W; ++l) m[l] += x[i + l];
  for (int w = W / 2; w > 0; w /= 2)
    for (int l = 0; l < w; ++l) m[l] += m[l + w];
  for (; i < n; ++i) m[0] += x[i];
  return m[0];
}

struct Problem {
  View q, k, v, mask;  // [B, H, L, D], [B, G, S, D], [B, G, S, E], none or [B, H, L, S]
  int64_t batch, heads, groups, rows, columns, depth, width;
  double scale;
  bool causal;

  // The operands of both kernels; `out` is the result or a gradient of its shape, `lse` may be none.
  Problem(const View &q_, const View &k_, const View &v_, const View &mask_, const View &out, const View &lse,
          const Call &c)
      : q(q_), k(k_), v(v_), mask(mask_), scale(c.number(0)), causal(c.flag(1)) {
    for (const View *t : {&q_, &k_, &v_, &out}) {
      need_rank(*t, 4, kName);
      need_float(*t, kName);
      need_same_dtype(*t, q_, kName);
    }
    batch = q.shape[0], heads = q.shape[1], groups = k.shape[1], rows = q.shape[2], columns = k.shape[2],
    depth = q.shape[3], width = v.shape[3];
    need_shape(k, {batch, groups, columns, depth}, kName);
    need_shape(v, {batch, groups, columns, width}, kName);
    need_shape(out, {batch, heads, rows, width}, kName);
    need(groups > 0 && heads % groups == 0, "attention: heads of keys must divide those of queries");
    if (!mask.none()) need_shape(mask, {batch, heads, rows, columns}, "attention's mask");
    if (!lse.none()) {
      need_shape(lse, {batch, heads, rows}, kName);
      need_dtype(lse, q.dtype == DType::F64 ? DType::F64 : DType::F32, kName);
      need_dense(lse, kName);
    }
    need_work({std::max<int64_t>(batch, 1), std::max<int64_t>(heads, 1), rows + 1, columns + 1, depth + 1}, kName);
    need_work({std::max<int64_t>(batch, 1), std::max<int64_t>(heads, 1), rows + 1, columns + 1, width + 1}, kName);
  }
  static constexpr const char *kName = "attention";
  int64_t group_of(int64_t head) const { return head / (heads / groups); }
  int64_t block() const {
    return std::max<int64_t>(1, std::min<int64_t>(rows, std::clamp<int64_t>(131072 / std::max<int64_t>(columns, 1), 16,
                                                                            256)));
  }
};

const char *place(const View &v, int64_t b, int64_t h, int64_t row = 0) {
  return static_cast<const char *>(v.data) +
         (b * v.stride[0] + h * v.stride[1] + row * v.stride[2]) * itemsize(v.dtype);
}

// One head's matrix in the compute type: in place when it already is, else converted into a buffer.
template <class T>
Matrix load(const View &v, int64_t b, int64_t h, int64_t row, int64_t count, std::vector<char> &store) {
  const char *p = place(v, b, h, row);
  if (v.dtype == dtype_of<T>::value) return {p, v.stride[2], v.stride[3]};
  int64_t n = v.shape[3];
  T *to = scratch<T>(store, count * n);
  ConvertRun run = convert_run(dtype_of<T>::value, v.dtype);
  if (v.stride[3] == 1 && v.stride[2] == n) run(to, 1, p, 1, count * n);
  else
    for (int64_t i = 0; i < count; ++i) run(to + i * n, 1, p + i * v.stride[2] * itemsize(v.dtype), v.stride[3], n);
  return {to, n, 1};
}
template <class T>
void save(const View &v, int64_t b, int64_t h, int64_t row, int64_t count, const T *from) {
  int64_t n = v.shape[3];
  ConvertRun run = convert_run(v.dtype, dtype_of<T>::value);
  for (int64_t i = 0; i < count; ++i) run(const_cast<char *>(place(v, b, h, row + i)), v.stride[3], from + i * n, 1, n);
}

// scores of `count` rows from `first`: scale and mask; causal rows end early and are -inf behind
template <class T>
struct Scores {
  const Problem &p;
  std::vector<char> line;
  const char *last = nullptr;
  int64_t last_count = 0;
  explicit Scores(const Problem &problem) : p(problem) {}

  void prepare(T *s, int64_t n, int64_t b, int64_t h, int64_t i) {
    T scale = static_cast<T>(p.scale);
    constexpr T kNone = -std::numeric_limits<T>::infinity();
    if (p.mask.none()) {
      for (int64_t j = 0; j < n; ++j) s[j] *= scale;
    } else {
      const char *from = place(p.mask, b, h, i);
      T *m = scratch<T>(line, p.columns);
      if (from != last || last_count < n) {
        last = from;
        last_count = n;
        if (p.mask.dtype == DType::Bool) {
          const uint8_t *flag = reinterpret_cast<const uint8_t *>(from);
          int64_t step = p.mask.stride[3];
          for (int64_t j = 0; j < n; ++j) m[j] = flag[j * step] ? T(0) : kNone;
        } else {
          convert_run(dtype_of<T>::value, p.mask.dtype)(m, 1, from, p.mask.stride[3], n);
        }
      }
      for (int64_t j = 0; j < n; ++j) s[j] = s[j] * scale + m[j];
    }
    if (p.causal)
      for (int64_t j = i + 1; j < n; ++j) s[j] = kNone;
  }
};

template <class F>
void by_half(DType d, F &&f) {
  if (d == DType::F16) f(F16{});
  else f(BF16{});
}

template <class T>
void forward(const Problem &p, const View &out, T *lse) {
  int64_t block = p.block(), blocks = (p.rows + block - 1) / block, tasks = p.batch * p.heads * blocks;
  constexpr DType kType = dtype_of<T>::value;
  auto range = [&](int64_t begin, int64_t end) {
    static thread_local std::vector<char> stores[5];
    Scores<T> scores(p);
    std::vector<T> inverses;
    Matrix k{}, v{};
    int64_t loaded = -1;
    for (int64_t t = begin; t < end; ++t) {
      int64_t first = t % blocks * block, h = t / blocks % p.heads, b = t / blocks / p.heads, g = p.group_of(h),
              count = std::min(block, p.rows - first);
      if (loaded != b * p.groups + g) {
        k = load<T>(p.k, b, g, 0, p.columns, stores[0]);
        v = load<T>(p.v, b, g, 0, p.columns, stores[1]);
        loaded = b * p.groups + g;
      }
      int64_t n = p.causal ? std::min(p.columns, first + count) : p.columns;
      Matrix q = load<T>(p.q, b, h, first, count, stores[2]);
      T *s = scratch<T>(stores[3], count * n);
      gemm(kType, count, n, p.depth, q, {k.data, k.column, k.row}, {s, n, 1});
      inverses.assign(static_cast<size_t>(count), T(1));
      for (int64_t i = 0; i < count; ++i) {
        T *row = s + i * n;
        scores.prepare(row, n, b, h, first + i);
        T top = maximum(row, n), total = 0;
        if (top == -std::numeric_limits<T>::infinity()) {
          bool nan = false;
          for (int64_t j = 0; j < n; ++j) nan = nan || row[j] != row[j];
          std::fill(row, row + n, nan ? std::numeric_limits<T>::quiet_NaN() : T(0));
        } else {
          int64_t whole = n / row::Lanes<T>::kWidth * row::Lanes<T>::kWidth;
          for (int64_t j = 0; j < whole; ++j) row[j] = exp_negative(row[j] - top);
          for (int64_t j = whole; j < n; ++j)
            row[j] = std::exp(row[j] - top);  // the reference's rest of a row is exact
          total = sum(row, n);
          T inverse = 1 / total;
          inverses[static_cast<size_t>(i)] = inverse;  // applied to the result, as in the reference
          if (out.dtype != kType)  // the exponentials are kept as halves
            by_half(out.dtype, [&](auto half) {
              for (int64_t j = 0; j < n; ++j) row[j] = convert<T>(convert<decltype(half)>(row[j]));
            });
        }
        if (lse) lse[(b * p.heads + h) * p.rows + first + i] = top + std::log(total);
      }
      if (out.dtype == kType) {
        gemm(kType, count, p.width, n, {s, n, 1}, v, {place(out, b, h, first), out.stride[2], out.stride[3]});
        for (int64_t i = 0; i < count; ++i) {
          T *o = reinterpret_cast<T *>(const_cast<char *>(place(out, b, h, first + i)));
          T inverse = inverses[static_cast<size_t>(i)];
          if (out.stride[3] == 1)
            for (int64_t j = 0; j < p.width; ++j) o[j] *= inverse;
          else
            for (int64_t j = 0; j < p.width; ++j) o[j * out.stride[3]] *= inverse;
        }
      } else {
        T *o = scratch<T>(stores[4], count * p.width);
        gemm(kType, count, p.width, n, {s, n, 1}, v, {o, p.width, 1});
        for (int64_t i = 0; i < count; ++i)
          for (int64_t j = 0; j < p.width; ++j) o[i * p.width + j] *= inverses[static_cast<size_t>(i)];
        save(out, b, h, first, count, o);
      }
    }
  };
  if (tasks < threads()) range(0, tasks);
  else parallel_for(tasks, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, block * p.columns * p.depth / 8)), range);
}

// to += from, or to = from the first time
template <class T>
void collect(T *to, const T *from, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] += from[i];
}

template <class T>
void backward(const Problem &p, const View &gq, const View &gk, const View &gv, const View &grad, const View &out,
              const T *lse) {
  constexpr DType kType = dtype_of<T>::value;
  int64_t block = p.block(), share = p.heads / p.groups, tasks = p.batch * p.groups;
  auto range = [&](int64_t begin, int64_t end) {
    static thread_local std::vector<char> stores[12];
    Scores<T> scores(p);
    for (int64_t t = begin; t < end; ++t) {
      int64_t b = t / p.groups, g = t % p.groups;
      Matrix k = load<T>(p.k, b, g, 0, p.columns, stores[0]), v = load<T>(p.v, b, g, 0, p.columns, stores[1]);
      T *sum_k = scratch<T>(stores[2], p.columns * p.depth), *sum_v = scratch<T>(stores[3], p.columns * p.width);
      std::fill(sum_k, sum_k + p.columns * p.depth, T(0));
      std::fill(sum_v, sum_v + p.columns * p.width, T(0));
      for (int64_t h = g * share; h < (g + 1) * share; ++h)
        for (int64_t first = 0; first < p.rows; first += block) {
          int64_t count = std::min(block, p.rows - first),
                  n = p.causal ? std::min(p.columns, first + count) : p.columns;
          Matrix q = load<T>(p.q, b, h, first, count, stores[4]), d = load<T>(grad, b, h, first, count, stores[5]),
                 o = load<T>(out, b, h, first, count, stores[6]);
          T *s = scratch<T>(stores[7], count * n), *dp = scratch<T>(stores[8], count * n);
          T *part = scratch<T>(stores[9], p.columns * std::max(p.depth, p.width));
          gemm(kType, count, n, p.depth, q, {k.data, k.column, k.row}, {s, n, 1});
          for (int64_t i = 0; i < count; ++i) {
            T *row = s + i * n, top = lse[(b * p.heads + h) * p.rows + first + i];
            scores.prepare(row, n, b, h, first + i);
            if (top == -std::numeric_limits<T>::infinity()) std::fill(row, row + n, T(0));
            else
              for (int64_t j = 0; j < n; ++j) row[j] = vec::exp(row[j] - top);
          }
          gemm(kType, n, p.width, count, {s, 1, n}, d, {part, p.width, 1});
          collect(sum_v, part, n * p.width);
          gemm(kType, count, n, p.width, d, {v.data, v.column, v.row}, {dp, n, 1});
          for (int64_t i = 0; i < count; ++i) {
            T inner = 0;
            const T *x = static_cast<const T *>(d.data) + i * d.row, *y = static_cast<const T *>(o.data) + i * o.row;
            if (d.column == 1 && o.column == 1) inner = row::product_sum(x, y, p.width);
            else
              for (int64_t e = 0; e < p.width; ++e) inner += x[e * d.column] * y[e * o.column];
            T *row = s + i * n, *change = dp + i * n, scale = static_cast<T>(p.scale);
            for (int64_t j = 0; j < n; ++j) change[j] = row[j] * (change[j] - inner) * scale;
          }
          gemm(kType, n, p.depth, count, {dp, 1, n}, q, {part, p.depth, 1});
          collect(sum_k, part, n * p.depth);
          T *dq = scratch<T>(stores[10], count * p.depth);
          gemm(kType, count, p.depth, n, {dp, n, 1}, k, {dq, p.depth, 1});
          save(gq, b, h, first, count, dq);
        }
      save(gk, b, g, 0, p.columns, sum_k);
      save(gv, b, g, 0, p.columns, sum_v);
    }
  };
  if (tasks < threads()) range(0, tasks);
  else parallel_for(tasks, 1, range);
}

}  // namespace

// attention(out, lse or None, q, k, v, mask or None; scale, causal)
KERNEL(attention) {
  const View &out = c[0], &lse = c.maybe(1);
  Problem p(c[2], c[3], c[4], c.maybe(5), out, lse, c);
  if (out.numel() == 0) return;
  if (p.q.dtype == DType::F64) forward<double>(p, out, lse.none() ? nullptr : lse.as<double>());
  else forward<float>(p, out, lse.none() ? nullptr : lse.as<float>());
}

// attention_backward(gq, gk, gv, grad, q, k, v, mask or None, out, lse; scale, causal)
KERNEL(attention_backward) {
  const View &gq = c[0], &gk = c[1], &gv = c[2], &grad = c[3], &out = c[8], &lse = c[9];
  Problem p(c[4], c[5], c[6], c.maybe(7), grad, lse, c);
  need_same_shape(out, grad, Problem::kName);
  need_same_shape(gq, p.q, Problem::kName);
  need_same_shape(gk, p.k, Problem::kName);
  need_same_shape(gv, p.v, Problem::kName);
  for (const View *t : {&gq, &gk, &gv, &out}) need_same_dtype(*t, p.q, Problem::kName);
  if (p.q.dtype == DType::F64) backward<double>(p, gq, gk, gv, grad, out, lse.as<double>());
  else backward<float>(p, gq, gk, gv, grad, out, lse.as<float>());
}

}  // namespace mt
