# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.tensorboard: SummaryWriter over the writer and the protocol that the package tensorboard ships."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.tensorboard import embedding as embedding
from torch.utils.tensorboard import graphs as graphs
from torch.utils.tensorboard import summary as summary
from torch.utils.tensorboard import writer as writer
from torch.utils.tensorboard.writer import FileWriter as FileWriter
from torch.utils.tensorboard.writer import SummaryWriter as SummaryWriter
