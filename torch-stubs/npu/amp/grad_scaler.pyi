# Written by `make stubs` from the finished namespace; don't edit.
"""torch.npu.amp.grad_scaler: a part of torch.npu.amp."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class GradScaler(torch.amp.grad_scaler.GradScaler):
    """torch.amp.GradScaler('npu', ...)."""
    def __init__(self, init_scale: Float = 65536.0, growth_factor: Float = 2.0, backoff_factor: Float = 0.5, growth_interval: Int = 2000, enabled: Bool = True) -> None: ...
