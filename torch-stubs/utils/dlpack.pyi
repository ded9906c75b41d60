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
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: Any = None) -> Any:
    """A tensor on the memory of another library's array, or of a DLPack capsule."""
    ...
def from_numpy(ndarray: Any) -> Any:
    """A tensor on the array's memory (strides included); TypeError for what is no array or has no torch dtype."""
    ...
def load(source: Any) -> Any:
    """A tensor on the memory of an array or capsule."""
    ...
def to_dlpack(tensor: Any) -> Any:
    """A DLPack capsule of the tensor's memory."""
    ...
def to_numpy(t: Any) -> Any:
    """An array on the tensor's memory, for as long as nobody resizes the storage; TypeError for a device's, which the
    host cannot read."""
    ...
