"""x[...] and x[...] = value. Basic indices (ints, slices, None, Ellipsis) become one view; the rest index and
index_put_."""
import warnings

import numpy

import mindtorch._C as _C

from mindtorch._core.size import LEAST, MOST
from mindtorch._core.codes import BOOL, INT32, INT64, MASKS, UINT8

from ..creation.factories import like, tensor
from .indexing import check_number, index, raw_expand, zeros
from ..table.registry import METHODS, _Source, _parameters, public, register, run
from .views import Part, embed, make_view, stepped

_BASIC = (int, slice, type(None), type(...))
_ALL = slice(None)
_MAX_SEQUENCE = 32  # longer lists are always index tensors


def _bad_index(i):
    return IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                      f"indices (got {type(i).__name__})")


def _is_tensor(o):
    return hasattr(o, "_dtype_code")


def _as_tuple(key):
    """What is indexed with, as a tuple: a list with slices, None, Ellipsis, tensors or sequences counts as one."""
    if type(key) is tuple:
        return key
    if isinstance(key, tuple):
        return tuple(key)
    if isinstance(key,
                  list) and len(key) < _MAX_SEQUENCE and any(_is_tensor(k)
                                                             or isinstance(k, (list, tuple, slice, numpy.ndarray))
                                                             or k is None or k is ... for k in key):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch "
            "2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this "
            "will be interpreted as tensor index, x[torch.tensor(seq)], which will result either in an error or a "
            "different result",
            stacklevel=4,
        )
        return tuple(key)
    return (key,)


def _consumed(i):
    """How many dimensions an index takes."""
    if i is None or i is ... or isinstance(i, (bool, numpy.bool_)):
        return 0
    if _is_tensor(i):
        return i.ndim if i._dtype_code in MASKS else 1
    if isinstance(i, numpy.ndarray) and i.dtype == bool:
        return i.ndim
    return 1


def _slice(s, n):
    """(start, count, step) of a slice over n elements."""
    step = 1 if s.step is None else _index(s.step)
    if step <= 0:
        raise ValueError("step must be greater than zero")
    start = 0 if s.start is None else _index(s.start)
    stop = n if s.stop is None else _index(s.stop)
    start = max(start + n, 0) if start < 0 else min(start, n)
    stop = max(stop + n, 0) if stop < 0 else min(stop, n)
    return start, max(0, -(-(stop - start) // step)), step


def _index(v):
    try:
        return v.__index__()
    except AttributeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _sequence(i, device):
    """A list, range or array as index tensor: the integers of a list are int64, bytes apart, which are a mask."""
    try:
        made = tensor(i, device=device)
    except ValueError as error:
        if str(error) == "too many dimensions 'str'":  # what torch.tensor says of a str; an index has other words
            raise TypeError("new(): invalid data type 'str'") from None
        raise
    fractions = made.dtype.is_floating_point or made.dtype.is_complex
    if made._dtype_code in MASKS or fractions and (made._numel or isinstance(i, numpy.ndarray)):
        return made
    return made.to(public.arange(0).dtype)


def parse(x, key):
    """(shape, stride, offset, name of the last view, index tensors, the view's key in plain ints) of x[key]."""
    items = _as_tuple(key)
    ndim = x.ndim
    taken = 0
    for i in items:
        taken += _consumed(i)
    if taken > ndim:
        if not ndim and len(items) == 1 and not _is_tensor(items[0]):
            if isinstance(items[0], slice):
                raise IndexError("slice() cannot be applied to a 0-dim tensor.")
            if hasattr(items[0], "__index__"):
                raise IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` "
                                 "in C++ to convert a 0-dim tensor to a number")
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    have, steps, offset = tuple(x.shape), x._strides, x._offset
    shape, stride, tensors, plain = [], [], [], []  # plain: what was read of the key, which may change
    at = 0
    name = "AliasBackward0"
    for i in items:
        kind = type(i)
        if kind is slice:
            start, count, step = _slice(i, have[at])
            offset += start * steps[at]
            if count != have[at] or step != 1:
                name = "SliceBackward0"
            shape.append(count)
            stride.append(stepped(steps[at], step))
            plain.append(slice(start, start + count * step, step))
            at += 1
        elif i is None:
            shape.append(1)
            stride.append(have[at] * steps[at] if at < ndim else 1)
            plain.append(None)
            name = "UnsqueezeBackward0"
        elif i is ...:
            for _ in range(ndim - taken):
                shape.append(have[at])
                stride.append(steps[at])
                plain.append(_ALL)
                at += 1
            taken = ndim
        elif kind is bool:
            shape.append(1)
            stride.append(have[at] * steps[at] if at < ndim else 1)
            _place(tensors, len(shape) - 1, _truth(i, x))
            plain.append(None)
            name = "UnsqueezeBackward0"
        elif (
            _is_tensor(i)
            or isinstance(i, (list, tuple, range, numpy.ndarray))
            or (not hasattr(i, "__index__") and _sequence_like(i))
        ):
            t = i if _is_tensor(i) else _sequence(i, x.device)
            if t.ndim == 0 and t._dtype_code not in MASKS and not (t.dtype.is_floating_point or t.dtype.is_complex):
                plain.append(_select(t.item(), have[at], at))
                offset += plain[-1] * steps[at]
                name = "SelectBackward0"
                at += 1
                continue
            if t.ndim == 0 and t._dtype_code in MASKS:
                shape.append(1)
                stride.append(have[at] * steps[at] if at < ndim else 1)
                _place(tensors, len(shape) - 1, _truth(bool(t.item()), x))
                plain.append(None)
                name = "UnsqueezeBackward0"
                continue
            if t._dtype_code == UINT8:
                warnings.warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool "
                              "instead.", stacklevel=3)
            elif t._dtype_code not in (BOOL, INT32, INT64):
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            _place(tensors, len(shape), t)
            for _ in range(t.ndim if t._dtype_code in MASKS else 1):
                if at == ndim:
                    raise IndexError(f"too many indices for tensor of dimension {ndim}")
                shape.append(have[at])
                stride.append(steps[at])
                plain.append(_ALL)
                at += 1
        elif hasattr(i, "__index__") and not isinstance(i, numpy.bool_):
            plain.append(_select(i.__index__(), have[at], at))
            offset += plain[-1] * steps[at]
            name = "SelectBackward0"
            at += 1
        elif isinstance(i, str):
            raise TypeError("new(): invalid data type 'str'")
        else:
            raise _bad_index(i)
    while at < ndim:
        shape.append(have[at])
        stride.append(steps[at])
        at += 1
    return shape, stride, offset, name, tensors, tuple(plain)


def _sequence_like(i):
    return hasattr(i, "__getitem__") and hasattr(i, "__len__") and not isinstance(i, (str, dict))


def _select(i, n, d):
    if not -n <= i < n:
        if not LEAST <= i <= MOST:
            raise ValueError("Overflow when unpacking long long")
        raise IndexError(f"index {i} is out of bounds for dimension {d} with size {n}")
    return i + n if i < 0 else i


def _truth(flag, x):
    """The index that a bool is: all or nothing of a new dimension of size 1."""
    return zeros(x, (1,) if flag else (0,), 5)


def _place(tensors, dimension, t):
    masks = sum(i.ndim - 1 for i in tensors if i is not None and i._dtype_code in MASKS)
    tensors += [None] * (dimension - len(tensors) - masks)
    tensors.append(t)


def getitem(x, key):
    """x[key], differentiable."""
    if hasattr(key, "_dtype_code") and key._dtype_code == INT64 and key.ndim and x.ndim:
        return index(x, (key,))
    shape, stride, offset, name, tensors, plain = parse(x, key)
    if not tensors:
        return make_view(name, x, shape, stride, offset, embed, Part(x.shape, getitem, plain))
    if name == "AliasBackward0":
        return index(x, tuple(tensors))
    part = make_view(name, x, shape, stride, offset, embed, Part(x.shape, getitem, plain))
    return index(part, tuple(tensors))


def _value(x, value):
    """What is assigned, as a tensor."""
    if _is_tensor(value):
        return value
    if isinstance(value, numpy.generic):
        value = value.item()
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"can't assign a {type(value).__name__} to a {x.type()}")
    if not x.dtype.is_floating_point or isinstance(value, complex):  # a number too large for a float is infinite here
        check_number(x.dtype, value)
    if isinstance(value, complex) and not x.dtype.is_complex:
        value = value.real
    made = like(x, ())
    run("fill", (made,), (value,))
    return made


def _spread(value, shape):
    """value broadcast to shape, leading dimensions of size 1 dropped."""
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = value.squeeze(0)
    return value.expand(shape)


def setitem(x, key, value):
    """x[key] = value, in place, differentiable in x and value."""
    value = _value(x, value)
    if type(key) is bool:
        if not key:
            return
        key = None
    shape, stride, offset, name, tensors, plain = parse(x, key)
    if not tensors:
        if not _C.needs_grad(x, value):
            _C.check_inplace(x)
            target = _C.strided(x, shape, stride, offset, -1)
            source = raw_expand(value, shape)
            if source is None:
                _spread(value, target.shape)  # says why not
            if x._device_code >= 0 and value._device_code < 0 and value._numel:
                raise NotImplementedError("Cannot copy out of meta tensor; no data!")
            if source._numel and _overlaps(target, source):
                source = source.clone()
            if target.dtype.is_complex is False and source.dtype.is_complex:
                warnings.warn("Casting complex values to real discards the imaginary part", stacklevel=3)
            run("copy", (target, source))
            _C.bump_version(x)
            return
        part = make_view(name, x, shape, stride, offset, embed, Part(x.shape, getitem, plain))
        METHODS["copy_"](part, _spread(value, part.shape))
        return
    # a view only when something besides whole dimensions was asked for: its record costs more than it tells
    part = x
    if name != "AliasBackward0":
        part = make_view(name, x, shape, stride, offset, embed, Part(x.shape, getitem, plain))
    if value._device_code != x._device_code and value.ndim == 0:
        value = value.to(x.device)
    METHODS["index_put_"](part, tuple(tensors), value)


def _overlaps(a, b):
    if a._device_code < 0 or _C.storage_info(a)[2] != _C.storage_info(b)[2]:
        return False
    return not (a._pointer == b._pointer and a._strides == b._strides)


_C.view_gradients(getitem=getitem)


def _method(name, parameters, function, doc):
    source = _Source(name, _parameters(parameters), ["self"] if name == "__getitem__" else ["self", "value"], None,
                     doc)
    body = ["_r = _fast(self, key)", "if _r is not None: return _r"] if function is getitem else []
    made = source.build([*body, f"return _function({parameters})"], {"_function": function, "_fast": _C.view_getitem})
    return register(name, made, function_name=False, kind="view", family="getitem")


_method("__getitem__", "self, key", getitem,
        "Part of a tensor by ints, slices, None, Ellipsis (a view) or index and bool tensors (a copy).")
_method("__setitem__", "self, key, value", setitem, "Assign to the part of a tensor that the key names.")
