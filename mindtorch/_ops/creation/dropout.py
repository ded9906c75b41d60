"""Dropout: the mask is bernoulli_(1 - p) of the generator's stream, drawn and applied in one pass."""
import math
import struct

import mindtorch._C as _C
from mindtorch._core import dtypes, layouts
from mindtorch._core.generator import draw, state_for
from mindtorch._core.codes import BFLOAT16, FLOAT16, FLOAT64, UP_TO_SINGLE

from ..table.checks import MANTISSA, cpp_name
from .factories import like
from ..table.registry import FUNCTIONS, With, kernel_rows, op, pointwise, run, write_in_place


def _check(p):
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")


_scaled_mask = pointwise("_scaled_mask", kernel="scaled_mask", signature="input, mask, *, scale=1.0", method=False,
                         inplace=False, grad={
    "input": lambda g, mask, scale: _scaled_mask(g, mask, scale=scale)})


def _scale(p, code):
    """1 / (1 - p) as the noise tensor would hold it."""
    keep = 1.0 - p
    if code == FLOAT64:
        return 1.0 / keep
    exact = 1.0 / struct.unpack("f", struct.pack("f", keep))[0]
    if code == FLOAT16:
        return struct.unpack("e", struct.pack("e", exact))[0]
    bits = struct.unpack("I", struct.pack("f", exact))[0]
    if code == BFLOAT16:
        bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    return struct.unpack("f", struct.pack("I", bits))[0]


@op("_dropout", method=False, out=False, node="MulBackward0", tensors=["input"],
    grad={"input": lambda g, mask, scale: _scaled_mask(g, mask, scale=scale)})
def _dropout(input, p):
    stride = layouts.preserved_strides(input.shape, input._strides)
    x = input
    if x._strides != stride:
        x = _C.empty_strided(input.shape, stride, input._dtype_code, input._device_code)
        run("copy", (x, input))
    out, mask = (_C.empty_strided(input.shape, stride, code, input._device_code) for code in (input._dtype_code, 0))
    scale = _scale(p, input._dtype_code)
    flat = [_C.strided(t, (t._numel,), (1,), t._offset, -1) for t in (out, mask, x)]
    run("random_dropout", (*flat, state_for(None, input)), (1.0 - p, scale))
    return With(out, mask=mask, scale=scale)


kernel_rows(dropout_bits="aclnnDropoutGenMaskV2 I0 d1 i2 =0 =1 T0 *", dropout_by_bits="aclnnDropoutDoMask T1 T2 d0 T0")


@op("_dropout_by_bits", method=False, out=False, node="MulBackward0", tensors=["input"],
    grad={"input": lambda g, bits, p: dropout_by_bits(g, bits, p)})
def dropout_by_bits(input, bits, p):
    """Ascend's dropout: a mask of one bit an element, in blocks of 128."""
    out = like(input)
    run("dropout_by_bits", (out, input, bits), (p,))
    return out


def bits(shape, p, input):
    """A mask of so many elements beside `input`, whose numbers the device makes of one that our generator draws."""
    made = _C.empty(((math.prod(shape) + 127) // 128 * 16,), 1, input._device_code)
    run("dropout_bits", (made,), (tuple(shape), p, draw(state_for(None, input))))
    return made


def _noise_shape(input, feature):
    if not feature:
        return tuple(input.shape)
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*input.shape[:2], *[1] * (input.ndim - 2))


def _general(input, p, train, feature, alpha):
    """Any kind of dropout as a new tensor."""
    _check(p)
    if p == 0 or not train or input._numel == 0:
        return input
    if p == 1:
        return input * FUNCTIONS["zeros"]((), dtype=input.dtype, device=input.device)
    if not feature and not alpha and input._remote and input._dtype_code in UP_TO_SINGLE:
        return dropout_by_bits(input, bits(input.shape, p, input), p)
    if not feature and not alpha and input._dtype_code in MANTISSA:
        return _dropout(input, p)
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {cpp_name(input)}")
    noise = FUNCTIONS["empty_like"](input.detach()) if not feature else like(input, _noise_shape(input, True))
    noise.bernoulli_(1 - p)
    if not alpha:
        return input * noise.div_(1 - p)
    a = ((1.7580993408473766**2 * p + 1) * (1 - p)) ** -0.5
    b = noise.add(-1).mul_(1.7580993408473766 * a).add_(1.7580993408473766 * a * p)
    return input * noise.mul_(a) + b


def _declare(name, feature, alpha, doc):
    def function(input, p, train):
        return _general(input, p, train, feature, alpha)

    function.__doc__ = doc
    made = op(name, method=False, out=False, tensors=["input"])(function)

    def in_place(input, p, train):
        result = made(input, p, train)
        return input if result is input else write_in_place(input, result)

    in_place.__doc__ = doc + " In place."
    return made, op(name + "_", method=False, out=False, tensors=["input"])(in_place)


_PAIRS = {
    "dropout": _declare(
        "dropout", False, False, "Zeros with probability p, the rest divided by 1 - p; the input itself unless train."
    ),
    "feature_dropout": _declare("feature_dropout", True, False, "dropout of whole channels of (N, C, *)."),
    "alpha_dropout": _declare(
        "alpha_dropout", False, True, "Dropout to the saturation value of selu, which keeps mean and variance."
    ),
    "feature_alpha_dropout": _declare(
        "feature_alpha_dropout", True, True, "alpha_dropout of whole channels of (N, C, *)."
    ),
}


@op(method=False, tensors=["input"], grad={"input": lambda gs, mask, scale: gs[0] * mask * scale})
def native_dropout(input, p, train):
    """(dropout of the input, its mask)."""
    if train is None or train:
        scale = 0.0 if p == 1 else 1.0 / (1.0 - p)
        mask = FUNCTIONS["empty_like"](input).bernoulli_(1 - p)
        return With((input * mask.mul(scale), mask.to(dtypes.bool)), mask=mask, scale=scale)
    mask = FUNCTIONS["ones_like"](input, dtype=dtypes.bool)
    return With((input.clone(), mask), mask=mask, scale=1.0)


def _functional(name, kind, on=True, check_dims=None):
    function, function_ = _PAIRS[kind]

    def f(input, p=0.5, training=on, inplace=False):
        if p < 0.0 or p > 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        if check_dims:
            return check_dims(input, p, training, function_ if inplace else function)
        return (function_ if inplace else function)(input, p, training)

    f.__doc__ = function.__doc__ + " ValueError for p outside 0 .. 1."
    op(name, namespace="nn.functional", out=False, tensors=["input"])(f)


def _warn_dims(name, allowed, hint=""):
    def run_checked(input, p, training, function):
        import warnings

        if input.ndim not in allowed:
            warnings.warn(
                f"{name}: Received a {input.ndim}-D input to {name}, which is deprecated and will result in an error "
                "in a future release. To retain the behavior "
                f"and silence this warning, please use dropout instead.{hint}",
                stacklevel=4,
            )
        return function(input, p, training)

    return run_checked


def _unbatched(name, batched):
    def run_checked(input, p, training, function):
        if input.ndim not in (batched - 1, batched):
            if batched == 3:
                raise RuntimeError(
                    f"{name}: Expected 2D or 3D input, but received a {input.ndim}D input. Note that {name} exists to "
                    "provide "
                    f"channel-wise dropout on inputs with 1 spatial "
                    "dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
                )
            _warn_dims(name, (batched - 1, batched))(input, p, training, lambda *a: None)
        single = input.ndim == batched - 1
        result = function(input.unsqueeze(0) if single else input, p, training)
        return input if function.__name__.endswith("_") else result.squeeze(0) if single else result

    return run_checked


_functional("dropout", "dropout")
_functional("alpha_dropout", "alpha_dropout", False)
_functional("feature_alpha_dropout", "feature_alpha_dropout", False)
_functional("dropout1d", "feature_dropout", True, _unbatched("dropout1d", 3))
_functional("dropout2d", "feature_dropout", True, _warn_dims("dropout2d", (3, 4)))
_functional("dropout3d", "feature_dropout", True, _unbatched("dropout3d", 5))
