// Reductions. Pages: ops-math math/<operator>/docs and ops-nn for norms. An absent or empty list of dimensions means
// all of them.
#include <cmath>

#include "call.h"

namespace softcann {
namespace {

struct Plan {
  int64_t mask = 0;
  double count = 1;  // elements that make one result
  View shaped;       // the result with all dimensions of the operand, those reduced of size 1
};

int64_t mask_of(Call &c, const std::vector<int64_t> &dims, int rank) {
  int64_t mask = 0;
  for (int64_t d : dims) {
    int64_t bit = int64_t{1} << dimension(c, d, rank);
    if (mask & bit) c.refuse("a dimension is named twice");
    mask |= bit;
  }
  return dims.empty() ? (int64_t{1} << rank) - 1 : mask;
}

Plan plan_for(Call &c, const View &x, int64_t mask, bool keep, const View &out) {
  Plan p;
  p.mask = mask;
  std::vector<int64_t> shape;
  for (int d = 0; d < x.ndim; ++d) {
    bool reduced = mask >> d & 1;
    if (reduced) p.count *= static_cast<double>(x.shape[d]);
    if (!reduced || keep) shape.push_back(reduced ? 1 : x.shape[d]);
  }
  need_shape(c, out, shape, "the result");
  p.shaped = out;
  p.shaped.ndim = x.ndim;
  for (int d = 0, at = 0; d < x.ndim; ++d) {
    bool reduced = mask >> d & 1;
    p.shaped.shape[d] = reduced ? 1 : x.shape[d];
    p.shaped.stride[d] = reduced && !keep ? 0 : out.stride[at];
    at += !reduced || keep;
  }
  return p;
}
std::vector<int64_t> dims_of(Call &c, int i) { return c.given(i) ? c.ints(i) : std::vector<int64_t>(); }

// The kernel computes in the result's dtype; `in` is what the page says the sum is made in.
void reduce(Call &c, const char *kernel, const View &x, int64_t mask, bool keep, const View &out, DType in,
            std::vector<Scalar> more = {}, bool with_count = false) {
  View target = out.dtype == in ? out : c.like(out, in);
  Plan p = plan_for(c, x, mask, keep, target);
  std::vector<Scalar> scalars{whole(p.mask)};
  if (with_count) scalars.push_back(fraction(p.count));
  scalars.insert(scalars.end(), more.begin(), more.end());
  c.run(kernel, {p.shaped, x}, scalars);
  if (out.dtype != in) c.run("copy", {out, target});
}

// Statistics of a view without elements along what is reduced have no kernel to ask: NaN, as the formula says.
void moments(Call &c, const View &x, int64_t mask, bool keep, double correction, bool root, const View &out,
             const View &mean) {
  Plan p = plan_for(c, x, mask, keep, out);
  View second;
  if (!mean.none()) second = plan_for(c, x, mask, keep, mean).shaped;
  c.run("moments", {p.shaped, second, x}, {whole(mask), fraction(correction), whole(root)});
}

}  // namespace

// math/reduce_sum, math/reduce_mean: (self, dims, keepDims, dtype, out)
OPERATOR(aclnnReduceSum) {
  View x = c.tensor(0);
  reduce(c, "sum", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(4), c.dtype(3));
}
OPERATOR(aclnnReduceNansum) {
  View x = c.tensor(0);
  DType d = c.dtype(3);
  reduce(c, mt::is_floating(d) ? "nansum" : "sum", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(4), d);
}
OPERATOR(aclnnMean) {
  View x = c.tensor(0);
  DType d = c.dtype(3);
  c.need(!mt::is_integral(d), "argument dtype: a mean is floating or complex");
  reduce(c, "mean", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(4), d, {}, true);
}
// (self, dim, keepDim, out)
OPERATOR(aclnnAmax) {
  View x = c.tensor(0);
  reduce(c, "amax", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(3), x.dtype);
}
OPERATOR(aclnnAmin) {
  View x = c.tensor(0);
  reduce(c, "amin", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(3), x.dtype);
}
OPERATOR(aclnnAny) {
  View x = c.tensor(0);
  reduce(c, "any", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(3), DType::Bool);
}
OPERATOR(aclnnAll) {
  View x = c.tensor(0);
  reduce(c, "all", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(3), DType::Bool);
}
OPERATOR(aclnnLogSumExp) {
  View x = c.tensor(0);
  reduce(c, "logsumexp", x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(2), c.tensor(3), floating(x.dtype));
}
// (self, out): over everything
namespace {
void of_all(Call &c, const char *kernel) {
  View x = c.tensor(0);
  c.need(x.numel() > 0, "an empty tensor has no such element");
  reduce(c, kernel, x, (int64_t{1} << x.ndim) - 1, false, c.tensor(1), x.dtype);
}
}  // namespace
OPERATOR(aclnnMax) { of_all(c, "amax"); }
OPERATOR(aclnnMin) { of_all(c, "amin"); }
// math/reduce_prod: (self, dtype, out) gives one element, of shape (1) or without dimensions; (self, dim, keepDim,
// dtype, out)
OPERATOR(aclnnProd) {
  View x = c.tensor(0), out = c.tensor(2);
  c.need(out.numel() == 1, "argument out: one element");
  out.ndim = 0;
  reduce(c, "prod", x, (int64_t{1} << x.ndim) - 1, false, out, c.dtype(1));
}
OPERATOR(aclnnProdDim) {
  View x = c.tensor(0);
  reduce(c, "prod", x, int64_t{1} << dimension(c, c.integer(1), x.ndim), c.flag(2), c.tensor(4), c.dtype(3));
}
// math/arg_max_v2: (self, dim, keepdim, out)
namespace {
void where(Call &c, const char *kernel) {
  View x = c.tensor(0);
  int d = dimension(c, c.integer(1), x.ndim);
  c.need(x.ndim == 0 || x.shape[d] > 0, "an empty dimension has no such element");
  reduce(c, kernel, x, x.ndim ? int64_t{1} << d : 0, c.flag(2), c.tensor(3), DType::I64);
}
// (self, dim, keepdim, out, indices)
void value_and_where(Call &c, const char *kernel) {
  View x = c.tensor(0), out = c.tensor(3), indices = c.tensor(4);
  int d = dimension(c, c.integer(1), x.ndim);
  c.need(x.ndim == 0 || x.shape[d] > 0, "an empty dimension has no such element");
  c.need(out.dtype == x.dtype, "argument out: the dtype of self");
  int64_t mask = x.ndim ? int64_t{1} << d : 0;
  View places = c.result(indices, DType::I64);
  Plan value = plan_for(c, x, mask, c.flag(2), out), place = plan_for(c, x, mask, c.flag(2), places);
  c.run(kernel, {value.shaped, place.shaped, x}, {whole(mask)});
}
}  // namespace
OPERATOR(aclnnArgMax) { where(c, "argmax"); }
OPERATOR(aclnnArgMin) { where(c, "argmin"); }
OPERATOR(aclnnMaxDim) { value_and_where(c, "max_dim"); }
OPERATOR(aclnnMinDim) { value_and_where(c, "min_dim"); }

// math/std, math/var, math/var_mean: (self, dim, correction, keepdim, ...); the last is correction, 1 for the sample's
OPERATOR(aclnnStd) {
  View x = c.tensor(0);
  moments(c, x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(3), static_cast<double>(c.integer(2)), true, c.tensor(4),
          View());
}
OPERATOR(aclnnVarCorrection) {
  View x = c.tensor(0);
  moments(c, x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(3), static_cast<double>(c.integer(2)), false, c.tensor(4),
          View());
}
OPERATOR(aclnnVarMean) {
  View x = c.tensor(0);
  moments(c, x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(3), static_cast<double>(c.integer(2)), false, c.tensor(4),
          c.tensor(5));
}
OPERATOR(aclnnStdMeanCorrection) {
  View x = c.tensor(0);
  moments(c, x, mask_of(c, dims_of(c, 1), x.ndim), c.flag(3), static_cast<double>(c.integer(2)), true, c.tensor(4),
          c.tensor(5));
}
// norm/norm: (self, pScalar, dim, keepdim, out); an absent p is 2
OPERATOR(aclnnNorm) {
  View x = c.tensor(0), out = c.tensor(4);
  reduce(c, "norm", x, mask_of(c, dims_of(c, 2), x.ndim), c.flag(3), out, x.dtype,
         {c.given(1) ? c.number(1) : fraction(2)});
}
// (self, ord, dims, keepDims, dtype, out)
OPERATOR(aclnnLinalgVectorNorm) {
  View x = c.tensor(0);
  reduce(c, "norm", x, mask_of(c, dims_of(c, 2), x.ndim), c.flag(3), c.tensor(5), c.dtype(4), {c.number(1)});
}
// (self, out): the sum of the diagonal of a matrix
OPERATOR(aclnnTrace) {
  View x = c.tensor(0), out = c.tensor(1);
  c.need(x.ndim == 2, "argument self: a matrix");
  View diagonal = x;
  diagonal.ndim = 1;
  diagonal.shape[0] = std::min(x.shape[0], x.shape[1]);
  diagonal.stride[0] = x.stride[0] + x.stride[1];
  reduce(c, "sum", diagonal, 1, false, out, out.dtype);
}
// ---- along one dimension ----
// (self, dim, dtype, out)
OPERATOR(aclnnCumsum) {
  View x = c.tensor(0), out = c.tensor(3);
  need_shape(c, out, shape_of(x), "out");
  View target = c.result(out, c.dtype(2));
  c.run("cumsum", {target, x}, {whole(dimension(c, c.integer(1), x.ndim))});
}
namespace {
void running(Call &c, const char *kernel) {  // (self, dim, valuesOut, indicesOut)
  View x = c.tensor(0), values = c.tensor(2);
  need_shape(c, values, shape_of(x), "valuesOut");
  need_shape(c, c.tensor(3), shape_of(x), "indicesOut");
  c.need(values.dtype == x.dtype, "argument valuesOut: the dtype of self");
  c.run(kernel, {c.result(values), c.result(c.tensor(3), DType::I64), x}, {whole(dimension(c, c.integer(1), x.ndim))});
}
// softmax: (self, dim, out) and (gradOutput, output, dim, out). The dtype of the result is the one computed in.
void along(Call &c, const char *kernel, int operands) {
  View out = c.tensor(operands + 1), x = c.tensor(operands - 1);
  int d = dimension(c, c.integer(operands), x.ndim);
  DType in = floating(out.dtype);
  std::vector<View> views{c.result(out, in)};
  for (int k = 0; k < operands; ++k) {
    need_shape(c, c.tensor(k), shape_of(out), "an operand");
    views.push_back(c.dense(c.tensor(k), in));
  }
  c.run(kernel, views, {whole(d)});
}
}  // namespace
OPERATOR(aclnnCummax) { running(c, "cummax"); }
OPERATOR(aclnnCummin) { running(c, "cummin"); }
OPERATOR(aclnnSoftmax) { along(c, "softmax", 1); }
OPERATOR(aclnnLogSoftmax) { along(c, "log_softmax", 1); }
OPERATOR(aclnnSoftmaxBackward) { along(c, "softmax_backward", 2); }
OPERATOR(aclnnLogSoftmaxBackward) { along(c, "log_softmax_backward", 2); }

// ---- order ----
namespace {
// value and place for each slice along dim
void ordered(Call &c, const char *kernel, const View &x, const View &values, const View &indices,
             std::vector<Scalar> scalars) {
  c.need(values.dtype == x.dtype, "argument valuesOut: the dtype of self");
  c.run(kernel, {c.result(values), c.result(indices, DType::I64), c.dense(x)}, std::move(scalars));
}
}  // namespace
// (self, stable, dim, descending, valuesOut, indicesOut)
OPERATOR(aclnnSort) {
  View x = c.tensor(0);
  need_shape(c, c.tensor(4), shape_of(x), "valuesOut");
  need_shape(c, c.tensor(5), shape_of(x), "indicesOut");
  ordered(c, "sort", x, c.tensor(4), c.tensor(5), {whole(dimension(c, c.integer(2), x.ndim)), whole(c.flag(3))});
}
// (self, k, dim, largest, sorted, valuesOut, indicesOut)
OPERATOR(aclnnTopk) {
  View x = c.tensor(0);
  int d = dimension(c, c.integer(2), x.ndim);
  int64_t k = c.integer(1);
  c.need(k >= 0 && k <= (x.ndim ? x.shape[d] : 1), "argument k: more than the dimension has");
  std::vector<int64_t> shape = shape_of(x);
  if (x.ndim) shape[static_cast<size_t>(d)] = k;
  need_shape(c, c.tensor(5), shape, "valuesOut");
  need_shape(c, c.tensor(6), shape, "indicesOut");
  ordered(c, "topk", x, c.tensor(5), c.tensor(6), {whole(d), whole(k), whole(c.flag(3))});
}
namespace {
void one_of_order(Call &c, const View &x, int d, bool keep, const View &values, const View &indices, int64_t kind,
                  int64_t k) {
  c.need(x.ndim == 0 || x.shape[d] > 0, "an empty dimension has no such element");
  int64_t mask = x.ndim ? int64_t{1} << d : 0;
  plan_for(c, x, mask, keep, values);
  plan_for(c, x, mask, keep, indices);
  ordered(c, "select_kth", x, values, indices, {whole(d), whole(kind), whole(k)});
}
}  // namespace
// (self, k, dim, keepdim, valuesOut, indicesOut): the k-th smallest, from 1
OPERATOR(aclnnKthvalue) {
  View x = c.tensor(0);
  int d = dimension(c, c.integer(2), x.ndim);
  c.need(c.integer(1) >= 1 && c.integer(1) <= (x.ndim ? x.shape[d] : 1), "argument k: outside the dimension");
  one_of_order(c, x, d, c.flag(3), c.tensor(4), c.tensor(5), 0, c.integer(1) - 1);
}
// (self, dim, keepDim, valuesOut, indicesOut)
OPERATOR(aclnnMedianDim) {
  View x = c.tensor(0);
  one_of_order(c, x, dimension(c, c.integer(1), x.ndim), c.flag(2), c.tensor(3), c.tensor(4), 1, 0);
}
// (self, valuesOut)
OPERATOR(aclnnMedian) {
  View x = c.dense(c.tensor(0)), out = c.tensor(1);
  c.need(x.numel() > 0, "an empty tensor has no median");
  c.need(out.numel() == 1, "argument valuesOut: one element");
  View flat = x, value = out;
  flat.ndim = 1, flat.shape[0] = x.numel(), flat.stride[0] = 1;
  value.ndim = 0;
  ordered(c, "select_kth", flat, value, c.temporary(DType::I64, {}), {whole(0), whole(1), whole(0)});
}

}  // namespace softcann
