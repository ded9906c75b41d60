# Written by `make stubs` from the finished namespace; don't edit.
"""Adagrad."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Adagrad(torch.optim.adam.FusedOptimizer):
    """Adagrad (Duchi and others 2011). Its sums start at initial_accumulator_value when it is made. ValueError for
    settings out of range."""
    def __init__(self, params: Any, lr: Float = 0.01, lr_decay: Float = 0, weight_decay: Float = 0, initial_accumulator_value: Float = 0, eps: Float = 1e-10, foreach: Any = None, *, maximize: Bool = False, differentiable: Bool = False, fused: Any = None) -> None: ...
    def share_memory(self) -> Any:
        """Move the sums to shared memory."""
        ...
from torch.optim.adam import FusedOptimizer as FusedOptimizer
from torch.optim.optimizer import check_at_least_zero as check_at_least_zero
from torch.optim.optimizer import check_flags as check_flags
from torch.optim.optimizer import check_lr as check_lr
def run_fused(kernel: Any, lists: Any, numbers: Any, grad_scale: Any = None, found_inf: Any = None, stepwise: Bool = False) -> Any:
    """Run an optimizer kernel over lists of equal length (an empty list: not used); versions of all but the gradients
    move."""
    ...
from torch.optim.optimizer import with_values as with_values
from torch.optim.optimizer import zero_step as zero_step
