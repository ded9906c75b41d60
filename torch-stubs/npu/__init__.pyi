# Written by `make stubs` from the finished namespace; don't edit.
"""torch.npu: the Ascend device of this process, or emulated ones (MINDTORCH_EMULATE_NPU)."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.npu import amp as amp
from torch.npu import memory as memory
from torch.npu import random as random
from torch.npu import streams as streams

class Event(torch.Event):
    """A point in a stream, with its time if enable_timing is on."""
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def device(self) -> Any:
        """Where it was recorded."""
        ...
    def record(self, stream: Any = None) -> Any:
        """Mark this point of a stream, the current one unless given."""
        ...
    def wait(self, stream: Any = None) -> Any:
        """What a stream, the current one unless given, gets from now on begins after this event; at once if it was
        never recorded."""
        ...
    def query(self) -> Any:
        """Whether the stream has come to it; an event that was never recorded is done."""
        ...
    def synchronize(self) -> Any:
        """Wait until the stream has come to it."""
        ...
    def elapsed_time(self, end_event: Any) -> Any:
        """Milliseconds to another event. ValueError for events without time, RuntimeError for those that have not
        happened."""
        ...
    def ipc_handle(self) -> Any:
        """NotImplementedError: events of several processes are not supported."""
        ...

class ExternalStream(Stream):
    """A stream that others made; MindSpore knows only its own, which are given by their numbers."""
    def __init__(self, stream_ptr: Any, device: Any = None) -> None: ...
    ...
from torch import OutOfMemoryError as OutOfMemoryError

class Stream(torch.Stream):
    """A queue of work of the device, worked off in order and beside other streams."""
    def __init__(self, device: Any = None, priority: Int = 0, **kwargs: Any) -> None: ...
    @property
    def device(self) -> Any:
        """Where its work is done."""
        ...
    @property
    def device_type(self) -> Any:
        """The number of the device's kind: that of PrivateUse1, which torch_npu has."""
        ...
    @property
    def npu_stream(self) -> Any:
        """The address of CANN's stream; 0 for the default one of an emulated device."""
        ...
    @property
    def cuda_stream(self) -> Any:
        """The address of CANN's stream; 0 for the default one of an emulated device."""
        ...
    @property
    def native_handle(self) -> Any:
        """The address of CANN's stream; 0 for the default one of an emulated device."""
        ...
    def synchronize(self) -> Any:
        """Wait until all of its work is done. RuntimeError, in CANN's words, for work that failed."""
        ...
    def query(self) -> Any:
        """Whether all of its work is done."""
        ...
    def wait_stream(self, stream: Any) -> Any:
        """What this stream gets from now on begins when the other one has come to where it is now."""
        ...
    def wait_event(self, event: Any) -> Any:
        """What this stream gets from now on begins after the event."""
        ...
    def record_event(self, event: Any = None) -> Any:
        """An event at this point of the stream."""
        ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...

class StreamContext:
    """Puts this thread's work into a stream inside; None changes nothing."""
    stream: Any
    def __init__(self, stream: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
from torch.cuda import can_device_access_peer as can_device_access_peer
from torch.cuda import current_device as current_device
def current_stream(device: Any = None) -> Any:
    """The stream that this thread's work goes into."""
    ...
default_generators: Any
def default_stream(device: Any = None) -> Any:
    """The stream that every thread begins with."""
    ...
from torch.cuda import device as device
from torch.cuda import device_count as device_count
from torch.cuda import device_of as device_of
from torch.cuda import empty_cache as empty_cache
from torch.cuda import fallbacks as fallbacks
from torch.cuda import get_arch_list as get_arch_list
from torch.cuda import get_device_capability as get_device_capability
from torch.cuda import get_device_name as get_device_name
from torch.cuda import get_device_properties as get_device_properties
from torch.cuda import get_rng_state as get_rng_state
from torch.cuda import get_rng_state_all as get_rng_state_all
from torch.cuda import init as init
from torch.cuda import initial_seed as initial_seed
from torch.cuda import ipc_collect as ipc_collect
from torch.cuda import is_available as is_available
from torch.cuda import is_bf16_supported as is_bf16_supported
from torch.cuda import is_current_stream_capturing as is_current_stream_capturing
from torch.cuda import is_initialized as is_initialized
from torch.cuda import launches as launches
from torch.cuda import manual_seed as manual_seed
from torch.cuda import manual_seed_all as manual_seed_all
from torch.cuda import max_memory_allocated as max_memory_allocated
from torch.cuda import max_memory_reserved as max_memory_cached
from torch.cuda import max_memory_reserved as max_memory_reserved
from torch.cuda import mem_get_info as mem_get_info
from torch.cuda import memory_allocated as memory_allocated
from torch.cuda import memory_reserved as memory_cached
from torch.cuda import memory_reserved as memory_reserved
from torch.cuda import memory_stats as memory_stats
from torch.cuda import memory_summary as memory_summary
from torch.cuda import refusals as refusals
from torch.cuda import reset_peak_memory_stats as reset_max_memory_allocated
from torch.cuda import reset_peak_memory_stats as reset_max_memory_cached
from torch.cuda import reset_peak_memory_stats as reset_peak_memory_stats
from torch.cuda import seed as seed
from torch.cuda import seed_all as seed_all
from torch.cuda import set_device as set_device
from torch.cuda import set_rng_state as set_rng_state
from torch.cuda import set_rng_state_all as set_rng_state_all
def set_stream(stream: Any) -> Any:
    """Put this thread's work into a stream from now on; None changes nothing."""
    ...
def stream(stream: Any) -> Any:
    """Context that puts this thread's work into a stream."""
    ...
from torch.cuda import synchronize as synchronize
from torch.cuda import verify as verify
