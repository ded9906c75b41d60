# Written by `make stubs` from the finished namespace; don't edit.
"""Weibull distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.transforms import AffineTransform as AffineTransform
from torch.distributions.exponential import Exponential as Exponential
from torch.distributions.transforms import PowerTransform as PowerTransform
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution

class Weibull(torch.distributions.transformed_distribution.TransformedDistribution):
    """scale * E ** (1 / concentration) for standard exponential E."""
    scale: Any
    concentration: Any
    concentration_reciprocal: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, scale: Any, concentration: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
euler_constant: Float
