// + - * / and their relatives.
#include "complexmath.h"
#include "pointwise.h"
#include "vecmath.h"

namespace mt {
namespace {

template <class T> constexpr bool is_integer = std::is_integral_v<T>;

inline void check_divisor(int64_t y) { MT_CHECK(y != 0, "ZeroDivisionError"); }

// -1 apart: the smallest integer over -1 traps
inline int64_t trunc_quotient(int64_t x, int64_t y) {
  return y == -1 ? static_cast<int64_t>(0 - static_cast<uint64_t>(x)) : x / y;
}
inline int64_t trunc_rest(int64_t x, int64_t y) { return y == -1 ? 0 : x % y; }

// float: exact through double while the quotient has fewer than 28 bits
inline float rest_of(float x, float y) {
  if (std::fabs(x) < std::fabs(y)) return x;
  double q = static_cast<double>(x) / y;
  if (!(std::fabs(q) < 268435456.)) return std::fmod(x, y);
  return std::copysign(static_cast<float>(x - std::trunc(q) * y), x);
}
inline double rest_of(double x, double y) { return std::fmod(x, y); }
template <class T>
inline Stepped<T> rest_of(Stepped<T> x, Stepped<T> y) { return Stepped<T>(rest_of(x.v, y.v)); }

template <class T>
inline T floor_quotient(T x, T y) {
  if constexpr (is_integer<T>) {
    check_divisor(y);
    T q = trunc_quotient(x, y);
    return q - ((trunc_rest(x, y) != 0) && ((x < 0) != (y < 0)));
  } else {
    using std::copysign, std::floor;
    if (y == 0) return x / y;
    T rest = rest_of(x, y), q = (x - rest) / y;
    if (rest != 0 && (y < 0) != (rest < 0)) q -= 1;
    if (q == 0) return copysign(T(0), x / y);
    T whole = floor(q);
    return q - whole > T(0.5) ? whole + 1 : whole;
  }
}

template <class T>
inline T floor_rest(T x, T y) {
  if constexpr (is_integer<T>) {
    check_divisor(y);
    T rest = trunc_rest(x, y);
    return rest != 0 && ((rest < 0) != (y < 0)) ? rest + y : rest;
  } else {
    T rest = rest_of(x, y);
    return rest != 0 && ((y < 0) != (rest < 0)) ? rest + y : rest;
  }
}

inline int64_t integer_power(int64_t x, int64_t n) {
  if (n < 0) return x == 1 ? 1 : x == -1 ? (n % 2 ? -1 : 1) : 0;
  uint64_t result = 1, base = static_cast<uint64_t>(x);
  for (; n; n >>= 1, base *= base)
    if (n & 1) result *= base;
  return static_cast<int64_t>(result);
}

template <class T>
inline T power(T x, T y) {
  if constexpr (is_integer<T>) return integer_power(x, y);
  else if constexpr (is_complex_v<T>) {
    if (y == T(0)) return T(1);
    if (x == T(0)) return y.real() > 0 && y.imag() == 0 ? T(0) : std::pow(x, y);
    return std::pow(x, y);
  } else return vec::pow(x, y);
}

// Exponents that are one multiplication or a root are far cheaper than the general power.
template <class T>
void power_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *a);

// Halves compute in float, but alpha counts as a number of the dtype itself, and short runs round the product too.
template <class F>
void with_rounded_alpha(const Call &c, F run, F run_short) {
  DType d = common_dtype(c);
  if (c.ns < 2 || (d != DType::F16 && d != DType::BF16)) return run(c);
  Scalar s[2] = {c.s[0], c.s[1]};
  if (s[1].kind == Scalar::Float) s[1].f = rounded_to(d, static_cast<float>(s[1].f));
  (c[0].numel() < 32 ? run_short : run)({c.t, c.nt, s, 2});
}

inline void refuse_bool(const Call &c, const char *message) {
  if (common_dtype(c) == DType::Bool) throw Error(Error::Runtime, message);
}
constexpr const char *kNoBoolMinus =
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead.";
constexpr const char *kNoBoolsMinus =
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
    "instead.";
constexpr const char *kNoBoolNegative =
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
    "`logical_not()` operator instead.";
}  // namespace

// alpha is an attribute so that add and sub are one pass
MT_LOOPS(add, 2, kAll | kNarrow, kSame, (T x, T y), return x + times(p, y))
MT_LOOPS(add_short, 2, kFloating, kSame, (T x, T y), return x + rounded_to(static_cast<DType>(a[-1].i), p * y))
MT_LOOPS(sub_short, 2, kFloating, kSame, (T x, T y), return x - rounded_to(static_cast<DType>(a[-1].i), p * y))
KERNEL(add) { with_rounded_alpha(c, run_add, run_add_short); }
MT_LOOPS(sub, 2, kAll | kNarrow, kSame, (T x, T y), return x - times(p, y))
KERNEL(sub) {
  if (common_dtype(c) == DType::Bool)
    throw Error(Error::Runtime, c[1].dtype == DType::Bool && c[2].dtype == DType::Bool ? kNoBoolsMinus : kNoBoolMinus);
  with_rounded_alpha(c, run_sub, run_sub_short);
}
BINARY(mul, kAll | kNarrow | kWideLast, times(x, y))
BINARY(div, kFloating | kComplexes | kWideLast, over(x, y))
BINARY(div_floor, kReal | kStep | kWideLast, floor_quotient(x, y))
// a[0]: the quotient of two half tensors is rounded to their dtype before it is cut off (by a number: not)
MT_LOOPS(div_trunc, 2, kReal, kSame, (T x, T y), if constexpr (is_integer<T>) {
  check_divisor(y);
  return trunc_quotient(x, y);
} else if constexpr (std::is_same_v<T, float>) {
  float v = x / y;
  if (a[0].i == 1) v = F16(v);
  if (a[0].i == 2) v = BF16(v);
  return std::trunc(v);
} else return std::trunc(x / y))
KERNEL(div_trunc) {
  Scalar s[2] = {c.scalar(0), {}};
  DType d = common_dtype(c);
  if (c[1].dtype == d && c[2].dtype == d) s[1].i = d == DType::F16 ? 1 : d == DType::BF16 ? 2 : 0;
  run_div_trunc({c.t, c.nt, s, 2});
}
BINARY(remainder, kReal | kNoBool, floor_rest(x, y))
MT_POINTWISE(
    fmod, 2, kReal | kNoBool, kSame, (T x, T y), if constexpr (is_integer<T>) {
      check_divisor(y);
      return trunc_rest(x, y);
    } else return rest_of(x, y))
MT_LOOPS(neg, 1, kAll, kSame, (T x), return -x)
KERNEL(neg) {
  refuse_bool(c, kNoBoolNegative);
  run_neg(c);
}
REAL1(abs, kAll | kNoBool, std::abs(x))
UNARY(square, kAll, times(x, x))
UNARY(reciprocal, kFloating | kComplexes, inverse(x))

namespace {
template <class T>
void power_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  T *out = reinterpret_cast<T *>(ptr[0]);
  const T *x = reinterpret_cast<const T *>(ptr[1]), *y = reinterpret_cast<const T *>(ptr[2]);
  if (scalar[2] && !scalar[1]) {
    T e = y[0];
    if (e == T(2)) {
      MT_EACH out[i] = times(x[i], x[i]);
      return;
    }
    if (e == T(3)) {
      MT_EACH out[i] = times(times(x[i], x[i]), x[i]);
      return;
    }
    if constexpr (!is_integer<T>) {
      if (e == T(0.5)) {
        using std::sqrt;
        MT_EACH out[i] = sqrt(x[i]);
        return;
      }
      if (e == T(-1)) {
        MT_EACH out[i] = over(T(1), x[i]);
        return;
      }
      if constexpr (!is_complex_v<T>) {
        if (e == T(-0.5)) {
          using std::sqrt;
          MT_EACH out[i] = T(1) / sqrt(x[i]);
          return;
        }
        if (e == T(-2)) {
          MT_EACH out[i] = T(1) / (x[i] * x[i]);
          return;
        }
      }
    }
  }
  T repeated[kBlock];  // a dense copy of a repeated operand keeps the general loop vectorised
  for (int k = 1; k <= 2; ++k)
    if (scalar[k]) {
      std::fill(repeated, repeated + n, k == 1 ? x[0] : y[0]);
      (k == 1 ? x : y) = repeated;
      if (scalar[3 - k]) {
        std::fill(out, out + n, power(x[0], y[0]));
        return;
      }
    }
  MT_EACH out[i] = power(x[i], y[i]);
}
}  // namespace

KERNEL(pow) {
  static const Loops loops = {power_loop<int64_t>,
                              power_loop<float>,
                              power_loop<double>,
                              power_loop<C64>,
                              power_loop<C128>,
                              nullptr,
                              nullptr,
                              nullptr,
                              power_loop<Stepped<BF16>>};
  run_pointwise(c, loops, 2, kAll | kNoBool | kStepBF16, kSame, "pow");
}

// t + value * a * b, t + value * a / b
TERNARY(addcmul, kAll, x + times(times(p, y), z))
TERNARY(addcdiv, kFloating | kComplexes, x + over(times(p, y), z))
TERNARY(lerp, kFloating | kComplexes | kWideLast,
        std::abs(z) < real_t<T>(0.5) ? x + times(z, y - x) : y - times(y - x, T(1) - z))

// ---- choosing ----
#define MT_PICK(name, take_x, nan_rule) \
  MT_POINTWISE(name, 2, kReal, kSame, (T x, T y), if constexpr (!is_integer<T>) { nan_rule } return take_x ? x : y)
MT_PICK(maximum, x >= y, if (x != x) return x; if (y != y) return y;)
MT_PICK(minimum, x <= y, if (x != x) return x; if (y != y) return y;)
MT_PICK(fmax, x >= y, if (x != x) return y; if (y != y) return x;)
MT_PICK(fmin, x <= y, if (x != x) return y; if (y != y) return x;)

MT_POINTWISE(clamp, 3, kReal, kSame, (T x, T y, T z), T r = x < y ? y : x; r = y != y ? y : r; r = r > z ? z : r;
             return z != z ? z : r)
MT_POINTWISE(clamp_min, 2, kReal, kSame, (T x, T y), return x < y || y != y ? (x != x ? x : y) : x)
MT_POINTWISE(clamp_max, 2, kReal, kSame, (T x, T y), return x > y || y != y ? (x != x ? x : y) : x)

}  // namespace mt
