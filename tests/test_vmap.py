"""vmap: every operator on a batch against the same operator slice by slice, and what vmap itself promises."""
import pathlib
import warnings

import numpy
import pytest

import mindtorch as torch
from mindtorch.func import functional_call, grad, hessian, jacrev, vmap
from mindtorch.func._batched import Level
from mindtorch.utils._pytree import tree_flatten, tree_unflatten

from .parity import codec
from .parity.replay import resolve

SLICES = 3
REFUSED = ("dynamic shape", "data-dependent", ".item()", "Cannot access data", "isn't supported yet", "aten::equal",
           "inplace arithmetic", "Batching rule not implemented")
# operators whose results have no expected value
UNDETERMINED = ("empty_like", "new_empty", "new_empty_strided", "empty_permuted", "resize_as_",
                "nn.functional.fractional_max_pool3d")


def variants(t):
    """Slices that are like t."""
    if t.dtype.is_floating_point or t.dtype.is_complex:
        return torch.stack([t * (1 + 0.125 * k) for k in range(SLICES)])
    return torch.stack([t, t.flip(-1) if t.ndim and t.dtype == torch.int64 else t, t])


def results(value):
    return [t for t in tree_flatten(value)[0] if isinstance(t, torch.Tensor)]


def same(a, b):
    a, b = (torch.view_as_real(t) if t.is_complex() else t for t in (a.detach(), b.detach()))
    return (a.shape == b.shape and a.dtype == b.dtype
            and numpy.allclose(a.double().numpy(), b.double().numpy(), rtol=1e-4, atol=1e-4, equal_nan=True))


def compared(sample):
    """For each choice of batched arguments: True, False, or None where slices fail or vmap refuses."""
    args, kwargs = (codec_reader.decode(sample[k]) for k in ("args", "kwargs"))
    flat, spec = tree_flatten((list(args), kwargs))
    flat = [v.detach() if isinstance(v, torch.Tensor) else v for v in flat]
    places, operator = [i for i, v in enumerate(flat) if isinstance(v, torch.Tensor)], resolve(sample["op"])
    for which in {tuple(places[:1]), tuple(places), tuple(places[1:2])} - {()}:
        whole = [variants(flat[i]) for i in which]

        def call(*slices, which=which):
            given = list(flat)
            for i, v in zip(which, slices):
                given[i] = v
            a, k = tree_unflatten(given, spec)
            torch.manual_seed(0)
            return tuple(results(operator(*a, **k)))

        try:
            expected = [torch.stack(column)
                        for column in zip(*[call(*(w[k].clone() for w in whole)) for k in range(SLICES)])]
        except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError):
            yield None
            continue
        try:
            found = vmap(call, randomness="same")(*whole)
        except RuntimeError as error:
            if not any(text in str(error) for text in REFUSED):
                raise
            yield None
            continue
        yield len(found) == len(expected) and all(map(same, found, expected))


codec_reader = codec.Reader(pathlib.Path(__file__).parent / "parity" / "samples.zip", torch)


def test_every_operator(monkeypatch):
    groups, wrong, compared_with, one_by_one = {}, [], set(), set()
    slices = Level.slices
    monkeypatch.setattr(Level, "slices",
                        lambda self, func, args, kwargs: (one_by_one.add(current), slices(self, func, args, kwargs))[1])
    for s in codec_reader.samples:
        if "op" in s and s.get("dtype") in ("float32", "int64") and s["op"] not in UNDETERMINED:
            groups.setdefault(s["op"], []).append(s)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, samples in groups.items():
            current = name
            for s in samples[:3]:
                try:
                    for right in compared(s):
                        if right:
                            compared_with.add(name)
                        elif right is False:
                            wrong.append(name)
                except Exception as error:
                    wrong.append(f"{name}: {type(error).__name__}: {str(error)[:150]}")
    assert not wrong, wrong
    assert len(compared_with) >= 400, len(compared_with)
    assert len(compared_with - one_by_one) >= 250, len(compared_with - one_by_one)  # these run once on the whole


def test_gradients_of_every_sample():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv1d(2, 3, 2), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(9, 4),
                              torch.nn.LayerNorm(4))
    parameters = {k: v.detach() for k, v in net.named_parameters()}
    x, y = torch.randn(6, 2, 4), torch.randint(0, 4, (6,))

    def loss(p, x, y):
        return torch.nn.functional.cross_entropy(functional_call(net, p, (x.unsqueeze(0),)), y.unsqueeze(0))

    many = vmap(grad(loss), in_dims=(None, 0, 0))(parameters, x, y)
    for i in range(6):
        for name, g in grad(loss)(parameters, x[i], y[i]).items():
            assert torch.allclose(many[name][i], g, atol=1e-6), name


def test_derivatives_inside():
    x = torch.tensor([[0.1, 0.2], [0.3, -0.4], [1.0, 2.0]])
    assert torch.allclose(vmap(jacrev(torch.sin))(x), torch.diag_embed(x.cos()))
    assert torch.allclose(vmap(hessian(lambda a: (a**3).sum()))(x), torch.diag_embed(6 * x))
    assert torch.allclose(vmap(vmap(grad(lambda a: a * a * a)))(x), 3 * x * x)
    w = torch.tensor([1.0, 2.0])
    assert vmap(grad(lambda w, a: (w * a).sum()), in_dims=(None, 0))(w, x).tolist() == x.tolist()


def test_batched_cotangents():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    found, = torch.autograd.grad(torch.nn.functional.cross_entropy(x * x, torch.tensor(1)), x,
                                 torch.tensor([1.0, 2.0, -1.0]), is_grads_batched=True, retain_graph=True)
    one, = torch.autograd.grad(torch.nn.functional.cross_entropy(x * x, torch.tensor(1)), x)
    assert torch.allclose(found, torch.tensor([[1.0], [2.0], [-1.0]]) * one)


def test_randomness():
    x = torch.zeros(4, 50)
    drop = torch.nn.functional.dropout
    same, different = (vmap(lambda a: drop(a + 1), randomness=r)(x) for r in ("same", "different"))
    assert (same == same[0]).all() and not (different == different[0]).all()
    assert vmap(lambda a: torch.randperm(5), randomness="different")(x).sum(1).tolist() == [10] * 4
    with pytest.raises(RuntimeError, match="different inplace randomness on an unbatched tensor"):
        vmap(lambda a: torch.zeros(2).normal_() + a.sum(), randomness="different")(x)
    assert vmap(lambda a: drop(a + 1, training=False))(x).eq(1).all()


def test_writing():
    x = torch.arange(6.0).reshape(2, 3)

    def swapped(a):
        b = a.clone()
        b[0], part = a[1], b[1:]
        part.mul_(10)
        return b

    assert vmap(swapped)(x).tolist() == [[1, 10, 20], [4, 40, 50]]
    z = x.clone()
    vmap(lambda a: a.add_(1))(z)
    assert z.tolist() == (x + 1).tolist()
    with pytest.raises(RuntimeError, match="inplace arithmetic"):
        vmap(lambda a: torch.ones(3).add_(a))(x)


@pytest.mark.parametrize("function, message", [
    (lambda a: a if a.sum() > 0 else -a, "data-dependent control flow"), (lambda a: a.sum().item(), "calling .item"),
    (lambda a: a[a > 0], "indexing with a boolean mask"),
    (torch.nonzero, "dynamic shape"),
    (lambda a: torch.add(a, a, out=torch.empty(3)), "Batching rule not implemented for aten::add.out"),
    (lambda a: a.requires_grad_(), "You are attempting to call Tensor.requires_grad_"),
    (lambda a: a.tolist(), "Cannot access data pointer")])
def test_what_a_batch_cannot_tell(function, message):
    with pytest.raises(RuntimeError, match=message):
        vmap(function)(torch.ones(2, 3))


def test_escaped():
    kept = []
    vmap(lambda a: (kept.append(a), a)[1])(torch.ones(2, 3))
    with pytest.raises(RuntimeError, match="escaped from inside a function being vmapped"):
        kept[0] + 1


def test_chunks():
    sizes = []

    def f(a):
        sizes.append(torch.func._batched.running()[-1].count)
        return a.sum(), a

    found = vmap(f, out_dims=(0, 1), chunk_size=2)(torch.arange(10.0).reshape(5, 2))
    assert sizes == [2, 2, 1] and found[0].tolist() == [1, 5, 9, 13, 17] and found[1].shape == (2, 5)


def test_custom_functions():
    class Cube(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g):
            return 3 * ctx.saved_tensors[0] ** 2 * g

    class Own(Cube):
        generate_vmap_rule = False

        @staticmethod
        def vmap(info, in_dims, x):
            assert info.batch_size == 2 and in_dims == (0,)
            return Own.apply(x), 0

    class Neither(Cube):
        generate_vmap_rule = False

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for function in (Cube, Own):
        assert vmap(function.apply)(x).tolist() == (x**3).tolist()
        assert vmap(grad(lambda a, f=function: f.apply(a).sum()))(x).tolist() == (3 * x * x).tolist()
    with pytest.raises(RuntimeError, match="does not have vmap support"):
        vmap(Neither.apply)(x)


def test_dtypes_promote_as_for_slices():
    whole, half = torch.arange(2), torch.ones(3, dtype=torch.float16)
    assert vmap(lambda a: a * half)(whole).dtype == torch.float16
    # a slice has no dimensions
    assert vmap(lambda a: a * torch.ones(2))(torch.ones(2, dtype=torch.float64)).dtype == torch.float32
