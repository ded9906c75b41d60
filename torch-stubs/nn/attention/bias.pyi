# Written by `make stubs` from the finished namespace; don't edit.
"""torch.nn.attention.bias: causal masks of sequences whose lengths differ, as tensors."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class CausalBias(torch.Tensor):
    """A causal mask [queries, keys], True where a query sees a key."""
    variant: Any
    seq_len_q: Any
    seq_len_kv: Any
    def __init__(self, variant: Any, seq_len_q: Any, seq_len_kv: Any) -> None: ...
    @property
    def shape(self) -> Any: ...
    @property
    def dtype(self) -> Any: ...
    @property
    def device(self) -> Any: ...
    @property
    def ndim(self) -> Any: ...
    @property
    def requires_grad(self) -> Any: ...
    @property
    def is_leaf(self) -> Any: ...
    @property
    def grad_fn(self) -> Any: ...
    @property
    def is_meta(self) -> Any: ...

class CausalVariant:
    """Where the triangle of a causal mask that is not square lies."""
    UPPER_LEFT: ClassVar[Any]
    LOWER_RIGHT: ClassVar[Any]
def causal_lower_right(*size: Any) -> Any:
    """A CausalBias whose triangle ends at the last query and key."""
    ...
def causal_upper_left(*size: Any) -> Any:
    """A CausalBias whose triangle begins at the first query and key."""
    ...
