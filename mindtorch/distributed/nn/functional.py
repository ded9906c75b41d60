"""Collectives that gradients go through: the gradient of what is sent is what comes back the other way."""
import mindtorch as torch
from mindtorch.autograd import Function

from .. import collectives
from ..groups import get_group_rank, get_world_size, group_of
from ..reduce_op import ReduceOp


class _AllReduce(Function):
    @staticmethod
    def forward(ctx, op, group, tensor):
        ctx.op, ctx.group = op, group
        made = tensor.clone(memory_format=torch.contiguous_format)
        collectives.all_reduce(made, op, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        return None, None, _AllReduce.apply(ctx.op, ctx.group, grad)


class _Broadcast(Function):
    @staticmethod
    def forward(ctx, src, group, tensor):
        ctx.src, ctx.group = src, group
        made = tensor.clone(memory_format=torch.contiguous_format)
        collectives.broadcast(made, src, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        total = _Reduce.apply(ctx.src, ReduceOp.SUM, ctx.group, grad)
        mine = group_of(ctx.group).rank() == get_group_rank(group_of(ctx.group), ctx.src)
        return None, None, total if mine else torch.zeros_like(total)


class _Reduce(Function):
    @staticmethod
    def forward(ctx, dst, op, group, tensor):
        ctx.dst, ctx.group = dst, group
        made = tensor.clone(memory_format=torch.contiguous_format)
        collectives.reduce(made, dst, op, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        return None, None, None, _Broadcast.apply(ctx.dst, ctx.group, grad)


class _AllGather(Function):
    @staticmethod
    def forward(ctx, group, tensor):
        ctx.group = group
        made = [torch.empty_like(tensor, memory_format=torch.contiguous_format) for _ in range(get_world_size(group))]
        collectives.all_gather(made, tensor, group)
        return tuple(made)

    @staticmethod
    def backward(ctx, *grads):
        return None, _ReduceScatter.apply(ReduceOp.SUM, ctx.group, *grads)


class _ReduceScatter(Function):
    @staticmethod
    def forward(ctx, op, group, *tensors):
        ctx.group = group
        made = torch.empty_like(tensors[group_of(group).rank()], memory_format=torch.contiguous_format)
        collectives.reduce_scatter(made, list(tensors), op, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        return None, None, *_AllGather.apply(ctx.group, grad)


class _AllToAll(Function):
    @staticmethod
    def forward(ctx, group, shapes, *tensors):
        ctx.group, ctx.shapes = group, [t.shape for t in tensors]
        made = [tensors[0].new_empty(shape) for shape in shapes]
        collectives.all_to_all(made, list(tensors), group)
        return tuple(made)

    @staticmethod
    def backward(ctx, *grads):
        return None, None, *_AllToAll.apply(ctx.group, ctx.shapes, *(g.contiguous() for g in grads))


class _AllToAllSingle(Function):
    @staticmethod
    def forward(ctx, group, shape, out_sizes, in_sizes, tensor):
        ctx.group, ctx.shape, ctx.sizes = group, tensor.shape, (in_sizes, out_sizes)
        made = tensor.new_empty(shape)
        collectives.all_to_all_single(made, tensor, out_sizes, in_sizes, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        back = _AllToAllSingle.apply(ctx.group, ctx.shape, *ctx.sizes, grad.contiguous())
        return None, None, None, None, back


class _Gather(Function):
    @staticmethod
    def forward(ctx, dst, group, tensor):
        ctx.dst, ctx.group = dst, group
        g = group_of(group)
        made = [torch.zeros_like(tensor, memory_format=torch.contiguous_format) for _ in range(g.size())]
        collectives.gather(tensor, made if g.rank() == get_group_rank(g, dst) else None, dst, group)
        return tuple(made)

    @staticmethod
    def backward(ctx, *grads):
        return None, None, _Scatter.apply(ctx.dst, ctx.group, *grads)


class _Scatter(Function):
    @staticmethod
    def forward(ctx, src, group, *tensors):
        ctx.src, ctx.group = src, group
        g = group_of(group)
        if len({t.shape for t in tensors}) != 1:
            raise AssertionError("scatter: the tensors must be of one shape")
        made = torch.empty_like(tensors[0], memory_format=torch.contiguous_format)
        collectives.scatter(made, list(tensors) if g.rank() == get_group_rank(g, src) else None, src, group)
        return made

    @staticmethod
    def backward(ctx, grad):
        return None, None, *_Gather.apply(ctx.src, ctx.group, grad)


def all_reduce(tensor, op=ReduceOp.SUM, group=None):
    """The combination of all ranks' tensors."""
    return _AllReduce.apply(op, group, tensor)


def broadcast(tensor, src, group=None):
    """The tensor of one rank."""
    return _Broadcast.apply(src, group, tensor)


def reduce(tensor, dst, op=ReduceOp.SUM, group=None):
    """The combination of all ranks' tensors, on one rank."""
    return _Reduce.apply(dst, op, group, tensor)


def all_gather(tensor, group=None):
    """The tensors of all ranks, a tuple."""
    return _AllGather.apply(group, tensor)


def gather(tensor, dst=0, group=None):
    """The tensors of all ranks on one of them; zeros on the others."""
    return _Gather.apply(dst, group, tensor)


def scatter(tensors, src=0, group=None):
    """One of the tensors of a rank."""
    return _Scatter.apply(src, group, *tensors)


def reduce_scatter(output, input_list, op=ReduceOp.SUM, group=None):
    """This rank's one of the combinations of lists of tensors."""
    return _ReduceScatter.apply(op, group, *input_list)


def all_to_all(output_tensor_list, input_tensor_list, group=None):
    """What all ranks give this one."""
    return _AllToAll.apply(group, [t.shape for t in output_tensor_list], *input_tensor_list)


def all_to_all_single(output, input, output_split_sizes=None, input_split_sizes=None, group=None):
    """The rows that all ranks give this one."""
    return _AllToAllSingle.apply(group, output.shape, output_split_sizes, input_split_sizes, input)
