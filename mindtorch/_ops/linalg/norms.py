"""Norms by name, and rows scaled to a largest norm."""
from mindtorch._core.codes import HALVES
from ..shape.views import wrap_dim
from ..table.registry import NAMESPACES, op, public


@op(inplace=True, tensors=["input"])
def renorm(input, p, dim, maxnorm):
    """Every slice along dim scaled so that its p-norm is at most maxnorm; RuntimeError for vectors, p <= 0 and maxnorm
    < 0."""
    dim = wrap_dim(dim, input.ndim)
    if not p > 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    source = input.float() if input._dtype_code in HALVES else input
    norm = NAMESPACES["linalg"]["vector_norm"](source, p, [d for d in range(input.ndim) if d != dim], True)
    factor = public.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1.0)
    return (input * factor.to(input.dtype)).contiguous()


# ---- finite differences ----


@op(method=False, tensors=["input"])
def frobenius_norm(input, dim, keepdim=False):
    """Square root of the sum of squared magnitudes over dim."""
    return NAMESPACES["linalg"]["vector_norm"](input, 2.0, dim, keepdim)


@op(method=False, tensors=["input"])
def nuclear_norm(input, dim: object = (-2, -1), keepdim=False):
    """Sum of the singular values over two dimensions."""
    if isinstance(dim, bool):  # nuclear_norm(input, keepdim)
        dim, keepdim = (-2, -1), dim
    return NAMESPACES["linalg"]["matrix_norm"](input, "nuc", tuple(dim), keepdim)


@op(method=False, tensors=["input"])
def native_norm(input, p=2, dim=(), keepdim=False, dtype=None):
    """p-norm over dim (all by default)."""
    return NAMESPACES["linalg"]["vector_norm"](input, 2 if p is None else p, tuple(dim) or None, keepdim, dtype=dtype)


# ---- eigenvalues of a few vectors ----
