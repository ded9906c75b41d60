// Element-wise operators. Their pages are in ops-math under math/<operator>/docs and conversion/, in ops-nn under
// activation/<operator>/docs and loss/; the argument order beside each is theirs. Computed in the dtype that the
// operands promote to, stored as the result's dtype.
#include <cmath>

#include "call.h"

namespace softcann {
namespace {

// (self, out): integers become FLOAT where the function has no integer results.
enum Integers { kKept, kFloat };
void unary(Call &c, const char *kernel, Integers integers, int self, int out, std::vector<Scalar> attributes = {}) {
  View x = c.tensor(self), y = c.tensor(out);
  DType common = integers == kKept                                       ? x.dtype
                 : mt::is_integral(x.dtype) && !mt::is_integral(y.dtype) ? y.dtype
                                                                         : floating(x.dtype);
  pointwise(c, kernel, y, {x}, common, std::move(attributes));
}
void test(Call &c, const char *kernel) {  // (self, out)
  View x = c.tensor(0);
  pointwise(c, kernel, c.tensor(1), {x}, x.dtype, {}, true);
}
enum Form { kPlain, kFloating, kCompares };
void binary(Call &c, const char *kernel, Form form, const View &out, const View &x, const View &y,
            std::vector<Scalar> attributes = {}) {
  DType common = promote(c, x.dtype, y.dtype);
  if (form == kFloating) common = floating(common);
  pointwise(c, kernel, out, {x, y}, common, std::move(attributes), form == kCompares);
}
void with_number(Call &c, const char *kernel, Form form, const View &out, const View &x, const Scalar &s,
                 std::vector<Scalar> attributes = {}, bool first = false) {
  Number y(s);
  DType common = promote(c, x.dtype, s);
  if (form == kFloating) common = floating(common);
  if (first) pointwise(c, kernel, out, {y.view, x}, common, std::move(attributes), form == kCompares);
  else pointwise(c, kernel, out, {x, y.view}, common, std::move(attributes), form == kCompares);
}

}  // namespace

// ---- (self, out) ----
#define UNARY(name, kernel, integers) \
  OPERATOR(aclnn##name) { unary(c, kernel, integers, 0, 1); }
#define UNARY_INPLACE(name, kernel, integers) \
  OPERATOR(aclnnInplace##name) { unary(c, kernel, integers, 0, 0); }
OPERATOR(aclnnAbs) {  // a complex operand has a real result
  View x = c.tensor(0), out = c.tensor(1);
  if (!mt::is_complex(x.dtype)) return unary(c, "abs", kKept, 0, 1);
  View own = c.result(out, x.dtype == DType::C64 ? DType::F32 : DType::F64);
  need_shape(c, out, shape_of(x), "out");
  c.run("abs", {own, x}, {code(x.dtype)});
}
UNARY(Neg, "neg", kKept)
UNARY(Sign, "sign", kKept)
UNARY(Floor, "floor", kKept)
UNARY(Ceil, "ceil", kKept)
UNARY(Trunc, "trunc", kKept)
UNARY(Frac, "frac", kKept)
UNARY(Relu, "relu", kKept)
UNARY(BitwiseNot, "bitwise_not", kKept)
UNARY(Acos, "acos", kFloat)
UNARY(Acosh, "acosh", kFloat)
UNARY(Asin, "asin", kFloat)
UNARY(Asinh, "asinh", kFloat)
UNARY(Atan, "atan", kFloat)
UNARY(Atanh, "atanh", kFloat)
UNARY(Cos, "cos", kFloat)
UNARY(Cosh, "cosh", kFloat)
UNARY(Erf, "erf", kFloat)
UNARY(Erfc, "erfc", kFloat)
UNARY(Erfinv, "erfinv", kFloat)
UNARY(Exp, "exp", kFloat)
UNARY(Exp2, "exp2", kFloat)
UNARY(Expm1, "expm1", kFloat)
UNARY(Log, "log", kFloat)
UNARY(Log10, "log10", kFloat)
UNARY(Log1p, "log1p", kFloat)
UNARY(Log2, "log2", kFloat)
UNARY(Reciprocal, "reciprocal", kFloat)
UNARY(Rsqrt, "rsqrt", kFloat)
UNARY(Sigmoid, "sigmoid", kFloat)
UNARY(Sin, "sin", kFloat)
UNARY(Sinc, "sinc", kFloat)
UNARY(Sinh, "sinh", kFloat)
UNARY(Sqrt, "sqrt", kFloat)
UNARY(Tan, "tan", kFloat)
UNARY(Tanh, "tanh", kFloat)
UNARY(Silu, "silu", kFloat)
UNARY(Mish, "mish", kFloat)
UNARY(Hardswish, "hardswish", kFloat)
UNARY(Hardsigmoid, "hardsigmoid", kFloat)
UNARY(Gelu, "gelu_tanh", kFloat)  // its page gives the formula with tanh; GeluV2 has both
UNARY_INPLACE(Erfinv, "erfinv", kFloat)
UNARY_INPLACE(Exp, "exp", kFloat)
UNARY_INPLACE(Floor, "floor", kKept)
UNARY_INPLACE(Log, "log", kFloat)
UNARY_INPLACE(Relu, "relu", kKept)
UNARY_INPLACE(Sigmoid, "sigmoid", kFloat)
UNARY_INPLACE(Tanh, "tanh", kFloat)
OPERATOR(aclnnLogicalNot) {
  View x = c.tensor(0);
  pointwise(c, "logical_not", c.tensor(1), {x}, x.dtype, {}, true);
}
OPERATOR(aclnnIsFinite) { test(c, "isfinite"); }
OPERATOR(aclnnIsInf) { test(c, "isinf"); }
OPERATOR(aclnnIsNegInf) { test(c, "isneginf"); }
// (x, approximate: 0 none, 1 tanh, y)
OPERATOR(aclnnGeluV2) {
  int64_t how = c.integer(1);
  c.need(how == 0 || how == 1, "argument approximate: 0 and 1 are documented");
  unary(c, how ? "gelu_tanh" : "gelu_none", kFloat, 0, 2);
}
// (self, decimals, out)
OPERATOR(aclnnRoundDecimals) {
  int64_t n = c.integer(1);
  if (n == 0) unary(c, "round", kKept, 0, 2);
  else
    unary(c, "round_decimals", kKept, 0, 2,
          {fraction(std::pow(10.0, static_cast<double>(std::llabs(n)))), whole(n < 0)});
}
// (self, nan, posinf, neginf, out)
OPERATOR(aclnnNanToNum) {
  unary(c, "nan_to_num", kKept, 0, 4, {fraction(c.real(1)), fraction(c.real(2)), fraction(c.real(3))});
}

// ---- (self, other, out), (selfRef, other) ----
#define BINARY(name, kernel, form) \
  OPERATOR(aclnn##name) { binary(c, kernel, form, c.tensor(2), c.tensor(0), c.tensor(1)); }
#define BINARY_INPLACE(name, kernel, form) \
  OPERATOR(aclnnInplace##name) { binary(c, kernel, form, c.tensor(0), c.tensor(0), c.tensor(1)); }
#define NUMBER(name, kernel, form) \
  OPERATOR(aclnn##name) { with_number(c, kernel, form, c.tensor(2), c.tensor(0), c.number(1)); }
#define NUMBER_INPLACE(name, kernel, form) \
  OPERATOR(aclnnInplace##name) { with_number(c, kernel, form, c.tensor(0), c.tensor(0), c.number(1)); }
#define NUMBER_FIRST(name, kernel, form) \
  OPERATOR(aclnn##name) { with_number(c, kernel, form, c.tensor(2), c.tensor(1), c.number(0), {}, true); }
BINARY(Mul, "mul", kPlain)
BINARY(Div, "div", kFloating)
BINARY(FloorDivide, "div_floor", kPlain)
BINARY(RemainderTensorTensor, "remainder", kPlain)
BINARY(FmodTensor, "fmod", kPlain)
BINARY(PowTensorTensor, "pow", kPlain)
BINARY(Maximum, "maximum", kPlain)
BINARY(Minimum, "minimum", kPlain)
BINARY(Atan2, "atan2", kFloating)
BINARY(BitwiseAndTensor, "bitwise_and", kPlain)
BINARY(BitwiseOrTensor, "bitwise_or", kPlain)
BINARY(BitwiseXorTensor, "bitwise_xor", kPlain)
BINARY(LeftShift, "bitwise_left_shift", kPlain)
BINARY(Gcd, "gcd", kPlain)
BINARY(LogAddExp, "logaddexp", kFloating)
BINARY(LogAddExp2, "logaddexp2", kFloating)
BINARY(XLogYTensor, "xlogy", kFloating)
BINARY(LogicalAnd, "logical_and", kCompares)
BINARY(LogicalOr, "logical_or", kCompares)
BINARY(LogicalXor, "logical_xor", kCompares)
BINARY(EqTensor, "eq", kCompares)
BINARY(NeTensor, "ne", kCompares)
BINARY(LtTensor, "lt", kCompares)
BINARY(LeTensor, "le", kCompares)
BINARY(GtTensor, "gt", kCompares)
BINARY(GeTensor, "ge", kCompares)
BINARY_INPLACE(Mul, "mul", kPlain)
BINARY_INPLACE(Div, "div", kFloating)
BINARY_INPLACE(FloorDivide, "div_floor", kPlain)
BINARY_INPLACE(RemainderTensorTensor, "remainder", kPlain)
NUMBER(Muls, "mul", kPlain)
NUMBER(Divs, "div", kFloating)
NUMBER(FloorDivides, "div_floor", kPlain)
NUMBER(RemainderTensorScalar, "remainder", kPlain)
NUMBER(FmodScalar, "fmod", kPlain)
NUMBER(PowTensorScalar, "pow", kPlain)
NUMBER(BitwiseAndScalar, "bitwise_and", kPlain)
NUMBER(BitwiseOrScalar, "bitwise_or", kPlain)
NUMBER(BitwiseXorScalar, "bitwise_xor", kPlain)
NUMBER(XLogYScalarOther, "xlogy", kFloating)
NUMBER(EqScalar, "eq", kCompares)
NUMBER(NeScalar, "ne", kCompares)
NUMBER(LtScalar, "lt", kCompares)
NUMBER(GeScalar, "ge", kCompares)
NUMBER(GtScalar, "gt", kCompares)
NUMBER(LeScalar, "le", kCompares)
NUMBER(ClampMin, "clamp_min", kPlain)
NUMBER(ClampMax, "clamp_max", kPlain)
NUMBER_INPLACE(Muls, "mul", kPlain)
NUMBER_INPLACE(Divs, "div", kFloating)
NUMBER_INPLACE(FloorDivides, "div_floor", kPlain)
NUMBER_INPLACE(RemainderTensorScalar, "remainder", kPlain)
NUMBER_FIRST(PowScalarTensor, "pow", kPlain)
NUMBER_FIRST(RemainderScalarTensor, "remainder", kPlain)
NUMBER_FIRST(XLogYScalarSelf, "xlogy", kFloating)

// math/add, math/sub: out = self +- alpha * other. (self, other, alpha, out), (selfRef, other, alpha)
#define SCALED(name, kernel)                                                                                         \
  OPERATOR(aclnn##name) { binary(c, kernel, kPlain, c.tensor(3), c.tensor(0), c.tensor(1), {c.number(2)}); }         \
  OPERATOR(aclnnInplace##name) { binary(c, kernel, kPlain, c.tensor(0), c.tensor(0), c.tensor(1), {c.number(2)}); }  \
  OPERATOR(aclnn##name##s) { with_number(c, kernel, kPlain, c.tensor(3), c.tensor(0), c.number(1), {c.number(2)}); } \
  OPERATOR(aclnnInplace##name##s) {                                                                                  \
    with_number(c, kernel, kPlain, c.tensor(0), c.tensor(0), c.number(1), {c.number(2)});                            \
  }
SCALED(Add, "add")
SCALED(Sub, "sub")

// math/div: (self, other, mode: 0 as it is, 1 towards zero, 2 downwards, out)
namespace {
const char *quotient(Call &c, int64_t mode) {
  c.need(mode >= 0 && mode <= 2, "argument mode: 0, 1 and 2 are documented");
  return mode == 0 ? "div" : mode == 1 ? "div_trunc" : "div_floor";
}
}  // namespace
OPERATOR(aclnnDivMod) {
  binary(c, quotient(c, c.integer(2)), c.integer(2) ? kPlain : kFloating, c.tensor(3), c.tensor(0), c.tensor(1));
}
OPERATOR(aclnnInplaceDivMod) {
  binary(c, quotient(c, c.integer(2)), c.integer(2) ? kPlain : kFloating, c.tensor(0), c.tensor(0), c.tensor(1));
}
OPERATOR(aclnnDivMods) {
  with_number(c, quotient(c, c.integer(2)), c.integer(2) ? kPlain : kFloating, c.tensor(3), c.tensor(0), c.number(1));
}
OPERATOR(aclnnInplaceDivMods) {
  with_number(c, quotient(c, c.integer(2)), c.integer(2) ? kPlain : kFloating, c.tensor(0), c.tensor(0), c.number(1));
}

// ---- three operands ----
// math/addcmul, math/addcdiv: self + value * tensor1 (* or /) tensor2. (self, tensor1, tensor2, value, out)
namespace {
void three(Call &c, const char *kernel, const View &out, const View &x, const View &y, const View &z,
           std::vector<Scalar> attributes = {}, bool only_floating = false) {
  DType common = promote(c, promote(c, x.dtype, y.dtype), z.dtype);
  pointwise(c, kernel, out, {x, y, z}, only_floating ? floating(common) : common, std::move(attributes));
}
}  // namespace
OPERATOR(aclnnAddcmul) { three(c, "addcmul", c.tensor(4), c.tensor(0), c.tensor(1), c.tensor(2), {c.number(3)}); }
OPERATOR(aclnnAddcdiv) {
  three(c, "addcdiv", c.tensor(4), c.tensor(0), c.tensor(1), c.tensor(2), {c.number(3)}, true);
}
// math/lerp: (self, end, weight, out)
OPERATOR(aclnnLerp) { three(c, "lerp", c.tensor(3), c.tensor(0), c.tensor(1), c.tensor(2), {}, true); }
OPERATOR(aclnnLerps) {
  Number weight(c.number(2));
  View x = c.tensor(0), y = c.tensor(1);
  pointwise(c, "lerp", c.tensor(3), {x, y, weight.view}, floating(promote(c, x.dtype, y.dtype)));
}
// math/clip: (self, clipValueMin, clipValueMax, out); either bound may be absent
OPERATOR(aclnnClamp) {
  View x = c.tensor(0), out = c.tensor(3);
  c.need(c.given(1) || c.given(2), "one of the bounds must be given");
  if (!c.given(2)) return with_number(c, "clamp_min", kPlain, out, x, c.number(1));
  if (!c.given(1)) return with_number(c, "clamp_max", kPlain, out, x, c.number(2));
  Scalar low = c.number(1), high = c.number(2);
  Number least(low), most(high);
  pointwise(c, "clamp", out, {x, least.view, most.view}, promote(c, promote(c, x.dtype, low), high));
}
OPERATOR(aclnnClampTensor) {
  View x = c.tensor(0), out = c.tensor(3);
  c.need(c.given(1) || c.given(2), "one of the bounds must be given");
  if (!c.given(2)) return binary(c, "clamp_min", kPlain, out, x, c.tensor(1));
  if (!c.given(1)) return binary(c, "clamp_max", kPlain, out, x, c.tensor(2));
  three(c, "clamp", out, x, c.tensor(1), c.tensor(2));
}
// math/s_where: (condition, self, other, out)
namespace {
void choose(Call &c, const View &out, const View &condition, const View &x, const View &y) {
  c.need(condition.dtype == DType::Bool || condition.dtype == DType::U8,
         "argument condition: BOOL and UINT8 are documented");
  View mask = condition;
  mask.dtype = DType::Bool;
  DType common = promote(c, x.dtype, y.dtype);
  for (const View &v : {condition, x, y}) expand(c, v, out);
  View target = out.dtype == common ? out : c.like(out, common);
  c.run("where", {target, expand(c, mask, out), expand(c, x, out), expand(c, y, out)});
  if (out.dtype != common) c.run("copy", {out, target});
}
}  // namespace
OPERATOR(aclnnSWhere) { choose(c, c.tensor(3), c.tensor(0), c.tensor(1), c.tensor(2)); }
// math/is_close: |self - other| <= atol + rtol * |other|. (self, other, rtol, atol, equalNan, out)
OPERATOR(aclnnIsClose) {
  View x = c.tensor(0), y = c.tensor(1), out = c.tensor(5);
  View a = c.dense(expand(c, x, out), DType::F64), b = c.dense(expand(c, y, out), DType::F64),
       r = c.result(out, DType::Bool);
  double rtol = c.real(2), atol = c.real(3);
  bool nan = c.flag(4);
  c.compute([&] {
    auto *p = a.as<double>(), *q = b.as<double>();
    for (int64_t i = 0, n = r.numel(); i < n; ++i) {
      bool close = p[i] == q[i] || (std::isfinite(p[i]) && std::isfinite(q[i]) &&
                                    std::fabs(p[i] - q[i]) <= atol + rtol * std::fabs(q[i]));
      r.as<uint8_t>()[i] = close || (nan && p[i] != p[i] && q[i] != q[i]);
    }
  });
}

// ---- activations with numbers ----
// activation/*: (self, numbers ..., out)
OPERATOR(aclnnLeakyRelu) { unary(c, "leaky_relu", kFloat, 0, 2, {c.number(1)}); }
OPERATOR(aclnnElu) { unary(c, "elu", kFloat, 0, 4, {c.number(1), c.number(2), c.number(3)}); }
OPERATOR(aclnnInplaceElu) { unary(c, "elu", kFloat, 0, 0, {c.number(1), c.number(2), c.number(3)}); }
OPERATOR(aclnnSoftplus) { unary(c, "softplus", kFloat, 0, 3, {c.number(1), c.number(2)}); }
OPERATOR(aclnnHardtanh) { unary(c, "hardtanh", kKept, 0, 3, {c.number(1), c.number(2)}); }
OPERATOR(aclnnInplaceHardtanh) { unary(c, "hardtanh", kKept, 0, 0, {c.number(1), c.number(2)}); }
OPERATOR(aclnnHardshrink) { unary(c, "hardshrink", kFloat, 0, 2, {c.number(1)}); }
OPERATOR(aclnnSoftshrink) { unary(c, "softshrink", kFloat, 0, 2, {c.number(1)}); }
OPERATOR(aclnnThreshold) { unary(c, "threshold", kKept, 0, 3, {c.number(1), c.number(2)}); }
OPERATOR(aclnnInplaceThreshold) { unary(c, "threshold", kKept, 0, 0, {c.number(1), c.number(2)}); }
namespace {
constexpr double kSeluAlpha = 1.6732632423543772848170429916717, kSeluScale = 1.0507009873554804934193349852946;
}
OPERATOR(aclnnSelu) { unary(c, "elu", kFloat, 0, 1, {fraction(kSeluAlpha), fraction(kSeluScale), fraction(1)}); }
// (self, out, buffer): the buffer is scratch of the real operator, its contents are not documented; zeros here
OPERATOR(aclnnLogSigmoidForward) {
  unary(c, "log_sigmoid", kFloat, 0, 1);
  c.run("fill", {c.tensor(2)}, {whole(0)});
}
// activation/prelu: (self, weight, out): weight has one element or one a channel (the second dimension)
namespace {
View channels(Call &c, const View &x, const View &weight) {
  View w = weight;
  int64_t n = weight.numel();
  c.need(weight.ndim <= 1 && (n == 1 || (x.ndim >= 2 && n == x.shape[1])),
         "argument weight: one element, or one a channel");
  w.ndim = x.ndim;
  for (int d = 0; d < x.ndim; ++d) {
    w.shape[d] = x.shape[d];
    w.stride[d] = d == 1 && n > 1 ? weight.stride[0] : 0;
  }
  return w;
}
}  // namespace
OPERATOR(aclnnPrelu) {
  View x = c.tensor(0);
  pointwise(c, "prelu", c.tensor(2), {x, channels(c, x, c.tensor(1))}, x.dtype);
}

// ---- gradients ----
// (gradOutput, self or output, ..., gradInput)
namespace {
void gradient(Call &c, const char *kernel, int out, std::vector<Scalar> attributes = {}) {
  View g = c.tensor(0), x = c.tensor(1);
  pointwise(c, kernel, c.tensor(out), {g, x}, promote(c, g.dtype, x.dtype), std::move(attributes));
}
}  // namespace
OPERATOR(aclnnSigmoidBackward) { gradient(c, "sigmoid_backward", 2); }
OPERATOR(aclnnTanhBackward) { gradient(c, "tanh_backward", 2); }
OPERATOR(aclnnSiluBackward) { gradient(c, "silu_backward", 2); }
OPERATOR(aclnnMishBackward) { gradient(c, "mish_backward", 2); }
OPERATOR(aclnnHardswishBackward) { gradient(c, "hardswish_backward", 2); }
OPERATOR(aclnnHardsigmoidBackward) { gradient(c, "hardsigmoid_backward", 2); }
OPERATOR(aclnnGeluBackward) { gradient(c, "gelu_tanh_backward", 2); }
OPERATOR(aclnnGeluBackwardV2) {  // (gradOutput, self, approximate: "none" or "tanh", gradInput)
  const std::string &how = c.text(2);
  c.need(how == "none" || how == "tanh", "argument approximate: 'none' and 'tanh' are documented");
  gradient(c, how == "tanh" ? "gelu_tanh_backward" : "gelu_none_backward", 3);
}
OPERATOR(aclnnThresholdBackward) { gradient(c, "threshold_backward", 3, {c.number(2)}); }
OPERATOR(aclnnHardtanhBackward) { gradient(c, "hardtanh_backward", 4, {c.number(2), c.number(3)}); }
OPERATOR(aclnnHardshrinkBackward) { gradient(c, "shrink_backward", 3, {c.number(2)}); }
OPERATOR(aclnnSoftshrinkBackward) { gradient(c, "shrink_backward", 3, {c.number(2)}); }
OPERATOR(aclnnSoftplusBackward) { gradient(c, "softplus_backward", 4, {c.number(2), c.number(3)}); }
OPERATOR(aclnnLogSigmoidBackward) { gradient(c, "log_sigmoid_backward", 3); }  // (gradOutput, self, buffer, gradInput)
// (gradOutput, self, negativeSlope, selfIsResult, out): the result has its operand's sign as long as the slope is not
// negative
OPERATOR(aclnnLeakyReluBackward) {
  Scalar slope = c.number(2);
  c.need(!c.flag(3) || slope.real() >= 0, "a result with a negative slope does not tell its operand's sign");
  gradient(c, "leaky_relu_backward", 4, {slope});
}
// (gradOutput, alpha, scale, inputScale, isResult, selfOrResult, gradInput)
OPERATOR(aclnnEluBackward) {
  View g = c.tensor(0), x = c.tensor(5), out = c.tensor(6);
  double alpha = c.number(1).real(), scale = c.number(2).real(), input = c.number(3).real();
  if (!c.flag(4))
    return pointwise(c, "elu_backward", out, {g, x}, promote(c, g.dtype, x.dtype),
                     {fraction(alpha), fraction(scale), fraction(input)});
  // of a result y <= 0: inputScale * (y + alpha * scale)
  need_shape(c, x, shape_of(g), "selfOrResult");
  need_shape(c, out, shape_of(g), "gradInput");
  View gd = c.dense(g, DType::F64), y = c.dense(x, DType::F64), r = c.result(out, DType::F64);
  c.compute([&] {
    for (int64_t i = 0, n = r.numel(); i < n; ++i) {
      double v = y.as<double>()[i];
      r.as<double>()[i] = gd.as<double>()[i] * (v > 0 ? scale : input * (v + alpha * scale));
    }
  });
}
// (gradOutput, result, gradInput)
OPERATOR(aclnnSeluBackward) {
  View g = c.tensor(0), out = c.tensor(2);
  need_shape(c, c.tensor(1), shape_of(g), "result");
  need_shape(c, out, shape_of(g), "gradInput");
  View gd = c.dense(g, DType::F64), y = c.dense(c.tensor(1), DType::F64), r = c.result(out, DType::F64);
  c.compute([&] {
    for (int64_t i = 0, n = r.numel(); i < n; ++i) {
      double v = y.as<double>()[i];
      r.as<double>()[i] = gd.as<double>()[i] * (v > 0 ? kSeluScale : v + kSeluAlpha * kSeluScale);
    }
  });
}

// ---- lists of tensors, ops-nn foreach/<operator>/docs ----
namespace {
template <class F>
void each(Call &c, int lists, int out, const F &f) {
  std::vector<std::vector<View>> in;
  for (int k = 0; k < lists; ++k) in.push_back(c.tensors(k));
  std::vector<View> to = c.tensors(out);
  for (auto &list : in) c.need(list.size() == to.size(), "lists of different length");
  for (size_t i = 0; i < to.size(); ++i) {
    std::vector<View> operands;
    for (auto &list : in) {
      c.need(list[i].dtype == to[i].dtype, "lists of different dtypes");
      need_shape(c, list[i], shape_of(to[i]), "a tensor of a list");
      operands.push_back(list[i]);
    }
    f(to[i], operands);
  }
}
void each_number(Call &c, const char *kernel, std::vector<Scalar> attributes = {}) {  // (x, scalar, out)
  Number n(c.number(1));
  each(c, 1, 2, [&](const View &out, const std::vector<View> &x) {
    pointwise(c, kernel, out, {x[0], n.view}, out.dtype, attributes);
  });
}
}  // namespace
OPERATOR(aclnnForeachAddListV2) {  // (x1, x2, alpha, out)
  each(c, 2, 3,
       [&](const View &out, const std::vector<View> &x) { pointwise(c, "add", out, x, out.dtype, {c.number(2)}); });
}
OPERATOR(aclnnForeachSubListV2) {
  each(c, 2, 3,
       [&](const View &out, const std::vector<View> &x) { pointwise(c, "sub", out, x, out.dtype, {c.number(2)}); });
}
OPERATOR(aclnnForeachMulList) {  // (x1, x2, out)
  each(c, 2, 2, [&](const View &out, const std::vector<View> &x) { pointwise(c, "mul", out, x, out.dtype); });
}
OPERATOR(aclnnForeachDivList) {
  each(c, 2, 2, [&](const View &out, const std::vector<View> &x) { pointwise(c, "div", out, x, out.dtype); });
}
OPERATOR(aclnnForeachAddScalarV2) { each_number(c, "add", {whole(1)}); }
OPERATOR(aclnnForeachMulScalarV2) { each_number(c, "mul"); }
OPERATOR(aclnnForeachDivScalarV2) { each_number(c, "div"); }
OPERATOR(aclnnForeachMulScalar) {  // (x, scalar: a tensor of one element, out)
  View by = c.tensor(1);
  c.need(by.numel() == 1, "argument scalar: one element");
  c.need(by.contiguous(), "argument scalar: dense memory is here");
  by.ndim = 0;
  each(c, 1, 2, [&](const View &out, const std::vector<View> &x) {
    c.need(by.dtype == (out.dtype == DType::BF16 ? DType::F32 : out.dtype),
           "argument scalar: the dtype of the list, FLOAT beside BFLOAT16");
    pointwise(c, "mul", out, {x[0], by}, promote(c, out.dtype, by.dtype));
  });
}
OPERATOR(aclnnForeachNorm) {  // (x, scalar: the order, out: an element for each)
  std::vector<View> x = c.tensors(0), out = c.tensors(2);
  c.need(x.size() == out.size(), "lists of different length");
  for (size_t i = 0; i < x.size(); ++i) {
    c.need(out[i].numel() == 1 && out[i].dtype == x[i].dtype, "argument out: one element of the dtype of x");
    View whole_norm = out[i];
    whole_norm.ndim = x[i].ndim;
    for (int d = 0; d < x[i].ndim; ++d) whole_norm.shape[d] = 1, whole_norm.stride[d] = 1;
    c.run("norm", {whole_norm, x[i]}, {whole((int64_t{1} << x[i].ndim) - 1), fraction(c.number(1).real())});
  }
}
OPERATOR(aclnnForeachSqrt) {  // (x, out)
  each(c, 1, 1, [&](const View &out, const std::vector<View> &x) { pointwise(c, "sqrt", out, x, out.dtype); });
}
OPERATOR(aclnnForeachAddcmulScalarV2) {  // (x1, x2, x3, scalar, out)
  each(c, 3, 4, [&](const View &out, const std::vector<View> &x) {
    pointwise(c, "addcmul", out, x, out.dtype, {c.number(3)});
  });
}
OPERATOR(aclnnForeachAddcdivScalarV2) {
  each(c, 3, 4, [&](const View &out, const std::vector<View> &x) {
    pointwise(c, "addcdiv", out, x, out.dtype, {c.number(3)});
  });
}

}  // namespace softcann
