# Written by `make stubs` from the finished namespace; don't edit.
"""Dirichlet distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Dirichlet(torch.distributions.exp_family.ExponentialFamily):
    """Points of the simplex, by concentrations along the last dimension."""
    concentration: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, concentration: Any, validate_args: Any = None) -> None: ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Samples with gradients."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any:
        """Most probable point; a corner where every concentration is below 1."""
        ...
    @property
    def variance(self) -> Any:
        """Variance of each coordinate."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily
from torch.distributions import constraints as constraints
