// The dtypes: the one table that codes, sizes, kinds and names come from.
#pragma once
#include <cstdint>

namespace mt {

enum class DTypeKind : int8_t { Whole, Real, Complex };  // Whole: bool included

// In the order of their codes. Type of an element (elements.h), name, bytes, kind, the reference's name in C++,
// MindSpore's name (kNumberType...).
#define MT_DTYPES(X)                                          \
  X(Bool, Bool, 1, Whole, "Bool", Bool)                       \
  X(uint8_t, U8, 1, Whole, "Byte", UInt8)                     \
  X(int8_t, I8, 1, Whole, "Char", Int8)                       \
  X(int16_t, I16, 2, Whole, "Short", Int16)                   \
  X(int32_t, I32, 4, Whole, "Int", Int32)                     \
  X(int64_t, I64, 8, Whole, "Long", Int64)                    \
  X(F16, F16, 2, Real, "Half", Float16)                       \
  X(BF16, BF16, 2, Real, "BFloat16", BFloat16)                \
  X(float, F32, 4, Real, "Float", Float32)                    \
  X(double, F64, 8, Real, "Double", Float64)                  \
  X(C64, C64, 8, Complex, "ComplexFloat", Complex64)          \
  X(C128, C128, 16, Complex, "ComplexDouble", Complex128)     \
  X(uint16_t, U16, 2, Whole, "UInt16", UInt16)                \
  X(uint32_t, U32, 4, Whole, "UInt32", UInt32)                \
  X(uint64_t, U64, 8, Whole, "UInt64", UInt64)                \
  X(F8E4M3, F8E4M3, 1, Real, "Float8_e4m3fn", Float8E4M3FN)   \
  X(F8E5M2, F8E5M2, 1, Real, "Float8_e5m2", Float8E5M2)

enum class DType : int8_t {
#define X(type, name, ...) name,
  MT_DTYPES(X)
#undef X
      Count
};

inline int64_t itemsize(DType d) {
#define X(type, name, bytes, ...) bytes,
  constexpr int8_t sizes[] = {MT_DTYPES(X)};
#undef X
  return sizes[static_cast<int>(d)];
}
inline DTypeKind dtype_kind(DType d) {
#define X(type, name, bytes, kind, ...) DTypeKind::kind,
  constexpr DTypeKind kinds[] = {MT_DTYPES(X)};
#undef X
  return kinds[static_cast<int>(d)];
}
inline bool is_floating(DType d) { return dtype_kind(d) == DTypeKind::Real; }
inline bool is_complex(DType d) { return dtype_kind(d) == DTypeKind::Complex; }
inline bool is_integral(DType d) { return dtype_kind(d) == DTypeKind::Whole; }  // bool included

}  // namespace mt
