"""torch.utils.cpp_extension: extensions are built against PyTorch's C++ interface, which is not here; all that builds
or loads one raises."""
import os
import shutil
import subprocess
import tempfile

from mindtorch import _absent

_REASON = "extensions need PyTorch's C++ interface"
CUDA_HOME = ROCM_HOME = SYCL_HOME = None
IS_HIP_EXTENSION = False
load, load_inline, CppExtension, CUDAExtension, SyclExtension = (
    _absent.function("torch.utils.cpp_extension." + n, _REASON)
    for n in ("load", "load_inline", "CppExtension", "CUDAExtension", "SyclExtension")
)
BuildExtension = _absent.klass("torch.utils.cpp_extension.BuildExtension", _REASON,
                               with_options=classmethod(lambda cls, **options: cls()))


def include_paths(device_type="cpu", torch_include_dirs=True):
    """[]: there are no headers."""
    return []


def library_paths(device_type="cpu", torch_include_dirs=True, cross_target_platform=None):
    """[]: there are no libraries to link."""
    return []


def get_cxx_compiler():
    """CXX, by default c++."""
    return os.environ.get("CXX", "c++")


def check_compiler_is_gcc(compiler):
    """Whether a compiler says it is GCC."""
    try:
        return b"gcc" in subprocess.run([compiler, "-v"], capture_output=True, check=False).stderr
    except OSError:
        return False


def check_compiler_ok_for_platform(compiler):
    """Whether the compiler is there."""
    return shutil.which(compiler) is not None


def get_compiler_abi_compatibility_and_version(compiler):
    """(False, version): no compiler makes extensions that could be loaded."""
    from mindtorch.torch_version import TorchVersion

    found = subprocess.run([compiler, "-dumpfullversion", "-dumpversion"], capture_output=True, check=False,
                           text=True).stdout.strip() if shutil.which(compiler) else ""
    return False, TorchVersion(found or "0.0.0")


def get_default_build_root():
    """The folder in which extensions would be built."""
    return os.path.join(tempfile.gettempdir(), "torch_extensions")


def is_ninja_available():
    """Whether ninja is there."""
    return shutil.which("ninja") is not None


def verify_ninja_availability():
    """RuntimeError when ninja is not there."""
    if not is_ninja_available():
        raise RuntimeError("Ninja is required to load C++ extensions (pip install ninja to get it)")


def remove_extension_h_precompiler_headers():
    """Nothing to remove."""
