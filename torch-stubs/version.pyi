# Written by `make stubs` from the finished namespace; don't edit.
"""torch.version."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
VERSION: Str
__version__: Str
cuda: Any
debug: Bool
git_version: Str
hip: Any
rocm: Any
xpu: Any
