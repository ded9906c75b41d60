// Advanced indexing: index tensors become element offsets once, then rows move by these offsets.
// Also gather, and what masks need: counting, compressing, expanding.
#include "combine.h"

namespace mt {
namespace {

// attributes: size, stride, dim, first, wrap negatives, error (0 advanced index, 1 "in self"), padding index or None
void offsets_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *a) {
  int64_t *out = reinterpret_cast<int64_t *>(ptr[0]);
  const int64_t *index = reinterpret_cast<const int64_t *>(ptr[1]);
  const int64_t size = a[0].i, low = a[4].i ? -size : 0, padding = a[6].i;
  const uint64_t stride = static_cast<uint64_t>(a[1].i),
                 span = static_cast<uint64_t>(size) - static_cast<uint64_t>(low);
  const bool first = a[3].i, pads = !a[6].none();
  auto outside = [&](int64_t v) { return static_cast<uint64_t>(v) - static_cast<uint64_t>(low) >= span; };
  auto place = [&](int64_t v) {
    return (static_cast<uint64_t>(v) + (static_cast<uint64_t>(v >> 63) & static_cast<uint64_t>(size))) * stride;
  };
  int64_t repeated[kBlock];  // the loops below are dense ones
  if (scalar[1]) index = std::fill_n(repeated, n, index[0]) - n;
  int bad = 0;
  for (int64_t i = 0; i < n; ++i) bad |= outside(index[i]);
  for (int64_t i = 0; bad && i < n; ++i) {
    int64_t v = index[i];
    if (!outside(v)) continue;
    if (a[5].i) throw Error(Error::Index, "index out of range in self");
    throw Error(Error::Index, format("index %lld is out of bounds for dimension %lld with size %lld", (long long)v,
                                     (long long)a[2].i, (long long)size));
  }
  if (pads)
    for (int64_t i = 0; i < n; ++i) {
      int64_t v = index[i];
      out[i] = v == padding ? -1 : static_cast<int64_t>(first ? place(v) : static_cast<uint64_t>(out[i]) + place(v));
    }
  else if (first)
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<int64_t>(place(index[i]));
  else
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<int64_t>(static_cast<uint64_t>(out[i]) + place(index[i]));
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

// A tensor whose dimensions in `dims` are addressed by offsets: what is left of it, and the largest offset that stays
// inside.
struct Addressed {
  View rest;
  int64_t most = 0;
  Addressed(const View &whole, const IntList &dims) : rest(whole) {
    bool gone[kMaxDims] = {}, empty = whole.numel() == 0;
    for (int64_t k = 0; k < dims.size; ++k) {
      if (dims[k] < 0 || dims[k] >= whole.ndim) throw Error(Error::Index, "rows: a dimension is out of range");
      gone[dims[k]] = true;
    }
    rest.ndim = 0;
    for (int d = 0; d < whole.ndim; ++d)
      if (!gone[d]) {
        rest.shape[rest.ndim] = whole.shape[d];
        rest.stride[rest.ndim++] = whole.stride[d];
      } else {
        if (whole.shape[d] == 0) most = -1;
        else if (!empty) most += (whole.shape[d] - 1) * whole.stride[d];
      }
  }
};

// Offsets are taken as they are found in memory, each checked where it is used.
struct Offsets {
  const int64_t *at;
  uint64_t most;
  Offsets(const View &v, const Addressed &a, int64_t rows)
      : at(v.as<const int64_t>()), most(static_cast<uint64_t>(a.most)) {
    need_indices(v, "rows");
    need_dense(v, "rows");
    need_numel(v, rows, "rows");
    if (a.most < 0 && rows > 0) outside();
  }
  int64_t operator[](int64_t i) const {
    int64_t offset = at[i];
    if (static_cast<uint64_t>(offset) > most) outside();
    return offset;
  }
  // The same, or -1: a row to leave out.
  int64_t or_none(int64_t i) const { return at[i] == -1 ? -1 : (*this)[i]; }
  [[noreturn]] static void outside() { throw Error(Error::Index, "rows: an offset lies outside the tensor"); }
};

struct Rows {  // `full` has the row dimension at `at`, `part` lacks it
  Group before, after;
  int64_t rows = 0, row_stride = 0, inner = 1, inner_a = 1, inner_b = 1, outer = 0;
  Rows(const View &full, const View &part, int at) {
    MT_CHECK(full.ndim == part.ndim + 1, "rows: dimensions do not fit");
    need_same_dtype(full, part, "rows");
    rows = full.shape[at];
    for (int d = 0; d < part.ndim; ++d)
      MT_CHECK(full.shape[d < at ? d : d + 1] == part.shape[d], "rows: sizes do not fit");
    if (full.numel() == 0) return;  // strides of an empty view may be any numbers
    for (int d = 0; d < full.ndim; ++d) {
      if (d < at) before.add(full.shape[d], full.stride[d], part.stride[d]);
      else if (d > at) after.add(full.shape[d], full.stride[d], part.stride[d - 1]);
    }
    row_stride = full.stride[at];
    if (after.n > 0) {
      inner = after.shape[after.n - 1];
      inner_a = after.a[after.n - 1];
      inner_b = after.b[after.n - 1];
    }
    outer = after.total / inner;
  }
  bool none() const { return outer == 0; }
};

template <class T>
void take_rows(const Rows &r, T *out, const T *from, const Offsets &offsets) {
  if (r.none()) return;
  if (r.after.n == 0) {
    parallel_for(r.before.total * r.rows, kGrain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        int64_t p = begin / r.rows, i = begin % r.rows, stop = std::min(r.rows, i + end - begin), x, y;
        r.before.locate(p, r.before.n, &x, &y);
        begin += stop - i;
        const Offsets local = offsets;
        const T *f = from + y;
        T *o = out + x;
        if (r.row_stride == 1)
          for (; i < stop; ++i) o[i] = f[local[i]];
        else
          for (; i < stop; ++i) o[i * r.row_stride] = f[local[i]];
      }
    });
    return;
  }
  bool dense = r.inner_a == 1 && r.inner_b == 1;
  parallel_for(r.before.total * r.rows, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, r.after.total)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t unit = begin; unit < end; ++unit) {
                   int64_t i = unit % r.rows, x, y;
                   r.before.locate(unit / r.rows, r.before.n, &x, &y);
                   T *o = out + x + i * r.row_stride;
                   const T *f = from + y + offsets[i];
                   for (int64_t k = 0; k < r.outer; ++k) {
                     int64_t u = 0, v = 0;
                     if (r.outer > 1) r.after.locate(k, r.after.n - 1, &u, &v);
                     if (dense) std::memmove(o + u, f + v, r.inner * sizeof(T));
                     else
                       for (int64_t j = 0; j < r.inner; ++j) o[u + j * r.inner_a] = f[v + j * r.inner_b];
                   }
                 }
               });
}

// Threads share columns, never rows: the order of additions into one element does not depend on their number.
template <class F>
void put_rows(const Rows &r, const Offsets &offsets, const F &store) {
  if (r.none()) return;
  int64_t work = r.before.total * r.rows * r.after.total;
  auto go = [&](int64_t p0, int64_t p1, int64_t j0, int64_t j1) {
    for (int64_t p = p0; p < p1; ++p) {
      int64_t x, y;
      r.before.locate(p, r.before.n, &x, &y);
      for (int64_t i = 0; i < r.rows; ++i) {
        int64_t offset = offsets.or_none(i);
        if (offset < 0) continue;
        for (int64_t k = 0; k < r.outer; ++k) {
          int64_t u = 0, v = 0;
          if (r.outer > 1) r.after.locate(k, r.after.n - 1, &u, &v);
          store(y + offset + v + j0 * r.inner_b, r.inner_b, x + i * r.row_stride + u + j0 * r.inner_a, r.inner_a,
                j1 - j0);
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
    for (int d = 0; d < ndim; ++d) high[d] = shape[d];
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
  throw Error(Error::Runtime, format("index %lld is out of bounds for dimension %d with size %lld", (long long)v, dim,
                                     (long long)size));
}

constexpr int64_t kChunk = 8192;  // of a mask; one count a chunk
}  // namespace

// index_offsets(out int64 dense, index; size, stride, dim, first, wrap, error, padding)
KERNEL(index_offsets) {
  need_indices(c[0], "index_offsets"), need_dense(c[0], "index_offsets");
  MT_CHECK(is_integral(c[1].dtype), "index_offsets: expected whole numbers");
  Scalar s[7];
  for (int k = 0; k < 6; ++k) s[k].i = c.integer(k);
  if (c.given(6)) s[6].kind = Scalar::Int, s[6].i = c.integer(6);
  MT_CHECK(s[0].i >= 0, "index_offsets: a size is below zero");
  Walk walk(c, 2, 1);
  walk.op[1].compute = DType::I64;
  walk.run(offsets_loop, s);
}

// take_rows(out, source, offsets; at, dims): out's dimension `at` stands for the source's `dims`
KERNEL(take_rows) {
  Addressed source(c[1], c.ints(1));
  Rows rows(c[0], source.rest, c.dim(0, c[0]));
  Offsets offsets(c[2], source, rows.rows);
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    take_rows(rows, c[0].as<T>(), c[1].as<const T>(), offsets);
  });
}

// put_rows(target, values, offsets; at, dims, mode): target op= values, whose dimension `at` stands for the target's
// `dims`
KERNEL(put_rows) {
  Addressed target(c[0], c.ints(1));
  Rows rows(c[1], target.rest, c.dim(0, c[1]));
  Offsets offsets(c[2], target, rows.rows);
  int64_t mode = c.integer(2);
  if (mode == kSet) {
    by_width(c[0].dtype, [&](auto zero) {
      using T = decltype(zero);
      T *to = c[0].as<T>();
      const T *from = c[1].as<const T>();
      put_rows(rows, offsets, [&](int64_t t, int64_t st, int64_t v, int64_t sv, int64_t n) {
        if (st == 1 && sv == 1) std::memmove(to + t, from + v, n * sizeof(T));
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

namespace {
// The dimension of operand `v` (argument 0); `index` is no larger than v apart from it.
int indexed_dim(const Call &c, const View &v, const View &index, const char *what) {
  int dim = v.ndim ? c.dim(0, v) : 0;
  need_rank(index, v.ndim, what);
  need_indices(index, what);
  for (int d = 0; d < v.ndim; ++d)
    MT_CHECK(d == dim || index.shape[d] <= v.shape[d], "%s: the index is larger than the tensor in dimension %d", what,
             d);
  return dim;
}
}  // namespace

// gather(out, input, index int64; dim): all of index's number of dimensions
KERNEL(gather) {
  const View &out = c[0], &in = c[1], &index = c[2];
  int dim = indexed_dim(c, in, index, "gather"), nd = out.ndim;
  need_same_shape(out, index, "gather");
  need_same_dtype(out, in, "gather");
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
      if (size == 0) out_of_bounds(v[0], dim, size);
      // what is used is what was looked at: the result may lie on the index
      int64_t bad = 0;
      auto within = [&](int64_t place) {
        bool outside = static_cast<uint64_t>(place) >= static_cast<uint64_t>(size);
        bad = outside ? place : bad;
        return outside ? 0 : place;
      };
      T *to = o + at[0];
      const T *row = from + at[1];
      if (so == 1 && sx == 1 && si == 0 && step == 1)
        for (int64_t j = 0; j < n; ++j) to[j] = row[within(v[j])];
      else
        for (int64_t j = 0; j < n; ++j) to[j * so] = row[j * si + within(v[j * sx]) * step];
      if (bad) out_of_bounds(bad, dim, size);
    });
  });
}

// scatter(self, source, index int64; dim, mode): self[index] op= source; source may be expanded
KERNEL(scatter) {
  const View &self = c[0], &source = c[1], &index = c[2];
  int dim = indexed_dim(c, self, index, "scatter"), nd = index.ndim;
  int64_t mode = c.integer(1);
  need_same_dtype(self, source, "scatter");
  need_rank(source, nd, "scatter");
  for (int d = 0; d < nd; ++d)
    MT_CHECK(index.shape[d] <= source.shape[d], "scatter: the index is larger than the source in dimension %d", d);
  int64_t size = nd ? self.shape[dim] : 1, step = nd ? self.stride[dim] : 0, own[kMaxDims];
  for (int d = 0; d < nd; ++d) own[d] = d == dim ? 0 : self.stride[d];
  const int64_t *strides[3] = {own, source.stride, index.stride};
  int64_t st = nd ? own[nd - 1] : 0, sv = nd ? source.stride[nd - 1] : 0, sx = nd ? index.stride[nd - 1] : 0;
  const int64_t *x = index.as<const int64_t>();
  auto go = [&](auto *to, auto *from, auto f) {
    positions<3>(nd, index.shape, strides, widest(nd, index.shape, dim), [=](const int64_t *at, int64_t n) {
      auto *row = to + at[0];
      auto *value = from + at[1];
      const int64_t *which = x + at[2];
      for (int64_t j = 0; j < n; ++j) {
        int64_t v = which[j * sx];
        if (static_cast<uint64_t>(v) >= static_cast<uint64_t>(size)) out_of_bounds(v, dim, size);
        auto &place = row[j * st + v * step];
        place = f(place, value[j * sv]);
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

namespace {
int64_t chunks_of(const View &mask) { return (mask.numel() + kChunk - 1) / kChunk; }
void need_mask(const View &mask) { need_dtype(mask, DType::Bool, "mask"), need_dense(mask, "mask"); }
}  // namespace

// mask_counts(out int64 [chunks], mask dense bool)
KERNEL(mask_counts) {
  need_mask(c[1]);
  need_indices(c[0], "mask_counts"), need_dense(c[0], "mask_counts"), need_numel(c[0], chunks_of(c[1]), "mask_counts");
  const uint8_t *mask = c[1].as<const uint8_t>();
  int64_t n = c[1].numel(), *counts = c[0].as<int64_t>();
  parallel_for(chunks_of(c[1]), 4, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      int64_t sum = 0;
      for (int64_t i = k * kChunk, last = std::min(n, (k + 1) * kChunk); i < last;) {
        uint8_t few = 0;
        for (int64_t stop = std::min(last, i + 255); i < stop; ++i) few = static_cast<uint8_t>(few + (mask[i] != 0));
        sum += few;
      }
      counts[k] = sum;
    }
  });
}

namespace {
// What is set in a mask, by chunks of it: `counts` says how much in each, and is believed no further than `room` goes.
class Chosen {
  const uint8_t *mask_;
  int64_t size_;
  std::vector<int64_t> before_;  // how many are set before each chunk, and in all

 public:
  Chosen(const View &mask, const View &counts)
      : mask_((need_mask(mask), mask.as<const uint8_t>())),
        size_(mask.numel()),
        before_(static_cast<size_t>(chunks_of(mask) + 1)) {
    need_indices(counts, "mask"), need_dense(counts, "mask"), need_numel(counts, chunks_of(mask), "mask");
    for (size_t k = 0; k + 1 < before_.size(); ++k) {
      int64_t count = counts.as<const int64_t>()[k];
      MT_CHECK(count >= 0 && count <= kChunk, "mask: a count of set elements is wrong");
      before_[k + 1] = before_[k] + count;
    }
  }
  int64_t total() const { return before_.back(); }
  // f(place in the mask, how many are set before it)
  template <class F>
  void each(const F &f) const {
    parallel_for(static_cast<int64_t>(before_.size()) - 1, 4, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        int64_t row = before_[static_cast<size_t>(k)], stop = before_[static_cast<size_t>(k) + 1];
        if (row == stop) continue;
        for (int64_t i = k * kChunk, last = std::min(size_, (k + 1) * kChunk); i < last; ++i) {
          if (!mask_[i]) continue;
          MT_CHECK(row < stop, "mask: more is set than was counted");
          f(i, row++);
        }
      }
    });
  }
};
}  // namespace

// nonzero(out int64 [count, ndim], mask dense bool, counts)
KERNEL(nonzero) {
  const View &out = c[0], &mask = c[1];
  Chosen chosen(mask, c[2]);
  need_rank(out, 2, "nonzero"), need_indices(out, "nonzero");
  need_size(out, 0, chosen.total(), "nonzero"), need_size(out, 1, mask.ndim, "nonzero");
  int nd = mask.ndim;
  int64_t *to = out.as<int64_t>(), so = out.stride[0], sd = out.stride[1];
  if (nd == 1) return chosen.each([&](int64_t i, int64_t row) { to[row * so] = i; });
  chosen.each([&](int64_t i, int64_t row) {
    for (int d = nd - 1; d >= 0; --d) {
      to[row * so + d * sd] = i % mask.shape[d];
      i /= mask.shape[d];
    }
  });
}

// compress(out [count] dense, input dense, mask dense bool, counts)
KERNEL(compress) {
  Chosen chosen(c[2], c[3]);
  need_same_dtype(c[0], c[1], "compress");
  need_dense(c[0], "compress"), need_dense(c[1], "compress");
  need_numel(c[0], chosen.total(), "compress"), need_numel(c[1], c[2].numel(), "compress");
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T *out = c[0].as<T>();
    const T *in = c[1].as<const T>();
    chosen.each([&](int64_t i, int64_t row) { out[row] = in[i]; });
  });
}

// decompress(self dense, mask dense bool, source [>= count] dense, counts): the inverse, into places that are set
KERNEL(decompress) {
  Chosen chosen(c[1], c[3]);
  need_same_dtype(c[0], c[2], "decompress");
  need_dense(c[0], "decompress"), need_dense(c[2], "decompress");
  need_numel(c[0], c[1].numel(), "decompress");
  MT_CHECK(c[2].numel() >= chosen.total(), "decompress: the source has too few elements");
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T *self = c[0].as<T>();
    const T *source = c[2].as<const T>();
    chosen.each([&](int64_t i, int64_t row) { self[i] = source[row]; });
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
      MT_CHECK(count != 0, "ZeroDivisionError");  // counts of narrow types wrap
      T q = count == -1 ? static_cast<T>(0 - static_cast<uint64_t>(v)) : v / count;
      out[i] = q * count != v && (v < 0) != (count < 0) ? q - 1 : q;
    } else {
      out[i] = v / count;
    }
  }
}
}  // namespace

// divide_counts(out, values, counts): integers round down
KERNEL(divide_counts) {
  Walk walk(c, 3, 1);
  DType d = c[0].dtype, compute = is_integral(d) ? DType::I64 : d == DType::F64 || is_complex(d) ? d : DType::F32;
  for (int k = 0; k < 3; ++k) walk.op[k].compute = compute;
  walk.run(compute == DType::I64    ? divide_loop<int64_t>
           : compute == DType::F64  ? divide_loop<double>
           : compute == DType::C64  ? divide_loop<C64>
           : compute == DType::C128 ? divide_loop<C128>
                                    : divide_loop<float>,
           nullptr);
}

// repeat_index(out int64, repeats dense int64): position i of repeats, repeats[i] times
KERNEL(repeat_index) {
  for (int k = 0; k < 2; ++k) need_indices(c[k], "repeat_interleave"), need_dense(c[k], "repeat_interleave");
  const int64_t *repeats = c[1].as<const int64_t>();
  int64_t *out = c[0].as<int64_t>(), n = c[1].numel(), room = c[0].numel();
  for (int64_t i = 0; i < n; ++i) {
    int64_t times = repeats[i];
    if (times < 0) throw Error(Error::Runtime, "repeats can not be negative");
    MT_CHECK(times <= room, "repeat_interleave: output_size does not fit the repeats");
    room -= times;
    out = std::fill_n(out, times, i);
  }
  MT_CHECK(room == 0, "repeat_interleave: output_size does not fit the repeats");
}

}  // namespace mt
