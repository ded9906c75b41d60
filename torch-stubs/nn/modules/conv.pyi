# Written by `make stubs` from the finished namespace; don't edit.
"""Convolutions of one to three dimensions, transposed and lazy ones."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Conv1d(torch.nn.modules.module.Module):
    """Convolution over 1 dimensions; input (N, C, ...) or (C, ...)."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Tensor
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
    def __init__(self, in_channels: Int, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = True, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...

class Conv2d(torch.nn.modules.module.Module):
    """Convolution over 2 dimensions; input (N, C, ...) or (C, ...)."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Tensor
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
    def __init__(self, in_channels: Int, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = True, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...

class Conv3d(torch.nn.modules.module.Module):
    """Convolution over 3 dimensions; input (N, C, ...) or (C, ...)."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Tensor
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
    def __init__(self, in_channels: Int, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = True, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...

class ConvTranspose1d(torch.nn.modules.module.Module):
    """Transposed convolution over 1 dimensions; input (N, C, ...) or (C, ...)."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Tensor
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
    def __init__(self, in_channels: Int, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, output_padding: Int = 0, groups: Int = 1, bias: Bool = True, dilation: Int = 1, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any, output_size: Any = None) -> Tensor: ...

class ConvTranspose2d(torch.nn.modules.module.Module):
    """Transposed convolution over 2 dimensions; input (N, C, ...) or (C, ...)."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Tensor
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
    def __init__(self, in_channels: Int, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, output_padding: Int = 0, groups: Int = 1, bias: Bool = True, dilation: Int = 1, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any, output_size: Any = None) -> Tensor: ...

class ConvTranspose3d(torch.nn.modules.module.Module):
    """Transposed convolution over 3 dimensions; input (N, C, ...) or (C, ...)."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Tensor
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
    def __init__(self, in_channels: Int, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, output_padding: Int = 0, groups: Int = 1, bias: Bool = True, dilation: Int = 1, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any, output_size: Any = None) -> Tensor: ...
from torch.nn import functional as F

class LazyConv1d(torch.nn.modules.lazy.LazyModuleMixin, Conv1d):
    """A Conv1d that takes in_channels from its first input."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Any
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
    def __init__(self, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = True, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the weight's shape from the input."""
        ...
    cls_to_become: ClassVar[Any]

class LazyConv2d(torch.nn.modules.lazy.LazyModuleMixin, Conv2d):
    """A Conv2d that takes in_channels from its first input."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Any
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
    def __init__(self, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = True, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the weight's shape from the input."""
        ...
    cls_to_become: ClassVar[Any]

class LazyConv3d(torch.nn.modules.lazy.LazyModuleMixin, Conv3d):
    """A Conv3d that takes in_channels from its first input."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Any
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
    def __init__(self, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = True, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the weight's shape from the input."""
        ...
    cls_to_become: ClassVar[Any]

class LazyConvTranspose1d(torch.nn.modules.lazy.LazyModuleMixin, ConvTranspose1d):
    """A ConvTranspose1d that takes in_channels from its first input."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Any
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
    def __init__(self, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, output_padding: Int = 0, groups: Int = 1, bias: Bool = True, dilation: Int = 1, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any, output_size: Any = None) -> Tensor: ...
    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the weight's shape from the input."""
        ...
    cls_to_become: ClassVar[Any]

class LazyConvTranspose2d(torch.nn.modules.lazy.LazyModuleMixin, ConvTranspose2d):
    """A ConvTranspose2d that takes in_channels from its first input."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Any
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
    def __init__(self, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, output_padding: Int = 0, groups: Int = 1, bias: Bool = True, dilation: Int = 1, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any, output_size: Any = None) -> Tensor: ...
    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the weight's shape from the input."""
        ...
    cls_to_become: ClassVar[Any]

class LazyConvTranspose3d(torch.nn.modules.lazy.LazyModuleMixin, ConvTranspose3d):
    """A ConvTranspose3d that takes in_channels from its first input."""
    bias: Tensor | None
    in_channels: Int
    out_channels: Int
    kernel_size: tuple[Any, ...]
    stride: tuple[Any, ...]
    padding: Str | tuple[Any, ...]
    dilation: tuple[Any, ...]
    transposed: Bool
    output_padding: tuple[Any, ...]
    groups: Int
    padding_mode: Str
    weight: Any
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
    def __init__(self, out_channels: Int, kernel_size: Any, stride: Int = 1, padding: Int = 0, output_padding: Int = 0, groups: Int = 1, bias: Bool = True, dilation: Int = 1, padding_mode: Str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any, output_size: Any = None) -> Tensor: ...
    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the weight's shape from the input."""
        ...
    cls_to_become: ClassVar[Any]
from torch.nn.modules.lazy import LazyModuleMixin as LazyModuleMixin
from torch.nn.modules.module import Module as Module
from torch.nn.parameter import Parameter as Parameter
from torch.nn.parameter import UninitializedParameter as UninitializedParameter
from torch.nn import init as init
def layer(name: Any, arguments: Str = '', forward: Any = None, *, inputs: Str = 'input', base: Str = 'Module', init: Str = 'super().__init__()', shows: Any = None, constants: Any = None, check: Str = '', drop: Any = ..., doc: Any = None) -> Any:
    """A class `name`: `arguments` are those of __init__ and become attributes unless `init` uses them, `forward` is
    the expression of the result,
    `shows` the format of extra_repr (inplace=True is added when it is set and not mentioned), `check` a statement
    of __init__ before they are stored, `drop` the
    arguments that only it needs."""
    ...
from torch.nn.modules.activation import layers as layers
