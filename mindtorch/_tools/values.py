"""What is known of a value while code is read and not run."""
from typing import Any, NamedTuple


class Unknown(NamedTuple):
    """Anything."""


class Literal(NamedTuple):
    """A number, a text, None, or a tuple or list of such."""

    value: Any


class Name(NamedTuple):
    """Something of the torch namespace itself: a module, function, class or value."""

    path: str


class Tensor(NamedTuple):
    """A tensor; dtype and rank where they are known."""

    dtype: str = ""
    rank: int = -1


class Several(NamedTuple):
    """A tuple or list of values."""

    parts: tuple = ()


class Instance(NamedTuple):
    """An object of a class of torch."""

    path: str


class Own(NamedTuple):
    """A class or function of the code itself, `called` when it is an object or a result of it."""

    name: str
    made: bool = False


UNKNOWN = Unknown()


def join(a, b):
    """What is known of a value that is one or the other."""
    if a == b:
        return a
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return Tensor(a.dtype if a.dtype == b.dtype else "", a.rank if a.rank == b.rank else -1)
    # a name that starts as None is what it becomes: nobody calls a method of None
    for one, other in ((a, b), (b, a)):
        if one == Literal(None) and isinstance(other, (Tensor, Instance)):
            return other
    return UNKNOWN
