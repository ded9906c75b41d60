"""Linear algebra through LAPACK: factorisations, eigenvalues, solving; batched, with gradients."""
import functools
import math

import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes
from mindtorch._core.runtime import kernel_library
from mindtorch._core.warning import warn_once

from ..table.checks import known
from ..creation.factories import new
from .matmul import _expanded, adjoint, broadcast_batch, cpp
from ..table.registry import FUNCTIONS, op, run

INT32, INT64 = 4, 5
NOT_FINITE = -4  # info of a matrix with infinities or NaN, for which no iteration is begun


class LinAlgError(RuntimeError):
    """A matrix does not admit what was asked: singular, not positive definite, no convergence."""

    __module__, __qualname__ = "torch._C", "_LinAlgError"


def warn_old(name, instead):
    """That an old name will go, once."""
    warn_once(name, f"torch.{name} is deprecated in favor of {instead} and will be removed in a future PyTorch "
              "release.", 5)


LinAlgError.__name__ = "_LinAlgError"
_C._LinAlgError = LinAlgError  # where its name says, for pickles

_ROUTINES = ("getrf", "getrs", "potrf", "potrs", "potri", "geqrf", "orgqr", "ormqr", "syevd", "geev", "gesdd", "trsm",
             "gels", "gelsy", "gelsd", "gelss", "sytrf", "sytrs", "hetrf", "hetrs",
             "gebrd", "bdsdc", "ormbr", "sytrd", "ormtr")
_COMPLEX_NAMES = {"orgqr": "ungqr", "ormqr": "unmqr", "syevd": "heevd", "ormbr": "unmbr", "sytrd": "hetrd",
                  "ormtr": "unmtr"}


@functools.cache
def _install():
    """Hand SciPy's LAPACK routines to the kernels, once. ImportError when SciPy is missing."""
    import ctypes

    from scipy.linalg import cython_blas, cython_lapack

    address, label = ctypes.pythonapi.PyCapsule_GetPointer, ctypes.pythonapi.PyCapsule_GetName
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    label.restype, label.argtypes = ctypes.c_char_p, [ctypes.py_object]
    found = []
    for name in _ROUTINES:
        table = (cython_blas if name == "trsm" else cython_lapack).__pyx_capi__
        for letter in "sdcz":
            capsule = table.get(letter + (_COMPLEX_NAMES.get(name, name) if letter in "cz" else name))
            found.append(0 if capsule is None else address(capsule, label(capsule)))
    ctypes.CDLL(kernel_library()).mindtorch_lapack_install((ctypes.c_void_p * len(found))(*found), len(found))


def lapack(kernel, tensors, scalars=()):
    """Run a kernel that calls LAPACK."""
    _install()
    run(kernel, tensors, scalars)


# ---- checks ----
def check_matrix(t, name, square=False, argument="A"):
    """RuntimeError unless t is a batch of (square) matrices."""
    if t.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")
    if square and t.shape[-1] != t.shape[-2]:
        raise RuntimeError(f"{name}: {argument} must be batches of square matrices, but they are {t.shape[-2]} by "
                           f"{t.shape[-1]} matrices")


def check_floating(t, name, kernel=None, checked=True):
    """Only float32, float64 and their complex twins are computed. Where the reference has no check of its own, integers
    get as far as its kernel."""
    if checked and not (t.dtype.is_floating_point or t.dtype.is_complex):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {cpp(t)}")
    if t.dtype.itemsize <= 2 or not (t.dtype.is_floating_point or t.dtype.is_complex):
        raise NotImplementedError(f"\"{kernel or name}\" not implemented for '{cpp(t)}'")


def check_precise(t, name):
    """RuntimeError for halves, where the reference says so itself."""
    if t.dtype.itemsize <= 2 and t.dtype.is_floating_point:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {cpp(t)}")


def check_word(value, function, name):
    """TypeError unless an argument is a string."""
    if not isinstance(value, str):
        raise TypeError(f"{function}(): argument '{name}' must be str, not {type(value).__name__}")


def _first_failure(info):
    """(batch words, number) of the first nonzero info, or None."""
    if info._device_code < 0 or not info._numel:
        return None
    values = info.reshape(-1).tolist()
    for i, v in enumerate(values):
        if v:
            return (f"(Batch element {i}): " if info.ndim else ""), v
    return None


def _raise_singular(info, name):
    if bad := _first_failure(info):
        raise LinAlgError(f"{name}: {bad[0]}The diagonal element {bad[1]} is zero, the inversion could not be "
                          "completed because the input matrix is singular.")


def real_code(t):
    """Code of the real dtype of t's precision."""
    return {10: 8, 11: 9}.get(t._dtype_code, t._dtype_code)


def complex_code(t):
    """Code of the complex dtype of t's precision."""
    return {8: 10, 9: 11}.get(t._dtype_code, t._dtype_code)


def made(t, shape, code=None):
    """An uninitialised result beside t."""
    return new(tuple(shape), t._dtype_code if code is None else code, t._device_code)


def columns(t, shape, code=None):
    """An uninitialised result whose matrices are in column order, as LAPACK leaves them."""
    shape = tuple(shape)
    stride, step = [0] * len(shape), 1
    for d in (*range(len(shape) - 2, len(shape)), *range(len(shape) - 3, -1, -1)):
        stride[d] = step
        step *= max(shape[d], 1)
    return _C.empty_strided(shape, tuple(stride), t._dtype_code if code is None else code, t._device_code)


def _diagonal(t):
    return t.diagonal(0, -2, -1)


def _spread(t):
    """Vectors as diagonal matrices."""
    return FUNCTIONS["diag_embed"](t)


def _real(t):
    return FUNCTIONS["real"](t) if t.dtype.is_complex else t


def _conj(t):
    return t.conj() if t.dtype.is_complex else t


def _both(a, b):
    """a + b where either may be None."""
    return b if a is None else a if b is None else a + b


def _eye_like(t, n):
    return FUNCTIONS["eye"](n, dtype=t.dtype, device=t.device)


# ---- Cholesky ----
def _cholesky_gradient(gs, results, upper):
    g, factor = gs[0], results[0]
    if upper:
        g, factor = adjoint(g), adjoint(factor)
    p = (adjoint(factor) @ g).tril()
    p = p - _spread(_diagonal(p)) * 0.5
    p = (p + adjoint(p)) * 0.5
    left = solve_triangular(adjoint(factor), p, upper=True)
    return solve_triangular(factor, left, upper=False, left=False)


@op("cholesky_ex", namespace="linalg", tensors=["input"], grad={"input": _cholesky_gradient},
    node="LinalgCholeskyExBackward0")
def cholesky_ex(input, *, upper=False, check_errors=False):
    """(L, info) with A = L L^H; info is the order of the first minor that is not positive definite, or 0."""
    check_matrix(input, "linalg.cholesky", True)
    check_floating(input, "linalg.cholesky", "cholesky_cpu")
    factor, info = columns(input, input.shape), made(input, input.shape[:-2], INT32)
    lapack("lapack_cholesky", (factor, info, input), (bool(upper),))
    if check_errors:
        _check_positive(info, "linalg.cholesky_ex")
    return return_types.linalg_cholesky_ex(factor, info)


def _check_positive(info, name):
    if bad := _first_failure(info):
        raise LinAlgError(f"{name}: {bad[0]}The factorization could not be completed because the input is not "
                          f"positive-definite (the leading minor of order {bad[1]} is not positive-definite).")


@op("cholesky", namespace="linalg", tensors=["input"])
def cholesky(input, *, upper=False):
    """L with A = L L^H (its adjoint when upper); LinAlgError unless A is positive definite."""
    factor, info = cholesky_ex(input, upper=upper)
    _check_positive(info, "linalg.cholesky")
    return factor


@op("cholesky", tensors=["input"])
def _old_cholesky(input, upper=False):
    """L with A = L L^H; LinAlgError unless A is positive definite."""
    warn_old("cholesky", "torch.linalg.cholesky")
    check_matrix(input, "cholesky", True)
    check_floating(input, "cholesky", "cholesky_cpu", checked=False)
    factor, info = cholesky_ex(input, upper=upper)
    _check_positive(info, "cholesky")
    return factor


def _expand_pair(a, b, name):
    """Batch dimensions of two matrix operands made equal, as differentiable views."""
    batch = broadcast_batch(tuple(a.shape[:-2]), tuple(b.shape[:-2]))
    return (a if tuple(a.shape[:-2]) == batch
            else a.expand(*batch, *a.shape[-2:])), (b if tuple(b.shape[:-2]) == batch
                                                    else b.expand(*batch, *b.shape[-2:]))


def _cholesky_solve_gradient(g, result, factor, upper, needs):
    gb = _cholesky_solve(g, factor, upper)
    gl = None
    if needs[1]:
        common = gb @ adjoint(result)
        common = common + adjoint(common)
        gl = -(factor @ common) if upper else -(common @ factor)
    return gb, gl


@op("_cholesky_solve", function=False, method=False, out=False, node="CholeskySolveBackward0",
    grad={("b", "factor"): _cholesky_solve_gradient})
def _cholesky_solve(b, factor, upper):
    out = columns(b, b.shape)
    lapack("lapack_cholesky_solve", (out, b, factor), (bool(upper),))
    return out


@op(tensors=["input", "L"])
def cholesky_solve(input, L, upper=False):
    """X with A X = B, from B and the Cholesky factor of A."""
    if input.ndim < 2:
        raise RuntimeError(f"b should have at least 2 dimensions, but has {input.ndim} dimensions instead")
    if L.ndim < 2:
        raise RuntimeError(f"u should have at least 2 dimensions, but has {L.ndim} dimensions instead")
    check_matrix(L, "linalg.cholesky_solve", True)
    _check_same(input, L, "cholesky_solve")
    check_floating(input, "cholesky_solve", "cholesky_solve_cpu", checked=False)
    if L.shape[-1] != input.shape[-2]:
        raise RuntimeError(f"Incompatible matrix sizes for cholesky_solve: each A matrix is {L.shape[-1]} by "
                           f"{L.shape[-1]} but each b matrix is {input.shape[-2]} by {input.shape[-1]}")
    b, factor = _expand_pair(input, L, "cholesky_solve")
    return _cholesky_solve(b, factor, upper)


def _check_same(a, b, name):
    if a._dtype_code != b._dtype_code:
        raise RuntimeError(f"Expected b and A to have the same dtype, but found b of type {cpp(a)} and A of type "
                           f"{cpp(b)} instead.")


def _cholesky_inverse_gradient(g, input, result, upper):
    common = result @ (g + adjoint(g)) @ result
    return -(input @ common) if upper else -(common @ input)


@op(tensors=["input"], grad={"input": _cholesky_inverse_gradient})
def cholesky_inverse(input, upper=False):
    """The inverse of A from its Cholesky factor; LinAlgError when that is singular."""
    check_matrix(input, "cholesky_inverse", True)
    check_floating(input, "cholesky_inverse", "cholesky_inverse_out_cpu", checked=False)
    zero = _diagonal(input) == 0
    if input._numel and input._device_code >= 0 and bool(zero.any()):
        flat = zero.reshape(-1, input.shape[-1]).tolist()
        i = next(i for i, row in enumerate(flat) if any(row))
        raise LinAlgError(
            f"cholesky_inverse: {f'(Batch element {i}): ' if input.ndim > 2 else ''}The diagonal element "
            f"{flat[i].index(True) + 1} is zero, the inversion could not be completed "
            "because the input matrix is singular."
        )
    out = columns(input, input.shape)
    lapack("lapack_cholesky_solve", (out, _expanded(_eye_like(input, input.shape[-1]), input.shape), input),
           (bool(upper),))
    return out


# ---- triangular systems ----
def _triangular_gradient(g, a, result, upper, left, unitriangular, needs):
    gb = _triangular(adjoint(a), g, not upper, left, unitriangular)
    ga = None
    if needs[0]:
        ga = -(gb @ adjoint(result)) if left else -(adjoint(result) @ gb)
        ga = ga.triu(int(unitriangular)) if upper else ga.tril(-int(unitriangular))
    return ga, gb


@op("_solve_triangular", function=False, method=False, out=False, node="LinalgSolveTriangularBackward0",
    grad={("a", "b"): _triangular_gradient})
def _triangular(a, b, upper, left, unitriangular):
    out = columns(b, b.shape)
    lapack("blas_triangular", (out, a, b), (bool(upper), bool(left), bool(unitriangular)))
    return out


@op(namespace="linalg", tensors=["input", "B"])
def solve_triangular(input, B, *, upper, left=True, unitriangular=False):
    """X with A X = B (X A = B when not left) for triangular A; the other triangle is not read."""
    check_matrix(input, "linalg.solve_triangular", True)
    check_matrix(B, "linalg.solve_triangular", argument="B")
    if input._dtype_code != B._dtype_code:
        raise RuntimeError("linalg.solve_triangular: Expected A and B to have the same dtype, but found A of type "
                           f"{cpp(input)} and B of type {cpp(B)} instead")
    n = B.shape[-2] if left else B.shape[-1]
    if n != input.shape[-1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(f"linalg.solve_triangular: Incompatible shapes of A and B for the equation {equation} "
                           f"({input.shape[-2]}x{input.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})")
    check_floating(input, "linalg.solve_triangular", "triangular_solve_cpu", checked=False)
    a, b = _expand_pair(input, B, "linalg.solve_triangular")
    return _triangular(a, b, upper, left, unitriangular)


@op(tensors=["b", "A"])
def triangular_solve(b, A, upper=True, transpose=False, unitriangular=False):
    """(X, copy of A) with A X = b for triangular A; use linalg.solve_triangular in new code."""
    warn_old("triangular_solve", "torch.linalg.solve_triangular")
    check_matrix(A, "triangular_solve", True)
    check_matrix(b, "triangular_solve", argument="B")
    _check_same(b, A, "triangular_solve")
    if A.shape[-1] != b.shape[-2]:
        raise RuntimeError(f"Incompatible matrix sizes for triangular_solve: each A matrix is {A.shape[-1]} by "
                           f"{A.shape[-1]} but each b matrix is {b.shape[-2]} by {b.shape[-1]}")
    check_floating(A, "triangular_solve", "triangular_solve_cpu", checked=False)
    a, b2 = _expand_pair(A, b, "triangular_solve")
    copy = a.mT.contiguous().mT  # in column order, as a solver leaves it
    if transpose:
        x = _triangular(adjoint(a), b2, not upper, True, unitriangular)
    else:
        x = _triangular(a, b2, upper, True, unitriangular)
    return return_types.triangular_solve(x, copy)


# ---- LU ----
def check_pivots(pivots, rows):
    """RuntimeError unless all pivots are numbers of rows, counted from 1."""
    if pivots._numel and known(pivots):
        if int(pivots.min()) < 1:
            raise RuntimeError("Pivots given to lu_solve must all be greater or equal to 1. Did you properly pass the "
                               "result of lu_factor?")
        if int(pivots.max()) > rows:
            raise RuntimeError("Pivots given to lu_solve must all be smaller or equal to LU.size(-2). Did you properly "
                               "pass the result of lu_factor?")


def _lu_gradient(gl, gu, low, up):
    """Gradient with respect to P^T A, of any shape."""
    m, n = low.shape[-2], up.shape[-1]
    k = min(m, n)
    l1, u1 = low[..., :k, :], up[..., :, :k]
    zero = None
    g_l1 = gl[..., :k, :].tril(-1) if gl is not None else zero
    g_u1 = gu[..., :, :k].triu() if gu is not None else zero
    parts = []
    if m > k and gl is not None:  # L2 = A2 U^-1
        g_a2 = solve_triangular(adjoint(u1), gl[..., k:, :], upper=False, left=False)
        g_u1 = _both(g_u1, -(adjoint(low[..., k:, :]) @ g_a2).triu())
        parts = ["below", g_a2]
    if n > k and gu is not None:  # U2 = L^-1 A2
        g_a2 = solve_triangular(adjoint(l1), gu[..., :, k:], upper=True, unitriangular=True)
        g_l1 = _both(g_l1, -(g_a2 @ adjoint(up[..., :, k:])).tril(-1))
        parts = ["beside", g_a2]
    inner = None
    if g_l1 is not None:
        inner = (adjoint(l1) @ g_l1).tril(-1)
    if g_u1 is not None:
        inner = _both(inner, (g_u1 @ adjoint(u1)).triu())
    left = solve_triangular(adjoint(l1), inner, upper=True, unitriangular=True)
    g = solve_triangular(adjoint(u1), left, upper=False, left=False)
    if m > k:
        below = parts[1] if parts and parts[0] == "below" else FUNCTIONS["zeros_like"](low[..., k:, :])
        g = FUNCTIONS["cat"]((g, below), -2)
    if n > k:
        beside = parts[1] if parts and parts[0] == "beside" else FUNCTIONS["zeros_like"](up[..., :, k:])
        g = FUNCTIONS["cat"]((g, beside), -1)
    return g


def _halves(lu):
    """(L with its unit diagonal, U) of a packed factorisation."""
    m, n = lu.shape[-2:]
    k = min(m, n)
    low = lu[..., :, :k].tril(-1) + FUNCTIONS["eye"](m, k, dtype=lu.dtype, device=lu.device)
    return low, lu[..., :k, :].triu()


def _permutation(pivots, m):
    """Order of rows that 1-based interchanges lead to: row i of P^T A is row order[i] of A."""
    out = []
    if not known(pivots):
        return made(pivots, (*pivots.shape[:-1], m), INT64)
    for row in pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1]).tolist():
        order = list(range(m))
        for i, p in enumerate(row):
            order[i], order[p - 1] = order[p - 1], order[i]
        out.append(order)
    return FUNCTIONS["tensor"](out, dtype=dtypes.int64, device=pivots.device).reshape(*pivots.shape[:-1], m)


def _permutation_matrix(pivots, m, dtype):
    """P with A = P L U."""
    order = _permutation(pivots, m)
    return (FUNCTIONS["arange"](m, device=order.device).unsqueeze(-1) == order.unsqueeze(-2)).to(dtype)


def _lu_factor_gradient(gs, results):
    lu, pivots = results[0], results[1]
    low, up = _halves(lu)
    k = min(lu.shape[-2:])
    g = _lu_gradient(gs[0][..., :, :k], gs[0][..., :k, :], low, up)
    return _permutation_matrix(pivots, lu.shape[-2], lu.dtype) @ g


@op("lu_factor_ex", namespace="linalg", tensors=["input"], grad={"input": _lu_factor_gradient},
    node="LinalgLuFactorExBackward0")
def lu_factor_ex(input, *, pivot=True, check_errors=False):
    """(LU packed, 1-based pivots int32, info)."""
    check_matrix(input, "torch.lu_factor_ex")
    check_floating(input, "linalg.lu_factor_ex", "lu_cpu", checked=False)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    batch, (m, n) = tuple(input.shape[:-2]), input.shape[-2:]
    lu, pivots, info = columns(input, input.shape), made(input, (*batch, min(m, n)), INT32), made(input, batch, INT32)
    lapack("lapack_lu", (lu, pivots, info, input))
    if check_errors:
        _check_lu(info, "torch.linalg.lu_factor_ex")
    return return_types.linalg_lu_factor_ex(lu, pivots, info)


def _check_lu(info, name):
    if bad := _first_failure(info):
        raise RuntimeError(
            f"{name}: {bad[0]}U[{bad[1]},{bad[1]}] is zero and using it on lu_solve would result in a division by "
            "zero. If you still want to perform the factorization, consider "
            "calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )


@op("lu_factor", namespace="linalg", tensors=["input"])
def lu_factor(input, *, pivot=True):
    """(LU packed, 1-based pivots int32); RuntimeError for a singular matrix."""
    lu, pivots, info = lu_factor_ex(input, pivot=pivot)
    _check_lu(info, "torch.linalg.lu_factor")
    return return_types.linalg_lu_factor(lu, pivots)


@op("lu", namespace="linalg", tensors=["input"])
def lu(input, *, pivot=True):
    """(P, L, U) with A = P L U."""
    packed, pivots, _ = lu_factor_ex(input, pivot=pivot)
    low, up = _halves(packed)
    return return_types.linalg_lu(_permutation_matrix(pivots, input.shape[-2], input.dtype), low, up)


def _old_lu(self, pivot=True, get_infos=False):
    """(LU packed, pivots) and, when asked, info; use linalg.lu_factor in new code."""
    warn_old("lu", "torch.linalg.lu_factor / torch.linalg.lu_factor_ex")
    packed, pivots, info = lu_factor_ex(self, pivot=pivot)
    return _LuWithInfo(packed, pivots, info) if get_infos else (packed, pivots)


_LuWithInfo = return_types._define("_lu_with_info", "LU", "pivots", "info")


@op("lu", tensors=["self"])
def _lu_method(self, pivot=True, get_infos=False):
    """(packed factorisation, pivots), with get_infos also where it failed."""
    return _old_lu(self, pivot, get_infos)


@op("lu_unpack", method=False, tensors=["LU_data", "LU_pivots"])
def lu_unpack(LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    """(P, L, U) from a packed factorisation; parts not asked for are empty."""
    if unpack_pivots and LU_pivots._dtype_code != INT32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this "
            "function is intended to be used with the output produced by "
            "torch.linalg.lu_factor"
        )
    if LU_data.ndim < 2:
        raise RuntimeError("torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: "
                           f"{list(LU_data.shape)} instead")
    if unpack_pivots:
        batch, (m, n) = tuple(LU_data.shape[:-2]), LU_data.shape[-2:]
        if tuple(LU_pivots.shape) != (*batch,
                                      min(m,
                                          n)) or LU_pivots._numel and known(LU_pivots) and not 1 <= int(
                                              LU_pivots.min()) <= int(LU_pivots.max()) <= m:
            raise RuntimeError("pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you "
                               "properly pass the result of lu_factor?")
    nothing = FUNCTIONS["empty"](0, dtype=LU_data.dtype, device=LU_data.device)
    low, up = _halves(LU_data) if unpack_data else (nothing, nothing)
    return return_types.lu_unpack(_permutation_matrix(LU_pivots, LU_data.shape[-2], LU_data.dtype) if unpack_pivots
                                  else nothing, low, up)


@op("_lu_solve", function=False, method=False, out=False, node="LinalgLuSolveBackward0",
    grad={"b": lambda g, packed, pivots, mode: _lu_solve(g, packed, pivots, {0: 2, 2: 0}[mode])})
def _lu_solve(b, packed, pivots, mode):
    out = columns(b, b.shape)
    lapack("lapack_lu_solve", (out, packed, pivots, b), (mode,))
    return out


@op("lu_solve", namespace="linalg", tensors=["LU", "pivots", "B"])
def lu_solve(LU, pivots, B, *, left=True, adjoint=False):
    """X with A X = B (X A = B when not left; A^H when adjoint) from a packed factorisation of A."""
    if LU._dtype_code != B._dtype_code:
        raise RuntimeError(f"linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type {cpp(LU)} "
                           f"and B of type {cpp(B)} instead")
    if pivots._dtype_code != INT32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    check_matrix(LU, "torch.linalg.lu_solve", True)
    check_matrix(B, "linalg.lu_solve", argument="B")
    check_floating(LU, "torch.linalg.lu_solve", "linalg.lu_solve_cpu")
    if not pivots.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    n = B.shape[-2] if left else B.shape[-1]
    if n != LU.shape[-1]:
        raise RuntimeError("linalg.lu_solve: Incompatible shapes of A and B for the equation "
                           f"{'AX = B' if left else 'XA = B'} ({LU.shape[-2]}x{LU.shape[-1]} and "
                           f"{B.shape[-2]}x{B.shape[-1]})")
    if LU.shape[-1] != pivots.shape[-1] or tuple(LU.shape[:-2]) != tuple(pivots.shape[:-1]):
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    check_pivots(pivots, LU.shape[-2])
    if not left:  # X A = B is A^H X^H = B^H
        return _adj(lu_solve(LU, pivots, _adj(B), adjoint=not adjoint))
    if _C.needs_grad(LU):  # through the factors
        low, up = _halves(LU)
        p = _permutation_matrix(pivots, LU.shape[-1], LU.dtype)
        if adjoint:
            y = solve_triangular(_adj(up), B, upper=False)
            x = p @ solve_triangular(_adj(low), y, upper=True, unitriangular=True)
        else:
            y = solve_triangular(low, p.transpose(-2, -1) @ B, upper=False, unitriangular=True)
            x = solve_triangular(up, y, upper=True)
        return x.mT.contiguous().mT  # in columns, as the solver leaves it
    packed, b = _expand_pair(LU, B, "lu_solve")
    return _lu_solve(b, packed, _expanded(pivots, (*packed.shape[:-2], pivots.shape[-1])), 2 if adjoint else 0)


_adj = adjoint


@op("lu_solve", tensors=["input", "LU_data", "LU_pivots"])
def _old_lu_solve(input, LU_data, LU_pivots):
    """X with A X = input from a packed factorisation of A; use linalg.lu_solve in new code."""
    return lu_solve(LU_data, LU_pivots, input)
