"""Activations: one kernel forward, one backward; the backward is an op of its own, so that it differentiates again."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.codes import BOOL, UINT8

from .arithmetic import zeros_like
from ..creation.casts import check_fill
from ..table.checks import known
from .math import sigmoid, tanh
from ..table.registry import (
    FUNCTIONS, NAMESPACES, composition, computed, kernel_rows, op, pointwise, public, register, run)

NN = "nn.functional"


def _activation(name, attributes="", second=None, backward=None, node=None, saves="input", public_name=False,
                method=False, kernel=None, check=None, label=None,
    ascend=None, ascend_backward=None):
    """The recorded kernel and its backward. `second(input, *attributes)` is the second derivative (None: zero almost
    everywhere)."""
    names = [a.strip() for a in attributes.split(",") if a.strip()]
    rest = "".join(", " + n for n in names)
    backward = backward or f"{kernel or name}_backward"
    scope = {"zeros_like": zeros_like, "second": second}
    grads = {"grad": eval(f"lambda g, input{rest}: back(g, input{rest})", scope),
             "input": eval(f"lambda g, grad, input{rest}: g * grad * second(input{rest})", scope) if second
             else zeros_like}
    scope["back"] = pointwise(f"{name}_backward", f"grad, input{rest}", kernel=backward, operands=["grad", "input"],
                              function=False, method=False, inplace=False, grad=grads,
        ascend=ascend_backward)
    rule = eval(f"lambda g, {saves}{rest}: back(g, {saves}{rest})", scope)
    return pointwise(label or name, "input" + rest, kernel=kernel or name, operands=["input"], function=public_name,
                     method=method, node=node, grad={"input": rule}, check=check,
        ascend=ascend)


def _no_number(name):
    raise TypeError(f"{name}(): arguments of the activation must be Number, not NoneType")


def _functional(name, core, signature, call=None, before=None, doc=None):
    """nn.functional's form: with an `inplace` argument."""
    parameters = [p.partition("=")[0].strip() for p in signature.split(",") if p.strip()]
    call = call or ", ".join(["input", *parameters])
    scope = {"__name__": __name__, "core": core, "inside": core.in_place, "before": before, "no_number": _no_number}
    source = f"def {name}(input{', ' + signature if signature else ''}, inplace=False):\n"
    if parameters:
        source += f"    if {' or '.join(p + ' is None' for p in parameters)}: no_number({name!r})\n"
    if before:
        source += f"    before({', '.join(['input', *parameters])})\n"
    source += f"    return inside({call}) if inplace else core({call})"
    exec(source, scope)
    scope[name].__doc__ = doc or f"Element-wise {name}; inplace writes into the input."
    return op(name, namespace=NN, out=False)(scope[name])


def _in_place_name(name, signature=""):
    """F.name_(input, ...): the functional with inplace=True."""
    function = NAMESPACES[NN][name]
    parameters = [p.partition("=")[0].strip() for p in signature.split(",") if p.strip()]
    scope = {"function": function}
    exec(f"def {name}_(input{', ' + signature if signature else ''}):\n    return "
         f"function({', '.join(['input', *parameters])}, inplace=True)", scope)
    scope[name + "_"].__doc__ = f"In-place {name}."
    register(name + "_", scope[name + "_"], namespace=NN, kind="inplace")
    return scope[name + "_"]


# ---- second derivatives ----
def _gelu_second(x):
    return (x * x * -0.5).exp() * (2 - x * x) / math.sqrt(2 * math.pi)


def _gelu_tanh_second(x):
    k, c = math.sqrt(2 / math.pi), 0.044715
    t, slope, bend = (k * (x + c * x ** 3)).tanh(), k * (1 + 3 * c * x * x), 6 * k * c * x
    rest = 1 - t * t
    return rest * slope + 0.5 * x * rest * (bend - 2 * t * slope * slope)


def _silu_second(x):
    s = sigmoid(x)
    return s * (1 - s) * (2 + x * (1 - 2 * s))


def _mish_second(x):
    s, t = sigmoid(x), tanh(NAMESPACES[NN]["softplus"](x))
    slope = (1 - t * t) * s
    return 2 * slope + x * (slope * (1 - s) - 2 * t * slope * s)


def _elu_second(x, alpha, scale, input_scale):
    return public.where(x < 0, alpha * scale * input_scale**2 * (x * input_scale).exp(), 0)


def _softplus_second(x, beta, threshold):
    s = sigmoid(x * beta)
    return public.where(x * beta > threshold, 0, beta * s * (1 - s))


# ---- the kernels ----
def _check_relu(input):
    raise RuntimeError("Boolean inputs not supported for relu")


def _check_threshold(input, threshold, value):
    for number in (threshold, value):
        check_fill(number, input.dtype if input.dtype.itemsize != 2 or not input.dtype.is_floating_point
                   else dtypes.float32)


_threshold_backward = pointwise(
    "threshold_backward",
    "grad, input, threshold",
    operands=["grad", "input"],
    function=False,
    method=False,
    inplace=False,
    grad={"grad": lambda g, input, threshold: _threshold_backward(g, input, threshold), "input": zeros_like},
    ascend="aclnnThresholdBackward T1 T2 S1 T0",
)
relu = pointwise(
    "relu",
    check=(lambda input: input._dtype_code == BOOL, _check_relu),
    grad={"input": lambda g, result: _threshold_backward(g, result, 0)},
    ascend="aclnnRelu T1 T0",
)
_threshold = pointwise(
    "threshold",
    "input, threshold, value",
    operands=["input"],
    method=False,
    check=_check_threshold,
    grad={"input": lambda g, input, threshold: _threshold_backward(g, input, threshold)},
    ascend="aclnnThreshold T1 S1 S2 T0",
)
_gelu = _activation("gelu_none", second=_gelu_second, node="GeluBackward0", label="gelu",
    ascend="aclnnGeluV2 T1 =0 T0", ascend_backward="aclnnGeluBackwardV2 T1 T2 'none' T0")
_gelu_tanh = _activation("gelu_tanh", second=_gelu_tanh_second, node="GeluBackward0", label="gelu",
    ascend="aclnnGeluV2 T1 =1 T0", ascend_backward="aclnnGeluBackwardV2 T1 T2 'tanh' T0")
_silu = _activation("silu", second=_silu_second, ascend="aclnnSilu T1 T0", ascend_backward="aclnnSiluBackward T1 T2 T0")
_mish = _activation("mish", second=_mish_second, ascend="aclnnMish T1 T0", ascend_backward="aclnnMishBackward T1 T2 T0")
_leaky_relu = _activation("leaky_relu", "slope", ascend="aclnnLeakyRelu T1 s1 T0",
                          ascend_backward="aclnnLeakyReluBackward T1 T2 S1 =0 T0")
_elu = _activation("elu", "alpha, scale, input_scale", second=_elu_second, ascend="aclnnElu T1 S1 S2 S3 T0",
                   ascend_backward="aclnnEluBackward T1 S1 S2 S3 =0 T2 T0")
_softplus = _activation("softplus", "beta, threshold", second=_softplus_second,
    ascend="aclnnSoftplus T1 S1 S2 T0", ascend_backward="aclnnSoftplusBackward T1 T2 S1 S2 T0")
_log_sigmoid = _activation("log_sigmoid", second=lambda x: -sigmoid(x) * sigmoid(-x), node="LogSigmoidBackward0")
kernel_rows(log_sigmoid_forward="aclnnLogSigmoidForward T2 T0 T1")


@composition("log_sigmoid")
def _log_sigmoid_on_device(tensors, scalars):
    out, x = tensors
    run("log_sigmoid_forward", (out, _C.empty(x.shape, x._dtype_code, x._device_code), x))


@computed("log_sigmoid_backward")
def _log_sigmoid_backward_on_device(g, x):
    return g * sigmoid(-x)


_hardtanh = _activation("hardtanh", "low, high", ascend="aclnnHardtanh T1 S1 S2 T0",
                        ascend_backward="aclnnHardtanhBackward T1 T2 S1 S2 T0")
_hardswish = _activation("hardswish", second=lambda x: public.where(x.abs() < 3, 1 / 3, 0),
                         ascend="aclnnHardswish T1 T0", ascend_backward="aclnnHardswishBackward T1 T2 T0")
_hardsigmoid = _activation("hardsigmoid", ascend="aclnnHardsigmoid T1 T0",
                           ascend_backward="aclnnHardsigmoidBackward T1 T2 T0")
_softshrink = _activation("softshrink", "lambd", backward="shrink_backward", ascend="aclnnSoftshrink T1 s1 T0",
                          ascend_backward="aclnnHardshrinkBackward T1 T2 s1 T0")
_shrink_backward = pointwise("hardshrink_backward", "grad, input, lambd", kernel="shrink_backward",
                             operands=["grad", "input"], function=False, method=False, inplace=False, grad={
    "grad": lambda g, input, lambd: _shrink_backward(g, input, lambd), "input": zeros_like})
hardshrink = pointwise(
    "hardshrink",
    "input, lambd=0.5",
    inplace=False,
    grad={"input": lambda g, input, lambd: _shrink_backward(g, input, lambd)},
    ascend="aclnnHardshrink T1 s1 T0",
)
register("hardshrink", hardshrink, namespace=NN)
_prelu = pointwise("prelu", "input, weight", function=False, method=False, inplace=False, node="PreluKernelBackward0",
                   grad={
    "input": lambda g, input, weight: public.where(input > 0, g, g * weight),
    "weight": lambda g, input: public.where(input > 0, 0, g * input)})


@computed("prelu")
def _prelu_on_device(x, weight):
    return public.where(x > 0, x, x * weight)



# ---- nn.functional ----
_SELU = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


def _check_hardtanh(input, min_val, max_val):
    if min_val > max_val:
        raise ValueError("min_val cannot be larger than max_val")
    if input._dtype_code == BOOL:
        raise NotImplementedError("Bool inputs not supported for hardtanh")
    if input._dtype_code == UINT8 and (min_val < 0 or max_val < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if not input.dtype.is_floating_point:
        _check_threshold(input, min_val, max_val)


def _check_relu6(input):
    if input._dtype_code == BOOL:
        raise NotImplementedError("Bool inputs not supported for hardtanh")


def _check_celu(input, alpha):
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")


_functional("relu", relu, "")
_functional("relu6", _hardtanh, "", "input, 0, 6", before=_check_relu6)
_functional("hardtanh", _hardtanh, "min_val=-1.0, max_val=1.0", before=_check_hardtanh)
_functional("silu", _silu, "")
_functional("mish", _mish, "")
_functional("leaky_relu", _leaky_relu, "negative_slope=0.01")
_functional("elu", _elu, "alpha=1.0", "input, alpha, 1, 1")
_functional("selu", _elu, "", "input, *_selu, 1".replace("*_selu", f"{_SELU[0]!r}, {_SELU[1]!r}"))
_functional("celu", _elu, "alpha=1.0", "input, alpha, 1, 1 / alpha", before=_check_celu)
_functional("hardswish", _hardswish, "")
_functional("hardsigmoid", _hardsigmoid, "")
_functional("threshold", _threshold, "threshold, value")
for _name, _signature in {"relu": "", "hardtanh": "min_val=-1.0, max_val=1.0", "leaky_relu": "negative_slope=0.01",
                          "elu": "alpha=1.0", "selu": "", "celu": "alpha=1.0",
                          "threshold": "threshold, value"}.items():
    _in_place_name(_name, _signature)
for _name, _signature in {"selu": "", "celu": "alpha=1.0"}.items():
    FUNCTIONS[_name], FUNCTIONS[_name + "_"] = NAMESPACES[NN][_name], NAMESPACES[NN][_name + "_"]
FUNCTIONS["threshold"], FUNCTIONS["threshold_"] = _threshold, _threshold.in_place


@op(namespace=NN)
def gelu(input, *, approximate="none"):
    """x Phi(x), exact or by tanh; RuntimeError for other values of approximate."""
    if not isinstance(approximate, str):
        raise TypeError(f"gelu(): argument 'approximate' must be str, not {type(approximate).__name__}")
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return _gelu(input) if approximate == "none" else _gelu_tanh(input)


@op(namespace=NN)
def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta; x itself above the threshold."""
    return _softplus(input, beta, threshold)


@op(namespace=NN)
def logsigmoid(input):
    """log of the sigmoid, without overflow."""
    return _log_sigmoid(input)


@op(namespace=NN)
def softshrink(input, lambd=0.5):
    """x moved towards 0 by lambd; RuntimeError for a negative lambd."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd:g}.")
    return _softshrink(input, lambd)


@op(namespace=NN, out=False)
def softsign(input):
    """x / (1 + |x|)."""
    return input / (input.abs() + 1)


@op(namespace=NN, out=False)
def tanhshrink(input):
    """x - tanh(x)."""
    return input - input.tanh()


@op("sigmoid", namespace=NN, out=False)
def _f_sigmoid(input):
    """1 / (1 + e^-x)."""
    return sigmoid(input)


@op("tanh", namespace=NN, out=False)
def _f_tanh(input):
    """Hyperbolic tangent."""
    return tanh(input)


@op()
def prelu(input, weight):
    """x where positive, else weight * x; one weight, or one a channel (dimension 1). RuntimeError when the count does
    not fit."""
    if weight._numel != 1:
        if input.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight._numel != channels:
            raise RuntimeError("Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                               f"{weight._numel} and channel size = {channels}.")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight._dtype_code != input._dtype_code:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype._name} and {weight.dtype._name}")
    shape = [1] * input.ndim
    if input.ndim > 1:
        shape[1] = weight._numel
    return _prelu(input, weight.reshape(shape))


register("prelu", prelu, namespace=NN)


@op(namespace=NN)
def glu(input, dim=-1):
    """First half times sigmoid of the second half along dim; RuntimeError for an odd size or no dimension."""
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim % input.ndim} is size {size}")
    # halves are rounded once
    wide = input.float() if input.dtype.itemsize == 2 and input.dtype.is_floating_point else input
    return (wide.narrow(dim, 0, size // 2) * sigmoid(wide.narrow(dim, size // 2, size // 2))).to(input.dtype)


def _rrelu_noise(input, lower, upper, generator=None):
    """Slopes: random for what is not positive (drawn in memory order, in double), 1 elsewhere."""
    from ..creation.factories import like

    lower, upper = public.tensor([lower, upper], dtype=input.dtype).tolist()  # as the input's dtype holds them
    noise = like(input)
    noise.fill_(1)
    mask = input <= 0
    if not known(input):
        return noise
    drawn = public.empty(int(mask.sum().item()), dtype=public.empty(0).double().dtype,
                         device=input.device).uniform_(lower, upper, generator=generator)
    return noise.masked_scatter_(mask, drawn.to(input.dtype))


def _rrelu(input, lower, upper, training, inplace, generator=None):
    if not (math.isfinite(lower) and math.isfinite(upper)):
        raise RuntimeError(f"rrelu: lower bound must be finite, got {lower}" if not math.isfinite(lower)
                           else f"rrelu: upper bound must be finite, got {upper}")
    if lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, but found lower = {lower:g} "
                           f"and upper = {upper:g}")
    if training:
        if inplace:
            return input.mul_(_rrelu_noise(_C.detach(input), lower, upper, generator))
        input = input.contiguous()
        return input * _rrelu_noise(_C.detach(input), lower, upper, generator)
    return (_leaky_relu.in_place if inplace else _leaky_relu)(input, (lower + upper) / 2)


@op("rrelu", namespace=NN, out=False)
def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    """Leaky relu of random slope in training, of the mean slope else. RuntimeError for lower > upper."""
    return _rrelu(input, lower, upper, training, inplace)


@op("rrelu_", namespace=NN, out=False)
def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False, generator=None):
    """In-place rrelu."""
    return _rrelu(input, lower, upper, training, True, generator)


@op("rrelu", method=False, out=False)
def _rrelu_of_torch(input, lower=1.0 / 8, upper=1.0 / 3, training=False, generator=None):
    """x where it is positive, else x times a random slope (their mean outside of training)."""
    return _rrelu(input, lower, upper, training, False, generator)


FUNCTIONS["rrelu"] = _rrelu_of_torch
FUNCTIONS["rrelu_"] = rrelu_
