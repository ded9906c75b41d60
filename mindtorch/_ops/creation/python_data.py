"""Python data into blocks of numbers: what torch.tensor takes, the dtype that it infers and the errors of what it
refuses. Plain lists of Python's own numbers go through NumPy at once; all else is read as PyTorch reads it: sizes by
the first elements, then the dtype, then every number as one of that dtype."""
import array
import collections.abc
import functools
import itertools
import math
import operator

import numpy

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.warning import warn_once
from mindtorch._core.codes import BOOL, UINT64

NUMPY_CODES = {"bool": 0, "uint8": 1, "int8": 2, "int16": 3, "int32": 4, "int64": 5, "float16": 6, "float32": 8,
               "float64": 9, "complex64": 10, "complex128": 11, "uint16": 12, "uint32": 13,
               "uint64": 14}
_DEEPEST = 128  # levels of nested lists
_LONGEST = 1 << 40  # no sequence whose numbers could be read one by one
_PYTHON = {bool: 0, int: 1, float: 2, complex: 3}


def numpy_code(array):
    """Dtype code of a NumPy array; TypeError for dtypes that torch lacks, ValueError for foreign byte order."""
    code = NUMPY_CODES.get(array.dtype.name)
    if code is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, "
            "int8, uint64, uint32, uint16, uint8, and bool."
        )
    if not array.dtype.isnative:
        raise ValueError("given numpy array has byte order different from the native byte order. Conversion between "
                         "byte orders is currently not supported.")
    return code


def named(x):
    """The name of x's type as C code reads it: with its module for types that are written in C."""
    kind = type(x)
    written_in_c = not kind.__flags__ & (1 << 9)
    return f"{kind.__module__}.{kind.__name__}" if written_in_c and kind.__module__ != "builtins" else kind.__name__


def is_sequence(x):
    """Whether numbers are looked for inside of x."""
    return isinstance(x, (list, tuple)) or (
        hasattr(type(x), "__getitem__") and hasattr(type(x), "__len__")
        and not isinstance(x, (dict, collections.abc.Set)) and not hasattr(x, "_dtype_code")
        and (not isinstance(x, numpy.generic) or isinstance(x, (str, bytes)))
    )


def _leaf_types(data):
    """Types of the leaves of nested lists."""
    found, level, first, depth = set(), [data], data, 0
    while type(first) in (list, tuple) and first:
        first, depth = first[0], depth + 1
        if depth > _DEEPEST:
            raise ValueError(f"too many dimensions '{type(first).__name__}'")
    depth = 0
    while level:
        depth += 1
        if depth > _DEEPEST + 1:  # a list that holds itself
            raise ValueError("too many dimensions 'list'")
        kinds = set(map(type, level))
        deeper = kinds & {list, tuple}
        # lists that hold others many times over
        if depth > 8 and deeper and sum(len(x) for x in level if type(x) in deeper) > _LONGEST >> 10:
            raise RuntimeError("Storage size calculation overflowed: the nested lists have too many elements")
        found |= kinds - deeper
        level = list(itertools.chain.from_iterable(x for x in level if type(x) in deeper)) if deeper else []
    return found


def _sizes(data):
    sizes = []
    while is_sequence(data):
        sizes.append(len(data))
        if len(sizes) > _DEEPEST:
            raise ValueError(f"too many dimensions '{named(data)}'")
        if not sizes[-1]:
            break
        data = data[0]
    if math.prod(sizes) > _LONGEST:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={sizes}")
    return sizes


def _inferred(x, depth=0):
    """Dtype code that a number, or all of a sequence, asks for."""
    if isinstance(x, bool):
        return 0
    if isinstance(x, float):  # NumPy's float64 too, which is one; it has a dtype of its own
        return 9 if isinstance(x, numpy.generic) else dtypes.get_default_dtype().code
    if isinstance(x, int):
        return 5
    if hasattr(x, "_dtype_code"):
        return x._dtype_code
    if isinstance(x, (numpy.generic, numpy.ndarray)) and not isinstance(x, (str, bytes)):
        return numpy_code(x)
    if isinstance(x, complex):
        return dtypes.get_default_dtype().to_complex().code
    if isinstance(x, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(x).__name__}'")
    if not is_sequence(x):
        raise RuntimeError(f"Could not infer dtype of {named(x)}")
    if depth > _DEEPEST:
        raise ValueError(f"too many dimensions '{named(x)}'")
    codes = {_inferred(y, depth + 1) for y in (x[i] for i in range(len(x)))}
    return functools.reduce(_C.promote_types, codes) if codes else dtypes.get_default_dtype().code


def _real(x):
    if hasattr(x, "_dtype_code"):
        if x._numel != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return x.item() if x.dtype.is_complex else float(x)
    return array.array("d", (x,))[0]  # what has __float__ or __index__, and no string


def _complex(x):
    return x.item() if hasattr(x, "_dtype_code") and x._numel == 1 else (
        complex(x) if hasattr(x, "__complex__") and not hasattr(x, "_dtype_code") else _real(x))


def _integer(x):
    if isinstance(x, float):
        return float(x)
    if hasattr(x, "_dtype_code") and (x._numel != 1 or x.dtype.is_floating_point or x.dtype.is_complex):
        raise TypeError("only integer tensors of a single element can be converted to an index")
    if hasattr(x, "_dtype_code"):
        return int(x.item())
    return operator.index(x)


def _truth(x):
    return bool(x) if isinstance(x, (bool, int, float, complex, numpy.bool_)) and not isinstance(
        x, numpy.floating) else bool(_integer(x))


def _natural(x):
    if not isinstance(x, (int, numpy.integer)):
        raise TypeError("an integer is required")
    return int(x)


def _numbers(data, sizes, depth, number, found):
    if depth == len(sizes):
        found.append(number(data))
        return
    if isinstance(data, numpy.ndarray):
        data = data.tolist()
    try:
        parts = data if isinstance(data, (list, tuple)) else list(iter(data))
    except TypeError:
        raise TypeError("not a sequence") from None
    if len(parts) != sizes[depth]:
        raise ValueError(f"expected sequence of length {sizes[depth]} at dim {depth} (got {len(parts)})")
    for part in parts:
        _numbers(part, sizes, depth + 1, number, found)


def _read_one_by_one(data, code):
    """(NumPy array, dtype code) of anything."""
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    sizes = _sizes(data)
    if code is None:
        code = _inferred(data)
    d = dtypes.DTYPES[code]
    first = data
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if isinstance(first, numpy.ndarray) and first is not data:
        _warn_of_arrays()
    if d.is_complex:
        number, kind = _complex, numpy.complex128
    elif d.is_floating_point:
        number, kind = _real, numpy.float64
    else:
        number, kind = (_truth, numpy.bool_) if code == BOOL else (
            (_natural, numpy.uint64) if code == UINT64 else (_integer, None))
    found = []
    if math.prod(sizes):
        _numbers(data, sizes, 0, number, found)
    if code == UINT64 and found:
        if min(found) < 0:
            raise OverflowError("can't convert negative int to unsigned")
        if max(found) >= 1 << 64:
            raise OverflowError("int too big to convert")
    if kind is None:
        kind = numpy.float64 if any(type(x) is float for x in found) else numpy.int64
        if not all(-(1 << 63) <= x < 1 << 63 for x in found if type(x) is int):
            raise ValueError("Overflow when unpacking long long")
    return _checked(numpy.array(found, kind).reshape(sizes), code), code


def _warn_of_arrays():
    warn_once("arrays", "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting "
              "the list to a single numpy.ndarray with numpy.array() before converting to a tensor.", 6)


def _checked(block, code):
    """The block, if its numbers fit into the dtype: RuntimeError otherwise."""
    d = dtypes.DTYPES[code]
    if d.is_floating_point or d.is_complex or not code or not block.size:
        return block
    if block.dtype == numpy.int64 and d.itemsize < 8:
        # a negative number wraps in an unsigned dtype, which the reference lets pass
        most = 2 ** (8 * d.itemsize - (1 if d.is_signed else 0))
        outside = block.min() < -most or block.max() > most - 1
    else:
        outside = block.dtype == numpy.float64 and not (
            numpy.isfinite(block).all() and -(2.0**63) <= block.min() and block.max() < 2.0**63)
    if outside:
        raise RuntimeError(f"value cannot be converted to type {d._name} without overflow")
    return block


def _arrays_of_one_kind(data):
    first = data[0] if isinstance(data, (list, tuple)) and data else None
    return isinstance(first, numpy.ndarray) and first.ndim and first.dtype.name in NUMPY_CODES and all(
        isinstance(x, numpy.ndarray) and x.dtype == first.dtype and x.shape == first.shape for x in data)


def block_of(data, code):
    """(NumPy array, dtype code) of Python data for a dtype code, or None to infer it: ValueError for ragged lists,
    TypeError for strings and what is no number, RuntimeError for what no dtype can be inferred of."""
    if _arrays_of_one_kind(data) and code != UINT64:
        _warn_of_arrays()
        found = numpy.stack(data)
        return _checked(found, code or 0) if code else found, numpy_code(found) if code is None else code
    kinds = _leaf_types(data)
    if not kinds <= _PYTHON.keys():
        return _read_one_by_one(data, code)
    rank = max((_PYTHON[k] for k in kinds), default=2)
    if code is None:
        default = dtypes.get_default_dtype()
        inferred = (0, 5, default.code, default.to_complex().code)[rank]
    else:
        inferred = code
        d = dtypes.DTYPES[code]
        if (rank == 3 and not d.is_complex) or (rank == 2 and code == UINT64):
            return _read_one_by_one(data, code)
    try:
        found = numpy.array(data, (numpy.bool_, numpy.int64, numpy.float64, numpy.complex128)[rank])
    except (OverflowError, ValueError, TypeError):  # ragged, or too large: said as the reference says it
        return _read_one_by_one(data, code)
    if rank == 1 and inferred == 14 and found.size and found.min() < 0:
        return _read_one_by_one(data, code)
    try:
        return _checked(found, inferred), inferred
    except RuntimeError:  # of whole numbers among others it is said otherwise
        return _read_one_by_one(data, code)
