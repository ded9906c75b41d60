# Written by `make stubs` from the finished namespace; don't edit.
"""Forward-mode differentiation: tensors that carry a tangent."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch import Tensor as Tensor

class UnpackedDualTensor(NamedTuple):
    primal: Tensor
    tangent: Tensor

class dual_level:
    """Context in which dual tensors can be made; its value is the level's number."""
    def clone(self) -> Any: ...
    def __call__(self, function: Any) -> Any: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
def enter_dual_level() -> Any:
    """Open a level and return its number, 0. RuntimeError when one is open."""
    ...
def exit_dual_level(*, level: Any = None) -> Any:
    """Close the level: no tensor has a tangent any more. RuntimeError when none is open."""
    ...
def function_outputs(function: Any, context: Any, args: Any, results: Any) -> Any:
    """Outputs of a custom Function with a jvp, with the tangents that it gives; `results` unless an input has a
    tangent."""
    ...
from torch.autograd import grad_mode as grad_mode
def make_dual(tensor: Any, tangent: Any, *, level: Any = None) -> Any:
    """The tensor with a tangent of its shape: shares memory with `tensor`. ValueError unless both are of floating or
    complex dtype,
    RuntimeError for other sizes, without a level, or for a tensor that has a tangent."""
    ...
def tangent_of(tensor: Any) -> Any:
    """The tangent of a tensor at the open level, or None; differentiable itself."""
    ...
def unpack_dual(tensor: Any, *, level: Any = None) -> Any:
    """(primal, tangent) of a tensor; the tangent is None for one without, or without a level. Both keep the history
    that the caller's tensors have."""
    ...
