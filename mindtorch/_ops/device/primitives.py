"""The path through MindSpore's primitives: what Ascend runs, and what MINDTORCH_FAST=0 runs on the CPU.

Ops name kernels; here a kernel names its primitives (primitive_table.py and primitive_kernels.py say which, and how the
operands are given). On the CPU the primitive comes back to the same kernel through MindSpore's plugin interface
(csrc/kernels/plugin.cc), so both paths compute the same. With a plugin MindSpore's own CPU kernels would read strided
memory as dense: only primitives that the plugin lists are ever called.
"""
import contextlib
import ctypes
import functools
import io

import mindspore
import mindspore.ops.auto_generate.gen_ops_prim as prims

import mindtorch._C as _C
from mindtorch._core import dtypes, runtime

USED = {}  # kernel -> calls that went through primitives
DIRECT = {}  # kernel -> calls that did not: no primitive, or not for these operands
REFUSED = {}  # (kernel, dtype codes) -> MindSpore's words: its inference does not take such operands
CALLED = set()  # primitives that were made
_skip = set()  # keys of REFUSED that need not be tried again
_direct = _C.call
_names = {}


class Unfit(Exception):
    """These operands cannot be given to the primitive; the kernel is called directly."""


@functools.cache
def listed():
    """Names of the primitives that the kernel library supplies, in its order."""
    library = ctypes.CDLL(runtime.kernel_library())
    library.GetAllRegisteredOps.restype = ctypes.POINTER(ctypes.c_char_p)
    return tuple(name.decode() for name in library.GetAllRegisteredOps()[: library.GetRegisteredOpCount()])


def plugin_calls():
    """{primitive: how often MindSpore called the kernel library for it}."""
    library = ctypes.CDLL(runtime.kernel_library())
    library.mindtorch_plugin_calls.restype = ctypes.c_int64
    return {name: library.mindtorch_plugin_calls(i) for i, name in enumerate(listed())}


@functools.lru_cache(4096)
def primitive(name, *attributes):
    """A primitive by its class name and constructor's arguments; LookupError for one that the plugin does not
    supply."""
    if name not in listed():
        raise LookupError(f"{name} is not among the plugin's primitives")
    CALLED.add(name)
    return getattr(prims, name)(*attributes)


def unfit():
    """Raise Unfit, in an expression."""
    raise Unfit


# ---- operands ----
def number(value, code):
    """A primitive's number: Unfit when float32, as which it arrives, does not hold it and the kernel computes in
    more."""
    if isinstance(value, complex) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise Unfit
    if code in (9, 11) and isinstance(value, float) and value == value and ctypes.c_float(value).value != value:
        raise Unfit
    return value


def scalar(value, code):
    """A 0-dim tensor."""
    made = _C.empty((), code, 0)
    _direct(_C.kernel_id("fill"), (made,), (value,))
    return made


def filled(n, code, value=1):
    """A vector of one value, ones unless told."""
    made = _C.empty((n,), code, 0)
    _direct(_C.kernel_id("fill"), (made,), (value,))
    return made


def operand(value, code):
    """A tensor of a dtype, from a tensor or a number."""
    if not isinstance(value, mindspore.Tensor):
        return scalar(value, code)
    if value._dtype_code == code:
        return value
    made = _C.empty(value.shape, code, 0)
    write(made, value)
    return made


def mindspore_dtype(t):
    """The dtype of t as MindSpore names it."""
    return dtypes.to_mindspore_dtype(t.dtype)


def packed(shape):
    """Strides of contiguous memory."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def ours(made):
    """What a primitive made, as our tensor."""
    return made if hasattr(made, "_numel") else _C.strided(made, tuple(made.shape), packed(made.shape), 0, -1)


def reshaped(t, shape):
    """Contiguous memory under another shape."""
    t = ours(t)
    return t if tuple(t.shape) == tuple(shape) else _C.strided(t, tuple(shape), packed(shape), t._offset, -1)


def contiguous(t):
    """t or a contiguous copy."""
    t = ours(t)
    if t._contiguous:
        return t
    made = _C.empty(t.shape, t._dtype_code, 0)
    write(made, t)
    return made


def expanded(t, shape):
    """t as a view of a larger shape."""
    shape = tuple(shape)
    if tuple(t.shape) == shape:
        return t
    lead = len(shape) - len(t.shape)
    strides = (0,) * lead + tuple(0 if n == 1 and shape[lead + d] != 1 else s for d,
                                  (n, s) in enumerate(zip(t.shape, t._strides)))
    return _C.strided(t, shape, strides, t._offset, -1)


# ---- results ----
def in_place(name, target, *arguments):
    """Call an in-place primitive; versions are the caller's business."""
    version = None if _C.is_inference(target) else target._version
    primitive(name)(target, *arguments)
    if version is not None:
        _C.set_version(target, version)


def write(target, made):
    """Put what a primitive made where the op wants it."""
    if tuple(made.shape) != tuple(target.shape):
        made = ours(made)
        made = reshaped(contiguous(made),
                        target.shape) if made._numel == target._numel else expanded(made, target.shape)
    in_place("InplaceCopy", target, made)  # the primitive checks no shapes


def _counted(where, kernel):
    where[kernel] = where.get(kernel, 0) + 1


def _attempt(kernel, key, results, compute):
    """Whether the primitives did it. What MindSpore's inference refuses is remembered."""
    try:
        made = compute()
        for target, m in zip(results, made if isinstance(made, tuple) else (made,)):
            if target is not None and m is not None:
                write(target, m)
    except Unfit:
        pass
    except (TypeError, ValueError, RuntimeError) as error:
        words = str(error).partition("\n")[0]
        if "plugin kernel failed" not in words:  # else the kernel itself says what is wrong, when it is called now
            REFUSED[key] = words
            if isinstance(error, TypeError):
                _skip.add(key)
    else:
        _counted(USED, kernel)
        return True
    _counted(DIRECT, kernel)
    return False


def _pointwise(kernel, result, operands, attributes, code):
    """An element-wise kernel by its primitive; False when there is none for it."""
    from .primitive_table import pointwise

    compute, key = pointwise.get(kernel), (kernel, code)
    if compute is None or key in _skip or code > 14 or result._dtype_code > 14:
        _counted(DIRECT, kernel)
        return False
    if code in (6, 7) and not isinstance(operands[-1], mindspore.Tensor):
        code = 8  # a number that comes last keeps its precision next to halves
    return _attempt(kernel, key, (result,), lambda: compute(operands, attributes, code, result))


def _call(number_, tensors, scalars):
    """_C.call by primitives where there are some."""
    from .primitive_kernels import kernels

    kernel = _names[number_]
    compute = kernels.get(kernel)
    key = (kernel, *(t if t is None else t._dtype_code for t in tensors[:5]))
    if compute is None or key in _skip or any(t is not None and (t._device_code or t._dtype_code > 14)
                                              for t in tensors):
        _counted(DIRECT, kernel)
    elif _attempt(kernel, key, tensors, lambda: compute(tensors, scalars)):
        return
    _direct(number_, tensors, scalars)


def coverage():
    """(kernels that primitives can do, {kernel: why none does}); together all kernels of the library."""
    from .primitive_kernels import kernels
    from .primitive_table import NO_PRIMITIVE, pointwise

    return sorted({*kernels, *pointwise}), dict(NO_PRIMITIVE)


def install():
    """Send kernels through primitives from here on."""
    one = mindspore.Tensor([1.0])
    for _ in range(2):
        # under NumPy 2 the first number that MindSpore converts raises, and no later one does
        with contextlib.suppress(SystemError, ImportError), contextlib.redirect_stderr(io.StringIO()):
            primitive("AddExt")(one, one, 1)
    _names.update((_C.kernel_id(name), name) for name in _C.kernel_names())
    _C.set_primitive_path(_pointwise)
    _C.call = _call
