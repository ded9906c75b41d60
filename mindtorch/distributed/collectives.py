"""Collective operations of tensors. Without a group that this process is in they warn and do nothing, as in torch."""
import functools
import warnings

import mindtorch

from .groups import GroupMember, get_group_rank, group_of
from .launch_op import check_list, check_op, check_tensor, run, same_dtype
from .reduce_op import ReduceOp
from .work import Work


def _outside(g, name):
    """Whether this process is not in the group; says so."""
    if g != GroupMember.NON_GROUP_MEMBER:
        return False
    from .groups import group

    rank = -1 if group.WORLD is None else group.WORLD.rank()
    warnings.warn(f"Running {name} on global rank {rank} which does not belong to the given group.", stacklevel=3)
    return True


def root_of(g, rank, group_rank, name, needed=False):
    """The rank in the group, from the global one or the group's own."""
    if rank is not None and group_rank is not None:
        raise ValueError(f"Can't specify both group_{name} and {name}")
    if rank is None and group_rank is None:
        if needed:
            raise ValueError(f"Must specify at least one of {name} and group_{name}")
        rank = g.ranks[0] if g.ranks[0] else 0
    if group_rank is None:
        from .groups import group

        group_rank = rank if g is group.WORLD else get_group_rank(g, rank)
    return group_rank


def _check_root(g, root, what):
    if not 0 <= root < g.size():
        raise RuntimeError(f"{what}: invalid root rank: {root}")


def barrier(group=None, async_op=False, device_ids=None):
    """Wait for all ranks."""
    if _outside(group, "barrier"):
        return None
    g = group_of(group)
    if g._npu is not None:
        mindtorch.npu.synchronize()
    job = g._transport.collective("barrier", [], [], 0, -1, -1, None, not async_op)
    return Work(job) if async_op else None


def monitored_barrier(group=None, timeout=None, wait_all_ranks=False):
    """Wait for all ranks; RuntimeError that names the ranks that did not come."""
    if _outside(group, "monitored_barrier"):
        return
    g = group_of(group)
    from .store import seconds_of

    g._transport.collective("barrier", [], [], 0, -1, -1, None, True,
                            seconds_of(timeout) if timeout is not None else None)


def all_reduce(tensor, op=ReduceOp.SUM, group=None, async_op=False):
    """Combine the tensors of all ranks, in place."""
    check_tensor(tensor)
    if _outside(group, "all_reduce"):
        return None
    g = group_of(group)
    check_op(op, tensor, "all_reduce")
    return run(g, "all_reduce", [], [tensor], op=op, async_op=async_op, in_place=True)


def all_reduce_coalesced(tensors, op=ReduceOp.SUM, group=None, async_op=False):
    """all_reduce of several tensors."""
    if isinstance(tensors, mindtorch.Tensor):
        tensors = [tensors]
    check_list(tensors, "tensors")
    if _outside(group, "all_reduce_coalesced"):
        return None
    works = [all_reduce(t, op, group, True) for t in tensors]
    return together(works, async_op)


class _Together(Work):
    """Several operations as one."""

    def __init__(self, works):
        super().__init__(result=[t for w in works for t in w._result])
        self._works = works

    def _attempt(self, seconds):
        for w in self._works:
            if not w._attempt(seconds):
                return False
            self._error = self._error or w._error
        return super()._attempt(seconds)

    def get_future(self):
        """A future of the tensors that were written."""
        if not self._future:
            from .work import _WorkFuture

            self._future = _WorkFuture(self)
        return self._future


def together(works, async_op):
    """One Work of several, or None when they are to have ended."""
    works = [w for w in works if w is not None]
    if async_op:
        return _Together(works)
    for w in works:
        w.wait()
    return None


def reduce(tensor, dst=None, op=ReduceOp.SUM, group=None, async_op=False, group_dst=None):
    """Combine the tensors of all ranks in that of one."""
    g = group if group == GroupMember.NON_GROUP_MEMBER else group_of(group)
    check_tensor(tensor)
    if _outside(g, "reduce"):
        return None
    root = root_of(g, dst, group_dst, "dst", True)
    _check_root(g, root, "reduce")
    check_op(op, tensor, "reduce")
    mine = g.rank() == root
    return run(g, "reduce", [tensor], [tensor] if mine else [mindtorch.empty(0, dtype=tensor.dtype,
                                                                            device=tensor.device)],
               op=op, root=root, async_op=async_op)


def broadcast(tensor, src=None, group=None, async_op=False, group_src=None):
    """Give all ranks the tensor of one."""
    g = group if group == GroupMember.NON_GROUP_MEMBER else group_of(group)
    check_tensor(tensor)
    if _outside(g, "broadcast"):
        return None
    root = root_of(g, src, group_src, "src", True)
    _check_root(g, root, "broadcast")
    return run(g, "broadcast", [], [tensor], root=root, async_op=async_op, in_place=True)


def _need_count(tensors, g, what):
    if len(tensors) != g.size():
        raise RuntimeError(f"{what}: invalid tensor list at index 0 (expected length {g.size()}, got {len(tensors)})")


def _need_numel(t, n, what):
    if t.numel() != n:
        raise RuntimeError(f"{what}: invalid tensor size (expected {n} elements, got {t.numel()})")


def all_gather(tensor_list, tensor, group=None, async_op=False):
    """Gather the tensors of all ranks into a list."""
    check_list(tensor_list, "tensor_list")
    check_tensor(tensor)
    same_dtype(tensor, *tensor_list)
    if _outside(group, "all_gather"):
        return None
    g = group_of(group)
    _need_count(tensor_list, g, "all_gather")
    _need_numel(tensor_list[g.rank()], tensor.numel(), "all_gather")
    return run(g, "all_gather", [tensor], tensor_list, async_op=async_op)


def _rows(t, n):
    """A dense tensor as n parts of equal length."""
    return list(t.reshape(-1).chunk(n)) if t.numel() else [t.reshape(-1)] * n


def _flat(t):
    """(the tensor, or a dense copy of it; what brings the copy back)."""
    if t.is_contiguous():
        return t.detach(), None
    made = t.detach().contiguous()

    def bring():
        with mindtorch.no_grad():
            t.detach().copy_(made)

    return made, bring


def _after(work, bring, async_op):
    """The Work with something to be done after it."""
    if bring is None:
        return work
    if not async_op:
        bring()
        return None
    before = work._after

    def both():
        if before is not None:
            before()
        bring()

    work._after = both
    return work


def all_gather_single(output_tensor, input_tensor, group=None, async_op=False):
    """Gather the tensors of all ranks into one, one after another or stacked."""
    check_tensor(input_tensor, "input_tensor")
    check_tensor(output_tensor, "output_tensor")
    same_dtype(input_tensor, output_tensor)
    if _outside(group, "all_gather_into_tensor"):
        return None
    g = group_of(group)
    if output_tensor.numel() != input_tensor.numel() * g.size():
        raise RuntimeError(f"all_gather_into_tensor: output tensor size must be equal to world_size times input tensor "
                           f"size: {output_tensor.numel()} is not {g.size()} times {input_tensor.numel()}")
    out, bring = _flat(output_tensor)
    work = run(g, "all_gather", [input_tensor], _rows(out, g.size()), async_op=async_op)
    return _after(work, bring, async_op)


def _renamed(new):
    def decorate(f):
        @functools.wraps(f)
        def old(*args, **kwargs):
            warnings.warn(f"`torch.distributed.{f.__name__}` is deprecated. Please use `torch.distributed.{new}` "
                          "instead.", FutureWarning, stacklevel=2)
            return f(*args, **kwargs)

        return old

    return decorate


@_renamed("all_gather_single")
def all_gather_into_tensor(output_tensor, input_tensor, group=None, async_op=False):
    """Gather the tensors of all ranks into one, one after another or stacked."""
    return all_gather_single(output_tensor, input_tensor, group, async_op)


def _all_gather_base(output_tensor, input_tensor, group=None, async_op=False):
    return all_gather_single(output_tensor, input_tensor, group, async_op)


def all_gather_coalesced(output_tensor_lists, input_tensor_list, group=None, async_op=False):
    """all_gather of several tensors: a list of all of them for every rank."""
    check_list(input_tensor_list, "input_tensor_list")
    if _outside(group, "all_gather_coalesced"):
        return None
    for i, t in enumerate(input_tensor_list):
        for outputs in output_tensor_lists:
            if outputs[i].shape != t.shape:
                raise ValueError("all_gather_coalesced: an output is not of its input's shape")
    works = [all_gather([outputs[i] for outputs in output_tensor_lists], t, group, True)
             for i, t in enumerate(input_tensor_list)]
    return together(works, async_op)


def root_with_list(g, name, rank, group_rank, side, listed, label):
    """(the root in the group, whether this process is it) of an operation in which the root alone has a list; None
    outside of the group. ValueError for a list where none belongs, and for none where one does."""
    if _outside(g, name):
        return None
    root = root_of(g, rank, group_rank, "dst" if side == "destination" else "src")
    _check_root(g, root, name)
    mine = g.rank() == root
    if mine and not listed:
        raise ValueError(f"Argument ``{label}`` must be specified on {side} rank.")
    if not mine and listed:
        raise ValueError(f"Argument ``{label}`` must NOT be specified on non-{side} ranks.")
    return root, mine


def _of_one_list(name, tensor, tensors, rank, group, async_op, group_rank):
    side, label = ("destination" if name == "gather" else "source"), name + "_list"
    check_tensor(tensor)
    g = group if group == GroupMember.NON_GROUP_MEMBER else group_of(group)
    if tensors:
        check_list(tensors, label)
    else:
        tensors = []
    same_dtype(tensor, *tensors)
    found = root_with_list(g, name, rank, group_rank, side, tensors, label)
    if found is None:
        return None
    root, mine = found
    if mine:
        _need_count(tensors, g, name)
        for t in tensors:
            _need_numel(t, tensor.numel(), name)
    sent, received = ([tensor], tensors) if name == "gather" else (tensors, [tensor])
    return run(g, name, sent, received, root=root, async_op=async_op)


def gather(tensor, gather_list=None, dst=None, group=None, async_op=False, group_dst=None):
    """Gather the tensors of all ranks into a list of one."""
    return _of_one_list("gather", tensor, gather_list, dst, group, async_op, group_dst)


def scatter(tensor, scatter_list=None, src=None, group=None, async_op=False, group_src=None):
    """Give every rank one tensor of a list of one."""
    return _of_one_list("scatter", tensor, scatter_list, src, group, async_op, group_src)


def reduce_scatter(output, input_list, op=ReduceOp.SUM, group=None, async_op=False):
    """Combine lists of tensors of all ranks; every rank gets one of the results."""
    check_tensor(output, "output")
    check_list(input_list, "input_list")
    same_dtype(output, *input_list)
    if _outside(group, "reduce_scatter"):
        return None
    g = group_of(group)
    check_op(op, output, "reduce_scatter")
    _need_count(input_list, g, "reduce_scatter")
    _need_numel(output, input_list[g.rank()].numel(), "reduce_scatter")
    return run(g, "reduce_scatter", input_list, [output], op=op, async_op=async_op)


def reduce_scatter_single(output, input, op=ReduceOp.SUM, group=None, async_op=False):
    """Combine the tensors of all ranks; every rank gets a part of the result."""
    check_tensor(output, "output")
    check_tensor(input, "input")
    same_dtype(output, input)
    if _outside(group, "reduce_scatter_tensor"):
        return None
    g = group_of(group)
    check_op(op, output, "reduce_scatter_tensor")
    if input.numel() != output.numel() * g.size():
        raise RuntimeError("reduce_scatter_tensor: input tensor must be the same size as output size times world size: "
                           f"{input.numel()} is not {g.size()} times {output.numel()}")
    return run(g, "reduce_scatter", _rows(input.detach().contiguous(), g.size()), [output], op=op, async_op=async_op)


@_renamed("reduce_scatter_single")
def reduce_scatter_tensor(output, input, op=ReduceOp.SUM, group=None, async_op=False):
    """Combine the tensors of all ranks; every rank gets a part of the result."""
    return reduce_scatter_single(output, input, op, group, async_op)


def _reduce_scatter_base(output, input, op=ReduceOp.SUM, group=None, async_op=False):
    return reduce_scatter_single(output, input, op, group, async_op)


def all_to_all(output_tensor_list, input_tensor_list, group=None, async_op=False):
    """Every rank gives every rank a tensor."""
    check_list(output_tensor_list, "output_tensor_list")
    check_list(input_tensor_list, "input_tensor_list")
    same_dtype((output_tensor_list + input_tensor_list)[0], *output_tensor_list, *input_tensor_list)
    if _outside(group, "all_to_all"):
        return None
    g = group_of(group)
    _need_count(output_tensor_list, g, "all_to_all")
    _need_count(input_tensor_list, g, "all_to_all")
    return run(g, "all_to_all", input_tensor_list, output_tensor_list, async_op=async_op)


def _split(t, sizes, n, which):
    if sizes:
        if len(sizes) != n:
            raise RuntimeError("Number of tensor splits not equal to group size")
        if sum(sizes) != t.shape[0]:
            raise RuntimeError(f"Split sizes doesn't match total dim 0 size: {which} of {t.shape[0]} rows is to be "
                               f"split into {list(sizes)}")
    elif t.shape[0] % n:
        raise RuntimeError("Tensor's dim 0 does not divide equally across group size")
    width = t[0].numel() if t.shape[0] else 0
    return list(t.reshape(-1).split([s * width for s in sizes] if sizes else [t.numel() // n] * n))


def all_to_all_single(output, input, output_split_sizes=None, input_split_sizes=None, group=None, async_op=False):
    """Every rank gives every rank some rows of a tensor."""
    check_tensor(output, "output")
    check_tensor(input, "input")
    same_dtype(output, input)
    if _outside(group, "all_to_all_single"):
        return None
    g = group_of(group)
    out, bring = _flat(output)
    work = run(g, "all_to_all", _split(input.detach().contiguous(), input_split_sizes, g.size(), "an input"),
               _split(out, output_split_sizes, g.size(), "an output"), async_op=async_op)
    return _after(work, bring, async_op)
