// Activations of neural networks: one kernel forward, one backward.
#include "complexmath.h"
#include "pointwise.h"
#include "vecmath.h"

namespace mt {
namespace {
constexpr double kRootHalf = 0.707106781186547524, kRootTwoOverPi = 0.797884560802865356,
                 kOverRootTwoPi = 0.398942280401432678, kCube = 0.044715;

// The normal distribution at x: its density (times sqrt(2 pi)) and its integral from the left, from one exponential.
template <class T>
struct Normal {
  T density, below;
};
MT_INLINE Normal<float> normal(float x) {
  // e^(t^2) erfc(t), t = |x| / sqrt(2), is a polynomial in u = 1 / (1 + 0.4 t), good to 4e-9; bounded for every t
  float e = vec::exp(-0.5f * x * x), u = 1.f / (1.f + 0.282842712f * std::fabs(x));
  float q = (((((((8.621133427e-02f * u - 4.566459521e-01f) * u + 8.231975961e-01f) * u - 5.475649338e-01f) * u +
                5.413851753e-01f) *
                   u +
               7.644780610e-02f) *
                  u +
              2.547677482e-01f) *
                 u +
             2.219992509e-01f) *
                u +
            2.019783787e-04f;
  float tail = 0.5f * e * q;
  return {e, x < 0.f ? tail : 1.f - tail};
}
inline Normal<double> normal(double x) { return {vec::exp(-0.5 * x * x), 0.5 * std::erfc(-x * kRootHalf)}; }

template <class T> inline T gelu_exact(T x) { return x * normal(x).below; }
template <class T> inline T gelu_tanh(T x) {
  return T(0.5) * x * (T(1) + vec::tanh(T(kRootTwoOverPi) * (x + T(kCube) * x * x * x)));
}
template <class T> inline T gelu_exact_slope(T x) {
  auto [density, below] = normal(x);
  return below + x * density * T(kOverRootTwoPi);
}
template <class T> inline T gelu_tanh_slope(T x) {
  T t = vec::tanh(T(kRootTwoOverPi) * (x + T(kCube) * x * x * x)),
    inner = T(kRootTwoOverPi) * (T(1) + T(3 * kCube) * x * x);
  return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * inner;
}
template <class T> inline T silu_of(T x) {
  if constexpr (is_complex_v<T>) return over(x, T(1) + std::exp(-x));
  else return x / (T(1) + vec::exp(-x));
}
template <class T> inline T silu_slope(T x) {
  if constexpr (is_complex_v<T>) {
    T s = over(T(1), T(1) + std::exp(-x));
    return times(s, T(1) + times(x, T(1) - s));
  } else {
    T s = vec::sigmoid(x);
    return s * (T(1) + x * (T(1) - s));
  }
}
// tanh(log(1 + e^x)) = w / (w + 2) with w = e^x (e^x + 2); 1 where e^x is large
template <class T> inline T tanh_softplus(T x) {
  T e = vec::exp(x > T(20) ? T(20) : x), w = e * (e + T(2));
  return x > T(20) ? T(1) : w / (w + T(2));
}
template <class T> inline T log_sigmoid_of(T x) { return (x < T(0) ? x : T(0)) - vec::log1p_exp(-std::fabs(x)); }
}  // namespace

UNARY(relu, kReal, x < T(0) ? T(0) : x)
BINARY(threshold_backward, kReal, y <= p ? T(0) : x)
UNARY(threshold, kReal | kNoBool, x <= p ? q : x)
UNARY(gelu_none, kFloating, gelu_exact(x))
BINARY(gelu_none_backward, kFloating, x * gelu_exact_slope(y))
UNARY(gelu_tanh, kFloating, gelu_tanh(x))
BINARY(gelu_tanh_backward, kFloating, x * gelu_tanh_slope(y))
UNARY(silu, kFloating | kComplexes, silu_of(x))
MT_POINTWISE(silu_backward, 2, kFloating | kComplexes, kSame, (T x, T y),
             if constexpr (is_complex_v<T>) return times(x, std::conj(silu_slope(y)));
             else return x * silu_slope(y))
UNARY(mish, kFloating, x *tanh_softplus(x))
MT_POINTWISE(mish_backward, 2, kFloating, kSame, (T x, T y), T t = tanh_softplus(y);
             return x * (t + y * vec::sigmoid(y) * (T(1) - t * t)))
UNARY(leaky_relu, kFloating, x > T(0) ? x : x * p)
BINARY(leaky_relu_backward, kFloating, y > T(0) ? x : x * p)
// alpha, scale, input_scale
UNARY(elu, kFloating, x <= T(0) ? vec::expm1(x * r) * p * q : x * q)
BINARY(elu_backward, kFloating, y <= T(0) ? x * p * q * r * vec::exp(y * r) : x * q)
// beta, threshold
MT_POINTWISE(softplus, 1, kFloating, kSame, (T x), T soft = vec::log1p_exp(x * p) / p; return x * p > q ? x : soft)
BINARY(softplus_backward, kFloating, y * p > q ? x : x * vec::sigmoid(y * p))
UNARY(log_sigmoid, kFloating, log_sigmoid_of(x))
BINARY(log_sigmoid_backward, kFloating, x * vec::sigmoid(-y))
UNARY(hardtanh, kReal | kNoBool, x < p ? p : x > q ? q : x)
BINARY(hardtanh_backward, kReal, y <= p || y >= q ? T(0) : x)
UNARY(hardswish, kFloating, x *vec::limit(x + T(3), T(0), T(6)) / T(6))
BINARY(hardswish_backward, kFloating, y <= T(-3) ? T(0) : y < T(3) ? x * (y / T(3) + T(0.5)) : x)
UNARY(hardsigmoid, kFloating, vec::limit(x + T(3), T(0), T(6)) / T(6))
BINARY(hardsigmoid_backward, kFloating, y > T(-3) && y < T(3) ? x / T(6) : T(0))
UNARY(hardshrink, kFloating, x >= -p && x <= p ? T(0) : x)
UNARY(softshrink, kFloating, x > p ? x - p : x < -p ? x + p : x * T(0))
BINARY(shrink_backward, kFloating, y >= -p && y <= p ? T(0) : x)
BINARY(prelu, kFloating, x > T(0) ? x : y * x)

}  // namespace mt
