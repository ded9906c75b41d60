# Written by `make stubs` from the finished namespace; don't edit.
"""Sizes given as one number or as many."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def consume_prefix_in_state_dict_if_present(state_dict: Any, prefix: Any) -> Any:
    """Take `prefix` off the keys of a state dict and of its metadata, in place."""
    ...
