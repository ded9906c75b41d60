// Comparisons, logic, tests of values, and the choice between two tensors.
#include "complexmath.h"
#include "pointwise.h"

namespace mt {

COMPARE(eq, kAll | kNarrow | kBytes, x == y)
COMPARE(ne, kAll | kNarrow | kBytes, x != y)
COMPARE(lt, kReal, x < y)
COMPARE(le, kReal, x <= y)
COMPARE(gt, kReal, x > y)
COMPARE(ge, kReal, x >= y)
COMPARE(logical_and, kAll | kBytes, (x != T(0)) & (y != T(0)))
COMPARE(logical_or, kAll | kBytes, (x != T(0)) | (y != T(0)))
COMPARE(logical_xor, kAll | kBytes, (x != T(0)) ^ (y != T(0)))
TEST1(logical_not, kAll | kBytes, x == T(0))

namespace {
template <class T> inline bool is_nan(T x) {
  if constexpr (is_complex_v<T>) return std::isnan(x.real()) || std::isnan(x.imag());
  else return x != x;
}
template <class T> inline bool is_finite(T x) {
  if constexpr (is_complex_v<T>) return std::isfinite(x.real()) && std::isfinite(x.imag());
  else if constexpr (std::is_integral_v<T>) return true;
  else return std::fabs(x) <= std::numeric_limits<T>::max();
}
template <class T> inline bool is_infinite(T x) {
  if constexpr (is_complex_v<T>) return std::isinf(x.real()) || std::isinf(x.imag());
  else return !is_finite(x) && x == x;
}
template <class T> inline bool sign_bit(T x) {
  if constexpr (std::is_integral_v<T>) return x < 0;
  else return std::signbit(x);
}
}  // namespace

TEST1(isnan, kAll, is_nan(x))
TEST1(isfinite, kAll, is_finite(x))
TEST1(isinf, kAll, is_infinite(x))
TEST1(isposinf, kReal, is_infinite(x) && x > 0)
TEST1(isneginf, kReal, is_infinite(x) && x < 0)
TEST1(signbit, kReal, sign_bit(x))
MT_POINTWISE(isreal, 1, kAll, kToBool, ([[maybe_unused]] T x), if constexpr (is_complex_v<T>) return x.imag() == 0;
             else return true)

namespace {
template <class U>
void choose(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  U *out = reinterpret_cast<U *>(ptr[0]);
  const uint8_t *take = reinterpret_cast<const uint8_t *>(ptr[1]);
  const U *x = reinterpret_cast<const U *>(ptr[2]), *y = reinterpret_cast<const U *>(ptr[3]);
  if (scalar[1]) {
    const U *from = take[0] ? x : y;
    if (scalar[take[0] ? 2 : 3]) std::fill(out, out + n, *from);
    else std::memmove(out, from, n * sizeof(U));
  } else if (scalar[2] && scalar[3]) {
    U u = *x, v = *y;
    MT_EACH out[i] = take[i] ? u : v;
  } else if (scalar[2]) {
    U u = *x;
    MT_EACH out[i] = take[i] ? u : y[i];
  } else if (scalar[3]) {
    U v = *y;
    MT_EACH out[i] = take[i] ? x[i] : v;
  } else {
    MT_EACH out[i] = take[i] ? x[i] : y[i];
  }
}
}  // namespace

// where(out, condition, x, y): moves bytes, so one loop a width
KERNEL(where) {
  Walk walk(c, 4, 1);
  walk.op[1].compute = DType::Bool;
  walk.op[2].compute = walk.op[3].compute = walk.op[0].dtype;
  switch (itemsize(walk.op[0].dtype)) {
    case 1: return walk.run(choose<uint8_t>, nullptr);
    case 2: return walk.run(choose<uint16_t>, nullptr);
    case 4: return walk.run(choose<uint32_t>, nullptr);
    case 8: return walk.run(choose<uint64_t>, nullptr);
    default: return walk.run(choose<C128>, nullptr);
  }
}

}  // namespace mt
