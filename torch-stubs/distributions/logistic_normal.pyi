# Written by `make stubs` from the finished namespace; don't edit.
"""Logistic-normal distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class LogisticNormal(torch.distributions.transformed_distribution.TransformedDistribution):
    """Normal vectors broken into points of the simplex with one dimension more."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, loc: Any, scale: Any, validate_args: Any = None) -> None: ...
    @property
    def loc(self) -> Any: ...
    @property
    def scale(self) -> Any: ...
from torch.distributions.normal import Normal as Normal
from torch.distributions.transforms import StickBreakingTransform as StickBreakingTransform
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions import constraints as constraints
