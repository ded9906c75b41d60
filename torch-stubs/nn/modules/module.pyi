# Written by `make stubs` from the finished namespace; don't edit.
"""nn.Module: a tree of parameters, buffers and submodules with a forward."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn.parameter import Buffer as Buffer

class Module(StateDict):
    """Base of all layers and models. Attributes that are Parameter, Buffer or Module are registered under their
    names."""
    training: Bool
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
    dump_patches: ClassVar[Any]
    T_destination: ClassVar[Any]
    call_super_init: ClassVar[Any]
    forward: Callable[..., Any]
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def register_buffer(self, name: Any, tensor: Any, persistent: Bool = True) -> Any:
        """Add a tensor that is state but no parameter; persistent ones are in state_dict. KeyError or TypeError for a
        bad name or value."""
        ...
    def register_parameter(self, name: Any, param: Any) -> Any:
        """Add a parameter or None; ValueError when it has a history, KeyError or TypeError for a bad name or value."""
        ...
    def add_module(self, name: Any, module: Any) -> Any:
        """Add a submodule or None; KeyError or TypeError for a bad name or value."""
        ...
    def register_module(self, name: Any, module: Any) -> Any:
        """The same as add_module."""
        ...
    def get_submodule(self, target: Any) -> Any:
        """The submodule at 'a.b.c', self for ''; AttributeError when it isn't there."""
        ...
    def set_submodule(self, target: Any, module: Any, strict: Bool = False) -> Any:
        """Put `module` at 'a.b.c' (with strict only over an existing one); ValueError for an empty target or what is no
        module."""
        ...
    def get_parameter(self, target: Any) -> Any:
        """The parameter at 'a.b.name'; AttributeError when it isn't one."""
        ...
    def get_buffer(self, target: Any) -> Any:
        """The buffer at 'a.b.name'; AttributeError when it isn't one."""
        ...
    def parameters(self, recurse: Bool = True) -> Iterator[torch.nn.Parameter]:
        """Iterator over parameters, each once."""
        ...
    def named_parameters(self, prefix: Str = '', recurse: Bool = True, remove_duplicate: Bool = True) -> Iterator[tuple[Str, torch.nn.Parameter]]:
        """Iterator over (name, parameter)."""
        ...
    def buffers(self, recurse: Bool = True) -> Iterator[Tensor]:
        """Iterator over buffers, each once."""
        ...
    def named_buffers(self, prefix: Str = '', recurse: Bool = True, remove_duplicate: Bool = True) -> Iterator[tuple[Str, Tensor]]:
        """Iterator over (name, buffer)."""
        ...
    def children(self) -> Iterator[Module]:
        """Iterator over direct submodules, each once."""
        ...
    def named_children(self) -> Iterator[tuple[Str, Module]]:
        """Iterator over (name, direct submodule), each module once."""
        ...
    def modules(self, remove_duplicate: Bool = True) -> Iterator[Module]:
        """Iterator over all modules of the tree, self first."""
        ...
    def named_modules(self, memo: Any = None, prefix: Str = '', remove_duplicate: Bool = True) -> Iterator[tuple[Str, Module]]:
        """Iterator over (dotted name, module) of the tree, self first under `prefix`; modules in `memo` are left
        out."""
        ...
    def apply(self, fn: Any) -> Self:
        """Call fn(module) for the tree, children first; returns self."""
        ...
    def cuda(self, device: Any = None) -> Self:
        """Move to an npu, under its other name; returns self."""
        ...
    def npu(self, device: Any = None) -> Self:
        """Move to an npu; returns self."""
        ...
    def cpu(self) -> Self:
        """Move to the cpu; returns self."""
        ...
    def ipu(self, device: Any = None) -> Any:
        """Move to an ipu: RuntimeError, there is none."""
        ...
    def xpu(self, device: Any = None) -> Self:
        """Move to an xpu: RuntimeError, there is none."""
        ...
    def mtia(self, device: Any = None) -> Any:
        """Move to an mtia: RuntimeError, there is none."""
        ...
    def type(self, dst_type: Any) -> Self:
        """Cast all parameters and buffers to dst_type; returns self."""
        ...
    def float(self) -> Self:
        """Cast floating point parameters and buffers to float32; returns self."""
        ...
    def double(self) -> Self:
        """Cast floating point parameters and buffers to float64; returns self."""
        ...
    def half(self) -> Self:
        """Cast floating point parameters and buffers to float16; returns self."""
        ...
    def bfloat16(self) -> Self:
        """Cast floating point parameters and buffers to bfloat16; returns self."""
        ...
    def to_empty(self, *, device: Any, recurse: Bool = True) -> Self:
        """Move to a device without copying values; returns self."""
        ...
    def to(self, *args: Any, **kwargs: Any) -> Self:
        """to(device), to(dtype), to(tensor), to(memory_format=...): move and cast in place; returns self.
        TypeError for a dtype that is neither floating point nor complex (only such tensors are cast)."""
        ...
    def share_memory(self) -> Self:
        """Move all tensors to shared memory; returns self."""
        ...
    def train(self, mode: Bool = True) -> Self:
        """Set the training mode of the tree; returns self. ValueError for what is no bool."""
        ...
    def eval(self) -> Self:
        """train(False)."""
        ...
    def requires_grad_(self, requires_grad: Bool = True) -> Self:
        """Set requires_grad of all parameters; returns self."""
        ...
    def zero_grad(self, set_to_none: Bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        ...
    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """Let calls go through torch.compile(...) of this module's call."""
        ...
    def extra_repr(self) -> Any:
        """What repr shows between the parentheses."""
        ...
    def __dir__(self) -> Any: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: Str) -> Any: ...
    def __setattr__(self, name: Str, value: Any) -> None: ...
from torch.nn.parameter import Parameter as Parameter

class StateDict:
    """The part of Module that saves and loads."""
    def get_extra_state(self) -> Any:
        """More state for state_dict; override it together with set_extra_state."""
        ...
    def set_extra_state(self, state: Any) -> Any:
        """Take what get_extra_state gave."""
        ...
    def register_state_dict_post_hook(self, hook: Any) -> Any:
        """hook(module, state_dict, prefix, local_metadata) runs after this module wrote its entries; it must return
        None."""
        ...
    def register_state_dict_pre_hook(self, hook: Any) -> Any:
        """hook(module, prefix, keep_vars) runs before this module writes its entries."""
        ...
    def state_dict(self, *args: Any, destination: Any = None, prefix: Str = '', keep_vars: Bool = False) -> Any:
        """Ordered dict of all parameters and persistent buffers by dotted name (detached unless keep_vars), with
        ._metadata."""
        ...
    def register_load_state_dict_pre_hook(self, hook: Any) -> Any:
        """hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs) runs
        before this module loads."""
        ...
    def register_load_state_dict_post_hook(self, hook: Any) -> Any:
        """hook(module, incompatible_keys) runs after this module and its children loaded; it may change the two
        lists."""
        ...
    def load_state_dict(self, state_dict: Any, strict: Bool = True, assign: Bool = False) -> Any:
        """Copy (or with assign put in) the tensors of a state dict; returns (missing_keys, unexpected_keys).
        RuntimeError for shapes that differ and, if strict, for keys that don't match."""
        ...
T: Any
T_destination: Any
from torch.nn.parameter import forget_gradients as forget_gradients
def register_module_backward_hook(hook: Any) -> Any:
    """hook(module, grad_input, grad_output) on every module's last node (deprecated form)."""
    ...
def register_module_buffer_registration_hook(hook: Any) -> Any:
    """hook(module, name, buffer) for every buffer registered anywhere; what it returns is registered instead."""
    ...
def register_module_forward_hook(hook: Any, *, with_kwargs: Bool = False, always_call: Bool = False) -> Any:
    """hook(module, args, output) after every module's forward; it may return a new output."""
    ...
def register_module_forward_pre_hook(hook: Any) -> Any:
    """hook(module, args) before every module's forward; it may return new args."""
    ...
def register_module_full_backward_hook(hook: Any) -> Any:
    """hook(module, grad_input, grad_output) in every module's backward; it may return a new grad_input."""
    ...
def register_module_full_backward_pre_hook(hook: Any) -> Any:
    """hook(module, grad_output) before every module's backward; it may return a new grad_output."""
    ...
def register_module_module_registration_hook(hook: Any) -> Any:
    """hook(module, name, submodule) for every submodule registered anywhere; what it returns is registered instead."""
    ...
def register_module_parameter_registration_hook(hook: Any) -> Any:
    """hook(module, name, parameter) for every parameter registered anywhere; what it returns is registered instead."""
    ...
