"""Reductions, scans, order and statistics on Ascend in several launches, where it has no operator of just that form."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.codes import FLOAT64, INT32, UP_TO_SINGLE

from ..table.registry import composition, public as F, run

_HALVES = (6, 7)


def _raw(tensors):
    return [t if t is None else t.detach() for t in tensors]


def _wide(t):
    """Halves in float32, in which the CPU adds them up."""
    return t.float() if t._dtype_code in _HALVES else t


# ---- reductions ----
@composition("aminmax")
def _aminmax(tensors, scalars):
    low, high, x = tensors
    run("amin", (low, x), scalars)
    run("amax", (high, x), scalars)


@composition("count_nonzero")
def _count_nonzero(tensors, scalars):
    out, x = tensors
    run("sum", (out, F.ne(x, 0)), scalars)


@composition("nansum")
def _nansum(tensors, scalars):
    out, x = tensors
    if x._dtype_code != FLOAT64 and out._dtype_code == x._dtype_code:
        return NotImplemented
    run("sum", (out, F.where(F.isnan(x), 0.0, x)), scalars)


@composition("moments")
def _moments(tensors, scalars):
    result, average, x = _raw(tensors)
    mask, correction, root = scalars
    if not mask:
        mask = (1 << x.ndim) - 1
    if x.ndim and x._numel and x._dtype_code in UP_TO_SINGLE and float(correction).is_integer():
        mean = average if average is not None else _C.empty(result.shape, result._dtype_code, result._device_code)
        return run("std_mean" if root else "var_mean", (result, x, mean), (mask, int(correction)))
    dims = [d for d in range(x.ndim) if mask >> d & 1]
    count = math.prod(x.shape[d] for d in dims)
    mean = _wide(x).mean(dims, keepdim=True) if x.ndim else x
    away = (_wide(x) - mean).abs()
    free = max(count - correction, 0)
    value = (away * away).sum(dims, keepdim=True) if dims else away * away
    value = value / free if free else F.where(value == 0, math.nan, math.inf)
    run("copy", (result, (value.sqrt() if root else value).reshape(result.shape)))
    if average is not None:
        run("copy", (average, mean.reshape(average.shape)))


# ---- scans: each round joins stretches of twice the length ----
def _scan(kernel, combine, wide=None):
    @composition(kernel)
    def forward(tensors, scalars):
        out, x = _raw(tensors)
        if wide and out.dtype.is_complex:
            return NotImplemented
        x = x.to(wide or (dtypes.float32 if out._dtype_code in _HALVES else out.dtype))
        d, step = scalars[0], 1
        while x.ndim and step < x.shape[d]:
            rest = x.shape[d] - step
            x = F.cat((x.narrow(d, 0, step), combine(x.narrow(d, step, rest), x.narrow(d, 0, rest))), d)
            step *= 2
        run("copy", (out, x))


_scan("cumprod", lambda a, b: a * b)
_scan("logcumsumexp", lambda a, b: F.maximum(a, b) + F.log1p(F.exp(-(a - F.where(a == b, a, b)).abs())), dtypes.float64)


# ---- order ----
@composition("select_kth")
def _select_kth(tensors, scalars):
    value, index, x = _raw(tensors)
    d, kind, k = scalars
    if not x.ndim:
        run("copy", (value, x))
        return run("fill", (index,), (0,))
    ordered, order = F.sort(x, d, stable=True)
    last = x.shape[d] - 1
    if kind and x.dtype.is_floating_point:  # NaN comes last: with one there is no median, or it is that of the rest
        none = F.isnan(ordered)
        missing = none.sum(d, keepdim=True)
        at = F.where(missing > 0, last + 1 - missing,
                     last // 2) if kind == 1 else F.floor_divide((last - missing).clamp_min(0), 2)
        ordered, order = ordered.gather(d, at), order.gather(d, at)
    else:
        k = last // 2 if kind else k
        ordered, order = ordered.narrow(d, k, 1), order.narrow(d, k, 1)
    run("copy", (value, ordered.reshape(value.shape)))
    run("copy", (index, order.reshape(index.shape)))


@composition("mode")
def _mode(tensors, scalars):
    """The longest run of equal values in order: where its length is counted to the end, the first of several."""
    value, index, x = _raw(tensors)
    (d,) = scalars
    if not x.ndim:
        run("copy", (value, x))
        return run("fill", (index,), (0,))
    ordered, order = F.sort(x, d, stable=True)
    n = x.shape[d]
    places = F.arange(n, device=x.device).reshape([n if k == d else 1 for k in range(x.ndim)]).expand(x.shape)
    fresh = F.ne(ordered.narrow(d, 1, n - 1), ordered.narrow(d, 0, n - 1))
    starts = F.cat((F.zeros_like(places.narrow(d, 0, 1)), F.where(fresh, places.narrow(d, 1, n - 1), 0)), d)
    lengths = places - F.cummax(starts, d)[0]
    at = F.argmax(lengths, d, keepdim=True)
    run("copy", (value, ordered.gather(d, at).reshape(value.shape)))
    run("copy", (index, order.gather(d, at).reshape(index.shape)))


@composition("sort_rows")
def _sort_rows(tensors, scalars):
    """Stable sorts by each column, the last one first."""
    order, rows = _raw(tensors)
    found = F.arange(rows.shape[0], device=rows.device)
    for column in range(rows.shape[1] - 1, -1, -1):
        found = found.index_select(0, F.sort(rows.select(1, column).index_select(0, found), 0, stable=True)[1])
    run("copy", (order, found))


@composition("unique_runs")
def _unique_runs(tensors, scalars):
    starts, inverse, count, rows, order = _raw((*tensors, None))[:5]
    n = rows.shape[0]
    rows = rows.reshape(n, -1) if n else rows
    rows = rows if order is None else rows.index_select(0, order)
    fresh = F.ones((n,), dtype=dtypes.bool, device=rows.device)
    if n > 1:
        fresh = F.cat((fresh[:1], F.ne(rows.narrow(0, 1, n - 1), rows.narrow(0, 0, n - 1)).any(1)))
    number = fresh.cumsum(0) - 1
    found = F.nonzero(fresh).reshape(-1)
    run("copy", (starts.narrow(0, 0, found._numel), found))
    run("fill", (count,), (found._numel,))
    if inverse is not None:
        run("copy", (inverse, number if order is None else number.new_empty((n,)).scatter(0, order, number)))


@composition("searchsorted")
def _searchsorted(tensors, scalars):
    out, boundaries, values, sorter = tensors
    if not boundaries.shape[-1]:
        return run("fill", (out,), (0,))
    if sorter is not None and boundaries.ndim > 1:
        boundaries, sorter = boundaries.gather(-1, sorter), None
    run("search_sorted", (out, boundaries, values, sorter), (out._dtype_code == INT32, scalars[0]))


@composition("isin")
def _isin(tensors, scalars):
    out, x, test = _raw(tensors)
    if not test._numel:
        return run("fill", (out,), (scalars[0],))
    at = F.searchsorted(test, x).clamp_max(test._numel - 1)
    found = F.eq(test.index_select(0, at.reshape(-1)).reshape(x.shape), x)
    run("copy", (out, F.logical_not(found) if scalars[0] else found))


# ---- statistics ----
@composition("histc")
def _histc(tensors, scalars):
    out, x = tensors
    run("histogram_of", (out, x), (out._numel, *scalars))


@composition("bincount")
def _bincount(tensors, scalars):
    out, x, weights = tensors
    if x._numel:
        run("counts_of", tensors, (out._numel,))


@composition("histogramdd")
def _histogramdd(tensors, scalars):
    """Each point's bin along each dimension by its edges, the last of which counts to the bin below it."""
    hist, points, weight, *edges = _raw(tensors)
    flat, inside = 0, True
    for d, e in enumerate(edges):
        x, n = points.select(1, d).contiguous(), e._numel - 1
        at = F.searchsorted(e, x, right=True) - 1
        at = F.where(F.eq(x, e[-1]), n - 1, at)
        within = F.logical_and(at >= 0, at < n)
        inside = within if inside is True else F.logical_and(inside, within)
        flat = flat * n + at.clamp(0, n - 1)
    values = inside.to(hist.dtype) if weight is None else F.where(inside, weight, 0.0)
    run("copy", (hist, F.zeros_like(hist).reshape(-1).scatter_add(0, flat, values).reshape(hist.shape)))
