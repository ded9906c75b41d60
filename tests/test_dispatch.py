"""__torch_dispatch__: what modes and tensor classes are told of, against the reference's operators."""
import copy

import mindtorch  # noqa: F401
import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import (
    TorchDispatchMode, _disable_current_modes, _get_current_dispatch_mode, return_and_correct_aliasing)

aten = torch.ops.aten
X, W, B = torch.arange(6.0).reshape(2, 3), torch.ones(4, 3), torch.ones(4)
THREE, IMAGE = torch.ones(2, 2, 3), torch.ones(1, 1, 3, 3)


class Log(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.append((str(func), [t.__name__ for t in types]))
        return func(*args, **(kwargs or {}))


# what the reference tells a mode of
TOLD = {
    "X + 1": "add.Tensor", "X + X": "add.Tensor", "1 - X": "rsub.Scalar", "X * 2.0": "mul.Tensor",
    "X / 2": "div.Tensor", "-X": "neg.default", "X ** 2": "pow.Tensor_Scalar",
    "X @ W.t()": "t.default mm.default", "X == X": "eq.Tensor",
    "X @ torch.ones(3)": "ones.default mv.default", "THREE @ W.t()": "t.default view.default mm.default "
    "_unsafe_view.default", "THREE @ THREE.transpose(1, 2)": "transpose.int expand.default view.default expand.default "
    "view.default bmm.default _unsafe_view.default", "F.linear(X, W, B)": "t.default addmm.default",
    "F.linear(X, W)": "t.default mm.default",
    "F.linear(THREE, W, B)": "view.default t.default addmm.default view.default", "F.gelu(X)": "gelu.default",
    "F.relu(X)": "relu.default", "F.silu(X)": "silu.default", "F.softmax(X, -1)": "_softmax.default",
    "F.layer_norm(X, (3,))": "native_layer_norm.default", "F.conv2d(IMAGE, IMAGE)": "convolution.default",
    "F.embedding(torch.ones(2).long(), W)": "ones.default _to_copy.default embedding.default",
    "F.mse_loss(X, X)": "mse_loss.default", "X.view(3, 2)": "view.default", "X.reshape(6)": "view.default",
    "X[0]": "select.int", "X[:, 1]": "select.int", "X.clone().add_(1)": "clone.default add_.Tensor",
    "X.sum()": "sum.default", "X.sum(1)": "sum.dim_IntList", "X.mean(-1, keepdim=True)": "mean.dim",
    "X.max(1)": "max.dim", "X.topk(1)": "topk.default", "X.exp()": "exp.default", "torch.ones(2)": "ones.default",
    "torch.arange(3)": "arange.default", "torch.randn(2)": "randn.default", "torch.zeros_like(X)": "zeros_like.default",
    "torch.cat([X, X])": "cat.default", "X.to(torch.float64)": "_to_copy.default", "X.to(torch.float32)": "",
    "X.detach()": "detach.default", "X.sum().item()": "sum.default _local_scalar_dense.default",
    "X.T": "permute.default", "X.transpose(0, 1)": "transpose.int", "X.permute(1, 0)": "permute.default",
    "X.split(1)": "split.Tensor", "X.chunk(2)": "split.Tensor", "X.unsqueeze(0)": "unsqueeze.default",
    "X.t().contiguous()": "t.default clone.default", "torch.zeros(2, 3).copy_(X)": "zeros.default copy_.default",
}


@pytest.mark.parametrize("code", TOLD)
def test_a_mode_is_told_of_operators(code):
    with Log() as log:
        result = eval(code)
    assert [name for name, _ in log.seen] == [f"aten.{name}" for name in TOLD[code].split()]
    expected = eval(code)
    if isinstance(result, torch.Tensor) and "randn" not in code:
        torch.testing.assert_close(result, expected)


def test_modes_nest_replace_and_leave():
    class Two(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            return torch.full((1,), 7.0) if func is aten.add.Tensor else func(*args, **(kwargs or {}))

    with Log() as outer:
        with Two() as inner:
            assert _get_current_dispatch_mode() is inner
            assert (torch.ones(1) + 1).item() == 7.0
            with _disable_current_modes():
                assert _get_current_dispatch_mode() is None and (torch.ones(1) + 1).item() == 2.0
        assert "aten.full.default" in [name for name, _ in outer.seen]
    before = len(outer.seen)
    assert (torch.ones(1) + 1).item() == 2.0 and len(outer.seen) == before and _get_current_dispatch_mode() is None


class Int8(torch.Tensor):
    """A matrix of int8 with a scale for each row, as quantisation libraries write it."""

    @staticmethod
    def __new__(cls, values, scale):
        return torch.Tensor._make_wrapper_subclass(cls, values.shape, dtype=scale.dtype, device=values.device)

    def __init__(self, values, scale):
        self.values_, self.scale = values, scale

    __torch_function__ = torch._C._disabled_torch_function_impl
    seen = []

    def wide(self):
        return self.values_.to(self.scale.dtype) * self.scale

    def __repr__(self):
        return f"Int8({tuple(self.shape)})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(str(func))
        kwargs, x = kwargs or {}, args[0]
        if func is aten.t.default:
            return return_and_correct_aliasing(func, args, kwargs, cls(x.values_.t(), x.scale.t()))
        if func in (aten.detach.default, aten.clone.default):
            return return_and_correct_aliasing(func, args, kwargs, cls(func(x.values_), func(x.scale)))
        if func is aten._to_copy.default:
            return cls(x.values_, x.scale.to(kwargs.get("dtype", x.scale.dtype)))
        if func is aten.copy_.default:
            x.values_.copy_(args[1].values_)
            x.scale.copy_(args[1].scale)
            return x
        return func(*(a.wide() if isinstance(a, Int8) else a for a in args), **kwargs)


@pytest.fixture
def q():
    w = torch.arange(12.0).reshape(3, 4) - 5
    scale = w.abs().amax(1, keepdim=True) / 127
    Int8.seen.clear()
    return Int8((w / scale).round().to(torch.int8), scale)


def test_a_wrapper_says_what_it_was_made_as(q):
    assert (q.shape, q.dtype, q.device, q.dim(), q.numel()) == ((3, 4), torch.float32, torch.device("cpu"), 2, 12)
    assert q.stride() == (4, 1) and q.is_leaf and not q.requires_grad and not q.is_meta and repr(q) == "Int8((3, 4))"
    assert Int8.seen == []


def test_a_wrapper_answers_operators(q):
    x = torch.ones(2, 4)
    torch.testing.assert_close(F.linear(x, q, torch.ones(3)), F.linear(x, q.wide(), torch.ones(3)))
    assert Int8.seen == ["aten.t.default", "aten.addmm.default"]
    Int8.seen.clear()
    torch.testing.assert_close(x @ q.t(), x @ q.wide().t())
    assert Int8.seen == ["aten.t.default", "aten.mm.default"]
    assert q.to(torch.bfloat16).dtype is torch.bfloat16 and type(q + 1) is torch.Tensor
    with Log() as log:
        F.linear(x, q)
    assert ("aten.t.default", ["Int8"]) in log.seen
    with pytest.raises(NotImplementedError, match="__torch_dispatch__"):
        q.tolist()


def test_a_wrapper_is_a_weight(q):
    layer = torch.nn.Linear(4, 3)
    layer.weight = torch.nn.Parameter(q, requires_grad=False)
    assert isinstance(layer.weight, torch.nn.Parameter) and type(layer.weight) is Int8
    x = torch.ones(2, 4, requires_grad=True)
    layer(x).sum().backward()
    torch.testing.assert_close(x.grad, q.wide().sum(0).expand(2, 4))
    assert layer.bias.grad.tolist() == [2.0] * 3
    other = torch.nn.Linear(4, 3)
    other.weight = torch.nn.Parameter(Int8(torch.zeros(3, 4, dtype=torch.int8), torch.ones(3, 1)), requires_grad=False)
    other.load_state_dict(layer.state_dict())
    assert other.weight.values_.tolist() == q.values_.tolist()
    twin = copy.deepcopy(q)
    twin.values_.zero_()
    assert type(twin) is Int8 and q.values_.any()


def test_functions_are_asked_before_operators():
    seen = []

    class Both(torch.Tensor):
        @staticmethod
        def __new__(cls, inner):
            return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

        def __init__(self, inner):
            self.held = inner

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

        @classmethod
        def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
            seen.append(str(func))
            return func(*(a.held if isinstance(a, Both) else a for a in args), **(kwargs or {}))

    assert (Both(torch.ones(2)) * 3).shape == (2,)
    assert seen == ["mul", "aten.mul.Tensor"]


def test_a_class_on_real_memory_hears_of_operators():
    seen = []

    class Logged(torch.Tensor):
        @staticmethod
        def __new__(cls, inner):
            made = torch.Tensor._make_subclass(cls, inner)
            made.held = inner
            return made

        @classmethod
        def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
            seen.append(str(func))
            out = func(*(a.held if isinstance(a, Logged) else a for a in args), **(kwargs or {}))
            return cls(out) if isinstance(out, torch.Tensor) else out

    made = Logged(torch.zeros(2)).exp().sum() * 2
    assert type(made) is Logged and made.held.item() == 4.0
    assert seen == ["aten.exp.default", "aten.sum.default", "aten.mul.Tensor"]


def test_a_class_without_a_handler_cannot_wrap():
    class Nothing(torch.Tensor):
        pass

    with pytest.raises(RuntimeError, match="no __torch_dispatch__"):
        torch.Tensor._make_wrapper_subclass(Nothing, (2,))
