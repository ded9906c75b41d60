// Matrix products. Large float32 (and halves, native or widened) go to oneDNN; everything else to a blocked kernel that
// packs both operands into panels of a compute type, so that strides and dtypes cost a copy and the inner loop is
// always the same.
#include "checks.h"
#include "dot.h"
#include "gemm.h"

#include <numeric>

#include "iterator.h"
#include "onednn.h"

namespace mt {

void fill_dense(View &v) {
  int64_t step = 1;
  for (int d = v.ndim - 1; d >= 0; --d) {
    v.stride[d] = step;
    step *= v.shape[d];
  }
}

void copy_view(const View &to, const View &from) {
  View pair[2] = {to, from};
  Walk walk(pair, 2, 1);
  walk.op[1].compute = to.dtype;
  Scalar width;
  width.i = itemsize(to.dtype);
  walk.run(
    [](char *const *ptr, const bool *scalar, int64_t n, const Scalar *a) {
      int64_t w = a[0].i;
      if (!scalar[1]) std::memcpy(ptr[0], ptr[1], static_cast<size_t>(n * w));
      else
        for (int64_t i = 0; i < n; ++i) std::memcpy(ptr[0] + i * w, ptr[1], static_cast<size_t>(w));
    },
    &width);
}

View dense_copy(const View &v, DType d, std::vector<char> &store) {
  View c = v;
  c.dtype = d;
  fill_dense(c);
  c.data = scratch<char>(store, c.numel() * itemsize(d));
  copy_view(c, v);
  return c;
}

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

  // Panels hold kParts planes (real, imaginary) a step of k.
  static void pack(const Problem &p, const Matrix &x, bool transposed, int64_t first, int64_t count, int64_t k0,
                   int64_t depth, int width, R *out, T *line) {
    int64_t across = transposed ? x.column : x.row, along = transposed ? x.row : x.column;
    const char *base = static_cast<const char *>(x.data);
    int64_t size = itemsize(p.dtype);
    bool direct = p.dtype == dtype_of<T>::value;
    ConvertRun load = convert_run(dtype_of<T>::value, p.dtype);
    for (int64_t i0 = 0; i0 < count; i0 += width) {
      int64_t live = std::min<int64_t>(width, count - i0);
      R *panel = out + i0 * depth * kParts;
      if (live < width) std::fill(panel, panel + width * depth * kParts, R(0));
      auto put = [&](int64_t i, int64_t kk, const T &v) {
        R *to = panel + kk * width * kParts + i;
        if constexpr (kComplex) {
          to[0] = v.real();
          to[width] = v.imag();
        } else {
          *to = static_cast<R>(v);
        }
      };
      if (along == 1 || std::abs(along) < std::abs(across)) {
        for (int64_t i = 0; i < live; ++i) {
          const char *from = base + ((first + i0 + i) * across + k0 * along) * size;
          if (direct) {
            const T *f = reinterpret_cast<const T *>(from);
            for (int64_t kk = 0; kk < depth; ++kk) put(i, kk, f[kk * along]);
          } else {
            load(line, 1, from, along, depth);
            for (int64_t kk = 0; kk < depth; ++kk) put(i, kk, line[kk]);
          }
        }
      } else {
        for (int64_t kk = 0; kk < depth; ++kk) {
          const char *from = base + ((first + i0) * across + (k0 + kk) * along) * size;
          if (direct) {
            const T *f = reinterpret_cast<const T *>(from);
            if (!kComplex && across == 1 && width == NR && live == NR) std::memcpy(panel + kk * NR, f, sizeof(R) * NR);
            else if (across == 1)
              for (int64_t i = 0; i < live; ++i) put(i, kk, f[i]);
            else
              for (int64_t i = 0; i < live; ++i) put(i, kk, f[i * across]);
          } else {
            load(line, 1, from, across, live);
            for (int64_t i = 0; i < live; ++i) put(i, kk, line[i]);
          }
        }
      }
    }
  }

  static void micro(const R *a, const R *b, int64_t depth, T *c, int64_t ldc, int64_t rows, int64_t columns,
                    bool first) {
    Vec acc[kParts][MR][NV] = {};
    for (int64_t kk = 0; kk < depth; ++kk) {
      Vec v[kParts][NV];
#pragma GCC unroll 8
      for (int q = 0; q < kParts; ++q)
#pragma GCC unroll 8
        for (int j = 0; j < NV; ++j) v[q][j] = *reinterpret_cast<const Vec *>(b + q * NR + j * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < MR; ++i) {
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
    R *spill = reinterpret_cast<R *>(acc);
    for (int64_t i = 0; i < rows; ++i) {
      T *to = c + i * ldc;
      const R *re = spill + i * NR, *im = spill + (MR + i) * NR;
      for (int64_t j = 0; j < columns; ++j) {
        T v;
        if constexpr (kComplex) v = T(re[j], im[j]);
        else v = static_cast<T>(re[j]);
        if constexpr (kComplex || std::is_floating_point_v<R>) to[j] = first ? v : to[j] + v;
        else to[j] = first ? v : static_cast<T>(static_cast<R>(to[j]) + static_cast<R>(v));
      }
    }
  }

  static T mul(T x, T y) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<R>(x) * static_cast<R>(y));
    else return x * y;
  }
  static T plus(T x, T y) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<R>(x) + static_cast<R>(y));
    else return x + y;
  }

  // alpha * row + beta * add, into memory of p.dtype
  static void store(const Problem &p, T *row, int64_t i, int64_t j0, int64_t columns, T *line) {
    T alpha = p.alpha.none() ? T(1) : p.alpha.to<T>();
    if (alpha != T(1))
      for (int64_t j = 0; j < columns; ++j) row[j] = mul(alpha, row[j]);
    if (p.add.data) {
      T beta = p.beta.none() ? T(1) : p.beta.to<T>();
      convert_run(dtype_of<T>::value, p.dtype)(line, 1, p.at(p.add, i, j0), p.add.column, columns);
      if (beta == T(1))
        for (int64_t j = 0; j < columns; ++j) row[j] = plus(row[j], line[j]);
      else
        for (int64_t j = 0; j < columns; ++j) row[j] = plus(row[j], mul(beta, line[j]));
    }
    convert_run(p.dtype, dtype_of<T>::value)(p.at(p.c, i, j0), p.c.column, row, 1, columns);
  }

  static void tile(const Problem &p, int64_t i0, int64_t rows, int64_t j0, int64_t columns) {
    static thread_local std::vector<char> stores[4];
    int64_t padded = (columns + NR - 1) / NR * NR;
    bool in_place = p.dtype == dtype_of<T>::value && p.c.column == 1 && !p.add.data &&
                    (p.alpha.none() || p.alpha.to<T>() == T(1)) && p.k > 0;
    T *acc = in_place ? reinterpret_cast<T *>(p.at(p.c, i0, j0)) : scratch<T>(stores[0], rows * columns);
    int64_t ldc = in_place ? p.c.row : columns;
    R *pb = scratch<R>(stores[1], padded * kDepth * kParts),
      *pa = scratch<R>(stores[2], (kPanelRows + MR) * kDepth * kParts);
    T *line = scratch<T>(stores[3], std::max<int64_t>(kDepth, columns));
    if (p.k == 0) std::fill(acc, acc + rows * columns, T(0));
    int64_t step = kDepth;
    if constexpr (std::is_same_v<T, float>) step = p.k > kSplit && p.k < 2 * kSplit ? p.k / 2 : kSplit;
    for (int64_t k0 = 0; k0 < p.k; k0 += step) {
      int64_t depth = std::min(step, p.k - k0);
      pack(p, p.b, true, j0, columns, k0, depth, NR, pb, line);
      for (int64_t r = 0; r < rows; r += kPanelRows) {
        int64_t live = std::min(kPanelRows, rows - r);
        pack(p, p.a, false, i0 + r, live, k0, depth, MR, pa, line);
        for (int64_t j = 0; j < columns; j += NR)
          for (int64_t i = 0; i < live; i += MR)
            micro(pa + i * depth * kParts, pb + j * depth * kParts, depth, acc + (r + i) * ldc + j, ldc,
                  std::min<int64_t>(MR, live - i), std::min<int64_t>(NR, columns - j), k0 == 0);
      }
    }
    if (!in_place)
      for (int64_t r = 0; r < rows; ++r) store(p, acc + r * ldc, i0 + r, j0, columns, line);
  }

  static void run(const Problem &p) {
    int64_t tr = kTileRows, tc = kTileColumns;
    // fewer tiles than threads: cut finer
    while (tr > 48 && (p.m + tr - 1) / tr * ((p.n + tc - 1) / tc) < threads() * 2 && p.m * p.n * p.k > 65536) {
      if (tc > tr && tc > 96) tc = tc / 2;
      else tr /= 2;
    }
    tr = std::min(tr, std::max<int64_t>(p.m, 1));
    tc = std::min(tc, std::max<int64_t>(p.n, 1));
    int64_t down = (p.m + tr - 1) / tr, right = (p.n + tc - 1) / tc;
    int64_t cost = std::max<int64_t>(1, tr * tc * std::max<int64_t>(p.k, 1));
    parallel_for(down * right, std::max<int64_t>(1, 65536 / cost), [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        int64_t i = t % down * tr, j = t / down * tc;
        tile(p, i, std::min(tr, p.m - i), j, std::min(tc, p.n - j));
      }
    });
  }

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

// ---- small float32 products, summed as the reference's library sums them, since cancellation shows the order ----
// It multiplies and adds without fusing. Where both operands lie along k: in four lanes (eight for what four columns or
// rows do not divide) behind a few single terms, which align the row of a; for a vector their number depends on k. Else
// term after term, onto what is added. Products of 4 rows and 12 columns on are fused and sequential, as those of
// Blocked are.
constexpr int64_t kSmallWork = 16384;

#define MT_UNFUSED __attribute__((noinline, optimize("fp-contract=off")))

// out += alpha a[i] b[i, :], one i after the other
MT_UNFUSED void small_sequence(const float *a, int64_t step_a, float alpha, const float *b, int64_t row, int64_t column,
                               int64_t n, int64_t k, float *out) {
  for (int64_t i = 0; i < k; ++i, b += row) {
    float x = a[i * step_a] * alpha;
    if (column == 1)
      for (int64_t j = 0; j < n; ++j) out[j] += x * b[j];
    else
      for (int64_t j = 0; j < n; ++j) out[j] += x * b[j * column];
  }
}
template <int64_t kLanes>
MT_UNFUSED float small_lanes(const float *a, const float *b, int64_t k, int64_t before) {
  float lane[kLanes] = {};
  int64_t i = 0;
  for (; i < std::min(before, k); ++i) lane[0] += a[i] * b[i];
  for (; i + kLanes <= k; i += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) lane[l] += a[i + l] * b[i + l];
  for (int64_t w = kLanes / 2; w > 0; w /= 2)
    for (int64_t l = 0; l < w; ++l) lane[l] += lane[l + w];
  for (; i < k; ++i) lane[0] += a[i] * b[i];
  return lane[0];
}
MT_UNFUSED void scale(float *x, int64_t n, float by) {
  for (int64_t i = 0; i < n; ++i) x[i] *= by;
}

bool is_small(const Problem &p) {
  return p.dtype == DType::F32 && p.m * p.n * p.k <= kSmallWork && p.k > 0 && (p.m < 4 || p.n < 12 || p.batched());
}

void small(const Problem &p) {
  std::vector<float> store_out(static_cast<size_t>(2 * p.n));
  float *out = store_out.data(), *line = out + p.n;
  bool vector = p.m == 1 || p.n == 1,
       lanes = p.a.column == 1 && p.b.row == 1 && !p.batched() && (p.n == 1 || p.b.column != 1);
  float alpha = p.alpha.none() ? 1.f : p.alpha.to<float>(), beta = p.beta.none() ? 1.f : p.beta.to<float>();
  ConvertRun copy = convert_run(DType::F32, DType::F32);
  for (int64_t i = 0; i < p.m; ++i) {
    const float *a = reinterpret_cast<const float *>(p.at(p.a, i, 0)), *b = static_cast<const float *>(p.b.data);
    if (p.batched()) {
      std::fill(out, out + p.n, 0.f);
      small_sequence(a, p.a.column, 1.f, b, p.b.row, p.b.column, p.n, p.k, out);
      Blocked<float>::store(p, out, i, 0, p.n, line);
      continue;
    }
    if (!lanes) {
      if (p.add.data) {
        copy(out, 1, p.at(p.add, i, 0), p.add.column, p.n);
        scale(out, p.n, beta);
      } else {
        std::fill(out, out + p.n, 0.f);
      }
      small_sequence(a, p.a.column, alpha, b, p.b.row, p.b.column, p.n, p.k, out);
      copy(p.at(p.c, i, 0), p.c.column, out, 1, p.n);
      continue;
    }
    int64_t whole = p.m == 1   ? p.n / 4 * 4
                    : p.n == 1 ? (i < p.m / 4 * 4)
                               : p.n / 4 * 4,
            aligned = -(reinterpret_cast<intptr_t>(a) / 4) & 3;
    for (int64_t j = 0; j < whole; ++j)
      out[j] = small_lanes<4>(a, b + j * p.b.column, p.k, vector ? (p.k - 1) % 4 + 1 : aligned);
    for (int64_t j = whole; j < p.n; ++j) out[j] = small_lanes<8>(a, b + j * p.b.column, p.k, vector ? 4 : aligned);
    Blocked<float>::store(p, out, i, 0, p.n, line);
  }
}

template <class F>
void by_compute(DType d, F &&f) {
  switch (compute_dtype(d)) {
    case DType::F32: return f(float{});
    case DType::F64: return f(double{});
    case DType::I32: return f(int32_t{});
    case DType::I64: return f(int64_t{});
    case DType::C64: return f(C64{});
    default: return f(C128{});
  }
}

bool is_one(const Scalar &s) { return s.none() || (s.real() == 1 && s.im == 0); }

// Layouts that the library reads without a slow path: one of the last two strides is 1, the other no less than the row.
bool plain(const View &v) {
  int r = v.ndim - 2, c = v.ndim - 1;
  auto fits = [&](int unit, int other) {
    return (v.shape[unit] == 1 || v.stride[unit] == 1) && (v.shape[other] == 1 || v.stride[other] >= v.shape[unit]);
  };
  if (!fits(c, r) && !fits(r, c)) return false;
  for (int d = 0; d < r; ++d)
    if (v.shape[d] > 1 && v.stride[d] <= 0) return false;
  return true;
}

// Drop batch dimensions that are 1 everywhere and broadcast ones (stride 0) become size 1, which the library
// broadcasts.
bool library(const View &out, const View &a, const View &b, const void *bias) {
  View o = out, x = a, y = b;
  DType d = out.dtype;
  bool widen = d != DType::F32 && !dnn::native(d);
  std::vector<char> stores[3];
  for (View *v : {&x, &y})
    for (int i = 0; i < v->ndim - 2; ++i)
      if (v->stride[i] == 0) v->shape[i] = 1;
  if (widen) {
    x = dense_copy(x, DType::F32, stores[0]);
    y = dense_copy(y, DType::F32, stores[1]);
    o.dtype = DType::F32;
    fill_dense(o);
    o.data = scratch<char>(stores[2], o.numel() * 4);
    if (!dnn::matmul(o, x, y, nullptr)) return false;
    copy_view(out, o);
    return true;
  }
  if (!plain(x)) x = dense_copy(x, d, stores[0]);
  if (!plain(y)) y = dense_copy(y, d, stores[1]);
  if (!plain(o)) {
    fill_dense(o);
    o.data = scratch<char>(stores[2], o.numel() * itemsize(d));
    if (!dnn::matmul(o, x, y, bias)) return false;
    copy_view(out, o);
    return true;
  }
  return dnn::matmul(o, x, y, bias);
}

constexpr int64_t kLibraryWork = 40 * 40 * 40;  // below this the call costs more than it saves

constexpr int64_t kOrderedWork =
    1 << 17;  // up to this, sums that the reference's library breaks up are broken up where it does

bool library_takes(DType d, int64_t m, int64_t n, int64_t k) {
  if (d == DType::F32 && k > kSplit && m >= 4 && n >= 12 && m * n * k <= kOrderedWork) return false;
  return (d == DType::F32 || d == DType::BF16 || d == DType::F16) && m > 1 && n > 1 && k > 0 &&
         m * n * k >= kLibraryWork && dnn::native(DType::F32);
}

void own(const Problem &p) {
  if (p.m == 0 || p.n == 0) return;
  if (is_small(p)) return small(p);
  by_compute(p.dtype, [&](auto zero) {
    using T = decltype(zero);
    if (p.k == 0) return Blocked<T>::run(p);
    if (p.n == 1) return Blocked<T>::vector(p);
    if (p.m == 1) {
      Problem q = p;
      std::swap(q.m, q.n);
      auto turned = [](Matrix x) { return Matrix{x.data, x.column, x.row}; };
      q.a = turned(p.b);
      q.b = turned(p.a);
      q.c = turned(p.c);
      q.add = turned(p.add);
      return Blocked<T>::vector(q);
    }
    Blocked<T>::run(p);
  });
}

void need_matmul(const View &out, const View &a, const View &b, const View &add, const Scalar &alpha,
                 const Scalar &beta) {
  constexpr const char *kName = "matmul";
  int nd = out.ndim, r = nd - 2, c = nd - 1;
  need_rank(out, 2, kMaxDims, kName);
  need_rank(a, nd, kName);
  need_rank(b, nd, kName);
  need_same_dtype(a, out, kName);
  need_same_dtype(b, out, kName);
  bool fits = a.shape[r] == out.shape[r] && a.shape[c] == b.shape[r] && b.shape[c] == out.shape[c];
  int64_t batch = 1;
  for (int d = 0; d < r; ++d) {
    for (const View *v : {&a, &b}) fits = fits && (v->shape[d] == out.shape[d] || v->shape[d] == 1);
    batch = need_work({batch, out.shape[d]}, kName);
  }
  if (!add.none()) {
    need_same_dtype(add, out, kName);
    int lead = nd - add.ndim;
    fits = fits && lead >= 0;
    for (int d = 0; fits && d < add.ndim; ++d) fits = add.shape[d] == out.shape[d + lead] || add.shape[d] == 1;
  }
  need(fits, "matmul: sizes of the operands do not fit each other");
  need_work({batch, out.shape[r], out.shape[c], std::max<int64_t>(a.shape[c], 1)}, kName);
  for (const Scalar *s : {&alpha, &beta})
    if (s->kind == Scalar::Ints || (is_integral(out.dtype) && s->kind > Scalar::Int))
      throw Error(Error::Type, "matmul: alpha and beta must be numbers of the operands' kind");
}

}  // namespace

void gemm(DType dtype, int64_t m, int64_t n, int64_t k, Matrix a, Matrix b, Matrix c, const Scalar *alpha,
          const Scalar *beta, Matrix add, bool in_batch) {
  if (!add.data && (!alpha || is_one(*alpha)) && library_takes(dtype, m, n, k) &&
      library(matrix_view(dtype, c.data, m, n, c.row, c.column), matrix_view(dtype, a.data, m, k, a.row, a.column),
              matrix_view(dtype, b.data, k, n, b.row, b.column), nullptr))
    return;
  own({dtype, m, n, k, a, b, c, add, alpha ? *alpha : Scalar(), beta ? *beta : Scalar(), in_batch});
}

void matmul(const View &out, const View &a, const View &b, const View &add, const Scalar &alpha, const Scalar &beta) {
  need_matmul(out, a, b, add, alpha, beta);
  int nd = out.ndim;
  View o = out, x = a, y = b, z = add;
  if (!z.none()) {
    View wide = o;
    wide.data = z.data;
    int lead = nd - z.ndim;
    for (int d = 0; d < nd; ++d)
      wide.stride[d] = d < lead || (z.shape[d - lead] == 1 && o.shape[d] != 1) ? 0 : z.stride[d - lead];
    z = wide;
  }
  // batch dimensions merge where all strides allow it; with a shared b they merge into the rows
  bool in_batch = false;
  for (int d = 0; d < nd - 2; ++d) in_batch = in_batch || y.stride[d] != 0;
  View *all[4] = {&o, &x, &y, &z};
  int used = z.none() ? 3 : 4;
  for (int i = 1; i < 3; ++i)
    for (int d = 0; d < nd - 2; ++d)
      if (all[i]->shape[d] == 1 || o.shape[d] == 1) all[i]->stride[d] = 0;
  auto drop = [&](int d) {
    for (int i = 0; i < used; ++i) {
      for (int e = d; e + 1 < nd; ++e) {
        all[i]->shape[e] = all[i]->shape[e + 1];
        all[i]->stride[e] = all[i]->stride[e + 1];
      }
      --all[i]->ndim;
    }
    --nd;
  };
  for (int d = nd - 3; d >= 0; --d)
    if (o.shape[d] == 1) drop(d);
  for (int d = nd - 4; d >= 0; --d) {
    bool joins = true;
    for (int i = 0; i < used; ++i) joins = joins && all[i]->stride[d] == all[i]->stride[d + 1] * o.shape[d + 1];
    if (!joins) continue;
    for (int i = 0; i < used; ++i) all[i]->shape[d + 1] = o.shape[d] * o.shape[d + 1];
    drop(d);
  }
  // sizes after merging, broadcast operands included
  for (int i = 1; i < 3; ++i)
    for (int d = 0; d < nd - 2; ++d) all[i]->shape[d] = o.shape[d];
  for (int d = nd - 3; d >= 0; --d) {
    int r = nd - 2;
    if (d != r - 1 || y.stride[d] != 0) break;
    bool joins = true;
    for (View *v : {&o, &x, &z})
      joins = joins && (v->none() || v->stride[d] == v->stride[r] * v->shape[r] || v->shape[r] == 1 ||
                        (v == &z && v->stride[d] == 0 && v->stride[r] == 0));
    if (!joins) break;
    for (View *v : {&o, &x, &z}) {
      if (v->none()) continue;
      if (v->shape[r] == 1) v->stride[r] = v->stride[d];
      v->shape[r] *= v->shape[d];
    }
    drop(d);
  }
  int64_t m = o.shape[nd - 2], n = o.shape[nd - 1], k = x.shape[nd - 1], batch = 1;
  for (int d = 0; d < nd - 2; ++d) batch *= o.shape[d];
  if (batch == 0 || m == 0 || n == 0) return;
  bool row_bias = !z.none() && z.stride[nd - 1] == 1 && is_one(beta);
  for (int d = 0; row_bias && d < nd - 1; ++d) row_bias = z.stride[d] == 0 || z.shape[d] == 1;
  bool few_large = library_takes(o.dtype, m, n, k) ||
                   (m > 1 && n > 1 && batch > 1 && batch * m * n * k > 8 * kLibraryWork && m * n * k > 2048);
  few_large = few_large && (o.dtype == DType::F32 || o.dtype == DType::BF16 || o.dtype == DType::F16) &&
              dnn::native(DType::F32);
  if (few_large && is_one(alpha) && (z.none() || row_bias) && (z.none() || dnn::native(o.dtype)) &&
      library(o, x, y, z.none() ? nullptr : z.data))
    return;
  auto base = [&](const View &v, int64_t i) {
    int64_t at = 0;
    for (int d = nd - 3; d >= 0; --d) {
      at += i % o.shape[d] * v.stride[d];
      i /= o.shape[d];
    }
    return static_cast<const char *>(v.data) + at * itemsize(v.dtype);
  };
  auto one = [&](int64_t i) {
    auto matrix = [&](const View &v) {
      return v.none() ? Matrix{nullptr, 0, 0} : Matrix{base(v, i), v.stride[nd - 2], v.stride[nd - 1]};
    };
    gemm(o.dtype, m, n, k, matrix(x), matrix(y), matrix(o), &alpha, &beta, matrix(z), in_batch);
  };
  int64_t work = std::max<int64_t>(1, m * n * std::max<int64_t>(k, 1));
  if (batch >= threads()) {
    parallel_for(batch, std::max<int64_t>(1, kGrain / work), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) one(i);
    });
  } else {
    for (int64_t i = 0; i < batch; ++i) one(i);
  }
}

// matmul(out, a, b, add or None; alpha, beta)
KERNEL(matmul) { matmul(c[0], c[1], c[2], c.maybe(3), c.scalar(0), c.scalar(1)); }

// dot(out, a, b): vectors of one length to a single element
KERNEL(dot) {
  const View &out = c[0], &x = c[1], &y = c[2];
  need_rank(x, 1, "dot");
  need_same_shape(y, x, "dot");
  need_numel(out, 1, "dot's result");
  need_same_dtype(x, out, "dot");
  need_same_dtype(y, out, "dot");
  int64_t n = need_work({x.shape[0]}, "dot");
  if (x.stride[0] == 1 && y.stride[0] == 1) {
    if (x.dtype == DType::F32) return void(*out.as<float>() = ordered_dot(x.as<float>(), y.as<float>(), n));
    if (x.dtype == DType::F64) return void(*out.as<double>() = ordered_dot(x.as<double>(), y.as<double>(), n));
  }
  own({x.dtype,
       1,
       1,
       n,
       {x.data, 0, x.stride[0]},
       {y.data, y.stride[0], 0},
       {out.data, 1, 1},
       {nullptr, 0, 0},
       Scalar(),
       Scalar(),
       false});
}

}  // namespace mt
