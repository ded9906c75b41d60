# Written by `make stubs` from the finished namespace; don't edit.
"""The base of all distributions."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Distribution:
    """Batch shape, event shape and checked parameters; subclasses add sampling and densities."""
    has_rsample: ClassVar[Any]
    has_enumerate_support: ClassVar[Any]
    @staticmethod
    def set_default_validate_args(value: Any) -> Any:
        """Whether distributions made from now on check their arguments. ValueError for anything but a bool."""
        ...
    def __init__(self, batch_shape: Any = ..., event_shape: Any = ..., validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch, sharing memory. NotImplementedError where a subclass does not say
        how."""
        ...
    @property
    def batch_shape(self) -> Any:
        """Shape of the parameters' batch."""
        ...
    @property
    def event_shape(self) -> Any:
        """Shape of one sample of one member of the batch."""
        ...
    @property
    def arg_constraints(self) -> Any:
        """Constraint of each parameter, by name."""
        ...
    @property
    def support(self) -> Any:
        """Constraint of the samples."""
        ...
    @property
    def mean(self) -> Any:
        """Mean."""
        ...
    @property
    def mode(self) -> Any:
        """Most probable value."""
        ...
    @property
    def variance(self) -> Any:
        """Variance."""
        ...
    @property
    def stddev(self) -> Any:
        """Square root of the variance."""
        ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Samples of shape sample_shape + batch_shape + event_shape, without gradients."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Samples that gradients flow through to the parameters."""
        ...
    def sample_n(self, n: Any) -> Any:
        """sample((n,)); deprecated."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Logarithm of the density or probability of each value."""
        ...
    def cdf(self, value: Any) -> Any:
        """Probability of samples up to value."""
        ...
    def icdf(self, value: Any) -> Any:
        """Inverse of cdf."""
        ...
    def enumerate_support(self, expand: Bool = True) -> Any:
        """All values of a discrete distribution along a new first dimension."""
        ...
    def entropy(self) -> Any:
        """Entropy of each member of the batch, in nats."""
        ...
    def perplexity(self) -> Any:
        """exp of the entropy."""
        ...
from torch.distributions import constraints as constraints
from torch.distributions.utils import lazy_property as lazy_property
