"""Order: sort, topk, order statistics, unique, search."""
import math

import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes, layouts
from mindtorch._core.size import whole

from ..table.checks import need_values
from .reductions import BOOL, DOUBLE, FLOAT, INT64, deliver, is_complex, is_integer, picked, scalar_type
from ..table.registry import FUNCTIONS as F, With, fill_out, kernel_rows, op, register, run
from ..shape.views import wrap_dim


kernel_rows(sort="aclnnSort T2 =1 i0 i1 T0 T1", topk="aclnnTopk T2 i1 i0 i2 =1 T0 T1",
            search_sorted="aclnnSearchSorted T1 T2 i0 i1 T3? T0")


def _pick_back(gs, shape, d, index):
    if gs[0] is None:
        return None
    if not shape:
        return gs[0].reshape(())
    return F["zeros"](shape, dtype=gs[0].dtype, device=gs[0].device).scatter(d, index, gs[0])


@op("_sort", function=False, method=False, out=False, grad={"input": _pick_back}, node="SortBackward0",
    tensors=["input"])
def _sort(input, dim, descending):
    if is_complex(input._dtype_code):
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    d = wrap_dim(dim, input.ndim)
    stride = layouts.preserved_strides(input.shape, input._strides)
    values, indices = (_C.empty_strided(input.shape, stride, code, input._device_code)
                       for code in (input._dtype_code, INT64))
    run("sort", (values, indices, input), (d if input.ndim else 0, descending))
    return With(return_types.sort(values, indices), shape=input.shape, d=d, index=indices)


@op()
def sort(input, dim=-1, descending=False, *, stable=False, out=None):
    """(values, indices) in order along dim; always stable, NaN counts as largest."""
    if isinstance(dim, bool):
        raise TypeError("sort(): argument 'dim' must be int, not bool")
    return deliver(_sort(input, dim, bool(descending)), out, input)


@op()
def argsort(input, dim=-1, descending=False, *, stable=False):
    """Indices that put input in order along dim."""
    return _sort(_C.detach(input), dim, bool(descending))[1]


@op()
def msort(input):
    """Values in order along the first dimension."""
    return _sort(input, 0, False)[0]


@op("_topk", function=False, method=False, out=False, grad={"input": _pick_back}, node="TopkBackward0",
    tensors=["input"])
def _topk(input, k, dim, largest):
    if input._dtype_code == BOOL or is_complex(input._dtype_code):
        raise RuntimeError("topk does not support bool dtypes on CPU" if input._dtype_code == BOOL
                           else " topk does not support complex dtypes on CPU")
    d = wrap_dim(dim, input.ndim)
    if not 0 <= k <= (input.shape[d] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    shape = [k if i == d else s for i, s in enumerate(input.shape)]
    values, indices = _C.empty(shape, input._dtype_code, input._device_code), _C.empty(shape, INT64, input._device_code)
    run("topk", (values, indices, input), (d if input.ndim else 0, k, largest))
    return With(return_types.topk(values, indices), shape=input.shape, d=d, index=indices)


@op()
def topk(input, k, dim=-1, largest=True, sorted=True, *, out=None):
    """(values, indices) of the k largest (or smallest) elements along dim, always in order."""
    return deliver(_topk(input, whole(k, "topk", "k"), dim, bool(largest)), out, input)


# ---- order statistics ----
def _select(kind):
    def fill(values, indices, input, mask, d, k=0):
        run("select_kth", (values, indices, input), (d if input.ndim else 0, kind, k))

    return fill


_kth, _median_dim, _nanmedian_dim = picked("kthvalue",
                                           _select(0)), picked("median", _select(1)), picked("nanmedian", _select(2))
_mode = picked("mode",
               lambda values, indices, input, mask, d: run("mode", (values, indices, input), (d if input.ndim else 0,)))


def _numbers_only(kernel, input):
    if input._dtype_code == BOOL or is_complex(input._dtype_code):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type(input)}'")


@op()
def kthvalue(input, k, dim=-1, keepdim=False, *, out=None):
    """(value, index) of the k-th smallest element along dim, k from 1; RuntimeError when k is out of range."""
    _numbers_only("kthvalue_cpu", input)
    d, k = wrap_dim(dim, input.ndim), whole(k, "kthvalue", "k")
    n = input.shape[d] if input.ndim else 1
    if n == 0:
        raise IndexError(f"kthvalue(): Expected reduction dim {d} to have non-zero size.")
    if not 1 <= k <= n:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}")
    return deliver(_kth(input, dim, keepdim, (k - 1,)), out, input)


def _median(name, along):
    def forward(input, dim=None, keepdim=False, *, out=None):
        _numbers_only(f"{name}_cpu" if name == "median" else "median_cpu", input)
        if dim is not None:
            return deliver(along(input, dim, keepdim), out, input)
        if not input._numel:
            return F["full"]((), math.nan if not is_integer(input._dtype_code) else dtypes.iinfo(input.dtype).min,
                             dtype=input.dtype, device=input.device)
        return along(input.reshape(-1), 0, False)[0]

    forward.__name__ = name
    forward.__doc__ = (f"The lower {name} of all elements, or (values, indices) along "
                       f"dim{'; NaN if there is one' if name == 'median' else ' of what is not NaN'}.")
    return op()(forward)


median, nanmedian = _median("median", _median_dim), _median("nanmedian", _nanmedian_dim)


@op()
def mode(input, dim=-1, keepdim=False, *, out=None):
    """(value, index) of the most frequent element along dim: the smallest of several, at its last place."""
    if is_complex(input._dtype_code):
        raise NotImplementedError(f"\"mode\" not implemented for '{scalar_type(input)}'")
    return deliver(_mode(input, dim, keepdim), out, input)


_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name, skip_nan):
    def forward(input, q, dim=None, keepdim=False, *, interpolation="linear"):
        if input._dtype_code not in (FLOAT, DOUBLE):
            raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
        if not input._numel:
            raise RuntimeError(f"{name}() input tensor must be non-empty")
        if interpolation not in _INTERPOLATIONS:
            raise RuntimeError(f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but "
                               f"got {interpolation}")
        if not hasattr(q, "_dtype_code"):
            if not 0 <= q <= 1:
                raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
            q = F["full"]((), q, dtype=input.dtype, device=input.device)
        elif q.ndim > 1:
            raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
        elif q.dtype is not input.dtype:
            raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
        elif q._device_code >= 0 and not ((q >= 0) & (q <= 1)).all().item():
            raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
        d = 0 if dim is None else wrap_dim(dim, input.ndim)
        flat = input.reshape(-1) if dim is None or not input.ndim else input.movedim(d, -1)
        ordered = flat.sort(-1)[0]
        n = ordered.shape[-1]
        if skip_nan:
            last = (~ordered.isnan()).sum(-1, keepdim=True) - 1
            rank = (q * last.to(q.dtype)).clamp_min(0)
        else:
            # NaN sorts last: where there is one, every rank is the last
            broken = ordered.select(-1, n - 1).isnan().unsqueeze(-1)
            rank = F["where"](broken, float(n - 1), q * float(n - 1))
        if interpolation in ("lower", "higher", "nearest"):
            rank = {"lower": rank.floor, "higher": rank.ceil, "nearest": rank.round}[interpolation]()
        below = rank.floor()
        low = ordered.gather(-1, below.to(dtypes.int64))
        result = low
        if interpolation in ("linear", "midpoint"):
            weight = 0.5 * (rank > below) if interpolation == "midpoint" else rank - below
            result = low.lerp(ordered.gather(-1, rank.ceil().to(dtypes.int64)), weight.to(low.dtype))
        # the quantiles' dimension comes first
        if dim is None or not input.ndim:
            return result.reshape([*q.shape, *([1] * input.ndim if keepdim else [])])
        result = result.contiguous().movedim(-1, 0)
        result = result.unsqueeze(d + 1) if keepdim else result
        return result if q.ndim else result.squeeze(0)

    forward.__name__ = name
    forward.__doc__ = (f"Quantiles q of the elements along dim (all when None){', NaN left out' if skip_nan else ''}; "
                       "q's dimension comes first.")
    return op()(forward)


quantile, nanquantile = _quantile("quantile", False), _quantile("nanquantile", True)


# ---- unique ----
def _runs(input, rows, order, want_inverse):
    """(starts of runs, inverse or None) of the rows of a contiguous tensor taken in an order."""
    n = rows.shape[0]
    starts, count = (_C.empty((size,), INT64, rows._device_code) for size in (n, 1))
    inverse = _C.empty((n,), INT64, rows._device_code) if want_inverse else None
    run("unique_runs", (starts, inverse, count, rows, order))
    return starts.narrow(0, 0, count.item()), inverse


def _counts(starts, n):
    if not starts._numel:
        return starts.clone()
    return F["cat"]((starts.narrow(0, 1, starts._numel - 1),
                     F["full"]((1,), n, dtype=dtypes.int64, device=starts.device))) - starts


def _unique(name, input, dim, ordered, want_inverse, want_counts):
    input = _C.detach(input)
    need_values(name, input)
    if is_complex(input._dtype_code):
        raise NotImplementedError(f"\"{name}\" not implemented for '{scalar_type(input)}'")
    if dim is None:
        rows = input.reshape(-1).contiguous()
        if ordered:
            rows, order = _sort(rows, 0, False)
            starts, inverse = _runs(input, rows, None, want_inverse)
            if want_inverse:
                inverse = F["empty_like"](inverse).scatter_(0, order, inverse)
        else:
            starts, inverse = _runs(input, rows, None, want_inverse)
        values = rows.index_select(0, starts)
        if want_inverse:
            inverse = inverse.reshape(input.shape)
    else:
        d = wrap_dim(dim, input.ndim)
        n = input.shape[d] if input.ndim else 1
        if n == 0:
            if any(s == 0 for i, s in enumerate(input.shape) if i != d):
                raise RuntimeError(
                    "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
            return input.clone(), *(F["empty"]((0,), dtype=dtypes.int64, device=input.device) if wanted else None
                                    for wanted in (want_inverse, want_counts))
        if input._numel == 0:
            raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
        rows = input.movedim(d, 0).reshape(n, -1).contiguous() if input.ndim else input.reshape(1, 1)
        order = None
        if ordered:
            order = _C.empty((n,), INT64, rows._device_code)
            run("sort_rows", (order, rows))
        starts, inverse = _runs(input, rows, order, want_inverse)
        chosen = starts if order is None else order.index_select(0, starts)
        values = input.movedim(d, 0).contiguous().index_select(0, chosen).movedim(0, d) if input.ndim else input.clone()
    return values, inverse, _counts(starts, n if dim is not None else rows.shape[0]) if want_counts else None


def _present(values, inverse, counts):
    found = [values, *(t for t in (inverse, counts) if t is not None)]
    return values if len(found) == 1 else tuple(found)


@op(out=False)
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """Distinct elements, or slices along dim, in order; on wish where each went and how many there were."""
    return _present(*_unique("unique", input, dim, True, return_inverse, return_counts))


@op(out=False)
def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """Elements, or slices along dim, without repetitions of the one before."""
    return _present(*_unique("unique_consecutive", input, dim, False, return_inverse, return_counts))


def _empty_like_absent(values, inverse, counts):
    def absent():
        return _C.empty((0,), INT64, values._device_code)

    return values, absent() if inverse is None else inverse, absent() if counts is None else counts


register("_unique2",
         lambda input, sorted=True, return_inverse=False,
         return_counts=False: _empty_like_absent(*_unique("unique", input, None, True, return_inverse, return_counts)),
         method=False, family="sort")


# ---- search ----
def _comparable(*tensors):
    """Contiguous copies of one dtype in which all values compare as they do."""
    common = _C.result_type(*(t.reshape(-1) if not t.ndim else t for t in tensors))
    dtype = dtypes.int64 if is_integer(common) else dtypes.float64 if common == DOUBLE else dtypes.float32
    if dtype is dtypes.float32 and any(is_integer(t._dtype_code) for t in tensors):
        dtype = dtypes.float64
    return [_C.detach(t).to(dtype).contiguous() for t in tensors]


def _search(name, boundaries, values, out_int32, right, side, sorter):
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.{name}(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(f"torch.{name}(): side and right can't be set to opposites, got side of left while right "
                           "was True")
    if not hasattr(values, "_dtype_code"):
        values = F["tensor"](values, dtype=boundaries.dtype if not isinstance(values, float)
                             or not is_integer(boundaries._dtype_code) else None, device=boundaries.device)
        if boundaries.ndim != 1:
            raise RuntimeError(
                f"torch.{name}(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
                f"boundaries tensor dim({boundaries.ndim}) and input value's "
                f"dim(0) numel(1)"
            )
    if boundaries.ndim == 0:
        raise RuntimeError(f"torch.{name}(): boundaries tensor should have positive dimension, but got 0 dimension")
    if values.ndim == 0 and boundaries.ndim != 1:
        raise RuntimeError(
            f"torch.{name}(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({boundaries.ndim}) and input value's "
            f"dim(0) numel(1)"
        )
    if boundaries.ndim != 1 and (boundaries.ndim != values.ndim or boundaries.shape[:-1] != values.shape[:-1]):
        raise RuntimeError(
            f"torch.{name}(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
            "and input value tensor must match, but we got boundaries "
            f"tensor {list(boundaries.shape)} and input value tensor {list(values.shape)}"
        )
    for t in (boundaries, values):
        if is_complex(t._dtype_code) or boundaries._dtype_code == values._dtype_code == BOOL:
            raise NotImplementedError(f"\"searchsorted_out_cpu\" not implemented for '{scalar_type(t)}'")
    if sorter is not None:
        if sorter.shape != boundaries.shape:
            raise RuntimeError(f"torch.{name}(): boundary and sorter must have the same size, but got boundary tensor "
                               f"{list(boundaries.shape)}and got sorter tensor {list(sorter.shape)}")
        if sorter._dtype_code != INT64:
            raise RuntimeError(f"torch.{name}(): sorter must be a tensor of long dtype but got dtype "
                               f"{scalar_type(sorter)}")
        if (
            sorter._numel
            and sorter._device_code >= 0
            and (sorter.min().item() < 0 or sorter.max().item() >= boundaries.shape[-1])
        ):
            raise RuntimeError(f"torch.{name}(): sorter index out of range")
        sorter = sorter.contiguous()
    out = _C.empty(values.shape, 4 if out_int32 else INT64, values._device_code)
    if out._device_code >= 0 and values._numel:
        b, v = _comparable(boundaries, values)
        run("searchsorted", (out, b, v, sorter), (bool(right) or side == "right",))
    return out


def _checked_out_dtype(name, out_int32, out):
    want = 4 if out_int32 else INT64
    if out is not None and out._dtype_code != want:
        raise RuntimeError(
            f"torch.{name}(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
            "whether out_int32 flag is True, but we got output tensor's "
            f"dtype {scalar_type(out)} and out_int32 flag is {out_int32}"
        )


@op(method=False)
def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None, out=None):
    """Where values would be put into sequences that are in order along their last dimension; int64 or int32."""
    _checked_out_dtype("searchsorted", out_int32, out)
    result = _search("searchsorted", sorted_sequence, input, out_int32, right, side, sorter)
    return result if out is None else fill_out(out, result)


@op(method=False)
def bucketize(input, boundaries, *, out_int32=False, right=False, out=None):
    """Index of the bucket that each value falls into, by boundaries in order; int64 or int32."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    _checked_out_dtype("searchsorted", out_int32, out)
    result = _search("searchsorted", boundaries, input, out_int32, right, None, None)
    return result if out is None else fill_out(out, result)


@op(method=False)
def isin(elements, test_elements, *, assume_unique=False, invert=False):
    """Whether each element is one of test_elements; bool."""
    device = (elements if hasattr(elements, "_dtype_code") else test_elements).device
    if not hasattr(elements, "_dtype_code") and not hasattr(test_elements, "_dtype_code"):
        raise TypeError("isin() received an invalid combination of arguments - got two numbers")
    a, b = (t if hasattr(t, "_dtype_code") else F["tensor"](t, device=device) for t in (elements, test_elements))
    if is_complex(a._dtype_code) or is_complex(b._dtype_code):
        raise RuntimeError("Unsupported input type encountered for isin(): "
                           f"{scalar_type(a if is_complex(a._dtype_code) else b)}")
    out = _C.empty(a.shape, BOOL, a._device_code)
    if out._device_code >= 0:
        x, s = _comparable(a, b)
        run("isin", (out, x, _sort(s.reshape(-1), 0, False)[0]), (bool(invert),))
    return out
