# Written by `make stubs` from the finished namespace; don't edit.
"""Geometric distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class Geometric(torch.distributions.utils.Probabilities, torch.distributions.distribution.Distribution):
    """Failures before the first success."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Counts, by the inverse of the distribution function."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.utils import Probabilities as Probabilities
from torch.nn.functional import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from torch.distributions.utils import binary_parameters as binary_parameters
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
