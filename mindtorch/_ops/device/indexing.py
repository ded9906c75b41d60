"""Rows and masks on Ascend: places as positions in a tensor's memory, taken and put by its operators of one
dimension."""
import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.codes import FLOAT16, UP_TO_SINGLE

from ..shape.indexing import ADD, MAXIMUM, MINIMUM, MULTIPLY, SET
from ..table.registry import composition, kernel_rows, public as F, run

kernel_rows(repeat_each="aclnnRepeatInterleave T1 T2 i0 T0", take_flat="aclnnIndexSelect T1 =0 T2 T0")


@composition("index_offsets")
def _index_offsets(tensors, scalars):
    """Positions; an index that is out of range is looked for here, since the device would take what lies there."""
    out, index = (t.detach() for t in tensors)
    size, stride, dim, first, wrap, error, padding = scalars
    index = index.long()
    outside = F.logical_or(index < (-size if wrap else 0), index >= size)
    if index._numel and outside.any().item():
        if error:
            raise IndexError("index out of range in self")
        bad = index.masked_select(outside)[0].item()
        raise IndexError(f"index {bad} is out of bounds for dimension {dim} with size {size}")
    at = (F.where(index < 0, index + size, index) if wrap else index) * stride
    at = at if first else out + at
    run("copy", (out, at if padding is None else F.where(F.eq(index, padding), -1, at)))


def _memory(t):
    """What lies in memory from a tensor's first element on, in one dimension (raw)."""
    length = 1 + sum((n - 1) * s for n, s in zip(t.shape, t._strides)) if t._numel else 0
    return _C.strided(t, (length,), (1,), t._offset, -1)


def _positions(shape, at, offsets, table, dims):
    """Positions in a table's memory of rows: their dimension `at` counts offsets, the others are the table's."""
    rest = [(n, s) for d, (n, s) in enumerate(zip(table.shape, table._strides)) if d not in dims]
    found = offsets.reshape([-1 if d == at else 1 for d in range(len(shape))])
    for d, (n, s) in zip((d for d in range(len(shape)) if d != at), rest):
        if n > 1:
            found = (found + F.arange(0, n * s, s,
                                      device=table.device).reshape([n if k == d else 1 for k in range(len(shape))])
                                      if s else found)
    return found.expand(shape).reshape(-1)


@composition("take_rows")
def _take_rows(tensors, scalars):
    out, table, offsets = (t.detach() for t in tensors)
    at, dims = scalars
    if out._numel:
        positions = _positions(out.shape, at, offsets, table, dims)
        taken = _C.empty((out._numel,), out._dtype_code, out._device_code)
        run("take_flat", (taken, _memory(table), positions))
        run("copy", (out, taken.reshape(out.shape)))


_COMBINE = {MULTIPLY: lambda a, b: a * b, MINIMUM: lambda a, b: F.minimum(a, b), MAXIMUM: lambda a, b: F.maximum(a, b)}


def _put(memory, positions, values, mode):
    """Values to positions, which may be named several times: those are brought together first."""
    if mode in (SET, ADD):
        return run("index_put_tensors", (memory, values, positions), (mode == ADD,))
    combine = _COMBINE[mode]
    positions, order = F.sort(positions, 0, stable=True)
    values, n, step = values.index_select(0, order), positions._numel, 1
    while step < n:  # runs of one position, of twice the length each time
        rest = n - step
        same = F.eq(positions.narrow(0, step, rest), positions.narrow(0, 0, rest))
        later = values.narrow(0, step, rest)
        values = F.cat((values.narrow(0, 0, step), F.where(same, combine(later, values.narrow(0, 0, rest)), later)))
        step *= 2
    last = F.ones((n,), dtype=dtypes.bool, device=positions.device)
    if n > 1:
        last = F.cat((F.ne(positions.narrow(0, 1, n - 1), positions.narrow(0, 0, n - 1)), last[:1]))
    chosen = F.nonzero(last).reshape(-1)
    positions, values = positions.index_select(0, chosen), values.index_select(0, chosen)
    before = _C.empty(positions.shape, memory._dtype_code, memory._device_code)
    run("take_flat", (before, memory, positions))
    run("index_put_tensors", (memory, combine(before, values), positions), (False,))


@composition("put_rows")
def _put_rows(tensors, scalars):
    target, values, offsets = (t.detach() for t in tensors)
    at, dims, mode = scalars
    if values._numel:
        _put(_memory(target), _positions(values.shape, at, offsets, target, dims), values.reshape(-1), mode)


@composition("scatter")
def _scatter(tensors, scalars):
    target, values, index = (t.detach() for t in tensors)
    dim, mode = scalars
    if mode in (SET, ADD) or (mode == MULTIPLY and target._dtype_code in UP_TO_SINGLE):
        return NotImplemented
    where = index * target._strides[dim]
    for d, (n, s) in enumerate(zip(index.shape, target._strides)):
        if d != dim and n > 1 and s:
            where = where + F.arange(0, n * s, s,
                                     device=target.device).reshape([n if k == d else 1 for k in range(index.ndim)])
    values = values[tuple(slice(0, n) for n in index.shape)] if values.shape != index.shape else values
    _put(_memory(target), where.expand(index.shape).reshape(-1), values.reshape(-1), mode)


@composition("divide_counts")
def _divide_counts(tensors, scalars):
    out, values, counts = (t.detach() for t in tensors)
    run("copy", (out, F.floor_divide(values, counts) if values._dtype_code < FLOAT16 else values / counts))


@composition("repeat_index")
def _repeat_index(tensors, scalars):
    out, repeats = tensors
    if out._numel:
        run("repeat_each", (out, F.arange(repeats._numel, device=out.device), repeats), (out._numel,))


# ---- masks ----
@composition("mask_counts")
def _mask_counts(tensors, scalars):
    counts, mask = (t.detach() for t in tensors)
    if not mask._numel:
        return
    flat, n = mask.reshape(-1), counts._numel
    chunk = 8192
    whole = flat._numel // chunk
    if whole:
        run("sum", (counts.narrow(0, 0, whole), flat.narrow(0, 0, whole * chunk).reshape(whole, chunk)), (2,))
    if whole < n:
        run("sum",
            (counts.narrow(0, whole, 1), flat.narrow(0, whole * chunk, flat._numel - whole * chunk).reshape(1, -1)),
            (2,))


@composition("compress")
def _compress(tensors, scalars):
    out, x, mask, _ = (t.detach() for t in tensors)
    run("take_flat", (out, x.reshape(-1), F.nonzero(mask.reshape(-1)).reshape(-1)))
