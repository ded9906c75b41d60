"""Solving equations, inverses, determinants, and the symmetric factorisation LDL."""
import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes

from ..table.checks import known
from .factorisations import (INT32, LinAlgError, _both, _conj, _diagonal, _expand_pair, _eye_like, _first_failure,
                     _raise_singular, _spread, check_floating, check_matrix, check_precise, columns,
                     lapack, lu_factor_ex, lu_solve, made)
from .matmul import adjoint, cpp, _expanded
from ..table.registry import FUNCTIONS, NAMESPACES, With, op, register


# ---- solving, inverse, determinant ----
def _vector_case(a, b):
    """Whether b is a batch of vectors rather than of matrices."""
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and tuple(b.shape) == tuple(a.shape[:-1]))


def _solve_gradient(g, a, result, needs):
    gb = _solve(adjoint(a), g)[0]
    return (-(gb @ adjoint(result)) if needs[0] else None), gb


@op("_solve", function=False, method=False, out=False, node="LinalgSolveExBackward0",
    grad={("a", "b"): lambda gs, a, results, needs: _solve_gradient(gs[0], a, results[0], needs)})
def _solve(a, b):
    batch = tuple(a.shape[:-2])
    packed, pivots, info, out = columns(a, a.shape), made(a, (*batch, a.shape[-1]),
                                                          INT32), made(a, batch, INT32), columns(b, b.shape)
    lapack("lapack_lu", (packed, pivots, info, a))
    lapack("lapack_lu_solve", (out, packed, pivots, b), (0,))
    return out, info


def _general_solve(a, b, left, name):
    check_matrix(a, "linalg.solve", True)
    check_floating(a, "linalg.solve", "linalg_solve_cpu")
    if a._dtype_code != b._dtype_code:
        raise RuntimeError(f"linalg.solve: Expected A and B to have the same dtype, but found A of type {cpp(a)} and B "
                           f"of type {cpp(b)} instead")
    if not b.ndim:
        raise RuntimeError("linalg.solve: The input tensor B must have at least 2 dimensions.")
    vector = _vector_case(a, b)
    if vector and not left:
        raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. "
                           "In this case linalg.solve is equivalent to B / A.squeeze(-1)")
    b = b.unsqueeze(-1) if vector else b
    n = b.shape[-2] if left else b.shape[-1]
    if n != a.shape[-1]:
        raise RuntimeError("linalg.solve: Incompatible shapes of A and B for the equation "
                           f"{'AX = B' if left else 'XA = B'} ({a.shape[-2]}x{a.shape[-1]} and "
                           f"{b.shape[-2]}x{b.shape[-1]})")
    info_batch = tuple(a.shape[:-2])
    if not left:
        x, info = _solve(*_expand_pair(adjoint(a), adjoint(b), name))
        return adjoint(x), info, info_batch
    x, info = _solve(*_expand_pair(a, b, name))
    return (x.squeeze(-1) if vector else x), info, info_batch


@op("solve_ex", namespace="linalg", tensors=["A", "B"])
def solve_ex(A, B, *, left=True, check_errors=False):
    """(X, info) with A X = B (X A = B when not left)."""
    x, info, batch = _general_solve(A, B, left, "linalg.solve_ex")
    if check_errors:
        _check_solved(info)
    if tuple(info.shape) != batch:
        info = info[(0,) * (info.ndim - len(batch))] if info._numel else info.new_zeros(batch)
        for d, n in enumerate(batch):
            info = info.narrow(d, 0, n) if info.shape[d] != n else info
    return return_types.linalg_solve_ex(x, info)


def _check_solved(info):
    if bad := _first_failure(info):
        raise LinAlgError(f"torch.linalg.solve: {bad[0]}The solver failed because the input matrix is singular.")


@op("solve", namespace="linalg", tensors=["A", "B"])
def solve(A, B, *, left=True):
    """X with A X = B (X A = B when not left); B may be a vector. LinAlgError for a singular matrix."""
    x, info, _ = _general_solve(A, B, left, "linalg.solve")
    _check_solved(info)
    return x


@op("inv_ex", namespace="linalg", tensors=["A"],
    grad={"A": lambda gs, results: -(adjoint(results[0]) @ gs[0] @ adjoint(results[0]))}, node="LinalgInvExBackward0")
def inv_ex(A, *, check_errors=False):
    """(inverse, info); info tells which diagonal element of U is zero."""
    check_matrix(A, "linalg.inv", True)
    check_precise(A, "linalg.inv")
    check_floating(A, "linalg.inv", "linalg_inv_ex_cpu")
    n = A.shape[-1]
    x, info = _solve(A, _expanded(_eye_like(A, n), A.shape))
    if check_errors:
        _raise_singular(info, "linalg.inv_ex")
    return return_types.linalg_inv_ex(x, info)


@op("inv", namespace="linalg", tensors=["A"])
def inv(A):
    """The inverse of square matrices; LinAlgError for a singular one."""
    x, info = inv_ex(A)
    _raise_singular(info, "linalg.inv")
    return x


@op("inverse", tensors=["input"])
def inverse(input):
    """The inverse of square matrices; LinAlgError for a singular one."""
    return inv(input)


register("inverse", inv, method=False, namespace="linalg", family="linalg")


def _parity(pivots):
    """+1 or -1 a matrix: the sign of its row interchanges."""
    n = pivots.shape[-1]
    moved = (pivots != FUNCTIONS["arange"](1, n + 1, dtype=pivots.dtype, device=pivots.device)).sum(-1)
    return 1 - 2 * (moved % 2)


def _guarded(packed):
    """A factorisation with zeros of U's diagonal replaced by the smallest step, so that it can be solved."""
    diagonal = _diagonal(packed)
    zero = diagonal == 0
    if known(packed) and not bool(zero.any()):
        return packed
    eps = dtypes.finfo(packed.dtype).eps
    return packed + _spread(zero.to(packed.dtype) * eps)


def _det_gradient(g, A, result, packed, pivots):
    if not A._numel:
        return FUNCTIONS["zeros_like"](A)
    target = _spread((g * _conj(result)).unsqueeze(-1).expand(*g.shape, A.shape[-1]))
    if _C.is_grad_enabled():
        return _solve(adjoint(A), target)[0]
    return lu_solve(_guarded(packed), pivots, target, adjoint=True)


@op("det", namespace="linalg", tensors=["A"], grad={"A": _det_gradient}, node="LinalgDetBackward0")
def det(A):
    """Determinants of square matrices."""
    check_matrix(A, "linalg.det", True)
    check_floating(A, "linalg.det", "lu_cpu")
    packed, pivots, _ = lu_factor_ex(A)
    value = _diagonal(packed).prod(-1) * _parity(pivots).to(A.dtype)
    return With(value, packed=packed, pivots=pivots)


register("det", NAMESPACES["linalg"]["det"], family="linalg")


def _slogdet_gradient(gs, A, results, packed, pivots):
    g_sign, g_log = gs
    n = A.shape[-1]
    if A.dtype.is_complex:
        total = None if g_log is None else g_log.to(A.dtype)
        if g_sign is not None:
            turn = FUNCTIONS["imag"](g_sign.conj() * results[0])
            total = _both(total, FUNCTIONS["complex"](FUNCTIONS["zeros_like"](turn), -turn))
    else:
        total = g_log
    if total is None:
        return None
    target = _spread(total.unsqueeze(-1).expand(*total.shape, n))
    if _C.is_grad_enabled():
        return _solve(adjoint(A), target)[0]
    return lu_solve(_guarded(packed), pivots, target, adjoint=True)


def _slogdet(A, name):
    check_matrix(A, name, True)
    check_precise(A, name)
    check_floating(A, name, "lu_cpu")
    packed, pivots, _ = lu_factor_ex(A)
    diagonal = _diagonal(packed)
    sign = FUNCTIONS["sgn"](diagonal).prod(-1) * _parity(pivots).to(A.dtype)
    return packed, pivots, sign, diagonal.abs().log().sum(-1)


@op("slogdet", namespace="linalg", tensors=["A"], grad={"A": _slogdet_gradient}, node="LinalgSlogdetBackward0")
def slogdet(A):
    """(sign, log of the absolute value) of determinants; sign 0 and -inf for singular matrices."""
    packed, pivots, sign, log = _slogdet(A, "linalg.slogdet")
    return With(return_types.linalg_slogdet(sign, log), packed=packed, pivots=pivots)


@op("slogdet", tensors=["input"])
def _old_slogdet(input):
    """(sign, log of the absolute value) of determinants."""
    return return_types.slogdet(*slogdet(input))


@op(tensors=["input"])
def logdet(input):
    """Logarithm of determinants; NaN where they are negative."""
    check_matrix(input, "linalg.det", True)
    sign, log = slogdet(input)
    if input.dtype.is_complex:
        return sign.log() + log
    return FUNCTIONS["where"](sign == -1, FUNCTIONS["full"]((), float("nan"), dtype=log.dtype, device=log.device), log)


# ---- LDL ----
def _ldl(t, hermitian):
    check_matrix(t, "torch.linalg.ldl_factor_ex", True)
    check_floating(t, "linalg.ldl_factor_ex", "ldl_factor_cpu")
    packed, pivots, info = columns(t, t.shape), made(t, t.shape[:-1], INT32), made(t, t.shape[:-2], INT32)
    lapack("lapack_ldl", (packed, pivots, info, t), (bool(hermitian),))
    return packed, pivots, info


@op("ldl_factor_ex", namespace="linalg", tensors=["input"])
def ldl_factor_ex(input, *, hermitian=False, check_errors=False):
    """(LD packed, pivots int32, info) of symmetric or Hermitian matrices. Not differentiable."""
    packed, pivots, info = _ldl(input.detach(), hermitian)
    if check_errors and (bad := _first_failure(info)):
        raise RuntimeError(f"torch.linalg.ldl_factor_ex: {bad[0]}Unknown error code: {bad[1]}.")
    return return_types.linalg_ldl_factor_ex(packed, pivots, info)


@op("ldl_factor", namespace="linalg", tensors=["input"])
def ldl_factor(input, *, hermitian=False):
    """(LD packed, pivots int32) of symmetric or Hermitian matrices. Not differentiable."""
    packed, pivots, info = _ldl(input.detach(), hermitian)
    if bad := _first_failure(info):
        raise RuntimeError(f"torch.linalg.ldl_factor: {bad[0]}Unknown error code: {bad[1]}.")
    return return_types.linalg_ldl_factor(packed, pivots)


@op("ldl_solve", namespace="linalg", tensors=["LD", "pivots", "B"])
def ldl_solve(LD, pivots, B, *, hermitian=False):
    """X with A X = B from an LDL factorisation. Not differentiable."""
    check_matrix(LD, "torch.linalg.ldl_solve", True)
    if B.ndim < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-max(B.ndim, 1)}, "
                         f"{max(B.ndim, 1) - 1}], but got -2)")
    if tuple(pivots.shape) != tuple(LD.shape[:-1]):
        raise RuntimeError("torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got "
                           f"pivots with shape {list(pivots.shape)} instead")
    if pivots.dtype.is_floating_point or pivots.dtype.is_complex or pivots.dtype._name == "bool":
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected pivots to be integers. Got {cpp(pivots)}")
    check_floating(LD, "torch.linalg.ldl_solve", "ldl_solve_kernel_cpu")
    if LD.shape[-1] != B.shape[-2]:
        raise RuntimeError(f"Incompatible matrix sizes for torch.linalg.ldl_solve: each A matrix is {LD.shape[-1]} by "
                           f"{LD.shape[-1]} but each b matrix is {B.shape[-2]} by {B.shape[-1]}")
    if LD._dtype_code != B._dtype_code:
        raise RuntimeError("torch.linalg.ldl_solve: Expected LD and B to have the same dtype, but found LD of type "
                           f"{cpp(LD)} and B of type {cpp(B)} instead")
    if pivots._numel and known(pivots):
        places = pivots.abs()
        if int(places.min()) < 1:
            raise RuntimeError("Pivots given to ldl_solve must all satisfy |pivot| >= 1. Did you properly pass the "
                               "result of ldl_factor?")
        if int(places.max()) > LD.shape[-2]:
            raise RuntimeError("Pivots given to ldl_solve must all satisfy |pivot| <= LD.size(-2). Did you properly "
                               "pass the result of ldl_factor?")
    packed, b = _expand_pair(LD.detach(), B.detach(), "ldl_solve")
    out = columns(b, b.shape)
    lapack("lapack_ldl_solve", (out, packed, _expanded(pivots.to(dtypes.int32), (*packed.shape[:-2], pivots.shape[-1])),
                                b), (bool(hermitian),))
    return out
