# Written by `make stubs` from the finished namespace; don't edit.
"""DistributedDataParallel."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class DistributedDataParallel(torch.nn.modules.module.Module):
    """A module whose gradients are averaged over processes. ValueError without a process group; NotImplementedError in
    one of several processes."""
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
    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: Int = 0, broadcast_buffers: Bool = True, init_sync: Bool = True, process_group: Any = None, bucket_cap_mb: Any = None, find_unused_parameters: Bool = False, check_reduction: Bool = False, gradient_as_bucket_view: Bool = False, static_graph: Bool = False, delay_all_reduce_named_params: Any = None, param_to_hook_all_reduce: Any = None, mixed_precision: Any = None, device_mesh: Any = None, skip_all_reduce_unused_params: Bool = False) -> None: ...
from torch.nn.modules.module import Module as Module
