# Written by `make stubs` from the finished namespace; don't edit.
"""A sampler that gives every process its part of the dataset."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class DistributedSampler(torch.utils.data.sampler.Sampler):
    """Every num_replicas-th index from `rank` on, of a permutation seeded with seed + epoch; parts are made equal by
    repeating, or by drop_last."""
    dataset: Any
    num_replicas: Any
    rank: Any
    epoch: Any
    drop_last: Any
    shuffle: Any
    seed: Any
    num_samples: Any
    total_size: Any
    def __init__(self, dataset: Any, num_replicas: Any = None, rank: Any = None, shuffle: Bool = True, seed: Int = 0, drop_last: Bool = False) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> Int: ...
    def set_epoch(self, epoch: Any) -> Any:
        """Choose the permutation of the next iteration."""
        ...
from torch.utils.data.sampler import Sampler as Sampler
