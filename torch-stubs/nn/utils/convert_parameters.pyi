# Written by `make stubs` from the finished namespace; don't edit.
"""Parameters as one vector and back."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def parameters_to_vector(parameters: Any) -> Any:
    """All parameters flattened, one after the other. TypeError when they are on different devices."""
    ...
def vector_to_parameters(vec: Any, parameters: Any) -> Any:
    """Let each parameter's data be its part of the vector."""
    ...
