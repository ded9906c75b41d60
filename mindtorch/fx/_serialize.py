"""Graphs as JSON: what they call are functions of torch, by name. Reading one runs no code of the file."""

import builtins
import math
import operator

import mindtorch as torch

from . import _record
from ._names import qualified_name, resolve
from .graph import Graph
from .node import Node

_OPERATORS = {
    f"_operator.{n}": getattr(operator, n)
    for n in """getitem setitem add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift
rshift neg pos invert abs eq ne lt le gt ge iadd isub imul not_ contains""".split()
}
_BUILTINS = {
    n: getattr(builtins, n) for n in ("getattr", "int", "float", "bool", "len", "min", "max", "abs", "round", "slice")
}
_OTHERS = {
    "math.floor": math.floor,
    "math.ceil": math.ceil,
    "math.sqrt": math.sqrt,
    "torch.fx._record.switch_grad": _record.switch_grad,
    "torch.fx._record.assign": _record.assign,
    "torch.fx._record.switch_autocast": _record.switch_autocast,
    "torch.fx._record.root_of": _record.root_of,
    "torch._assert": torch._assert,
}
_METHODS_BARRED = (
    "backward",
    "register_hook",
    "numpy",
    "__reduce__",
    "__reduce_ex__",
    "__setstate__",
    "__class__",
    "__init__",
)
_WORDS = {}
for _kind in ("dtype", "layout", "memory_format"):
    _WORDS.update({v: f"{_kind}:{v}" for v in vars(torch).values() if isinstance(v, getattr(torch, _kind))})
_BY_WORD = {word: value for value, word in _WORDS.items()}


def _function(name):
    """The function that a name means; ValueError unless a graph may call it."""
    for table in (_OPERATORS, _BUILTINS, _OTHERS):
        if name in table:
            return table[name]
    found = resolve(name) if name.startswith("torch.") else None
    if found is None or not callable(found):
        raise ValueError(f"a saved graph calls {name}, which is no function of torch")
    if name.startswith("torch.ops."):
        return found
    from mindtorch.overrides import resolve_name

    if resolve_name(found) is None and not _is_public(name, found):
        raise ValueError(f"a saved graph calls {name}, which graphs may not call")
    return found


def _is_public(name, found):
    # functions of torch.nn.functional that are written over others; factories
    space = name.rpartition(".")[0]
    return space in ("torch.nn.functional", "torch.linalg", "torch.fft", "torch.special") and not name.rpartition(".")[
        2
    ].startswith("_")


def encoded(value):
    """An argument as JSON; TypeError for what has no form."""
    if value is None or isinstance(value, (bool, str)) or type(value) is int:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Node):
        return {"node": value.name}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, complex):
        return {"complex": [repr(value.real), repr(value.imag)]}
    if isinstance(value, (tuple, list)):
        return {"list" if isinstance(value, list) else "tuple": [encoded(v) for v in value]}
    if isinstance(value, dict):
        return {"dict": [[encoded(k), encoded(v)] for k, v in value.items()]}
    if isinstance(value, slice):
        return {"slice": [encoded(v) for v in (value.start, value.stop, value.step)]}
    if value is ...:
        return {"ellipsis": True}
    if isinstance(value, torch.device):
        return {"device": str(value)}
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)):
        return {"word": _WORDS[value]}
    raise TypeError(f"{type(value).__name__} {value!r} has no form in a saved graph")


def decoded(value, nodes):
    """What encoded took."""
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "node":
        return nodes[inner]
    if kind == "float":
        return float(inner)
    if kind == "complex":
        return complex(*map(float, inner))
    if kind in ("list", "tuple"):
        made = [decoded(v, nodes) for v in inner]
        return made if kind == "list" else tuple(made)
    if kind == "dict":
        return {decoded(k, nodes): decoded(v, nodes) for k, v in inner}
    if kind == "slice":
        return slice(*(decoded(v, nodes) for v in inner))
    if kind == "ellipsis":
        return ...
    if kind == "device":
        return torch.device(inner)
    if kind == "word":
        return _BY_WORD[inner]
    raise ValueError(f"a saved graph has a value of kind {kind}")


def to_json(graph):
    """A graph as nested lists and dicts; TypeError for a step that has no form."""
    steps = []
    for node in graph.nodes:
        target = node.target
        if node.op == "call_method" and (target in _METHODS_BARRED or target not in _tensor_methods()):
            raise TypeError(f"step {node.name} can't be saved: graphs of files may not call {target}")
        if node.op == "call_function":
            target = qualified_name(target)
            try:
                found = _function(target)
            except ValueError as error:
                raise TypeError(f"step {node.name} can't be saved: {error}") from None
            if found is not node.target and str(found) != str(node.target):
                raise TypeError(f"step {node.name} can't be saved: {target} is another function")
        steps.append(
            {
                "op": node.op,
                "name": node.name,
                "target": target,
                "args": encoded(node.args),
                "kwargs": encoded(dict(node.kwargs)),
            }
        )
    return steps


def from_json(steps):
    """A graph of to_json."""
    graph, nodes = Graph(), {}
    for step in steps:
        target = step["target"]
        args, kwargs = decoded(step["args"], nodes), decoded(step["kwargs"], nodes)
        if step["op"] == "call_function":
            target = _function(target)
            if target is getattr and (len(args) != 2 or str(args[1]).startswith("_")):
                raise ValueError(f"a saved graph reads the attribute {args[1:]}")
        elif step["op"] == "call_method":
            if target in _METHODS_BARRED or target not in _tensor_methods():
                raise ValueError(f"a saved graph calls the method {target}")
        elif step["op"] not in ("placeholder", "get_attr", "output"):
            raise ValueError(f"a saved graph has a step of kind {step['op']}")
        nodes[step["name"]] = graph.create_node(step["op"], target, args, kwargs, name=step["name"])
    graph.lint()
    return graph


def _tensor_methods():
    from mindtorch._ops.table.registry import METHODS

    return METHODS
