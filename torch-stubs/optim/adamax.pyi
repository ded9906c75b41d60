# Written by `make stubs` from the finished namespace; don't edit.
"""Adamax."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Adamax(torch.optim.optimizer.TensorwiseOptimizer):
    """Adam with the infinity norm. ValueError for settings out of range."""
    def __init__(self, params: Any, lr: Float = 0.002, betas: Any = ..., eps: Float = 1e-08, weight_decay: Float = 0, foreach: Any = None, *, maximize: Bool = False, differentiable: Bool = False, capturable: Bool = False) -> None: ...
from torch.optim.optimizer import TensorwiseOptimizer as TensorwiseOptimizer
from torch.optim.optimizer import advanced as advanced
from torch.optim.optimizer import check_at_least_zero as check_at_least_zero
from torch.optim.optimizer import check_betas as check_betas
from torch.optim.optimizer import check_lr as check_lr
from torch.optim.optimizer import zero_step as zero_step
from torch.optim.optimizer import zeros_like as zeros_like
