// Declaring element-wise kernels. A functor is written once over a generic number and instantiated per compute type:
// integers of every width in int64 (two's complement narrows exactly), halves in float.
//
//   UNARY(exp, kFloating | kComplexes, std::exp(x))
//   BINARY(add, kAll, x + y)                      attributes: a[0], a[1] ... as Scalar
//   COMPARE(lt, kReal, x < y)                     result bool
//
// Call: t[0] result, t[1..] operands, s[0] = the DType to compute in, s[1..] attributes.
#pragma once
#include "iterator.h"

namespace mt {

enum : int { kIntegral = 1, kFloating = 2, kComplexes = 4, kReal = 3, kAll = 7 };

using Loops = BlockLoop[5];  // int64, float, double, C64, C128
inline int loop_index(DType compute) {
  switch (compute) {
    case DType::F16: case DType::BF16: case DType::F32: case DType::F8E4M3: case DType::F8E5M2: return 1;
    case DType::F64: return 2;
    case DType::C64: return 3;
    case DType::C128: return 4;
    default: return 0;
  }
}
inline DType loop_dtype(int index) {
  constexpr DType types[] = {DType::I64, DType::F32, DType::F64, DType::C64, DType::C128};
  return types[index];
}

template <int Inputs, class T, class R, class F>
void block_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *a) {
  R *out = reinterpret_cast<R *>(ptr[0]);
  const T *x = reinterpret_cast<const T *>(ptr[1]);
  F f{a};
  if constexpr (Inputs == 1) {
    if (scalar[1]) {
      R r = f(x[0]);
      std::fill(out, out + n, r);
    } else {
      for (int64_t i = 0; i < n; ++i) out[i] = f(x[i]);
    }
  } else if constexpr (Inputs == 2) {
    const T *y = reinterpret_cast<const T *>(ptr[2]);
    if (scalar[2]) {
      T v = y[0];
      if (scalar[1]) std::fill(out, out + n, f(x[0], v));
      else
        for (int64_t i = 0; i < n; ++i) out[i] = f(x[i], v);
    } else if (scalar[1]) {
      T v = x[0];
      for (int64_t i = 0; i < n; ++i) out[i] = f(v, y[i]);
    } else {
      for (int64_t i = 0; i < n; ++i) out[i] = f(x[i], y[i]);
    }
  } else {
    const T *y = reinterpret_cast<const T *>(ptr[2]), *z = reinterpret_cast<const T *>(ptr[3]);
    int64_t sx = !scalar[1], sy = !scalar[2], sz = !scalar[3];
    if (sx && sy && sz)
      for (int64_t i = 0; i < n; ++i) out[i] = f(x[i], y[i], z[i]);
    else
      for (int64_t i = 0; i < n; ++i) out[i] = f(x[i * sx], y[i * sy], z[i * sz]);
  }
}

template <int Inputs, int Types, bool ToBool, class F>
struct PointwiseTable {
  Loops loops{};
  PointwiseTable() {
    if constexpr (Types & kIntegral) set<int64_t>(0);
    if constexpr (Types & kFloating) set<float>(1), set<double>(2);
    if constexpr (Types & kComplexes) set<C64>(3), set<C128>(4);
  }
  template <class T>
  void set(int i) {
    loops[i] = block_loop<Inputs, T, std::conditional_t<ToBool, uint8_t, T>, typename F::template of<T>>;
  }
};

inline void run_pointwise(const Call &c, const Loops &loops, int inputs, bool to_bool, const char *name) {
  MT_CHECK(c.nt == inputs + 1, "%s takes %d operands", name, inputs);
  int index = loop_index(static_cast<DType>(c.s[0].i));
  if (!loops[index]) throw Error(Error::NotImplemented, format("\"%s\" not implemented for this dtype", name));
  Walk walk(c.t, inputs + 1, 1);
  DType compute = loop_dtype(index);
  for (int k = 1; k <= inputs; ++k) walk.op[k].compute = compute;
  walk.op[0].compute = to_bool ? DType::Bool : compute;
  walk.run(loops[index], c.s + 1);
}

// The expression sees x (y, z) of type T and the attributes a.
#define MT_POINTWISE(name, inputs, types, to_bool, params, ...)                                  \
  namespace {                                                                                    \
  struct functor_##name {                                                                        \
    template <class T>                                                                           \
    struct of {                                                                                  \
      const Scalar *a;                                                                           \
      inline auto operator() params const -> std::conditional_t<to_bool, uint8_t, T> { __VA_ARGS__; } \
    };                                                                                           \
  };                                                                                             \
  }                                                                                              \
  KERNEL(name) {                                                                                 \
    static const PointwiseTable<inputs, types, to_bool, functor_##name> table;                   \
    run_pointwise(c, table.loops, inputs, to_bool, #name);                                       \
  }
#define UNARY(name, types, ...) MT_POINTWISE(name, 1, types, false, (T x), return __VA_ARGS__)
#define BINARY(name, types, ...) MT_POINTWISE(name, 2, types, false, (T x, T y), return __VA_ARGS__)
#define TERNARY(name, types, ...) MT_POINTWISE(name, 3, types, false, (T x, T y, T z), return __VA_ARGS__)
#define TEST1(name, types, ...) MT_POINTWISE(name, 1, types, true, (T x), return __VA_ARGS__)
#define COMPARE(name, types, ...) MT_POINTWISE(name, 2, types, true, (T x, T y), return __VA_ARGS__)

}  // namespace mt
