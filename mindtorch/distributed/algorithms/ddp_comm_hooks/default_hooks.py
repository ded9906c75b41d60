"""Hooks that sum, or send fewer bits."""
import mindtorch as torch

from ... import collectives
from ...groups import group_of


def _divided(tensor, process_group):
    """A future of the average."""
    g = group_of(process_group)
    tensor.div_(g.size())
    return collectives.all_reduce(tensor, group=g, async_op=True).get_future().then(lambda f: f.value()[0])


def allreduce_hook(process_group, bucket):
    """The average, as without a hook."""
    return _divided(bucket.buffer(), process_group)


def _compressed(dtype, process_group, bucket):
    buffer = bucket.buffer()
    small = buffer.to(dtype)

    def back(future):
        value = future.value()[0]
        if value.data_ptr() != buffer.data_ptr():
            buffer.copy_(value)
        return buffer

    g = group_of(process_group)
    small.div_(g.size())
    return collectives.all_reduce(small, group=g, async_op=True).get_future().then(back)


def fp16_compress_hook(process_group, bucket):
    """The average, sent as float16."""
    return _compressed(torch.float16, process_group, bucket)


def bf16_compress_hook(process_group, bucket):
    """The average, sent as bfloat16."""
    return _compressed(torch.bfloat16, process_group, bucket)


def _wrapper(dtype, hook):
    def wrapped(state, bucket):
        own = bucket.buffer()
        bucket.set_buffer(own.to(dtype))

        def back(future):
            value = future.value()
            own.copy_(value[0] if isinstance(value, (list, tuple)) else value)
            bucket.set_buffer(own)
            return own

        return hook(state, bucket).then(back)

    return wrapped


def fp16_compress_wrapper(hook):
    """Another hook, on float16."""
    return _wrapper(torch.float16, hook)


def bf16_compress_wrapper(hook):
    """Another hook, on bfloat16."""
    return _wrapper(torch.bfloat16, hook)
