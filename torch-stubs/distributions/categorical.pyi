# Written by `make stubs` from the finished namespace; don't edit.
"""Categorical distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Categorical(torch.distributions.utils.Probabilities, torch.distributions.distribution.Distribution):
    """Indices from 0 on, with probabilities or logits along the last dimension."""
    arg_constraints: ClassVar[Any]
    has_enumerate_support: ClassVar[Any]
    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def support(self) -> Any:
        """Indices of the classes."""
        ...
    @property
    def mean(self) -> Any:
        """nan: classes have no order."""
        ...
    @property
    def variance(self) -> Any:
        """nan: classes have no order."""
        ...
    @property
    def mode(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """int64 indices."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
    def enumerate_support(self, expand: Bool = True) -> Any:
        """All indices."""
        ...
from torch.distributions.distribution import Distribution as Distribution
from torch.distributions.utils import Probabilities as Probabilities
def class_parameters(dist: Any, probs: Any, logits: Any) -> Any:
    """Keeps normalised probs or logits; returns the batch shape. ValueError unless exactly one is given, with a last
    dimension."""
    ...
from torch.distributions import constraints as constraints
