"""torch.utils.benchmark: times of statements with warm-up and a set number of threads (Timer, Measurement, Compare; no
Callgrind, no fuzzers)."""
import dataclasses
import math
import statistics
import time
import timeit

import mindtorch as torch

__all__ = ["Compare", "Measurement", "TaskSpec", "Timer", "select_unit", "timer", "trim_sigfig"]

timer = time.perf_counter
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def select_unit(t):
    """(name, seconds) of the unit in which a time reads best."""
    name = next((n for n, size in _UNITS.items() if t >= size), "ns")
    return name, _UNITS[name]


def unit_to_english(u):
    """The unit's full name."""
    return _NAMES[u]


def trim_sigfig(x, n):
    """x with n significant figures."""
    return x if not x else round(x, n - 1 - math.floor(math.log10(abs(x))))


@dataclasses.dataclass(init=True, repr=False, eq=True, frozen=True)
class TaskSpec:
    """What was timed, and the names under which it is shown."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self):
        """Label and sub-label, or the statement."""
        return (self.label or self.stmt) + (f": {self.sub_label}" if self.sub_label else "")

    def setup_str(self):
        """The setup, for printing."""
        return ("" if self.setup == "pass" or not self.setup else f"setup:\n{self.setup}" if "\n" in self.setup
                else f"setup: {self.setup}")


class Measurement:
    """Times of some runs of one task, in seconds; statistics are per execution."""

    def __init__(self, number_per_run, raw_times, task_spec, metadata=None):
        self.number_per_run, self.raw_times, self.task_spec, self.metadata = number_per_run, list(
            raw_times), task_spec, metadata
        if not self.raw_times:
            raise ValueError("a measurement without times")

    title = property(lambda self: self.task_spec.title)
    env = property(lambda self: self.task_spec.env)
    as_row_name = property(lambda self: self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]")
    times = property(lambda self: [t / self.number_per_run for t in self.raw_times])
    mean = property(lambda self: statistics.fmean(self.times))
    median = property(lambda self: statistics.median(self.times))

    def _quartiles(self):
        return (statistics.quantiles(self.times, n=4, method="inclusive") if len(self.raw_times) > 1
                else [self.median] * 3)

    @property
    def iqr(self):
        """Distance of the quartiles."""
        low, _, high = self._quartiles()
        return high - low

    @property
    def significant_figures(self):
        """How many digits of the median mean something: a 95 % interval of a normal distribution with this
        inter-quartile range."""
        interval = 2 * 1.645 * (self.iqr / 1.349) / math.sqrt(len(self.raw_times))
        if interval <= 0 or self.median <= 0:
            return 2
        return max(1, min(5, math.floor(math.log10(self.median / interval)) + 1))

    def meets_confidence(self, threshold=0.1):
        """Whether the spread is small beside the median."""
        return self.iqr / self.median < threshold

    has_warnings = property(lambda self: not self.meets_confidence())

    def __repr__(self):
        unit, size = select_unit(self.median)
        number = lambda seconds: f"{trim_sigfig(seconds / size, max(self.significant_figures, 2)):g} {unit}"
        lines = [
            object.__repr__(self),
            self.title,
            *([self.task_spec.description] if self.task_spec.description and self.task_spec.label else []),
            *([s] if (s := self.task_spec.setup_str()) else []),
            ("  Median: " if len(self.raw_times) > 1 else "  ") + number(self.median),
        ]
        if len(self.raw_times) >= 4:
            low, _, high = self._quartiles()
            lines.append(f"  IQR:    {number(self.iqr)} ({trim_sigfig(low / size, 3):g} to "
                         f"{trim_sigfig(high / size, 3):g})")
        n, runs, threads = len(self.raw_times), self.number_per_run, self.task_spec.num_threads
        lines.append(f"  {n} measurement{'s' * (n > 1)}, {runs} runs {'per measurement' if n > 1 else ''}, {threads} "
                     f"thread{'s' * (threads > 1)}")
        if self.has_warnings:
            lines.append(f"  WARNING: Interquartile range is {100 * self.iqr / self.median:.1f}% of the median "
                         "measurement.")
        return "\n".join(lines)

    @staticmethod
    def merge(measurements):
        """One measurement for every task among several."""
        groups = {}
        for m in measurements:
            groups.setdefault(m.task_spec, []).append(m)
        return [Measurement(1, [t for m in ms for t in m.times], spec) for spec, ms in groups.items()]


class Timer:
    """Times a statement under `num_threads` threads; only Python."""

    def __init__(self, stmt="pass", setup="pass", global_setup="", timer=timer, globals=None, label=None,  # noqa: A002
                 sub_label=None, description=None, env=None, num_threads=1, language="python"):
        if str(getattr(language, "name", language)).lower() not in ("python", "py") or global_setup:
            raise NotImplementedError("torch.utils.benchmark.Timer: only Python statements can be timed")
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        spec = TaskSpec(stmt, setup, label=label, sub_label=sub_label, description=description, env=env,
                        num_threads=num_threads)
        self._task_spec, self._globals = spec, dict(globals or {})
        self._globals.setdefault("torch", torch)
        self._timer = timeit.Timer(stmt=spec.stmt, setup=spec.setup, timer=timer, globals=self._globals)

    def _run(self, number):
        before = torch.get_num_threads()
        torch.set_num_threads(self._task_spec.num_threads)
        try:
            return self._timer.timeit(number)
        finally:
            torch.set_num_threads(before)

    def timeit(self, number=1000000):
        """One measurement of `number` executions after a short warm-up."""
        self._run(max(number // 100, 2))
        return Measurement(number, [self._run(number)], self._task_spec)

    def _block(self, seconds):
        """Executions that take about this long, so that the clock itself does not count."""
        number = 1
        while (took := self._run(number)) < seconds and number < 10**9:
            number *= 10 if took < seconds / 10 else 2
        return number

    def _collect(self, number, enough, callback=None):
        times, spent = [], 0.0
        while not times or not enough(times, spent):
            took = self._run(number)
            times.append(took)
            spent += took
            if callback is not None:
                callback(number, took)
        return Measurement(number, times, self._task_spec)

    def blocked_autorange(self, callback=None, min_run_time=0.2):
        """Measurements in blocks until `min_run_time` seconds have been timed."""
        return self._collect(self._block(min(0.001, min_run_time / 10)), lambda times, spent: spent >= min_run_time,
                             callback)

    def adaptive_autorange(self, threshold=0.1, *, min_run_time=0.01, max_run_time=10.0, callback=None):
        """Measurements until their spread is below `threshold` of the median, or `max_run_time` seconds have been
        timed."""
        number = self._block(min(0.001, min_run_time / 10))
        steady = lambda times: len(times) >= 4 and Measurement(number, times,
                                                               self._task_spec).meets_confidence(threshold)
        return self._collect(number, lambda times, spent: spent >= max_run_time
                             or (spent >= min_run_time and steady(times)), callback)

    def collect_callgrind(self, *args, **kwargs):
        """Not available."""
        raise NotImplementedError("torch.utils.benchmark.Timer.collect_callgrind is not supported")


class Compare:
    """A table of measurements: a row for every sub-label and number of threads, a column for every description."""

    def __init__(self, results):
        self._results, self._trim, self._highlight = [], False, False
        self.extend_results(results)

    def extend_results(self, results):
        """More measurements."""
        if any(not isinstance(r, Measurement) for r in results):
            raise ValueError("Expected an instance of `Measurement`")
        self._results.extend(results)

    def trim_significant_figures(self):
        """Show no digits that mean nothing."""
        self._trim = True

    def colorize(self, rowwise=False):
        """Accepted; the table is plain text."""

    def highlight_warnings(self):
        """Mark measurements of large spread."""
        self._highlight = True

    def print(self):
        """Print the table."""
        print(str(self))

    def __str__(self):
        merged = Measurement.merge(self._results)
        return "\n".join(self._table(label, [m for m in merged if (m.task_spec.label or m.task_spec.stmt) == label])
                         for label in dict.fromkeys(m.task_spec.label or m.task_spec.stmt for m in merged))

    def _table(self, label, measured):
        unit, size = select_unit(min(m.median for m in measured))
        cells = {(m.task_spec.num_threads, m.as_row_name, m.task_spec.description or ""): m for m in measured}
        columns = list(dict.fromkeys(m.task_spec.description or "" for m in measured))

        def text(m):
            if m is None:
                return ""
            value = trim_sigfig(m.median / size, m.significant_figures) if self._trim else m.median / size
            return f"{value:.1f}" + (" (! %.0f%%)" % (100 * m.iqr / m.median) if self._highlight and m.has_warnings
                                     else "")

        lines = [["", *columns]]
        for threads in sorted({k[0] for k in cells}):
            lines.append([f"{threads} threads: "])
            lines += [["      " + row, *(text(cells.get((threads, row, c))) for c in columns)]
                      for row in dict.fromkeys(k[1] for k in cells if k[0] == threads)]
        widths = [max(len(line[i]) for line in lines if len(line) > i) for i in range(len(columns) + 1)]
        whole = sum(widths) + 5 * len(columns)
        drawn = [line[0].ljust(whole, "-") if len(line) == 1 else line[0].ljust(widths[0])
                 + "".join("  |  " + v.rjust(w) for v, w in zip(line[1:], widths[1:])) for line in lines]
        return "\n".join([f"[{f' {label} '.center(max(whole - 2, 0), '-')}]", *drawn, "",
                          f"Times are in {_NAMES[unit]} ({unit}).", ""])
