# Written by `make stubs` from the finished namespace; don't edit.
"""torch.cpu.amp, torch.cuda.amp and torch.npu.amp: torch.amp with the device type filled in."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch import amp as amp
def fill(module: Any, device: Any, dtype: Any = ..., deprecated: Bool = True, custom: Bool = True) -> Any:
    """Enter autocast and GradScaler, with `custom` custom_fwd and custom_bwd too, into a module torch.DEVICE.amp and
    the modules autocast_mode and grad_scaler of it."""
    ...
