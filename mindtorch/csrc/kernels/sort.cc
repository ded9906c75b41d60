// Sorting, selection, unique and search. Every real dtype becomes an unsigned key of the same order: NaN last, -0 equal
// to 0; a key and its position in one integer is what gets sorted, so equal elements keep their order.
#include <memory>
#include <vector>

#include "iterator.h"

namespace mt {
namespace {

using Wide = unsigned __int128;
template <class K> struct packed;
template <> struct packed<uint32_t> { using type = uint64_t; };
template <> struct packed<uint64_t> { using type = Wide; };

template <class K, class T>
inline K key_of(T x) {
  constexpr K top = K(1) << (sizeof(K) * 8 - 1);
  if constexpr (std::is_same_v<T, Bool>) return x.v != 0;
  else if constexpr (is_reduced_v<T>) return key_of<K>(static_cast<float>(x));
  else if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return ~K(0);
    if (x == 0) return top;
    if constexpr (sizeof(T) == 4) {
      uint32_t u = float_to_bits(x);
      return u >> 31 ? static_cast<uint32_t>(~u) : u | 0x80000000u;
    } else {
      uint64_t u;
      std::memcpy(&u, &x, 8);
      return static_cast<K>(u >> 63 ? ~u : u | (uint64_t(1) << 63));
    }
  } else if constexpr (is_complex_v<T>) {
    throw Error(Error::NotImplemented, "sorting is not implemented for complex numbers");
  } else if constexpr (std::is_signed_v<T>) return static_cast<K>(x) ^ top;
  else return static_cast<K>(x);
}

inline bool wide_key(DType d) { return d == DType::F64 || d == DType::I64 || d == DType::U64; }
inline bool has_nan(DType d) { return is_floating(d); }

// f(K{}) with the key type of a dtype
template <class F>
void with_key(DType d, const F &f) {
  if (wide_key(d)) f(uint64_t{});
  else f(uint32_t{});
}

template <class K>
void load_keys(DType d, const char *p, int64_t stride, int64_t n, K *keys) {
  dispatch(d, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (sizeof(T) <= sizeof(K)) {
      const T *q = reinterpret_cast<const T *>(p);
      for (int64_t i = 0; i < n; ++i) keys[i] = key_of<K>(q[i * stride]);
    } else throw Error(Error::NotImplemented, "sorting is not implemented for this dtype");
  });
}

// One slice as (key, position) integers; flipped: the largest first.
template <class K>
struct Slice {
  using E = typename packed<K>::type;
  static constexpr int kShift = sizeof(K) * 8;
  std::vector<K> keys;
  std::vector<E> e, spare;
  bool flip = false;

  void load(DType d, const char *p, int64_t stride, int64_t n, bool flipped) {
    flip = flipped;
    keys.resize(static_cast<size_t>(n));
    e.resize(static_cast<size_t>(n));
    load_keys(d, p, stride, n, keys.data());
    K mask = flip ? ~K(0) : K(0);
    for (int64_t i = 0; i < n; ++i)
      e[static_cast<size_t>(i)] = E(keys[static_cast<size_t>(i)] ^ mask) << kShift | E(static_cast<K>(i));
  }
  K key(int64_t i) const { return static_cast<K>(e[static_cast<size_t>(i)] >> kShift) ^ (flip ? ~K(0) : K(0)); }
  int64_t place(int64_t i) const { return static_cast<int64_t>(static_cast<K>(e[static_cast<size_t>(i)])); }

  void sort() {
    if (e.size() < 600) std::sort(e.begin(), e.end());
    else radix();
  }

 private:
  void radix() {
    constexpr int kBits = 11, kDigits = (kShift + kBits - 1) / kBits, kBuckets = 1 << kBits;
    std::vector<uint32_t> counts(static_cast<size_t>(kDigits) * kBuckets);
    K mask = flip ? ~K(0) : K(0);
    for (K k : keys)
      for (int d = 0; d < kDigits; ++d)
        ++counts[static_cast<size_t>(d * kBuckets + static_cast<int>((k ^ mask) >> (d * kBits) & (kBuckets - 1)))];
    spare.resize(e.size());
    for (int d = 0; d < kDigits; ++d) {
      uint32_t *count = counts.data() + d * kBuckets, total = 0;
      bool useless = false;
      for (int b = 0; b < kBuckets; ++b) {
        useless = useless || count[b] == e.size();
        uint32_t c = count[b];
        count[b] = total;
        total += c;
      }
      if (useless) continue;
      int shift = kShift + d * kBits;
      for (E x : e) spare[count[static_cast<size_t>(static_cast<uint64_t>(x >> shift) & (kBuckets - 1))]++] = x;
      e.swap(spare);
    }
  }
};

void gather_bytes(char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t width, int64_t n,
                  const int64_t *places) {
  for (int64_t i = 0; i < n; ++i)
    std::memcpy(to + i * to_stride * width, from + places[i] * from_stride * width, static_cast<size_t>(width));
}

// The dimension (argument 0) along which x is worked on; values and indices have `count` entries along it, or lack it
// where one is enough.
int slice_dim(const Call &c, int64_t count, bool may_lack = false) {
  const View &x = c[2];
  int dim = x.ndim ? c.dim(0, x) : 0;
  need_same_dtype(c[0], x, "sort");
  need_indices(c[1], "sort");
  need_same_shape(c[0], c[1], "sort");
  bool lacks = may_lack && c[0].ndim == x.ndim - 1, fits = lacks || c[0].ndim == x.ndim;
  for (int d = 0; fits && d < x.ndim; ++d)
    if (d != dim) fits = c[0].shape[lacks && d > dim ? d - 1 : d] == x.shape[d];
    else if (!lacks) fits = c[0].shape[d] == count;
  MT_CHECK(fits, "sort: a result has another shape than it should");
  MT_CHECK(wide_key(x.dtype) || (x.ndim ? x.shape[dim] : 1) <= UINT32_MAX, "sort: a dimension is too long");
  return dim;
}

// f(state, base of x, base of values, base of indices) for every slice of x along dim; the results have the same
// dimensions or lack dim.
template <class State, class F>
void slices(const View &values, const View &indices, const View &x, int dim, const F &f) {
  int64_t length = x.ndim ? x.shape[dim] : 1, lines = 1;
  for (int d = 0; d < x.ndim; ++d)
    if (d != dim) lines *= x.shape[d];
  parallel_for(lines, std::max<int64_t>(1, 4096 / std::max<int64_t>(1, length)), [&](int64_t begin, int64_t end) {
    State state;
    for (int64_t t = begin; t < end; ++t) {
      int64_t from = 0, value = 0, index = 0, rest = t;
      for (int d = x.ndim - 1; d >= 0; --d) {
        if (d == dim) continue;
        int64_t at = rest % x.shape[d];
        rest /= x.shape[d];
        int o = values.ndim == x.ndim || d < dim ? d : d - 1;
        from += at * x.stride[d];
        value += at * values.stride[o];
        index += at * indices.stride[o];
      }
      f(state, x.as<char>() + from * itemsize(x.dtype), values.as<char>() + value * itemsize(values.dtype),
        indices.as<int64_t>() + index);
    }
  });
}

// The first n entries of a slice into values and indices.
template <class K>
void emit(const Slice<K> &s, int64_t n, const View &values, const View &indices, const View &x, int dim,
          const char *from, char *to, int64_t *places, std::vector<int64_t> &order) {
  order.resize(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) order[static_cast<size_t>(i)] = s.place(i);
  gather_bytes(to, values.ndim ? values.stride[dim] : 0, from, x.ndim ? x.stride[dim] : 0, itemsize(x.dtype), n,
               order.data());
  int64_t step = indices.ndim ? indices.stride[dim] : 0;
  for (int64_t i = 0; i < n; ++i) places[i * step] = order[static_cast<size_t>(i)];
}

// Order by value alone: which of equal elements comes first is the algorithm's business.
template <class K>
bool by_key(const typename packed<K>::type &x, const typename packed<K>::type &y) {
  return x >> Slice<K>::kShift < y >> Slice<K>::kShift;
}

// Hoare's selection with the median of three as pivot: e[k] becomes what it would be sorted.
template <class V, class Less>
void select_place(V &v, int64_t k, Less less) {
  auto e = v.begin();
  for (int64_t low = 0, high = static_cast<int64_t>(v.size()) - 1; low < high;) {
    auto order = [&](int64_t a, int64_t b) { if (less(e[b], e[a])) std::swap(e[a], e[b]); };
    if (high == low + 1) return order(low, high);
    std::swap(e[low + (high - low) / 2], e[low + 1]);
    order(low + 1, high);
    order(low, high);
    order(low + 1, low);
    auto pivot = e[low];
    int64_t up = low + 1, down = high;
    while (true) {
      while (less(e[++up], pivot)) {}
      while (less(pivot, e[--down])) {}
      if (down < up) break;
      std::swap(e[up], e[down]);
    }
    std::swap(e[low], e[down]);
    if (down <= k) low = up;
    if (down >= k) high = down - 1;
  }
}

template <class K>
struct Sorting {
  Slice<K> slice;
  std::vector<int64_t> order;
};

}  // namespace

// sort(values, indices, x; dim, descending)
KERNEL(sort) {
  const View &x = c[2];
  int dim = slice_dim(c, x.ndim ? x.size(c.dim(0, x)) : 1);
  bool flip = c.flag(1);
  int64_t n = x.ndim ? x.shape[dim] : 1, stride = x.ndim ? x.stride[dim] : 0;
  with_key(x.dtype, [&](auto zero) {
    using K = decltype(zero);
    slices<Sorting<K>>(c[0], c[1], x, dim, [&](Sorting<K> &s, const char *from, char *to, int64_t *places) {
      s.slice.load(x.dtype, from, stride, n, flip);
      s.slice.sort();
      emit(s.slice, n, c[0], c[1], x, dim, from, to, places, s.order);
    });
  });
}

// topk(values, indices, x; dim, k, largest)
KERNEL(topk) {
  int64_t k = c.integer(1);
  const View &x = c[2];
  bool largest = c.flag(2);
  int dim = slice_dim(c, x.ndim ? k : 1);
  int64_t n = x.ndim ? x.shape[dim] : 1, stride = x.ndim ? x.stride[dim] : 0;
  MT_CHECK(k >= 0 && k <= n, "topk: k is out of range");
  if (k == 0) return;
  with_key(x.dtype, [&](auto zero) {
    using K = decltype(zero);
    slices<Sorting<K>>(c[0], c[1], x, dim, [&](Sorting<K> &s, const char *from, char *to, int64_t *places) {
      s.slice.load(x.dtype, from, stride, n, largest);
      auto &e = s.slice.e;
      // equal elements come in the order in which the reference's use of the same algorithms leaves them
      if (k * 64 <= n) std::partial_sort(e.begin(), e.begin() + k, e.end(), by_key<K>);
      else {
        std::nth_element(e.begin(), e.begin() + k - 1, e.end(), by_key<K>);
        std::sort(e.begin(), e.begin() + k - 1, by_key<K>);
      }
      emit(s.slice, k, c[0], c[1], x, dim, from, to, places, s.order);
    });
  });
}

// select_kth(value, index, x; dim, kind, k): kind 0 the k-th smallest (from 0), 1 the median, 2 the median of what is
// not NaN
KERNEL(select_kth) {
  int dim = slice_dim(c, 1, true);
  const View &x = c[2];
  int64_t kind = c.integer(1), wanted = kind ? 0 : c.integer(2);
  int64_t n = x.ndim ? x.shape[dim] : 1, stride = x.ndim ? x.stride[dim] : 0, width = itemsize(x.dtype);
  MT_CHECK(wanted >= 0 && wanted < n, "select_kth: k is out of range");
  bool nans = has_nan(x.dtype);
  with_key(x.dtype, [&](auto zero) {
    using K = decltype(zero);
    slices<Sorting<K>>(c[0], c[1], x, dim, [&](Sorting<K> &s, const char *from, char *to, int64_t *places) {
      s.slice.load(x.dtype, from, stride, n, false);
      auto &e = s.slice.e;
      int64_t k = wanted;
      if (kind) {
        int64_t first_nan = -1, good = n;
        for (int64_t i = 0; nans && i < n; ++i)
          if (s.slice.keys[static_cast<size_t>(i)] == ~K(0)) {
            if (first_nan < 0) first_nan = i;
            --good;
          }
        if (kind == 1 && first_nan >= 0) {
          *places = first_nan;
          std::memcpy(to, from + first_nan * stride * width, static_cast<size_t>(width));
          return;
        }
        k = std::max<int64_t>(0, (good - 1) / 2);
      }
      if (kind) std::nth_element(e.begin(), e.begin() + k, e.end(), by_key<K>);
      else select_place(e, k, by_key<K>);
      int64_t at = s.slice.place(k);
      *places = at;
      std::memcpy(to, from + at * stride * width, static_cast<size_t>(width));
    });
  });
}

// mode(value, index, x; dim): the most frequent element, the smallest of several, at its last place
KERNEL(mode) {
  int dim = slice_dim(c, 1, true);
  const View &x = c[2];
  int64_t n = x.ndim ? x.shape[dim] : 1, stride = x.ndim ? x.stride[dim] : 0, width = itemsize(x.dtype);
  MT_CHECK(n > 0, "mode: a dimension has no elements");
  with_key(x.dtype, [&](auto zero) {
    using K = decltype(zero);
    slices<Sorting<K>>(c[0], c[1], x, dim, [&](Sorting<K> &s, const char *from, char *to, int64_t *places) {
      s.slice.load(x.dtype, from, stride, n, false);
      s.slice.sort();
      int64_t best = 0, most = 0;
      for (int64_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && s.slice.key(j) == s.slice.key(i);) ++j;
        if (j - i > most) most = j - i, best = j - 1;
      }
      int64_t at = s.slice.place(best);
      *places = at;
      std::memcpy(to, from + at * stride * width, static_cast<size_t>(width));
    });
  });
}

namespace {
// Dense int64, `n` of them.
void need_places(const View &v, int64_t n, const char *what) {
  need_indices(v, what);
  need_dense(v, what);
  need_numel(v, n, what);
}
template <class K>
std::vector<K> all_keys(const View &x) {  // x is contiguous
  std::vector<K> keys(static_cast<size_t>(x.numel()));
  load_keys(x.dtype, x.as<char>(), 1, x.numel(), keys.data());
  return keys;
}
}  // namespace

// sort_rows(order, x): order of the rows of a contiguous matrix, first column first
KERNEL(sort_rows) {
  int64_t n = c[1].size(0), m = n ? c[1].numel() / n : 0;
  need_dense(c[1], "sort_rows");
  need_places(c[0], n, "sort_rows");
  int64_t *order = c[0].as<int64_t>();
  for (int64_t i = 0; i < n; ++i) order[i] = i;
  with_key(c[1].dtype, [&](auto zero) {
    using K = decltype(zero);
    auto keys = all_keys<K>(c[1]);
    const K *rows = keys.data();
    std::stable_sort(order, order + n, [&](int64_t a, int64_t b) {
      return std::lexicographical_compare(rows + a * m, rows + a * m + m, rows + b * m, rows + b * m + m);
    });
  });
}

// unique_runs(starts, inverse or None, count, x, order or None): runs of equal rows of a contiguous matrix taken in the
// given order; starts holds where runs begin (in that order), inverse the run of each row. A NaN equals nothing.
KERNEL(unique_runs) {
  const View &x = c[3];
  int64_t n = x.size(0), m = n ? x.numel() / n : 0;
  need_dense(x, "unique");
  need_places(c[0], n, "unique");
  need_places(c[2], 1, "unique");
  if (!c.maybe(1).none()) need_places(c[1], n, "unique");
  if (!c.maybe(4).none()) need_places(c[4], n, "unique");
  const int64_t *order = c.maybe(4).none() ? nullptr : c[4].as<int64_t>();
  int64_t *starts = c[0].as<int64_t>(), *inverse = c.maybe(1).none() ? nullptr : c[1].as<int64_t>(), runs = 0;
  bool nans = has_nan(x.dtype);
  with_key(x.dtype, [&](auto zero) {
    using K = decltype(zero);
    auto keys = all_keys<K>(x);
    for (int64_t i = 0, before = 0; i < n; ++i) {
      int64_t row = order ? order[i] : i;
      if (order) MT_CHECK(row >= 0 && row < n, "unique: the order of rows names one that is not there");
      bool fresh = i == 0;
      if (!fresh) {
        const K *a = keys.data() + before * m, *b = keys.data() + row * m;
        for (int64_t j = 0; j < m && !fresh; ++j) fresh = a[j] != b[j] || (nans && b[j] == ~K(0));
      }
      before = row;
      if (fresh) starts[runs++] = i;
      if (inverse) inverse[row] = runs - 1;
    }
  });
  *c[2].as<int64_t>() = runs;
}

namespace {
template <class F>
void with_ordered(DType d, const F &f) {
  if (d == DType::F32) f(float{});
  else if (d == DType::F64) f(double{});
  else if (d == DType::I64) f(int64_t{});
  else throw Error(Error::NotImplemented, "search is not implemented for this dtype");
}
int64_t checked_place(int64_t at, int64_t n) {
  if (at < 0 || at >= n) throw Error(Error::Runtime, "sorter index out of range");
  return at;
}
// Where x would be put: before (or, from the right, after) equal ones. Comparisons with NaN are false, so NaN goes
// last.
template <class T>
int64_t bound(const T *p, const int64_t *sorter, int64_t n, T x, bool right) {
  int64_t low = 0, high = n;
  while (low < high) {
    int64_t mid = low + static_cast<int64_t>(static_cast<uint64_t>(high - low) / 2);
    T v = p[sorter ? checked_place(sorter[mid], n) : mid];
    if (right ? !(v > x) : !(v >= x)) low = mid + 1;
    else high = mid;
  }
  return low;
}
}  // namespace

// searchsorted(out, boundaries, values, sorter or None; right): contiguous, boundaries and values of one dtype of
// int64, float32, float64
KERNEL(searchsorted) {
  const View &out = c[0], &b = c[1], &v = c[2];
  int64_t total = v.numel(), n = b.size(-1), per = b.ndim == 1 ? total : v.size(-1);
  need_dense(out, "searchsorted"), need_dense(b, "searchsorted"), need_dense(v, "searchsorted");
  need_numel(out, total, "searchsorted");
  need_same_dtype(b, v, "searchsorted");
  if (b.ndim != 1) need_same_but(b, v, b.ndim - 1, "searchsorted");
  if (!c.maybe(3).none()) need_places(c[3], b.numel(), "searchsorted");
  const int64_t *sorter = c.maybe(3).none() ? nullptr : c[3].as<int64_t>();
  bool right = c.flag(0), narrow = out.dtype == DType::I32;
  if (!narrow) need_indices(out, "searchsorted");
  with_ordered(b.dtype, [&](auto zero) {
    using T = decltype(zero);
    parallel_for(total, 2048, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        int64_t base = b.ndim == 1 ? 0 : i / per * n;
        int64_t at = bound(b.as<T>() + base, sorter ? sorter + base : nullptr, n, v.as<T>()[i], right);
        if (narrow) out.as<int32_t>()[i] = static_cast<int32_t>(at);
        else out.as<int64_t>()[i] = at;
      }
    });
  });
}

// isin(out, x, sorted; invert): contiguous
KERNEL(isin) {
  int64_t total = c[1].numel(), n = c[2].numel();
  uint8_t invert = c.flag(0);
  for (int k = 0; k < 3; ++k) need_dense(c[k], "isin");
  need_dtype(c[0], DType::Bool, "isin");
  need_numel(c[0], total, "isin");
  need_same_dtype(c[1], c[2], "isin");
  with_ordered(c[1].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T *set = c[2].as<T>(), *x = c[1].as<T>();
    parallel_for(total, 2048, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        int64_t at = bound<T>(set, nullptr, n, x[i], false);
        c[0].as<uint8_t>()[i] = static_cast<uint8_t>(at < n && set[at] == x[i]) ^ invert;
      }
    });
  });
}

// bincount(out, x, weights or None): contiguous, x int64, out int64 or of the weights' float dtype, of zeros
KERNEL(bincount) {
  int64_t n = c[1].numel(), bins = c[0].numel();
  bool weighted = !c.maybe(2).none();
  need_places(c[1], n, "bincount");
  need_dense(c[0], "bincount");
  if (weighted) need_dense(c[2], "bincount"), need_numel(c[2], n, "bincount"), need_same_dtype(c[2], c[0], "bincount");
  const int64_t *x = c[1].as<int64_t>();
  auto count = [&](auto *out, auto weight) {
    for (int64_t i = 0; i < n; ++i) {
      int64_t at = x[i];
      MT_CHECK(at >= 0 && at < bins, "bincount: a number has no bin");
      out[at] = weight(out[at], i);
    }
  };
  if (!weighted) return count(c[0].as<int64_t>(), [](int64_t had, int64_t) { return had + 1; });
  dispatch_float("bincount", c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T *weights = c[2].as<const T>();
    count(c[0].as<T>(), [&](T had, int64_t i) { return T(had + weights[i]); });
  });
}

// histc(out, x; low, high): contiguous, of one dtype, out of zeros
KERNEL(histc) {
  for (int k = 0; k < 2; ++k) need_dense(c[k], "histc");
  need_same_dtype(c[0], c[1], "histc");
  need_positive(c[0].numel(), "histc");
  dispatch_float("histogram_cpu", c[1].dtype, [&](auto zero) {
    using T = decltype(zero);
    using A = compute_t<T>;
    int64_t n = c[1].numel(), bins = c[0].numel();
    auto r = [](A x) { return static_cast<A>(T(x)); };  // halves round after every operation
    A low = r(static_cast<A>(c.number(0))), high = r(static_cast<A>(c.number(1))), width = r(high - low);
    std::vector<double> count(static_cast<size_t>(bins));
    for (int64_t i = 0; i < n; ++i) {
      A x = static_cast<A>(c[1].as<T>()[i]);
      if (!(x >= low && x <= high)) continue;
      A place = r(r(r(x - low) * static_cast<A>(bins)) /
                  width);  // NaN and infinity where the width is 0 or out of the dtype's range
      count[static_cast<size_t>(place < static_cast<A>(bins) ? static_cast<int64_t>(place) : bins - 1)] += 1;
    }
    for (int64_t b = 0; b < bins; ++b) c[0].as<T>()[b] = T(static_cast<A>(count[static_cast<size_t>(b)]));
  });
}

// histogramdd(hist, x[n, d], weights or None, edges...): contiguous, hist of zeros, all of one float dtype
KERNEL(histogramdd) {
  const View &x = c[1];
  need_rank(x, 2, "histogramdd");
  int64_t n = x.shape[0], dims = x.shape[1], bins = 1;
  MT_CHECK(dims <= c.nt - 3, "histogramdd: the edges of a dimension are missing");
  for (int k = 0; k < 3 + dims; ++k) {
    if (k == 2 && c.maybe(2).none()) continue;
    need_dense(c[k], "histogramdd");
    need_same_dtype(c[k], x, "histogramdd");
    if (k < 3) continue;
    need_positive(c[k].numel() - 1, "histogramdd");
    bins = product(bins, c[k].numel() - 1, "histogramdd");
  }
  need_numel(c[0], bins, "histogramdd");
  if (!c.maybe(2).none()) need_numel(c[2], n, "histogramdd");
  dispatch_among<float, double>(
      x.dtype, Error::NotImplemented, "\"histogramdd\" not implemented for this dtype", [&](auto zero) {
        using T = decltype(zero);
        for (int64_t i = 0; i < n; ++i) {
          int64_t at = 0;
          bool inside = true;
          for (int64_t d = 0; d < dims && inside; ++d) {
            const View &e = c[3 + static_cast<int>(d)];
            int64_t count = e.numel();
            const T *edge = e.as<T>();
            T v = x.as<T>()[i * dims + d];
            inside = v >= edge[0] && v <= edge[count - 1];
            if (!inside) break;
            int64_t bin = std::upper_bound(edge, edge + count, v) - edge - 1;
            at = at * (count - 1) + std::clamp<int64_t>(bin, 0, count - 2);  // below 0 where edges are in no order
          }
          if (inside) c[0].as<T>()[at] += c.maybe(2).none() ? T(1) : c[2].as<T>()[i];
        }
      });
}

}  // namespace mt
