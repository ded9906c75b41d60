# Written by `make stubs` from the finished namespace; don't edit.
"""Ready parametrizations: weight norm, spectral norm, orthogonal matrices."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn import functional as F
from torch.nn.modules.module import Module as Module
def orthogonal(module: Any, name: Str = 'weight', orthogonal_map: Any = None, *, use_trivialization: Bool = True) -> Any:
    """Keep a matrix orthogonal (columns or rows, whichever are fewer). The map is matrix_exp, cayley or householder."""
    ...
from torch.nn.utils import parametrize as parametrize
def spectral_norm(module: Any, name: Str = 'weight', n_power_iterations: Int = 1, eps: Float = 1e-12, dim: Any = None) -> Any:
    """Divide a parameter by its largest singular value, estimated by power iteration; returns the module."""
    ...
def weight_norm(module: Any, name: Str = 'weight', dim: Int = 0) -> Any:
    """Split a parameter into norms over all dimensions but dim, and a direction; returns the module."""
    ...
