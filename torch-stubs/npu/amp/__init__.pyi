# Written by `make stubs` from the finished namespace; don't edit.
"""torch.npu.amp: torch.amp for device type npu, as torch_npu has it."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.npu.amp import autocast_mode as autocast_mode
from torch.npu.amp import grad_scaler as grad_scaler
from torch.npu.amp.grad_scaler import GradScaler as GradScaler
from torch.npu.amp.autocast_mode import autocast as autocast
from torch.npu.amp.autocast_mode import custom_bwd as custom_bwd
from torch.npu.amp.autocast_mode import custom_fwd as custom_fwd
from torch.amp.of_device import fill as fill
