"""From one layout to another: what the ranks exchange, and what its gradient exchanges.

Gradients follow one convention: that of a Shard is the Shard of the gradient, that of a Replicate is whole on every
rank, and that of a Partial, of whose terms each counts once, is the whole one too."""
import mindtorch as torch
from mindtorch.autograd import Function

from .. import collectives
from .._functional_collectives import _OPS
from ._dtensor_spec import chains, part
from .placement_types import Partial, Replicate, Shard


def _fitted(local, dim, size):
    """Filled with zeros up to a size."""
    missing = size - local.shape[dim]
    if not missing:
        return local
    more = list(local.shape)
    more[dim] = missing
    return torch.cat([local, local.new_zeros(more)], dim)


def _gather(local, dim, size, group):
    """All ranks' parts of a dimension that is `size` long."""
    n = group.size()
    local = _fitted(local, dim, -(-size // n)).contiguous()
    if not local.numel():
        return local.new_empty((*local.shape[:dim], size, *local.shape[dim + 1:]))
    made = local.new_empty((n * local.shape[0], *local.shape[1:]))
    collectives.all_gather_single(made, local, group)
    if dim:
        made = torch.cat(made.chunk(n, 0), dim)
    return made if made.shape[dim] == size else made.narrow(dim, 0, size).contiguous()


def _reduce_scatter(local, dim, op, group):
    """This rank's part, along a dimension, of what a reduction makes of all ranks'."""
    n, size = group.size(), local.shape[dim]
    mine, _ = Shard.local_shard_size_and_offset(size, n, group.rank())
    chunk = -(-size // n)
    local = _fitted(local, dim, n * chunk)
    if dim:
        local = torch.cat(local.chunk(n, dim), 0) if size else local
    made = local.new_empty((local.shape[0] // n, *local.shape[1:]))
    if made.numel():
        collectives.reduce_scatter_single(made, local.contiguous(), _OPS[op], group)
    return made if made.shape[dim] == mine else made.narrow(dim, 0, mine).contiguous()


def _all_to_all(local, old, new, size, group):
    """From parts of dimension `old`, `size` long, to parts of dimension `new`."""
    n, whole = group.size(), local.shape[new]
    mine, _ = Shard.local_shard_size_and_offset(whole, n, group.rank())
    local = _fitted(_fitted(local, old, -(-size // n)), new, n * -(-whole // n))
    sent = torch.stack(local.chunk(n, new)).contiguous()
    made = torch.empty_like(sent)
    if sent.numel():
        collectives.all_to_all_single(made, sent, group=group)
    made = torch.cat(made.unbind(0), old)
    return made.narrow(old, 0, size).narrow(new, 0, mine).contiguous()


def _cut(local, dim, group):
    size, begin = Shard.local_shard_size_and_offset(local.shape[dim], group.size(), group.rank())
    return local.narrow(dim, begin, size).clone(memory_format=torch.contiguous_format)


def _reduced(local, op, group):
    made = local.clone(memory_format=torch.contiguous_format)
    collectives.all_reduce(made, _OPS[op], group)
    return made


def _as_term(local, op, first):
    """A whole tensor as this rank's term of a reduction."""
    if op == "sum" and not first:
        return torch.zeros_like(local)
    if op not in ("sum", "avg", "max", "min"):
        raise RuntimeError(f"Can not redistribute to Partial({op})")
    return local


def move(local, shape, mesh, before, after):
    """A rank's part of a tensor in another layout. No gradient goes through it. `shape` is the whole tensor's."""
    before, after = tuple(before), tuple(after)
    if before == after:
        return local
    coordinate = mesh.get_coordinate()
    if coordinate is None:
        return local
    old, new = chains(before), chains(after)
    dims = sorted({*old, *new})
    remove, add, have = {}, {}, {}
    for d in dims:
        a, b = old.get(d, []), new.get(d, [])
        same = 0
        while same < min(len(a), len(b)) and a[same] == b[same]:
            same += 1
        remove[d], add[d], have[d] = a[same:], b[same:], a[:same]
    size_of = lambda d, chain: part(shape[d], mesh, chain, coordinate)[0]
    for d, e in ((d, e) for d in dims for e in dims if d != e):
        if len(remove[d]) == 1 and add[e] == remove[d] and not remove[e] and not add[d]:
            i = remove[d][0]
            local = _all_to_all(local, d, e, size_of(d, have[d]), mesh.get_group(i))
            remove[d], add[e] = [], []
            have[e] = [*have[e], i]
    for d in dims:
        while remove[d]:
            i = remove[d].pop()
            local = _gather(local, d, size_of(d, [*have[d], *remove[d]]), mesh.get_group(i))
    terms = {i: p.reduce_op for i, p in enumerate(before) if isinstance(p, Partial) and after[i] != p}
    for i in [i for i in terms if not isinstance(after[i], Shard)]:
        local = _reduced(local, terms.pop(i), mesh.get_group(i))
    for d in dims:
        for i in add[d]:
            group = mesh.get_group(i)
            local = (_reduce_scatter(local, d, terms.pop(i), group) if i in terms else _cut(local, d, group))
    for i, p in enumerate(after):
        if isinstance(p, Partial) and before[i] != p:
            local = _as_term(local, p.reduce_op, coordinate[i] == 0)
    return local


def dual(placements):
    """The layout of the gradient."""
    return tuple(Replicate() if isinstance(p, Partial) else p for p in placements)


class _Move(Function):
    @staticmethod
    def forward(ctx, local, shape, mesh, before, after):
        ctx.of = shape, mesh, before, after
        made = move(local.detach(), shape, mesh, before, after)
        return made.view_as(made) if made is local or made.data_ptr() == local.data_ptr() else made

    @staticmethod
    def backward(ctx, grad):
        shape, mesh, before, after = ctx.of
        scale = 1
        for i, p in enumerate(before):
            if isinstance(p, Partial) and after[i] != p:
                if p.reduce_op not in Partial.LINEAR_REDUCE_OPS:
                    raise RuntimeError(f"the gradient of a reduction by {p.reduce_op}")
                scale *= mesh.shape[i] if p.reduce_op == "avg" else 1
        for i, p in enumerate(after):
            if isinstance(p, Partial) and before[i] != p and p.reduce_op not in Partial.LINEAR_REDUCE_OPS:
                raise RuntimeError(f"the gradient of terms of a reduction by {p.reduce_op}")
        back = _Move.apply(grad, shape, mesh, dual(after), dual(before))
        return back / scale if scale != 1 else back, None, None, None, None


def moved(local, shape, mesh, before, after):
    """A rank's part of a tensor in another layout, with gradients."""
    if tuple(before) == tuple(after):
        return local
    if local.requires_grad and torch.is_grad_enabled():
        return _Move.apply(local, tuple(shape), mesh, tuple(before), tuple(after))
    return move(local, shape, mesh, before, after)


class _Shared(Function):
    """A whole tensor that every rank uses for its own part: the gradients are summed."""

    @staticmethod
    def forward(ctx, local, groups):
        ctx.groups = groups
        return local.view_as(local)

    @staticmethod
    def backward(ctx, grad):
        made = grad
        for group in ctx.groups:
            made = _Sum.apply(made, group)
        return made, None


class _Sum(Function):
    @staticmethod
    def forward(ctx, local, group):
        ctx.group = group
        return _reduced(local.detach(), "sum", group)

    @staticmethod
    def backward(ctx, grad):
        return _Sum.apply(grad, ctx.group), None


def shared(local, mesh, mesh_dims):
    """A whole tensor of which each rank along mesh_dims makes another use."""
    if not mesh_dims or not local.requires_grad or not torch.is_grad_enabled():
        return local
    return _Shared.apply(local, [mesh.get_group(i) for i in mesh_dims])
