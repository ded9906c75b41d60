# Written by `make stubs` from the finished namespace; don't edit.
"""Learning rate schedulers."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class ChainedScheduler(LRScheduler):
    """Several schedulers at every step. ValueError when they have different optimizers."""
    optimizer: Any
    def state_dict(self) -> Any:
        """State of the composition and of each scheduler."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave."""
        ...
    def __init__(self, schedulers: Any, optimizer: Any = None) -> None: ...
    def step(self) -> Any:
        """Step all."""
        ...

class ConstantLR(LRScheduler):
    """Times factor for the first total_iters epochs. ValueError for a factor outside [0, 1]."""
    factor: Any
    total_iters: Any
    def __init__(self, optimizer: Any, factor: Float = 0.3333333333333333, total_iters: Int = 5, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class CosineAnnealingLR(LRScheduler):
    """Along a cosine to eta_min in T_max epochs, and back."""
    T_max: Any
    eta_min: Any
    def __init__(self, optimizer: Any, T_max: Any, eta_min: Float = 0.0, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class CosineAnnealingWarmRestarts(LRScheduler):
    """Along a cosine to eta_min in T_0 epochs, again and again, each time T_mult times as long. ValueError for settings
    out of range."""
    T_0: Any
    T_i: Any
    T_mult: Any
    eta_min: Any
    T_cur: Any
    def __init__(self, optimizer: Any, T_0: Any, T_mult: Int = 1, eta_min: Float = 0.0, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...
    def step(self, epoch: Any = None) -> Any:
        """The next epoch, or any, fractions too."""
        ...

class CyclicLR(LRScheduler):
    """Between base_lr and max_lr in cycles of step_size_up + step_size_down steps. ValueError for settings that do not
    fit."""
    optimizer: Any
    max_lrs: Any
    total_size: Any
    step_ratio: Any
    mode: Any
    gamma: Any
    scale_mode: Any
    cycle_momentum: Any
    base_lrs: Any
    use_beta1: Any
    base_momentums: Any
    max_momentums: Any
    def __init__(self, optimizer: Any, base_lr: Any, max_lr: Any, step_size_up: Int = 2000, step_size_down: Any = None, mode: Str = 'triangular', gamma: Float = 1.0, scale_fn: Any = None, scale_mode: Str = 'cycle', cycle_momentum: Bool = True, base_momentum: Float = 0.8, max_momentum: Float = 0.9, last_epoch: Int = -1) -> None: ...
    def scale_fn(self, x: Any) -> Any:
        """The amplitude in cycle (or iteration) x."""
        ...
    def get_lr(self) -> Any:
        """See LRScheduler; sets momentum too."""
        ...
    def state_dict(self) -> Any:
        """All but the optimizer; of a scale function only the attributes of an object."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave; the scale function stays."""
        ...
EPOCH_DEPRECATION_WARNING: Str

class ExponentialLR(LRScheduler):
    """Times gamma every epoch."""
    gamma: Any
    def __init__(self, optimizer: Any, gamma: Any, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class LRScheduler:
    """Base: sets initial_lr of the groups, then does the first step. last_epoch=-1 begins anew, others resume (KeyError
    without initial_lr)."""
    optimizer: Any
    base_lrs: Any
    last_epoch: Any
    def __init__(self, optimizer: Any, last_epoch: Int = -1) -> None: ...
    def state_dict(self) -> Any:
        """All of the scheduler but its optimizer."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave."""
        ...
    def get_last_lr(self) -> Any:
        """The rates of the last step."""
        ...
    def get_lr(self) -> Any:
        """The rates of the next step; for step() alone."""
        ...
    def step(self, epoch: Any = None) -> Any:
        """Move to the next epoch, or to the given one (deprecated), and set the rates."""
        ...

class LambdaLR(LRScheduler):
    """Base rate times lr_lambda(epoch)."""
    optimizer: Any
    lr_lambdas: Any
    def __init__(self, optimizer: Any, lr_lambda: Any, last_epoch: Int = -1) -> None: ...
    def state_dict(self) -> Any:
        """All but the optimizer; of the lambdas only the attributes of objects."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave; the lambdas stay."""
        ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class LinearLR(LRScheduler):
    """A factor that goes from start_factor to end_factor in total_iters epochs. ValueError for factors out of range."""
    start_factor: Any
    end_factor: Any
    total_iters: Any
    def __init__(self, optimizer: Any, start_factor: Float = 0.3333333333333333, end_factor: Float = 1.0, total_iters: Int = 5, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class MultiStepLR(LRScheduler):
    """Times gamma at each milestone."""
    milestones: Any
    gamma: Any
    def __init__(self, optimizer: Any, milestones: Any, gamma: Float = 0.1, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class MultiplicativeLR(LRScheduler):
    """Last rate times lr_lambda(epoch)."""
    optimizer: Any
    lr_lambdas: Any
    def __init__(self, optimizer: Any, lr_lambda: Any, last_epoch: Int = -1) -> None: ...
    def state_dict(self) -> Any:
        """All but the optimizer; of the lambdas only the attributes of objects."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave; the lambdas stay."""
        ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class OneCycleLR(LRScheduler):
    """Up to max_lr, then far down, in total_steps; momentum the other way. ValueError for settings that do not fit, and
    for more steps."""
    optimizer: Any
    cycle_momentum: Any
    total_steps: Any
    use_beta1: Any
    def __init__(self, optimizer: Any, max_lr: Any, total_steps: Any = None, epochs: Any = None, steps_per_epoch: Any = None, pct_start: Float = 0.3, anneal_strategy: Str = 'cos', cycle_momentum: Bool = True, base_momentum: Float = 0.85, max_momentum: Float = 0.95, div_factor: Float = 25.0, final_div_factor: Float = 10000.0, three_phase: Bool = False, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler; sets momentum too."""
        ...
from torch.optim.optimizer import Optimizer as Optimizer

class PolynomialLR(LRScheduler):
    """To 0 in total_iters epochs along a power."""
    total_iters: Any
    power: Any
    def __init__(self, optimizer: Any, total_iters: Int = 5, power: Float = 1.0, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...

class ReduceLROnPlateau(LRScheduler):
    """Times factor when a metric has not got better for more than `patience` epochs. ValueError for settings out of
    range."""
    factor: Any
    optimizer: Any
    patience: Any
    cooldown: Any
    eps: Any
    last_epoch: Any
    mode_worse: Any
    mode: Any
    threshold: Any
    threshold_mode: Any
    default_min_lr: Any
    min_lrs: Any
    def __init__(self, optimizer: Any, mode: Str = 'min', factor: Float = 0.1, patience: Int = 10, threshold: Float = 0.0001, threshold_mode: Str = 'rel', cooldown: Int = 0, min_lr: Float = 0, eps: Float = 1e-08) -> None: ...
    def step(self, metrics: Any, epoch: Any = None) -> Any:
        """Take the epoch's metric in."""
        ...
    @property
    def in_cooldown(self) -> Any:
        """Whether reductions are suspended."""
        ...

class SequentialLR(LRScheduler):
    """One scheduler after another, changing at the milestones. ValueError when numbers or optimizers do not fit."""
    last_epoch: Any
    optimizer: Any
    def state_dict(self) -> Any:
        """State of the composition and of each scheduler."""
        ...
    def load_state_dict(self, state_dict: Any) -> Any:
        """Take over what state_dict() gave."""
        ...
    def __init__(self, optimizer: Any, schedulers: Any, milestones: Any, last_epoch: Int = -1) -> None: ...
    def recursive_undo(self, sched: Any = None) -> Any:
        """Take back the first step of every scheduler inside."""
        ...
    def step(self) -> Any:
        """Step the scheduler whose turn it is."""
        ...

class StepLR(LRScheduler):
    """Times gamma every step_size epochs."""
    step_size: Any
    gamma: Any
    def __init__(self, optimizer: Any, step_size: Any, gamma: Float = 0.1, last_epoch: Int = -1) -> None: ...
    def get_lr(self) -> Any:
        """See LRScheduler."""
        ...
