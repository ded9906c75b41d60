"""Arguments of functions and modules under their names."""

import inspect
import types
import typing
from typing import NamedTuple

import mindtorch as torch

from mindtorch._ops.table.python_functions import PYTHON

from ._names import qualified_name

__all__ = [
    "ArgsKwargsPair",
    "check_for_mutable_operation",
    "get_signature_for_torch_op",
    "create_type_hint",
    "type_matches",
    "normalize_function",
    "normalize_module",
]


class ArgsKwargsPair(NamedTuple):
    """Positional and keyword arguments."""

    args: tuple
    kwargs: dict


def _signature(target):
    made = inspect.signature(inspect.unwrap(target) if callable(target) else target)
    return made.replace(parameters=[p for p in made.parameters.values() if p.name != "out" or target in PYTHON])


def get_signature_for_torch_op(op, return_schemas=False):
    """[the signature] of a function of torch; None for others."""
    name = qualified_name(op)
    if not name.startswith("torch.") or op in PYTHON:
        return (None, None) if return_schemas else None
    try:
        found = [_signature(op)]
    except (TypeError, ValueError):
        found = None
    return (found, None) if return_schemas else found


def check_for_mutable_operation(target, args, kwargs):
    """NotImplementedError for a function that changes its arguments."""
    name = getattr(target, "__name__", "")
    if (
        qualified_name(target).startswith("torch.")
        and name.endswith("_")
        and not name.endswith("__")
        or kwargs.get("out") is not None
    ):
        raise NotImplementedError(
            f"Tried to trace mutable operation {name}. FX only supports functional code, so operations that mutate "
            f"operands "
            "in-place (e.g. via `out` arguments) are not supported"
        )


def create_type_hint(x):
    """List[T] or Tuple[T, ...] for a list or tuple of types."""
    if not isinstance(x, (list, tuple)):
        return x
    if not x:
        return typing.List[typing.Any] if isinstance(x, list) else typing.Tuple[typing.Any, ...]
    made = [create_type_hint(e) for e in x]
    common = next(
        (t for t in made if all(isinstance(o, type) and isinstance(t, type) and issubclass(o, t) for o in made)),
        typing.Any,
    )
    return typing.List[common] if isinstance(x, list) else typing.Tuple[common, ...]


def type_matches(signature_type, argument_type):
    """Whether an argument of one type may stand where another one is asked for."""
    origin = typing.get_origin(signature_type)
    if signature_type is argument_type or signature_type is typing.Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(type_matches(t, argument_type) for t in typing.get_args(signature_type))
    if signature_type in (typing.List[int], typing.List[float]) and argument_type in (int, float):
        return True
    inner = typing.get_args(argument_type)
    if origin is list and typing.get_origin(argument_type) in (list, tuple):
        return all(t is ... or type_matches(typing.get_args(signature_type)[0], t) for t in inner)
    return (
        inspect.isclass(signature_type) and inspect.isclass(argument_type) and issubclass(argument_type, signature_type)
    )


def normalize_function(target, args, kwargs=None, arg_types=None, kwarg_types=None, normalize_to_only_use_kwargs=False):
    """Arguments of a function with names and defaults; None where its signature is not known, or where types would
    have to choose."""
    if not callable(target):
        return None
    try:
        signature = _signature(target)
    except (TypeError, ValueError):
        return None
    return _args_kwargs_to_normalized_args_kwargs(signature, args, kwargs or {}, normalize_to_only_use_kwargs)


def normalize_module(root, target, args, kwargs=None, normalize_to_only_use_kwargs=False):
    """Arguments of a submodule of torch.nn with names and defaults; None for other classes."""
    try:
        module = root.get_submodule(target)
    except AttributeError:
        raise RuntimeError(f"Tried to normalize node with target {target} but root did not have that target!") from None
    if getattr(torch.nn, type(module).__name__, None) is not type(module):
        return None
    return _args_kwargs_to_normalized_args_kwargs(
        _signature(module.forward), args, kwargs or {}, normalize_to_only_use_kwargs
    )


def _args_kwargs_to_normalized_args_kwargs(sig, args, kwargs, normalize_to_only_use_kwargs):
    kinds = {p.kind for p in sig.parameters.values()}
    if not kinds <= {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}:
        return None
    try:
        bound = sig.bind(*args, **kwargs)
    except TypeError:
        return None
    bound.apply_defaults()
    positional, named = [], {}
    for i, (name, value) in enumerate(bound.arguments.items()):
        if normalize_to_only_use_kwargs or i >= len(args):
            named[name] = value
        else:
            positional.append(value)
    return ArgsKwargsPair(tuple(positional), named)
