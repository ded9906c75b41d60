# Written by `make stubs` from the finished namespace; don't edit.
"""Softmax over many classes in clusters by frequency."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class AdaptiveLogSoftmaxWithLoss(torch.nn.modules.module.Module):
    """Frequent classes in a head, rarer ones in ever smaller projections; classes are sorted by frequency, cutoffs are
    where clusters end."""
    in_features: Any
    n_classes: Any
    cutoffs: Any
    div_value: Any
    head_bias: Any
    shortlist_size: Any
    n_clusters: Any
    head_size: Any
    head: Any
    tail: Any
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
    def __init__(self, in_features: Int, n_classes: Int, cutoffs: Any, div_value: Float = 4.0, head_bias: Bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def reset_parameters(self) -> Any:
        """Reset all projections."""
        ...
    def forward(self, input: Any, target_: Any) -> Tensor:
        """(log probability of each target, mean negative of them); RuntimeError for targets of another batch or out of
        range."""
        ...
    def log_prob(self, input: Any) -> Any:
        """Log probabilities of all classes, (N, n_classes)."""
        ...
    def predict(self, input: Any) -> Any:
        """The most probable class of each row."""
        ...
from torch.nn import functional as F
from torch.nn.modules.linear import Linear as Linear
from torch.nn.modules.module import Module as Module
from torch.nn.modules.container import ModuleList as ModuleList
from torch.nn.modules.container import Sequential as Sequential
