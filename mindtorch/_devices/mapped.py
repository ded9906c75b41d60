"""The functions of torch.npu, and of torch.cuda, which is another name for it."""
from collections.abc import Sequence

import mindtorch._C as _C
from mindtorch._core import devices, generator, runtime

from .errors import NoDevice, OutOfMemoryError  # noqa: F401
from .streams import (  # noqa: F401
    Event, ExternalStream, Stream, StreamContext, current_stream, default_stream, set_stream, stream)

_TYPES = ("cuda", "npu")
_WITHOUT_BFLOAT16 = ("Ascend310", "Ascend910A", "Ascend910Pro", "Ascend910Premium")


def real():
    """Whether the npu is a device with memory of its own."""
    return runtime.ascend_present()


def device_count():
    """Number of devices of this kind."""
    return devices.npu_count()


def is_available():
    """Whether there is a device of this kind."""
    return device_count() > 0


def _index(device=None):
    if not is_available():
        raise NoDevice("Torch not compiled with CUDA enabled: no npu device is available")
    if device is None:
        return devices._current[0]
    if isinstance(device, bool) or not isinstance(device, int):
        asked = devices.device(device)
        if asked.type not in _TYPES:
            raise ValueError(f"Expected a cuda device, but got: {device}")
        device = devices._current[0] if asked.index is None else asked.index
    return devices.check_index(device)


def current_device():
    """Index of the current device."""
    return _index()


def set_device(device):
    """Make a device the current one."""
    devices._current[0] = _index(device)


def synchronize(device=None):
    """Wait until all of the device's streams are done; an emulated one has nothing to wait for. RuntimeError, in
    CANN's words, for work that failed."""
    _index(device)
    _C.synchronize()


def empty_cache():
    """Give cached memory back; nothing to do without a device."""
    if real():
        _C.empty_device_cache()
        _C.drop_pinned()
    elif is_available():
        _C.empty_cache()


def _memory(kind, emulated, device):
    """A figure of the device's memory; 0 before its first use."""
    if not is_available():
        return 0
    _index(device)
    if not real():
        return _C.memory_stats()[emulated]
    return _C.device_memory()[kind] if _C.device_started() else 0


def memory_allocated(device=None):
    """Bytes held by tensors."""
    return _memory("allocated", 0, device)


def max_memory_allocated(device=None):
    """The most bytes that tensors ever held."""
    return _memory("peak", 1, device)


def memory_reserved(device=None):
    """Bytes that the allocator holds, for tensors and for those to come."""
    return _memory("reserved", 0, device)


def max_memory_reserved(device=None):
    """The most bytes that the allocator ever held."""
    return _memory("peak_reserved", 1, device)


def launches():
    """How many operators were put into the device's streams."""
    return _C.device_launches()


def fallbacks():
    """{kernel: how often it was computed on the host}: a kernel without an operator of the device for its
    arguments."""
    return _C.device_fallbacks()


def refusals():
    """{operator with dtypes, ranks and layouts: (how often this chip refused it, what was done instead, CANN's
    words)}."""
    return _C.device_refusals()


def verify():
    """Context in which every kernel that the npu runs is computed on the CPU too, over the same operands, and compared:
    print what it gives. RuntimeError without a device that has memory of its own."""
    from .verification import Verification

    if not is_available():
        raise NoDevice(f"no npu device here: {runtime.why_no_ascend()}")
    return Verification(real())


def mem_get_info(device=None):
    """(free, total) bytes of the device's memory; of the machine's for an emulated one."""
    _index(device)
    if real():
        figures = _C.device_memory()
        return figures["free"], figures["total"]
    values = {}
    with open("/proc/meminfo", encoding="ascii") as f:
        for line in f:
            name, _, rest = line.partition(":")
            values[name] = int(rest.split()[0]) * 1024
    return values["MemAvailable"], values["MemTotal"]


class _Properties:
    def __init__(self, index):
        self.name, self.total_memory, self.multi_processor_count, self.major, self.minor = get_device_name(
            index), mem_get_info(index)[1], _C.get_threads(), 0, 0

    def __repr__(self):
        return f"_DeviceProperties(name='{self.name}', total_memory={self.total_memory})"


def get_device_name(device=None):
    """Name of the device."""
    index = _index(device)
    return _C.device_name() if real() else f"Emulated NPU {index}"


def get_device_properties(device=None):
    """Name and memory of the device."""
    return _Properties(_index(device))


def get_device_capability(device=None):
    """(0, 0): an npu has no compute capability."""
    _index(device)
    return (0, 0)


def is_bf16_supported(including_emulation=True):
    """Whether bfloat16 computes there: not on the chips of the 310 family and the first 910."""
    return is_available() and not (real() and get_device_name().startswith(_WITHOUT_BFLOAT16))


def _generator(device=None):
    return generator.default(devices.code_of(devices.device(devices.accelerator_type(), _index(device))))


def manual_seed(seed):
    """Seed the current device's generator; without a device nothing happens."""
    if is_available():
        _generator().manual_seed(int(seed))


def manual_seed_all(seed):
    """Seed the generators of all devices of this kind."""
    for d in devices.npu_devices() if is_available() else ():
        _generator(d).manual_seed(int(seed))


def seed():
    """Seed the current device's generator with a number of the operating system's."""
    if is_available():
        _generator().seed()


def seed_all():
    """Seed the generators of all devices of this kind with one number of the operating system's."""
    if is_available():
        manual_seed_all(_generator().seed())


def initial_seed():
    """The seed of the current device's generator."""
    return _generator().initial_seed()


def get_rng_state(device=None):
    """State of a device's generator, as a byte tensor on the CPU."""
    return _generator(device).get_state()


def set_rng_state(new_state, device=None):
    """Restore a device's generator from a state of get_rng_state."""
    _generator(device).set_state(new_state)


def get_rng_state_all():
    """States of all devices' generators."""
    return [get_rng_state(d) for d in devices.npu_devices()] if is_available() else []


def set_rng_state_all(new_states):
    """Restore all devices' generators."""
    for d, state in zip(devices.npu_devices() if is_available() else (), new_states, strict=True):
        set_rng_state(state, d)


class device:
    """Context that makes a device the current one."""

    def __init__(self, device):
        self.index = -1 if device is None else _index(device)

    def __enter__(self):
        self.saved = devices._current[0]
        if self.index >= 0:
            devices._current[0] = self.index

    def __exit__(self, *exc):
        devices._current[0] = self.saved


def is_initialized():
    """Whether the device was set up: that happens at its first use."""
    return is_available() and (_C.device_started() or not real())


def init():
    """Set the device up now."""
    _index()
    _C.start_device()


def _is_in_bad_fork():
    """Whether this process was forked from one that used the device, which it cannot use then."""
    return _C.device_lost()


class _Generators(Sequence):
    """The default generators, by the numbers of their devices."""

    def __len__(self):
        return device_count()

    def __getitem__(self, index):
        return _generator(index)

    def __iter__(self):
        return (_generator(d) for d in devices.npu_devices()[: device_count()])


def reset_peak_memory_stats(device=None):
    """Start the peak of memory_allocated anew."""
    if real():
        _C.reset_device_peak()
    else:
        _C.reset_peak_memory()


reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats
memory_cached, max_memory_cached = memory_reserved, max_memory_reserved


def memory_summary(device=None, abbreviated=False):
    """What tensors hold and held at most, and what the pool keeps, as a table; RuntimeError without a device."""
    def shown(number):
        for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
            if number >= 10 * size:
                return f"{number // size} {unit}"
        return f"{number} B"

    stats, rule = memory_stats(device), "|" + "=" * 63 + "|"
    rows = [("Allocated memory", "allocated_bytes"), ("Reserved memory", "reserved_bytes")]
    lines = [rule, f"|{f'memory summary, device {_index(device)}':^63}|", rule,
             f"| {'Metric':<29} | {'Cur Usage':>13} | {'Peak Usage':>13} |", "|" + "-" * 63 + "|"]
    for label, name in rows[:1] if abbreviated else rows:
        lines.append(f"| {label:<29} | {shown(stats[name + '.all.current']):>13} | "
                     f"{shown(stats[name + '.all.peak']):>13} |")
    return "\n".join([*lines, rule, ""])


def memory_stats(device=None):
    """{name of a figure: bytes}."""
    return {"allocated_bytes.all.current": memory_allocated(device),
            "allocated_bytes.all.peak": max_memory_allocated(device),
            "reserved_bytes.all.current": memory_reserved(device),
            "reserved_bytes.all.peak": max_memory_reserved(device)}


def ipc_collect():
    """Memory is not shared with other processes: nothing to give back."""


def is_current_stream_capturing():
    """False: there are no captured graphs."""
    return False


def get_arch_list():
    """[]: nothing is compiled for a chip."""
    return []


def can_device_access_peer(device, peer_device):
    """False: there is one device a process."""
    return False


def device_of(tensor):
    """Context that makes a tensor's device the current one; for a tensor of the CPU nothing happens."""
    return device(tensor.get_device() if tensor.get_device() >= 0 else None)


default_generators, _lazy_init = _Generators(), init
NAMES = {k: v for k, v in globals().items() if k in ("_is_in_bad_fork", "_lazy_init")
         or not k.startswith("_")
         and k not in ("Sequence", "NoDevice", "devices", "generator", "runtime", "real", "NAMES")}
for _value in NAMES.values():
    if getattr(_value, "__module__", None) == __name__:
        _value.__module__ = "torch.cuda"
