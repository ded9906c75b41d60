# Written by `make stubs` from the finished namespace; don't edit.
"""Options of the linear cross entropy."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class LinearCrossEntropyOptions:
    """How the logits may be computed in chunks of the batch to save memory; the values do not depend on it.
    ValueError for sizes, methods, policies or dtypes that there are not."""
    def __init__(self, allow_retain_graph: Bool = False, batch_chunk_size: Int | None = None, chunking_method: Str | None = 'auto', acc_policy: Str = 'auto', acc_dtype: DType | None = None) -> None: ...
    @property
    def acc_dtype(self) -> Any: ...
    @property
    def acc_policy(self) -> Any: ...
    @property
    def allow_retain_graph(self) -> Any: ...
    @property
    def batch_chunk_size(self) -> Any: ...
    @property
    def chunking_method(self) -> Any: ...
