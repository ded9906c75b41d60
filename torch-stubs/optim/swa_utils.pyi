# Written by `make stubs` from the finished namespace; don't edit.
"""Averages of weights over training, and the rate schedule that goes with them."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class AveragedModel(torch.nn.modules.module.Module):
    """A copy of a model whose parameters (and buffers, on wish) average those that update_parameters sees."""
    module: Any
    avg_fn: Any
    multi_avg_fn: Any
    use_buffers: Any
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
    def __init__(self, model: Any, device: Any = None, avg_fn: Any = None, multi_avg_fn: Any = None, use_buffers: Bool = False) -> None: ...
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The averaged model's forward."""
        ...
    def update_parameters(self, model: Any) -> Any:
        """Take the present parameters of a model in."""
        ...
from torch.optim.lr_scheduler import LRScheduler as LRScheduler
from torch.nn.modules.module import Module as Module
from torch.optim.optimizer import Optimizer as Optimizer

class SWALR(torch.optim.lr_scheduler.LRScheduler):
    """From each group's rate to swa_lr in anneal_epochs, then constant. ValueError for settings out of range."""
    anneal_epochs: Any
    def __init__(self, optimizer: Any, swa_lr: Any, anneal_epochs: Int = 10, anneal_strategy: Str = 'cos', last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...
def get_ema_avg_fn(decay: Float = 0.999) -> Any:
    """Exponential moving average of one parameter."""
    ...
def get_ema_multi_avg_fn(decay: Float = 0.999) -> Any:
    """Exponential moving average over lists of parameters."""
    ...
def get_swa_avg_fn() -> Any:
    """Plain average of one parameter."""
    ...
def get_swa_multi_avg_fn() -> Any:
    """Plain average over lists of parameters."""
    ...
def update_bn(loader: Any, model: Any, device: Any = None) -> Any:
    """Recompute the running statistics of a model's batch norms from a loader's data."""
    ...
