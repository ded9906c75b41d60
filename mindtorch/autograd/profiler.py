"""Times of operators, of the nodes of backward walks, and of marked ranges: seen from Python, and free when nobody
looks."""
import contextlib
import os
import threading
import time
import traceback

from mindtorch.overrides import TorchFunctionMode

from .profiler_util import (  # noqa: F401  (torch.autograd.profiler has these names)
    EventList, FunctionEvent, FunctionEventAvg, Interval, Kernel)

__all__ = ["profile", "record_function", "emit_itt", "emit_nvtx"]

_active = []  # the profilers that run
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _now():
    return time.perf_counter_ns() / 1000


class record_function(contextlib.ContextDecorator):
    """Marks a range under a name for the profilers that run."""

    def __init__(self, name, args=None):
        self.name, self.args, self._open = name, args, []

    def __enter__(self):
        self._open.append([p._begin(self.name, user=True) for p in _active])
        return self

    def __exit__(self, *exc):
        for event in self._open.pop():
            event._end()

    def _recreate_cm(self):
        return type(self)(self.name, self.args)


def _shapes(values):
    from mindtorch._core.tensor import Tensor

    return [list(v.shape) if isinstance(v, Tensor) else [list(t.shape) for t in v if isinstance(t, Tensor)]
            if isinstance(v, (list, tuple)) else [] for v in values]


class _Watch(TorchFunctionMode):
    """Every public function and method that is called while a profiler runs; what they call themselves counts as
    theirs."""

    def __init__(self, profiler):
        self.profiler = profiler

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", str(func))
        if name in ("__get__", "__set__", "__delete__"):
            return func(*args, **(kwargs or {}))
        event = self.profiler._begin("aten::" + name, args)
        try:
            return func(*args, **(kwargs or {}))
        finally:
            event._end()


class _Open:
    """An event that has begun."""

    def __init__(self, profiler, name, shapes, stack, user):
        self.profiler, self.name, self.shapes, self.stack, self.user, self.thread, self.inside = (
            profiler, name, shapes, stack, user, threading.get_ident(), [])
        stack_of_open = profiler._open.setdefault(self.thread, [])
        self.parent = stack_of_open[-1] if stack_of_open else None
        stack_of_open.append(self)
        profiler._events.append(self)
        self.end, self.start = None, _now()

    def _end(self):
        self.end = _now()
        opened = self.profiler._open.get(self.thread, [])
        if self in opened:
            del opened[opened.index(self):]


class profile:
    """Collects what runs inside: operators with record_function ranges around them; shapes and Python stacks on
    request.

    Memory, flops and modules are not traced: asking for them raises NotImplementedError."""

    def __init__(self, enabled=True, *, use_cuda=False, use_device=None, record_shapes=False, with_flops=False,
                 profile_memory=False, with_stack=False, with_modules=False, use_kineto=False,
                 use_cpu=True, experimental_config=None, acc_events=False, custom_trace_id_callback=None):
        for name, wanted in dict(
            with_flops=with_flops, profile_memory=profile_memory, with_modules=with_modules
        ).items():
            if wanted:
                raise NotImplementedError(f"torch profiler: {name} is not supported")
        self.enabled, self.record_shapes, self.with_stack = enabled, record_shapes, with_stack
        self._events, self._open, self._watch, self._made = [], {}, None, None

    def _begin(self, name, args=(), user=False):
        stack = ()
        if self.with_stack:
            stack = [f"{f.filename}({f.lineno}): {f.name}" for f in reversed(traceback.extract_stack())
                     if not f.filename.startswith(_PACKAGE)]
        return _Open(self, name, _shapes(args) if self.record_shapes and not user else (), stack, user)

    def __enter__(self):
        if self.enabled:
            if self._watch is not None:
                raise RuntimeError("Profiler context manager is not reentrant")
            self._watch = _Watch(self)
            _active.append(self)
            self._watch.__enter__()
        return self

    def __exit__(self, *exc):
        if self.enabled:
            self._watch.__exit__(*exc)
            _active.remove(self)
        return False

    @property
    def function_events(self):
        """The finished events as a tree; RuntimeError while the profiler has not run."""
        if self._watch is None:
            raise RuntimeError("Profiler didn't finish running")
        if self._made is None or len(self._made) != len(self._events):
            known = {}
            for i, e in enumerate(self._events):
                known[id(e)] = FunctionEvent(i, e.name, e.thread, e.start, _now() if e.end is None else e.end, e.shapes,
                                             known.get(id(e.parent)), e.stack, e.user)
            self._made = EventList(known.values())
        return self._made

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, group_by_overload_name=False):
        """Averages by name."""
        return self.function_events.key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self):
        """All events as one."""
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self):
        """Time in all events, each counted once."""
        return self.function_events.self_cpu_time_total

    def table(self, *args, **kwargs):
        """The events as text."""
        return self.function_events.table(*args, **kwargs)

    def export_chrome_trace(self, path):
        """The events as a Chrome trace file."""
        self.function_events.export_chrome_trace(path)

    def export_stacks(self, path, metric="self_cpu_time_total"):
        """Stacks for a flame graph; needs with_stack=True."""
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        self.function_events.export_stacks(path, metric)

    def __repr__(self):
        return "<unfinished torch.autograd.profile>" if self._watch is None else repr(self.function_events)

    def __str__(self):
        return "<unfinished torch.autograd.profile>" if self._watch is None else str(self.function_events)


def _missing(name):
    def raiser(*args, **kwargs):
        raise NotImplementedError(f"torch.autograd.profiler.{name} is not supported")

    raiser.__doc__ = f"Not supported: {name} needs another vendor's profiler. NotImplementedError when called."
    return raiser


emit_itt, emit_nvtx = _missing("emit_itt"), _missing("emit_nvtx")
