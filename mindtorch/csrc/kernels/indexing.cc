// Advanced indexing: index tensors become element offsets once, then rows move by these offsets.
// Also gather, and what masks need: counting, compressing, expanding.
#include "combine.h"

namespace mt {
namespace {

// attributes: size, stride, dim, first, wrap negatives, error (0 advanced index, 1 "in self"), padding index or None
void offsets_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *a) {
  int64_t *out = reinterpret_cast<int64_t *>(ptr[0]);
  const int64_t *index = reinterpret_cast<const int64_t *>(ptr[1]);
  int64_t size = a[0].i, stride = a[1].i, low = a[4].i ? -size : 0, step = scalar[1] ? 0 : 1;
  bool first = a[3].i, pads = !a[6].none();
  for (int64_t i = 0; i < n; ++i) {
    int64_t v = index[i * step];
    if (v < low || v >= size) {
      if (a[5].i) throw Error(Error::Index, "index out of range in self");
      throw Error(Error::Index, format("index %lld is out of bounds for dimension %lld with size %lld", (long long)v, (long long)a[2].i, (long long)size));
    }
    if (pads && v == a[6].i) {
      out[i] = -1;
      continue;
    }
    v = (v < 0 ? v + size : v) * stride;
    out[i] = first ? v : out[i] + v;
  }
}

struct Group {  // consecutive dimensions of two operands, merged where both allow it
  int n = 0;
  int64_t shape[kMaxDims], a[kMaxDims], b[kMaxDims], total = 1;
  void add(int64_t size, int64_t sa, int64_t sb) {
    total *= size;
    if (size == 1) return;
    if (n && a[n - 1] == size * sa && b[n - 1] == size * sb) {
      shape[n - 1] *= size, a[n - 1] = sa, b[n - 1] = sb;
    } else {
      shape[n] = size, a[n] = sa, b[n] = sb;
      ++n;
    }
  }
  void locate(int64_t at, int dims, int64_t *x, int64_t *y) const {
    *x = *y = 0;
    for (int d = dims - 1; d >= 0; --d) {
      int64_t i = at % shape[d];
      at /= shape[d];
      *x += i * a[d];
      *y += i * b[d];
    }
  }
};

struct Rows {  // `full` has the row dimension at `at`, `part` lacks it
  Group before, after;
  int64_t rows, row_stride, inner, inner_a, inner_b, outer;
  Rows(const View &full, const View &part, int at) {
    MT_CHECK(full.ndim == part.ndim + 1, "rows: dimensions do not fit");
    for (int d = 0; d < full.ndim; ++d) {
      if (d < at) before.add(full.shape[d], full.stride[d], part.stride[d]);
      else if (d > at) after.add(full.shape[d], full.stride[d], part.stride[d - 1]);
    }
    rows = full.shape[at];
    row_stride = full.stride[at];
    bool has = after.n > 0;
    inner = has ? after.shape[after.n - 1] : 1;
    inner_a = has ? after.a[after.n - 1] : 1;
    inner_b = has ? after.b[after.n - 1] : 1;
    outer = inner ? after.total / inner : 0;
  }
};

template <class T>
void take_rows(const Rows &r, T *out, const T *from, const int64_t *offsets) {
  if (r.after.n == 0) {
    if (r.after.total == 0) return;
    parallel_for(r.before.total * r.rows, kGrain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        int64_t p = begin / r.rows, i = begin % r.rows, stop = std::min(r.rows, i + end - begin), x, y;
        r.before.locate(p, r.before.n, &x, &y);
        begin += stop - i;
        for (; i < stop; ++i) out[x + i * r.row_stride] = from[y + offsets[i]];
      }
    });
    return;
  }
  bool dense = r.inner_a == 1 && r.inner_b == 1;
  parallel_for(r.before.total * r.rows, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, r.after.total)), [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      int64_t i = unit % r.rows, x, y;
      r.before.locate(unit / r.rows, r.before.n, &x, &y);
      T *o = out + x + i * r.row_stride;
      const T *f = from + y + offsets[i];
      for (int64_t k = 0; k < r.outer; ++k) {
        int64_t u = 0, v = 0;
        if (r.outer > 1) r.after.locate(k, r.after.n - 1, &u, &v);
        if (dense) std::memcpy(o + u, f + v, r.inner * sizeof(T));
        else
          for (int64_t j = 0; j < r.inner; ++j) o[u + j * r.inner_a] = f[v + j * r.inner_b];
      }
    }
  });
}

// Threads share columns, never rows: the order of additions into one element does not depend on their number.
template <class F>
void put_rows(const Rows &r, const int64_t *offsets, const F &store) {
  int64_t work = r.before.total * r.rows * r.after.total;
  if (!work) return;
  auto go = [&](int64_t p0, int64_t p1, int64_t j0, int64_t j1) {
    for (int64_t p = p0; p < p1; ++p) {
      int64_t x, y;
      r.before.locate(p, r.before.n, &x, &y);
      for (int64_t i = 0; i < r.rows; ++i) {
        if (offsets[i] < 0) continue;
        for (int64_t k = 0; k < r.outer; ++k) {
          int64_t u = 0, v = 0;
          if (r.outer > 1) r.after.locate(k, r.after.n - 1, &u, &v);
          store(y + offsets[i] + v + j0 * r.inner_b, r.inner_b, x + i * r.row_stride + u + j0 * r.inner_a, r.inner_a, j1 - j0);
        }
      }
    }
  };
  if (work < kGrain) return go(0, r.before.total, 0, r.inner);
  if (r.before.total >= threads()) parallel_for(r.before.total, 1, [&](int64_t b, int64_t e) { go(b, e, 0, r.inner); });
  else if (r.inner >= 64) parallel_for(r.inner, 32, [&](int64_t b, int64_t e) { go(0, r.before.total, b, e); });
  else go(0, r.before.total, 0, r.inner);
}

// Loop over all positions of `shape` along one chosen split dimension, inner dimension last; f(offsets, inner count).
template <int N, class F>
void positions(int ndim, const int64_t *shape, const int64_t *const *stride, int split, const F &f) {
  int64_t total = 1;
  for (int d = 0; d < ndim; ++d) total *= shape[d];
  if (!total) return;
  if (ndim == 0) {
    int64_t zero[N] = {};
    f(zero, int64_t{1});
    return;
  }
  auto go = [&](int64_t begin, int64_t end) {
    int64_t low[kMaxDims] = {}, high[kMaxDims], at[kMaxDims], offset[N] = {};
    std::copy(shape, shape + ndim, high);
    if (split >= 0) low[split] = begin, high[split] = end;
    for (int d = 0; d < ndim; ++d) {
      at[d] = low[d];
      for (int k = 0; k < N; ++k) offset[k] += low[d] * stride[k][d];
    }
    for (;;) {
      f(offset, high[ndim - 1] - low[ndim - 1]);
      int d = ndim - 2;
      for (; d >= 0; --d) {
        for (int k = 0; k < N; ++k) offset[k] += stride[k][d];
        if (++at[d] < high[d]) break;
        for (int k = 0; k < N; ++k) offset[k] -= (high[d] - low[d]) * stride[k][d];
        at[d] = low[d];
      }
      if (d < 0) break;
    }
  };
  if (split < 0 || total < kGrain) {
    split = -1;
    go(0, 1);
  } else {
    parallel_for(shape[split], std::max<int64_t>(1, kGrain * shape[split] / total), go);
  }
}

int widest(int ndim, const int64_t *shape, int but) {
  int best = -1;
  for (int d = 0; d < ndim; ++d)
    if (d != but && shape[d] > 1 && (best < 0 || shape[d] > shape[best])) best = d;
  return best;
}

[[noreturn]] void out_of_bounds(int64_t v, int dim, int64_t size) {
  throw Error(Error::Runtime, format("index %lld is out of bounds for dimension %d with size %lld", (long long)v, dim, (long long)size));
}

constexpr int64_t kChunk = 8192;  // of a mask; one count a chunk
}  // namespace

// index_offsets(out int64 dense, index; size, stride, dim, first, wrap, error, padding)
KERNEL(index_offsets) {
  Walk walk(c.t, 2, 1);
  walk.op[1].compute = DType::I64;
  walk.run(offsets_loop, c.s);
}

// take_rows(out, source, offsets; at)
KERNEL(take_rows) {
  Rows rows(c[0], c[1], static_cast<int>(c.s[0].i));
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    take_rows(rows, c[0].as<T>(), c[1].as<const T>(), c[2].as<const int64_t>());
  });
}

// put_rows(target, values, offsets; at, mode): target op= values
KERNEL(put_rows) {
  Rows rows(c[1], c[0], static_cast<int>(c.s[0].i));
  const int64_t *offsets = c[2].as<const int64_t>();
  int mode = static_cast<int>(c.s[1].i);
  if (mode == kSet) {
    by_width(c[0].dtype, [&](auto zero) {
      using T = decltype(zero);
      T *to = c[0].as<T>();
      const T *from = c[1].as<const T>();
      put_rows(rows, offsets, [&](int64_t t, int64_t st, int64_t v, int64_t sv, int64_t n) {
        if (st == 1 && sv == 1) std::memcpy(to + t, from + v, n * sizeof(T));
        else
          for (int64_t j = 0; j < n; ++j) to[t + j * st] = from[v + j * sv];
      });
    });
    return;
  }
  arithmetic(c[0].dtype, "put_rows", [&](auto zero) {
    using T = decltype(zero);
    T *to = c[0].as<T>();
    const T *from = c[1].as<const T>();
    with_mode<T>(mode, [&](auto f) {
      put_rows(rows, offsets, [&](int64_t t, int64_t st, int64_t v, int64_t sv, int64_t n) {
        if (st == 1 && sv == 1)
          for (int64_t j = 0; j < n; ++j) to[t + j] = f(to[t + j], from[v + j]);
        else
          for (int64_t j = 0; j < n; ++j) to[t + j * st] = f(to[t + j * st], from[v + j * sv]);
      });
    });
  });
}

// gather(out, input, index int64; dim): all of index's number of dimensions
KERNEL(gather) {
  const View &out = c[0], &in = c[1], &index = c[2];
  int dim = static_cast<int>(c.s[0].i), nd = out.ndim;
  int64_t size = nd ? in.shape[dim] : 1, step = nd ? in.stride[dim] : 0, own[kMaxDims];
  for (int d = 0; d < nd; ++d) own[d] = d == dim ? 0 : in.stride[d];
  const int64_t *strides[3] = {out.stride, own, index.stride};
  int64_t so = nd ? out.stride[nd - 1] : 0, si = nd ? own[nd - 1] : 0, sx = nd ? index.stride[nd - 1] : 0;
  by_width(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    T *o = out.as<T>();
    const T *from = in.as<const T>();
    const int64_t *x = index.as<const int64_t>();
    positions<3>(nd, index.shape, strides, widest(nd, index.shape, -1), [&](const int64_t *at, int64_t n) {
      const int64_t *v = x + at[2];
      bool bad = false;
      for (int64_t j = 0; j < n; ++j) bad |= static_cast<uint64_t>(v[j * sx]) >= static_cast<uint64_t>(size);
      if (bad)
        for (int64_t j = 0; j < n; ++j)
          if (v[j * sx] < 0 || v[j * sx] >= size) out_of_bounds(v[j * sx], dim, size);
      T *to = o + at[0];
      const T *row = from + at[1];
      if (so == 1 && sx == 1 && si == 0 && step == 1)
        for (int64_t j = 0; j < n; ++j) to[j] = row[v[j]];
      else
        for (int64_t j = 0; j < n; ++j) to[j * so] = row[j * si + v[j * sx] * step];
    });
  });
}

// scatter(self, source, index int64; dim, mode): self[index] op= source; source may be expanded
KERNEL(scatter) {
  const View &self = c[0], &source = c[1], &index = c[2];
  int dim = static_cast<int>(c.s[0].i), mode = static_cast<int>(c.s[1].i), nd = index.ndim;
  int64_t size = nd ? self.shape[dim] : 1, step = nd ? self.stride[dim] : 0, own[kMaxDims];
  for (int d = 0; d < nd; ++d) own[d] = d == dim ? 0 : self.stride[d];
  const int64_t *strides[3] = {own, source.stride, index.stride};
  int64_t st = nd ? own[nd - 1] : 0, sv = nd ? source.stride[nd - 1] : 0, sx = nd ? index.stride[nd - 1] : 0;
  const int64_t *x = index.as<const int64_t>();
  auto go = [&](auto *to, auto *from, auto f) {
    positions<3>(nd, index.shape, strides, widest(nd, index.shape, dim), [&](const int64_t *at, int64_t n) {
      for (int64_t j = 0; j < n; ++j) {
        int64_t v = x[at[2] + j * sx];
        if (v < 0 || v >= size) out_of_bounds(v, dim, size);
        auto &place = to[at[0] + j * st + v * step];
        place = f(place, from[at[1] + j * sv]);
      }
    });
  };
  if (mode == kSet) {
    by_width(self.dtype, [&](auto zero) {
      using T = decltype(zero);
      go(self.as<T>(), source.as<const T>(), [](T, T v) { return v; });
    });
    return;
  }
  arithmetic(self.dtype, "scatter", [&](auto zero) {
    using T = decltype(zero);
    with_mode<T>(mode, [&](auto f) { go(self.as<T>(), source.as<const T>(), f); });
  });
}

// mask_counts(out int64 [chunks], mask dense bool)
KERNEL(mask_counts) {
  const uint8_t *mask = c[1].as<const uint8_t>();
  int64_t n = c[1].numel(), *counts = c[0].as<int64_t>();
  parallel_for((n + kChunk - 1) / kChunk, 4, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      int64_t sum = 0;
      for (int64_t i = k * kChunk; i < std::min(n, (k + 1) * kChunk); ++i) sum += mask[i] != 0;
      counts[k] = sum;
    }
  });
}

namespace {
// f(chunk's first position, end, how many set before it)
template <class F>
void chunks(const View &mask, const View &counts, const F &f) {
  int64_t n = mask.numel(), total = (n + kChunk - 1) / kChunk;
  const int64_t *count = counts.as<const int64_t>();
  parallel_for(total, 4, [&](int64_t begin, int64_t end) {
    int64_t before = 0;
    for (int64_t k = 0; k < begin; ++k) before += count[k];
    for (int64_t k = begin; k < end; before += count[k++])
      if (count[k]) f(k * kChunk, std::min(n, (k + 1) * kChunk), before);
  });
}
}  // namespace

// nonzero(out int64 [count, ndim] dense, mask dense bool, counts)
KERNEL(nonzero) {
  const View &mask = c[1];
  const uint8_t *m = mask.as<const uint8_t>();
  int nd = mask.ndim;
  int64_t *out = c[0].as<int64_t>(), so = c[0].stride[0], sd = nd ? c[0].stride[1] : 0;
  chunks(mask, c[2], [&](int64_t begin, int64_t end, int64_t row) {
    for (int64_t i = begin; i < end; ++i) {
      if (!m[i]) continue;
      int64_t rest = i;
      for (int d = nd - 1; d >= 0; --d) {
        out[row * so + d * sd] = rest % mask.shape[d];
        rest /= mask.shape[d];
      }
      ++row;
    }
  });
}

// compress(out [count], input dense, mask dense bool, counts)
KERNEL(compress) {
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T *out = c[0].as<T>();
    const T *in = c[1].as<const T>();
    const uint8_t *m = c[2].as<const uint8_t>();
    chunks(c[2], c[3], [&](int64_t begin, int64_t end, int64_t row) {
      for (int64_t i = begin; i < end; ++i)
        if (m[i]) out[row++] = in[i];
    });
  });
}

// decompress(self dense, mask dense bool, source [>= count] dense, counts): the inverse, into places that are set
KERNEL(decompress) {
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T *self = c[0].as<T>();
    const T *source = c[2].as<const T>();
    const uint8_t *m = c[1].as<const uint8_t>();
    chunks(c[1], c[3], [&](int64_t begin, int64_t end, int64_t row) {
      for (int64_t i = begin; i < end; ++i)
        if (m[i]) self[i] = source[row++];
    });
  });
}

namespace {
template <class T>
void select_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  T *out = reinterpret_cast<T *>(ptr[0]);
  const uint8_t *m = reinterpret_cast<const uint8_t *>(ptr[1]);
  const T *x = reinterpret_cast<const T *>(ptr[2]), *y = reinterpret_cast<const T *>(ptr[3]);
  if (scalar[1]) {
    const T *from = m[0] ? x : y;
    if (scalar[m[0] ? 2 : 3]) std::fill(out, out + n, from[0]);
    else std::memmove(out, from, n * sizeof(T));
    return;
  }
  int64_t sx = !scalar[2], sy = !scalar[3];
  if (sx && sy) for (int64_t i = 0; i < n; ++i) out[i] = m[i] ? x[i] : y[i];
  else if (sy) {
    T v = x[0];
    for (int64_t i = 0; i < n; ++i) out[i] = m[i] ? v : y[i];
  } else {
    T v = y[0];
    for (int64_t i = 0; i < n; ++i) out[i] = m[i] ? x[i * sx] : v;
  }
}

void select(View out, View mask, View x, View y) {
  View views[4] = {out, mask, x, y};
  Walk walk(views, 4, 1);
  walk.op[1].compute = DType::Bool;
  walk.op[2].compute = walk.op[3].compute = out.dtype;
  by_width(out.dtype, [&](auto zero) { walk.run(select_loop<decltype(zero)>, nullptr); });
}
}  // namespace

// masked_fill(out, input, mask, value): a pointwise call
KERNEL(masked_fill) { select(c[0], c[2], c[3], c[1]); }

namespace {
template <class T>
void divide_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  T *out = reinterpret_cast<T *>(ptr[0]);
  const T *x = reinterpret_cast<const T *>(ptr[1]), *y = reinterpret_cast<const T *>(ptr[2]);
  for (int64_t i = 0; i < n; ++i) {
    T v = x[scalar[1] ? 0 : i], count = y[scalar[2] ? 0 : i];
    if constexpr (std::is_integral_v<T>) {
      T q = v / count;
      out[i] = q * count != v && (v < 0) != (count < 0) ? q - 1 : q;
    } else {
      out[i] = v / count;
    }
  }
}
}  // namespace

// divide_counts(out, values, counts): integers round down
KERNEL(divide_counts) {
  Walk walk(c.t, 3, 1);
  DType d = c[0].dtype, compute = is_integral(d) ? DType::I64 : d == DType::F64 || is_complex(d) ? d : DType::F32;
  for (int k = 0; k < 3; ++k) walk.op[k].compute = compute;
  walk.run(compute == DType::I64 ? divide_loop<int64_t> : compute == DType::F64 ? divide_loop<double> : compute == DType::C64 ? divide_loop<C64> : compute == DType::C128 ? divide_loop<C128>
           : divide_loop<float>, nullptr);
}

// repeat_index(out int64, repeats dense int64): position i of repeats, repeats[i] times
KERNEL(repeat_index) {
  const int64_t *repeats = c[1].as<const int64_t>();
  int64_t *out = c[0].as<int64_t>(), n = c[1].numel(), room = c[0].numel();
  for (int64_t i = 0; i < n; ++i) {
    if (repeats[i] < 0) throw Error(Error::Runtime, "repeats can not be negative");
    room -= repeats[i];
    MT_CHECK(room >= 0, "repeat_interleave: output_size does not fit the repeats");
    out = std::fill_n(out, repeats[i], i);
  }
  MT_CHECK(room == 0, "repeat_interleave: output_size does not fit the repeats");
}

}  // namespace mt
