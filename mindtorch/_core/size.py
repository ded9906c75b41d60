"""torch.Size, and whole numbers from outside: what is computed with is a Python int, which does not wrap."""
import math

import mindtorch._C as _C

LEAST, MOST = -(2**63), 2**63 - 1  # the numbers that sizes, strides, dimensions and counts can be
_OVERFLOW = "Overflow when unpacking long long"


def whole(value, function, name):
    """A size, dimension, count ... given to a function as an int of its own, of whatever integer type it is.

    TypeError for what is no whole number, bools among them; ValueError beyond 64 bits."""
    kind = type(value)
    if kind is not int:
        if kind is bool or not hasattr(kind, "__index__") or getattr(value, "_dtype_code", 1) == 0:
            raise TypeError(f"{function}(): argument '{name}' must be int, not {kind.__name__}")
        value = value.__index__()
    if not LEAST <= value <= MOST:
        raise ValueError(_OVERFLOW)
    return value


def wholes(values, function, name):
    """Sizes, dimensions ... given as a list or tuple as a tuple of ints; one number alone stays one.

    TypeError for anything else."""
    if _C.plain(values):
        return values
    if not isinstance(values, (tuple, list)):
        if hasattr(type(values), "__index__") and not getattr(values, "ndim", 0):
            return whole(values, function, name)
        raise TypeError(f"{function}(): argument '{name}' must be tuple of ints, not {type(values).__name__}")
    for v in values:
        if type(v) is not int or v > MOST:
            return tuple([_element(v, function, name, at) for at, v in enumerate(values)])
    return values if type(values) is tuple else tuple(values)


def _element(value, function, name, at):
    if at and type(value) is bool:  # as in the reference, the first one only says what the list is of
        return int(value)
    try:
        return whole(value, function, name)
    except TypeError:
        raise TypeError(f"{function}(): argument '{name}' must be tuple of ints, but found element of type "
                        f"{type(value).__name__} at pos {at}") from None
    except ValueError:
        raise TypeError(f"{function}(): argument '{name}' failed to unpack the object at pos {at + 1} "
                        f"with error \"{_OVERFLOW}\"") from None


def listed(given, function, name):
    """What was given for *name, several numbers or one list or tuple of them, as a tuple of ints.

    TypeError for nothing at all."""
    if not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    values = given[0] if len(given) == 1 and type(given[0]) is not int else given
    if _C.plain(values) and type(values) is tuple:
        return values
    if not isinstance(values, (tuple, list)):
        values = given
        if not hasattr(type(given[0]), "__index__") or getattr(given[0], "ndim", False):
            raise TypeError(f"{function}(): argument '{name}' must be tuple of ints, not {type(given[0]).__name__}")
    return wholes(values, function, name)


def check_count(shape):
    """RuntimeError for sizes whose product, taking 0 as 1, is beyond 64 bits: no strides belong to them."""
    count = math.prod(shape) if 0 not in shape else math.prod(n for n in shape if n)
    if count > MOST:
        raise RuntimeError("numel: integer multiplication overflow")


def extent(shape, strides, offset, width):
    """Bytes from a storage's begin to behind the last element of a geometry; RuntimeError for what is none."""
    if len(shape) != len(strides):
        raise RuntimeError(f"unequal size length ({len(shape)}) and stride length ({len(strides)})")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    check_count(shape)
    needed = 0 if 0 in shape else (offset + sum((n - 1) * s for n, s in zip(shape, strides)) + 1) * width
    if needed > MOST or any(s < 0 for s in strides):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}")
    return needed


class Size(tuple):
    """Shape of a tensor; numel() is the product."""

    __module__ = "torch"
    __slots__ = ()

    def __new__(cls, values=()):
        values = list(values)
        try:
            made = [v.__index__() for v in values]
        except AttributeError:
            at = next(i for i, v in enumerate(values) if not hasattr(v, "__index__"))
            raise TypeError(
                f"torch.Size() takes an iterable of 'int' (item {at} is '{type(values[at]).__name__}')") from None
        if made and not (LEAST <= min(made) and max(made) <= MOST):
            raise ValueError(_OVERFLOW)
        return tuple.__new__(cls, made)

    def numel(self):
        """Number of elements."""
        n = 1
        for s in self:
            n *= s
        return n

    def __getitem__(self, i):
        r = tuple.__getitem__(self, i)
        return tuple.__new__(Size, r) if type(r) is tuple else r

    def __add__(self, other):
        if not isinstance(other, tuple):
            return NotImplemented
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, n):
        return Size(tuple.__mul__(self, n))

    __rmul__ = __mul__

    def __repr__(self):
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __reduce__(self):
        return (Size, (tuple(self),))
