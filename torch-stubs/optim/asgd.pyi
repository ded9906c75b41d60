# Written by `make stubs` from the finished namespace; don't edit.
"""Averaged stochastic gradient descent."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class ASGD(torch.optim.optimizer.TensorwiseOptimizer):
    """Averaged gradient descent (Polyak, Juditsky 1992); the average is in state["ax"]. ValueError for settings out of
    range."""
    def __init__(self, params: Any, lr: Float = 0.01, lambd: Float = 0.0001, alpha: Float = 0.75, t0: Float = 1000000.0, weight_decay: Float = 0, foreach: Any = None, maximize: Bool = False, differentiable: Bool = False, capturable: Bool = False) -> None: ...
from torch.optim.optimizer import TensorwiseOptimizer as TensorwiseOptimizer
from torch.optim.optimizer import advanced as advanced
from torch.optim.optimizer import check_at_least_zero as check_at_least_zero
from torch.optim.optimizer import check_lr as check_lr
from torch.optim.optimizer import zero_step as zero_step
from torch.optim.optimizer import zeros_like as zeros_like
