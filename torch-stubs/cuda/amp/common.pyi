# Written by `make stubs` from the finished namespace; don't edit.
"""torch.cuda.amp.common: whether mixed precision makes sense here."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def amp_definitely_not_available() -> Any:
    """Whether there is no device for it."""
    ...
