// Gathering and scattering. Pages: ops-nn index/<operator>/docs, ops-math conversion/ and math/. Indices out of bounds
// fail the launch, as a chip's vector core would; nothing is read or written outside a tensor.
#include <cmath>
#include <cstring>

#include "call.h"

namespace softcann {
namespace {

// f(position along every dimension) in row-major order
template <class F>
void positions(const View &v, const F &f) {
  std::vector<int64_t> at(static_cast<size_t>(v.ndim));
  for (int64_t i = 0, n = v.numel(); i < n; ++i) {
    f(at.data(), i);
    for (int d = v.ndim - 1; d >= 0 && ++at[static_cast<size_t>(d)] == v.shape[d]; --d) at[static_cast<size_t>(d)] = 0;
  }
}
char *place(const View &v, int64_t offset) { return static_cast<char *>(v.data) + offset * mt::itemsize(v.dtype); }

View indices_of(Call &c, const View &index) {
  c.need(mt::is_integral(index.dtype) && index.dtype != DType::Bool, "an index of whole numbers is needed");
  return c.dense(index, DType::I64);
}
// All within [-size, size), negative ones from the end.
void bring_inside(const View &index, int64_t size) {
  auto *p = index.as<int64_t>();
  for (int64_t i = 0, n = index.numel(); i < n; ++i) {
    if (p[i] < -size || p[i] >= size)
      throw Refusal{kInner, mt::format("index %lld is out of bounds for a size of %lld", static_cast<long long>(p[i]),
                                       static_cast<long long>(size))};
    if (p[i] < 0) p[i] += size;
  }
}
// A copy of the call's own, whose numbers are brought inside.
View inside(Call &c, const View &index, int64_t size) {
  View own = c.like(index, DType::I64);
  c.run("copy", {own, indices_of(c, index)});
  c.compute([&] { bring_inside(own, size); });
  return own;
}

View with_dimension(View v) {  // a tensor without dimensions as one of a single element
  if (v.ndim == 0) v.ndim = 1, v.shape[0] = 1, v.stride[0] = 1;
  return v;
}

enum Mode : int64_t { kSet = 0, kAdd = 1, kMultiply = 2 };  // as the kernels number them

// out takes rows of x along d
void select(Call &c, const View &x, int d, const View &index, const View &out) {
  std::vector<int64_t> shape = shape_of(x);
  shape[static_cast<size_t>(d)] = index.numel();
  need_shape(c, out, shape, "out");
  c.need(out.dtype == x.dtype, "argument out: another dtype than the operand");
  View at = inside(c, index, x.shape[d]);
  c.compute([&] {
    View from = x, to = out;
    from.shape[d] = to.shape[d] = 1;
    for (int64_t i = 0, n = index.numel(); i < n; ++i) {
      from.data = place(x, at.as<int64_t>()[i] * x.stride[d]);
      to.data = place(out, i * out.stride[d]);
      c.run("copy", {to, from});
    }
  });
}

}  // namespace

// index/gather_v2: (self, dim, index, out); (weight, indices, out)
OPERATOR(aclnnIndexSelect) {
  View x = with_dimension(c.tensor(0)), out = with_dimension(c.tensor(3));
  c.need(c.tensor(2).ndim <= 1, "argument index: at most one dimension");
  select(c, x, dimension(c, c.integer(1), x.ndim), c.tensor(2), out);
}
OPERATOR(aclnnEmbedding) {
  View w = c.tensor(0), index = c.tensor(1), out = c.tensor(2);
  c.need(w.ndim == 2, "argument weight: a matrix");
  std::vector<int64_t> shape = shape_of(index);
  shape.push_back(w.shape[1]);
  need_shape(c, out, shape, "out");
  c.need(out.dtype == w.dtype, "argument out: another dtype than the weight");
  View at = inside(c, index, w.shape[0]), own = c.result(out), dense = c.dense(w);
  c.compute([&] {
    size_t row = static_cast<size_t>(w.shape[1] * mt::itemsize(w.dtype));
    for (int64_t i = 0, n = at.numel(); i < n; ++i)
      std::memcpy(static_cast<char *>(own.data) + static_cast<size_t>(i) * row,
                  static_cast<char *>(dense.data) + static_cast<size_t>(at.as<int64_t>()[i]) * row, row);
  });
}
// (grad, indices, numWeights, paddingIdx, scaleGradByFreq, out): rows of one index are added up; that of paddingIdx,
// if not negative, stays 0
OPERATOR(aclnnEmbeddingDenseBackward) {
  View g = c.tensor(0), index = c.tensor(1), out = c.tensor(5);
  int64_t rows = c.integer(2), padding = c.integer(3);
  c.need(g.ndim >= 1 && out.ndim == 2, "a gradient of rows, and a matrix for the result");
  int64_t width = g.shape[g.ndim - 1];
  need_shape(c, out, {rows, width}, "out");
  c.need(g.numel() == index.numel() * width, "argument grad: not a row an index");
  View at = inside(c, index, rows), from = c.dense(g, DType::F32), sum = c.result(out, DType::F32);
  bool scale = c.flag(4);
  c.run("fill", {sum}, {whole(0)});
  c.compute([&] {
    int64_t n = at.numel();
    std::vector<int64_t> counts(static_cast<size_t>(rows));
    for (int64_t i = 0; i < n; ++i) ++counts[static_cast<size_t>(at.as<int64_t>()[i])];
    for (int64_t i = 0; i < n; ++i) {
      int64_t r = at.as<int64_t>()[i];
      if (r == padding) continue;
      float by = scale ? 1 / static_cast<float>(counts[static_cast<size_t>(r)]) : 1;
      for (int64_t k = 0; k < width; ++k) sum.as<float>()[r * width + k] += from.as<float>()[i * width + k] * by;
    }
  });
}
// (self, dim, index, out): as many dimensions as the index
OPERATOR(aclnnGather) {
  View x = with_dimension(c.tensor(0)), index = with_dimension(c.tensor(2)), out = with_dimension(c.tensor(3));
  int d = dimension(c, c.integer(1), x.ndim);
  c.need(x.ndim == index.ndim && out.dtype == x.dtype,
         "self, index and out: as many dimensions, self and out of one dtype");
  need_shape(c, out, shape_of(index), "out");
  for (int k = 0; k < x.ndim; ++k)
    c.need(k == d || index.shape[k] <= x.shape[k], "argument index: larger than self beside dim");
  c.run("gather", {out, x, inside(c, index, x.shape[d])}, {whole(d)});
}
namespace {
void scatter(Call &c, View self, int64_t dim, View index, View source, int64_t mode) {
  self = with_dimension(self), index = with_dimension(index), source = with_dimension(source);
  int d = dimension(c, dim, self.ndim);
  c.need(mode >= kSet && mode <= kMultiply, "argument reduce: 0, 1 and 2 are documented");
  c.need(self.ndim == index.ndim && self.ndim == source.ndim, "self, index and src: as many dimensions");
  c.need(source.dtype == self.dtype, "argument src: another dtype than self");
  for (int k = 0; k < self.ndim; ++k)
    c.need(index.shape[k] <= source.shape[k] && (k == d || index.shape[k] <= self.shape[k]),
           "argument index: larger than src, or than self beside dim");
  c.run("scatter", {self, source, inside(c, index, self.shape[d])}, {whole(d), whole(mode)});
}
// the number as a source of the index's shape
View repeated(const View &index, const Scalar &s, DType d, Call &c) {
  View one = c.temporary(d, {}), r = with_dimension(index);
  c.run("fill", {one}, {s});
  r.dtype = d;
  r.data = one.data;
  for (int k = 0; k < r.ndim; ++k) r.stride[k] = 0;
  return r;
}
View start_from(Call &c, int self, int out) {
  View x = c.tensor(self), y = c.tensor(out);
  need_shape(c, y, shape_of(x), "out");
  c.need(x.dtype == y.dtype, "argument out: another dtype than self");
  c.run("copy", {y, x});
  return y;
}
}  // namespace
// (self, dim, index, src, reduce, out), (selfRef, dim, index, src, reduce), (self, dim, index, src, out), with a
// number for src
OPERATOR(aclnnScatter) { scatter(c, start_from(c, 0, 5), c.integer(1), c.tensor(2), c.tensor(3), c.integer(4)); }
OPERATOR(aclnnInplaceScatter) { scatter(c, c.tensor(0), c.integer(1), c.tensor(2), c.tensor(3), c.integer(4)); }
OPERATOR(aclnnScatterAdd) { scatter(c, start_from(c, 0, 4), c.integer(1), c.tensor(2), c.tensor(3), kAdd); }
OPERATOR(aclnnScatterValue) {
  View y = start_from(c, 0, 5);
  scatter(c, y, c.integer(1), c.tensor(2), repeated(c.tensor(2), c.number(3), y.dtype, c), c.integer(4));
}
OPERATOR(aclnnInplaceScatterValue) {
  View y = c.tensor(0);
  scatter(c, y, c.integer(1), c.tensor(2), repeated(c.tensor(2), c.number(3), y.dtype, c), c.integer(4));
}
namespace {
// f(row of target along d, row of source) for each index, one after the other
template <class F>
void rows(Call &c, const View &target, int d, const View &index, const View &source, const F &f) {
  c.need(index.ndim <= 1, "argument index: at most one dimension");
  std::vector<int64_t> shape = shape_of(target);
  shape[static_cast<size_t>(d)] = index.numel();
  need_shape(c, source, shape, "source");
  View at = inside(c, index, target.shape[d]);
  c.compute([&] {
    for (int64_t i = 0, n = index.numel(); i < n; ++i) {
      View to = target, from = source;
      to.shape[d] = from.shape[d] = 1;
      to.data = place(target, at.as<int64_t>()[i] * target.stride[d]);
      from.data = place(source, i * source.stride[d]);
      f(to, from);
    }
  });
}
}  // namespace
// (self, dim, index, source, alpha, out)
OPERATOR(aclnnIndexAdd) {
  View y = with_dimension(start_from(c, 0, 5));
  Scalar alpha = c.number(4);
  rows(c, y, dimension(c, c.integer(1), y.ndim), c.tensor(2), with_dimension(c.tensor(3)),
       [&](const View &to, const View &from) { c.run("add", {to, to, from}, {code(y.dtype), alpha}); });
}
// (selfRef, dim, index, source)
OPERATOR(aclnnInplaceIndexCopy) {
  View y = with_dimension(c.tensor(0));
  rows(c, y, dimension(c, c.integer(1), y.ndim), c.tensor(2), with_dimension(c.tensor(3)),
       [&](const View &to, const View &from) { c.run("copy", {to, from}); });
}
// (self, dim, index: numbers on the host, value, out), (selfRef, dim, index, value)
namespace {
void fill_rows(Call &c, View y) {
  y = with_dimension(y);
  int d = dimension(c, c.integer(1), y.ndim);
  Scalar value = c.number(3);
  for (int64_t i : c.ints(2)) {
    c.need(i >= -y.shape[d] && i < y.shape[d], "argument index: out of bounds");
    View row = y;
    row.shape[d] = 1;
    row.data = place(y, (i < 0 ? i + y.shape[d] : i) * y.stride[d]);
    c.run("fill", {row}, {value});
  }
}
}  // namespace
OPERATOR(aclnnIndexFillTensor) { fill_rows(c, start_from(c, 0, 4)); }
OPERATOR(aclnnInplaceIndexFillTensor) { fill_rows(c, c.tensor(0)); }

// ---- masks ----
// (selfRef, mask, value): a number, or a tensor of one element
OPERATOR(aclnnInplaceMaskedFillScalar) {
  View x = c.tensor(0), mask = c.tensor(1), value = c.temporary(x.dtype, {});
  c.need(mask.dtype == DType::Bool, "argument mask: BOOL");
  c.run("fill", {value}, {c.number(2)});
  c.run("masked_fill", {x, x, expand(c, mask, x), value});
}
OPERATOR(aclnnInplaceMaskedFillTensor) {
  View x = c.tensor(0), mask = c.tensor(1), value = c.tensor(2);
  c.need(mask.dtype == DType::Bool, "argument mask: BOOL");
  c.need(value.numel() == 1, "argument value: one element");
  value.ndim = 0;
  c.run("masked_fill", {x, x, expand(c, mask, x), c.dense(value, x.dtype)});
}
namespace {
View joint_shape(Call &c, const View &a, const View &b) {
  View big = a.ndim >= b.ndim ? a : b;
  for (int d = 0; d < big.ndim; ++d) {
    int i = d - (big.ndim - a.ndim), k = d - (big.ndim - b.ndim);
    int64_t x = i < 0 ? 1 : a.shape[i], y = k < 0 ? 1 : b.shape[k];
    c.need(x == y || x == 1 || y == 1, "shapes do not broadcast");
    big.shape[d] = x == 1 ? y : x;
  }
  return big;
}
}  // namespace
// (self, mask, out): out at its largest size, its shape afterwards is what was found
OPERATOR(aclnnMaskedSelect) {
  View x = c.tensor(0), mask = c.tensor(1), out = c.tensor(2), both = joint_shape(c, x, mask);
  c.need(mask.dtype == DType::Bool || mask.dtype == DType::U8, "argument mask: BOOL and UINT8 are documented");
  c.need(out.ndim == 1 && out.dtype == x.dtype && out.shape[0] >= both.numel(),
         "argument out: one dimension, as long as mask and self together");
  View from = expand(c, x, both), bits = expand(c, mask, both);
  c.compute([&] {
    int64_t found = 0, width = mt::itemsize(x.dtype);
    positions(from, [&](const int64_t *at, int64_t) {
      int64_t m = 0, f = 0;
      for (int d = 0; d < both.ndim; ++d) m += at[d] * bits.stride[d], f += at[d] * from.stride[d];
      if (*place(bits, m))
        std::memcpy(place(out, found++ * out.stride[0]), place(from, f), static_cast<size_t>(width));
    });
    c.set_shape(2, {found});
  });
}
// (selfRef, mask, source): places of the mask take source's elements in order
OPERATOR(aclnnInplaceMaskedScatter) {
  View x = c.tensor(0), mask = expand(c, c.tensor(1), x), source = c.dense(c.tensor(2), x.dtype);
  c.need(mask.dtype == DType::Bool, "argument mask: BOOL");
  c.compute([&] {
    int64_t taken = 0, width = mt::itemsize(x.dtype), most = source.numel();
    positions(x, [&](const int64_t *at, int64_t) {
      int64_t m = 0, t = 0;
      for (int d = 0; d < x.ndim; ++d) m += at[d] * mask.stride[d], t += at[d] * x.stride[d];
      if (!*place(mask, m)) return;
      if (taken == most) throw Refusal{kInner, "the source has fewer elements than the mask has places"};
      std::memcpy(place(x, t), place(source, taken++), static_cast<size_t>(width));
    });
  });
}
// math/non_zero: (self, out [elements, dimensions] INT64), and V2 with out [dimensions, elements]
namespace {
void nonzero(Call &c, bool rows_first) {
  View x = c.tensor(0), out = c.tensor(1);
  int64_t n = x.numel();
  c.need(
      out.dtype == DType::I64 && out.ndim == 2 && out.shape[rows_first ? 1 : 0] == x.ndim &&
          out.shape[rows_first ? 0 : 1] >= n,
      rows_first ? "argument out: INT64 of [elements, dimensions]" : "argument out: INT64 of [dimensions, elements]");
  Number zero(whole(0));
  View set = c.like(x, DType::Bool);
  c.run("ne", {set, x, zero.view}, {code(x.dtype)});
  c.compute([&] {
    int64_t found = 0;
    positions(set, [&](const int64_t *, int64_t i) { found += set.as<uint8_t>()[i] != 0; });
    int64_t row = 0, *to = out.as<int64_t>();
    // the view of the result shrinks to what was found, and is dense in it
    positions(set, [&](const int64_t *at, int64_t i) {
      if (!set.as<uint8_t>()[i]) return;
      for (int d = 0; d < x.ndim; ++d) to[rows_first ? row * x.ndim + d : d * found + row] = at[d];
      ++row;
    });
    c.set_shape(1, rows_first ? std::vector<int64_t>{found, x.ndim} : std::vector<int64_t>{x.ndim, found});
  });
}
}  // namespace
OPERATOR(aclnnNonzero) {
  c.need(c.tensor(1).contiguous(), "argument out: dense");
  nonzero(c, true);
}
OPERATOR(aclnnNonzeroV2) {
  c.need(c.tensor(1).contiguous(), "argument out: dense");
  nonzero(c, false);
}

// ---- self[indices] ----
namespace {
// Where each position of self[indices] lies in self: an offset each, in the order of the result.
struct Indexed {
  std::vector<int64_t> shape;  // of the result
  std::vector<int64_t> offsets;
  bool known = true;  // false while planning with masks, whose counts are data
};

// Absent indices, and empty lists in the place of some, stand for whole dimensions; masks count as one index a
// dimension they cover.
Indexed locate(Call &c, const View &x, const std::vector<View> &given, bool running) {
  Indexed r;
  struct Index {
    int dim;
    View values;
  };
  std::vector<Index> indices;
  int d = 0;
  for (const View &v : given) {
    bool absent = v.ndim == 1 && v.shape[0] == 0 && v.dtype != DType::Bool && given.size() > 1 &&
                  x.shape[std::min<int>(d, x.ndim - 1)] != 0;
    if (absent) {
      ++d;
      continue;
    }
    if (v.dtype == DType::Bool || v.dtype == DType::U8) {
      c.need(v.ndim > 0 && d + v.ndim <= x.ndim, "a mask has more dimensions than there are left");
      for (int k = 0; k < v.ndim; ++k) c.need(v.shape[k] == x.shape[d + k], "a mask has another size than the tensor");
      if (!running) {
        r.known = false;
        d += v.ndim;
        continue;
      }
      View bits = c.dense(v);
      std::vector<std::vector<int64_t>> found(static_cast<size_t>(v.ndim));
      positions(bits, [&](const int64_t *at, int64_t i) {
        if (bits.as<uint8_t>()[i])
          for (int k = 0; k < v.ndim; ++k) found[static_cast<size_t>(k)].push_back(at[k]);
      });
      for (int k = 0; k < v.ndim; ++k) {
        View places = c.temporary(DType::I64, {static_cast<int64_t>(found[static_cast<size_t>(k)].size())});
        std::copy(found[static_cast<size_t>(k)].begin(), found[static_cast<size_t>(k)].end(), places.as<int64_t>());
        indices.push_back({d++, places});
      }
    } else {
      c.need(d < x.ndim, "more indices than dimensions");
      indices.push_back({d, inside(c, v, x.shape[d])});
      ++d;
    }
  }
  if (!r.known) return r;
  c.need(!indices.empty(), "argument indices: none");
  View joint = indices[0].values;
  for (const Index &i : indices) joint = joint_shape(c, joint, i.values);
  // where indices follow each other their dimensions take the place of those they index, else they come first
  int first = indices[0].dim, covered = static_cast<int>(indices.size());
  bool together = true;
  for (int i = 0; i < covered; ++i) together = together && indices[static_cast<size_t>(i)].dim == first + i;
  int lead = together ? first : 0;
  std::vector<int> rest;
  for (int k = 0; k < x.ndim; ++k) {
    bool own = false;
    for (const Index &i : indices) own = own || i.dim == k;
    if (!own) rest.push_back(k);
  }
  for (int k = 0; k < lead; ++k) r.shape.push_back(x.shape[rest[static_cast<size_t>(k)]]);
  for (int k = 0; k < joint.ndim; ++k) r.shape.push_back(joint.shape[k]);
  for (size_t k = static_cast<size_t>(lead); k < rest.size(); ++k) r.shape.push_back(x.shape[rest[k]]);
  if (!running) return r;
  std::vector<View> expanded;
  for (const Index &i : indices) expanded.push_back(expand(c, i.values, joint));
  View whole_result;
  whole_result.ndim = static_cast<int8_t>(r.shape.size());
  std::copy(r.shape.begin(), r.shape.end(), whole_result.shape);
  r.offsets.reserve(static_cast<size_t>(whole_result.numel()));
  positions(whole_result, [&](const int64_t *at, int64_t) {
    int64_t offset = 0;
    for (size_t i = 0; i < indices.size(); ++i) {
      int64_t k = 0;
      for (int e = 0; e < joint.ndim; ++e) k += at[lead + e] * expanded[i].stride[e];
      offset += expanded[i].as<int64_t>()[k] * x.stride[indices[i].dim];
    }
    for (size_t k = 0; k < rest.size(); ++k)
      offset += at[static_cast<int>(k) < lead ? k : k + static_cast<size_t>(joint.ndim)] * x.stride[rest[k]];
    r.offsets.push_back(offset);
  });
  return r;
}
}  // namespace
// (self, indices, out)
OPERATOR(aclnnIndex) {
  View x = c.tensor(0), out = c.tensor(2);
  c.need(x.ndim > 0 && out.dtype == x.dtype, "argument out: another dtype than self");
  std::vector<View> indices = c.tensors(1);
  Indexed plan = locate(c, x, indices, false);
  if (plan.known) need_shape(c, out, plan.shape, "out");
  c.compute([&] {
    Indexed at = locate(c, x, indices, true);
    need_shape(c, out, at.shape, "out");
    int64_t width = mt::itemsize(x.dtype);
    positions(out, [&](const int64_t *p, int64_t i) {
      int64_t to = 0;
      for (int d = 0; d < out.ndim; ++d) to += p[d] * out.stride[d];
      std::memcpy(place(out, to), place(x, at.offsets[static_cast<size_t>(i)]), static_cast<size_t>(width));
    });
  });
}
// (selfRef, indices, values, accumulate, unsafe)
OPERATOR(aclnnIndexPutImpl) {
  View x = c.tensor(0), values = c.tensor(2);
  std::vector<View> indices = c.tensors(1);
  c.need(x.ndim > 0 && values.dtype == x.dtype, "argument values: another dtype than selfRef");
  bool accumulate = c.flag(3);
  locate(c, x, indices, false);
  c.compute([&] {
    Indexed at = locate(c, x, indices, true);
    View full;
    full.ndim = static_cast<int8_t>(at.shape.size());
    std::copy(at.shape.begin(), at.shape.end(), full.shape);
    View from = c.dense(expand(c, values, full));
    if (from.numel() == 0) return;
    // one dimension of a flat view of x that spans all offsets: the scatter of the kernels, which knows every dtype
    int64_t low = 0, high = 0;
    for (int64_t o : at.offsets) low = std::min(low, o), high = std::max(high, o);
    View flat = x, source = from, index = c.temporary(DType::I64, {static_cast<int64_t>(at.offsets.size())});
    flat.ndim = source.ndim = 1;
    flat.shape[0] = high - low + 1, flat.stride[0] = 1;
    flat.data = place(x, low);
    source.shape[0] = index.shape[0], source.stride[0] = 1;
    for (size_t i = 0; i < at.offsets.size(); ++i) index.as<int64_t>()[i] = at.offsets[i] - low;
    c.run("scatter", {flat, source, index}, {whole(0), whole(accumulate ? kAdd : kSet)});
  });
}

// ---- repeated elements ----
// math/repeat_interleave: (self, repeats, outputSize, out) of the flat tensor, (self, repeats, dim, outputSize, out);
// repeats a tensor or a number
namespace {
void repeat(Call &c, View x, const View &repeats, int64_t number, int64_t dim, View out) {
  x = with_dimension(x);
  int d = dimension(c, dim, x.ndim);
  int64_t size = x.shape[d];
  c.need(out.ndim == x.ndim && out.dtype == x.dtype, "argument out: another number of dimensions or dtype");
  c.need(repeats.none() || (repeats.ndim <= 1 && (repeats.numel() == 1 || repeats.numel() == size)),
         "argument repeats: one number, or one an element");
  View counts = c.temporary(DType::I64, {size}), places = c.temporary(DType::I64, {out.shape[d]});
  if (repeats.none()) c.run("fill", {counts}, {whole(number)});
  else c.run("copy", {counts, expand(c, repeats, counts)});
  c.run("repeat_index", {places, counts});
  select(c, x, d, places, out);
}
View flattened(Call &c, const View &x) {
  View v = c.dense(x);
  v.shape[0] = x.numel();
  v.stride[0] = 1;
  v.ndim = 1;
  return v;
}
}  // namespace
OPERATOR(aclnnRepeatInterleave) { repeat(c, flattened(c, c.tensor(0)), c.tensor(1), 0, 0, c.tensor(3)); }
OPERATOR(aclnnRepeatInterleaveInt) { repeat(c, flattened(c, c.tensor(0)), View(), c.integer(1), 0, c.tensor(3)); }
OPERATOR(aclnnRepeatInterleaveWithDim) { repeat(c, c.tensor(0), c.tensor(1), 0, c.integer(2), c.tensor(4)); }
OPERATOR(aclnnRepeatInterleaveIntWithDim) { repeat(c, c.tensor(0), View(), c.integer(1), c.integer(2), c.tensor(4)); }
// (self, index, out): of the flat tensor
OPERATOR(aclnnTake) {
  View x = flattened(c, c.tensor(0)), out = c.result(c.tensor(2)), index = c.tensor(1);
  need_shape(c, c.tensor(2), shape_of(index), "out");
  View flat = out;
  flat.ndim = 1, flat.shape[0] = out.numel(), flat.stride[0] = 1;
  select(c, x, 0, index, flat);
}
// math/one_hot: (self, numClasses, onValue, offValue, axis, out); axis -1 is behind the last
OPERATOR(aclnnOneHot) {
  View x = c.tensor(0), on = c.tensor(2), off = c.tensor(3), out = c.tensor(5);
  int64_t classes = c.integer(1), axis = c.integer(4) < 0 ? x.ndim : c.integer(4);
  c.need(axis <= x.ndim && classes >= 0, "argument axis: behind the last dimension");
  std::vector<int64_t> shape = shape_of(x);
  shape.insert(shape.begin() + axis, classes);
  need_shape(c, out, shape, "out");
  c.need(on.numel() == 1 && off.numel() == 1 && on.dtype == out.dtype && off.dtype == out.dtype,
         "arguments onValue and offValue: one element of out's dtype");
  off.ndim = on.ndim = 0;
  c.run("copy", {out, expand(c, off, out)});
  View index = indices_of(c, x);
  c.compute([&] {
    int64_t width = mt::itemsize(out.dtype);
    positions(index, [&](const int64_t *at, int64_t i) {
      int64_t k = index.as<int64_t>()[i], to = 0;
      if (k < 0 || k >= classes) return;  // a row without a class has offValue everywhere
      for (int d = 0, e = 0; d < out.ndim; ++d) to += (d == axis ? k : at[e++]) * out.stride[d];
      std::memcpy(place(out, to), on.data, static_cast<size_t>(width));
    });
  });
}

}  // namespace softcann
