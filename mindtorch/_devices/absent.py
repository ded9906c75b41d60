"""The functions of a device type that is never there (torch.xpu, torch.mps, torch.mtia): they answer so, and refuse
what needs a device."""
import contextlib

from .errors import OutOfMemoryError  # noqa: F401


def _index(device=None):
    raise RuntimeError("no device of this type is available")


def is_available():
    """False."""
    return False


def device_count():
    """0."""
    return 0


class Stream:
    """RuntimeError: there is no device of this kind."""

    def __init__(self, device=None, priority=0, **kwargs):
        _index(device)


class Event:
    """A point in a stream: RuntimeError when it is recorded, since there is no device of this kind."""

    def __init__(self, enable_timing=False, blocking=False, interprocess=False):
        self.enable_timing = enable_timing

    def record(self, stream=None):
        """RuntimeError: there is no device of this kind."""
        _index()


class StreamContext(contextlib.nullcontext):
    """Context of a stream that cannot be there."""


def stream(stream):
    """Context of a stream that cannot be there."""
    return StreamContext(stream)


def current_stream(device=None):
    """RuntimeError: there is no device of this kind."""
    return Stream(device)


def set_stream(stream):
    """Nothing to choose from."""

default_stream = current_stream


def device_of(tensor):
    """Context that changes nothing."""
    return contextlib.nullcontext()


class device:
    """Context of a device that cannot be there; None changes nothing."""

    def __init__(self, device):
        if device is not None:
            _index(device)

    def __enter__(self):
        pass

    def __exit__(self, *exc):
        pass


def _refused(name):
    def refuse(*args, **kwargs):
        _index()

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "RuntimeError: there is no device of this type."
    return refuse


def _silent(name, value=None):
    def answer(*args, **kwargs):
        return value() if callable(value) else value

    answer.__name__ = answer.__qualname__ = name
    answer.__doc__ = "There is no device of this type: nothing to do, nothing held."
    return answer


for _name in """current_device set_device synchronize mem_get_info get_device_name get_device_properties
                get_device_capability initial_seed get_rng_state set_rng_state init _lazy_init""".split():
    globals()[_name] = _refused(_name)
for _name in "manual_seed manual_seed_all seed seed_all empty_cache ipc_collect set_rng_state_all".split():
    globals()[_name] = _silent(_name)
for _name in """memory_allocated max_memory_allocated memory_reserved max_memory_reserved memory_cached""".split():
    globals()[_name] = _silent(_name, 0)
for _name in """can_device_access_peer is_bf16_supported is_initialized _is_in_bad_fork
                is_current_stream_capturing""".split():
    globals()[_name] = _silent(_name, False)
for _name in "reset_peak_memory_stats reset_max_memory_allocated reset_max_memory_cached".split():
    globals()[_name] = _silent(_name)
get_rng_state_all, get_arch_list = _silent("get_rng_state_all", list), _silent("get_arch_list", list)
memory_stats, memory_summary = _silent("memory_stats", dict), _silent("memory_summary", str)
default_generators = ()
NAMES = {k: v for k, v in globals().items() if k in ("_is_in_bad_fork", "_lazy_init")
         or not k.startswith("_") and k not in ("contextlib", "NAMES")}
