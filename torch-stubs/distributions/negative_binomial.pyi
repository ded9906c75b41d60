# Written by `make stubs` from the finished namespace; don't edit.
"""Negative binomial distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution
from torch.distributions.gamma import Gamma as Gamma

class NegativeBinomial(torch.distributions.utils.Probabilities, torch.distributions.distribution.Distribution):
    """Successes before `total_count` failures; `probs` is that of a success."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Poisson counts of gamma rates."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
from torch.distributions.utils import Probabilities as Probabilities
from torch.distributions import constraints as constraints
from torch.distributions.binomial import counted_parameters as counted_parameters
from torch.distributions.utils import lazy_property as lazy_property
def logsigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """log of the sigmoid, without overflow."""
    ...
