# Written by `make stubs` from the finished namespace; don't edit.
"""Jacobians, Hessians and their products with vectors."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def hessian(func: Any, inputs: Any, create_graph: Bool = False, strict: Bool = False, vectorize: Bool = False, outer_jacobian_strategy: Str = 'reverse-mode') -> Any:
    """Second derivatives of a scalar function: for each pair of inputs a tensor of shape input_i.shape +
    input_j.shape."""
    ...
def hvp(func: Any, inputs: Any, v: Any = None, create_graph: Bool = False, strict: Bool = False) -> Any:
    """(func(*inputs), H v) of a scalar function."""
    ...
def jacobian(func: Any, inputs: Any, create_graph: Bool = False, strict: Bool = False, vectorize: Bool = False, strategy: Str = 'reverse-mode') -> Any:
    """d func / d inputs: for each output and input a tensor of shape output.shape + input.shape."""
    ...
def jvp(func: Any, inputs: Any, v: Any = None, create_graph: Bool = False, strict: Bool = False) -> Any:
    """(func(*inputs), J v), by two backward passes; v may be left out for a single input with one element."""
    ...
def vhp(func: Any, inputs: Any, v: Any = None, create_graph: Bool = False, strict: Bool = False) -> Any:
    """(func(*inputs), v^T H) of a scalar function."""
    ...
def vjp(func: Any, inputs: Any, v: Any = None, create_graph: Bool = False, strict: Bool = False) -> Any:
    """(func(*inputs), v^T J); v may be left out for a function with a single element."""
    ...
