"""Decompositions by what defines them, gradients by finite differences in float64."""
import numpy as np
import pytest

import mindtorch as torch

L = torch.linalg
rng = np.random.default_rng(5)
DTYPES = ["float32", "float64", "complex64", "complex128"]


def random(shape, dtype):
    a = rng.standard_normal(shape)
    return torch.from_numpy((a + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else a).astype(dtype))


def close(a, b):
    a, b = (x.detach().numpy() for x in (a, b))
    single = a.dtype in (np.float32, np.complex64)
    return np.allclose(a, b, rtol=2e-3 if single else 1e-9, atol=2e-3 if single else 1e-9)


def adjoint(t):
    return t.mT.conj() if t.is_complex() else t.mT


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(2, 4, 4), (3, 5, 3), (3, 5), (0, 3, 3)])
def test_factors_multiply_back(dtype, shape):
    a = random(shape, dtype)
    q, r = L.qr(a)
    assert close(q @ r, a) and close(adjoint(q) @ q, torch.eye(q.shape[-1], dtype=a.dtype).expand(*shape[:-2], -1, -1))
    p, low, up = L.lu(a)
    assert close(p @ low @ up, a)
    u, s, vh = L.svd(a, full_matrices=False)
    assert close((u * s.unsqueeze(-2)) @ vh, a) and close(L.svdvals(a), s)
    assert close(a @ L.pinv(a) @ a, a)


@pytest.mark.parametrize("dtype", DTYPES)
def test_square_functions(dtype):
    a = random((2, 4, 4), dtype)
    b = random((2, 4, 3), dtype)
    assert close(a @ L.solve(a, b), b) and close(L.inv(a) @ a, torch.eye(4, dtype=a.dtype).expand(2, 4, 4))
    assert np.allclose(L.det(a).numpy(), np.linalg.det(a.numpy()), rtol=1e-3)
    sign, log = L.slogdet(a)
    assert np.allclose((sign * log.exp()).numpy(), L.det(a).numpy(), rtol=1e-3)
    values, vectors = L.eig(a)
    assert close(a.to(vectors.dtype) @ vectors, vectors * values.unsqueeze(-2))
    h = a + adjoint(a)
    values, vectors = L.eigh(h)
    assert close(h @ vectors, vectors * values.unsqueeze(-2))
    spd = a @ adjoint(a) + 4 * torch.eye(4, dtype=a.dtype)
    low = L.cholesky(spd)
    assert close(low @ adjoint(low), spd) and close(torch.cholesky_solve(b, low), L.solve(spd, b)) and close(torch.cholesky_inverse(low), L.inv(spd))


@pytest.mark.parametrize("function, shape", [
    (lambda a: L.inv(a), (3, 3)), (lambda a: L.det(a), (2, 3, 3)), (lambda a: L.slogdet(a)[1], (3, 3)), (lambda a: L.solve(a, a[..., :1] + 1), (3, 3)), (lambda a: L.svd(a, full_matrices=False)[1], (4, 3)),
    (lambda a: torch.cat([x.abs().flatten() for x in L.svd(a, full_matrices=False)]), (4, 3)), (lambda a: L.eigh(a + a.mT)[1].abs(), (3, 3)), (lambda a: L.eig(a)[0].abs(), (3, 3)),
    (lambda a: torch.cat(L.qr(a)), (4, 4)), (lambda a: L.qr(a)[1], (3, 5)), (lambda a: L.lu(a)[1], (5, 3)), (lambda a: L.lu(a)[2], (3, 5)), (lambda a: L.cholesky(a @ a.mT + torch.eye(3, dtype=a.dtype)), (3, 3)),
    (lambda a: L.pinv(a), (4, 3)), (lambda a: L.matrix_exp(a), (3, 3)), (lambda a: L.matrix_norm(a, "nuc"), (3, 4)), (lambda a: L.cond(a), (3, 3)), (lambda a: L.lstsq(a, a[:, :1] ** 2).solution, (5, 3)),
    (lambda a: L.householder_product(a, a[0] * 0.3), (4, 3)), (lambda a: L.solve_triangular(a + 3 * torch.eye(3, dtype=a.dtype), a ** 2, upper=True), (3, 3))])
def test_gradients_are_differences(function, shape):
    a = random(shape, "float64").requires_grad_()
    out = function(a)
    weight = random(out.shape, "float64")
    (out * weight).sum().backward()
    step = random(shape, "float64")
    high, low = ((function(a.detach() + s * step) * weight).sum().item() for s in (1e-6, -1e-6))
    assert np.isclose((a.grad * step).sum().item(), (high - low) / 2e-6, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("call, text", [
    (lambda: L.cholesky(-torch.eye(3)),
     "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite)."),
    (lambda: L.inv(torch.stack([torch.eye(3), torch.zeros(3, 3)])),
     "linalg.inv: (Batch element 1): The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular."),
    (lambda: L.solve(torch.zeros(3, 3), torch.ones(3)), "torch.linalg.solve: The solver failed because the input matrix is singular.")])
def test_singular_matrices(call, text):
    with pytest.raises(L.LinAlgError) as e:
        call()
    assert str(e.value) == text


@pytest.mark.parametrize("driver", ["gels", "gelsy", "gelsd", "gelss"])
def test_lstsq(driver):
    a, b = random((2, 5, 3), "float64"), random((2, 5, 2), "float64")
    r = L.lstsq(a, b, driver=driver)
    assert close(r.solution, L.pinv(a) @ b)
    if driver != "gelsy":
        assert close(r.residuals, ((a @ r.solution - b) ** 2).sum(-2))


def test_norms_ranks_and_powers():
    a = torch.tensor([[1.0, -2.0], [3.0, 4.0]], dtype=torch.float64)
    n = a.numpy()
    for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        assert np.isclose(L.matrix_norm(a, order).item(), np.linalg.norm(n, order))
    assert L.matrix_rank(torch.ones(3, 3)).item() == 1
    assert L.matrix_power(a, -2).numpy() == pytest.approx(np.linalg.matrix_power(n, -2))
    assert L.cross(torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0])).tolist() == [0.0, 0.0, 1.0]
    assert L.matrix_exp(torch.tensor([[0.0, 1.0], [0.0, 0.0]])).tolist() == [[1.0, 1.0], [0.0, 1.0]]
