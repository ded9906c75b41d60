# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.benchmark: times of statements with warm-up and a set number of threads (Timer, Measurement, Compare; no"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Compare:
    """A table of measurements: a row for every sub-label and number of threads, a column for every description."""
    def __init__(self, results: Any) -> None: ...
    def extend_results(self, results: Any) -> Any:
        """More measurements."""
        ...
    def trim_significant_figures(self) -> Any:
        """Show no digits that mean nothing."""
        ...
    def colorize(self, rowwise: Bool = False) -> Any:
        """Accepted; the table is plain text."""
        ...
    def highlight_warnings(self) -> Any:
        """Mark measurements of large spread."""
        ...
    def print(self) -> Any:
        """Print the table."""
        ...

class Measurement:
    """Times of some runs of one task, in seconds; statistics are per execution."""
    number_per_run: Any
    raw_times: Any
    task_spec: Any
    metadata: Any
    def __init__(self, number_per_run: Any, raw_times: Any, task_spec: Any, metadata: Any = None) -> None: ...
    @property
    def title(self) -> Any: ...
    @property
    def env(self) -> Any: ...
    @property
    def as_row_name(self) -> Any: ...
    @property
    def times(self) -> Any: ...
    @property
    def mean(self) -> Any: ...
    @property
    def median(self) -> Any: ...
    @property
    def iqr(self) -> Any:
        """Distance of the quartiles."""
        ...
    @property
    def significant_figures(self) -> Any:
        """How many digits of the median mean something: a 95 % interval of a normal distribution with this
        inter-quartile range."""
        ...
    def meets_confidence(self, threshold: Float = 0.1) -> Any:
        """Whether the spread is small beside the median."""
        ...
    @property
    def has_warnings(self) -> Any: ...
    @staticmethod
    def merge(measurements: Any) -> Any:
        """One measurement for every task among several."""
        ...

class TaskSpec:
    """What was timed, and the names under which it is shown."""
    stmt: Str
    setup: Str
    global_setup: Str
    label: Str | None
    sub_label: Str | None
    description: Str | None
    env: Str | None
    num_threads: Int
    @property
    def title(self) -> Any:
        """Label and sub-label, or the statement."""
        ...
    def setup_str(self) -> Any:
        """The setup, for printing."""
        ...
    def __init__(self, stmt: Str, setup: Str, global_setup: Str = '', label: Str | None = None, sub_label: Str | None = None, description: Str | None = None, env: Str | None = None, num_threads: Int = 1) -> None: ...

class Timer:
    """Times a statement under `num_threads` threads; only Python."""
    def __init__(self, stmt: Str = 'pass', setup: Str = 'pass', global_setup: Str = '', timer: Any = ..., globals: Any = None, label: Any = None, sub_label: Any = None, description: Any = None, env: Any = None, num_threads: Int = 1, language: Str = 'python') -> None: ...
    def timeit(self, number: Int = 1000000) -> Any:
        """One measurement of `number` executions after a short warm-up."""
        ...
    def blocked_autorange(self, callback: Any = None, min_run_time: Float = 0.2) -> Any:
        """Measurements in blocks until `min_run_time` seconds have been timed."""
        ...
    def adaptive_autorange(self, threshold: Float = 0.1, *, min_run_time: Float = 0.01, max_run_time: Float = 10.0, callback: Any = None) -> Any:
        """Measurements until their spread is below `threshold` of the median, or `max_run_time` seconds have been
        timed."""
        ...
    def collect_callgrind(self, *args: Any, **kwargs: Any) -> Any:
        """Not available."""
        ...
def select_unit(t: Any) -> Any:
    """(name, seconds) of the unit in which a time reads best."""
    ...
def timer(*args: Any, **kwargs: Any) -> Any:
    """perf_counter() -> float

    Performance counter for benchmarking."""
    ...
def trim_sigfig(x: Any, n: Any) -> Any:
    """x with n significant figures."""
    ...
def unit_to_english(u: Any) -> Any:
    """The unit's full name."""
    ...
