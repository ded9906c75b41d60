"""What will happen at a place where code uses a name of torch: one of VERDICTS, with the reason."""
import inspect
from typing import NamedTuple

from . import refusals
from .values import Instance, Literal, Name, Tensor

RAISES, OPEN, ASCEND, DIFFERENT, WORKS, SKIPPED = "raises", "not decided", "not proved on Ascend", "works with a " \
    "difference", "works", "not reached"
VERDICTS = (RAISES, OPEN, ASCEND, DIFFERENT, WORKS, SKIPPED)
_SHELLS = {"complex32": "complex32 tensors are made, copied, cast and saved; arithmetic with them raises"}
_DYNAMIC = ("torch.ops.", "torch.classes.", "torch.utils._pytree.")
# names that every object of a class has
_OBJECT = frozenset([*dir(object), "__dict__", "__name__", "__qualname__", "__annotations__", "__wrapped__"])


class Verdict(NamedTuple):
    """What will happen, and why."""

    kind: str
    why: str = ""
    rule: str = ""


def literal(value):
    """(True, the value) when it is known."""
    return (True, value.value) if isinstance(value, Literal) else (False, None)


def bound(parameters, args, keywords, spread, skip=0):
    """'' or what an overload (names as torch_api.json has them) says of these arguments."""
    plain, only, star, rest = [], set(), False, False
    required = set()
    for name in parameters[skip:]:
        bare = name.rstrip("=").lstrip("*")
        if name.startswith("**"):
            rest = True
        elif name.startswith("*"):
            star = True
            if name != "*":
                plain.append(None)
        elif star:
            only.add(bare)
            if not name.endswith("="):
                required.add(bare)
        else:
            plain.append(bare)
            if not name.endswith("="):
                required.add(bare)
    known = {p for p in plain if p} | only
    for name in keywords:
        if name not in known and not rest:
            return f"there is no argument {name}"
    if None not in plain and len(args) > len(plain) and not spread:
        return f"takes {len(plain)} arguments without a name, {len(args)} are given"
    taken = {p for p in plain[:len(args)] if p}
    twice = taken & set(keywords)
    if twice and not spread:
        return f"{min(twice)} is given twice"
    missing = required - taken - set(keywords)
    return f"{min(missing)} is missing" if missing and not spread else ""


def ours(signature, args, keywords, spread, skip=0):
    """'' or what the signature here says of these arguments."""
    names = []
    star = False
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names.append("*" + p.name)
            star = True
            if p.name not in ("args", "kwargs"):  # reshape(shape=(2, 3))
                names.append(p.name + "=")
        elif p.kind is p.VAR_KEYWORD:
            names.append("**" + p.name)
        else:
            if p.kind is p.KEYWORD_ONLY and not star:
                names.append("*")
                star = True
            names.append(p.name + ("" if p.default is p.empty else "="))
    return bound(names, args, keywords, spread, skip)


class Decider:
    """Decides uses by what `api` knows; `device` is "cpu" where Ascend does not matter."""

    def __init__(self, api, device="npu"):
        self.api, self.device = api, device

    def decide(self, use):
        """The Verdict of a Use; None where it is no use of torch's at all."""
        found = self._of_unknown(use) if use.name.startswith("?.") else self._of(use)
        if found is not None and use.guard and found.kind in (RAISES, OPEN):
            if use.guard.startswith(("its error", "only after")):
                return Verdict(SKIPPED, f"{use.guard}: {found.why}", found.rule)
            return Verdict(SKIPPED, f"{use.guard}; there it {found.kind}: {found.why}", found.rule)
        return found

    # ---- a method of a value of which nothing is known ----

    def _of_unknown(self, use):
        """It is torch's only if its class is one of torch's that has such a method: where all of these work, it works.
        """
        name = use.name[2:]
        if name in _OBJECT or self.api.member("torch.Tensor", name) is None:
            return None
        owners = ["torch.Tensor"]
        if use.how == "method":
            entry = self.api.member("torch.Tensor", name)
            if entry[0] == "f" and entry[1] and all(
                    bound(form, use.args, dict(use.keywords), use.spread, form[:1] == ["self"]) for form in entry[1]):
                return None
            if self.api.member("torch.nn.Module", name) is not None and not all(
                    bound(form, use.args, dict(use.keywords), use.spread, form[:1] == ["self"])
                    for form in self.api.member("torch.nn.Module", name)[1]):
                owners.append("torch.nn.Module")
        elif self.api.member("torch.nn.Module", name) is not None:
            owners.append("torch.nn.Module")
        verdicts = [self._of(use._replace(name=f"{owner}.{name}", receiver=Tensor() if owner == "torch.Tensor"
                                          else Instance(owner))) for owner in owners]
        worst = min(verdicts, key=lambda v: VERDICTS.index(v.kind))
        if worst.kind == RAISES:
            return Verdict(OPEN, f"what it is a method of is not known; of a tensor: {worst.why}", worst.rule)
        return worst if worst.kind != OPEN else Verdict(OPEN, worst.why, worst.rule)

    # ---- a name ----

    def _of(self, use):
        path = use.name
        if path.startswith(_DYNAMIC):
            return Verdict(OPEN, "names of torch.ops are made at run time", "dynamic")
        thing, why = self.api.resolve(path)
        theirs = self.api.entry(path)
        if why == "missing":
            return self._missing(use, theirs)
        if why:
            return Verdict(OPEN, why, "lookup")
        if getattr(thing, "__mindtorch_absent__", False):
            if use.how == "call":
                return Verdict(RAISES, f"NotImplementedError: {path} is not supported", "absent")
            if isinstance(thing, type) or use.how == "import":  # nothing is of such a class: isinstance says so
                return Verdict(WORKS)
            return Verdict(DIFFERENT, f"{path} is a name only: NotImplementedError when it is called", "absent")
        dtype = path.rpartition(".")[2]
        if dtype in _SHELLS and self.api.canonical(path) == path and use.how == "name":
            return Verdict(DIFFERENT, _SHELLS[dtype], "dtype")
        if use.how in ("call", "method"):
            found = self._call(use, thing, theirs)
            if found.kind != WORKS:
                return found
        elif path in self.api.coverage["differences"] and use.how in ("attribute",):
            return Verdict(DIFFERENT, self.api.coverage["differences"][path], "difference")
        return self._ascend(use) if use.how in ("call", "method") and self.device == "npu" else Verdict(WORKS)

    def _missing(self, use, theirs):
        path = use.name
        parent = path.rpartition(".")[0]
        if use.receiver is not None:
            if isinstance(use.receiver, Instance) and (theirs is None or theirs[0] == "v"):
                if use.how == "attribute" and self.api.sets(parent, path.rpartition(".")[2]):
                    return Verdict(WORKS)
                if self.api.kind(parent) == "module":  # what a layer is made of, or what the code itself gave it
                    return None
                return Verdict(OPEN, f"{parent} has no {path.rpartition('.')[2]} that is known before it runs: an "
                                     "attribute of the object", "attribute")
            if theirs is None:
                return Verdict(OPEN, f"tensors have no {path.rpartition('.')[2]}, here or in PyTorch "
                                     f"{self.api.version}: the code may set it itself", "attribute")
        if theirs is None:
            last = path.rpartition(".")[2]
            if last.startswith("__") or self.api.kind(parent) in ("value", "class", "module", "function"):
                return Verdict(OPEN, "an attribute that is made at run time", "attribute")
            if any(part.startswith("_") for part in path.split(".")):
                error = "ImportError" if use.how == "import" else "AttributeError"
                return Verdict(RAISES, f"{error}: {path} is not here (a private name of PyTorch)", "private")
            return Verdict(RAISES, f"{path} is not here, and not in PyTorch {self.api.version} either", "unknown-name")
        error = "ImportError" if use.how == "import" else "AttributeError"
        return Verdict(RAISES, f"{error}: {path} is not here", "missing")

    def _call(self, use, thing, theirs):
        path, keywords = use.name, dict(use.keywords)
        method = use.receiver is not None and use.how == "method"
        signature = self.api.signature(path)
        forms = theirs[1] if theirs and len(theirs) > 1 else []
        refused = ""
        if signature is not None:
            skip = method and next(iter(signature.parameters), "") in ("self", "input", "tensor")
            refused = ours(signature, use.args, keywords, use.spread, skip)
            if not refused and not use.spread and (told := self._refusals(path, thing, signature, use, skip)):
                return told
        if refused and self._renamed(thing, keywords, signature):
            refused = ""
        if refused:
            there = [bound(form, use.args, keywords, use.spread, method and form[:1] in (["self"], ["input"]))
                     for form in forms]
            if forms and not all(there):
                if self._several(signature):
                    return Verdict(WORKS)
                return Verdict(RAISES, f"TypeError: {path}: {refused} (PyTorch takes it)", "argument")
            if isinstance(thing, type) or not forms:
                return Verdict(OPEN, f"{path}: {refused}", "argument")
            return Verdict(RAISES, f"TypeError: {path}: {refused} (in PyTorch too)", "argument-everywhere")
        for value in [*use.args, *keywords.values()]:
            if isinstance(value, Name) and value.path.rpartition(".")[2] in _SHELLS:
                return Verdict(DIFFERENT, _SHELLS[value.path.rpartition(".")[2]], "dtype")
        if path in ("torch.zeros", "torch.ones", "torch.empty", "torch.rand", "torch.randn", "torch.full") and use.args:
            known, size = literal(use.args[0])
            rank = len(size) if known and isinstance(size, (tuple, list)) else len(use.args)
            if rank > 32:
                return Verdict(RAISES, f"tensors have at most 32 dimensions, not {rank}", "rank")
        different = self.api.coverage["differences"]
        for name in (path, self.api.canonical(path), path.replace("torch.Tensor.", "torch.")):
            if name in different and not (name != path and path in different):
                return Verdict(DIFFERENT, different[name], "difference")
        return Verdict(WORKS)

    @staticmethod
    def _renamed(thing, keywords, signature):
        """Keywords in NumPy's spelling, or of another overload, that the function here understands."""
        from mindtorch._ops.table.calls import name_for

        names = signature.parameters
        return any(k not in names for k in keywords) and all(name_for(names, k, ()) for k in keywords)

    @staticmethod
    def _several(signature):
        """Whether the function here sorts its overloads out itself: f(*args, dtype=None ...)."""
        return any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())

    def _refusals(self, path, thing, signature, use, skip):
        """What a function refuses by the value of an argument."""
        told = refusals.of(path, thing)
        if not told:
            return None
        try:
            given = signature.bind(*([None] * bool(skip)), *use.args, **dict(use.keywords))
        except TypeError:
            return None
        passed = set(given.arguments)
        given.apply_defaults()
        scope = {}
        for name, value in given.arguments.items():
            if name in passed:
                known, plain = literal(value)
                if known:
                    scope[name] = plain
            elif signature.parameters[name].default is not inspect.Parameter.empty:
                scope[name] = value
        open_one = None
        for condition, message in told:
            try:
                if eval(condition, {"__builtins__": {}, **_CALLS}, scope):
                    return Verdict(RAISES, f"NotImplementedError: {message}", "refusal")
            except NameError as error:
                if error.name in passed:
                    return Verdict(OPEN, f"raises if {condition.strip('()')}", "refusal")
            except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError):  # of such a value
                open_one = open_one or Verdict(OPEN, f"raises if {condition.strip('()')}", "refusal")
        return open_one

    # ---- Ascend ----

    def _ascend(self, use):
        """How far it was shown on Ascend's back end: by its dtype where that is known, else float32."""
        path = self.api.canonical(use.name)
        short = path.removeprefix("torch.").removeprefix("Tensor.").removeprefix("optim.")
        known = self.api.coverage["ascend"]
        told = known.get(short) or known.get(short.rstrip("_"))
        if told is None:
            return Verdict(WORKS)
        dtype = use.keywords and next((v.path.rpartition(".")[2] for k, v in use.keywords if k == "dtype"
                                       and isinstance(v, Name)), "")
        first = next((v for v in [use.receiver, *use.args] if isinstance(v, Tensor)), None)
        dtype = dtype or (first.dtype if first else "") or "float32"
        rank = first.rank if first else -1
        if rank > 8:
            return Verdict(ASCEND, f"operators of CANN take 8 dimensions at most, this has {rank}", "rank")
        for status, dtypes in told.items():
            if status and dtype in dtypes.split():
                kind, _, why = status.partition(": ")
                return Verdict(ASCEND, {"host": f"{dtype}: computed on the host ({why})",
                                        "differs": f"{dtype}: {why}",
                                        "raises": f"{dtype}: {why}"}[kind], "ascend-" + kind)
        return Verdict(WORKS)


_CALLS = {"isinstance": isinstance, "len": len, "str": str, "int": int, "float": float, "bool": bool, "tuple": tuple,
          "list": list, "type": type, "callable": callable}
