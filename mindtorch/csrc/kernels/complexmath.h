// Complex arithmetic without the recovery of infinities that std::complex pays for on every product.
#pragma once
#include "dtypes.h"

namespace mt {

template <class T>
inline T times(T x, T y) {
  if constexpr (is_complex_v<T>)
    return T(x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real());
  else return x * y;
}

// Scaled by the larger part of y, so that neither |y|^2 nor its reciprocal leaves the range.
template <class T>
inline T over(T x, T y) {
  if constexpr (is_complex_v<T>) {
    using R = typename T::value_type;
    R c = y.real(), d = y.imag(), s = std::max(std::fabs(c), std::fabs(d));
    if (std::isinf(s)) {
      if (std::isfinite(x.real()) && std::isfinite(x.imag()) && !std::isnan(c) && !std::isnan(d)) {
        R u = std::copysign(R(std::isinf(c)), c), v = std::copysign(R(std::isinf(d)), d);
        return T(R(0) * (x.real() * u + x.imag() * v), R(0) * (x.imag() * u - x.real() * v));
      }
      return T(NAN, NAN);
    }
    if (s == 0) return T(x.real() / s, x.imag() / s);
    c /= s, d /= s;
    R a = x.real() / s, b = x.imag() / s, n = c * c + d * d;
    return T((a * c + b * d) / n, (b * c - a * d) / n);
  } else {
    return x / y;
  }
}

// 1 / x as conj(x) / |x|^2
template <class T>
inline T inverse(T x) {
  if constexpr (is_complex_v<T>) {
    auto n = x.real() * x.real() + x.imag() * x.imag();
    return T(x.real() / n, -x.imag() / n);
  } else {
    return T(1) / x;
  }
}

}  // namespace mt
