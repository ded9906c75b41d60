"""Functions of matrices made of other operations: norms, powers, exponential, ranks, tensor equations, cross products."""
import math

from mindtorch._core import dtypes

from .linalg import _both, _conj, _eye_like, check_floating, check_matrix, cpp
from .matmul import matmul
from .orthogonal import _tolerance
from .registry import FUNCTIONS, NAMESPACES, op, register
from .views import wrap_dim

_LINALG = NAMESPACES.setdefault("linalg", {})


def _vector_norm(*args, **kwargs):
    return _LINALG["vector_norm"](*args, **kwargs)


# ---- norms ----
@op("matrix_norm", namespace="linalg", tensors=["A"])
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """Norm of matrices over two dimensions: 'fro', 'nuc', inf, -inf, 1, -1, 2, -2."""
    name = "linalg.matrix_norm"
    check_matrix(A, name)
    if not (A.dtype.is_floating_point or A.dtype.is_complex):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {cpp(A)}")
    dims = (dim,) if hasattr(dim, "__index__") else tuple(dim)
    if len(dims) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    a, b = (wrap_dim(d, A.ndim) for d in dims)
    if a == b:
        raise RuntimeError(f"{name}: dims must be different. Got ({dims[0]}, {dims[1]})")
    x = A if dtype is None else A.to(dtype)
    if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"{name}: dtype should be floating point or complex. Got {dtype}")
    if isinstance(ord, str):
        if ord == "fro":
            return _vector_norm(x, 2, (a, b), keepdim)
        if ord != "nuc":
            raise RuntimeError(f"{name}: Order {ord} not supported.")
    elif abs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    if ord == "nuc" or abs(ord) == 2:
        check_floating(x, name, "linalg_svd_cpu")
        rest = [d for d in range(x.ndim) if d not in (a, b)]
        values = _LINALG["svdvals"](x.permute(*rest, a, b))
        if ord == "nuc":
            out = values.sum(-1)
        else:
            out = values.amax(-1) if ord > 0 else values.amin(-1)
        if keepdim:
            for d in sorted((a, b)):
                out = out.unsqueeze(d)
        return out
    first, second = (b, a) if abs(ord) == math.inf else (a, b)
    sums = _vector_norm(x, 1, first, keepdim)
    if not keepdim and second > first:
        second -= 1
    if ord > 0:
        return sums.amax(second, keepdim) if sums.shape[second] else sums.sum(second, keepdim)
    return sums.amin(second, keepdim)


@op("norm", namespace="linalg", tensors=["A"])
def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """Vector or matrix norm, by ord and the number of dimensions."""
    if dim is not None:
        dims = (dim,) if hasattr(dim, "__index__") else tuple(dim)
        if ord is not None and len(dims) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    elif ord is not None and A.ndim not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D.")
    if ord is not None and (isinstance(ord, str) or (len(dims) if dim is not None else A.ndim) == 2):
        return matrix_norm(A, ord, (0, 1) if dim is None else dims if len(dims) == 2 else dim, keepdim, dtype=dtype)
    return _vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


@op("cond", namespace="linalg", tensors=["A"])
def cond(A, p=None):
    """Condition number: the norm of A times that of its inverse; singular values decide for None, 2 and -2."""
    check_matrix(A, "linalg.cond")
    if p is None or p in (2, -2):
        check_floating(A, "linalg.cond", "linalg_svd_cpu")
        values = _LINALG["svdvals"](A)
        if not values.shape[-1]:
            return values.new_zeros(values.shape[:-1])
        return values[..., -1] / values[..., 0] if p == -2 else values[..., 0] / values[..., -1]
    if isinstance(p, str) and p not in ("fro", "nuc"):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if not isinstance(p, str) and abs(p) not in (1, math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p:.1f}")
    check_matrix(A, "linalg.cond(only square matrices are supported for this norm)", True)
    if not A._numel:
        return _vector_norm(A.new_zeros((*A.shape[:-2], 1)), 2, -1)
    inverse, info = _LINALG["inv_ex"](A)
    if info.ndim:
        inverse = inverse.masked_fill((info != 0).unsqueeze(-1).unsqueeze(-1), math.inf)
    elif info.item():
        inverse = FUNCTIONS["full_like"](inverse, math.inf)
    result = matrix_norm(A, p) * matrix_norm(inverse, p)
    return result


@op("matrix_rank", namespace="linalg", tensors=["A"])
def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None):
    """How many singular values exceed max(atol, rtol * largest); tol stands for atol with rtol 0."""
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    check_floating(A, "linalg.matrix_rank", "linalg_svd_cpu")
    if tol is not None:
        atol, rtol = tol, 0.0
    for name, t in (("atol", atol), ("rtol", rtol)):
        if hasattr(t, "_dtype_code") and t.dtype.is_complex:
            raise RuntimeError(f"torch.linalg.matrix_rank: {name} tensor of complex type is not supported.")
    if not A._numel:
        return FUNCTIONS["zeros"](A.shape[:-2], dtype=dtypes.int64)
    A = A.detach()
    values = _LINALG["eigvalsh"](A).abs() if hermitian else _LINALG["svdvals"](A)
    limit = _tolerance(A, values.amax(-1, keepdim=True), atol, rtol)
    return (values > limit).sum(-1)


# ---- powers and the exponential ----
@op("_unit", function=False, method=False, out=False, node="CopyBackwards", grad={"A": lambda g: g * 0})
def _unit(A):
    return _eye_like(A, A.shape[-1]).expand(A.shape).clone()


@op("matrix_power", namespace="linalg", tensors=["A"])
def matrix_power(A, n):
    """A multiplied n times with itself; negative n inverts first."""
    check_matrix(A, "linalg.matrix_power", True)
    n = n.__index__()
    if n == 0:
        return _unit(A)
    if n < 0:
        A, n = _LINALG["inv"](A), -n
    if n == 1:
        return A.clone()
    result = None
    while n:
        if n & 1:
            result = A if result is None else matmul(result, A)
        n >>= 1
        if n:
            A = matmul(A, A)
    return result


def _taylor(A, degree):
    """Sum of A^k / k! by Paterson and Stockmeyer, powers in groups."""
    group = max(1, math.isqrt(degree))
    identity = _eye_like(A, A.shape[-1]).expand(A.shape)
    powers = [identity, A]
    while len(powers) <= group:
        powers.append(matmul(powers[-1], A))
    result = None
    for start in range(degree // group * group, -1, -group):
        part = None
        for k in range(start, min(start + group, degree + 1)):
            part = _both(part, powers[k - start] * (1.0 / math.factorial(k)))
        result = part if result is None else matmul(result, powers[group]) + part
    return result


def _exponential(A):
    n = A.shape[-1]
    if n == 0:
        return A.clone()
    if n == 1:
        return A.exp()
    size = A.detach().abs().sum(-2).amax().item() if A._device_code >= 0 else 1.0
    if not math.isfinite(size):
        return A * math.nan
    limit = 3.01 if A.dtype.itemsize == 4 or A.dtype._name == "complex64" else 1.09  # where 18 terms reach the precision
    halvings = math.ceil(math.log2(size / limit)) if size > limit else 0
    result = _taylor(A * 0.5**halvings if halvings else A, 18)
    for _ in range(halvings):
        result = matmul(result, result)
    return result


@op("matrix_exp", namespace="linalg", tensors=["A"])
def matrix_exp(A):
    """Exponential of square matrices, by a polynomial and repeated squaring."""
    check_matrix(A, "linalg.matrix_exp", True)
    if not (A.dtype.is_floating_point or A.dtype.is_complex):
        raise RuntimeError(f"linalg.matrix_exp: Expected a floating point or complex tensor as input. Got {cpp(A)}")
    if A.dtype.itemsize == 2:
        return _exponential(A.to(dtypes.float32)).to(A.dtype)
    if A.ndim > 2 and A.shape[0]:  # every matrix by its own size
        flat = A.reshape(math.prod(A.shape[:-2]), *A.shape[-2:])
        return FUNCTIONS["stack"]([_exponential(flat[i]) for i in range(flat.shape[0])]).reshape(A.shape) if flat.shape[0] else A.clone()
    return _exponential(A)


for _name in ("matrix_power", "matrix_exp"):
    register(_name, _LINALG[_name], family="matrices")


# ---- products of vectors ----
def _cross(a, b, d):
    def part(t, i):
        return t.select(d, i)

    (a0, a1, a2), (b0, b1, b2) = (tuple(part(t, i) for i in range(3)) for t in (a, b))
    return FUNCTIONS["stack"]((a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0), d)


@op("cross", namespace="linalg", tensors=["input", "other"])
def cross(input, other, *, dim=-1):
    """Cross product over a dimension of size 3; the others broadcast."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[dim]} and {other.shape[dim]}")
    if input.dtype._name == "bool":
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    d = wrap_dim(dim, input.ndim)
    return _cross(input, other, d)


@op("cross", tensors=["input", "other"])
def _old_cross(input, other, dim=None):
    """Cross product over dim, or over the first dimension of size 3."""
    if dim is None:
        if input.shape != other.shape and input.ndim != other.ndim:
            raise RuntimeError(f"inconsistent tensors dimensions input: {input.ndim} other: {other.ndim}")
        dim = next((d for d, n in enumerate(input.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return cross(input, other, dim=dim)


@op("vecdot", namespace="linalg", tensors=["x", "y"])
def vecdot(x, y, *, dim=-1):
    """Sum of conj(x) * y over a dimension; the others broadcast."""
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {cpp(x)}")
    if x.ndim == 1 and y.ndim == 1:
        return FUNCTIONS["vdot"](x, y)
    return (_conj(x) * y).sum(dim)


# ---- tensor equations ----
@op("tensorinv", namespace="linalg", tensors=["A"])
def tensorinv(A, ind=2):
    """The inverse of A as a map from its last dimensions to its first `ind` ones."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if math.prod(first) != math.prod(last):
        raise RuntimeError(f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {math.prod(last)} != {math.prod(first)}")
    return _LINALG["inv"](A.reshape(math.prod(first), math.prod(last))).reshape(*last, *first)


@op("tensorsolve", namespace="linalg", tensors=["A", "B"])
def tensorsolve(A, B, dims=None):
    """X with tensordot(A, X, X.ndim) = B; `dims` of A go last first."""
    if dims is not None:
        moved = [wrap_dim(d, A.ndim) for d in dims]
        A = A.permute([d for d in range(A.ndim) if d not in moved] + moved)
    result = tuple(A.shape[B.ndim:])
    size = math.prod(result)
    if size != math.prod(A.shape[:B.ndim]):
        raise RuntimeError(f"Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got {size} != {math.prod(A.shape[:B.ndim])}")
    return _LINALG["solve"](A.reshape(math.prod(A.shape[:B.ndim]), size), B.reshape(-1)).reshape(result)


@op("vander", namespace="linalg", tensors=["x"], out=False)
def vander(x, N=None):
    """Powers 0 ... N-1 of vectors as a last dimension."""
    if x.dtype._name == "bool":
        raise RuntimeError("linalg.vander: Expected a floating point, complex or integral tensor as input. Got Bool")
    n = (x.shape[-1] if x.ndim else 1) if N is None else N
    if n <= 1:
        raise RuntimeError("N must be greater than 1.")
    x = (x if x.ndim else x.reshape(1)).unsqueeze(-1)
    one = FUNCTIONS["ones_like"](x)
    return FUNCTIONS["cat"]((one, x.expand(*x.shape[:-1], n - 1).cumprod(-1)), -1)


@op("diagonal", namespace="linalg", tensors=["A"], out=False)
def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """View of the diagonals of matrices."""
    return A.diagonal(offset, dim1, dim2)


register("matmul", FUNCTIONS["matmul"], namespace="linalg", family="matrices")
