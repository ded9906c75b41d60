# Written by `make stubs` from the finished namespace; don't edit.
"""Datasets, samplers and the DataLoader."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.utils.data import dataloader as dataloader
from torch.utils.data import datapipes as datapipes
from torch.utils.data import dataset as dataset
from torch.utils.data import distributed as distributed
from torch.utils.data import graph_settings as graph_settings
from torch.utils.data import sampler as sampler
from torch.utils.data.sampler import BatchSampler as BatchSampler
from torch.utils.data.dataset import ChainDataset as ChainDataset
from torch.utils.data.dataset import ConcatDataset as ConcatDataset
from torch.utils.data.dataloader import DataLoader as DataLoader
from torch.utils.data.dataset import Dataset as Dataset
from torch.utils.data.distributed import DistributedSampler as DistributedSampler
from torch.utils.data.dataset import IterDataPipe as IterDataPipe
from torch.utils.data.dataset import IterableDataset as IterableDataset
from torch.utils.data.dataset import MapDataPipe as MapDataPipe
from torch.utils.data.sampler import RandomSampler as RandomSampler
from torch.utils.data.sampler import Sampler as Sampler
from torch.utils.data.sampler import SequentialSampler as SequentialSampler
from torch.utils.data.dataset import StackDataset as StackDataset
from torch.utils.data.dataset import Subset as Subset
from torch.utils.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from torch.utils.data.dataset import TensorDataset as TensorDataset
from torch.utils.data.sampler import WeightedRandomSampler as WeightedRandomSampler

class _DatasetKind:
    """Numbers of the two kinds of datasets."""
    Map: ClassVar[Any]
    Iterable: ClassVar[Any]
    @staticmethod
    def create_fetcher(kind: Any, dataset: Any, auto_collation: Any, collate_fn: Any, drop_last: Any) -> Any: ...
from torch.utils.data.dataloader import default_collate as default_collate
from torch.utils.data.dataloader import default_convert as default_convert
from torch.utils.data.dataloader import get_worker_info as get_worker_info
from torch.utils.data.dataset import random_split as random_split
