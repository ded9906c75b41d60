# Written by `make stubs` from the finished namespace; don't edit.
"""Activation checkpointing: forward keeps no intermediate values, backward computes them again."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class CheckpointError(RuntimeError):
    """The computation was not the same the second time."""
    ...

class CheckpointFunction(torch.autograd.function.Function):
    """The reentrant kind: a whole backward inside the backward of one node."""
    @staticmethod
    def forward(ctx: Any, run_function: Any, preserve_rng_state: Any, *args: Any) -> Any: ...
    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any: ...

class CheckpointPolicy:
    """What a selective checkpoint does with an operator's result."""
    MUST_SAVE: ClassVar[Any]
    PREFER_SAVE: ClassVar[Any]
    MUST_RECOMPUTE: ClassVar[Any]
    PREFER_RECOMPUTE: ClassVar[Any]
    MUST_CPU_OFFLOAD: ClassVar[Any]
    PREFER_CPU_OFFLOAD: ClassVar[Any]

class DefaultDeviceType:
    """The accelerator whose random state is kept besides the CPU's."""
    @staticmethod
    def set_device_type(device: Str = 'cuda') -> Any: ...
    @staticmethod
    def get_device_type() -> Any: ...
SAC_IGNORED_OPS: Any

class SelectiveCheckpointContext:
    """Tells a policy whether it is asked during the recomputation."""
    is_recompute: Any
    def __init__(self, *, is_recompute: Any) -> None: ...
def check_backward_validity(inputs: Any) -> Any:
    """Warn when no input requires grad: a reentrant checkpoint has no gradient then."""
    ...
def checkpoint(function: Any, *args: Any, use_reentrant: Any = None, context_fn: Any = ..., determinism_check: Str = 'default', debug: Bool = False, early_stop: Bool = True, **kwargs: Any) -> Any:
    """function(*args, **kwargs), whose intermediate values are computed again in backward instead of being kept.

    preserve_rng_state (True): draw the same random numbers again. use_reentrant: True for the old kind, which runs a
    backward inside the backward; False for the kind that follows saved tensors. CheckpointError when both runs differ."""
    ...
def checkpoint_sequential(functions: Any, segments: Any, input: Any, use_reentrant: Any = None, **kwargs: Any) -> Any:
    """Run the children of a Sequential (or a list of functions) in `segments` parts, all but the last of them
    checkpointed."""
    ...
def create_selective_checkpoint_contexts(policy_fn_or_list: Any, allow_cache_entry_mutation: Bool = False) -> Any:
    """Two contexts for checkpoint's context_fn. policy(context, operator, *args, **kwargs) gives a CheckpointPolicy (or
    whether to keep) for each operator, named as in
    torch.ops.aten; a list names the operators whose results are kept. Element-wise results are computed again whatever
    the policy says: they have the same values.
    TypeError for another policy."""
    ...
def detach_variable(inputs: Any) -> Any:
    """Tensors of a tuple cut off from the graph, requires_grad kept. RuntimeError for something else than a tuple."""
    ...
def get_device_states(*args: Any) -> Any:
    """(indices, random states) of the accelerators that hold the tensors among args."""
    ...
def noop_context_fn() -> Any:
    """Contexts that do nothing, for forward and for the recomputation."""
    ...
def set_checkpoint_debug_enabled(enabled: Any) -> Any:
    """Inside, whether checkpoint() compares operators: True is not supported."""
    ...
def set_checkpoint_early_stop(enable: Any) -> Any:
    """Inside, whether recomputations stop as soon as everything needed is there, whatever checkpoint() was told."""
    ...
def set_device_states(devices: Any, states: Any, *, device_type: Any = None) -> Any:
    """Put back what get_device_states gave."""
    ...
