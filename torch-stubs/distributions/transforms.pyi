# Written by `make stubs` from the finished namespace; don't edit.
"""Transforms of samples, with inverses and the logarithm of the Jacobian's determinant."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class AbsTransform(Transform):
    """y = |x|; the inverse is one of two."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]

class AffineTransform(Transform):
    """y = loc + scale * x."""
    loc: Any
    scale: Any
    bijective: ClassVar[Any]
    def __init__(self, loc: Any, scale: Any, event_dim: Int = 0, cache_size: Int = 0) -> None: ...
    @property
    def event_dim(self) -> Any: ...
    @property
    def domain(self) -> Any: ...
    @property
    def codomain(self) -> Any: ...
    @property
    def sign(self) -> Any:
        """Sign of the scale."""
        ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class CatTransform(Transform):
    """Each transform takes its length of dimension `dim`."""
    transforms: Any
    lengths: Any
    dim: Any
    @property
    def bijective(self) -> Any: ...
    def __init__(self, tseq: Any, dim: Int = 0, lengths: Any = None, cache_size: Int = 0) -> None: ...
    @property
    def event_dim(self) -> Any: ...
    @property
    def length(self) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    @property
    def domain(self) -> Any: ...
    @property
    def codomain(self) -> Any: ...

class ComposeTransform(Transform):
    """Several transforms, the first one first."""
    parts: Any
    def __init__(self, parts: Any, cache_size: Int = 0) -> None: ...
    @property
    def domain(self) -> Any:
        """Domain of the first."""
        ...
    @property
    def codomain(self) -> Any:
        """Codomain of the last."""
        ...
    @property
    def bijective(self) -> Any: ...
    @property
    def sign(self) -> Any: ...
    @property
    def inv(self) -> Any:
        """The inverses in reverse."""
        ...
    def with_cache(self, cache_size: Int = 1) -> Any: ...
    def __call__(self, x: Any) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class CorrCholeskyTransform(Transform):
    """Vectors of n (n - 1) / 2 numbers to Cholesky factors of n x n correlation matrices, by canonical partial
    correlations."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class CumulativeDistributionTransform(Transform):
    """y = distribution.cdf(x)."""
    distribution: Any
    bijective: ClassVar[Any]
    codomain: ClassVar[Any]
    sign: ClassVar[Any]
    def __init__(self, distribution: Any, cache_size: Int = 0) -> None: ...
    @property
    def domain(self) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...

class ExpTransform(Transform):
    """y = exp(x)."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    sign: ClassVar[Any]
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...

class IndependentTransform(Transform):
    """A transform whose last batch dimensions count as event dimensions."""
    base_transform: Any
    reinterpreted_batch_ndims: Any
    def __init__(self, base_transform: Any, reinterpreted_batch_ndims: Any, cache_size: Int = 0) -> None: ...
    @property
    def domain(self) -> Any: ...
    @property
    def codomain(self) -> Any: ...
    @property
    def bijective(self) -> Any: ...
    @property
    def sign(self) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class LowerCholeskyTransform(Transform):
    """Square matrices to lower triangular ones with a positive diagonal."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]

class PositiveDefiniteTransform(Transform):
    """Square matrices to positive definite ones, by their Cholesky factors."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]

class PowerTransform(Transform):
    """y = x ** exponent."""
    exponent: Any
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    def __init__(self, exponent: Any, cache_size: Int = 0) -> None: ...
    @property
    def sign(self) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class ReshapeTransform(Transform):
    """Reshapes events; ValueError for different numbers of elements."""
    in_shape: Any
    out_shape: Any
    bijective: ClassVar[Any]
    def __init__(self, in_shape: Any, out_shape: Any, cache_size: Int = 0) -> None: ...
    @property
    def domain(self) -> Any: ...
    @property
    def codomain(self) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x)), kept inside (0, 1)."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    sign: ClassVar[Any]
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...

class SoftmaxTransform(Transform):
    """y = softmax(x); the inverse is one of many."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class SoftplusTransform(Transform):
    """y = log(1 + exp(x))."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    sign: ClassVar[Any]
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...

class StackTransform(Transform):
    """Each transform takes one index of dimension `dim`."""
    transforms: Any
    dim: Any
    @property
    def bijective(self) -> Any: ...
    def __init__(self, tseq: Any, dim: Int = 0, cache_size: Int = 0) -> None: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    @property
    def domain(self) -> Any: ...
    @property
    def codomain(self) -> Any: ...

class StickBreakingTransform(Transform):
    """Vectors of n numbers to points of the simplex in n + 1 dimensions: each sigmoid breaks its share off what is
    left."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...
    def forward_shape(self, shape: Any) -> Any: ...
    def inverse_shape(self, shape: Any) -> Any: ...

class TanhTransform(Transform):
    """y = tanh(x)."""
    domain: ClassVar[Any]
    codomain: ClassVar[Any]
    bijective: ClassVar[Any]
    sign: ClassVar[Any]
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any: ...

class Transform:
    """x -> y with `domain` and `codomain`; with cache_size=1 the last pair is remembered, so that inverses are exact
    and cheap."""
    bijective: ClassVar[Any]
    def __init__(self, cache_size: Int = 0) -> None: ...
    @property
    def event_dim(self) -> Any:
        """Dimensions of an event, where input and output agree; ValueError else."""
        ...
    @property
    def inv(self) -> Any:
        """The inverse transform; its inverse is this one."""
        ...
    @property
    def sign(self) -> Any:
        """1 or -1 where the transform increases or decreases."""
        ...
    def with_cache(self, cache_size: Int = 1) -> Any:
        """This transform with another cache size."""
        ...
    def __call__(self, x: Any) -> Any: ...
    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |det dy/dx|."""
        ...
    def forward_shape(self, shape: Any) -> Any:
        """Shape of y for a shape of x."""
        ...
    def inverse_shape(self, shape: Any) -> Any:
        """Shape of x for a shape of y."""
        ...
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions import constraints as constraints
from torch.distributions import identity_transform as identity_transform
from torch.distributions.utils import lazy_property as lazy_property
from torch.nn.functional import pad as pad
from torch.nn.functional import softplus as softplus
from torch.distributions.utils import sum_rightmost as sum_rightmost
from torch.distributions.utils import tril_matrix_to_vec as tril_matrix_to_vec
from torch.distributions.utils import vec_to_tril_matrix as vec_to_tril_matrix
