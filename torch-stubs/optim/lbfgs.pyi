# Written by `make stubs` from the finished namespace; don't edit.
"""L-BFGS."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class LBFGS(torch.optim.optimizer.Optimizer):
    """Limited-memory BFGS over one group; step needs a closure that computes loss and gradients. ValueError for more
    groups."""
    def __init__(self, params: Any, lr: Float = 1, max_iter: Int = 20, max_eval: Any = None, tolerance_grad: Float = 1e-07, tolerance_change: Float = 1e-09, history_size: Int = 100, line_search_fn: Any = None) -> None: ...
    def step(self, closure: Any) -> Any:
        """Up to max_iter iterations; returns the loss before them."""
        ...
from torch.optim.optimizer import Optimizer as Optimizer
from torch.optim.optimizer import check_lr as check_lr
def strong_wolfe(evaluate: Any, x: Any, t: Any, d: Any, f: Any, g: Any, slope: Any, c1: Float = 0.0001, c2: Float = 0.9, tolerance_change: Float = 1e-09, max_ls: Int = 25) -> Any:
    """(loss, gradient, step, evaluations) at a step along d that meets the strong Wolfe conditions: bracket, then
    zoom."""
    ...
