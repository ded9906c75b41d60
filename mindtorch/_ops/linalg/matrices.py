"""Functions of matrices made of other operations: norms, powers, exponential, ranks, tensor equations, cross
products."""
import math

from mindtorch._core import dtypes

from .factorisations import _conj, _eye_like, adjoint, check_floating, check_matrix, cpp
from .matmul import matmul
from .orthogonal import _tolerance
from ..creation.casts import type_name
from ..table.registry import FUNCTIONS, NAMESPACES, op, register
from ..shape.views import wrap_dim

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
    if isinstance(dim, int):
        raise TypeError(f"linalg_matrix_norm(): argument 'dim' must be tuple of ints, not {type(dim).__name__}")
    dims = tuple(dim)
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
            out = values.amin(-1) if ord < 0 else values.amax(-1) if values.shape[-1] else values.sum(-1)
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
        if len(dims) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    elif ord is not None and A.ndim not in (1, 2):
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
                           f"{A.ndim}D.")
    if ord is not None and (isinstance(ord, str) or (len(dims) if dim is not None else A.ndim) == 2):
        return matrix_norm(A, ord, (0, 1) if dim is None else dims if len(dims) == 2 else dim, keepdim, dtype=dtype)
    return _vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


@op("cond", namespace="linalg", tensors=["A"])
def cond(A, p: object = None):
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
    if p == "nuc":  # the inverse of a singular matrix is infinite, that of one with infinities not a number: no error
        finite = inverse.isfinite().all(-1).all(-1)
        usable = inverse.masked_fill(~finite.unsqueeze(-1).unsqueeze(-1), 0.0)
        rest = FUNCTIONS["where"](info != 0, math.inf, math.nan).to(usable.real.dtype)
        inverse_norm = FUNCTIONS["where"](finite, _LINALG["svdvals"](usable).sum(-1), rest)
        return _LINALG["svdvals"](A).sum(-1) * inverse_norm
    result = matrix_norm(A, p) * matrix_norm(inverse, p)
    return result.masked_fill(result.isnan(), math.inf)


@op("matrix_rank", namespace="linalg", tensors=["A"])
def matrix_rank(A, tol: object = None, hermitian=False, *, atol: object = None, rtol: object = None):
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
        return FUNCTIONS["zeros"](A.shape[:-2], dtype=dtypes.int64, device=A.device)
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


# The exponential by the polynomials of Bader, Blanes and Casas (2019), which take few products: degrees, norms up to
# which each reaches
# the precision (float32, float64), coefficients over the powers in hand.
_R = math.sqrt(177)
_EIGHT = {"x1": (1 + _R) / 132, "x2": (1 + _R) / 528, "x4": (29 * _R - 271) / 210, "x5": 11 * (_R - 1) / 840,
          "x6": 11 * (_R - 9) / 3360,
          "x7": (89 - _R) / 2240, "y2": (857 - 58 * _R) / 630}
_TWELVE = ((9.0198e-16, 0.46932117595418237389, -0.20099424927047284052, -0.04623946134063071740),
           (5.31597895759871264183, 1.19926790417132231573, 0.01179296240992997031, 0.01108844528519167989),
           (0.18188869982170434744, 0.05502798439925399070, 0.09351590770535414968, 0.00610700528898058230),
           (-2.0861320e-13, -0.13181061013830184015, -0.02027855540589259079, -0.00675951846863086359))
_EIGHTEEN = ((0, -1.00365581030144618291e-01, -8.02924648241156932449e-03, -8.92138498045729985177e-04, 0),
             (0, 3.97849749499645077844e-01, 1.36783778460411720168e+00, 4.98289622525382669416e-01,
              -6.37898194594723280150e-04),
             (-1.09676396052962061844e+01, 1.68015813878906206114e+00, 5.71779846478865511061e-02,
              -6.98210122488052056106e-03, 3.34975017086070470649e-05),
             (-9.04316832390810593223e-02, -6.76404519071381882256e-02, 6.75961301770459654925e-02,
              2.95552570429315521194e-02, -1.39180257516060693404e-05),
             (0, 0, -9.23364619367118555360e-02, -1.69364939002081722752e-02, -1.40086798182036094347e-05))
_REACH = {True: (1.192092800768788e-07, 5.978858893805233e-04, 5.116619363445086e-02, 5.800524627688768e-01,
                 1.461661507209034e+00, 3.010066362817634e+00),
          False: (2.220446049250313e-16, 2.580956802971767e-08, 3.397168839976962e-04, 4.991228871115323e-02,
                  2.996158913811580e-01, 1.090863719290036e+00)}


def _combined(coefficients, powers):
    """Sum of coefficient * power, zeros left out."""
    result = None
    for c, p in zip(coefficients, powers):
        if c:
            result = p * c if result is None else result + p * c
    return result


def _polynomial(A, kind):
    """Taylor polynomial of degree 1, 2, 4, 8, 12 or 18 (kind 0 to 5) of a batch of matrices."""
    identity = _eye_like(A, A.shape[-1]).expand(A.shape)
    if kind == 0:
        return identity + A
    square = matmul(A, A)
    if kind == 1:
        return identity + A + square * 0.5
    if kind == 2:
        return identity + A + matmul(square, _combined((1 / 2, 1 / 6, 1 / 24), (identity, A, square)))
    if kind == 3:
        c = _EIGHT
        fourth = matmul(square, _combined((c["x1"], c["x2"]), (A, square)))
        eighth = matmul(_combined((2 / 3, 1.0), (square, fourth)),
                        _combined((c["x4"], c["x5"], c["x6"], c["x7"]), (identity, A, square, fourth)))
        return _combined((1.0, 1.0, c["y2"], 1.0), (identity, A, square, eighth))
    powers = [identity, A, square, matmul(A, square)]
    if kind == 4:
        b = [_combined(row, powers) for row in _TWELVE]
        sixth = b[2] + matmul(b[3], b[3])
        return b[0] + matmul(b[1] + sixth, sixth)
    b = [_combined(row, [*powers, matmul(powers[3], powers[3])]) for row in _EIGHTEEN]
    ninth = matmul(b[0], b[4]) + b[3]
    return b[1] + matmul(b[2] + ninth, ninth)


def _exponential(A):
    """Exponentials of (batch, n, n): each matrix by the polynomial that its norm needs, scaled and squared beyond the
    last."""
    if A._device_code < 0:
        return A.clone()
    reach = _REACH[A.dtype._name in ("float32", "complex64")]
    sizes = A.abs().sum(-2).amax(-1).tolist()
    groups = {}
    for i, size in enumerate(sizes):
        kind = next((k for k, limit in enumerate(reach) if size <= limit), 5)
        halvings = max(0, math.ceil(math.log2(size / reach[-1]))) if kind == 5 and math.isfinite(size) else 0
        groups.setdefault((kind, halvings, not math.isfinite(size)), []).append(i)
    result = A if len(groups) == 1 else FUNCTIONS["empty_like"](A)
    for (kind, halvings, lost), members in groups.items():
        part = A if len(groups) == 1 else A[members]
        part = part * math.nan if lost else _polynomial(part * 0.5**halvings if halvings else part, kind)
        for _ in range(halvings):
            part = matmul(part, part)
        if len(groups) == 1:
            return part
        result[members] = part
    return result


def _exponential_gradient(g, A):
    """The upper right block of exp [[A^H, g], [0, A^H]]."""
    n, a = A.shape[-1], adjoint(A)
    rows = FUNCTIONS["cat"]((a, g), -1), FUNCTIONS["cat"]((FUNCTIONS["zeros_like"](a), a), -1)
    return matrix_exp(FUNCTIONS["cat"](rows, -2))[..., :n, n:]


@op("matrix_exp", namespace="linalg", tensors=["A"], node="LinalgMatrixExpBackward0", grad={"A": _exponential_gradient})
def matrix_exp(A):
    """Exponential of square matrices, by a polynomial and repeated squaring."""
    check_matrix(A, "linalg.matrix_exp", True)
    if not (A.dtype.is_floating_point or A.dtype.is_complex):
        raise RuntimeError(f"linalg.matrix_exp: Expected a floating point or complex tensor as input. Got {cpp(A)}")
    if A.dtype.itemsize == 2:
        return matrix_exp(A.to(dtypes.float32)).to(A.dtype)
    if not A._numel:
        return A.clone()
    if A.shape[-1] == 1:
        return A.exp()
    return _exponential(A.reshape(-1, *A.shape[-2:])).reshape(A.shape)


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
    d = wrap_dim(dim, input.ndim)
    if input.shape[d] != 3 or other.shape[d] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[d]} and "
                           f"{other.shape[d]}")
    if input.dtype._name == "bool":
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    if input.dtype is not other.dtype:
        raise RuntimeError(f"expected scalar type {type_name(input.dtype)[6:-6]} but found "
                           f"{type_name(other.dtype)[6:-6]}")
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
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[ind:]) == "
                           f"prod(self.shape[:ind]), but got {math.prod(last)} != {math.prod(first)}")
    return _LINALG["inv"](A.reshape(math.prod(first), math.prod(last))).reshape(*last, *first)


@op("tensorsolve", namespace="linalg", tensors=["A", "B"])
def tensorsolve(A, B, dims=None):
    """X with tensordot(A, X, X.ndim) = B; `dims` of A go last first."""
    if dims is not None:
        moved = [wrap_dim(d, A.ndim) for d in ((dims,) if isinstance(dims, int) else dims)]
        if len(set(moved)) != len(moved):
            raise RuntimeError(f"movedim: repeated dim in `source` ({list(dims)})")
        A = A.permute([d for d in range(A.ndim) if d not in moved] + moved)
    result = tuple(A.shape[B.ndim:])
    size = math.prod(result)
    if size != math.prod(A.shape[:B.ndim]):
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
                           f"prod(self.shape[:other.ndim]), but got {size} != {math.prod(A.shape[:B.ndim])}")
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
