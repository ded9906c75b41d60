"""How the buckets of DistributedDataParallel may be reduced otherwise."""
import enum
import functools

from . import default_hooks, powerSGD_hook


class DDPCommHookType(enum.Enum):
    """Hooks by name."""

    ALLREDUCE = functools.partial(lambda model, state: model.register_comm_hook(state, default_hooks.allreduce_hook))
    FP16_COMPRESS = functools.partial(
        lambda model, state: model.register_comm_hook(state, default_hooks.fp16_compress_hook))
    BF16_COMPRESS = functools.partial(
        lambda model, state: model.register_comm_hook(state, default_hooks.bf16_compress_hook))
    POWER_SGD = functools.partial(lambda model, state: model.register_comm_hook(state, powerSGD_hook.powerSGD_hook))


def register_ddp_comm_hook(comm_hook_type, model, state=None):
    """Give a model a hook by its name."""
    comm_hook_type.value(model=model, state=state)
