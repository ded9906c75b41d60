# Written by `make stubs` from the finished namespace; don't edit.
"""The base of all optimizers: groups, state, hooks, state_dict."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Optimizer:
    """Base class: `params` are tensors, (name, tensor) pairs or dicts of a group; `defaults` the settings of groups
    that lack them."""
    defaults: Any
    state: Any
    param_groups: Any
    def __init__(self, params: Any, defaults: Any) -> None: ...
    @staticmethod
    def profile_hook_step(func: Any) -> Any:
        """Wrap a step so that hooks run around it."""
        ...
    def register_step_pre_hook(self, hook: Any) -> Any:
        """hook(optimizer, args, kwargs) before each step; it may return new (args, kwargs)."""
        ...
    def register_step_post_hook(self, hook: Any) -> Any:
        """hook(optimizer, args, kwargs) after each step."""
        ...
    def register_state_dict_pre_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(optimizer) before state_dict()."""
        ...
    def register_state_dict_post_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(optimizer, state_dict) after state_dict(); it may return another one."""
        ...
    def register_load_state_dict_pre_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(optimizer, state_dict) before load_state_dict(); it may return another one."""
        ...
    def register_load_state_dict_post_hook(self, hook: Any, prepend: Bool = False) -> Any:
        """hook(optimizer) after load_state_dict()."""
        ...
    def state_dict(self) -> dict[Str, Any]:
        """{"state": ..., "param_groups": ...} with parameters replaced by their numbers."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave; ValueError when groups or their sizes differ."""
        ...
    def zero_grad(self, set_to_none: Bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        ...
    def step(self, closure: Any = None) -> Any:
        """One update; `closure` recomputes the loss and returns it."""
        ...
    def add_param_group(self, param_group: Any) -> Any:
        """Add a group; TypeError or ValueError for what cannot be optimized."""
        ...
ParamsT: Any

class RealState(dict):
    """State of a complex parameter seen as pairs of real numbers."""
    def __init__(self, state: Any) -> None: ...

class TensorwiseOptimizer(Optimizer):
    """Updates each parameter by itself: a subclass gives `_begin` (state of a fresh parameter) and
    `_update_parameter`.

    _FLAGS are settings that state dicts of earlier versions may lack."""
    def step(self, closure: Any = None) -> Any:
        """One update of all parameters that have gradients; returns closure's loss."""
        ...
from torch.utils.hooks import add_hook as add_hook
def advanced(state: Any) -> Any:
    """Count a step; its number."""
    ...
def check_at_least_zero(**values: Any) -> Any:
    """ValueError for negative settings; keys are their names in the message."""
    ...
def check_betas(betas: Any) -> Any:
    """ValueError for betas outside [0, 1)."""
    ...
def check_flags(fused: Any, foreach: Any, differentiable: Any) -> Any:
    """RuntimeError for contradictory ways of computing a step."""
    ...
def check_foreach(group: Any) -> Any:
    """AssertionError for a group that wants foreach and gradients through its steps."""
    ...
def check_fused(params: Any) -> Any:
    """RuntimeError for parameters that fused steps cannot take."""
    ...
def check_lr(lr: Any, foreach: Any = None, capturable: Bool = True) -> Any:
    """ValueError for a tensor lr that is not one number, or that foreach steps cannot use."""
    ...
def evaluated(closure: Any) -> Any:
    """The loss of a closure run with gradients on; None without a closure."""
    ...
from torch.nn.parameter import forget_gradients as forget_gradients
def register_optimizer_step_post_hook(hook: Any) -> Any:
    """hook(optimizer, args, kwargs) after every step of every optimizer."""
    ...
def register_optimizer_step_pre_hook(hook: Any) -> Any:
    """hook(optimizer, args, kwargs) before every step of every optimizer; it may return new (args, kwargs)."""
    ...
required: Any
def with_values(sparse: Any, values: Any) -> Any:
    """Values at the indices of a coalesced tensor."""
    ...
def zero_step(group: Any = None) -> Any:
    """A fresh step counter."""
    ...
def zeros_like(p: Any) -> Any:
    """Fresh state of a parameter's shape and memory order."""
    ...
