# Written by `make stubs` from the finished namespace; don't edit.
"""Multivariate normal distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class ByMatrix:
    """covariance_matrix, precision_matrix and scale_tril, made from the Cholesky factor when first read."""
    @property
    def scale_tril(self) -> Any: ...
    @property
    def covariance_matrix(self) -> Any: ...
    @property
    def precision_matrix(self) -> Any: ...
from torch.distributions.distribution import Distribution as Distribution

class MultivariateNormal(ByMatrix, torch.distributions.distribution.Distribution):
    """Normal vectors of mean `loc`, by covariance, precision or lower Cholesky factor."""
    loc: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any:
        """Diagonal of the covariance."""
        ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """loc + L eps."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
def batch_mahalanobis(factor: Any, x: Any) -> Any:
    """x^T (L L^T)^-1 x for lower triangular factors L; batches broadcast."""
    ...
from torch.distributions import constraints as constraints
def half_log_det(factor: Any) -> Any:
    """Half the log determinant of L L^T."""
    ...
from torch.distributions.utils import lazy_property as lazy_property
def one_matrix(**given: Any) -> Any:
    """(name, matrix) of the only one given. ValueError for none or several."""
    ...
def precision_to_scale_tril(precision: Any) -> Any:
    """Lower Cholesky factor of the inverse: L^-T with rows and columns turned."""
    ...
