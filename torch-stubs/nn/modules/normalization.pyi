# Written by `make stubs` from the finished namespace; don't edit.
"""Layer, group, root-mean-square and local response normalisation."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class CrossMapLRN2d(torch.nn.modules.module.Module):
    """CrossMapLRN2d: see torch.nn.functional."""
    size: Any
    alpha: Any
    beta: Any
    k: Any
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
    def __init__(self, size: Int, alpha: Float = 0.0001, beta: Float = 0.75, k: Float = 1) -> None: ...
    def forward(self, input: Any) -> Tensor: ...
    def extra_repr(self) -> Any: ...
from torch.nn import functional as F
from torch.autograd.function import Function as Function

class GroupNorm(torch.nn.modules.module.Module):
    """Normalisation over groups of channels; ValueError when the groups don't divide them."""
    num_groups: Any
    num_channels: Any
    eps: Any
    affine: Any
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
    def __init__(self, num_groups: Int, num_channels: Int, eps: Float = 1e-05, affine: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight 1, bias 0."""
        ...
    def forward(self, input: Any) -> Tensor: ...
    def extra_repr(self) -> Any: ...

class LayerNorm(torch.nn.modules.module.Module):
    """Normalisation over the last dimensions, normalized_shape."""
    normalized_shape: Any
    eps: Any
    elementwise_affine: Any
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
    def __init__(self, normalized_shape: Any, eps: Float = 1e-05, elementwise_affine: Bool = True, bias: Bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight 1, bias 0."""
        ...
    def forward(self, input: Any) -> Tensor: ...
    def extra_repr(self) -> Any: ...

class LocalResponseNorm(torch.nn.modules.module.Module):
    """LocalResponseNorm: see torch.nn.functional."""
    size: Any
    alpha: Any
    beta: Any
    k: Any
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
    def __init__(self, size: Int, alpha: Float = 0.0001, beta: Float = 0.75, k: Float = 1.0) -> None: ...
    def forward(self, input: Any) -> Tensor: ...
    def extra_repr(self) -> Any: ...
from torch.nn.modules.module import Module as Module
from torch.nn.parameter import Parameter as Parameter

class RMSNorm(torch.nn.modules.module.Module):
    """Division by the root mean square over the last dimensions, normalized_shape."""
    normalized_shape: Any
    eps: Any
    elementwise_affine: Any
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
    def __init__(self, normalized_shape: Any, eps: Float | None = None, elementwise_affine: Bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight 1."""
        ...
    def forward(self, x: Any) -> Tensor: ...
    def extra_repr(self) -> Any: ...
from torch.nn import init as init
def layer(name: Any, arguments: Str = '', forward: Any = None, *, inputs: Str = 'input', base: Str = 'Module', init: Str = 'super().__init__()', shows: Any = None, constants: Any = None, check: Str = '', drop: Any = ..., doc: Any = None) -> Any:
    """A class `name`: `arguments` are those of __init__ and become attributes unless `init` uses them, `forward` is
    the expression of the result,
    `shows` the format of extra_repr (inplace=True is added when it is set and not mentioned), `check` a statement
    of __init__ before they are stored, `drop` the
    arguments that only it needs."""
    ...
from torch.nn.modules.activation import layers as layers
