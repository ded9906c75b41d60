"""Primitives for kernels that are not element-wise: kernel -> f(tensors, scalars) with the kernel's own arguments,
results first.

Each returns what the primitives made, one for each result in order; None leaves a result alone (in-place primitives
wrote it).
"""
import math

import mindtorch._C as _C

from .primitives import (
    Unfit, contiguous, expanded, filled, in_place, mindspore_dtype, number, operand, ours, primitive, reshaped, scalar,
    unfit, write)

_FLOATS = (6, 7, 8, 9)
kernels = {}


def kernel(*names):
    def enter(f):
        for name in names:
            kernels[name] = f
        return f

    return enter


@kernel("copy")
def _copy(t, s):
    out, x = t
    in_place("InplaceCopy", out, x if tuple(x.shape) == tuple(out.shape) else expanded(x, out.shape))
    return (None,)


@kernel("fill")
def _fill(t, s):
    in_place("InplaceFillScalar", t[0], number(s[0], t[0]._dtype_code))
    return (None,)


@kernel("masked_fill")
def _masked_fill(t, s):
    out, x, mask, value = t
    if value.ndim or mask._dtype_code:
        raise Unfit
    return primitive("MaskedFill")(x, expanded(mask, x.shape), operand(value, x._dtype_code))


kernels["complex"] = lambda t, s: primitive("Complex")(*(expanded(x, t[0].shape) for x in t[1:]))
kernels["polar"] = lambda t, s: primitive("Polar")(*(expanded(x, t[0].shape) for x in t[1:]))


# ---- reductions: (results..., x; mask of dimensions) ----
def _dims(mask, x):
    if x.ndim and not mask:
        raise Unfit  # no dimension at all: for primitives that means all
    return tuple(d for d in range(x.ndim) if mask >> d & 1) if x.ndim else None


def _one_dim(mask, x):
    """None for all dimensions, else the only one."""
    dims = _dims(mask, x)
    if dims is None or (len(dims) == x.ndim and x.ndim > 1):
        return None
    if len(dims) > 1:
        raise Unfit
    return dims[0]


def _keeps(out, x):
    return bool(x.ndim) and out.ndim == x.ndim


def _reduction(kernel_, name, dtype=True):
    def compute(t, s):
        out, x = t
        return primitive(name)(x, _dims(s[0], x), _keeps(out, x), *((mindspore_dtype(out),) if dtype else ()))

    kernels[kernel_] = compute


for _kernel, _name in {"sum": "SumExt", "mean": "MeanExt", "nansum": "Nansum"}.items():
    _reduction(_kernel, _name)


@kernel("logsumexp")
def _logsumexp(t, s):
    out, x = t
    return primitive("LogSumExp")(x, _dims(s[0], x) or (), _keeps(out, x))


def _kept(kernel_, name, absent):
    kernels[kernel_] = lambda t, s: primitive(name, _keeps(t[0], t[1]))(t[1], _dims(s[0], t[1]) or absent)


_kept("amax", "ReduceMax", ())
_kept("amin", "ReduceMin", ())
_kept("all", "ReduceAll", None)
_kept("any", "ReduceAny", ())
kernels["aminmax"] = lambda t, s: (kernels["amin"]((t[0], t[2]), s), kernels["amax"]((t[1], t[2]), s))
kernels["prod"] = lambda t, s: primitive("ProdExt")(t[1], _whole(_one_dim(s[0], t[1]), *t), _keeps(*t),
                                                    mindspore_dtype(t[0]))
kernels["argmax"] = lambda t, s: primitive("ArgMaxExt")(t[1], _whole(_one_dim(s[0], t[1]), *t), _keeps(*t))
kernels["argmin"] = lambda t, s: primitive("ArgMinExt")(t[1], _whole(_one_dim(s[0], t[1]), *t), _keeps(*t))


def _whole(dim, out, x):
    if dim is None and _keeps(out, x):
        raise Unfit
    return dim


def _with_place(kernel_, name):
    def compute(t, s):
        dim = _one_dim(s[0], t[2])
        if dim is None:
            raise Unfit
        return primitive(name)(t[2], dim, _keeps(t[0], t[2]))

    kernels[kernel_] = compute


_with_place("max_dim", "MaxDim")
_with_place("min_dim", "MinDim")


@kernel("count_nonzero")
def _count_nonzero(t, s):
    return primitive("CountNonZero")(t[1], _dims(s[0], t[1]))


@kernel("norm")
def _norm(t, s):
    out, x = t
    return primitive("LinalgVectorNorm")(x, float(number(s[1], out._dtype_code)), _dims(s[0], x), _keeps(out, x),
                                         mindspore_dtype(out))


@kernel("moments")
def _moments(t, s):
    out, average, x = t
    mask, correction, root = s
    if int(correction) != correction:
        raise Unfit
    name = ("Std" if root else "Var") + ("" if average is None else "Mean")
    made = primitive(name)(x, _dims(mask, x), int(correction), _keeps(out, x))
    return made if average is None else tuple(made)


kernels["cumsum"] = lambda t, s: primitive("CumsumExt")(t[1], s[0], mindspore_dtype(t[0])) if t[1].ndim else unfit()
kernels["cumprod"] = lambda t, s: primitive("CumProd", False,
                                            False)(operand(t[1], t[0]._dtype_code), s[0]) if t[1].ndim else unfit()
kernels["cummin"] = lambda t, s: primitive("CumminExt")(t[2], s[0]) if t[2].ndim else unfit()
kernels["cummax"] = lambda t, s: primitive("Cummax", s[0])(t[2]) if t[2].ndim else unfit()


# ---- softmax: (out, x; dim), (out, g, y; dim) ----
kernels["softmax"] = lambda t, s: primitive("Softmax", s[0])(t[1]) if t[1].ndim else unfit()
kernels["log_softmax"] = lambda t, s: primitive("LogSoftmaxExt")(t[1], s[0], None) if t[1].ndim else unfit()
kernels["softmax_backward"] = lambda t, s: primitive("SoftmaxBackward")(t[1], t[2], s[0]) if t[1].ndim else unfit()
kernels["log_softmax_backward"] = lambda t, s: primitive("LogSoftmaxGrad", s[0])(t[2], t[1]) if t[1].ndim else unfit()


# ---- products ----
@kernel("matmul")
def _matmul(t, s):
    out, a, b, add = t
    alpha, beta = s
    code = out._dtype_code
    if {a._dtype_code, b._dtype_code, code if add is None else add._dtype_code} != {code}:
        raise Unfit
    if add is None:
        if alpha != 1 or a.ndim != b.ndim:
            raise Unfit
        return primitive("Mm" if a.ndim == 2 else "BatchMatMulExt" if a.ndim == 3 and a.shape[0] == b.shape[0]
                         else "MatMulExt")(a, b)
    if (
        code in (6, 7, 8) and a.ndim > 2 and a._contiguous and all(n == 1 for n in b.shape[:-2])
    ):  # one matrix for all: rows of one product
        rows, k = a._numel // max(a.shape[-1], 1), a.shape[-1]
        add = reshaped(contiguous(expanded(add, out.shape)),
                       (rows, out.shape[-1])) if add.ndim > 1 else expanded(add, (rows, out.shape[-1]))
        return primitive("Addmm")(add, reshaped(a, (rows, k)),
                                  _C.strided(b, b.shape[-2:], b._strides[-2:], b._offset, -1), number(beta, code),
                                  number(alpha, code))
    if code in (6, 7, 8) and (a.ndim == 2 or (a.ndim == 3 and a.shape[0] == b.shape[0])):
        return primitive("Addmm" if a.ndim == 2 else "Baddbmm")(expanded(add, out.shape), a, b, number(beta, code),
                                                                number(alpha, code))
    if code in (6, 7) or alpha != 1 or beta != 1 or a.ndim != b.ndim:
        raise Unfit
    return primitive("AddExt")(primitive("MatMulExt")(a, b), add, 1)


kernels["dot"] = lambda t, s: primitive("Dot")(t[1], t[2]) if t[1]._dtype_code == t[0]._dtype_code else unfit()


# ---- normalisation ----
@kernel("group_norm")
def _group_norm(t, s):
    out, mean, rstd, x, weight, bias = t
    rows, groups, d, size, eps = s
    code = x._dtype_code
    eps = number(eps, code)
    if not out._numel or any(p is not None and p._dtype_code != code for p in (weight, bias)):
        raise Unfit
    n = groups * d  # the primitives crash without weight or bias
    weight, bias = (filled(n, code, v) if p is None else reshaped(p, (n,)) for p, v in ((weight, 1), (bias, 0)))
    if groups == 1 and size == 1:
        return tuple(primitive("LayerNormExt")(reshaped(x, (rows, d)), (d,), weight, bias, eps))
    return tuple(primitive("GroupNorm")(reshaped(x, (rows // groups, n, size)), groups, weight, bias, eps))


@kernel("group_norm_backward")
def _group_norm_backward(t, s):
    gx, gw, gb, g, x, mean, rstd, weight = t
    rows, groups, d, size = s
    code = x._dtype_code
    if groups != 1 or size != 1 or not x._numel or g._dtype_code != code or (
        weight is not None and weight._dtype_code != code):
        raise Unfit
    weight = filled(d, code) if weight is None else reshaped(weight, (d,))
    wanted = tuple(int(p is not None) for p in (gx, gw, gb))
    made = primitive("LayerNormGradExt")(reshaped(g, (rows, d)), reshaped(x, (rows, d)), (d,),
                                         reshaped(mean, (rows, 1)), reshaped(rstd, (rows, 1)), weight, weight, wanted)
    return tuple(m if w else None for m, w in zip(made, wanted))


@kernel("rms_norm")
def _rms_norm(t, s):
    out, rstd, x, weight = t  # the primitive keeps rstd of doubles as float32
    rows, n, eps = s
    if not x._numel or x._dtype_code > 8 or (weight is not None and weight._dtype_code != x._dtype_code):
        raise Unfit
    return tuple(primitive("RmsNorm",
                           float(number(eps, x._dtype_code)))(reshaped(x, (rows, n)),
                                                              filled(n, x._dtype_code) if weight is None
                                                              else reshaped(weight, (n,))))


@kernel("rms_norm_backward")
def _rms_norm_backward(t, s):
    gx, gw, g, x, rstd, weight = t
    rows, n = s
    if not x._numel or g._dtype_code != x._dtype_code or (weight is not None and weight._dtype_code != x._dtype_code):
        raise Unfit
    weight = filled(n, x._dtype_code) if weight is None else reshaped(weight, (n,))
    made = primitive("RmsNormGrad")(reshaped(g, (rows, n)), reshaped(x, (rows, n)), reshaped(rstd, (rows, 1)), weight)
    return tuple(m if r is not None else None for m, r in zip(made, (gx, gw)))


@kernel("batch_norm")
def _batch_norm(t, s):
    out, mean, rstd, x, weight, bias, running_mean, running_var = t
    n, channels, size, training, momentum, eps = s
    if any(p is not None and p._dtype_code != 8 for p in t) or not x._numel:
        raise Unfit
    weight, bias = filled(channels, 8) if weight is None else weight, filled(channels, 8, 0) if bias is None else bias
    versions = [(r, r._version) for r in (running_mean, running_var) if r is not None]
    running_mean, running_var = filled(channels, 8,
                                       0) if running_mean is None else running_mean, filled(
                                           channels, 8) if running_var is None else running_var
    made = tuple(primitive("BatchNormExt")(contiguous(x), weight, bias, running_mean, running_var, training, momentum,
                                           eps))
    for r, version in versions:
        _C.set_version(r, version)
    return made


# ---- indexing ----
def _without(t, dims):
    """Raw view of t's first elements along `dims`, which disappear."""
    keep = [d for d in range(t.ndim) if d not in dims]
    return _C.strided(t, [t.shape[d] for d in keep], [t._strides[d] for d in keep], t._offset, -1)


def _flat(t):
    """All of the storage from t's first element on."""
    return _C.strided(t, (t.untyped_storage().nbytes() // t.itemsize - t._offset,), (1,), t._offset, -1)


def _places(rest, offsets, at):
    """Where the elements of rows lie: offsets of rows plus those inside a row, in the order of the result."""
    n = rest.ndim + 1
    if not offsets._numel:
        raise Unfit
    where = reshaped(offsets, (1,) * at + (offsets._numel,) + (1,) * (n - at - 1))
    for d, (size, stride) in enumerate(zip(rest.shape, rest._strides)):
        if size == 1 or not stride:
            continue
        step = _C.empty((size,), 5, 0)
        _arange((step,), (0, stride), step)
        k = d if d < at else d + 1
        where = primitive("AddExt")(where, reshaped(step, (1,) * k + (size,) + (1,) * (n - k - 1)), 1)
    shape = (*rest.shape[:at], offsets._numel, *rest.shape[at:])
    return contiguous(expanded(ours(where), shape))


@kernel("index_offsets")
def _index_offsets(t, s):
    out, index = t
    size, stride, dim, first, wrap, error, padding = s
    index = operand(index, 5)
    if not index._numel or _least(index) < (-size if wrap else 0) or _least(index, "ReduceMax") >= size:
        raise Unfit  # for the kernel's error
    made = index
    if wrap:
        made = primitive("Select")(primitive("Less")(index, scalar(0, 5)),
                                   primitive("AddExt")(index, scalar(size, 5), 1), index)
    made = primitive("Mul")(made, scalar(stride, 5))
    if not first:
        made = primitive("AddExt")(out, made, 1)
    if padding is not None:
        made = primitive("Select")(primitive("Equal")(index, scalar(padding, 5)), scalar(-1, 5), made)
    return made


@kernel("take_rows")
def _take_rows(t, s):
    out, whole, offsets = t
    at, dims = s
    if not out._numel:
        raise Unfit
    rest = _without(whole, dims)
    return primitive("IndexSelect")(_flat(rest), 0, reshaped(_places(rest, offsets, at), (out._numel,)))


@kernel("put_rows")
def _put_rows(t, s):
    whole, values, offsets = t
    at, dims, mode = s
    if mode > 1 or not values._numel or values._dtype_code != whole._dtype_code:
        raise Unfit
    rest = _without(whole, dims)
    if _least(offsets) < 0:  # rows to leave out: add nothing to the first
        if not mode:
            raise Unfit
        out = primitive("Less")(offsets, scalar(0, 5))
        offsets, shape = ours(primitive("Maximum")(offsets,
                                                   scalar(0, 5))), (1,
                                                                    ) * at + (offsets._numel,
                                                                              ) + (1,) * (values.ndim - at - 1)
        values = ours(primitive("MaskedFill")(values, expanded(reshaped(out, shape), values.shape),
                                              scalar(0, values._dtype_code)))
    where = reshaped(_places(rest, offsets, at), (values._numel,))
    in_place("InplaceScatterAdd" if mode else "InplaceScatterSrc", _flat(rest), 0, where,
             reshaped(contiguous(values), (values._numel,)))
    return (None,)


def _least(index, name="ReduceMin"):
    return int(ours(primitive(name, False)(index, ())).item())


kernels["gather"] = lambda t, s: primitive("GatherD")(t[1], s[0], t[2])


@kernel("scatter")
def _scatter(t, s):
    x, source, index = t
    if s[1] > 1 or source._dtype_code != x._dtype_code:
        raise Unfit
    in_place("InplaceScatterAdd" if s[1] else "InplaceScatterSrc", x, s[0], index, source)
    return (None,)


@kernel("divide_counts")
def _divide_counts(t, s):
    out, values, counts = t
    counts = operand(counts, values._dtype_code)
    return primitive("Div" if values._dtype_code in _FLOATS or values._dtype_code > 9 else "FloorDiv")(values, counts)


# ---- shape, order, ranges ----
@kernel("cat")
def _cat(t, s):
    if any(x._dtype_code != t[0]._dtype_code for x in t[1:]):
        raise Unfit
    return primitive("Concat", s[0])(tuple(t[1:]))


kernels["flip"] = lambda t, s: primitive("ReverseV2", tuple(s[0]))(t[1]) if len(s[0]) else unfit()
kernels["triangle"] = lambda t, s: primitive("Triu", s[0])(t[1]) if s[1] else primitive("TrilExt")(t[1], s[0])
kernels["sort"] = lambda t, s: tuple(primitive("SortExt")(t[2], s[0], bool(s[1]), True)) if t[2].ndim else unfit()


@kernel("select_kth")
def _select_kth(t, s):
    values, indices, x = t
    dim, kind, k = s
    if kind > 1 or not x.ndim:
        raise Unfit
    return tuple(primitive("MedianDim")(x, dim, _keeps(values, x)) if kind
                 else primitive("Kthvalue")(x, k + 1, dim, _keeps(values, x)))


kernels["topk"] = lambda t, s: tuple(primitive("TopkExt")(t[2], s[1], s[0], bool(s[2]), True)) if t[2].ndim else unfit()


def _arange(t, s, target=None):
    out, n = t[0], t[0]._numel
    start, step = (number(v, 9) for v in s)
    end = number(start + n * step, 9)
    if not n or math.ceil((end - start) / step) != n:
        raise Unfit
    made = primitive("Arange")(start, end, step, mindspore_dtype(out))
    if target is None:
        return made
    in_place("InplaceCopy", target, made)


kernels["arange"] = _arange


@kernel("linspace")
def _linspace(t, s):
    if not t[0]._numel:
        raise Unfit
    return primitive("LinSpaceExt")(number(s[0], 9), number(s[1], 9), t[0]._numel, mindspore_dtype(t[0]))


# ---- convolution ----
def _geometry(s):
    stride, padding, dilation, groups = s
    return tuple(stride), tuple(padding), tuple(dilation), False, (0,) * len(stride), groups


kernels["convolution"] = lambda t, s: primitive("Convolution")(*t[1:4], *_geometry(s))
kernels["convolution_input"] = lambda t, s: primitive("ConvolutionGrad")(t[1], t[0], t[2], None, *_geometry(s),
                                                                         (1, 0, 0))[0]
kernels["convolution_weight"] = lambda t, s: primitive("ConvolutionGrad")(t[1], t[2], t[0], None, *_geometry(s),
                                                                          (0, 1, 0))[1]


# ---- pooling ----
def _planar(*lists):
    """Two-dimensional geometry of one- and two-dimensional pooling."""
    if len(lists[0]) > 2:
        raise Unfit
    return tuple((fill, *n) if len(n) == 1 else tuple(n) for n, fill in zip(lists, (1, 1, 0, 1)))


def _plane(t):
    return t if t.ndim == 4 else reshaped(contiguous(t), (*t.shape[:2], 1, *t.shape[2:]))


def _rounds_up(out, x, kernel_, stride, padding, dilation):
    sizes = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p,
                  d in zip(x.shape[2:], kernel_, stride, padding, dilation))
    return sizes != tuple(out.shape[2:])


@kernel("max_pool")
def _max_pool(t, s):
    out, indices, x = t
    up = _rounds_up(out, x, *s)
    return tuple(primitive("MaxPoolWithIndices", *_planar(*s), up)(_plane(x)))


@kernel("avg_pool")
def _avg_pool(t, s):
    out, x = t
    window, stride, padding, include, divisor = s[:5]
    up = _rounds_up(out, x, window, stride, padding, (1,) * len(window))
    return primitive("AvgPool2D")(_plane(x), *_planar(window, stride, padding), up, bool(include), divisor)


@kernel("avg_pool_backward")
def _avg_pool_backward(t, s):
    gx, g = t
    window, stride, padding, include, divisor = s[:5]
    up = _rounds_up(g, gx, window, stride, padding, (1,) * len(window))
    return primitive("AvgPool2DGrad")(_plane(g), _plane(gx), *_planar(window, stride, padding), up, bool(include),
                                      divisor)


kernels["adaptive_avg_pool"] = lambda t, s: primitive("AdaptiveAvgPool2DExt")(_plane(t[1]), _plane_size(t[0]))
kernels["adaptive_avg_pool_backward"] = lambda t, s: primitive("AdaptiveAvgPool2DGradExt")(
    _plane(t[1]), _plane(t[0])) if t[0].ndim < 5 else unfit()
kernels["adaptive_max_pool"] = lambda t, s: tuple(primitive("AdaptiveMaxPool2D", _plane_size(t[0]))(_plane(t[2])))


def _plane_size(t):
    if t.ndim > 4:
        raise Unfit
    return (1, *t.shape[2:]) if t.ndim == 3 else tuple(t.shape[2:])


def _flat_planes(t):
    return reshaped(contiguous(t), (*t.shape[:2], t._numel // max(t.shape[0] * t.shape[1], 1)))


kernels["pool_gather"] = lambda t, s: primitive("GatherD")(_flat_planes(t[1]), 2, _flat_planes(t[2]))


@kernel("pool_scatter")
def _pool_scatter(t, s):
    to, values, indices = t
    if not to._contiguous or not values._numel or values._dtype_code != to._dtype_code:
        raise Unfit
    where = _flat_planes(indices)
    if _least(where) < 0 or _least(where, "ReduceMax") >= to._numel // (to.shape[0] * to.shape[1]):
        raise Unfit
    in_place("InplaceFillScalar", to, 0)
    in_place("InplaceScatterAdd" if s[0] else "InplaceScatterSrc", _flat_planes(to), 2, where, _flat_planes(values))
    return (None,)


# ---- attention, in the steps of its definition ----
def _turned(t):
    t = ours(t)
    shape, strides = list(t.shape), list(t._strides)
    shape[-2:], strides[-2:] = shape[:-3:-1], strides[:-3:-1]
    return _C.strided(t, tuple(shape), tuple(strides), t._offset, -1)


def _scores(q, k, mask, scale, causal):
    if q._dtype_code != 8 or q.shape[:2] != k.shape[:2] or not q._numel or not k._numel:
        raise Unfit
    scores = primitive("Mul")(primitive("MatMulExt")(q, _turned(k)), scalar(scale, 8))
    shape = tuple(scores.shape)
    if causal:
        allowed = primitive("TrilExt")(reshaped(filled(shape[2] * shape[3], 0), shape[2:]), 0)
        scores = primitive("MaskedFill")(scores, expanded(ours(primitive("LogicalNot")(allowed)), shape),
                                         scalar(-math.inf, 8))
    if mask is not None:
        if mask._dtype_code:
            scores = primitive("AddExt")(scores, operand(mask, 8), 1)
        else:
            scores = primitive("MaskedFill")(scores, expanded(ours(primitive("LogicalNot")(mask)), shape),
                                             scalar(-math.inf, 8))
    return scores


@kernel("attention")
def _attention(t, s):
    out, lse, q, k, v, mask = t
    scores = _scores(q, k, mask, *s)
    top = ours(primitive("ReduceMax", True)(scores, (3,)))
    if ours(primitive("ReduceMin", False)(top, ())).item() == -math.inf:
        raise Unfit  # rows without any key
    parts = primitive("Exp")(primitive("SubExt")(scores, top, 1))
    total = primitive("SumExt")(parts, (3,), True, None)
    # divided last, as the kernel does
    whole = primitive("Mul")(primitive("MatMulExt")(parts, v), primitive("Reciprocal")(total))
    return whole, primitive("AddExt")(top, primitive("Log")(total), 1) if lse is not None else None


@kernel("attention_backward")
def _attention_backward(t, s):
    gq, gk, gv, g, q, k, v, mask, out, lse = t
    if ours(primitive("ReduceMin", False)(lse, ())).item() == -math.inf:
        raise Unfit
    p = primitive("Exp")(primitive("SubExt")(_scores(q, k, mask, *s), reshaped(lse, (*lse.shape, 1)), 1))
    own = primitive("SumExt")(primitive("Mul")(g, out), (3,), True, None)
    slope = primitive("Mul")(primitive("Mul")(p, primitive("SubExt")(primitive("MatMulExt")(g, _turned(v)), own, 1)),
                             scalar(s[0], 8))
    return primitive("MatMulExt")(slope,
                                  k), primitive("MatMulExt")(_turned(slope), q), primitive("MatMulExt")(_turned(p), g)


# ---- losses of classes ----
_REDUCTIONS = ("none", "mean", "sum")


def _classes(x, target, weight):
    """(x as a matrix, targets as a vector, weights)."""
    n = x.shape[-1] if x.ndim < 3 else 0
    if not n or not x._numel:
        raise Unfit
    return reshaped(x, (x._numel // n, n)), reshaped(target,
                                                     (target._numel,
                                                      )), filled(n, x._dtype_code) if weight is None else weight


@kernel("nll_loss")
def _nll(t, s):
    loss, total, x, target, weight = t
    return tuple(primitive("NLLLoss", _REDUCTIONS[s[0]], s[1])(*_classes(x, target, weight)))


@kernel("nll_loss_backward")
def _nll_backward(t, s):
    gx, g, target, weight, total = t
    x, target, weight = _classes(gx, target, weight)
    return primitive("NLLLossGrad", _REDUCTIONS[s[0]],
                     s[1])(x, reshaped(g, (g._numel,) if s[0] == 0 else ()), target, weight, total)


@kernel("cross_entropy")
def _cross_entropy(t, s):
    loss, lse, total, x, target, weight = t
    if s[2] or x._dtype_code != 8 or target._dtype_code not in (4, 5):
        raise Unfit
    x, target, weight = _classes(x, target, weight)
    made = primitive("NLLLoss", _REDUCTIONS[s[0]], s[1])(primitive("LogSoftmaxExt")(x, 1, None), target, weight)
    return made[0], primitive("LogSumExp")(x, (1,), False), made[1]


@kernel("cross_entropy_backward")
def _cross_entropy_backward(t, s):
    gx, g, x, target, weight, lse, total = t
    if s[2] or x._dtype_code != 8 or target._dtype_code not in (4, 5):
        raise Unfit
    x, target, weight = _classes(x, target, weight)
    y = primitive("LogSoftmaxExt")(x, 1, None)
    slope = primitive("NLLLossGrad", _REDUCTIONS[s[0]],
                      s[1])(y, reshaped(g, (g._numel,) if s[0] == 0 else ()), target, weight, total)
    return primitive("LogSoftmaxGrad", 1)(y, slope)


# ---- optimizers ----
@kernel("adam")
def _adam(t, s):
    n, stepwise, lr, beta1, beta2, decay, eps, maximize, decoupled, advance = s
    lists = [t[k * n : k * n + n] for k in range(6)]
    if not decoupled or stepwise or t[6
                                      * n] is not None or t[6 * n
                                                            + 1] is not None or any(x._dtype_code != 8
                                                                                    for k in (0, 1, 2, 3)
                                                                                    for x in lists[k]):
        raise Unfit
    for i, (parameter, g, first, second, largest, step) in enumerate(zip(*lists)):
        one = scalar(1, step._dtype_code)
        before = step if advance else primitive("SubExt")(step, one, 1)  # the primitive counts from 0
        rates = (float(v) for v in (lr, beta1, beta2, decay, eps))
        try:
            in_place("AdamW", parameter, first, second, second if largest is None else largest, g, before, *rates,
                     largest is not None, bool(maximize))
        except (TypeError, ValueError, RuntimeError) as error:
            if i:
                raise SystemError(
                    "AdamW took some parameters and refused others: the kernel cannot start again") from error
            raise
        if advance:
            write(step, primitive("AddExt")(step, one, 1))
    return (None,)


from . import primitive_windows  # noqa: E402,F401  (enters more)
