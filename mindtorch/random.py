"""torch.random: seeding and saving the state of the default generators."""
import contextlib
import threading
import warnings

from mindtorch._core import devices, generator as _generator
from mindtorch._core.generator import Generator  # noqa: F401

__all__ = ["set_rng_state", "get_rng_state", "manual_seed", "seed", "initial_seed", "fork_rng", "thread_safe_generator"]

default_generator = _generator.default(0)


def set_rng_state(new_state):
    """Put the CPU generator into a state from get_rng_state."""
    default_generator.set_state(new_state)


def get_rng_state():
    """The CPU generator's state: a byte tensor of 5056 elements."""
    return default_generator.get_state()


def manual_seed(seed):
    """Seed the default generators of all devices; returns the CPU's. ValueError outside -2**63 .. 2**64-1."""
    _generator.seed_all(int(seed))
    return default_generator


def seed():
    """Seed all default generators with a number of the operating system's; returns it."""
    value = default_generator.seed()
    _generator.seed_all(value)
    return value


def initial_seed():
    """The seed of the CPU generator."""
    return default_generator.initial_seed()


_worker = threading.local()  # a data loader that works in threads sets .generator in each


def thread_safe_generator():
    """The generator of this thread's data loading worker; None elsewhere, which means the default one."""
    return getattr(_worker, "generator", None)


_warned = False


@contextlib.contextmanager
def fork_rng(devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices", device_type="cuda"):
    """Inside, random numbers leave the generators outside as they were: the CPU's and those of the given devices
    (default: all of device_type)."""
    global _warned
    if not enabled:
        yield
        return
    codes = _codes(devices, device_type)
    if devices is None and len(codes) > 1 and not _warned:
        warnings.warn(
            f"{device_type.upper()} reports that you have {len(codes)} available devices, and you have used {_caller} "
            "without explicitly specifying which devices are being used. "
            f"Set the {_devices_kw} keyword argument to the devices in use, or to "
            f"range(torch.{device_type}.device_count()) for all.",
            stacklevel=3,
        )
        _warned = True
    saved = [(g, g.get_state()) for g in (_generator.default(code) for code in (0, *codes))]
    try:
        yield
    finally:
        for g, state in saved:
            g.set_state(state)


def _codes(given, device_type):
    kind = devices.device(device_type).type
    if kind in ("cpu", "meta"):
        return []
    if given is None:
        return list(range(1, devices.npu_count() + 1)) if kind in ("cuda", "npu") else []
    return [code for code in (devices.code_of(devices.device(kind, d) if isinstance(d, int) else d) for d in given)
            if code > 0]
