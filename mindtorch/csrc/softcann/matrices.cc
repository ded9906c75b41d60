// Products of matrices. Pages: ops-nn matmul/<operator>/docs. cubeMathType, the last argument, chooses among roundings
// of the cube unit, which are not modelled: products are those of KEEP_DTYPE.
#include "call.h"

namespace softcann {
namespace {

View insert(View v, int at) {
  for (int d = v.ndim; d > at; --d) v.shape[d] = v.shape[d - 1], v.stride[d] = v.stride[d - 1];
  v.shape[at] = 1;
  v.stride[at] = 0;
  ++v.ndim;
  return v;
}

// The leading dimensions of v as those of out, repeated where v has none or one.
View batched(Call &c, const View &v, const View &out) {
  View r = v;
  int lead = out.ndim - v.ndim;
  c.need(lead >= 0, "an operand has more dimensions than the result");
  r.ndim = out.ndim;
  for (int d = 0; d < out.ndim; ++d) {
    bool matrix = d >= out.ndim - 2, repeats = d < lead || (!matrix && v.shape[d - lead] == 1);
    r.shape[d] = matrix ? v.shape[d - lead] : out.shape[d];
    r.stride[d] = repeats ? 0 : v.stride[d - lead];
    c.need(repeats || matrix || v.shape[d - lead] == out.shape[d], "batches do not broadcast");
  }
  return r;
}

// out = alpha * a b + beta * add; operands in the dtype that they promote to
void product(Call &c, const View &out, const View &a, const View &b, const View &add, double alpha, double beta) {
  c.need(a.ndim >= 2 && b.ndim >= 2 && out.ndim >= 2, "matrices are needed");
  c.need(a.shape[a.ndim - 1] == b.shape[b.ndim - 2], "inner sizes differ");
  c.need(out.shape[out.ndim - 2] == a.shape[a.ndim - 2] && out.shape[out.ndim - 1] == b.shape[b.ndim - 1],
         "argument out: another size than the product");
  DType in = promote(c, a.dtype, b.dtype);
  View x = batched(c, a.dtype == in ? a : c.dense(a, in), out),
       y = batched(c, b.dtype == in ? b : c.dense(b, in), out);
  View target = out.dtype == in ? out : c.like(out, in);
  View start;
  if (!add.none()) start = expand(c, add.dtype == in ? add : c.dense(add, in), out);
  auto factor = [&](double v) { return mt::is_integral(in) ? whole(static_cast<int64_t>(v)) : fraction(v); };
  c.run("matmul", {target, x, y, start}, {factor(alpha), factor(beta)});
  if (out.dtype != in) c.run("copy", {out, target});
}

void times(Call &c, const View &a, const View &b, View out, const View &add = View(), double alpha = 1,
           double beta = 0) {
  bool row = a.ndim == 1, column = b.ndim == 1;
  c.need(a.ndim > 0 && b.ndim > 0, "an operand without dimensions");
  c.need(out.ndim == std::max(std::max(int{a.ndim}, int{b.ndim}) - 2, 0) + !row + !column,
         "argument out: another number of dimensions than the product");
  View start = add;
  if (column) out = insert(out, out.ndim);
  if (row) out = insert(out, out.ndim - 1);
  if (!start.none() && column) start = insert(start, start.ndim);
  product(c, out, row ? insert(a, 0) : a, column ? insert(b, 1) : b, start, alpha, beta);
}

}  // namespace

// (self, mat2, out, cubeMathType)
OPERATOR(aclnnMatmul) { times(c, c.tensor(0), c.tensor(1), c.tensor(2)); }
OPERATOR(aclnnMm) {
  c.need(c.tensor(0).ndim == 2 && c.tensor(1).ndim == 2, "two matrices are needed");
  times(c, c.tensor(0), c.tensor(1), c.tensor(2));
}
OPERATOR(aclnnBatchMatMul) {
  c.need(c.tensor(0).ndim == 3 && c.tensor(1).ndim == 3, "two batches of matrices are needed");
  times(c, c.tensor(0), c.tensor(1), c.tensor(2));
}
OPERATOR(aclnnMv) {
  c.need(c.tensor(0).ndim == 2 && c.tensor(1).ndim == 1, "a matrix and a vector are needed");
  times(c, c.tensor(0), c.tensor(1), c.tensor(2));
}
OPERATOR(aclnnDot) {  // (self, tensor, out)
  View x = c.tensor(0), y = c.tensor(1), out = c.tensor(2);
  c.need(x.ndim == 1 && y.ndim == 1 && x.shape[0] == y.shape[0] && out.numel() == 1,
         "two vectors of one length are needed");
  out.ndim = 0;
  times(c, x, y, out);
}
// beta * self + alpha * (mat1 @ mat2): (self, mat1, mat2, beta, alpha, out, cubeMathType)
OPERATOR(aclnnAddmm) {
  c.need(c.tensor(1).ndim == 2 && c.tensor(2).ndim == 2, "two matrices are needed");
  product(c, c.tensor(5), c.tensor(1), c.tensor(2), c.tensor(0), c.number(4).real(), c.number(3).real());
}
// (selfRef, mat1, mat2, beta, alpha, cubeMathType)
OPERATOR(aclnnInplaceAddmm) {
  c.need(c.tensor(1).ndim == 2 && c.tensor(2).ndim == 2, "two matrices are needed");
  product(c, c.tensor(0), c.tensor(1), c.tensor(2), c.tensor(0), c.number(4).real(), c.number(3).real());
}
// (self, batch1, batch2, beta, alpha, out, cubeMathType)
OPERATOR(aclnnBaddbmm) {
  c.need(c.tensor(1).ndim == 3 && c.tensor(2).ndim == 3, "two batches of matrices are needed");
  product(c, c.tensor(5), c.tensor(1), c.tensor(2), c.tensor(0), c.number(4).real(), c.number(3).real());
}
// the same, summed over the batch: the products side by side are one product
OPERATOR(aclnnAddbmm) {
  View a = c.tensor(1), b = c.tensor(2);
  c.need(a.ndim == 3 && b.ndim == 3 && a.shape[0] == b.shape[0] && a.shape[2] == b.shape[1],
         "two batches of matrices that fit are needed");
  View rows = a, wide = c.temporary(a.dtype, {a.shape[1], a.shape[0], a.shape[2]}), tall = c.dense(b);
  std::swap(rows.shape[0], rows.shape[1]);
  std::swap(rows.stride[0], rows.stride[1]);
  c.run("copy", {wide, rows});
  auto matrix = [](View v, int64_t r, int64_t q) {
    v.ndim = 2;
    v.shape[0] = r, v.shape[1] = q;
    v.stride[0] = q, v.stride[1] = 1;
    return v;
  };
  product(c, c.tensor(5), matrix(wide, a.shape[1], a.shape[0] * a.shape[2]),
          matrix(tall, b.shape[0] * b.shape[1], b.shape[2]), c.tensor(0), c.number(4).real(), c.number(3).real());
}
// beta * self + alpha * (mat @ vec): (self, mat, vec, alpha, beta, out, cubeMathType)
OPERATOR(aclnnAddmv) {
  View mat = c.tensor(1), vec = c.tensor(2), out = c.tensor(5);
  c.need(mat.ndim == 2 && vec.ndim == 1, "a matrix and a vector are needed");
  times(c, mat, vec, out, expand(c, c.tensor(0), out), c.number(3).real(), c.number(4).real());
}
// beta * selfRef + alpha * outer(vec1, vec2): (selfRef, vec1, vec2, beta, alpha), numbers may be absent
OPERATOR(aclnnInplaceAddr) {
  View x = c.tensor(1), y = c.tensor(2);
  c.need(x.ndim == 1 && y.ndim == 1, "two vectors are needed");
  product(c, c.tensor(0), insert(x, 1), insert(y, 0), c.tensor(0), c.given(4) ? c.number(4).real() : 1,
          c.given(3) ? c.number(3).real() : 1);
}

}  // namespace softcann
