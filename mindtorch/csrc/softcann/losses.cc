// Losses and their gradients. Pages: ops-nn loss/<operator>/docs. reduction is 0 none, 1 mean, 2 sum.
#include <cmath>

#include "call.h"

namespace softcann {
namespace {

enum : int64_t { kNone = 0, kMean = 1, kSum = 2 };

int64_t reduction(Call &c, int i) {
  int64_t r = c.integer(i);
  c.need(r >= kNone && r <= kSum, "argument reduction: 0, 1 and 2 are documented");
  return r;
}

View joint(Call &c, const std::vector<View> &views) {
  View big = views[0];
  for (const View &v : views)
    if (v.ndim > big.ndim) big = v;
  std::vector<int64_t> shape = shape_of(big);
  for (const View &v : views)
    for (int d = 0; d < v.ndim; ++d) {
      int64_t &size = shape[static_cast<size_t>(big.ndim - v.ndim + d)];
      c.need(size == v.shape[d] || size == 1 || v.shape[d] == 1, "shapes do not broadcast");
      if (size == 1) size = v.shape[d];
    }
  for (int d = 0; d < big.ndim; ++d) big.shape[d] = shape[static_cast<size_t>(d)];
  return big;
}

// The values reduced to one element, of shape () or (1).
void total(Call &c, const View &values, int64_t how, View out) {
  c.need(out.numel() == 1 && out.ndim <= 1, "argument out: one element");
  View target = c.result(out, values.dtype), keep = target;
  keep.ndim = values.ndim;
  for (int d = 0; d < values.ndim; ++d) keep.shape[d] = 1, keep.stride[d] = 0;
  c.run(how == kMean ? "mean" : "sum", {keep, values},
        {whole((int64_t{1} << values.ndim) - 1), fraction(static_cast<double>(values.numel()))});
}

// One value an element by the kernel, then reduced. `weights` multiply the values before.
void loss(Call &c, const char *kernel, const std::vector<View> &operands, const View &weight, int64_t how,
          const View &out, std::vector<Scalar> attributes = {}) {
  DType common = operands[0].dtype;
  for (const View &v : operands) common = promote(c, common, v.dtype);
  common = floating(common);
  if (how == kNone && weight.none()) return pointwise(c, kernel, out, operands, common, std::move(attributes));
  View values = c.like(joint(c, operands), common);
  pointwise(c, kernel, values, operands, common, std::move(attributes));
  if (!weight.none()) pointwise(c, "mul", values, {values, weight}, common);
  if (how != kNone) return total(c, values, how, out);
  need_shape(c, out, shape_of(values), "out");
  c.run("copy", {out, values});
}

// A kernel's gradient of three operands (g, self, target), divided by the number of elements for a mean.
void gradient(Call &c, const char *kernel, const View &g, const View &x, const View &y, const View &weight,
              int64_t how, const View &out, std::vector<Scalar> attributes = {}) {
  DType common = floating(promote(c, promote(c, g.dtype, x.dtype), y.dtype));
  View own = c.like(out, common);
  pointwise(c, kernel, own, {g, x, y}, common, std::move(attributes));
  if (!weight.none()) pointwise(c, "mul", own, {own, weight}, common);
  Number count(fraction(how == kMean ? static_cast<double>(own.numel()) : 1));
  if (how == kMean) pointwise(c, "div", own, {own, count.view}, common);
  need_shape(c, out, shape_of(own), "out");
  c.run("copy", {out, own});
}

}  // namespace

// (self, target, reduction, out), (gradOutput, self, target, reduction, out)
OPERATOR(aclnnMseLoss) { loss(c, "mse_loss", {c.tensor(0), c.tensor(1)}, View(), reduction(c, 2), c.tensor(3)); }
OPERATOR(aclnnMseLossBackward) {
  gradient(c, "mse_loss_backward", c.tensor(0), c.tensor(1), c.tensor(2), View(), reduction(c, 3), c.tensor(4));
}
// beta before the result; 0 makes it the absolute difference
OPERATOR(aclnnSmoothL1Loss) {
  c.need(c.real(3) >= 0, "argument beta: negative");
  loss(c, "smooth_l1_loss", {c.tensor(0), c.tensor(1)}, View(), reduction(c, 2), c.tensor(4), {fraction(c.real(3))});
}
OPERATOR(aclnnSmoothL1LossBackward) {
  c.need(c.real(4) >= 0, "argument beta: negative");
  gradient(c, "smooth_l1_loss_backward", c.tensor(0), c.tensor(1), c.tensor(2), View(), reduction(c, 3), c.tensor(5),
           {fraction(c.real(4))});
}
// |self - target|: the smooth one with beta 0
OPERATOR(aclnnL1Loss) {
  loss(c, "smooth_l1_loss", {c.tensor(0), c.tensor(1)}, View(), reduction(c, 2), c.tensor(3), {fraction(0)});
}
OPERATOR(aclnnL1LossBackward) {
  gradient(c, "smooth_l1_loss_backward", c.tensor(0), c.tensor(1), c.tensor(2), View(), reduction(c, 3), c.tensor(4),
           {fraction(0)});
}
// (self, target, weight, reduction, out), (gradOutput, self, target, weightOptional, reduction, out)
OPERATOR(aclnnBinaryCrossEntropy) {
  loss(c, "binary_cross_entropy", {c.tensor(0), c.tensor(1)}, c.maybe(2), reduction(c, 3), c.tensor(4));
}
OPERATOR(aclnnBinaryCrossEntropyBackward) {
  gradient(c, "binary_cross_entropy_backward", c.tensor(0), c.tensor(1), c.tensor(2), c.maybe(3), reduction(c, 4),
           c.tensor(5));
}
// (self, target, weightOptional, posWeightOptional, reduction, out)
OPERATOR(aclnnBinaryCrossEntropyWithLogits) {
  if (c.given(3))
    loss(c, "bce_logits_weighted", {c.tensor(0), c.tensor(1), c.tensor(3)}, c.maybe(2), reduction(c, 4), c.tensor(5));
  else loss(c, "bce_logits", {c.tensor(0), c.tensor(1)}, c.maybe(2), reduction(c, 4), c.tensor(5));
}
// (gradOutput, self, target, weightOptional, posWeightOptional, reduction, out): g * (((p - 1) t + 1) sigmoid(x) - p
// t), p the weight of positives
OPERATOR(aclnnBinaryCrossEntropyWithLogitsBackward) {
  View g = c.tensor(0), x = c.tensor(1), t = c.tensor(2), out = c.tensor(6);
  int64_t how = reduction(c, 5);
  DType common = floating(promote(c, promote(c, g.dtype, x.dtype), t.dtype));
  View s = c.like(x, common), own = c.like(x, common), pt = c.like(x, common);
  need_shape(c, out, shape_of(x), "out");
  pointwise(c, "sigmoid", s, {x}, common);
  if (c.given(4)) {
    Number one(whole(1));
    pointwise(c, "mul", pt, {expand(c, c.tensor(4), x), t}, common);  // p t
    pointwise(c, "sub", own, {pt, t}, common, {whole(1)});            // (p - 1) t
    pointwise(c, "add", own, {own, one.view}, common, {whole(1)});
    pointwise(c, "mul", own, {own, s}, common);
    pointwise(c, "sub", own, {own, pt}, common, {whole(1)});
  } else {
    pointwise(c, "sub", own, {s, t}, common, {whole(1)});
  }
  pointwise(c, "mul", own, {own, g}, common);
  if (c.given(3)) pointwise(c, "mul", own, {own, c.tensor(3)}, common);
  Number count(fraction(static_cast<double>(own.numel())));
  if (how == kMean) pointwise(c, "div", own, {own, count.view}, common);
  c.run("copy", {out, own});
}

// ---- negative log likelihood ----
namespace {
// Targets as the kernels want them, of whole numbers.
View targets(Call &c, const View &t) {
  c.need(mt::is_integral(t.dtype) && t.dtype != DType::Bool, "argument target: whole numbers");
  return t.dtype == DType::U8 ? c.dense(t) : c.dense(t, DType::I64);
}
DType wide(DType d) { return d == DType::F64 ? DType::F64 : DType::F32; }
// [N, C, ...] or [C] with targets [N, ...] or []
int64_t classes(Call &c, const View &x, const View &t) {
  c.need(x.ndim >= 1, "argument self: classes are a dimension");
  std::vector<int64_t> shape = shape_of(x);
  int64_t n = x.ndim == 1 ? shape[0] : shape[1];
  shape.erase(shape.begin() + (x.ndim == 1 ? 0 : 1));
  need_shape(c, t, shape, "target");
  return n;
}
void nll(Call &c) {  // (self, target, weight, reduction, ignoreIndex, out, totalWeightOut)
  View x = c.tensor(0), t = c.tensor(1), weight = c.maybe(2), out = c.tensor(5), total_weight = c.tensor(6);
  int64_t how = reduction(c, 3), n = classes(c, x, t);
  c.need(weight.none() || (weight.ndim == 1 && weight.shape[0] == n), "argument weight: one a class");
  if (how == kNone) need_shape(c, out, shape_of(t), "out");
  else c.need(out.numel() == 1, "argument out: one element");
  c.need(total_weight.numel() == 1, "argument totalWeightOut: one element");
  c.run("nll_loss",
        {c.result(out, x.dtype), c.result(total_weight, wide(x.dtype)), c.dense(x), targets(c, t), c.dense(weight)},
        {whole(how), whole(c.integer(4))});
}
void nll_gradient(Call &c) {  // (gradOutput, self, target, weight, reduction, ignoreIndex, totalWeight, out)
  View g = c.tensor(0), x = c.tensor(1), t = c.tensor(2), weight = c.maybe(3), sum = c.tensor(6), out = c.tensor(7);
  int64_t how = reduction(c, 4), n = classes(c, x, t), ignore = c.integer(5);
  c.need(weight.none() || (weight.ndim == 1 && weight.shape[0] == n), "argument weight: one a class");
  need_shape(c, out, shape_of(x), "out");
  c.need(sum.numel() == 1, "argument totalWeight: one element");
  if (how == kNone) need_shape(c, g, shape_of(t), "gradOutput");
  else c.need(g.numel() == 1, "argument gradOutput: one element");
  View own = c.result(out, x.dtype), at = targets(c, t);
  c.compute([&] {
    for (int64_t i = 0, k = at.numel(); i < k; ++i) {
      int64_t v = at.dtype == DType::U8 ? at.as<uint8_t>()[i] : at.as<int64_t>()[i];
      if (v != ignore && (v < 0 || v >= n)) throw Refusal{kInner, "argument target: out of bounds"};
    }
  });
  c.run("fill", {own}, {whole(0)});
  c.run("nll_loss_backward", {own, c.dense(g, x.dtype), at, c.dense(weight), c.dense(sum, wide(x.dtype))},
        {whole(how), whole(ignore)});
}
int64_t named(Call &c, int i) {
  const std::string &how = c.text(i);
  c.need(how == "none" || how == "mean" || how == "sum",
         "argument reductionOptional: 'none', 'mean' and 'sum' are documented");
  return how == "none" ? kNone : how == "mean" ? kMean : kSum;
}
}  // namespace
OPERATOR(aclnnNLLLoss) { nll(c); }
OPERATOR(aclnnNLLLoss2d) { nll(c); }
OPERATOR(aclnnNLLLossBackward) { nll_gradient(c); }
OPERATOR(aclnnNLLLoss2dBackward) { nll_gradient(c); }
// (input [N, C], target [N], weightOptional, reductionOptional, ignoreIndex, labelSmoothing, lseSquareScaleForZloss,
// returnZloss, lossOut, logProbOut, zlossOut, lseForZlossOut)
OPERATOR(aclnnCrossEntropyLoss) {
  View x = c.tensor(0), t = c.tensor(1), weight = c.maybe(2), out = c.tensor(8), log_prob = c.tensor(9);
  c.need(x.ndim == 2, "argument input: a row of classes a sample");
  int64_t how = named(c, 3), n = classes(c, x, t);
  c.need(!c.flag(7) && c.real(6) == 0,
         "arguments lseSquareScaleForZloss and returnZloss: documented as not supported");
  c.need(weight.none() || (weight.ndim == 1 && weight.shape[0] == n), "argument weightOptional: one a class");
  need_shape(c, log_prob, shape_of(x), "logProbOut");
  if (how == kNone) need_shape(c, out, shape_of(t), "lossOut");
  else c.need(out.numel() == 1, "argument lossOut: one element");
  View dense = c.dense(x), lse = c.like(t, wide(x.dtype)), sum = c.temporary(wide(x.dtype), {1});
  c.run("cross_entropy", {c.result(out, x.dtype), lse, sum, dense, targets(c, t), c.dense(weight)},
        {whole(how), whole(c.integer(4)), fraction(c.real(5))});
  c.run("log_softmax", {c.result(log_prob, x.dtype), dense}, {whole(1)});
}
// (gradLoss, logProb, target, weightOptional, gradZlossOptional, lseForZlossOptional, reductionOptional, ignoreIndex,
// labelSmoothing, lseSquareScaleForZloss, out)
OPERATOR(aclnnCrossEntropyLossGrad) {
  View g = c.tensor(0), y = c.tensor(1), t = c.tensor(2), weight = c.maybe(3), out = c.tensor(10);
  c.need(y.ndim == 2, "argument logProb: a row of classes a sample");
  int64_t how = named(c, 6), n = classes(c, y, t), ignore = c.integer(7), rows = y.shape[0];
  need_shape(c, out, shape_of(y), "out");
  if (how == kNone) need_shape(c, g, {rows}, "gradLoss");
  else c.need(g.numel() == 1, "argument gradLoss: one element");
  c.need(weight.none() || (weight.ndim == 1 && weight.shape[0] == n), "argument weightOptional: one a class");
  double smoothing = c.real(8);
  View gd = c.dense(g, DType::F64), p = c.dense(y, DType::F64), w = c.dense(weight, DType::F64),
       own = c.result(out, DType::F64), at = c.dense(targets(c, t), DType::I64);
  c.compute([&] {
    auto *index = at.as<int64_t>();
    auto of = [&](int64_t k) { return w.none() ? 1.0 : w.as<double>()[k]; };
    double sum = 0, all = 0;
    for (int64_t i = 0; i < rows; ++i) {
      if (index[i] == ignore) continue;
      if (index[i] < 0 || index[i] >= n) throw Refusal{kInner, "argument target: out of bounds"};
      sum += of(index[i]);
    }
    for (int64_t k = 0; k < n; ++k) all += of(k);
    for (int64_t i = 0; i < rows; ++i) {
      double *to = own.as<double>() + i * n;
      const double *row = p.as<double>() + i * n;
      double each = gd.as<double>()[how == kNone ? i : 0] / (how == kMean ? sum : 1);
      bool skipped = index[i] == ignore;
      double hit = skipped ? 0 : (1 - smoothing) * of(index[i]), spread = smoothing / static_cast<double>(n);
      for (int64_t k = 0; k < n; ++k) {
        double own_share = (k == index[i] ? hit : 0) + spread * of(k), mass = hit + spread * all;
        to[k] = skipped ? 0 : each * (std::exp(row[k]) * mass - own_share);
      }
    }
  });
}
// (self, target, reduction: of this operator 0 none, 1 mean, 2 sum, 3 batchmean, logTarget, out)
namespace {
void kl_value(const View &x, const View &t, bool log, const View &to, const View *g) {
  for (int64_t i = 0, n = to.numel(); i < n; ++i) {
    double a = x.as<double>()[i], b = t.as<double>()[i];
    double weight = log ? std::exp(b) : b;
    if (g) to.as<double>()[i] = -weight * g->as<double>()[i];
    else to.as<double>()[i] = log ? weight * (b - a) : b > 0 ? b * (std::log(b) - a) : 0;
  }
}
}  // namespace
OPERATOR(aclnnKlDiv) {
  View x = c.tensor(0), t = c.tensor(1), out = c.tensor(4);
  int64_t how = c.integer(2);
  c.need(how >= kNone && how <= 3, "argument reduction: 0 to 3 are documented");
  View full = joint(c, {x, t}), a = c.dense(expand(c, x, full), DType::F64),
       b = c.dense(expand(c, t, full), DType::F64), values = c.like(full, DType::F64);
  c.compute([&] { kl_value(a, b, c.flag(3), values, nullptr); });
  if (how == kNone) {
    need_shape(c, out, shape_of(values), "out");
    return c.run("copy", {out, values});
  }
  Number rows(fraction(static_cast<double>(x.ndim ? x.shape[0] : 1)));
  if (how == 3) pointwise(c, "div", values, {values, rows.view}, DType::F64);
  total(c, values, how == kMean ? kMean : kSum, out);
}
// (gradOutput, self, target, reduction, logTarget, out)
OPERATOR(aclnnKlDivBackward) {
  View x = c.tensor(1), t = c.tensor(2), out = c.tensor(5);
  int64_t how = c.integer(3);
  c.need(how >= kNone && how <= 3, "argument reduction: 0 to 3 are documented");
  need_shape(c, out, shape_of(x), "out");
  View g = c.dense(expand(c, c.tensor(0), x), DType::F64), a = c.dense(x, DType::F64),
       b = c.dense(expand(c, t, x), DType::F64), own = c.result(out, DType::F64);
  c.compute([&] { kl_value(a, b, c.flag(4), own, &g); });
  Number by(fraction(how == kMean         ? static_cast<double>(x.numel())
                     : how == 3 && x.ndim ? static_cast<double>(x.shape[0])
                                          : 1));
  pointwise(c, "div", own, {own, by.view}, DType::F64);
}

}  // namespace softcann
