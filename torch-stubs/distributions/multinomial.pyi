# Written by `make stubs` from the finished namespace; don't edit.
"""Multinomial distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.binomial import Binomial as Binomial
from torch.distributions.categorical import Categorical as Categorical
from torch.distributions.distribution import Distribution as Distribution

class Multinomial(torch.distributions.distribution.Distribution):
    """Counts of classes in `total_count` (an int) draws."""
    total_count: Any
    arg_constraints: ClassVar[Any]
    def __init__(self, total_count: Int = 1, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def logits(self) -> Any: ...
    @property
    def probs(self) -> Any: ...
    @property
    def param_shape(self) -> Any: ...
    @property
    def support(self) -> Any:
        """Counts of at most total_count."""
        ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Counts, in the parameters' dtype."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
