# Written by `make stubs` from the finished namespace; don't edit.
"""Gradients kept in bounds."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def clip_grad_norm(parameters: Any, max_norm: Any, norm_type: Float = 2.0, error_if_nonfinite: Bool = False, foreach: Any = None) -> Any:
    """The old name of clip_grad_norm_."""
    ...
def clip_grad_norm_(parameters: Any, max_norm: Any, norm_type: Float = 2.0, error_if_nonfinite: Bool = False, foreach: Any = None) -> Tensor:
    """Scale the gradients of parameters in place so that their total norm is at most max_norm; returns what it was."""
    ...
def clip_grad_value_(parameters: Any, clip_value: Any, foreach: Any = None) -> Any:
    """Clamp the gradients of parameters to [-clip_value, clip_value] in place."""
    ...
def clip_grads_with_norm_(parameters: Any, max_norm: Any, total_norm: Any, foreach: Any = None) -> Any:
    """Scale gradients in place by max_norm / total_norm where that is below 1."""
    ...
def get_total_norm(tensors: Any, norm_type: Float = 2.0, error_if_nonfinite: Bool = False, foreach: Any = None) -> Any:
    """The norm of all tensors taken as one vector. RuntimeError for a non-finite one if error_if_nonfinite."""
    ...
