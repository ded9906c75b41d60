# Written by `make stubs` from the finished namespace; don't edit.
"""What a profiler saw: events in a tree, averages by name, tables and traces."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class EventList(list):
    """Events, or averages of them."""
    @property
    def self_cpu_time_total(self) -> Any:
        """Sum of the times outside children."""
        ...
    def key_averages(self, group_by_input_shape: Bool = False, group_by_stack_n: Int = 0, group_by_overload_name: Bool = False) -> Any:
        """Averages by name, and by input shapes or the innermost stack lines."""
        ...
    def total_average(self) -> Any:
        """All as one."""
        ...
    def table(self, sort_by: Any = None, row_limit: Int = 100, max_src_column_width: Int = 75, max_name_column_width: Int = 55, max_shapes_column_width: Int = 80, header: Any = None, top_level_events_only: Bool = False, time_unit: Any = None) -> Any:
        """The rows as text, sorted by an attribute."""
        ...
    def export_chrome_trace(self, path: Any, metadata: Any = ...) -> Any:
        """The events as a trace that chrome://tracing, Perfetto and TensorBoard show; memory as instants on it."""
        ...
    def export_stacks(self, path: Any, metric: Any) -> Any:
        """Stacks with their time, one a line, as flame graph tools read them."""
        ...

class FunctionEvent:
    """One call of an operator, one node of a backward, or one marked range."""
    id: Any
    name: Any
    key: Any
    thread: Any
    time_range: Any
    input_shapes: Any
    cpu_parent: Any
    cpu_children: Any
    stack: Any
    kernels: Any
    is_user_annotation: Any
    count: ClassVar[Any]
    device_time_total: ClassVar[Any]
    cpu_memory_usage: ClassVar[Any]
    device_memory_usage: ClassVar[Any]
    flops: ClassVar[Any]
    is_legacy: ClassVar[Any]
    is_async: ClassVar[Any]
    is_remote: ClassVar[Any]
    @property
    def self_device_time_total(self) -> Any: ...
    @property
    def device_time(self) -> Any: ...
    @property
    def device_time_str(self) -> Any: ...
    @property
    def device_time_total_str(self) -> Any: ...
    @property
    def self_device_time_total_str(self) -> Any: ...
    @property
    def cuda_time(self) -> Any: ...
    @property
    def cuda_time_total(self) -> Any: ...
    @property
    def self_cuda_time_total(self) -> Any: ...
    @property
    def self_cpu_memory_usage(self) -> Any: ...
    @property
    def self_device_memory_usage(self) -> Any: ...
    @property
    def self_cpu_time_total(self) -> Any: ...
    @property
    def cpu_time(self) -> Any: ...
    @property
    def cpu_time_str(self) -> Any: ...
    @property
    def cpu_time_total_str(self) -> Any: ...
    @property
    def self_cpu_time_total_str(self) -> Any: ...
    def __init__(self, id: Any, name: Any, thread: Any, start_us: Any, end_us: Any, input_shapes: Any = ..., cpu_parent: Any = None, stack: Any = ..., is_user_annotation: Bool = False) -> None: ...
    @property
    def cpu_time_total(self) -> Any: ...

class FunctionEventAvg:
    """All calls of one name (and of one shape, when asked for)."""
    key: Any
    input_shapes: Any
    stack: Any
    cpu_time_total: Any
    count: Any
    device_time_total: ClassVar[Any]
    cpu_memory_usage: ClassVar[Any]
    device_memory_usage: ClassVar[Any]
    flops: ClassVar[Any]
    is_legacy: ClassVar[Any]
    is_async: ClassVar[Any]
    is_remote: ClassVar[Any]
    @property
    def self_device_time_total(self) -> Any: ...
    @property
    def device_time(self) -> Any: ...
    @property
    def device_time_str(self) -> Any: ...
    @property
    def device_time_total_str(self) -> Any: ...
    @property
    def self_device_time_total_str(self) -> Any: ...
    @property
    def cuda_time(self) -> Any: ...
    @property
    def cuda_time_total(self) -> Any: ...
    @property
    def self_cuda_time_total(self) -> Any: ...
    @property
    def self_cpu_memory_usage(self) -> Any: ...
    @property
    def self_device_memory_usage(self) -> Any: ...
    @property
    def self_cpu_time_total(self) -> Any: ...
    @property
    def cpu_time(self) -> Any: ...
    @property
    def cpu_time_str(self) -> Any: ...
    @property
    def cpu_time_total_str(self) -> Any: ...
    @property
    def self_cpu_time_total_str(self) -> Any: ...
    def __init__(self, key: Any = None, input_shapes: Any = ..., stack: Any = ...) -> None: ...
    @property
    def name(self) -> Any: ...
    def add(self, other: Any) -> Any:
        """Count an event, or another average, in."""
        ...
    def __iadd__(self, other: Any) -> Any:
        """Count an event, or another average, in."""
        ...

class Interval:
    """Start and end in microseconds."""
    start: Any
    end: Any
    def __init__(self, start: Any, end: Any) -> None: ...
    def elapsed_us(self) -> Any:
        """Length in microseconds."""
        ...

class Kernel:
    """Work on a device: there is none to see from here."""
    name: Any
    device: Any
    duration: Any
    def __init__(self, name: Any, device: Any, duration: Any) -> None: ...
