# Written by `make stubs` from the finished namespace; don't edit.
"""Poisson distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily

class Poisson(torch.distributions.exp_family.ExponentialFamily):
    """Counts of mean `rate`."""
    rate: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, rate: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Counts, in the rate's dtype."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
