# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.mobile_optimizer: it works on TorchScript programs, which are not there."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class LintCode:
    """Kinds of remarks."""
    BUNDLED_INPUT: ClassVar[Any]
    REQUIRES_GRAD: ClassVar[Any]
    DROPOUT: ClassVar[Any]
    BATCHNORM: ClassVar[Any]

class MobileOptimizerType:
    """Kinds of rewriting."""
    CONV_BN_FUSION: ClassVar[Any]
    INSERT_FOLD_PREPACK_OPS: ClassVar[Any]
    REMOVE_DROPOUT: ClassVar[Any]
    FUSE_ADD_RELU: ClassVar[Any]
    HOIST_CONV_PACKED_PARAMS: ClassVar[Any]
    CONV_1D_TO_2D: ClassVar[Any]
    VULKAN_AUTOMATIC_GPU_TRANSFER: ClassVar[Any]
def generate_mobile_module_lints(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.mobile_optimizer.generate_mobile_module_lints is not supported by mindtorch: there are no TorchScript programs (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def optimize_for_mobile(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.mobile_optimizer.optimize_for_mobile is not supported by mindtorch: there are no TorchScript programs (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
