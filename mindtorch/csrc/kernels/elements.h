// Elements that C++ has no type for: the halves, 8-bit floats, bools of any byte.
#pragma once
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>

namespace mt {

inline float bits_to_float(uint32_t u) {
  float f;
  std::memcpy(&f, &u, 4);
  return f;
}
inline uint32_t float_to_bits(float f) {
  uint32_t u;
  std::memcpy(&u, &f, 4);
  return u;
}

struct BF16 {
  uint16_t bits;
  BF16() = default;
  BF16(float f) {
    uint32_t u = float_to_bits(f);
    // round to nearest even; a NaN must not become Inf by losing its low bits
    bits = (u & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : static_cast<uint16_t>((u + 0x7fff + ((u >> 16) & 1)) >> 16);
  }
  operator float() const { return bits_to_float(static_cast<uint32_t>(bits) << 16); }
};

struct F16 {
  uint16_t bits;
  F16() = default;
  F16(float f) {
#ifdef __F16C__
    _Float16 h = static_cast<_Float16>(f);
    std::memcpy(&bits, &h, 2);
#else
    uint32_t u = float_to_bits(f), sign = (u >> 16) & 0x8000, a = u & 0x7fffffff;
    if (a > 0x7f800000) bits = static_cast<uint16_t>(sign | 0x7e00);
    else if (a >= 0x477ff000) bits = static_cast<uint16_t>(sign | 0x7c00);
    else if (a < 0x38800000) {
      // subnormal: let the float adder round at the right place
      float shifted = bits_to_float(a) + 0.5f;
      bits = static_cast<uint16_t>(sign | (float_to_bits(shifted) - 0x3f000000));
    } else {
      a += 0xc8000fff + ((a >> 13) & 1);
      bits = static_cast<uint16_t>(sign | (a >> 13));
    }
#endif
  }
  operator float() const {
#ifdef __F16C__
    _Float16 h;
    std::memcpy(&h, &bits, 2);
    return static_cast<float>(h);
#else
    uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, a = bits & 0x7fff;
    if (a >= 0x7c00) return bits_to_float(sign | 0x7f800000 | ((a & 0x3ff) << 13));
    if (a < 0x400) return bits_to_float(sign | float_to_bits(static_cast<float>(a) * 5.9604644775390625e-8f));
    return bits_to_float(sign | ((a << 13) + 0x38000000));
#endif
  }
};

// 8-bit floats exist for storage and conversion only. Without an infinity what is too large becomes the largest number.
template <int ExponentBits, int MantissaBits, bool HasInf>
struct F8 {
  uint8_t bits;
  static constexpr int kBias = (1 << (ExponentBits - 1)) - 1;
  static constexpr uint8_t kNan = HasInf ? 0x7f : 0x7f, kMax = HasInf ? 0x7b : 0x7e;
  F8() = default;
  F8(float f) {
    uint8_t sign = std::signbit(f) ? 0x80 : 0;
    float a = std::fabs(f);
    if (std::isnan(f)) {
      bits = sign | kNan;
      return;
    }
    int e;
    std::frexp(a, &e);
    e = std::max(e - 1, 1 - kBias);
    float q = std::nearbyint(std::ldexp(a, MantissaBits - e));
    float rounded = std::ldexp(q, e - MantissaBits);
    if (rounded > to_float(kMax) || std::isinf(f)) {
      bits = sign | (HasInf ? 0x7c : kMax);
      return;
    }
    int m = static_cast<int>(q);
    bits = m < (1 << MantissaBits)
               ? static_cast<uint8_t>(sign | m)
               : static_cast<uint8_t>(sign | (((e + kBias) << MantissaBits) + m - (1 << MantissaBits)));
  }
  static float to_float(uint8_t b) {
    int e = (b & 0x7f) >> MantissaBits, m = b & ((1 << MantissaBits) - 1);
    float sign = b & 0x80 ? -1.f : 1.f;
    if (HasInf && e == (1 << ExponentBits) - 1) return m ? NAN : sign * INFINITY;
    if (!HasInf && (b & 0x7f) == 0x7f) return NAN;
    return sign * (e ? std::ldexp(static_cast<float>(m + (1 << MantissaBits)), e - kBias - MantissaBits)
                     : std::ldexp(static_cast<float>(m), 1 - kBias - MantissaBits));
  }
  operator float() const { return to_float(bits); }
};
using F8E4M3 = F8<4, 3, false>;
using F8E5M2 = F8<5, 2, true>;

using C64 = std::complex<float>;
using C128 = std::complex<double>;

struct Bool {  // a byte, true unless it is 0 (files and views bring others than 1); apart from uint8_t for overloads
  uint8_t v;
};

}  // namespace mt
