"""Wall-clock profiling of marked ranges; operators themselves are not traced."""
import contextlib
import json
import threading
import time
from collections import defaultdict

__all__ = ["profile", "record_function", "emit_itt", "emit_nvtx"]

_active = []


class record_function(contextlib.ContextDecorator):
    """Marks a range under a name for the profilers that run."""

    def __init__(self, name, args=None):
        self.name, self.args, self.starts = name, args, []

    def __enter__(self):
        self.starts.append(time.perf_counter_ns())
        return self

    def __exit__(self, *exc):
        start = self.starts.pop()
        for p in _active:
            p._ranges.append((self.name, start, time.perf_counter_ns(), threading.get_ident()))

    def _recreate_cm(self):
        return type(self)(self.name, self.args)


class _Row:
    """One name's calls: count, cpu_time_total in microseconds."""

    def __init__(self, key, times):
        self.key = self.name = key
        self.count, self.cpu_time_total = len(times), sum(times) / 1000
        self.cpu_time = self.cpu_time_total / max(self.count, 1)


class _Table(list):
    def table(self, sort_by=None, row_limit=100, **kwargs):
        """The rows as text."""
        rows = sorted(self, key=lambda r: -getattr(r, sort_by or "cpu_time_total"))[: row_limit if row_limit >= 0 else None]
        width = max([len(r.key) for r in rows] + [4])
        lines = [f"{'Name':<{width}}  {'Calls':>8}  {'Total (us)':>14}  {'Mean (us)':>12}"]
        return "\n".join(lines + [f"{r.key:<{width}}  {r.count:>8}  {r.cpu_time_total:>14.1f}  {r.cpu_time:>12.1f}" for r in rows])

    __str__ = table


class profile:
    """Collects record_function ranges while inside. Options that trace operators, memory or stacks raise NotImplementedError."""

    def __init__(self, enabled=True, *, use_cuda=False, use_device=None, record_shapes=False, with_flops=False, profile_memory=False, with_stack=False, with_modules=False, use_kineto=False,
                 use_cpu=True, **kwargs):
        refused = [n for n, v in dict(use_cuda=use_cuda, use_device=use_device, record_shapes=record_shapes, with_flops=with_flops, profile_memory=profile_memory, with_stack=with_stack,
                                      with_modules=with_modules).items() if v]
        if refused:
            raise NotImplementedError(f"torch.autograd.profiler.profile: {refused[0]} is not supported; only record_function ranges are timed")
        self.enabled, self._ranges = enabled, []

    def __enter__(self):
        if self.enabled:
            _active.append(self)
        return self

    def __exit__(self, *exc):
        if self.enabled:
            _active.remove(self)

    @property
    def function_events(self):
        return list(self._ranges)

    def key_averages(self, *args, **kwargs):
        """Rows by name."""
        times = defaultdict(list)
        for name, start, end, _ in self._ranges:
            times[name].append(end - start)
        return _Table(_Row(k, v) for k, v in times.items())

    def total_average(self):
        return _Row("Total", [end - start for _, start, end, _ in self._ranges])

    def table(self, *args, **kwargs):
        return self.key_averages().table(*args, **kwargs)

    def export_chrome_trace(self, path):
        """The ranges as a Chrome trace file."""
        with open(path, "w", encoding="utf-8") as f:
            json.dump([{"name": n, "ph": "X", "ts": s / 1000, "dur": (e - s) / 1000, "tid": t, "pid": 0} for n, s, e, t in self._ranges], f)


def _missing(name):
    def raiser(*args, **kwargs):
        raise NotImplementedError(f"torch.autograd.profiler.{name} is not supported")

    return raiser


emit_itt, emit_nvtx = _missing("emit_itt"), _missing("emit_nvtx")
