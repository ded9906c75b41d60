# Written by `make stubs` from the finished namespace; don't edit.
"""Modules called with other parameters than their own."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def functional_call(module: Any, parameters_and_buffers: Any, args: Any = None, kwargs: Any = None, *, tie_weights: Bool = True, strict: Bool = False) -> Any:
    """module(*args, **kwargs) with tensors given by name in place of its own (deprecated: see
    torch.func.functional_call)."""
    ...
