# Written by `make stubs` from the finished namespace; don't edit.
"""Parameters as functions of other parameters."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn.modules.container import ModuleDict as ModuleDict
from torch.nn.modules.container import ModuleList as ModuleList
from torch.nn.parameter import Parameter as Parameter

class ParametrizationList(torch.nn.modules.container.ModuleList):
    """The parametrizations of one tensor, applied in order, and what they start from: original, or original0,
    original1, ..."""
    unsafe: Any
    is_tensor: Any
    ntensors: Any
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
    def __len__(self) -> Int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __dir__(self) -> Any: ...
    def append(self, module: Any) -> Any:
        """Add a module at the end; returns self."""
        ...
    def pop(self, key: Any) -> Any:
        """Take out and return the module at a position."""
        ...
    def __init__(self, modules: Any, original: Any, unsafe: Bool = False) -> None: ...
    def right_inverse(self, value: Any) -> Any:
        """Assign: set the originals so that the parametrized tensor is `value` (as far as right_inverse is one)."""
        ...
    def forward(self) -> Any:
        """The parametrized tensor."""
        ...
def cached() -> Any:
    """Inside, each parametrized tensor is computed once."""
    ...
def is_parametrized(module: Any, tensor_name: Any = None) -> Bool:
    """Whether the module, or that tensor of it, is parametrized."""
    ...
def register_parametrization(module: Any, tensor_name: Any, parametrization: Any, *, unsafe: Bool = False) -> Any:
    """Let module.tensor_name be parametrization(its value so far); returns the module.
    ValueError when there is no such tensor, or when dtype or shape would change and `unsafe` is not set."""
    ...
def remove_parametrizations(module: Any, tensor_name: Any, leave_parametrized: Bool = True) -> Any:
    """Make the tensor an ordinary one again, of its present value or (leave_parametrized=False) of its original;
    returns the module."""
    ...
def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: Any = None) -> Any:
    """Parametrize to_module as from_module is (all tensors, or one) and copy the originals; returns to_module."""
    ...
def type_before_parametrizations(module: Any) -> Any:
    """The class that the module had."""
    ...
