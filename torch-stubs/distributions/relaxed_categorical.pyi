# Written by `make stubs` from the finished namespace; don't edit.
"""Continuous relaxations of the one-hot categorical distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.categorical import Categorical as Categorical
from torch.distributions.distribution import Distribution as Distribution

class ExpRelaxedCategorical(torch.distributions.distribution.Distribution):
    """Logarithms of relaxed one-hot samples: log-softmax of logits with Gumbel noise, over `temperature`."""
    temperature: Any
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        ...
    @property
    def param_shape(self) -> Any: ...
    @property
    def logits(self) -> Any: ...
    @property
    def probs(self) -> Any: ...
    def rsample(self, sample_shape: Any = ...) -> Any:
        """Samples with gradients."""
        ...
    def log_prob(self, value: Any) -> Any:
        """Log density."""
        ...
from torch.distributions.transforms import ExpTransform as ExpTransform

class RelaxedOneHotCategorical(torch.distributions.transformed_distribution.TransformedDistribution):
    """Points of the simplex that approach one-hot vectors as `temperature` goes to 0."""
    arg_constraints: ClassVar[Any]
    support: ClassVar[Any]
    has_rsample: ClassVar[Any]
    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None: ...
    @property
    def temperature(self) -> Any: ...
    @property
    def logits(self) -> Any: ...
    @property
    def probs(self) -> Any: ...
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions.utils import broadcast_all as broadcast_all
from torch.distributions.utils import clamp_probs as clamp_probs
from torch.distributions import constraints as constraints
