# Written by `make stubs` from the finished namespace; don't edit.
"""Distances between rows."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class CosineSimilarity(torch.nn.modules.module.Module):
    """CosineSimilarity: see torch.nn.functional."""
    dim: Any
    eps: Any
    def register_forward_pre_hook(self, hook: Any, *, prepend: Bool = False, with_kwargs: Bool = False) -> Any:
        """hook(module, args) before forward, or (module, args, kwargs) when with_kwargs; it may return new ones."""
        ...
    def register_forward_hook(self, hook: Any, *, prepend: Bool = False, with_kwargs: Bool = False, always_call: Bool = False) -> Any:
        """hook(module, args, output) after forward, or (module, args, kwargs, output) when with_kwargs; it may return a
        new output.
        With always_call it runs even when forward raises."""
        ...
    def register_full_backward_pre_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(module, grad_output) before this module's backward; it may return a new grad_output."""
        ...
    def register_backward_hook(self, hook: Any) -> Any:
        """hook(module, grad_input, grad_output) on the last node of forward (deprecated; see
        register_full_backward_hook)."""
        ...
    def register_full_backward_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(module, grad_input, grad_output) once gradients of the inputs are there; it may return a new
        grad_input."""
        ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __init__(self, dim: Int = 1, eps: Float = 1e-08) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Tensor: ...
from torch.nn import functional as F
from torch.nn.modules.module import Module as Module

class PairwiseDistance(torch.nn.modules.module.Module):
    """PairwiseDistance: see torch.nn.functional."""
    norm: Any
    eps: Any
    keepdim: Any
    def register_forward_pre_hook(self, hook: Any, *, prepend: Bool = False, with_kwargs: Bool = False) -> Any:
        """hook(module, args) before forward, or (module, args, kwargs) when with_kwargs; it may return new ones."""
        ...
    def register_forward_hook(self, hook: Any, *, prepend: Bool = False, with_kwargs: Bool = False, always_call: Bool = False) -> Any:
        """hook(module, args, output) after forward, or (module, args, kwargs, output) when with_kwargs; it may return a
        new output.
        With always_call it runs even when forward raises."""
        ...
    def register_full_backward_pre_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(module, grad_output) before this module's backward; it may return a new grad_output."""
        ...
    def register_backward_hook(self, hook: Any) -> Any:
        """hook(module, grad_input, grad_output) on the last node of forward (deprecated; see
        register_full_backward_hook)."""
        ...
    def register_full_backward_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(module, grad_input, grad_output) once gradients of the inputs are there; it may return a new
        grad_input."""
        ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __init__(self, p: Float = 2.0, eps: Float = 1e-06, keepdim: Bool = False) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Tensor: ...
def layer(name: Any, arguments: Str = '', forward: Any = None, *, inputs: Str = 'input', base: Str = 'Module', init: Str = 'super().__init__()', shows: Any = None, constants: Any = None, check: Str = '', drop: Any = ..., doc: Any = None) -> Any:
    """A class `name`: `arguments` are those of __init__ and become attributes unless `init` uses them, `forward` is
    the expression of the result,
    `shows` the format of extra_repr (inplace=True is added when it is set and not mentioned), `check` a statement
    of __init__ before they are stored, `drop` the
    arguments that only it needs."""
    ...
from torch.nn.modules.activation import layers as layers
