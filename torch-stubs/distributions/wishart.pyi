# Written by `make stubs` from the finished namespace; don't edit.
"""Wishart distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.multivariate_normal import ByMatrix as ByMatrix
from torch.distributions.chi2 import Chi2 as Chi2
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily

class Wishart(torch.distributions.multivariate_normal.ByMatrix, torch.distributions.exp_family.ExponentialFamily):
    """Random positive definite matrices: scatter of `df` normal vectors, by covariance, precision or lower Cholesky
    factor."""
    df: Any
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    @property
    def arg_constraints(self) -> Any:
        """df lies above the dimension less 1."""
        ...
    def __init__(self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        ...
    @property
    def mean(self) -> Any: ...
    @property
    def mode(self) -> Any:
        """(df - p - 1) times the covariance; nan below 0."""
        ...
    @property
    def variance(self) -> Any:
        """Variance of each entry."""
        ...
    def rsample(self, sample_shape: Any = ..., max_try_correction: Any = None) -> Any:
        """Bartlett's construction; singular samples are drawn anew, at most max_try_correction (10) times."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
    def entropy(self) -> Any:
        """Entropy."""
        ...
from torch.distributions import constraints as constraints
def multidigamma(x: Any, p: Any) -> Any:
    """Derivative of mvlgamma."""
    ...
from torch.distributions.multivariate_normal import precision_to_scale_tril as precision_to_scale_tril
