# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.data.datapipes: the one pipe that programs test for."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.data.datapipes import datapipe as datapipe
from torch.utils.data.datapipes import iter as iter
