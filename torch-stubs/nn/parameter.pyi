# Written by `make stubs` from the finished namespace; don't edit.
"""Parameters and buffers: the tensors that modules register by themselves."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Buffer(torch.Tensor):
    """A tensor that a module registers as a buffer: Buffer(data, persistent=True). It is data itself, marked."""
    def __init__(self, data: Any = None, *, persistent: Bool = True) -> None: ...
    ...

class Parameter(torch.Tensor):
    """A tensor that a module counts among its parameters: Parameter(data, requires_grad=True)."""
    def __init__(self, data: Any = None, requires_grad: Bool = True) -> None: ...
    ...
from torch import Tensor as Tensor

class UninitializedBuffer(UninitializedTensorMixin, torch.Tensor):
    """A buffer whose shape is not known yet."""
    def __init__(self, requires_grad: Bool = False, device: Any = None, dtype: Any = None, persistent: Bool = True) -> None: ...
    cls_to_become: ClassVar[Any]

class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known yet."""
    def __init__(self, requires_grad: Bool = True, device: Any = None, dtype: Any = None) -> None: ...
    cls_to_become: ClassVar[Any]

class UninitializedTensorMixin:
    """What lazy parameters and buffers share: no shape until materialize()."""
    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> Any:
        """Give it memory of this shape and make it an ordinary parameter or buffer."""
        ...
    @property
    def shape(self) -> Any: ...
    def share_memory_(self) -> Any:
        """RuntimeError: there is no memory yet."""
        ...
def forget_gradients(parameters: Any, set_to_none: Any) -> Any:
    """What zero_grad of modules and optimizers does: gradients become None, or zeros outside any graph."""
    ...
def is_lazy(param: Any) -> Bool:
    """Whether a parameter or buffer has no shape yet."""
    ...
