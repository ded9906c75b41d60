"""Extreme eigenvalues of symmetric matrices."""
from ..table.registry import NAMESPACES, op


@op(out=False, method=False, tensors=["A", "B", "X", "iK"])
def lobpcg(A, k=None, B=None, X=None, n=None, iK=None, niter=None, tol=None, largest=None, method=None, tracker=None,
           ortho_iparams=None, ortho_fparams=None, ortho_bparams=None):
    """The k largest (smallest) eigenvalues and vectors of symmetric A, or of the pair A, B. They are computed directly,
    to full precision, by a dense
    factorisation: what steers the iteration (X, iK, niter, tol, method, ortho_*) only sets how many vectors are asked
    for. A tracker is not supported."""
    if tracker is not None:
        raise NotImplementedError("lobpcg: tracker")
    if method not in (None, "basic", "ortho"):
        raise ValueError(f"Invalid value of method: {method}, expected 'basic' or 'ortho'")
    A, B = (t.to_dense() if t is not None and getattr(t, "is_sparse", False) else t for t in (A, B))
    if not A.dtype.is_floating_point:
        raise ValueError(f"Expected A to be real floating point, got {A.dtype}")
    m = A.shape[-1]
    k = k if k is not None else X.shape[-1] if X is not None else 1
    width = n if n is not None else X.shape[-1] if X is not None else k
    if m < 3 * width:
        raise ValueError(f"LPBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the "
                         f"number of requested eigenpairs (={width})")
    linalg = NAMESPACES["linalg"]
    if B is None:
        values, vectors = linalg["eigh"](A)
    else:
        low = linalg["cholesky"](B)
        inner = linalg["solve_triangular"](low, linalg["solve_triangular"](low, A, upper=False).mT, upper=False)
        values, vectors = linalg["eigh"]((inner + inner.mT) / 2)
        vectors = linalg["solve_triangular"](low.mT, vectors, upper=True)
    if largest is None or largest:
        return values.flip(-1)[..., :k], vectors.flip(-1)[..., :k]
    return values[..., :k], vectors[..., :k]


# ---- parts of batch normalisation over processes ----
