"""torch.profiler: names; profiling itself is not supported (use py-spy or perf)."""
import enum

from mindtorch import _absent
from mindtorch.autograd.profiler import record_function  # noqa: F401


class ProfilerActivity(enum.Enum):
    """What would be profiled."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """State of a schedule."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


profile = _absent.klass("torch.profiler.profile", "use an external profiler")
schedule, tensorboard_trace_handler = (_absent.function("torch.profiler." + n, "use an external profiler") for n in ("schedule", "tensorboard_trace_handler"))
