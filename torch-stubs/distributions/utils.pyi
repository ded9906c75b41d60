# Written by `make stubs` from the finished namespace; don't edit.
"""What distributions share: broadcasting of parameters, probabilities and logits, values computed when first asked"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Probabilities:
    """Adds `probs` and `logits`, each made from the other when first read; `_binary` says by sigmoid or by softmax."""
    @property
    def logits(self) -> Any: ...
    @property
    def probs(self) -> Any: ...
    @property
    def param_shape(self) -> Any:
        """Shape of the parameter that was given."""
        ...
def binary_parameters(dist: Any, probs: Any, logits: Any) -> Any:
    """Keeps the one of probs and logits that is given, as a tensor. ValueError unless exactly one is."""
    ...
def broadcast_all(*values: Any) -> Any:
    """Tensors of one shape from tensors and numbers; numbers take the tensors' dtype and device. ValueError for
    anything else."""
    ...
def clamp_probs(probs: Any) -> Any:
    """Probabilities kept an epsilon away from 0 and 1."""
    ...
euler_constant: Float
half_log_two_pi: Float

class lazy_property:
    """A property computed at its first reading, with gradients on, and then kept as an attribute."""
    wrapped: Any
    def __init__(self, wrapped: Any) -> None: ...
def logits_to_probs(logits: Any, is_binary: Bool = False) -> Any:
    """Sigmoid, or softmax over the last dimension."""
    ...
def probs_to_logits(probs: Any, is_binary: Bool = False) -> Any:
    """Inverse of logits_to_probs, finite at 0 and 1."""
    ...
def standard_normal(shape: Any, dtype: Any, device: Any) -> Any:
    """Normal numbers of mean 0 and deviation 1."""
    ...
def sum_rightmost(value: Any, dim: Any) -> Any:
    """Sum over the last `dim` dimensions."""
    ...
def tril_matrix_to_vec(mat: Any, diag: Int = 0) -> Any:
    """The lower triangle up to diagonal `diag`, row by row, as vectors. ValueError for a diagonal outside."""
    ...
def vec_to_tril_matrix(vec: Any, diag: Int = 0) -> Any:
    """Lower triangular matrices from vectors that list the rows up to diagonal `diag`. ValueError for a length that is
    no triangle."""
    ...
