# Written by `make stubs` from the finished namespace; don't edit.
"""Distributions whose density is exp(<natural parameters, statistics> - log normaliser + carrier)."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.distribution import Distribution as Distribution

class ExponentialFamily(torch.distributions.distribution.Distribution):
    """Base of exponential families: the entropy follows from the log normaliser's gradient."""
    def entropy(self) -> Any:
        """Entropy from the Bregman divergence of the log normaliser."""
        ...
