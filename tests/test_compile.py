"""torch.compile: what it checks, the module that it gives, what a backend of the user's own gets. Expectations are
the reference's."""

import copy
import pickle
import threading

import pytest

import torch
from torch import nn


class Recording:
    """A backend that notes what it is given and runs it as it is."""

    def __init__(self):
        self.graphs, self.examples, self.options = [], [], []

    def __call__(self, gm, examples, **options):
        assert isinstance(gm, torch.fx.GraphModule)
        self.graphs.append(gm)
        self.examples.append([tuple(e.shape) for e in examples])
        self.options.append(options)
        return gm.forward


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(2, 2)
        self.register_buffer("b", torch.ones(2))

    def forward(self, x, scale=1.0):
        h = self.l(x).relu() + self.b
        return {"h": h * scale, "n": 3}


x = torch.ones(1, 2)


def test_module():
    m = nn.Linear(2, 2)
    c = torch.compile(m, backend="eager")
    assert type(c) is torch._dynamo.OptimizedModule and type(c).__module__ == "torch._dynamo.eval_frame"
    assert repr(c) == "OptimizedModule(\n  (_orig_mod): Linear(in_features=2, out_features=2, bias=True)\n)"
    assert c._orig_mod is m and c.weight is m.weight and c.in_features == 2 and isinstance(c, nn.Module)
    assert list(c.state_dict()) == list(dict(c.named_parameters())) == ["_orig_mod.weight", "_orig_mod.bias"]
    assert [n for n, _ in c.named_modules()] == ["", "_orig_mod"]
    c.eval()
    assert not m.training and not c.training
    c.foo = 3
    assert m.foo == 3
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'nope'"):
        c.nope
    assert torch.equal(c(x), m(x))
    for made in (copy.deepcopy(c), pickle.loads(pickle.dumps(c))):
        assert type(made) is type(c) and torch.equal(made(x), m(x)) and made._orig_mod is not m
    saved = {"_orig_mod.weight": torch.ones(2, 2), "_orig_mod.bias": torch.zeros(2)}
    assert str(c.load_state_dict(saved)) == "<All keys matched successfully>" and m.weight.sum() == 4
    fired = []
    c.register_forward_hook(lambda *a: fired.append(1))
    c(x)
    m(x)
    assert fired == [1]


def test_function():
    def f(a, y=2):
        "doc"
        return a + y

    g = torch.compile(f, backend="eager")
    assert g.__name__ == "f" and g.__doc__ == "doc" and g.__wrapped__ is f and g._torchdynamo_orig_callable is f
    assert torch.compile(backend="eager")(f)(x).tolist() == [[3, 3]] and torch.compile(f, disable=True) is f
    assert torch._dynamo.optimize("eager")(f)(x).tolist() == [[3, 3]]

    @torch.compiler.disable
    def d(a):
        return a * 3

    assert d.__name__ == "d" and d._torchdynamo_disable and d(x).tolist() == [[3, 3]]


@pytest.mark.parametrize(
    "given, error, text",
    [
        (
            dict(mode="zzz"),
            RuntimeError,
            "Unrecognized mode=zzz, should be one of: default, lite, reduce-overhead, "
            "max-autotune-no-cudagraphs, max-autotune",
        ),
        (
            dict(mode="default", options={"a": 1}),
            RuntimeError,
            "Either mode or options can be specified, but both can't be specified at the same time.",
        ),
        (dict(options={"nope": 1}), RuntimeError, "Unexpected optimization option nope, known options are "),
        (
            dict(options={"max_autotune": 3}),
            RuntimeError,
            "Unexpected type of attr max_autotune, got int should be bool",
        ),
        (
            dict(backend="nope"),
            RuntimeError,
            "Invalid backend: 'nope', see `torch._dynamo.list_backends()` for available backends.",
        ),
        (dict(backend="eager", dynamic="x"), AssertionError, "Expected enable to be a bool, got <class 'str'>"),
    ],
)
def test_arguments(given, error, text):
    with pytest.raises(error) as raised:
        torch.compile(nn.Linear(2, 2), **given)
    assert str(raised.value).startswith(text)


def test_what_is_no_callable():
    with pytest.raises(AssertionError, match="A callable function is expected, but <class 'int'> is provided."):
        torch.compile(3)


def test_backend_of_ones_own():
    net, backend = Net(), Recording()
    c = torch.compile(net, backend=backend, fullgraph=True)
    assert torch.equal(c(x)["h"], net(x)["h"]) and c(x)["n"] == 3 and len(backend.graphs) == 1
    targets = [n.target for n in backend.graphs[0].graph.nodes if n.op == "placeholder"]
    assert sorted(targets) == [
        "L_self_buffers_b_",
        "L_self_modules_l_parameters_bias_",
        "L_self_modules_l_parameters_weight_",
        "L_x_",
    ]
    assert sorted(backend.examples[0]) == [(1, 2), (2,), (2,), (2, 2)]
    y = torch.randn(5, 2)
    assert torch.equal(c(y)["h"], net(y)["h"]) and len(backend.graphs) == 2  # other shapes, another graph
    assert torch.equal(c(x, 2.0)["h"], net(x, 2.0)["h"]) and len(backend.graphs) == 3  # another number
    assert torch.equal(c(x, scale=2.0)["h"], net(x, 2.0)["h"])
    c(x)["h"].sum().backward()
    grad = net.l.weight.grad.clone()
    net.zero_grad()
    net(x)["h"].sum().backward()
    assert torch.equal(grad, net.l.weight.grad)
    with torch.no_grad():
        net.l.weight.fill_(1)  # parameters are inputs of the graph: it sees their values
    assert torch.equal(c(x)["h"], net(x)["h"])
    net.l = nn.Linear(2, 2)
    assert torch.equal(c(x)["h"], net(x)["h"])


def test_modes_are_guarded():
    net, backend = nn.Sequential(nn.Dropout(0.9), nn.Linear(2, 2)), Recording()
    c = torch.compile(net, backend=backend)
    c(x)
    net.eval()
    assert torch.equal(c(x), net(x)) and len(backend.graphs) == 2
    with torch.no_grad():
        assert not c(x).requires_grad
    assert len(backend.graphs) == 3


def test_no_grad_inside():
    def f(a):
        with torch.no_grad():
            b = a * 2
        return a * b

    a = torch.ones(2, requires_grad=True)
    torch.compile(f, backend=Recording())(a).sum().backward()
    assert a.grad.tolist() == [2, 2]


def test_custom_function_keeps_its_backward():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, g):
            return g * 100

    a = torch.ones(2, requires_grad=True)
    c = torch.compile(lambda a: Twice.apply(a) + 1, backend=Recording())
    for _ in range(2):
        a.grad = None
        c(a).sum().backward()
        assert a.grad.tolist() == [100, 100]
    assert torch.autograd.Function.apply.__self__ is torch.autograd.Function


def test_changes_in_place():
    def f(a, b):
        a += 1
        a[0] = 7
        a.mul_(b)
        return a.view(2, 2)[1]

    want, got, b = torch.arange(4.0), torch.arange(4.0), torch.full((4,), 3.0)
    c = torch.compile(f, backend=Recording())
    for _ in range(2):
        assert torch.equal(c(got, b), f(want, b)) and torch.equal(got, want)


def test_errors():
    def data_dependent(a):
        return a + 1 if a.sum() > 0 else a - 1

    for f in (data_dependent, lambda a: a * a.sum().item()):
        with pytest.raises(torch._dynamo.exc.Unsupported, match="Data-dependent"):
            torch.compile(f, backend=Recording(), fullgraph=True)(x)

    def bad(gm, examples):
        raise ValueError("boom")

    with pytest.raises(torch._dynamo.exc.BackendCompilerFailed, match="backend='bad' raised:\nValueError: boom"):
        torch.compile(lambda a: a + 1, backend=bad)(x)
    with pytest.raises(torch._dynamo.exc.BackendCompilerFailed, match="compiler_fn did not return callable"):
        torch.compile(lambda a: a + 1, backend=lambda gm, e: 3)(x)
    backend = Recording()
    torch.compile(lambda a: a + 1, backend=backend, mode="reduce-overhead")(x)
    assert backend.options == [{"mode": "reduce-overhead"}]


def test_stances_and_switches():
    backend = Recording()
    f = torch.compile(lambda a: a + 1, backend=backend)
    with torch.compiler.set_stance("force_eager"):
        f(x)
    assert not backend.graphs
    with (
        torch.compiler.set_stance("fail_on_recompile"),
        pytest.raises(RuntimeError, match="Detected recompile when torch.compile stance is"),
    ):
        f(x)
    f(x)
    assert len(backend.graphs) == 1 and not torch.compiler.is_compiling()
    seen = []
    torch.compile(lambda a: (seen.append(torch.compiler.is_compiling()), a + 1)[1], backend=backend)(x)
    assert seen == [True]
    config = torch._dynamo.config
    before = config.recompile_limit
    with config.patch(cache_size_limit=3):
        assert config.recompile_limit == config.cache_size_limit == 3
    assert config.cache_size_limit == before
    for use in (lambda: config.nope, lambda: setattr(config, "nope", 1)):
        with pytest.raises(AttributeError, match="torch._dynamo.config.nope does not exist"):
            use()
    assert torch._inductor.config.max_autotune is False and torch._inductor.config.triton.cudagraphs in (True, False)
    assert "inductor" in torch.compiler.list_backends() and "eager" not in torch.compiler.list_backends()
    assert "eager" in torch._dynamo.list_backends(exclude_tags=())
    assert torch._dynamo.utils.is_compile_supported("cpu")


def test_recompile_limit():
    backend = Recording()
    f = torch.compile(lambda a: a + 1, backend=backend, recompile_limit=2)
    with pytest.warns(UserWarning, match="recompile_limit"):
        for n in range(1, 5):
            assert f(torch.ones(n)).sum() == 2 * n
    assert len(backend.graphs) == 2
    strict = torch.compile(lambda a: a + 1, backend=backend, recompile_limit=1, fullgraph=True)
    strict(x)
    with pytest.raises(torch._dynamo.exc.FailOnRecompileLimitHit):
        strict(torch.ones(7))


def test_other_threads_are_not_recorded():
    stop, wrong = threading.Event(), []

    def work():
        while not stop.is_set():
            if (torch.ones(2) + 1).sum().item() != 4:
                wrong.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    backend = Recording()
    try:
        for n in range(1, 6):
            torch.compile(lambda a: torch.relu(a) * 2, backend=backend)(torch.ones(n))
    finally:
        stop.set()
        thread.join()
    assert not wrong
    for gm in backend.graphs:
        assert [n.op for n in gm.graph.nodes] == ["placeholder", "call_function", "call_function", "output"]


def test_registered_backend_and_explain():
    backend = Recording()
    torch._dynamo.register_backend(backend, name="of_this_test")
    assert torch.compile(lambda a: a + 1, backend="of_this_test")(x).tolist() == [[2, 2]] and len(backend.graphs) == 1
    assert torch._dynamo.explain(lambda a: a + 1)(x).op_count == 1
    net = Net()
    net.compile(backend=backend)
    net(x)
    assert len(backend.graphs) == 2


def test_recording_leaves_no_trace():
    net = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5))
    twin = copy.deepcopy(net)
    c = torch.compile(net, backend=Recording())
    a = torch.randn(4, 2)
    torch.manual_seed(3)
    want = twin(a)
    torch.manual_seed(3)
    assert torch.equal(c(a), want)
    assert net[0].num_batches_tracked == 1 and torch.equal(net[0].running_mean, twin[0].running_mean)


weight = torch.randn(2, 2, requires_grad=True)
lstm, attention = nn.LSTM(2, 3), nn.MultiheadAttention(2, 1)


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2

    @staticmethod
    def backward(ctx, g):
        return g * 100


def gradient(a):
    a = a.clone().requires_grad_()
    return torch.autograd.grad((a**3).sum(), a)[0]


def backward(a):
    a = a.clone().requires_grad_()
    torch.nn.functional.gelu(a).sum().backward()
    return a.grad


def half(a):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        b = a @ weight
    return b, a @ weight


def checkpointed(a):
    return torch.utils.checkpoint.checkpoint(lambda b: (b @ weight).relu(), a, use_reentrant=False)


def dual(a):
    with torch.autograd.forward_ad.dual_level():
        return torch.autograd.forward_ad.unpack_dual(torch.autograd.forward_ad.make_dual(a, a) * 2).tangent


PROGRAMS = {
    "grad": torch.func.grad(lambda a: torch.nn.functional.gelu(a).sum()),
    "vjp": lambda a: torch.func.vjp(lambda b: b * b, a)[1](a)[0],
    "jvp": lambda a: torch.func.jvp(lambda b: b * b, (a,), (a,)),
    "jacrev": torch.func.jacrev(lambda a: a * a),
    "jacfwd": torch.func.jacfwd(lambda a: a * a * a),
    "hessian": torch.func.hessian(lambda a: (a * a * a).sum()),
    "vmap": torch.func.vmap(lambda a: (a * 2).sum() + a.max(0)[0]),
    "vmap of vmap": lambda a: torch.func.vmap(torch.func.vmap(lambda b, c: b * c + 1, (0, None)), (None, 0))(a, a),
    "autograd.grad": gradient,
    "backward": backward,
    "checkpoint": checkpointed,
    "autocast": half,
    "cond": lambda a: torch.cond(a.sum() > 0, lambda b: b + 1, lambda b: b - 1, (a,)),
    "functional_call": lambda a: torch.func.functional_call(nn.Linear(2, 2), {"weight": a[:2], "bias": a[0]}, (a,)),
    "lstm": lambda a: lstm(a)[0],
    "attention": lambda a: attention(a, a, a)[0],
    "weight norm": nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)),
    "rows": lambda a: sum(r * i for i, r in enumerate(a)),
    "views in place": lambda a: [t.add_(1) for t in a.clone().unbind(0)][0],
    "deepcopy": lambda a: copy.deepcopy(a) * 2,
    "containers": lambda a: [{"a": a + 1, "b": (a * 2,)}, 3],
    "data": lambda a: a.data * 2,
    "masks": lambda a: (a[a > 0].sum(), a.unique(), a.masked_fill(a > 0, 0)[torch.arange(2)]),
    "out": lambda a: torch.add(a, a, out=torch.empty(3, 2)),
    "constant lengths": lambda a: nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.pack_padded_sequence(a[:, None], [3]))[
        0
    ],
    "custom": Scaled.apply,
    "complex": lambda a: torch.view_as_real(torch.complex(a, a)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_on_other_values(name):
    program, a = PROGRAMS[name], torch.randn(3, 2)
    compiled = torch.compile(program, backend=Recording(), fullgraph=True)
    for b in (a, a + 1, -a):
        got, want = torch.utils._pytree.tree_leaves(compiled(b)), torch.utils._pytree.tree_leaves(program(b))
        assert len(got) == len(want) and all(
            torch.equal(p, q) if isinstance(p, torch.Tensor) else p == q for p, q in zip(got, want)
        )
        assert [p.dtype for p in got if isinstance(p, torch.Tensor)] == [
            q.dtype for q in want if isinstance(q, torch.Tensor)
        ]
    assert not torch.is_autocast_enabled("cpu") and torch.is_grad_enabled()


@pytest.mark.parametrize(
    "program",
    [
        dual,
        torch.func.vmap(torch.func.grad(lambda a: (a * a).sum())),
        lambda a: torch.from_numpy(a.numpy() * 2),
        lambda a: torch.bernoulli(a.abs(), generator=torch.Generator()),
    ],
)
def test_what_no_graph_holds_is_refused(program):
    with pytest.raises(torch._dynamo.exc.Unsupported):
        torch.compile(program, backend=Recording())(torch.rand(3, 2))
