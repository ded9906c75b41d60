"""Everything that can be called: names of the torch namespace and of the engine, with calls that succeed where some are
known."""
import ast
import copy
import functools
import inspect
import re

import mindtorch as torch
from mindtorch._ops.table.registry import FUNCTIONS, METHODS, TABLE

from . import calls, exclusions, hostile, templates

# namespace -> whether names with an underscore in front count
PLACES = {"torch": True, "torch.nn.functional": False, "torch.linalg": False, "torch.fft": False,
          "torch.special": False, "torch.sparse": False, "torch.nested": False, "torch.signal.windows": False,
          "torch.nn": False,
          "torch.optim": False, "torch.optim.lr_scheduler": False, "torch.optim.swa_utils": False,
          "torch.distributions": False, "torch.distributions.constraints": False,
          "torch.distributions.transforms": False,
          "torch.autograd": False, "torch.autograd.functional": False, "torch.autograd.graph": False,
          "torch.autograd.forward_ad": False, "torch.func": False, "torch.utils.data": False, "torch.storage": True,
          "torch.UntypedStorage": True, "torch.TypedStorage": True,
          "torch._utils": True, "torch._C": True, "torch._C._nn": True, "torch.masked": False, "torch.random": False,
          "torch.amp": False, "torch.nn.init": False, "torch.nn.utils": False, "torch.nn.utils.rnn": False,
          "torch.nn.utils.parametrize": False,
          "torch.nn.utils.parametrizations": False, "torch.nn.utils.stateless": False, "torch.nn.attention": False,
          "torch.utils.checkpoint": False, "torch.utils.dlpack": False, "torch.functional": False,
          "torch.library": False, "torch.testing": False,
          "torch.overrides": False, "torch._prims_common": False, "torch._tensor": True, "torch.Generator": False,
          "torch.Size": False, "torch.device": False, "torch.finfo": False, "torch.iinfo": False,
          "torch.nn.parameter": False,
          "torch.return_types": False, "torch.serialization": False, "torch.ao.quantization": False}
ATTRIBUTES = {"__class__", "__dict__", "__doc__", "__module__", "__weakref__", "__slots__", "__new__",
              "__init_subclass__", "__subclasshook__", "__getattribute__", "__getattr__", "__prepare__", "__init__"}


class Target:
    """Something to call, by known calls or by made ones."""

    def __init__(self, name, text, known=(), weight=1, guess=None):
        self.name, self.text, self.known, self.guess = name, text, list(known), guess
        # the more there is to spoil, the more often
        self.weight = weight if not known else max(weight, 1) * min(4, 1 + max(len(c.places()) for c in known)) // 2


class Line:
    """A line of Python in which the arguments of its calls can be replaced."""

    def __init__(self, tree):
        self.tree = tree

    def places(self):
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in calls.MAKERS):
                fixed = calls.FIXED.get(node.func.id, ()) if isinstance(node.func, ast.Name) else ()
                found += [(node.args, i) for i in range(len(node.args)) if i not in fixed
                          and not isinstance(node.args[i], ast.Starred)] + [(k, None) for k in node.keywords if k.arg]
            elif isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) < 8:
                found += [(node.elts, i) for i in range(len(node.elts))]
            elif isinstance(node, ast.BinOp):
                found += [(node, "left"), (node, "right")]
        return found

    def copy(self):
        return Line(copy.deepcopy(self.tree))

    def text(self, target):
        return ast.unparse(self.tree)


def get(place):
    """The text of the argument at a place."""
    container, key = place
    if isinstance(container, ast.keyword):
        return ast.unparse(container.value)
    found = getattr(container, key) if isinstance(container, ast.AST) else container[key]
    return ast.unparse(found) if isinstance(found, ast.AST) else str(found)


def put(place, text):
    """Another argument at a place."""
    container, key = place
    if isinstance(container, ast.keyword):
        container.value = ast.parse(text, mode="eval").body
    elif isinstance(container, ast.AST):
        setattr(container, key, ast.parse(text, mode="eval").body)
    elif container and isinstance(container, list) and isinstance(container[key], ast.AST):
        container[key] = ast.parse(text, mode="eval").body
    else:
        container[key] = text


def found(path):
    """What a dotted name stands for; None when it is not there."""
    thing = torch
    for part in path.split(".")[1:]:
        thing = getattr(thing, part, None)
        if thing is None:
            return None
    return thing


def known(name, place=""):
    """Calls from the recording that fit a name."""
    recorded, base = templates.recorded(), name.rstrip("_") or name
    short = place.removeprefix("torch.").removeprefix("torch")
    for key in dict.fromkeys((f"{short}.{name}" if short else name, f"{short}.{base}", name, base,
                              "nn.functional." + base, "linalg." + base.removeprefix("linalg_"),
                              "special." + base.removeprefix("special_"),
                              "fft." + base.removeprefix("fft_"), base.removesuffix("_copy"), base.removeprefix("_"),
                              "torch.ops.aten." + name)):
        if key in recorded:
            return recorded[key]
    if name.startswith("_foreach_") and (plain := recorded.get(base.removeprefix("_foreach_"))):
        return [templates.Call([templates.Sequence("l", [a, a]) if hostile.is_tensor(str(a)) else a for a in c.args],
                               dict(c.kwargs)) for c in plain]
    return ()


def parameters(function):
    """Names of the parameters without default and of those with one; None when they are not known."""
    try:
        found = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return None
    return [(p.name, p.default is p.empty, p.kind is p.KEYWORD_ONLY) for p in found
            if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def in_place(place, name, text):
    """The target for one name of a namespace; None where there is nothing to call."""
    if not PLACES[place] and name.startswith("_") or name in ATTRIBUTES or exclusions.reason(text):
        return None
    thing = getattr(found(place), name, None)
    if not callable(thing):
        return None
    fitting = known(name, place)
    if text.startswith("torch.nn.") and "nn." + name in templates.modules():
        fitting = templates.modules()["nn." + name]
    if text.startswith("torch.optim.") and "optim." + name in templates.optimizers():
        fitting = templates.optimizers()["optim." + name]
    return Target(text, text, fitting, weight=3 if fitting else 1, guess=parameters(thing))


def of_tensor():
    """Methods and properties of Tensor."""
    for name in sorted(set(dir(torch.Tensor)) | set(METHODS)):
        text = "torch.Tensor." + name
        if name in ATTRIBUTES or exclusions.reason(text):
            continue
        thing = getattr(torch.Tensor, name, None)
        if callable(thing):
            fitting = known(name)
            yield Target(text, text, fitting, weight=3 if fitting else 2, guess=parameters(thing))
        else:
            yield Target(text, text, [templates.Call(["t('float32', 2, 3, g=1)", repr(name)], {}, "got({})")])
            yield Target(text + " =", text,
                         [templates.Call(["t('float32', 2, 3)", repr(name), "t('float32', 2, 3)"], {}, "put({})"),
                          templates.Call(["t('float32', 2, 3, g=1)", repr(name), "t('float32', 4)"], {}, "put({})")],
                          weight=3)


def of_aten():
    """Operators by their schemas' names."""
    for name in sorted(set(FUNCTIONS) | set(METHODS) | set(TABLE)):
        text = "torch.ops.aten." + name
        if name.isidentifier() and not exclusions.reason(text) and callable(getattr(torch.ops.aten, name, None)):
            fitting = known(name)
            yield Target(text, text, fitting, weight=2 if fitting else 1,
                         guess=parameters(FUNCTIONS.get(name) or METHODS.get(name) or TABLE[name].function))


@functools.cache
def everything():
    """[Target]"""
    made, seen = [], set()
    for place in PLACES:
        room = found(place)
        for name in sorted(dir(room)) if room is not None else ():
            thing = getattr(room, name, None)
            # a name that is the same thing elsewhere adds nothing, save where the way to it is part of it
            if inspect.isroutine(thing) or inspect.isclass(thing):
                if id(thing) in seen and place not in ("torch", "torch._C"):
                    continue
                seen.add(id(thing))
            target = in_place(place, name, f"{place}.{name}")
            if target:
                made.append(target)
    made += of_tensor()
    made += of_aten()
    for line in calls.lines():
        made.append(Target("line: " + ast.unparse(line)[:60], "", [Line(line)], weight=3))
    return [t for t in made if not re.search(exclusions.TEXTS, t.text)] if exclusions.TEXTS else made
