# Written by `make stubs` from the finished namespace; don't edit.
"""Handles of registered hooks, and the backward hooks of modules."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class BackwardHook:
    """Puts a node around a module's inputs and one around its outputs, and calls the user's hooks when gradients pass.

    user_hooks get (module, grad_input, grad_output) and may replace grad_input; user_pre_hooks get (module,
    grad_output)
    and may replace grad_output."""
    module: Any
    user_hooks: Any
    user_pre_hooks: Any
    grad_outputs: Any
    input_places: Any
    output_places: Any
    input_count: Any
    output_count: Any
    def __init__(self, module: Any, user_hooks: Any, user_pre_hooks: Any) -> None: ...
    def setup_input_hook(self, args: Any) -> Any: ...
    def setup_output_hook(self, args: Any) -> Any: ...

class RemovableHandle:
    """remove() takes the hook out of its dict (and out of `extra_dict`, one dict or several); also a context."""
    hooks_dict_ref: Any
    id: Any
    extra_dict_ref: Any
    next_id: ClassVar[Any]
    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None: ...
    def remove(self) -> Any: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
def add_hook(table: Any, hook: Any, extra: Any = ..., prepend: Bool = False) -> Any:
    """Put a hook into a table, and True into the `extra` tables of flags; the handle removes it from all."""
    ...
def unserializable_hook(f: Any) -> Any:
    """Marks a hook of which a pickled tensor should warn."""
    ...
def warn_if_has_hooks(tensor: Any) -> Any:
    """Warn for tensor hooks that pickling would drop."""
    ...
