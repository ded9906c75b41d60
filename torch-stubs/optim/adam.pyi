# Written by `make stubs` from the finished namespace; don't edit.
"""Adam and AdamW: one fused kernel over all parameters of a group; tensor by tensor where a step must be"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Adam(FusedOptimizer):
    """Adam (Kingma, Ba 2014), with AMSGrad on wish; decoupled_weight_decay makes it AdamW. ValueError for settings out
    of range."""
    def __init__(self, params: Any, lr: Float = 0.001, betas: Any = ..., eps: Float = 1e-08, weight_decay: Float = 0, amsgrad: Bool = False, *, foreach: Any = None, maximize: Bool = False, capturable: Bool = False, differentiable: Bool = False, fused: Any = None, decoupled_weight_decay: Bool = False) -> None: ...

class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov, Hutter 2017). ValueError for settings out of
    range."""
    def __init__(self, params: Any, lr: Float = 0.001, betas: Any = ..., eps: Float = 1e-08, weight_decay: Float = 0.01, amsgrad: Bool = False, *, maximize: Bool = False, foreach: Any = None, capturable: Bool = False, differentiable: Bool = False, fused: Any = None) -> None: ...

class FusedOptimizer(torch.optim.optimizer.TensorwiseOptimizer):
    """An optimizer with a kernel for whole groups: `ready(group, p)` tells whether p can go there, `_launch` runs it.

    fused=True rounds halves once a step, as fused kernels do; otherwise every operation rounds, as a chain of them
    does."""
    def step(self, closure: Any = None) -> Any:
        """One update of all parameters that have gradients; returns closure's loss."""
        ...
from torch.optim.optimizer import RealState as RealState
from torch.optim.optimizer import TensorwiseOptimizer as TensorwiseOptimizer
from torch.optim.optimizer import check_at_least_zero as check_at_least_zero
from torch.optim.optimizer import check_betas as check_betas
from torch.optim.optimizer import check_flags as check_flags
from torch.optim.optimizer import check_foreach as check_foreach
from torch.optim.optimizer import check_fused as check_fused
from torch.optim.optimizer import check_lr as check_lr
from torch.optim.optimizer import evaluated as evaluated
from torch.optim.adagrad import run_fused as run_fused
from torch.optim.optimizer import zero_step as zero_step
from torch.optim.optimizer import zeros_like as zeros_like
