"""Orthogonal factorisations and spectra: QR, eigenvalues, singular values, least squares, pseudo-inverse."""
import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes
from mindtorch._core.codes import COMPLEX128, COMPLEX64, FLOAT32, FLOAT64

from ..table.checks import need_values, number
from .factorisations import (
    INT32, INT64, NOT_FINITE, LinAlgError, _both, _diagonal, _expand_pair, _eye_like, _first_failure, _real, _spread,
    adjoint, check_floating, check_matrix, check_word, columns, complex_code, cpp, lapack, made, real_code,
    solve_triangular, warn_old)
from ..table.registry import FUNCTIONS, NAMESPACES, op
from .solving import _vector_case


# ---- QR ----
def _qr_square_gradient(gq, gr, q, r):
    m = None
    if gr is not None:
        m = r @ adjoint(gr)
    if gq is not None:
        m = _both(m, -(adjoint(gq) @ q))
    low = m.tril(-1)
    sym = low + adjoint(low) + _spread(_real(_diagonal(m)).to(m.dtype))
    return solve_triangular(adjoint(r), _both(gq, q @ sym), upper=False, left=False)


def _qr_gradient(gs, results, mode):  # gs: of Q and R
    (gq, gr), (q, r) = gs, results
    m, n = q.shape[-2], r.shape[-1]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, "
            "mode='reduced') if you are going to require the derivatives "
            "of 'Q' or 'R'."
        )
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    if m >= n:
        return _qr_square_gradient(gq, gr, q, r)
    u, y_part = r[..., :, :m], r[..., :, m:]
    g_u, g_v = (None, None) if gr is None else (gr[..., :, :m], gr[..., :, m:])
    g_q = gq
    if g_v is not None:
        g_q = _both(g_q, (q @ y_part) @ adjoint(g_v))
    g_x = _qr_square_gradient(g_q, g_u, q, u)
    g_y = q @ g_v if g_v is not None else FUNCTIONS["zeros_like"](q @ y_part)
    return FUNCTIONS["cat"]((g_x, g_y), -1)


def _reflectors(A):
    a, tau = columns(A, A.shape), made(A, (*A.shape[:-2], min(A.shape[-2:])))
    lapack("lapack_qr", (a, tau, A))
    return a, tau


@op("qr", namespace="linalg", tensors=["A"], grad={"A": _qr_gradient}, node="LinalgQrBackward0")
def qr(A, mode="reduced"):
    """(Q, R) with A = Q R; mode 'reduced', 'complete' (square Q) or 'r' (empty Q)."""
    check_word(mode, "linalg_qr", "mode")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
                           "'complete'")
    check_matrix(A, "linalg.qr")
    check_floating(A, "linalg.qr", "geqrf_cpu")
    *batch, m, n = A.shape
    k = min(m, n)
    a, tau = _reflectors(A)
    size = m if mode == "complete" else k
    if mode == "complete" and m > n:
        r = columns(A, (*batch, m, n)).zero_()
        r[..., :k, :] = a[..., :k, :].triu()
    else:
        r = columns(A, (*batch, k, n)).copy_(a[..., :k, :].triu())
    q = made(A, (0,)) if mode == "r" else columns(A, (*batch, m, size))
    if mode != "r":
        lapack("lapack_reflect", (q, a if size >= n else a[..., :, :size], tau))
    return return_types.linalg_qr(q, r)


@op("qr", tensors=["input"])
def _old_qr(input, some=True):
    """(Q, R) with input = Q R; use linalg.qr in new code."""
    warn_old("qr", "torch.linalg.qr")
    return return_types.qr(*qr(input, "reduced" if some else "complete"))


@op(tensors=["input"])
def geqrf(input):
    """(a, tau): R above the diagonal, reflectors below. Not differentiable."""
    check_matrix(input, "torch.geqrf", argument="input")
    check_floating(input, "geqrf", "geqrf_cpu")
    return return_types.geqrf(*_reflectors(input.detach()))


def _householder_composed(a, tau):
    *batch, m, n = a.shape
    q = FUNCTIONS["eye"](m, dtype=a.dtype, device=a.device)
    v = a.tril(-1) + FUNCTIONS["eye"](m, n, dtype=a.dtype, device=a.device)
    for i in range(tau.shape[-1]):
        column = v[..., :, i : i + 1]
        q = q - tau[..., i : i + 1].unsqueeze(-1) * ((q @ column) @ adjoint(column))
    q = q[..., :, :n]
    return q.expand(*batch, *q.shape) if q.ndim == 2 and batch else q


def _through(function, inputs, needs, g):
    """Gradient of a composition that stands for a kernel, differentiable again when asked."""
    from mindtorch import autograd

    create = _C.is_grad_enabled()
    with autograd.enable_grad():
        given = [t if create else t.detach().requires_grad_(n) for t, n in zip(inputs, needs)]
        result = function(*given)
        if not result.requires_grad:
            return (None,) * len(inputs)
        wanted = [t for t, n in zip(given, needs) if n]
        found = iter(autograd.grad(result, wanted, g, create_graph=create, allow_unused=True))
    return tuple(next(found) if n else None for n in needs)


def _householder_gradient(g, A, tau, result, needs):
    """Both gradients from K = Q g^H, on which each reflector is undone from the left and done again from the right."""
    if _C.is_grad_enabled():
        return _through(_householder_composed, (A, tau), needs, g)
    m, k = A.shape[-2], tau.shape[-1]
    ga, gt = FUNCTIONS["zeros_like"](A), FUNCTIONS["zeros_like"](tau)
    if not A._numel or not k:
        return ga, gt
    v = A.tril(-1) + FUNCTIONS["eye"](m, A.shape[-1], dtype=A.dtype, device=A.device)
    first = v[..., :k]
    undo = tau / (tau * (first * first.conj()).sum(-2) - 1.0)
    K = result @ adjoint(g)

    def left(i):
        below = v[..., i:, i : i + 1]
        K[..., i:, :] -= (undo[..., i : i + 1].unsqueeze(-1) * below) @ (adjoint(below) @ K[..., i:, :])

    left(0)
    for i in range(k):
        below, t = v[..., i:, i : i + 1], tau[..., i : i + 1].unsqueeze(-1)
        row, column = adjoint(below) @ K[..., i:, :], K[..., i:] @ below
        ga[..., i : i + 1] = (-t * row).conj().transpose(-1, -2) + (-t * column)
        gt[..., i : i + 1] = -(row[..., i:] @ below).conj().squeeze(-1)
        if i < k - 1:
            left(i + 1)
            K[..., i:] -= (K[..., i:] @ (t * below)) @ adjoint(below)
    return ga.tril(-1), gt


@op("householder_product", namespace="linalg", tensors=["A", "tau"], node="LinalgHouseholderProductBackward0",
    grad={("A", "tau"): _householder_gradient})
def householder_product(A, tau):
    """The first columns of the product of reflectors I - tau v v^H that geqrf gives."""
    name = "torch.linalg.householder_product"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if not tau.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    if A.shape[-2] < A.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if A.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if A.ndim - tau.ndim != 1:
        raise RuntimeError(f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to "
                           f"{tau.ndim} and input.ndim is equal to {A.ndim}")
    if tuple(A.shape[:-2]) != tuple(tau.shape[:-1]):
        raise RuntimeError(f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
                           f"{list(tau.shape[:-1])}")
    if A._dtype_code != tau._dtype_code:
        raise RuntimeError(f"{name}: tau dtype {cpp(tau)} does not match input dtype {cpp(A)}")
    check_floating(A, name, "orgqr_cpu", checked=False)
    q = columns(A, A.shape)
    lapack("lapack_reflect", (q, A, tau))
    return q


@op("orgqr", tensors=["input", "input2"])
def orgqr(input, input2):
    """householder_product under its old name."""
    return householder_product(input, input2)


def _ormqr_composed(input, tau, other, left, transpose):
    m = other.shape[-2] if left else other.shape[-1]
    wide = input
    if input.shape[-1] < m:  # a square factor needs all columns
        wide = FUNCTIONS["cat"]((input,
                                 FUNCTIONS["zeros"]((*input.shape[:-1], m - input.shape[-1]), dtype=input.dtype,
                                                    device=input.device)), -1)
    q = _householder_composed(wide, tau)
    q = adjoint(q) if transpose else q
    return q @ other if left else other @ q


@op(tensors=["input", "tau", "other"],
    grad={("input", "tau", "other"): lambda g, input, tau, other, left, transpose, needs: _through(
    lambda i, t, o: _ormqr_composed(i, t, o, left, transpose), (input, tau, other), needs, g)})
def ormqr(input, tau, other, left=True, transpose=False):
    """Product of the reflectors of geqrf with other: Q other, or other Q; Q^H when transpose."""
    for name, t in (("input", input), ("other", other)):
        if t.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    if not tau.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    size = other.shape[-2] if left else other.shape[-1]
    if size < tau.shape[-1]:
        raise RuntimeError(f"torch.ormqr: other.shape[{-2 if left else -1}] must be greater than or equal to "
                           "tau.shape[-1]")
    if size != input.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2]")
    if tau.shape[-1] > input.shape[-1]:
        raise RuntimeError("torch.ormqr: tau.shape[-1] must be less than or equal to input.shape[-1]")
    if input.ndim - tau.ndim != 1:
        raise RuntimeError("torch.ormqr: Expected tau to have one dimension less than input, but got tau.ndim equal "
                           f"to {tau.ndim} and input.ndim is equal to {input.ndim}")
    if input.ndim != other.ndim:
        raise RuntimeError("torch.ormqr: Expected other to have the same number of dimensions as input, but got "
                           f"other.ndim equal to {other.ndim} and input.ndim is equal to {input.ndim}")
    for name, t, have in (("tau", tau, tau.shape[:-1]), ("other", other, other.shape[:-2])):
        if tuple(have) != tuple(input.shape[:-2]):
            raise RuntimeError(f"torch.ormqr: Expected batch dimensions of {name} to be equal to input.shape[:-2], but "
                               f"got {list(have)}")
        if t._dtype_code != input._dtype_code:
            raise RuntimeError(f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype "
                               f"{cpp(input)} and {name} has dtype {cpp(t)}")
    check_floating(input, "torch.ormqr", "ormqr_cpu", checked=False)
    out = columns(other, other.shape)
    lapack("lapack_reflect_times", (out, input, tau, other), (bool(left), bool(transpose)))
    return out


# ---- eigenvalues ----
def _refuse_phase(what, x, tail):
    """RuntimeError when a gradient would turn the complex vectors that x's diagonal belongs to by a phase: no phase is
    theirs."""
    if x.dtype.is_complex and x._numel and x._device_code >= 0 and not _C.is_grad_enabled():
        if FUNCTIONS["imag"](_diagonal(x)).abs().max().item() > 1e-2 * max(1.0, x.abs().max().item()):
            raise RuntimeError(f"{what} in the complex case are specified up to multiplication by e^{{i phi}}. The "
                               f"specified loss function depends on this {tail} ill-defined.")


def _eigh_gradient(gs, results):
    (gl, gv), (values, vectors) = gs, results
    inner = None
    if gv is not None:
        vgv = adjoint(vectors) @ gv
        _refuse_phase("linalg_eigh_backward: The eigenvectors", vgv, "quantity, so it is")
        vgv = (vgv - adjoint(vgv)) * 0.5  # vectors can only turn
        gap = values.unsqueeze(-2) - values.unsqueeze(-1)
        inner = vgv / gap.masked_fill(_eye_like(values, values.shape[-1]) != 0, float("inf"))
    if gl is not None:
        inner = _both(inner, _spread(gl).to(vectors.dtype))
    return vectors @ inner @ adjoint(vectors)


@op("_eigh", function=False, method=False, out=False, node="LinalgEighBackward0", grad={"A": _eigh_gradient})
def _eigh(A, upper, vectors, name):
    values, info = made(A, A.shape[:-1], real_code(A)), made(A, A.shape[:-2], INT32)
    v = columns(A, A.shape) if vectors else None
    lapack("lapack_eigh", (values, v, info, A), (upper,))
    if bad := _first_failure(info):
        raise LinAlgError(f"{name}: {bad[0]}The algorithm failed to converge because the input matrix is "
                          f"ill-conditioned or has too many repeated eigenvalues (error code: {bad[1]}).")
    return values, v


def _checked_eigh(A, UPLO, vectors, name):
    check_matrix(A, name, True)
    check_floating(A, name, "linalg_eigh_cpu", checked=False)
    check_word(UPLO, name.replace(".", "_"), "UPLO")
    if UPLO.upper() not in ("L", "U") or len(UPLO) != 1:
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return _eigh(A, UPLO.upper() == "U", vectors or _C.needs_grad(A), name)


@op("eigh", namespace="linalg", tensors=["A"])
def eigh(A, UPLO="L"):
    """(eigenvalues in ascending order, eigenvectors) of Hermitian matrices, of which one triangle is read."""
    return return_types.linalg_eigh(*_checked_eigh(A, UPLO, True, "linalg.eigh"))


@op("eigvalsh", namespace="linalg", tensors=["A"])
def eigvalsh(A, UPLO="L"):
    """Eigenvalues of Hermitian matrices in ascending order."""
    return _checked_eigh(A, UPLO, False, "linalg.eigh")[0]


def _eig_gradient(gs, results, A):
    (gl, gv), (values, vectors) = gs, results
    inner = None
    if gv is not None:
        vgv = adjoint(vectors) @ gv
        diagonal = _diagonal(vgv)
        _refuse_phase("linalg_eig_backward: The eigenvectors", vgv, "quantity, so it is")
        scaled = (adjoint(vectors) @ vectors) * FUNCTIONS["real"](diagonal).unsqueeze(-2)
        gap = (values.unsqueeze(-2) - values.unsqueeze(-1)).conj()
        off = FUNCTIONS["eye"](values.shape[-1], device=values.device) != 0
        inner = ((vgv - scaled) / gap.masked_fill(off, 1.0)).masked_fill(off, 0.0)
    if gl is not None:
        inner = _both(inner, _spread(gl))
    g = NAMESPACES["linalg"]["solve"](adjoint(vectors), inner @ adjoint(vectors))
    return g if A.dtype.is_complex else FUNCTIONS["real"](g)


@op("_eig", function=False, method=False, out=False, node="LinalgEigBackward0", grad={"A": _eig_gradient})
def _eig(A, vectors):
    code = complex_code(A)
    values, info = made(A, A.shape[:-1], code), made(A, A.shape[:-2], INT32)
    v = columns(A, A.shape, code) if vectors else None
    lapack("lapack_eig", (values, v, info, A))
    if bad := _first_failure(info):
        if bad[1] == NOT_FINITE:
            raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
        raise LinAlgError(f"linalg.eig: {bad[0]}The algorithm failed to converge because the input matrix is "
                          f"ill-conditioned or has too many repeated eigenvalues (error code: {bad[1]}).")
    return values, v


def _checked_eig(A, vectors):
    check_matrix(A, "linalg.eig", True)
    check_floating(A, "linalg.eig", "linalg_eig_cpu")
    return _eig(A, vectors or _C.needs_grad(A))


@op("eig", namespace="linalg", tensors=["A"])
def eig(A):
    """(eigenvalues, eigenvectors) of square matrices, both complex."""
    return return_types.linalg_eig(*_checked_eig(A, True))


@op("eigvals", namespace="linalg", tensors=["A"])
def eigvals(A):
    """Eigenvalues of square matrices, complex, in no special order."""
    return _checked_eig(A, False)[0]


# ---- singular values ----
def _svd_gradient(gs, results, A, full_matrices):
    (gu, gsv, gvh), (u, s, vh) = gs, results
    m, n = A.shape[-2:]
    k = min(m, n)
    if full_matrices and m != n and (gu is not None or gvh is not None):
        if (gu is not None and u.shape[-1] > k) or (gvh is not None and vh.shape[-2] > k):
            u, vh = u[..., :, :k], vh[..., :k, :]
            gu = gu[..., :, :k] if gu is not None else None
            gvh = gvh[..., :k, :] if gvh is not None else None
    u, vh = u[..., :, :k], vh[..., :k, :]
    if gu is None and gvh is None:
        return u @ (gsv.unsqueeze(-1).to(A.dtype) * vh)
    same = FUNCTIONS["eye"](k, device=A.device) != 0
    square = s * s
    gap = (square.unsqueeze(-2) - square.unsqueeze(-1)).masked_fill(same, 1.0)

    def skew(x):
        return x - adjoint(x)

    inner, row, column = None, s.unsqueeze(-2), s.unsqueeze(-1)
    ugu = vgv = None
    if gu is not None:
        ugu = skew(adjoint(u) @ gu)
        inner = ugu / gap * row
    if gvh is not None:
        vgv = skew(vh @ adjoint(gvh))
        inner = _both(inner, column * (vgv / gap))
    _refuse_phase("svd_backward: The singular vectors", _both(ugu, vgv), "phase term, making it")
    inner = inner.masked_fill(same, 0.0)
    if gsv is not None:
        inner = inner + _spread(gsv).to(inner.dtype)
    if A.dtype.is_complex and ugu is not None:
        inner = inner + _spread(_diagonal(ugu) / (2 * s))
    result = u @ inner @ vh
    if m > k and gu is not None:
        part = gu / row
        result = result + (part - u @ (adjoint(u) @ part)) @ vh
    if n > k and gvh is not None:
        part = gvh / column
        result = result + u @ (part - (part @ adjoint(vh)) @ vh)
    return result


@op("_svd", function=False, method=False, out=False, node="LinalgSvdBackward0", grad={"A": _svd_gradient})
def _svd(A, full_matrices, vectors, name):
    *batch, m, n = A.shape
    k = min(m, n)
    s, info = made(A, (*batch, k), real_code(A)), made(A, batch, INT32)
    u = vh = None
    if vectors:
        u, vh = columns(A, (*batch, m, m if full_matrices else k)), columns(A, (*batch, n if full_matrices else k, n))
    lapack("lapack_svd", (s, u, vh, info, A))
    if bad := _first_failure(info):
        if bad[1] == NOT_FINITE:
            raise LinAlgError(f"{name}: {bad[0]}The algorithm failed to converge because the input matrix contained "
                              "non-finite values.")
        raise LinAlgError(f"{name}: {bad[0]}The algorithm failed to converge because the input matrix is "
                          f"ill-conditioned or has too many repeated singular values (error code: {bad[1]}).")
    return u, s, vh


def _checked_svd(A, full_matrices, vectors, driver, name):
    check_matrix(A, name)
    check_floating(A, name, "linalg_svd_cpu")
    if driver is not None:
        check_word(driver, "linalg_svd", "driver")
        raise RuntimeError("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
                           "cuSOLVER backend.")
    return _svd(A, full_matrices, vectors or _C.needs_grad(A), "linalg.svd")


@op("svd", namespace="linalg", tensors=["A"])
def svd(A, full_matrices=True, *, driver=None):
    """(U, S, Vh) with A = U diag(S) Vh; S real and descending. LinAlgError when it does not converge."""
    return return_types.linalg_svd(*_checked_svd(A, full_matrices, True, driver, "linalg.svd"))


@op("svdvals", namespace="linalg", tensors=["A"])
def svdvals(A, *, driver=None):
    """Singular values in descending order."""
    return _checked_svd(A, False, False, driver, "linalg.svd")[1]


@op("svd", tensors=["input"])
def _old_svd(input, some=True, compute_uv=True):
    """(U, S, V) with input = U diag(S) V^H; use linalg.svd in new code."""
    check_matrix(input, "linalg.svd")
    if not compute_uv:
        zeros = FUNCTIONS["zeros"]
        *batch, m, n = input.shape
        return return_types.svd(zeros((*batch, m, m), dtype=input.dtype), svdvals(input),
                                zeros((*batch, n, n), dtype=input.dtype))
    u, s, vh = svd(input, not some)
    return return_types.svd(u, s, adjoint(vh))


# ---- pseudo-inverse and least squares ----
def _pinv_gradient(g, result, A):
    m, n = A.shape[-2:]
    ph, gh = adjoint(result), adjoint(g)
    if m <= n:
        k = gh @ result
        kph = k @ ph
        return -adjoint(result @ k) + kph - (A @ result) @ kph + (ph @ result) @ (gh - k @ A)
    k = result @ gh
    phk = ph @ k
    return -adjoint(k @ result) + (gh - A @ k) @ result @ ph + phk - (phk @ result) @ A


def _tolerance(A, largest, atol, rtol):
    """max(atol, rtol * largest singular value), with the default rtol where none is given."""
    if rtol is None:
        rtol = (0.0 if atol is not None and (hasattr(atol, "_dtype_code") or atol > 0)
                else dtypes.finfo(A.dtype).eps * max(A.shape[-2:]))
    if hasattr(atol, "_dtype_code") and not hasattr(rtol, "_dtype_code"):
        eps = dtypes.finfo(A.dtype).eps * max(A.shape[-2:])
        rtol = FUNCTIONS["where"](atol > 0, FUNCTIONS["zeros_like"](atol),
                                  FUNCTIONS["full_like"](atol, eps)) if rtol == 0.0 else rtol
    relative = (rtol.unsqueeze(-1) if hasattr(rtol, "_dtype_code") and rtol.ndim else rtol) * largest
    if atol is None:
        return relative
    atol = atol.unsqueeze(-1) if hasattr(atol, "_dtype_code") and atol.ndim else atol
    return FUNCTIONS["maximum"](relative, atol if hasattr(atol, "_dtype_code")
                                else FUNCTIONS["full_like"](relative, atol))


@op("_pinv", function=False, method=False, out=False, node="LinalgPinvBackward0", grad={"A": _pinv_gradient})
def _pinv(A, atol, rtol, hermitian):
    *batch, m, n = A.shape
    if not A._numel:
        return made(A, (*batch, n, m))
    if hermitian:
        values, v = _eigh(A, False, True, "linalg.pinv")
        size = values.abs()
        limit = _tolerance(A, size.amax(-1, keepdim=True), atol, rtol)
        inverse = FUNCTIONS["where"](size > limit, values.reciprocal(), FUNCTIONS["zeros_like"](values)).to(A.dtype)
        return (v * inverse.unsqueeze(-2)) @ adjoint(v)
    u, s, vh = _svd(A, False, True, "linalg.svd")
    limit = _tolerance(A, s[..., :1], atol, rtol)
    inverse = FUNCTIONS["where"](s > limit, s.reciprocal(), FUNCTIONS["zeros_like"](s)).to(A.dtype)
    return (adjoint(vh) * inverse.unsqueeze(-2)) @ adjoint(u)


def _checked_pinv(A, atol, rtol, hermitian):
    if A.ndim < 2 or not (A.dtype.is_floating_point or A.dtype.is_complex):
        raise RuntimeError(f"linalg.pinv({cpp(A)}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of "
                           "float, double, cfloat or cdouble types")
    if A.dtype.itemsize <= 2:
        raise RuntimeError(f"linalg.pinv({cpp(A)}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of "
                           "float, double, cfloat or cdouble types")
    if hermitian:
        check_matrix(A, "linalg.eigh", True)
    return _pinv(A, atol, rtol, hermitian)


@op("pinv", namespace="linalg", tensors=["A"])
def pinv(A, rcond: object = None, hermitian=False, *, atol: object = None, rtol: object = None):
    """Moore-Penrose pseudo-inverse; singular values up to max(atol, rtol * largest) count as zero."""
    return _checked_pinv(A, atol, rcond if rtol is None else rtol, hermitian)


@op(tensors=["input"])
def pinverse(input, rcond=1e-15):
    """Pseudo-inverse; use linalg.pinv in new code."""
    return _checked_pinv(input, None, rcond, False)


_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _lstsq_gradient(gs, a, b, results, needs):
    gx, gr = gs[:2]
    ga = gb = None
    if gx is not None:
        if needs[0]:
            ga, gb = _through(lambda x, y: _pinv(x, None, None, False) @ y, (a, b), needs, gx)
        else:
            gb = adjoint(_pinv(a, None, None, False)) @ gx
    if gr is not None and gr._numel:
        rest = (a @ results[0] - b) * (2 * gr).unsqueeze(-2).to(a.dtype)
        ga, gb = _both(ga, rest @ adjoint(results[0])), _both(gb, -rest)
    return ga, gb


@op("_lstsq", function=False, method=False, out=False, node="LinalgLstsqBackward0", grad={("a", "b"): _lstsq_gradient})
def _lstsq(a, b, rcond, driver):
    *batch, m, n = a.shape
    full, info, rank, values = columns(b,
                                       (*batch, max(m, n),
                                        b.shape[-1])), made(a, batch,
                                                            INT32), made(a, batch,
                                                                         INT64), made(a, (*batch, min(m, n)),
                                                                                      real_code(a))
    lapack("lapack_lstsq", (full, rank, values, info, a, b), (_DRIVERS.index(driver), rcond))
    if bad := _first_failure(info):
        raise LinAlgError(f"torch.linalg.lstsq: {bad[0]}The least squares solution could not be computed because the "
                          f"input matrix does not have full rank (error code: {bad[1]}).")
    residuals = made(a, (0,), real_code(a))
    if m > n and driver != "gelsy" and (driver == "gels" or need_values("linalg.lstsq", rank)
                                        or bool((rank == n).all())):
        residuals = (full[..., n:m, :].abs() ** 2).sum(-2)
    return full[..., :n, :].clone() if m > n else full, residuals, rank, values


@op("lstsq", namespace="linalg", tensors=["A", "B"])
def lstsq(A, B, rcond=None, *, driver=None):
    """(solution, residuals, rank, singular values) of min |A X - B|; driver gels, gelsy (default), gelsd or gelss
    decides what is filled."""
    name = "torch.linalg.lstsq"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A._dtype_code != B._dtype_code:
        raise RuntimeError(f"{name}: Expected input and other to have the same dtype, but got input's dtype {cpp(A)} "
                           f"and other's dtype {cpp(B)}")
    if not 0 <= A.ndim - B.ndim <= 1:
        raise RuntimeError(f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - "
                           "other.dim()) <= 1")
    if driver is not None:
        check_word(driver, "linalg_lstsq", "driver")
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    if rcond is None and A._dtype_code not in (FLOAT32, FLOAT64, COMPLEX64, COMPLEX128):
        raise RuntimeError("This function doesn't handle types other than float and double")
    check_floating(A, name, "linalg_lstsq_cpu", checked=False)
    driver = driver or "gelsy"
    vector = _vector_case(A, B)
    b = B.unsqueeze(-1) if vector else B
    if b.shape[-2] != A.shape[-2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({'-1' if vector else '-2'})")
    a, b = _expand_pair(A, b, name)
    m, n = a.shape[-2:]
    limit = dtypes.finfo(A.dtype).eps * max(m, n) if rcond is None else number(rcond, "linalg_lstsq", "rcond")
    solution, residuals, rank, values = _lstsq(a, b, limit, driver)
    rank_out = rank if driver != "gels" else made(A, (0,), INT64)
    values_out = values.detach() if driver in ("gelsd", "gelss") else made(A, (0,), real_code(A))
    return return_types.linalg_lstsq(solution.squeeze(-1) if vector else solution, residuals, rank_out, values_out)
