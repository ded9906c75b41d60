"""torch.cuda, torch.npu and their like: one set of functions over the device map.

cuda is another name for npu. xpu, mps and mtia are never there: they answer so, and refuse what needs a device."""
import contextlib
import importlib
from collections.abc import Sequence

import mindtorch._C as _C
from mindtorch import _misc, _streams
from mindtorch._core import devices, generator, runtime

_BUILDERS = ("cuda", "npu")
_WITHOUT_BFLOAT16 = ("Ascend310", "Ascend910A", "Ascend910Pro", "Ascend910Premium")


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
        if isinstance(device, bool) or not isinstance(device, int):
            asked = devices.device(device)
            if asked.type not in _BUILDERS:
                raise ValueError(f"Expected a {kind} device, but got: {device}")
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

    if mapped:
        Stream, Event, ExternalStream, StreamContext = (_streams.Stream, _streams.Event, _streams.ExternalStream,
                                                        _streams.StreamContext)
        stream, current_stream, default_stream, set_stream = (_streams.stream, _streams.current_stream,
                                                              _streams.default_stream, _streams.set_stream)
    else:
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
        return mapped and _C.device_lost()

    def nothing(name, value=None):
        def f(*args, **kwargs):
            return value

        f.__name__, f.__doc__ = name, "Kept for programs that call it; there is nothing to do here."
        return f

    class _Generators(Sequence):
        """The default generators, by the numbers of their devices."""

        def __len__(self):
            return device_count()

        def __getitem__(self, index):
            return _generator(index)

        def __iter__(self):
            return (_generator(d) for d in devices.npu_devices()[: device_count()])

    made = {k: v for k, v in locals().items() if k not in ("kind", "mapped", "nothing") and not k.startswith("_")}
    made |= {
        "memory_cached": memory_reserved,
        "OutOfMemoryError": _misc.OutOfMemoryError,
        "reset_peak_memory_stats": reset_peak,
        "reset_max_memory_allocated": reset_peak,
        "reset_max_memory_cached": reset_peak,
        "ipc_collect": nothing("ipc_collect"),
        "is_current_stream_capturing": nothing("is_current_stream_capturing", False),
        "memory_summary": lambda device=None, abbreviated=False: f"{memory_allocated(device)} bytes allocated",
        "memory_stats": lambda device=None: {
            "allocated_bytes.all.current": memory_allocated(device),
            "allocated_bytes.all.peak": max_memory_allocated(device),
        },
        "get_arch_list": nothing("get_arch_list", []),
        "can_device_access_peer": nothing("can_device_access_peer", False),
        "device_of": lambda t: device(t.get_device() if t.get_device() >= 0 else None),
        "default_generators": _Generators() if mapped else (),
        "_is_in_bad_fork": _is_in_bad_fork,
        "_lazy_init": init,
    }
    for name, value in made.items():
        if callable(value):
            with contextlib.suppress(AttributeError, TypeError):
                value.__module__ = f"torch.{kind}"
    return made


def real():
    """Whether the npu is a device with memory of its own."""
    return runtime.ascend_present()


def late(name, kind, namespace):
    """What a module of this kind has besides: typed constructors (torch.npu.FloatTensor), and submodules that import
    all of the namespace."""
    if name.endswith("Tensor"):
        from mindtorch import _state

        classes = _state.legacy_tensor_classes(kind)
        if name in classes:
            namespace.update(classes)
            return classes[name]
    if name in ("amp", "random", "memory", "streams"):
        return importlib.import_module(f"mindtorch.{kind}.{name}")
    raise AttributeError(f"module 'torch.{kind}' has no attribute '{name}'")


def reset_peak(device=None):
    """Start the peak of memory_allocated anew."""
    if real():
        _C.reset_device_peak()
    else:
        _C.reset_peak_memory()
