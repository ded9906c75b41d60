"""torch.utils.collect_env: what a report of a fault should say about the machine; also `python -m ...`."""
import collections
import locale
import os
import platform
import re
import shutil
import subprocess
import sys

import mindtorch as torch

TORCH_AVAILABLE = True
SystemEnv = collections.namedtuple("SystemEnv", """torch_version is_debug_build cuda_compiled_version gcc_version
    clang_version cmake_version os libc_version python_version python_platform is_cuda_available cuda_runtime_version
    cuda_module_loading nvidia_driver_version nvidia_gpu_models cudnn_version is_xpu_available pip_version pip_packages
    conda_packages hip_compiled_version hip_runtime_version miopen_runtime_version caching_allocator_config
    is_xnnpack_available cpu_info""")
PIP_PATTERNS = {"torch", "numpy", "mypy", "flake8", "optree", "onnx", "mindspore", "mindtorch"}
CONDA_PATTERNS = {"torch", "numpy", "mkl", "magma", "optree", "mindspore"}


def run(command):
    """(status, output, errors) of a command, given as a list or as a line for the shell."""
    encoding = locale.getpreferredencoding(False)
    try:
        done = subprocess.run(command, capture_output=True, shell=isinstance(command, str), timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, "", str(error)
    return done.returncode, *(o.decode(encoding, "replace").strip() for o in (done.stdout, done.stderr))


def run_and_read_all(run_lambda, command):
    """A command's output, None when it fails."""
    status, out, _ = run_lambda(command)
    return out if status == 0 else None


def run_and_parse_first_match(run_lambda, command, regex):
    """The first group of a pattern in a command's output, None without one."""
    out = run_and_read_all(run_lambda, command)
    found = re.search(regex, out) if out is not None else None
    return found[1] if found else None


def run_and_return_first_line(run_lambda, command):
    """The first line of a command's output, None when it fails."""
    out = run_and_read_all(run_lambda, command)
    return out.split("\n")[0] if out is not None else None


def _version_of(run_lambda, program, regex):
    return run_and_parse_first_match(run_lambda, [program, "--version"], regex) if shutil.which(program) else None


def get_gcc_version(run_lambda):
    """Version of gcc."""
    return _version_of(run_lambda, "gcc", r"gcc (.*)")


def get_clang_version(run_lambda):
    """Version of clang."""
    return _version_of(run_lambda, "clang", r"clang version (.*)")


def get_cmake_version(run_lambda):
    """Version of CMake."""
    return _version_of(run_lambda, "cmake", r"cmake (.*)")


def get_platform():
    """'linux', 'darwin', 'win32' ..."""
    return "linux" if sys.platform.startswith("linux") else sys.platform


def get_os(run_lambda):
    """The system and its machine."""
    machine = platform.machine()
    try:
        release = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        release = platform.platform()
    return f"{release} ({machine})"


def get_python_platform():
    """platform.platform()."""
    return platform.platform()


def get_libc_version():
    """glibc's version, 'N/A' where there is none."""
    return "-".join(platform.libc_ver()) if get_platform() == "linux" else "N/A"


def get_cpu_info(run_lambda):
    """lscpu's text, '' without it."""
    return (run_and_read_all(run_lambda, ["lscpu"]) or "") if shutil.which("lscpu") else platform.processor()


def get_pip_packages(run_lambda, patterns=None):
    """(name of pip, lines of the packages that matter)."""
    patterns = PIP_PATTERNS if patterns is None else patterns
    out = run_and_read_all(run_lambda, [sys.executable, "-mpip", "list", "--format=freeze"]) or ""
    return "pip3", "\n".join(line for line in out.splitlines() if any(p in line for p in patterns))


def get_conda_packages(run_lambda, patterns=None):
    """Lines of conda's packages that matter; None without conda."""
    patterns = CONDA_PATTERNS if patterns is None else patterns
    conda = os.environ.get("CONDA_EXE", "conda")
    out = run_and_read_all(run_lambda, [conda, "list"]) if shutil.which(conda) else None
    return out and "\n".join(line for line in out.splitlines()
                             if not line.startswith("#") and any(p in line for p in patterns))


def get_env_info():
    """SystemEnv of this process."""
    pip, packages = get_pip_packages(run)
    bits = sys.maxsize.bit_length() + 1
    return SystemEnv(
        torch_version=str(torch.__version__), is_debug_build="False", cuda_compiled_version="None",
        gcc_version=get_gcc_version(run), clang_version=get_clang_version(run), cmake_version=get_cmake_version(run),
        os=get_os(run), libc_version=get_libc_version(),
        python_version=f"{' '.join(sys.version.split())} ({bits}-bit runtime)", python_platform=get_python_platform(),
        is_cuda_available=str(torch.cuda.is_available()), cuda_runtime_version=None, cuda_module_loading="N/A",
        nvidia_driver_version=None, nvidia_gpu_models=None, cudnn_version=None,
        is_xpu_available=str(torch.xpu.is_available()), pip_version=pip, pip_packages=packages,
        conda_packages=get_conda_packages(run), hip_compiled_version="N/A", hip_runtime_version="N/A",
        miopen_runtime_version="N/A", caching_allocator_config=os.environ.get("PYTORCH_CUDA_ALLOC_CONF", "N/A"),
        is_xnnpack_available="False", cpu_info=get_cpu_info(run))


_TEXT = (("PyTorch version", "torch_version"), ("Is debug build", "is_debug_build"),
         ("CUDA used to build PyTorch", "cuda_compiled_version"),
         ("ROCM used to build PyTorch", "hip_compiled_version"),
         None, ("OS", "os"), ("GCC version", "gcc_version"), ("Clang version", "clang_version"),
         ("CMake version", "cmake_version"), ("Libc version", "libc_version"), None,
         ("Python version", "python_version"), ("Python platform", "python_platform"),
         ("Is CUDA available", "is_cuda_available"), ("Is XPU available", "is_xpu_available"), None)


def pretty_str(envinfo):
    """SystemEnv as a text."""
    values, lines = envinfo._asdict(), []
    for row in _TEXT:
        lines.append("" if row is None else f"{row[0]}: "
                     + ("Could not collect" if values[row[1]] is None else str(values[row[1]])))
    lines += ["CPU:", envinfo.cpu_info, "", "Versions of relevant libraries:"]
    for label, text in ((f"[{envinfo.pip_version}] ", envinfo.pip_packages), ("[conda] ", envinfo.conda_packages)):
        lines += [label + line for line in (text or "Could not collect").splitlines()]
    return "\n".join(lines)


def get_pretty_env_info():
    """What main prints."""
    return pretty_str(get_env_info())


def main():
    """Print it."""
    print("Collecting environment information...")
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
