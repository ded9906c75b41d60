# Written by `make stubs` from the finished namespace; don't edit.
"""torch.functional: functions of torch that PyTorch writes in Python."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch import atleast_1d as atleast_1d
from torch import atleast_2d as atleast_2d
from torch import atleast_3d as atleast_3d
from torch import block_diag as block_diag
from torch import broadcast_shapes as broadcast_shapes
from torch import broadcast_tensors as broadcast_tensors
from torch import cartesian_prod as cartesian_prod
from torch import cdist as cdist
from torch import chain_matmul as chain_matmul
from torch import einsum as einsum
from torch import istft as istft
from torch import lu as lu
from torch import meshgrid as meshgrid
from torch import norm as norm
from torch import pca_lowrank as pca_lowrank
from torch import split as split
from torch import stft as stft
from torch import svd_lowrank as svd_lowrank
from torch import tensordot as tensordot
from torch import unique as unique
from torch import unique_consecutive as unique_consecutive
from torch import unravel_index as unravel_index
