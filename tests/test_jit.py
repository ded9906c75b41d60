"""torch.jit: recorded programs against the functions that they were recorded from; what scripts refuse. Texts are the
reference's."""

import copy
import io
import json
import pickle
import typing
import warnings
import zipfile

import pytest

import torch
from torch import nn

pytestmark = pytest.mark.filterwarnings("ignore")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin, self.bn = nn.Linear(2, 3), nn.BatchNorm1d(3)
        self.seq = nn.Sequential(nn.ReLU(), nn.Linear(3, 2))
        self.register_buffer("b", torch.ones(2))
        self.register_buffer("hidden", torch.ones(2), persistent=False)

    def forward(self, x):
        y = self.seq(self.bn(self.lin(x))) + self.b * self.hidden
        return y.view(x.shape[0], 2, 1).expand(-1, -1, x.size(1) + 1)

    @torch.jit.export
    def other(self, x):
        return x + 1


net, x = Net().eval(), torch.randn(4, 2)
SHOWN = """RecursiveScriptModule(
  original_name=Net
  (lin): RecursiveScriptModule(original_name=Linear)
  (bn): RecursiveScriptModule(original_name=BatchNorm1d)
  (seq): RecursiveScriptModule(
    original_name=Sequential
    (0): RecursiveScriptModule(original_name=ReLU)
    (1): RecursiveScriptModule(original_name=Linear)
  )
)"""


def stored(program):
    buffer = io.BytesIO()
    torch.jit.save(program, buffer)
    buffer.seek(0)
    return torch.jit.load(buffer)


def test_traced_module():
    t = torch.jit.trace(net, x)
    assert (
        isinstance(t, torch.jit.ScriptModule)
        and isinstance(t, nn.Module)
        and repr(t) == SHOWN
        and t.original_name == "Net"
    )
    assert list(t.state_dict()) == list(net.state_dict()) and [n for n, _ in t.named_modules()] == [
        n for n, _ in net.named_modules()
    ]
    assert t.lin.weight is net.lin.weight and not t.training and t.other(x).equal(x + 1)
    for rows in (4, 1, 7):  # sizes are computed anew
        y = torch.randn(rows, 2)
        assert torch.equal(t(y), net(y))
    for made in (stored(t), copy.deepcopy(t), torch.jit.freeze(t), torch.jit.optimize_for_inference(t)):
        y = torch.randn(3, 2)
        assert torch.equal(made(y), net(y)), made
    assert list(torch.jit.freeze(t).state_dict()) == [] and list(stored(t).state_dict()) == list(net.state_dict())
    assert repr(stored(t)) == SHOWN and stored(t).code == t.code
    t(x).sum().backward()
    assert net.lin.weight.grad is not None
    with pytest.raises(AttributeError, match="'RecursiveScriptModule' object has no attribute 'nope'"):
        t.nope
    with pytest.raises(RuntimeError, match="does not have a __getstate__ method defined"):
        pickle.dumps(t)
    assert torch.jit.trace(t, x) is t
    assert not torch.jit.is_tracing()


def test_converted_module():
    t = torch.jit.trace(Net().eval(), x)
    assert t.to(torch.float64)(x.double()).dtype == torch.float64


def test_traced_function():
    f = torch.jit.trace(lambda a, b: torch.relu(a) * b + 1, (x, x))
    assert (
        isinstance(f, torch.jit.ScriptFunction) and f.name == "_lambda" and [n.name for n in f.graph.nodes][2] == "relu"
    )
    assert torch.equal(f(x, x), torch.relu(x) * x + 1) and torch.equal(stored(f)(x, b=x), f(x, x))
    for call, text in (
        (
            lambda: f(x),
            "_lambda() is missing value for argument 'b'. Declaration: _lambda(Tensor a, Tensor b) -> Tensor",
        ),
        (
            lambda: f(x, x, x),
            "_lambda() expected at most 2 argument(s) but received 3 argument(s). Declaration: _lambda(Tensor a, "
            "Tensor b) -> Tensor",
        ),
        (
            lambda: f(x, "a"),
            "_lambda() Expected a value of type 'Tensor' for argument 'b' but instead found type 'str'.",
        ),
    ):
        with pytest.raises(RuntimeError) as raised:
            call()
        assert str(raised.value).startswith(text)


def test_containers():
    f = torch.jit.trace(lambda d, p: (d["a"] + p[0], {"s": p[1][0]}), ({"a": x}, (x, [x])), strict=False)
    for g in (f, stored(f)):
        first, second = g({"a": x}, (x + 1, [x * 2]))
        assert torch.equal(first, x + (x + 1)) and torch.equal(second["s"], x * 2)


def test_several_outputs_and_changes_in_place():
    def f(a, b):
        top, rest = a.max(1)
        c, d = b.split(1, 1)
        c = c.clone()
        c += top[:, None]
        c[0] = 7
        return top, rest, c, [i.sum() for i in d][0]

    t = stored(torch.jit.trace(f, (x, x)))
    y = torch.randn(4, 2)
    for got, want in zip(t(y, x), f(y, x)):
        assert torch.equal(got, want)


@pytest.mark.parametrize(
    "function, inputs, text",
    [
        (
            lambda a: 3,
            x,
            "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions",
        ),
        (
            lambda a: None,
            x,
            "The traced function didn't return any values! Side-effects are not captured in traces, so it would be a "
            "no-op.",
        ),
        (
            lambda a: {"a": a},
            x,
            "Encountering a dict at the output of the tracer might cause the trace to be incorrect, this is only "
            "valid if the "
            "container structure does not change based on the module's inputs.",
        ),
        (
            lambda a, b: a,
            (x, 3),
            "Type 'Tuple[Tensor, int]' cannot be traced. Only Tensors and (possibly nested) Lists, Dicts, and Tuples "
            "of Tensors "
            "can be traced",
        ),
        (lambda a: a, None, "example_kwarg_inputs should be a dict"),
        (3, x, "Could not get name of python class object"),
    ],
)
def test_refused_traces(function, inputs, text):
    with pytest.raises(RuntimeError) as raised:
        torch.jit.trace(function, inputs)
    assert str(raised.value).startswith(text)


@pytest.mark.parametrize(
    "function, text",
    [
        (
            lambda a: a + 1 if a.sum() > 0 else a - 1,
            "Converting a tensor to a Python boolean might cause the trace to be incorrect.",
        ),
        (lambda a: a * a.sum().item(), "Converting a tensor to a Python number might cause the trace to be incorrect."),
        (lambda a: a * float(a.sum()), "Converting a tensor to a Python float might cause the trace to be incorrect."),
        (lambda a: sum(list(a)), "Iterating over a tensor might cause the trace to be incorrect."),
        (
            lambda a: a + torch.rand(4, 2),
            "Trace had nondeterministic nodes. Did you forget call .eval() on your model? Nodes:",
        ),
    ],
)
def test_warnings(function, text):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        traced = torch.jit.trace(function, x.abs())
    assert any(issubclass(w.category, torch.jit.TracerWarning) and str(w.message).startswith(text) for w in caught), [
        str(w.message) for w in caught
    ]
    assert traced(x.abs()).shape == function(x.abs()).shape


def test_check_of_traces():
    calls = []

    def changing(a):
        calls.append(1)
        return a * len(calls)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.jit.trace(changing, x)
    assert any(
        "Output nr 1. of the traced function does not match the corresponding output of the Python function"
        in str(w.message)
        for w in caught
    )


def test_trace_module():
    class Two(nn.Module):
        def forward(self, a):
            return a * 2

        def other(self, a):
            return a + 1

    t = stored(torch.jit.trace_module(Two(), {"forward": x, "other": x}))
    assert torch.equal(t(x), x * 2) and torch.equal(t.other(x), x + 1)
    with pytest.raises(AttributeError, match="'Two' object has no attribute 'nope'"):
        torch.jit.trace_module(Two(), {"nope": x})
    with pytest.raises(AttributeError, match="expected a dictionary of"):
        torch.jit.trace_module(Two(), x)


def test_flags_in_programs():
    def f(a):
        return a + (5 if torch.jit.is_tracing() else 1)

    assert torch.jit.trace(f, torch.ones(1), check_trace=False)(torch.ones(1)) == 6 and f(torch.ones(1)) == 2

    def g(a: torch.Tensor) -> torch.Tensor:
        if torch.jit.is_scripting():
            return a + 5
        return a + 1

    assert torch.jit.script(g)(torch.ones(1)) == 6 and g(torch.ones(1)) == 2 and not torch.jit.is_scripting()


def test_files(tmp_path):
    t = torch.jit.trace(net, x)
    extra = {"a.txt": b"hi"}
    torch.jit.save(t, tmp_path / "m.pt", _extra_files=extra)
    got = {"a.txt": ""}
    assert (
        torch.equal(torch.jit.load(tmp_path / "m.pt", map_location="cpu", _extra_files=got)(x), net(x)) and got == extra
    )
    with pytest.raises(ValueError, match="does not exist"):
        torch.jit.load(str(tmp_path / "nope.pt"))
    torch.save({"a": 1}, tmp_path / "s.pt")
    with pytest.raises(RuntimeError, match="PytorchStreamReader failed locating file constants.pkl"):
        torch.jit.load(tmp_path / "s.pt")
    with zipfile.ZipFile(tmp_path / "torchscript.pt", "w") as archive:
        archive.writestr("m/constants.pkl", b"")
        archive.writestr("m/code/__torch__.py", b"")
    with pytest.raises(RuntimeError, match="TorchScript archive of PyTorch"):
        torch.jit.load(tmp_path / "torchscript.pt")
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'save'"):
        torch.jit.save(net, tmp_path / "q.pt")
    with pytest.raises(RuntimeError, match="runs as Python and can't be saved"):
        torch.jit.script(net).save(tmp_path / "q.pt")


@pytest.mark.parametrize(
    "step",
    [
        {"op": "call_function", "target": "os.system", "args": {"tuple": ["true"]}},
        {"op": "call_function", "target": "torch.load", "args": {"tuple": ["x"]}},
        {"op": "call_function", "target": "torch.hub.load", "args": {"tuple": ["x"]}},
        {"op": "call_function", "target": "torch.jit._serialization.os.system", "args": {"tuple": ["true"]}},
        {"op": "call_function", "target": "getattr", "args": {"tuple": [{"node": "x"}, "__class__"]}},
        {"op": "call_function", "target": "eval", "args": {"tuple": ["1"]}},
        {"op": "call_method", "target": "__reduce_ex__", "args": {"tuple": [{"node": "x"}, 2]}},
        {"op": "call_module", "target": "lin", "args": {"tuple": [{"node": "x"}]}},
    ],
)
def test_hostile_files(tmp_path, step):
    f = torch.jit.trace(lambda a: a + 1, x)
    f.save(tmp_path / "f.pt")
    with zipfile.ZipFile(tmp_path / "f.pt") as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    name = next(n for n in parts if n.endswith("program.json"))
    data = json.loads(parts[name])
    steps = data["programs"]["forward"]["graph"]
    steps[0]["name"] = "x"
    steps[1:] = [
        {"name": "bad", "kwargs": {"dict": []}, **step},
        {
            "op": "output",
            "name": "output",
            "target": "output",
            "args": {"tuple": [{"tuple": [{"node": "bad"}]}]},
            "kwargs": {"dict": []},
        },
    ]
    parts[name] = json.dumps(data)
    with zipfile.ZipFile(tmp_path / "f.pt", "w") as archive:
        for n, part in parts.items():
            archive.writestr(n, part)
    with pytest.raises(ValueError, match="a saved graph"):
        torch.jit.load(tmp_path / "f.pt")


# ---- scripts ----
def looped(a, n: int):
    for _ in range(n):
        a = a + 1
    return a


def undefined(a):
    return nowhere(a)  # noqa: F821


def variadic(a, *args):
    return a


def tried(a):
    try:
        return a
    except ValueError:
        return a


def typed(a: torch.Tensor, y: float = 1.0, z: int | None = None, w: list[int] = ()) -> torch.Tensor:
    return a * y


def test_scripted_function():
    f = torch.jit.script(looped)
    assert (
        isinstance(f, torch.jit.ScriptFunction)
        and torch.equal(f(x, n=2), x + 1 + 1)
        and f.name == "looped"
        and torch.jit.script(f) is f
    )
    assert str(torch.jit.script(typed).schema).startswith(
        "typed(Tensor a, float y=1., int? z=None, int[] w=()) -> Tensor"
    )
    for call, text in (
        (lambda: f(x), "looped() is missing value for argument 'n'. Declaration: looped(Tensor a, int n) -> Tensor"),
        (
            lambda: f(x, "a"),
            "looped() Expected a value of type 'int' for argument 'n' but instead found type 'str'.\nPosition: 1\n"
            "Value: 'a'\nDeclaration: looped(Tensor a, int n) -> Tensor",
        ),
        (lambda: f(3, 1), "looped() Expected a value of type 'Tensor' for argument 'a' but instead found type 'int'."),
        (lambda: torch.jit.script(typed)(x, w=["a"]), "typed() Expected a value of type 'int[]' for argument 'w'"),
    ):
        with pytest.raises(RuntimeError) as raised:
            call()
        assert str(raised.value).startswith(text), str(raised.value)
    with pytest.raises(NotImplementedError, match="has no graph"):
        f.graph


@pytest.mark.parametrize(
    "obj, error, text",
    [
        (3, TypeError, "<class 'int'> is a built-in class"),
        ("a", TypeError, "<class 'str'> is a built-in class"),
        (len, TypeError, "<class 'builtin_function_or_method'> is a built-in class"),
        (lambda a: a, RuntimeError, "Expected a single top-level function: "),
        (undefined, RuntimeError, "\nundefined value nowhere:\n"),
        (
            variadic,
            torch.jit.frontend.NotSupportedError,
            "Compiled functions can't take variable number of arguments or use keyword-only arguments with defaults:",
        ),
        (tried, torch.jit.frontend.UnsupportedNodeError, "try blocks aren't supported:"),
    ],
)
def test_refused_scripts(obj, error, text):
    with pytest.raises(error) as raised:
        torch.jit.script(obj)
    assert str(raised.value).startswith(text)


def test_scripted_module():
    class Uses(nn.Module):
        @torch.jit.unused
        def skipped(self, a):
            return a

        def forward(self, a, use: bool = False):
            return self.skipped(a) if use else a * 2

    m = Uses()
    s = torch.jit.script(m)
    assert isinstance(s, torch.jit.ScriptModule) and torch.equal(s(x), x * 2) and torch.equal(m(x, True), x)
    with pytest.raises(torch.jit.Error, match="This Python function is annotated to be ignored and cannot be run"):
        s(x, True)
    assert torch.equal(m(x, True), x)
    n = Net()
    s = torch.jit.script(n)
    assert repr(s) == SHOWN and torch.jit.script(s) is s and s.training
    s.eval()
    assert not n.training and torch.equal(s(x), n(x)) and torch.equal(s.other(x), x + 1)
    s.to(torch.float64)
    assert n.b.dtype == torch.float64 and s(x.double()).dtype == torch.float64


def test_types():
    check = torch.jit.isinstance
    assert (
        check([1], list[int])
        and not check(["a"], list[int])
        and check((1, "a"), tuple[int, str])
        and check({"a": 1}, dict[str, int])
    )
    assert (
        torch.jit.annotate(int, 3) == 3
        and torch.jit.Attribute(3, int) == (3, int)
        and torch.jit.Final[int] == typing.Final[int]
    )

    class Scripted(torch.jit.ScriptModule):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(2))

        @torch.jit.script_method
        def forward(self, a):
            return a * self.w

    assert torch.equal(Scripted()(x), x)
    assert torch.equal(torch.jit.script_if_tracing(looped)(x, 2), x + 1 + 1)
    assert torch.jit.wait(torch.jit.fork(lambda a: a + 1, torch.ones(1))) == 2
