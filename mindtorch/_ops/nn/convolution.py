"""Convolution in one to three dimensions, forward and transposed. Three kernels, each the gradient of the others."""
import functools

import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.warning import warn_once

from ..creation.factories import like, new
from ..linalg.matmul import cpp
from ..table.registry import FUNCTIONS, NAMESPACES, composition, kernel_rows, op, register, run


def numbers(value, n, name, what="convolution"):
    """An int or a sequence as n ints; RuntimeError naming the argument otherwise."""
    if hasattr(value, "__index__"):
        return (value.__index__(),) * n
    value = tuple(v.__index__() for v in value)
    if len(value) == 1:
        return value * n
    if len(value) != n:
        raise RuntimeError(f"expected {name} to be a single integer value or a list of {n} values to match the {what} "
                           f"dimensions, but got {name}={list(value)}")
    return value


def memory_format(t):
    """channels_last (2d, 3d) for tensors in that memory order, else contiguous_format."""
    if t.ndim in (4, 5) and not t._contiguous:
        format = layouts.channels_last if t.ndim == 4 else layouts.channels_last_3d
        want = layouts.dense_strides(t.shape, format)
        if all(n == 1 or have == s for n, have, s in zip(t.shape, t._strides, want)):
            return format
    return layouts.contiguous_format


def allocate(shape, t, *format_of):
    """A result of t's dtype, channels-last when one of the operands is."""
    format = next((f for f in map(memory_format, format_of) if f is not layouts.contiguous_format),
                  layouts.contiguous_format)
    return _C.empty_strided(shape, layouts.dense_strides(shape, format), t._dtype_code, t._device_code)


@functools.cache
def _native():
    flags = new((2,), 0)
    run("native_types", (flags,))
    return flags.tolist()


def _compute_code(t, regular):
    """The dtype that the kernels compute t's products in."""
    name = t.dtype._name
    if name == "float16" or (name == "bfloat16" and not (regular and _native()[1])):
        return 8
    if name in ("int8", "int16", "int32", "uint8"):
        return 5
    if name in ("bool", "uint16", "uint32", "uint64"):
        raise NotImplementedError(f"\"slow_conv2d_cpu\" not implemented for '{cpp(t)}'")
    return t._dtype_code


def _launch(kernel, out, operands, parameters):
    """Run over operands in the compute dtype."""
    regular = _regular(kernel, out, operands, parameters)
    code = out._dtype_code if kernel == "convolution_input" and out.dtype._name in (
        "float16", "bfloat16") else _compute_code(out, regular)
    prepared = []
    for t in operands:
        if t is not None and t._dtype_code != code:
            made = new(t.shape, code, t._device_code)
            run("copy", (made, t))
            t = made
        prepared.append(t)
    target = out if code == out._dtype_code else new(out.shape, code, out._device_code)
    run(kernel, (target, *prepared), parameters)
    if target is not out:
        run("copy", (out, target))
    return out


def _regular(kernel, out, operands, parameters):
    """Whether the result's sizes follow from the image's, as the library wants; a transposed convolution with much
    output padding has none."""
    image, result = {"convolution": (operands[0], out), "convolution_input": (out, operands[0]),
                     "convolution_weight": (operands[1], operands[0])}[kernel]
    weight = {"convolution": operands[1], "convolution_input": operands[1], "convolution_weight": out}[kernel]
    stride, padding, dilation, _ = parameters
    return all((n + 2 * p - d * (k - 1) - 1) // s + 1 == m for n, m, k, s, p,
               d in zip(image.shape[2:], result.shape[2:], weight.shape[2:], stride, padding, dilation))


def _by_rank(weight, form):
    """A row's form for one to three dimensions of an image, with as many zeros of output padding."""
    return " | ".join(f"{form.replace('n: ', 'n:' + ','.join('0' * n) + ' ')} #{weight}={n + 2}" for n in (2, 1, 3))


_SLOPE = "aclnnConvolutionBackward T3 T4 T5 n:1 I0 I1 I2 =0 n: i3 {} =0 T0 T1 T2"
kernel_rows(
    convolution=_by_rank(2, "aclnnConvolution T1 T2 T3? I0 I1 I2 =0 n: i3 T0 =0"),
    convolution_slope_of_input=_by_rank(5, _SLOPE.format("P0,9,9")),
    convolution_slope_of_weight=_by_rank(5, _SLOPE.format("P9,1,9")),
)


# Ascend's operator wants all three gradients, of which it fills one, and all three operands, of which the gradient's
# own counts by its sizes only
@composition("convolution_input")
def _input_slope_on_device(tensors, scalars):
    gx, g, weight = tensors
    run("convolution_slope_of_input",
        (gx, like(weight), new((g.shape[1],), g._dtype_code, g._device_code), g, gx, weight), scalars)


@composition("convolution_weight")
def _weight_slope_on_device(tensors, scalars):
    gw, g, x = tensors
    run("convolution_slope_of_weight", (like(x), gw, new((g.shape[1],), g._dtype_code, g._device_code), g, x, gw),
        scalars)


def _conj(t):
    return t.conj() if t.dtype.is_complex else t


def _bias_gradient(g):
    return g.sum([d for d in range(g.ndim) if d != 1])


@op("_convolve", method=False, function=False, out=False, node="ConvolutionBackward0", grad={
    "input": lambda g, weight, input, stride, padding, dilation,
    groups: _input_gradient(g, _conj(weight), tuple(input.shape), stride, padding, dilation, groups),
    "weight": lambda g, input, weight, stride, padding, dilation,
    groups: _weight_gradient(g, _conj(input), tuple(weight.shape), stride, padding, dilation, groups),
    "bias": lambda g: _bias_gradient(g)})
def _convolve(input, weight, bias, stride, padding, dilation, groups, size=None):
    if (
        size is None
    # given, it is smaller: a transposed convolution with more output padding than stride leaves places behind the last
    # one
    ):
        size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p,
                d in zip(input.shape[2:], weight.shape[2:], stride, padding, dilation)]
    out = allocate((input.shape[0], weight.shape[0], *size), input, input, weight)
    return _launch("convolution", out, (input, weight, bias), (stride, padding, dilation, groups))


@op("_convolve_input", method=False, function=False, out=False, node="ConvolutionBackward0", grad={
    "g": lambda g, g0, weight, stride, padding, dilation,
    groups: _convolve(g, _conj(weight), None, stride, padding, dilation, groups, g0.shape[2:]),
    "weight": lambda gs, g0, weight, stride, padding, dilation,
    groups: _weight_gradient(_conj(g0), gs[0], tuple(weight.shape), stride, padding, dilation, groups)})
def _input_gradient_op(g, weight, size, stride, padding, dilation, groups, g0):
    out = allocate(size, g, g, weight)
    return _launch("convolution_input", out, (g, weight), (stride, padding, dilation, groups))


def _input_gradient(g, weight, size, stride, padding, dilation, groups):
    # g twice: in rules the name g means the cotangent
    return _input_gradient_op(g, weight, size, stride, padding, dilation, groups, g)


@op("_convolve_weight", method=False, function=False, out=False, node="ConvolutionBackward0", grad={
    "g": lambda g, g0, input, stride, padding, dilation,
    groups: _convolve(_conj(input), g, None, stride, padding, dilation, groups, g0.shape[2:]),
    "input": lambda gs, g0, input, stride, padding, dilation,
    groups: _input_gradient(_conj(g0), gs[0], tuple(input.shape), stride, padding, dilation, groups)})
def _weight_gradient_op(g, input, size, stride, padding, dilation, groups, g0):
    out = allocate(size, g, g, input)
    return _launch("convolution_weight", out, (g, input), (stride, padding, dilation, groups))


def _weight_gradient(g, input, size, stride, padding, dilation, groups):
    return _weight_gradient_op(g, input, size, stride, padding, dilation, groups, g)


def _check(input, weight, bias, stride, padding, output_padding, dilation, groups, transposed):
    n = weight.ndim - 2
    for name, values in (("stride", stride), ("dilation", dilation)):
        if any(v <= 0 for v in values):
            raise RuntimeError(f"non-positive {name} is not supported")
    if any(p < 0 for p in padding):
        raise RuntimeError("negative padding is not supported")
    if any(p < 0 for p in output_padding):
        raise RuntimeError("negative output_padding is not supported")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    shape, have, where = list(weight.shape), list(
        input.shape), f"transposed={int(transposed)}, " if transposed else f"groups={groups}, "
    if n + 2 != input.ndim:
        raise RuntimeError(f"Expected {n + 2}-dimensional input for {n + 2}-dimensional weight {shape}, but got "
                           f"{input.ndim}-dimensional input of size {have} instead")
    if shape[0] < groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got "
                           f"weight of size {shape} instead")
    if shape[0] % groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but "
                           f"got weight of size [{shape}] instead")
    wanted, outputs = (shape[0], shape[1] * groups) if transposed else (shape[1] * groups, shape[0])
    if have[1] != wanted:
        raise RuntimeError(f"Given {where}weight of size {shape}, expected input{have} to have {wanted} channels, but "
                           f"got {have[1]} channels instead")
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise RuntimeError(f"Given {where if transposed else ''}weight of size {shape}, expected bias to be "
                           f"1-dimensional with {outputs} elements, but got bias of size {list(bias.shape)} instead")
    if input._dtype_code != weight._dtype_code:
        raise RuntimeError(f"Input type ({input.type()}) and weight type ({weight.type()}) should be the same or input "
                           "should be a MKLDNN tensor and weight is a dense tensor")
    if bias is not None and bias._dtype_code != input._dtype_code:
        short = {"float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16"}
        raise RuntimeError(f"Input type ({short.get(input.dtype._name, input.dtype._name)}) and bias type "
                           f"({short.get(bias.dtype._name, bias.dtype._name)}) should be the same")
    if transposed:
        if any(o >= s and o >= d for o, s, d in zip(output_padding, stride, dilation)):
            names = ("depth", "height", "width")[3 - n:]
            parts = [f"{what}_{name}: {v}" for what,
                     values in (("output_padding", output_padding), ("stride", stride), ("dilation", dilation))
                     for name, v in zip(names, values)]
            raise RuntimeError("output padding must be smaller than either stride or dilation, but got "
                               f"{' '.join(parts)}")
    else:
        padded = [s + 2 * p for s, p in zip(have[2:], padding)]
        kernel = [d * (k - 1) + 1 for k, d in zip(shape[2:], dilation)]
        if any(k > p for k, p in zip(kernel, padded)):
            raise RuntimeError(
                f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
                f"({' x '.join(map(str, kernel))}). Kernel size can't be greater than "
                "actual input size"
            )
    if 0 in shape[2:]:
        sizes = ("kernel_height: {} kernel_width: {}".format(*[1, *shape[2:]][-2:]) if n < 3
                 else f": {' x '.join(map(str, shape[2:]))} (TxHxW)")
        raise RuntimeError(f"kernel size should be greater than zero, but got{'' if n > 2 else ' '}{sizes}")


def _run(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    n = weight.ndim - 2
    stride, padding, dilation = numbers(stride, n,
                                        "stride"), numbers(padding, n, "padding"), numbers(dilation, n, "dilation")
    output_padding = numbers(output_padding, n, "output_padding")
    _check(input, weight, bias, stride, padding, output_padding, dilation, groups, transposed)
    if input.dtype.is_complex:  # three real convolutions, as the reference does: what cancels does so alike
        def real(x, w, b):
            return _run(x, w, b, stride, padding, dilation, transposed, output_padding, groups)

        (xr, xi), (wr, wi) = ([part.contiguous(memory_format=memory_format(t)) for part in (t.real, t.imag)]
                              for t in (input, weight))
        a, b = real(xr, wr, None if bias is None else bias.real), real(xi, wi, None)
        both = real(xr + xi, wr + wi, None if bias is None else bias.real + bias.imag)
        return FUNCTIONS["complex"](a - b, both - a - b)
    if not transposed:
        return _convolve(input, weight, bias, stride, padding, dilation, groups)
    size = [(m - 1) * s - 2 * p + d * (k - 1) + o + 1 for m, s, p, d, k,
            o in zip(input.shape[2:], stride, padding, dilation, weight.shape[2:], output_padding)]
    if any(s <= 0 for s in size):
        raise RuntimeError(f"Given input size per channel: {list(input.shape[2:])}. Calculated output size per "
                           f"channel: {size}. Output size is too small")
    kind = input.dtype
    # the library rounds once, with the bias
    if bias is not None and kind._name == "bfloat16" and _native()[1] and all(o < s for o,
                                                                              s in zip(output_padding, stride)):
        input, weight, bias = input.float(), weight.float(), bias.float()
    out = _input_gradient(input, weight, (input.shape[0], weight.shape[1] * groups, *size), stride, padding, dilation,
                          groups)
    return out if bias is None else (out + bias.reshape(-1, *(1,) * n)).to(kind)


def _same(input, weight, bias, stride, dilation, groups, n):
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:])]
    left = [t // 2 for t in total]
    uneven = [t % 2 for t in total]
    if any(uneven):
        warn_once("same", "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded "
                  "copy of the input be created", 5)
        # the odd element goes behind
        pads = [v for extra in reversed(uneven) for v in (0, extra)]
        input = NAMESPACES["nn.functional"]["pad"](input, pads)
    return _run(input, weight, bias, stride, left, dilation, False, 0, groups)


def _forward(n):
    name = f"conv{n}d"

    def conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of "
                               f"size: {list(input.shape)}")
        single = input.ndim == n + 1
        x = input.unsqueeze(0) if single else input
        if padding == "same":
            out = _same(x, weight, bias, numbers(stride, n, "stride"), numbers(dilation, n, "dilation"), groups, n)
        elif isinstance(padding, str) and padding != "valid":
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        else:
            if weight.ndim == n + 2:
                stride, dilation = numbers(stride, n, "stride"), numbers(dilation, n, "dilation")
            else:
                stride = numbers(numbers(stride, n, "stride"), weight.ndim - 2, "stride")
            out = _run(x, weight, bias, stride, 0 if padding == "valid" else padding, dilation, False, 0, groups)
        return out.squeeze(0) if single else out

    conv.__doc__ = (f"Convolution over {n} dimensions: input [N, C, ...] (N optional), weight [O, C/groups, ...], bias "
                    "[O]; padding is ints, 'same' or 'valid'. RuntimeError for sizes that do not fit.")
    return op(name, method=False, out=False, tensors=["input", "weight", "bias"])(conv)


def _transposed(n):
    name = f"conv_transpose{n}d"

    def conv(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of "
                               f"size: {list(input.shape)}")
        single = input.ndim == n + 1
        out = _run(input.unsqueeze(0) if single else input, weight, bias, stride, padding, dilation, True,
                   output_padding, groups)
        return out.squeeze(0) if single else out

    conv.__doc__ = (f"Transposed convolution over {n} dimensions: input [N, C, ...] (N optional), weight [C, O/groups, "
                    "...], bias [O]. RuntimeError for sizes that do not fit.")
    return op(name, method=False, out=False, tensors=["input", "weight", "bias"])(conv)


for _n in (1, 2, 3):
    for _made in (_forward(_n), _transposed(_n)):
        register(_made.__name__, _made, namespace="nn.functional", family="convolution")


@op(method=False, out=False, tensors=["input", "weight", "bias"])
def convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    """Convolution of any rank, transposed or not, of a batched input."""
    return _run(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)


@op(method=False, out=False, tensors=["input", "weight", "bias"])
def _convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, benchmark=False,
                 deterministic=False, cudnn_enabled=False, allow_tf32=False):
    """convolution with flags that only matter on other devices."""
    return _run(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)


@op(method=False, out=False, tensors=["input", "weight", "bias"])
def conv_tbc(input, weight, bias, pad=0):
    """Convolution over time of [T, N, C] with weight [K, C, O] and bias [O]."""
    return FUNCTIONS["conv1d"](input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)


register("conv_tbc", FUNCTIONS["conv_tbc"], namespace="nn.functional", family="convolution")
