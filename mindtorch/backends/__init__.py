"""torch.backends: what the build has, and switches of libraries that are not in it."""
import contextlib
import sys
import types

from mindtorch import _absent


class _Flags(types.ModuleType):
    """A backend's module: switches that can be read and set; they steer nothing here because the library is absent."""

    def __init__(self, name, available=False, **flags):
        super().__init__("mindtorch.backends." + name, f"Switches of {name}.")
        self.__dict__.update(flags)
        self.__dict__["_available"] = available
        self.__path__ = []
        sys.modules[self.__name__] = self

    def is_available(self):
        """Whether the library is in this build."""
        return self._available

    is_built = is_available

    def version(self):
        """Version of the library, or None."""
        return None

    @contextlib.contextmanager
    def flags(self, **changes):
        """Set switches inside a context."""
        saved = {k: getattr(self, k) for k in changes if hasattr(self, k)}
        self.__dict__.update(changes)
        try:
            yield
        finally:
            self.__dict__.update(saved)


class _Precision:
    fp32_precision = "none"
    allow_tf32 = False
    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True
    allow_fp16_accumulation = False


fp32_precision = "none"
cudnn = _Flags("cudnn", benchmark=False, deterministic=False, enabled=True, allow_tf32=True, benchmark_limit=10,
               fp32_precision="none", conv=_Precision(), rnn=_Precision())
cuda = _Flags("cuda", matmul=_Precision(), cufft_plan_cache=None)
for _name in ("flash", "mem_efficient", "math", "cudnn"):
    setattr(cuda, f"enable_{_name}_sdp", lambda enabled, _n=_name: setattr(cuda, f"_{_n}_sdp", bool(enabled)))
    setattr(cuda, f"{_name}_sdp_enabled", lambda _n=_name: getattr(cuda, f"_{_n}_sdp", True))
cuda.SDPAParams = _absent.klass("torch.backends.cuda.SDPAParams", "it describes CUDA kernels")
cuda.can_use_flash_attention = cuda.can_use_efficient_attention = lambda params, debug=False: False
mps = _Flags("mps", is_macos_or_newer=lambda major, minor: False, is_macos13_or_newer=lambda minor=0: False)
mkl, mkldnn, openmp, opt_einsum, quantized, xnnpack, nnpack = (_Flags(n, a) for n, a in (
    ("mkl", False), ("mkldnn", True), ("openmp", True), ("opt_einsum", False), ("quantized", False), ("xnnpack", False),
    ("nnpack", False)))
mkldnn.enabled, mkldnn.deterministic, mkldnn.matmul, mkldnn.conv, mkldnn.rnn = True, False, _Precision(
    ), _Precision(), _Precision()
opt_einsum.enabled, opt_einsum.strategy = False, None
quantized.engine, quantized.supported_engines = "none", ["none"]


class _CPU(_Flags):
    def get_cpu_capability(self):
        """The vector level in use, as torch names them."""
        from mindtorch._core import runtime

        path = runtime.kernel_library()
        return "AVX512" if ".v4." in path else "AVX2" if ".v3." in path else "DEFAULT"


cpu = _CPU("cpu", True)

class _Choice(str):
    """Name of a library."""

    name = property(str)


def _library(allowed):
    chosen = ["default"]

    def prefer(backend=None):
        """Which library would be used on a GPU; given a name, prefer it. RuntimeError for an unknown one."""
        if backend is not None:
            if str(backend).lower() not in allowed:
                raise RuntimeError(f"Unknown input value. Choose from: {', '.join(allowed)}.")
            chosen[0] = str(backend).lower()
        return _Choice(chosen[0])

    return prefer


cuda.preferred_linalg_library = _library(("default", "cusolver", "magma"))
cuda.preferred_blas_library = _library(("default", "cublas", "cublaslt", "hipblaslt", "ck"))
cuda.preferred_rocm_fa_library = _library(("default", "aotriton", "ck"))
cuda.can_use_cudnn_attention = cuda.can_use_flash_attention
cuda.is_flash_attention_available = cuda.is_ck_sdpa_available = lambda: False
cuda.fp16_bf16_reduction_math_sdp_allowed = lambda: getattr(cuda, "_reduced_math", False)
cuda.allow_fp16_bf16_reduction_math_sdp = lambda enabled: setattr(cuda, "_reduced_math", bool(enabled))
cuda.cuFFTPlanCache, cuda.cuFFTPlanCacheManager = (_absent.klass("torch.backends.cuda." + n, "there are no plans of "
                                                                 "cuFFT")
                                                                 for n in ("cuFFTPlanCache", "cuFFTPlanCacheManager"))
cuda.blas_workspace_size, cuda.cublas_workspace_size, cuda.cublaslt_workspace_size = (
    _absent.function("torch.backends.cuda." + n, "it needs a GPU")
    for n in ("blas_workspace_size", "cublas_workspace_size", "cublaslt_workspace_size")
)


@contextlib.contextmanager
def _sdp_kernel(enable_flash=True, enable_math=True, enable_mem_efficient=True, enable_cudnn=True):
    """Context that sets which kernels attention may use; here one serves all."""
    wanted = {"flash": enable_flash, "math": enable_math, "mem_efficient": enable_mem_efficient, "cudnn": enable_cudnn}
    saved = {n: getattr(cuda, f"{n}_sdp_enabled")() for n in wanted}
    for n, on in wanted.items():
        getattr(cuda, f"enable_{n}_sdp")(on)
    try:
        yield {}
    finally:
        for n, on in saved.items():
            getattr(cuda, f"enable_{n}_sdp")(on)


cuda.sdp_kernel = _sdp_kernel
cudnn.is_acceptable = lambda tensor: False
mps.get_core_count, mps.get_name = lambda: 0, lambda: ""
mha = _Flags("mha", True)
mha._fastpath = True
mha.get_fastpath_enabled = lambda: mha._fastpath
mha.set_fastpath_enabled = lambda value: setattr(mha, "_fastpath", bool(value))

for _module, _texts in {
    cuda: {**{f"enable_{n}_sdp": f"Allow or forbid {n} kernels for attention; one kernel serves all here."
              for n in ("flash", "mem_efficient", "math", "cudnn")},
           **{f"{n}_sdp_enabled": f"Whether {n} kernels are allowed for attention."
              for n in ("flash", "mem_efficient", "math", "cudnn")},
           "can_use_cudnn_attention": "Whether CUDA's kernels of attention can be used: never here.",
           "is_ck_sdpa_available": "Whether a GPU's kernels of attention are in this build: never here.",
           "fp16_bf16_reduction_math_sdp_allowed": "Whether attention may sum halves in halves.",
           "allow_fp16_bf16_reduction_math_sdp": "Allow or forbid that attention sums halves in halves."},
    cudnn: {"is_acceptable": "Whether cuDNN takes a tensor: never here."},
    mps: {"is_macos_or_newer": "Whether this is macOS of a version: it is not.",
          "is_macos13_or_newer": "Whether this is macOS 13: it is not.",
          "get_core_count": "Cores of Apple's GPU: none.", "get_name": "Name of Apple's GPU: none."},
    mha: {"get_fastpath_enabled": "Whether layers of transformers may take their fast way.",
          "set_fastpath_enabled": "Allow or forbid the fast way of layers of transformers."},
}.items():
    for _name, _text in _texts.items():
        getattr(_module, _name).__doc__ = _text
