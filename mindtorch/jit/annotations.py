"""Types in scripted programs."""

import enum
import types
import typing
from typing import Any, Dict, List, Optional, Tuple, Union  # noqa: F401

import mindtorch as torch


class Module:
    """A module of names, for evaluating annotations."""

    def __init__(self, name, members):
        self.name, self.members = name, members

    def __getattr__(self, name):
        try:
            return self.members[name]
        except KeyError:
            raise RuntimeError(f"Module {self.name} has no member called {name}") from None


class BroadcastingListCls:
    """BroadcastingList2[int]: a list of two, or one for both."""

    def __getitem__(self, types):
        return None


BroadcastingList1, BroadcastingList2, BroadcastingList3, BroadcastingList4, BroadcastingList5, BroadcastingList6 = (
    BroadcastingListCls() for _ in range(6)
)


def is_tensor(ann):
    """Whether an annotation means a tensor."""
    return isinstance(ann, type) and issubclass(ann, torch.Tensor)


def is_function_or_method(the_callable):
    """Whether it was written in Python."""
    import inspect

    return inspect.isfunction(the_callable) or inspect.ismethod(the_callable)


def is_vararg(the_callable):
    """Whether a function takes *args."""
    import inspect

    if not is_function_or_method(the_callable) and hasattr(the_callable, "__call__"):  # noqa: B004
        the_callable = the_callable.__call__
    return is_function_or_method(the_callable) and inspect.getfullargspec(the_callable).varargs is not None


def get_enum_value_type(e, loc):
    """The type of an enum's values."""
    kinds = {type(m.value) for m in e}
    if len(kinds) != 1:
        raise ValueError(f"Enum values of {e} are not of one type" if kinds else f"No enum values defined for: '{e}'")
    return kinds.pop()


def name_of(ann):
    """How a declaration names a type."""
    if ann is None or ann is type(None):
        return "NoneType"
    if is_tensor(ann) or ann is torch.Tensor:
        return "Tensor"
    origin, inside = typing.get_origin(ann), typing.get_args(ann)
    if origin in (Union, types.UnionType):
        others = [a for a in inside if a is not type(None)]
        text = name_of(others[0]) if len(others) == 1 else f"Union[{', '.join(map(name_of, others))}]"
        return text + "?" if len(others) < len(inside) else text
    if origin in (list, tuple, dict):
        if origin is list:
            return f"{name_of(inside[0])}[]"
        shown = ", ".join(name_of(a) for a in inside)
        return f"({shown})" if origin is tuple else f"Dict({shown})"
    return getattr(ann, "__name__", str(ann))


def fits(value, ann):
    """Whether a value may stand where an annotation is; True for annotations that say nothing of values."""
    if ann is Any or ann is None or isinstance(ann, (str, BroadcastingListCls)):
        return True
    origin, inside = typing.get_origin(ann), typing.get_args(ann)
    if origin in (Union, types.UnionType):
        return any(fits(value, a) for a in inside)
    if origin is list:
        return isinstance(value, (list, tuple)) and all(fits(v, inside[0]) for v in value)
    if origin is tuple:
        return isinstance(value, tuple) and (
            inside[-1:] == (...,) or len(value) == len(inside) and all(map(fits, value, inside))
        )
    if origin is dict:
        return isinstance(value, dict) and all(fits(k, inside[0]) and fits(v, inside[1]) for k, v in value.items())
    if origin is typing.Final:
        return not inside or fits(value, inside[0])
    if ann is torch.Tensor:
        return isinstance(value, torch.Tensor)
    if ann is float:
        return isinstance(value, (float, int, torch.Tensor)) and not isinstance(value, bool)
    if ann is int:
        return isinstance(value, (int, torch.Tensor)) and not isinstance(value, bool)
    if ann in (bool, str):
        return isinstance(value, (ann, torch.Tensor) if ann is bool else ann)
    if ann is type(None):
        return value is None
    if isinstance(ann, type) and issubclass(ann, enum.Enum):
        return isinstance(value, ann)
    return True


def try_ann_to_type(ann, loc, rcb=None):
    """There are no types of a script's own."""
    raise NotImplementedError("torch.jit.annotations.try_ann_to_type: scripts have Python's types")


def ann_to_type(ann, loc, rcb=None):
    """There are no types of a script's own."""
    raise NotImplementedError("torch.jit.annotations.ann_to_type: scripts have Python's types")
