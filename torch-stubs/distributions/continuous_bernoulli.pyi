# Written by `make stubs` from the finished namespace; don't edit.
"""Continuous Bernoulli distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class ContinuousBernoulli(torch.distributions.utils.Probabilities, torch.distributions.exp_family.ExponentialFamily):
    """Density proportional to p^x (1 - p)^(1 - x) on [0, 1]; Taylor series where p lies within `lims`."""
    probs: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, probs: Any = None, logits: Any = None, lims: Any = ..., validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any:
        """Mean."""
        ...
    @property
    def stddev(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """By the inverse of the distribution function."""
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
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily
from torch.distributions.utils import Probabilities as Probabilities
from torch.nn.functional import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from torch.distributions.utils import binary_parameters as binary_parameters
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions.utils import clamp_probs as clamp_probs
from torch.distributions import constraints as constraints
