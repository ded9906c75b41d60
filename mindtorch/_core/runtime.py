"""Starts MindSpore for us: kernel library, blocking launch on CPU, threads, fork handlers."""
import contextlib
import io
import os
import re
import sys
import threading
import warnings

_here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUPPORTED_MINDSPORE = ("2.10",)


# what the compiler may use at each x86-64 level, by the processor's own words
LEVELS = {
    "v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx2", "fma", "bmi1", "bmi2", "f16c", "abm",
           "movbe"},
    "v3": {"avx2", "fma", "bmi1", "bmi2", "f16c", "abm", "movbe"},
    "v2": {"sse4_2", "ssse3", "popcnt", "cx16"},
}


def processor_flags() -> set:
    """What Linux says of this processor."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("flags"):
                return set(line.split())
    return set()


def built_for(folder) -> set:
    """The vector instructions of the processor that a build for one processor was made on."""
    with contextlib.suppress(OSError), open(os.path.join(folder, "native_flags.txt"), encoding="utf-8") as f:
        return {flag for flag in f.read().split()
                if re.match(r"(s?sse|avx|fma|f16c|bmi|amx|gfni|vaes|movbe|popcnt|abm)", flag)}
    return set()


def kernel_library() -> str:
    """Path of the kernel library for this processor: what MINDTORCH_CPU_LEVEL names, the build for just this machine,
    or the highest x86-64 level that the processor has."""
    folder, flags = os.path.join(_here, "_lib"), processor_flags()
    wanted = os.environ.get("MINDTORCH_CPU_LEVEL")
    if wanted and not os.path.exists(os.path.join(folder, f"libmindtorch_kernels.{wanted}.so")):
        raise ImportError(f"mindtorch: MINDTORCH_CPU_LEVEL={wanted}, but {folder} has no "
                          f"libmindtorch_kernels.{wanted}.so; it has "
                          f"{sorted(f for f in os.listdir(folder) if f.endswith('.so'))}")
    if wanted and (lacking := LEVELS.get(wanted, set()) - flags):
        raise ImportError(f"mindtorch: MINDTORCH_CPU_LEVEL={wanted}, but this processor lacks "
                          f"{', '.join(sorted(lacking))}")
    if not wanted and (lacking := built_for(folder) - flags):
        raise ImportError(f"mindtorch: it was compiled for another processor, this one lacks "
                          f"{', '.join(sorted(lacking))}; install it anew here, or a wheel for all processors")
    names = [f"libmindtorch_kernels.{wanted}.so"] if wanted else ["libmindtorch_kernels.so"] + [
        f"libmindtorch_kernels.{level}.so" for level, need in LEVELS.items() if need <= flags]
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    raise ImportError(f"mindtorch: no kernel library for this processor in {folder}; build it with 'make setup' or "
                      "'pip install .' from a checkout")


_ascend = [False]


def ascend_present() -> bool:
    """Whether the npu is MindSpore's Ascend target: its back end found CANN, and no emulation is asked for."""
    return _ascend[0]


def why_no_ascend() -> str:
    """Why the npu is not there, for the message that says so."""
    home = next((os.environ[name] for name in ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME") if os.environ.get(name)),
                None)
    if home is None:
        return "no CANN was found (ASCEND_HOME_PATH is not set; `source set_env.sh` of its installation sets it)"
    return (f"MindSpore could not load its Ascend back end over the CANN at {home} (its libraries are missing, or of a "
            "version that this MindSpore does not know)")


def signs_of_ascend(devices="/dev") -> list:
    """What tells of Ascend on this machine: its devices, and settings that the scripts of CANN make."""
    with contextlib.suppress(OSError):
        found = sorted(n for n in os.listdir(devices) if re.fullmatch(r"davinci(\d+|_manager)", n))
        if found:
            return [os.path.join(devices, name) for name in found[:1]]
    return [n for n in ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME", "ASCEND_RT_VISIBLE_DEVICES") if os.environ.get(n)]


def _emulated() -> int:
    text = os.environ.get("MINDTORCH_EMULATE_NPU") or "0"
    if not text.isdigit():
        raise ImportError(f"mindtorch: MINDTORCH_EMULATE_NPU is the number of devices to emulate, not '{text}'")
    return int(text)


def _find_ascend(expression, engine):
    """Look for MindSpore's Ascend back end, without touching the device."""
    if _emulated():
        return
    _ascend[0] = expression.MSContext.get_instance().is_pkg_support_device("Ascend")
    if not _ascend[0]:
        if signs := signs_of_ascend():  # whoever has a card must not learn from the clock that it was not used
            warnings.warn(f"mindtorch computes on the CPU although there is Ascend here ({', '.join(signs)}): "
                          f"{why_no_ascend()}", stacklevel=2)
    else:
        from . import devices

        engine.use_accelerator(devices.first_index())
        os.register_at_fork(after_in_child=engine.forget_device)


def _check_real_torch():
    present = sys.modules.get("torch")
    if present is not None and not getattr(present, "__mindtorch__", False):
        raise ImportError("mindtorch takes the name 'torch', but the real PyTorch is already imported in this process; "
                          "import mindtorch first, or run 'python -m mindtorch run SCRIPT'")


def start():
    """Import MindSpore, load the engine and the kernels, and set both up; returns the engine module."""
    _check_real_torch()
    library = kernel_library()
    os.environ.setdefault("GLOG_v", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mindspore
    if not mindspore.__version__.startswith(tuple(v + "." for v in SUPPORTED_MINDSPORE)):
        raise ImportError(f"mindtorch was built against MindSpore {SUPPORTED_MINDSPORE[0]}, found "
                          f"{mindspore.__version__}; install 'mindspore>=2.10,<2.11'")
    import mindspore._c_expression as expression

    try:
        import mindtorch._C as _C
    except ImportError as error:
        raise ImportError(
            f"mindtorch: the engine (mindtorch/_C) is not built, or not for MindSpore {mindspore.__version__} and "
            f"Python {'.'.join(map(str, sys.version_info[:2]))}; "
            f"build it with 'make setup' or 'pip install .' from a checkout: {error}"
        ) from error

    _C.load_kernels(library)
    _find_ascend(expression, _C)
    # with a device the queues stay: there is no way back from this, and MindSpore's operators would wait for the device
    # each
    if not _ascend[0]:
        mindspore.runtime.launch_blocking()
    expression.disable_multi_thread()
    # NumPy 2: MindSpore's first use of NumPy raises once, later ones work
    with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
        mindspore.Tensor([0.0]).asnumpy()
    fork = expression.fork_utils
    # handlers before a fork run last to first, those after it first to last: ours enclose MindSpore's
    os.register_at_fork(before=fork.prepare_before_fork, after_in_parent=fork.parent_at_fork,
                        after_in_child=fork.child_at_fork)
    os.register_at_fork(before=_C.save_interrupt, after_in_parent=_C.restore_interrupt,
                        after_in_child=_C.restore_interrupt)
    # libgomp's pool does not survive a fork: the child computes on one thread, whatever it asks for
    os.register_at_fork(after_in_child=lambda: _C.set_threads(1))
    if threads := os.environ.get("OMP_NUM_THREADS"):
        with contextlib.suppress(ValueError):
            _C.set_threads(int(threads))
    return _C


main_thread = threading.main_thread()
