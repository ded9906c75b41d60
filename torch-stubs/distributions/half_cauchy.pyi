# Written by `make stubs` from the finished namespace; don't edit.
"""Half-Cauchy distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.cauchy import Cauchy as Cauchy
from torch.distributions.half_normal import Folded as Folded

class HalfCauchy(torch.distributions.half_normal.Folded):
    """Absolute values of Cauchy numbers of median 0."""
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
