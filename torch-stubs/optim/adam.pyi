# Written by `make stubs` from the finished namespace; don't edit.
"""Adam and AdamW: one fused kernel over all parameters of a group; tensor by tensor where a step must be"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Adam(FusedOptimizer):
    """Adam (Kingma, Ba 2014), with AMSGrad on wish; decoupled_weight_decay makes it AdamW. ValueError for settings out
    of range."""
    FLAGS: ClassVar[Any]
    SPARSE_MESSAGE: ClassVar[Any]
    def __init__(self, params: Any, lr: Float = 0.001, betas: Any = ..., eps: Float = 1e-08, weight_decay: Float = 0, amsgrad: Bool = False, *, foreach: Any = None, maximize: Bool = False, capturable: Bool = False, differentiable: Bool = False, fused: Any = None, decoupled_weight_decay: Bool = False) -> None: ...
    def begin(self, group: Any, p: Any) -> Any:
        """Step 0 and zero moments."""
        ...
    def launch(self, group: Any, params: Any, grads: Any, states: Any, fused: Any) -> Any:
        """One kernel for the whole list."""
        ...
    def update(self, group: Any, p: Any, grad: Any, state: Any) -> Any:
        """The same step in tensor operations."""
        ...

class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov, Hutter 2017). ValueError for settings out of
    range."""
    def __init__(self, params: Any, lr: Float = 0.001, betas: Any = ..., eps: Float = 1e-08, weight_decay: Float = 0.01, amsgrad: Bool = False, *, maximize: Bool = False, foreach: Any = None, capturable: Bool = False, differentiable: Bool = False, fused: Any = None) -> None: ...

class FusedOptimizer(torch.optim.optimizer.TensorwiseOptimizer):
    """An optimizer with a kernel for whole groups: `ready(group, p)` tells whether p can go there, `launch` runs it.

    fused=True rounds halves once a step, as fused kernels do; otherwise every operation rounds, as a chain of them
    does."""
    FLAGS: ClassVar[Any]
    FOREACH_PLAIN: ClassVar[Any]
    def launch(self, group: Any, params: Any, grads: Any, states: Any, fused: Any) -> Any:
        """Run the kernel over lists."""
        ...
    def stateful(self, group: Any) -> Any:
        """Whether parameters of a group have state at all."""
        ...
    def step(self, closure: Any = None) -> Any:
        """One update of all parameters that have gradients; returns closure's loss."""
        ...
    def check_sparse(self, group: Any) -> Any:
        """RuntimeError: most optimizers take no sparse gradients."""
        ...
    def update_sparse(self, group: Any, p: Any, grad: Any, state: Any) -> Any:
        """The update with a sparse gradient."""
        ...
    def update_complex(self, group: Any, p: Any, grad: Any, state: Any) -> Any:
        """The update on pairs of real numbers."""
        ...
    def scaling(self, fused: Any) -> Any:
        """(grad_scale, found_inf) that a gradient scaler left here for fused steps."""
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
