# Written by `make stubs` from the finished namespace; don't edit.
"""Inverse gamma distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.gamma import Gamma as Gamma

class InverseGamma(torch.distributions.transformed_distribution.TransformedDistribution):
    """Reciprocals of gamma numbers."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, concentration: Any, rate: Any, validate_args: Any = None) -> None: ...
    @property
    def concentration(self) -> Any: ...
    @property
    def rate(self) -> Any: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance; inf for concentrations up to 2."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.transforms import PowerTransform as PowerTransform
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions import constraints as constraints
