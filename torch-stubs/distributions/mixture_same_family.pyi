# Written by `make stubs` from the finished namespace; don't edit.
"""Mixtures of distributions of one family."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.categorical import Categorical as Categorical
from torch.distributions.distribution import Distribution as Distribution

class MixtureSameFamily(torch.distributions.distribution.Distribution):
    """Draws a component (last batch dimension of `component_distribution`) by `mixture_distribution`, then a sample of
    it."""
    arg_constraints: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, mixture_distribution: Any, component_distribution: Any, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same mixture over a larger batch."""
        ...
    @property
    def support(self) -> Any:
        """The components'."""
        ...
    @property
    def mixture_distribution(self) -> Any: ...
    @property
    def component_distribution(self) -> Any: ...
    @property
    def mean(self) -> Any:
        """Mean over the components."""
        ...
    @property
    def variance(self) -> Any:
        """Mean of the components' variances and variance of their means."""
        ...
    def cdf(self, x: Any) -> Any:
        """Probability of samples up to x."""
        ...
    def log_prob(self, x: Any) -> Any:
        """Log density."""
        ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Samples of chosen components."""
        ...
from torch.distributions.constraints import MixtureSameFamilyConstraint as MixtureSameFamilyConstraint
from torch.distributions import constraints as constraints
