# Written by `make stubs` from the finished namespace; don't edit.
"""Utilities around tensors and modules; submodules are imported when first touched."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils import benchmark as benchmark
from torch.utils import checkpoint as checkpoint
from torch.utils import collect_env as collect_env
from torch.utils import cpp_extension as cpp_extension
from torch.utils import data as data
from torch.utils import dlpack as dlpack
from torch.utils import flop_counter as flop_counter
from torch.utils import hooks as hooks
from torch.utils import mobile_optimizer as mobile_optimizer
from torch.utils import model_zoo as model_zoo
from torch.utils import tensorboard as tensorboard

class ThroughputBenchmark:
    """torch.utils.ThroughputBenchmark is not supported by mindtorch: use torch.utils.benchmark.Timer (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
cmake_prefix_path: Str
def generate_methods_for_privateuse1_backend(for_tensor: Bool = True, for_module: Bool = True, for_packed_sequence: Bool = True, for_storage: Bool = False, unsupported_dtype: Any = None) -> Any:
    """The npu methods (Tensor.npu, Tensor.is_npu ...) are there already; RuntimeError as in PyTorch when they are asked
    for again."""
    ...
def get_cpp_backtrace(frames_to_skip: Int = 0, maximum_number_of_frames: Int = 64) -> Any:
    """'': there is no trace of native frames."""
    ...
def rename_privateuse1_backend(backend_name: Any) -> Any:
    """RuntimeError unless the name is npu, which the device of its own has already."""
    ...
def set_module(obj: Any, mod: Any) -> Any:
    """Give a class or function the module name that users know it by."""
    ...
def swap_tensors(t1: Any, t2: Any) -> Any:
    """Two tensor objects exchange everything: contents, class, attributes. RuntimeError when weak references or views
    hold one of them."""
    ...
