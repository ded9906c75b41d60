# Written by `make stubs` from the finished namespace; don't edit.
"""The old name of Tensor."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch import Tensor as Tensor

class Variable:
    """Variable(tensor, requires_grad=False) is that tensor."""
    def __init__(self, data: Any = None, requires_grad: Bool = False, volatile: Bool = False) -> None: ...
    ...

class VariableMeta(type):
    """Every tensor is a Variable."""
    ...
