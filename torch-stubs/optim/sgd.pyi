# Written by `make stubs` from the finished namespace; don't edit.
"""Stochastic gradient descent with momentum."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.optim.adam import FusedOptimizer as FusedOptimizer

class SGD(torch.optim.adam.FusedOptimizer):
    """Gradient descent with momentum, Nesterov's on wish, and weight decay. ValueError for settings out of range."""
    def __init__(self, params: Any, lr: Float = 0.001, momentum: Float = 0, dampening: Float = 0, weight_decay: Float = 0, nesterov: Bool = False, *, maximize: Bool = False, foreach: Any = None, differentiable: Bool = False, fused: Any = None) -> None: ...
from torch.optim.optimizer import check_at_least_zero as check_at_least_zero
from torch.optim.optimizer import check_flags as check_flags
from torch.optim.optimizer import check_lr as check_lr
from torch.optim.adagrad import run_fused as run_fused
