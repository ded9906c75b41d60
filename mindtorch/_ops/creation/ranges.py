"""Factories by a formula of the index: ranges, spaced values, identity, triangles."""
import math

import mindtorch._C as _C
from mindtorch._core import devices, dtypes
from mindtorch._core.size import LEAST, MOST
from mindtorch._core.codes import BOOL, INT64

from .casts import check_fill, type_name
from ..table.checks import known
from .factories import _check_layout, _factory, _finish, _made, _pinned
from ..shape.mutation import check_overlap
from ..table.registry import composition, fill_out, kernel_rows, public, run

kernel_rows(arange_to="aclnnArange S0 S1 S2 T0 *", linspace_of="aclnnLinspace S0 S1 i2 T0 *")


@composition("arange")
def _arange_on_device(tensors, scalars):
    """Ascend's operator wants an end: behind the last element, by half a step where rounding could make one more."""
    (out,), (start, step) = tensors, scalars
    whole = isinstance(start, int) and isinstance(step, int)
    run("arange_to", tensors, (start, start + (out._numel if whole else out._numel - 0.5) * step, step))


@composition("linspace")
def _linspace_on_device(tensors, scalars):
    (out,), ends = tensors, scalars
    if any(isinstance(v, complex) for v in ends):
        return NotImplemented
    if out._numel:
        run("linspace_of", tensors, (*ends, out._numel))


@composition("logspace")
def _logspace_on_device(tensors, scalars):
    (out,), (start, end, base) = tensors, scalars
    if out.dtype.is_complex or base < 0:
        return NotImplemented
    if not out.dtype.is_floating_point and out._numel > 1:  # ends are rounded to the dtype, as the CPU has it
        start, end = int(start), int(end)
    exponents = public.linspace(start, end, out._numel, dtype=dtypes.float64, device=out.device)
    run("copy", (out, public.pow(float(base), exponents)))


@composition("tri_indices")
def _places_of_triangle(tensors, scalars):
    (out,), (rows, columns, offset, upper) = tensors, scalars
    ones = public.ones((rows, columns), dtype=dtypes.bool, device=out.device)
    places = public.nonzero(public.triu(ones, offset) if upper else public.tril(ones, offset))
    run("copy", (out, places.t()))


_NUMBER = (bool, int, float)


def _int64(v):
    if isinstance(v, float) and not math.isfinite(v):
        raise RuntimeError(f"unsupported range: {v}")
    v = int(v)
    if not LEAST <= v <= MOST:
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    return v


def _number(v, function, name):
    """A real number from outside as Python's; TypeError for what is none, OverflowError beyond what 64 bits can be."""
    if hasattr(v, "_dtype_code") and v.ndim:
        raise TypeError(f"{function}(): argument '{name}' must be Number, not Tensor")
    if hasattr(v, "item"):
        v = v.item()
    if isinstance(v, complex):
        raise RuntimeError("value cannot be converted to type double without overflow")
    if not isinstance(v, _NUMBER):
        raise TypeError(f"{function}(): argument '{name}' must be Number, not {type(v).__name__}")
    if isinstance(v, int) and not LEAST <= v < 2**64:
        raise OverflowError("int too big to convert")
    return v


def _check_range(start, end, step):
    if not (step > 0 or step < 0):  # NaN too
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (step > 0 and start > end) or (step < 0 and start < end):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _count(n):
    """A number of values; RuntimeError beyond 64 bits."""
    if not n <= MOST:
        raise RuntimeError("invalid size, possible overflow?")
    return n if isinstance(n, int) else math.ceil(n)


def _kernel_number(v):
    return float(v) if isinstance(v, int) and v > MOST else v


def _is_float(v):
    return getattr(getattr(v, "dtype", None), "is_floating_point", False)


@_factory()
def arange(start: object = 0, end: object = None, step: object = 1, *, out=None, dtype=None, layout=None, device=None,
           requires_grad=False, pin_memory=False):
    """Values from start (0) up to but without end; int64 for ints, else the default dtype. RuntimeError for a step of
    0."""
    _check_layout(layout)
    if end is None:
        start, end = 0, start
    whole = _C.plain((start, end, step))
    if not whole:
        given = ((start, "start"), (end, "end"), (step, "step"))
        whole = all(isinstance(v, int) or (not isinstance(v, float) and not _is_float(v)) for v, _ in given)
        start, end, step = (_number(v, "arange", name) for v, name in given)
    code = out._dtype_code if out is not None and dtype is None else dtypes.code_of(
        dtype) if dtype is not None else 5 if whole else dtypes.get_default_dtype().code
    if dtypes.DTYPES[code].is_complex or code == BOOL:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_name(dtypes.DTYPES[code])[6:-6]}'")
    _check_range(start, end, step)
    if not dtypes.DTYPES[code].is_floating_point:
        if whole or (code == INT64 and _int64(step)):
            count = -(-(_int64(end) - _int64(start)) // _int64(step))
        else:
            count = (end - start) / step
        if not whole:
            start, step = _int64(start), _int64(step)
            if not step and code == INT64:
                raise ValueError("step must be nonzero")
    else:
        count = -(-(end - start) // step) if whole else (end - start) / step
        start, step = _kernel_number(start), _kernel_number(step)
    count = _count(count)
    if out is not None:
        check_overlap(out, ())
    t = _pinned(_C.empty((count,), code, devices.code_of(device)),
                pin_memory) if out is None else out.resize_((count,)) if out._numel != count else out
    target = t if t.ndim == 1 else _C.empty((count,), t._dtype_code, t._device_code)
    run("arange", (target,), (start, step))
    if target is not t:
        run("copy", (t, target.reshape(t.shape)))
    return _finish(t, requires_grad)


@_factory("range")
def range_(start: object = 0, end: object = None, step: object = 1, *, out=None, dtype=None, layout=None, device=None,
           requires_grad=False):
    """Deprecated form of arange that includes end."""
    import warnings

    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which "
        "produces values in [start, end).",
        stacklevel=3,
    )
    if end is None:
        start, end = 0, start
    start, end, step = (_number(v, "range", name) for v, name in ((start, "start"), (end, "end"), (step, "step")))
    _check_range(start, end, step)
    dtype = out.dtype if out is not None else dtype or dtypes.get_default_dtype()
    if dtype is dtypes.bool or dtype.is_complex:
        raise NotImplementedError(f"\"range_cpu\" not implemented for '{type_name(dtype)[6:-6]}'")
    if not dtype.is_floating_point:
        start, step = _int64(start), _int64(step)
        if not step:
            raise RuntimeError("step must be nonzero")
    whole = all(isinstance(v, int) for v in (start, end, step))
    count = (end - start) // step if whole else (end - start) / step
    t = _made((_count(int(count) if abs(count) <= MOST else count) + 1,), dtype, device, None, layout)
    run("arange", (t,), (_kernel_number(start), _kernel_number(step)))
    return fill_out(out, t) if out is not None else _finish(t, requires_grad)


def _spaced(kernel, ends, steps, extra, out, dtype, device, layout, requires_grad, pin_memory):
    ends = [_end(v, kernel) for v in ends]
    if steps is None:
        raise TypeError(f"{kernel}(): argument 'steps' must be int, not NoneType")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if dtype is None:
        dtype = out.dtype if out is not None else dtypes.get_default_dtype()
        if any(isinstance(v, complex) for v in ends):
            dtype = dtype.to_complex()
    if any(isinstance(v, complex) for v in ends) and not dtype.is_complex:
        raise RuntimeError(f"{kernel}(): inferred dtype complex can't be safely cast to passed dtype {dtype}")
    if dtype is dtypes.bool:
        raise RuntimeError(f"\"{kernel}_cpu\" not implemented for 'Bool'")
    ends = [check_fill(v, dtype) for v in ends]
    if out is not None:
        check_overlap(out, ())
    t = _pinned(_made((steps,), dtype, device if out is None else out.device, None, layout), pin_memory)
    run(kernel, (t,), (*ends, *(float(_number(v, kernel, "base")) for v in extra)))
    return fill_out(out, t) if out is not None else _finish(t, requires_grad)


def _end(v, name):
    if hasattr(v, "_dtype_code"):
        if v.ndim:
            raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got start with {v.ndim} "
                               "dimension(s)")
        return v.item() if known(v) else 0j if v.dtype.is_complex else 0
    return v if isinstance(v, complex) else _number(v, name, "end")


@_factory()
def linspace(
    start, end, steps=None, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """steps values from start to end, both included; RuntimeError for negative steps."""
    return _spaced("linspace", (start, end), steps, (), out, dtype, device, layout, requires_grad, pin_memory)


@_factory()
def logspace(start, end, steps=None, base=10.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False,
             pin_memory=False):
    """steps powers of base with exponents from start to end, both included; RuntimeError for negative steps."""
    return _spaced("logspace", (start, end), steps, (base,), out, dtype, device, layout, requires_grad, pin_memory)


@_factory()
def eye(n, m=None, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Matrix with ones on the diagonal; RuntimeError for negative sizes."""
    m = n if m is None else m
    if n < 0 or m < 0:
        raise RuntimeError(f"{'n' if n < 0 else 'm'} must be greater or equal to 0, got {n if n < 0 else m}")
    t = out.resize_((n, m)) if out is not None else _pinned(_made((n, m), dtype, device, None, layout),
                                                                                pin_memory)
    run("fill", (t,), (0,))
    if t._device_code >= 0:
        run("fill", (_C.strided(t, (min(n, m),), (sum(t._strides),), t._offset, -1),), (1,))
    return _finish(t, requires_grad)


def _triangle(name, upper):
    def indices(row, col, offset=0, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
        if row < 0 or col < 0:
            raise RuntimeError(f"{'row' if row < 0 else 'col'} must be non-negative, got {row if row < 0 else col}")
        # row r has min(max(r + shift, 0), col) entries below: rows of 1, 2, ... entries, then full ones
        shift = offset + (0 if upper else 1)
        first, full = max(0, min(row, 1 - shift)), max(0, min(row, col - shift))
        growing = max(full - first, 0)
        lower = growing * (2 * (first + shift) + growing - 1) // 2 + (row - full) * col
        count = row * col - lower if upper else lower
        t = _pinned(_made((2, _count(count)), dtype or dtypes.int64, device, None, layout), pin_memory)
        if count:
            # from the first row that has entries to the last one that may have: as many rows as entries at most
            begin = 0 if upper else max(0, -offset)
            rows = min(row, col - offset) if upper else row
            run("tri_indices", (t,), (rows - begin, col, max(-row, min(offset + begin, col)), upper))
            if begin:
                t[0].add_(begin)
        return _finish(t, requires_grad)

    indices.__doc__ = (f"Rows and columns of the {'upper' if upper else 'lower'} triangle of a row x col matrix, row "
                       "by row.")
    _factory(name)(indices)


_triangle("tril_indices", False)
_triangle("triu_indices", True)
