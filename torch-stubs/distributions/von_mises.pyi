# Written by `make stubs` from the finished namespace; don't edit.
"""Von Mises distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class VonMises(torch.distributions.distribution.Distribution):
    """Angles around `loc`, the closer the larger `concentration`."""
    loc: Any
    concentration: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    def __init__(self, loc: Any, concentration: Any, validate_args: Any = None) -> None: ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Samples by Best and Fisher's rejection from a wrapped Cauchy."""
        ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
from torch.distributions.utils import lazy_property as lazy_property
