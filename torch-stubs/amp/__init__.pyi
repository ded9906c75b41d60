# Written by `make stubs` from the finished namespace; don't edit.
"""Automatic mixed precision."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.amp import autocast_mode as autocast_mode
from torch.amp import grad_scaler as grad_scaler
from torch.amp import lists as lists
from torch.amp import of_device as of_device
FUNCTIONS: Any
from torch.amp.grad_scaler import GradScaler as GradScaler
from torch.amp.autocast_mode import autocast as autocast
from torch.amp.autocast_mode import custom_bwd as custom_bwd
from torch.amp.autocast_mode import custom_fwd as custom_fwd
from torch.amp.autocast_mode import is_autocast_available as is_autocast_available
