# Written by `make stubs` from the finished namespace; don't edit.
"""torch.random: seeding and saving the state of the default generators."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch import Generator as Generator
default_generator: Generator
def fork_rng(devices: Any = None, enabled: Bool = True, _caller: Str = 'fork_rng', _devices_kw: Str = 'devices', device_type: Str = 'cuda') -> Any:
    """Inside, random numbers leave the generators outside as they were: the CPU's and those of the given devices
    (default: all of device_type)."""
    ...
from torch import get_rng_state as get_rng_state
from torch import initial_seed as initial_seed
from torch import manual_seed as manual_seed
from torch import seed as seed
from torch import set_rng_state as set_rng_state
def thread_safe_generator() -> Any:
    """The generator of this thread's data loading worker; None elsewhere, which means the default one."""
    ...
