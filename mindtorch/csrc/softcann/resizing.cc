// Resizing of images, sampling on a grid, windows as columns. Pages: ops-cv image/<operator>/docs, ops-math
// conversion/im2col/docs.
#include "call.h"

namespace softcann {
namespace {

enum Mode : int64_t { kNearest = 0, kLinear = 2, kCubic = 3 };

void need_batch(Call &c, const View &a, const View &b, int rank) {
  c.need(a.ndim == rank && b.ndim == rank, "another number of dimensions than the operator's");
  c.need(a.shape[0] == b.shape[0] && a.shape[1] == b.shape[1], "input and result differ in batch or channels");
}
// A size list argument says the last sizes of v (all of them where it is longer).
void need_sizes(Call &c, int i, const View &v) {
  std::vector<int64_t> sizes = c.ints(i);
  c.need(static_cast<int>(sizes.size()) <= v.ndim && sizes.size() >= 1, "a list of sizes: too long");
  for (size_t d = 0; d < sizes.size(); ++d)
    c.need(v.shape[v.ndim - static_cast<int>(sizes.size()) + static_cast<int>(d)] == sizes[d],
           "a list of sizes does not fit its tensor");
}

// One dimension after another, in FLOAT; a scale that is not positive is the ratio of the sizes.
void resample(Call &c, const View &from, const View &to, Mode mode, bool align, const std::vector<double> &scales,
              bool backward) {
  DType d = from.dtype == DType::F64 ? DType::F64 : DType::F32;
  View x = c.dense(from, d), last = c.result(to, d);
  for (int k = from.ndim - 1; k >= 2; --k) {
    std::vector<int64_t> shape = shape_of(x);
    shape[static_cast<size_t>(k)] = to.shape[k];
    View y = k == 2 ? last : c.temporary(d, shape);
    int64_t outer = 1, inner = 1, have = x.shape[k], want = to.shape[k];
    for (int i = 0; i < k; ++i) outer *= x.shape[i];
    for (int i = k + 1; i < x.ndim; ++i) inner *= x.shape[i];
    double scale = scales.empty() ? 0 : scales[static_cast<size_t>(k) - 2];
    std::vector<Scalar> s{whole(outer),
                          whole(inner),
                          whole(backward ? want : have),
                          whole(backward ? have : want),
                          whole(mode),
                          whole(align),
                          fraction(scale > 0 ? scale : 0),
                          code(d)};
    c.run(backward ? "resample_backward" : "resample", {y, x}, s);
    x = y;
  }
}
std::vector<double> scales_from(Call &c, int first, int n) {
  std::vector<double> s;
  for (int i = 0; i < n; ++i) s.push_back(c.real(first + i));
  return s;
}
// (self, outputSize, [alignCorners,] [scales ...,] out)
void up(Call &c, int n, Mode mode, bool aligned, bool scaled) {
  int at = aligned ? 3 : 2, out = at + (scaled ? n : 0);
  View x = c.tensor(0), y = c.tensor(out);
  need_batch(c, x, y, n + 2);
  need_sizes(c, 1, y);
  resample(c, x, y, mode, aligned && c.flag(2), scaled ? scales_from(c, at, n) : std::vector<double>(), false);
}
// (gradOut, outputSize, inputSize, [alignCorners,] scales ..., gradInput)
void back(Call &c, int n, Mode mode, bool aligned) {
  int at = aligned ? 4 : 3;
  View g = c.tensor(0), gx = c.tensor(at + n);
  need_batch(c, g, gx, n + 2);
  need_sizes(c, 1, g);
  need_sizes(c, 2, gx);
  resample(c, g, gx, mode, aligned && c.flag(3), scales_from(c, at, n), true);
}

}  // namespace

OPERATOR(aclnnUpsampleNearest2d) { up(c, 2, kNearest, false, false); }
OPERATOR(aclnnUpsampleNearest2dBackward) { back(c, 2, kNearest, false); }
OPERATOR(aclnnUpsampleNearest3d) { up(c, 3, kNearest, false, true); }
OPERATOR(aclnnUpsampleNearest3dBackward) { back(c, 3, kNearest, false); }
OPERATOR(aclnnUpsampleBilinear2d) { up(c, 2, kLinear, true, true); }
OPERATOR(aclnnUpsampleBilinear2dBackwardV2) { back(c, 2, kLinear, true); }
OPERATOR(aclnnUpsampleTrilinear3d) { up(c, 3, kLinear, true, true); }
OPERATOR(aclnnUpsampleTrilinear3dBackward) { back(c, 3, kLinear, true); }
OPERATOR(aclnnUpsampleBicubic2d) { up(c, 2, kCubic, true, true); }
OPERATOR(aclnnUpsampleBicubic2dBackward) { back(c, 2, kCubic, true); }

// ---- grids: (input, grid, interpolationMode, paddingMode, alignCorners, out) ----
namespace {
void sample(Call &c, int rank) {
  View x = c.tensor(0), grid = c.tensor(1), y = c.tensor(5);
  c.need(x.ndim == rank && grid.ndim == rank && y.ndim == rank, "another number of dimensions than the operator's");
  c.need(grid.shape[rank - 1] == rank - 2 && grid.shape[0] == x.shape[0], "argument grid: does not fit the input");
  std::vector<int64_t> shape{x.shape[0], x.shape[1]};
  shape.insert(shape.end(), grid.shape + 1, grid.shape + rank - 1);
  need_shape(c, y, shape, "out");
  c.need(c.integer(2) >= 0 && c.integer(2) <= 2 && c.integer(3) >= 0 && c.integer(3) <= 2,
         "argument interpolationMode or paddingMode: 0 to 2");
  c.run("grid_sample", {c.result(y, x.dtype), c.dense(x), c.dense(grid, x.dtype)},
        {whole(c.integer(2)), whole(c.integer(3)), whole(c.flag(4))});
}
// (gradOutput, input, grid, interpolationMode, paddingMode, alignCorners, outputMask, inputGrad, gridGrad)
void sample_back(Call &c) {
  View g = c.tensor(0), x = c.tensor(1), grid = c.tensor(2), gx = c.tensor(7), gg = c.tensor(8);
  std::vector<int64_t> mask = c.ints(6);
  c.need(mask.size() == 2, "argument outputMask: two flags");
  need_shape(c, gx, shape_of(x), "inputGrad");
  need_shape(c, gg, shape_of(grid), "gridGrad");
  View to = mask[0] ? c.result(gx, x.dtype) : View(), along = mask[1] ? c.result(gg, x.dtype) : View();
  if (!to.none()) c.run("fill", {to}, {whole(0)});
  c.run("grid_sample_backward", {to, along, c.dense(g, x.dtype), c.dense(x), c.dense(grid, x.dtype)},
        {whole(c.integer(3)), whole(c.integer(4)), whole(c.flag(5))});
}
}  // namespace
OPERATOR(aclnnGridSampler2D) { sample(c, 4); }
OPERATOR(aclnnGridSampler3D) { sample(c, 5); }
OPERATOR(aclnnGridSampler2DBackward) { sample_back(c); }
OPERATOR(aclnnGridSampler3DBackward) { sample_back(c); }

// ---- windows ----
namespace {
View batched(View v, int rank) {
  if (v.ndim == rank) return v;
  for (int d = v.ndim; d > 0; --d) v.shape[d] = v.shape[d - 1], v.stride[d] = v.stride[d - 1];
  v.shape[0] = 1, v.stride[0] = 0;
  ++v.ndim;
  return v;
}
std::vector<int64_t> pair(Call &c, int i, const char *what) {
  std::vector<int64_t> v = c.ints(i);
  c.need(v.size() == 2, what);
  return v;
}
// Windows of an image [N, C, H, W] as columns [N, C * kernel, windows], or columns added up in an image.
void windows(Call &c, const View &image, const View &columns, int kernel, bool backward) {
  View x = batched(image, 4), y = batched(columns, 3);
  std::vector<int64_t> k = pair(c, kernel, "argument kernelSize: two numbers"),
                       d = pair(c, kernel + 1, "argument dilation: two numbers"),
                       p = pair(c, kernel + 2, "argument padding: two numbers"),
                       s = pair(c, kernel + 3, "argument stride: two numbers");
  std::vector<int64_t> made;
  for (int i = 0; i < 2; ++i) {
    auto j = static_cast<size_t>(i);
    int64_t room = x.shape[2 + i] + 2 * p[j] - d[j] * (k[j] - 1) - 1;
    c.need(room >= 0 && s[j] > 0, "the window is larger than the padded image");
    made.push_back(room / s[j] + 1);
  }
  need_shape(c, y, {x.shape[0], x.shape[1] * k[0] * k[1], made[0] * made[1]}, "the columns");
  std::vector<int64_t> geometry{x.shape[1], x.shape[2], x.shape[3]};
  for (const auto *v : {&k, &d, &p, &s, &made}) geometry.insert(geometry.end(), v->begin(), v->end());
  std::vector<Scalar> numbers{list_of(geometry)};
  if (backward) c.run("col2im", {c.result(x, y.dtype), c.dense(y)}, numbers);
  else c.run("im2col", {c.result(y, x.dtype), c.dense(x)}, numbers);
}
}  // namespace
// (self, kernelSize, dilation, padding, stride, out)
OPERATOR(aclnnIm2col) { windows(c, c.tensor(0), c.tensor(5), 1, false); }
// (gradOutput, inputSize, kernelSize, dilation, padding, stride, out)
OPERATOR(aclnnIm2colBackward) {
  View image = c.tensor(6);
  need_sizes(c, 1, image);
  windows(c, image, c.tensor(0), 2, true);
}

}  // namespace softcann
