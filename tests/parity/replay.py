"""Runs recorded samples under mindtorch and says how they differ from what was recorded, by kind of check."""
import os
import pathlib
import warnings

import numpy

import mindtorch as torch

from . import codec, layouts
from .gaps import LOOSER, PHASES, UNDETERMINED

# (relative, absolute): torch.testing.assert_close's defaults
TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
              "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7)}
KINDS = ("forward", "strides", "views", "grad", "second", "method", "inplace", "out", "orders", "meta", "error",
         "module", "optimizer")
# a sanitizing build fuses other products than the usual one: where terms cancel, other digits are left
SANITIZED = 16.0 if os.environ.get("MINDTORCH_SANITIZED") else 1.0
_open = {}


def load(path=None):
    """The recording in use; the one beside this file unless a path is given once."""
    if path is not None or not _open:
        _open["reader"] = codec.Reader(path or pathlib.Path(__file__).with_name("samples.zip"), torch)
    return _open["reader"]


def __getattr__(name):
    if name == "reader":
        return load()
    raise AttributeError(name)


def resolve(name):
    """torch.<name> or Tensor.<name>; an attribute as a function; AttributeError when neither is there."""
    attribute = getattr(torch.Tensor, name, None)
    if hasattr(type(attribute), "__set__"):
        return lambda t: getattr(t, name)
    for found in (torch, torch.Tensor):
        for part in name.split("."):
            found = getattr(found, part, None)
        if callable(found):
            return found
    raise AttributeError(f"torch has no {name}")


def numbers(t):
    """A tensor's values as a NumPy array that NumPy can compare."""
    t = t.detach()
    return (t.float() if t.dtype in (torch.float16, torch.bfloat16)
            else t).contiguous().resolve_conj().resolve_neg().numpy()


class Judge:
    """How close is close for one sample: the operator's own tolerance, the reference's own error, or a reasoned
    factor."""

    def __init__(self, sample):
        self.phases = sample.get("op") in PHASES
        self.own, self.values = sample.get("tolerance"), not sample.get("random") and sample.get(
            "op") not in UNDETERMINED
        noise = sample.get("noise", 0)
        name = subject(sample)
        # 64 and more: there the reference knows no digits
        self.factor = SANITIZED * max(LOOSER.get(name, LOOSER.get(f"{name} {sample.get('dtype')}", (1.0, "")))[0],
                                      2.0 * noise if noise < 64 else 1e5)

    def difference(self, actual, expected, where="result"):
        """None, or how `actual` differs from `expected` (tensors, numbers, nested)."""
        if isinstance(expected, torch.Tensor):
            return self.tensor(actual, expected, where)
        if isinstance(expected, (list, tuple)):
            if not isinstance(actual, (list, tuple)) or len(actual) != len(expected):
                return f"{where}: {type(actual).__name__} of other length"
            return next((d for i, (a, e) in enumerate(zip(actual, expected))
                         if (d := self.difference(a, e, f"{where}[{i}]"))), None)
        if isinstance(expected, dict):
            if not isinstance(actual, dict) or list(actual) != list(expected):
                return f"{where}: other keys"
            return next((d for k, e in expected.items() if (d := self.difference(actual[k], e, f"{where}[{k!r}]"))),
                        None)
        if not self.values:
            return None if type(actual) is type(
                expected) else f"{where}: {type(actual).__name__} instead of {type(expected).__name__}"
        if isinstance(expected, (float, complex)) and isinstance(actual, (int, float, complex)):
            return (None if numpy.isclose(actual, expected, rtol=1e-6, equal_nan=True)
                    else f"{where}: {actual} instead of {expected}")
        return None if actual == expected else f"{where}: {actual!r} instead of {expected!r}"

    def tensor(self, actual, expected, where):
        if not isinstance(actual, torch.Tensor):
            return f"{where}: {type(actual).__name__} instead of a Tensor"
        if actual.dtype != expected.dtype or actual.shape != expected.shape:
            return f"{where}: {actual.dtype} {list(actual.shape)} instead of {expected.dtype} {list(expected.shape)}"
        if not self.values:
            return None
        relative, absolute = TOLERANCES.get(str(expected.dtype).removeprefix("torch."), (0, 0))
        if self.own and relative:
            relative, absolute = max(relative, self.own[0]), max(absolute, self.own[1])
        a, e = numbers(actual), numbers(expected)
        if self.phases and relative:
            a, e = numpy.abs(a), numpy.abs(e)
        with numpy.errstate(all="ignore"):
            close = numpy.isclose(a, e, rtol=relative * self.factor, atol=absolute * self.factor,
                                  equal_nan=True) if relative else a == e
        if close.all():
            return None
        at = numpy.unravel_index(int(numpy.argmin(close)), close.shape)
        return (f"{where}: {int((~close).sum())} of {close.size} values differ, at {[int(i) for i in at]} {a[at]} "
                f"instead of {e[at]}")

    def gradients(self, actual, expected):
        """None, or the first difference; no gradient and zeros are the same."""
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            if a is None or e is None:
                given = a if e is None else e
                if given is not None and bool((given != 0).any()):
                    return f"gradient {i}: {'missing' if a is None else 'not expected'}"
            elif wrong := self.difference(a.detach(), e, f"gradient {i}"):
                return wrong
        return None


def tensors(value):
    """Tensors in nested values."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from tensors(v)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def mapped(function, value):
    """Nested values with every tensor replaced."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(function, v) for v in value)
    return {k: mapped(function, v) for k, v in value.items()} if isinstance(value, dict) else value


def significant(shape, stride):
    """Strides that matter: those of dimensions of more than one position."""
    return [] if 0 in shape else [s for n, s in zip(shape, stride) if n > 1]


def stride_difference(actual, expected):
    """None, or which result's strides differ from a list of (shape, strides)."""
    for i, (a, (shape, stride)) in enumerate(zip(actual, expected)):
        if significant(a.shape, a.stride()) != significant(shape, stride):
            return f"result {i} of shape {list(a.shape)}: strides {list(a.stride())} instead of {list(stride)}"
    return None


def raised(function, wanted):
    """None when the call raises an error of the wanted class, else what it did."""
    try:
        found = function()
    except Exception as error:
        return None if type(
            error).__name__ == wanted else f"{type(error).__name__} instead of {wanted}: {str(error)[:100]}"
    return f"no {wanted}, but {str(type(found).__name__)}"


class Checks:
    """The checks of one operator sample; a method a kind answers None or what is wrong."""

    def __init__(self, sample):
        self.sample, self.judge, self.function = sample, Judge(sample), resolve(sample["op"])
        self.name = sample["op"].rpartition(".")[2]
        self.expected = load().decode(sample["result"])

    def given(self):
        """Fresh arguments; the generator stands where it stood when they were recorded."""
        if "random" in self.sample:
            torch.manual_seed(0)
        return load().decode(self.sample["args"]), load().decode(self.sample["kwargs"])

    def forward(self):
        self.args, self.kwargs = self.given()
        self.result = self.function(*self.args, **self.kwargs)
        return self.judge.difference(self.result, self.expected)

    def strides(self):
        return stride_difference(list(tensors(self.result)), [(e.shape, e.stride()) for e in tensors(self.expected)])

    def views(self):
        places = {t.untyped_storage().data_ptr() for t in tensors([self.args, self.kwargs])} - {0}
        results = list(tensors(self.result))
        found = [int(t.untyped_storage().data_ptr() in places) for t in results if t.numel()]
        wanted = [w for w, t in zip(self.sample.get("views", [0] * len(results)), results) if t.numel()]
        return None if found == wanted else f"shares memory with its arguments: {found} instead of {wanted}"

    def grad(self):
        self.leaves = [t for t in tensors([self.args, self.kwargs]) if t.requires_grad]
        second = "grads2" in self.sample
        self.cotangents = [c.requires_grad_(second) for c in load().decode(self.sample["cotangents"])]
        roots = [t for t in tensors(self.result) if t.requires_grad]
        self.grads = torch.autograd.grad(roots, self.leaves, self.cotangents, allow_unused=True, create_graph=second)
        if self.turned():
            return None
        return self.judge.gradients(self.grads, load().decode(self.sample["grads"]))

    def turned(self):
        """Whether another sign or phase was chosen than when recorded, so that gradients mean something else."""
        if self.sample["op"] not in PHASES:
            return False
        exact = Judge(self.sample)
        exact.phases = False
        return exact.difference(self.result, self.expected) is not None

    def second(self):
        if self.turned():
            return None
        roots = [g for g in self.grads if g is not None and g.requires_grad]
        found = torch.autograd.grad(roots, [*self.leaves, *self.cotangents], load().decode(self.sample["cotangents2"]),
                                    allow_unused=True)
        return self.judge.gradients(found, load().decode(self.sample["grads2"]))

    @torch.no_grad()
    def method(self):
        args, kwargs = self.given()
        return self.form("method",
                         lambda: self.judge.difference(getattr(args[0], self.name)(*args[1:], **kwargs), self.expected))

    def form(self, kind, function):
        wanted = self.sample[kind]
        return function() if type(wanted) is int else raised(function, wanted)

    @torch.no_grad()
    def inplace(self):
        args, kwargs = self.given()
        first = layouts.copy(torch, args[0].detach())
        before, place = first.stride(), first.data_ptr()

        def function():
            back = getattr(first, self.name + "_")(*args[1:], **kwargs)
            if back is not first or (
                self.sample["inplace"] == 1 and (first.data_ptr() != place or first.stride() != before)
            ):
                return "gives another tensor or moves it"
            return self.judge.difference(first, self.first().to(first.dtype))

        return self.form("inplace", function)

    def first(self):
        return next(iter(tensors(self.expected)))

    @torch.no_grad()
    def out(self):
        def function():
            for make in (
                lambda t: torch.empty(0, dtype=t.dtype),
                lambda t: torch.empty((*t.shape, 2), dtype=t.dtype)[..., 0],
            ):
                args, kwargs = self.given()
                targets = [make(t) for t in tensors(self.expected)]
                many = isinstance(self.expected, (list, tuple))
                before = [t.stride() for t in targets]
                back = self.function(*args, **{**kwargs, "out": tuple(targets) if many else targets[0]})
                if back is not None and any(a is not b for a, b in zip(tensors(back), targets)):
                    return "does not give out= back"
                if before[0] and targets[0].numel() and before[0][-1] == 2 and [t.stride() for t in targets] != before:
                    return "out= has other strides now"
                if wrong := self.judge.difference(
                    targets if many else targets[0], list(tensors(self.expected)) if many else self.expected, "out"
                ):
                    return wrong
            return None

        return self.form("out", function)

    @torch.no_grad()
    def orders(self):
        for order, wanted in self.sample["orders"].items():
            args, kwargs = mapped(lambda t: layouts.laid(torch, t.detach(), order), self.given())
            found = list(tensors(self.function(*args, **kwargs)))
            if wrong := stride_difference(found, [(t.shape, s) for t, s in zip(found, wanted)]):
                return f"arguments {order}: {wrong}"
        return None

    @torch.no_grad()
    def meta(self):
        args, kwargs = mapped(lambda t: layouts.to_meta(torch, t), self.given())
        if kwargs.get("device") is not None or not list(tensors([args, kwargs])):
            kwargs["device"] = "meta"
        real = list(tensors(self.result))
        try:
            found = list(tensors(self.function(*args, **kwargs)))
        except Exception as error:
            wanted = self.sample["meta"]
            if wanted != 1 and (type(error) is NotImplementedError or type(error).__name__ == wanted):
                return None
            return f"{type(error).__name__}: {str(error)[:150]}"
        if len(found) != len(real):
            return f"{len(found)} results instead of {len(real)}"
        for m, r in zip(found, real):
            if not m.is_meta:
                return f"a result on {m.device}"
            if m.shape != r.shape or m.dtype != r.dtype:
                return f"{m.dtype} {list(m.shape)} instead of {r.dtype} {list(r.shape)}"
        return stride_difference(found, [(t.shape, t.stride()) for t in real])

    def run(self, only, skip):
        """{kind: None or what is wrong}"""
        sample, found = self.sample, {}
        field = {"grad": "grads", "second": "grads2"}
        kinds = ["forward", "strides", "views",
                 *(k for k in ("grad", "second", "method", "inplace", "out", "orders", "meta")
                   if field.get(k, k) in sample)]
        kinds = [k for k in kinds if (only is None or k in only) and k not in skip]
        for kind in kinds:
            found[kind] = guarded(getattr(self, kind))
            if kind == "forward" and not hasattr(self, "result"):
                return {k: found[kind] for k in kinds}
            if kind == "grad" and "second" in kinds and not hasattr(self, "grads"):
                found["second"] = found["grad"]
                kinds.remove("second")
        return found


def guarded(function):
    """What a check says; an exception is an answer too."""
    try:
        return function()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"


def error(sample):
    """None when a wrong call raises what it raised when recorded."""
    args, kwargs = load().decode(sample["args"]), load().decode(sample["kwargs"])
    return raised(lambda: resolve(sample["op"])(*args, **kwargs), sample["error"])


def module(sample):
    """None, or what is wrong with a module: names and shapes of its state, result, buffers afterwards, gradients."""
    decode, judge = load().decode, Judge(sample)
    made = resolve(sample["module"])(*decode(sample["init_args"]), **decode(sample["init"]))
    made.train(sample["training"])
    state = decode(sample["state"])
    if [(k, v.shape, v.dtype) for k, v in made.state_dict().items()] != [
        (k, v.shape, v.dtype) for k, v in state.items()
    ]:
        return "state_dict: other names, shapes or dtypes"
    made.load_state_dict(state)
    args, kwargs = decode(sample["args"]), decode(sample["kwargs"])
    torch.manual_seed(0)
    result = made(*args, **kwargs)
    if wrong := judge.difference(result, decode(sample["result"])) or judge.difference(
        dict(made.state_dict()), decode(sample["after"]), "state"
    ):
        return wrong
    if "grads" not in sample:
        return None
    leaves = [t for t in tensors([args, kwargs]) if t.requires_grad] + [p for p in made.parameters() if p.requires_grad]
    roots = [t for t in tensors(result) if t.requires_grad]
    return judge.gradients(torch.autograd.grad(roots, leaves, decode(sample["cotangents"]), allow_unused=True),
                           decode(sample["grads"]))


def optimizer(sample):
    """None, or what is wrong with parameters after each of three steps, or with the names in state_dict."""
    decode, judge = load().decode, Judge(sample)
    params = [p.requires_grad_() for p in decode(sample["params"])]
    made = resolve("optim." + sample["optimizer"])(params, **decode(sample["kwargs"]))
    for i, (grads, after) in enumerate(zip(decode(sample["steps"]), decode(sample["after"]))):
        for p, g in zip(params, grads):
            p.grad = g
        made.step((lambda: torch.tensor(1.0)) if sample["optimizer"] == "LBFGS" else None)
        if wrong := judge.difference(params, after, f"step {i}"):
            return wrong
    keys = sorted({k for s in made.state_dict()["state"].values() if isinstance(s, dict) for k in s}
                  | {"group." + k for k in made.state_dict()["param_groups"][0]})
    return None if keys == sample[
        "keys"] else f"state_dict has {sorted(set(keys) ^ set(sample['keys']))} too much or too little"


def checks(sample, only=None, skip=()):
    """{kind: None or what is wrong} of one sample; of `only` these kinds of an operator's, without those in `skip`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind, function in (("error", error), ("module", module), ("optimizer", optimizer)):
            if kind in sample:
                return {kind: guarded(lambda: function(sample))}
        try:
            checks = Checks(sample)
        except AttributeError as missing:
            return {"forward": str(missing)}
        return checks.run(only, skip)


def check(sample, factor=1.0):
    """None, or what is wrong with result and gradients of one operator sample; tolerances `factor` times as wide."""
    checks = Checks(sample)
    checks.judge.factor = max(checks.judge.factor, factor)
    return checks.forward() or ("grads" in sample and checks.grad()) or None


def subject(sample):
    """What a sample is about: operator, module or optimizer."""
    return sample.get("op") or sample.get("module") or "optim." + sample["optimizer"]


def grouped(rows):
    """{operator, module or optimizer: its rows}"""
    groups = {}
    for row in rows:
        groups.setdefault(subject(row), []).append(row)
    return groups


def by_op():
    """{operator: its samples}"""
    return grouped(load().samples)
