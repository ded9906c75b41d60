# Written by `make stubs` from the finished namespace; don't edit.
"""Several devices or processes."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn.parallel import distributed as distributed
from torch.nn.parallel import scatter_gather as scatter_gather
from torch.nn.parallel.data_parallel import DataParallel as DataParallel
from torch.nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel
from torch.nn.parallel.data_parallel import data_parallel as data_parallel
from torch.nn.parallel.scatter_gather import gather as gather
from torch.nn.parallel.scatter_gather import parallel_apply as parallel_apply
from torch.nn.parallel.scatter_gather import replicate as replicate
from torch.nn.parallel.scatter_gather import scatter as scatter
