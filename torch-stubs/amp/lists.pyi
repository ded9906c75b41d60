# Written by `make stubs` from the finished namespace; don't edit.
"""Which functions autocast gives low precision, float32, or the widest type of their arguments. A name with a dot"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
BANNED: Int
DENSE: Int
FP32: Int
KEEPS_DTYPE: Any
LOW: Int
PADDING: Int
PLAIN: Int
PROMOTE: Int
TABLE: Any
def rules(kind: Any) -> Any:
    """{name: rule} for a device type, 'cpu' or an accelerator; a row of the table may say its own by autocast=."""
    ...
