"""What is done with quantised tensors: views and copies of their integers, and the few functions that compute with
them."""
import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.dtypes import dtype as _dtype_class
from mindtorch._core.tensor import Tensor

from ..creation.casts import parse_to, same_memory_order
from .tensor import (_FLOAT_CHANNEL, _MIXED, _UNIFORM, HANDLERS, KINDS, QuantizedTensor, Quantizer, _fresh, _number,
                        _uniform_of, again, dense, handles, hold, install, integers, moved, packed,
                        quantised, refuse, uniform, whole)
from ..table.registry import METHODS, NAMESPACES, public, register

handles(*"""transpose permute t swapaxes swapdims movedim moveaxis expand expand_as broadcast_to repeat tile unfold
             diagonal as_strided adjoint""".split())(moved)


@handles("flip", "fliplr", "flipud", "rot90", "index_select")
def _copied(func, q, *args, **kwargs):
    if func.__name__ == "index_select" and q._how.axis is not None:
        raise RuntimeError("Only per_tensor quantized quantized tensors are supported by index_select.")
    return moved(lambda t: dense(func(t, *args, **kwargs)) if func.__name__ != "rot90" else func(t, *args, **kwargs), q)


@handles("view", "reshape", "flatten", "ravel", "unflatten", "view_as", "reshape_as")
def _reshaped(func, q, *args, **kwargs):
    if any(isinstance(a, _dtype_class) for a in (*args, *kwargs.values())):
        refuse("view.dtype")
    plain = [a._ints if isinstance(a, QuantizedTensor) and not packed(a) else a for a in args]
    if not packed(q):
        return again(q, func(q._ints, *plain, **kwargs))
    geometry = func(_C.empty_strided(tuple(q.shape), q._strides, 1, -1), *plain, **kwargs)
    return hold(q._ints, q.dtype, q._how, geometry, q if q._root is None else q._root)


def _marked(q, count):
    """A tensor of q's shape, with `count` channels, that has its one stride along the axis: what a view makes of it
    tells where the channels went."""
    shape = [count if d == q._how.axis else n for d, n in enumerate(q.shape)]
    return _C.empty_strided(tuple(shape), tuple(int(d == q._how.axis) for d in range(q.ndim)), 1, -1)


def _axis_of(marked):
    return next((d for d, (n, s) in enumerate(zip(marked.shape, marked._strides)) if n > 1 and s), None)


@handles("squeeze", "unsqueeze")
def _squeezed(func, q, *args, **kwargs):
    if q._how.axis is None:
        return _reshaped(func, q, *args, **kwargs)
    made, marked = func(whole(q, func.__name__)._ints, *args, **kwargs), func(_marked(q, 2), *args, **kwargs)
    if made.ndim < marked.ndim:
        raise RuntimeError("Squeeze is only possible on non-axis dimension for Per-Channel Quantized Tensors.")
    return again(q, made, q._how._replace(axis=_axis_of(marked)))


@handles("select", "narrow", "unbind", "chunk", "split", "split_with_sizes", "tensor_split", "hsplit", "vsplit",
         "dsplit", "unsafe_split", "unsafe_chunk")
def _part(func, q, *args, **kwargs):
    made = func(whole(q, "as_strided")._ints, *args, **kwargs)
    if q._how.axis is None:
        return again(q, made)
    marked = func(_marked(q, q.shape[q._how.axis]), *args, **kwargs)
    return (again(q, made, _left(q, marked)) if isinstance(made, Tensor)
            else type(made)(again(q, t, _left(q, m)) for t, m in zip(made, marked)))


def _left(q, marked):
    """The quantizer of a part: one of the scales is left, or several."""
    how, axis = q._how, _axis_of(marked)
    if axis is None:
        if any(n == 0 and s for n, s in zip(marked.shape, marked._strides)) or not how.scale._numel:
            raise RuntimeError("a Tensor with 0 elements cannot be converted to Scalar")
        return Quantizer(_UNIFORM, how.scale[marked._offset].item(), int(how.zero[marked._offset].item()))
    if how.scheme is _FLOAT_CHANNEL:
        raise RuntimeError("Setting strides is possible only on uniformly or per channel quantized tensors")
    step = marked._strides[axis]
    kept = slice(marked._offset, marked._offset + step * (marked.shape[axis] - 1) + 1, step)
    return Quantizer(how.scheme, how.scale[kept].clone(), how.zero[kept].clone(), axis)


def _plain_index(index):
    """index with tensors of one integer as numbers, and whether it is made of numbers and slices alone."""
    items = index if isinstance(index, tuple) else (index,)
    items = tuple(int(i) if isinstance(i, Tensor) and not i.ndim and not i.dtype.is_floating_point
                  and i.dtype is not BY_NAME["bool"] else i for i in items)
    return items, all(i is None or i is Ellipsis or isinstance(i, (int, slice)) and not isinstance(i, bool)
                      for i in items)


@handles("__getitem__")
def _getitem(func, q, index):
    items, simple = _plain_index(index)
    if simple:
        return _part(func, q, items)
    if q._how.axis is not None:
        raise RuntimeError("Indexing is only supported for per-Tensor Quantized Tensors.")
    return again(q, func(whole(q, "index")._ints, index))


# ---- copies ----
@handles("clone", "contiguous")
def _clone(func, q, *, memory_format=None):
    if func.__name__ == "contiguous":
        if packed(q) or same_memory_order(q._ints, memory_format or layouts.contiguous_format):
            return q
    elif q._how.scheme is _FLOAT_CHANNEL:
        raise RuntimeError("clone for quantized Tensor only works for PerTensorAffine and PerChannelAffine qscheme "
                           "right now")
    ints = whole(q, "copy_kernel")._ints
    keep = func.__name__ == "clone" and memory_format in (None, layouts.preserve_format)
    made = dense(ints) if keep else ints.contiguous(memory_format=memory_format or layouts.contiguous_format)
    return again(q, made.clone() if made is ints else made)


@handles("detach", "detach_", "view_copy", "alias")
def _detach(func, q, *args):
    return (q if func.__name__ == "detach_" else _clone(METHODS["clone"], q.view(*args))
            if func.__name__ == "view_copy" else hold(q._ints, q.dtype, q._how, q))


def _convertible(q, dtype):
    if dtype is not None and dtype is not q.dtype:
        raise RuntimeError(
            "Expected self.scalar_type() == src.scalar_type() to be true, but got false."
            if dtype in KINDS
            else "Creation of quantized tensor requires quantized dtype like torch.quint8; dequantize() gives an "
                 "ordinary tensor"
        )


@handles("to", "cpu", "cuda", "npu", "type_as")
def _to(func, q, *args, **kwargs):
    if not isinstance(q, QuantizedTensor):
        raise RuntimeError("an ordinary tensor does not become a quantised one by to(): torch.quantize_per_tensor "
                           "makes one")
    if func.__name__ == "type_as":
        args = (args[0].device, args[0].dtype)
    elif func.__name__ != "to":
        device = args[0] if args else kwargs.get("device")
        args, kwargs = ((func.__name__ if device is None else device),), {}
    device, dtype, non_blocking, fresh, memory_format = parse_to(*args, **kwargs)
    _convertible(q, dtype)
    if device is not None and device.type == "meta":
        refuse("empty_quantized")
    ints = q._ints.to(device=device, copy=fresh, memory_format=None if packed(q) else memory_format)
    how = (q._how if q._how.axis is None
           else q._how._replace(scale=q._how.scale.to(ints.device), zero=q._how.zero.to(ints.device)))
    return q if ints is q._ints else hold(ints, q.dtype, how, q)


@handles("type")
def _type(func, q, dtype=None, non_blocking=False):
    if dtype is None:
        return f"torch.{'' if q.device.type == 'cpu' else q.device.type + '.'}quantized.{KINDS[q.dtype].name}Tensor"
    if not isinstance(dtype, _dtype_class):
        raise ValueError(f"invalid type: {dtype!r}")
    _convertible(q, dtype)
    return q


@handles(*"float double half bfloat16 int long short char byte bool cfloat cdouble chalf".split())
def _cast(func, q, *args, **kwargs):
    _convertible(q, BY_NAME["float32"])


@handles("empty_like", "ones_like", "full_like")
def _like(func, q, value=1.0, *, fill_value=None, dtype=None, layout=None, device=None, pin_memory=False,
          requires_grad=False, memory_format=None):
    if dtype not in (None, q.dtype):
        raise RuntimeError("It is currently not supported to specify a dtype that doesn't match the input tensor's "
                           f"dtype via empty_like.  Specified: {dtype} Input tensor's dtype: {q.dtype}")
    if layout not in (None, layouts.strided) or pin_memory or requires_grad:
        raise NotImplementedError(f"{func.__name__}: layout, pin_memory and requires_grad")
    if memory_format in (None, layouts.preserve_format):
        memory_format = None if packed(q) or dense(
            q._ints)._contiguous else layouts.channels_last if q.ndim == 4 else layouts.channels_last_3d
    made = _fresh(tuple(q.shape), q.dtype, q._how, q.device if device is None else device, memory_format)
    return made if func.__name__ == "empty_like" else _fill(func, made, value if fill_value is None else fill_value)


@handles("copy_")
def _copy(func, q, src, non_blocking=False):
    if not isinstance(q, QuantizedTensor):
        raise RuntimeError("Copying from quantized Tensor to non-quantized Tensor is not allowed, please use "
                           "dequantize to get a float Tensor from a quantized Tensor")
    if isinstance(src, QuantizedTensor):
        if src._how.scheme is not q._how.scheme:
            raise RuntimeError("Quantized Copy only works with same qscheme")
        if src.dtype is not q.dtype:
            raise RuntimeError("Expected self.scalar_type() == src.scalar_type() to be true, but got false.")
        whole(q, "copy_kernel")._ints.copy_(src._ints)
        q._how = src._how
        return q
    if not isinstance(src, Tensor) or src.dtype is not BY_NAME["float32"]:
        raise RuntimeError("Quantized copy only works with kFloat as source Tensor")
    ints = whole(q, "Copy")._ints
    if not (ints._contiguous and src._contiguous) and not all(
        t.ndim == 4 and same_memory_order(t, layouts.channels_last) for t in (ints, src)
    ):
        raise RuntimeError("Quantized copy only works with contiguous and NHWC Tensors")
    if src.shape != q.shape:
        raise RuntimeError("Quantized copy only works with Tensors with the same shape")
    if q._how.scheme is _FLOAT_CHANNEL:
        raise RuntimeError("expected scalar type Long but found Float")
    ints.copy_(integers(src.detach(), q._how, q.dtype))
    return q


@handles("fill_", "fill")
def _fill(func, q, value):
    q = _clone(METHODS["clone"], q) if func.__name__ == "fill" else q
    return _copy(None, q,
                 public.full(tuple(q.shape), _number("fill_", int(value) if isinstance(value, bool) else value, float),
                             dtype=BY_NAME["float32"], device=q.device))


def _values(q, value):
    """The integers for what is written at chosen places."""
    if isinstance(value, QuantizedTensor):
        raise RuntimeError("Value argument for quantized input_put should not be quantized")
    value = (value.detach() if isinstance(value, Tensor)
             else public.tensor(_number("index_put_", value, float), dtype=BY_NAME["float32"], device=q.device))
    if value.dtype is not BY_NAME["float32"]:
        raise RuntimeError("Quantized copy only works with kFloat as source Tensor")
    uniform(q)
    return integers(value, q._how, q.dtype)


@handles("__setitem__")
def _setitem(func, q, index, value):
    if not isinstance(q, QuantizedTensor):
        if isinstance(value, QuantizedTensor):
            _copy(func, q, value)
        refuse("index_put_")
    items, simple = _plain_index(index)
    if not simple:
        func(whole(q, "index_put")._ints, index, _values(q, value))
        return
    place = _part(METHODS["__getitem__"], q, items)
    if isinstance(value, Tensor) and value.ndim:
        _copy(func, place, value if isinstance(value, QuantizedTensor) else value.expand(place.shape))
    elif isinstance(value, QuantizedTensor):
        _copy(func, place, value)
    else:
        _fill(func, place, value)


@handles("index_put_")
def _index_put(func, q, indices, values, accumulate=False):
    if accumulate:
        refuse("index_put_ with accumulate")
    func(whole(q, "index_put")._ints, indices, _values(q, values))
    return q


@handles("masked_fill", "masked_fill_")
def _masked_fill(func, q, mask, value):
    if q._how.axis is not None:
        raise RuntimeError("Setting strides is possible only on uniformly quantized tensor")
    made = func(whole(q, "masked_fill")._ints, mask, _values(q, value).item())
    return q if func.__name__ == "masked_fill_" else again(q, dense(made))


# ---- answers ----
def _of_values(func, q, *args, **kwargs):
    """func of the dequantised tensors, whose result is an ordinary one."""
    plain = lambda a: a.dequantize() if isinstance(a, QuantizedTensor) else a
    return func(plain(q), *map(plain, args), **{k: plain(v) for k, v in kwargs.items()})


_COMPARISONS = [f for n in "eq ne lt le gt ge".split()
                for f in (n, f"__{n}__")] + "equal_values not_equal less less_equal greater greater_equal".split()
handles(*_COMPARISONS, "__contains__", "item", "__float__", "__int__", "__bool__", "__index__")(_of_values)
_MIXED.update(_COMPARISONS)


@handles("equal")
def _equal(func, a, b):
    if not (isinstance(a, QuantizedTensor) and isinstance(b, QuantizedTensor)):
        return False
    if a.dtype is not b.dtype or a.shape != b.shape or a._how.scheme is not b._how.scheme:
        return False
    if a._how.axis is None:
        same = a._how == b._how
    else:
        same = (a._how.axis == b._how.axis and public.equal(a._how.scale, b._how.scale)
                and public.equal(a._how.zero, b._how.zero))
    return same and public.equal(a.int_repr(), b.int_repr())


def _refusing(error, message):
    def raising(func, q, *args, **kwargs):
        raise error(message)

    return raising


HANDLERS |= {n: lambda func, q, n=n: getattr(q, n)()
             for n in ("q_scale", "q_zero_point", "q_per_channel_scales", "q_per_channel_zero_points",
                       "q_per_channel_axis", "int_repr", "qscheme")}
HANDLERS |= {
    "tolist": _refusing(RuntimeError, "load_scalar: invalid type"),
    "is_signed": _refusing(RuntimeError, "isSignedType not supported for quantized types"),
    "backward": _refusing(RuntimeError, "element 0 of tensors does not require grad and does not have a grad_fn"),
    **dict.fromkeys(("isclose", "allclose"), _refusing(RuntimeError, "isclose is not supported for quantized inputs.")),
    **dict.fromkeys(
        ("numpy", "__array__"),
        lambda func, q, *a, **k: _refusing(TypeError, f"Got unsupported ScalarType {KINDS[q.dtype].name}")(func, q),
    ),
    **dict.fromkeys(("is_floating_point", "is_complex", "is_conj", "is_neg", "is_inference"), lambda func, q: False),
    **dict.fromkeys(("dim", "ndimension"), lambda func, q: q.ndim),
    **dict.fromkeys(("numel", "nelement"), lambda func, q: q._numel),
    "element_size": lambda func, q: q.dtype.itemsize,
    "is_same_size": lambda func, a, b: a.shape == b.shape,
    "size": lambda func, q, dim=None: q.shape if dim is None else q.shape[dim],
    "stride": lambda func, q, dim=None: q._strides if dim is None else q._strides[dim],
    "dequantize": lambda func, q: tuple(t.dequantize() for t in q) if isinstance(q, (list, tuple)) else q.dequantize(),
    "is_contiguous": lambda func, q, memory_format=layouts.contiguous_format: (
        memory_format is layouts.contiguous_format if packed(q) else same_memory_order(q._ints, memory_format)
    ),
    **dict.fromkeys(
        ("data_ptr", "const_data_ptr", "storage_offset", "untyped_storage", "is_shared", "is_pinned", "get_device"),
        lambda func, q: func(q._ints),
    ),
    **dict.fromkeys(("_typed_storage", "storage"), lambda func, q: _storage(q)),
    "share_memory_": lambda func, q: (func(q._ints), q)[1],
    "_is_view": lambda func, q: q._base is not None,
    "__len__": lambda func, q: func(public.empty(tuple(q.shape), device="meta")),
    "__iter__": lambda func, q: iter(q.unbind()),
    "__reversed__": lambda func, q: q.flip(0) if q.ndim else q,
    "__format__": lambda func, q, spec: object.__format__(q, spec) if q.ndim else func(q.dequantize(), spec),
    "__dir__": lambda func, q: sorted(set(dir(type(q))) | set(q.__dict__)),
    "requires_grad_": lambda func, q, on=True: q.requires_grad_(on),
    "as_subclass": lambda func, q, cls: q if cls is Tensor else refuse("as_subclass"),
}


def _storage(q):
    from mindtorch._storage.typed import TypedStorage, UntypedStorage, _warn_typed_storage_removal

    _warn_typed_storage_removal(4)
    return TypedStorage(wrap_storage=UntypedStorage._of(q._ints), dtype=q.dtype, _internal=True)


# ---- what computes ----
def _level(q, value):
    """The integer that stands for a number, in q."""
    return _values(q, value).item()


@handles("relu", "relu_")
def _relu(func, q, inplace=False):
    zero = uniform(whole(q, "qrelu")).zero
    if inplace or func.__name__ == "relu_":
        q._ints.clamp_(min=zero)
        return q
    return again(q, dense(q._ints).clamp(min=zero))


@handles("clamp", "clip", "hardtanh", "relu6")
def _clamp(func, q, min=None, max=None, inplace=False, *, min_val=-1.0, max_val=1.0):
    whole(q, "qclamp")
    if func.__name__ == "relu6":
        min, max, inplace = 0.0, 6.0, inplace or bool(min)
    elif func.__name__ == "hardtanh":
        min, max = min_val if min is None else min, max_val if max is None else max
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if any(isinstance(b, Tensor) for b in (min, max)):
        refuse("clamp with tensors")
    limits = [None if b is None else _level(q, b) for b in (min, max)]
    made = (q._ints if inplace else dense(q._ints)).clamp(*limits)
    if not inplace:
        return again(q, made)
    q._ints.copy_(made)
    return q


@handles("max", "min", "sort", "topk", "argsort")
def _ordered(func, q, *args, **kwargs):
    name = func.__name__
    if q._how.axis is not None or q._how.scale <= 0:
        raise RuntimeError(f"{name}: only per tensor quantized tensors (with a scale that is no less than 0) are "
                           "supported")
    if any(isinstance(a, Tensor) for a in (*args, *kwargs.values())):
        refuse({"max": "maximum", "min": "minimum"}.get(name, name))
    made = func(dense(whole(q, name)._ints), *args, **kwargs)
    return (made if name == "argsort" else again(q, made) if isinstance(made, Tensor)
            else type(made)((again(q, made[0]), made[1])))


@handles("cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack")
def _joined(func, tensors, *args, **kwargs):
    first = whole(tensors[0], "qcat")
    if any(t.dtype is not first.dtype for t in tensors):
        raise RuntimeError("All dtypes must be the same.")
    if any(t._how.axis is not None for t in tensors):
        raise RuntimeError("Only per-tensor quantization is supported in 'cat'!")
    ints = [t._ints if t._how == first._how else quantised(t.dequantize(), first._how, t.dtype)._ints for t in tensors]
    return again(first, func(ints, *args, **kwargs))


def _rounded(steps, zero, kind):
    return (steps.float() + zero).round().double().clamp(kind.low, kind.high).to(kind.held)


@handles("avg_pool2d", "adaptive_avg_pool2d")
def _average(func, q, *args, **kwargs):
    zero = uniform(whole(q, func.__name__)).zero
    ints = dense(q._ints)
    if not ints._contiguous:
        raise NotImplementedError(f"{func.__name__}: quantised tensors in the channels_last order are not supported")
    return again(q, _rounded(func((ints.int() - zero).double(), *args, **kwargs), zero, KINDS[q.dtype]))


def _pool(n):
    name = f"quantized_max_pool{n}d"

    def pool(input, kernel_size, stride=(), padding=0, dilation=1, ceil_mode=False):
        if not isinstance(input, QuantizedTensor):
            raise NotImplementedError(f"Could not run 'aten::{name}' with arguments from the 'CPU' backend: its input "
                                      "must be a quantised tensor")
        uniform(whole(input, "max_pool2d"))
        if n == 3 and input.ndim != 5:
            raise RuntimeError("Expecting the input tensor of rank 5.")
        if n == 2:
            _check_windows(input, kernel_size, stride, padding, dilation)
        ints = dense(input._ints)
        made = public_pool(ints.double() if input.dtype.itemsize == 4 else ints.float(), kernel_size,
                           stride if isinstance(stride, int) or stride else None, padding, dilation, ceil_mode)
        return again(input, made.to(ints.dtype))

    public_pool = NAMESPACES["nn.functional"][f"max_pool{n}d"]
    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = (f"max_pool{n}d of a quantised tensor with one scale: the result has its scale and zero point. "
                    "RuntimeError for other tensors.")
    register(name, pool, method=False)

    @handles(f"max_pool{n}d")
    def handler(func, q, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        if return_indices:
            refuse(f"max_pool{n}d_with_indices")
        return pool(q, kernel_size, stride or (), padding, dilation, ceil_mode)


def _check_windows(q, kernel_size, stride, padding, dilation):
    several = lambda v: [v, v] if isinstance(v, int) else list(v)
    kernel, steps, pads, gaps = map(several, (kernel_size, stride, padding, dilation))
    if len(kernel) != 2:
        raise RuntimeError(f"Expected 1d or 2d kernel size, got {len(kernel)}")
    if len(steps) not in (0, 2):
        raise RuntimeError(f"Expected no strides or 2d strides, got{len(steps)}")
    if len(pads) != 2 or len(gaps) != 2:
        raise RuntimeError(f"Expected 1d or 2d {'padding' if len(pads) != 2 else 'dilation'}, got "
                           f"{len(pads) if len(pads) != 2 else len(gaps)}")
    if q.ndim not in (3, 4):
        raise RuntimeError("Expecting the input tensor of rank 3 or 4.")
    for wrong, message in (
        (min(kernel) <= 0, "kernel_size should be greater than zero."),
        (min(steps, default=1) <= 0, "strides should be greater than zero."),
        (min(gaps) <= 0, "Expected dilation >= 1"),
        (min(pads) < 0, f"pad must be non-negative, but got pad: {min(pads)}"),
        (any(2 * p > k for p, k in zip(pads, kernel)), "padding should be smaller than half of kernel_size."),
    ):
        if wrong:
            raise RuntimeError(message)


for _n in (1, 2, 3):
    _pool(_n)


def quantized_batch_norm(input, weight, bias, mean, var, eps, output_scale, output_zero_point):
    """(input - mean) / sqrt(var + eps) * weight + bias of a quantised tensor [N, C] or [N, C, 1 to 3 more], with these
    C float32 numbers,
    as a quantised tensor of the given scale and zero point. RuntimeError for other shapes, or without weight or
    bias."""
    if not isinstance(input, QuantizedTensor):
        raise NotImplementedError("Could not run 'aten::quantized_batch_norm' with arguments from the 'CPU' backend: "
                                  "its input must be a quantised tensor")
    for name, t in (("Weight", weight), ("Bias", bias)):
        if t is None:
            raise RuntimeError(f"{name} must be provided")
    scale_in, zero = uniform(whole(input, "qbatch_norm"))[1:3]
    if input._numel == 0:
        return again(input, dense(input._ints).clone())
    if not 2 <= input.ndim <= 5:
        raise RuntimeError("quantized::batch_norm only support 2d, 3d, 4d or 5d inputs.")
    channels = input.shape[1]
    for t, message in (
        (weight, "Expect weight size to match C"),
        (bias, "Expect weight size to match C"),
        (mean, "Mean size must match channel dimension"),
        (var, "Variance size must match channel dimension"),
    ):
        if t._numel != channels:
            raise RuntimeError(message)
        if t.dtype is not BY_NAME["float32"]:
            raise RuntimeError(f"expected scalar type Float but found {t.dtype}")
    output = _uniform_of("quantized_batch_norm", output_scale, output_zero_point)
    weight, bias, mean, var = (t.detach() for t in (weight, bias, mean, var))
    scale_out, inverse = public.tensor(output.scale, dtype=BY_NAME["float32"]), 1.0 / (var + eps).sqrt()
    factor = weight * inverse * (public.tensor(scale_in, dtype=BY_NAME["float32"]) / scale_out)
    shift = (bias - mean * inverse * weight) / scale_out
    place = [1, channels, *[1] * (input.ndim - 2)]
    form = {4: layouts.channels_last, 5: layouts.channels_last_3d}.get(input.ndim, layouts.contiguous_format)
    steps = (input._ints.contiguous(memory_format=form).int()
             - zero).float() * factor.reshape(place) + shift.reshape(place)
    kind = KINDS[input.dtype]
    steps = steps.round().double() + output.zero
    made = public.where(steps == steps, steps.clamp(kind.low, kind.high), float(kind.low)).to(kind.held)
    return hold(made, input.dtype, output)


register("quantized_batch_norm", quantized_batch_norm, method=False)
install()
