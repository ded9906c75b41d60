# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.cpp_extension: extensions are built against PyTorch's C++ interface, which is not here; all that builds"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class BuildExtension:
    """torch.utils.cpp_extension.BuildExtension is not supported by mindtorch: extensions need PyTorch's C++ interface (docs/errors.md#not-supported). NotImplementedError when constructed."""
    @classmethod
    def with_options(cls, **options: Any) -> Any: ...
def CUDAExtension(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.cpp_extension.CUDAExtension is not supported by mindtorch: extensions need PyTorch's C++ interface (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
CUDA_HOME: Any
def CppExtension(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.cpp_extension.CppExtension is not supported by mindtorch: extensions need PyTorch's C++ interface (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
IS_HIP_EXTENSION: Bool
ROCM_HOME: Any
SYCL_HOME: Any
def SyclExtension(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.cpp_extension.SyclExtension is not supported by mindtorch: extensions need PyTorch's C++ interface (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def check_compiler_is_gcc(compiler: Any) -> Any:
    """Whether a compiler says it is GCC."""
    ...
def check_compiler_ok_for_platform(compiler: Any) -> Any:
    """Whether the compiler is there."""
    ...
def get_compiler_abi_compatibility_and_version(compiler: Any) -> Any:
    """(False, version): no compiler makes extensions that could be loaded."""
    ...
def get_cxx_compiler() -> Any:
    """CXX, by default c++."""
    ...
def get_default_build_root() -> Any:
    """The folder in which extensions would be built."""
    ...
def include_paths(device_type: Str = 'cpu', torch_include_dirs: Bool = True) -> Any:
    """[]: there are no headers."""
    ...
def is_ninja_available() -> Bool:
    """Whether ninja is there."""
    ...
def library_paths(device_type: Str = 'cpu', torch_include_dirs: Bool = True, cross_target_platform: Any = None) -> Any:
    """[]: there are no libraries to link."""
    ...
def load(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.cpp_extension.load is not supported by mindtorch: extensions need PyTorch's C++ interface (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def load_inline(*args: Any, **kwargs: Any) -> Any:
    """torch.utils.cpp_extension.load_inline is not supported by mindtorch: extensions need PyTorch's C++ interface (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def remove_extension_h_precompiler_headers() -> Any:
    """Nothing to remove."""
    ...
def verify_ninja_availability() -> Any:
    """RuntimeError when ninja is not there."""
    ...
