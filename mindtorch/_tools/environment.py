"""`python -m mindtorch env`: what a bug report should say of the machine and the installation."""
import importlib.metadata
import os
import platform

_PACKAGES = ("mindnlp transformers accelerate peft datasets tokenizers safetensors evaluate trl diffusers timm "
             "sentence-transformers onnx onnxruntime pandas pyarrow scipy protobuf").split()
_SETTINGS = ("MINDTORCH_", "MS_", "GLOG_", "ASCEND_", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "CUDA_VISIBLE_DEVICES",
             "WORLD_SIZE", "RANK", "LOCAL_RANK")


def _processor():
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory():
    try:
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2 ** 30:.1f} GiB"
    except (ValueError, OSError):
        return "unknown"


def _system():
    try:
        release = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        release = ""
    return " ".join(p for p in (release, platform.platform(), " ".join(platform.libc_ver())) if p)


def _devices():
    import mindtorch
    from mindtorch._devices import mapped

    if not mindtorch.npu.is_available():
        return "none (MindSpore finds no CANN)"
    kind = "real" if mapped.real() else "emulated on the CPU"
    return f"{mindtorch.npu.device_count()} ({kind})"


def rows():
    """[(name, value)] in the order in which they are shown."""
    import mindspore
    import numpy

    import mindtorch
    from mindtorch import shim
    from mindtorch._core import runtime

    found = [("torch", mindtorch.__version__), ("mindspore", mindspore.__version__), ("numpy", numpy.__version__),
             ("python", platform.python_version()), ("system", _system()), ("processor", _processor()),
             ("cores", f"{os.cpu_count()}, of them usable {len(os.sched_getaffinity(0))}"), ("memory", _memory()),
             ("threads", mindtorch.get_num_threads()),
             ("kernels", os.path.basename(runtime.kernel_library())), ("npu", _devices()),
             ("installed", os.path.dirname(mindtorch.__file__)),
             ("shim", {"ours": "installed", "real": "a real torch is there", "none": "not installed"}[shim.state()])]
    for name in _PACKAGES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found + [(name, value) for name, value in sorted(os.environ.items()) if name.startswith(_SETTINGS)]


def text():
    """The rows as lines."""
    shown = rows()
    width = max(len(name) for name, _ in shown) + 1
    return "\n".join(f"{name:{width}} {value}" for name, value in shown)
