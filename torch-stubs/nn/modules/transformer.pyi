# Written by `make stubs` from the finished namespace; don't edit.
"""The encoder-decoder transformer."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn.modules.dropout import Dropout as Dropout
from torch.nn import functional as F
from torch.nn.modules.normalization import LayerNorm as LayerNorm
from torch.nn.modules.linear import Linear as Linear
from torch.nn.modules.module import Module as Module
from torch.nn.modules.container import ModuleList as ModuleList
from torch.nn.modules.activation import MultiheadAttention as MultiheadAttention

class Transformer(torch.nn.modules.module.Module):
    """An encoder and a decoder of `nhead` heads on model width d_model."""
    d_model: Any
    nhead: Any
    batch_first: Any
    encoder: Any
    decoder: Any
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
    def __init__(self, d_model: Int = 512, nhead: Int = 8, num_encoder_layers: Int = 6, num_decoder_layers: Int = 6, dim_feedforward: Int = 2048, dropout: Float = 0.1, activation: Any = ..., custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: Float = 1e-05, batch_first: Bool = False, norm_first: Bool = False, bias: Bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, src: Any, tgt: Any, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None, src_key_padding_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, src_is_causal: Any = None, tgt_is_causal: Any = None, memory_is_causal: Bool = False) -> Tensor:
        """The decoder's output for tgt; RuntimeError when batch or feature sizes differ."""
        ...
    @staticmethod
    def generate_square_subsequent_mask(sz: Any, device: Any = None, dtype: Any = None) -> Any:
        """(sz, sz) of -inf above the diagonal, 0 elsewhere."""
        ...

class TransformerDecoder(torch.nn.modules.module.Module):
    """num_layers copies of a layer, then norm."""
    layers: Any
    num_layers: Any
    norm: Any
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
    def __init__(self, decoder_layer: Any, num_layers: Int, norm: Any = None) -> None: ...
    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: Any = None, memory_is_causal: Bool = False) -> Any:
        """The output of the last layer, normalised."""
        ...

class TransformerDecoderLayer(torch.nn.modules.module.Module):
    """Self-attention, attention to memory and feed-forward, each with residual and norm."""
    self_attn: Any
    multihead_attn: Any
    linear1: Any
    dropout: Any
    linear2: Any
    norm_first: Any
    norm1: Any
    norm2: Any
    norm3: Any
    dropout1: Any
    dropout2: Any
    dropout3: Any
    activation: Any
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
    def __init__(self, d_model: Int, nhead: Int, dim_feedforward: Int = 2048, dropout: Float = 0.1, activation: Any = ..., layer_norm_eps: Float = 1e-05, batch_first: Bool = False, norm_first: Bool = False, bias: Bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: Bool = False, memory_is_causal: Bool = False) -> Tensor: ...

class TransformerEncoder(torch.nn.modules.module.Module):
    """num_layers copies of a layer, then norm."""
    layers: Any
    num_layers: Any
    norm: Any
    enable_nested_tensor: Any
    mask_check: Any
    use_nested_tensor: Any
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
    def __init__(self, encoder_layer: Any, num_layers: Int, norm: Any = None, enable_nested_tensor: Bool = True, mask_check: Bool = True) -> None: ...
    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: Any = None) -> Any:
        """The output of the last layer, normalised."""
        ...

class TransformerEncoderLayer(torch.nn.modules.module.Module):
    """Self-attention and feed-forward, each with residual and norm."""
    self_attn: Any
    linear1: Any
    dropout: Any
    linear2: Any
    norm_first: Any
    norm1: Any
    norm2: Any
    dropout1: Any
    dropout2: Any
    activation_relu_or_gelu: Any
    activation: Any
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
    def __init__(self, d_model: Int, nhead: Int, dim_feedforward: Int = 2048, dropout: Float = 0.1, activation: Any = ..., layer_norm_eps: Float = 1e-05, batch_first: Bool = False, norm_first: Bool = False, bias: Bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: Bool = False) -> Tensor: ...
from torch.nn.init import xavier_uniform_ as xavier_uniform_
