# Written by `make stubs` from the finished namespace; don't edit.
"""Adam for sparse gradients."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.optim.optimizer import Optimizer as Optimizer

class SparseAdam(torch.optim.optimizer.Optimizer):
    """Adam that moves only the elements that the gradient (sparse, of a dense parameter) has. ValueError for settings
    out of range and parameters of another kind."""
    def __init__(self, params: Any, lr: Float = 0.001, betas: Any = ..., eps: Float = 1e-08, maximize: Bool = False) -> None: ...
    def step(self, closure: Any = None) -> Any:
        """One update of all parameters that have gradients; returns closure's loss. RuntimeError for dense
        gradients."""
        ...
from torch.optim.optimizer import check_betas as check_betas
from torch.optim.optimizer import check_lr as check_lr
from torch.optim.optimizer import evaluated as evaluated
from torch.optim.optimizer import with_values as with_values
from torch.optim.optimizer import zeros_like as zeros_like
