# Written by `make stubs` from the finished namespace; don't edit.
"""Summaries of single things, in the protocol buffers of the package tensorboard."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def audio(tag: Any, tensor: Any, sample_rate: Int = 44100) -> Any:
    """A sound of one channel: numbers in [-1, 1]."""
    ...
def compute_curve(labels: Any, predictions: Any, num_thresholds: Any = None, weights: Any = None) -> Any:
    """Rows of true and false positives, true and false negatives, precision and recall for thresholds from 0 to 1."""
    ...
def convert_to_HWC(tensor: Any, input_format: Any) -> Any:
    """A picture, or several side by side (eight in a row), as height, width, three channels. AssertionError for a
    format that does not name the dimensions."""
    ...
def custom_scalars(layout: Any) -> Any:
    """{category: {title: ["Multiline", tags]}} or ["Margin", [value, lower, upper]]."""
    ...
def histogram(name: Any, values: Any, bins: Any, max_bins: Any = None) -> return_types.histogram:
    """Distribution of values."""
    ...
def histogram_raw(name: Any, min: Any, max: Any, num: Any, sum: Any, sum_squares: Any, bucket_limits: Any, bucket_counts: Any) -> Any:
    """A distribution whose figures are known."""
    ...
def hparams(hparam_dict: Any = None, metric_dict: Any = None, hparam_domain_discrete: Any = None) -> Any:
    """(experiment, start, end) of a run with these hyperparameters. TypeError for what are no dicts, ValueError for
    values that are no numbers, bools or strings."""
    ...
def image(tag: Any, tensor: Any, rescale: Int = 1, dataformats: Str = 'NCHW') -> Any:
    """A picture: floats in [0, 1] or bytes."""
    ...
def image_boxes(tag: Any, tensor_image: Any, tensor_boxes: Any, rescale: Int = 1, dataformats: Str = 'CHW', labels: Any = None) -> Any:
    """A picture with boxes (left, top, right, bottom)."""
    ...
def make_histogram(values: Any, bins: Any, max_bins: Any = None) -> Any:
    """The buckets of values; bins are edges, a number or a rule of numpy's. ValueError when there are no values."""
    ...
def make_image(array: Any, rescale: Int = 1, rois: Any = None, labels: Any = None) -> Any:
    """A picture of bytes (height, width, channels) as PNG, with boxes drawn."""
    ...
def make_np(x: Any) -> Any:
    """x (a tensor, an array or a number) as an array."""
    ...
def mesh(tag: Any, vertices: Any, colors: Any, faces: Any, config_dict: Any, display_name: Any = None, description: Any = None) -> Any:
    """Triangles or a cloud of points: [batch, points, 3], colours likewise, [batch, triangles, 3] numbers of points."""
    ...
def pr_curve(tag: Any, labels: Any, predictions: Any, num_thresholds: Int = 127, weights: Any = None) -> Any:
    """Precision against recall of predictions in [0, 1]."""
    ...
def pr_curve_raw(tag: Any, tp: Any, fp: Any, tn: Any, fn: Any, precision: Any, recall: Any, num_thresholds: Int = 127, weights: Any = None) -> Any:
    """Precision against recall, from counts that are known."""
    ...
def scalar(name: Any, tensor: Any, collections: Any = None, new_style: Bool = False, double_precision: Bool = False) -> Any:
    """One number, as a float or (new_style) as a tensor, of double precision on wish. AssertionError for more than
    one."""
    ...
def tensor_proto(tag: Any, tensor: Any) -> Any:
    """A whole tensor. ValueError for dtypes that have no place in the protocol."""
    ...
def text(tag: Any, text: Any) -> Any:
    """A Markdown text."""
    ...
def video(tag: Any, tensor: Any, fps: Int = 4) -> Any:
    """An animation of [batch, time, channels, height, width], the batch side by side."""
    ...
