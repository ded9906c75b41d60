# Written by `make stubs` from the finished namespace; don't edit.
"""torch.cuda.amp.autocast_mode: a part of torch.cuda.amp."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class autocast(torch.amp.autocast_mode.autocast):
    """torch.amp.autocast('cuda', ...)."""
    def __init__(self, enabled: Bool = True, dtype: Any = ..., cache_enabled: Bool = True) -> None: ...
def custom_bwd(bwd: Any) -> Any:
    """torch.amp.custom_bwd of this device."""
    ...
def custom_fwd(fwd: Any = None, *, cast_inputs: Any = None) -> Any:
    """torch.amp.custom_fwd of this device."""
    ...
