// Normalisations and their gradients. Pages: ops-nn norm/<operator>/docs. Statistics are computed in FLOAT (DOUBLE for
// DOUBLE) and stored as their tensors' dtypes.
#include "call.h"

namespace softcann {
namespace {

DType statistics(DType d) { return d == DType::F64 ? DType::F64 : DType::F32; }

// How many elements are normalised together: the last dimensions, as the list says.
int64_t normalised(Call &c, const View &x, const std::vector<int64_t> &shape) {
  int64_t n = 1;
  int lead = x.ndim - static_cast<int>(shape.size());
  c.need(lead >= 0 && !shape.empty(), "argument normalizedShape: more dimensions than the input");
  for (size_t d = 0; d < shape.size(); ++d) {
    c.need(x.shape[lead + static_cast<int>(d)] == shape[d],
           "argument normalizedShape: not the last sizes of the input");
    n *= shape[d];
  }
  return n;
}
int64_t rows_of(const View &x, int64_t n) { return n ? x.numel() / n : 0; }
void need_elements(Call &c, const View &v, int64_t n, const char *what) {
  if (!v.none() && v.numel() != n)
    c.refuse("%s has %lld elements where %lld are needed", what, static_cast<long long>(v.numel()),
             static_cast<long long>(n));
}
// A result that may be left out, yet is written by the kernel.
View statistic(Call &c, const View &v, DType d, int64_t n, const char *what) {
  need_elements(c, v, n, what);
  return v.none() ? c.temporary(d, {n}) : c.result(v, d);
}
View wanted(Call &c, const std::vector<int64_t> &mask, size_t i, int argument, DType d, int64_t n, const char *what) {
  if (!mask[i] || !c.given(argument)) return View();
  View v = c.tensor(argument);
  need_elements(c, v, n, what);
  return c.result(v, d);
}

void layer(Call &c, const View &x, int64_t n, const View &weight, const View &bias, double eps, const View &out,
           const View &mean, const View &rstd) {
  need_shape(c, out, shape_of(x), "out");
  need_elements(c, weight, n, "the weight");
  need_elements(c, bias, n, "the bias");
  int64_t rows = rows_of(x, n);
  DType s = statistics(x.dtype);
  c.run("group_norm",
        {c.result(out, x.dtype), statistic(c, mean, s, rows, "mean"), statistic(c, rstd, s, rows, "rstd"), c.dense(x),
         c.dense(weight), c.dense(bias)},
        {whole(rows), whole(1), whole(n), whole(1), fraction(eps)});
}
void layer_gradient(Call &c, const View &g, const View &x, int64_t n, const View &mean, const View &rstd,
                    const View &weight, const View &gx, const View &gw, const View &gb) {
  need_shape(c, g, shape_of(x), "the gradient");
  int64_t rows = rows_of(x, n);
  need_elements(c, mean, rows, "mean");
  need_elements(c, rstd, rows, "rstd");
  need_elements(c, weight, n, "the weight");
  DType s = statistics(x.dtype);
  c.run("group_norm_backward",
        {gx, gw, gb, c.dense(g, x.dtype), c.dense(x), c.dense(mean, s), c.dense(rstd, s), c.dense(weight)},
        {whole(rows), whole(1), whole(n), whole(1)});
}

}  // namespace

// (input, normalizedShape, weightOptional, biasOptional, eps, out, meanOutOptional, rstdOutOptional)
OPERATOR(aclnnLayerNorm) {
  View x = c.tensor(0);
  layer(c, x, normalised(c, x, c.ints(1)), c.maybe(2), c.maybe(3), c.real(4), c.tensor(5), c.maybe(6), c.maybe(7));
}
// (gradOut, input, normalizedShape, mean, rstd, weightOptional, biasOptional, outputMask, gradInputOut, gradWeightOut,
// gradBiasOut)
OPERATOR(aclnnLayerNormBackward) {
  View x = c.tensor(1);
  std::vector<int64_t> mask = c.ints(7);
  c.need(mask.size() == 3, "argument outputMask: three flags");
  int64_t n = normalised(c, x, c.ints(2));
  View weight = c.maybe(5);
  DType s = statistics(x.dtype), w = weight.none() ? s : weight.dtype;
  layer_gradient(c, c.tensor(0), x, n, c.tensor(3), c.tensor(4), weight,
                 wanted(c, mask, 0, 8, x.dtype, x.numel(), "gradInputOut"),
                 wanted(c, mask, 1, 9, w, n, "gradWeightOut"), wanted(c, mask, 2, 10, w, n, "gradBiasOut"));
}
// (self, gamma, beta, N, C, HxW, group, eps, out, meanOut, rstdOut)
OPERATOR(aclnnGroupNorm) {
  View x = c.tensor(0), gamma = c.maybe(1), beta = c.maybe(2), out = c.tensor(8);
  int64_t batch = c.integer(3), channels = c.integer(4), size = c.integer(5), groups = c.integer(6);
  c.need(groups > 0 && channels % groups == 0, "argument group: does not divide C");
  need_elements(c, x, batch * channels * size, "the input");
  need_shape(c, out, shape_of(x), "out");
  need_elements(c, gamma, channels, "gamma");
  need_elements(c, beta, channels, "beta");
  DType s = statistics(x.dtype);
  int64_t rows = batch * groups;
  c.run("group_norm",
        {c.result(out, x.dtype), statistic(c, c.maybe(9), s, rows, "meanOut"),
         statistic(c, c.maybe(10), s, rows, "rstdOut"), c.dense(x), c.dense(gamma), c.dense(beta)},
        {whole(rows), whole(groups), whole(channels / groups), whole(size), fraction(c.real(7))});
}
// (gradOut, input, mean, rstd, gamma, N, C, HxW, group, outputMask, gradInput, gradGammaOut, gradBetaOut)
OPERATOR(aclnnGroupNormBackward) {
  View g = c.tensor(0), x = c.tensor(1), gamma = c.maybe(4);
  int64_t batch = c.integer(5), channels = c.integer(6), size = c.integer(7), groups = c.integer(8);
  std::vector<int64_t> mask = c.ints(9);
  c.need(mask.size() == 3, "argument outputMask: three flags");
  c.need(groups > 0 && channels % groups == 0, "argument group: does not divide C");
  need_elements(c, x, batch * channels * size, "the input");
  need_shape(c, g, shape_of(x), "gradOut");
  need_elements(c, gamma, channels, "gamma");
  need_elements(c, c.tensor(2), batch * groups, "mean");
  need_elements(c, c.tensor(3), batch * groups, "rstd");
  DType s = statistics(x.dtype), w = gamma.none() ? s : gamma.dtype;
  c.run("group_norm_backward",
        {wanted(c, mask, 0, 10, x.dtype, x.numel(), "gradInput"), wanted(c, mask, 1, 11, w, channels, "gradGammaOut"),
         wanted(c, mask, 2, 12, w, channels, "gradBetaOut"), c.dense(g, x.dtype), c.dense(x), c.dense(c.tensor(2), s),
         c.dense(c.tensor(3), s), c.dense(gamma)},
        {whole(batch * groups), whole(groups), whole(channels / groups), whole(size)});
}

// ---- rms norm ----
namespace {
int64_t last_sizes(Call &c, const View &x, const View &gamma) { return normalised(c, x, shape_of(gamma)); }
void rms(Call &c, const View &x, const View &gamma, double eps, const View &out, const View &rstd) {
  int64_t n = last_sizes(c, x, gamma), rows = rows_of(x, n);
  need_shape(c, out, shape_of(x), "yOut");
  c.run("rms_norm",
        {c.result(out, x.dtype), statistic(c, rstd, statistics(x.dtype), rows, "rstdOut"), c.dense(x), c.dense(gamma)},
        {whole(rows), whole(n), fraction(eps)});
}
}  // namespace
// (x, gamma, epsilon, yOut, rstdOut)
OPERATOR(aclnnRmsNorm) { rms(c, c.tensor(0), c.tensor(1), c.real(2), c.tensor(3), c.maybe(4)); }
// (x1, x2, gamma, epsilon, yOut, rstdOut, xOut): of the sum, which is a result too
OPERATOR(aclnnAddRmsNorm) {
  View x1 = c.tensor(0), x2 = c.tensor(1), sum = c.result(c.tensor(6), x1.dtype);
  need_shape(c, x2, shape_of(x1), "x2");
  need_shape(c, sum, shape_of(x1), "xOut");
  pointwise(c, "add", sum, {x1, x2}, x1.dtype, {whole(1)});
  rms(c, sum, c.tensor(2), c.real(3), c.tensor(4), c.maybe(5));
}
// (dy, x, rstd, gamma, dxOut, dgammaOut)
OPERATOR(aclnnRmsNormGrad) {
  View g = c.tensor(0), x = c.tensor(1), gamma = c.tensor(3), gx = c.tensor(4), gw = c.tensor(5);
  int64_t n = last_sizes(c, x, gamma), rows = rows_of(x, n);
  need_shape(c, g, shape_of(x), "dy");
  need_shape(c, gx, shape_of(x), "dxOut");
  need_elements(c, gw, n, "dgammaOut");
  need_elements(c, c.tensor(2), rows, "rstd");
  c.run("rms_norm_backward",
        {c.result(gx, x.dtype), c.result(gw), c.dense(g, x.dtype), c.dense(x),
         c.dense(c.tensor(2), statistics(x.dtype)), c.dense(gamma)},
        {whole(rows), whole(n)});
}
// (x1, x2, gamma, beta, biasOptional, epsilon, additionalOutput, yOut, meanOut, rstdOut, xOut)
OPERATOR(aclnnAddLayerNorm) {
  View x1 = c.tensor(0), x2 = c.tensor(1), sum = c.like(x1, x1.dtype);
  need_shape(c, x2, shape_of(x1), "x2");
  pointwise(c, "add", sum, {x1, x2}, promote(c, x1.dtype, x2.dtype), {whole(1)});
  if (c.given(4)) pointwise(c, "add", sum, {sum, c.tensor(4)}, sum.dtype, {whole(1)});
  layer(c, sum, last_sizes(c, sum, c.tensor(2)), c.tensor(2), c.tensor(3), c.real(5), c.tensor(7), c.maybe(8),
        c.maybe(9));
  if (c.flag(6)) c.run("copy", {c.tensor(10), sum});
}

// ---- batch norm: the second dimension holds channels ----
namespace {
struct Channels {
  int64_t batch, channels, size;
  Channels(Call &c, const View &x) {
    c.need(x.ndim >= 2, "argument input: at least two dimensions");
    batch = x.shape[0], channels = x.shape[1], size = 1;
    for (int d = 2; d < x.ndim; ++d) size *= x.shape[d];
  }
};
}  // namespace
// (input, weight, bias, runningMean, runningVar, training, momentum, eps, output, saveMean, saveInvstd)
OPERATOR(aclnnBatchNorm) {
  View x = c.tensor(0), out = c.tensor(8);
  Channels n(c, x);
  bool training = c.flag(5);
  need_shape(c, out, shape_of(x), "output");
  for (int i = 1; i < 5; ++i) need_elements(c, c.maybe(i), n.channels, "a parameter or statistic");
  c.need(training || (c.given(3) && c.given(4)), "without training the running statistics are needed");
  DType s = statistics(x.dtype);
  auto moved = [&](int i) { return !c.given(i) ? View() : training ? c.result(c.tensor(i)) : c.dense(c.tensor(i)); };
  View mean = moved(3), var = moved(4);
  if (training)  // they are read before they are moved
    for (auto &pair : {std::make_pair(mean, 3), std::make_pair(var, 4)})
      if (!pair.first.none() && pair.first.data != c.tensor(pair.second).data)
        c.run("copy", {pair.first, c.tensor(pair.second)});
  auto saved = [&](int i) {
    return c.given(i) && c.tensor(i).numel() == n.channels ? c.result(c.tensor(i), s) : c.temporary(s, {n.channels});
  };
  c.run("batch_norm",
        {c.result(out, x.dtype), saved(9), saved(10), c.dense(x), c.dense(c.maybe(1)), c.dense(c.maybe(2)), mean, var},
        {whole(n.batch), whole(n.channels), whole(n.size), whole(training), fraction(c.real(6)), fraction(c.real(7))});
}
// (gradOut, input, weight, runningMean, runningVar, saveMean, saveInvstd, training, eps, outputMask, gradInput,
// gradWeight, gradBias)
OPERATOR(aclnnBatchNormBackward) {
  View g = c.tensor(0), x = c.tensor(1), weight = c.maybe(2);
  Channels n(c, x);
  bool training = c.flag(7);
  std::vector<int64_t> mask = c.ints(9);
  c.need(mask.size() == 3, "argument outputMask: three flags");
  need_shape(c, g, shape_of(x), "gradOut");
  need_elements(c, weight, n.channels, "the weight");
  DType s = statistics(x.dtype), w = weight.none() ? s : weight.dtype;
  View mean, rstd;
  if (training) {
    mean = c.dense(c.tensor(5), s), rstd = c.dense(c.tensor(6), s);
  } else {  // of the running statistics
    mean = c.dense(c.tensor(3), s);
    View var = c.tensor(4);
    rstd = c.like(var, s);
    Number eps(fraction(c.real(8)));
    pointwise(c, "add", rstd, {var, eps.view}, s, {whole(1)});
    c.run("rsqrt", {rstd, rstd}, {code(s)});
  }
  need_elements(c, mean, n.channels, "the mean");
  need_elements(c, rstd, n.channels, "the deviation");
  c.run("batch_norm_backward",
        {wanted(c, mask, 0, 10, x.dtype, x.numel(), "gradInput"), wanted(c, mask, 1, 11, w, n.channels, "gradWeight"),
         wanted(c, mask, 2, 12, w, n.channels, "gradBias"), c.dense(g, x.dtype), c.dense(x), mean, rstd,
         c.dense(weight)},
        {whole(n.batch), whole(n.channels), whole(n.size), whole(training)});
}

}  // namespace softcann
