"""Rules of what only changes the shape: views, permutations, parts, joins."""
import math

import mindtorch as torch

from ._dtensor_spec import local_shape_and_offset
from ._rules import R, rule
from ._rules_sum import along, dims_of
from .placement_types import Partial, Shard


def _renamed(call, function, to, shape, needs=lambda d: True):
    """Run a function of the rank's part that moves dimension d to to(d). Dimensions that it `needs` not may stay
    split."""
    x = call.of[0]
    layout = tuple(p if isinstance(p, Partial) or (type(p) is Shard and needs(p.dim)) else R for p in x.placements)
    made = function(call.part(x, layout))
    return call.wrap(made, tuple(Shard(to(p.dim)) if type(p) is Shard else p for p in layout), shape)


def _permuted(call, order):
    order = [d % max(call.of[0].ndim, 1) for d in order]
    shape = [call.of[0].shape[d] for d in order]
    return _renamed(call, lambda t: t.permute(order), order.index, shape)


@rule("permute")
def _permute(call):
    given = list(call.bound().arguments.values())[1:]
    dims = given[0]
    dims = dims[0] if isinstance(dims, tuple) and dims and isinstance(dims[0], (tuple, list)) else dims
    return _permuted(call, dims)


@rule("transpose", "swapaxes", "swapdims")
def _transpose(call):
    x, a, b = list(call.bound().arguments.values())[:3]
    order = list(range(x.ndim))
    a, b = a % max(x.ndim, 1), b % max(x.ndim, 1)
    if x.ndim:
        order[a], order[b] = order[b], order[a]
    return _permuted(call, order)


@rule("t", "adjoint")
def _t(call):
    order = list(range(call.args[0].ndim))
    order[-2:] = order[-2:][::-1]
    made = _permuted(call, order)
    return made.conj() if call.name == "adjoint" and made.dtype.is_complex else made


@rule("movedim", "moveaxis")
def _movedim(call):
    x, source, target = list(call.bound().arguments.values())[:3]
    source, target = dims_of(source, x.ndim), dims_of(target, x.ndim)
    order = [d for d in range(x.ndim) if d not in source]
    for at, d in sorted(zip(target, source)):
        order.insert(at, d)
    return _permuted(call, order)


@rule("unsqueeze")
def _unsqueeze(call):
    x, dim = list(call.bound().arguments.values())[:2]
    dim %= x.ndim + 1
    return _renamed(call, lambda t: t.unsqueeze(dim), lambda d: d + (d >= dim),
                    [*x.shape[:dim], 1, *x.shape[dim:]])


@rule("squeeze")
def _squeeze(call):
    x, dim = (*list(call.bound().arguments.values()), None)[:2]
    gone = [d for d in dims_of(dim, x.ndim) if x.shape[d] == 1]
    return _renamed(call, lambda t: t.squeeze(gone) if gone else t.view_as(t),
                    lambda d: d - sum(g < d for g in gone), [n for d, n in enumerate(x.shape) if d not in gone],
                    lambda d: d not in gone)


def _sizes(given):
    given = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    return [int(n) for n in given]


@rule("expand", "broadcast_to", "expand_as")
def _expand(call):
    x, *rest = call.args
    given = list(call.bound().arguments.values())[1]
    sizes = list(given.shape) if isinstance(given, torch.Tensor) else _sizes(
        given if isinstance(given, (tuple, list)) else (given,))
    shift = len(sizes) - x.ndim
    shape = [x.shape[d - shift] if n == -1 else n for d, n in enumerate(sizes)]
    wanted = lambda d: x.shape[d] == shape[d + shift]

    def local(t):
        return t.expand([t.shape[d - shift] if d >= shift and wanted(d - shift) else n for d, n in enumerate(shape)])

    return _renamed(call, local, lambda d: d + shift, shape, wanted)


def _groups(old, new):
    """[(dimensions of the old shape, dimensions of the new one)] with equal products, as small as can be."""
    found, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        a, b = [], []
        if i < len(old):
            a.append(i)
            i += 1
        if j < len(new):
            b.append(j)
            j += 1
        m, n = math.prod(old[d] for d in a), math.prod(new[d] for d in b)
        while m != n:
            if (m < n and i < len(old)) or j >= len(new):
                a.append(i)
                m *= old[i]
                i += 1
            else:
                b.append(j)
                n *= new[j]
                j += 1
        found.append((a, b))
    return found


def _viewed(call, shape):
    """A view in another shape: what is split stays so where the parts are parts of the new shape."""
    x = call.of[0]
    old, shape = list(x.shape), list(shape)
    if -1 in shape:
        rest = math.prod(n for n in shape if n != -1)
        shape[shape.index(-1)] = math.prod(old) // rest if rest else 0
    if math.prod(shape) != math.prod(old):
        raise RuntimeError(f"shape '{shape}' is invalid for input of size {math.prod(old)}")
    goes = {}
    if math.prod(old):
        for a, b in _groups(old, shape):
            real_a, real_b = [d for d in a if old[d] != 1], [d for d in b if shape[d] != 1]
            if real_a and real_b:
                goes[real_a[0]] = (real_b[0], len(real_a) == 1 and len(real_b) == 1)
    layout, result = [], []
    ways = {}
    for i, p in enumerate(x.placements):
        if type(p) is Shard:
            ways[p.dim] = ways.get(p.dim, 1) * call.mesh.shape[i]
    for p in x.placements:
        if type(p) is not Shard:
            layout.append(p if isinstance(p, Partial) else R)
            result.append(layout[-1])
            continue
        to, alike = goes.get(p.dim, (None, False))
        n = ways[p.dim]
        if to is not None and (alike or (old[p.dim] % n == 0 and shape[to] % n == 0)):
            layout.append(p)
            result.append(Shard(to))
        else:
            layout.append(R)
            result.append(R)
    local, _ = local_shape_and_offset(shape, call.mesh, result)
    part = call.part(x, tuple(layout))
    return call.wrap(part.reshape(local), tuple(result), shape)


@rule("view", "reshape", "view_as", "reshape_as", "_unsafe_view")
def _view(call):
    given = list(call.bound().arguments.values())[1]
    if isinstance(given, torch.Tensor):
        return _viewed(call, given.shape)
    if call.kwargs.get("dtype") is not None or isinstance(given, torch.dtype) or (
            isinstance(given, tuple) and given and isinstance(given[0], torch.dtype)):
        raise NotImplementedError("view of a DTensor as another dtype")
    return _viewed(call, _sizes(given if isinstance(given, (tuple, list)) else (given,)))


@rule("flatten", "ravel")
def _flatten(call):
    x, begin, end = (*list(call.bound().arguments.values()), 0, -1)[:3]
    if not x.ndim:
        return _viewed(call, [1])
    begin, end = begin % x.ndim, end % x.ndim
    return _viewed(call, [*x.shape[:begin], math.prod(x.shape[begin:end + 1]), *x.shape[end + 1:]])


@rule("unflatten")
def _unflatten(call):
    x, dim, sizes = list(call.bound().arguments.values())[:3]
    dim, sizes = dim % x.ndim, list(sizes)
    if -1 in sizes:
        rest = math.prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = x.shape[dim] // rest
    return _viewed(call, [*x.shape[:dim], *sizes, *x.shape[dim + 1:]])


# ---- parts ----
@rule("split", "split_with_sizes", "chunk", "tensor_split", "narrow", "unsafe_chunk", "unsafe_split", "index_select",
      "gather", "take_along_dim", "unfold", "narrow_copy", "repeat_interleave")
def _cut(call):
    given = call.bound().arguments
    x = next(iter(given.values()))
    dim = given.get("dim", given.get("dimension", 0))
    if call.name in ("gather", "take_along_dim"):
        acting = list(range(x.ndim))  # where the index is smaller, rows are left out along every dimension
    elif call.name == "repeat_interleave" and dim is None:
        acting = list(range(x.ndim))
    else:
        acting = dims_of(dim, x.ndim)
    return along(call, acting, first=next(iter(given)))


@rule("select", "unbind")
def _select(call):
    given = call.bound().arguments
    x = next(iter(given.values()))
    dim = given.get("dim", 0) % x.ndim
    return along(call, [dim], lambda d: d - (d > dim), first=next(iter(given)))


@rule("__getitem__")
def _getitem(call):
    x, index = call.args
    if not isinstance(x, torch.Tensor) or x not in _Same(call.of):
        raise RuntimeError("__getitem__ got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to "
                           "DTensor before calling distributed operators!")
    items = list(index) if isinstance(index, tuple) else [index]
    whole = (R,) * call.mesh.ndim
    if any(not (i is None or i is Ellipsis or isinstance(i, (int, slice))) or isinstance(i, bool) for i in items):
        plain = [call.part(i, whole) if isinstance(i, torch.Tensor) else i for i in items]
        made = call.part(x, whole)[tuple(plain) if isinstance(index, tuple) else plain[0]]
        return call.wrap(made, whole, made.shape)
    if Ellipsis in items:
        at = items.index(Ellipsis)
        items[at:at + 1] = [slice(None)] * (x.ndim - sum(i is not None for i in items) + 1)
    items += [slice(None)] * (x.ndim - sum(i is not None for i in items))
    to, acting, d, out = {}, [], 0, 0
    for i in items:
        if i is None:
            out += 1
            continue
        if isinstance(i, int):
            acting.append(d)
        else:
            if i.indices(x.shape[d]) != (0, x.shape[d], 1):
                acting.append(d)
            to[d] = out
            out += 1
        d += 1
    layout = tuple(p if isinstance(p, Partial) or (type(p) is Shard and p.dim not in acting) else R
                   for p in x.placements)
    items = [slice(None) if isinstance(i, slice) and i.indices(x.shape[k]) == (0, x.shape[k], 1) else i
             for i, k in zip(items, _counted(items))]
    made = call.part(x, layout)[tuple(items)]
    return call.wrapped(made, tuple(Shard(to[p.dim]) if isinstance(p, Shard) else p for p in layout),
                        {to[p.dim]: x.shape[p.dim] for p in layout if isinstance(p, Shard)})


def _counted(items):
    d = 0
    for i in items:
        yield d
        d += i is not None


class _Same:
    """Membership by identity."""

    def __init__(self, values):
        self.values = values

    def __contains__(self, value):
        return any(v is value for v in self.values)


@rule("__setitem__")
def _setitem(call):
    x, index, value = call.args
    if isinstance(value, torch.Tensor) and value.ndim:
        raise NotImplementedError("__setitem__: tensors into a DTensor")
    items = index if isinstance(index, tuple) else (index,)
    if any(not isinstance(i, (int, slice)) or isinstance(i, bool) for i in items):
        raise NotImplementedError("__setitem__: by other indices than numbers and slices, of a DTensor")
    named = [d for d, i in enumerate(items) if isinstance(i, int) or i.indices(x.shape[d]) != (0, x.shape[d], 1)]
    if any(isinstance(p, Partial) or (isinstance(p, Shard) and p.dim in named) for p in x.placements):
        raise NotImplementedError("__setitem__: along a dimension that is split, or into the terms of a reduction")
    x._local_tensor[index] = call.part(value, (R,) * call.mesh.ndim) if isinstance(value, torch.Tensor) else value


# ---- joins ----
def _joined(call, tensors, dim, new):
    ndim = tensors[0].ndim
    dim %= ndim + new
    layout = []
    for i in call.dims:
        places = [call.placements(t)[i] for t in tensors]
        if all(p == places[0] for p in places) and places[0] in (Partial(), Partial("avg")):
            layout.append(places[0])
            continue
        layout.append(next((p for p in places if type(p) is Shard and (new or p.dim != dim)), R))
    made = [call.part(t, tuple(layout)) for t in tensors]
    out = torch.stack(made, dim) if new else torch.cat(made, dim)
    to = lambda d: d + (new and d >= dim)
    return call.wrapped(out, tuple(Shard(to(p.dim)) if isinstance(p, Shard) else p for p in layout),
                        {to(p.dim): tensors[0].shape[p.dim] for p in layout if isinstance(p, Shard)})


@rule("cat", "concat", "concatenate")
def _cat(call):
    tensors, dim = (*list(call.bound().arguments.values()), 0)[:2]
    return _joined(call, [t for t in tensors if tuple(t.shape) != (0,)] or tensors, dim, False)


@rule("stack")
def _stack(call):
    tensors, dim = (*list(call.bound().arguments.values()), 0)[:2]
    return _joined(call, tensors, dim, True)


@rule("tril", "triu")
def _triangle(call):
    return along(call, [call.of[0].ndim - 2, call.of[0].ndim - 1])
