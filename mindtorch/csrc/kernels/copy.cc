// Copies and casts: every dtype to every dtype, any strides. Conversion of runs is what all other kernels build on.
#include "iterator.h"

namespace mt {
namespace {

// float16 without branches, so that whole runs vectorise where the processor's own conversion is one element at a time.
inline float half_to_float(uint16_t h) {
  uint32_t a = static_cast<uint32_t>(h & 0x7fff) << 13;
  float scaled = bits_to_float(a) * 5.192296858534828e33f;  // 2^112: the exponent's bias, and subnormals by the way
  uint32_t u = (h & 0x7c00) == 0x7c00 ? a | 0x7f800000 : float_to_bits(scaled);
  return bits_to_float(u | static_cast<uint32_t>(h & 0x8000) << 16);
}
inline uint16_t float_to_half(float f) {
  uint32_t u = float_to_bits(f), a = u & 0x7fffffff;
  uint32_t normal = (a + 0xc8000fff + ((a >> 13) & 1)) >> 13;
  uint32_t small = float_to_bits(bits_to_float(a) + 0.5f) - 0x3f000000;  // the adder rounds at the right place
  uint32_t r = a < 0x38800000 ? small : normal;
  r = a >= 0x477ff000 ? 0x7c00 : r;
  r = a > 0x7f800000 ? 0x7e00 : r;
  return static_cast<uint16_t>(r | ((u >> 16) & 0x8000));
}

// Bools as ones and zeros. Widening eight (or four) bytes at once is what the compiler does not find in a plain loop.
template <class To>
void from_bools(To *to, const uint8_t *from, int64_t n) {
  int64_t i = 0;
#ifdef __AVX2__
  if constexpr (std::is_arithmetic_v<To> && sizeof(To) >= 4) {
    using Bits = std::conditional_t<sizeof(To) == 4, int32_t, int64_t>;
    typedef Bits Row __attribute__((vector_size(32)));
    constexpr int kWide = 32 / sizeof(To);
    const To one = 1;
    Bits bits;
    std::memcpy(&bits, &one, sizeof bits);
    for (; i + kWide <= n; i += kWide) {
      const uint8_t *p = from + i;
      Row row;
      if constexpr (kWide == 8) row = Row{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]};
      else row = Row{p[0], p[1], p[2], p[3]};
      row = (row != 0) & bits;
      std::memcpy(to + i, &row, sizeof row);
    }
  }
#endif
  for (; i < n; ++i) to[i] = convert<To>(Bool{from[i]});
}

template <class To, class From>
void run(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t n) {
  auto *t = static_cast<To *>(to);
  auto *f = static_cast<const From *>(from);
  if (to_stride == 1 && from_stride == 1) {
    if constexpr (std::is_same_v<To, From>) {
      if (n) std::memmove(t, f, n * sizeof(To));  // nothing may lie nowhere
    } else if constexpr (std::is_same_v<From, Bool>) from_bools(t, &f->v, n);
    else if constexpr (std::is_same_v<To, float> && std::is_same_v<From, F16>)
      for (int64_t i = 0; i < n; ++i) t[i] = half_to_float(f[i].bits);
    else if constexpr (std::is_same_v<To, F16> && std::is_same_v<From, float>)
      for (int64_t i = 0; i < n; ++i) t[i].bits = float_to_half(f[i]);
    else
      for (int64_t i = 0; i < n; ++i) t[i] = convert<To>(f[i]);
  } else if (to_stride == 1 && from_stride == 0) {
    std::fill(t, t + n, convert<To>(*f));
  } else if constexpr (std::is_same_v<From, Bool>) {
    if (to_stride == 1) {
      uint8_t dense[256];
      for (int64_t i = 0; i < n; i += 256) {
        int64_t take = std::min<int64_t>(256, n - i);
        for (int64_t j = 0; j < take; ++j) dense[j] = f[(i + j) * from_stride].v;
        from_bools(t + i, dense, take);
      }
    } else {
      for (int64_t i = 0; i < n; ++i) t[i * to_stride] = convert<To>(f[i * from_stride]);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) t[i * to_stride] = convert<To>(f[i * from_stride]);
  }
}

constexpr int kCount = static_cast<int>(DType::Count);
struct Table {
  ConvertRun at[kCount][kCount];
  Table() {
#define FROM(type, name, ...) at[static_cast<int>(dtype_of<To>::value)][static_cast<int>(DType::name)] = run<To, type>;
#define TO(type, ...) \
  {                   \
    using To = type;  \
    row<To>();        \
  }
    MT_DTYPES(TO)
  }
  template <class To>
  void row() {
    MT_DTYPES(FROM)
  }
};

}  // namespace

ConvertRun convert_run(DType to, DType from) {
  static const Table table;
  return table.at[static_cast<int>(to)][static_cast<int>(from)];
}

namespace {
// An 8 x 8 block in registers: interleaving row i with row i + 4 turns the bits of an element's place by one; three
// times swap row and column.
template <class T>
inline void transpose8(T *to, int64_t to_row, const T *from, int64_t from_row) {
  typedef T Row __attribute__((vector_size(8 * sizeof(T))));
  Row a[8], b[8];
  for (int k = 0; k < 8; ++k) std::memcpy(&a[k], from + k * from_row, sizeof(Row));
  for (int round = 0; round < 3; ++round) {
    for (int k = 0; k < 4; ++k) {
      b[2 * k] = __builtin_shufflevector(a[k], a[k + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      b[2 * k + 1] = __builtin_shufflevector(a[k], a[k + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int k = 0; k < 8; ++k) a[k] = b[k];
  }
  for (int k = 0; k < 8; ++k) std::memcpy(to + k * to_row, &a[k], sizeof(Row));
}

// Transposes do badly run by run: tiles keep both sides in cache.
template <class T>
void transpose(T *to, const T *from, int64_t rows, int64_t columns, int64_t to_row, int64_t from_column) {
  constexpr int64_t kTile = 32;
  parallel_for((rows + kTile - 1) / kTile, std::max<int64_t>(1, kGrain / (kTile * columns)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin * kTile; r < std::min(rows, end * kTile); r += kTile)
                   for (int64_t q = 0; q < columns; q += kTile) {
                     int64_t last = std::min(rows, r + kTile), right = std::min(columns, q + kTile),
                             i8 = r + (last - r) / 8 * 8, j8 = q + (right - q) / 8 * 8;
                     for (int64_t j = q; j < j8; j += 8)
                       for (int64_t i = r; i < i8; i += 8)
                         transpose8(to + i * to_row + j, to_row, from + j * from_column + i, from_column);
                     for (int64_t i = r; i < last; ++i)
                       for (int64_t j = i < i8 ? j8 : q; j < right; ++j) to[i * to_row + j] = from[j * from_column + i];
                   }
               });
}

// Places of the runs along the innermost dimension, from number `begin` on: f(element of to, element of from).
template <class F>
void each_run(const Walk &w, int dims, int64_t begin, int64_t end, const F &f) {
  int64_t index[kMaxDims], to = 0, from = 0;
  for (int64_t d = dims - 1, rest = begin; d >= 0; --d) {
    index[d] = rest % w.shape[d];
    rest /= w.shape[d];
    to += index[d] * w.op[0].stride[d];
    from += index[d] * w.op[1].stride[d];
  }
  for (int64_t r = begin; r < end; ++r) {
    f(to, from);
    for (int d = dims - 1; d >= 0; --d) {
      to += w.op[0].stride[d];
      from += w.op[1].stride[d];
      if (++index[d] < w.shape[d]) break;
      to -= index[d] * w.op[0].stride[d];
      from -= index[d] * w.op[1].stride[d];
      index[d] = 0;
    }
  }
}

template <class T>
void transposes(const Walk &w) {
  int r = w.ndim - 2, q = w.ndim - 1;
  int64_t many = w.numel() / (w.shape[r] * w.shape[q]);
  auto some = [&](int64_t begin, int64_t end) {
    each_run(w, r, begin, end, [&](int64_t to, int64_t from) {
      transpose(reinterpret_cast<T *>(w.op[0].data) + to, reinterpret_cast<const T *>(w.op[1].data) + from, w.shape[r],
                w.shape[q], w.op[0].stride[r], w.op[1].stride[q]);
    });
  };
  if (many < threads()) some(0, many);
  else parallel_for(many, std::max<int64_t>(1, kGrain / (w.shape[r] * w.shape[q])), some);
}
}  // namespace

// copy(to, from): from broadcasts to to.
KERNEL(copy) {
  Walk w(c, 2, 1);
  int64_t total = w.numel(), wide = itemsize(w.op[0].dtype), narrow = itemsize(w.op[1].dtype);
  if (total == 0) return;
  int q = w.ndim - 1;
  if (w.ndim >= 2 && w.op[0].dtype == w.op[1].dtype && w.op[0].stride[q] == 1 && w.op[1].stride[q - 1] == 1 &&
      w.op[1].stride[q] > 1) {
    if (wide == 4) return transposes<uint32_t>(w);
    if (wide == 8) return transposes<uint64_t>(w);
    if (wide == 2) return transposes<uint16_t>(w);
  }
  ConvertRun run = convert_run(w.op[0].dtype, w.op[1].dtype);
  int64_t inner = w.ndim ? w.shape[q] : 1, s0 = w.ndim ? w.op[0].stride[q] : 0, s1 = w.ndim ? w.op[1].stride[q] : 0,
          runs = total / inner;
  auto piece = [&](int64_t to, int64_t from, int64_t n) {
    run(w.op[0].data + to * wide, s0, w.op[1].data + from * narrow, s1, n);
  };
  if (runs < threads())
    each_run(w, q, 0, runs, [&](int64_t to, int64_t from) {
      parallel_for(inner, kGrain,
                   [&](int64_t begin, int64_t end) { piece(to + begin * s0, from + begin * s1, end - begin); });
    });
  else
    parallel_for(runs, std::max<int64_t>(1, kGrain / inner), [&](int64_t begin, int64_t end) {
      each_run(w, q, begin, end, [&](int64_t to, int64_t from) { piece(to, from, inner); });
    });
}

// fill(to; value)
KERNEL(fill) {
  const Scalar &given = c.scalar(0);
  if (given.none() || given.kind == Scalar::Ints) throw Error(Error::Type, "fill: expected a number");
  dispatch(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    View one = c[0];
    alignas(16) T value;
    if constexpr (is_complex_v<T>) value = given.to<T>();
    else if constexpr (is_reduced_v<T>) value = T(static_cast<float>(given.real()));
    else if constexpr (std::is_floating_point_v<T>) value = static_cast<T>(given.real());
    else value = given.kind == Scalar::Float ? convert<T>(given.f) : convert<T>(given.i);
    one.data = &value;
    for (int d = 0; d < one.ndim; ++d) one.stride[d] = 0;
    View pair[2] = {c[0], one};
    Walk walk(pair, 2, 1);
    Scalar width;
    width.i = sizeof(T);
    walk.run(
        [](char *const *ptr, const bool *, int64_t n, const Scalar *) {
          T *out = reinterpret_cast<T *>(ptr[0]);
          std::fill(out, out + n, *reinterpret_cast<const T *>(ptr[1]));
        },
        &width);
  });
}

}  // namespace mt
