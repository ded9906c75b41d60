"""Operators that only torch.ops.aten names: assertions, and what exported programs contain."""
import math

from ..nn.normalization import native_batch_norm
from .registry import FUNCTIONS, public, register
from ..nn.resize import resize_smooth


def _assert_async(input, message=None):
    """RuntimeError when a tensor of one element is zero."""
    if input.numel() != 1:
        raise RuntimeError("Boolean value of Tensor with "
                           f"{'no values' if not input.numel() else 'more than one value'} is ambiguous")
    if not input.item():
        raise RuntimeError(message or "Expected Tensor with single nonzero value, but got zero")


def _assert_scalar(value, message):
    """RuntimeError with the message when a number is zero."""
    if not value:
        raise RuntimeError(message)


def _assert_tensor_metadata(input, size=None, stride=None, dtype=None, *, device=None, layout=None):
    """RuntimeError when a tensor differs from a description."""
    for what, want, have in (("sizes", size, list(input.shape)), ("strides", stride, list(input.stride()))):
        if want is not None and list(want) != have:
            raise RuntimeError(f"Tensor {what} mismatch! Expected: {list(want)}, Got: {have}")
    for what, want, have in (
        ("dtype", dtype, input.dtype),
        ("device", device, input.device),
        ("layout", layout, input.layout),
    ):
        if want is not None and want != have:
            raise RuntimeError(f"Tensor {what} mismatch! Expected: {want}, Got: {have}")


def _is_all_true(input):
    """Whether all elements of a bool tensor are true, as a tensor."""
    return public.all(input)


def _is_any_true(input):
    """Whether an element of a bool tensor is true, as a tensor."""
    return public.any(input)


def alias(input):
    """A view of the whole tensor."""
    return input.view_as(input)


def _safe_softmax(input, dim, dtype=None):
    """Softmax whose rows of nothing but -inf are zero."""
    empty = (input == float("-inf")).all(dim, keepdim=True)
    return public.softmax(input.masked_fill(empty, 0), dim, dtype=dtype).masked_fill(empty, 0)


def _softmax_of(name):
    def softmax(input, dim, half_to_float=False):
        if half_to_float:
            raise RuntimeError("softmax with half to float conversion is not supported on CPU")
        return FUNCTIONS[name](input, dim)

    softmax.__name__, softmax.__doc__ = "_" + name, name + " over one dimension."
    return softmax


def native_dropout_backward(grad_output, mask, scale):
    """Gradient of native_dropout."""
    return grad_output * (mask.type_as(grad_output) * scale)


# ---- batch normalisation ----
_NUMBERS = ("training", "momentum", "eps")
_RUNNING = ("running_mean", "running_var")


def _native_batch_norm_legit(input, weight, bias, *rest, out=None, **named):
    """native_batch_norm(input, weight, bias, [running_mean, running_var,] training, momentum, eps)."""
    names = (*_RUNNING, *_NUMBERS) if len(rest) + len(named) == 5 else _NUMBERS
    if len(rest) + len(named) != len(names) or set(named) != set(names[len(rest):]):
        raise TypeError("_native_batch_norm_legit() received an invalid combination of arguments: running_mean and "
                        f"running_var or neither, then {', '.join(_NUMBERS)}")
    given = dict(zip(names, rest), **named)
    if len(names) == 3:
        if not given["training"]:
            raise RuntimeError("running_mean must be defined in evaluation mode")
        given = dict.fromkeys(_RUNNING) | given
    return native_batch_norm(input, weight, bias, *(given[n] for n in (*_RUNNING, *_NUMBERS)), out=out)


def _native_batch_norm_legit_no_training(input, weight, bias, running_mean, running_var, momentum, eps):
    """native_batch_norm in evaluation mode."""
    return native_batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps)


def _native_batch_norm_legit_functional(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """native_batch_norm that returns the new running statistics instead of changing those given."""
    running_mean, running_var = running_mean.clone(), running_var.clone()
    return *native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum,
                              eps), running_mean, running_var


def _reserve(input):
    return input.new_empty((0,), dtype=input.new_empty((0,)).byte().dtype)


def _batch_norm_with_update(input, weight, bias, running_mean, running_var, momentum, eps):
    """native_batch_norm in training mode, with room for a backend's notes."""
    return *native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps), _reserve(input)


def _batch_norm_no_update(input, weight, bias, running_mean, running_var, momentum, eps):
    """native_batch_norm in evaluation mode, with room for a backend's notes."""
    return *native_batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps), _reserve(input)


# ---- resizing ----
def _smooth(mode):
    def resize(input, output_size=None, align_corners=False, scales_h=None, scales_w=None, *, scale_factors=None):
        if isinstance(scales_h, (list, tuple)):
            scale_factors, scales_h = scales_h, None
        if scale_factors is not None:
            if output_size is not None:
                raise RuntimeError("Must specify exactly one of output_size and scale_factors")
            output_size = [math.floor(n * f) for n, f in zip(input.shape[2:], scale_factors)]
            scales_h, scales_w = scale_factors
        return resize_smooth(input, output_size, mode, align_corners, (scales_h, scales_w))

    resize.__name__ = f"_upsample_{mode}2d_aa"
    resize.__doc__ = f"{mode} interpolation of (N, C, H, W) with antialiasing."
    return resize


def _range(name):
    def constrain(size, *, min=None, max=None):
        from mindtorch import _checks

        getattr(_checks, name)(size, min=min, max=max)

    constrain.__name__, constrain.__doc__ = name, "RuntimeError for a number outside a range."
    return constrain


for _f in (_assert_async, _assert_scalar, _assert_tensor_metadata, _is_all_true, _is_any_true, alias, _safe_softmax,
           _range("sym_constrain_range"),
    _range("sym_constrain_range_for_size"), native_dropout_backward, _softmax_of("softmax"),
    _softmax_of("log_softmax"), _native_batch_norm_legit_no_training, _native_batch_norm_legit_functional,
    _batch_norm_with_update,
    _batch_norm_no_update, _smooth("bilinear"), _smooth("bicubic")):
    register(_f.__name__, _f, namespace="aten", family="aten_names")

register("_native_batch_norm_legit", _native_batch_norm_legit, method=False, family="aten_names")
register("_segment_reduce", FUNCTIONS["segment_reduce"], method=False, family="aten_names")
