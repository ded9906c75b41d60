# Written by `make stubs` from the finished namespace; don't edit.
"""Graphs of models as TensorBoard shows them: from a traced module, or from an ONNX file."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def from_onnx(path: Any) -> Any:
    """The graph of an ONNX file."""
    ...
def traced(model: Any, args: Any, verbose: Bool = False, use_strict_trace: Bool = True) -> Any:
    """The graph of one call of model(args), parameters under the names of their modules."""
    ...
