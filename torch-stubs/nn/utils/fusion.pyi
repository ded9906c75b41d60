# Written by `make stubs` from the finished namespace; don't edit.
"""A normalisation in inference folded into the layer before it."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: Bool = False) -> Any:
    """A convolution that does what conv and then bn do in inference."""
    ...
def fuse_conv_bn_weights(conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: Any, bn_w: Any, bn_b: Any, transpose: Bool = False) -> Any:
    """(weight, bias) of the fused convolution."""
    ...
def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A Linear that does what linear and then bn do in inference. AssertionError when the features differ."""
    ...
def fuse_linear_bn_weights(linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: Any, bn_w: Any, bn_b: Any) -> Any:
    """(weight, bias) of the fused Linear."""
    ...
