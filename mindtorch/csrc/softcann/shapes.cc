// Copies, fills, ranges, and operators that only move elements. Pages: ops-math conversion/<operator>/docs and
// math/<operator>/docs.
#include <cmath>

#include "call.h"

namespace softcann {
namespace {

View narrow(View v, int d, int64_t start, int64_t length) {
  v.data = static_cast<char *>(v.data) + start * v.stride[d] * mt::itemsize(v.dtype);
  v.shape[d] = length;
  return v;
}

void copy(Call &c, const View &to, const View &from) { c.run("copy", {to, expand(c, from, to)}); }

}  // namespace

// ---- copies and fills ----
// conversion/view_copy: (selfRef, src), any dtype to any other but complex to real ones
OPERATOR(aclnnInplaceCopy) {
  View to = c.tensor(0), from = c.tensor(1);
  c.need(!mt::is_complex(from.dtype) || mt::is_complex(to.dtype), "complex numbers do not convert to real ones");
  copy(c, to, from);
}
// math/cast: (self, dtype, out)
OPERATOR(aclnnCast) {
  View x = c.tensor(0), out = c.tensor(2);
  c.need(c.dtype(1) == out.dtype, "argument dtype: another one than that of out");
  need_shape(c, out, shape_of(x), "out");
  c.run("copy", {out, x});
}
OPERATOR(aclnnInplaceFillScalar) { c.run("fill", {c.tensor(0)}, {c.number(1)}); }
OPERATOR(aclnnInplaceZero) { c.run("fill", {c.tensor(0)}, {whole(0)}); }
OPERATOR(aclnnInplaceOne) { c.run("fill", {c.tensor(0)}, {whole(1)}); }
// (selfRef, value): a tensor of one element
OPERATOR(aclnnInplaceFillTensor) {
  View to = c.tensor(0), value = c.tensor(1);
  c.need(value.numel() == 1 && value.ndim <= 1, "argument value: a tensor of one element");
  value.ndim = 0;
  copy(c, to, value);
}
// (selfRef, fillValue, wrap): for a matrix, wrap starts anew after each full diagonal and one row more
OPERATOR(aclnnInplaceFillDiagonal) {
  View x = c.tensor(0), diagonal = x;
  c.need(x.ndim >= 2, "argument selfRef: at least two dimensions");
  int64_t length = x.shape[0];
  diagonal.ndim = 1;
  diagonal.stride[0] = 0;
  for (int d = 0; d < x.ndim; ++d) {
    c.need(x.ndim == 2 || x.shape[d] == x.shape[0], "argument selfRef: beyond two dimensions all must have one size");
    length = std::min(length, x.shape[d]);
    diagonal.stride[0] += x.stride[d];
  }
  diagonal.shape[0] = length;
  c.run("fill", {diagonal}, {c.number(1)});
  for (int64_t first = x.ndim == 2 ? x.shape[1] + 1 : 0; c.flag(2) && x.ndim == 2 && first < x.shape[0];
       first += x.shape[1] + 1) {
    View next = narrow(diagonal, 0, 0, std::min(x.shape[1], x.shape[0] - first));
    next.data = static_cast<char *>(x.data) + first * x.stride[0] * mt::itemsize(x.dtype);
    c.run("fill", {next}, {c.number(1)});
  }
}

// ---- ranges ----
// math/range: (start, end, step, out), as many as fit below the end
OPERATOR(aclnnArange) {
  Scalar start = c.number(0), end = c.number(1), step = c.number(2);
  View out = c.tensor(3);
  c.need(step.real() != 0, "argument step: 0");
  double n = std::ceil((end.real() - start.real()) / step.real());
  c.need(n >= 0, "arguments start and end: the step leads away from the end");
  need_shape(c, out, {static_cast<int64_t>(n)}, "out");
  if (mt::is_integral(out.dtype) && (start.kind == Scalar::Float || step.kind == Scalar::Float))
    start = whole(start.integer()), step = whole(step.integer());
  c.run("arange", {out}, {start, step});
}
// (start, end, steps, out)
OPERATOR(aclnnLinspace) {
  View out = c.tensor(3);
  need_shape(c, out, {c.integer(2)}, "out");
  c.run("linspace", {out}, {c.number(0), c.number(1)});
}
// (n, m, out)
OPERATOR(aclnnEye) {
  View out = c.tensor(2), diagonal = out;
  need_shape(c, out, {c.integer(0), c.integer(1)}, "out");
  diagonal.ndim = 1;
  diagonal.shape[0] = std::min(out.shape[0], out.shape[1]);
  diagonal.stride[0] = out.stride[0] + out.stride[1];
  c.run("fill", {out}, {whole(0)});
  c.run("fill", {diagonal}, {whole(1)});
}

// ---- joining and cutting ----
// conversion/concat: (tensors, dim, out); a tensor of shape (0) counts for nothing
OPERATOR(aclnnCat) {
  View out = c.tensor(2);
  int d = dimension(c, c.integer(1), out.ndim);
  int64_t at = 0;
  for (const View &x : c.tensors(0)) {
    if (x.ndim == 1 && x.shape[0] == 0) continue;
    c.need(x.ndim == out.ndim && out.ndim > 0 && at + x.shape[d] <= out.shape[d], "a tensor does not fit the result");
    View part = narrow(out, d, at, x.shape[d]);
    need_shape(c, x, shape_of(part), "a tensor of the list");
    c.run("copy", {part, x});
    at += x.shape[d];
  }
  c.need(out.ndim == 0 || at == out.shape[d], "argument out: larger than its parts");
}
// conversion/stack: (tensors, dim, out)
OPERATOR(aclnnStack) {
  View out = c.tensor(2);
  int d = dimension(c, c.integer(1), out.ndim);
  std::vector<View> parts = c.tensors(0);
  c.need(out.ndim > 0 && static_cast<int64_t>(parts.size()) == out.shape[d], "argument out: another number of parts");
  for (size_t i = 0; i < parts.size(); ++i) {
    View part = narrow(out, d, static_cast<int64_t>(i), 1);
    for (int k = d; k + 1 < part.ndim; ++k) part.shape[k] = part.shape[k + 1], part.stride[k] = part.stride[k + 1];
    --part.ndim;
    need_shape(c, parts[i], shape_of(part), "a tensor of the list");
    c.run("copy", {part, parts[i]});
  }
}
namespace {
void split(Call &c, const View &x, int d, const std::vector<View> &parts) {
  int64_t at = 0;
  for (const View &part : parts) {
    c.need(part.ndim == x.ndim && x.ndim > 0 && at + part.shape[d] <= x.shape[d], "a part leaves the tensor");
    View piece = narrow(x, d, at, part.shape[d]);
    need_shape(c, part, shape_of(piece), "a part");
    c.run("copy", {part, piece});
    at += part.shape[d];
  }
  c.need(at == x.shape[d], "the parts do not make up the tensor");
}
}  // namespace
// conversion/split_v: (self, splitSize, dim, out)
OPERATOR(aclnnSplitWithSize) {
  View x = c.tensor(0);
  int d = dimension(c, c.integer(2), x.ndim);
  std::vector<int64_t> sizes = c.ints(1);
  std::vector<View> parts = c.tensors(3);
  c.need(sizes.size() == parts.size(), "argument out: another number of parts than splitSize has");
  for (size_t i = 0; i < parts.size(); ++i)
    c.need(parts[i].ndim == x.ndim && parts[i].shape[d] == sizes[i], "a part has another size than splitSize says");
  split(c, x, d, parts);
}
// (self, splitSections: the size of a part, the last may be smaller, dim, out)
OPERATOR(aclnnSplitTensor) {
  View x = c.tensor(0);
  int d = dimension(c, c.integer(2), x.ndim);
  std::vector<View> parts = c.tensors(3);
  for (size_t i = 0; i + 1 < parts.size(); ++i)
    c.need(parts[i].ndim == x.ndim && parts[i].shape[d] == c.integer(1),
           "a part has another size than splitSections says");
  split(c, x, d, parts);
}
// math/slice: (self, dim, start, end, step, out)
OPERATOR(aclnnSlice) {
  View x = c.tensor(0), out = c.tensor(5);
  int d = dimension(c, c.integer(1), x.ndim);
  c.need(x.ndim > 0 && c.integer(4) > 0, "argument step: must be positive, of a tensor with dimensions");
  auto inside = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + x.shape[d] : i, 0, x.shape[d]); };
  int64_t start = inside(c.integer(2)), end = std::max(start, inside(c.integer(3)));
  View part = narrow(x, d, start, (end - start + c.integer(4) - 1) / c.integer(4));
  part.stride[d] *= c.integer(4);
  need_shape(c, out, shape_of(part), "out");
  c.run("copy", {out, part});
}

// ---- views made into memory ----
OPERATOR(aclnnExpand) {  // (self, size, out)
  View out = c.tensor(2);
  copy(c, out, c.tensor(0));
}
OPERATOR(aclnnPermute) {  // (self, dims, out)
  View x = c.tensor(0), y = x, out = c.tensor(2);
  std::vector<int64_t> dims = c.ints(1);
  c.need(static_cast<int>(dims.size()) == x.ndim, "argument dims: a number a dimension");
  int64_t seen = 0;
  for (int d = 0; d < x.ndim; ++d) {
    int from = dimension(c, dims[static_cast<size_t>(d)], x.ndim);
    seen |= int64_t{1} << from;
    y.shape[d] = x.shape[from], y.stride[d] = x.stride[from];
  }
  c.need(seen == (int64_t{1} << x.ndim) - 1, "argument dims: a dimension is missing");
  need_shape(c, out, shape_of(y), "out");
  c.run("copy", {out, y});
}
OPERATOR(aclnnFlip) {  // (self, dims, out)
  View x = c.tensor(0), out = c.tensor(2);
  need_shape(c, out, shape_of(x), "out");
  std::vector<int64_t> dims = c.ints(1);
  for (int64_t &d : dims) d = dimension(c, d, x.ndim);
  if (x.ndim == 0) return c.run("copy", {out, x});
  c.run("flip", {out, x}, {list_of(dims)});
}
// (x, shifts, dims, out): without dims the tensor is rolled as if it had one dimension
OPERATOR(aclnnRoll) {
  View x = c.tensor(0), out = c.tensor(3);
  need_shape(c, out, shape_of(x), "out");
  std::vector<int64_t> shifts = c.ints(1), dims = c.given(2) ? c.ints(2) : std::vector<int64_t>();
  View from = c.dense(x), to = c.result(out);
  if (dims.empty()) {
    c.need(shifts.size() == 1, "argument shifts: one without dims");
    from.ndim = to.ndim = 1;
    from.shape[0] = to.shape[0] = x.numel();
    from.stride[0] = to.stride[0] = 1;
    dims = {0};
  }
  c.need(dims.size() == shifts.size(), "arguments shifts and dims: of one length");
  if (x.numel() == 0) return;
  View current = from;
  for (size_t i = 0; i < dims.size(); ++i) {
    int d = dimension(c, dims[i], from.ndim);
    int64_t n = from.shape[d], by = (shifts[i] % n + n) % n;
    View next = i + 1 == dims.size() ? to : c.like(from, from.dtype);
    if (by) c.run("copy", {narrow(next, d, 0, by), narrow(current, d, n - by, by)});
    c.run("copy", {narrow(next, d, by, n - by), narrow(current, d, 0, n - by)});
    current = next;
  }
}
// conversion/tile: (self, repeats, out): out as (repeats, size) a dimension
OPERATOR(aclnnRepeat) {
  View x = c.tensor(0), out = c.tensor(2), to = out, from = x;
  std::vector<int64_t> repeats = c.ints(1);
  int rank = static_cast<int>(repeats.size()), lead = rank - x.ndim;
  c.need(lead >= 0 && 2 * rank <= mt::kMaxDims, "argument repeats: a number a dimension at least");
  std::vector<int64_t> shape;
  for (int d = 0; d < rank; ++d) {
    int64_t n = d < lead ? 1 : x.shape[d - lead];
    c.need(repeats[static_cast<size_t>(d)] >= 0, "argument repeats: a negative number");
    shape.push_back(n * repeats[static_cast<size_t>(d)]);
  }
  need_shape(c, out, shape, "out");
  to.ndim = from.ndim = static_cast<int8_t>(2 * rank);
  for (int d = 0; d < rank; ++d) {
    int64_t n = d < lead ? 1 : x.shape[d - lead];
    to.shape[2 * d] = from.shape[2 * d] = repeats[static_cast<size_t>(d)];
    to.shape[2 * d + 1] = from.shape[2 * d + 1] = n;
    to.stride[2 * d] = out.stride[d] * n, to.stride[2 * d + 1] = out.stride[d];
    from.stride[2 * d] = 0, from.stride[2 * d + 1] = d < lead ? 0 : x.stride[d - lead];
  }
  c.run("copy", {to, from});
}
// math/tril, math/triu: (self, diagonal, out)
namespace {
void triangle(Call &c, bool upper) {
  View x = c.tensor(0), out = c.tensor(2);
  c.need(x.ndim >= 2, "argument self: matrices");
  need_shape(c, out, shape_of(x), "out");
  c.run("triangle", {c.result(out), c.dense(x, out.dtype)}, {whole(c.integer(1)), whole(upper)});
}
}  // namespace
OPERATOR(aclnnTril) { triangle(c, false); }
OPERATOR(aclnnTriu) { triangle(c, true); }
// math/diag: (self, diagonal, out): a matrix from its diagonal, the diagonal of a matrix
OPERATOR(aclnnDiag) {
  View x = c.tensor(0), out = c.tensor(2);
  int64_t k = c.integer(1);
  c.need(x.ndim == 1 || x.ndim == 2, "argument self: a vector or a matrix");
  View matrix = x.ndim == 1 ? out : x;
  c.need(matrix.ndim == 2, "argument out: a matrix");
  View diagonal = matrix;
  int64_t row = k < 0 ? -k : 0, column = k > 0 ? k : 0;
  diagonal.ndim = 1;
  diagonal.shape[0] = std::max<int64_t>(0, std::min(matrix.shape[0] - row, matrix.shape[1] - column));
  diagonal.stride[0] = matrix.stride[0] + matrix.stride[1];
  if (diagonal.shape[0])
    diagonal.data = static_cast<char *>(matrix.data) +
                    (row * matrix.stride[0] + column * matrix.stride[1]) * mt::itemsize(matrix.dtype);
  if (x.ndim == 1) {
    int64_t size = x.shape[0] + row + column;
    need_shape(c, out, {size, size}, "out");
    c.run("fill", {out}, {whole(0)});
    c.run("copy", {diagonal, x});
  } else {
    need_shape(c, out, {diagonal.shape[0]}, "out");
    c.run("copy", {out, diagonal});
  }
}
// conversion/constant_pad_nd: (self, pad, value, out): pairs from the last dimension on; a negative one cuts
OPERATOR(aclnnConstantPadNd) {
  View x = c.tensor(0), out = c.tensor(3), to = out, from = x;
  std::vector<int64_t> pad = c.ints(1);
  c.need(pad.size() % 2 == 0 && static_cast<int>(pad.size()) <= 2 * x.ndim, "argument pad: a pair a dimension");
  std::vector<int64_t> shape = shape_of(x);
  for (size_t i = 0; i < pad.size() / 2; ++i) {
    size_t d = static_cast<size_t>(x.ndim) - 1 - i;
    shape[d] += pad[2 * i] + pad[2 * i + 1];
    c.need(shape[d] >= 0, "argument pad: cuts away more than there is");
  }
  need_shape(c, out, shape, "out");
  c.run("fill", {out}, {c.number(2)});
  bool some = true;
  for (size_t i = 0; i < pad.size() / 2 && some; ++i) {
    int d = x.ndim - 1 - static_cast<int>(i);
    int64_t before = pad[2 * i], first = std::max<int64_t>(0, -before), at = std::max<int64_t>(0, before);
    int64_t n = std::min(x.shape[d] - first, out.shape[d] - at);
    some = n > 0;
    if (some) from = narrow(from, d, first, n), to = narrow(to, d, at, n);
  }
  if (some) c.run("copy", {to, from});
}
// ---- gated units: x is two halves along dim, one of which is the other's gate ----
namespace {
struct Halves {
  int dim;
  int64_t size;
  View a, b;
  Halves(Call &c, const View &x, int64_t along) : dim(dimension(c, along, x.ndim)) {
    c.need(x.ndim > 0 && x.shape[dim] % 2 == 0, "the first operand: an even size along dim");
    size = x.shape[dim] / 2;
    a = narrow(x, dim, 0, size), b = narrow(x, dim, size, size);
  }
};
// (x, dim, out): a product of halves, of which one has gone through an element-wise kernel
void gated(Call &c, const char *kernel, View Halves::*through, View Halves::*other) {
  View x = c.tensor(0), out = c.tensor(2);
  Halves h(c, x, c.integer(1));
  View s = c.like(h.a, x.dtype);
  need_shape(c, out, shape_of(h.a), "out");
  c.run(kernel, {s, h.*through}, {code(x.dtype)});
  pointwise(c, "mul", out, {h.*other, s}, x.dtype);
}
}  // namespace
// index/glu: the first half times the sigmoid of the second
OPERATOR(aclnnGlu) { gated(c, "sigmoid", &Halves::b, &Halves::a); }
// activation/swi_glu: silu of the first half times the second
OPERATOR(aclnnSwiGlu) { gated(c, "silu", &Halves::a, &Halves::b); }
// (yGrad, x, dim, out)
OPERATOR(aclnnSwiGluGrad) {
  View g = c.tensor(0), x = c.tensor(1), out = c.tensor(3);
  Halves h(c, x, c.integer(2));
  need_shape(c, out, shape_of(x), "out");
  need_shape(c, g, shape_of(h.a), "yGrad");
  View s = c.like(h.a, x.dtype), gb = c.like(h.a, x.dtype);
  c.run("mul", {gb, g, h.b}, {code(x.dtype)});
  c.run("silu", {s, h.a}, {code(x.dtype)});
  pointwise(c, "mul", narrow(out, h.dim, h.size, h.size), {g, s}, x.dtype);
  pointwise(c, "silu_backward", narrow(out, h.dim, 0, h.size), {gb, h.a}, x.dtype);
}

}  // namespace softcann
