# Written by `make stubs` from the finished namespace; don't edit.
"""torch.ao.quantization: the stubs that models carry; converting a model is not supported."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class DeQuantStub(torch.nn.modules.module.Module):
    """Marks where a converted model dequantises; passes its input on until then."""
    qconfig: Any
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
    def __init__(self, qconfig: Any = None) -> None: ...
    def forward(self, x: Any) -> Any:
        """The input."""
        ...

class FakeQuantize:
    """torch.ao.quantization.FakeQuantize is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class FakeQuantizeBase:
    """torch.ao.quantization.FakeQuantizeBase is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class FusedMovingAvgObsFakeQuantize:
    """torch.ao.quantization.FusedMovingAvgObsFakeQuantize is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class HistogramObserver:
    """torch.ao.quantization.HistogramObserver is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class MinMaxObserver:
    """torch.ao.quantization.MinMaxObserver is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
from torch.nn.modules.module import Module as Module

class MovingAverageMinMaxObserver:
    """torch.ao.quantization.MovingAverageMinMaxObserver is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class MovingAveragePerChannelMinMaxObserver:
    """torch.ao.quantization.MovingAveragePerChannelMinMaxObserver is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class ObserverBase:
    """torch.ao.quantization.ObserverBase is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class PerChannelMinMaxObserver:
    """torch.ao.quantization.PerChannelMinMaxObserver is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class PlaceholderObserver:
    """torch.ao.quantization.PlaceholderObserver is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class QConfig:
    """torch.ao.quantization.QConfig is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class QConfigMapping:
    """torch.ao.quantization.QConfigMapping is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class QuantStub(torch.nn.modules.module.Module):
    """Marks where a converted model quantises; passes its input on until then."""
    qconfig: Any
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
    def __init__(self, qconfig: Any = None) -> None: ...
    def forward(self, x: Any) -> Any:
        """The input."""
        ...

class QuantWrapper(torch.nn.modules.module.Module):
    """A module between a QuantStub and a DeQuantStub."""
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
    def __init__(self, module: Any) -> None: ...
    def forward(self, x: Any) -> Any:
        """The wrapped module's result."""
        ...

class UniformQuantizationObserverBase:
    """torch.ao.quantization.UniformQuantizationObserverBase is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
def convert(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.convert is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def disable_fake_quant(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.disable_fake_quant is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def disable_observer(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.disable_observer is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def enable_fake_quant(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.enable_fake_quant is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def enable_observer(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.enable_observer is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def fuse_modules(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.fuse_modules is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def fuse_modules_qat(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.fuse_modules_qat is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def get_default_qat_qconfig(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.get_default_qat_qconfig is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def get_default_qat_qconfig_mapping(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.get_default_qat_qconfig_mapping is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def get_default_qconfig(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.get_default_qconfig is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def get_default_qconfig_mapping(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.get_default_qconfig_mapping is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def prepare(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.prepare is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def prepare_qat(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.prepare_qat is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def propagate_qconfig_(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.propagate_qconfig_ is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def quantize(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.quantize is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def quantize_dynamic(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.quantize_dynamic is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def quantize_qat(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.quantize_qat is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def swap_module(*args: Any, **kwargs: Any) -> Any:
    """torch.ao.quantization.swap_module is not supported by mindtorch: models cannot be converted to quantised ones (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
