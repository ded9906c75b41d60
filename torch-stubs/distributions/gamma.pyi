# Written by `make stubs` from the finished namespace; don't edit.
"""Gamma distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily

class Gamma(torch.distributions.exp_family.ExponentialFamily):
    """Gamma distribution of shape `concentration` and rate `rate`."""
    concentration: Any
    rate: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, concentration: Any, rate: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Standard gamma samples over the rate; gradients reach both parameters."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def cdf(self, value: Any) -> Any:
        """Probability of samples up to value."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
