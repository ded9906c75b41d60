# Written by `make stubs` from the finished namespace; don't edit.
"""SummaryWriter: scalars, histograms, text, images, hparams into event files."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class FileWriter:
    """Writes event protocol buffers into one file of a folder."""
    event_writer: Any
    def __init__(self, log_dir: Any, max_queue: Int = 10, flush_secs: Int = 120, filename_suffix: Str = '') -> None: ...
    def get_logdir(self) -> Any:
        """The folder."""
        ...
    def add_event(self, event: Any, step: Any = None, walltime: Any = None) -> Any:
        """Write an event."""
        ...
    def add_summary(self, summary: Any, global_step: Any = None, walltime: Any = None) -> Any:
        """Write a summary."""
        ...
    def flush(self) -> Any:
        """Write what is queued."""
        ...
    def close(self) -> Any:
        """Write what is queued and close the file."""
        ...

class SummaryWriter:
    """Log of a training run, as TensorBoard reads it; a context manager."""
    log_dir: Any
    file_writer: Any
    all_writers: Any
    def __init__(self, log_dir: Any = None, comment: Str = '', purge_step: Any = None, max_queue: Int = 10, flush_secs: Int = 120, filename_suffix: Str = '') -> None: ...
    def get_logdir(self) -> Any:
        """The folder."""
        ...
    def add_scalar(self, tag: Any, scalar_value: Any, global_step: Any = None, walltime: Any = None, new_style: Bool = False, double_precision: Bool = False) -> Any:
        """One number."""
        ...
    def add_scalars(self, main_tag: Any, tag_scalar_dict: Any, global_step: Any = None, walltime: Any = None) -> Any:
        """Several numbers under one tag, each in a folder of its own."""
        ...
    def add_histogram(self, tag: Any, values: Any, global_step: Any = None, bins: Str = 'tensorflow', walltime: Any = None, max_bins: Any = None) -> Any:
        """Distribution of values; ValueError when there are none."""
        ...
    def add_text(self, tag: Any, text_string: Any, global_step: Any = None, walltime: Any = None) -> Any:
        """A Markdown text."""
        ...
    def add_image(self, tag: Any, img_tensor: Any, global_step: Any = None, walltime: Any = None, dataformats: Str = 'CHW') -> Any:
        """One image: floats in [0, 1] or uint8."""
        ...
    def add_figure(self, tag: Any, figure: Any, global_step: Any = None, close: Bool = True, walltime: Any = None) -> Any:
        """A Matplotlib figure as an image."""
        ...
    def add_hparams(self, hparam_dict: Any, metric_dict: Any, hparam_domain_discrete: Any = None, run_name: Any = None, global_step: Any = None) -> Any:
        """Hyperparameters and the metrics they led to, in a folder of their own; TypeError for what are no dicts."""
        ...
    def add_graph(self, model: Any, input_to_model: Any = None, verbose: Bool = False, use_strict_trace: Bool = True) -> Any:
        """Not supported: there is no tracing."""
        ...
    def flush(self) -> Any:
        """Write what is queued."""
        ...
    def close(self) -> Any:
        """Write what is queued and close the files."""
        ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
