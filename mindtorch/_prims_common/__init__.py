"""torch._prims_common: questions about shapes and dtypes that programs ask."""
import math
import operator

from mindtorch._core import dtypes, layouts


def is_contiguous_or_false(a):
    """a.is_contiguous()"""
    return a.is_contiguous()


def is_contiguous(a):
    """a.is_contiguous()"""
    return a.is_contiguous()


def is_contiguous_for_memory_format_or_false(a, *, memory_format=layouts.contiguous_format):
    """a.is_contiguous(memory_format=...)"""
    return a.is_contiguous(memory_format=memory_format)


is_contiguous_for_memory_format = is_contiguous_for_memory_format_or_false


def make_contiguous_strides_for(shape, row_major=True):
    """Strides of a dense tensor; columns first in the last two dimensions without row_major."""
    strides = layouts.dense_strides(tuple(shape))
    if row_major or len(strides) < 2:
        return strides
    return (*strides[:-2], 1, max(shape[-2], 1))


def is_float_dtype(dtype):
    """Whether a dtype is floating point."""
    return dtype.is_floating_point


def is_complex_dtype(dtype):
    """Whether a dtype is complex."""
    return dtype.is_complex


def is_boolean_dtype(dtype):
    """Whether a dtype is bool."""
    return dtype is dtypes.BY_NAME["bool"]


def is_integer_dtype(dtype):
    """Whether a dtype is an integer or bool."""
    return not (dtype.is_floating_point or dtype.is_complex)


def canonicalize_dim(rank, idx, wrap_scalar=True):
    """A dimension counted from the front; IndexError outside."""
    operator.index(idx)
    if rank == 0 and wrap_scalar:
        rank = 1
    if not -rank <= idx < rank:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {idx})")
    return idx % rank


def canonicalize_dims(rank, indices, wrap_scalar=True):
    """canonicalize_dim of one or several."""
    return (canonicalize_dim(rank, indices, wrap_scalar) if isinstance(indices, int)
            else tuple(canonicalize_dim(rank, i, wrap_scalar) for i in indices))


def compute_required_storage_length(shape, strides, storage_offset):
    """Elements of memory that a view needs."""
    return 0 if 0 in tuple(shape) else storage_offset + sum((n - 1) * s for n, s in zip(shape, strides)) + 1


prod = math.prod
