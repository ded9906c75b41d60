# Written by `make stubs` from the finished namespace; don't edit.
"""torch.nn.init: fill parameters in place; the numbers are torch's for the same seed."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def calculate_gain(nonlinearity: Any, param: Any = None) -> Any:
    """The factor by which a nonlinearity's weights are scaled; param is leaky_relu's slope (0.01). ValueError for other
    names and slopes that are no numbers."""
    ...
def constant(*args: Any, **kwargs: Any) -> Any:
    """Old name of constant_."""
    ...
def constant_(tensor: Any, val: Any) -> Any:
    """One value everywhere."""
    ...
def dirac(*args: Any, **kwargs: Any) -> Any:
    """Old name of dirac_."""
    ...
def dirac_(tensor: Any, groups: Int = 1) -> Any:
    """A convolution's weight that keeps as many channels as it can, in each group. ValueError for other than 3 to 5
    dimensions."""
    ...
def eye(*args: Any, **kwargs: Any) -> Any:
    """Old name of eye_."""
    ...
def eye_(tensor: Any) -> Any:
    """The identity of a matrix. ValueError for other dimensions."""
    ...
def kaiming_normal(*args: Any, **kwargs: Any) -> Any:
    """Old name of kaiming_normal_."""
    ...
def kaiming_normal_(tensor: Any, a: Float = 0, mode: Str = 'fan_in', nonlinearity: Str = 'leaky_relu', generator: Any = None) -> Any:
    """Normal numbers of variance gain^2 / fan. ValueError for other modes."""
    ...
def kaiming_uniform(*args: Any, **kwargs: Any) -> Any:
    """Old name of kaiming_uniform_."""
    ...
def kaiming_uniform_(tensor: Any, a: Float = 0, mode: Str = 'fan_in', nonlinearity: Str = 'leaky_relu', generator: Any = None) -> Any:
    """Uniform numbers of variance gain^2 / fan. ValueError for other modes."""
    ...
def normal(*args: Any, **kwargs: Any) -> Any:
    """Old name of normal_."""
    ...
def normal_(tensor: Any, mean: Float = 0.0, std: Float = 1.0, generator: Any = None) -> Any:
    """Normal numbers."""
    ...
def ones_(tensor: Any) -> Any:
    """Ones."""
    ...
def orthogonal(*args: Any, **kwargs: Any) -> Any:
    """Old name of orthogonal_."""
    ...
def orthogonal_(tensor: Any, gain: Float = 1, generator: Any = None) -> Any:
    """Rows (or columns, where these are fewer) of length `gain` at right angles; further dimensions count as columns.
    ValueError below 2 dimensions."""
    ...
def sparse(*args: Any, **kwargs: Any) -> Any:
    """Old name of sparse_."""
    ...
def sparse_(tensor: Any, sparsity: Any, std: Float = 0.01, generator: Any = None) -> Any:
    """Normal numbers, with a fraction `sparsity` of each column zero. ValueError for other than matrices."""
    ...
def trunc_normal_(tensor: Any, mean: Float = 0.0, std: Float = 1.0, a: Float = -2.0, b: Float = 2.0, generator: Any = None) -> Any:
    """Normal numbers within [a, b]: those outside are drawn again. Where few would fall inside, the distribution
    function is inverted instead
    (the same distribution, but not PyTorch's numbers)."""
    ...
def uniform(*args: Any, **kwargs: Any) -> Any:
    """Old name of uniform_."""
    ...
def uniform_(tensor: Any, a: Float = 0.0, b: Float = 1.0, generator: Any = None) -> Any:
    """Numbers from [a, b)."""
    ...
def xavier_normal(*args: Any, **kwargs: Any) -> Any:
    """Old name of xavier_normal_."""
    ...
def xavier_normal_(tensor: Any, gain: Float = 1.0, generator: Any = None) -> Any:
    """Normal numbers of variance 2 gain^2 / (fan_in + fan_out)."""
    ...
def xavier_uniform(*args: Any, **kwargs: Any) -> Any:
    """Old name of xavier_uniform_."""
    ...
def xavier_uniform_(tensor: Any, gain: Float = 1.0, generator: Any = None) -> Any:
    """Uniform numbers of variance 2 gain^2 / (fan_in + fan_out)."""
    ...
def zeros_(tensor: Any) -> Any:
    """Zeros."""
    ...
