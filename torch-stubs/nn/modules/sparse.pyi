# Written by `make stubs` from the finished namespace; don't edit.
"""Embeddings."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Embedding(torch.nn.modules.module.Module):
    """Rows of a table by index; see torch.nn.functional.embedding."""
    max_norm: Any
    norm_type: Any
    scale_grad_by_freq: Any
    sparse: Any
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
    def reset_parameters(self) -> Any:
        """Standard normal values, zeros for the padding."""
        ...
    def extra_repr(self) -> Any: ...
    def __init__(self, num_embeddings: Int, embedding_dim: Int, padding_idx: Int | None = None, max_norm: Float | None = None, norm_type: Float = 2.0, scale_grad_by_freq: Bool = False, sparse: Bool = False, _weight: Any = None, _freeze: Bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any) -> Tensor: ...
    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: Bool = True, padding_idx: Any = None, max_norm: Any = None, norm_type: Float = 2.0, scale_grad_by_freq: Bool = False, sparse: Bool = False) -> Any:
        """An Embedding on a given (rows, columns) tensor, which is not trained if `freeze`."""
        ...

class EmbeddingBag(torch.nn.modules.module.Module):
    """Sums, means or maxima of bags of rows; see torch.nn.functional.embedding_bag."""
    max_norm: Any
    norm_type: Any
    scale_grad_by_freq: Any
    mode: Any
    sparse: Any
    include_last_offset: Any
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
    def reset_parameters(self) -> Any:
        """Standard normal values, zeros for the padding."""
        ...
    def extra_repr(self) -> Any: ...
    def __init__(self, num_embeddings: Int, embedding_dim: Int, max_norm: Float | None = None, norm_type: Float = 2.0, scale_grad_by_freq: Bool = False, mode: Str = 'mean', sparse: Bool = False, _weight: Any = None, include_last_offset: Bool = False, padding_idx: Int | None = None, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor: ...
    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: Bool = True, max_norm: Any = None, norm_type: Float = 2.0, scale_grad_by_freq: Bool = False, mode: Str = 'mean', sparse: Bool = False, include_last_offset: Bool = False, padding_idx: Any = None) -> Any:
        """An EmbeddingBag on a given (rows, columns) tensor, which is not trained if `freeze`."""
        ...
from torch.nn import functional as F
from torch.nn.modules.module import Module as Module
from torch.nn.parameter import Parameter as Parameter
from torch.nn import init as init
