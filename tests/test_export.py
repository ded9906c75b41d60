"""torch.export: programs against the modules that they came from, and what is checked of other inputs. Texts are the
reference's."""

import io
import json
import zipfile

import pytest

import torch
from torch import nn
from torch.export import Dim, export


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(2, 3)
        self.register_buffer("b", torch.ones(3))
        self.register_buffer("c", torch.ones(1), persistent=False)

    def forward(self, x, y=None, *, k=2.0):
        z = self.lin(x).relu() + self.b * k
        return {"z": z.view(x.shape[0], -1), "n": (z.sum(), 3)}


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Added(nn.Module):
    def forward(self, x, y):
        return x + y


net, x = Net(), torch.randn(4, 2)


def same(a, b):
    return torch.equal(a["z"], b["z"]) and torch.equal(a["n"][0], b["n"][0]) and a["n"][1] == b["n"][1]


def refused(call, error=AssertionError):
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


def test_program():
    ep = export(net, (x,))
    assert isinstance(ep, torch.export.ExportedProgram) and same(ep.module()(x), net(x))
    assert (
        str(ep.graph_signature)
        == """
# inputs
p_lin_weight: PARAMETER target='lin.weight'
p_lin_bias: PARAMETER target='lin.bias'
b_b: BUFFER target='b' persistent=True
b_c: BUFFER target='c' persistent=False
x: USER_INPUT

# outputs
view: USER_OUTPUT
sum_1: USER_OUTPUT
: USER_OUTPUT
"""
    )
    assert [n.name for n in ep.graph.nodes] == [
        "p_lin_weight",
        "p_lin_bias",
        "b_b",
        "b_c",
        "x",
        "linear",
        "relu",
        "mul",
        "add",
        "view",
        "sum_1",
        "output",
    ]
    assert (
        list(ep.state_dict) == ["lin.weight", "lin.bias", "b"]
        and list(ep.constants) == ["c"]
        and ep.range_constraints == {}
    )
    assert [n for n, _ in ep.named_parameters()] == ["lin.weight", "lin.bias"] and [
        n for n, _ in ep.named_buffers()
    ] == ["b", "c"]
    assert sorted(ep.module().state_dict()) == ["b", "lin.bias", "lin.weight"]
    assert 'linear: "f32[4, 3]"' in str(ep) and str(ep).startswith(
        "ExportedProgram:\n    class GraphModule(torch.nn.Module):"
    )
    assert (
        refused(lambda: ep(x), RuntimeError)
        == "Unable to call ExportedProgram directly. You should use `exported_program.module()` instead."
    )
    ep.module()(x)["z"].sum().backward()
    assert net.lin.weight.grad is not None
    for name in ("train", "eval"):
        assert (
            refused(lambda name=name: getattr(ep.module(), name)(), NotImplementedError)
            == f"Calling {name}() is not supported yet."
        )


def test_what_a_call_is_checked_for():
    module = export(net, (x,)).module()
    assert refused(lambda: module(torch.randn(5, 2))) == "Guard failed: x.size()[0] == 4"
    assert refused(lambda: module(x.double())) == "Guard failed: x.dtype == torch.float32"
    assert refused(lambda: module(torch.randn(4, 2, 1))) == "Guard failed: x.dim() == 2"
    assert refused(lambda: module(x, x), ValueError).startswith(
        "Trying to flatten user inputs with exported input tree spec:"
    )
    with_k = export(net, (x,), {"k": 3.0}).module()
    assert same(with_k(x, k=3.0), net(x, k=3.0)) and refused(lambda: with_k(x, k=4.0)) == "Guard failed: k == 3.0"
    both = export(net, (x, None)).module()
    assert same(both(x, y=None), net(x))


def test_dynamic_shapes():
    ep = export(net, (x,), dynamic_shapes={"x": {0: Dim("batch", min=2, max=64)}})
    module = ep.module()
    for rows in (2, 7, 64):
        y = torch.randn(rows, 2)
        assert same(module(y), net(y))
    assert str(ep.range_constraints) == "{s0: VR[2, 64]}"
    assert refused(lambda: module(torch.randn(100, 2))) == "Guard failed: x.size()[0] <= 64"
    assert refused(lambda: module(torch.randn(7, 3))) == "Guard failed: x.size()[1] == 2"
    low = export(net, (x,), dynamic_shapes=({0: Dim("batch", min=3)},)).module()
    assert refused(lambda: low(torch.randn(2, 2))) == "Guard failed: x.size()[0] >= 3"
    for shape in ({0: Dim("n")}, {0: Dim.AUTO}):
        pair = export(
            Added(), (x, x), dynamic_shapes=(shape, shape if isinstance(shape[0], Dim) else {0: Dim.AUTO})
        ).module()
        assert torch.equal(pair(torch.ones(3, 2), torch.ones(3, 2)), torch.full((3, 2), 2.0))
        assert (
            refused(lambda pair=pair: pair(torch.ones(3, 2), torch.ones(5, 2)))
            == "Guard failed: y.size()[0] == x.size()[0]"
        )


def test_sizes_in_python():
    def f(a):
        n, d = a.shape
        half = n // 2
        assert a.view(a.size()[:-1] + (d, 1)).shape == (*a.shape, 1)
        pooled = a[: half * 2].reshape(half, 2 * d)
        return (
            torch.cat([pooled, torch.zeros(1, pooled.size(1))]) * (n + 1) / d,
            torch.arange(n - 1),
            a.new_ones((n, 1)).expand(n, d * 2),
        )

    module = Function(f)
    made = export(
        module, (torch.randn(6, 3),), dynamic_shapes={"x": {0: Dim("n", min=4, max=50), 1: Dim("d", min=2, max=50)}}
    ).module()
    for shape in ((6, 3), (9, 2), (4, 11)):
        y = torch.randn(shape)
        assert all(torch.equal(a, b) for a, b in zip(made(y), module(y)))


def test_derived_sizes():
    class Halved(nn.Module):
        def forward(self, a, b):
            return a[::2] + b

    n = Dim("n", min=2)
    made = export(Halved(), (torch.ones(6), torch.ones(3)), dynamic_shapes={"a": {0: 2 * n}, "b": {0: n}}).module()
    assert made(torch.ones(10), torch.ones(5)).tolist() == [2.0] * 5
    assert refused(lambda: made(torch.ones(8), torch.ones(5))).startswith("Guard failed: ")


@pytest.mark.parametrize(
    "function, text",
    [
        (lambda a: a.reshape(4, -1), "You marked n as dynamic but your code specialized it to be a constant (4)"),
        (
            lambda a: a * 2 if a.shape[0] == 4 else a,
            "You marked n as dynamic but your code specialized it to be a constant (4)",
        ),
        (
            lambda a: sum(a[i] for i in range(a.shape[0])),
            "You marked n as dynamic but your code specialized it to be a constant (4)",
        ),
        (
            lambda a: a + torch.ones(len(a), 1),
            "You marked n as dynamic but your code specialized it to be a constant (4)",
        ),
    ],
)
def test_sizes_that_do_not_vary(function, text):
    assert text in refused(
        lambda: export(Function(function), (x,), dynamic_shapes={"x": {0: Dim("n")}}), torch._dynamo.exc.UserError
    )


def test_errors():
    error = torch._dynamo.exc.UserError
    keys = refused(lambda: export(net, (x,), dynamic_shapes={"q": {0: Dim("b")}}), error)
    assert keys.startswith(
        "When `dynamic_shapes` is specified as a dict, its top-level keys must be the arg names ['x'] of `inputs`, "
        "but here they are ['q']."
    )
    assert refused(lambda: export(net, x), error).startswith(
        "Expecting `args` to be a tuple of example positional inputs, got <class 'torch.Tensor'>"
    )
    assert (
        refused(lambda: export(lambda a: a, (x,)), ValueError)
        == "Expected `mod` to be an instance of `torch.nn.Module`, got <class 'function'>."
    )
    assert refused(lambda: export(Function(lambda a: a + 1 if a.sum() > 0 else a), (x,)), error).startswith(
        "Could not guard on data-dependent expression"
    )
    assert refused(lambda: Dim("a", min=3, max=2)) == "Cannot create Dim with inconsistent min=3, max=2"
    assert refused(lambda: Dim("1a")) == "Dim name must be a valid identifier, got 1a"
    assert [repr(d) for d in (Dim("a"), 2 * Dim("a"), Dim("a", max=9), Dim.AUTO, Dim.STATIC)] == [
        "Dim('a', min=0)",
        "2*a",
        "Dim('a', min=0, max=9)",
        "DimHint(AUTO)",
        "DimHint(STATIC)",
    ]


def test_export_leaves_the_module_as_it_was():
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5))
    state = torch.get_rng_state()
    ep = export(module, (x,), dynamic_shapes=({0: Dim("n")},))
    assert module[0].num_batches_tracked == 0 and torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(3)
    got = ep.module()(x)
    assert module[0].num_batches_tracked == 1
    module[0].reset_running_stats()
    torch.manual_seed(3)
    assert torch.equal(got, module(x))
    assert not torch.compiler.is_exporting()


def test_files(tmp_path):
    ep = export(net, (x,), {"k": 3.0}, dynamic_shapes={"x": {0: Dim("batch", max=64)}, "k": None})
    buffer = io.BytesIO()
    torch.export.save(ep, buffer, extra_files={"a.txt": "hi"})
    buffer.seek(0)
    extra = {"a.txt": ""}
    loaded = torch.export.load(buffer, extra_files=extra)
    y = torch.randn(9, 2)
    assert same(loaded.module()(y, k=3.0), net(y, k=3.0)) and extra == {"a.txt": "hi"}
    assert str(loaded.graph_signature) == str(ep.graph_signature) and str(loaded.range_constraints) == str(
        ep.range_constraints
    )
    assert refused(lambda: loaded.module()(torch.randn(65, 2), k=3.0)) == "Guard failed: x.size()[0] <= 64"
    assert (
        refused(lambda: torch.export.save(net, tmp_path / "q.pt2"), TypeError)
        == "The 'ep' parameter must be an instance of 'ExportedProgram', got 'Net' instead."
    )
    with zipfile.ZipFile(tmp_path / "foreign.pt2", "w") as archive:
        archive.writestr("serialized_exported_program.json", "{}")
    assert "was not written by mindtorch" in refused(lambda: torch.export.load(tmp_path / "foreign.pt2"), RuntimeError)
    torch.export.save(ep, tmp_path / "hostile.pt2")
    with zipfile.ZipFile(tmp_path / "hostile.pt2") as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    name = next(n for n in parts if n.endswith(".json"))
    data = json.loads(parts[name])
    step = next(s for s in data["graph"] if s["op"] == "call_function")
    step["target"] = "os.system"
    parts[name] = json.dumps(data)
    with zipfile.ZipFile(tmp_path / "hostile.pt2", "w") as archive:
        for n, part in parts.items():
            archive.writestr(n, part)
    assert refused(lambda: torch.export.load(tmp_path / "hostile.pt2"), ValueError).startswith(
        "a saved graph calls os.system"
    )


def test_shapes_by_tensor_and_by_example():
    shapes = torch.export.ShapesCollection()
    shapes[x] = {0: Dim("n")}
    assert same(export(net, (x,), dynamic_shapes=shapes).module()(torch.ones(9, 2)), net(torch.ones(9, 2)))
    more = torch.export.AdditionalInputs()
    more.add((torch.ones(6, 2),))
    ep = export(net, (x,), dynamic_shapes=more)
    more.verify(ep)
    assert ep.module()(torch.ones(11, 2))["z"].shape == (11, 3)


def test_containers_and_constants():
    table = torch.arange(4.0)

    class Nested(nn.Module):
        def forward(self, d, pair):
            return d["a"] + pair[0] * table[:, None] + pair[1][0]

    args = ({"a": x}, (x, [x]))
    ep = export(Nested(), args)
    assert torch.equal(ep.module()(*args), Nested()(*args))
    assert ep.graph_signature.user_inputs == (
        "d_a",
        "pair_0",
        "pair_1_0",
    ) and ep.graph_signature.lifted_tensor_constants == ("lifted_tensor_0",)
