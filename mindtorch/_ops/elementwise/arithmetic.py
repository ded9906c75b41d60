"""Arithmetic: + - * / and relatives, powers, bounds."""
import cmath

import numpy

import mindtorch._C as _C

from mindtorch._core import dtypes
from mindtorch._core.codes import BOOL, COMPLEX64, COMPLEXES, FLOAT16, HALVES, UINT16, UINT64

from ..creation.casts import check_fill
from ..creation.factories import like
from ..table.registry import (
    COMPLEX_TO_REAL, INT_TO_FLOAT, NUMBERS_ALONE, _CPP_NAMES, op, computed, pointwise, public, register, run)

OTHER, EITHER = ("other",), ("input", "other")


def conj(x):
    """Complex conjugate for gradients; numbers and real tensors as they are."""
    if isinstance(x, complex):
        return x.conjugate()
    return public.conj(x) if getattr(x, "_dtype_code", 0) in (10, 11) else x


def is_tensor(x):
    """Whether x is a Tensor."""
    return hasattr(x, "_dtype_code")


def zeros_like(g):
    """Zero gradient of a step function."""
    z = like(g)
    run("fill", (z,), (0,))
    return z


def _integral(*values):
    return all(v._dtype_code < FLOAT16 or UINT16 <= v._dtype_code <= UINT64 if is_tensor(v) else isinstance(v, int)
               for v in values)


def _check_alpha(input, other, alpha):
    code = _C.result_type(input, other)
    if isinstance(alpha, bool) and code:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and code < FLOAT16:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and code < COMPLEX64:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    _check_holds(alpha, code)


def _check_holds(value, code):
    """RuntimeError for a number that the dtype cannot hold."""
    if isinstance(value, (int, float, complex)):
        check_fill(value, dtypes.DTYPES[code])


def _check_bounds(input, *bounds):
    for bound in bounds:
        if not is_tensor(bound):
            _check_holds(bound, _C.result_type(input, bound))


def _check_value(input, tensor1, tensor2, value):
    code = _C.promote_types(_C.promote_types(input._dtype_code, tensor1._dtype_code), tensor2._dtype_code)
    _check_holds(value, 8 if code in HALVES else code)  # halves compute in float32


def no_derivative(name):
    """The gradient of what has none: a RuntimeError in backward."""
    def gradient(g):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return gradient


# ---- one kernel each ----
def _check_sub(input, other, alpha):
    bools = [getattr(v, "_dtype_code", type(v) is not bool) == 0 for v in (input, other)]
    if all(bools):
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                           "`logical_xor()` operator instead.")
    if any(bools) and all(isinstance(v, (bool, int, float, complex, numpy.generic)) or is_tensor(v)
                          for v in (input, other)):  # what is no operand at all is refused as such
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                           "invert a mask, use the `~` or `logical_not()` operator instead.")
    _check_alpha(input, other, alpha)


add = pointwise(
    "add",
    "input, other, *, alpha=1",
    check=(lambda alpha: alpha != 1 or alpha is True, _check_alpha),
    kind=NUMBERS_ALONE,
    numbers=EITHER,
    grad={"input": lambda g: g, "other": lambda g, alpha: g * conj(alpha) if alpha != 1 else g},
    ascend="aclnnAdds T1 N2 S1 T0 | aclnnAdds T2 N1 S1 T0 ?1=1 | aclnnAdd T1 T2 S1 T0",
)
sub = pointwise(
    "sub",
    "input, other, *, alpha=1",
    aliases=("subtract",),
    check=(
        lambda input, other, alpha: alpha != 1 or alpha is True
        or getattr(input, "_dtype_code", type(input) is not bool) == 0
        or getattr(other, "_dtype_code", type(other) is not bool) == 0,
        _check_sub,
    ),
    kind=NUMBERS_ALONE,
    numbers=EITHER,
    grad={"input": lambda g: g, "other": lambda g, alpha: -g if alpha == 1 else g * -conj(alpha)},
    ascend="aclnnSubs T1 N2 S1 T0 | aclnnSub T1 T2 S1 T0",
)
mul = pointwise("mul", "input, other", aliases=("multiply",), kind=NUMBERS_ALONE, numbers=EITHER,
                grad={"input": lambda g, other: g * conj(other), "other": lambda g, input: g * conj(input)},
    ascend="aclnnMuls T1 N2 T0 | aclnnMuls T2 N1 T0 | aclnnMul T1 T2 T0")
true_divide = pointwise("true_divide", "input, other", kernel="div", kind=INT_TO_FLOAT | NUMBERS_ALONE,
                        node="DivBackward0", numbers=EITHER, grad={
    "input": lambda g, other: g / conj(other), "other": lambda g, input, other: -g * conj((input / other) / other)},
    ascend="aclnnDivs T1 N2 T0 | aclnnDiv T1 T2 T0")
_div_floor = pointwise("div_floor", "input, other", kind=NUMBERS_ALONE, method=False, function=False,
                       node="DivBackward1", numbers=EITHER, grad={"input": zeros_like, "other": zeros_like},
    ascend="aclnnFloorDivides T1 N2 T0 | aclnnFloorDivide T1 T2 T0")
_div_trunc = pointwise("div_trunc", "input, other", kind=NUMBERS_ALONE, method=False, function=False,
                       node="DivBackward1", numbers=EITHER, grad={"input": zeros_like, "other": zeros_like},
    ascend="aclnnDivMods T1 N2 =1 T0 | aclnnDivMod T1 T2 =1 T0")
floor_divide = pointwise("floor_divide", "input, other", kernel="div_floor", kind=NUMBERS_ALONE, numbers=EITHER,
                         grad={"input": no_derivative("floor_divide"), "other": no_derivative("floor_divide")})
remainder = pointwise(
    "remainder",
    "input, other",
    numbers=EITHER,
    grad={"input": lambda g: g, "other": lambda g, input, other: -g * div(input, other, rounding_mode="floor")},
    ascend="aclnnRemainderTensorScalar T1 N2 T0 | aclnnRemainderScalarTensor N1 T2 T0 | aclnnRemainderTensorTensor T1 "
           "T2 T0",
)
fmod = pointwise(
    "fmod",
    "input, other",
    numbers=OTHER,
    grad={"input": lambda g: g, "other": lambda g, input, other: -g * div(input, other, rounding_mode="trunc")},
    ascend="aclnnFmodScalar T1 N2 T0 | aclnnFmodTensor T1 T2 T0",
)
neg = pointwise("neg", aliases=("negative",), grad={"input": lambda g: -g}, ascend="aclnnNeg T1 T0")
_square = pointwise("square", function=False, method=False, node="PowBackward0",
                    grad={"input": lambda g, input: g * conj(input * 2)},
    ascend="aclnnMul T1 T1 T0")
reciprocal = pointwise("reciprocal", kind=INT_TO_FLOAT, grad={"input": lambda g, result: -g * conj(result * result)},
    ascend="aclnnReciprocal T1 T0")
abs = pointwise("abs", kind=COMPLEX_TO_REAL, aliases=("absolute",),
                grad={"input": lambda g, input: g * public.sgn(input)},
    ascend="aclnnAbs T1 T0")


def abs_(input):
    """Absolute values in place; RuntimeError for complex tensors."""
    if input.dtype.is_complex:
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return abs.in_place(input)


register("abs_", abs_, aliases=("absolute_",), kind="inplace", family="arithmetic")


@op(out=True)
def square(input):
    """input * input; int64 for bool."""
    return pow(input, 2) if input._dtype_code == BOOL else _square(input)


def square_(input):
    """input * input in place; RuntimeError for bool."""
    return input.pow_(2) if input._dtype_code == BOOL else _square.in_place(input)


register("square_", square_, kind="inplace", family="arithmetic")


def rsub(input, other, *, alpha=1):
    """other - alpha * input; RuntimeError for bool tensors."""
    if not is_tensor(input):
        raise TypeError(f"rsub(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return sub(other, input, alpha=alpha)


rsub = op(method=False, out=False)(rsub)

_ROUNDED = {None: true_divide, "floor": _div_floor, "trunc": _div_trunc}


def _by_rounding(mode):
    if mode not in _ROUNDED:
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'")
    return _ROUNDED[mode]


@op(aliases=("divide",))
def div(input, other, *, rounding_mode=None):
    """input / other; rounding_mode 'floor' or 'trunc' keeps integers. RuntimeError for other modes and integer division
    by zero."""
    return true_divide(input, other) if rounding_mode is None else _by_rounding(rounding_mode)(input, other)


@op("div_", function=False, aliases=("divide_",), out=False)
def div_(input, other, *, rounding_mode=None):
    """In-place div; RuntimeError when the result's dtype does not fit."""
    return _by_rounding(rounding_mode).in_place(input, other)


# ---- powers ----
def _check_power(input, exponent):
    if exponent.__class__ is int and exponent < 0 and is_tensor(input) and _integral(input):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    code = _C.result_type(input, exponent)
    if code < FLOAT16:
        _check_holds(exponent, code)


def _power_gradient(g, input, exponent):
    if not is_tensor(exponent):
        return zeros_like(g) if exponent == 0 else g * conj(exponent * input.pow(exponent - 1))
    return public.where(exponent == 0, 0, g * conj(exponent * input.pow(exponent - 1)))


def _exponent_gradient(g, input, exponent, result):
    inside = exponent.real >= 0 if exponent._dtype_code in COMPLEXES else exponent >= 0
    if is_tensor(input):
        return public.where(public.logical_and(input == 0, inside), 0, g * conj(result * input.log()))
    if input == 0:
        return public.where(inside, 0, g * conj(result * float("-inf")))
    log = cmath.log(input)
    return g * conj(result * (log if log.imag and isinstance(input, complex) else float("nan") if log.imag
                              else log.real))


pow = pointwise(
    "pow",
    "input, exponent",
    numbers=("input", "exponent"),
    check=(lambda exponent: exponent.__class__ in (int, float), _check_power),
    grad={"input": _power_gradient, "exponent": _exponent_gradient},
    ascend="aclnnPowTensorScalar T1 N2 T0 | aclnnPowTensorTensor T1 T2 T0",
)


@op()
def float_power(input, exponent):
    """Power in double precision (complex128 for complex); operands may be numbers."""
    from mindtorch._core import dtypes

    if not (is_tensor(input) or is_tensor(exponent)):
        raise TypeError("float_power(): one of 'input' and 'exponent' must be Tensor")
    code = _C.result_type(input, exponent)
    want = dtypes.complex128 if code in COMPLEXES else dtypes.float64
    lift = [v.to(want) if is_tensor(v) else complex(v) if want.is_complex else float(v) for v in (input, exponent)]
    return pow(*lift)


def float_power_(input, exponent):
    """float_power in place; RuntimeError unless input is float64 (complex128 for complex operands)."""
    want = "ComplexDouble" if _C.result_type(input, exponent) in (10, 11) else "Double"
    if _CPP_NAMES[input.dtype._name] != want:
        raise RuntimeError(f"the base given to float_power_ has dtype {_CPP_NAMES[input.dtype._name]} but the "
                           f"operation's result requires dtype {want}")
    return input.pow_(exponent)


register("float_power_", float_power_, function_name=False, kind="inplace", family="arithmetic")


# ---- fused ----
def _check_lerp(input, end, weight):
    for name, v in (("end", end), ("weight", weight)):
        if is_tensor(v) and v._dtype_code != input._dtype_code:
            raise RuntimeError(f"expected dtype {input.dtype._name} for `{name}` but got dtype {v.dtype._name}")


def _check_addcdiv(input, tensor1, tensor2, value):
    if _integral(tensor1) and _integral(tensor2):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv "
            "behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for "
            "integer inputs and as "
            "(input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter "
            "implementation: (input + value * tensor1 / tensor2), "
            "for all dtypes."
        )
    _check_value(input, tensor1, tensor2, value)


addcmul = pointwise("addcmul", "input, tensor1, tensor2, *, value=1",
                    check=(lambda value: value != 1, _check_value), grad={
    "input": lambda g: g, "tensor1": lambda g, tensor2, value: g * conj(tensor2 * value),
    "tensor2": lambda g, tensor1, value: g * conj(tensor1 * value)},
    ascend="aclnnAddcmul T1 T2 T3 S1 T0")
addcdiv = pointwise("addcdiv", "input, tensor1, tensor2, *, value=1", check=_check_addcdiv, grad={
    "input": lambda g: g, "tensor1": lambda g, tensor2, value: g * conj(value / tensor2),
    "tensor2": lambda g, tensor1, tensor2, value: -g * conj(value * tensor1 / (tensor2 * tensor2))},
    ascend="aclnnAddcdiv T1 T2 T3 S1 T0")
lerp = pointwise("lerp", "input, end, weight", numbers=("weight",), check=_check_lerp, grad={
    "input": lambda g, weight: g * conj(1 - weight), "end": lambda g, weight: g * conj(weight),
    "weight": lambda g, input, end: g * conj(end - input)},
    ascend="aclnnLerps T1 T2 N3 T0 | aclnnLerp T1 T2 T3 T0")


# ---- bounds ----
def _is_complex(operand):
    return getattr(operand, "_dtype_code", 10 if type(operand) is complex else 0) in (10, 11)


_either_complex = lambda input, other: _is_complex(input) or _is_complex(other)


def _refuse(text, error):
    """A check for pointwise() that raises whatever it is called with."""
    def check(*operands, **_):
        raise error(text)

    return check


def _pair(name, loses):
    """maximum and minimum: equal values share the gradient."""
    share = lambda g, a, b: public.where(loses(a, b), 0, public.where(a == b, g / 2, g))
    return pointwise(name, "input, other", inplace=False,
                     check=(_either_complex, _refuse(f"{name} not implemented for complex tensors.", RuntimeError)),
        ascend=f"aclnn{name.capitalize()} T1 T2 T0", grad={
            "input": lambda g, input, other: share(g, input, other),
            "other": lambda g, input, other: share(g, other, input)})


def _skip_nan(name, wins):
    takes_first = lambda a, b: public.logical_or(wins(a, b), public.isnan(b))
    return pointwise(name, "input, other", inplace=False, grad={
        "input": lambda g, input, other: public.where(takes_first(input, other), g, 0),
        "other": lambda g, input, other: public.where(takes_first(input, other), 0, g)})


maximum = _pair("maximum", lambda a, b: a < b)
minimum = _pair("minimum", lambda a, b: a > b)
fmax = _skip_nan("fmax", lambda a, b: a >= b)
fmin = _skip_nan("fmin", lambda a, b: a <= b)
for _name, _choose in {"fmax": maximum, "fmin": minimum}.items():
    computed(_name)(lambda a, b,
                    choose=_choose: public.where(public.isnan(a), b, public.where(public.isnan(b), a, choose(a, b))))

clamp_min = pointwise("clamp_min", "input, min", numbers=("min",),
                      check=(lambda min: min.__class__ in (int, float), _check_bounds), grad={
    "input": lambda g, input, min: public.where(input >= min, g, 0),
    "min": lambda g, input, min: public.where(input < min, g, 0)},
    ascend="aclnnClampMin T1 N2 T0 | aclnnMaximum T1 T2 T0")
clamp_max = pointwise("clamp_max", "input, max", numbers=("max",),
                      check=(lambda max: max.__class__ in (int, float), _check_bounds), grad={
    "input": lambda g, input, max: public.where(input <= max, g, 0),
    "max": lambda g, input, max: public.where(input > max, g, 0)},
    ascend="aclnnClampMax T1 N2 T0 | aclnnMinimum T1 T2 T0")
_clamp = pointwise(
    "_clamp_both",
    "input, min, max",
    kernel="clamp",
    ascend="aclnnClamp T1 N2 N3 T0 | aclnnClampTensor T1 T2 T3 T0",
    numbers=("min", "max"),
    function=False,
    method=False,
    node="ClampBackward1",
    check=(lambda min, max: min.__class__ in (int, float) or max.__class__ in (int, float), _check_bounds),
    grad={
        "input": lambda g, input, min, max: public.where(public.logical_and(input >= min, input <= max), g, 0),
        "min": lambda g, input, min, max: public.where(public.logical_and(min < max, input < min), g, 0),
        "max": lambda g, input, min, max: public.where(public.logical_or(input > max, max < min), g, 0),
    },
)


def _check_clamp(input, min, max):
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if not is_tensor(input):
        raise TypeError(f"clamp(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if min is not None and max is not None and is_tensor(min) != is_tensor(max):
        raise TypeError("clamp() received an invalid combination of arguments: min and max must both be tensors or "
                        "both be numbers")
    if input._dtype_code in COMPLEXES:
        raise NotImplementedError("clamp is not supported for complex types")


@op(aliases=("clip",))
def clamp(input, min=None, max=None):
    """Values limited to [min, max] (tensors, numbers or None); where min > max the result is max, NaN stays."""
    _check_clamp(input, min, max)
    return clamp_min(input, min) if max is None else clamp_max(input, max) if min is None else _clamp(input, min, max)


@op(aliases=("clip_",), out=False)
def clamp_(input, min=None, max=None):
    """In-place clamp."""
    _check_clamp(input, min, max)
    return (clamp_min.in_place(input, min) if max is None else clamp_max.in_place(input, max) if min is None
            else _clamp.in_place(input, min, max))
