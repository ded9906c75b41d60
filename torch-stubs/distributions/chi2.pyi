# Written by `make stubs` from the finished namespace; don't edit.
"""Chi-squared distribution."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Chi2(torch.distributions.gamma.Gamma):
    """Sum of squares of `df` standard normal numbers."""
    arg_constraints: ClassVar[Any]
    def __init__(self, df: Any, validate_args: Any = None) -> None: ...
    @property
    def df(self) -> Any: ...
from torch.distributions.gamma import Gamma as Gamma
from torch.distributions import constraints as constraints
