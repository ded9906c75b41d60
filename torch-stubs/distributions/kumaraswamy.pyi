# Written by `make stubs` from the finished namespace; don't edit.
"""Kumaraswamy distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.transforms import AffineTransform as AffineTransform

class Kumaraswamy(torch.distributions.transformed_distribution.TransformedDistribution):
    """(1 - u ** (1 / concentration0)) ** (1 / concentration1) for uniform u."""
    concentration1: Any
    concentration0: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, concentration1: Any, concentration0: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def mode(self) -> Any:
        """Most probable value; nan where the density has no single peak."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.transforms import PowerTransform as PowerTransform
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions.uniform import Uniform as Uniform
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
euler_constant: Float
