# Written by `make stubs` from the finished namespace; don't edit.
"""Pruning: parameters multiplied by masks before every forward."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class BasePruningMethod:
    """A forward hook that computes `name` from name_orig and name_mask. Subclasses say which entries compute_mask
    keeps."""
    def __call__(self, module: Any, inputs: Any) -> Any: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of tensor t (scores) given the mask so far."""
        ...
    def apply_mask(self, module: Any) -> Any:
        """name_orig * name_mask."""
        ...
    @classmethod
    def apply(cls, module: Any, name: Any, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune module.name by this method, on top of what pruned it before; returns the hook."""
        ...
    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """t with the entries to prune set to zero."""
        ...
    def remove(self, module: Any) -> Any:
        """Make the pruned values permanent."""
        ...

class CustomFromMask(BasePruningMethod):
    """Prunes by a given mask."""
    mask: Any
    PRUNING_TYPE: ClassVar[Any]
    def __init__(self, mask: Any) -> None: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far times the given one."""
        ...
    @classmethod
    def apply(cls, module: Any, name: Any, mask: Any) -> Any:
        """See BasePruningMethod.apply."""
        ...

class Identity(BasePruningMethod):
    """Prunes nothing, but makes the parameter a pruned one."""
    PRUNING_TYPE: ClassVar[Any]
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far."""
        ...
    @classmethod
    def apply(cls, module: Any, name: Any) -> Any:
        """See BasePruningMethod.apply."""
        ...

class L1Unstructured(BasePruningMethod):
    """Prunes the entries nearest to zero."""
    amount: Any
    def __init__(self, amount: Any) -> None: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far without the entries or slices that this method drops."""
        ...
    PRUNING_TYPE: ClassVar[Any]
    @classmethod
    def apply(cls, module: Any, name: Any, amount: Any, importance_scores: Any = None) -> Any:
        """See BasePruningMethod.apply."""
        ...

class LnStructured(BasePruningMethod):
    """Prunes the slices along a dimension with the smallest norms."""
    amount: Any
    n: Any
    dim: Any
    def __init__(self, amount: Any, n: Any, dim: Int = -1) -> None: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far without the entries or slices that this method drops."""
        ...
    PRUNING_TYPE: ClassVar[Any]
    @classmethod
    def apply(cls, module: Any, name: Any, amount: Any, n: Any, dim: Any, importance_scores: Any = None) -> Any:
        """See BasePruningMethod.apply."""
        ...

class PruningContainer(BasePruningMethod):
    """Several methods on one parameter, one after the other."""
    def __init__(self, *args: Any) -> None: ...
    def add_pruning_method(self, method: Any) -> Any:
        """Add one for the same parameter. TypeError or ValueError for others."""
        ...
    def __len__(self) -> Int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, idx: Any) -> Any: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, with the last method applied to what it leaves."""
        ...

class RandomStructured(BasePruningMethod):
    """Prunes slices along a dimension at random."""
    amount: Any
    dim: Any
    def __init__(self, amount: Any, dim: Int = -1) -> None: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far without the entries or slices that this method drops."""
        ...
    PRUNING_TYPE: ClassVar[Any]
    @classmethod
    def apply(cls, module: Any, name: Any, amount: Any, dim: Int = -1) -> Any:
        """See BasePruningMethod.apply."""
        ...

class RandomUnstructured(BasePruningMethod):
    """Prunes entries at random."""
    amount: Any
    def __init__(self, amount: Any) -> None: ...
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far without the entries or slices that this method drops."""
        ...
    PRUNING_TYPE: ClassVar[Any]
    @classmethod
    def apply(cls, module: Any, name: Any, amount: Any) -> Any:
        """See BasePruningMethod.apply."""
        ...
def custom_from_mask(module: Any, name: Any, mask: Any) -> Any:
    """Prune by a mask; returns the module."""
    ...
def global_unstructured(parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
    """Prune several (module, name) pairs as if they were one tensor. TypeError for structured methods."""
    ...
def identity(module: Any, name: Any) -> Any:
    """Make module.name a pruned parameter that lost nothing; returns the module."""
    ...
def is_pruned(module: Any) -> Bool:
    """Whether anything in the module is pruned."""
    ...
def l1_unstructured(module: Any, name: Any, amount: Any, importance_scores: Any = None) -> Any:
    """Prune the smallest entries; returns the module."""
    ...
def ln_structured(module: Any, name: Any, amount: Any, n: Any, dim: Any, importance_scores: Any = None) -> Any:
    """Prune the slices along dim with the smallest n-norm; returns the module."""
    ...
def random_structured(module: Any, name: Any, amount: Any, dim: Any) -> Any:
    """Prune slices along dim at random; returns the module."""
    ...
def random_unstructured(module: Any, name: Any, amount: Any) -> Any:
    """Prune entries at random, a number or a fraction; returns the module."""
    ...
def remove(module: Any, name: Any) -> Any:
    """Make the pruning of module.name permanent; returns the module. ValueError when it isn't pruned."""
    ...
