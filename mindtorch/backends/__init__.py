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
cudnn = _Flags("cudnn", benchmark=False, deterministic=False, enabled=True, allow_tf32=True, benchmark_limit=10, fp32_precision="none", conv=_Precision(), rnn=_Precision())
cuda = _Flags("cuda", matmul=_Precision(), cufft_plan_cache=None)
for _name in ("flash", "mem_efficient", "math", "cudnn"):
    setattr(cuda, f"enable_{_name}_sdp", lambda enabled, _n=_name: setattr(cuda, f"_{_n}_sdp", bool(enabled)))
    setattr(cuda, f"{_name}_sdp_enabled", lambda _n=_name: getattr(cuda, f"_{_n}_sdp", True))
cuda.SDPAParams = _absent.klass("torch.backends.cuda.SDPAParams", "it describes CUDA kernels")
cuda.can_use_flash_attention = cuda.can_use_efficient_attention = lambda params, debug=False: False
mps = _Flags("mps", is_macos_or_newer=lambda major, minor: False, is_macos13_or_newer=lambda minor=0: False)
mkl, mkldnn, openmp, opt_einsum, quantized, xnnpack, nnpack = (_Flags(n, a) for n, a in (
    ("mkl", False), ("mkldnn", True), ("openmp", True), ("opt_einsum", False), ("quantized", False), ("xnnpack", False), ("nnpack", False)))
mkldnn.enabled, mkldnn.deterministic, mkldnn.matmul, mkldnn.conv, mkldnn.rnn = True, False, _Precision(), _Precision(), _Precision()
opt_einsum.enabled, opt_einsum.strategy = False, None
quantized.engine, quantized.supported_engines = "none", ["none"]


class _CPU(_Flags):
    def get_cpu_capability(self):
        """The vector level in use, as torch names them."""
        from mindtorch._core import runtime

        path = runtime.kernel_library()
        return "AVX512" if ".v4." in path else "AVX2" if ".v3." in path else "DEFAULT"


cpu = _CPU("cpu", True)
