"""Casts, moves between devices, and copies into existing memory."""
import math

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts, runtime
from mindtorch._core.warning import warn_once
from mindtorch._core.codes import BOOL

from ..table.registry import FUNCTIONS, With, kernel_rows, op, run

kernel_rows(copy="aclnnInplaceCopy T0 T1", fill="aclnnInplaceFillScalar T0 S0")

_NAMES = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
          "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double",
          "complex64": "ComplexFloat", "complex128": "ComplexDouble", "uint16": "UInt16", "uint32": "UInt32",
          "uint64": "UInt64", "float8_e4m3fn": "Float8_e4m3fn", "float8_e5m2": "Float8_e5m2"}
DTYPE_OF_TYPE = {f"torch.{v}Tensor": k for k, v in _NAMES.items() if not v.startswith("Complex")}


def check_has_data(t):
    """NotImplementedError for a meta tensor, whose values nobody knows."""
    if t._device_code < 0:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")


def _warn_discards(source, code):
    if source.is_complex and not dtypes.DTYPES[code].is_complex and code != BOOL:
        warn_once("imaginary", "Casting complex values to real discards the imaginary part", 5)


def same_memory_order(t, memory_format):
    """Whether t already lies in memory as memory_format asks."""
    if memory_format is None or memory_format is layouts.preserve_format:
        return True
    if memory_format is layouts.contiguous_format:
        return t._contiguous
    want = 4 if memory_format is layouts.channels_last else 5
    if t.ndim != want:
        return False
    expected = 1
    if t._numel == 0:
        return True
    for d in [1, *range(want - 1, 1, -1), 0]:
        if t.shape[d] != 1:
            if t._strides[d] != expected:
                return False
            expected *= t.shape[d]
    return True


def new_strides(t, memory_format):
    """Strides of a copy of t under a memory format (None keeps t's order)."""
    if memory_format is None or memory_format is layouts.preserve_format:
        return layouts.preserved_strides(t.shape, t._strides)
    return layouts.dense_strides(t.shape, memory_format)


def _back(g, dtype, device):
    if g.dtype.is_complex and not dtype.is_complex:
        g = FUNCTIONS["real"](g)
    return convert(g, dtype.code, device)


@op("_to_copy", grad={"input": lambda g, origin: _back(g, *origin)}, node="ToCopyBackward0", method=False,
    function=False, out=False)
def _to_copy(input, code, device, memory_format, later=False):
    if input._device_code < 0 <= device:
        check_has_data(input)
    strides = new_strides(input, memory_format)
    # the device writes by itself only into memory of the host that is pinned
    made = pinned_strided(input.shape, strides,
                          code) if later and device == 0 < input._device_code else _C.empty_strided(
                              input.shape, strides, code, device)
    if not (later and _C.copy_later(made, input)):
        run("copy", (made, input))
    return With(made, origin=(input.dtype, input._device_code))


def pinned_strided(shape, strides, code):
    """An empty tensor of the CPU in memory that the real npu reads and writes by itself."""
    extent = 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, strides))
    return _C.strided(_C.empty_pinned(extent, code), tuple(shape), tuple(strides), 0, -1)


def convert(t, code, device=None, memory_format=None, copy=False, later=False):
    """t with the dtype and device of these codes; t itself when nothing changes and no copy is asked for.

    `later`: a copy between the npu and pinned memory is put into the current stream, and not waited for."""
    if device is None:
        device = t._device_code
    if not copy and t._dtype_code == code and t._device_code == device and (same_memory_order(t, memory_format) or (
            memory_format is layouts.contiguous_format
            and not any(same_memory_order(t, f) for f in (layouts.channels_last, layouts.channels_last_3d)))):
        return t  # only what lies channels-last is put in order by a conversion that converts nothing
    _warn_discards(t.dtype, code)
    return _to_copy(t, code, device, memory_format,
                    True) if later and runtime.ascend_present() else _to_copy(t, code, device, memory_format)


def parse_to(*args, device=None, dtype=None, other=None, non_blocking=False, copy=False, memory_format=None):
    """(device or None, dtype or None, non_blocking, copy, memory_format) of any form of Tensor.to; TypeError for other
    forms."""
    rest = list(args)
    if rest:
        first = rest.pop(0)
        first = dtypes.PYTHON_TYPES.get(first, first) if isinstance(first, type) else first
        if hasattr(first, "_dtype_code"):
            other = first
        elif isinstance(first, dtypes.dtype):
            dtype = first
        else:
            if first is not None and not isinstance(first, (str, int, devices.device)) or isinstance(first, bool):
                raise TypeError(
                    "to() received an invalid combination of arguments - got ("
                    + ", ".join(type(a).__name__ for a in args)
                    + "), but expected one of:\n * (torch.device device, "
                    "torch.dtype dtype, bool non_blocking, bool copy, *, torch.memory_format memory_format)\n * "
                    "(torch.dtype dtype, bool non_blocking, bool copy, *, "
                    "torch.memory_format memory_format)\n * (Tensor tensor, bool non_blocking, bool copy, *, "
                    "torch.memory_format memory_format)"
                )
            device = first
            if rest and (rest[0] is None or isinstance(rest[0], (dtypes.dtype, type))):
                dtype = rest.pop(0)
        if rest:
            non_blocking = rest.pop(0)
        if rest:
            copy = rest.pop(0)
        if rest or not isinstance(non_blocking, (bool, int)) or not isinstance(copy, (bool, int)):
            raise TypeError(f"to() received an invalid combination of arguments: {args}")
    if other is not None:
        device, dtype = other.device, other.dtype
    dtype = dtypes.PYTHON_TYPES.get(dtype, dtype) if isinstance(dtype, type) else dtype
    if dtype is not None and not isinstance(dtype, dtypes.dtype):
        raise TypeError("to() received an invalid combination of arguments: dtype must be torch.dtype, not "
                        f"{type(dtype).__name__}")
    return None if device is None else devices.device(device), dtype, bool(non_blocking), bool(copy), memory_format


@op(function=False, out=False, tensors=["self"])
def to(self, *args, dtype=None, device=None, other=None, non_blocking=False, copy=False, memory_format=None):
    """The tensor with another dtype, device or memory order; itself when it has them and copy is not set."""
    if len(args) == 1 and type(args[0]) is dtypes.dtype:
        dtype = args[0]
    elif len(args) == 1 and dtype is None and not non_blocking and (type(args[0]) is devices.device
                                                                    or type(args[0]) is str):
        return convert(self, self._dtype_code, devices.code_of(args[0]), memory_format, copy)
    elif args or device is not None or other is not None:
        device, dtype, non_blocking, copy, memory_format = parse_to(*args, device=device, dtype=dtype, other=other,
                                                                    non_blocking=non_blocking, copy=copy,
                                                                    memory_format=memory_format)
    if dtypes.is_shell(dtype):
        return dtypes.shells["cast"](self, dtype, device, copy, memory_format)
    code = self._dtype_code if dtype is None else dtypes.code_of(dtype)
    return convert(self, code, self._device_code if device is None else devices.code_of(device), memory_format, copy,
                   non_blocking)


def _caster(name, dtype):
    def cast(self, memory_format=None):
        if dtypes.is_shell(dtype):
            return dtypes.shells["cast"](self, dtype)
        return convert(self, dtypes.code_of(dtype), None, memory_format)

    cast.__doc__ = f"The tensor as {dtype}."
    op(name, function=False, out=False, tensors=["self"])(cast)


for _name, _dtype in [("float", dtypes.float32), ("double", dtypes.float64), ("half", dtypes.float16),
                      ("bfloat16", dtypes.bfloat16), ("int", dtypes.int32), ("long", dtypes.int64),
                      ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8), ("bool", dtypes.bool),
                      ("cfloat", dtypes.complex64), ("cdouble", dtypes.complex128),
                      ("chalf", dtypes.complex32)]:
    _caster(_name, _dtype)


@op(function=False, out=False)
def cpu(self, memory_format=None):
    """The tensor in the memory of the processor."""
    return convert(self, self._dtype_code, 0, memory_format)


def _mover(name):
    def move(self, device=None, non_blocking=False, memory_format=None):
        d = devices.device(name if device is None else device)
        if d.type not in ("cuda", "npu"):
            raise RuntimeError(f"Invalid device, must be {name} device")
        return convert(self, self._dtype_code, devices.code_of(d), memory_format, later=non_blocking)

    move.__doc__ = f"The tensor on a {name} device, the current one unless given."
    op(name, function=False, out=False, tensors=["self"])(move)


_mover("cuda")
_mover("npu")


@op(function=False, out=False, tensors=["self", "other"])
def type_as(self, other):
    """The tensor with the dtype and device of another."""
    return convert(self, other._dtype_code, other._device_code)


def type_name(dtype, device=0):
    """The name of the legacy class of such tensors, as Tensor.type() gives it."""
    prefix = "" if device <= 0 else (devices.accelerator_type() or "npu") + "."
    return f"torch.{prefix}{_NAMES[dtype._name]}Tensor"


@op("type", function=False, out=False, tensors=["self"])
def type_(self, dtype=None, non_blocking=False):
    """The name of the tensor's legacy class, or the tensor as another dtype (torch.dtype, class or name); ValueError
    for unknown names."""
    if dtype is None:
        return type_name(self.dtype, self._device_code)
    device = self._device_code
    if hasattr(dtype, "_legacy_dtype"):
        device, dtype = dtype._legacy_device(), dtype._legacy_dtype
    elif isinstance(dtype, str):
        name, device = dtype, 0
        for prefix in ("torch.cuda.", "torch.npu."):
            if name.startswith(prefix):
                name, device = "torch." + name[len(prefix):], devices.code_of(prefix[6:-1])
        if name == "torch.Tensor":
            name = type_name(dtypes.get_default_dtype())
        if name not in DTYPE_OF_TYPE:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = dtypes.BY_NAME[DTYPE_OF_TYPE[name]]
    if dtypes.is_shell(dtype):
        return dtypes.shells["cast"](self, dtype)
    return convert(self, dtypes.code_of(dtype), device)


@op(function=False, out=False)
def contiguous(self, memory_format=layouts.contiguous_format):
    """The tensor laid out densely in this memory order; itself when it already is."""
    if memory_format is layouts.preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return self if same_memory_order(self, memory_format) else FUNCTIONS["clone"](self, memory_format=memory_format)


# ---- overwriting ----
def _no_part(g):
    return FUNCTIONS["zeros_like"](g)


# The forward writes into self and returns an alias that carries the node; self then continues from it.
@op("_copied", grad={"self": _no_part, "src": lambda g, origin: _back(g, *origin)}, node="CopyBackwards", method=False,
    function=False, out=False)
def _copied(self, src, later=False):
    if not (later and _C.copy_later(self, src)):
        run("copy", (self, src))
    return With(_C.detach(self), origin=(src.dtype, src._device_code))


@op("_filled", grad={"self": _no_part, "value": lambda g, device: convert(g.sum(), g._dtype_code, device)},
    node="FillBackward1", method=False, function=False, out=False)
def _filled_from(self, value):
    run("copy", (self, value))
    return With(_C.detach(self), device=value._device_code)


def _filler(node, constant=None):
    @op("_" + node, grad={"self": _no_part}, node=node, method=False, function=False, out=False)
    def filled(self, value):
        run("fill", (self,), (value,))
        return _C.detach(self)

    return filled


_filled, _zeroed = _filler("FillBackward0"), _filler("ZeroBackward0")


def overwrite(self, written):
    """self holds the values already; continue its history from the alias that was written through."""
    _C.bump_version(self)
    if written.requires_grad and _C.is_grad_enabled():
        _C.rebase(self, written)
    return self


def check_inner_overlap(t):
    """RuntimeError when several elements of t share one place in memory, so that writing to it has no meaning."""
    if 0 in t._strides and any(s == 0 and n > 1 for s, n in zip(t._strides, t.shape)):
        raise RuntimeError("unsupported operation: more than one element of the written-to tensor refers to a single "
                           "memory location. Please clone() the tensor before performing the operation.")


@op("copy_", function=False, out=False, tensors=["self", "other"])
def copy_(self, other, non_blocking=False):
    """Overwrite self with other's values, cast and broadcast to self."""
    src = other
    if isinstance(src, (bool, int, float, complex)):
        src = FUNCTIONS["tensor"](src)
    if not hasattr(src, "_dtype_code"):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(src).__name__}")
    _C.check_inplace(self)
    if self is src:
        return self
    if self._device_code >= 0:
        check_has_data(src)
    check_inner_overlap(self)
    have, want = src.shape, self.shape
    if have != want and (len(have) > len(want) or any(h not in (1, w) for h, w in zip(reversed(have), reversed(want)))):
        lead = len(want) - len(have)
        for d in range(len(want) - 1, -1, -1):
            if lead < 0 or (d - lead >= 0 and have[d - lead] not in (1, want[d])):
                break
        if lead < 0:
            raise RuntimeError(f"output with shape {list(want)} doesn't match the broadcast shape {list(have)}")
        raise RuntimeError(f"The size of tensor a ({want[d]}) must match the size of tensor b ({have[d - lead]}) at "
                           f"non-singleton dimension {d}")
    _warn_discards(src.dtype, self._dtype_code)
    if self._numel and src._device_code >= 0 and self._device_code >= 0 and _overlaps(self, src):
        src = FUNCTIONS["clone"](src)
    return overwrite(self, _copied(self, src, True) if non_blocking and runtime.ascend_present()
                     else _copied(self, src))


def _overlaps(a, b):
    mine, theirs = _C.storage_info(a), _C.storage_info(b)
    return (mine[2] == theirs[2]
            and not (a._offset == b._offset and a._strides == b._strides and a.shape == b.shape
                     and a._dtype_code == b._dtype_code))


def scalar_value(value, name="fill_"):
    """A number from a Python number, NumPy scalar or 0-dim tensor."""
    if isinstance(value, (bool, int, float, complex)):
        return value
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "__index__"):
        return value.__index__()
    if hasattr(value, "__float__"):
        return float(value)
    raise TypeError(f"{name}(): argument 'value' (position 1) must be Number, not {type(value).__name__}")


def check_fill(value, dtype):
    """The number as the dtype takes it; RuntimeError for one that it cannot hold."""
    refused = RuntimeError(f"value cannot be converted to type {_CPP_TYPES.get(dtype._name, dtype._name)} without "
                           "overflow")
    if dtype.is_complex or dtype._name == "bool":
        return value
    if isinstance(value, complex):
        if value.imag:
            raise refused
        value = value.real
    if isinstance(value, bool):
        return value
    if dtype.is_floating_point:
        if math.isfinite(value) and abs(value) > _LARGEST.get(dtype._name, math.inf):
            raise refused
        return float(value) if isinstance(value, int) and abs(value) >= 2**63 else value
    bits = dtype.itemsize * 8
    # a negative number of an unsigned type wraps
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if dtype.is_signed else (-(2**bits), 2**bits)
    if (
        not math.isfinite(value)
        or not low <= value < high
        or (isinstance(value, float) and value < 0 and not dtype.is_signed)
    ):
        raise refused
    return value


_LARGEST = {"float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38}
_CPP_TYPES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t",
              "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
              "float64": "double", "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t"}


@op("fill_", out=False, tensors=["self", "value"])
def fill_(self, value):
    """Set every element to a number or to the value of a 0-dim tensor."""
    _C.check_inplace(self)
    if hasattr(value, "_dtype_code"):
        if value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} "
                               "dimensions.")
        if self._device_code >= 0:
            check_has_data(value)
        return overwrite(self, _filled_from(self, value))
    return overwrite(self, _filled(self, check_fill(scalar_value(value), self.dtype)))


@op("fill", method=False, out=False, tensors=["input", "value"])
def fill(input, value):
    """A copy of input with every element set to value."""
    return fill_(FUNCTIONS["clone"](input), value)


@op("zero_", out=False)
def zero_(self):
    """Set every element to zero."""
    _C.check_inplace(self)
    return overwrite(self, _zeroed(self, 0))


@op("fill_diagonal_", function=False, out=False, tensors=["self"])
def fill_diagonal_(self, fill_value, wrap=False):
    """Set the main diagonal; wrap=True starts it anew below a tall matrix. RuntimeError for one dimension or unequal
    ones."""
    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    height, width, step = self.shape[0], min(self.shape), sum(self._strides)
    for row in range(0, height if wrap and self.ndim == 2 else 1, width + 1):
        fill_(FUNCTIONS["as_strided"](self, (min(width, height - row),), (step,),
                                      self._offset + row * self._strides[0]), fill_value)
    return self
