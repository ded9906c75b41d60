"""Pooling: windows, adaptive and fractional, with indices, and back again."""
import functools

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.size import whole, wholes
from mindtorch._core.codes import UP_TO_SINGLE

from .convolution import allocate
from ..creation.factories import new
from ..linalg.matmul import cpp
from ..table.registry import FUNCTIONS, NAMESPACES, With, composition, kernel_rows, op, register, run

INT64 = 5
MOST_INT = 2**31 - 1  # windows of planes and volumes are counted in 32 bits


def _triple(value, n, name, op_name):
    if type(value) is not int:
        value = wholes(value, op_name, name)
    if type(value) is int or len(value) == 1:
        value = (value if type(value) is int else value[0],) * n
    if n > 1:
        for v in value:
            if v > MOST_INT:
                raise RuntimeError("value cannot be converted to type int without overflow")
    if len(value) != n:
        words = {1: "one int", 2: "two ints", 3: "three ints"}[n]
        raise RuntimeError(f"{op_name}: {name} must either be a single int, or a tuple of {words}" if n > 1
                           else f"{op_name}() {name} must be an int or a tuple of one int")
    return value


def _supported(t, name, integers=True):
    kind = t.dtype._name
    if not (
        t.dtype.is_floating_point
        or (integers and kind not in ("bool", "uint16", "uint32", "uint64") and not t.dtype.is_complex)
    ):
        raise NotImplementedError(f"\"{name}\" not implemented for '{cpp(t)}'")


def _batched(t, n, name):
    """(input with a batch dimension, whether it was added)."""
    if t.ndim not in (n + 1, n + 2) or any(s == 0 for s in t.shape[t.ndim - n - 1:]):
        raise RuntimeError(
            f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input"
            if n > 1 or t.ndim not in (2, 3)
            else f"{name}() Expected 2D or 3D input tensor with optional 0 dim batch size, but got: {list(t.shape)}"
        )
    return (t.unsqueeze(0), True) if t.ndim == n + 1 else (t, False)


def _out_size(size, kernel, stride, padding, dilation, ceil_mode):
    out = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation):
        o = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        out.append(o - 1 if ceil_mode and (o - 1) * s >= n + p else o)
    return out


def _check_windows(t, kernel, stride, padding, dilation, ceil_mode):
    n = len(kernel)
    if min(kernel) <= 0 and 0 not in stride:
        raise RuntimeError(f"kernel size should be greater than zero, but got kernel size {list(kernel)}")
    if 0 in stride:
        raise RuntimeError("stride should not be zero")
    if min(stride) < 0:
        raise RuntimeError(f"stride should be greater than zero, but got stride {list(stride)}")
    if min(padding) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(padding)}")
    for p, k, d in zip(padding, kernel, dilation):
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} "
                               f"and dilation={d}")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got dilation {list(dilation)}")
    size = _out_size(t.shape[2:], kernel, stride, padding, dilation, ceil_mode)
    if min(size) < 1:
        shown = list(t.shape[1:]) if n > 1 else [t.shape[1], 1, t.shape[2]]
        made = [t.shape[1], *size] if n > 1 else [t.shape[1], 1, *size]
        raise RuntimeError(f"Given input size: ({'x'.join(map(str, shown))}). Calculated output size: "
                           f"({'x'.join(map(str, made))}). Output size is too small")
    return size


def _launch(kernel, results, operands, scalars=()):
    """Narrow integers are computed as int64."""
    first = results[0]
    if first.dtype._name in ("int8", "int16", "int32", "uint8"):
        target = new(first.shape, INT64, first._device_code)
        wide = []
        for t in operands:
            w = t
            if t._dtype_code == first._dtype_code:
                w = new(t.shape, INT64, t._device_code)
                run("copy", (w, t))
            wide.append(w)
        run(kernel, (target, *results[1:], *wide), scalars)
        run("copy", (first, target))
    else:
        run(kernel, (*results, *operands), scalars)


# ---- on Ascend ----
# Its operators know planes and, for averages, volumes; a line is a plane of one row. Places of maxima lead into the
# flattened plane there as here.
kernel_rows(
    max_pool_of_planes="aclnnMaxPool2dWithIndices T2 I0 I1 I2 I3 i4 T0 T1",
    adaptive_max_pool_of_planes="aclnnAdaptiveMaxPool2d T2 I0 T0 T1",
    avg_pool_of_planes="aclnnAvgPool2d T1 I0 I1 I2 i3 i4 i5 =0 T0 #1=4 | aclnnAvgPool3d T1 I0 I1 I2 i3 i4 i5 T0 #1=5",
    avg_pool_slope="aclnnAvgPool2dBackward T1 T2 I0 I1 I2 i3 i4 i5 =0 T0 #1=4 | aclnnAvgPool3dBackward T1 T2 I0 I1 I2 "
                   "i3 i4 i5 T0 #1=5",
    adaptive_avg_pool_to="aclnnAdaptiveAvgPool2d T1 I0 T0 #1=4 | aclnnAdaptiveAvgPool3d T1 I0 T0 #1=5",
    adaptive_avg_pool_slope="aclnnAdaptiveAvgPool2dBackward T1 T2 T0 #1=4 | aclnnAdaptiveAvgPool3dBackward T1 T2 T0 "
                            "#1=5",
    pool_add="aclnnScatterAdd T1 =2 T3 T2 T0",
    pool_put="aclnnScatter T1 =2 T3 T2 =0 T0",
    pool_gather_flat="aclnnGather T1 =2 T2 T0",
)


def _plane(t):
    """A batch of lines as planes of one row (raw)."""
    return _C.strided(t, (*t.shape[:2], 1, t.shape[2]), (*t._strides[:2], t.shape[2] * t._strides[2], t._strides[2]),
                      t._offset, -1) if t.ndim == 3 else t


def _flat(t):
    """(N, C, elements of a plane), which its memory must allow (raw); None where it does not."""
    return _C.strided(t, (*t.shape[:2], t[:1, :1]._numel), (*t._strides[:2], 1), t._offset,
                      -1) if t._contiguous else None


def _of_planes(t, *lists):
    return [(fill, *numbers) if t.ndim == 3 else numbers for numbers, fill in lists]


def _rounds_up(size, made, kernel, stride, padding, dilation):
    return any((n + 2 * p - d * (k - 1) - 1) // s + 1 != m for n, m, k, s, p,
               d in zip(size, made, kernel, stride, padding, dilation))


@functools.lru_cache(64)
def _places(size, made, kernel, stride, padding, dilation, device):
    """Where the elements of each window lie in the flattened image: [windows, elements]."""
    at = FUNCTIONS["zeros"]((1, 1), dtype=dtypes.int64)
    for n, m, k, s, p, d in zip(size, made, kernel, stride, padding, dilation):
        line = (FUNCTIONS["arange"](m).unsqueeze(1) * s - p + FUNCTIONS["arange"](k) * d).clamp(0, n - 1)
        at = (at[:, None, :, None] * n + line[None, :, None, :]).reshape(at.shape[0] * m, at.shape[1] * k)
    return at.to(device)


def _max_of_windows(out, indices, x, kernel, stride, padding, dilation):
    """Volumes and windows with gaps, which no operator here takes: a copy of the windows, the largest of each, and
    where that lies."""
    size, made = x.shape[2:], out.shape[2:]
    pads = [v for n, m, k, s, p, d in reversed(list(zip(size, made, kernel, stride, padding, dilation)))
            for v in (p, max(0, (m - 1) * s + d * (k - 1) + 1 - n - p))]
    x = FUNCTIONS["constant_pad_nd"](x, pads, float("-inf")) if any(pads) else x
    steps = x._strides[2:]
    every = _C.strided(x, (*out.shape, *kernel),
                       (*x._strides[:2], *(a * s for a, s in zip(steps, stride)),
                        *(a * d for a, d in zip(steps, dilation))), x._offset, -1)
    table = _places(tuple(size), tuple(made), tuple(kernel), tuple(stride), tuple(padding), tuple(dilation), x.device)
    largest, at = every.reshape(*out.shape[:2], *table.shape).max(-1)
    run("copy", (out, largest.view(out.shape)))
    run("copy", (indices, table.expand(*out.shape[:2], *table.shape).gather(-1, at.unsqueeze(-1)).view(out.shape)))


@composition("max_pool")
def _max_pool_on_device(tensors, scalars):
    out, indices, x = tensors
    if x.ndim == 5 or max(scalars[3]) > 1:
        return _max_of_windows(out, indices, x, *scalars) if x._dtype_code in UP_TO_SINGLE else NotImplemented
    kernel, stride, padding, dilation = _of_planes(x, (scalars[0], 1), (scalars[1], 1), (scalars[2], 0),
                                                   (scalars[3], 1))
    run("max_pool_of_planes", (_plane(out), _plane(indices), _plane(x)),
        (kernel, stride, padding, dilation, _rounds_up(x.shape[2:], out.shape[2:], *scalars)))


@composition("adaptive_max_pool")
def _adaptive_max_pool_on_device(tensors, scalars):
    out, indices, x = tensors
    if x.ndim == 5:
        return NotImplemented
    run("adaptive_max_pool_of_planes", (_plane(out), _plane(indices), _plane(x)), (_plane(out).shape[2:],))


def _average_numbers(x, size, made, scalars):
    kernel, stride, padding = scalars[:3]
    up = _rounds_up(size, made, kernel, stride, padding, (1,) * len(kernel))
    return (*_of_planes(x, (kernel, 1), (stride, 1), (padding, 0)), up, bool(scalars[3]), scalars[4] or 0)


@composition("avg_pool")
def _avg_pool_on_device(tensors, scalars):
    out, x = tensors
    run("avg_pool_of_planes", (_plane(out), _plane(x)), _average_numbers(x, x.shape[2:], out.shape[2:], scalars))


@composition("avg_pool_backward")
def _avg_pool_slope_on_device(tensors, scalars):
    gx, g = tensors  # of the input only the sizes count
    run("avg_pool_slope", (_plane(gx), _plane(g), _plane(gx)), _average_numbers(g, gx.shape[2:], g.shape[2:], scalars))


@composition("adaptive_avg_pool")
def _adaptive_avg_pool_on_device(tensors, scalars):
    out, x = tensors
    run("adaptive_avg_pool_to", (_plane(out), _plane(x)), (_plane(out).shape[2:],))


@composition("adaptive_avg_pool_backward")
def _adaptive_avg_pool_slope_on_device(tensors, scalars):
    gx, g = map(_plane, tensors)
    run("adaptive_avg_pool_slope", (gx, g, gx))


@composition("pool_scatter")
def _pool_scatter_on_device(tensors, scalars):
    out, g, indices = tensors
    flat = [_flat(t) for t in (out, g.contiguous(), indices.contiguous())]
    made = flat[0] if flat[0] is not None else new((*out.shape[:2], out[:1, :1]._numel), out._dtype_code,
                                                   out._device_code)
    run("fill", (made,), (0,))
    run("pool_add" if scalars[0] else "pool_put", (made, made, *flat[1:]))
    if made is not flat[0]:
        run("copy", (out, made.view(out.shape)))


@composition("pool_gather")
def _pool_gather_on_device(tensors, scalars):
    out, x, indices = tensors
    run("pool_gather_flat", tuple(_flat(t) for t in (out, x.contiguous(), indices.contiguous())))


# ---- what indices lead to and from: each the gradient of the other ----
@op("_pool_scatter", method=False, function=False, out=False, node="MaxPoolBackward0",
    grad={"g": lambda g, indices: _gather(g, indices)})
def _scatter(g, indices, size, accumulate):
    # unpooling in 3d gives contiguous results
    out = allocate((*g.shape[:2], *size), g, *([g] if len(size) < 3 or accumulate else []))
    _launch("pool_scatter", (out,), (g, indices), (accumulate,))
    return out


@op("_pool_gather", method=False, function=False, out=False, node="MaxUnpoolBackward0",
    grad={"input": lambda g, indices, input: _scatter(g, indices, tuple(input.shape[2:]), True)})
def _gather(input, indices):
    out = new(indices.shape, input._dtype_code, input._device_code)
    _launch("pool_gather", (out,), (input, indices))
    return out


def _to_input(g, indices, input):
    return _scatter(g, indices, tuple(input.shape[2:]), True)


def _maximum(kernel_name, node):
    """An op that returns (largest values, their flat places)."""

    @op("_" + kernel_name, method=False, function=False, out=False, node=node,
        grad={"input": lambda gs, places, input: _to_input(gs[0], places, input)})
    def maximum(input, size, extra, parameters):
        keeps = [input] if kernel_name == "max_pool" or (kernel_name == "adaptive_max_pool" and len(size) < 3) else []
        out = allocate((*input.shape[:2], *size), input, *keeps)
        indices = _C.empty_strided(out.shape, out._strides, INT64, input._device_code)
        _launch(kernel_name, (out, indices), (input, *extra), parameters)
        return With((out, indices), places=indices)  # the values may be changed before backward

    return maximum


_windows = _maximum("max_pool", "MaxPool2DWithIndicesBackward0")
_adaptive = _maximum("adaptive_max_pool", "AdaptiveMaxPool2DBackward0")
_fraction = _maximum("fractional_max_pool", "FractionalMaxPool2DBackward0")


def _unbatch(results, single):
    return tuple(r.squeeze(0) for r in results) if single else tuple(results)


def _max_pool(n):
    name = f"max_pool{n}d"

    def with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        kernel = _triple(kernel_size, n, "kernel_size", name)
        stride = (kernel if stride is None or (not hasattr(stride, "__index__") and not len(stride))
                  else _triple(stride, n, "stride", name))
        padding, dilation = _triple(padding, n, "padding", name), _triple(dilation, n, "dilation", name)
        x, single = _batched(input, n, name)
        size = _check_windows(x, kernel, stride, padding, dilation, ceil_mode)
        _supported(x, "max_pool1d_impl" if n == 1 else name, integers=n > 1)
        return _unbatch(_windows(x, tuple(size), (), (kernel, stride, padding, dilation)), single)

    def pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        both = with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
        return both if return_indices else both[0]

    def pool_only(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        return with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)[0]

    pool.__doc__ = (f"Largest element of every window over {n} dimensions of [N, C, ...] (N optional); with "
                    "return_indices also its flat place.")
    pool_only.__doc__ = with_indices.__doc__ = pool.__doc__
    op(name, namespace="nn.functional", out=False, tensors=["input"])(pool)
    op(name + "_with_indices", namespace="nn.functional", out=False, tensors=["input"])(with_indices)
    op(name, method=False, out=False, tensors=["input"])(pool_only)

    @op(name + "_with_indices", method=False, out=False, tensors=["input"])
    def both(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        """(values, indices) of the largest element of each window."""
        return with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def _unpool(n):
    name = f"max_unpool{n}d"

    def unpool(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel = _triple(kernel_size, n, "kernel_size", name)
        stride = kernel if stride is None else _triple(stride, n, "stride", name)
        padding = _triple(padding, n, "padding", name)
        default = [(s - 1) * st + k - 2 * p for s, st, k, p in zip(input.shape[-n:], stride, kernel, padding)]
        if output_size is None:
            size = default
        else:
            size = output_size if isinstance(output_size, (tuple, list)) else tuple(output_size)
            size = list(wholes(size, name, "output_size"))
            if len(size) == n + 2:
                size = size[2:]
            if len(size) != n:
                raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a "
                                 f"length of '{len(size)}'")
            for d in range(n):
                low, high = default[d] - stride[d], default[d] + stride[d]
                if not low < size[d] < high:
                    raise ValueError(f"invalid output_size \"{size}\" (dim {d} must be between {low} and {high})")
        if indices._dtype_code != INT64:
            raise RuntimeError(f"elements in indices should be type int64 but got: {cpp(indices)}")
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(f"Input to max_unpooling{n}d should be a {n + 1}d or {n + 2}d Tensor, but got a tensor "
                               f"with {input.ndim} dimensions.")
        if input.shape != indices.shape:
            raise RuntimeError("Expected shape of indices to be same as that of the input tensor "
                               f"({list(input.shape)}) but got indices tensor with shape: {list(indices.shape)}")
        if n == 3 and any(s <= 0 for s in stride):
            raise RuntimeError(f"strides should be greater than zero, but got stride: {list(stride)}")
        if any(s <= 0 for s in size):
            raise RuntimeError(f"Expected output_size to be positive, but got {size}")
        single = input.ndim == n + 1
        x, where = (input.unsqueeze(0), indices.unsqueeze(0)) if single else (input, indices)
        out = _scatter(x, where, tuple(size), False)
        return out.squeeze(0) if single else out

    unpool.__doc__ = (f"Puts elements of [N, C, ...] back to the places that max_pool{n}d with indices gave, zeros "
                      "elsewhere.")
    op(name, namespace="nn.functional", out=False, tensors=["input", "indices"])(unpool)


# ---- averages ----
@op("_avg_pool_backward", method=False, function=False, out=False, node="AvgPool2DBackwardBackward0",
    grad={"g": lambda gs, size, parameters: _average(gs[0], parameters)})
def _spread(g, shape, size, parameters):
    out = allocate(shape, g, g)
    _launch("avg_pool_backward", (out,), (g,), parameters)
    return out


@op("_avg_pool", method=False, function=False, out=False, node="AvgPool2DBackward0", grad={
    "input": lambda g, input, parameters, size: _spread(g, tuple(input.shape), size, parameters)})
def _average_op(input, size, parameters):
    out = allocate((*input.shape[:2], *size), input, *([input] if len(size) < 3 else []))
    _launch("avg_pool", (out,), (input,), parameters)
    return out


def _average(input, parameters_and_size):
    *parameters, size = parameters_and_size
    return _average_op(input, size, (*parameters, size))


def _avg_pool(n):
    name = f"avg_pool{n}d"

    def pool(
        input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        kernel = _triple(kernel_size, n, "kernel_size", name)
        stride = kernel if stride is None or (not hasattr(stride, "__index__")
                                              and not len(stride)) else _triple(stride, n, "stride", name)
        padding = _triple(padding, n, "padding", name)
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        if n == 2 and input.ndim < 3:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{max(input.ndim, 1)}, "
                             f"{max(input.ndim, 1) - 1}], but got -{n + 1})")
        x, single = _batched(input, n, name)
        size = _check_windows(x, kernel, stride, padding, (1,) * n, ceil_mode)
        if x.dtype._name in ("int8", "int16", "int32", "uint8", "bool"):
            raise NotImplementedError(f"\"avg_pool2d_out_frame\" not implemented for '{cpp(x)}'")
        out = _average(x, (kernel, stride, padding, count_include_pad, divisor_override, tuple(size)))
        return out.squeeze(0) if single else out

    def pool1(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        return pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad)

    made = pool1 if n == 1 else pool
    made.__doc__ = f"Mean of every window over {n} dimensions of [N, C, ...] (N optional)."
    op(name, namespace="nn.functional", out=n > 1, tensors=["input"])(made)
    if n == 1:
        op(name, method=False, out=False, tensors=["input"])(made)


@op("_adaptive_avg_pool_backward", method=False, function=False, out=False, node="AdaptiveAvgPool2DBackwardBackward0",
    grad={"g": lambda gs, size: _adaptive_average(gs[0], size)})
def _adaptive_spread(g, shape, size):
    out = allocate(shape, g, g)
    _launch("adaptive_avg_pool_backward", (out,), (g,))
    return out


@op("_adaptive_avg_pool", method=False, function=False, out=False, node="AdaptiveAvgPool2DBackward0",
    grad={"input": lambda g, input, size: _adaptive_spread(g, tuple(input.shape), size)})
def _adaptive_average(input, size):
    out = allocate((*input.shape[:2], *size), input, *([input] if len(size) < 3 else []))
    _launch("adaptive_avg_pool", (out,), (input,))
    return out


def _adaptive_size(input, output_size, n, name):
    if not isinstance(output_size, (tuple, list)):
        size = (whole(output_size, name, "output_size"),) * n
    else:
        if n > 1 and input.ndim <= len(output_size):
            raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
        size = wholes([input.shape[d - n] if s is None else s for d, s in enumerate(output_size)], name, "output_size")
        size = size * n if len(size) == 1 else size
    if len(size) != n:
        raise RuntimeError(f"{name}: output_size must be {n}")
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got {list(input.shape)}")
    for d in range(input.ndim - n - (0 if "max" in name else 1), input.ndim):
        if d and input.shape[d] == 0 or (d == 0 and input.ndim == n + 1 and input.shape[d] == 0):
            raise RuntimeError(f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input "
                               f"has sizes {list(input.shape)} with dimension {d} being empty")
    if any(s < 0 for s in size):
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0 but received "
                           f"{{{', '.join(map(str, size))}}}")
    return size


def _adaptive_pools(n):
    def average(input, output_size):
        size = _adaptive_size(input, output_size, n, f"adaptive_avg_pool{n}d")
        _supported(input, f"adaptive_avg_pool{n}d", integers=False)
        single = input.ndim == n + 1
        out = _adaptive_average(input.unsqueeze(0) if single else input, tuple(size))
        return out.squeeze(0) if single else out

    def with_indices(input, output_size, return_indices=False):
        size = _adaptive_size(input, output_size, n, f"adaptive_max_pool{n}d")
        _supported(input, f"adaptive_max_pool{n}d", integers=False)
        single = input.ndim == n + 1
        return _unbatch(_adaptive(input.unsqueeze(0) if single else input, tuple(size), (), ()), single)

    def maximum(input, output_size, return_indices=False):
        both = with_indices(input, output_size)
        return both if return_indices else both[0]

    average.__doc__ = f"Mean over windows that divide {n} dimensions into output_size parts (None keeps a size)."
    maximum.__doc__ = with_indices.__doc__ = (
        f"Largest element of windows that divide {n} dimensions into output_size parts (None keeps a size).")
    op(f"adaptive_avg_pool{n}d", namespace="nn.functional", out=False, tensors=["input"])(average)
    op(f"adaptive_max_pool{n}d", namespace="nn.functional", out=False, tensors=["input"])(maximum)
    op(f"adaptive_max_pool{n}d_with_indices", namespace="nn.functional", out=False, tensors=["input"])(with_indices)
    if n == 1:
        op("adaptive_avg_pool1d", method=False, out=False, tensors=["input"])(average)

        @op("adaptive_max_pool1d", method=False, out=False, tensors=["input"])
        def both(input, output_size):
            """(values, indices) of adaptive maxima over windows that divide the last dimension into output_size."""
            return with_indices(input, output_size)


def _fractional(n):
    name = f"fractional_max_pool{n}d"

    def with_indices(
        input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
    ):
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        kernel = _triple(kernel_size, n, "kernel_size", name)
        if output_size is None:
            ratio = (output_ratio,) * n if isinstance(output_ratio, (int, float)) else tuple(output_ratio)
            if len(ratio) != n:
                raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
            output_size = [int(s * r) for s, r in zip(input.shape[-n:], ratio)]
        size = _triple(output_size, n, "output_size", name)
        if input.ndim not in (n + 1, n + 2) or any(s == 0 for s in input.shape[1 if input.ndim == n + 2 else 0:]):
            raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D (batch mode) tensor with non-zero size for "
                               f"non-batch dimensions, but got {list(input.shape)}")
        _supported(input, f"{name}_out_frame", integers=False)
        for d, (s, k, o) in enumerate(zip(input.shape[-n:], kernel, size)):
            if o <= 0 or k <= 0:
                raise RuntimeError(f"{name}: kernel_size and output_size must be greater than zero")
            if o + k - 1 > s:
                raise RuntimeError(f"{name}(): pool {('time', 'height', 'width')[3 - n + d]} {k} too large relative to "
                                   f"input {('time', 'height', 'width')[3 - n + d]} {s}")
        single = input.ndim == n + 1
        x = input.unsqueeze(0) if single else input
        if _random_samples is None:
            _random_samples = FUNCTIONS["rand"](x.shape[0], x.shape[1], n, dtype=input.dtype, device=input.device)
        if _random_samples._dtype_code != input._dtype_code:
            raise RuntimeError("Expect _random_samples to have the same dtype as input")
        if _random_samples.ndim != 3:
            raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {_random_samples.ndim}")
        given = _random_samples.shape
        if given[0] < x.shape[0]:
            raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
        if given[1] != x.shape[1]:
            raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
        if given[2] != n:
            raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {given[2]}.")
        return _unbatch(_fraction(x, size, (_random_samples.narrow(0, 0, x.shape[0]),), (kernel,)), single)

    def pool(input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
        both = with_indices(input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
        return both if return_indices else both[0]

    pool.__doc__ = with_indices.__doc__ = (
        f"Largest element of windows whose places over {n} dimensions are pseudo-random; _random_samples "
        f"[N, C, {n}] fixes them.")
    op(name, namespace="nn.functional", out=False, tensors=["input"])(pool)
    op(name + "_with_indices", namespace="nn.functional", out=False, tensors=["input"])(with_indices)


def _lp_pool(n):
    def pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        kernel = _triple(kernel_size, n, "kernel_size", f"lp_pool{n}d")
        count = 1
        for k in kernel:
            count *= k
        mean = NAMESPACES["nn.functional"][f"avg_pool{n}d"](input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        return (mean.sign() * NAMESPACES["nn.functional"]["relu"](mean.abs())).mul(count).pow(1.0 / norm_type)

    pool.__doc__ = f"p-norm of every window over {n} dimensions of [N, C, ...]: the root of the sum of powers."
    op(f"lp_pool{n}d", namespace="nn.functional", out=False, tensors=["input"])(pool)


for _n in (1, 2, 3):
    _max_pool(_n)
    _unpool(_n)
    _avg_pool(_n)
    _adaptive_pools(_n)
    _lp_pool(_n)
    if _n > 1:
        _fractional(_n)
register("adaptive_avg_pool1d", FUNCTIONS["adaptive_avg_pool1d"], namespace="nn.functional", family="pooling")
