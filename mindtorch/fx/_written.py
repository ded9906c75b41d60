"""How a call of a torch function is written into a graph: its arguments as PyTorch's graphs have them."""

import functools

from mindtorch._ops.table.registry import FUNCTIONS, METHODS

_OPERATORS = frozenset("add sub mul div remainder pow neg abs matmul ne lt le gt ge positive bitwise_not".split())


@functools.cache
def _is_method(function):
    return not any(function is f for f in FUNCTIONS.values()) and any(function is m for m in METHODS.values())


def _attribute(function):
    owner = getattr(function, "__self__", None)
    return getattr(owner, "__name__", None) if getattr(function, "__name__", "") == "__get__" else None


def as_written(function, args, kwargs):
    """(kind of step, its target, args, kwargs) for a call that __torch_function__ was told of."""
    attribute = _attribute(function)
    if attribute is not None:
        return "call_function", getattr, (args[0], attribute), {}
    if hasattr(function, "_overloads") or hasattr(function, "_overloadname"):
        return "call_function", function, args, kwargs
    if function.__name__ in _OPERATORS or function.__name__.startswith("__"):  # written as an operator, most likely
        function = getattr(function, "_primary", function)
    if _is_method(function):
        return "call_method", function.__name__, args, kwargs
    return "call_function", function, args, kwargs
