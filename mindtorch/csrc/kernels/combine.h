// What is written into one element by several sources: set, add, multiply, minimum, maximum; and moving bytes by width.
#pragma once
#include "iterator.h"

namespace mt {

enum Mode : int { kSet, kAdd, kMultiply, kMinimum, kMaximum };

struct Wide {
  uint64_t v[2];
};

// f(T{}) with an unsigned type of the dtype's width: for what only moves elements.
template <class F>
void by_width(DType d, F &&f) {
  switch (itemsize(d)) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    case 8: return f(uint64_t{});
    default: return f(Wide{});
  }
}

// Every dtype but the 8-bit floats.
template <class F>
void arithmetic(DType d, const char *name, F &&f) {
  switch (d) {
#define MT_CASE(type, name, ...) \
  case DType::name:              \
    if constexpr (!std::is_same_v<type, F8E4M3> && !std::is_same_v<type, F8E5M2>) return f(type{}); \
    break;
    MT_DTYPES(MT_CASE)
#undef MT_CASE
    default: break;
  }
  throw Error(Error::NotImplemented, format("\"%s\" not implemented for 8-bit floats", name));
}

// Integers wrap.
template <class C>
C added(C x, C y) {
  if constexpr (std::is_integral_v<C>) return static_cast<C>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y));
  else return x + y;
}
template <class C>
C multiplied(C x, C y) {
  if constexpr (std::is_integral_v<C>) return static_cast<C>(static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
  else return x * y;
}

// g(f) with f(old, value) -> new for a mode other than kSet. NaN wins a minimum or maximum; bool adds as or, multiplies
// as and.
template <class T, class G>
void with_mode(int mode, G &&g) {
  using C = compute_t<T>;
  if (mode == kAdd) {
    if constexpr (std::is_same_v<T, Bool>) return g([](T x, T y) { return T{static_cast<uint8_t>((x.v | y.v) != 0)}; });
    else return g([](T x, T y) { return T(added<C>(x, y)); });
  }
  if (mode == kMultiply) {
    if constexpr (std::is_same_v<T, Bool>) return g([](T x, T y) { return T{static_cast<uint8_t>(x.v && y.v)}; });
    else return g([](T x, T y) { return T(multiplied<C>(x, y)); });
  }
  if constexpr (is_complex_v<T>)
    throw Error(Error::NotImplemented, "minimum and maximum are not implemented for complex numbers");
  else if constexpr (std::is_same_v<T, Bool>) {
    if (mode == kMinimum) return g([](T x, T y) { return T{static_cast<uint8_t>(x.v && y.v)}; });
    return g([](T x, T y) { return T{static_cast<uint8_t>((x.v | y.v) != 0)}; });
  } else {
    if (mode == kMinimum) return g([](T x, T y) { return C(x) != C(x) || C(x) < C(y) ? x : y; });
    return g([](T x, T y) { return C(x) != C(x) || C(x) > C(y) ? x : y; });
  }
}

}  // namespace mt
