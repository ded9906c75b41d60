"""From tensors to what a group's engine does: dense memory where a tensor is not dense, the host's where an engine
works there, results copied back, averages divided; and a Work for the whole."""
import mindtorch
from mindtorch._core.tensor import Tensor
from mindtorch._ops.linalg.matmul import CPP
from mindtorch._ops.tensor.methods import address_of

from .reduce_op import ReduceOp, supports_complex
from .transport import COMBINE, Transport
from .work import Work


def check_tensor(value, name="tensor"):
    """TypeError for what is no tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n"
                        f"             but got {type(value)} instead.")


def check_list(value, name):
    """TypeError for what is no list of tensors."""
    if not isinstance(value, list) or not all(isinstance(t, Tensor) for t in value):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n"
                        f"             but got {type(value)} instead.")
    for t in value[1:]:
        same_dtype(value[0], t)


def same_dtype(first, *others):
    """ValueError for tensors of several dtypes."""
    for t in others:
        if t.dtype != first.dtype:
            raise ValueError(f"Invalid usage of tensors with different dtypesFound {first.dtype} and  {t.dtype}")


def check_op(op, tensor, what):
    """A reduction that goes with the tensor's dtype."""
    if not isinstance(op, ReduceOp):
        raise TypeError(f"{what}: op must be a ReduceOp, got {op!r}")
    dtype = tensor.dtype
    if dtype.is_complex and not supports_complex(op):
        raise ValueError(f"{what} does not support {op} on complex tensors")
    if op in (ReduceOp.BAND, ReduceOp.BOR, ReduceOp.BXOR) and dtype.is_floating_point:
        raise RuntimeError(f"Cannot use ReduceOp.{op.name} with non-integral dtype")
    if op is ReduceOp.AVG and not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {CPP[dtype._name]}")
    if op is ReduceOp.PREMUL_SUM:
        raise NotImplementedError("ReduceOp.PREMUL_SUM")


def _readable(t, host):
    if t.layout is not mindtorch.strided:
        raise NotImplementedError(f"a collective of {t.layout} tensors")
    with mindtorch.no_grad():
        t = t.detach()
        return (t.cpu() if host else t).contiguous()


def _writable(t, host, keep_value, after):
    """Dense memory for a result, its first value where that counts; `after` gets what brings the result to t."""
    if t.layout is not mindtorch.strided:
        raise NotImplementedError(f"a collective of {t.layout} tensors")
    if t.is_contiguous() and not host:
        return t.detach()
    with mindtorch.no_grad():
        device = "cpu" if host else t.device
        made = mindtorch.empty(t.shape, dtype=t.dtype, device=device)
        if keep_value:
            made.copy_(t)

    def bring():
        with mindtorch.no_grad():
            t.detach().copy_(made)

    after.append(bring)
    return made


def _divide(tensors, n):
    def divide():
        with mindtorch.no_grad():
            for t in tensors:
                t.detach().div_(n)

    return divide


def run(g, name, sources, targets, *, op=None, root=-1, async_op=False, in_place=False):
    """Do a collective of a group with dense memory of the sources into the targets; in_place: the targets are the
    sources too. A Work if asked for, else None."""
    some = (*sources, *targets)[0]
    engine, host = g.engine(some.device.type)
    after = []
    write = [_writable(t, host, in_place, after) for t in targets]
    read = [_readable(t, host) for t in sources]
    average = op is ReduceOp.AVG
    if average and targets:
        after.insert(0, _divide(write, g.size()))
    how = ReduceOp.SUM if average else op
    if isinstance(engine, Transport):
        def parts(tensors):
            return [(address_of(t), t.numel() * t.dtype.itemsize) for t in tensors]

        combine = COMBINE[how.name] if how is not None else -1
        job = engine.collective(name, parts(read), parts(write), some.dtype.code, combine, root, (read, write),
                                not async_op)
    else:
        job = engine.collective(name, read, write, how, root, async_op)
    return finish(job, after, targets, async_op)


def finish(job, after, targets, async_op):
    """A Work, or None when it is to have ended."""
    def rest():
        for f in after:
            f()

    if async_op:
        return Work(job, rest if after else None, targets)
    if job is not None:
        job.wait(1e8)
    rest()
    return None
