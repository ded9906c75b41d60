"""Joining, repeating, flipping, triangles, diagonals."""
import itertools
import math

import numpy

import mindtorch._C as _C
from mindtorch._core import dtypes, layouts
from mindtorch._core.size import MOST, Size, check_count, listed, whole, wholes
from mindtorch._core.tensor import Tensor
from mindtorch._core.codes import BOOL, INDICES, INT64

from ..table.checks import cpp_name, known, need_values
from ..creation.factories import like
from .indexing import broadcast, index_select, zeros
from .mutation import copied
from ..table.registry import FUNCTIONS, With, kernel_rows, op, register, run
from .views import diagonal, expand, narrow, reshape, wrap_dim

kernel_rows(cat="aclnnCat L1 i0 T0", flip="aclnnFlip T1 I0 T0",
            triangle="aclnnTriu T1 i0 T0 ?1=1 | aclnnTril T1 i0 T0 ?1=0")


# ---- joining ----
def memory_format(t):
    """The format that t's strides say it is in."""
    for f, n in ((layouts.channels_last, 4), (layouts.channels_last_3d, 5)):
        if t.ndim == n and not t._contiguous and t._strides == layouts.dense_strides(t.shape, f):
            return f
    return layouts.contiguous_format


def _checked_list(name, tensors):
    if hasattr(tensors, "_dtype_code") or not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not "
                        f"{type(tensors).__name__}")
    for k, t in enumerate(tensors):
        if not hasattr(t, "_dtype_code"):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(t).__name__}")


def _cat_gradients(g, tensors, needs, d):
    parts, at = [], 0
    for t, needed in zip(tensors, needs):
        if t is None:  # an old-style empty tensor
            parts.append(g.new_zeros((0,)) if needed else None)
            continue
        parts.append(narrow(g, d, at, t) if needed else None)
        at += t
    return parts


def _cat_alike(tensors, dim):
    """The usual case, contiguous tensors that fit; None for anything else, errors included."""
    if (plan := _C.joint(tensors, dim)) is None:
        return None
    d, shape, sizes = plan
    out = _C.empty(shape, tensors[0]._dtype_code, tensors[0]._device_code)
    run("cat", (out, *tensors), (d,))
    return With(out, d=d, sizes=sizes)


def _cat(tensors, dim):
    if (made := _cat_alike(tensors, dim)) is not None:
        return made
    _checked_list("cat", tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for k, t in enumerate(tensors):
        if not t.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {k}) cannot be concatenated")
    code = (tensors[0]._dtype_code if all(t._dtype_code == tensors[0]._dtype_code for t in tensors)
            else _C.result_type(*tensors))
    used = [t for t in tensors if not (t.ndim == 1 and t.shape[0] == 0)]
    first = used[0] if used else tensors[0]
    d = wrap_dim(dim, first.ndim)
    shape = list(first.shape)
    total = 0
    for k, t in enumerate(tensors):
        if t.ndim == 1 and t.shape[0] == 0:
            continue
        if t.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
        for e, (a, b) in enumerate(zip(shape, t.shape)):
            if e != d and a != b:
                raise RuntimeError(f"Sizes of tensors must match except in dimension {d}. Expected size {a} but got "
                                   f"size {b} for tensor number {k} in the list.")
        if t._device_code != first._device_code:
            raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices, "
                               f"{first.device} and {t.device}!")
        total += t.shape[d]
    shape[d] = total
    formats = {memory_format(t) for t in used}
    format = formats.pop() if len(formats) == 1 else layouts.contiguous_format
    plain = format is layouts.contiguous_format
    out = (_C.empty(shape, code, first._device_code) if plain
           else _C.empty_strided(shape, layouts.dense_strides(shape, format), code, first._device_code))
    if plain and all(t._contiguous and t._dtype_code == code for t in used):
        run("cat", (out, *used), (d,))
    else:
        at = 0
        stride = out._strides
        for t in used:
            run("copy", (_C.strided(out, t.shape, stride, at * stride[d], -1), t))
            at += t.shape[d]
    return With(out, d=d, sizes=[None if t.ndim == 1 and t.shape[0] == 0 else t.shape[d] for t in tensors])


@op(method=False, aliases=("concat", "concatenate"), tensors=["tensors"], apart=("tensors",),
    grad={"tensors": lambda g, sizes, needs, d: _cat_gradients(g, sizes, needs, d)})
def cat(tensors, dim=0):
    """Tensors joined along a dimension; dtypes promote. RuntimeError when other sizes differ."""
    return _cat(tensors, dim)


@op(method=False, tensors=["tensors"])
def stack(tensors, dim=0):
    """Tensors of one shape joined along a new dimension."""
    plan = _C.joint(tensors, 0)
    alike = plan is not None and len(set(plan[2])) == 1
    if not alike:
        _checked_list("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0].shape
    for k, t in enumerate(() if alike else tensors):
        if t.shape != first:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                               f"{list(t.shape)} at entry {k}")
    d = wrap_dim(dim, len(first) + 1)
    if d == len(first):
        return cat([t.unsqueeze(d) for t in tensors], d)
    # in the memory order that cat chooses for their own dimensions
    return cat(tensors, d).view(*first[:d], len(tensors), *first[d:])


def _at_least(name, dims, grow):
    def one(t):
        return grow(t) if t.ndim < dims else t

    def at_least(*tensors):
        if len(tensors) == 1:
            return one(tensors[0]) if hasattr(tensors[0], "_dtype_code") else tuple(one(t) for t in tensors[0])
        return tuple(one(t) for t in tensors)

    at_least.__doc__ = f"Tensors with at least {dims} dimension{'s' if dims > 1 else ''}: sizes of 1 are added."
    return op(name, method=False, out=False, tensors=["tensors"])(at_least)


atleast_1d = _at_least("atleast_1d", 1, lambda t: reshape(t, (1,)))
atleast_2d = _at_least("atleast_2d", 2, lambda t: reshape(t, (1, 1)) if not t.ndim else t.unsqueeze(0))
atleast_3d = _at_least("atleast_3d", 3, lambda t: reshape(t, (1, 1, 1)) if not t.ndim else t.unsqueeze(0).unsqueeze(-1)
                       if t.ndim == 1 else t.unsqueeze(-1))


def _stacker(name, prepare, dim_of, aliases=()):
    def joined(tensors):
        _checked_list(name, tensors)
        if not tensors:
            raise RuntimeError(f"{name} expects a non-empty TensorList")
        parts = prepare(list(tensors))
        return cat(list(parts), dim_of(parts))

    joined.__doc__ = "Tensors joined " + {"hstack": "side by side.", "vstack": "as rows.",
                                          "dstack": "along the third dimension.", "column_stack": "as columns."}[name]
    return op(name, method=False, aliases=aliases, tensors=["tensors"])(joined)


_stacker("hstack", lambda ts: [atleast_1d(t) for t in ts], lambda ts: 0 if ts[0].ndim == 1 else 1)
_stacker("vstack", lambda ts: [atleast_2d(t) for t in ts], lambda ts: 0, aliases=("row_stack",))
_stacker("dstack", lambda ts: [atleast_3d(t) for t in ts], lambda ts: 2)
_stacker("column_stack", lambda ts: [reshape(t, (t._numel, 1)) if t.ndim <= 1 else t for t in ts], lambda ts: 1)


@op(method=False, out=False)
def block_diag(*tensors):
    """Matrices along the diagonal of one matrix, zeros elsewhere."""
    for k, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(t).__name__}")
        if t.ndim > 2:
            raise RuntimeError(f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {k} has "
                               f"{t.ndim} dimensions")
    parts = [atleast_2d(t) for t in tensors] or [FUNCTIONS["empty"](1, 0)]
    total, at, rows = sum(p.shape[1] for p in parts), 0, []
    for p in parts:
        rows.append(cat([p.new_zeros((p.shape[0], at)), p, p.new_zeros((p.shape[0], total - at - p.shape[1]))], 1))
        at += p.shape[1]
    return cat(rows, 0)


# ---- broadcasting ----
@op(method=False, out=False)
def broadcast_tensors(*tensors):
    """Tensors expanded to their common shape; those that have it are returned themselves."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    shape = tuple(_common([t.shape for t in given]))
    return tuple(t if t.shape == shape else expand(t, shape) for t in given)


def _common(shapes):
    lead = max((len(s) for s in shapes), default=0)
    result = [1] * lead
    for s in shapes:
        for d, n in enumerate(s, lead - len(s)):
            if n not in (1, result[d]):
                if result[d] != 1:
                    raise RuntimeError(f"The size of tensor a ({result[d]}) must match the size of tensor b ({n}) at "
                                       f"non-singleton dimension {d}")
                result[d] = n
    return tuple(result)


def broadcast_shapes(*shapes):
    """The shape that tensors of these shapes (or sizes of vectors) broadcast to; RuntimeError when there is none."""
    shapes = [wholes((s,) if isinstance(s, int) else s, "broadcast_shapes", "shapes") for s in shapes]
    if any(n < 0 for s in shapes for n in s):
        raise ValueError("Attempting to broadcast a dimension with negative length!")
    found = broadcast(shapes)
    if found is None:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape")
    return Size(found)


register("broadcast_shapes", broadcast_shapes, method=False, family="shape")


@op(method=False, out=False)
def meshgrid(*tensors, indexing=None):
    """Coordinate grids of vectors: expanded views; indexing "ij" (rows first, the default) or "xy"."""
    given = list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for t in given:
        if t.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t}")
        if t._dtype_code != given[0]._dtype_code:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
        if t._device_code != given[0]._device_code:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same device")
    if indexing is None:
        import warnings

        warnings.warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
                      stacklevel=3)
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swap = indexing == "xy" and len(given) > 1
    if swap:
        given[:2] = given[1], given[0]
    shape = [t._numel for t in given]
    grids = [expand(reshape(t, [-1 if e == d else 1 for e in range(len(given))]) if t._numel
                    else reshape(t, [0 if e == d else 1 for e in range(len(given))]), shape)
             for d, t in enumerate(given)]
    if swap:
        grids[:2] = grids[1], grids[0]
    return tuple(grids)


@op(method=False, out=False)
def cartesian_prod(*tensors):
    """All combinations of one element of each vector, as rows."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    for t in given:
        if t.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")
    if len(given) == 1:
        return given[0]
    return stack([g.flatten() for g in meshgrid(*given, indexing="ij")], 1)


@op(out=False, method=False)
def combinations(input, r=2, with_replacement=False):
    """Combinations of r elements of a vector, as rows, in lexicographic order of positions."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.new_empty((0,))
    n = input.shape[0]
    if n > 1 and (r > 63 or n**r > MOST):  # as many as are looked through in the reference
        raise RuntimeError("numel: integer multiplication overflow")
    count = math.comb(n + r - 1 if with_replacement else n, r) if n else 0
    if max(count, 1) * r >= 1 << 33:
        raise RuntimeError(f"combinations: can't allocate memory for {count} rows of {r}")
    rows = (itertools.combinations_with_replacement if with_replacement else itertools.combinations)(range(n), r)
    if not count:
        return input.new_empty((0, r))
    places = numpy.fromiter(itertools.chain.from_iterable(rows), numpy.int64, count * r)
    places = FUNCTIONS["from_numpy"](places).to(input.device)
    return reshape(index_select(input, 0, places), (count, r))


# ---- repeating ----
def _repeat_gradient(g, template, repeats):
    lead = len(repeats) - len(template)
    shape = [1] * lead + list(template)
    g = reshape(g, [n for r, s in zip(repeats, shape) for n in (r, s)])
    return reshape(g.sum(list(range(0, 2 * len(shape), 2))) if shape else g, template)


@op("_repeat", method=False, function=False, out=False, node="RepeatBackward0", grad={"input": _repeat_gradient})
def _repeat(input, repeats):
    """Copies side by side."""
    lead = len(repeats) - input.ndim
    shape = [1] * lead + list(input.shape)
    made = [r * s for r, s in zip(repeats, shape)]
    check_count(made)
    out = like(input, made)
    if out._numel:
        spread = [n for r, s in zip(repeats, shape) for n in (r, s)]
        stride = [n for s in [0] * lead + list(input._strides) for n in (0, s)]
        run("copy", (_C.strided(out, spread, layouts.dense_strides(spread), 0, -1),
                     _C.strided(input, spread, stride, input._offset, -1)))
    return With(out, template=tuple(input.shape))


@op(function=False, out=False, tensors=["self"])
def repeat(self, *repeats: object):
    """Copies side by side: repeats[d] of them along dimension d."""
    repeats = listed(repeats, "repeat", "repeats")
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    if min(repeats, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(repeats)}: "
                           f"{[r * s for r, s in zip(repeats, [1] * (len(repeats) - self.ndim) + list(self.shape))]}")
    return _repeat(self, repeats)


@op(out=False)
def tile(input, *dims):
    """repeat that fills missing repeats with 1."""
    dims = dims[0]
    return repeat(input, (1,) * (input.ndim - len(dims)) + dims)


@op(out=False)
def repeat_interleave(input=None, repeats=None, dim=None, *, output_size: int = None):
    """Every element (or slice along dim) several times in a row; repeats is a number or a tensor of counts. With a
    tensor of
    counts alone: the positions."""
    if input is None:
        input, repeats = repeats, None
    if repeats is None:
        if dim is not None or not hasattr(input, "_dtype_code"):
            raise TypeError("repeat_interleave() received an invalid combination of arguments: no repeats")
        return _positions(input, output_size)
    if dim is None:
        input, dim = reshape(input, (-1,)), 0
    d = wrap_dim(dim, input.ndim)
    if not hasattr(repeats, "_dtype_code"):
        repeats = whole(repeats, "repeat_interleave", "repeats")
        if repeats < 0:
            raise RuntimeError("Repeats must be non-negative")
        if output_size is not None and output_size != repeats * input.shape[d]:
            raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {repeats * input.shape[d]} but got "
                               f"{output_size}")
        shape = list(input.shape) or [1]
        check_count((*shape[:d], shape[d] * repeats, *shape[d + 1 :]))
        many = expand(reshape(input, (*shape[: d + 1], 1, *shape[d + 1 :])),
                      (*shape[: d + 1], repeats, *shape[d + 1 :]))
        return reshape(many.clone(memory_format=layouts.contiguous_format),
                       (*shape[:d], shape[d] * repeats, *shape[d + 1 :]))
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    n = input.shape[d] if input.ndim else 1
    if repeats._numel == 1:
        repeats = expand(reshape(repeats, (1,)), (n,))
    elif repeats._numel != n:
        raise RuntimeError("repeats must have the same size as input along dim, but got repeats.size(0) = "
                           f"{repeats._numel} and input.size({d}) = {n}")
    return index_select(input if input.ndim else reshape(input, (1,)), d, _positions(repeats, output_size))


def _positions(repeats, output_size):
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats._dtype_code not in INDICES:
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{cpp_name(repeats)}'")
    counts = like(repeats, None, 5)
    run("copy", (counts, repeats))
    if output_size is None:
        need_values("repeat_interleave", repeats)
    total = output_size
    if known(repeats):
        numbers = _C.tolist(counts)
        if any(n < 0 for n in numbers):
            raise RuntimeError("repeats can not be negative")
        total = sum(numbers)
        if output_size not in (None, total):
            raise RuntimeError("allocated size does not match required size")
    check_count((total,))
    out = like(repeats, (total,), 5)
    run("repeat_index", (out, counts))
    if repeats._dtype_code == INT64:
        return out
    made = like(repeats, (total,))
    run("copy", (made, out))
    return made


def _rolled_back(g, shifts, dims):
    shifts = shifts if isinstance(shifts, tuple) else (shifts,)
    dims = () if dims is None else dims if isinstance(dims, tuple) else (dims,)
    lengths = [g.shape[d] if g.ndim else 1 for d in dims] or [g._numel]
    return roll(g, [-s % max(n, 1) for s, n in zip(shifts, lengths)], dims)


@op(grad={"input": _rolled_back}, out=False)
def roll(input, shifts, dims=None):
    """Elements moved along dimensions (or the flattened tensor), those pushed out coming in at the other end."""
    shifts = tuple(shifts) if isinstance(shifts, (list, tuple)) else (shifts,)
    dims = () if dims is None else tuple(dims) if isinstance(dims, (list, tuple)) else (dims,)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        flat = input if input._contiguous else copied(input)
        return _C.strided(_rolled(_C.strided(flat, (flat._numel,), (1,), flat._offset, -1), shifts[0], 0), input.shape,
                          layouts.dense_strides(input.shape), 0, -1)
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    made = input
    for s, d in zip(shifts, dims):
        made = _rolled(made, s, wrap_dim(d, input.ndim, False)) if input._numel else copied(input)
    return made


def _rolled(t, shift, d):
    out = like(t)
    if not t._numel:
        return out
    n = t.shape[d]
    k = shift % n
    own, stride = out._strides, t._strides
    for to, start, count in ((0, n - k, k), (k, 0, n - k)):
        if count:
            shape = [*t.shape[:d], count, *t.shape[d + 1 :]]
            run("copy",
                (_C.strided(out, shape, own, to * own[d], -1),
                 _C.strided(t, shape, stride, t._offset + start * stride[d], -1)))
    return out


@op("_flip", method=False, function=False, out=False, node="FlipBackward0",
    grad={"input": lambda g, dims: _flip(g, dims)})
def _flip(input, dims):
    """A copy in reverse order along dims."""
    out = _C.empty_strided(input.shape, layouts.preserved_strides(input.shape, input._strides), input._dtype_code,
                           input._device_code)
    run("flip", (out, input), (dims,))
    return out


@op(out=False)
def flip(input, *dims):
    """A copy in reverse order along the given dimensions."""
    dims = [wrap_dim(d, input.ndim) for d in dims[0]]
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"dim {next(d for k, d in enumerate(dims) if d in dims[:k])} appears multiple times in the "
                           "list of dims")
    return _flip(input, tuple(dims) if input.ndim else ())


@op(out=False)
def fliplr(input):
    """Columns in reverse order."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, (1,))


@op(out=False)
def flipud(input):
    """Rows in reverse order."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, (0,))


@op(out=False)
def rot90(input, k=1, dims=(0, 1)):
    """Turned k times by 90 degrees in the plane of two dimensions."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    a, b = dims
    wrap_dim(a, input.ndim), wrap_dim(b, input.ndim)
    if a == b or abs(a - b) == input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {a} and dim1 = {b}")
    k %= 4
    if k == 1:
        return flip(input, (b,)).transpose(a, b)
    if k == 2:
        return flip(input, tuple(dims))
    return flip(input, (a,)).transpose(a, b) if k == 3 else input.clone(memory_format=layouts.contiguous_format)


# ---- triangles and diagonals ----
_FAR = 1 << 62  # a diagonal beyond any matrix, to which a row's number can be added


def _triangle(name, upper):
    def forward(input, diagonal=0):
        if input.ndim < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
        out = like(input)
        if not -_FAR < diagonal < _FAR:
            diagonal = _FAR if diagonal > 0 else -_FAR
        run("triangle", (out, input), (diagonal, upper))
        return out

    forward.__doc__ = (f"The part of matrices {'above' if upper else 'below'} a diagonal, which is included; zeros "
                       "elsewhere.")
    made = op(name, grad={"input": lambda g, diagonal: FUNCTIONS[name](g, diagonal)}, inplace=True)(forward)
    del FUNCTIONS[name + "_"]  # a method only
    return made


tril, triu = _triangle("tril", False), _triangle("triu", True)


@op(out=False, grad={"input": lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2)})
def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """Matrices with the last dimension on a diagonal, zeros elsewhere."""
    n = input.ndim + 1
    if not input.ndim:
        wrap_dim(0, 0, False)
    a, b = wrap_dim(dim1, n), wrap_dim(dim2, n)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for d in sorted((a, b)):
        shape.insert(d, size)
    check_count(shape)
    out = zeros(input, shape)
    run("copy", (diagonal(out, offset, a, b), input))
    return out


@op()
def diag(input, diagonal=0):
    """A matrix with a vector on a diagonal, or a copy of a matrix's diagonal."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim == 2:
        return FUNCTIONS["diagonal"](input, diagonal).clone(memory_format=layouts.contiguous_format)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")


@op(out=False)
def diagflat(input, offset=0):
    """A matrix with the flattened input on a diagonal."""
    return diag_embed(reshape(input.contiguous(), (-1,)), offset)


@op(out=False)
def trace(input):
    """Sum of a matrix's main diagonal."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    if input._dtype_code == BOOL:
        raise NotImplementedError("\"trace\" not implemented for 'Bool'")
    return diagonal(input).sum()


def _powers(x, n):
    """1, x, x^2 ... as a new last dimension of n; integers as int64."""
    kind = x.dtype if x.dtype.is_floating_point or x.dtype.is_complex else dtypes.int64
    one = x.new_ones((*x.shape, min(n, 1)), dtype=kind)
    return one if n < 2 else cat([one, expand(x.to(kind).unsqueeze(-1), (*x.shape, n - 1)).cumprod(-1)], -1)


@op(out=False, method=False)
def vander(x, N=None, increasing=False):
    """Vandermonde matrix of a vector: columns of its powers."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    made = _powers(x, n)
    return made if increasing else flip(made, (1,))


@op()
def kron(input, other):
    """Kronecker product; missing dimensions are taken as 1 in front."""
    n = max(input.ndim, other.ndim)
    a, b = ([1] * (n - t.ndim) + list(t.shape) for t in (input, other))
    made = reshape(input, [v for s in a for v in (s, 1)]) * reshape(other, [v for s in b for v in (1, s)])
    return reshape(made, [x * y for x, y in zip(a, b)])
