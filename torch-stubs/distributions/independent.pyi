# Written by `make stubs` from the finished namespace; don't edit.
"""Batch dimensions counted as event dimensions."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class Independent(torch.distributions.distribution.Distribution):
    """The base distribution with its last `reinterpreted_batch_ndims` batch dimensions as part of the event."""
    base_dist: Any
    reinterpreted_batch_ndims: Any
    arg_constraints: ClassVar[Any]
    def __init__(self, base_distribution: Any, reinterpreted_batch_ndims: Any, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        ...
    @property
    def has_rsample(self) -> Any: ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def has_enumerate_support(self) -> Any:
        """Whether enumerate_support works: only without reinterpreted dimensions."""
        ...
    @property
    def support(self) -> Any:
        """The base's, with a larger event."""
        ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Samples of the base."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Samples of the base, with gradients."""
        ...
    def log_prob(self, value: Any) -> Any:
        """The base's log densities, summed over the event."""
        ...
    def entropy(self) -> Any:
        """The base's entropies, summed over the event."""
        ...
    def enumerate_support(self, expand: Bool = True) -> Any:
        """The base's; NotImplementedError with reinterpreted dimensions."""
        ...
from torch.distributions import constraints as constraints
from torch.distributions.utils import sum_rightmost as sum_rightmost
