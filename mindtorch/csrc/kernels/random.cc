// Random numbers: the streams of torch's CPU generator, draw for draw.
//
// The words come in blocks (renewing and tempering are vectorised loops); every distribution turns a block of words
// into a block of one compute type, which convert_run stores with the result's dtype and strides.
#include "random.h"

#include <vector>

#include "iterator.h"

namespace mt {

std::mutex &Random::mutex() {
  static std::mutex m;
  return m;
}

void Random::seed(uint64_t value) {
  s_.seed = value;
  uint32_t *w = s_.word;
  w[0] = static_cast<uint32_t>(value);
  for (uint32_t i = 1; i < 624; ++i) w[i] = 1812433253u * (w[i - 1] ^ w[i - 1] >> 30) + i;
  s_.left = 1;
  s_.next = 0;
  s_.normal = 0;
  s_.has_normal = 0;
}

void Random::renew() {
  uint32_t *w = s_.word;
  auto mix = [](uint32_t a, uint32_t b) {
    uint32_t y = (a & 0x80000000u) | (b & 0x7fffffffu);
    return y >> 1 ^ (-(b & 1u) & 0x9908b0dfu);
  };
  for (int i = 0; i < 227; ++i) w[i] = w[i + 397] ^ mix(w[i], w[i + 1]);
  for (int i = 227; i < 623; ++i) w[i] = w[i - 227] ^ mix(w[i], w[i + 1]);
  w[623] = w[396] ^ mix(w[623], w[0]);
  s_.left = 624;
  s_.next = 0;
}

void Random::words(uint32_t *out, int64_t n) {
  while (n > 0) {
    if (s_.left <= 1) {
      renew();
      s_.left = 625;  // nothing of the new words is used yet
    }
    int32_t take = static_cast<int32_t>(std::min<int64_t>(n, s_.left - 1));
    const uint32_t *w = s_.word + s_.next;
    for (int32_t i = 0; i < take; ++i) out[i] = temper(w[i]);
    s_.left -= take;
    s_.next += take;
    out += take;
    n -= take;
  }
}

double Random::normal() {
  if (s_.has_normal) {
    s_.has_normal = 0;
    return s_.normal;
  }
  double u1 = uniform(), u2 = uniform(), radius = std::sqrt(-2.0 * std::log1p(-u2)), angle = 2.0 * M_PI * u1;
  s_.normal = radius * std::sin(angle);
  s_.has_normal = 1;
  return radius * std::cos(angle);
}

void Random::uniforms(float *out, int64_t n) {
  uint32_t w[kBlock];
  for (int64_t at = 0; at < n; at += kBlock) {
    int64_t count = std::min(kBlock, n - at);
    words(w, count);
    for (int64_t i = 0; i < count; ++i)
      out[at + i] = static_cast<float>(static_cast<int32_t>(w[i] & 0xffffffu)) * 0x1p-24f;
  }
}

void Random::uniforms(double *out, int64_t n) {
  uint32_t w[2 * kBlock];
  for (int64_t at = 0; at < n; at += kBlock) {
    int64_t count = std::min(kBlock, n - at);
    words(w, 2 * count);
    for (int64_t i = 0; i < count; ++i)
      out[at + i] = static_cast<double>(static_cast<int64_t>((static_cast<uint64_t>(w[2 * i]) << 32 | w[2 * i + 1]) &
                                                             ((uint64_t{1} << 53) - 1))) *
                    0x1p-53;
  }
}

namespace {

// Where the processor has such an instruction, the reference's numbers are scaled by one fused product and sum.
template <class T>
inline T scaled(T x, T factor, T shift) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return std::fma(x, factor, shift);
#else
  return x * factor + shift;
#endif
}

// Blocks of the result in its memory order; f(block, n) makes the next n numbers, in `compute`.
// Further views (parameters) are handed to f as blocks of doubles.
template <class T, class F>
void generate(const Call &c, int count, const F &f) {
  Walk walk(c, count, 1);
  int64_t inner = walk.ndim ? walk.shape[walk.ndim - 1] : 1, rows = walk.numel() / std::max<int64_t>(inner, 1);
  if (walk.numel() == 0) return;
  T block[kBlock];
  double parameter[2][kBlock];
  for (int64_t row = 0; row < rows; ++row) {
    int64_t where[3] = {0, 0, 0};
    for (int64_t d = walk.ndim - 2, rest = row; d >= 0; --d) {
      for (int k = 0; k < count; ++k) where[k] += rest % walk.shape[d] * walk.op[k].stride[d];
      rest /= walk.shape[d];
    }
    for (int64_t at = 0; at < inner; at += kBlock) {
      int64_t n = std::min(kBlock, inner - at);
      auto place = [&](int k) {
        return walk.op[k].data +
               (where[k] + (walk.ndim ? at * walk.op[k].stride[walk.ndim - 1] : 0)) * itemsize(walk.op[k].dtype);
      };
      auto step = [&](int k) { return walk.ndim ? walk.op[k].stride[walk.ndim - 1] : 0; };
      for (int k = 1; k < count; ++k)
        convert_run(DType::F64, walk.op[k].dtype)(parameter[k - 1], 1, place(k), step(k), n);
      f(block, n, parameter[0], parameter[1]);
      convert_run(walk.op[0].dtype, dtype_of<T>::value)(place(0), n > 1 ? step(0) : 1, block, 1, n);
    }
  }
}

// ---- normal numbers in blocks of 16 ----
// On x86-64 with AVX2 the reference takes the logarithm, sine and cosine of the Cephes library, with every product that
// a sum follows fused into it: written so here, the numbers are the same to the last bit. Elsewhere it takes the C
// library's functions, which ours are within a unit of.
#if defined(__AVX2__) && defined(__FMA__)
inline float log_unit(float x) {  // ln x for x in (0, 1], normal numbers
  uint32_t bits = float_to_bits(x);
  float e = static_cast<float>(static_cast<int32_t>(bits >> 23) - 126);
  float m = bits_to_float((bits & 0x7fffffu) | 0x3f000000u);
  bool low = m < 0.707106781186547524f;
  e = low ? e - 1.0f : e;
  m = (m - 1.0f) + (low ? m : 0.0f);
  float z = m * m, y = std::fma(7.0376836292e-2f, m, -1.1514610310e-1f);
  y = std::fma(std::fma(y, m, 1.1676998740e-1f), m, -1.2420140846e-1f);
  y = std::fma(std::fma(y, m, 1.4249322787e-1f), m, -1.6668057665e-1f);
  y = std::fma(std::fma(y, m, 2.0000714765e-1f), m, -2.4999993993e-1f);
  y = std::fma(y, m, 3.3333331174e-1f);
  y = std::fma(z, -0.5f, std::fma(y * m, z, e * -2.12194440e-4f));
  return std::fma(e, 0.693359375f, m + y);
}
// sin and cos of x in [0, 2 pi]; the next even multiple of pi/4 is taken off in three parts
inline void sincos_turn(float x, float *sine, float *cosine) {
  int32_t n = (static_cast<int32_t>(x * 1.27323954473516f) + 1) & ~1;
  float q = static_cast<float>(n);
  x = std::fma(q, -3.77489497744594108e-8f, std::fma(q, -2.4187564849853515625e-4f, std::fma(q, -0.78515625f, x)));
  float z = x * x;
  float k = std::fma(std::fma(2.443315711809948e-5f, z, -1.388731625493765e-3f), z, 4.166664568298827e-2f) * z;
  k = std::fma(k, z, z * -0.5f) + 1.0f;
  float s = std::fma(std::fma(-1.9515295891e-4f, z, 8.3321608736e-3f), z, -1.6666654611e-1f) * z;
  s = std::fma(s, x, x);
  float a = n & 2 ? k : s, b = n & 2 ? s : k;
  *sine = n & 4 ? -a : a;
  *cosine = (n + 2) & 4 ? -b : b;
}
#else
inline float log_unit(float x) {  // ln x for x in (0, 1], normal numbers
  uint32_t u = float_to_bits(x) - 0x3f3504f3u;  // exponent counts from sqrt(1/2)
  float e = static_cast<float>(static_cast<int32_t>(u) >> 23);
  float m = bits_to_float((u & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
  float s = m / (2.0f + m), z = s * s, w = z * z;
  float r = z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
  float half = 0.5f * m * m;
  return s * (half + r) + e * 9.0580006145e-06f - half + m + e * 6.9313812256e-01f;
}
// sin and cos of x in [0, 2 pi]; pi/2 is taken off in three parts
inline void sincos_turn(float x, float *sine, float *cosine) {
  float q = std::floor(x * 0.636619772f + 0.5f);
  x = ((x - q * 1.5703125f) - q * 4.837512969970703125e-4f) - q * 7.549789948768648e-8f;
  float z = x * x;
  float s = x + x * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
  float k = 1.0f - 0.5f * z +
            z * z * (4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f));
  int n = static_cast<int>(q) & 3;
  float a = n & 1 ? k : s, b = n & 1 ? s : k;
  *sine = n & 2 ? -a : a;
  *cosine = (n + 1) & 2 ? -b : b;
}
#endif

void box_muller(float *x, float mean, float deviation) {
  float a[8], b[8];
  for (int i = 0; i < 8; ++i) {
    float radius = std::sqrt(-2.0f * log_unit(1.0f - x[i])), s, k;
    sincos_turn(x[i + 8] * 6.28318530717958647692f, &s, &k);
    a[i] = scaled(radius * k, deviation, mean);
    b[i] = scaled(radius * s, deviation, mean);
  }
  std::copy(a, a + 8, x);
  std::copy(b, b + 8, x + 8);
}
void box_muller(double *x, double mean, double deviation) {
  for (int i = 0; i < 8; ++i) {
    double radius = std::sqrt(-2.0 * std::log(1.0 - x[i])), angle = 2.0 * M_PI * x[i + 8];
    x[i] = scaled(radius * std::cos(angle), deviation, mean);
    x[i + 8] = scaled(radius * std::sin(angle), deviation, mean);
  }
}

// A dense result of at least 16 numbers. The last 16 are drawn anew when the size is no multiple of 16: floats of full
// width draw all uniforms first, halves block by block.
template <class T>
void normal_blocks(Random &random, char *out, DType dtype, int64_t size, T mean, T deviation) {
  ConvertRun store = convert_run(dtype, dtype_of<T>::value);
  int64_t width = itemsize(dtype), whole = size / 16 * 16;
  T x[kBlock];
  for (int64_t at = 0; at < whole; at += kBlock) {
    int64_t n = std::min(kBlock, whole - at);
    random.uniforms(x, n);
    for (int64_t i = 0; i < n; i += 16) box_muller(x + i, mean, deviation);
    store(out + at * width, 1, x, 1, n);
  }
  if (whole == size) return;
  if (width >= 4) random.uniforms(x, size - whole);
  random.uniforms(x, 16);
  box_muller(x, mean, deviation);
  store(out + (size - 16) * width, 1, x, 1, 16);
}

}  // namespace

// random_seed(state; seed)
KERNEL(random_seed) { Random(c, 0, false).seed(static_cast<uint64_t>(c.integer(0))); }

// random_export(bytes, state) and random_import(state, bytes): the 5056 bytes that torch keeps a generator in.
namespace {
struct Exported {
  uint64_t seed;
  int32_t left, seeded;
  uint64_t next, word[624];
  double x, normal, rho;
  int32_t has_normal, padding;
  float small;
  int32_t has_small;
};
static_assert(sizeof(Exported) == 5056, "layout");
}  // namespace
KERNEL(random_export) {
  const RandomState &s = structure_in<RandomState>(c[1]);
  Exported &e = structure_in<Exported>(c[0]);
  need_apart(c[0], c[1], "random_export");
  std::memset(static_cast<void *>(&e), 0, sizeof e);
  e.seed = s.seed;
  // words() may leave the words used up with the count that next32() would leave
  e.left = s.left;
  e.seeded = 1;
  e.next = static_cast<uint64_t>(s.next);
  for (int i = 0; i < 624; ++i) e.word[i] = s.word[i];
  if (s.has_normal) e.normal = s.normal;
  e.has_normal = s.has_normal;
}
KERNEL(random_import) {
  RandomState &s = structure_in<RandomState>(c[0]);
  const Exported &e = structure_in<Exported>(c[1]);
  need_apart(c[0], c[1], "random_import");
  RandomState made{};
  made.left = e.left;
  made.next = static_cast<int32_t>(std::min<uint64_t>(e.next, 625));
  if (!e.seeded || !made.valid()) throw Error(Error::Runtime, "Invalid mt19937 state");
  s.seed = e.seed;
  s.left = made.left;
  s.next = made.next;
  for (int i = 0; i < 624; ++i) s.word[i] = static_cast<uint32_t>(e.word[i]);
  s.normal = e.normal;
  s.has_normal = e.has_normal;
}

namespace {
template <class R, class T>
void below(T *x, int64_t n, T low, T high) {
  T top = static_cast<T>(convert<R>(high));
  for (int64_t i = 0; i < n; ++i) x[i] = static_cast<T>(convert<R>(x[i])) == top ? low : x[i];
}
}  // namespace

// random_uniform(out, state; low, high)
KERNEL(random_uniform) {
  Random random(c, 1);
  auto go = [&](auto zero) {
    using T = decltype(zero);
    T low = static_cast<T>(c.number(0)), span = static_cast<T>(c.number(1)) - low;
    bool unit = low == 0 && span == 1;
    generate<T>(c, 1, [&](T *x, int64_t n, double *, double *) {
      random.uniforms(x, n);
      if (!unit)
        for (int64_t i = 0; i < n; ++i) x[i] = scaled(x[i], span, low);
      // high itself is excluded: what rounds to it becomes low
      if (c[0].dtype == DType::F16) below<F16>(x, n, low, low + span);
      else if (c[0].dtype == DType::BF16) below<BF16>(x, n, low, low + span);
      else if (!unit) below<T>(x, n, low, low + span);
    });
  };
  if (c[0].dtype == DType::F64) go(double{});
  else go(float{});
}

// random_normal(out, state; mean, deviation)
KERNEL(random_normal) {
  Random random(c, 1);
  const View &out = c[0];
  int64_t size = out.numel();
  double mean = c.number(0), deviation = c.number(1);
  if (size >= 16 && out.contiguous()) {
    if (out.dtype == DType::F64) normal_blocks<double>(random, out.as<char>(), out.dtype, size, mean, deviation);
    else
      normal_blocks<float>(random, out.as<char>(), out.dtype, size, static_cast<float>(mean),
                           static_cast<float>(deviation));
    return;
  }
  generate<double>(c, 1, [&](double *x, int64_t n, double *, double *) {
    for (int64_t i = 0; i < n; ++i) x[i] = scaled(random.normal(), deviation, mean);
  });
}

// random_integers(out, state; base, range, wide): base + draw % range, from 64-bit draws when wide; range 0 is 2^64
KERNEL(random_integers) {
  Random random(c, 1);
  uint64_t base = static_cast<uint64_t>(c.integer(0)), range = static_cast<uint64_t>(c.integer(1));
  bool wide = c.flag(2);
  MT_CHECK(wide || (range > 0 && range <= UINT32_MAX), "random_integers: the range is none of 32 bits");
  uint32_t w[2 * kBlock];
  generate<int64_t>(c, 1, [&](int64_t *x, int64_t n, double *, double *) {
    if (!wide) {
      uint32_t narrow = static_cast<uint32_t>(range);
      random.words(w, n);
      for (int64_t i = 0; i < n; ++i) x[i] = static_cast<int64_t>(base + w[i] % narrow);
      return;
    }
    random.words(w, 2 * n);
    for (int64_t i = 0; i < n; ++i) {
      uint64_t v = static_cast<uint64_t>(w[2 * i]) << 32 | w[2 * i + 1];
      x[i] = static_cast<int64_t>(base + (range ? v % range : v));
    }
  });
}

// random_permutation(out, state): of 0..n-1
KERNEL(random_permutation) {
  Random random(c, 1);
  need_rank(c[0], 1, "random_permutation");
  int64_t n = c[0].numel();
  std::vector<int64_t> p(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) p[static_cast<size_t>(i)] = i;
  for (int64_t i = 0; i + 1 < n; ++i)
    std::swap(p[static_cast<size_t>(i)], p[static_cast<size_t>(i + random.next32() % (n - i))]);
  convert_run(c[0].dtype, DType::I64)(c[0].data, c[0].stride[0], p.data(), 1, n);
}

namespace {
// u < p for a double u of 53 bits, as a comparison of integers
inline int64_t bernoulli_threshold(double p) {
  return p > 0 ? static_cast<int64_t>(std::ceil(std::min(p, 1.0) * 0x1p53)) : 0;
}
inline void bernoulli_block(Random &random, Bool *out, int64_t n, int64_t threshold) {
  uint32_t w[2 * kBlock];
  random.words(w, 2 * n);
  for (int64_t i = 0; i < n; ++i) {
    int64_t k = static_cast<int64_t>(w[2 * i] & 0x1fffffu) << 32 | w[2 * i + 1];
    out[i].v = k < threshold;
  }
}
}  // namespace

// random_bernoulli(out, state; p)
KERNEL(random_bernoulli) {
  Random random(c, 1);
  int64_t threshold = bernoulli_threshold(c.number(0));
  generate<Bool>(c, 1, [&](Bool *x, int64_t n, double *, double *) { bernoulli_block(random, x, n, threshold); });
}

// random_bernoulli_each(out, p, state): a probability an element; doubles take 53 bits, others 24
KERNEL(random_bernoulli_each) {
  Random random(c, 2);
  bool wide = c[1].dtype == DType::F64;
  generate<Bool>(c, 2, [&](Bool *x, int64_t n, double *p, double *) {
    for (int64_t i = 0; i < n; ++i) {
      if (!(p[i] >= 0 && p[i] <= 1))
        throw Error(Error::Runtime, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.");
      x[i].v = wide ? random.uniform() < p[i] : random.uniform_float() < static_cast<float>(p[i]);
    }
  });
}

// random_dropout(out, mask, x, state; keep, scale): mask is bernoulli(keep); out = x * (mask ? scale : 0). All dense
// and alike.
KERNEL(random_dropout) {
  Random random(c, 3);
  for (int k = 0; k < 3; ++k) need_dense(c[k], "dropout"), need_same_shape(c[k], c[0], "dropout");
  need_dtype(c[1], DType::Bool, "dropout");
  need_same_dtype(c[2], c[0], "dropout");
  int64_t size = c[0].numel(), threshold = bernoulli_threshold(c.number(0));
  Bool *mask = c[1].as<Bool>();
  dispatch_float("dropout", c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using C = compute_t<T>;
    T *out = c[0].as<T>();
    const T *x = c[2].as<T>();
    C scale = static_cast<C>(c.number(1));
    for (int64_t at = 0; at < size; at += kBlock) {
      int64_t n = std::min(kBlock, size - at);
      bernoulli_block(random, mask + at, n, threshold);
      for (int64_t i = at; i < at + n; ++i) out[i] = convert<T>(convert<C>(x[i]) * (static_cast<C>(mask[i].v) * scale));
    }
  });
}

// random_transform(out, state; kind, a, b): one of the distributions below, from doubles
KERNEL(random_transform) {
  Random random(c, 1);
  int64_t kind = c.integer(0);
  double a = c.number(1), b = c.number(2);
  generate<double>(c, 1, [&](double *x, int64_t n, double *, double *) {
    if (kind == 3) {  // log-normal
      for (int64_t i = 0; i < n; ++i) x[i] = std::exp(scaled(random.normal(), b, a));
      return;
    }
    random.uniforms(x, n);
    if (kind == 0)  // exponential of rate a
      for (int64_t i = 0; i < n; ++i) x[i] = -1.0 / a * std::log1p(-x[i]);
    else if (kind == 1) {  // geometric of probability a
      double bottom = std::log1p(-a);
      for (int64_t i = 0; i < n; ++i) x[i] = std::ceil(std::log(x[i]) / bottom);
    } else  // cauchy of median a and width b
      for (int64_t i = 0; i < n; ++i) x[i] = a + b * std::tan(M_PI * (x[i] - 0.5));
  });
}

namespace {
// Trials of a rejection, which a sound generator ends after a few: some states yield the same word for ever.
class Trials {
  int left_ = 10000;

 public:
  void next() {
    if (--left_ < 0) throw Error(Error::Runtime, "the generator's state yields no random numbers");
  }
};

// Hörmann 1993: transformed rejection for rates from 10 on; below, products of uniforms.
double poisson(Random &random, double rate) {
  if (!(rate >= 0)) throw Error(Error::Runtime, "invalid Poisson rate, expected rate to be non-negative");
  if (rate == 0) return 0;
  if (rate < 10) {
    double limit = std::exp(-rate), product = 1;
    Trials trials;
    for (double k = 0;; ++k) {
      trials.next();
      product *= random.uniform();
      if (!(product > limit)) return k;
    }
  }
  double root = std::sqrt(rate), log_rate = std::log(rate), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b,
         inverse = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
  for (Trials trials;;) {
    trials.next();
    double u = random.uniform() - 0.5, v = random.uniform(), us = 0.5 - std::fabs(u),
           k = std::floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v) + std::log(inverse) - std::log(a / (us * us) + b) <= -rate + k * log_rate - std::lgamma(k + 1))
      return k;
  }
}

double stirling_tail(double k) {
  static const double table[] = {0.0810614667953272,  0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
                                 0.0166446911898211,  0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
                                 0.00925546218271273, 0.00833056343336287};
  if (k <= 9) return table[std::max(0, static_cast<int>(k))];
  double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

double binomial_few(Random &random, double count, double p) {
  double sum = 0, found = 0, bottom = std::log1p(-p);
  for (Trials trials;;) {
    trials.next();
    sum += std::ceil(std::log(random.uniform()) / bottom);
    if (sum > count) return found;
    ++found;
  }
}
// Hörmann 1993, BTRS
double binomial_many(Random &random, double count, double p) {
  double spread = std::sqrt(count * p * (1 - p)), b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p,
         middle = count * p + 0.5, squeeze = 0.92 - 4.2 / b, odds = p / (1 - p), alpha = (2.83 + 5.1 / b) * spread,
         mode = std::floor((count + 1) * p);
  for (Trials trials;;) {
    trials.next();
    double u = random.uniform() - 0.5, v = random.uniform(), us = 0.5 - std::fabs(u),
           k = std::floor((2 * a / us + b) * u + middle);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > count) continue;
    v = std::log(v * alpha / (a / (us * us) + b));
    double bound = (mode + 0.5) * std::log((mode + 1) / (odds * (count - mode + 1))) +
                   (count + 1) * std::log((count - mode + 1) / (count - k + 1)) +
                   (k + 0.5) * std::log(odds * (count - k + 1) / (k + 1)) + stirling_tail(mode) +
                   stirling_tail(count - mode) - stirling_tail(k) - stirling_tail(count - k);
    if (v <= bound) return k;
  }
}
double binomial(Random &random, double count, double p) {
  if (count <= 0 || p <= 0) return 0;
  if (count != count) return NAN;
  if (p >= 1) return count;
  if (p <= 0.5) return count * p >= 10 ? binomial_many(random, count, p) : binomial_few(random, count, p);
  if (p > 0.5) {
    double q = 1 - p;
    return count - (count * q >= 10 ? binomial_many(random, count, q) : binomial_few(random, count, q));
  }
  return NAN;
}
}  // namespace

// random_poisson(out, rate, state)
KERNEL(random_poisson) {
  Random random(c, 2);
  generate<double>(c, 2, [&](double *x, int64_t n, double *rate, double *) {
    for (int64_t i = 0; i < n; ++i) x[i] = poisson(random, rate[i]);
  });
}

namespace {
// Marsaglia and Tsang 2000; shapes below 1 by a power of one more uniform. T is the precision that the shape is kept
// in; the constants are floats, as the reference's are.
template <class T>
double standard_gamma(Random &random, T shape) {
  if (!(shape >= 0)) return NAN;
  double scale = 1;
  if (shape < 1) {
    if (shape == 0) return 0;
    scale = std::pow(1 - random.uniform(), static_cast<double>(1 / shape));
    shape += 1;
  }
  double d = shape - static_cast<T>(1.0f / 3), c = 1 / std::sqrt(9 * d);
  for (Trials trials;;) {
    double x, y;
    do {
      trials.next();
      x = random.normal();
      y = 1 + c * x;
    } while (y <= 0);
    double v = y * y * y, u = 1 - random.uniform(), square = x * x;
    if (u < 1 - 0.0331f * square * square || std::log(u) < 0.5 * square + d * (1 - v + std::log(v)))
      return scale * d * v;
  }
}
}  // namespace

// random_gamma(out, shape, state; least): Gamma(shape, 1), not below `least`
KERNEL(random_gamma) {
  Random random(c, 2);
  double least = c.number(0);
  bool wide = c[0].dtype == DType::F64;
  generate<double>(c, 2, [&](double *x, int64_t n, double *shape, double *) {
    for (int64_t i = 0; i < n; ++i)
      x[i] = std::max(least, wide ? standard_gamma(random, shape[i])
                                  : standard_gamma(random, static_cast<float>(shape[i])));
  });
}

// random_binomial(out, count, p, state)
KERNEL(random_binomial) {
  Random random(c, 3);
  generate<double>(c, 3, [&](double *x, int64_t n, double *count, double *p) {
    for (int64_t i = 0; i < n; ++i) x[i] = binomial(random, count[i], p[i]);
  });
}

// random_choice(out, weights, state): rows of `out` are drawn with replacement from the rows of `weights` (dense, float
// or double)
KERNEL(random_choice) {
  Random random(c, 2);
  const View &out = c[0], &weights = c[1];
  need_rank(weights, 1, 2, "multinomial"), need_rank(out, weights.ndim, "multinomial");
  need_same_but(out, weights, weights.ndim - 1, "multinomial");
  need_dense(out, "multinomial"), need_dense(weights, "multinomial");
  int64_t rows = weights.ndim == 2 ? weights.shape[0] : 1, n = weights.shape[weights.ndim - 1],
          draws = out.shape[out.ndim - 1];
  need_positive(n, "multinomial");
  need_indices(out, "multinomial");
  int64_t *picked = out.as<int64_t>();
  auto go = [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> upto(static_cast<size_t>(n));
    for (int64_t r = 0; r < rows; ++r) {
      const T *w = weights.as<T>() + r * n;
      T sum = 0;
      for (int64_t i = 0; i < n; ++i) {
        if (!(w[i] >= 0))
          throw Error(Error::Runtime, "invalid multinomial distribution (encountering probability entry < 0)");
        if (!std::isfinite(w[i]))
          throw Error(Error::Runtime,
                      "invalid multinomial distribution (encountering probability entry = infinity or NaN)");
        upto[static_cast<size_t>(i)] = sum += w[i];
      }
      if (!(sum > 0)) throw Error(Error::Runtime, "invalid multinomial distribution (sum of probabilities <= 0)");
      for (T &v : upto) v /= sum;
      upto.back() = 1;
      for (int64_t k = 0; k < draws; ++k) {
        double u = random.uniform();
        auto at = std::lower_bound(upto.begin(), upto.end(), u, [](T have, double want) { return have < want; });
        picked[r * draws + k] = std::min<int64_t>(at - upto.begin(), n - 1);
      }
    }
  };
  dispatch_among<float, double>(weights.dtype, Error::NotImplemented, "multinomial is not implemented for this dtype",
                                go);
}

}  // namespace mt
