// Elementary functions of one and two numbers.
#include <limits>

#include "complexmath.h"
#include "pointwise.h"
#include "vecmath.h"

namespace mt {
namespace {
constexpr int kAny = kFloating | kComplexes;

// Trigonometric reduction is branch-free up to a limit; blocks with larger numbers are rare and go to the C library.
template <float (*Fast)(float), float (*Exact)(float)>
void trig_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  float *out = reinterpret_cast<float *>(ptr[0]);
  const float *x = reinterpret_cast<const float *>(ptr[1]);
  if (scalar[1]) {
    std::fill(out, out + n, Exact(x[0]));
    return;
  }
  int huge = 0;
  for (int64_t i = 0; i < n; ++i) huge |= !(std::fabs(x[i]) < vec::kTrigLimit);
  if (huge) for (int64_t i = 0; i < n; ++i) out[i] = Exact(x[i]);
  else MT_EACH out[i] = Fast(x[i]);
}

template <class T> inline T sign(T x) {
  if constexpr (is_complex_v<T>) {
    auto m = std::abs(x);
    return m == 0 ? T(0) : T(x.real() / m, x.imag() / m);
  } else {
    return T(x > T(0)) - T(x < T(0));
  }
}
template <class T> inline real_t<T> phase(T x) {
  if constexpr (is_complex_v<T>) return std::arg(x);
  else return x != x ? x : x < 0 ? T(M_PI) : T(0);
}
template <class T> inline T nan_to_num_part(T x, T nan, T high, T low) {
  return x != x                                     ? nan
         : x == std::numeric_limits<T>::infinity()  ? high
         : x == -std::numeric_limits<T>::infinity() ? low
                                                    : x;
}
template <class T> inline T nan_to_num_of(T x, const Scalar *a, DType d) {
  if constexpr (std::is_integral_v<T>) return x;
  else {
    using R = real_t<T>;
    double top = d == DType::F16    ? 65504.
                 : d == DType::BF16 ? 3.38953138925153547590e+38
                                    : static_cast<double>(std::numeric_limits<R>::max());
    R nan = static_cast<R>(a[0].real()), high = static_cast<R>(a[1].none() ? top : a[1].real()),
      low = static_cast<R>(a[2].none() ? -top : a[2].real());
    if constexpr (is_complex_v<T>)
      return T(nan_to_num_part(x.real(), nan, high, low), nan_to_num_part(x.imag(), nan, high, low));
    else return nan_to_num_part(x, nan, high, low);
  }
}
template <class T> inline T log_add(T x, T y, bool two) {
  if constexpr (is_complex_v<T>) {
    T high = x.real() >= y.real() ? x : y, low = x.real() >= y.real() ? y : x;
    if (x != x || y != y) return T(std::nan(""), std::nan(""));
    if (std::isinf(x.real()) && x.real() == y.real()) return x.real() < 0 ? y : vec::log(std::exp(x) + std::exp(y));
    return high + vec::log1p(std::exp(low - high));
  } else {
    if (std::isinf(x) && x == y) return x;
    T m = std::max(x, y), apart = -std::fabs(x - y);
    if (x != x || y != y) return x + y;
    return two ? m + std::log1p(std::exp2(apart)) * T(1.44269504088896341) : m + std::log1p(std::exp(apart));
  }
}
}  // namespace

UNARY(exp, kAny, vec::exp(x))
MT_POINTWISE(exp2, 1, kAny, kSame, (T x),
             if constexpr (is_complex_v<T>) return std::exp(x * real_t<T>(0.693147180559945309));
             else return std::exp2(x))
UNARY(expm1, kAny, vec::expm1(x))
UNARY(log, kAny, vec::log(x))
UNARY(log2, kAny, vec::log2(x))
UNARY(log10, kAny, vec::log10(x))
UNARY(log1p, kAny, vec::log1p(x))
UNARY(sqrt, kAny, std::sqrt(x))
UNARY(rsqrt, kAny, inverse(std::sqrt(x)))
MT_LOOPS(sin, 1, kAny, kSame, (T x), return std::sin(x))
MT_LOOPS(cos, 1, kAny, kSame, (T x), return std::cos(x))
KERNEL(sin) {
  static const PointwiseTable<1, kAny, kSame, functor_sin> table;
  static const Loops loops = {nullptr, trig_loop<vec::sin, std::sin>, table.loops[2], table.loops[3], table.loops[4]};
  run_pointwise(c, loops, 1, kAny, kSame, "sin");
}
KERNEL(cos) {
  static const PointwiseTable<1, kAny, kSame, functor_cos> table;
  static const Loops loops = {nullptr, trig_loop<vec::cos, std::cos>, table.loops[2], table.loops[3], table.loops[4]};
  run_pointwise(c, loops, 1, kAny, kSame, "cos");
}
MT_LOOPS(tan, 1, kAny, kSame, (T x), return std::tan(x))
KERNEL(tan) {
  static const PointwiseTable<1, kAny, kSame, functor_tan> table;
  static const Loops loops = {nullptr, trig_loop<vec::tan, std::tan>, table.loops[2], table.loops[3], table.loops[4]};
  run_pointwise(c, loops, 1, kAny, kSame, "tan");
}
UNARY(asin, kAny, std::asin(x))
UNARY(acos, kAny, std::acos(x))
UNARY(atan, kAny, vec::atan(x))
UNARY(sinh, kAny, std::sinh(x))
UNARY(cosh, kAny, std::cosh(x))
UNARY(tanh, kAny, vec::tanh(x))
UNARY(asinh, kAny, std::asinh(x))
UNARY(acosh, kAny, std::acosh(x))
UNARY(atanh, kAny, std::atanh(x))
UNARY(erf, kFloating, vec::erf(x))
UNARY(erfc, kFloating, std::erfc(x))
MT_POINTWISE(sigmoid, 1, kAny, kSame, (T x), if constexpr (is_complex_v<T>) return over(T(1), T(1) + std::exp(-x));
             else return vec::sigmoid(x))

// backwards, from the result (which the formula conjugates for complex numbers)
MT_POINTWISE(tanh_backward, 2, kAny, kSame, (T x, T y),
             if constexpr (is_complex_v<T>) return times(x, std::conj(T(1) - times(y, y)));
             else return x * (T(1) - y * y))
MT_POINTWISE(sigmoid_backward, 2, kAny, kSame, (T x, T y),
             if constexpr (is_complex_v<T>) return times(x, std::conj(times(T(1) - y, y)));
             else return x * ((T(1) - y) * y))

// ---- rounding ----
#define MT_ROUND(name, f) \
  MT_POINTWISE(name, 1, kReal | kNoBool, kSame, (T x), if constexpr (std::is_integral_v<T>) return x; else return f(x))
MT_ROUND(floor, std::floor)
MT_ROUND(ceil, std::ceil)
MT_ROUND(trunc, std::trunc)
MT_ROUND(round, std::nearbyint)
UNARY(frac, kFloating, x - std::trunc(x))
// p: the power of ten of |decimals|, a[1]: decimals were negative
MT_POINTWISE(round_decimals, 1, kFloating, kSame, (T x), if (a[1].i) return std::nearbyint(x / p) * p;
             return std::nearbyint(x * p) / p)

// ---- sign and parts ----
MT_POINTWISE(sign, 1, kReal, kSame, (T x), return sign(x))
MT_POINTWISE(sgn, 1, kAll, kSame, (T x), return sign(x))
REAL1(angle, kAny, phase(x))
MT_POINTWISE(conj_physical, 1, kAll, kSame, (T x), if constexpr (is_complex_v<T>) return std::conj(x); else return x)
MT_POINTWISE(nan_to_num, 1, kAll, kSame, ([[maybe_unused]] T x),
             return nan_to_num_of(x, a, static_cast<DType>(a[-1].i)))
BINARY(copysign, kFloating, std::copysign(x, y))
BINARY(heaviside, kReal, x == T(0) ? y : T(x > T(0)))

// ---- two numbers ----
BINARY(atan2, kFloating, vec::atan2(x, y))
BINARY(hypot, kFloating, std::hypot(x, y))
BINARY(logaddexp, kAny, log_add(x, y, false))
BINARY(logaddexp2, kFloating, log_add(x, y, true))
BINARY(xlogy, kFloating, y != y ? y : x == T(0) ? T(0) : x * rounded_to(static_cast<DType>(a[-1].i), vec::log(y)))
BINARY(xlog1py, kFloating, y != y ? y : x == T(0) ? T(0) : x * rounded_to(static_cast<DType>(a[-1].i), vec::log1p(y)))

// nextafter steps in the dtype itself, also in bfloat16
namespace {
template <class T, class U>
void next_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  T *out = reinterpret_cast<T *>(ptr[0]);
  const T *x = reinterpret_cast<const T *>(ptr[1]), *y = reinterpret_cast<const T *>(ptr[2]);
  for (int64_t i = 0; i < n; ++i) {
    T from = x[scalar[1] ? 0 : i], to = y[scalar[2] ? 0 : i];
    if constexpr (std::is_floating_point_v<T>) out[i] = std::nextafter(from, to);
    else {
      float f = from, t = to;
      U u = from.bits;
      constexpr U kSign = U(1) << (8 * sizeof(U) - 1);
      if (f != f || t != t) u = T(NAN).bits;
      else if (f == t) u = to.bits;
      else if (f == 0) u = static_cast<U>((t < 0 ? kSign : 0) | 1);
      else u = static_cast<U>((f < t) == (f > 0) ? u + 1 : u - 1);
      std::memcpy(&out[i], &u, sizeof(U));
    }
  }
}
}  // namespace
KERNEL(nextafter) {
  DType d = common_dtype(c);
  Walk walk(c, 3, 1);
  for (int k = 0; k < 3; ++k) walk.op[k].compute = d;
  switch (d) {
    case DType::F32: return walk.run(next_loop<float, uint32_t>, nullptr);
    case DType::F64: return walk.run(next_loop<double, uint64_t>, nullptr);
    case DType::BF16: return walk.run(next_loop<BF16, uint16_t>, nullptr);
    case DType::F16: return walk.run(next_loop<F16, uint16_t>, nullptr);
    default: refuse("nextafter", d);
  }
}

// ---- complex from two reals; operands (result, real, imaginary) ----
namespace {
template <class R, bool Polar>
void complex_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  auto *out = reinterpret_cast<std::complex<R> *>(ptr[0]);
  const R *x = reinterpret_cast<const R *>(ptr[1]), *y = reinterpret_cast<const R *>(ptr[2]);
  for (int64_t i = 0; i < n; ++i) {
    R u = x[scalar[1] ? 0 : i], v = y[scalar[2] ? 0 : i];
    out[i] = Polar ? std::complex<R>(u * std::cos(v), u * std::sin(v)) : std::complex<R>(u, v);
  }
}
template <bool Polar>
void run_complex(const Call &c) {
  Walk walk(c, 3, 1);
  bool wide = c[0].dtype == DType::C128;
  walk.op[0].compute = wide ? DType::C128 : DType::C64;
  walk.op[1].compute = walk.op[2].compute = wide ? DType::F64 : DType::F32;
  walk.run(wide ? complex_loop<double, Polar> : complex_loop<float, Polar>, nullptr);
}

template <class T>
void frexp_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  T *mantissa = reinterpret_cast<T *>(ptr[0]);
  int32_t *exponent = reinterpret_cast<int32_t *>(ptr[1]);
  const T *x = reinterpret_cast<const T *>(ptr[2]);
  for (int64_t i = 0; i < n; ++i) {
    T v = x[scalar[2] ? 0 : i];
    int e = 0;
    mantissa[i] = std::frexp(v, &e);
    exponent[i] = std::isfinite(v) ? e : 0;
  }
}
}  // namespace
KERNEL(complex) { run_complex<false>(c); }
KERNEL(polar) { run_complex<true>(c); }
// frexp(mantissa, exponent (int32), x)
KERNEL(frexp) {
  Walk walk(c, 3, 2);
  bool wide = c[2].dtype == DType::F64;
  if (!is_floating(c[2].dtype)) refuse("frexp", c[2].dtype);
  walk.op[0].compute = walk.op[2].compute = wide ? DType::F64 : DType::F32;
  walk.op[1].compute = DType::I32;
  walk.run(wide ? frexp_loop<double> : frexp_loop<float>, nullptr);
}

}  // namespace mt
