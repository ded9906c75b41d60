#include "numbers.h"

#include "../kernels/dtypes.h"

namespace mt::communication {
namespace {

template <class T>
T sum(T a, T b) {
  if constexpr (std::is_same_v<T, Bool>)
    return Bool{static_cast<uint8_t>(a.v || b.v)};
  else if constexpr (is_reduced_v<T>)
    return T(static_cast<float>(a) + static_cast<float>(b));
  else
    return static_cast<T>(a + b);
}
template <class T>
T product(T a, T b) {
  if constexpr (std::is_same_v<T, Bool>)
    return Bool{static_cast<uint8_t>(a.v && b.v)};
  else if constexpr (is_reduced_v<T>)
    return T(static_cast<float>(a) * static_cast<float>(b));
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  else
    return a * b;
}
// A NaN wins.
template <class T, bool greatest>
T extreme(T a, T b) {
  if constexpr (std::is_same_v<T, Bool>)
    return greatest ? sum(a, b) : product(a, b);
  else if constexpr (is_reduced_v<T>)
    return T(extreme<float, greatest>(static_cast<float>(a), static_cast<float>(b)));
  else if constexpr (std::is_floating_point_v<T>)
    return a != a ? a : b != b ? b : (greatest ? a < b : b < a) ? b : a;
  else
    return (greatest ? a < b : b < a) ? b : a;
}

template <class T, class F>
void each(char *a, const char *b, size_t n, F f) {
  auto *x = reinterpret_cast<T *>(a);
  auto *y = reinterpret_cast<const T *>(b);
  for (size_t i = 0; i < n; ++i) x[i] = f(x[i], y[i]);
}

template <class T>
void combine_as(char *a, const char *b, size_t n, Combine how) {
  switch (how) {
    case Combine::Sum:
      return each<T>(a, b, n, sum<T>);
    case Combine::Product:
      return each<T>(a, b, n, product<T>);
    case Combine::Least:
      if constexpr (!is_complex_v<T>) return each<T>(a, b, n, extreme<T, false>);
      return;
    case Combine::Greatest:
      if constexpr (!is_complex_v<T>) return each<T>(a, b, n, extreme<T, true>);
      return;
    case Combine::And:
      if constexpr (std::is_same_v<T, Bool>)
        return each<T>(a, b, n, product<T>);
      else if constexpr (std::is_integral_v<T>)
        return each<T>(a, b, n, [](T x, T y) { return static_cast<T>(x & y); });
      return;
    case Combine::Or:
      if constexpr (std::is_same_v<T, Bool>)
        return each<T>(a, b, n, sum<T>);
      else if constexpr (std::is_integral_v<T>)
        return each<T>(a, b, n, [](T x, T y) { return static_cast<T>(x | y); });
      return;
    case Combine::Xor:
      if constexpr (std::is_same_v<T, Bool>)
        return each<T>(a, b, n, [](T x, T y) { return Bool{static_cast<uint8_t>(!x.v != !y.v)}; });
      else if constexpr (std::is_integral_v<T>)
        return each<T>(a, b, n, [](T x, T y) { return static_cast<T>(x ^ y); });
      return;
  }
}

}  // namespace

bool combines(DType dtype, Combine how) {
  if (how == Combine::Sum || how == Combine::Product) return true;
  if (how == Combine::Least || how == Combine::Greatest) return !is_complex(dtype);
  return is_integral(dtype);
}

void combine(char *a, const char *b, size_t n, DType dtype, Combine how) {
  switch (dtype) {
#define X(type, name, ...) \
  case DType::name:        \
    return combine_as<type>(a, b, n, how);
    MT_DTYPES(X)
#undef X
    default:
      return;
  }
}

}  // namespace mt::communication
