// Counts, places in order, distances. Pages: ops-math math/<operator>/docs; the argument order beside each is theirs.
#include <algorithm>
#include <cmath>

#include "call.h"

namespace softcann {

// (sortedSequence, self, outInt32, right, sorter, out): sorter names the sequence's elements in order
OPERATOR(aclnnSearchSorted) {
  View sorted = c.tensor(0), x = c.tensor(1), out = c.tensor(5);
  need_shape(c, out, shape_of(x), "out");
  c.need(out.dtype == (c.flag(2) ? DType::I32 : DType::I64), "argument out: its dtype contradicts outInt32");
  c.need(sorted.ndim >= 1, "argument sortedSequence: no dimension");
  if (sorted.ndim > 1) {
    c.need(sorted.ndim == x.ndim && std::equal(sorted.shape, sorted.shape + sorted.ndim - 1, x.shape),
           "argument self: other dimensions than sortedSequence before the last one");
  }
  View sorter = c.maybe(4);
  if (c.given(4)) {
    need_shape(c, sorter, shape_of(sorted), "sorter");
    c.need(sorter.dtype == DType::I64, "argument sorter: INT64");
    sorter = c.dense(sorter);
  }
  // in a dtype that keeps the order of both
  DType common = promote(c, sorted.dtype, x.dtype);
  common = mt::is_integral(common) ? DType::I64 : common == DType::F64 ? DType::F64 : DType::F32;
  c.run("searchsorted", {c.result(out), c.dense(sorted, common), c.dense(x, common), sorter}, {whole(c.flag(3))});
}

// (self, bins, min, max, out): elements below min and above max are not counted; equal ends stand for the data's own
OPERATOR(aclnnHistc) {
  View x = c.dense(c.tensor(0), DType::F32), out = c.tensor(4);
  double low = c.number(2).real(), high = c.number(3).real();
  c.need(c.integer(1) > 0, "argument bins: not above 0");
  c.need(low <= high, "argument min: above max");
  need_shape(c, out, {c.integer(1)}, "out");
  if (low == high) {
    c.compute([&] {
      auto p = static_cast<const float *>(x.data);
      if (x.numel()) low = *std::min_element(p, p + x.numel()), high = *std::max_element(p, p + x.numel());
    });
    if (low == high) low -= 1, high += 1;
  }
  View counts = c.like(out, DType::F32);
  c.run("fill", {counts}, {fraction(0)});
  c.run("histc", {counts, x}, {fraction(low), fraction(high)});
  c.run("copy", {out, counts});
}

// (self, weights, minlength, out)
OPERATOR(aclnnBincount) {
  View x = c.tensor(0), out = c.tensor(3);
  c.need(x.ndim == 1 && out.ndim == 1, "one dimension");
  c.need(out.shape[0] >= c.integer(2), "argument out: shorter than minlength");
  View weights;
  DType sums = DType::I64;
  if (c.given(1)) {
    weights = c.tensor(1);
    need_shape(c, weights, shape_of(x), "weights");
    sums = weights.dtype == DType::F32 ? DType::F32 : DType::F64;
    weights = c.dense(weights, sums);
  }
  View counts = c.like(out, sums);
  c.run("fill", {counts}, {whole(0)});
  c.run("bincount", {counts, c.dense(x, DType::I64), weights});
  c.run("copy", {out, counts});
}

// (x1, x2, p, compute_mode, out): the mode has no effect; with p = 2 only 2 is allowed
OPERATOR(aclnnCdist) {
  View a = c.tensor(0), b = c.tensor(1), out = c.tensor(4);
  double p = c.real(2);
  c.need(p >= 0, "argument p: below 0");
  c.need(p != 2 || c.integer(3) == 2, "argument compute_mode: 2 with a p of 2");
  c.need(a.dtype == b.dtype && a.dtype == out.dtype, "one dtype");
  c.need(a.ndim == b.ndim && a.ndim == out.ndim && a.ndim >= 2, "as many dimensions");
  std::vector<int64_t> one, two;
  for (int d = 0; d < out.ndim; ++d) {
    bool batch = d < out.ndim - 2;
    one.push_back(batch ? out.shape[d] : a.shape[d]);
    two.push_back(batch ? out.shape[d] : b.shape[d]);
  }
  need_shape(c, out, [&] { auto s = one; s.back() = b.shape[b.ndim - 2]; return s; }(), "out");
  View first = c.temporary(DType::F32, one), second = c.temporary(DType::F32, two);
  c.run("copy", {first, expand(c, a, first)});
  c.run("copy", {second, expand(c, b, second)});
  c.run("cdist", {c.result(out, DType::F32), first, second}, {fraction(p)});
}

}  // namespace softcann
