# Written by `make stubs` from the finished namespace; don't edit.
"""Half-normal distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.half_cauchy import Folded as Folded

class HalfNormal(torch.distributions.half_cauchy.Folded):
    """Absolute values of normal numbers of mean 0."""
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
from torch.distributions.normal import Normal as Normal
