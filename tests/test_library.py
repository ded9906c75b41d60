"""torch.library: overloads, dispatch keys, schemas and gradients of operators of one's own. Every expectation holds in
PyTorch, where this file runs too."""
import copy

import pytest
import torch
from torch import Tensor

L = torch.library
ONE = torch.ones(1)


def test_overloads_are_kept_apart():
    L.define("mtlib_a::f", "(Tensor x) -> Tensor")
    L.define("mtlib_a::f.out", "(Tensor x, *, Tensor(a!) out) -> Tensor(a!)")
    L.define("mtlib_a::f.times", "(Tensor x, int n, str how=\"up\") -> Tensor")
    L.impl("mtlib_a::f", "CPU", lambda x: x * 2)
    L.impl("mtlib_a::f.out", "CPU", lambda x, out: out.copy_(x * 2))
    L.impl("mtlib_a::f.times", "CPU", lambda x, n, how="up": x * n if how == "up" else x / n)
    f, out = torch.ops.mtlib_a.f, torch.zeros(1)
    assert f.out(ONE, out=out) is out or torch.equal(out, ONE * 2)
    assert f.default(ONE).item() == 2 and f(ONE).item() == 2 and f(ONE, 5).item() == 5
    assert f(ONE, 4, "down").item() == 0.25 and f(ONE, n=4, how="down").item() == 0.25
    assert sorted(f.overloads()) == ["default", "out", "times"]
    assert f.times.name() == "mtlib_a::f.times" and f.default.name() == "mtlib_a::f"
    with pytest.raises(AttributeError, match="has no overload name 'nope'"):
        f.nope
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        torch.ops.mtlib_a.nope
    with pytest.raises(RuntimeError):
        f(ONE, ONE, ONE)
    with pytest.raises(RuntimeError):
        L.define("mtlib_a::f", "(Tensor x) -> Tensor")


def test_overloads_of_aten():
    assert "Tensor" in torch.ops.aten.add.overloads() and "out" in torch.ops.aten.mm.overloads()
    with pytest.raises(AttributeError, match="has no overload name 'Tensor'"):
        torch.ops.aten.mm.Tensor
    op = torch.ops.aten.add.Tensor
    assert copy.deepcopy(op) is op and op(ONE, ONE).item() == 2 and str(op) == "aten.add.Tensor"
    assert op.namespace == "aten" and op.overloadpacket is torch.ops.aten.add


def test_implementations_before_the_definition():
    L.impl("mtlib_b::g", "CPU", lambda x: x + 1)
    L.impl("mtlib_b::g", "Meta", lambda x: torch.empty_like(x))
    with pytest.raises(AttributeError):
        torch.ops.mtlib_b.g
    L.define("mtlib_b::g", "(Tensor x) -> Tensor")
    assert torch.ops.mtlib_b.g(ONE).item() == 2
    assert torch.ops.mtlib_b.g(ONE.to("meta")).shape == (1,)


def test_keys():
    L.define("mtlib_c::h", "(Tensor x) -> Tensor")
    ran = []
    for key in ("MPS", "XPU", "HPU", "SparseCPU", "Functionalize", "cuda", "hpu"):
        L.impl("mtlib_c::h", key, lambda x, key=key: ran.append(key))
    with pytest.raises(NotImplementedError, match="mtlib_c::h"):
        torch.ops.mtlib_c.h(ONE)
    L.register_kernel("mtlib_c::h", "default")(lambda x: x + 1)
    assert torch.ops.mtlib_c.h(ONE).item() == 2
    L.register_kernel("mtlib_c::h", "cpu")(lambda x: x + 2)
    assert torch.ops.mtlib_c.h(ONE).item() == 3 and not ran
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda"):
        L.impl("mtlib_c::h", "Bogus", lambda x: x)
    assert torch._C._dispatch_has_kernel_for_dispatch_key("mtlib_c::h", "CPU")
    assert not torch._C._dispatch_has_kernel_for_dispatch_key("mtlib_c::h", "VE")
    assert torch._C._dispatch_has_kernel_for_dispatch_key("aten::add.Tensor", "CPU")


def test_autograd_keys():
    L.define("mtlib_d::k", "(Tensor x) -> Tensor")
    L.impl("mtlib_d::k", "CPU", lambda x: x * 3)

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch._C._AutoDispatchBelowAutograd():
                return torch.ops.mtlib_d.k(x)

        @staticmethod
        def backward(ctx, g):
            return g * 30

    L.impl("mtlib_d::k", "Autograd", Triple.apply)
    x = torch.ones(2, requires_grad=True)
    torch.ops.mtlib_d.k(x).sum().backward()
    assert x.grad.tolist() == [30, 30] and torch.ops.mtlib_d.k(ONE).item() == 3


def test_without_autograd_the_kernel_is_recorded():
    L.define("mtlib_d::r", "(Tensor x) -> Tensor")
    L.impl("mtlib_d::r", "CompositeImplicitAutograd", lambda x: x * 4)
    x = torch.ones(2, requires_grad=True)
    torch.ops.mtlib_d.r(x).sum().backward()
    assert x.grad.tolist() == [4, 4]


def test_schema():
    L.define("mtlib_e::m", "(Tensor x, int n=2, *, float? z=None, int[2] pad=0) -> (Tensor, Tensor[])")
    s = torch.ops.mtlib_e.m.default._schema
    assert str(s) == "mtlib_e::m(Tensor x, int n=2, *, float? z=None, int[2] pad=0) -> (Tensor, Tensor[])"
    assert s.name == "mtlib_e::m" and s.overload_name == "" and not s.is_mutable
    assert [(a.name, str(a.type), a.kwarg_only, a.has_default_value()) for a in s.arguments] == [
        ("x", "Tensor", False, False), ("n", "int", False, True), ("z", "Optional[float]", True, True),
        ("pad", "List[int]", True, True)]
    assert s.arguments[1].default_value == 2 and s.arguments[3].default_value == [0, 0]
    assert [str(r.type) for r in s.returns] == ["Tensor", "List[Tensor]"]
    s = torch._C.parse_schema("f.out(Tensor(a) x, *, Tensor(b!)[] outs)->()")
    assert (s.name, s.overload_name, s.is_mutable) == ("f", "out", True)
    assert str(s) == "f.out(Tensor(a) x, *, Tensor(b!)[] outs) -> ()"
    assert s.arguments[0].alias_info.before_set == {"a"} and not s.arguments[0].is_out and s.arguments[1].is_out
    for text in ("float a=1.", "float a=0.5", "float[] h=[1., 2.]", 'str a="x"', "bool[3] a=[True, True, True]",
                 "int[2] a=[0, 1]", "Scalar b=1.5", "float a=1e+20", "Tensor(a -> *) x", "Tensor(a!)? x",
                 "MemoryFormat m=0, ScalarType? d=None"):
        assert str(torch._C.parse_schema(f"f({text}) -> ()")) == f"f({text}) -> ()"
    for wrong in ("(Tensor x)->Tensor", "Tensor x", "(Tensor) -> Tensor"):
        with pytest.raises((ValueError, RuntimeError)):
            L.define("mtlib_e::wrong", wrong)


def test_what_a_kernel_is_called_with():
    seen = []
    L.define("mtlib_f::c", "(Tensor x, float p=0.5, int n=1, *, bool on=False, str how=\"a\") -> Tensor")
    L.impl("mtlib_f::c", "CPU", lambda *args, **kwargs: seen.append((args[1:], kwargs)) or args[0].clone())
    torch.ops.mtlib_f.c(ONE)
    torch.ops.mtlib_f.c(ONE, 2)
    torch.ops.mtlib_f.c(ONE, n=3, how="b")
    assert seen == [((), {}), ((2.0,), {}), ((0.5, 3), {"how": "b"})]
    for args, kwargs, text in (((), {}, "missing value for argument 'x'"), ((ONE, "x"), {}, "of type 'float'"),
                               ((ONE,), {"zz": 1}, "zz"), ((ONE, 1, 1, 1), {}, "takes 3 positional")):
        with pytest.raises(RuntimeError, match=text):
            torch.ops.mtlib_f.c.default(*args, **kwargs)


def test_gradient_of_lists():
    @L.custom_op("mtlib_g::total", mutates_args=())
    def total(xs: list[Tensor], scale: float = 1.0) -> Tensor:
        return torch.stack(xs).sum(0) * scale

    def backward(ctx, g):
        return [g * ctx.scale] * ctx.n, None

    def setup(ctx, inputs, output):
        ctx.n, ctx.scale = len(inputs[0]), inputs[1]

    total.register_autograd(backward, setup_context=setup)
    xs = [torch.ones(2, requires_grad=True) for _ in range(3)]
    total(xs, 2.0).sum().backward()
    assert [x.grad.tolist() for x in xs] == [[2, 2]] * 3
    assert torch.ops.mtlib_g.total(xs).tolist() == [3, 3]
    assert str(torch.ops.mtlib_g.total.default._schema) == "mtlib_g::total(Tensor[] xs, float scale=1.) -> Tensor"


def test_functions_without_a_gradient_say_so():
    @L.custom_op("mtlib_g::plain", mutates_args=())
    def plain(x: Tensor) -> Tensor:
        return x * 2

    @L.custom_op("mtlib_g::same", mutates_args=())
    def same(x: Tensor) -> Tensor:
        return x

    made = plain(torch.ones(1, requires_grad=True))
    with pytest.raises(RuntimeError, match="no autograd formula was registered"):
        made.backward()
    with pytest.raises(RuntimeError, match="may not alias"):
        same(ONE)
    with pytest.raises(ValueError, match="type annotation"):
        L.custom_op("mtlib_g::bare", lambda x: x, mutates_args=())
    with pytest.raises(ValueError):
        L.custom_op("mtlib_g::two", lambda x: x, mutates_args=(), schema="(Tensor(a!) x) -> ()")


def test_a_function_that_writes():
    @L.custom_op("mtlib_h::fill", mutates_args={"x"})
    def fill(x: Tensor, value: float) -> None:
        x.fill_(value)

    x = torch.zeros(2)
    before = x._version
    assert fill(x, 3.0) is None and x.tolist() == [3, 3] and x._version > before
    assert torch.ops.mtlib_h.fill.default._schema.is_mutable


def test_library_objects():
    lib = L.Library("mtlib_i", "DEF")
    assert lib.define("op.two(Tensor x, Tensor y) -> Tensor") == "op"
    lib.impl("op.two", lambda x, y: x + y, "CompositeExplicitAutograd")
    assert torch.ops.mtlib_i.op.two(ONE, ONE).item() == 2
    with L._scoped_library("mtlib_j", "FRAGMENT") as scoped:
        scoped.define("t(Tensor x) -> Tensor")
        scoped.impl("t", lambda x: x + 1)
        assert torch.ops.mtlib_j.t(ONE).item() == 2
    with pytest.raises((AttributeError, RuntimeError)):
        torch.ops.mtlib_j.t(ONE)
    with pytest.raises((RuntimeError, ValueError)):
        L.Library("mtlib_i", "WHAT")


def test_autocast():
    L.define("mtlib_k::a", "(Tensor x) -> Tensor")
    L.impl("mtlib_k::a", "CPU", lambda x: x.clone())
    L.register_autocast("mtlib_k::a", "cpu", torch.bfloat16)
    assert torch.ops.mtlib_k.a(ONE).dtype is torch.float32
    with torch.autocast("cpu"):
        assert torch.ops.mtlib_k.a(ONE).dtype is torch.bfloat16


def test_key_sets():
    key, keys = torch._C.DispatchKey, torch._C.DispatchKeySet
    one = keys(key.CPU)
    assert one.has(key.CPU) and not one.has(key.CUDA) and (one | keys(key.CUDA)).has(key.CUDA)
    assert not one.remove(key.CPU).has(key.CPU)
    assert torch._C._dispatch_keys(ONE).has(key.CPU)
    with torch.autocast("cpu"), torch._C._ExcludeDispatchKeyGuard(keys(key.AutocastCPU)):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32
