# Written by `make stubs` from the finished namespace; don't edit.
"""Cross entropy of a linear layer."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn import functional as F
from torch.nn.modules.linear import Linear as Linear
from torch.nn import LinearCrossEntropyLoss as LinearCrossEntropyLoss
from torch.nn.modules.linear_cross_entropy_options import LinearCrossEntropyOptions as LinearCrossEntropyOptions
def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None, reduction: Str = 'mean', ignore_index: Any = None, label_smoothing: Float = 0.0, options: Any = None, out_features: Any = ...) -> Any:
    """cross_entropy(linear(input)) for input (N, in) or (in). RuntimeError for other shapes, or an acc_dtype that the
    input's dtype doesn't go with."""
    ...
