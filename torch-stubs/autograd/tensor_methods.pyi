# Written by `make stubs` from the finished namespace; don't edit.
"""Methods of Tensor that speak of the graph."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
METHODS: Any
from torch.utils.hooks import RemovableHandle as RemovableHandle
from torch import Tensor as Tensor
def backward(self: Any, gradient: Any = None, retain_graph: Any = None, create_graph: Bool = False, inputs: Any = None) -> None:
    """Accumulate the gradients of this tensor (weighted by `gradient`; None for a scalar) into the leaves, or into
    `inputs`."""
    ...
from torch import is_inference as is_inference
def op(name: Any = None, *, grad: Any = None, method: Bool = True, function: Bool = True, namespace: Any = None, inplace: Bool = False, out: Bool = True, aliases: Any = ..., node: Any = None, tensors: Any = None, apart: Any = ..., fast: Any = None, example: Any = None, autocast: Any = None) -> Any:
    """Declare an op by its forward (see the module's text). `apart` names the tensors that out= must not share memory
    with;
    when the first of them is `input`, out= must have its dtype too. out="dtype": out='s dtype stands in for dtype=;
    out="exact": out= must have the result's dtype. `node` is the name of the node, or makes it of the arguments that it
    names.
    `fast`, the engine's form of the whole op, answers None where it leaves the case to the forward. `example` and
    `autocast`: see Row."""
    ...
def register_hook(self: Any, hook: Any) -> Any:
    """hook(grad) whenever a gradient of this tensor is computed; a tensor that it returns replaces the gradient. Gives
    a removable handle."""
    ...
def register_post_accumulate_grad_hook(self: Any, hook: Any) -> Any:
    """hook(tensor) after .grad of this leaf has been updated. RuntimeError for non-leaves."""
    ...
def reinforce(self: Any, reward: Any) -> Any:
    """Gone since PyTorch 0.4: raises RuntimeError."""
    ...
def retain_grad(self: Any) -> None:
    """Keep .grad of this non-leaf too. RuntimeError when it does not require grad."""
    ...
