# Written by `make stubs` from the finished namespace; don't edit.
"""Pareto distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.transforms import AffineTransform as AffineTransform
from torch.distributions.transforms import ExpTransform as ExpTransform
from torch.distributions.exponential import Exponential as Exponential

class Pareto(torch.distributions.transformed_distribution.TransformedDistribution):
    """Power law from `scale` on, of exponent `alpha`."""
    scale: Any
    alpha: Any
    arg_constraints: ClassVar[Any]
    def __init__(self, scale: Any, alpha: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance; inf for alpha up to 2."""
        ...
    @property
    def support(self) -> Any:
        """From scale on."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
