# Written by `make stubs` from the finished namespace; don't edit.
"""Settings of all pipes that one is made of."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.data.dataset import IterDataPipe as IterDataPipe
from torch.utils.data.dataset import MapDataPipe as MapDataPipe
def apply_random_seed(datapipe: Any, rng: Any) -> Any:
    """A seed from a generator for every pipe that takes one."""
    ...
def apply_sharding(datapipe: Any, num_of_instances: Any, instance_id: Any, sharding_group: Int = 1) -> Any:
    """Tell every pipe that shards which of how many parts it gives. RuntimeError when two of them are behind one
    another."""
    ...
apply_shuffle_seed = apply_random_seed
def apply_shuffle_settings(datapipe: Any, shuffle: Any = None) -> Any:
    """Switch every shuffler on or off; with None nothing changes."""
    ...
def get_all_graph_pipes(datapipe: Any) -> Any:
    """All pipes that a pipe draws from, itself included."""
    ...
