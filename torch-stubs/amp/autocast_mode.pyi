# Written by `make stubs` from the finished namespace; don't edit.
"""Autocast: functions of a list compute in low precision, others in float32, without a change to the script."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
FUNCTIONS: Any
METHODS: Any
NAMES: Any
NAMESPACES: Any
from torch import Tensor as Tensor

class autocast:
    """Context and decorator: inside, functions of `device_type` compute in `dtype` (cpu: bfloat16, cuda and npu:
    float16) where that is known to be safe."""
    device: Any
    fast_dtype: Any
    def __init__(self, device_type: Any, dtype: Any = None, enabled: Bool = True, cache_enabled: Any = None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
    def __call__(self, func: Any) -> Any: ...
def autocast_decorator(autocast_instance: Any, func: Any) -> Any:
    """func inside that autocast."""
    ...
def autocast_decrement_nesting() -> Any:
    """Leave a level of autocast; gives the depth."""
    ...
def autocast_increment_nesting() -> Any:
    """Enter a level of autocast; gives the depth."""
    ...
def clear_autocast_cache() -> Any:
    """Forget casted weights."""
    ...
def custom_bwd(bwd: Any = None, *, device_type: Any) -> Any:
    """Decorates a Function's backward: it runs with the autocast of its forward."""
    ...
def custom_fwd(fwd: Any = None, *, device_type: Any, cast_inputs: Any = None) -> Any:
    """Decorates a Function's forward: under autocast its inputs are cast to `cast_inputs` and the body runs without
    autocast; backward sees the same."""
    ...
from torch import get_autocast_cpu_dtype as get_autocast_cpu_dtype
def get_autocast_dtype(device_type: Any) -> DType:
    """The low precision of a device type."""
    ...
from torch import get_autocast_gpu_dtype as get_autocast_gpu_dtype
def is_any_autocast_enabled() -> Bool:
    """Whether this thread casts for any device type."""
    ...
def is_autocast_available(device_type: Any) -> Bool:
    """Whether autocast knows a device type."""
    ...
def is_autocast_cache_enabled() -> Bool:
    """Whether casted weights are kept."""
    ...
from torch import is_autocast_cpu_enabled as is_autocast_cpu_enabled
def is_autocast_enabled(device_type: Any = None) -> Bool:
    """Whether this thread casts for a device type (cuda when none is named)."""
    ...
from torch.amp import lists as lists
def restored(settings: Any) -> Any:
    """Settings of another time, while inside."""
    ...
def set_autocast_cache_enabled(enabled: Any) -> Any:
    """Choose whether casted weights are kept."""
    ...
from torch import set_autocast_cpu_dtype as set_autocast_cpu_dtype
from torch import set_autocast_cpu_enabled as set_autocast_cpu_enabled
def set_autocast_dtype(device_type: Any, dtype: Any) -> Any:
    """Choose the low precision of a device type."""
    ...
def set_autocast_enabled(device_type: Any, enabled: Any = None) -> Any:
    """set_autocast_enabled(device_type, enabled); with one argument for cuda."""
    ...
from torch import set_autocast_gpu_dtype as set_autocast_gpu_dtype
def snapshot() -> Any:
    """This thread's settings, for restored()."""
    ...
