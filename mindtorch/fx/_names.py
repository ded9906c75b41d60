"""How functions are called in graphs: 'torch.add', '_operator.mul', 'torch.ops.aten.add.Tensor', 'module.function'."""

import builtins
import functools
import inspect
import sys
import types

from mindtorch._ops.table.calls import CALLABLES

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, *CALLABLES)
_SPACES = ("torch.nn.functional", "torch.linalg", "torch.fft", "torch.special", "torch.nn.init")


@functools.cache
def _public():
    """{id of a function: its public name}, over the namespaces that users write."""
    from mindtorch._ops.table.registry import FUNCTIONS, METHODS

    found = {}
    for name, method in METHODS.items():
        if callable(method) and (id(method) not in found or name == getattr(method, "__name__", "")):
            found[id(method)] = f"torch.Tensor.{name}"
    for space in _SPACES:
        module = sys.modules.get("mind" + space)
        for name, value in vars(module).items() if module is not None else ():
            if name[0] != "_" and isinstance(value, _FUNCTIONS):
                found.setdefault(id(value), f"{space}.{name}")
    for name, function in FUNCTIONS.items():
        known = found.get(id(function), "")
        if name == function.__name__ or not known.startswith("torch.") or known.startswith("torch.Tensor."):
            if not (name.endswith("_") and known.startswith("torch.Tensor.")):
                found[id(function)] = f"torch.{name}"
    for name, value in vars(sys.modules["mindtorch"]).items():
        if isinstance(value, _FUNCTIONS) and not name.startswith("__"):
            found.setdefault(id(value), f"torch.{name}")
    return found


def resolve(path):
    """What a dotted name that starts with torch means, or None."""
    obj = sys.modules["mindtorch"]
    for part in path.split(".")[1:]:
        obj = getattr(obj, part, None)
        if obj is None:
            return None
    return obj


def is_from_torch(obj, name):
    """Whether `name` is the way from torch to `obj`."""
    if not name.startswith("torch."):
        return False
    found = resolve(name)
    return found is obj or (found is not None and hasattr(obj, "_overloadname") and str(found) == str(obj))


def qualified_name(function):
    """The name of a function as code that calls it would write it."""
    label = getattr(function, "__name__", None)
    if label is not None and getattr(builtins, label, None) is function:
        return label
    if hasattr(function, "_overloadname"):
        return f"torch.ops.{function}"
    if hasattr(function, "_overloads") and hasattr(function, "namespace"):
        return f"torch.ops.{function.namespace}.{label}"
    public = _public().get(id(function))
    if public is not None:
        return public
    if isinstance(function, types.MethodWrapperType | types.MethodDescriptorType):
        return f"torch.Tensor.{label}"
    if label is None:
        label = type(function).__name__
    if label == "<lambda>":
        label = _lambda_name(function)
    module = getattr(function, "__module__", None) or _module_of(function, label)
    if module.startswith("mindtorch"):
        module = module.removeprefix("mind")
    name = f"{module}.{label}"
    if name.startswith("torch.") and resolve(name) is not function:
        inner = f"{module}.{getattr(function, '__qualname__', label)}"
        name = inner if resolve(inner) is function else name
    return name


def _lambda_name(function):
    try:
        head = inspect.getsource(function).split("=")[0].strip()
    except (OSError, TypeError):
        return "_lambda"
    return head if head.isidentifier() else "_lambda"


def _module_of(function, label):
    owner = getattr(function, "__self__", None)
    return getattr(type(owner) if owner is not None else function, "__module__", None) or "builtins"
