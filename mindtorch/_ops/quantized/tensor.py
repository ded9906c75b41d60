"""Quantised tensors: integers beside a tensor without memory that carries the shape (quantized_math.py has what
computes with them).

A value is (integer - zero point) * scale, with one pair for the whole tensor or one for each index of an axis. The
integers are a
strided tensor of their own, so views of a quantised tensor are views of its integers; dtypes of less than a byte keep
several
numbers in a byte, in the order of the elements, and have no views but those of another shape.
"""
import copy
import functools
import math
from collections import OrderedDict, namedtuple

import mindtorch._C as _C
from mindtorch._core import layouts, overrides
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.size import whole as whole_number
from mindtorch._core.tensor import Hidden, Tensor

from ..table.registry import METHODS, _CPP_NAMES, public, register

# numbers, or tensors with an element for each index of axis
Quantizer = namedtuple("Quantizer", "scheme scale zero axis", defaults=(None,))
_UNIFORM, _CHANNEL, _FLOAT_CHANNEL = (layouts.per_tensor_affine, layouts.per_channel_affine,
                                      layouts.per_channel_affine_float_qparams)
_Kind = namedtuple("_Kind", "held low high per_byte name")
KINDS = {
    BY_NAME[n]: _Kind(BY_NAME[held], low, high, per_byte, label)
    for n, held, low, high, per_byte, label in (
        ("qint8", "int8", -128, 127, 1, "QInt8"),
        ("quint8", "uint8", 0, 255, 1, "QUInt8"),
        ("qint32", "int32", -(1 << 31), (1 << 31) - 1, 1, "QInt32"),
        ("quint4x2", "uint8", 0, 15, 2, "QUInt4x2"),
        ("quint2x4", "uint8", 0, 3, 4, "QUInt2x4"),
    )
}
HANDLERS = {}  # name of a function or method -> handler(func, q, ...) for quantised tensors
_MIXED = {"copy_", "equal", "__setitem__", "to", "type_as"}  # those that may have a dense tensor first


def refuse(name):
    """NotImplementedError: no quantised kernel."""
    raise NotImplementedError(f"Could not run 'aten::{name}' with arguments from the 'QuantizedCPU' backend: it is not "
                              "supported for quantised tensors; dequantize() gives an ordinary one")


def _quantised_first(args):
    return bool(args) and (isinstance(args[0], QuantizedTensor) or isinstance(args[0], (list, tuple))
                           and all(isinstance(t, QuantizedTensor) for t in args[0]))


def _answer(name, func, args, kwargs):
    handler = HANDLERS.get(name)
    if not args and kwargs:  # torch.relu(input=q)
        first = next((k for k in ("input", "self", "tensors") if k in kwargs), None)
        args, kwargs = (kwargs[first],) if first else (), {k: v for k, v in kwargs.items() if k != first}
    if handler is None or kwargs.get("out") is not None or not (_quantised_first(args) or name in _MIXED):
        refuse(name)
    kwargs.pop("out", None)
    return handler(func, *args, **kwargs)


class QuantizedTensor(Tensor):
    """A tensor of a quantised dtype."""

    __module__ = "torch"

    def __new__(cls, *args, **kwargs):
        raise TypeError("make quantised tensors by torch.quantize_per_tensor and its like")

    _canonical = True

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return _answer(getattr(func, "__name__", None) or str(func), func, args, dict(kwargs or {}))

    shape, ndim, is_leaf, grad_fn, grad, retains_grad, output_nr = (vars(Tensor)[n]
                                                                    for n in ("shape", "ndim", "is_leaf", "grad_fn",
                                                                              "_grad", "retains_grad", "output_nr"))
    dtype = property(lambda self: self._element)
    device = property(lambda self: self._ints.device)
    layout, name, is_quantized = layouts.strided, None, True
    is_sparse = is_sparse_csr = is_nested = is_mkldnn = is_meta = False
    is_mps = is_xpu = is_xla = is_vulkan = is_ipu = is_maia = is_mtia = is_hpu = False
    is_cpu, is_cuda, is_npu = (property(lambda self, n=n: getattr(self._ints, n))
                               for n in ("is_cpu", "is_cuda", "is_npu"))
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.dtype.itemsize * self._numel)
    requires_grad = property(lambda self: False, lambda self, on: self.requires_grad_(on))
    data, real = property(lambda self: self.detach()), property(lambda self: self)
    T, H, mT, mH = (property(lambda self, n=n: moved(lambda t: getattr(t, n), self)) for n in ("T", "H", "mT", "mH"))
    _version = property(lambda self: self._ints._version)
    _base = property(lambda self: self._root)

    def requires_grad_(self, requires_grad=True):
        """Itself; RuntimeError when it is to require grad."""
        if requires_grad:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        return self

    # ---- what only quantised tensors have ----
    def qscheme(self):
        """torch.per_tensor_affine and the like."""
        return self._how.scheme

    def q_scale(self):
        """The scale; RuntimeError when there is one for each channel."""
        return uniform(self).scale

    def q_zero_point(self):
        """The integer that stands for 0; RuntimeError when there is one for each channel."""
        return uniform(self).zero

    def q_per_channel_scales(self):
        """The scales; RuntimeError when there is one for the whole tensor."""
        return _by_channel(self).scale

    def q_per_channel_zero_points(self):
        """The zero points; RuntimeError when there is one for the whole tensor."""
        return _by_channel(self).zero

    def q_per_channel_axis(self):
        """The dimension that scales go along; RuntimeError when there is one for the whole tensor."""
        return _by_channel(self).axis

    def int_repr(self):
        """A copy of the integers; of the bytes that hold them, for dtypes of less than a byte."""
        if packed(self):
            return self._ints[: -(-self._numel // KINDS[self.dtype].per_byte)].clone()
        return dense(self._ints).clone()

    def dequantize(self):
        """The values as float32."""
        how = self._how
        scale, zero = _along(how, self.shape)
        if self._numel == 0:
            return public.empty(tuple(self.shape), dtype=BY_NAME["float32"], device=self.device)
        ints = dense(unpacked(self))
        return ((ints.float() - zero) if how.scheme is _FLOAT_CHANNEL else (ints.int() - zero).float()) * scale

    def __reduce_ex__(self, protocol):
        from mindtorch import _utils
        from mindtorch._storage.typed import TypedStorage, UntypedStorage

        how = self._how
        storage = TypedStorage(wrap_storage=UntypedStorage._of(self._ints), dtype=self.dtype, _internal=True)
        arguments = (storage, self._ints._offset, tuple(self.shape), self._strides,
                     (how.scheme, how.scale, how.zero, *(() if how.axis is None else (how.axis,))), False,
                     OrderedDict())
        state = {k: v for k, v in self.__dict__.items() if k not in _OWN}
        return (_utils._rebuild_from_type_v2,
                (_utils._rebuild_qtensor, Tensor, arguments, state)) if state else (_utils._rebuild_qtensor, arguments)

    def __deepcopy__(self, memo):
        made = hold(copy.deepcopy(self._ints, memo), self.dtype, self._how, self)
        made.__dict__.update(copy.deepcopy({k: v for k, v in self.__dict__.items() if k not in _OWN}, memo))
        memo[id(self)] = made
        return made

    def __copy__(self):
        made = hold(self._ints, self.dtype, self._how, self)
        made.__dict__.update(self.__dict__)
        return made

    def __repr__(self, *, tensor_contents=None):
        from mindtorch._tensor_str import _tensor_str, _with_suffixes

        how = self._how
        suffixes = [f"device='{self.device}'"] if self.device.type != "cpu" else []
        suffixes += [f"size={tuple(self.shape)}", f"dtype={self.dtype}", f"quantization_scheme={how.scheme}",
                     f"scale={how.scale}", f"zero_point={how.zero}"]
        suffixes += [] if how.axis is None else [f"axis={how.axis}"]
        return (("Parameter containing:\n" if getattr(self, "_is_param", False) else "")
                + _with_suffixes("tensor(" + (tensor_contents or _tensor_str(self.dequantize(), 7)), suffixes, 7))

    __str__ = __repr__


_OWN = ("_ints", "_element", "_how", "_root")


def hold(ints, dtype, how, geometry=None, root=None):
    """The quantised tensor of these integers; `geometry` has the shape where the integers are bytes. `root` is what it
    is a view of."""
    geometry = ints if geometry is None or KINDS[dtype].per_byte == 1 else geometry
    made = _C.empty_strided(tuple(geometry.shape), geometry._strides, BY_NAME["uint8"].code, -1)
    made.__class__ = QuantizedTensor
    made._ints, made._element, made._how, made._root = ints, dtype, how, root
    return made


def again(q, ints, how=None):
    """Other integers (or several) with q's quantizer; those that are q's own elements make views."""
    if isinstance(ints, (tuple, list)):
        return type(ints)(again(q, t, how) for t in ints)
    shared = ints._base is not None and ints._base is (q._ints if q._ints._base is None else q._ints._base)
    return hold(ints, q.dtype, how or q._how, None, (q if q._root is None else q._root) if shared else None)


def packed(q):
    """Whether a byte holds several elements."""
    return KINDS[q.dtype].per_byte > 1


def whole(q, name):
    """q; NotImplementedError when a byte holds several elements."""
    if packed(q):
        raise NotImplementedError(f'"{name}" not implemented for \'{KINDS[q.dtype].name}\'')
    return q


def uniform(q):
    """The quantizer; RuntimeError unless it is one for the whole tensor."""
    if q._how.axis is not None:
        raise RuntimeError("Expected quantizer->qscheme() == kPerTensorAffine to be true, but got false.")
    return q._how


def _by_channel(q):
    if q._how.axis is None:
        raise RuntimeError("Expected quantizer->qscheme() == kPerChannelAffine || quantizer->qscheme() == "
                           "kPerChannelAffineFloatQParams to be true, but got false.")
    return q._how


def dense(t):
    """t in one block of memory: channels-last when it lies so, else in the order of its dimensions."""
    for n, form in ((4, layouts.channels_last), (5, layouts.channels_last_3d)):
        if (
            t.ndim == n
            and not t._contiguous
            and layouts.preserved_strides(tuple(t.shape), t._strides) == layouts.dense_strides(t.shape, form)
        ):
            return t.contiguous(memory_format=form)
    return t.contiguous()


# ---- numbers and integers ----
def _along(how, shape):
    """(scale as float32, zero point), to be broadcast with a tensor of this shape."""
    if how.axis is None:
        return public.tensor(how.scale, dtype=BY_NAME["float32"]), how.zero
    if shape[how.axis] != how.scale.shape[0]:
        raise RuntimeError(f"length of scales must equal to channel, expected {shape[how.axis]} got, "
                           f"{how.scale.shape[0]}")
    place = [-1 if d == how.axis else 1 for d in range(len(shape))]
    zero = how.zero.float() if how.scheme is _FLOAT_CHANNEL else how.zero.int()
    return how.scale.float().reshape(place), zero.reshape(place)


def integers(x, how, dtype):
    """The integers for float32 values, each in an element of its own: rounded to even, those out of range at its
    end."""
    kind = KINDS[dtype]
    scale, zero = _along(how, x.shape)
    if how.scheme is not _FLOAT_CHANNEL and (how.axis is None or how.zero._numel):
        word = "tensor" if how.axis is None else "channel"
        low, high = (zero, zero) if how.axis is None else (how.zero.min().item(), how.zero.max().item())
        top = 255 if kind.per_byte > 1 else kind.high  # a zero point may be anything that the byte can hold
        for z, wrong, side in ((high, high > top, "above upper"), (low, low < kind.low, "below lower")):
            if wrong:
                raise RuntimeError(f"quantize_tensor_per_{word}_affine zero_point {z} is {side} bound.")
    if x._numel == 0:
        return x.to(kind.held)
    inverse, byte = scale.reciprocal(), dtype.itemsize == 1 and kind.per_byte == 1 and how.axis is None
    if byte:
        steps = (x.double() * inverse.double() + zero).float().round()  # with one rounding, as a fused multiply-add
    else:
        steps = (x * inverse).round() + zero if kind.per_byte > 1 and how.axis is None else (x * inverse + zero).round()
    steps = steps.double()
    nan = kind.high if byte else kind.low if dtype.itemsize == 4 else 0
    return public.where(steps == steps, steps.clamp(kind.low, kind.high), float(nan)).to(kind.held)


def quantised(x, how, dtype):
    """float32 values as a quantised tensor."""
    kind, x = KINDS[dtype], dense(x.detach())
    ints = integers(x, how, dtype)
    if kind.per_byte == 1:
        return hold(ints, dtype, how)
    if not x._contiguous:
        raise NotImplementedError(f"{dtype} in the channels_last order is not supported")
    made = _fresh(tuple(x.shape), dtype, how, x.device)
    bits, flat = 8 // kind.per_byte, ints.reshape(-1).int()
    flat = public.cat([flat,
                       flat.new_zeros(made._ints._numel * kind.per_byte - flat._numel)]).reshape(-1, kind.per_byte)
    made._ints.copy_(sum(flat[:, i] << bits * i for i in range(kind.per_byte)))
    return made


def unpacked(q):
    """The integers, each in an element of its own."""
    per_byte = KINDS[q.dtype].per_byte
    if per_byte == 1:
        return q._ints
    bits = 8 // per_byte
    parts = [(q._ints >> bits * i) & ((1 << bits) - 1) for i in range(per_byte)]
    return public.stack(parts, -1).reshape(-1)[: q._numel].reshape(tuple(q.shape))


def _fresh(shape, dtype, how, device=None, memory_format=None):
    """A quantised tensor of any integers (zeros where bytes hold several, so that unused bits are known)."""
    kind = KINDS.get(dtype)
    if kind is None:
        raise RuntimeError("Creation of quantized tensor requires quantized dtype like torch.quint8")
    if kind.per_byte == 1:
        made = public.empty(shape, dtype=kind.held, device=device)
        return hold(made if memory_format in (None, layouts.preserve_format)
                    else made.contiguous(memory_format=memory_format), dtype, how)
    rows = math.prod(shape[:-1]) if shape else 1
    ints = public.zeros((rows * -(-(shape[-1] if shape else 1) // kind.per_byte),), dtype=kind.held, device=device)
    return hold(ints, dtype, how, _C.empty_strided(tuple(shape), layouts.dense_strides(shape), kind.held.code, -1))


# ---- making them ----
def _number(function, value, kind):
    """A Python number from a number or a tensor of one element; TypeError for others."""
    if isinstance(value, Tensor) and (kind is float or not value.dtype.is_floating_point):
        return kind(value.item())
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise TypeError(f"{function}() received an invalid combination of arguments: a "
                        f"{'scale' if kind is float else 'zero point'} cannot be {type(value).__name__}")
    return kind(value)


def _uniform_of(function, scale, zero_point):
    """The quantizer of one scale and zero point for all."""
    return Quantizer(_UNIFORM, _number(function, scale, float),
                     whole_number(_number(function, zero_point, int), function, "zero_point"))


def _dtype_argument(function, input, dtype):
    if not isinstance(input, Tensor):
        raise TypeError(f"{function}() received an invalid combination of arguments: input must be Tensor, not "
                        f"{type(input).__name__}")
    if isinstance(input, QuantizedTensor):
        refuse(function)
    if not isinstance(dtype, type(BY_NAME["qint8"])):
        raise TypeError(f"{function}() received an invalid combination of arguments: dtype must be torch.dtype, not "
                        f"{type(dtype).__name__}")
    if dtype not in KINDS:
        raise RuntimeError(f"ScalarType {_CPP_NAMES.get(dtype._name, dtype._name)} is not supported in new_qtensor.")
    if type(input) is not Tensor and type(input) not in overrides.plain or input._device_code < 0:
        raise NotImplementedError(f"{function}: only ordinary tensors with memory are supported")


def quantize_per_tensor(input, scale, zero_point, dtype):
    """A float32 tensor as integers: round(input / scale) + zero_point; a tuple for a list of tensors, with tensors of
    scales and zero
    points. dtype is qint8, quint8, qint32, quint4x2 or quint2x4. RuntimeError for other dtypes of input or result."""
    if isinstance(input, (list, tuple)):
        if not (isinstance(scale, Tensor) and isinstance(zero_point, Tensor)):
            raise TypeError("quantize_per_tensor() received an invalid combination of arguments: a list of tensors "
                            "needs tensors of scales and zero points")
        return tuple(quantize_per_tensor(t, scale[i], zero_point[i], dtype) for i, t in enumerate(input))
    how = _uniform_of("quantize_per_tensor", scale, zero_point)
    _dtype_argument("quantize_per_tensor", input, dtype)
    if input.dtype is not BY_NAME["float32"]:
        raise RuntimeError("Quantize only works on Float Tensor, got "
                           f"{_CPP_NAMES.get(input.dtype._name, input.dtype._name)}")
    return quantised(input, how, dtype)


def _channels(function, scales, zero_points, axis, ndim):
    """The quantizer for these scales; TypeError or RuntimeError for those that are none."""
    for name, t in (("scales", scales), ("zero_points", zero_points)):
        if not isinstance(t, Tensor):
            raise TypeError(f"{function}(): argument '{name}' must be Tensor, not {type(t).__name__}")
    if scales.ndim != 1 or zero_points.ndim != 1:
        raise RuntimeError(f"{'scale' if scales.ndim != 1 else 'zero_points'} tensor must have dimension 1")
    if scales._numel != zero_points._numel:
        raise RuntimeError("number of elements in scales and zero_points must match")
    if not scales.dtype.is_floating_point:
        raise RuntimeError("scale tensor must be floating point")
    axis = whole_number(axis, function, "axis")
    if not 0 <= axis < ndim:
        raise RuntimeError(f"Channel axis out of range in per channel affine quantization. Got: {axis}Expected: [0, "
                           f"{ndim})")
    scales, zero_points = scales.detach(), zero_points.detach()
    if zero_points.dtype.is_floating_point:
        return Quantizer(_FLOAT_CHANNEL, scales.float().contiguous(), zero_points.float().contiguous(), axis)
    return Quantizer(_CHANNEL, scales.double().contiguous(), zero_points.long().contiguous(), axis)


def quantize_per_channel(input, scales, zero_points, axis, dtype):
    """quantize_per_tensor with a scale and a zero point for every index of axis; floating zero points stay what they
    are."""
    _dtype_argument("quantize_per_channel", input, dtype)
    how = _channels("quantize_per_channel", scales, zero_points, axis, input.ndim)
    if input.dtype is not BY_NAME["float32"]:
        raise RuntimeError("quantize_tensor_per_channel_affine expects a Float Tensor, got "
                           f"{_CPP_NAMES.get(input.dtype._name, input.dtype._name)}")
    if (KINDS[dtype].per_byte > 1) is not (how.scheme is _FLOAT_CHANNEL) and dtype.itemsize * KINDS[
        dtype
    ].per_byte != 1:
        raise NotImplementedError(f'"quantize_tensor_per_channel_affine" not implemented for \'{KINDS[dtype].name}\' '
                                  f'and {how.zero.dtype} zero points')
    return quantised(input, how, dtype)


def quantize_per_tensor_dynamic(input, dtype, reduce_range):
    """quantize_per_tensor (qint8 or quint8) whose scale and zero point are those of input's range; reduce_range leaves
    a bit unused. float16 is a mere cast."""
    if dtype is BY_NAME["float16"] and type(input) is Tensor:
        return input.half()
    if dtype not in KINDS or KINDS[dtype].per_byte > 1 or dtype.itemsize > 1:
        raise RuntimeError(
            f"dtype {KINDS[dtype].name if dtype in KINDS else _CPP_NAMES.get(getattr(dtype, '_name', None), dtype)}not "
            "supported")
    _dtype_argument("quantize_per_tensor_dynamic", input, dtype)
    low, high = (b // (2 if reduce_range else 1) for b in KINDS[dtype][1:3])
    scale, zero = _fitting(min(input.min().item(), 0.0), max(input.max().item(), 0.0), low, high)
    return quantize_per_tensor(input, scale, zero, dtype)


def _fitting(least, most, low, high):
    """(scale, zero point) that put the range from least to most on the integers from low to high, with 0 on an
    integer."""
    if not least <= most:
        raise RuntimeError("In ChooseQuantizationParams, min should be less than or equal to max")
    if math.isinf(least) or math.isinf(most):
        raise RuntimeError("quantize_per_tensor_dynamic: the input has infinite values, whose range no integers can "
                           "hold")
    smallest = public.tensor(6.1e-5).item()
    scale = (most - least) / (high - low)
    as_float = public.tensor(scale, dtype=BY_NAME["float32"])
    if as_float.item() == 0 or math.isinf(as_float.reciprocal().item()):
        scale = 0.1
    if scale < smallest:
        grown = smallest / scale
        least, most, scale = ((0.0, smallest * (high - low), smallest) if least == 0
                              else (-smallest * (high - low), 0.0, smallest) if most == 0
                              else (least * grown, most * grown, smallest))
    from_least, from_most = low - least / scale, high - most / scale
    zero = from_least if abs(low) + abs(least / scale) < abs(high) + abs(most / scale) else from_most
    return scale, low if zero < low else high if zero > high else round(zero)


def _empty(function):
    """What the factories of unfilled tensors have in common: (shape, options) from sizes as numbers or as one sequence;
    memory options that are not supported raise."""

    @functools.wraps(function)
    def make(
        *size, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None, **rest
    ):
        if layout not in (None, layouts.strided) or pin_memory or requires_grad:
            raise NotImplementedError(f"{function.__name__}: layout, pin_memory and requires_grad")
        size = tuple(rest.pop("size", size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size))
        return function(size, dict(dtype=dtype, device=device, memory_format=memory_format), **rest)

    return make


@_empty
def _empty_affine_quantized(size, options, scale=1, zero_point=0):
    """A quantised tensor of this size with any integers."""
    return _fresh(size, how=_uniform_of("_empty_affine_quantized", scale, zero_point), **options)


@_empty
def _empty_per_channel_affine_quantized(size, options, *, scales, zero_points, axis):
    """A quantised tensor of this size with any integers and a scale for each index of axis."""
    return _fresh(size, how=_channels("_empty_per_channel_affine_quantized", scales, zero_points, axis, len(size)),
                  **options)


def empty_quantized(
    size, qtensor, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None
):
    """A quantised tensor of this size with any integers and qtensor's quantizer."""
    if not isinstance(qtensor, QuantizedTensor):
        raise NotImplementedError("Could not run 'aten::empty_quantized' with arguments from the 'CPU' backend: "
                                  "qtensor is not quantised")
    if layout not in (None, layouts.strided) or pin_memory or requires_grad:
        raise NotImplementedError("empty_quantized: layout, pin_memory and requires_grad")
    return _fresh(tuple(size), qtensor.dtype if dtype is None else dtype, qtensor._how,
                  qtensor.device if device is None else device, memory_format)


def _of_integers(input):
    found = next((d for d, kind in KINDS.items() if kind.held is input.dtype and kind.per_byte == 1), None)
    if found is None or type(input) is not Tensor:
        raise RuntimeError("Creation of quantized tensor requires quantized dtype like torch.quint8")
    return input.detach().clone(memory_format=layouts.contiguous_format), found


def _make_per_tensor_quantized_tensor(input, scale, zero_point):
    """int8, uint8 or int32 as the integers of a quantised tensor."""
    return hold(*_of_integers(input), _uniform_of("_make_per_tensor_quantized_tensor", scale, zero_point))


def _make_per_channel_quantized_tensor(input, scale, zero_point, axis):
    """int8, uint8 or int32 as the integers of a quantised tensor with a scale for each index of axis."""
    return hold(*_of_integers(input),
                _channels("_make_per_channel_quantized_tensor", scale, zero_point, axis, input.ndim))


def rebuilt(storage, offset, size, stride, params):
    """The quantised tensor of a pickle: params are (scheme, scale, zero point) or (scheme, scales, zero points,
    axis)."""
    from mindtorch._utils import _on

    dtype, kind = storage.dtype, KINDS[storage.dtype]
    if params[0] is not _UNIFORM and params[0] not in (_CHANNEL, _FLOAT_CHANNEL):
        raise RuntimeError(f"Can't deserialize quantized tensor with qscheme {params[0]}")
    if params[0] is _UNIFORM:
        how = _uniform_of("_rebuild_qtensor", *params[1:3])
    else:
        if not all(isinstance(p, (Tensor, list, tuple)) for p in params[1:3]):
            raise TypeError("_rebuild_qtensor: scales and zero points must be tensors or lists of numbers")
        several = (public.as_tensor(p, dtype=None if isinstance(p, Tensor) else BY_NAME[d]) for p,
                   d in zip(params[1:3], ("float64", "int64")))
        how = _channels("_rebuild_qtensor", *several, params[3], len(size))
    if kind.per_byte == 1:
        return hold(_on(storage._untyped_storage, kind.held, offset, size, stride), dtype, how)
    if offset or tuple(stride) != layouts.dense_strides(size):
        raise NotImplementedError(f"views of {dtype} tensors are not supported")
    return hold(_on(storage._untyped_storage, kind.held, 0, (storage._untyped_storage.nbytes(),), (1,)), dtype, how,
                _C.empty_strided(tuple(size), tuple(stride), kind.held.code, -1))


for _function in (quantize_per_tensor, quantize_per_channel, quantize_per_tensor_dynamic, empty_quantized,
                  _empty_affine_quantized, _empty_per_channel_affine_quantized,
                  _make_per_tensor_quantized_tensor, _make_per_channel_quantized_tensor):
    register(_function.__name__, _function, method=False)


def _question(name):
    def ask(input):
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        return getattr(input, name)()

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = vars(QuantizedTensor)[name].__doc__
    register(name, ask, method=False)


for _name in ("q_scale", "q_zero_point", "q_per_channel_scales", "q_per_channel_zero_points", "q_per_channel_axis",
              "int_repr"):
    _question(_name)


# ---- how they hook in ----
def handles(*names):
    """Registers what functions and methods of these names do: handler(func, q, *args, **kwargs)."""
    def add(function):
        HANDLERS.update(dict.fromkeys(names, function))
        return function

    return add


def moved(func, q, *args, **kwargs):
    """func of the integers, which only puts elements elsewhere."""
    whole(q, "copy_kernel")
    if q._how.axis is not None:
        raise RuntimeError("Setting strides is possible only on uniformly quantized tensor")
    plain = [a._ints if isinstance(a, QuantizedTensor) else a for a in args]
    return again(q, func(q._ints, *plain, **kwargs))


def install():
    """Every method and attribute of Tensor is replaced in the class: by its handler, or by a refusal."""
    def bound(name, func):
        @functools.wraps(func)
        def method(*args, **kwargs):
            return _answer(name, func, args, kwargs)

        return method

    def refusing(name):
        def refusal(self, *args):
            refuse(name)

        return property(refusal, refusal)

    own = vars(QuantizedTensor)
    inner = ("_dtype_code", "_device_code", "_numel", "_strides", "_contiguous", "_offset", "_pointer", "_grad",
             "_cdata", "_backward_hooks", "_post_accumulate_grad_hooks")
    for name, value in {**vars(Tensor), **METHODS}.items():
        if name in own or name in inner or isinstance(value,
                                                      Hidden) or name in ("__hash__", "__class__", "__dict__",
                                                                          "__doc__", "__init__", "__init_subclass__",
                                                                          "__setstate__", "__module__"):
            continue
        if callable(value) and not isinstance(value, type):
            setattr(QuantizedTensor, name, bound(name, value))
        elif (
            hasattr(type(value), "__get__")
            and not isinstance(value, (classmethod, staticmethod))
            and not name.startswith("__")
        ):
            setattr(QuantizedTensor, name, refusing(name))
    overrides.plain.discard(QuantizedTensor)
    overrides.wrappers.add(QuantizedTensor)
