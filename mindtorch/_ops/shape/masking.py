"""What masks choose: masked_*, nonzero."""
import mindtorch._C as _C
from mindtorch._core.codes import BOOL

from ..table.checks import known, need_values
from ..creation.factories import like
from .indexing import broadcast, check_number, raw_expand, type_name
from .mutation import copied, mutation
from ..table.registry import (
    FUNCTIONS, KEEP_FIRST, With, _Source, _parameters, kernel_rows, op, pointwise, public, register, run)

CHUNK = 8192  # of the kernels


def _check_masked_fill(input, mask, value):
    if mask._dtype_code != BOOL:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {_cpp(mask)}")
    if hasattr(value, "_dtype_code"):
        if value.ndim:
            raise RuntimeError("masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                               f"{value.ndim} dimension(s).")
        if value.dtype.is_complex and not input.dtype.is_complex:
            raise RuntimeError(f"value cannot be converted to type {input.dtype._name.replace('32', '')} without "
                               "overflow")
    else:
        check_number(input.dtype, value)


def _cpp(t):
    return {"int64": "long int", "int32": "int", "uint8": "unsigned char", "float32": "float",
            "float64": "double"}.get(t.dtype._name, t.dtype._name)


_filled = pointwise(
    "masked_fill",
    "input, mask, value",
    kind=KEEP_FIRST,
    check=_check_masked_fill,
    numbers=("value",),
    doc="input with a number (or 0-dim tensor) where the bool mask, which broadcasts, holds.",
    grad={"input": lambda g, mask: g.masked_fill(mask, 0), "value": lambda g, mask: public.where(mask, g, 0).sum()},
    ascend="aclnnSWhere t2 T3 T1 T0",
)


@op(out=False)
def masked_fill(input, mask, value):
    """input with a number (or 0-dim tensor) where the bool mask, which broadcasts, holds; the result is contiguous."""
    if input.shape != mask.shape:
        input = input.expand(_common(input, mask))
    return _filled(input if input._contiguous else input.contiguous(), mask, value)


def _plain_mask(mask, shape=None):
    """Dense bool mask of a shape."""
    if mask._dtype_code == BOOL and mask._contiguous and (shape is None or tuple(mask.shape) == tuple(shape)):
        return mask
    made = _C.empty(mask.shape if shape is None else shape, 0, mask._device_code)
    run("copy", (made, mask if shape is None else raw_expand(mask, shape)))
    return made


def _counts(mask):
    """(counts of set elements a chunk, their sum)."""
    counts = _C.empty(((mask._numel + CHUNK - 1) // CHUNK,), 5, mask._device_code)
    run("mask_counts", (counts, mask))
    return counts, sum(_C.tolist(counts))


@op("nonzero", grad=None)
def _nonzero_matrix(input):
    """Indices of elements that are not zero."""
    need_values("nonzero", input)
    if input._remote:
        try:
            return _nonzero_on_device(input)
        except _C.Refused:  # the host counts
            pass
    mask = _plain_mask(input)
    counts, total = _counts(mask)
    n = input.ndim
    out = _C.empty_strided((total, n), (1, total), 5, input._device_code)
    if total:
        run("nonzero", (out, mask, counts))
    return out


kernel_rows(nonzero_matrix="aclnnNonzero T1 T0", decompress="aclnnInplaceMaskedScatter T0 T1 T2")


def _nonzero_on_device(input):
    """The same where the device finds out how many there are: room for all, then what was needed of it."""
    room = _C.empty((input._numel, input.ndim), 5, input._device_code)
    found = _C.run_and_wait(_C.kernel_id("nonzero_matrix"), (room, input), ())[0] if input._numel else 0
    out = _C.empty((found, input.ndim), 5, input._device_code)
    run("copy", (out, _C.strided(room, (found, input.ndim), (input.ndim, 1), 0, -1)))
    return out


def _columns(input):
    found = _nonzero_matrix(input if input.ndim else input.reshape(1))
    return tuple(_C.strided(found, (found.shape[0],), (found._strides[0],), d * found._strides[1], -1)
                 for d in range(found.shape[1]))


nonzero = register("nonzero", _Source("nonzero", _parameters("input, *, out=None, as_tuple=False"), ["input"], None,
                                      "Indices of elements that are not zero: [count, ndim], or with as_tuple one "
                                      "vector a dimension.").build(
    ["if as_tuple: return _columns(input)", "return _matrix(input, out=out)"],
    {"_columns": _columns, "_matrix": _nonzero_matrix}), kind="kernel", family="masking")


@op()
def argwhere(input):
    """Indices of elements that are not zero, [count, ndim]."""
    return _nonzero_matrix(input)


@op()
def nonzero_static(input, *, size, fill_value=-1):
    """The first `size` rows of nonzero(input), filled up with fill_value."""
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    out = _C.empty((size, input.ndim), 5, input._device_code)
    if not known(input):
        return out
    found = _nonzero_matrix(input)
    run("fill", (out,), (fill_value,))
    out[: found.shape[0]] = found[:size]
    return out


def _common(a, b):
    shape = broadcast([a.shape, b.shape])
    if shape is None:
        lead = max(a.ndim, b.ndim)
        one, two = [1] * (lead - a.ndim) + list(a.shape), [1] * (lead - b.ndim) + list(b.shape)
        d = max(k for k in range(lead) if one[k] != two[k] and 1 not in (one[k], two[k]))
        raise RuntimeError(f"The size of tensor a ({one[d]}) must match the size of tensor b ({two[d]}) at "
                           f"non-singleton dimension {d}")
    return shape


def _dense(t, shape):
    if t._contiguous and tuple(t.shape) == tuple(shape):
        return t
    return copied(raw_expand(t, shape))


@op(apart=("input", "mask"), grad={"input": lambda g, mask, template: g.new_zeros(template).masked_scatter(mask, g)})
def masked_select(input, mask):
    """Elements of input where the bool mask holds (both broadcast), as a vector."""
    if mask._dtype_code != BOOL:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = _common(input, mask)
    plain = _plain_mask(mask, shape)
    counts, total = _counts(plain)
    out = like(input, (total,))
    if total:
        run("compress", (out, _dense(input, shape), plain, counts))
    return With(out, template=shape)


def _masked_scatter_source(g, mask, source):
    found = masked_select(g, mask)
    if found._numel < source._numel:
        found = FUNCTIONS["cat"]([found, g.new_zeros(source._numel - found._numel)])
    return found[: source._numel].reshape(source.shape)


def _masked_scatter(input, mask, source):
    if mask._dtype_code != BOOL:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {type_name(mask)}")
    if input._dtype_code != source._dtype_code:
        raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got{type_name(input)} "
                           f"and {type_name(source)}")
    shape = _common(input, mask)
    if tuple(shape) != tuple(input.shape):
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}")
    if not known(input, mask):
        return
    plain = _plain_mask(mask, input.shape)
    counts, total = _counts(plain)
    if total > source._numel:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    if not total:
        return
    target = input if input._contiguous else copied(input)
    run("decompress", (target, plain, _dense(source, source.shape), counts))
    if target is not input:
        run("copy", (input, target))


_GRADS = {"input": lambda g, mask: g.masked_fill(mask, 0), "source": _masked_scatter_source}


@mutation("masked_scatter", operands=("mask", "source"), grad=_GRADS)
def masked_scatter_(input, mask, source):
    """input with the places where the bool mask holds filled from source's elements in order."""
    _masked_scatter(input, mask, source)


@op(grad=_GRADS)
def masked_scatter(input, mask, source):
    """input (broadcast with the mask) with the places where the bool mask holds filled from source's elements in
    order."""
    made = copied(raw_expand(input, _common(input, mask))) if mask._dtype_code == BOOL else input
    _masked_scatter(made, mask, source)
    return made
