# Written by `make stubs` from the finished namespace; don't edit.
"""Switches of mha."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def get_fastpath_enabled() -> Any:
    """Whether layers of transformers may take their fast way."""
    ...
def set_fastpath_enabled(value: Any) -> Any:
    """Allow or forbid the fast way of layers of transformers."""
    ...
