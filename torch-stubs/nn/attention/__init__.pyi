# Written by `make stubs` from the finished namespace; don't edit.
"""torch.nn.attention: which kernel scaled_dot_product_attention may use. Here one kernel serves all, so the choice is"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn.attention import bias as bias
from torch.nn.attention import flex_attention as flex_attention

class SDPBackend:
    """Names of the ways to compute attention."""
    ERROR: ClassVar[Any]
    MATH: ClassVar[Any]
    FLASH_ATTENTION: ClassVar[Any]
    EFFICIENT_ATTENTION: ClassVar[Any]
    CUDNN_ATTENTION: ClassVar[Any]
    OVERRIDEABLE: ClassVar[Any]
WARN_FOR_UNFUSED_KERNELS: Bool
def activate_flash_attention_impl(impl: Any) -> Any:
    """Install an implementation; ValueError for a name that was not entered."""
    ...
def current_flash_attention_impl() -> Any:
    """Name of the implementation in use, or None."""
    ...
def list_flash_attention_impls() -> Any:
    """Names of implementations that were entered."""
    ...
def register_flash_attention_impl(impl: Any, *, register_fn: Any) -> Any:
    """Enter a function that installs an implementation of flash attention."""
    ...
def restore_flash_attention_impl() -> Any:
    """Undo activate_flash_attention_impl."""
    ...
def sdpa_kernel(backends: Any, set_priority: Bool = False) -> Any:
    """Context in which only these backends are allowed. All compute the same; ValueError for an empty choice."""
    ...
