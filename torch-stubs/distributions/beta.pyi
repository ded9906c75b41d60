# Written by `make stubs` from the finished namespace; don't edit.
"""Beta distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Beta(torch.distributions.exp_family.ExponentialFamily):
    """Beta distribution: the first coordinate of a Dirichlet of two."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, concentration1: Any, concentration0: Any, validate_args: Any = None) -> None: ...
    @property
    def concentration1(self) -> Any: ...
    @property
    def concentration0(self) -> Any: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Samples with gradients."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.dirichlet import Dirichlet as Dirichlet
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
