# Written by `make stubs` from the finished namespace; don't edit.
"""torch.cuda: another name for torch.npu."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.cuda import amp as amp
from torch.cuda import memory as memory
from torch.cuda import nvtx as nvtx
from torch.cuda import random as random
from torch.cuda import streams as streams

class CUDAGraph:
    """torch.cuda.CUDAGraph is not supported by mindtorch: graph capture needs a CUDA device (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
from torch.npu import Event as Event
from torch.npu import ExternalStream as ExternalStream
from torch import OutOfMemoryError as OutOfMemoryError
from torch.npu import Stream as Stream
from torch.npu import StreamContext as StreamContext
def can_device_access_peer(device: Any, peer_device: Any) -> Any:
    """False: there is one device a process."""
    ...
def current_device() -> Int:
    """Index of the current device."""
    ...
from torch.npu import current_stream as current_stream
default_generators: Any
from torch.npu import default_stream as default_stream

class device:
    """Context that makes a device the current one."""
    index: Any
    def __init__(self, device: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
def device_count() -> Int:
    """Number of devices of this kind."""
    ...
def device_of(tensor: Any) -> Any:
    """Context that makes a tensor's device the current one; for a tensor of the CPU nothing happens."""
    ...
def empty_cache() -> None:
    """Give cached memory back; nothing to do without a device."""
    ...
def fallbacks() -> Any:
    """{kernel: how often it was computed on the host}: a kernel without an operator of the device for its
    arguments."""
    ...
def get_arch_list() -> Any:
    """[]: nothing is compiled for a chip."""
    ...
def get_device_capability(device: Any = None) -> Any:
    """(0, 0): an npu has no compute capability."""
    ...
def get_device_name(device: Any = None) -> Any:
    """Name of the device."""
    ...
def get_device_properties(device: Any = None) -> Any:
    """Name and memory of the device."""
    ...
def get_rng_state(device: Any = None) -> Any:
    """State of a device's generator, as a byte tensor on the CPU."""
    ...
def get_rng_state_all() -> Any:
    """States of all devices' generators."""
    ...

class graph:
    """torch.cuda.graph is not supported by mindtorch: graph capture needs a CUDA device (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
def init() -> Any:
    """Set the device up now."""
    ...
def initial_seed() -> Int:
    """The seed of the current device's generator."""
    ...
def ipc_collect() -> Any:
    """Memory is not shared with other processes: nothing to give back."""
    ...
def is_available() -> Bool:
    """Whether there is a device of this kind."""
    ...
def is_bf16_supported(including_emulation: Bool = True) -> Bool:
    """Whether bfloat16 computes there: not on the chips of the 310 family and the first 910."""
    ...
def is_current_stream_capturing() -> Bool:
    """False: there are no captured graphs."""
    ...
def is_initialized() -> Bool:
    """Whether the device was set up: that happens at its first use."""
    ...
def launches() -> Any:
    """How many operators were put into the device's streams."""
    ...
def manual_seed(seed: Int) -> Generator:
    """Seed the current device's generator; without a device nothing happens."""
    ...
def manual_seed_all(seed: Any) -> None:
    """Seed the generators of all devices of this kind."""
    ...
def max_memory_allocated(device: Any = None) -> Int:
    """The most bytes that tensors ever held."""
    ...
max_memory_cached = max_memory_reserved
def max_memory_reserved(device: Any = None) -> Int:
    """The most bytes that the allocator ever held."""
    ...
def mem_get_info(device: Any = None) -> Any:
    """(free, total) bytes of the device's memory; of the machine's for an emulated one."""
    ...
def memory_allocated(device: Any = None) -> Int:
    """Bytes held by tensors."""
    ...
memory_cached = memory_reserved
def memory_reserved(device: Any = None) -> Int:
    """Bytes that the allocator holds, for tensors and for those to come."""
    ...
def memory_stats(device: Any = None) -> Any:
    """{name of a figure: bytes}."""
    ...
def memory_summary(device: Any = None, abbreviated: Bool = False) -> Any:
    """What tensors hold and held at most, and what the pool keeps, as a table; RuntimeError without a device."""
    ...
def power_draw(*args: Any, **kwargs: Any) -> Any:
    """torch.cuda.power_draw is not supported by mindtorch (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def refusals() -> Any:
    """{operator with dtypes, ranks and layouts: (how often this chip refused it, what was done instead, CANN's
    words)}."""
    ...
reset_max_memory_allocated = reset_peak_memory_stats
reset_max_memory_cached = reset_peak_memory_stats
def reset_peak_memory_stats(device: Any = None) -> Any:
    """Start the peak of memory_allocated anew."""
    ...
def seed() -> Int:
    """Seed the current device's generator with a number of the operating system's."""
    ...
def seed_all() -> Any:
    """Seed the generators of all devices of this kind with one number of the operating system's."""
    ...
def set_device(device: Any) -> Any:
    """Make a device the current one."""
    ...
def set_rng_state(new_state: Any, device: Any = None) -> None:
    """Restore a device's generator from a state of get_rng_state."""
    ...
def set_rng_state_all(new_states: Any) -> Any:
    """Restore all devices' generators."""
    ...
from torch.npu import set_stream as set_stream
from torch.npu import stream as stream
def synchronize(device: Any = None) -> None:
    """Wait until all of the device's streams are done; an emulated one has nothing to wait for. RuntimeError, in
    CANN's words, for work that failed."""
    ...
def utilization(*args: Any, **kwargs: Any) -> Any:
    """torch.cuda.utilization is not supported by mindtorch (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def verify() -> Any:
    """Context in which every kernel that the npu runs is computed on the CPU too, over the same operands, and compared:
    print what it gives. RuntimeError without a device that has memory of its own."""
    ...
