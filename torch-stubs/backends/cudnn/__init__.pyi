# Written by `make stubs` from the finished namespace; don't edit.
"""Switches of cudnn."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
allow_tf32: Bool
benchmark: Bool
benchmark_limit: Int
conv: Any
deterministic: Bool
enabled: Bool
fp32_precision: Str
def is_acceptable(tensor: Any) -> Bool:
    """Whether cuDNN takes a tensor: never here."""
    ...
rnn: Any
