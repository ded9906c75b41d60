# Written by `make stubs` from the finished namespace; don't edit.
"""Switches of mps."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def get_core_count() -> Any:
    """Cores of Apple's GPU: none."""
    ...
def get_name() -> Any:
    """Name of Apple's GPU: none."""
    ...
def is_macos13_or_newer(minor: Int = 0) -> Bool:
    """Whether this is macOS 13: it is not."""
    ...
def is_macos_or_newer(major: Any, minor: Any) -> Bool:
    """Whether this is macOS of a version: it is not."""
    ...
