# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.model_zoo: old names of torch.hub's functions."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def load_url(url: Any, model_dir: Any = None, map_location: Any = None, progress: Bool = True, check_hash: Bool = False, file_name: Any = None, weights_only: Bool = False) -> Any:
    """torch.load of an address, from <hub>/checkpoints (or model_dir) when it lies there already. check_hash: its
    SHA-256 begins with the digits in its name, "-<digits>."."""
    ...
