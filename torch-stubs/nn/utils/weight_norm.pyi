# Written by `make stubs` from the finished namespace; don't edit.
"""weight = g * v / |v| by a hook (deprecated: see parametrizations.weight_norm)."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn.parameter import Parameter as Parameter
from torch.nn.parameter import UninitializedParameter as UninitializedParameter

class WeightNorm:
    """The hook: computes the weight before every forward."""
    name: Any
    dim: Any
    def __init__(self, name: Any, dim: Any) -> None: ...
    def compute_weight(self, module: Any) -> Any:
        """The weight from its magnitude and direction."""
        ...
    @staticmethod
    def apply(module: Any, name: Any, dim: Any) -> Any:
        """Replace the parameter by the two and register the hook. RuntimeError when there is one, ValueError for a lazy
        parameter."""
        ...
    def remove(self, module: Any) -> Any:
        """Make the weight a parameter again."""
        ...
    def __call__(self, module: Any, inputs: Any) -> Any: ...
def remove_weight_norm(module: Any, name: Str = 'weight') -> Any:
    """Undo weight_norm; ValueError when there is none."""
    ...
def weight_norm(module: Any, name: Str = 'weight', dim: Int = 0) -> Any:
    """Split a parameter into name_g (norms over all dimensions but dim) and name_v; returns the module."""
    ...
