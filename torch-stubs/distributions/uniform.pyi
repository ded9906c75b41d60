# Written by `make stubs` from the finished namespace; don't edit.
"""Uniform distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class Uniform(torch.distributions.distribution.Distribution):
    """Uniform on [low, high)."""
    low: Any
    high: Any
    has_rsample: ClassVar[Any]
    @property
    def arg_constraints(self) -> Any:
        """low lies below high."""
        ...
    def __init__(self, low: Any, high: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def stddev(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def support(self) -> Any:
        """[low, high]."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """low + (high - low) * u."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density; -inf outside."""
        ...
    def cdf(self, value: Any) -> Any:
        """Probability of samples up to value."""
        ...
    def icdf(self, value: Any) -> Any:
        """Inverse of cdf."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
