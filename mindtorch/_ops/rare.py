"""Rarely used ops, composed of others: renorm, finite differences, reductions of segments, hashes, named norms."""
import math

from mindtorch._core import layouts
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.engine import no_grad as _no_grad

from .registry import FUNCTIONS, NAMESPACES, _C_tensor, op, public

_NAMES = {0: "Bool", 1: "Byte", 2: "Char", 3: "Short", 4: "Int", 5: "Long"}


def _dim(dim, ndim):
    if not -max(ndim, 1) <= dim < max(ndim, 1):
        raise IndexError(f"Dimension out of range (expected to be in range of [{-max(ndim, 1)}, {max(ndim, 1) - 1}], "
                         f"but got {dim})")
    return dim % ndim if ndim else 0


@op(inplace=True, tensors=["input"])
def renorm(input, p, dim, maxnorm):
    """Every slice along dim scaled so that its p-norm is at most maxnorm; RuntimeError for vectors, p <= 0 and maxnorm
    < 0."""
    dim = _dim(dim, input.ndim)
    if not p > 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    source = input.float() if input._dtype_code in (6, 7) else input
    norm = NAMESPACES["linalg"]["vector_norm"](source, p, [d for d in range(input.ndim) if d != dim], True)
    factor = public.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1.0)
    return (input * factor.to(input.dtype)).contiguous()


# ---- finite differences ----
def _spacings(input, spacing, dim):
    """[(dimension, step or coordinates)]"""
    tensor = _C_tensor()
    dims = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    several = isinstance(spacing, (list, tuple))
    if dims is None:
        want = input.ndim
        if several and len(spacing) != want:
            raise RuntimeError(
                f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to "
                f"'self.dim() = {want}', since dim argument was not given, "
                f"but got a list of length {len(spacing)}"
            )
        dims = list(range(want))
    elif several and len(spacing) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
            "same length, "
            "but got a spacing argument of length "
            f"{len(spacing)} and a dim argument of length {len(dims)}."
        )
    places = [_dim(d, input.ndim) for d in dims]
    for i, d in enumerate(places):
        if d in places[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    if isinstance(spacing, tensor):
        if spacing.ndim:
            raise TypeError("gradient(): argument 'spacing' must be a scalar, a list of scalars or a list of tensors")
        spacing = spacing.item()
    return list(zip(places, spacing if several else [1 if spacing is None else spacing] * len(places)))


def _total(terms):
    first, second, third = terms
    return first + second + third


def _edge(a, b, c, first, second):
    """Terms of the derivative at a, whose neighbours b and c lie `first` and `first + second` away, by the parabola
    through them."""
    whole = first + second
    return a * (-(first + whole) / (first * whole)), b * (whole / (first * second)), c * (-first / (second * whole))


def _derivative(x, dim, h, edge_order):
    n = x.shape[dim]
    left, mid, right = x.narrow(dim, 0, n - 2), x.narrow(dim, 1, n - 2), x.narrow(dim, 2, n - 2)
    at = [x.narrow(dim, i, 1) for i in (range(3) if edge_order == 2 else range(2))]
    end = [x.narrow(dim, n - 1 - i, 1) for i in (range(3) if edge_order == 2 else range(2))]
    if isinstance(h, _C_tensor()):
        if h.ndim != 1:
            raise RuntimeError("torch.gradient expected each element of spacing to have one dimension, but got an "
                               f"element with {h.ndim} dimensions!")
        step = h.diff()
        before, after = (s.reshape([-1] + [1] * (x.ndim - 1 - dim)) for s in (step[:-1], step[1:]))
        inner = left * (-after / (before * (before + after))) + mid * ((after - before) / (after * before)) + right * (
            before / (after * (before + after)))
        begin = (at[1] - at[0]) / step[0] if edge_order == 1 else _total(_edge(*at, step[0], step[1]))
        finish = (end[0] - end[1]) / step[-1] if edge_order == 1 else -_total(_edge(*end, step[-1], step[-2])[::-1])
    elif edge_order == 1:
        inner, begin, finish = (right - left) / (2
                                                 * h) if h else (right - left) / 0.0, (
                                                     at[1] - at[0]) / h, (end[0] - end[1]) / h
    else:
        inner, begin = (right - left) / (2 * h) if h else (right
                                                           - left) / 0.0, (at[0] * -1.5 + at[1] * 2 + at[2] * -0.5) / h
        finish = (end[2] * 0.5 + end[1] * -2 + end[0] * 1.5) / h
    return public.cat([begin, inner, finish], dim)


@op(out=False, method=False, tensors=["input"])
def gradient(input, *, spacing=None, dim=None, edge_order=1):
    """Derivatives along dimensions by central differences, one tensor each. spacing: a step, steps, or coordinates;
    edge_order 1 or 2 says how the edges are done.
    RuntimeError for too short dimensions, repeated ones and uint8."""
    pairs = _spacings(input, spacing, dim)
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if input._dtype_code == 1:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    for d, _ in pairs:
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple(_derivative(input, d, h, edge_order) for d, h in pairs)


# ---- segments ----
_SEGMENT = {"sum": 0.0, "mean": 0.0, "max": -math.inf, "amax": -math.inf, "min": math.inf, "amin": math.inf,
            "prod": 1.0}


def _segment_offsets(data, lengths, offsets, axis, unsafe):
    given = lengths if lengths is not None else offsets
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    name = "lengths" if lengths is not None else "offsets"
    if axis != given.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if given._dtype_code not in (4, 5):
        kind = given.dtype._name.capitalize().replace("Float32", "Float").replace("Float64", "Double")
        raise NotImplementedError(f"\"_segment_reduce_{name}_cpu_kernel1\" not implemented for '{kind}'")
    if lengths is None:
        return offsets.long()
    lengths = lengths.long()
    if not unsafe:
        if (lengths < 0).any().item():
            raise RuntimeError("lengths contains negative value!")
        if not (lengths.sum(-1) == data.shape[axis]).all().item():
            raise RuntimeError("segment_reduce(): Expected all rows of lengths along axis to sum to "
                               "data.size(lengths.dim()-1) when !unsafe.")
    return public.cat([public.zeros_like(lengths[..., :1]) if lengths.shape[-1]
                       else lengths.new_zeros((*lengths.shape[:-1], 1)), lengths.cumsum(-1)], -1)


@op(method=False, tensors=["data", "lengths", "indices", "offsets"])
def segment_reduce(data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None):
    """Sum, mean, max, min or prod of consecutive pieces along axis, given by their lengths or by offsets (one more than
    pieces); floating point only.
    Empty pieces give `initial`, by default the reduction's neutral element (nan for mean)."""
    if reduce not in _SEGMENT:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    axis = _dim(axis, data.ndim)
    bounds = _segment_offsets(data, lengths, offsets, axis, unsafe)
    if not data.dtype.is_floating_point:
        raise NotImplementedError("\"_segment_reduce_cpu\" not implemented for "
                                  f"'{_NAMES.get(data._dtype_code, 'ComplexFloat')}'")
    shape, batch = tuple(data.shape), math.prod(data.shape[:axis])
    segments, rest = bounds.shape[-1] - 1, shape[axis + 1:]
    bounds = bounds.reshape(batch, segments + 1).contiguous()
    at = public.arange(shape[axis], device=data.device).expand(batch, shape[axis]).contiguous()
    piece = public.searchsorted(bounds[:, 1:].contiguous(), at, right=True)
    inside = ((at >= bounds[:, :1]) & (piece < segments)).reshape(-1)
    number = (piece + public.arange(batch, device=data.device).unsqueeze(1) * segments).reshape(-1)
    rows = data.reshape(batch * shape[axis], *rest)
    if not inside.all().item():
        rows, number = rows[inside], number[inside]
    start = public.full((batch * segments, *rest), _SEGMENT[reduce] if initial is None else float(initial),
                        dtype=data.dtype, device=data.device)
    if reduce in ("sum", "mean"):
        out = start.index_add(0, number, rows)
        if reduce == "mean":
            size = (bounds[:, 1:] - bounds[:, :-1]).reshape(-1, *[1] * len(rest))
            out = out / (size if initial is None else size.clamp_min(1)).to(out.dtype)
    else:
        out = start.index_reduce(0, number, rows, {"max": "amax", "min": "amin"}.get(reduce, reduce))
    return out.reshape(*shape[:axis], segments, *rest)


# ---- hashes ----
@op(tensors=["input"])
def hash_tensor(input, dim=(), *, keepdim=False, mode=0):
    """Exclusive or of the bits of the elements (integers as int64, others as float64) over dimensions, all by default:
    a uint64 tensor."""
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    dims = sorted({_dim(d, input.ndim) for d in ((dim,) if isinstance(dim, int) else dim)})
    if not dims and not input._numel:
        raise RuntimeError("hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the "
                           "reduction dim with the 'dim' argument.")
    if input.dtype.is_complex:
        raise NotImplementedError("\"xor_sum_cpu\" not implemented for "
                                  f"'Complex{'Double' if input.dtype.itemsize == 16 else 'Float'}'")
    dims = dims if dims and input.ndim else list(range(input.ndim))
    bits = input.detach().double().contiguous().view(
        BY_NAME["int64"]) if input.dtype.is_floating_point else input.long()
    for d in dims:
        if not bits.shape[d]:
            bits = bits.new_zeros([1 if i == d else n for i, n in enumerate(bits.shape)])
        while bits.shape[d] > 1:
            half, odd = divmod(bits.shape[d], 2)
            folded = bits.narrow(d, 0, half) ^ bits.narrow(d, half, half)
            bits = public.cat([folded, bits.narrow(d, 2 * half, 1)], d) if odd else folded
    if not keepdim:
        bits = bits.reshape([n for i, n in enumerate(bits.shape) if i not in dims])
    return bits.clone(memory_format=layouts.contiguous_format).view(BY_NAME["uint64"])


# ---- norms under old names ----
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
@op(out=False, method=False, tensors=["input", "running_mean", "running_var"])
def batch_norm_update_stats(input, running_mean, running_var, momentum):
    """(mean, variance) of the channels of a batch; running statistics move towards them."""
    dims = [d for d in range(input.ndim) if d != 1]
    variance, mean = public.var_mean(input, dims, correction=0)
    count = input._numel // input.shape[1]
    with _no_grad():
        if running_mean is not None:
            running_mean.mul_(1 - momentum).add_(mean, alpha=momentum)
        if running_var is not None:
            running_var.mul_(1 - momentum).add_(variance * (count / (count - 1)), alpha=momentum)
    return mean, variance


def _channels(t, ndim):
    return t.reshape([1, -1] + [1] * (ndim - 2))


@op(out=False, method=False, tensors=["input"])
def batch_norm_stats(input, eps):
    """(mean, 1 / sqrt(variance + eps)) of the channels, in float32 for half precision."""
    variance, mean = public.var_mean(input.float() if input._dtype_code in (6, 7) else input,
                                     [d for d in range(input.ndim) if d != 1], correction=0)
    return mean, (variance + eps).rsqrt()


@op(method=False, tensors=["input", "weight", "bias", "mean", "invstd"])
def batch_norm_elemt(input, weight, bias, mean, invstd, eps):
    """(input - mean) * invstd * weight + bias, channel by channel."""
    out = (input - _channels(mean, input.ndim)) * _channels(invstd, input.ndim)
    out = out if weight is None else out * _channels(weight, input.ndim)
    return (out if bias is None else out + _channels(bias, input.ndim)).to(input.dtype)


@op(out=False, method=False, tensors=["input", "mean", "invstd", "running_mean", "running_var", "counts"])
def batch_norm_gather_stats_with_counts(input, mean, invstd, running_mean, running_var, momentum, eps, counts):
    """(mean, invstd) of all processes from each one's row of means, inverse deviations and its count; running
    statistics move towards them."""
    counts = counts.to(mean.dtype).reshape(-1, 1)
    total = counts.sum()
    joint = (mean * counts).sum(0) / total
    variance = ((invstd**-2 - eps + (mean - joint) ** 2) * counts).sum(0) / total
    with _no_grad():
        if running_mean is not None:
            running_mean.mul_(1 - momentum).add_(joint, alpha=momentum)
        if running_var is not None:
            running_var.mul_(1 - momentum).add_(variance * (total / (total - 1)), alpha=momentum)
    return joint, (variance + eps).rsqrt()


@op(out=False, method=False, tensors=["input", "mean", "invstd", "running_mean", "running_var"])
def batch_norm_gather_stats(input, mean, invstd, running_mean, running_var, momentum, eps, count):
    """batch_norm_gather_stats_with_counts of equal counts."""
    counts = public.full((mean.shape[0],), count, dtype=mean.dtype, device=mean.device)
    return FUNCTIONS["batch_norm_gather_stats_with_counts"](input, mean, invstd, running_mean, running_var, momentum,
                                                            eps, counts)


@op(out=False, method=False, tensors=["grad_out", "input", "mean", "invstd", "weight"])
def batch_norm_backward_reduce(grad_out, input, mean, invstd, weight, input_g, weight_g, bias_g):
    """(sum of gradients, sum of gradients times deviations, weight's gradient, bias's gradient); None for what is not
    asked for."""
    dims = [d for d in range(input.ndim) if d != 1]
    wide = grad_out.to(mean.dtype)
    total = wide.sum(dims)
    spread = (wide * (input - _channels(mean, input.ndim))).sum(dims)
    like = mean.dtype if weight is None else weight.dtype
    return (total if input_g else None, spread if input_g else None, (spread * invstd).to(like) if weight_g else None,
            total.to(like) if bias_g else None)


@op(out=False, method=False, tensors=["grad_out", "input", "mean", "invstd", "weight", "sum_dy", "sum_dy_xmu", "count"])
def batch_norm_backward_elemt(grad_out, input, mean, invstd, weight, sum_dy, sum_dy_xmu, count):
    """Gradient of the input from the joint sums of all processes."""
    n, total = input.ndim, count.sum()
    inner = grad_out - _channels(sum_dy / total,
                                 n) - (input - _channels(mean, n)) * _channels(invstd**2 * (sum_dy_xmu / total), n)
    return (inner * _channels(invstd if weight is None else invstd * weight, n)).to(input.dtype)


# ---- views undone ----
@op(out=False, tensors=["input", "src"])
def slice_inverse(input, src, dim=0, start: int = None, end: int = None, step: int = 1):
    """The tensor of src's geometry in whose memory `input` is the slice; RuntimeError when the memory is too small."""
    offset = input._offset - (start or 0) * src._strides[_dim(dim, src.ndim)]
    return input.as_strided(src.shape, src._strides, offset)
