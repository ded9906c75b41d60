"""What a profiler saw: events in a tree, averages by name, tables and traces."""
import json
import os
from collections import defaultdict

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval", "Kernel"]


class Interval:
    """Start and end in microseconds."""

    def __init__(self, start, end):
        self.start, self.end = start, end

    def elapsed_us(self):
        """Length in microseconds."""
        return self.end - self.start


class Kernel:
    """Work on a device: there is none to see from here."""

    def __init__(self, name, device, duration):
        self.name, self.device, self.duration = name, device, duration


def _text(us):
    unit, size = ("s", 1e6) if us >= 1e6 else ("ms", 1e3) if us >= 1e3 else ("us", 1)
    return f"{us / size:.3f}{unit}"


def _bytes(number):
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if abs(number) >= size:
            return f"{number / size:.2f} {unit}"
    return f"{number} B"


class _Times:
    """Times in microseconds, of the CPU and of the device: total, without children, and per call; bytes; operations."""

    count = 1
    device_time_total = _inside_device = 0.0
    cpu_memory_usage = device_memory_usage = _inside_memory = _inside_device_memory = flops = 0
    is_legacy = is_async = is_remote = False
    self_device_time_total = property(lambda self: self.device_time_total - self._inside_device)
    device_time = property(lambda self: self.device_time_total / self.count if self.count else 0.0)
    device_time_str = property(lambda self: _text(self.device_time))
    device_time_total_str = property(lambda self: _text(self.device_time_total))
    self_device_time_total_str = property(lambda self: _text(self.self_device_time_total))
    cuda_time, cuda_time_total, self_cuda_time_total = device_time, property(
        lambda self: self.device_time_total), self_device_time_total
    self_cpu_memory_usage = property(lambda self: self.cpu_memory_usage - self._inside_memory)
    self_device_memory_usage = property(lambda self: self.device_memory_usage - self._inside_device_memory)
    self_cpu_time_total = property(lambda self: self.cpu_time_total - self._inside)
    cpu_time = property(lambda self: self.cpu_time_total / self.count if self.count else 0.0)
    cpu_time_str = property(lambda self: _text(self.cpu_time))
    cpu_time_total_str = property(lambda self: _text(self.cpu_time_total))
    self_cpu_time_total_str = property(lambda self: _text(self.self_cpu_time_total))


class FunctionEvent(_Times):
    """One call of an operator, one node of a backward, or one marked range."""

    def __init__(
        self, id, name, thread, start_us, end_us, input_shapes=(), cpu_parent=None, stack=(), is_user_annotation=False
    ):  # noqa: A002
        self.id, self.name, self.key, self.thread, self.time_range = id, name, name, thread, Interval(start_us, end_us)
        self.input_shapes, self.cpu_parent, self.cpu_children, self.stack, self.kernels = list(
            input_shapes), cpu_parent, [], list(stack), []
        self.is_user_annotation = is_user_annotation
        if cpu_parent is not None:
            cpu_parent.cpu_children.append(self)

    cpu_time_total = property(lambda self: self.time_range.elapsed_us())
    _inside = property(lambda self: sum(c.cpu_time_total for c in self.cpu_children))
    _inside_device = property(lambda self: sum(c.device_time_total for c in self.cpu_children))
    _inside_memory = property(lambda self: sum(c.cpu_memory_usage for c in self.cpu_children))
    _inside_device_memory = property(lambda self: sum(c.device_memory_usage for c in self.cpu_children))

    def _measured(self, opened):
        """Take over what an event saw beside its time."""
        self.flops, self.cpu_memory_usage, self.device_memory_usage = opened.flops, opened.memory, opened.device_memory
        if opened.on_device is not None and opened.on_device[1] is not None:
            begin, end = opened.on_device
            self.device_time_total = 1000.0 * begin.elapsed_time(end)

    def __repr__(self):
        return (f"<FunctionEvent id={self.id} name={self.name} cpu_time={self.cpu_time_str} thread={self.thread} "
                f"input_shapes={self.input_shapes}>")


class FunctionEventAvg(_Times):
    """All calls of one name (and of one shape, when asked for)."""

    def __init__(self, key=None, input_shapes=(), stack=()):
        self.key, self.input_shapes, self.stack, self.count, self.cpu_time_total, self._inside = key, list(
            input_shapes), list(stack), 0, 0.0, 0.0

    name = property(lambda self: self.key)

    def add(self, other):
        """Count an event, or another average, in."""
        self.key = self.key or other.key
        self.count += other.count
        self.cpu_time_total += other.cpu_time_total
        self._inside += other._inside
        for name in ("device_time_total", "_inside_device", "cpu_memory_usage", "_inside_memory", "device_memory_usage",
                     "_inside_device_memory", "flops"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    __iadd__ = add

    def __repr__(self):
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_device_time={self.self_device_time_total_str} "
            f"device_time={self.device_time_str} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage} device_memory_usage={self.device_memory_usage}>"
        )


class EventList(list):
    """Events, or averages of them."""

    @property
    def self_cpu_time_total(self):
        """Sum of the times outside children."""
        return sum(e.self_cpu_time_total for e in self)

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, group_by_overload_name=False):
        """Averages by name, and by input shapes or the innermost stack lines."""
        groups = {}
        for e in self:
            shapes, stack = e.input_shapes if group_by_input_shape else (), e.stack[:group_by_stack_n]
            key = (e.name, str(shapes), tuple(stack))
            groups.setdefault(key, FunctionEventAvg(e.name, shapes, stack)).add(e)
        return EventList(groups.values())

    def total_average(self):
        """All as one."""
        total = FunctionEventAvg("Total")
        for e in self:
            total.add(e)
        return total

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55,
              max_shapes_column_width=80, header=None, top_level_events_only=False, time_unit=None):
        """The rows as text, sorted by an attribute."""
        rows = [e for e in self if not (top_level_events_only and getattr(e, "cpu_parent", None) is not None)]
        if sort_by is not None:
            rows.sort(key=lambda e: getattr(e, sort_by.replace("cuda", "device")), reverse=True)
        rows = rows[:row_limit] if row_limit >= 0 else rows
        total = self.self_cpu_time_total or 1.0
        short = lambda text, width: text if len(text) <= width or width <= 3 else text[: width - 3] + "..."
        lines = [[short(e.key, max_name_column_width), f"{100 * e.self_cpu_time_total / total:.2f}%",
                  e.self_cpu_time_total_str, f"{100 * e.cpu_time_total / total:.2f}%",
                  e.cpu_time_total_str, e.cpu_time_str, str(e.count)] for e in rows]
        columns = ["Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls"]

        def column(name, text):
            columns.insert(-1, name)
            for line, e in zip(lines, rows):
                line.insert(-1, text(e))

        on_device = sum(e.self_device_time_total for e in self)
        if on_device:
            column("Self NPU", lambda e: e.self_device_time_total_str)
            column("Self NPU %", lambda e: f"{100 * e.self_device_time_total / on_device:.2f}%")
            column("NPU total", lambda e: e.device_time_total_str)
            column("NPU time avg", lambda e: e.device_time_str)
        for label, name in (("CPU Mem", "cpu_memory_usage"), ("NPU Mem", "device_memory_usage")):
            if any(getattr(e, name) for e in self):
                column(label, lambda e, name=name: _bytes(getattr(e, name)))
                column("Self " + label, lambda e, name=name: _bytes(getattr(e, "self_" + name)))
        if any(e.flops for e in self):
            unit, size = next(((u, s) for u, s in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3))
                               if max(e.flops for e in self) >= s), ("", 1))
            columns.append(f"Total {unit}FLOPs")
            for line, e in zip(lines, rows):
                line.append(f"{e.flops / size:.3f}" if e.flops else "--")
        if any(e.input_shapes for e in rows):
            columns.append("Input Shapes")
            for line, e in zip(lines, rows):
                line.append(short(str(e.input_shapes), max_shapes_column_width))
        widths = [max(12, len(c), *(len(line[i]) for line in lines)) if lines else max(12, len(c)) for i,
                  c in enumerate(columns)]
        rule = "  ".join("-" * w for w in widths)
        text = ["  ".join(v.rjust(w) for v, w in zip(line, widths)) for line in (columns, *lines)]
        return "\n".join([*([header] if header else []), rule, text[0], rule, *text[1:], rule,
                          f"Self CPU time total: {_text(self.self_cpu_time_total)}",
                          *([f"Self NPU time total: {_text(on_device)}"] if on_device else []), ""])

    def __str__(self):
        return self.table()

    def export_chrome_trace(self, path, metadata=()):
        """The events as a trace that chrome://tracing, Perfetto and TensorBoard show; memory as instants on it."""
        trace, pid = [], os.getpid()
        for e in self:
            args = {"External id": e.id + 1}
            if e.input_shapes:
                args["Input Dims"] = e.input_shapes
            if e.flops:
                args["flops"] = e.flops
            if e.stack:
                args["Call stack"] = ";".join(e.stack)
            if e.device_time_total:
                args["Device time (us)"] = e.device_time_total
            where = {"pid": pid, "tid": e.thread}
            trace.append({"ph": "X", "cat": "user_annotation" if e.is_user_annotation else "cpu_op", "name": e.name,
                          **where, "ts": e.time_range.start, "dur": e.cpu_time_total, "args": args})
            for number, device, at in ((e.self_cpu_memory_usage, 0, -1), (e.self_device_memory_usage, 20, 0)):
                if number:
                    trace.append({"ph": "i", "cat": "cpu_instant_event", "s": "t", "name": "[memory]", **where,
                                  "ts": e.time_range.end, "args": {"Bytes": number, "Device Type": device,
                                                                   "Device Id": at}})
        trace += [{"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "ts": 0, "args": {"name": "python"}},
                  {"ph": "M", "name": "process_labels", "pid": pid, "tid": 0, "ts": 0, "args": {"labels": "CPU"}}]
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"schemaVersion": 1, "deviceProperties": [], "displayTimeUnit": "ms", **dict(metadata),
                       "traceEvents": trace}, f)

    def export_stacks(self, path, metric):
        """Stacks with their time, one a line, as flame graph tools read them."""
        sums = defaultdict(int)
        for e in self:
            if e.stack:
                sums[";".join(reversed([*e.stack]))] += int(getattr(e, metric.replace("cuda", "device")))
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(f"{stack} {value}\n" for stack, value in sums.items() if value)
