# Written by `make stubs` from the finished namespace; don't edit.
"""DistributedDataParallel: a module whose gradients are averaged over processes."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class DistributedDataParallel(torch.nn.modules.module.Module):
    """A module in every process of a group, with the same parameters: backward averages gradients over the processes,
    bucket by bucket while it runs."""
    process_group: Any
    parameters_to_ignore: Any
    module: Any
    dim: Any
    device: Any
    device_type: Any
    device_ids: Any
    output_device: Any
    broadcast_buffers: Any
    find_unused_parameters: Any
    gradient_as_bucket_view: Any
    static_graph: Any
    bucket_bytes_cap: Any
    require_backward_grad_sync: Any
    require_forward_param_sync: Any
    modules_buffers: Any
    reducer: Any
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
    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's result; what is to come back in backward is made ready for."""
        ...
    def no_sync(self) -> Any:
        """Gradients of backward passes in the block stay the process's own, and are added up; the first one after the
        block averages the sums."""
        ...
    def register_comm_hook(self, state: Any, hook: Any) -> Any:
        """Let hook(state, bucket) reduce a bucket instead: it returns a future of the reduced buffer."""
        ...
    def join(self, divide_by_initial_world_size: Bool = True, enable: Bool = True, throw_on_early_termination: Bool = False) -> Any:
        """For inputs of several lengths: processes that have none left take part in what the others reduce."""
        ...
    def join_hook(self, **kwargs: Any) -> Any:
        """What this module does for processes that still have inputs."""
        ...
    @property
    def join_device(self) -> Any: ...
    @property
    def join_process_group(self) -> Any: ...
    def train(self, mode: Bool = True) -> Any:
        """Training mode of the module too."""
        ...
from torch.nn.modules.module import Module as Module

class group:
    """Names of default groups."""
    WORLD: ClassVar[Any]
def group_of(g: Any = None) -> Any:
    """A group, the default one for None; ValueError when there is none."""
    ...
