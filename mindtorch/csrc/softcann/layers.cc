// Convolutions and poolings. Pages: ops-nn conv/<operator>/docs, pooling/<operator>/docs.
#include "call.h"

namespace softcann {
namespace {

// One number for all dimensions or one a dimension; none where a default may stand for it.
std::vector<int64_t> spread(Call &c, int i, int n, const std::vector<int64_t> *otherwise, int64_t least,
                            const char *what) {
  std::vector<int64_t> v = c.given(i) ? c.ints(i) : std::vector<int64_t>();
  if (v.empty() && otherwise) v = *otherwise;
  if (v.size() == 1) v.assign(static_cast<size_t>(n), v[0]);
  if (static_cast<int>(v.size()) != n) c.refuse("argument %s: %zu numbers for %d dimensions", what, v.size(), n);
  for (int64_t k : v)
    if (k < least) c.refuse("argument %s: %lld", what, static_cast<long long>(k));
  return v;
}
View with_batch(View v) {
  for (int d = v.ndim; d > 0; --d) v.shape[d] = v.shape[d - 1], v.stride[d] = v.stride[d - 1];
  v.shape[0] = 1;
  v.stride[0] = 0;
  ++v.ndim;
  return v;
}

struct Geometry {
  std::vector<int64_t> stride, padding, dilation, extra;
  int64_t groups;
  bool transposed;
};
// What a convolution of x with w makes along each dimension.
std::vector<int64_t> convolved(Call &c, const View &x, const View &w, const Geometry &g) {
  c.need(x.ndim == w.ndim && x.ndim >= 3 && x.ndim <= 5, "input and weight: 3 to 5 dimensions, as many");
  c.need(g.groups > 0, "argument groups: not positive");
  int64_t in = g.transposed ? w.shape[0] : w.shape[1] * g.groups,
          out = g.transposed ? w.shape[1] * g.groups : w.shape[0];
  c.need(x.shape[1] == in && (g.transposed ? in : out) % g.groups == 0,
         "argument weight: does not fit the channels of the input and the groups");
  std::vector<int64_t> shape{x.shape[0], out};
  for (int d = 2; d < x.ndim; ++d) {
    size_t i = static_cast<size_t>(d) - 2;
    int64_t span = g.dilation[i] * (w.shape[d] - 1) + 1;
    int64_t size = g.transposed ? (x.shape[d] - 1) * g.stride[i] - 2 * g.padding[i] + span + g.extra[i]
                                : (x.shape[d] + 2 * g.padding[i] - span) / g.stride[i] + 1;
    c.need(g.transposed ? size > 0 : x.shape[d] + 2 * g.padding[i] >= span,
           "the kernel is larger than the padded input");
    shape.push_back(size);
  }
  return shape;
}
// The operators take x without a batch too.
void convolve(Call &c, View x, const View &w, const View &bias, const Geometry &g, View out) {
  c.need(x.ndim == out.ndim, "argument output: another number of dimensions");
  if (x.ndim == w.ndim - 1) x = with_batch(x), out = with_batch(out);
  DType common = promote(c, x.dtype, w.dtype);
  std::vector<int64_t> shape = convolved(c, x, w, g);
  need_shape(c, out, shape, "output");
  c.need(bias.none() || (bias.ndim == 1 && bias.shape[0] == shape[1]), "argument bias: one an output channel");
  std::vector<Scalar> s{list_of(g.stride), list_of(g.padding), list_of(g.dilation), whole(g.groups)};
  View y = c.result(out, common), a = c.dense(x, common), b = c.dense(w, common);
  if (!g.transposed) return c.run("convolution", {y, a, b, c.dense(bias, common)}, s);
  // a transposed convolution is the gradient of the plain one with respect to its input
  c.run("convolution_input", {y, a, b}, s);
  if (bias.none()) return;
  View along = c.dense(bias, common);
  along.ndim = y.ndim;
  along.stride[1] = along.stride[0], along.shape[1] = along.shape[0];
  for (int d = 0; d < y.ndim; ++d)
    if (d != 1) along.shape[d] = 1, along.stride[d] = 0;
  c.run("add", {y, y, along}, {code(common), whole(1)});
}
Geometry geometry(Call &c, int n, int stride, int padding, int dilation, int transposed, int extra, int groups) {
  std::vector<int64_t> zero{0};
  return {spread(c, stride, n, nullptr, 1, "stride"),
          spread(c, padding, n, nullptr, 0, "padding"),
          spread(c, dilation, n, nullptr, 1, "dilation"),
          spread(c, extra, n, &zero, 0, "outputPadding"),
          c.integer(groups),
          c.flag(transposed)};
}

}  // namespace

// (input, weight, bias, stride, padding, dilation, transposed, outputPadding, groups, output, cubeMathType)
OPERATOR(aclnnConvolution) {
  View w = c.tensor(1);
  c.need(w.ndim >= 3 && w.ndim <= 5, "argument weight: 3 to 5 dimensions");
  convolve(c, c.tensor(0), w, c.maybe(2), geometry(c, w.ndim - 2, 3, 4, 5, 6, 7, 8), c.tensor(9));
}
// (gradOutput, input, weight, biasSizes, stride, padding, dilation, transposed, outputPadding, groups, outputMask,
// cubeMathType, gradInput, gradWeight, gradBias)
OPERATOR(aclnnConvolutionBackward) {
  View gy = c.tensor(0), x = c.tensor(1), w = c.tensor(2);
  c.need(w.ndim >= 3 && w.ndim <= 5, "argument weight: 3 to 5 dimensions");
  Geometry g = geometry(c, w.ndim - 2, 4, 5, 6, 7, 8, 9);
  std::vector<int64_t> mask = c.ints(10);
  c.need(mask.size() == 3, "argument outputMask: three flags");
  if (x.ndim == w.ndim - 1) x = with_batch(x), gy = with_batch(gy);
  need_shape(c, gy, convolved(c, x, w, g), "gradOutput");
  DType common = promote(c, promote(c, gy.dtype, x.dtype), w.dtype);
  std::vector<Scalar> s{list_of(g.stride), list_of(g.padding), list_of(g.dilation), whole(g.groups)};
  View a = c.dense(gy, common);
  if (mask[0]) {
    View gx = c.tensor(12);
    if (gx.ndim == w.ndim - 1) gx = with_batch(gx);
    need_shape(c, gx, shape_of(x), "gradInput");
    if (g.transposed) c.run("convolution", {c.result(gx, common), a, c.dense(w, common), View()}, s);
    else c.run("convolution_input", {c.result(gx, common), a, c.dense(w, common)}, s);
  }
  if (mask[1]) {
    View gw = c.tensor(13), own = c.result(gw, common), b = c.dense(x, common);
    need_shape(c, gw, shape_of(w), "gradWeight");
    if (g.transposed) c.run("convolution_weight", {own, b, a}, s);
    else c.run("convolution_weight", {own, a, b}, s);
  }
  if (mask[2]) {
    View gb = c.tensor(14), own = c.result(gb, common);
    need_shape(c, gb, {gy.shape[1]}, "gradBias");
    View kept = own;
    kept.ndim = gy.ndim;
    for (int d = 0; d < gy.ndim; ++d) kept.shape[d] = d == 1 ? own.shape[0] : 1, kept.stride[d] = d == 1;
    c.run("sum", {kept, a}, {whole(((int64_t{1} << gy.ndim) - 1) & ~int64_t{2})});
  }
}

// ---- pooling ----
namespace {
struct Pool {
  std::vector<int64_t> kernel, stride, padding;
};
// With n spatial dimensions; an absent stride is the kernel's size.
Pool pool(Call &c, int n, int kernel, int stride, int padding) {
  Pool p;
  p.kernel = spread(c, kernel, n, nullptr, 1, "kernelSize");
  p.stride = spread(c, stride, n, &p.kernel, 1, "stride");
  p.padding = spread(c, padding, n, nullptr, 0, "padding");
  for (int d = 0; d < n; ++d)
    c.need(2 * p.padding[static_cast<size_t>(d)] <= p.kernel[static_cast<size_t>(d)],
           "argument padding: more than half the kernel");
  return p;
}
std::vector<int64_t> pooled(Call &c, const View &x, const Pool &p, const std::vector<int64_t> &dilation, bool up) {
  int n = static_cast<int>(p.kernel.size());
  c.need(x.ndim == n + 1 || x.ndim == n + 2, "argument self: another number of dimensions");
  std::vector<int64_t> shape = shape_of(x);
  for (int d = 0; d < n; ++d) {
    size_t i = static_cast<size_t>(d);
    int64_t &size = shape[static_cast<size_t>(x.ndim - n + d)], in = size;
    int64_t room = in + 2 * p.padding[i] - dilation[i] * (p.kernel[i] - 1) - 1;
    c.need(room >= 0, "the kernel is larger than the padded input");
    size = (room + (up ? p.stride[i] - 1 : 0)) / p.stride[i] + 1;
    if (up && (size - 1) * p.stride[i] >= in + p.padding[i]) --size;  // the last window starts inside the input
  }
  return shape;
}
void average(Call &c, int n, bool backward, int kernel, int flags, int out) {
  View x = c.tensor(backward ? 1 : 0), y = c.tensor(out);
  Pool p = pool(c, n, kernel, kernel + 1, kernel + 2);
  std::vector<int64_t> ones(static_cast<size_t>(n), 1), shape = pooled(c, x, p, ones, c.flag(flags));
  Scalar divisor = c.integer(flags + 2) ? whole(c.integer(flags + 2)) : Scalar();
  std::vector<Scalar> s{list_of(p.kernel), list_of(p.stride), list_of(p.padding), whole(c.flag(flags + 1)), divisor};
  if (backward) {
    need_shape(c, c.tensor(0), shape, "gradOutput");
    need_shape(c, y, shape_of(x), "gradInput");
    return c.run("avg_pool_backward", {c.result(y), c.dense(c.tensor(0), y.dtype)}, s);
  }
  need_shape(c, y, shape, "out");
  c.run("avg_pool", {c.result(y), c.dense(x, y.dtype)}, s);
}
void adaptive(Call &c, int n, bool backward) {
  View x = c.tensor(backward ? 1 : 0), y = c.tensor(2);
  c.need(x.ndim == n + 1 || x.ndim == n + 2, "argument self: another number of dimensions");
  if (backward) {
    need_shape(c, y, shape_of(x), "out");
    View g = c.tensor(0);
    c.need(g.ndim == x.ndim && g.shape[0] == x.shape[0] && (x.ndim == n + 1 || g.shape[1] == x.shape[1]),
           "argument gradOutput: other planes than self");
    return c.run("adaptive_avg_pool_backward", {c.result(y), c.dense(g, y.dtype)}, {});
  }
  std::vector<int64_t> size = spread(c, 1, n, nullptr, 0, "outputSize"), shape = shape_of(x);
  std::copy(size.begin(), size.end(), shape.end() - n);
  need_shape(c, y, shape, "out");
  c.run("adaptive_avg_pool", {c.result(y), c.dense(x, y.dtype)}, {});
}
}  // namespace
// (self, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride, [cubeMathType,] out), gradients with
// gradOutput before
OPERATOR(aclnnAvgPool2d) { average(c, 2, false, 1, 4, 8); }
OPERATOR(aclnnAvgPool2dBackward) { average(c, 2, true, 2, 5, 9); }
OPERATOR(aclnnAvgPool3d) { average(c, 3, false, 1, 4, 7); }
OPERATOR(aclnnAvgPool3dBackward) { average(c, 3, true, 2, 5, 8); }
// (self, outputSize, out), (gradOutput, self, out)
OPERATOR(aclnnAdaptiveAvgPool2d) { adaptive(c, 2, false); }
OPERATOR(aclnnAdaptiveAvgPool2dBackward) { adaptive(c, 2, true); }
OPERATOR(aclnnAdaptiveAvgPool3d) { adaptive(c, 3, false); }
OPERATOR(aclnnAdaptiveAvgPool3dBackward) { adaptive(c, 3, true); }
// (self, outputSize, outputOut, indicesOut)
OPERATOR(aclnnAdaptiveMaxPool2d) {
  View x = c.tensor(0), y = c.tensor(2), indices = c.tensor(3);
  c.need(x.ndim == 3 || x.ndim == 4, "argument self: 3 or 4 dimensions");
  std::vector<int64_t> size = spread(c, 1, 2, nullptr, 0, "outputSize"), shape = shape_of(x);
  std::copy(size.begin(), size.end(), shape.end() - 2);
  need_shape(c, y, shape, "outputOut");
  need_shape(c, indices, shape, "indicesOut");
  c.run("adaptive_max_pool", {c.result(y, x.dtype), c.result(indices, DType::I64), c.dense(x)}, {});
}
// (gradOutput, self, indices, gradInput)
namespace {
void to_largest(Call &c, const View &x, const View &g, const View &indices, const View &out) {
  need_shape(c, out, shape_of(x), "gradInput");
  need_shape(c, indices, shape_of(g), "indices");
  c.run("pool_scatter", {c.result(out), c.dense(g, out.dtype), c.dense(indices, DType::I64)}, {whole(1)});
}
}  // namespace
OPERATOR(aclnnAdaptiveMaxPool2dBackward) { to_largest(c, c.tensor(1), c.tensor(0), c.tensor(2), c.tensor(3)); }
// (self, kernelSize, stride, padding, dilation, ceilMode, out, indices): indices are places in the plane
OPERATOR(aclnnMaxPool2dWithIndices) {
  View x = c.tensor(0), y = c.tensor(6), indices = c.tensor(7);
  Pool p = pool(c, 2, 1, 2, 3);
  std::vector<int64_t> dilation = spread(c, 4, 2, nullptr, 1, "dilation"),
                       shape = pooled(c, x, p, dilation, c.flag(5));
  need_shape(c, y, shape, "out");
  need_shape(c, indices, shape, "indices");
  c.run("max_pool", {c.result(y, x.dtype), c.result(indices, DType::I64), c.dense(x)},
        {list_of(p.kernel), list_of(p.stride), list_of(p.padding), list_of(dilation)});
}
// (gradOutput, self, indices, kernelSize, stride, padding, dilation, ceilMode, gradInput)
OPERATOR(aclnnMaxPool2dWithIndicesBackward) { to_largest(c, c.tensor(1), c.tensor(0), c.tensor(2), c.tensor(8)); }
// The mask's bits are not documented beyond its size, so both sides of it are this folder's own: the place in the
// plane, as INT32, at the front of its bytes.
namespace {
View places_in(Call &c, const View &mask, const View &like) {
  c.need(mask.dtype == DType::I8 && mask.contiguous() && mask.numel() >= 4 * like.numel(),
         "argument indices: a dense INT8 mask of the documented size");
  View v = like;
  v.dtype = DType::I32;
  v.data = mask.data;
  int64_t step = 1;
  for (int d = v.ndim - 1; d >= 0; --d) v.stride[d] = step, step *= v.shape[d];
  return v;
}
}  // namespace
OPERATOR(aclnnMaxPool2dWithMask) {
  View x = c.tensor(0), y = c.tensor(6), mask = c.tensor(7);
  Pool p = pool(c, 2, 1, 2, 3);
  std::vector<int64_t> dilation = spread(c, 4, 2, nullptr, 1, "dilation"),
                       shape = pooled(c, x, p, dilation, c.flag(5));
  need_shape(c, y, shape, "out");
  View places = c.like(y, DType::I64);
  c.run("max_pool", {c.result(y, x.dtype), places, c.dense(x)},
        {list_of(p.kernel), list_of(p.stride), list_of(p.padding), list_of(dilation)});
  c.run("copy", {places_in(c, mask, y), places});
}
OPERATOR(aclnnMaxPool2dWithMaskBackward) {
  to_largest(c, c.tensor(1), c.tensor(0), places_in(c, c.tensor(2), c.tensor(0)), c.tensor(8));
}

}  // namespace softcann
