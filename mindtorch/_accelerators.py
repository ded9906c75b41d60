"""torch.cuda, torch.npu and their like: one set of functions over the device map.

cuda is another name for npu. xpu, mps and mtia are never there: they answer so, and refuse what needs a device."""
import contextlib

import mindtorch._C as _C
from mindtorch._core import devices, generator, runtime

_BUILDERS = ("cuda", "npu")


def namespace(kind):
    """The functions and classes of torch.<kind>."""
    mapped = kind in _BUILDERS

    def device_count():
        """Number of devices of this kind."""
        return devices.npu_count() if mapped else 0

    def is_available():
        """Whether there is a device of this kind."""
        return device_count() > 0

    def _index(device=None):
        if not is_available():
            if kind == "cuda":
                raise AssertionError("Torch not compiled with CUDA enabled")
            raise RuntimeError(f"no {kind} device is available")
        if device is None:
            return devices._current[0]
        index = device if isinstance(device, int) else devices.device(device).index
        index = devices._current[0] if index is None else index
        if not 0 <= index < device_count():
            raise RuntimeError(f"invalid device ordinal {index}: there are {device_count()} {kind} devices")
        return index

    def current_device():
        """Index of the current device."""
        return _index()

    def set_device(device):
        """Make a device the current one."""
        devices._current[0] = _index(device)

    def synchronize(device=None):
        """Wait for the device; an emulated one has nothing to wait for."""
        _index(device)
        _C.synchronize()

    def empty_cache():
        """Give cached memory back; nothing to do without a device."""
        if real():
            _C.empty_device_cache()
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
        """{kernel: how often it was computed on the host}: a kernel without an operator of the device for its arguments."""
        return _C.device_fallbacks()

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
            self.name, self.total_memory, self.multi_processor_count, self.major, self.minor = get_device_name(index), mem_get_info(index)[1], _C.get_threads(), 0, 0

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
        """Whether bfloat16 computes there."""
        return is_available()

    def _generator(device=None):
        return generator.default(_index(None if isinstance(device, str) and ":" not in device else device) + 1)

    def manual_seed(seed):
        """Seed the current device's generator; without a device nothing happens."""
        if is_available():
            _generator().manual_seed(int(seed))

    def manual_seed_all(seed):
        """Seed the generators of all devices of this kind."""
        for index in range(device_count()):
            _generator(index).manual_seed(int(seed))

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
        return [get_rng_state(index) for index in range(device_count())]

    def set_rng_state_all(new_states):
        """Restore all devices' generators."""
        for index, state in enumerate(new_states):
            set_rng_state(state, index)

    class Stream:
        """A queue of work. All work is put into one queue, in the order of the calls, so streams differ in name only."""

        def __init__(self, device=None, priority=0, **kwargs):
            self.device_index, self.priority = _index(device), priority

        @property
        def device(self):
            return devices.device(kind, self.device_index)

        def synchronize(self):
            """Wait for the stream."""
            synchronize()

        def query(self):
            """Whether all work is done."""
            synchronize()
            return True

        def wait_stream(self, stream):
            """Wait for another stream: its work is before ours anyway."""

        def wait_event(self, event):
            """Wait for an event: what it marks is before ours anyway."""

        def record_event(self, event=None):
            """An event at this point of the stream."""
            event = Event() if event is None else event
            event.record(self)
            return event

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            return None

    class Event:
        """A point in a stream, with its time when timing is on."""

        def __init__(self, enable_timing=False, blocking=False, interprocess=False):
            self.enable_timing, self.time = enable_timing, None

        def record(self, stream=None):
            """Note the time at which the work before it is done."""
            import time

            _C.synchronize()

            self.time = time.perf_counter()

        def elapsed_time(self, end_event):
            """Milliseconds to another event."""
            if self.time is None or end_event.time is None:
                raise RuntimeError("both events must be recorded before the elapsed time is asked")
            return (end_event.time - self.time) * 1e3

        def query(self):
            """Whether it has happened."""
            return True

        def synchronize(self):
            """Wait for it: it has happened."""

        def wait(self, stream=None):
            """Make a stream wait: nothing is pending."""

    class StreamContext:
        """Selects a stream inside."""

        def __init__(self, stream):
            self.stream = stream

        def __enter__(self):
            return self.stream

        def __exit__(self, *exc):
            return None

    def stream(stream):
        """Context that selects a stream."""
        return StreamContext(stream)

    def current_stream(device=None):
        """The stream in use."""
        return Stream(device)

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
        """Whether the device was set up."""
        return is_available()

    def nothing(name, value=None):
        def f(*args, **kwargs):
            return value

        f.__name__, f.__doc__ = name, "Kept for programs that call it; there is nothing to do here."
        return f

    made = {k: v for k, v in locals().items() if k not in ("kind", "mapped", "nothing") and not k.startswith("_")}
    made |= {
        "memory_cached": memory_reserved,
        "default_stream": current_stream, "set_stream": nothing("set_stream"), "init": nothing("init"), "ipc_collect": nothing("ipc_collect"),
        "is_current_stream_capturing": nothing("is_current_stream_capturing", False), "memory_summary": lambda device=None, abbreviated=False: f"{memory_allocated(device)} bytes allocated",
        "memory_stats": lambda device=None: {"allocated_bytes.all.current": memory_allocated(device), "allocated_bytes.all.peak": max_memory_allocated(device)},
        "get_arch_list": nothing("get_arch_list", []), "can_device_access_peer": nothing("can_device_access_peer", False),
            "device_of": lambda t: device(t.get_device() if t.get_device() >= 0 else None),
        "_is_in_bad_fork": nothing("_is_in_bad_fork", False), "_lazy_init": nothing("_lazy_init"),
    }
    for name, value in made.items():
        if callable(value):
            with contextlib.suppress(AttributeError, TypeError):
                value.__module__ = f"torch.{kind}"
    return made


def real():
    """Whether the npu is a device with memory of its own."""
    return runtime.ascend_present()


def reset_peak(device=None):
    """Start the peak of memory_allocated anew."""
    if real():
        _C.reset_device_peak()
    else:
        _C.reset_peak_memory()
