# Written by `make stubs` from the finished namespace; don't edit.
"""Generalised Pareto distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class GeneralizedPareto(torch.distributions.distribution.Distribution):
    """Exceedances over `loc`: tails of power -1 / concentration, exponential for concentration 0, bounded below 0."""
    loc: Any
    scale: Any
    concentration: Any
    arg_constraints: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: Any = None) -> None: ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """By the inverse of the distribution function."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def log_survival_function(self, value: Any) -> Any:
        """Log probability of samples above value."""
        ...
    def log_cdf(self, value: Any) -> Any:
        """Logarithm of cdf."""
        ...
    def cdf(self, value: Any) -> Any:
        """Probability of samples up to value."""
        ...
    def icdf(self, value: Any) -> Any:
        """Inverse of cdf."""
        ...
    @property
    def mean(self) -> Any:
        """Mean; nan for concentrations from 1 on."""
        ...
    @property
    def variance(self) -> Any:
        """Variance; nan for concentrations from 1/2 on."""
        ...
    @property
    def mode(self) -> Any: ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
    @property
    def support(self) -> Any:
        """From loc on; up to loc - scale / concentration below 0."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
