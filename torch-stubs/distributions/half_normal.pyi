# Written by `make stubs` from the finished namespace; don't edit.
"""Half-normal distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Folded(torch.distributions.transformed_distribution.TransformedDistribution):
    """|x| for x of a distribution of location 0: the base of HalfNormal and HalfCauchy."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, scale: Any, validate_args: Any = None) -> None: ...
    @property
    def scale(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    def log_prob(self, value: Any) -> Any:
        """Log density; -inf below 0."""
        ...
    def cdf(self, value: Any) -> Any:
        """Probability of samples up to value."""
        ...
    def icdf(self, prob: Any) -> Any:
        """Inverse of cdf."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...

class HalfNormal(Folded):
    """Absolute values of normal numbers of mean 0."""
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
from torch.distributions.normal import Normal as Normal
