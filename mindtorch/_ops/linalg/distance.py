"""Distances and similarities between vectors."""
import mindtorch._C as _C
from mindtorch._core.codes import SINGLE_AND_DOUBLE

from ..table.checks import cpp_name, dense, need_dtype_of, need_float, number
from ..creation.factories import like, new
from ..table.registry import FUNCTIONS, composition, kernel_rows, op, register, run

kernel_rows(cdist="aclnnCdist T1 T2 f0 =2 T0")  # 2: never by a product


@op(method=False, out=False, tensors=["x1", "x2"])
def pairwise_distance(x1, x2, p=2.0, eps=1e-06, keepdim=False):
    """p-norm of x1 - x2 + eps along the last dimension; the vectors broadcast."""
    return (x1 - x2 + eps).norm(number(p, "pairwise_distance", "p"), -1, keepdim)


@op(method=False, out=False, tensors=["x1", "x2"])
def cosine_similarity(x1, x2, dim=1, eps=1e-08):
    """Cosine of the angle between vectors along dim; norms are at least eps. RuntimeError for integers."""
    kind = FUNCTIONS["result_type"](x1, x2)
    if not kind.is_floating_point:
        raise RuntimeError("expected common dtype to be floating point, yet common dtype is "
                           f"{str(kind).rpartition('.')[2].capitalize()}")
    x1, x2 = x1.to(kind), x2.to(kind)
    a, b = FUNCTIONS["broadcast_tensors"](x1, x2)
    norms = [v.norm(2, dim, keepdim=True) for v in (a, b)]
    # the bound holds for values alone: below it the gradient passes as if it were not there
    norms = [n + (n.detach().clamp_min(eps) - n.detach()) for n in norms]
    return ((a / norms[0]) * (b / norms[1])).sum(dim)


def _rows(t):
    return t.shape[-2], t.shape[-1]


@op("_cdist_backward", method=False, out=False)
def _cdist_backward(grad, x1, x2, p, distance):
    """Gradient of cdist for x1."""
    made = like(x1)
    run("cdist_backward", (made, dense(grad), dense(x1), dense(x2), dense(distance)), (float(p),))
    return made


def _slopes(g, x1, x2, p, distance):
    """Gradient of x1, differentiable again: g * d|x1 - x2|_p."""
    difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    d, w = distance.unsqueeze(-1), g.unsqueeze(-1)
    zero = FUNCTIONS["zeros_like"](difference)
    if p == 0:
        return zero.sum(-2)
    if p == 1:
        return (difference.sign() * w).sum(-2)
    if p == float("inf"):
        return ((difference.abs() == d).to(g.dtype) * difference.sign() * w).sum(-2)
    ratio = (difference / FUNCTIONS["where"](d == 0, 1.0, d) if p == 2
             else difference.sign() * (difference.abs() / FUNCTIONS["where"](d == 0, 1.0, d)).pow(p - 1))
    return FUNCTIONS["where"](d == 0, zero, ratio * w).sum(-2)


@composition("cdist_backward")
def _slopes_on_device(tensors, scalars):
    made, g, x1, x2, distance = (t.detach() for t in tensors)
    run("copy", (made, _slopes(g, x1, x2, scalars[0], distance)))


def _cdist_gradient(g, x1, x2, p, result):
    if _C.needs_grad(g, x1, x2):
        return _slopes(g, x1, x2, p, _cdist(x1, x2, p))
    return _cdist_backward(g, x1, x2, p, result)


@op("_cdist", method=False, out=False, node="CdistBackward0", grad={
    "x1": lambda g, x1, x2, p, result: _cdist_gradient(g, x1, x2, p, result),
    "x2": lambda g, x1, x2, p, result: _cdist_gradient(g.transpose(-1, -2), x2, x1, p, result.transpose(-1, -2))})
def _cdist(x1, x2, p):
    made = new((*x1.shape[:-2], x1.shape[-2], x2.shape[-2]), x1._dtype_code, x1._device_code)
    run("cdist", (made, dense(x1), dense(x2)), (float(p),))
    return made


def _euclidean_gradient(g, x1, x2, result, needs):
    ratio = FUNCTIONS["where"](result == 0, 0, g / result)
    return (x1 * ratio.sum(-1, keepdim=True) - ratio @ x2 if needs[0] else None,
            x2 * ratio.sum(-2).unsqueeze(-1) - ratio.transpose(-1, -2) @ x1 if needs[1] else None)


@op("_euclidean_dist", method=False, out=False, node="EuclideanDistBackward0", grad={("x1", "x2"): _euclidean_gradient})
def _euclidean_dist(x1, x2):
    """2-norm distances by one product: |a|^2 - 2 a b + |b|^2."""
    norms = [x.pow(2).sum(-1, keepdim=True) for x in (x1, x2)]
    ones = [FUNCTIONS["ones_like"](n) for n in norms]
    return (FUNCTIONS["cat"]((x1 * -2, norms[0], ones[0]),
                             -1) @ FUNCTIONS["cat"]((x2, ones[1], norms[1]),
                                                    -1).transpose(-1, -2)).clamp_min_(0).sqrt_()


@op(method=False, out=False, tensors=["x1", "x2"])
def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """p-norm distances between each row of x1 (*, n, d) and each of x2 (*, m, d): (*, n, m). RuntimeError for other
    sizes or a negative p."""
    if compute_mode not in (
        "use_mm_for_euclid_dist_if_necessary",
        "use_mm_for_euclid_dist",
        "donot_use_mm_for_euclid_dist",
    ):
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, t in (("X1", x1), ("X2", x2)):
        if t.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {t.ndim}D")
        if not t.dtype.is_floating_point:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {cpp_name(t)}")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    p = number(p, "cdist", "p")
    if not p >= 0:
        raise RuntimeError("cdist only supports non-negative p values")
    need_float(x1, "cdist")
    batch = tuple(FUNCTIONS["broadcast_shapes"](x1.shape[:-2], x2.shape[:-2]))
    x1, x2 = x1.expand(*batch, *_rows(x1)), x2.expand(*batch, *_rows(x2))
    product = (compute_mode == "use_mm_for_euclid_dist"
               or (compute_mode[0] == "u" and max(x1.shape[-2], x2.shape[-2]) > 25))
    if not x1._numel or not x2._numel:  # nothing is computed, of whatever dtypes: the graph alone is
        return _cdist(x1.float(), x2.float(), p).to(x1.dtype)
    if p == 2 and product:
        return _euclidean_dist(x1, x2)
    _need_single(x1, "cdist")
    need_dtype_of(x2, x1)
    return _cdist(x1, x2, p)


def _need_single(t, name):
    """NotImplementedError for halves."""
    if t._dtype_code not in SINGLE_AND_DOUBLE:
        raise NotImplementedError(f'"{name}" not implemented for \'{cpp_name(t)}\'')


@op(method=False, out=False, tensors=["input"])
def pdist(input, p=2.0):
    """p-norm distances between the rows of a matrix: the upper triangle of cdist(input, input). RuntimeError for other
    dimensions or a negative p."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not input.dtype.is_floating_point:
        raise RuntimeError("pdist only supports floating-point dtypes")
    p = number(p, "pdist", "p")
    if not p >= 0:
        raise RuntimeError("pdist only supports non-negative p values")
    n = input.shape[0]
    if n < 2:
        return input.reshape(-1)[:0] * 1
    if not input._numel:
        return FUNCTIONS["zeros"](n * (n - 1) // 2, dtype=input.dtype, device=input.device) + input.sum()
    _need_single(input, "pdist")
    full = _cdist(input, input, p).reshape(-1)
    places = FUNCTIONS["triu_indices"](n, n, 1, device=input.device)
    return full[places[0] * n + places[1]]


for _name, _f in (("pairwise_distance", pairwise_distance), ("cosine_similarity", cosine_similarity), ("pdist", pdist)):
    register(_name, _f, namespace="nn.functional", method=False)
