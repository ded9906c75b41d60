# Written by `make stubs` from the finished namespace; don't edit.
"""Student's t distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.chi2 import Chi2 as Chi2
from torch.distributions.distribution import Distribution as Distribution

class StudentT(torch.distributions.distribution.Distribution):
    """Student's t distribution of `df` degrees of freedom, moved by `loc` and stretched by `scale`."""
    df: Any
    loc: Any
    scale: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, df: Any, loc: Float = 0.0, scale: Float = 1.0, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance; inf up to 2 degrees of freedom, nan up to 1."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """A normal number over the root of a chi-squared one."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
