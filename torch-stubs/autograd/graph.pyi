# Written by `make stubs` from the finished namespace; don't edit.
"""The graph seen from outside: nodes, edges, hooks on what operators save."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.autograd.function import BackwardCFunction as BackwardCFunction

class GradientEdge(NamedTuple):
    node: Tensor
    output_nr: Tensor
    ownership_token: Tensor

class Node:
    """What grad_fn is: name(), next_functions, metadata, register_hook(), register_prehook()."""
    ...
from torch.utils.hooks import RemovableHandle as RemovableHandle
from torch import Tensor as Tensor

class allow_mutation_on_saved_tensors:
    """Inside, tensors that operators have saved may be changed in place; backward, which must run inside too, sees what
    they were.
    The context's value has clear(), which forgets everything saved. RuntimeError when nested, AssertionError for a
    backward after the end."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
    def clear(self) -> Any:
        """Forget what was saved: graphs recorded before cannot run backward any more."""
        ...
def disable_saved_tensors_hooks(error_message: Any) -> Any:
    """Inside, saved_tensors_hooks raises RuntimeError(error_message)."""
    ...
def edge_of(value: Any) -> Any:
    """What the engine takes for a tensor or a GradientEdge."""
    ...
def get_gradient_edge(tensor: Any) -> Any:
    """The GradientEdge of a tensor that requires grad; RuntimeError for others."""
    ...
def increment_version(tensor: Any) -> Any:
    """Count a change of the tensor, or of several, that autograd did not see."""
    ...
def register_multi_grad_hook(tensors: Any, fn: Any, *, mode: Str = 'all') -> Any:
    """fn(list of gradients) once the gradients of all `tensors` of a backward are there, or with mode='any'
    fn(gradient) at the first.
    Tensors that a backward does not reach count as None."""
    ...

class save_on_cpu(saved_tensors_hooks):
    """Operators inside keep their saved tensors in main memory and move them back for backward."""
    def __init__(self, pin_memory: Bool = False, device_type: Str = 'cuda') -> None: ...

class saved_tensors_hooks:
    """What operators save inside goes through pack_hook(tensor); backward gets unpack_hook of what that returned."""
    pack_hook: Any
    unpack_hook: Any
    def __init__(self, pack_hook: Any, unpack_hook: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
def set_warn_on_accumulate_grad_stream_mismatch(enabled: Any) -> Any:
    """There are no streams here that could mismatch: nothing is ever warned of."""
    ...
