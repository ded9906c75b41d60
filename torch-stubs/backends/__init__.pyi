# Written by `make stubs` from the finished namespace; don't edit.
"""torch.backends: what the build has, and switches of libraries that are not in it."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.backends import cpu as cpu
from torch.backends import cuda as cuda
from torch.backends import cudnn as cudnn
from torch.backends import mha as mha
from torch.backends import mkl as mkl
from torch.backends import mkldnn as mkldnn
from torch.backends import mps as mps
from torch.backends import nnpack as nnpack
from torch.backends import openmp as openmp
from torch.backends import opt_einsum as opt_einsum
from torch.backends import quantized as quantized
from torch.backends import xnnpack as xnnpack
cpu: Any
cuda: Any
cudnn: Any
fp32_precision: Str
mha: Any
mkl: Any
mkldnn: Any
mps: Any
nnpack: Any
openmp: Any
opt_einsum: Any
quantized: Any
xnnpack: Any
