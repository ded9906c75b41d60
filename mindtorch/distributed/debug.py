"""How much torch.distributed checks and logs, and what helps to find faults."""
import contextlib
import enum
import os


class DebugLevel(enum.Enum):
    """How much is checked and logged."""

    OFF = 0
    INFO = 1
    DETAIL = 2


_level = [DebugLevel.OFF]


def get_debug_level():
    """What set_debug_level said."""
    return _level[0]


def set_debug_level(level):
    """Set the level of checks."""
    if not isinstance(level, DebugLevel):
        raise TypeError(f"set_debug_level: expected a DebugLevel, got {type(level).__name__}")
    _level[0] = level


def set_debug_level_from_env():
    """Set the level that TORCH_DISTRIBUTED_DEBUG names; RuntimeError for other words."""
    name = os.environ.get("TORCH_DISTRIBUTED_DEBUG", "OFF").upper() or "OFF"
    if name not in DebugLevel.__members__:
        raise RuntimeError(f"The value of TORCH_DISTRIBUTED_DEBUG must be OFF, INFO, or DETAIL, got {name}.")
    _level[0] = DebugLevel[name]


def breakpoint(rank=0, skip=0, timeout_s=3600):
    """Python's debugger on one rank, while the others wait."""
    from . import collectives, groups

    if groups.get_rank() == rank:
        import pdb

        pdb.set_trace()
    collectives.barrier()


@contextlib.contextmanager
def record_comm(name):
    """Marks communication under a name for the profilers that run."""
    from mindtorch.autograd.profiler import record_function

    with record_function(name):
        yield
