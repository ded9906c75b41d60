# Written by `make stubs` from the finished namespace; don't edit.
"""torch.optim: optimizers, learning rate schedulers, weight averaging."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.optim import adadelta as adadelta
from torch.optim import adagrad as adagrad
from torch.optim import adam as adam
from torch.optim import adamax as adamax
from torch.optim import adamw as adamw
from torch.optim import asgd as asgd
from torch.optim import lbfgs as lbfgs
from torch.optim import lr_scheduler as lr_scheduler
from torch.optim import nadam as nadam
from torch.optim import optimizer as optimizer
from torch.optim import radam as radam
from torch.optim import rmsprop as rmsprop
from torch.optim import rprop as rprop
from torch.optim import sgd as sgd
from torch.optim import sparse_adam as sparse_adam
from torch.optim import swa_utils as swa_utils
from torch.optim.asgd import ASGD as ASGD
from torch.optim.adadelta import Adadelta as Adadelta

class Adafactor(torch.optim.optimizer.TensorwiseOptimizer):
    """Adafactor (Shazeer, Stern 2018): second moments of matrices kept as a row and a column. ValueError for settings
    out of range."""
    def __init__(self, params: Any, lr: Float = 0.01, beta2_decay: Float = -0.8, eps: Any = ..., d: Float = 1.0, weight_decay: Float = 0.0, *, foreach: Any = None, maximize: Bool = False) -> None: ...
from torch.optim.adagrad import Adagrad as Adagrad
from torch.optim.adam import Adam as Adam
from torch.optim.adam import AdamW as AdamW
from torch.optim.adamax import Adamax as Adamax
from torch.optim.lbfgs import LBFGS as LBFGS

class Muon(torch.optim.optimizer.TensorwiseOptimizer):
    """Momentum orthogonalized by Newton-Schulz, for matrices only. ValueError for other parameters and settings out of
    range."""
    def __init__(self, params: Any, lr: Float = 0.001, weight_decay: Float = 0.1, momentum: Float = 0.95, nesterov: Bool = True, ns_coefficients: Any = ..., eps: Float = 1e-07, ns_steps: Int = 5, adjust_lr_fn: Any = None) -> None: ...
from torch.optim.nadam import NAdam as NAdam
from torch.optim.optimizer import Optimizer as Optimizer
from torch.optim.radam import RAdam as RAdam
from torch.optim.rmsprop import RMSprop as RMSprop
from torch.optim.rprop import Rprop as Rprop
from torch.optim.sgd import SGD as SGD
from torch.optim.sparse_adam import SparseAdam as SparseAdam
def swap_in_optimizer_params_and_state(optimizer: Any, swapin_parameters: Any, swapin_optim_state: Any) -> Any:
    """Inside, `optimizer` works on the given parameters (by name, in the optimizer's order) and on state in the shape
    of a state_dict;
    its own come back at the end. Tensors of the given state are changed in place. ValueError when counts differ."""
    ...
