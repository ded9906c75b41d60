# Written by `make stubs` from the finished namespace; don't edit.
"""Bernoulli distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Bernoulli(torch.distributions.utils.Probabilities, torch.distributions.exp_family.ExponentialFamily):
    """1 with probability `probs`, else 0; by probs or by logits."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_enumerate_support: ClassVar[Any]
    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def mode(self) -> Any:
        """1 or 0; nan where both are as likely."""
        ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Samples of zeros and ones."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
    def enumerate_support(self, expand: Bool = True) -> Any:
        """0 and 1."""
        ...
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily
from torch.distributions.utils import Probabilities as Probabilities
from torch.nn.functional import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from torch.distributions.utils import binary_parameters as binary_parameters
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
