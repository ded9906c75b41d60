# Written by `make stubs` from the finished namespace; don't edit.
"""Batch normalisation."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class BatchNorm1d(torch.nn.modules.module.Module):
    """Batch normalisation of 2D or 3D input over its channels."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Bool
    track_running_stats: Bool
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
    def __init__(self, num_features: Int, eps: Float = 1e-05, momentum: Float | None = 0.1, affine: Bool = True, track_running_stats: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """Weight 1, bias 0, fresh statistics."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...

class BatchNorm2d(torch.nn.modules.module.Module):
    """Batch normalisation of 4D input over its channels."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Bool
    track_running_stats: Bool
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
    def __init__(self, num_features: Int, eps: Float = 1e-05, momentum: Float | None = 0.1, affine: Bool = True, track_running_stats: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """Weight 1, bias 0, fresh statistics."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...

class BatchNorm3d(torch.nn.modules.module.Module):
    """Batch normalisation of 5D input over its channels."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Bool
    track_running_stats: Bool
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
    def __init__(self, num_features: Int, eps: Float = 1e-05, momentum: Float | None = 0.1, affine: Bool = True, track_running_stats: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """Weight 1, bias 0, fresh statistics."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
from torch.nn import functional as F

class LazyBatchNorm1d(torch.nn.modules.lazy.LazyModuleMixin, torch.nn.modules.module.Module):
    """A BatchNorm1d that takes num_features from its first input."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Any
    track_running_stats: Any
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any
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
    def __init__(self, eps: Float = 1e-05, momentum: Float = 0.1, affine: Bool = True, track_running_stats: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    def initialize_parameters(self, input: Any) -> Any:
        """Take num_features from the input's channels."""
        ...
    cls_to_become: ClassVar[Any]

class LazyBatchNorm2d(torch.nn.modules.lazy.LazyModuleMixin, torch.nn.modules.module.Module):
    """A BatchNorm2d that takes num_features from its first input."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Any
    track_running_stats: Any
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any
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
    def __init__(self, eps: Float = 1e-05, momentum: Float = 0.1, affine: Bool = True, track_running_stats: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    def initialize_parameters(self, input: Any) -> Any:
        """Take num_features from the input's channels."""
        ...
    cls_to_become: ClassVar[Any]

class LazyBatchNorm3d(torch.nn.modules.lazy.LazyModuleMixin, torch.nn.modules.module.Module):
    """A BatchNorm3d that takes num_features from its first input."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Any
    track_running_stats: Any
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any
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
    def __init__(self, eps: Float = 1e-05, momentum: Float = 0.1, affine: Bool = True, track_running_stats: Bool = True, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """As the base, once there is something to reset."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    def initialize_parameters(self, input: Any) -> Any:
        """Take num_features from the input's channels."""
        ...
    cls_to_become: ClassVar[Any]
from torch.nn.modules.lazy import LazyModuleMixin as LazyModuleMixin
from torch.nn.modules.module import Module as Module
from torch.nn.parameter import Parameter as Parameter

class SyncBatchNorm(torch.nn.modules.module.Module):
    """Batch normalisation with statistics of all processes of a group; without one it is a plain one.
    NotImplementedError in a larger group."""
    num_features: Int
    eps: Float
    momentum: Float | None
    affine: Bool
    track_running_stats: Bool
    process_group: Any
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
    def __init__(self, num_features: Int, eps: Float = 1e-05, momentum: Float | None = 0.1, affine: Bool = True, track_running_stats: Bool = True, process_group: Any = None, device: Any = None, dtype: Any = None, *, bias: Bool = True) -> None: ...
    def reset_running_stats(self) -> Any:
        """Mean 0, variance 1, no batches seen."""
        ...
    def reset_parameters(self) -> Any:
        """Weight 1, bias 0, fresh statistics."""
        ...
    def extra_repr(self) -> Any: ...
    def forward(self, input: Any) -> Tensor: ...
    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with every batch norm in it replaced by a SyncBatchNorm on the same parameters and buffers."""
        ...
from torch.nn.parameter import UninitializedBuffer as UninitializedBuffer
from torch.nn.parameter import UninitializedParameter as UninitializedParameter
from torch.nn import init as init
def said_of(dims: Any) -> Any:
    """'2D or 3D' for (2, 3)."""
    ...
