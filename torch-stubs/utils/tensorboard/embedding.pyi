# Written by `make stubs` from the finished namespace; don't edit.
"""What the embedding projector reads: tables of vectors and their labels, a sheet of pictures, its configuration."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.tensorboard.summary import make_image as make_image
from torch.utils.tensorboard.summary import make_np as make_np
def write_metadata(folder: Any, labels: Any, header: Any) -> Any:
    """The labels of points, a line each; with a header, a column for each of its names."""
    ...
def write_sprite(folder: Any, pictures: Any) -> Any:
    """All pictures (N, C, H, W) on a square sheet. AssertionError unless they are square."""
    ...
def write_tensors(folder: Any, points: Any) -> Any:
    """The vectors, a line each."""
    ...
