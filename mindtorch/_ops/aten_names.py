"""Operators that only torch.ops.aten names: assertions, and what exported programs contain."""
from .registry import public, register


def _assert_async(input, message=None):
    """RuntimeError when a tensor of one element is zero."""
    if input.numel() != 1:
        raise RuntimeError(f"Boolean value of Tensor with {'no values' if not input.numel() else 'more than one value'} is ambiguous")
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
    for what, want, have in (("dtype", dtype, input.dtype), ("device", device, input.device), ("layout", layout, input.layout)):
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


def _range(name):
    def constrain(size, *, min=None, max=None):
        from mindtorch import _misc

        getattr(_misc, name)(size, min=min, max=max)

    constrain.__name__, constrain.__doc__ = name, "RuntimeError for a number outside a range."
    return constrain


for _f in (_assert_async, _assert_scalar, _assert_tensor_metadata, _is_all_true, _is_any_true, alias, _safe_softmax, _range("sym_constrain_range"),
    _range("sym_constrain_range_for_size")):
    register(_f.__name__, _f, namespace="aten", family="aten_names")
