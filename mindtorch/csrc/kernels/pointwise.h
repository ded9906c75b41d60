// Declaring element-wise kernels. A functor is written once over a generic number and instantiated per compute type:
// integers of every width in int64 (two's complement narrows exactly), halves in float.
//
//   UNARY(exp, kFloating | kComplexes, std::exp(x))
//   BINARY(add, kAll, x + y)                      attributes: p, q, r, or a[0] ... as Scalar
//   COMPARE(lt, kReal, x < y)                     result bool
//   REAL1(abs, kAll, std::abs(x))                 complex loops give real results
//
// Call: t[0] result, t[1..] operands, s[0] = the DType to compute in, s[1..] attributes.
#pragma once
#include "iterator.h"
#include "stepped.h"

namespace mt {

// kWideLast: a number as the last operand keeps its precision; elsewhere it becomes a half first when the others are
// halves. kNoBool: of the integral types, bool is refused. kNarrow, kBytes: int32 (bool) need not be widened, because
// the result's low bits depend on the operands' low bits alone. kStepF16, kStepBF16: this half rounds after every
// operation. kNoHalves: halves are refused.
enum : int {
  kIntegral = 1,
  kFloating = 2,
  kComplexes = 4,
  kReal = 3,
  kAll = 7,
  kNoBool = 8,
  kNarrow = 16,
  kBytes = 32,
  kWideLast = 64,
  kStepF16 = 128,
  kStepBF16 = 256,
  kStep = 384,
  kNoHalves = 512
};
// What a loop writes: its own type, a bool, or (complex loops) the real type.
enum Result { kSame, kToBool, kToReal };
template <class T> struct real_of { using type = T; };
template <class R> struct real_of<std::complex<R>> { using type = R; };
template <class T> using real_t = typename real_of<T>::type;
template <Result R, class T>
using result_t = std::conditional_t<R == kToBool, uint8_t, std::conditional_t<R == kToReal, real_t<T>, T>>;

using Loops =
    BlockLoop[9];  // int64, float, double, C64, C128; without widening: uint32, bytes; step by step: F16, BF16
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

// An element as the loop's type has it; a bool is whatever byte is not 0.
template <class T>
inline T element(T x) {
  if constexpr (std::is_same_v<T, uint8_t>) return x != 0;
  else return x;
}

// Blocks never overlap partly (the engine refuses that), only exactly, in place: so no dependence between elements.
#define MT_EACH _Pragma("GCC ivdep") for (int64_t i = 0; i < n; ++i)

template <int Inputs, class T, class R, class F>
void block_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *a) {
  R *out = reinterpret_cast<R *>(ptr[0]);
  const T *x = reinterpret_cast<const T *>(ptr[1]);
  const F f(a);
  if constexpr (Inputs == 1) {
    if (scalar[1]) {
      R r = f(element(x[0]));
      std::fill(out, out + n, r);
    } else {
      MT_EACH out[i] = f(element(x[i]));
    }
  } else if constexpr (Inputs == 2) {
    const T *y = reinterpret_cast<const T *>(ptr[2]);
    if (scalar[2]) {
      T v = element(y[0]);
      if (scalar[1]) std::fill(out, out + n, f(element(x[0]), v));
      else MT_EACH out[i] = f(element(x[i]), v);
    } else if (scalar[1]) {
      T v = element(x[0]);
      MT_EACH out[i] = f(v, element(y[i]));
    } else {
      MT_EACH out[i] = f(element(x[i]), element(y[i]));
    }
  } else {
    const T *y = reinterpret_cast<const T *>(ptr[2]), *z = reinterpret_cast<const T *>(ptr[3]);
    int64_t sx = !scalar[1], sy = !scalar[2], sz = !scalar[3];
    if (sx && sy && sz) MT_EACH out[i] = f(x[i], y[i], z[i]);
    else if (sx && sy) {
      T w = z[0];
      MT_EACH out[i] = f(x[i], y[i], w);
    } else if (sx && !sz) {
      T v = y[0], w = z[0];
      MT_EACH out[i] = f(x[i], v, w);
    } else MT_EACH out[i] = f(x[i * sx], y[i * sy], z[i * sz]);
  }
}

template <int Inputs, int Types, Result R, class F>
struct PointwiseTable {
  Loops loops{};
  PointwiseTable() {
    if constexpr (Types & kIntegral) set<int64_t>(0);
    if constexpr (Types & kFloating) set<float>(1), set<double>(2);
    if constexpr (Types & kComplexes) set<C64>(3), set<C128>(4);
    if constexpr (Types & kNarrow) set<uint32_t>(5);
    if constexpr (Types & kBytes) set<uint8_t>(6);
    if constexpr (Types & kStepF16) set<Stepped<F16>>(7);
    if constexpr (Types & kStepBF16) set<Stepped<BF16>>(8);
  }
  template <class T>
  void set(int i) {
    loops[i] = block_loop<Inputs, T, result_t<R, T>, typename F::template of<T>>;
  }
};

[[noreturn]] inline void refuse(const char *name, DType d) {
  throw Error(Error::NotImplemented, format("\"%s_cpu\" not implemented for '%s'", name, dtype_name(d)));
}
// A float as the half type d holds it; of other types, itself.
template <class T>
inline T rounded_to(DType d, T x) {
  if constexpr (std::is_same_v<T, float>)
    return d == DType::F16 ? static_cast<float>(F16(x)) : d == DType::BF16 ? static_cast<float>(BF16(x)) : x;
  else return x;
}
inline DType common_dtype(const Call &c) { return c.dtype(0); }

inline void run_pointwise(const Call &c, const Loops &loops, int inputs, int types, Result result, const char *name) {
  MT_CHECK(c.nt == inputs + 1, "%s takes %d operands", name, inputs);
  DType common = common_dtype(c);
  int index = loop_index(common);
  if (!loops[index] || (types & kNoBool && common == DType::Bool) ||
      (types & kNoHalves && (common == DType::F16 || common == DType::BF16)))
    refuse(name, common);
  Walk walk(c, inputs + 1, 1);
  DType compute = loop_dtype(index);
  if ((types & kNarrow && common == DType::I32) || (types & kBytes && common == DType::Bool)) {
    index = common == DType::Bool ? 6 : 5;
    compute = common == DType::Bool ? DType::Bool : DType::U32;
    for (int k = 0; k <= inputs; ++k)
      if (walk.op[k].dtype == DType::I32 && compute == DType::U32) walk.op[k].dtype = DType::U32;
  }
  bool wide_last = types & kWideLast && !c.t[inputs].ndim && c.t[inputs].dtype != common;
  if (types & kStepF16 && common == DType::F16 && !wide_last) index = 7;
  if (types & kStepBF16 && common == DType::BF16 && !wide_last) index = 8;
  uint16_t halves[kMaxOperands];
  for (int k = 1; k <= inputs; ++k) {
    Operand &o = walk.op[k];
    o.compute = compute;
    if ((common != DType::F16 && common != DType::BF16) || o.dtype == common || c.t[k].ndim ||
        (wide_last && k == inputs))
      continue;
    convert_run(common, o.dtype)(&halves[k], 1, o.data, 0, 1);
    o.data = reinterpret_cast<char *>(&halves[k]);
    o.dtype = common;
  }
  walk.op[0].compute = result == kToBool                                 ? DType::Bool
                       : result == kToReal && (index == 3 || index == 4) ? (index == 3 ? DType::F32 : DType::F64)
                                                                         : compute;
  Scalar s[8];  // loops read a[-1], the common dtype, and attributes that the caller may have left out
  std::copy(c.s, c.s + std::min(c.ns, 8), s);
  walk.run(loops[index], s + 1);
}

// The expression sees x (y, z) of type T, the attributes as p, q, r of type T and, untyped, as a[0] ...
#define MT_LOOPS(name, inputs, types, result, params, ...)                                          \
  namespace {                                                                                       \
  struct functor_##name {                                                                           \
    template <class T>                                                                              \
    struct of {                                                                                     \
      const Scalar *a;                                                                              \
      T p, q, r;                                                                                    \
      explicit of(const Scalar *s) : a(s), p(s[0].to<T>()), q(s[1].to<T>()), r(s[2].to<T>()) {}     \
      using R = result_t<result, T>;                                                                \
      inline auto operator() params const -> R { __VA_ARGS__; }                                     \
    };                                                                                              \
  };                                                                                                \
  }                                                                                                 \
  [[maybe_unused]] static void run_##name(const Call &c) {                                          \
    static const PointwiseTable<inputs, types, result, functor_##name> table;                       \
    run_pointwise(c, table.loops, inputs, types, result, #name);                                    \
  }
#define MT_POINTWISE(name, ...)         \
  MT_LOOPS(name, __VA_ARGS__)           \
  KERNEL(name) { run_##name(c); }
#define UNARY(name, types, ...) MT_POINTWISE(name, 1, types, kSame, ([[maybe_unused]] T x), return __VA_ARGS__)
#define BINARY(name, types, ...) \
  MT_POINTWISE(name, 2, types, kSame, ([[maybe_unused]] T x, [[maybe_unused]] T y), return __VA_ARGS__)
#define TERNARY(name, types, ...) MT_POINTWISE(name, 3, types, kSame, (T x, T y, T z), return __VA_ARGS__)
#define REAL1(name, types, ...) MT_POINTWISE(name, 1, types, kToReal, ([[maybe_unused]] T x), return __VA_ARGS__)
#define TEST1(name, types, ...) MT_POINTWISE(name, 1, types, kToBool, ([[maybe_unused]] T x), return __VA_ARGS__)
#define COMPARE(name, types, ...) MT_POINTWISE(name, 2, types, kToBool, (T x, T y), return __VA_ARGS__)

}  // namespace mt
