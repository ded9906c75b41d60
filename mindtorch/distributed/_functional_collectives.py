"""Collectives that return their results, and that gradients go through. They have ended when they return, so there is
nothing to wait for."""
import mindtorch as torch
from mindtorch.autograd import Function

from . import collectives
from .groups import ProcessGroup, _resolve_process_group, get_world_size, group_of
from .nn.functional import _AllReduce, _AllToAllSingle
from .reduce_op import ReduceOp

_OPS = {"sum": ReduceOp.SUM, "avg": ReduceOp.AVG, "product": ReduceOp.PRODUCT, "min": ReduceOp.MIN,
        "max": ReduceOp.MAX, "band": ReduceOp.BAND, "bor": ReduceOp.BOR, "bxor": ReduceOp.BXOR}


class AsyncCollectiveTensor:
    """What torch returns before a collective has ended; none are made here."""


def _group(group, tag=""):
    if isinstance(group, str):
        return _resolve_process_group(group)
    if group is None or isinstance(group, ProcessGroup):
        return group_of(group)
    if hasattr(group, "get_group"):  # a mesh of one dimension
        return group.get_group()
    if isinstance(group, tuple) and len(group) == 2:  # a mesh and one of its dimensions
        return group[0].get_group(group[1])
    raise ValueError(f"Invalid type for group, must be one of ProcessGroup, DeviceMesh, (DeviceMesh, int), got {group}")


def _op(name):
    if isinstance(name, ReduceOp):
        return name
    if name.lower() not in _OPS:
        raise ValueError(f"there is no reduction {name!r}")
    return _OPS[name.lower()]


def wait_tensor(tensor):
    """The tensor."""
    return tensor


class _Gather(Function):
    @staticmethod
    def forward(ctx, tensor, group):
        ctx.group = group
        made = tensor.new_empty((get_world_size(group) * tensor.shape[0], *tensor.shape[1:]))
        collectives.all_gather_single(made, tensor.contiguous(), group)
        return made

    @staticmethod
    def backward(ctx, grad):
        return _ReduceScatter.apply(grad, ReduceOp.SUM, ctx.group), None


class _ReduceScatter(Function):
    @staticmethod
    def forward(ctx, tensor, op, group):
        ctx.group, ctx.op = group, op
        n = get_world_size(group)
        if tensor.shape[0] % n:
            raise AssertionError(f"input dimension 0 ({tensor.shape[0]}) must be a multiple of group_size {n}")
        made = tensor.new_empty((tensor.shape[0] // n, *tensor.shape[1:]))
        collectives.reduce_scatter_single(made, tensor.contiguous(), op, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        if ctx.op not in (ReduceOp.SUM, ReduceOp.AVG):
            raise RuntimeError(f"the gradient of a reduce_scatter by {ctx.op}")
        back = _Gather.apply(grad, ctx.group)
        return (back / get_world_size(ctx.group) if ctx.op is ReduceOp.AVG else back), None, None


class _Broadcast(Function):
    @staticmethod
    def forward(ctx, tensor, src, group):
        made = tensor.clone()
        collectives.broadcast(made, src, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        raise RuntimeError("the gradient of a functional broadcast")


def all_reduce(self, reduceOp, group, tag=""):
    """The combination of all ranks' tensors."""
    return _AllReduce.apply(_op(reduceOp), _group(group, tag), self)


def broadcast(self, src, group, tag=""):
    """The tensor of one rank."""
    return _Broadcast.apply(self, src, _group(group, tag))


def all_gather_tensor(self, gather_dim, group, tag=""):
    """The tensors of all ranks, joined along a dimension."""
    g = _group(group, tag)
    made = _Gather.apply(self, g)
    return torch.cat(made.chunk(g.size(), 0), gather_dim) if gather_dim else made


def reduce_scatter_tensor(self, reduceOp, scatter_dim, group, tag=""):
    """This rank's part, along a dimension, of the combination of all ranks' tensors."""
    g = _group(group, tag)
    if self.shape[scatter_dim] % g.size():
        raise AssertionError(f"input dimension 0 ({self.shape[scatter_dim]} must be a multiple of group_size "
                             f"{g.size()})")
    moved = torch.cat(self.chunk(g.size(), scatter_dim), 0) if scatter_dim else self
    return _ReduceScatter.apply(moved, _op(reduceOp), g)


all_gather_tensor_autograd, reduce_scatter_tensor_autograd = all_gather_tensor, reduce_scatter_tensor


def all_reduce_coalesced(self, reduceOp, group, tag=""):
    """all_reduce of several tensors."""
    return [all_reduce(t, reduceOp, group, tag) for t in self]


def all_gather_into_tensor_coalesced(self, group, tag=""):
    """all_gather_tensor of several tensors."""
    return [all_gather_tensor(t, 0, group, tag) for t in self]


def reduce_scatter_tensor_coalesced(inputs, reduceOp, scatter_dim, group, tag=""):
    """reduce_scatter_tensor of several tensors."""
    return [reduce_scatter_tensor(t, reduceOp, d, group, tag) for t, d in zip(inputs, scatter_dim, strict=True)]


def all_to_all_single(self, output_split_sizes, input_split_sizes, group, tag=""):
    """The rows that all ranks give this one."""
    g = _group(group, tag)
    rows = sum(output_split_sizes) if output_split_sizes is not None else self.shape[0]
    return _AllToAllSingle.apply(g, (rows, *self.shape[1:]), output_split_sizes, input_split_sizes, self.contiguous())


all_to_all_single_autograd = all_to_all_single


def permute_tensor(self, src_dst, group, tag=""):
    """The tensor of the rank that src_dst (src_dst[r]: where rank r's goes) says."""
    g = _group(group, tag)
    n, mine = g.size(), g.rank()
    out = [0] * n
    out[src_dst[mine]] = self.numel()
    into = [0] * n
    into[list(src_dst).index(mine)] = self.numel()
    return all_to_all_single(self.reshape(-1), into, out, g).reshape(self.shape)
