// Reductions: results first, then the input; s[0] is the mask of reduced dimensions, s[1..] what the op needs.
#include "pointwise.h"
#include "reduce.h"
#include "vecmath.h"

namespace mt {
namespace {

// f(T{}, DType) with the type that arithmetic on d is done in.
template <int Types, class F>
void with_compute(const char *name, DType d, const F &f) {
  DType type = loop_dtype(loop_index(d));
  if constexpr (Types & kIntegral)
    if (type == DType::I64) return f(int64_t{}, type);
  if constexpr (Types & kFloating) {
    if (type == DType::F32) return f(float{}, type);
    if (type == DType::F64) return f(double{}, type);
  }
  if constexpr (Types & kComplexes) {
    if (type == DType::C64) return f(C64{}, type);
    if (type == DType::C128) return f(C128{}, type);
  }
  throw Error(Error::NotImplemented, format("\"%s\" not implemented for this dtype", name));
}

struct Same {
  template <class T> T operator()(T x) const { return x; }
};
struct NanAsZero {
  template <class T> T operator()(T x) const { return x == x ? x : T(0); }
};

struct Absolute {
  template <class T> T operator()(T x) const { return std::abs(x); }
};
struct Squared {
  template <class T> T operator()(T x) const { return x * x; }
};
struct NotZero {
  template <class T> T operator()(T x) const { return T(x != T(0)); }
};
struct Power {
  double p = 0;
  template <class T> T operator()(T x) const { return std::pow(std::abs(x), static_cast<T>(p)); }
};
}  // namespace

namespace {

// How many bytes are not 0, counted in bytes as long as these hold.
struct CountSet {
  using T = uint8_t;
  using State = int64_t;
  static constexpr int64_t kDepth = 255;
  State init() const { return 0; }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    constexpr int64_t lanes = 64;
    int64_t i = 0;
    while (n - i >= lanes) {
      uint8_t a[lanes] = {};
      for (int64_t k = std::min((n - i) / lanes, kDepth); k > 0; --k, i += lanes)
        for (int64_t j = 0; j < lanes; ++j) a[j] = static_cast<uint8_t>(a[j] + (p[i + j] != 0));
      for (int64_t j = 0; j < lanes; ++j) s += a[j];
    }
    for (; i < n; ++i) s += p[i] != 0;
  }
  struct Columns {
    uint8_t a[kColumns];
    State total[kColumns];
    int64_t n, depth;
    void begin(const CountSet &, int64_t count) {
      n = count;
      depth = 0;
      std::fill(a, a + n, uint8_t{0});
      std::fill(total, total + n, State(0));
    }
    void step(const CountSet &, const T *p, int64_t count, int64_t) {
      for (int64_t j = 0; j < count; ++j) a[j] = static_cast<uint8_t>(a[j] + (p[j] != 0));
      if (++depth == kDepth) flush();
    }
    void flush() {
      for (int64_t j = 0; j < n; ++j) total[j] += a[j];
      std::fill(a, a + n, uint8_t{0});
      depth = 0;
    }
    State get(int64_t j) {
      if (depth) flush();
      return total[j];
    }
  };
  void combine(State &a, const State &b) const { a += b; }
  DType result(int) const { return DType::I64; }
  void write(const State &s, int64_t j, char *const *to) const { reinterpret_cast<State *>(to[0])[j] = s; }
};

template <class In>
struct Product {
  using T = In;
  using State = wide_t<T>;
  State init() const { return State(1); }
  State next(State s, T x) const { return s * State(x); }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    constexpr int lanes = is_complex_v<T>
                              ? 4
                              : 256 / sizeof(State);  // multiplications take several cycles: that many independent ones
    State a[lanes];
    std::fill(a, a + lanes, State(1));
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes)
      for (int j = 0; j < lanes; ++j) a[j] *= State(p[i + j]);
    for (; i < n; ++i) a[0] *= State(p[i]);
    for (int w = lanes / 2; w > 0; w /= 2)
      for (int j = 0; j < w; ++j) a[j] *= a[j + w];
    s *= a[0];
  }
  using Columns = PlainColumns<Product, State, T>;
  void combine(State &a, const State &b) const { a *= b; }
  DType result(int) const { return dtype_of<State>::value; }
  void write(const State &s, int64_t j, char *const *to) const { reinterpret_cast<State *>(to[0])[j] = s; }
};

// Halves one after the other, rounded after every multiplication.
template <class H>
struct HalfProduct {
  using T = float;
  using State = float;
  State init() const { return 1; }
  State next(State s, T x) const { return H(s * x); }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    for (int64_t i = 0; i < n; ++i) s = next(s, p[i]);
  }
  using Columns = PlainColumns<HalfProduct, State, T>;
  void combine(State &a, const State &b) const { a = next(a, b); }
  DType result(int) const { return DType::F32; }
  void write(const State &s, int64_t j, char *const *to) const { reinterpret_cast<State *>(to[0])[j] = s; }
};

// A NaN, once seen, stays.
template <bool Max, class T>
inline T extreme(T a, T x) {
  return (Max ? x > a : x < a) || x != x ? x : a;
}
template <bool Max, class T>
constexpr T worst() {
  using L = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>) return Max ? -L::infinity() : L::infinity();
  else return Max ? L::lowest() : L::max();
}
template <bool Max, class T>
T extreme_of(const T *p, int64_t n, T best) {
  constexpr int64_t lanes = 64 / sizeof(T) * 2;
  int64_t i = 0;
  if (n >= lanes) {
    T a[lanes];
    std::fill(a, a + lanes, best);
    for (; i + lanes <= n; i += lanes)
      for (int64_t j = 0; j < lanes; ++j) a[j] = extreme<Max>(a[j], p[i + j]);
    for (int64_t j = 0; j < lanes; ++j) best = extreme<Max>(best, a[j]);
  }
  for (; i < n; ++i) best = extreme<Max>(best, p[i]);
  return best;
}

template <bool Max, class In>
struct Extreme {
  using T = In;
  using State = T;
  State init() const { return worst<Max, T>(); }
  State next(State s, T x) const { return extreme<Max>(s, x); }
  void row(State &s, const T *p, int64_t n, int64_t) const { s = extreme_of<Max>(p, n, s); }
  using Columns = PlainColumns<Extreme, State, T>;
  void combine(State &a, const State &b) const { a = extreme<Max>(a, b); }
  DType result(int) const { return dtype_of<T>::value; }
  void write(const State &s, int64_t j, char *const *to) const { reinterpret_cast<T *>(to[0])[j] = s; }
};

template <bool Max, class In>
struct ExtremeAbs : Extreme<Max, In> {
  using T = In;
  T init() const { return Max ? T(0) : std::numeric_limits<T>::infinity(); }
  T next(T s, T x) const { return extreme<Max>(s, std::abs(x)); }
  void row(T &s, const T *p, int64_t n, int64_t) const {
    for (int64_t i = 0; i < n; ++i) s = extreme<Max>(s, std::abs(p[i]));
  }
  using Columns = PlainColumns<ExtremeAbs, T, T>;
};

template <class In>
struct Both {
  using T = In;
  struct State {
    T low, high;
  };
  State init() const { return {worst<false, T>(), worst<true, T>()}; }
  State next(State s, T x) const { return {extreme<false>(s.low, x), extreme<true>(s.high, x)}; }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    s = {extreme_of<false>(p, n, s.low), extreme_of<true>(p, n, s.high)};
  }
  using Columns = PlainColumns<Both, State, T>;
  void combine(State &a, const State &b) const { a = {extreme<false>(a.low, b.low), extreme<true>(a.high, b.high)}; }
  DType result(int) const { return dtype_of<T>::value; }
  void write(const State &s, int64_t j, char *const *to) const {
    reinterpret_cast<T *>(to[0])[j] = s.low;
    reinterpret_cast<T *>(to[1])[j] = s.high;
  }
};

// The first best element and where it is. Results: (value, index), or the index alone.
template <bool Max, class In>
struct Where {
  using T = In;
  struct State {
    T value;
    int64_t index;
  };
  bool index_only;
  static bool better(T x, T a) { return (Max ? x > a : x < a) || (x != x && a == a); }
  State init() const { return {worst<Max, T>(), 0}; }
  void row(State &s, const T *p, int64_t n, int64_t at) const {
    constexpr int64_t chunk = 512;
    for (int64_t i = 0; i < n; i += chunk) {
      int64_t take = std::min(chunk, n - i);
      T m = extreme_of<Max>(p + i, take, worst<Max, T>());
      if (!better(m, s.value)) continue;
      int64_t k = i;
      auto found = [&](T x) { return m != m ? x != x : x == m; };
      int64_t last = i + take - 1;  // where it is if nowhere before: others may write meanwhile
      for (int here = 0; k + 32 <= last; k += 32) {
        for (int64_t j = 0; j < 32; ++j) here |= found(p[k + j]);
        if (here) break;
      }
      while (k < last && !found(p[k])) ++k;
      s = {m, at + k};
    }
  }
  struct Columns {
    T value[kColumns];
    int64_t index[kColumns];
    void begin(const Where &, int64_t n) {
      std::fill(value, value + n, worst<Max, T>());
      std::fill(index, index + n, int64_t{0});
    }
    void step(const Where &, const T *p, int64_t n, int64_t at) {
      for (int64_t j = 0; j < n; ++j) {
        bool b = better(p[j], value[j]);
        value[j] = b ? p[j] : value[j];
        index[j] = b ? at : index[j];
      }
    }
    State get(int64_t j) const { return {value[j], index[j]}; }
  };
  void combine(State &a, const State &b) const {
    if (better(b.value, a.value)) a = b;
  }
  DType result(int k) const { return k == 0 && !index_only ? dtype_of<T>::value : DType::I64; }
  void write(const State &s, int64_t j, char *const *to) const {
    if (!index_only) reinterpret_cast<T *>(to[0])[j] = s.value;
    reinterpret_cast<int64_t *>(to[index_only ? 0 : 1])[j] = s.index;
  }
};

// Any/All over bytes that are 0 or not.
template <bool All>
struct Logical {
  using T = uint8_t;
  using State = uint8_t;
  State init() const { return All; }
  State next(State s, T x) const { return All ? s & (x != 0) : s | (x != 0); }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    if (s != State(All)) return;
    uint8_t seen = 0;  // a zero, or something that is none
    for (int64_t i = 0; i < n; ++i) seen |= All ? p[i] == 0 : p[i];
    if (seen) s = !All;
  }
  using Columns = PlainColumns<Logical, State, T>;
  void combine(State &a, const State &b) const { a = next(a, b); }
  DType result(int) const { return DType::Bool; }
  void write(const State &s, int64_t j, char *const *to) const { to[0][j] = static_cast<char>(s); }
};

// Mean and sum of squared deviations, run by run (Chan), columns one at a time (Welford).
template <class In>
struct Moments {
  using T = In;
  struct State {
    double n, mean, m2;
  };
  double correction;
  bool root;
  State init() const { return {0, 0, 0}; }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    double total = 0;
    Sum<T, Same, T> plain;
    plain.row(total, p, n, 0);
    double mean = total / static_cast<double>(n);
    T shift = static_cast<T>(mean);
    auto squares = [shift](T x) { return (x - shift) * (x - shift); };
    double m2 = 0;
    Sum<T, decltype(squares), T>(squares).row(m2, p, n, 0);
    double rest = mean - static_cast<double>(shift);
    m2 = std::max(0.0, m2 - static_cast<double>(n) * rest * rest);
    if (!(total == total)) m2 = NAN;
    combine(s, {static_cast<double>(n), mean, m2});
  }
  struct Columns {
    double mean[kColumns], m2[kColumns], count;
    void begin(const Moments &, int64_t n) {
      std::fill(mean, mean + n, 0.0);
      std::fill(m2, m2 + n, 0.0);
      count = 0;
    }
    void step(const Moments &, const T *p, int64_t n, int64_t) {
      double inverse = 1 / ++count;
      for (int64_t j = 0; j < n; ++j) {
        double x = static_cast<double>(p[j]), delta = x - mean[j];
        mean[j] += delta * inverse;
        m2[j] += delta * (x - mean[j]);
      }
    }
    State get(int64_t j) const { return {count, mean[j], m2[j]}; }
  };
  void combine(State &a, const State &b) const {
    if (b.n == 0) return;
    if (a.n == 0) {
      a = b;
      return;
    }
    double n = a.n + b.n, delta = b.mean - a.mean;
    a.m2 += b.m2 + delta * delta * a.n * b.n / n;
    a.mean += delta * b.n / n;
    a.n = n;
  }
  DType result(int) const { return DType::F64; }
  void write(const State &s, int64_t j, char *const *to) const {
    double free = std::max(0.0, s.n - correction), v = s.n == 0 ? NAN : s.m2 / free;
    reinterpret_cast<double *>(to[0])[j] = root ? std::sqrt(v) : v;
    if (to[1]) reinterpret_cast<double *>(to[1])[j] = s.n == 0 ? NAN : s.mean;
  }
};

template <class In>
struct Mean : Sum<In, Same, In, true> {
  double count;
  explicit Mean(double n) : count(n) {}
  void write(const wide_t<In> &s, int64_t j, char *const *to) const {
    reinterpret_cast<wide_t<In> *>(to[0])[j] = s / wide_t<In>(count);
  }
};

// (sum of |x|^p)^(1/p)
template <class In, class F>
struct Norm : Sum<In, F, In> {
  double root;
  Norm(F f, double r) : Sum<In, F, In>(f), root(r) {}
  void write(const wide_t<In> &s, int64_t j, char *const *to) const {
    reinterpret_cast<wide_t<In> *>(to[0])[j] = root == 1   ? s
                                               : root == 2 ? std::sqrt(s)
                                                           : std::pow(static_cast<In>(s), static_cast<In>(1 / root));
  }
};

template <class In>
struct LogSumExp {
  using T = In;
  struct State {
    T high;
    double sum;
  };
  State init() const { return {worst<true, T>(), 0}; }
  // the part of a sum that belongs to another maximum; infinities would give NaN
  static double scale(T from, T to) {
    return from == to || std::isinf(to) ? (from == to ? 1 : 0)
                                        : std::exp(static_cast<double>(from) - static_cast<double>(to));
  }
  static void join(State &a, const State &b) {
    if (b.high != b.high || a.high != a.high) {
      a = {std::numeric_limits<T>::quiet_NaN(), 1};
      return;
    }
    T m = std::max(a.high, b.high);
    a = {m, a.sum * scale(a.high, m) + b.sum * scale(b.high, m)};
  }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    T m = extreme_of<true>(p, n, worst<true, T>());
    double total = 0;
    if (!std::isinf(m)) {
      auto f = [m](T x) { return vec::exp(x - m); };
      Sum<T, decltype(f), T>(f).row(total, p, n, 0);
    } else {
      for (int64_t i = 0; i < n; ++i) total += p[i] == m;
    }
    join(s, {m, total});
  }
  struct Columns {
    T high[kColumns];
    double sum[kColumns];
    void begin(const LogSumExp &, int64_t n) {
      std::fill(high, high + n, worst<true, T>());
      std::fill(sum, sum + n, 0.0);
    }
    void step(const LogSumExp &, const T *p, int64_t n, int64_t) {
      T e[kColumns];
      for (int64_t j = 0; j < n; ++j) e[j] = p[j] == high[j] ? T(1) : vec::exp(-std::abs(p[j] - high[j]));
      for (int64_t j = 0; j < n; ++j) {
        bool up = p[j] > high[j];
        sum[j] = up ? sum[j] * static_cast<double>(e[j]) + 1 : sum[j] + static_cast<double>(e[j]);
        high[j] = up ? p[j] : high[j];
      }
    }
    State get(int64_t j) const { return {sum[j] == sum[j] ? high[j] : std::numeric_limits<T>::quiet_NaN(), sum[j]}; }
  };
  void combine(State &a, const State &b) const { join(a, b); }
  DType result(int) const { return DType::F64; }
  void write(const State &s, int64_t j, char *const *to) const {
    reinterpret_cast<double *>(to[0])[j] = s.sum == 0           ? -INFINITY
                                           : std::isinf(s.high) ? s.high
                                                                : static_cast<double>(s.high) + std::log(s.sum);
  }
};

template <bool Max>
void where_kernel(const Call &c, bool index_only, const char *name) {
  const View &x = c[index_only ? 1 : 2];
  int64_t mask = c.integer(0);
  with_compute<kReal>(name, x.dtype, [&](auto zero, DType type) {
    using T = decltype(zero);
    Where<Max, T> op{index_only};
    reduce(c.t, index_only ? 1 : 2, x, mask, op, type);
  });
}

}  // namespace

#define REDUCTION(name, types, ...)                                     \
  KERNEL(name) {                                                        \
    with_compute<types>(#name, c[0].dtype, [&](auto zero, DType type) { \
      using T = decltype(zero);                                         \
      reduce(c.t, 1, c[1], c.integer(0), __VA_ARGS__, type);            \
    });                                                                 \
  }

REDUCTION(sum, kAll, (Sum<T, Same, T, true>()))
REDUCTION(mean, kFloating | kComplexes, (Mean<T>(c.number(1))))  // s[1]: how many elements make one result
REDUCTION(nansum, kFloating, (Sum<T, NanAsZero, T, true>()))
REDUCTION(amax, kReal, (Extreme<true, T>()))
REDUCTION(amin, kReal, (Extreme<false, T>()))
REDUCTION(logsumexp, kFloating, (LogSumExp<T>()))

KERNEL(prod) {
  if (c[0].dtype == DType::F16) return reduce(c.t, 1, c[1], c.integer(0), HalfProduct<F16>(), DType::F32);
  if (c[0].dtype == DType::BF16) return reduce(c.t, 1, c[1], c.integer(0), HalfProduct<BF16>(), DType::F32);
  with_compute<kAll>("prod", c[0].dtype, [&](auto zero, DType type) {
    reduce(c.t, 1, c[1], c.integer(0), Product<decltype(zero)>(), type);
  });
}

KERNEL(any) { reduce(c.t, 1, c[1], c.integer(0), Logical<false>(), DType::Bool); }
KERNEL(all) { reduce(c.t, 1, c[1], c.integer(0), Logical<true>(), DType::Bool); }
KERNEL(count_nonzero) { reduce(c.t, 1, c[1], c.integer(0), CountSet(), DType::Bool); }
KERNEL(max_dim) { where_kernel<true>(c, false, "max"); }
KERNEL(min_dim) { where_kernel<false>(c, false, "min"); }
KERNEL(argmax) { where_kernel<true>(c, true, "argmax"); }
KERNEL(argmin) { where_kernel<false>(c, true, "argmin"); }

KERNEL(aminmax) {
  with_compute<kReal>("aminmax", c[0].dtype,
                      [&](auto zero, DType type) { reduce(c.t, 2, c[2], c.integer(0), Both<decltype(zero)>(), type); });
}

// moments(var or std, mean or None, x; mask, correction, root)
KERNEL(moments) {
  with_compute<kFloating>("var", c[2].dtype, [&](auto zero, DType type) {
    Moments<decltype(zero)> op{c.number(1), c.flag(2)};
    bool alone = c.maybe(1).none();
    View two[2] = {c[0], c[alone ? 0 : 1]};
    reduce(two, alone ? 1 : 2, c[2], c.integer(0), op, type);
  });
}

// norm(out, x; mask, p)
KERNEL(norm) {
  double p = c.number(1);
  with_compute<kFloating>("norm", c[0].dtype, [&](auto zero, DType type) {
    using T = decltype(zero);
    auto go = [&](auto op) { reduce(c.t, 1, c[1], c.integer(0), op, type); };
    if (p == 2) go(Norm<T, Squared>({}, 2));
    else if (p == 1) go(Norm<T, Absolute>({}, 1));
    else if (p == 0) go(Norm<T, NotZero>({}, 1));
    else if (p == INFINITY) go(ExtremeAbs<true, T>());
    else if (p == -INFINITY) go(ExtremeAbs<false, T>());
    else go(Norm<T, Power>(Power{p}, p));
  });
}

}  // namespace mt
