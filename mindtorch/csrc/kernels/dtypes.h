// The dtype switch, and conversion of runs of elements between any two dtypes.
#pragma once
#include <type_traits>

#include "elements.h"
#include "kernel.h"

namespace mt {

template <class T> inline constexpr bool is_complex_v = std::is_same_v<T, C64> || std::is_same_v<T, C128>;
template <class T>
inline constexpr bool is_reduced_v = std::is_same_v<T, F16> || std::is_same_v<T, BF16> || std::is_same_v<T, F8E4M3> ||
                                     std::is_same_v<T, F8E5M2>;
template <class T> struct dtype_of;
#define X(type, name, ...) \
  template <> struct dtype_of<type> { static constexpr DType value = DType::name; };
MT_DTYPES(X)
#undef X

// What arithmetic on T is done in.
template <class T> struct compute { using type = T; };
template <> struct compute<F16> { using type = float; };
template <> struct compute<BF16> { using type = float; };
template <> struct compute<F8E4M3> { using type = float; };
template <> struct compute<F8E5M2> { using type = float; };
template <> struct compute<Bool> { using type = uint8_t; };
template <class T> using compute_t = typename compute<T>::type;

template <class To, class From>
inline To convert(From x) {
  if constexpr (std::is_same_v<To, From>) return x;
  else if constexpr (std::is_same_v<From, Bool>) return convert<To>(static_cast<uint8_t>(x.v != 0));
  else if constexpr (is_reduced_v<From>) return convert<To>(static_cast<float>(x));
  else if constexpr (std::is_same_v<To, Bool>) {
    if constexpr (is_complex_v<From>) return Bool{static_cast<uint8_t>(x.real() != 0 || x.imag() != 0)};
    else return Bool{static_cast<uint8_t>(x != From(0))};
  } else if constexpr (is_complex_v<To>) {
    using R = typename To::value_type;
    if constexpr (is_complex_v<From>) return To(static_cast<R>(x.real()), static_cast<R>(x.imag()));
    else return To(static_cast<R>(x), R(0));
  } else if constexpr (is_complex_v<From>) return convert<To>(x.real());
  else if constexpr (is_reduced_v<To>) return To(static_cast<float>(x));
  else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    // out of range is undefined in C++; signed types go through int32 as the hardware's conversion does, unsigned ones
    // through the widest
    using Wide = std::conditional_t<std::is_signed_v<To> && sizeof(To) <= 4, int32_t, int64_t>;
    return static_cast<To>(static_cast<Wide>(x));
  } else return static_cast<To>(x);
}

// f(T{}) with the C++ type of a dtype.
template <class F>
auto dispatch(DType d, F &&f) {
  switch (d) {
#define X(type, name, ...) case DType::name: return f(type{});
    MT_DTYPES(X)
#undef X
    default: throw Error(Error::Runtime, "unknown dtype");
  }
}
// f(T{}) when d is the dtype of one of Types, else an error.
template <class... Types, class F>
void dispatch_among(DType d, Error::Kind kind, const char *complaint, F &&f) {
  if (!((d == dtype_of<Types>::value && (f(Types{}), true)) || ...)) throw Error(kind, complaint);
}
// Only float32, float64 and the two halves: what float kernels take.
template <class F>
auto dispatch_float(const char *name, DType d, F &&f) {
  switch (d) {
    case DType::F32: return f(float{});
    case DType::F64: return f(double{});
    case DType::F16: return f(F16{});
    case DType::BF16: return f(BF16{});
    default: throw Error(Error::NotImplemented, format("\"%s\" not implemented for this dtype", name));
  }
}

// Copy n elements with strides (in elements), converting. Defined in copy.cc for all pairs.
using ConvertRun = void (*)(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t n);
ConvertRun convert_run(DType to, DType from);

}  // namespace mt
