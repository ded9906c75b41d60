# Written by `make stubs` from the finished namespace; don't edit.
"""Binomial distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Binomial(torch.distributions.utils.Probabilities, torch.distributions.distribution.Distribution):
    """Successes in `total_count` trials."""
    arg_constraints: ClassVar[Any]
    has_enumerate_support: ClassVar[Any]
    def __init__(self, total_count: Int = 1, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def support(self) -> Any:
        """0 to total_count."""
        ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Counts, in the parameters' dtype."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
    def entropy(self) -> Any:
        """Entropy, summed over the support."""
        ...
    def enumerate_support(self, expand: Bool = True) -> Any:
        """0 to total_count. NotImplementedError for different counts."""
        ...
from torch.distributions.distribution import Distribution as Distribution
from torch.distributions.utils import Probabilities as Probabilities
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
def counted_parameters(dist: Any, total_count: Any, probs: Any, logits: Any) -> Any:
    """Keeps total_count and the one of probs and logits that is given, broadcast. ValueError unless exactly one is."""
    ...
