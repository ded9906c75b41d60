# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.collect_env: what a report of a fault should say about the machine; also `python -m ...`."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
CONDA_PATTERNS: Any
PIP_PATTERNS: Any

class SystemEnv(NamedTuple):
    torch_version: Tensor
    is_debug_build: Tensor
    cuda_compiled_version: Tensor
    gcc_version: Tensor
    clang_version: Tensor
    cmake_version: Tensor
    os: Tensor
    libc_version: Tensor
    python_version: Tensor
    python_platform: Tensor
    is_cuda_available: Tensor
    cuda_runtime_version: Tensor
    cuda_module_loading: Tensor
    nvidia_driver_version: Tensor
    nvidia_gpu_models: Tensor
    cudnn_version: Tensor
    is_xpu_available: Tensor
    pip_version: Tensor
    pip_packages: Tensor
    conda_packages: Tensor
    hip_compiled_version: Tensor
    hip_runtime_version: Tensor
    miopen_runtime_version: Tensor
    caching_allocator_config: Tensor
    is_xnnpack_available: Tensor
    cpu_info: Tensor
TORCH_AVAILABLE: Bool
def get_clang_version(run_lambda: Any) -> Any:
    """Version of clang."""
    ...
def get_cmake_version(run_lambda: Any) -> Any:
    """Version of CMake."""
    ...
def get_conda_packages(run_lambda: Any, patterns: Any = None) -> Any:
    """Lines of conda's packages that matter; None without conda."""
    ...
def get_cpu_info(run_lambda: Any) -> Any:
    """lscpu's text, '' without it."""
    ...
def get_env_info() -> Any:
    """SystemEnv of this process."""
    ...
def get_gcc_version(run_lambda: Any) -> Any:
    """Version of gcc."""
    ...
def get_libc_version() -> Any:
    """glibc's version, 'N/A' where there is none."""
    ...
def get_os(run_lambda: Any) -> Any:
    """The system and its machine."""
    ...
def get_pip_packages(run_lambda: Any, patterns: Any = None) -> Any:
    """(name of pip, lines of the packages that matter)."""
    ...
def get_platform() -> Any:
    """'linux', 'darwin', 'win32' ..."""
    ...
def get_pretty_env_info() -> Any:
    """What main prints."""
    ...
def get_python_platform() -> Any:
    """platform.platform()."""
    ...
def main() -> Any:
    """Print it."""
    ...
def pretty_str(envinfo: Any) -> Any:
    """SystemEnv as a text."""
    ...
def run(command: Any) -> Any:
    """(status, output, errors) of a command, given as a list or as a line for the shell."""
    ...
def run_and_parse_first_match(run_lambda: Any, command: Any, regex: Any) -> Any:
    """The first group of a pattern in a command's output, None without one."""
    ...
def run_and_read_all(run_lambda: Any, command: Any) -> Any:
    """A command's output, None when it fails."""
    ...
def run_and_return_first_line(run_lambda: Any, command: Any) -> Any:
    """The first line of a command's output, None when it fails."""
    ...
