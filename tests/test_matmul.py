"""Products against NumPy, gradients against formulas, errors by type and text."""
import numpy as np
import pytest

import mindtorch as torch

rng = np.random.default_rng(7)
DTYPES = ["float32", "float64", "int8", "int32", "int64", "complex64", "complex128"]


def values(shape, dtype):
    a = rng.integers(-4, 5, shape)
    return (a + 1j * rng.integers(-4, 5, shape)).astype(dtype) if dtype.startswith("complex") else a.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("m, k, n", [(1, 1, 1), (1, 7, 5), (9, 8, 1), (33, 17, 29), (64, 300, 70), (130, 40, 401)])
def test_mm_of_strided_operands(dtype, m, k, n):
    a, b = values((m, k), dtype), values((k, n), dtype)
    wide = values((k, 2 * n), dtype)
    for x, y in [(a, b), (a.T.copy().T, b), (a, b.T.copy().T), (a, wide[:, ::2])]:
        assert np.array_equal(torch.mm(torch.from_numpy(x), torch.from_numpy(y)).numpy(), x @ y)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_sum_in_float32(dtype):
    a, b = values((50, 300), "float32"), values((300, 60), "float32")
    got = torch.mm(torch.from_numpy(a).to(getattr(torch, dtype)), torch.from_numpy(b).to(getattr(torch, dtype)))
    exact = torch.from_numpy(a @ b).to(getattr(torch, dtype))
    assert got.dtype == getattr(torch, dtype) and torch.equal(got, exact)


@pytest.mark.parametrize("batch, m, k, n", [((), 70, 400, 1024), ((3,), 97, 193, 1024),
                                               ((2,), 261, 64, 3072), ((), 5, 700, 2049)])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_large_products_in_every_layout(dtype, batch, m, k, n):
    """Rows a multiple of 4 KB apart, transposed, with gaps; a bias; what is added lying in the result's memory."""
    of = lambda x: torch.from_numpy(x).to(getattr(torch, dtype))
    a, b, bias = values((*batch, m, k), "float32"), values((*batch, k, n), "float32"), values((n,), "float32")
    exact = of(a @ b)
    turned = lambda x: of(x.swapaxes(-1, -2).copy()).transpose(-1, -2)
    gaps = lambda x: of(np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, 5)]))[..., :x.shape[-1]]
    for left in (of, turned, gaps):
        for right in (of, turned, gaps):
            assert torch.equal(torch.matmul(left(a), right(b)), exact)
    weight = bias[:, None].repeat(k, 1)
    assert torch.equal(torch.nn.functional.linear(of(a), of(weight), of(bias)), of(a @ weight.T + bias))
    if not batch:
        out = of(np.zeros_like(a @ b) + bias)
        torch.addmm(out, of(a), of(b), beta=2, alpha=-1, out=out)
        assert torch.equal(out, of(2 * bias - a @ b))


def test_zero_inner_size_gives_zeros():
    assert torch.mm(torch.empty(2, 0), torch.empty(0, 3)).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("a, b", [((5,), (5,)), ((5,), (5, 3)), ((4, 5), (5,)), ((2, 4, 5), (5,)), ((5,), (2, 5, 3)),
                                  ((2, 4, 5), (5, 3)), ((3, 1, 4, 5), (2, 5, 3)), ((0, 4, 5), (5, 3)),
                                  ((4, 5), (2, 5, 3))])
def test_matmul_broadcasts(a, b):
    x, y = rng.standard_normal(a), rng.standard_normal(b)
    got = torch.matmul(torch.from_numpy(x), torch.from_numpy(y))
    assert got.shape == np.matmul(x, y).shape and np.allclose(got.numpy(), np.matmul(x, y))


def test_gradients_of_broadcast_matmul():
    x, y, g = rng.standard_normal((3, 1, 4, 5)), rng.standard_normal((2, 5, 6)), rng.standard_normal((3, 2, 4, 6))
    a, b = torch.from_numpy(x).requires_grad_(), torch.from_numpy(y).requires_grad_()
    (a @ b).backward(torch.from_numpy(g))
    assert np.allclose(a.grad.numpy(), (g @ y.swapaxes(1, 2)).sum(1, keepdims=True))
    assert np.allclose(b.grad.numpy(), (x.swapaxes(2, 3) @ g).sum(0))


def test_linear_and_its_gradients():
    x, w, b, g = (rng.standard_normal(s) for s in ((2, 3, 7), (5, 7), (5,), (2, 3, 5)))
    tx, tw, tb = (torch.from_numpy(v).requires_grad_() for v in (x, w, b))
    out = torch.nn.functional.linear(tx, tw, tb)
    assert np.allclose(out.detach().numpy(), x @ w.T + b)
    out.backward(torch.from_numpy(g))
    assert np.allclose(tx.grad.numpy(), g @ w)
    assert np.allclose(tw.grad.numpy(), np.einsum("abo,abi->oi", g, x))
    assert np.allclose(tb.grad.numpy(), g.sum((0, 1)))


def test_addmm_scales_and_ignores_input_for_beta_zero():
    nan = torch.full((2, 2), float("nan"))
    a, b = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    assert torch.addmm(nan, a, b, beta=0, alpha=2).tolist() == [[6.0, 4.0], [14.0, 8.0]]
    assert torch.addmm(torch.tensor([1.0, 10.0]), a, b, beta=3).tolist() == [[6.0, 32.0], [10.0, 34.0]]
    assert torch.baddbmm(torch.ones(1), a.unsqueeze(0), b.unsqueeze(0)).tolist() == [[[4.0, 3.0], [8.0, 5.0]]]


def test_second_derivative_of_mm():
    a = torch.from_numpy(rng.standard_normal((3, 3))).requires_grad_()
    (g,) = torch.autograd.grad((a @ a).sum(), a, create_graph=True)
    (h,) = torch.autograd.grad((g * g).sum(), a)
    n, one = a.detach().numpy(), np.ones((3, 3))
    first = one @ n.T + n.T @ one
    assert np.allclose(h.numpy(), 2 * ((first.T @ one) + (one @ first.T)))


@pytest.mark.parametrize("call, text", [
    (lambda: torch.mm(torch.ones(2, 3), torch.ones(2, 3)), "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    (lambda: torch.mm(torch.ones(2, 3), torch.ones(3, 2, dtype=torch.float64)),
     "expected m1 and m2 to have the same dtype, but got: float != double"),
    (lambda: torch.bmm(torch.ones(1, 2, 3), torch.ones(1, 3, 2, dtype=torch.float64)),
     "expected scalar type Float but found Double"),
    (lambda: torch.nn.functional.linear(torch.ones(5, 2, 3), torch.ones(2, 4)),
     "mat1 and mat2 shapes cannot be multiplied (10x3 and 4x2)"),
    (lambda: torch.einsum("ij,jk", torch.ones(2, 3), torch.ones(2, 3)),
     "einsum(): subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3")])
def test_errors(call, text):
    with pytest.raises(RuntimeError) as e:
        call()
    assert str(e.value) == text


def test_bool_has_no_product():
    with pytest.raises(NotImplementedError):
        torch.mm(torch.ones(2, 2, dtype=torch.bool), torch.ones(2, 2, dtype=torch.bool))


@pytest.mark.parametrize("equation, shapes", [
    ("ij,jk->ik", [(3, 4), (4, 5)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]), ("ii->i", [(4, 4)]), ("ii", [(4, 4)]),
    ("ij->ji", [(3, 4)]), ("...ij,...jk", [(2, 3, 4), (4, 5)]),
    ("i,j->ij", [(3,), (4,)]), ("abc,cd,de->abe", [(2, 3, 4), (4, 5), (5, 6)]),
    ("bqhd,bkhd->bhqk", [(2, 3, 4, 5), (2, 6, 4, 5)]), ("ij,ij->", [(3, 4), (3, 4)])])
def test_einsum(equation, shapes):
    arrays = [rng.standard_normal(s) for s in shapes]
    assert np.allclose(torch.einsum(equation, *map(torch.from_numpy, arrays)).numpy(), np.einsum(equation, *arrays))


def test_einsum_sublists():
    a, b = rng.standard_normal((3, 4)), rng.standard_normal((4, 5))
    assert np.allclose(torch.einsum(torch.from_numpy(a), [0, 1], torch.from_numpy(b), [1, 2], [2, 0]).numpy(),
                       (a @ b).T)


def test_tensordot_and_multi_dot():
    a, b = rng.standard_normal((3, 4, 5)), rng.standard_normal((5, 4, 2))
    assert np.allclose(torch.tensordot(torch.from_numpy(a), torch.from_numpy(b), dims=([1, 2], [1, 0])).numpy(),
                       np.tensordot(a, b, ([1, 2], [1, 0])))
    chain = [rng.standard_normal(s) for s in ((3, 10), (10, 2), (2, 7))]
    assert np.allclose(torch.linalg.multi_dot([torch.from_numpy(c) for c in chain]).numpy(), np.linalg.multi_dot(chain))
