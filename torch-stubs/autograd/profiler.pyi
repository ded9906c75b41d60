# Written by `make stubs` from the finished namespace; don't edit.
"""Times of operators, of the nodes of backward walks, and of marked ranges: seen from Python, and free when nobody"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.autograd.profiler_util import EventList as EventList
from torch.autograd.profiler_util import FunctionEvent as FunctionEvent
from torch.autograd.profiler_util import FunctionEventAvg as FunctionEventAvg
from torch.autograd.profiler_util import Interval as Interval
from torch.autograd.profiler_util import Kernel as Kernel

class TorchFunctionMode:
    """with a mode active, every torch function asks its __torch_function__(func, types, args, kwargs) first."""
    def __init__(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> Any:
        """The mode made of these arguments."""
        ...
def emit_itt(*args: Any, **kwargs: Any) -> Any:
    """Not supported: emit_itt needs another vendor's profiler. NotImplementedError when called."""
    ...
def emit_nvtx(*args: Any, **kwargs: Any) -> Any:
    """Not supported: emit_nvtx needs another vendor's profiler. NotImplementedError when called."""
    ...

class profile:
    """Collects what runs inside: operators, the nodes of backward walks, record_function ranges around them.

    On request: shapes, Python stacks, what memory grew by (profile_memory), operations (with_flops), ranges of modules
    (with_modules), the time of the npu (use_device="npu" or "cuda"). RuntimeError when it is entered twice."""
    enabled: Any
    record_shapes: Any
    with_stack: Any
    with_flops: Any
    profile_memory: Any
    with_modules: Any
    def __init__(self, enabled: Bool = True, *, use_cuda: Bool = False, use_device: Any = None, record_shapes: Bool = False, with_flops: Bool = False, profile_memory: Bool = False, with_stack: Bool = False, with_modules: Bool = False, use_kineto: Bool = False, use_cpu: Bool = True, experimental_config: Any = None, acc_events: Bool = False, custom_trace_id_callback: Any = None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
    @property
    def function_events(self) -> Any:
        """The finished events as a tree; RuntimeError while the profiler has not run."""
        ...
    def key_averages(self, group_by_input_shape: Bool = False, group_by_stack_n: Int = 0, group_by_overload_name: Bool = False) -> Any:
        """Averages by name."""
        ...
    def total_average(self) -> Any:
        """All events as one."""
        ...
    @property
    def self_cpu_time_total(self) -> Any:
        """Time in all events, each counted once."""
        ...
    def table(self, *args: Any, **kwargs: Any) -> Any:
        """The events as text."""
        ...
    def export_chrome_trace(self, path: Any) -> Any:
        """The events as a Chrome trace file."""
        ...
    def export_stacks(self, path: Any, metric: Str = 'self_cpu_time_total') -> Any:
        """Stacks for a flame graph; needs with_stack=True."""
        ...

class record_function:
    """Marks a range under a name for the profilers that run."""
    name: Any
    args: Any
    def __init__(self, name: Any, args: Any = None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
