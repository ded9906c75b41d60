# Written by `make stubs` from the finished namespace; don't edit.
"""weight / largest singular value, by a hook (deprecated: see parametrizations.spectral_norm)."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.nn import functional as F
from torch.nn.parameter import Parameter as Parameter

class SpectralNorm:
    """The hook: one or more power iterations and the division before every forward."""
    name: Any
    dim: Any
    n_power_iterations: Any
    eps: Any
    def __init__(self, name: Str = 'weight', n_power_iterations: Int = 1, dim: Int = 0, eps: Float = 1e-12) -> None: ...
    def reshape_weight_to_matrix(self, weight: Any) -> Any:
        """(size of dim, everything else)."""
        ...
    def compute_weight(self, module: Any, do_power_iteration: Any) -> Any:
        """The normalised weight; the iteration improves u and v in place."""
        ...
    def remove(self, module: Any) -> Any:
        """Make the weight a parameter again."""
        ...
    def __call__(self, module: Any, inputs: Any) -> Any: ...
    @staticmethod
    def apply(module: Any, name: Any, n_power_iterations: Any, dim: Any, eps: Any) -> Any:
        """Replace the parameter and register the hook. RuntimeError when there is one, ValueError for a lazy
        parameter."""
        ...

class SpectralNormLoadStateDictPreHook:
    """Computes v for state dicts of the time before it was saved."""
    fn: Any
    def __init__(self, fn: Any) -> None: ...
    def __call__(self, state_dict: Any, prefix: Any, local_metadata: Any, strict: Any, missing_keys: Any, unexpected_keys: Any, error_msgs: Any) -> Any: ...

class SpectralNormStateDictHook:
    """Notes the version in the metadata."""
    fn: Any
    def __init__(self, fn: Any) -> None: ...
    def __call__(self, module: Any, state_dict: Any, prefix: Any, local_metadata: Any) -> Any: ...
from torch.nn.parameter import UninitializedParameter as UninitializedParameter
def remove_spectral_norm(module: Any, name: Str = 'weight') -> Any:
    """Undo spectral_norm; ValueError when there is none."""
    ...
def spectral_norm(module: Any, name: Str = 'weight', n_power_iterations: Int = 1, eps: Float = 1e-12, dim: Any = None) -> Any:
    """Divide a parameter by its largest singular value, estimated by power iteration; returns the module."""
    ...
