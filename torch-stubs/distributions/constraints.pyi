# Written by `make stubs` from the finished namespace; don't edit.
"""Sets that parameters and samples lie in; `constraint.check(value)` says which elements do."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class Constraint:
    """A set: whether it is discrete, how many dimensions an event has, and which values are in it."""
    is_discrete: ClassVar[Any]
    event_dim: ClassVar[Any]
    def check(self, value: Any) -> Any:
        """Bool tensor: whether each event of `value` is in the set."""
        ...

class MixtureSameFamilyConstraint(Constraint):
    """The support of a mixture: that of its components."""
    base_constraint: Any
    def __init__(self, base_constraint: Any) -> None: ...
    @property
    def is_discrete(self) -> Any: ...
    @property
    def event_dim(self) -> Any: ...
    def check(self, value: Any) -> Any: ...
boolean: Any

class cat(Constraint):
    """Constraints of pieces that lie one after the other along a dimension."""
    cseq: Any
    dim: Any
    lengths: Any
    def __init__(self, cseq: Any, dim: Int = 0, lengths: Any = None) -> None: ...
    @property
    def is_discrete(self) -> Any: ...
    @property
    def event_dim(self) -> Any: ...
    def check(self, value: Any) -> Any: ...
corr_cholesky: Any
def dependent(*, is_discrete: Any = ..., event_dim: Any = ...) -> Any:
    """Depends on other parameters; cannot be checked by itself."""
    ...

class dependent_property(property, Constraint):
    """A property that gives the constraint of an instance, and on the class stands for a dependent one."""
    def __init__(self, fn: Any = None, *, is_discrete: Any = ..., event_dim: Any = ...) -> None: ...
    @property
    def is_discrete(self) -> Any: ...
    @property
    def event_dim(self) -> Any: ...
    def __call__(self, fn: Any) -> Any: ...
    def check(self, x: Any) -> Any: ...

class greater_than(Constraint):
    """The set of values that greater than names, within its bounds where it has some."""
    def __init__(self, *values: Any, **named: Any) -> None: ...
    def check(self, v: Any) -> Any: ...
    is_discrete: ClassVar[Any]

class greater_than_eq(Constraint):
    """The set of values that greater than eq names, within its bounds where it has some."""
    def __init__(self, *values: Any, **named: Any) -> None: ...
    def check(self, v: Any) -> Any: ...
    is_discrete: ClassVar[Any]

class half_open_interval(Constraint):
    """The set of values that half open interval names, within its bounds where it has some."""
    def __init__(self, *values: Any, **named: Any) -> None: ...
    def check(self, v: Any) -> Any: ...
    is_discrete: ClassVar[Any]

class independent(Constraint):
    """The last dimensions of a base constraint count as one event."""
    base_constraint: Any
    reinterpreted_batch_ndims: Any
    def __init__(self, base_constraint: Any, reinterpreted_batch_ndims: Any) -> None: ...
    @property
    def is_discrete(self) -> Any: ...
    @property
    def event_dim(self) -> Any: ...
    def check(self, value: Any) -> Any: ...

class integer_interval(Constraint):
    """The set of values that integer interval names, within its bounds where it has some."""
    def __init__(self, *values: Any, **named: Any) -> None: ...
    def check(self, v: Any) -> Any: ...
    is_discrete: ClassVar[Any]

class interval(Constraint):
    """The set of values that interval names, within its bounds where it has some."""
    def __init__(self, *values: Any, **named: Any) -> None: ...
    def check(self, v: Any) -> Any: ...
    is_discrete: ClassVar[Any]
def is_dependent(constraint: Any) -> Bool:
    """Whether a constraint depends on parameters."""
    ...

class less_than(Constraint):
    """The set of values that less than names, within its bounds where it has some."""
    def __init__(self, *values: Any, **named: Any) -> None: ...
    def check(self, v: Any) -> Any: ...
    is_discrete: ClassVar[Any]
lower_cholesky: Any
lower_triangular: Any

class multinomial(Constraint):
    """Counts of a number of trials: whole, not negative, at most that many together."""
    upper_bound: Any
    is_discrete: ClassVar[Any]
    event_dim: ClassVar[Any]
    def __init__(self, upper_bound: Any) -> None: ...
    def check(self, x: Any) -> Any: ...
nonnegative: Any
nonnegative_integer: Any
one_hot: Any
positive: Any
positive_definite: Any
positive_integer: Any
positive_semidefinite: Any
real: Any
real_vector: Any
simplex: Any
square: Any

class stack(Constraint):
    """Constraints of the slices along a dimension."""
    cseq: Any
    dim: Any
    lengths: Any
    def __init__(self, cseq: Any, dim: Int = 0, lengths: Any = None) -> None: ...
    @property
    def is_discrete(self) -> Any: ...
    @property
    def event_dim(self) -> Any: ...
    def check(self, value: Any) -> Any: ...
symmetric: Any
unit_interval: Any
