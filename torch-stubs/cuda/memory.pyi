# Written by `make stubs` from the finished namespace; don't edit.
"""torch.cuda.memory: the memory functions of torch.cuda."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch import OutOfMemoryError as OutOfMemoryError
from torch.cuda import empty_cache as empty_cache
from torch.cuda import max_memory_allocated as max_memory_allocated
from torch.cuda import max_memory_reserved as max_memory_reserved
from torch.cuda import mem_get_info as mem_get_info
from torch.cuda import memory_allocated as memory_allocated
from torch.cuda import memory_reserved as memory_reserved
from torch.cuda import memory_stats as memory_stats
from torch.cuda import memory_summary as memory_summary
from torch.cuda import reset_peak_memory_stats as reset_max_memory_allocated
from torch.cuda import reset_peak_memory_stats as reset_peak_memory_stats
