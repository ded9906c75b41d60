"""Randomised low-rank decompositions. N. Halko, P. G. Martinsson, J. A. Tropp, SIAM Review 53 (2011), algorithms 4.4
and 5.1."""

from ..table.registry import FUNCTIONS, NAMESPACES, op


def _matmul(a, b):
    return FUNCTIONS["matmul"](a, b)


def _range(a, q, niter, shift=None):
    """Orthonormal columns that span most of a's (a minus shift's) range: randomised subspace iteration."""
    qr = NAMESPACES["linalg"]["qr"]

    def times(x):
        return _matmul(a, x) if shift is None else _matmul(a, x) - _matmul(shift, x)

    def times_adjoint(x):
        return _matmul(a.mH, x) if shift is None else _matmul(a.mH, x) - _matmul(shift.mH, x)

    basis = qr(times(FUNCTIONS["randn"](a.shape[-1], q, dtype=a.dtype, device=a.device)))[0]
    for _ in range(niter):
        basis = qr(times(qr(times_adjoint(basis))[0]))[0]
    return basis


@op(method=False, out=False)
def svd_lowrank(A, q=6, niter=2, M=None):
    """(U, S, V) with A (minus M) near U diag(S) V^H, of rank q or of as much as there is."""
    q = 6 if q is None else q
    m, n = A.shape[-2:]
    shift = None if M is None else FUNCTIONS["broadcast_to"](M, A.shape)
    tall, shift = (A, shift) if m >= n else (A.mH, None if shift is None else shift.mH)
    basis = _range(tall, q, niter, shift)
    small = _matmul(basis.mH, tall)
    u, s, vh = NAMESPACES["linalg"]["svd"](small if shift is None else small - _matmul(basis.mH, shift),
                                           full_matrices=False)
    u, v = _matmul(basis, u), vh.mH
    return (u, s, v) if m >= n else (v, s, u)


@op(method=False, out=False)
def pca_lowrank(A, q=None, center=True, niter=2):
    """svd_lowrank of A with its columns' means taken off. ValueError for a q or niter that does not fit."""
    m, n = A.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)


