// Optimizers. Pages: ops-nn optim/<operator>/docs.
#include <cmath>

#include "call.h"

namespace softcann {

// (varRef, mRef, vRef, maxGradNormOptionalRef, grad, step, lr, beta1, beta2, weightDecay, eps, amsgrad, maximize),
// decay apart from the gradient. `step` counts the steps done before this one: the operator's own source adds 1 to it,
// and does not write it.
OPERATOR(aclnnApplyAdamWV2) {
  View var = c.tensor(0), g = c.tensor(4), step = c.tensor(5), most = c.flag(11) ? c.tensor(3) : View();
  for (int i : {1, 2, 4}) need_shape(c, c.tensor(i), shape_of(var), "a tensor beside varRef");
  if (!most.none()) need_shape(c, most, shape_of(var), "maxGradNormOptionalRef");
  c.need(step.numel() == 1, "argument step: one element");
  step.ndim = 0;
  auto refreshed = [&](const View &v, DType d) {  // read and written
    View own = c.result(v, d);
    if (!v.none() && (v.dtype != d || !v.contiguous())) c.run("copy", {own, v});
    return own;
  };
  View p = refreshed(var, var.dtype), m = refreshed(c.tensor(1), var.dtype), v = refreshed(c.tensor(2), var.dtype),
       top = refreshed(most, var.dtype);
  View count = c.temporary(DType::F32, {});
  Number one(whole(1));
  c.run("add", {count, step, one.view}, {code(DType::F32), whole(1)});
  c.run("adam", {p, c.dense(g, var.dtype), m, v, top, count, View(), View()},
        {whole(1), whole(0), fraction(c.real(6)), fraction(c.real(7)), fraction(c.real(8)), fraction(c.real(9)),
         fraction(c.real(10)), whole(c.flag(12)), whole(1), whole(0)});
}

}  // namespace softcann
