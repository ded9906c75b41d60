# Written by `make stubs` from the finished namespace; don't edit.
"""Cauchy distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Cauchy(torch.distributions.distribution.Distribution):
    """Cauchy distribution of median `loc` and half width `scale`."""
    loc: Any
    scale: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, loc: Any, scale: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """loc + scale * standard Cauchy."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
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
from torch.distributions.distribution import Distribution as Distribution
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
