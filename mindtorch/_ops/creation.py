"""Factories: from sizes, from Python data, from NumPy."""
import numpy

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts

from .registry import FUNCTIONS, op, register, run


def new(shape, dtype, device=0):
    """Uninitialised memory, by engine codes: what forwards allocate results with."""
    return _C.empty(shape, dtype, device)


def like(t, shape=None, dtype=None):
    """An uninitialised contiguous tensor on t's device, of t's shape and dtype unless given (dtype as code)."""
    return _C.empty(t.shape if shape is None else shape, t._dtype_code if dtype is None else dtype, t._device_code)


def _size(size):
    return tuple(size[0]) if len(size) == 1 and not hasattr(size[0], "__index__") else size


def _check_layout(layout):
    if layout is not None and layout is not layouts.strided:
        raise NotImplementedError(f"layout={layout} is not supported by this factory")


def _finish(t, requires_grad):
    if requires_grad:
        t.requires_grad = True
    return t


def empty(*size, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None, names=None):
    """Uninitialised tensor of the given sizes; dtype and device default to the global ones."""
    _check_layout(layout)
    shape = _size(size)
    if out is not None:
        return out.resize_(shape)
    code = dtypes.code_of(dtype)
    if memory_format is None or memory_format in (layouts.contiguous_format, layouts.preserve_format):
        t = _C.empty(shape, code, devices.code_of(device))
    else:
        t = _C.empty_strided(shape, layouts.dense_strides(shape, memory_format), code, devices.code_of(device))
    return _finish(t, requires_grad)


def _filled(value_of):
    def factory(*size, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, names=None, size_=None):
        t = empty(*size, out=out, dtype=dtype, layout=layout, device=device)
        run("fill", (t,), (value_of,))
        return _finish(t, requires_grad)

    return factory


def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, names=None):
    """Tensor filled with one value, whose Python type gives the dtype unless it is given."""
    if dtype is None:
        dtype = fill_value.dtype if hasattr(fill_value, "_dtype_code") else dtypes.bool if isinstance(fill_value, bool) else dtypes.int64 if isinstance(fill_value, int) else (
            dtypes.get_default_dtype().to_complex() if isinstance(fill_value, complex) else dtypes.get_default_dtype())
    t = empty(size, out=out, dtype=dtype, layout=layout, device=device)
    run("fill", (t,), (fill_value.item() if hasattr(fill_value, "item") else fill_value,))
    return _finish(t, requires_grad)


register("empty", empty, method=False, kind="factory", family="creation")
register("zeros", _filled(0), method=False, kind="factory", family="creation")
register("ones", _filled(1), method=False, kind="factory", family="creation")
register("full", full, method=False, kind="factory", family="creation")
FUNCTIONS["zeros"].__name__, FUNCTIONS["ones"].__name__ = "zeros", "ones"

_NUMPY_CODES = {"bool": 0, "uint8": 1, "int8": 2, "int16": 3, "int32": 4, "int64": 5, "float16": 6, "float32": 8, "float64": 9, "complex64": 10, "complex128": 11, "uint16": 12, "uint32": 13,
                "uint64": 14}


def from_numpy(ndarray):
    """A tensor on the array's memory (strides included); TypeError for what is no array or has no torch dtype."""
    if not isinstance(ndarray, numpy.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    code = _NUMPY_CODES.get(ndarray.dtype.name)
    if code is None or not ndarray.dtype.isnative:
        raise TypeError(f"can't convert np.ndarray of type {ndarray.dtype.name}. The only supported types are: {', '.join(reversed(_NUMPY_CODES))}.")
    if any(s < 0 for s in ndarray.strides):
        raise ValueError("At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. (You can probably work around this by "
                         "making a copy of your array with array.copy().)")
    width = ndarray.itemsize
    if any(s % width for s in ndarray.strides):
        raise ValueError("given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory.")
    pointer = ndarray.__array_interface__["data"][0]
    if ndarray.flags.c_contiguous:
        return _C.from_memory(pointer, ndarray.nbytes, ndarray.shape, code, ndarray)
    extent = sum((n - 1) * s for n, s in zip(ndarray.shape, ndarray.strides)) + width if ndarray.size else 0
    flat = _C.from_memory(pointer, extent, (extent // width,), code, ndarray)
    return _C.strided(flat, ndarray.shape, tuple(s // width for s in ndarray.strides), 0, -1)


register("from_numpy", from_numpy, method=False, kind="factory", family="creation")


def _infer(data):
    """(flat numpy array, shape) of nested Python data, with torch's choice of dtype."""
    array = numpy.asarray(data)
    if array.dtype == object:
        raise _nested_error(data)
    return array


def _nested_error(data):
    def shape(x):
        return (len(x), *(shape(x[0]) if len(x) else ())) if isinstance(x, (list, tuple)) else ()

    def check(x, want, depth):
        if isinstance(x, (list, tuple)):
            if len(x) != want[0]:
                raise ValueError(f"expected sequence of length {want[0]} at dim {depth} (got {len(x)})")
            for y in x:
                check(y, want[1:] if len(want) > 1 else (0,), depth + 1)
        elif want and want != (0,):
            raise TypeError("not a sequence")

    if isinstance(data, (list, tuple)):
        try:
            check(data, shape(data), 0)
        except ValueError as e:
            return e
        except (TypeError, IndexError):
            pass
    return TypeError(f"new(): invalid data type '{_leaf(data).__name__}'")


def _leaf(data):
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return type(data)


def _contains_tensor(data):
    return isinstance(data, (list, tuple)) and any(hasattr(d, "_dtype_code") or _contains_tensor(d) for d in data)


def _plain(data):
    """Tensors inside lists as Python numbers or lists."""
    if hasattr(data, "_dtype_code"):
        return data.tolist()
    return [_plain(d) for d in data] if isinstance(data, (list, tuple)) else data


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False, names=None):
    """A new tensor with a copy of Python data, a NumPy array or a tensor; dtype is inferred unless given.
    ValueError for ragged lists, TypeError for data that is not numbers."""
    code = None if dtype is None else dtypes.code_of(dtype)
    if hasattr(data, "_dtype_code"):
        import warnings

        warnings.warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), rather than "
                      "torch.tensor(sourceTensor).", stacklevel=2)
        source = _C.detach(data)
        device = data.device if device is None else device
    else:
        if _contains_tensor(data):
            first = data
            while isinstance(first, (list, tuple)):
                first = first[0]
            if code is None and hasattr(first, "_dtype_code"):
                code = first._dtype_code
            data = _plain(data)
        array = data if isinstance(data, (numpy.ndarray, numpy.generic)) else _infer(data)
        array = numpy.asarray(array)
        if array.dtype.name not in _NUMPY_CODES:
            if array.dtype.kind in "fc" and array.dtype.isnative is False:
                array = array.astype(array.dtype.newbyteorder("="))
            elif array.dtype.kind in "OUSMm":
                raise TypeError(f"can't convert np.ndarray of type {array.dtype}. The only supported types are: {', '.join(reversed(_NUMPY_CODES))}."
                                if isinstance(data, numpy.ndarray) else f"new(): invalid data type '{_leaf(data).__name__}'")
        if code is None and not isinstance(data, (numpy.ndarray, numpy.generic)) and _leaf(data) is not numpy.ndarray and not issubclass(_leaf(data), numpy.generic):
            # Python floats take the default dtype, Python complex its complex twin
            if array.dtype.kind == "f":
                code = dtypes.get_default_dtype().code
            elif array.dtype.kind == "c":
                code = dtypes.get_default_dtype().to_complex().code
            elif array.size == 0 and array.dtype.kind == "f":
                code = dtypes.get_default_dtype().code
        source = from_numpy(numpy.ascontiguousarray(array).reshape(array.shape))
    made = _C.empty(source.shape, source._dtype_code if code is None else code, devices.code_of(device))
    if made._device_code >= 0:
        run("copy", (made, source))
    return _finish(made, requires_grad)


register("tensor", tensor, method=False, kind="factory", family="creation")


def legacy_constructor(*args, dtype=None, device=None, **kwargs):
    """What calling Tensor itself does: sizes give uninitialised memory, a sequence its values, a tensor an alias."""
    if not args:
        return empty(0, device=device)
    if len(args) == 1:
        data = args[0]
        if hasattr(data, "_dtype_code"):
            return _C.detach(data)
        if hasattr(data, "__index__") and not isinstance(data, (numpy.ndarray,)):
            return empty(data, device=device)
        from mindtorch._core.size import Size

        if isinstance(data, Size):
            return empty(tuple(data), device=device)
        return tensor(data, dtype=dtypes.get_default_dtype(), device=device)
    return empty(*args, device=device)


def arange(start, end=None, step=1, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Values from start (0) up to but without end; int64 for ints, else the default dtype. RuntimeError for a step of 0."""
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if hasattr(v, "item") else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (step > 0 and start > end) or (step < 0 and start < end):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(v, int) for v in (start, end, step))
    code = out._dtype_code if out is not None and dtype is None else dtypes.code_of(dtype) if dtype is not None else 5 if whole else dtypes.get_default_dtype().code
    import math

    count = -(-(end - start) // step) if whole else math.ceil((end - start) / step)
    t = _C.empty((count,), code, devices.code_of(device))
    run("arange", (t,), (start, step))
    if out is not None:
        out.resize_(t.shape)
        run("copy", (out, t))
        return out
    return _finish(t, requires_grad)


register("arange", arange, method=False, kind="factory", family="creation")


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
