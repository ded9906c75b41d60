"""Layer, group, instance, batch, root-mean-square normalisation and relatives: one kernel forward, one backward.

Second derivatives come from the same gradients written in public functions, which are used when somebody asks for them.
"""
import functools

import mindtorch._C as _C
from mindtorch._core import dtypes, layouts
from mindtorch._core.codes import COMPLEX128, FLOAT32, FLOAT64, HALVES

from ..table.checks import cpp_name, dense, need_float, number, stats_code
from ..creation.factories import like, new
from ..table.registry import NAMESPACES, With, composition, kernel_rows, op, run

# a row is normalised whole where it has one group of channels of one element each
kernel_rows(
    group_norm="aclnnLayerNorm T3:s0,s2 n:s2 T4?:s2 T5?:s2 d4 T0:s0,s2 T1:s0,1 T2:s0,1 ?1=1 ?3=1",
    group_norm_backward="aclnnLayerNormBackward T3:s0,s2 T4:s0,s2 n:s2 T5:s0,1 T6:s0,1 T7?:s2 - P0,1,2 T0?:s0,s2 "
                        "T1?:s2 T2?:s2 ?1=1 ?3=1",
    rms_norm_weighted="aclnnRmsNorm T2:s0,s1 T3:s1 d2 T0:s0,s1 T1:s0,1",
    rms_norm_slope="aclnnRmsNormGrad T2:s0,s1 T3:s0,s1 T4:s0 T5:s1 T0:s0,s1 T1:s1",
    batch_norm_whole="aclnnBatchNorm T3 T4? T5? T6? T7? i3 d4 d5 T0 T1 T2",
    batch_norm_slope="aclnnBatchNormBackward T3 T4 T7? - - T5 T6 =1 =0.0 P9,10,11 T0 T1 T2 ?0=1"
    " | aclnnBatchNormBackward T3 T4 T7? T5 T8 T5 T6 =0 =0.0 P9,10,11 T0 T1 T2 ?0=0",
)


kernel_rows(
    group_norm_of_channels="aclnnGroupNorm T3:s0,s1,s2 T4? T5? i0 i1 i2 i3 d4 T0:s0,s1,s2 T1:s0,s3 T2:s0,s3",
    group_norm_slope="aclnnGroupNormBackward T3:s0,s1,s2 T4:s0,s1,s2 T5:s0,s3 T6:s0,s3 T7? i0 i1 i2 i3 P8,9,10 "
                     "T0:s0,s1,s2 T1 T2",
)


def _channels(layout):
    """(N, C, elements of a channel, groups)."""
    rows, groups, d, s = layout
    return rows // groups, groups * d, s, groups


@composition("group_norm")
def _group_norm_on_device(tensors, scalars):
    """Ascend's operator has statistics of the input's dtype."""
    _, groups, _, s, eps = scalars
    if groups == 1 and s == 1:
        return NotImplemented
    out, mean, rstd, x, weight, bias = tensors
    kept = [_of_dtype(t, x) for t in (mean, rstd)]
    run("group_norm_of_channels", (out, *kept, x, *(_as_dtype(t, x) for t in (weight, bias))),
        (*_channels(scalars[:4]), eps))
    for t, k in zip((mean, rstd), kept):
        if k is not t:
            run("copy", (t, k))


@composition("group_norm_backward")
def _group_norm_slope_on_device(tensors, scalars):
    if scalars[1] == 1 and scalars[3] == 1:
        return NotImplemented
    gx, gw, gb, g, x, mean, rstd, weight = tensors
    if weight is not None:
        mean, rstd = _as_dtype(mean, weight), _as_dtype(rstd, weight)
    channels = _channels(scalars)
    wanted = _all_three(gx, gw, gb, x, mean, channels[1])
    run("group_norm_slope", (*wanted, g, x, mean, rstd, weight, gx, gw, gb), channels)


def _all_three(gx, gw, gb, x, mean, channels=None):
    """Gradients of input, weight and bias: an operator wants memory for each, asked for or not."""
    shape = (x.shape[1] if channels is None else channels,)
    return like(x) if gx is None else gx, *(new(shape, mean._dtype_code, x._device_code) if t is None else t
                                            for t in (gw, gb))


def _of_dtype(t, x):
    return t if t._dtype_code == x._dtype_code else new(t.shape, x._dtype_code, t._device_code)


def _as_dtype(t, x):
    if t is None or t._dtype_code == x._dtype_code:
        return t
    made = _of_dtype(t, x)
    run("copy", (made, t))
    return made


@composition("rms_norm")
def _rms_norm_on_device(tensors, scalars):
    out, rstd, x, weight = tensors
    run("rms_norm_weighted", (out, rstd, x, _no_weight(x, scalars[1]) if weight is None else weight), scalars)


@composition("rms_norm_backward")
def _rms_norm_slope_on_device(tensors, scalars):
    """Ascend's operator wants a weight and gives its gradient, in float32."""
    gx, gw, g, x, rstd, weight = tensors
    along = gw if gw is not None and gw._dtype_code == FLOAT32 else new((scalars[1],), 8, x._device_code)
    run("rms_norm_slope",
        (like(x) if gx is None else gx, along, g, x, rstd, _no_weight(x, scalars[1]) if weight is None else weight),
        scalars)
    if gw is not None and gw is not along:
        run("copy", (gw, along.view(gw.shape)))


def _no_weight(x, n):
    made = new((n,), x._dtype_code, x._device_code)
    run("fill", (made,), (1,))
    return made


def _by_channel(t, layout):
    """(n, channels, s) as the memory lies, which is dense (raw)."""
    return None if t is None else _C.strided(t, layout, layouts.dense_strides(layout), t._offset, -1)


@composition("batch_norm")
def _batch_norm_on_device(tensors, scalars):
    """In evaluation Ascend's operator does not say by what it normalised."""
    out, mean, rstd, x, weight, bias, running_mean, running_var = tensors
    run("batch_norm_whole", (_by_channel(out, scalars[:3]), mean, rstd, _by_channel(x, scalars[:3]), *tensors[4:]),
        scalars)
    if not scalars[3] and _C.is_grad_enabled():
        run("copy", (mean, running_mean))
        run("copy", (rstd, _C.detach(running_var).add(scalars[5]).rsqrt()))


@composition("batch_norm_backward")
def _batch_norm_slope_on_device(tensors, scalars):
    gx, gw, gb, g, x, mean, rstd, weight = tensors
    gx, g, x = (_by_channel(t, scalars[:3]) for t in (gx, g, x))
    run("batch_norm_slope", (*_all_three(gx, gw, gb, x, mean), g, x, mean, rstd, weight,
                             None if scalars[3] else rstd.pow(-2), gx, gw, gb), (int(scalars[3]),))


def _stats(x, n):
    return new((n,), stats_code(x), x._device_code)


# ---- statistics of rows: layout = (rows, groups, channels of a group, elements of a channel) ----
def _group_forward(x, layout, weight, bias, eps, kernel):
    need_float(x, kernel)
    x = dense(x)
    out, mean, rstd = like(x), _stats(x, layout[0]), _stats(x, layout[0])
    run("group_norm", (out, mean, rstd, x, dense(weight), dense(bias)),
        (*layout, eps if type(eps) is float else number(eps, kernel, "eps")))
    kept = x if weight is None else weight
    if kept._dtype_code in HALVES:  # the gradient sees them rounded, as in the reference
        mean, rstd = (t.to(kept.dtype).to(t.dtype) for t in (mean, rstd))
    return out, mean, rstd


def _group_backward(g, x, layout, mean, rstd, weight, bias_like, eps, needs):
    """Gradients of x, weight and bias; those not needed are None."""
    if _C.needs_grad(g, x, weight):
        return _group_backward_composed(g, x, layout, weight, bias_like, eps, needs)
    gx = like(x) if needs[0] else None
    gw = like(weight) if needs[1] else None
    gb = new(*bias_like, x._device_code) if needs[2] else None
    if g._device_code >= 0:
        _run_optional("group_norm_backward", (gx, gw, gb, dense(g), dense(x), mean, rstd, dense(weight)), layout)
    return gx, gw, gb


def _run_optional(kernel, tensors, scalars):
    # run() looks at the first tensor for the device, which may be missing here
    _C.call(_C.kernel_id(kernel), tensors, scalars)


def _group_backward_composed(g, x, layout, weight, bias_like, eps, needs):
    rows, groups, d, s = layout
    wide = x.reshape(rows // groups, groups, d, s) if rows else x.reshape(0, groups, d, s)
    gw = g.reshape(wide.shape)
    mean = wide.mean((2, 3), keepdim=True)
    rstd = (wide.var((2, 3), unbiased=False, keepdim=True) + eps).rsqrt()
    normal = (wide - mean) * rstd
    scaled = gw if weight is None else gw * weight.reshape(1, groups, d, 1)
    gx = ((scaled - scaled.mean((2, 3), keepdim=True) - normal * (scaled * normal).mean((2, 3), keepdim=True))
          * rstd).reshape(x.shape) if needs[0] else None
    return gx, (gw * normal).sum((0,
                                  3)).reshape(weight.shape) if needs[1] else None, gw.sum((0, 3)).reshape(
                                      bias_like[0]) if needs[2] else None


def _like_of(t):
    # bias itself is not kept: it may change before the gradient is taken
    return None if t is None else (tuple(t.shape), t._dtype_code)


_GROUP_GRAD = {
    ("input", "weight", "bias"): lambda g, input, layout, mean, rstd, weight, bias_like, eps, needs: _group_backward(
        g, input, layout, mean, rstd, weight, bias_like, eps, needs
    )
}


def _layer_layout(input, normalized_shape, weight, bias, name):
    if type(normalized_shape) is int:
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    return _checked_layout(input.shape, normalized_shape, None if weight is None else weight.shape,
                           None if bias is None else bias.shape)


@functools.lru_cache(1024)
def _checked_layout(have, shape, weight, bias):
    if not shape:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
                           "element, but got normalized_shape = []")
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given != shape:
            raise RuntimeError(f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                               f"{list(given)} and normalized_shape = {list(shape)}")
    if have[-len(shape):] != shape or len(have) < len(shape):
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape [*, "
                           f"{', '.join(map(str, shape))}], but got input of size{list(have)}")
    n = rows = 1
    for s in shape:
        n *= s
    for s in have[: len(have) - len(shape)]:
        rows *= s
    return (rows, 1, n, 1), len(shape)


def _check_mixed(input, *parameters):
    """RuntimeError unless parameters and statistics (None where there are none) are of the input's dtype, or all
    float32 beside a half."""
    code = input._dtype_code
    for t in parameters:
        if t is not None and t._dtype_code != code:
            break
    else:
        return
    given = [t for t in parameters if t is not None]
    single = all(t._dtype_code == FLOAT32 for t in given)
    if single and code in HALVES:
        return
    if given[0]._dtype_code == code:
        raise RuntimeError(f"expected scalar type {cpp_name(input)} but found {cpp_name(t)}")
    raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype." if single
                       else "mixed dtype (CPU): expect parameter to have scalar type of Float")


@op(node="NativeLayerNormBackward0", method=False, out=False, tensors=["input", "weight", "bias"], grad=_GROUP_GRAD)
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True):
    """Each sample to mean 0 and variance 1 over its last dimensions (normalized_shape), times weight plus bias.
    RuntimeError for shapes that do not fit."""
    layout, _ = _layer_layout(input, normalized_shape, weight, bias, "layer_norm")
    _check_mixed(input, weight, bias)
    out, mean, rstd = _group_forward(input, layout, weight, bias, eps, "LayerNormKernelImpl")
    return With(out, layout=layout, mean=mean, rstd=rstd, bias_like=_like_of(bias))


@op(method=False, tensors=["input", "weight", "bias"])
def native_layer_norm(input, normalized_shape, weight, bias, eps):
    """layer_norm with the mean and the reciprocal standard deviation of each sample, which carry no gradient."""
    layout, k = _layer_layout(input, normalized_shape, weight, bias, "native_layer_norm")
    out = layer_norm(input, normalized_shape, weight, bias, eps)
    x = dense(input.detach())
    made, mean, rstd = like(x), _stats(x, layout[0]), _stats(x, layout[0])
    run("group_norm", (made, mean, rstd, x, None, None), (*layout, number(eps, "native_layer_norm", "eps")))
    shape = (*input.shape[: input.ndim - k], *[1] * k)
    dtype = weight.dtype if weight is not None else bias.dtype if bias is not None else input.dtype
    return out, mean.reshape(shape).to(dtype), rstd.reshape(shape).to(dtype)


def _group_layout(input, num_groups, weight, bias):
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, channels = input.shape[:2]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        raise RuntimeError("Expected number of channels in input to be divisible by num_groups, but got input of "
                           f"shape {list(input.shape)} and num_groups={num_groups}")
    for name, t in (("weight", weight), ("bias", bias)):
        if t is not None and tuple(t.shape) != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(t.shape)} and input of shape "
                f"{list(input.shape)}"
            )
    s = 1
    for size in input.shape[2:]:
        s *= size
    return n * num_groups, num_groups, channels // num_groups, s


def _is_channels_last(x):
    return (x.ndim in (4, 5) and not x._contiguous
            and x._strides
            == tuple(layouts.dense_strides(x.shape,
                                           layouts.channels_last if x.ndim == 4 else layouts.channels_last_3d)))


@op(node="NativeGroupNormBackward0", method=False, out=False, tensors=["input", "weight", "bias"], grad=_GROUP_GRAD)
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True):
    """Groups of channels of (N, C, *) to mean 0 and variance 1, times weight plus bias by channel. RuntimeError when
    the groups do not divide C."""
    layout = _group_layout(input, num_groups, weight, bias)
    _check_mixed(input, weight, bias)
    out, mean, rstd = _group_forward(input, layout, weight, bias, eps, "GroupNormKernelImpl")
    if _is_channels_last(input):
        out = out.contiguous(memory_format=layouts.channels_last if input.ndim == 4 else layouts.channels_last_3d)
    return With(out, layout=layout, mean=mean, rstd=rstd, bias_like=_like_of(bias))


@op(method=False, tensors=["input", "weight", "bias"])
def native_group_norm(input, weight, bias, N, C, HxW, group, eps):
    """group_norm with the mean and the reciprocal standard deviation of each group."""
    if N < 0 or C < 0 or HxW < 0 or input._numel != N * C * HxW or group > 0 and C % group:
        raise RuntimeError(f"native_group_norm(): N={N}, C={C}, HxW={HxW} and group={group} do not go with an input of "
                           f"shape {list(input.shape)}")
    out = group_norm(input, group, weight, bias, eps)
    dtype = weight.dtype if weight is not None else input.dtype
    rows = input.reshape(N, group, C // group * HxW)
    if input._dtype_code in HALVES:
        rows = rows.float()
    return out, rows.mean(-1).to(dtype), (rows.var(-1, unbiased=False) + eps).rsqrt().to(dtype)


# ---- root mean square ----
def _rms_backward(g, x, layout, rstd, weight, eps, needs):
    if _C.needs_grad(g, x, weight):
        return _rms_backward_composed(g, x, layout, weight, eps, needs)
    gx, gw = like(x) if needs[0] else None, like(weight) if needs[1] else None
    if g._device_code >= 0:
        _run_optional("rms_norm_backward", (gx, gw, dense(g), dense(x), rstd, dense(weight)), layout)
    return gx, gw


def _rms_backward_composed(g, x, layout, weight, eps, needs):
    wide, gw = x.reshape(layout), g.reshape(layout)
    rstd = ((wide * wide).mean(1, keepdim=True) + eps).rsqrt()
    scaled = gw if weight is None else gw * weight.reshape(1, -1)
    gx = ((scaled - wide * rstd * rstd * (scaled * wide).mean(1, keepdim=True))
          * rstd).reshape(x.shape) if needs[0] else None
    return gx, (gw * wide * rstd).sum(0).reshape(weight.shape) if needs[1] else None


@op("_rms_norm", method=False, out=False, node="RmsNormBackward0", tensors=["input", "weight"], grad={
    ("input", "weight"): lambda g, input, layout, rstd, weight, eps,
    needs: _rms_backward(g, input, layout, rstd, weight, eps, needs)})
def _rms_norm(input, layout, weight, eps):
    x = dense(input)
    out, rstd = like(x), _stats(x, layout[0])
    run("rms_norm", (out, rstd, x, dense(weight)), (*layout, eps))
    return With(out, rstd=rstd)


@op(method=False, out=False, tensors=["input", "weight"],
    example="rms_norm(tensor([[1.0, 7.0], [-3.0, 4.0]]), (2,), tensor([5.0, 10.0]), 0.0) -> "
            "[[1.0, 14.0], [-4.242640687119285, 11.31370849898476]]")
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Samples divided by their root mean square over the last dimensions (normalized_shape), times weight; eps defaults
    to the compute type's."""
    (rows, _, n, _), k = _layer_layout(input, normalized_shape, weight, None, "rms_norm")
    if eps is None:
        eps = 2.0**-52 if input._dtype_code in (FLOAT64, COMPLEX128) else 2.0**-23
    if input.dtype.is_complex:
        normal = input * (input.pow(2).mean(tuple(range(-k, 0)), keepdim=True) + eps).rsqrt()
        return normal if weight is None else normal * weight
    need_float(input, "rms_norm")
    return _rms_norm(input, (rows, n), weight, eps if type(eps) is float else number(eps, "rms_norm", "eps"))


# ---- batch ----
def _batch_layout(x):
    """(x in memory that is dense, (n, channels, s) as that memory lies, strides of results)."""
    if _is_channels_last(x):
        return x, (x._numel // max(x.shape[1], 1), x.shape[1], 1), x._strides
    x = dense(x)
    s = 1
    for size in x.shape[2:]:
        s *= size
    return x, (x.shape[0], x.shape[1], s), x._strides


def _alike(t, x):
    """t with x's strides."""
    if t._strides == x._strides:
        return t
    made = _C.empty_strided(x.shape, x._strides, t._dtype_code, t._device_code)
    run("copy", (made, t))
    return made


def _batch_forward(input, weight, bias, running_mean, running_var, training, momentum, eps):
    channels = input.shape[1] if input.ndim > 1 else 0
    if not training and (running_mean is None or running_var is None):
        raise RuntimeError("running_mean must be defined in evaluation mode" if running_mean is None
                           else "running_var must be defined in evaluation mode")
    for name, t in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if t is not None and t._numel != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {t._numel}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    if input.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)" if input.ndim
                         else "Dimension specified as 1 but tensor has no dimensions")
    need_float(input, "batch_norm")
    _check_mixed(input, weight, bias, running_mean, running_var)
    for t in (running_mean, running_var):
        if t is not None and t.ndim != 1:
            raise RuntimeError(f"TensorAccessor expected 1 dims but tensor has {t.ndim}")
    if training and not input._numel:
        raise RuntimeError(f"input tensor must have at least one element, but got input_sizes = {list(input.shape)}")
    momentum, eps = number(momentum, "batch_norm", "momentum"), number(eps, "batch_norm", "eps")
    x, layout, strides = _batch_layout(input)
    out = _C.empty_strided(x.shape, strides, x._dtype_code, x._device_code)
    if x._dtype_code == FLOAT64 or not training:
        code = stats_code(x)
    else:
        code = (weight if weight is not None else x)._dtype_code
    mean, rstd = (new((channels,), code, x._device_code) for _ in range(2))
    run("batch_norm", (out, mean, rstd, x, dense(weight), dense(bias), running_mean, running_var),
        (*layout, bool(training), momentum, eps))
    if training:
        for t in (running_mean, running_var):
            if t is not None:
                _C.bump_version(t)
    return out, mean, rstd


def _batch_backward(g, x, mean, rstd, weight, bias_like, training, eps, needs):
    if _C.needs_grad(g, x, weight):
        return _batch_backward_composed(g, x, mean, rstd, weight, training, eps, needs)
    x, layout, strides = _batch_layout(x)
    gx = _C.empty_strided(x.shape, strides, x._dtype_code, x._device_code) if needs[0] else None
    gw = like(weight) if needs[1] else None
    gb = new(*bias_like, x._device_code) if needs[2] else None
    if g._device_code >= 0:
        _run_optional("batch_norm_backward", (gx, gw, gb, _alike(g, x), x, mean, rstd, dense(weight)),
                      (*layout, bool(training)))
    return gx, gw, gb


def _batch_backward_composed(g, x, mean, rstd, weight, training, eps, needs):
    dims = [d for d in range(x.ndim) if d != 1]
    shape = [1, -1] + [1] * (x.ndim - 2)
    if training:
        mean = x.mean(dims, keepdim=True)
        rstd = (x.var(dims, unbiased=False, keepdim=True) + eps).rsqrt()
    else:
        mean, rstd = mean.to(x.dtype).reshape(shape), rstd.to(x.dtype).reshape(shape)
    normal = (x - mean) * rstd
    scaled = g if weight is None else g * weight.reshape(shape)
    gx = None
    if needs[0]:
        gx = (scaled - scaled.mean(dims, keepdim=True) - normal
              * (scaled * normal).mean(dims, keepdim=True)) * rstd if training else scaled * rstd
    return gx, (g * normal).sum(dims) if needs[1] else None, g.sum(dims) if needs[2] else None


@op("_batch_norm", method=False, out=False, node="NativeBatchNormBackward0", tensors=["input", "weight", "bias"], grad={
    ("input", "weight", "bias"): lambda g, input, mean, rstd, weight, bias_like, training, eps, needs:
        _batch_backward(g, input, mean, rstd, weight, bias_like, training, eps, needs)})
def _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, kept=None):
    out, mean, rstd = _batch_forward(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if kept is not None:
        kept += [mean, rstd]
    return With(out, mean=mean, rstd=rstd, bias_like=_like_of(bias))


@op(method=False, out=False, tensors=["input", "weight", "bias", "running_mean", "running_var"])
def batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled=True):
    """Channels of (N, C, *) to mean 0 and variance 1 by the batch's statistics (training; the running ones follow) or
    the running ones."""
    if not input._numel:
        out = input.clone()
        out = out if weight is None else out * weight[:1].reshape(())
        return out if bias is None else out + bias[:1].reshape(())
    return _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


@op(method=False, tensors=["input", "weight", "bias", "running_mean", "running_var"])
def native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """batch_norm with the mean and the reciprocal standard deviation that were used (empty in evaluation mode), which
    carry no gradient."""
    kept = []
    out = _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, kept)
    if not training:
        kept = [new((0,), (weight if weight is not None else input)._dtype_code, input._device_code) for _ in range(2)]
    return out, *kept


@op(method=False, out=False, tensors=["input", "weight", "bias", "running_mean", "running_var"])
def instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled=True):
    """Channels of each sample of (N, C, *) to mean 0 and variance 1, by their own statistics or the running ones."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    n, channels = input.shape[:2]
    rows = input.contiguous().reshape(1, n * channels, *input.shape[2:])
    mean, var, w, b = (None if t is None else t.unsqueeze(0).expand(n, channels).reshape(-1)
                       for t in (running_mean, running_var, weight, bias))
    kept = input.dtype if input.dtype.itemsize > 2 else dtypes.float32
    mean, var = (t if t is None or t.dtype is input.dtype else t.to(kept) for t in (mean, var))
    out = batch_norm(rows, w, b, mean, var, use_input_stats, momentum, eps)
    if use_input_stats:
        for running, each in ((running_mean, mean), (running_var, var)):
            if running is not None:
                running.detach().copy_(each.view(n, channels).mean(0))
    return out.view(input.shape)


# ---- torch.nn.functional ----
@op("layer_norm", namespace="nn.functional", out=False, tensors=["input", "weight", "bias"])
def _f_layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05):
    """Samples to mean 0 and variance 1 over the last dimensions, times weight plus bias."""
    return layer_norm(input, normalized_shape, weight, bias, eps)


@op("rms_norm", namespace="nn.functional", out=False, tensors=["input", "weight"])
def _f_rms_norm(input, normalized_shape, weight=None, eps=None):
    """Samples divided by their root mean square over the last dimensions, times weight."""
    return rms_norm(input, normalized_shape, weight, eps)


def _check_batch(size):
    values = size[0]
    for s in size[2:]:
        values *= s
    if values == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


@op("group_norm", namespace="nn.functional", out=False, tensors=["input", "weight", "bias"])
def _f_group_norm(input, num_groups, weight=None, bias=None, eps=1e-05):
    """Groups of channels to mean 0 and variance 1, times weight plus bias. ValueError for groups of one value."""
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    _check_batch([input.shape[0] * input.shape[1] // num_groups if num_groups else 0, num_groups, *input.shape[2:]])
    return group_norm(input, num_groups, weight, bias, eps)


@op("batch_norm", namespace="nn.functional", out=False,
    tensors=["input", "running_mean", "running_var", "weight", "bias"])
def _f_batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05):
    """Channels to mean 0 and variance 1 by the batch's or the running statistics. ValueError for one value a channel in
    training."""
    if training and input.ndim > 1:
        _check_batch(input.shape)
    if training and eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


@op("instance_norm", namespace="nn.functional", out=False,
    tensors=["input", "running_mean", "running_var", "weight", "bias"])
def _f_instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True,
                     momentum=0.1, eps=1e-05):
    """Channels of each sample to mean 0 and variance 1. ValueError for channels of one element."""
    if use_input_stats:
        spatial = 1
        for s in input.shape[2:]:
            spatial *= s
        if spatial == 1:
            raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    return instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


@op(namespace="nn.functional", out=False, tensors=["input"])
def local_response_norm(input, size, alpha: object = 1e-4, beta: object = 0.75, k: object = 1.0):
    """Elements divided by (k + alpha * mean of the squares of `size` neighbouring channels) ** beta."""
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {input.ndim} "
                         "dimensions)")
    if size <= 0:
        raise RuntimeError(f"kernel size should be greater than zero, but got kH: {size} kW: 1")
    if input._numel == 0:
        return input
    square = input.mul(input).unsqueeze(1)
    padded = NAMESPACES["nn.functional"]["pad"](square, (0, 0) * (input.ndim - 2) + (size // 2, (size - 1) // 2))
    windows = padded.unfold(2, size, 1)
    mean = (windows.mean(-1) if input.dtype.is_floating_point or input.dtype.is_complex
            else windows.sum(-1).div(size, rounding_mode="trunc")).squeeze(1)
    return input / mean.mul(alpha).add(k).pow(beta)


@op(namespace="nn.functional", tensors=["input"])
def normalize(input, p: object = 2.0, dim=1, eps: object = 1e-12):
    """Vectors along dim divided by their p-norm, or by eps when that is larger."""
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
