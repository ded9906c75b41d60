// Running sums, products and extremes along one dimension: (results..., x; dim).
#include <limits>
#include <vector>

#include "pointwise.h"

namespace mt {
namespace {

// Op: A (the accumulator), start(), and step(A &, int64_t &index, A x, int64_t at).
template <class Op>
void scan(const View &out, const View *places, const View &x, int dim, const Op &op) {
  need_same_shape(out, x, "scan");
  if (places) need_same_shape(*places, x, "scan"), need_indices(*places, "scan");
  using A = typename Op::A;
  constexpr int64_t kColumns = 256, kRun = 1024;
  const DType type = dtype_of<A>::value;
  int64_t length = x.ndim ? x.shape[dim] : 1, total = x.numel();
  if (total == 0) return;
  // the innermost other dimension is done in blocks of columns unless the scanned one is itself innermost
  int inner = -1;
  for (int d = 0; d < x.ndim; ++d)
    if (d != dim && x.shape[d] > 1 && (inner < 0 || out.stride[d] < out.stride[inner])) inner = d;
  bool columns = inner >= 0 && out.stride[inner] < out.stride[dim] && x.shape[inner] >= 4;
  int64_t wide = columns ? x.shape[inner] : 1, block = std::min(kColumns, wide), blocks = (wide + block - 1) / block;
  int64_t lines = total / length / wide;
  auto load = convert_run(type, x.dtype);
  auto store = convert_run(out.dtype, type);
  auto store_place = places ? convert_run(places->dtype, DType::I64) : nullptr;
  int64_t in_step = x.ndim ? x.stride[dim] : 0, out_step = out.ndim ? out.stride[dim] : 0,
          place_step = places && places->ndim ? places->stride[dim] : 0;
  parallel_for(lines * blocks, std::max<int64_t>(1, kGrain / 4 / std::max<int64_t>(1, length * block)),
               [&](int64_t begin, int64_t end) {
                 std::vector<A> buffer(static_cast<size_t>(std::max(kRun, block))), acc(static_cast<size_t>(block));
                 std::vector<int64_t> index(static_cast<size_t>(std::max(kRun, block))),
                     last(static_cast<size_t>(block));
                 for (int64_t t = begin; t < end; ++t) {
                   int64_t first = t % blocks * block, n = std::min(block, wide - first), from = 0, to = 0, place = 0;
                   for (int64_t d = x.ndim - 1, rest = t / blocks; d >= 0; --d) {
                     int64_t at = first;
                     if (d == dim) continue;
                     if (!(columns && d == inner)) {
                       at = rest % x.shape[d];
                       rest /= x.shape[d];
                     }
                     from += at * x.stride[d];
                     to += at * out.stride[d];
                     if (places) place += at * places->stride[d];
                   }
                   const char *p = x.as<char>() + from * itemsize(x.dtype);
                   char *q = out.as<char>() + to * itemsize(out.dtype);
                   char *r = places ? places->as<char>() + place * 8 : nullptr;
                   if (columns) {
                     int64_t xs = x.stride[inner], os = out.stride[inner], ps = places ? places->stride[inner] : 0;
                     std::fill(acc.begin(), acc.end(), op.start());
                     std::fill(last.begin(), last.end(), int64_t{0});
                     for (int64_t i = 0; i < length; ++i) {
                       load(buffer.data(), 1, p + i * in_step * itemsize(x.dtype), xs, n);
                       for (int64_t j = 0; j < n; ++j)
                         op.step(acc[static_cast<size_t>(j)], last[static_cast<size_t>(j)],
                                 buffer[static_cast<size_t>(j)], i);
                       store(q + i * out_step * itemsize(out.dtype), os, acc.data(), 1, n);
                       if (places) store_place(r + i * place_step * 8, ps, last.data(), 1, n);
                     }
                   } else {
                     A a = op.start();
                     int64_t where = 0;
                     for (int64_t i = 0; i < length; i += kRun) {
                       int64_t take = std::min(kRun, length - i);
                       load(buffer.data(), 1, p + i * in_step * itemsize(x.dtype), in_step, take);
                       for (int64_t j = 0; j < take; ++j) {
                         op.step(a, where, buffer[static_cast<size_t>(j)], i + j);
                         buffer[static_cast<size_t>(j)] = a;
                         index[static_cast<size_t>(j)] = where;
                       }
                       store(q + i * out_step * itemsize(out.dtype), out_step, buffer.data(), 1, take);
                       if (places) store_place(r + i * place_step * 8, place_step, index.data(), 1, take);
                     }
                   }
                 }
               });
}

template <class T>
struct Add {
  using A = T;
  A start() const { return A(0); }
  void step(A &a, int64_t &, A x, int64_t) const { a += x; }
};
template <class T>
struct Multiply {
  using A = T;
  A start() const { return A(1); }
  void step(A &a, int64_t &, A x, int64_t) const { a *= x; }
};
// later equals win, a NaN is replaced by a later NaN only
template <bool Max, class T>
struct Best {
  using A = T;
  A start() const {
    return std::numeric_limits<T>::has_infinity
               ? (Max ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity())
               : (Max ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max());
  }
  void step(A &a, int64_t &index, A x, int64_t at) const {
    if (x != x || (a == a && (Max ? x >= a : x <= a))) {
      a = x;
      index = at;
    }
  }
};
template <class T>
struct LogAddExp {
  using A = T;
  A start() const { return -std::numeric_limits<T>::infinity(); }
  void step(A &a, int64_t &, A x, int64_t) const {
    T low = a < x ? a : x, high = a < x ? x : a;
    if (a != a || x != x) a = std::numeric_limits<T>::quiet_NaN();
    else a = low == high && std::isinf(low) ? low : high + std::log1p(std::exp(low - high));
  }
};
template <class T>
struct LogAddExpComplex {
  using A = std::complex<T>;
  A start() const { return A(-std::numeric_limits<T>::infinity(), 0); }
  void step(A &a, int64_t &, A x, int64_t) const {
    A low = a.real() < x.real() ? a : x, high = a.real() < x.real() ? x : a;
    if (std::isinf(low.real()) && low.real() < 0) a = high;
    else a = high + std::log(A(1) + std::exp(low - high));
  }
};

// The dimension that x, operand `k`, is scanned along.
int scanned(const Call &c, int k) { return c[k].ndim ? c.dim(0, c[k]) : 0; }

template <template <class> class Op>
void running(const Call &c) {
  int dim = scanned(c, 1);
  switch (loop_dtype(loop_index(c[0].dtype))) {
    case DType::I64: return scan(c[0], nullptr, c[1], dim, Op<int64_t>());
    case DType::C64: case DType::C128: return scan(c[0], nullptr, c[1], dim, Op<C128>());
    default: return scan(c[0], nullptr, c[1], dim, Op<double>());
  }
}
template <bool Max>
void running_best(const Call &c) {
  int dim = scanned(c, 2);
  if (is_complex(c[2].dtype))
    throw Error(Error::NotImplemented, "a running extreme is not implemented for complex numbers");
  if (is_floating(c[2].dtype)) scan(c[0], &c[1], c[2], dim, Best<Max, double>());
  else scan(c[0], &c[1], c[2], dim, Best<Max, int64_t>());
}

}  // namespace

KERNEL(cumsum) { running<Add>(c); }
KERNEL(cumprod) { running<Multiply>(c); }
KERNEL(cummax) { running_best<true>(c); }
KERNEL(cummin) { running_best<false>(c); }
KERNEL(logcumsumexp) {
  int dim = scanned(c, 1);
  if (is_complex(c[0].dtype)) scan(c[0], nullptr, c[1], dim, LogAddExpComplex<double>());
  else scan(c[0], nullptr, c[1], dim, LogAddExp<double>());
}

}  // namespace mt
