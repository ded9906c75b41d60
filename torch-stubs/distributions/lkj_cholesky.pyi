# Written by `make stubs` from the finished namespace; don't edit.
"""LKJ distribution of correlation matrices, by their Cholesky factors."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.beta import Beta as Beta
from torch.distributions.distribution import Distribution as Distribution

class LKJCholesky(torch.distributions.distribution.Distribution):
    """Cholesky factors of dim x dim correlation matrices; `concentration` 1 is uniform over the matrices."""
    dim: Any
    concentration: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, dim: Any, concentration: Float = 1.0, validate_args: Any = None) -> None: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Samples row by row: a beta number is the squared length left of the diagonal, a point of the sphere its
        direction."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
