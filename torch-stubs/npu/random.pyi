# Written by `make stubs` from the finished namespace; don't edit.
"""torch.npu.random: the generator functions of torch.npu."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.cuda import get_rng_state as get_rng_state
from torch.cuda import get_rng_state_all as get_rng_state_all
from torch.cuda import manual_seed as manual_seed
from torch.cuda import manual_seed_all as manual_seed_all
from torch.cuda import set_rng_state as set_rng_state
from torch.cuda import set_rng_state_all as set_rng_state_all
