# Written by `make stubs` from the finished namespace; don't edit.
"""Pipes that change the order."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.data.dataset import IterDataPipe as IterDataPipe

class ShufflerIterDataPipe(torch.utils.data.dataset.IterDataPipe):
    """Samples of another pipe in an order that a buffer of them makes random."""
    datapipe: Any
    buffer_size: Any
    def __init__(self, datapipe: Any, *, buffer_size: Int = 10000, unbatch_level: Int = 0) -> None: ...
    def set_shuffle(self, shuffle: Bool = True) -> Any:
        """Switch shuffling on or off."""
        ...
    def set_seed(self, seed: Any) -> Any:
        """Seed of the next pass."""
        ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> Int: ...
