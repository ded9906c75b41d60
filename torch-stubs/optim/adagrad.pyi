# Written by `make stubs` from the finished namespace; don't edit.
"""Adagrad."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Adagrad(torch.optim.adam.FusedOptimizer):
    """Adagrad (Duchi and others 2011). Its sums start at initial_accumulator_value when it is made. ValueError for
    settings out of range."""
    def __init__(self, params: Any, lr: Float = 0.01, lr_decay: Float = 0, weight_decay: Float = 0, initial_accumulator_value: Float = 0, eps: Float = 1e-10, foreach: Any = None, *, maximize: Bool = False, differentiable: Bool = False, fused: Any = None) -> None: ...
    FLAGS: ClassVar[Any]
    def begin(self, group: Any, p: Any) -> Any:
        """Step 0 and the initial sum."""
        ...
    def share_memory(self) -> Any:
        """Move the sums to shared memory."""
        ...
    def launch(self, group: Any, params: Any, grads: Any, states: Any, fused: Any) -> Any:
        """One kernel for the whole list."""
        ...
    def check_sparse(self, group: Any) -> Any:
        """RuntimeError for settings that sparse gradients exclude."""
        ...
    def update_sparse(self, group: Any, p: Any, grad: Any, state: Any) -> Any:
        """The step for the rows that the gradient has."""
        ...
    def update(self, group: Any, p: Any, grad: Any, state: Any) -> Any:
        """The same step in tensor operations."""
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
