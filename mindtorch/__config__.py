"""torch.__config__: how the library was built."""
import os
import platform

import mindtorch as torch
from mindtorch._core import runtime


def show():
    """A text about the build."""
    import mindspore
    import numpy

    kernels = os.path.basename(runtime.kernel_library())
    return ("PyTorch built with:\n"
            f"  - mindtorch, the torch namespace over MindSpore {mindspore.__version__}\n"
            f"  - Python {platform.python_version()}, NumPy {numpy.__version__}\n"
            f"  - C++ engine and kernels: {kernels}\n"
            f"  - Build settings: TORCH_VERSION={torch.__version__.partition('+')[0]}, USE_CUDA=0, USE_MKL=OFF, "
            "USE_MKLDNN=OFF, USE_OPENMP=ON, USE_NCCL=OFF, \n")


def parallel_info():
    """A text about threads."""
    shown = "".join(f"\t{n} : {os.environ.get(n, '[not set]')}\n" for n in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"))
    return (f"ATen/Parallel:\n\tat::get_num_threads() : {torch.get_num_threads()}\n"
            f"\tat::get_num_interop_threads() : {torch.get_num_interop_threads()}\n"
            f"std::thread::hardware_concurrency() : {os.cpu_count()}\nEnvironment variables:\n{shown}")


def _cxx_flags():
    return "-std=c++17 -O3"
