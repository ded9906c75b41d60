# Written by `make stubs` from the finished namespace; don't edit.
"""Categorical distribution over one-hot vectors."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.categorical import Categorical as Categorical
from torch.distributions.distribution import Distribution as Distribution

class OneHotCategorical(torch.distributions.distribution.Distribution):
    """One-hot vectors by probabilities or logits along the last dimension."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_enumerate_support: ClassVar[Any]
    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def probs(self) -> Any: ...
    @property
    def logits(self) -> Any: ...
    @property
    def param_shape(self) -> Any: ...
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """One-hot vectors in the parameters' dtype."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log probability."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
    def enumerate_support(self, expand: Bool = True) -> Any:
        """All one-hot vectors."""
        ...

class OneHotCategoricalStraightThrough(OneHotCategorical):
    """rsample gives one-hot vectors with the probabilities' gradient."""
    has_rsample: ClassVar[Any]
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Samples that pass gradients to the probabilities."""
        ...
from torch.distributions import constraints as constraints
