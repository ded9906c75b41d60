"""torch.device and the device map: cpu, meta, and npu, for which cuda is another name.

Engine codes: -1 meta, 0 cpu, n the (n-1)th npu. The npu is MindSpore's Ascend target where that is present: one device
a process, started when
it is first used. With MINDTORCH_EMULATE_NPU=N there are N others instead, which compute on the CPU.
"""
import os
import threading

from . import runtime

_NAMES = ("cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
          "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone", "npu")


def first_index() -> int:
    """The number of this process's npu: a launcher's LOCAL_RANK, counted over what ASCEND_RT_VISIBLE_DEVICES leaves; of
    emulated ones the first."""
    rank = os.environ.get("LOCAL_RANK", "")
    if not runtime.ascend_present() or not rank.isdigit():
        return 0
    visible = [d for d in os.environ.get("ASCEND_RT_VISIBLE_DEVICES", "").split(",") if d.strip()]
    # a launcher that shows each process its own device alone
    return 0 if visible and int(rank) >= len(visible) else int(rank)


def npu_count() -> int:
    """Number of npu devices: emulated ones, or the one that MindSpore's Ascend target gives a process."""
    return int(os.environ.get("MINDTORCH_EMULATE_NPU") or 0) or int(runtime.ascend_present())


class device:
    """Where a tensor lives: device('cpu'), device('cuda', 0), device('npu:1'), device('meta').

    RuntimeError for unknown names. As a context manager it is the device of factories inside."""

    __module__ = "torch"
    __slots__ = ("type", "index")
    type: str
    index: int | None

    def __init__(self, type=None, index=None):
        if isinstance(type, device):
            type, index = type.type, type.index if index is None else index
        elif isinstance(type, int) and not isinstance(type, bool):
            type, index = accelerator_type() or "cuda", type
        if index is not None and (not isinstance(index, int) or isinstance(index, bool)):
            raise TypeError(f"device(): argument 'index' (position 2) must be int, not {index.__class__.__name__}")
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        name, colon, number = type.partition(":")
        if name not in _NAMES:
            raise RuntimeError(
                f"Expected one of {', '.join(_NAMES[:-1])} device type at start of device string: {type}")
        if colon:
            if index is not None:
                raise RuntimeError("type (string) must not include an index because index was passed explicitly: "
                                   f"{type}")
            if not number.isdigit() or (len(number) > 1 and number[0] == "0"):
                raise RuntimeError(f"Invalid device string: '{type}'")
            index = int(number) if len(number) < 20 else 2**63
        if index is not None and not 0 <= index < 2**63:
            refusal = ValueError("Overflow when unpacking long long")
            raise RuntimeError("Device index must not be negative") if index < 0 else refusal
        if name in ("cuda", "npu"):
            name = accelerator_type() or name  # one device, one name: device('cuda:0') equals what tensors there report
        object.__setattr__(self, "type", name)
        object.__setattr__(self, "index", index)

    def __setattr__(self, name, value):
        raise AttributeError(f"attribute '{name}' of 'torch.device' objects is not writable")

    def __eq__(self, other):
        return isinstance(other, device) and self.type == other.type and self.index == other.index

    def __hash__(self):
        return hash((self.type, self.index))

    def __repr__(self):
        return (f"device(type='{self.type}')" if self.index is None
                else f"device(type='{self.type}', index={self.index})")

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __reduce__(self):
        return (device, (self.type,) if self.index is None else (self.type, self.index))

    def __enter__(self):
        global _ever
        _ever = True
        _here.saved.append(_here.default)
        _here.default = self
        return self

    def __exit__(self, *exc):
        _here.default = _here.saved.pop()

    def __call__(self, function):
        import functools

        @functools.wraps(function)
        def inside(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return inside


def accelerator_type():
    """'npu' when there is one (its scripts' name 'cuda' works too), else None."""
    return ("cuda" if os.environ.get("MINDTORCH_NPU_NAME") == "cuda" else "npu") if npu_count() else None


class _Here(threading.local):
    """What factories use in a thread, None being the cpu, and what they used outside its `with` blocks."""

    def __init__(self):
        self.default, self.saved = None, []


_here = _Here()
_ever = False  # whether any thread has chosen a device: factories look nowhere before
_first = first_index()
_current = [_first]  # index that 'npu' without a number means
CPU, META = device("cpu"), device("meta")


def npu_devices():
    """The device objects for engine codes 1, 2, ..."""
    return tuple(device(accelerator_type() or "npu", _first + i) for i in range(max(npu_count(), 1)))


def check_index(index: int) -> int:
    """The number of an npu, if it is there; RuntimeError that says which are."""
    count = npu_count()
    if _first <= index < _first + count:
        return index
    if runtime.ascend_present():
        raise RuntimeError(
            f"invalid device ordinal: a process has one npu, and this one's is npu:{_first}, not npu:{index}; "
            "LOCAL_RANK (which launchers set) and "
            "ASCEND_RT_VISIBLE_DEVICES choose it before the start"
        )
    raise RuntimeError(f"invalid device ordinal: npu:{index} of {count} devices")


def get_default_device():
    """The device that factories use: cpu, or what set_default_device or `with torch.device(...)` said."""
    return _here.default or CPU


def set_default_device(d):
    """Set the device of this thread's factories; None means cpu."""
    global _ever
    _here.default = None if d is None else device(d)
    _ever = True


def code_of(d) -> int:
    """Engine code of a device given as device, string, index or None (the default one); RuntimeError when it isn't
    there."""
    if d is None:
        if not _ever or (d := _here.default) is None:
            return 0
    if d == "cpu":
        return 0
    if not isinstance(d, device):
        d = device(d)
    if d.type == "cpu":
        return 0
    if d.type == "meta":
        return -1
    if d.type in ("cuda", "npu"):
        if npu_count() == 0:
            if d.type == "cuda":
                raise AssertionError("Torch not compiled with CUDA enabled")
            raise RuntimeError(f"no npu device here: {runtime.why_no_ascend()}; MINDTORCH_EMULATE_NPU=1 makes an "
                               "emulated one")
        return check_index(_current[0] if d.index is None else d.index) - _first + 1
    raise RuntimeError(f"device type '{d.type}' is not available here")
