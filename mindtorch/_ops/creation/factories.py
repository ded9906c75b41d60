"""Factories: from sizes, from Python data, from NumPy."""
import functools
import mmap
import warnings

import numpy

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts, overrides
from mindtorch._core.size import Size, check_count, listed
from mindtorch._core.tensor import Tensor
from mindtorch._core.warning import warn_once
from mindtorch._core.codes import BOOL, UINT8

from .python_data import block_of, is_sequence, named, numpy_code
from .casts import check_fill, convert, new_strides, scalar_value, type_name
from ..table.registry import FUNCTIONS, METHODS, op, register, run


def new(shape, dtype, device=0):
    """Uninitialised memory, by engine codes: what forwards allocate results with."""
    return _C.empty(shape, dtype, device)


def like(t, shape=None, dtype=None):
    """An uninitialised contiguous tensor on t's device, of t's shape and dtype unless given (dtype as code)."""
    return _C.empty(t.shape if shape is None else shape, t._dtype_code if dtype is None else dtype, t._device_code)


def _check_layout(layout):
    if layout is not None and layout is not layouts.strided:
        raise NotImplementedError(f"layout={layout} is not supported by this factory")


def _finish(t, requires_grad):
    if requires_grad:
        if not (t.dtype.is_floating_point or t.dtype.is_complex):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        t.requires_grad = True
    return t


def _factory(name=None):
    """Declare a factory: a plain function that gives way to modes only."""
    return op(name, method=False, out=False, tensors=[])


def _number_dtype(value):
    """The dtype that a fill value implies."""
    if hasattr(value, "_dtype_code"):
        return value.dtype
    if isinstance(value, bool):
        return dtypes.bool
    if isinstance(value, (int, numpy.integer)):
        return dtypes.int64
    return dtypes.get_default_dtype().to_complex() if isinstance(value, complex) else dtypes.get_default_dtype()


def _pinned(t, pin_memory):
    return t.pin_memory() if pin_memory and t._device_code == 0 else t


def _shaped(size, keyword, name):
    if keyword is not None:
        size = (keyword,)
    if not size:
        raise TypeError(f"{name}() missing 1 required positional arguments: \"size\"")
    return listed(size, name, "size")


def _made(shape, dtype, device, memory_format=None, layout=None):
    _check_layout(layout)
    if dtypes.is_shell(dtype):
        return dtypes.shells["make"](shape, dtype, device)
    code, place = dtypes.code_of(dtype), devices.code_of(device)
    if memory_format is None or memory_format is layouts.contiguous_format:
        return _C.empty(shape, code, place)
    if memory_format is layouts.preserve_format:
        raise RuntimeError("empty(): memory_format=torch.preserve_format is only meaningful for a tensor to preserve "
                           "it of")
    return _C.empty_strided(shape, layouts.dense_strides(shape, memory_format), code, place)


@_factory()
def empty(*size: object, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False,
          memory_format=None):
    """Uninitialised tensor of the given sizes; dtype and device default to the global ones."""
    shape = listed(size, "empty", "size")
    if out is not None:
        return out.resize_(shape)
    return _finish(_pinned(_made(shape, dtype, device, memory_format, layout), pin_memory), requires_grad)


@_factory()
def empty_strided(size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Uninitialised tensor with the given sizes and strides."""
    _check_layout(layout)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})")
    if any(s < 0 for s in stride):
        raise RuntimeError("empty_strided: strides must not be negative")
    made = (dtypes.shells["make"](size, dtype, device, stride) if dtypes.is_shell(dtype)
            else _C.empty_strided(size, stride, dtypes.code_of(dtype), devices.code_of(device)))
    return _finish(_pinned(made, pin_memory), requires_grad)


@_factory()
def empty_permuted(
    size, physical_layout, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """Uninitialised dense tensor whose dimensions lie in memory in the order physical_layout."""
    if len(physical_layout) != len(size):
        raise RuntimeError("Number of dimensions in size does not match the length of the physical_layout; i.e. "
                           f"len(size) = {len(size)} is not equal to len(physical_layout) = {len(physical_layout)}")
    if sorted(physical_layout) != list(range(len(size))):
        raise RuntimeError(f"Dimension out of range or duplicate dim in physical_layout {tuple(physical_layout)}")
    check_count(size)
    stride, step = [0] * len(size), 1
    for d in reversed(physical_layout):
        stride[d] = step
        step *= max(size[d], 1)
    return empty_strided(size, stride, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
                         pin_memory=pin_memory)


def _fill(t, value):
    if dtypes.is_shell(t.dtype):
        return dtypes.shells["fill"](t, value)
    run("fill", (t,), (value,))
    return t


def _filled(name, value):
    def factory(*size: object, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
        shape = listed(size, name, "size")
        t = out.resize_(shape) if out is not None else _pinned(_made(shape, dtype, device, None, layout), pin_memory)
        return _finish(_fill(t, value), requires_grad)

    factory.__doc__ = f"Tensor of {name}."
    return _factory(name)(factory)


def _with_size_keyword(name):
    """torch.zeros(size=(2, 3)) is zeros((2, 3))."""
    plain = FUNCTIONS[name]

    @functools.wraps(plain)
    def factory(*args, **kwargs):
        if not args and "size" in kwargs:
            args = (kwargs.pop("size"),)
        elif not args:
            raise TypeError(f"{name}() missing 1 required positional arguments: \"size\"")
        if overrides.modes:
            result = overrides.dispatch(factory, (), args, kwargs)
            if result is not NotImplemented:
                return result
        return plain(*args, **kwargs)

    FUNCTIONS[name] = factory
    return factory


zeros, ones = _filled("zeros", 0), _filled("ones", 1)
empty, zeros, ones = _with_size_keyword("empty"), _with_size_keyword("zeros"), _with_size_keyword("ones")  # noqa: F811


@_factory()
def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Tensor filled with one value, whose Python type gives the dtype unless it is given."""
    if dtype is None:
        dtype = out.dtype if out is not None else _number_dtype(fill_value)
    if type(size) is int:
        raise TypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    t = out.resize_(size) if out is not None else _pinned(_made(size, dtype, device, None, layout), pin_memory)
    value = scalar_value(fill_value, "full")
    return _finish(_fill(t, value if dtypes.is_shell(t.dtype) else check_fill(value, t.dtype)), requires_grad)


@_factory()
def scalar_tensor(s: object, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A 0-dim tensor of the default dtype with this value."""
    return full((), s, dtype=dtypes.get_default_dtype().to_complex() if dtype is None and isinstance(s, complex)
                else dtype or dtypes.get_default_dtype(), layout=layout, device=device,
                requires_grad=requires_grad, pin_memory=pin_memory)


# ---- like another tensor ----
def _empty_like(t, dtype, device, memory_format, layout):
    _check_layout(layout)
    if dtypes.is_shell(dtype):
        return dtypes.shells["make"](t.shape, dtype, t.device if device is None else device,
                                     new_strides(t, memory_format))
    code = t._dtype_code if dtype is None else dtypes.code_of(dtype)
    return _C.empty_strided(t.shape, new_strides(t, memory_format), code,
                            t._device_code if device is None else devices.code_of(device))


def _like(name, fill):
    def factory(
        input, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None
    ):
        t = _pinned(_empty_like(input, dtype, device, memory_format, layout), pin_memory)
        return _finish(t if fill is None else _fill(t, fill), requires_grad)

    factory.__doc__ = f"{name[:-5]}, shaped like input, with its dtype, device and memory order unless given."
    return op(name, method=False, out=False, tensors=["input"])(factory)


empty_like, zeros_like, ones_like = _like("empty_like", None), _like("zeros_like", 0), _like("ones_like", 1)


@op(method=False, out=False, tensors=["input"])
def full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False,
              memory_format=None):
    """One value everywhere, shaped like input, with its dtype, device and memory order unless given."""
    t = _pinned(_empty_like(input, dtype, device, memory_format, layout), pin_memory)
    value = check_fill(scalar_value(fill_value, "full_like"), t.dtype)
    run("fill", (t,), (value,))
    return _finish(t, requires_grad)


def _method(name=None):
    return op(name, function=False, out=False, tensors=["self"])


def _new(name, fill):
    def factory(self, *args, size: object = None, dtype=None, device=None, requires_grad=False, layout=None,
                pin_memory=False):
        t = _pinned(_made(_shaped(args, size, name), dtype or self.dtype, device or self.device, None, layout),
                    pin_memory)
        if fill is not None:
            run("fill", (t,), (fill,))
        return _finish(t, requires_grad)

    factory.__doc__ = f"{name[4:]} of these sizes with the tensor's dtype and device unless given."
    _method(name)(factory)


_new("new_empty", None)
_new("new_zeros", 0)
_new("new_ones", 1)


@_method()
def new_full(self, size, fill_value, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """One value in these sizes, with the tensor's dtype and device unless given."""
    return full(size, fill_value, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad,
                layout=layout, pin_memory=pin_memory)


@_method()
def new_empty_strided(self, size, stride, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """Uninitialised, with these sizes and strides and the tensor's dtype and device unless given."""
    return empty_strided(size, stride, dtype=dtype or self.dtype, device=device or self.device,
                         requires_grad=requires_grad, layout=layout, pin_memory=pin_memory)


_COPY_CONSTRUCTS = ("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
                    "sourceTensor.detach().clone().requires_grad_(True), rather than ")


@_method()
def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A copy of data with the tensor's dtype and device unless given."""
    _check_layout(layout)
    if hasattr(data, "_dtype_code"):
        warnings.warn(_COPY_CONSTRUCTS + "tensor.new_tensor(sourceTensor).", stacklevel=4)
        data = _C.detach(data)
        made = clone(convert(data, data._dtype_code if dtype is None else dtypes.code_of(dtype),
                             devices.code_of(device or self.device)))
        return _finish(_pinned(made, pin_memory), requires_grad)
    return tensor(data, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad,
                  pin_memory=pin_memory)


def from_numpy(ndarray):
    """A tensor on the array's memory (strides included); TypeError for what is no array or has no torch dtype."""
    if not isinstance(ndarray, numpy.ndarray):
        raise TypeError(f"expected np.ndarray (got {named(ndarray)})")
    if not ndarray.flags.writeable:
        warn_once("readonly", "The given NumPy array is not writable, and PyTorch does not support non-writable "
                  "tensors. This means writing to this tensor will result in undefined behavior. You may want to copy "
                  "the array to protect its data or make it writable before converting it to a tensor.", 4)
    return _over_array(ndarray)


def _over_array(ndarray):
    code = numpy_code(ndarray)
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by "
            "making a copy of your array with array.copy().)"
        )
    width = ndarray.itemsize
    if any(s % width for s in ndarray.strides):
        raise ValueError("given numpy array strides not a multiple of the element byte size. Copy the numpy array to "
                         "reallocate the memory.")
    pointer = ndarray.__array_interface__["data"][0]
    if ndarray.flags.c_contiguous:
        return _C.from_memory(pointer, ndarray.nbytes, ndarray.shape, code, ndarray)
    extent = sum((n - 1) * s for n, s in zip(ndarray.shape, ndarray.strides)) + width if ndarray.size else 0
    flat = _C.from_memory(pointer, extent, (extent // width,), code, ndarray)
    return _C.strided(flat, ndarray.shape, tuple(s // width for s in ndarray.strides), 0, -1)


@functools.cache
def _storages():
    from mindtorch._storage.typed import TypedStorage, UntypedStorage

    return TypedStorage, UntypedStorage


register("from_numpy", from_numpy, method=False, kind="factory", family="creation")


# ---- from Python data ----
@_factory()
def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A new tensor with a copy of Python data, a NumPy array or a tensor; dtype is inferred unless given.
    ValueError for ragged lists, TypeError or RuntimeError for data that is not numbers."""
    if dtypes.is_shell(dtype):
        made = dtypes.shells["narrow"](tensor(data, device=device), dtype)
        return _finish(_pinned(made, pin_memory), requires_grad)
    kind = type(data)
    if kind is float or kind is int or kind is bool:
        made = _C.empty((), (0 if kind is bool else 5 if kind is int else dtypes.get_default_dtype().code)
                        if dtype is None else dtypes.code_of(dtype), devices.code_of(device))
        if (
            kind is bool
            or (kind is float and (made._dtype_code == BOOL or dtypes.DTYPES[made._dtype_code].is_floating_point))
            or (kind is int and -128 <= data < 128 and made._dtype_code != UINT8)
        ):
            run("fill", (made,), (data,))
            return _finish(_pinned(made, pin_memory), requires_grad)
    code = None if dtype is None else dtypes.code_of(dtype)
    if hasattr(data, "_dtype_code"):
        warnings.warn(_COPY_CONSTRUCTS + "torch.tensor(sourceTensor).", stacklevel=3)
        if kind in overrides.wrappers:  # its numbers are not where the engine would look for them
            return _finish(data.to(devices.device("cpu" if device is None else device), dtype, copy=True),
                           requires_grad)
        source = _C.detach(data)
        place = source._device_code if device is None else devices.code_of(device)
    else:
        place = devices.code_of(device)
        # no other object is asked for the address of its memory
        if isinstance(data, numpy.ndarray) or (code is None and isinstance(data, numpy.generic)):
            array = numpy.asarray(data)
        else:
            array, code = block_of(data, code)
        source = _over_array(array)
    made = _C.empty(source.shape, source._dtype_code if code is None else code, place)
    run("copy", (made, source))
    return _finish(_pinned(made, pin_memory), requires_grad)


@_factory()
def as_tensor(data, dtype=None, device=None):
    """data as a tensor, sharing memory with a tensor or NumPy array when dtype and device allow it."""
    if hasattr(data, "_dtype_code"):
        return convert(data, data._dtype_code if dtype is None else dtypes.code_of(dtype),
                       data._device_code if device is None else devices.code_of(device))
    if isinstance(data, numpy.ndarray):
        made = from_numpy(data)
        return convert(made, made._dtype_code if dtype is None else dtypes.code_of(dtype), devices.code_of(device))
    return tensor(data, dtype=dtype, device=device)


@_factory()
def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=None):
    """obj as a tensor; copy=False forbids a copy (ValueError), copy=True makes one, None copies when needed."""
    if hasattr(obj, "_dtype_code"):
        base = obj
    elif isinstance(obj, numpy.ndarray):
        base = from_numpy(obj)
    elif isinstance(obj, numpy.generic):
        if copy is False:
            raise ValueError("can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray. ")
        base, copy = from_numpy(numpy.asarray(obj)), True
    elif isinstance(obj, _storages()[1]):  # its bytes: its bytes, read as the dtype that is asked for
        base = _C.strided(obj._bytes, (obj.nbytes(),), (1,), 0, 1)
        if dtype is not None and dtype is not dtypes.uint8:
            base = METHODS["view"](base, dtype)
    elif hasattr(obj, "__dlpack__"):
        base = from_dlpack(obj)
    elif isinstance(obj, (bytes, bytearray, memoryview, mmap.mmap)) or _is_buffer(obj):
        base = frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return tensor(obj, dtype=dtype, device=device, requires_grad=bool(requires_grad))
    code = base._dtype_code if dtype is None else dtypes.code_of(dtype)
    place = (base._device_code if hasattr(obj, "_dtype_code")
             else devices.code_of(None)) if device is None else devices.code_of(device)
    if copy is False and place != base._device_code:
        raise ValueError(f"can't alias tensor with device {base.device} to another device")
    if copy is False and code != base._dtype_code:
        raise ValueError(f"can't alias tensor with dtype '{type_name(base.dtype)[6:-6]}' into dtype "
                         f"'{type_name(dtype)[6:-6]}'.")
    made = clone(
        base) if copy and code == base._dtype_code and place == base._device_code else convert(base, code, place)
    if made.requires_grad and requires_grad is False:
        made = _C.detach(made)
    elif requires_grad and not made.requires_grad:
        if made is obj:
            made = _C.detach(made)
        made.requires_grad = True
    return made


def _is_buffer(obj):
    if isinstance(obj, (list, tuple, str, int, float)):
        return False
    try:
        memoryview(obj).release()
    except TypeError:
        return False
    return True


@_factory()
def frombuffer(buffer, *, dtype, count: int = -1, offset=0, requires_grad=False):
    """A one-dimensional tensor on an object's memory; ValueError when count and offset do not fit."""
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"frombuffer(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    if not view.c_contiguous:
        raise RuntimeError("could not retrieve buffer from object")
    if dtypes.is_shell(dtype):
        made = frombuffer(buffer, dtype=dtypes.shells["carriers"][dtype], count=count, offset=offset)
        return _finish(dtypes.shells["hold"](made, dtype), requires_grad)
    length, width, code = view.nbytes, dtype.itemsize, dtypes.code_of(dtype)
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} "
                         "bytes) minus 1")
    if count < 0:
        if (length - offset) % width:
            raise ValueError(f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a "
                             f"multiple of element size ({width})")
        count = (length - offset) // width
    if offset + count * width > length:
        raise ValueError(f"requested buffer length ({count} * {width} bytes) after offset ({offset} bytes) must not be "
                         f"greater than actual buffer length ({length} bytes)")
    if view.readonly:
        import warnings

        warnings.warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can "
            "write to the underlying (supposedly non-writable) buffer "
            "using the tensor. You may want to copy the buffer to protect its data or make it writable before "
            "converting it to a tensor.",
            stacklevel=3,
        )
    start = numpy.frombuffer(view, numpy.uint8).__array_interface__["data"][0]
    return _finish(_C.from_memory(start + offset, count * width, (count,), code, view), requires_grad)


@_factory()
def from_file(filename, shared=None, size: int = 0, *, dtype=None, layout=None, device=None, requires_grad=False,
              pin_memory=False):
    """A one-dimensional tensor on a mapped file; shared=True writes through and makes the file long enough."""
    from mindtorch._storage.typed import UntypedStorage

    _check_layout(layout)
    d = dtypes.get_default_dtype() if dtype is None else dtype
    if size < 0:
        raise RuntimeError(f"unable to mmap {size * d.itemsize} bytes from file <{filename}>")
    made = UntypedStorage.from_file(filename, bool(shared), size * d.itemsize)._bytes
    t = convert(_C.strided(made, (size,), (1,), 0, dtypes.code_of(d)), d.code, devices.code_of(device))
    return _finish(_pinned(t, pin_memory), requires_grad)


@_factory()
def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor on the memory of another library's array, or of a DLPack capsule."""
    from mindtorch.utils import dlpack

    made = dlpack.load(ext_tensor)
    if copy:
        made = clone(made)
    return made if device is None else convert(made, made._dtype_code, devices.code_of(device))


def to_dlpack(tensor):
    """A DLPack capsule of the tensor's memory."""
    return tensor.__dlpack__()


register("to_dlpack", to_dlpack, method=False, kind="factory", family="creation")


def legacy_constructor(*args, dtype=None, device=None, **kwargs):
    """What calling Tensor itself does: sizes give uninitialised memory, a sequence its values, a tensor an alias."""
    dtype = dtypes.get_default_dtype() if dtype is None else dtype
    if kwargs.keys() - {"data", "size", "requires_grad"}:
        raise TypeError(f"new(): got an unexpected keyword argument '{next(iter(kwargs))}'")
    args = (*args, *kwargs.values())
    if not args:
        return empty(0, dtype=dtype, device=device)
    if len(args) == 1:
        data = args[0]
        if hasattr(data, "_dtype_code"):
            return data.detach() if type(data) in overrides.wrappers else _C.detach(data)
        if isinstance(data, _storages()):
            return empty(0, dtype=dtype, device=device).set_(data)
        if hasattr(data, "__index__") and not isinstance(data, (numpy.ndarray, bool)):
            return empty(data, dtype=dtype, device=device)
        if isinstance(data, Size):
            return empty(tuple(data), dtype=dtype, device=device)
        if not isinstance(data, numpy.ndarray) and not is_sequence(data):
            raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
        return tensor(data, dtype=dtype, device=device)
    return empty(*args, dtype=dtype, device=device)


@op(grad={"input": lambda g: g}, out=False)
def clone(input, *, memory_format=None):
    """A copy with its own memory, in the input's memory order unless a memory_format is given."""
    if memory_format is None or memory_format is layouts.preserve_format:
        stride = layouts.preserved_strides(input.shape, input._strides)
    else:
        stride = layouts.dense_strides(input.shape, memory_format)
    made = _C.empty_strided(input.shape, stride, input._dtype_code, input._device_code)
    run("copy", (made, input))
    return made


def _new_tensor(cls, *args, **kwargs):
    made = legacy_constructor(*args, **kwargs)
    if cls is not Tensor:
        made.__class__ = cls
    return made


Tensor.__new__ = staticmethod(_new_tensor)
