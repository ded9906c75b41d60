# Written by `make stubs` from the finished namespace; don't edit.
"""DataLoader: a dataset in batches, fetched here or in worker processes."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.data.sampler import BatchSampler as BatchSampler

class DataLoader:
    """Iterates over a dataset in batches.

    sampler or batch_sampler choose the order; collate_fn makes a batch of samples; num_workers processes fetch ahead
    prefetch_factor batches each, seeded base_seed + id; in_order=False yields batches as they come. ValueError for
    options that exclude each other."""
    dataset: Any
    num_workers: Any
    prefetch_factor: Any
    pin_memory: Any
    pin_memory_device: Any
    timeout: Any
    worker_init_fn: Any
    in_order: Any
    batch_size: Any
    drop_last: Any
    sampler: Any
    batch_sampler: Any
    generator: Any
    collate_fn: Any
    persistent_workers: Any
    def __init__(self, dataset: Any, batch_size: Int = 1, shuffle: Any = None, sampler: Any = None, batch_sampler: Any = None, num_workers: Int = 0, collate_fn: Any = None, pin_memory: Bool = False, drop_last: Bool = False, timeout: Int = 0, worker_init_fn: Any = None, multiprocessing_context: Any = None, generator: Any = None, *, prefetch_factor: Any = None, persistent_workers: Bool = False, pin_memory_device: Str = '', in_order: Bool = True) -> None: ...
    @property
    def multiprocessing_context(self) -> Any: ...
    @multiprocessing_context.setter
    def multiprocessing_context(self, value: Any) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> Int: ...
    def check_worker_number_rationality(self) -> Any:
        """Warn when there are more workers than processors."""
        ...
from torch.utils.data.dataset import IterableDataset as IterableDataset
from torch.utils.data.sampler import RandomSampler as RandomSampler
from torch.utils.data.sampler import Sampler as Sampler
from torch.utils.data.sampler import SequentialSampler as SequentialSampler
def default_collate(batch: Any) -> Any:
    """Samples to a batch: tensors, arrays and numbers become tensors with a new first dimension; dicts, tuples and
    lists are kept in shape."""
    ...
def default_convert(data: Any) -> Any:
    """NumPy arrays and scalars inside `data` to tensors; everything else as it is."""
    ...
def get_worker_info() -> Any:
    """WorkerInfo in a worker, None in the main process."""
    ...
