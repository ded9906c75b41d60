# Written by `make stubs` from the finished namespace; don't edit.
"""Gumbel distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.transforms import AffineTransform as AffineTransform
from torch.distributions.transforms import ExpTransform as ExpTransform

class Gumbel(torch.distributions.transformed_distribution.TransformedDistribution):
    """Extreme values: loc - scale * log(-log(u)) for uniform u."""
    loc: Any
    scale: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, loc: Any, scale: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def stddev(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions.uniform import Uniform as Uniform
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
euler_constant: Float
