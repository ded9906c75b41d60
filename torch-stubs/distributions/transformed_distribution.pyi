# Written by `make stubs` from the finished namespace; don't edit.
"""A distribution pushed through invertible transforms."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.transforms import ComposeTransform as ComposeTransform
from torch.distributions.distribution import Distribution as Distribution
from torch.distributions.independent import Independent as Independent
from torch.distributions.transforms import Transform as Transform

class TransformedDistribution(torch.distributions.distribution.Distribution):
    """Distribution of transforms(x) for x of a base distribution."""
    base_dist: Any
    transforms: Any
    arg_constraints: ClassVar[Any]
    def __init__(self, base_distribution: Any, transforms: Any, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        ...
    @property
    def support(self) -> Any:
        """The last transform's codomain."""
        ...
    @property
    def has_rsample(self) -> Any: ...
    def sample(self, sample_shape: Any = ...) -> Any:
        """Transformed samples of the base, without gradients."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Transformed samples of the base."""
        ...
    def log_prob(self, value: Any) -> Any:
        """The base's log density at the preimage, less the logarithm of the Jacobian."""
        ...
    def cdf(self, value: Any) -> Any:
        """The base's at the preimage, turned where the transforms decrease."""
        ...
    def icdf(self, value: Any) -> Any:
        """Inverse of cdf."""
        ...
from torch.distributions import constraints as constraints
from torch.distributions.utils import sum_rightmost as sum_rightmost
