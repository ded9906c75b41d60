"""torch.cpu: the device functions of the CPU."""
import contextlib


def is_available():
    """True."""
    return True


def device_count():
    """One."""
    return 1


def current_device():
    """'cpu'."""
    return "cpu"


def set_device(device):
    """There is one CPU device: nothing to choose."""


def synchronize(device=None):
    """Kernels run to completion before they return."""


class Stream:
    """A stream of the CPU: calls finish before they return."""


def current_stream(device=None):
    """The stream in use."""
    return Stream()


def stream(stream):
    """Context that selects a stream."""
    return contextlib.nullcontext()


class Event:
    """A point in a stream of the CPU: it has happened."""

    def query(self):
        """True."""
        return True

    def record(self, stream=None):
        """Nothing is pending."""

    def synchronize(self):
        """Nothing is pending."""

    def wait(self, stream=None):
        """Nothing is pending."""


class StreamContext(contextlib.AbstractContextManager):
    """Context that selects a stream."""

    def __init__(self, stream):
        self.stream = stream

    def __exit__(self, *exc):
        return None


def is_initialized():
    """True."""
    return True


def get_capabilities():
    """{'architecture', 'cpu_name', 'num_logical_cores' and, by name, whether the processor has an instruction set}."""
    import os
    import platform

    flags, name = set(), platform.processor()
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            key, _, value = line.partition(":")
            if key.strip() == "flags":
                flags = set(value.split())
            elif key.strip() == "model name":
                name = value.strip()
    found = {"architecture": platform.machine(), "cpu_name": name, "num_logical_cores": os.cpu_count()}
    names = {"avx512_f": "avx512f", "avx512_bw": "avx512bw", "avx512_cd": "avx512cd", "avx512_dq": "avx512dq",
             "avx512_vl": "avx512vl", "fma3": "fma", "bmi": "bmi1",
        "sha": "sha_ni", "lzcnt": "abm"}
    asked = """sse sse2 sse3 ssse3 sse4_1 sse4_2 sse4a popcnt aes avx avx2 avx_vnni avx512_f avx512_bw avx512_cd
    avx512_dq avx512_vl avx512_bf16 avx512_vnni fma3 f16c
    bmi bmi2 lzcnt sha amx_tile amx_int8 amx_bf16"""
    for n in asked.split():
        found[n] = names.get(n, n) in flags or (n == "sse3" and "pni" in flags)
    return found


from . import amp  # noqa: E402, F401
