# Written by `make stubs` from the finished namespace; don't edit.
"""DLPack: memory shared with other array libraries, by way of NumPy's implementation of the protocol."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class DLDeviceType:
    """Device codes of the protocol."""
    kDLCPU: ClassVar[Any]
    kDLCUDA: ClassVar[Any]
    kDLCUDAHost: ClassVar[Any]
    kDLOpenCL: ClassVar[Any]
    kDLVulkan: ClassVar[Any]
    kDLMetal: ClassVar[Any]
    kDLVPI: ClassVar[Any]
    kDLROCM: ClassVar[Any]
    kDLROCMHost: ClassVar[Any]
    kDLExtDev: ClassVar[Any]
    kDLCUDAManaged: ClassVar[Any]
    kDLOneAPI: ClassVar[Any]
def export(t: Any) -> Any:
    """A capsule of a cpu tensor's memory; BufferError for what NumPy has no type for."""
    ...
from torch import from_dlpack as from_dlpack
from torch import from_numpy as from_numpy
def load(source: Any) -> Any:
    """A tensor on the memory of an array or capsule."""
    ...
from torch import to_dlpack as to_dlpack
def to_numpy(t: Any) -> Any:
    """An array on the tensor's memory, for as long as nobody resizes the storage; TypeError for a device's, which the
    host cannot read."""
    ...
