"""Streams and events of the npu: MindSpore's on a device; an emulated one computes within the call, so that nothing is
ever pending there."""
import itertools
import threading
import time

import mindtorch._C as _C
from mindtorch._core import devices, runtime

from . import faces

_names = itertools.count(1)
_here = threading.local()  # .stream: the current one of an emulated device


def index_of(device=None):
    """The number of a device of the npu, given as one, as text, number or None. RuntimeError for those that are not
    there."""
    if isinstance(device, int) and not isinstance(device, bool):
        device = devices.device(devices.accelerator_type() or "npu", device)
    code = devices.code_of(devices.device(devices.accelerator_type() or "npu") if device is None else device)
    if code <= 0:
        raise ValueError(f"Expected a npu device, but got: {device}")
    return devices.npu_devices()[code - 1].index


class Stream(faces.Stream):
    """A queue of work of the device, worked off in order and beside other streams."""

    __module__ = "torch.npu"

    def __new__(cls, device=None, priority=0, **kwargs):
        made = object.__new__(cls)
        if unknown := set(kwargs) - {"stream_id", "device_index", "device_type"}:
            raise TypeError(f"Stream() got an unexpected keyword argument '{unknown.pop()}'")
        made.device_index = index_of(kwargs["device_index"] if device is None and "device_index" in kwargs else device)
        made.priority = priority
        if "stream_id" in kwargs:
            made.stream_id = kwargs["stream_id"]
        else:
            made.stream_id = _C.make_stream(priority) if runtime.ascend_present() else next(_names)
        return made

    def __init__(self, device=None, priority=0, **kwargs):
        """All is done by __new__."""

    @property
    def device(self):
        """Where its work is done."""
        return devices.device(devices.accelerator_type(), self.device_index)

    @property
    def device_type(self):
        """The number of the device's kind: that of PrivateUse1, which torch_npu has."""
        return 20

    @property
    def npu_stream(self):
        """The address of CANN's stream; 0 for the default one of an emulated device."""
        return _C.stream_handle(self.stream_id) if runtime.ascend_present() else self.stream_id

    cuda_stream = native_handle = npu_stream

    def synchronize(self):
        """Wait until all of its work is done. RuntimeError, in CANN's words, for work that failed."""
        if runtime.ascend_present():
            _C.wait_for_stream(self.stream_id)

    def query(self):
        """Whether all of its work is done."""
        return _C.stream_done(self.stream_id) if runtime.ascend_present() else True

    def wait_stream(self, stream):
        """What this stream gets from now on begins when the other one has come to where it is now."""
        self.wait_event(stream.record_event())

    def wait_event(self, event):
        """What this stream gets from now on begins after the event."""
        event.wait(self)

    def record_event(self, event=None):
        """An event at this point of the stream."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def __enter__(self):
        self._outer = [*getattr(self, "_outer", ()), current_stream(self.device_index)]
        set_stream(self)
        return self

    def __exit__(self, *exc):
        set_stream(self._outer.pop())

    def __eq__(self, other):
        return (isinstance(other, Stream)
                and (self.stream_id, self.device_index) == (other.stream_id, other.device_index))

    def __hash__(self):
        return hash((self.stream_id, self.device_index))

    def __repr__(self):
        return f"<torch.npu.Stream device={self.device} npu_stream={self.npu_stream:#x}>"


class ExternalStream(Stream):
    """A stream that others made; MindSpore knows only its own, which are given by their numbers."""

    __module__ = "torch.npu"

    def __new__(cls, stream_ptr, device=None):
        if not runtime.ascend_present() or stream_ptr != _C.stream_handle(0):
            raise NotImplementedError("streams that neither torch nor MindSpore made cannot be used")
        return Stream.__new__(cls, device, stream_id=0)


class Event(faces.Event):
    """A point in a stream, with its time if enable_timing is on."""

    __module__ = "torch.npu"

    def __new__(cls, enable_timing=False, blocking=False, interprocess=False, external=False):
        if interprocess:
            raise NotImplementedError("events of several processes are not supported")
        made = object.__new__(cls)
        made.enable_timing, made.blocking, made._native, made._time = bool(enable_timing), bool(blocking), None, None
        return made

    def __init__(self, *args, **kwargs):
        """All is done by __new__."""

    @property
    def device(self):
        """Where it was recorded."""
        return devices.device(devices.accelerator_type(), index_of())

    @property
    def _recorded(self):
        return self._native is not None or self._time is not None

    def record(self, stream=None):
        """Mark this point of a stream, the current one unless given."""
        stream = current_stream() if stream is None else stream
        if not runtime.ascend_present():
            self._time = time.perf_counter()
            return
        if self._native is None:
            self._native = _C.make_event(self.enable_timing)
        _C.record_event(self._native, stream.stream_id)

    def wait(self, stream=None):
        """What a stream, the current one unless given, gets from now on begins after this event; at once if it was
        never recorded."""
        if self._native is not None:
            _C.follow_event(self._native, (current_stream() if stream is None else stream).stream_id)

    def query(self):
        """Whether the stream has come to it; an event that was never recorded is done."""
        return self._native is None or _C.event_done(self._native)

    def synchronize(self):
        """Wait until the stream has come to it."""
        if self._native is not None:
            _C.wait_for_event(self._native)

    def elapsed_time(self, end_event):
        """Milliseconds to another event. ValueError for events without time, RuntimeError for those that have not
        happened."""
        if not (self.enable_timing and end_event.enable_timing):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        if not (self._recorded and end_event._recorded):
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        if not (self.query() and end_event.query()):
            raise RuntimeError("Both events must be completed before calculating elapsed time.")
        return (_C.event_milliseconds(self._native, end_event._native) if self._native is not None
                else (end_event._time - self._time) * 1e3)

    def ipc_handle(self):
        """NotImplementedError: events of several processes are not supported."""
        raise NotImplementedError("events of several processes are not supported")

    def __repr__(self):
        return f"<torch.npu.Event {'recorded' if self._recorded else 'uninitialized'}>"


def default_stream(device=None):
    """The stream that every thread begins with."""
    return Stream(device, stream_id=0)


def current_stream(device=None):
    """The stream that this thread's work goes into."""
    if runtime.ascend_present():
        return Stream(device, stream_id=_C.current_stream())
    chosen = getattr(_here, "stream", None)
    return chosen if chosen is not None and chosen.device_index == index_of(device) else default_stream(device)


def set_stream(stream):
    """Put this thread's work into a stream from now on; None changes nothing."""
    if stream is None:
        return
    if runtime.ascend_present():
        _C.select_stream(stream.stream_id)
    else:
        _here.stream = stream


class StreamContext:
    """Puts this thread's work into a stream inside; None changes nothing."""

    __module__ = "torch.npu"

    def __init__(self, stream):
        self.stream, self._outer = stream, []

    def __enter__(self):
        self._outer.append(None if self.stream is None else current_stream(self.stream.device_index))
        set_stream(self.stream)
        return self.stream

    def __exit__(self, *exc):
        set_stream(self._outer.pop())


def stream(stream):
    """Context that puts this thread's work into a stream."""
    return StreamContext(stream)
