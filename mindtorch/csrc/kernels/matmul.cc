// Matrix products: the blocked kernel, one vector, small ones, and oneDNN where that is faster (library_takes).
#include "blocked.h"
#include "dot.h"

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

// Who multiplies what is large (benchmarks/matmul_layouts.py). With vectors of 256 bits our panels are within a few
// percent of the library at its best, and faster wherever it reads a factor in place whose rows lie a multiple of 4 KB
// apart or halves have to be widened. With 512 bits the library is taken, except where it reads such a factor in place.
#if defined(__AVX2__) && !defined(__AVX512F__)
constexpr bool kOwnFirst = true;
#else
constexpr bool kOwnFirst = false;
#endif

// The library packs the second factor if it is transposed or its width is a power of two from 2048 on; else each column
// of blocks meets the same few sets of the cache in every row.
bool clashes(DType d, int64_t n, int64_t row, int64_t column) {
  return d == DType::F32 && column == 1 && n > 1 && row % 1024 == 0 && (n < 2048 || (n & (n - 1)) != 0);
}

bool library_takes(DType d, int64_t m, int64_t n, int64_t k, int64_t row, int64_t column) {
  if (kOwnFirst || clashes(d, n, row, column)) return false;
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
  if (!add.data && (!alpha || is_one(*alpha)) && library_takes(dtype, m, n, k, b.row, b.column) &&
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
  bool few_large = library_takes(o.dtype, m, n, k, y.stride[nd - 2], y.stride[nd - 1]) ||
                   (m > 1 && n > 1 && batch > 1 && batch * m * n * k > 8 * kLibraryWork && m * n * k > 2048);
  few_large = few_large && !kOwnFirst && !clashes(o.dtype, n, y.stride[nd - 2], y.stride[nd - 1]) &&
              (o.dtype == DType::F32 || o.dtype == DType::BF16 || o.dtype == DType::F16) &&
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
