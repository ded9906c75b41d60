# Written by `make stubs` from the finished namespace; don't edit.
"""Modules whose parameters get their shapes from the first input."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class LazyModuleMixin:
    """Mixed in before a module class: parameters stay uninitialised until initialize_parameters(*first input) gave them
    shapes;
    afterwards the object is a `cls_to_become`."""
    cls_to_become: ClassVar[Any]
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def initialize_parameters(self, *args: Any, **kwargs: Any) -> Any:
        """Give the parameters shapes that fit the input."""
        ...
    def has_uninitialized_params(self) -> Any:
        """Whether some parameter or buffer has no shape yet."""
        ...
from torch.nn.parameter import is_lazy as is_lazy
