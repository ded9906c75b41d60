# Written by `make stubs` from the finished namespace; don't edit.
"""Multivariate normal distribution with a covariance of low rank plus a diagonal."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class LowRankMultivariateNormal(torch.distributions.distribution.Distribution):
    """Normal vectors of mean `loc` and covariance cov_factor cov_factor^T + diag(cov_diag)."""
    loc: Any
    cov_diag: Any
    cov_factor: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    @property
    def scale_tril(self) -> Any: ...
    @property
    def covariance_matrix(self) -> Any: ...
    @property
    def precision_matrix(self) -> Any: ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """loc + W eps + sqrt(D) eps'."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions.multivariate_normal import batch_mahalanobis as batch_mahalanobis
def capacitance_factor(w: Any, d: Any) -> Any:
    """Cholesky factor of I + W^T D^-1 W."""
    ...
from torch.distributions import constraints as constraints
from torch.distributions.multivariate_normal import half_log_det as half_log_det
from torch.distributions.utils import lazy_property as lazy_property
def log_det(d: Any, capacitance: Any) -> Any:
    """Log determinant of W W^T + D."""
    ...
def mahalanobis(w: Any, d: Any, x: Any, capacitance: Any) -> Any:
    """x^T (W W^T + D)^-1 x, by the matrix inversion lemma."""
    ...
