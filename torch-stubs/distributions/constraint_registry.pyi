# Written by `make stubs` from the finished namespace; don't edit.
"""From a constraint to a transform of unconstrained numbers onto it: biject_to (one to one) and transform_to (any)."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class ConstraintRegistry:
    """Functions that make transforms, by the constraint's class."""
    def __init__(self) -> None: ...
    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Enter a factory for a class of constraints, as a function or as a decorator. TypeError for other keys."""
        ...
    def __call__(self, constraint: Any) -> Any: ...
from torch.distributions import biject_to as biject_to
from torch.distributions import constraints as constraints
from torch.distributions import transform_to as transform_to
from torch.distributions import transforms as transforms
