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
            result = func(*args, **(kwargs or {}))
        finally:
            event._end()
        if self.profiler.with_flops:
            event.flops = _flops(name, args, kwargs or {}, result)
            # its gradient is as many products as operands want one
            event.products = 0 if name.strip("_") in _ELEMENTWISE else sum(
                getattr(v, "requires_grad", False) and v.ndim > 1 for v in args)
        self._backward(name, result, event)
        return result

    def _backward(self, name, result, event):
        """Begin an event when the walk comes to the node of this operator, end it when it leaves."""
        from mindtorch._core.tensor import Tensor

        first = result[0] if isinstance(result, (tuple, list)) and result else result
        if not isinstance(first, Tensor) or first.is_leaf or not first.requires_grad or name.endswith("_"):
            return
        profiler, node, opened = self.profiler, first.grad_fn, []
        flops = event.flops * event.products

        def enter(*_):
            if profiler in _active:
                opened.append(profiler._begin(node.name()))
                opened[-1].flops = flops

        def leave(*_):
            if opened:
                opened.pop()._end()

        node.register_prehook(enter)
        node.register_hook(leave)


_ELEMENTWISE = ("add", "mul")


def _flops(name, args, kwargs, result):
    """Multiplications and additions of products, convolutions, attention, sums and products of elements; else 0."""
    from mindtorch.utils import flop_counter

    shapes = [tuple(v.shape) for v in (*args, *kwargs.values()) if hasattr(v, "shape")]
    if name in ("mm", "bmm", "matmul", "mv", "dot", "__matmul__", "linear", "addmm", "baddbmm", "addmv"):
        if name in ("addmm", "baddbmm", "addmv"):
            shapes = shapes[1:]
        inner = shapes[0][-1] if shapes and shapes[0] else 0
        return 2 * inner * result.numel()
    if name in flop_counter._CONVOLUTIONS and len(shapes) > 1:
        return flop_counter.conv_flop_count(shapes[0], shapes[1], tuple(result.shape),
                                            flop_counter._CONVOLUTIONS[name])
    if name == "scaled_dot_product_attention" and len(shapes) > 2 and all(len(s) == 4 for s in shapes[:3]):
        return flop_counter.sdpa_flop_count(*shapes[:3])
    return result.numel() if name.strip("_") in _ELEMENTWISE and hasattr(result, "numel") else 0


class _Open:
    """An event that has begun."""

    flops = products = 0
    memory = device_memory = 0
    on_device = None

    def __init__(self, profiler, name, shapes, stack, user):
        self.profiler, self.name, self.shapes, self.stack, self.user, self.thread, self.inside = (
            profiler, name, shapes, stack, user, threading.get_ident(), [])
        stack_of_open = profiler._open.setdefault(self.thread, [])
        self.parent = stack_of_open[-1] if stack_of_open else None
        stack_of_open.append(self)
        profiler._events.append(self)
        if profiler.profile_memory:
            self.held = profiler._held()
        if profiler._device is not None:
            self.on_device = (profiler._mark(), None)
        self.end, self.start = None, _now()

    def _end(self):
        self.end = _now()
        if self.profiler.profile_memory:
            now = self.profiler._held()
            self.memory, self.device_memory = now[0] - self.held[0], now[1] - self.held[1]
        if self.on_device is not None:
            self.on_device = (self.on_device[0], self.profiler._mark())
        opened = self.profiler._open.get(self.thread, [])
        if self in opened:
            del opened[opened.index(self):]


class profile:
    """Collects what runs inside: operators, the nodes of backward walks, record_function ranges around them.

    On request: shapes, Python stacks, what memory grew by (profile_memory), operations (with_flops), ranges of modules
    (with_modules), the time of the npu (use_device="npu" or "cuda"). RuntimeError when it is entered twice."""

    def __init__(self, enabled=True, *, use_cuda=False, use_device=None, record_shapes=False, with_flops=False,
                 profile_memory=False, with_stack=False, with_modules=False, use_kineto=False,
                 use_cpu=True, experimental_config=None, acc_events=False, custom_trace_id_callback=None):
        self.enabled, self.record_shapes, self.with_stack = enabled, record_shapes, with_stack
        self.with_flops, self.profile_memory, self.with_modules = with_flops, profile_memory, with_modules
        self._device = None
        if use_cuda or use_device in ("npu", "cuda", "privateuseone"):
            from mindtorch import npu

            self._device = npu if npu.is_available() else None  # without one there is nothing to measure
        self._events, self._open, self._watch, self._made = [], {}, None, None

    def _begin(self, name, args=(), user=False):
        stack = ()
        if self.with_stack:
            stack = [f"{f.filename}({f.lineno}): {f.name}" for f in reversed(traceback.extract_stack())
                     if not f.filename.startswith(_PACKAGE)]
        return _Open(self, name, _shapes(args) if self.record_shapes and not user else (), stack, user)

    def _held(self):
        """(bytes that tensors hold on the CPU, on the npu)"""
        import mindtorch._C as _C

        return _C.memory_stats()[0], self._device.memory_allocated() if self._device is not None else 0

    def _mark(self):
        event = self._device.Event(enable_timing=True)
        event.record()
        return event

    def _modules(self):
        from mindtorch.nn.modules import module as modules

        opened = []

        def enter(module, *_):
            opened.append(self._begin(f"nn.Module: {type(module).__name__}", user=True))

        def leave(*_):
            if opened:
                opened.pop()._end()

        return [modules.register_module_forward_pre_hook(enter),
                modules.register_module_forward_hook(leave, always_call=True)]

    def __enter__(self):
        if self.enabled:
            if self._watch is not None:
                raise RuntimeError("Profiler context manager is not reentrant")
            self._hooks = self._modules() if self.with_modules else []
            self._watch = _Watch(self)
            _active.append(self)
            self._watch.__enter__()
        return self

    def __exit__(self, *exc):
        if self.enabled:
            self._watch.__exit__(*exc)
            _active.remove(self)
            for hook in self._hooks:
                hook.remove()
            if self._device is not None:
                self._device.synchronize()
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
                known[id(e)]._measured(e)
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
