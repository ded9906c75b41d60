# Written by `make stubs` from the finished namespace; don't edit.
"""Fisher-Snedecor distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class FisherSnedecor(torch.distributions.distribution.Distribution):
    """Ratio of two chi-squared numbers over their degrees of freedom."""
    df1: Any
    df2: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, df1: Any, df2: Any, validate_args: Any = None) -> None: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Variance; nan for df2 up to 4."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Ratio of gamma samples."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
from torch.distributions.gamma import Gamma as Gamma
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
