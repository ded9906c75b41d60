// The blocked matrix product: both operands are packed into panels of a compute type, so that strides and dtypes cost a
// copy and the inner loop is always the same.
#pragma once
#include "checks.h"
#include "gemm.h"

namespace mt {
namespace {

#ifdef __AVX512F__
constexpr int kVectorBytes = 64, kRows = 8, kVectors = 3;
#else
constexpr int kVectorBytes = 32, kRows = 6, kVectors = 2;
#endif
constexpr int64_t kDepth = 256;       // k of one panel at most
constexpr int64_t kSplit = 192;       // of float32: here the reference's library starts a new sum
constexpr int64_t kTileRows = 384;    // one task
constexpr int64_t kTileColumns = 384;
constexpr int64_t kPanelRows = 96;    // rows of a that are packed at once
constexpr double kPackCost = 24;      // multiplications in the time of packing one number

struct Problem {
  DType dtype;
  int64_t m, n, k;
  Matrix a, b, c, add;
  Scalar alpha, beta;
  bool in_batch;
  bool batched() const { return in_batch && m * n * k < 400; }  // the reference has loops of its own for these
  char *at(const Matrix &x, int64_t i, int64_t j) const {
    return const_cast<char *>(static_cast<const char *>(x.data)) + (i * x.row + j * x.column) * itemsize(dtype);
  }
};

DType compute_dtype(DType d) {
  switch (d) {
    case DType::F32: case DType::F64: case DType::C64: case DType::C128: return d;
    case DType::F16: case DType::BF16: case DType::F8E4M3: case DType::F8E5M2: return DType::F32;
    case DType::I64: case DType::U64: return DType::I64;
    default: return DType::I32;  // narrow integers wrap alike in 32 bits
  }
}

template <class T> struct Wrap { using type = T; };
template <> struct Wrap<int32_t> { using type = uint32_t; };  // signed overflow is undefined
template <> struct Wrap<int64_t> { using type = uint64_t; };
template <class T> struct Real { using type = typename Wrap<T>::type; };
template <> struct Real<C64> { using type = float; };
template <> struct Real<C128> { using type = double; };

// ---- blocked product in compute type T, which is complex or one of int32, int64, float, double ----
template <class T>
struct Blocked {
  static constexpr bool kComplex = is_complex_v<T>;
  static constexpr int kParts = kComplex ? 2 : 1;
  using R = typename Real<T>::type;
  typedef R Vec __attribute__((vector_size(kVectorBytes), aligned(alignof(R)), may_alias));
  static constexpr int kLanes = kVectorBytes / sizeof(R);
  static constexpr int MR = kComplex ? kRows / 2 : kRows, NV = kComplex ? 1 : kVectors, NR = NV * kLanes;

  // Panels hold kParts planes (real, imaginary) a step of k, each W numbers wide; what is beyond `count` is zero.
  template <int W>
  static void put(R *to, int64_t i, const T &v) {
    if constexpr (kComplex) {
      to[i] = v.real();
      to[i + W] = v.imag();
    } else {
      to[i] = static_cast<R>(v);
    }
  }

  // Numbers of one step of k lie side by side: rows are read as far as kGroup panels reach, so that each is met once.
  template <int W>
  static void pack_across(const char *base, int64_t across, int64_t along, int64_t size, bool direct, ConvertRun load,
                          int64_t count, int64_t depth, R *out, T *line) {
    constexpr int64_t kGroup = 8, kAhead = 4;
    for (int64_t i0 = 0; i0 < count; i0 += kGroup * W) {
      int64_t live = std::min<int64_t>(kGroup * W, count - i0), whole = live / W, rest = live % W;
      R *to = out + i0 * depth * kParts;
      for (int64_t kk = 0; kk < depth; ++kk, to += W * kParts) {
        const char *row = base + (i0 * across + kk * along) * size;
        const T *from = reinterpret_cast<const T *>(row);
        if (!direct || across != 1) {
          load(line, 1, row, across, live);
          from = line;
        }
        if (across == 1 && kk + kAhead < depth)  // rows far apart are not fetched ahead by the processor
          for (int64_t at = 0; at < live * size; at += 64)
            __builtin_prefetch(row + kAhead * along * size + at);
        R *panel = to;
        for (int64_t g = 0; g < whole; ++g, panel += W * depth * kParts, from += W) {
          if constexpr (kComplex)
            for (int i = 0; i < W; ++i) put<W>(panel, i, from[i]);
          else
            std::memcpy(panel, from, sizeof(R) * W);
        }
        if (rest) {
          for (int i = 0; i < W; ++i) put<W>(panel, i, i < rest ? from[i] : T(0));
        }
      }
    }
  }

  // Numbers of one row lie side by side: W rows at once are transposed, four by four.
  template <int W>
  static void pack_along(const char *base, int64_t across, int64_t along, int64_t size, bool direct, ConvertRun load,
                         int64_t count, int64_t depth, R *out, T *lines) {
    typedef R Four __attribute__((vector_size(4 * sizeof(R)), aligned(alignof(R)), may_alias));
    typedef std::conditional_t<sizeof(R) == 4, int32_t, int64_t> Place __attribute__((vector_size(4 * sizeof(R))));
    for (int64_t i0 = 0; i0 < count; i0 += W, out += W * depth * kParts) {
      int64_t live = std::min<int64_t>(W, count - i0);
      const T *rows[W];
      for (int64_t i = 0; i < live; ++i) {
        const char *row = base + (i0 + i) * across * size;
        rows[i] = reinterpret_cast<const T *>(row);
        if (direct && along == 1) continue;
        load(lines + i * depth, 1, row, along, depth);
        rows[i] = lines + i * depth;
      }
      int64_t first = 0;  // of the rows that the vectors below leave
      if constexpr (!kComplex) {
        int64_t whole = depth / 4 * 4;
        for (; first + 4 <= live; first += 4) {
          const T *const *r = rows + first;
          for (int64_t kk = 0; kk < whole; kk += 4) {
            Four a = *reinterpret_cast<const Four *>(r[0] + kk), b = *reinterpret_cast<const Four *>(r[1] + kk),
                 c = *reinterpret_cast<const Four *>(r[2] + kk), d = *reinterpret_cast<const Four *>(r[3] + kk);
            constexpr Place low = {0, 4, 1, 5}, high = {2, 6, 3, 7};
            Four e = __builtin_shuffle(a, c, low), f = __builtin_shuffle(a, c, high), g = __builtin_shuffle(b, d, low),
                 h = __builtin_shuffle(b, d, high);
            R *to = out + kk * W + first;
            *reinterpret_cast<Four *>(to) = __builtin_shuffle(e, g, low);
            *reinterpret_cast<Four *>(to + W) = __builtin_shuffle(e, g, high);
            *reinterpret_cast<Four *>(to + 2 * W) = __builtin_shuffle(f, h, low);
            *reinterpret_cast<Four *>(to + 3 * W) = __builtin_shuffle(f, h, high);
          }
          for (int64_t kk = whole; kk < depth; ++kk)
            for (int i = 0; i < 4; ++i) put<W>(out + kk * W, first + i, r[i][kk]);
        }
      }
      if (first + 2 <= live) {
        const T *a = rows[first], *b = rows[first + 1];
        for (int64_t kk = 0; kk < depth; ++kk) {
          put<W>(out + kk * W * kParts, first, a[kk]);
          put<W>(out + kk * W * kParts, first + 1, b[kk]);
        }
        first += 2;
      }
      for (int64_t i = first; i < live; ++i)
        for (int64_t kk = 0; kk < depth; ++kk) put<W>(out + kk * W * kParts, i, rows[i][kk]);
      for (int64_t i = live; i < W; ++i)
        for (int64_t kk = 0; kk < depth; ++kk) put<W>(out + kk * W * kParts, i, T(0));
    }
  }

  template <int W>
  static void pack(const Problem &p, const Matrix &x, bool transposed, int64_t first, int64_t count, int64_t k0,
                   int64_t depth, R *out, T *line) {
    int64_t across = transposed ? x.column : x.row, along = transposed ? x.row : x.column, size = itemsize(p.dtype);
    const char *base = static_cast<const char *>(x.data) + (first * across + k0 * along) * size;
    bool direct = p.dtype == dtype_of<T>::value;
    ConvertRun load = convert_run(dtype_of<T>::value, p.dtype);
    if (along == 1 || std::abs(along) < std::abs(across))
      pack_along<W>(base, across, along, size, direct, load, count, depth, out, line);
    else
      pack_across<W>(base, across, along, size, direct, load, count, depth, out, line);
  }

  // kLive rows of c, `columns` wide: c = (first ? 0 : c) + a b over `depth` steps of k.
  template <int kLive>
  static void micro(const R *a, const R *b, int64_t depth, T *c, int64_t ldc, int64_t columns, bool first) {
    Vec acc[kParts][kLive][NV] = {};
    for (int64_t kk = 0; kk < depth; ++kk) {
      Vec v[kParts][NV];
#pragma GCC unroll 8
      for (int q = 0; q < kParts; ++q)
#pragma GCC unroll 8
        for (int j = 0; j < NV; ++j) v[q][j] = *reinterpret_cast<const Vec *>(b + q * NR + j * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kLive; ++i) {
        if constexpr (kComplex) {
          R re = a[i], im = a[MR + i];
#pragma GCC unroll 8
          for (int j = 0; j < NV; ++j) {
            acc[0][i][j] += v[0][j] * re;
            acc[0][i][j] -= v[1][j] * im;
            acc[1][i][j] += v[0][j] * im;
            acc[1][i][j] += v[1][j] * re;
          }
        } else {
          R x = a[i];
#pragma GCC unroll 8
          for (int j = 0; j < NV; ++j) acc[0][i][j] += v[0][j] * x;
        }
      }
      a += MR * kParts;
      b += NR * kParts;
    }
    if constexpr (!kComplex) {
      if (columns == NR) {
#pragma GCC unroll 16
        for (int i = 0; i < kLive; ++i)
#pragma GCC unroll 8
          for (int j = 0; j < NV; ++j) {
            Vec *to = reinterpret_cast<Vec *>(c + i * ldc + j * kLanes);
            *to = first ? acc[0][i][j] : *to + acc[0][i][j];
          }
        return;
      }
    }
    R spill[kParts * kLive * NR];  // a copy, so that acc itself stays in registers
#pragma GCC unroll 2
    for (int q = 0; q < kParts; ++q)
#pragma GCC unroll 16
      for (int i = 0; i < kLive; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < NV; ++j)
          *reinterpret_cast<Vec *>(spill + (q * kLive + i) * NR + j * kLanes) = acc[q][i][j];
    for (int64_t i = 0; i < kLive; ++i) {
      T *to = c + i * ldc;
      const R *re = spill + i * NR, *im = spill + (kLive + i) * NR;
      for (int64_t j = 0; j < columns; ++j) {
        T v;
        if constexpr (kComplex) v = T(re[j], im[j]);
        else v = static_cast<T>(re[j]);
        to[j] = first ? v : plus(to[j], v);
      }
    }
  }
  using Micro = void (*)(const R *, const R *, int64_t, T *, int64_t, int64_t, bool);
  template <int... kLive>
  static Micro micro_of(int64_t rows, std::integer_sequence<int, kLive...>) {
    static constexpr Micro all[] = {micro<kLive + 1>...};
    return all[rows - 1];
  }

  static T mul(T x, T y) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<R>(x) * static_cast<R>(y));
    else return x * y;
  }
  static T plus(T x, T y) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<R>(x) + static_cast<R>(y));
    else return x + y;
  }

  // row = alpha * row + beta * add
  static void finish(const Problem &p, T *row, int64_t i, int64_t j0, int64_t columns, T *line) {
    T alpha = p.alpha.none() ? T(1) : p.alpha.to<T>();
    if (alpha != T(1))
      for (int64_t j = 0; j < columns; ++j) row[j] = mul(alpha, row[j]);
    if (!p.add.data) return;
    T beta = p.beta.none() ? T(1) : p.beta.to<T>();
    convert_run(dtype_of<T>::value, p.dtype)(line, 1, p.at(p.add, i, j0), p.add.column, columns);
    if (beta == T(1))
      for (int64_t j = 0; j < columns; ++j) row[j] = plus(row[j], line[j]);
    else
      for (int64_t j = 0; j < columns; ++j) row[j] = plus(row[j], mul(beta, line[j]));
  }
  // ... into memory of p.dtype
  static void store(const Problem &p, T *row, int64_t i, int64_t j0, int64_t columns, T *line) {
    finish(p, row, i, j0, columns, line);
    convert_run(p.dtype, dtype_of<T>::value)(p.at(p.c, i, j0), p.c.column, row, 1, columns);
  }

  static void tile(const Problem &p, int64_t i0, int64_t rows, int64_t j0, int64_t columns) {
    static thread_local std::vector<char> stores[4];
    int64_t padded = (columns + NR - 1) / NR * NR;
    bool in_place = writes_in_place(p);
    T *acc = in_place ? reinterpret_cast<T *>(p.at(p.c, i0, j0)) : scratch<T>(stores[0], rows * columns);
    int64_t ldc = in_place ? p.c.row : columns;
    R *pb = scratch<R>(stores[1], padded * kDepth * kParts),
      *pa = scratch<R>(stores[2], (kPanelRows + MR) * kDepth * kParts);
    T *line = scratch<T>(stores[3], std::max<int64_t>(kDepth * NR, columns));
    if (p.k == 0) std::fill(acc, acc + rows * columns, T(0));
    int64_t step = kDepth;
    if constexpr (std::is_same_v<T, float>) step = p.k > kSplit && p.k < 2 * kSplit ? p.k / 2 : kSplit;
    for (int64_t k0 = 0; k0 < p.k; k0 += step) {
      int64_t depth = std::min(step, p.k - k0);
      pack<NR>(p, p.b, true, j0, columns, k0, depth, pb, line);
      for (int64_t r = 0; r < rows; r += kPanelRows) {
        int64_t live = std::min(kPanelRows, rows - r);
        pack<MR>(p, p.a, false, i0 + r, live, k0, depth, pa, line);
        for (int64_t j = 0; j < columns; j += NR)
          for (int64_t i = 0; i < live; i += MR)
            micro_of(std::min<int64_t>(MR, live - i), std::make_integer_sequence<int, MR>())(
              pa + i * depth * kParts, pb + j * depth * kParts, depth, acc + (r + i) * ldc + j, ldc,
              std::min<int64_t>(NR, columns - j), k0 == 0);
        if (in_place && k0 + depth == p.k && !plain_result(p))
          for (int64_t i = r; i < r + live; ++i) finish(p, acc + i * ldc, i0 + i, j0, columns, line);
      }
    }
    if (!in_place)
      for (int64_t r = 0; r < rows; ++r) store(p, acc + r * ldc, i0 + r, j0, columns, line);
  }

  static bool plain_result(const Problem &p) {
    return !p.add.data && (p.alpha.none() || p.alpha.to<T>() == T(1));
  }
  // Sums grow in the result itself, unless what is added lies there.
  static bool writes_in_place(const Problem &p) {
    return p.dtype == dtype_of<T>::value && p.c.column == 1 && p.add.data != p.c.data && p.k > 0;
  }

  // A grid of tiles, one task each. A number packed serves as many multiplications as its tile is wide or high, so
  // tiles are large; but each thread must have some, as many as the others.
  static void run(const Problem &p) {
    bool wide = writes_in_place(p);  // else a tile has a copy of its result, which should not be large
    int64_t most_rows = wide ? 4096 : kTileRows, most_columns = wide ? 2048 : kTileColumns;
    int64_t work = std::max<int64_t>(p.m * p.n * std::max<int64_t>(p.k, 1), 1);
    int64_t workers = work > 65536 ? threads() : 1, best_rows = p.m, best_columns = p.n;
    double best = -1;
    int64_t right = (p.n + most_columns - 1) / most_columns;
    for (; right <= (p.n + NR - 1) / NR; right += 1 + right / 8) {
      int64_t columns = round_up((p.n + right - 1) / right, NR), across = (p.n + columns - 1) / columns;
      for (int64_t down = (p.m + most_rows - 1) / most_rows; down <= (p.m + MR - 1) / MR; down += 1 + down / 8) {
        int64_t rows = round_up((p.m + down - 1) / down, MR);
        int64_t tiles = (p.m + rows - 1) / rows * across;
        double cost = static_cast<double>((tiles + workers - 1) / workers) *
                      (static_cast<double>(rows * columns) + kPackCost * static_cast<double>(rows + columns));
        if (best < 0 || cost < best) best = cost, best_rows = rows, best_columns = columns;
        if (tiles >= 8 * workers) break;
      }
      if (across >= 8 * workers) break;
    }
    int64_t tr = std::max<int64_t>(best_rows, 1), tc = std::max<int64_t>(best_columns, 1);
    int64_t down = (p.m + tr - 1) / tr;
    right = (p.n + tc - 1) / tc;
    int64_t cost = std::max<int64_t>(1, tr * tc * std::max<int64_t>(p.k, 1));
    parallel_for(down * right, std::max<int64_t>(1, 65536 / cost), [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        int64_t i = t % down * tr, j = t / down * tc;
        tile(p, i, std::min(tr, p.m - i), j, std::min(tc, p.n - j));
      }
    });
  }
  static int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

  // ---- one column: rows of a times a vector; bound by memory ----
  static T dot(const T *x, int64_t sx, const T *y, int64_t n) {
    if constexpr (kComplex) {
      T s = 0;
      for (int64_t i = 0; i < n; ++i) s += x[i * sx] * y[i];
      return s;
    } else {
      constexpr int64_t kWide = 4 * kLanes;
      R part[kWide] = {};
      int64_t i = 0;
      if (sx == 1)
        for (; i + kWide <= n; i += kWide)
          for (int64_t l = 0; l < kWide; ++l) part[l] += static_cast<R>(x[i + l]) * static_cast<R>(y[i + l]);
      R s = 0;
      for (; i < n; ++i) s += static_cast<R>(x[i * sx]) * static_cast<R>(y[i]);
      for (int64_t w = kWide / 2; w > 0; w /= 2)
        for (int64_t l = 0; l < w; ++l) part[l] += part[l + w];
      return static_cast<T>(s + part[0]);
    }
  }

  static void vector(const Problem &p) {  // n == 1
    std::vector<char> own;
    T *x = scratch<T>(own, p.k);
    convert_run(dtype_of<T>::value, p.dtype)(x, 1, p.b.data, p.b.row, p.k);
    bool direct = p.dtype == dtype_of<T>::value;
    int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(p.k, 1));
    if (p.a.column == 1 || p.a.row != 1) {
      parallel_for(p.m, grain, [&](int64_t begin, int64_t end) {
        static thread_local std::vector<char> store_line;
        T *line = scratch<T>(store_line, p.k + 1);
        for (int64_t i = begin; i < end; ++i) {
          const char *row = p.at(p.a, i, 0);
          T v;
          if (direct) {
            v = dot(reinterpret_cast<const T *>(row), p.a.column, x, p.k);
          } else {
            convert_run(dtype_of<T>::value, p.dtype)(line, 1, row, p.a.column, p.k);
            v = dot(line, 1, x, p.k);
          }
          store(p, &v, i, 0, 1, line);
        }
      });
    } else {
      parallel_for(p.m, std::max<int64_t>(grain, 64), [&](int64_t begin, int64_t end) {
        static thread_local std::vector<char> store_line[2];
        int64_t n = end - begin;
        T *acc = scratch<T>(store_line[0], n), *line = scratch<T>(store_line[1], n);
        std::fill(acc, acc + n, T(0));
        for (int64_t kk = 0; kk < p.k; ++kk) {
          const T *column = reinterpret_cast<const T *>(p.at(p.a, begin, kk));
          if (!direct) {
            convert_run(dtype_of<T>::value, p.dtype)(line, 1, column, 1, n);
            column = line;
          }
          T f = x[kk];
          for (int64_t i = 0; i < n; ++i) acc[i] = plus(acc[i], mul(column[i], f));
        }
        for (int64_t i = 0; i < n; ++i) store(p, acc + i, begin + i, 0, 1, line);
      });
    }
  }
};

}  // namespace
}  // namespace mt
