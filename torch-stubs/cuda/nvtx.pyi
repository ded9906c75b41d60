# Written by `make stubs` from the finished namespace; don't edit.
"""torch.cuda.nvtx: marks for NVIDIA's profilers, which are not there; RuntimeError as in a build without CUDA."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def mark(msg: Any) -> Any:
    """RuntimeError."""
    ...
def range(msg: Any, *args: Any, **kwargs: Any) -> Any:
    """RuntimeError when entered."""
    ...
def range_end(range_id: Any) -> Any:
    """RuntimeError."""
    ...
def range_pop() -> Any:
    """RuntimeError."""
    ...
def range_push(msg: Any) -> Any:
    """RuntimeError."""
    ...
def range_start(msg: Any) -> Any:
    """RuntimeError."""
    ...
