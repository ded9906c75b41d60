// Elementary functions without branches, so that the compiler vectorises loops over them. Within 2 units in the last
// place over the whole range; infinities, NaN, zeros and denormals as in the C library.
//
// Polynomials are Chebyshev fits in the variable named beside them. Types without a version here use the C library.
#pragma once
#include <cmath>
#include <complex>

#include "dtypes.h"

namespace mt::vec {

// a call that the compiler decides not to inline would keep the whole loop from being vectorised
#define MT_INLINE inline __attribute__((always_inline))

MT_INLINE double bits_to_double(uint64_t u) {
  double d;
  std::memcpy(&d, &u, 8);
  return d;
}
MT_INLINE uint64_t double_to_bits(double d) {
  uint64_t u;
  std::memcpy(&u, &d, 8);
  return u;
}
template <class T>
MT_INLINE T limit(T x, T low, T high) {  // a NaN passes
  x = x < low ? low : x;
  return x > high ? high : x;
}

// ---- exponential family: x = n ln 2 + r, |r| <= ln 2 / 2 ----
MT_INLINE float exp_rest(float r) {  // (e^r - 1 - r) / r^2
  return ((1.39269266140219067e-03f * r + 8.36377387440557368e-03f) * r + 4.16665501103051228e-02f) * r * r +
         (1.66665733819008455e-01f * r + 0.5f);
}
MT_INLINE double exp_rest(double r) {
  double r2 = r * r, r4 = r2 * r2;
  double low = (1.66666666666666713e-01 * r + 0.5) + (8.33333333332554431e-03 * r + 4.16666666666666713e-02) * r2;
  double high = (1.98412698768643558e-04 * r + 1.38888888888833275e-03) +
                (2.75572528335169111e-06 * r + 2.48015873270071872e-05) * r2;
  double top = (2.51062747335732955e-08 * r + 2.75572718102198004e-07) + 2.09154422977801163e-09 * r2;
  return low + (high + top * r4) * r4;
}

struct ReducedFloat {
  float r, s1, s2;  // e^x = e^r s1 s2
};
MT_INLINE ReducedFloat reduce(float x) {
  constexpr float kMagic = 12582912.f;  // 1.5 * 2^23: adding it rounds to an integer and leaves that in the low bits
  float shifted = x * 1.44269504088896341f + kMagic;
  float n = shifted - kMagic;
  int32_t k = static_cast<int32_t>(float_to_bits(shifted) - float_to_bits(kMagic)), half = k >> 1;
  float r = x - n * 0.693145751953125f - n * 1.42860682030941723e-6f;
  return {r, bits_to_float(static_cast<uint32_t>(half + 127) << 23),
          bits_to_float(static_cast<uint32_t>(k - half + 127) << 23)};
}
struct ReducedDouble {
  double r, s1, s2;
};
MT_INLINE ReducedDouble reduce(double x) {
  constexpr double kMagic = 6755399441055744.0, kBias = 4503599627370496.0 + 1023;
  double n = (x * 1.44269504088896341 + kMagic) - kMagic, half = (n * 0.5 + kMagic) - kMagic;
  double r = x - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10;
  return {r, bits_to_double(double_to_bits(half + kBias) << 52),
          bits_to_double(double_to_bits(n - half + kBias) << 52)};
}

MT_INLINE float exp(float x) {
  auto [r, s1, s2] = reduce(limit(x, -104.f, 89.f));
  return (r * r * exp_rest(r) + r + 1.f) * s1 * s2;
}
MT_INLINE double exp(double x) {
  auto [r, s1, s2] = reduce(limit(x, -746., 710.));
  return (r * r * exp_rest(r) + r + 1.) * s1 * s2;
}
MT_INLINE float expm1(float x) {
  auto [r, s1, s2] = reduce(limit(x, -104.f, 88.3f));  // the scale itself must stay finite
  float less = r * r * exp_rest(r) + r, scale = s1 * s2, value = less * scale + (scale - 1.f);
  return x == 0.f ? x : x > 88.f ? exp(x) : value;
}
MT_INLINE double expm1(double x) {
  auto [r, s1, s2] = reduce(limit(x, -746., 709.));
  double less = r * r * exp_rest(r) + r, scale = s1 * s2, value = less * scale + (scale - 1.);
  return x == 0. ? x : x > 708. ? exp(x) : value;
}
MT_INLINE float tanh(float x) {
  float e = expm1(2.f * limit(std::fabs(x), 0.f, 10.f));
  return std::copysign(e / (e + 2.f), x);
}
MT_INLINE double tanh(double x) {
  double e = expm1(2. * limit(std::fabs(x), 0., 20.));
  return std::copysign(e / (e + 2.), x);
}
template <class T>
MT_INLINE T sigmoid(T x) {
  return T(1) / (T(1) + exp(-x));
}

// ---- logarithms: x = 2^k m, sqrt(1/2) <= m < sqrt(2); log m = 2 atanh(s), s = f / (2 + f) ----
MT_INLINE float log(float x) {
  bool tiny = x < 1.17549435e-38f;
  float y = tiny ? x * 8388608.f : x;
  uint32_t u = float_to_bits(y);
  int32_t k = static_cast<int32_t>(u - 0x3f3504f3u) >> 23;
  float f = bits_to_float(u - (static_cast<uint32_t>(k) << 23)) - 1.f, n = static_cast<float>(k) - (tiny ? 23.f : 0.f);
  float s = f / (2.f + f), z = s * s, half = 0.5f * f * f;
  float tail = ((2.f / 9 * z + 2.f / 7) * z + 2.f / 5) * z * z + 2.f / 3 * z;
  float value = n * 0.693145751953125f - ((half - (s * (half + tail) + n * 1.42860682030941723e-6f)) - f);
  value = x == INFINITY ? x : value;
  value = x == 0.f ? -INFINITY : value;
  return x >= 0.f ? value : NAN;
}
MT_INLINE double log(double x) {
  bool tiny = x < 2.2250738585072014e-308;
  double y = tiny ? x * 18014398509481984. : x;
  uint64_t u = double_to_bits(y), shifted = u - 0x3fe6a09e667f3bcdu;
  // k as a biased positive number: the narrow shift of a signed 64-bit number does not exist everywhere
  uint64_t biased = (shifted + (uint64_t{2048} << 52 >> 1)) >> 52;
  double n = bits_to_double(biased | 0x4330000000000000u) - 4503599627370496. - 1024. - (tiny ? 54. : 0.);
  double f = bits_to_double(u - ((biased - 1024) << 52)) - 1.;
  double s = f / (2. + f), z = s * s, half = 0.5 * f * f, z2 = z * z, z4 = z2 * z2;
  double low = (2. / 5 * z + 2. / 3) + (2. / 9 * z + 2. / 7) * z2,
         high = (2. / 13 * z + 2. / 11) + (2. / 17 * z + 2. / 15) * z2, top = 2. / 21 * z + 2. / 19;
  double tail = (low + (high + top * z4) * z4) * z;
  double value = n * 6.93147180369123816490e-01 - ((half - (s * (half + tail) + n * 1.90821492927058770002e-10)) - f);
  value = x == static_cast<double>(INFINITY) ? x : value;
  value = x == 0. ? -static_cast<double>(INFINITY) : value;
  return x >= 0. ? value : static_cast<double>(NAN);
}
MT_INLINE float log2(float x) { return static_cast<float>(log(static_cast<double>(x)) * 1.44269504088896341); }
MT_INLINE float log10(float x) { return static_cast<float>(log(static_cast<double>(x)) * 0.434294481903251828); }
MT_INLINE float log1p(float x) {
  float u = 1.f + x, lost = x - (u - 1.f), value = log(u) + lost / u;
  value = u == 0.f ? -INFINITY : value;
  return x == INFINITY || x == 0.f ? x : value;
}

// log(1 + e^x) without overflow
MT_INLINE float log1p_exp(float x) {
  float e = exp(x), u = 1.f + e;
  uint32_t bits = float_to_bits(u);
  int32_t k = static_cast<int32_t>(bits - 0x3f3504f3u) >> 23;
  float f = bits_to_float(bits - (static_cast<uint32_t>(k) << 23)) - 1.f, n = static_cast<float>(k);
  float s = f / (2.f + f), z = s * s, half = 0.5f * f * f;
  float tail = ((2.f / 9 * z + 2.f / 7) * z + 2.f / 5) * z * z + 2.f / 3 * z;
  float value = n * 0.693145751953125f - ((half - (s * (half + tail) + n * 1.42860682030941723e-6f)) - f) +
                (e - (u - 1.f)) / u;
  return x > 30.f ? x : value;
}
MT_INLINE double log1p_exp(double x) { return x > 40. ? x : std::log1p(exp(x)); }

// ---- error function: odd polynomial below 1, 1 - e^-L(x) above ----
MT_INLINE float erf(float x) {
  float t = std::fabs(x), z = x * x;
  float small = ((((((7.87587506268548832e-05f * z - 8.01686428716586992e-04f) * z + 5.18908742343397386e-03f) * z -
                    2.68542120106264118e-02f) *
                       z +
                   1.12835947151602181e-01f) *
                      z -
                  3.76126266667203335e-01f) *
                     z +
                 1.12837916584835085e+00f) *
                x;
  t = limit(t, 1.f, 4.1f);
  float p = (((((((-1.59170621804357015e-06f * t + 4.51810170436655443e-05f) * t - 5.89598928532789816e-04f) * t +
                 4.72672497685197503e-03f) *
                    t -
                2.63302746032146352e-02f) *
                   t +
               1.09924481024698040e-01f) *
                  t +
              6.31987065902775313e-01f) *
                 t +
             1.13014146038871277e+00f) *
                t -
            2.97937462181164614e-04f;
  float large = std::copysign(1.f - exp(-p), x);
  return z < 1.f ? small : z == z ? large : x;
}

// ---- sine and cosine: x = n pi/2 + r in double; good below the limit (where the products are
// exact or fused), beyond that callers use the C library ----
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
constexpr float kTrigLimit = 1e15f;
#else
constexpr float kTrigLimit = 1e5f;
#endif
struct Quadrant {
  double sine, cosine, q;  // of r, and n mod 4
};
MT_INLINE Quadrant quadrant(float x) {
  constexpr double kMagic = 6755399441055744.0;
  double d = x, n = (d * 0.636619772367581343 + kMagic) - kMagic;
  double r = d - n * 1.57079632679489656 - n * 6.12323399573676604e-17, z = r * r;
  double sine = ((-1.95878908804123858e-04 * z + 8.33274827062974871e-03) * z - 1.66666646623143788e-01) * z * r + r;
  double cosine = ((2.45479420850715719e-05 * z - 1.38883030358948664e-03) * z + 4.16666646595022089e-02) * z * z -
                  0.5 * z + 1.;
  return {sine, cosine, n - 4. * std::floor(n * 0.25)};
}
MT_INLINE float sin(float x) {
  auto [s, c, q] = quadrant(x);
  double v = q == 1. || q == 3. ? c : s;
  return x == 0.f ? x : static_cast<float>(q >= 2. ? -v : v);
}
MT_INLINE float cos(float x) {
  auto [s, c, q] = quadrant(x);
  double v = q == 1. || q == 3. ? s : c;
  return static_cast<float>(q == 1. || q == 2. ? -v : v);
}

MT_INLINE float tan(float x) {
  auto [s, c, q] = quadrant(x);
  return x == 0.f ? x : static_cast<float>(q == 1. || q == 3. ? -c / s : s / c);
}

// ---- angles: atan q = q + q s P(s), s = q^2, for q = the smaller of two sides over the larger one ----
MT_INLINE float atan2(float y, float x) {
  float a = std::fabs(y), b = std::fabs(x), low = a < b ? a : b, high = a < b ? b : a;
  float q = (high == 0.f) | (low == INFINITY) ? (high == 0.f ? 0.f : 1.f) : low / high, s = q * q;
  float r = -9.60541953e-04f * s + 6.32943760e-03f;
  r = (r * s - 1.95230647e-02f) * s + 3.86388246e-02f;
  r = (r * s - 5.78311372e-02f) * s + 7.42748639e-02f;
  r = (r * s - 9.03946093e-02f) * s + 1.11051330e-01f;
  r = (r * s - 1.42853520e-01f) * s + 1.99999913e-01f;
  r = q + q * s * (r * s - 3.33333333e-01f);
  r = a > b ? (1.57079637f - r) - 4.37113883e-08f : r;
  r = float_to_bits(x) >> 31 ? (3.14159274f - r) - 8.74227766e-08f : r;
  return (x != x) | (y != y) ? x + y : std::copysign(r, y);
}
MT_INLINE float atan(float x) {
  float r = atan2(x, 1.f);
  return r == 0.f ? x : r;
}

// ---- power, by logarithm and exponential in double ----
// Conditions joined by & and |: short circuits would be branches. Loops must vary both operands (an invariant one gets
// the loop split).
MT_INLINE float pow(float x, float y) {
  float ax = std::fabs(x), w = std::nearbyint(y), h = y * 0.5f;
  float r = static_cast<float>(exp(static_cast<double>(y) * log(static_cast<double>(ax))));
  bool one = (y == 0.f) | ((ax == 1.f) & (y == y)) | (x == 1.f), whole = w == y, odd = whole & (std::nearbyint(h) != h);
  r = bits_to_float(float_to_bits(one ? 1.f : r) | (odd ? float_to_bits(x) & 0x80000000u : 0u));
  bool bad = (x < 0.f) & !whole & (ax != INFINITY) & (y == y);
  return bad ? NAN : r;
}

// ---- the rest by the C library ----
MT_INLINE double log2(double x) { return std::log2(x); }
MT_INLINE double log10(double x) { return std::log10(x); }
MT_INLINE double log1p(double x) { return std::log1p(x); }
MT_INLINE double erf(double x) { return std::erf(x); }
MT_INLINE double sin(double x) { return std::sin(x); }
MT_INLINE double cos(double x) { return std::cos(x); }
MT_INLINE double pow(double x, double y) { return std::pow(x, y); }
MT_INLINE double atan(double x) { return std::atan(x); }
MT_INLINE double atan2(double y, double x) { return std::atan2(y, x); }
#define MT_COMPLEX_VERSION(f) \
  template <class R> MT_INLINE std::complex<R> f(std::complex<R> x) { return std::f(x); }
MT_COMPLEX_VERSION(exp)
MT_COMPLEX_VERSION(log)
MT_COMPLEX_VERSION(log10)
MT_COMPLEX_VERSION(sin)
MT_COMPLEX_VERSION(cos)
MT_COMPLEX_VERSION(tanh)
MT_COMPLEX_VERSION(atan)
#undef MT_COMPLEX_VERSION
template <class R> MT_INLINE std::complex<R> log2(std::complex<R> x) { return std::log(x) * R(1.44269504088896341); }
template <class R> MT_INLINE std::complex<R> log1p(std::complex<R> x) {
  // |1 + x|^2 = 1 + re (2 + re) + im^2, which keeps small x
  R re = x.real(), im = x.imag();
  if (std::fabs(re) < R(0.5) && std::fabs(im) < R(0.5))
    return {std::log1p(re * (R(2) + re) + im * im) / 2, std::atan2(im, R(1) + re)};
  return std::log(x + R(1));
}
template <class R> MT_INLINE std::complex<R> expm1(std::complex<R> x) {
  R a = x.real(), b = x.imag(), s = std::sin(b / 2), e = std::exp(a);
  return {std::expm1(a) * std::cos(b) - 2 * s * s, e * std::sin(b)};
}

}  // namespace mt::vec
