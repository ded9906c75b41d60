# Written by `make stubs` from the finished namespace; don't edit.
"""Parts of a batch to devices and back."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def gather(outputs: Any, target_device: Any, dim: Int = 0) -> Any:
    """Outputs of all devices as one on a device (-1: cpu), tensors joined along dim."""
    ...
def parallel_apply(modules: Any, inputs: Any, kwargs_tup: Any = None, devices: Any = None) -> Any:
    """modules[i](*inputs[i], **kwargs_tup[i]) for every i, one after the other."""
    ...
def replicate(network: Any, devices: Any, detach: Bool = False) -> Any:
    """A copy of a module on every device; NotImplementedError for more than one device, whose gradients would have to
    meet."""
    ...
def scatter(inputs: Any, target_gpus: Any, dim: Int = 0) -> Any:
    """A list with a device's part of every tensor in nested tuples, lists and dicts; other objects go to all."""
    ...
