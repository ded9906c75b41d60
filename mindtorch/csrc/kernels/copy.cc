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

template <class To, class From>
void run(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t n) {
  auto *t = static_cast<To *>(to);
  auto *f = static_cast<const From *>(from);
  if (to_stride == 1 && from_stride == 1) {
    if constexpr (std::is_same_v<To, From>) std::memcpy(t, f, n * sizeof(To));
    else if constexpr (std::is_same_v<To, float> && std::is_same_v<From, F16>)
      for (int64_t i = 0; i < n; ++i) t[i] = half_to_float(f[i].bits);
    else if constexpr (std::is_same_v<To, F16> && std::is_same_v<From, float>)
      for (int64_t i = 0; i < n; ++i) t[i].bits = float_to_half(f[i]);
    else
      for (int64_t i = 0; i < n; ++i) t[i] = convert<To>(f[i]);
  } else if (to_stride == 1 && from_stride == 0) {
    std::fill(t, t + n, convert<To>(*f));
  } else {
    for (int64_t i = 0; i < n; ++i) t[i * to_stride] = convert<To>(f[i * from_stride]);
  }
}

constexpr int kCount = static_cast<int>(DType::Count);
struct Table {
  ConvertRun at[kCount][kCount];
  Table() {
#define FROM(type, name) at[static_cast<int>(dtype_of<To>::value)][static_cast<int>(DType::name)] = run<To, type>;
#define TO(type, name) \
  {                    \
    using To = type;   \
    row<To>();         \
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
// Transposes do badly run by run: tiles keep both sides in cache.
template <class T>
void transpose(T *to, const T *from, int64_t rows, int64_t columns, int64_t to_row, int64_t from_column) {
  constexpr int64_t kTile = 32;
  parallel_for((rows + kTile - 1) / kTile, std::max<int64_t>(1, kGrain / (kTile * columns)), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin * kTile; r < std::min(rows, end * kTile); r += kTile)
      for (int64_t q = 0; q < columns; q += kTile)
        for (int64_t i = r; i < std::min(rows, r + kTile); ++i)
          for (int64_t j = q; j < std::min(columns, q + kTile); ++j) to[i * to_row + j] = from[j * from_column + i];
  });
}

void same_bytes(char *const *ptr, const bool *scalar, int64_t n, const Scalar *attributes) {
  int64_t width = attributes[0].i;
  if (!scalar[1]) std::memcpy(ptr[0], ptr[1], n * width);
  else
    for (int64_t i = 0; i < n; ++i) std::memcpy(ptr[0] + i * width, ptr[1], width);
}
}  // namespace

// copy(to, from): from broadcasts to to.
KERNEL(copy) {
  Walk walk(c.t, 2, 1);
  if (walk.ndim == 2 && walk.op[0].dtype == walk.op[1].dtype && walk.op[0].stride[1] == 1 && walk.op[1].stride[0] == 1 && walk.op[1].stride[1] > 1) {
    int64_t width = itemsize(walk.op[0].dtype);
    auto go = [&](auto zero) {
      using T = decltype(zero);
      transpose(reinterpret_cast<T *>(walk.op[0].data), reinterpret_cast<const T *>(walk.op[1].data), walk.shape[0], walk.shape[1], walk.op[0].stride[0], walk.op[1].stride[1]);
    };
    if (width == 4) return go(uint32_t{});
    if (width == 8) return go(uint64_t{});
    if (width == 2) return go(uint16_t{});
  }
  walk.op[1].compute = walk.op[0].dtype;
  Scalar width;
  width.kind = Scalar::Int;
  width.i = itemsize(walk.op[0].dtype);
  walk.run(same_bytes, &width);
}

// fill(to; value)
KERNEL(fill) {
  dispatch(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    View one = c[0];
    alignas(16) T value;
    if constexpr (is_complex_v<T>) value = c.s[0].to<T>();
    else if constexpr (is_reduced_v<T>) value = T(static_cast<float>(c.s[0].real()));
    else if constexpr (std::is_floating_point_v<T>) value = static_cast<T>(c.s[0].real());
    else value = c.s[0].kind == Scalar::Float ? convert<T>(c.s[0].f) : convert<T>(c.s[0].i);
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
