# Written by `make stubs` from the finished namespace; don't edit.
"""Switches of cuda."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class SDPAParams:
    """torch.backends.cuda.SDPAParams is not supported by mindtorch: it describes CUDA kernels (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
def allow_fp16_bf16_reduction_math_sdp(enabled: Any) -> Any:
    """Allow or forbid that attention sums halves in halves."""
    ...
def blas_workspace_size(*args: Any, **kwargs: Any) -> Any:
    """torch.backends.cuda.blas_workspace_size is not supported by mindtorch: it needs a GPU (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def can_use_cudnn_attention(params: Any, debug: Bool = False) -> Any:
    """Whether CUDA's kernels of attention can be used: never here."""
    ...
can_use_efficient_attention = can_use_cudnn_attention
can_use_flash_attention = can_use_cudnn_attention

class cuFFTPlanCache:
    """torch.backends.cuda.cuFFTPlanCache is not supported by mindtorch: there are no plans of cuFFT (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...

class cuFFTPlanCacheManager:
    """torch.backends.cuda.cuFFTPlanCacheManager is not supported by mindtorch: there are no plans of cuFFT (docs/errors.md#not-supported). NotImplementedError when constructed."""
    ...
def cublas_workspace_size(*args: Any, **kwargs: Any) -> Any:
    """torch.backends.cuda.cublas_workspace_size is not supported by mindtorch: it needs a GPU (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def cublaslt_workspace_size(*args: Any, **kwargs: Any) -> Any:
    """torch.backends.cuda.cublaslt_workspace_size is not supported by mindtorch: it needs a GPU (docs/errors.md#not-supported). NotImplementedError when called."""
    ...
def cudnn_sdp_enabled(_n: Str = 'cudnn') -> Any:
    """Whether cudnn kernels are allowed for attention."""
    ...
cufft_plan_cache: Any
def enable_cudnn_sdp(enabled: Any, _n: Str = 'cudnn') -> Any:
    """Allow or forbid cudnn kernels for attention; one kernel serves all here."""
    ...
def enable_flash_sdp(enabled: Any, _n: Str = 'flash') -> Any:
    """Allow or forbid flash kernels for attention; one kernel serves all here."""
    ...
def enable_math_sdp(enabled: Any, _n: Str = 'math') -> Any:
    """Allow or forbid math kernels for attention; one kernel serves all here."""
    ...
def enable_mem_efficient_sdp(enabled: Any, _n: Str = 'mem_efficient') -> Any:
    """Allow or forbid mem_efficient kernels for attention; one kernel serves all here."""
    ...
def flash_sdp_enabled(_n: Str = 'flash') -> Any:
    """Whether flash kernels are allowed for attention."""
    ...
def fp16_bf16_reduction_math_sdp_allowed() -> Any:
    """Whether attention may sum halves in halves."""
    ...
def is_ck_sdpa_available() -> Bool:
    """Whether a GPU's kernels of attention are in this build: never here."""
    ...
is_flash_attention_available = is_ck_sdpa_available
def math_sdp_enabled(_n: Str = 'math') -> Any:
    """Whether math kernels are allowed for attention."""
    ...
matmul: Any
def mem_efficient_sdp_enabled(_n: Str = 'mem_efficient') -> Any:
    """Whether mem_efficient kernels are allowed for attention."""
    ...
def preferred_blas_library(backend: Any = None) -> Any:
    """Which library would be used on a GPU; given a name, prefer it. RuntimeError for an unknown one."""
    ...
def preferred_linalg_library(backend: Any = None) -> Any:
    """Which library would be used on a GPU; given a name, prefer it. RuntimeError for an unknown one."""
    ...
def preferred_rocm_fa_library(backend: Any = None) -> Any:
    """Which library would be used on a GPU; given a name, prefer it. RuntimeError for an unknown one."""
    ...
def sdp_kernel(enable_flash: Bool = True, enable_math: Bool = True, enable_mem_efficient: Bool = True, enable_cudnn: Bool = True) -> Any:
    """Context that sets which kernels attention may use; here one serves all."""
    ...
