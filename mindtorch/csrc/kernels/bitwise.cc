// Bits of integers; bool counts as one bit.
#include <numeric>

#include "pointwise.h"

namespace mt {
namespace {
inline int64_t width_of(const Scalar *a) { return 8 * itemsize(static_cast<DType>(a[-1].i)); }
inline bool is_signed(const Scalar *a) {
  auto d = static_cast<DType>(a[-1].i);
  return d >= DType::I8 && d <= DType::I64;
}
}  // namespace

BINARY(bitwise_and, kIntegral | kNarrow | kBytes, x &y)
BINARY(bitwise_or, kIntegral | kNarrow | kBytes, x | y)
BINARY(bitwise_xor, kIntegral | kNarrow | kBytes, x ^ y)
MT_POINTWISE(bitwise_not, 1, kIntegral | kNarrow | kBytes, kSame, (T x),
             return static_cast<DType>(a[-1].i) == DType::Bool ? !x : ~x)
// shifts by a negative or too large count give 0, or the sign
MT_POINTWISE(bitwise_left_shift, 2, kIntegral | kNoBool, kSame, (T x, T y),
             return y < 0 || y >= width_of(a) ? 0 : static_cast<T>(static_cast<uint64_t>(x) << y))
MT_POINTWISE(bitwise_right_shift, 2, kIntegral | kNoBool, kSame, (T x, T y),
             int64_t top = width_of(a) - is_signed(a);
             if (y < 0 || y >= top) return is_signed(a) && x < 0 ? -1 : 0;
             return static_cast<DType>(a[-1].i) == DType::U64 ? static_cast<T>(static_cast<uint64_t>(x) >> y) : x >> y)
BINARY(gcd, kIntegral | kNoBool, std::gcd(x, y))
MT_POINTWISE(lcm, 2, kIntegral | kNoBool, kSame, (T x, T y), T g = std::gcd(x, y);
             return g == 0 ? 0 : std::abs(x / g * y))

}  // namespace mt
