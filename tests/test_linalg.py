"""Decompositions by what defines them, gradients by finite differences in float64."""
import zlib

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
    assert close(low @ adjoint(low), spd) and close(torch.cholesky_solve(b, low), L.solve(spd, b))
    assert close(torch.cholesky_inverse(low), L.inv(spd))


@pytest.mark.parametrize("function, shape", [
    (lambda a: L.inv(a), (3, 3)), (lambda a: L.det(a), (2, 3, 3)), (lambda a: L.slogdet(a)[1], (3, 3)),
    (lambda a: L.solve(a, a[..., :1] + 1), (3, 3)), (lambda a: L.svd(a, full_matrices=False)[1], (4, 3)),
    (lambda a: torch.cat([x.abs().flatten() for x in L.svd(a, full_matrices=False)]), (4, 3)),
    (lambda a: L.eigh(a + a.mT)[1].abs(), (3, 3)), (lambda a: L.eig(a)[0].abs(), (3, 3)),
    (lambda a: torch.cat(L.qr(a)), (4, 4)), (lambda a: L.qr(a)[1], (3, 5)), (lambda a: L.lu(a)[1], (5, 3)),
    (lambda a: L.lu(a)[2], (3, 5)), (lambda a: L.cholesky(a @ a.mT + torch.eye(3, dtype=a.dtype)), (3, 3)),
    (lambda a: L.pinv(a), (4, 3)), (lambda a: L.matrix_exp(a), (3, 3)), (lambda a: L.matrix_norm(a, "nuc"), (3, 4)),
    (lambda a: L.cond(a), (3, 3)), (lambda a: L.lstsq(a, a[:, :1] ** 2).solution, (5, 3)),
    (lambda a: L.householder_product(a, a[0] * 0.3), (4, 3)),
    (lambda a: L.solve_triangular(a + 3 * torch.eye(3, dtype=a.dtype), a ** 2, upper=True), (3, 3))])
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
     "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the "
     "leading minor of order 1 is not positive-definite)."),
    (lambda: L.inv(torch.stack([torch.eye(3), torch.zeros(3, 3)])),
     "linalg.inv: (Batch element 1): The diagonal element 1 is zero, the inversion could not be completed because the "
     "input matrix is singular."),
    (lambda: L.solve(torch.zeros(3, 3), torch.ones(3)),
     "torch.linalg.solve: The solver failed because the input matrix is singular.")])
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


# ---- small matrices: decomposed by plain loops ----
def numbered(m, n):
    """Integers from -8 to 8 that follow no pattern a decomposition would notice."""
    return torch.tensor([[((7 * i * i + 11 * j * j + 5 * i * j + 3 * i + j + 1) % 17) - 8.0 for j in range(n)]
                         for i in range(m)], dtype=torch.float64)


def signs(x):
    return "".join("-" if v < 0 else "+" for v in x.tolist())


@pytest.mark.parametrize("m, n, wanted", [(2, 3, "+-"), (3, 5, "+++"), (3, 4, "+++"), (4, 9, "++-+"), (5, 3, "--+"),
                                          (9, 4, "--+-"), (4, 4, "-+-+")])
def test_singular_vectors_have_the_signs_of_pytorch(m, n, wanted):
    """The first row's signs are those of PyTorch 2.13 on x86-64."""
    a = numbered(m, n)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    assert signs(u[0]) == wanted
    torch.testing.assert_close((u * s) @ vh, a)
    low, values, v = torch.svd_lowrank(a, q=min(m, n), niter=4)
    torch.testing.assert_close((low * values) @ v.mH, a)


@pytest.mark.parametrize("n, lower, upper", [(3, "+-+", "+-+"), (5, "++---", "+++++"), (8, "++--++-+", "++++++-+"),
                                             (12, "+++---+++---", "-++++-++----")])
def test_eigenvectors_have_the_signs_of_pytorch(n, lower, upper):
    """The last row's signs are those of PyTorch 2.13 on x86-64."""
    a = numbered(n, n) + numbered(n, n).mT
    for uplo, wanted in (("L", lower), ("U", upper)):
        w, v = torch.linalg.eigh(a, UPLO=uplo)
        assert signs(v[-1]) == wanted
        torch.testing.assert_close((v * w) @ v.mT, a)


def hard(a):
    """Matrices on which a decomposition may trip: no rank, little rank, repeated values, far apart scales, a step in
    memory."""
    m, n = a.shape
    yield a
    yield torch.zeros_like(a)
    yield -torch.eye(m, n, dtype=a.dtype)
    yield torch.ones_like(a)
    yield a * 1e-30
    yield a * 1e30
    yield torch.diag(torch.arange(max(m, n), dtype=a.dtype))[:m, :n]
    yield a * torch.logspace(0, -37, m, dtype=a.dtype)[:, None]
    yield torch.where(torch.arange(m)[:, None] == 0, 0, a)
    yield torch.triu(a).mT.contiguous().mT
    yield torch.stack([a, -a], -1)[..., 1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("m", range(1, 11))
def test_small_matrices_are_what_their_parts_make(dtype, m):
    """Backward error and orthonormality within a small multiple of the unit roundoff: the bound that the algorithms
    promise."""
    torch.manual_seed(m)
    room = 100 * torch.finfo(dtype).eps

    def small(x, scale=1.0):
        assert x.numel() == 0 or x.abs().max().item() <= room * scale

    for n in range(1, 11):
        for a in hard(torch.randn(m, n, dtype=dtype)):
            scale, k = a.abs().max().item(), min(m, n)
            for full in (False, True):
                u, s, vh = torch.linalg.svd(a, full_matrices=full)
                small((u[:, :k] * s) @ vh[:k] - a, scale)
                small(u.mT @ u - torch.eye(u.shape[1], dtype=dtype))
                small(vh @ vh.mT - torch.eye(vh.shape[0], dtype=dtype))
                assert (s >= 0).all() and (s[:-1] >= s[1:]).all()
            small(torch.linalg.svdvals(a) - s, scale)
            q, r = torch.linalg.qr(a, "complete")
            small(q @ r - a, scale)
            small(q.mT @ q - torch.eye(m, dtype=dtype))
            packed, tau = torch.geqrf(a)
            other = torch.ones(m, 3, dtype=dtype)
            small(torch.ormqr(packed, tau, other) - q @ other)
            small(torch.ormqr(packed, tau, other.mT, left=False, transpose=True) - other.mT @ q.mT)
            if m == n:
                both = a + a.mT
                w, v = torch.linalg.eigh(both)
                small((v * w) @ v.mT - both, scale)
                small(v.mT @ v - torch.eye(n, dtype=dtype))
                assert (w[:-1] <= w[1:]).all()


@pytest.mark.parametrize("driver", ["gels", "gelsy", "gelsd", "gelss"])
@pytest.mark.parametrize("m, n", [(4, 3), (8, 2), (7, 7), (5, 1), (2, 3)])
def test_least_squares_leave_nothing_in_the_columns_reach(driver, m, n):
    torch.manual_seed(m * n)
    a, b = torch.randn(2, m, n, dtype=torch.float64), torch.randn(2, m, 2, dtype=torch.float64)
    x, residuals, *_ = torch.linalg.lstsq(a, b, driver=driver)
    rest = a @ x - b
    torch.testing.assert_close(a.mT @ rest, torch.zeros(2, n, 2, dtype=torch.float64))
    if residuals.numel():
        torch.testing.assert_close(residuals, (rest**2).sum(-2))
    if driver in ("gelsd", "gelss"):
        lost = a.clone()
        lost[..., -1] = lost[..., 0] if n > 1 else 0
        found = torch.linalg.lstsq(lost, b, driver=driver, rcond=1e-10)
        assert (found.rank == min(m, max(n - 1, 0))).all()
        torch.testing.assert_close(found.solution, torch.linalg.pinv(lost, rtol=1e-10) @ b)


def test_least_squares_of_zeros():
    for driver in ("gels", "gelsd", "gelss"):
        assert (torch.linalg.lstsq(torch.zeros(4, 2), torch.ones(4, 1), driver=driver).solution == 0).all()


@pytest.mark.parametrize("name, which", [("eigh", 1), ("svd", 0), ("svd", 2), ("eig", 1)])
def test_gradients_that_depend_on_a_phase_are_refused(name, which):
    torch.manual_seed(0)
    a = torch.randn(3, 3, dtype=torch.complex128)
    a = (a + a.mH if name == "eigh" else a).requires_grad_()
    vectors = getattr(torch.linalg, name)(a)[which]
    with pytest.raises(RuntimeError, match="phi"):
        vectors.backward(torch.randn(3, 3, dtype=torch.complex128))


def test_eigenvectors_gradients_are_symmetric():
    """A perturbation that is not symmetric means nothing to eigh: what the gradient says of it is split evenly."""
    a = (numbered(4, 4) + numbered(4, 4).mT).requires_grad_()
    vectors = torch.linalg.eigh(a)[1]
    (g,) = torch.autograd.grad(vectors, a, numbered(4, 4))
    torch.testing.assert_close(g, g.mT)
    step = numbered(4, 4) + numbered(4, 4).mT
    with torch.no_grad():
        moved = [torch.linalg.eigh(a + t * step)[1] for t in (1e-6, -1e-6)]
        torch.testing.assert_close((g * step).sum(), ((moved[0] - moved[1]) / 2e-6 * numbered(4, 4)).sum(), rtol=1e-6,
                                   atol=1e-6)


@pytest.mark.parametrize("driver, ranks", [("gelss", (1, 1, 0)), ("gelsd", (1, 1, 1))])
def test_least_squares_limits_that_mean_nothing(driver, ranks):
    """Below zero, zero and above one: the ranks are those of PyTorch 2.13."""
    a = torch.zeros(4, 2)
    a[0, 0] = 3
    for rcond, rank in zip((-1.0, 0.0, 2.0), ranks):
        found = torch.linalg.lstsq(a, torch.ones(4, 1), rcond=rcond, driver=driver)
        assert found.rank == rank and found.solution.isfinite().all()


def test_eigenvalues_of_integers_are_not_implemented():
    for f in (torch.linalg.eigh, torch.linalg.eigvalsh):
        with pytest.raises(NotImplementedError, match="linalg_eigh_cpu"):
            f(torch.ones(3, 3, dtype=torch.int64))


# the reference's factors bit for bit, of matrices half of which are singular but for rounding: checksums of L and U, of
# the pivots, and how many pivots are exactly zero
LU_BITS = {
    ("float32", 2, 2): (2478362171, 1844365859, 17),
    ("float32", 3, 3): (3000341842, 4126700280, 10),
    ("float32", 4, 4): (4262730042, 3852487505, 5),
    ("float32", 9, 9): (865176507, 1768332390, 1),
    ("float32", 16, 16): (817324514, 2874676795, 0),
    ("float32", 5, 3): (1940096557, 1717713524, 2),
    ("float32", 3, 5): (3378788052, 2241964986, 0),
    ("float64", 2, 2): (3803214050, 1844365859, 10),
    ("float64", 3, 3): (1036391756, 4126700280, 5),
    ("float64", 4, 4): (1129448653, 3852487505, 6),
    ("float64", 9, 9): (807674149, 1768332390, 2),
    ("float64", 16, 16): (1069135342, 2874676795, 0),
    ("float64", 5, 3): (533594493, 1330093147, 2),
    ("float64", 3, 5): (524218178, 2241964986, 0),
}


@pytest.mark.parametrize("dtype, m, n", LU_BITS)
def test_lu_of_nearly_singular_matrices_has_the_references_bits(dtype, m, n):
    a = torch.randint(-999, 1000, (50, m, n), generator=torch.Generator().manual_seed(7)).to(getattr(torch, dtype)) / 7
    a[25:, :, -1] = a[25:, :, 0] * 3
    lu, pivots, info = L.lu_factor_ex(a)
    bits = [zlib.crc32(t.contiguous().numpy().tobytes()) for t in (lu, pivots)]
    assert (*bits, int((info != 0).sum())) == LU_BITS[dtype, m, n]


# what the reference makes of matrices of infinities and of singular ones: cond by p, then singular values
@pytest.mark.parametrize("a, expected", [
    ([[1, np.inf, 0], [0, 1, 0], [0, 0, 1]],
     {None: np.nan, 2: np.nan, -2: np.nan, "fro": np.inf, "nuc": np.nan, 1: np.inf, np.inf: np.inf, -np.inf: np.inf}),
    ([[0, 0], [0, 0]], {None: np.nan, "fro": np.inf, "nuc": np.nan, 1: np.inf, -1: np.inf, np.inf: np.inf}),
    ([[1, 1], [1, 1]], {"fro": np.inf, "nuc": np.inf, 1: np.inf, -1: np.inf}),
])
@pytest.mark.parametrize("dtype", DTYPES)
def test_condition_of_matrices_that_have_none(dtype, a, expected):
    a = torch.tensor(a, dtype=getattr(torch, dtype))
    batch = torch.stack([torch.eye(len(a), dtype=a.dtype), a])
    for p, value in expected.items():
        assert np.array_equal(L.cond(a, p).item(), value, equal_nan=True), p
        assert np.array_equal(L.cond(batch, p)[1].item(), value, equal_nan=True), p
        assert np.isfinite(L.cond(batch, p)[0].item())


@pytest.mark.parametrize("dtype", DTYPES)
def test_singular_and_eigenvalues_of_infinities_are_nan(dtype):
    a = torch.eye(3, dtype=getattr(torch, dtype))
    a[1, 0] = np.inf
    batch = torch.stack([a, torch.eye(3, dtype=a.dtype)])
    for values in (L.svdvals(batch), L.svd(batch).S, L.eigvals(batch)):
        assert values[0].isnan().all() and (values[1] == 1).all()
    assert L.matrix_rank(a) == 0 and L.pinv(a).isnan().all()
    a[0, 0] = np.nan
    with pytest.raises(L.LinAlgError, match="contained non-finite values"):
        L.svdvals(a)
    with pytest.raises(RuntimeError, match="should not contain infs or NaNs"):
        L.eig(a)
