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
def get_rng_state() -> Any:
    """The CPU generator's state: a byte tensor of 5056 elements."""
    ...
def initial_seed() -> Int:
    """The seed of the CPU generator."""
    ...
def manual_seed(seed: Int) -> Generator:
    """Seed the default generators of all devices; returns the CPU's. ValueError outside -2**63 .. 2**64-1."""
    ...
def seed() -> Int:
    """Seed all default generators with a number of the operating system's; returns it."""
    ...
def set_rng_state(new_state: Any) -> None:
    """Put the CPU generator into a state from get_rng_state."""
    ...
def thread_safe_generator() -> Any:
    """The generator of this thread's data loading worker; None elsewhere, which means the default one."""
    ...
