"""Histograms and counts, covariance, comparison of whole tensors."""
import math

import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes
from mindtorch._core.size import whole
from mindtorch._core.warning import warn_once

from ..table.checks import known, need_values
from .reductions import BOOL, DOUBLE, FLOAT, deliver, is_complex, is_integer, scalar_type
from ..table.registry import FUNCTIONS as F, kernel_rows, op, run

kernel_rows(histogram_of="aclnnHistc T1 i0 S1 S2 T0", counts_of="aclnnBincount T1 T2? i0 T0")


# ---- counts ----
@op(out=False)
def bincount(input, weights=None, minlength=0):
    """How often each of 0, 1, 2 ... occurs in a 1-d integer tensor (or the sums of weights there); int64 or the
    weights' type."""
    minlength = whole(minlength, "bincount", "minlength")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if is_complex(input._dtype_code) or not is_integer(input._dtype_code) or input._dtype_code == BOOL:
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{scalar_type(input)}'")
    need_values("bincount", input)
    if input.ndim != 1 or (input._numel and input.min().item() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    n = max(minlength, input.max().item() + 1 if input._numel else 0)
    if weights is not None:
        weights = _C.detach(weights).to(dtypes.float32 if weights._dtype_code == FLOAT else dtypes.float64).contiguous()
    out = F["zeros"]((n,), dtype=dtypes.int64 if weights is None else weights.dtype, device=input.device)
    run("bincount", (out, input.to(dtypes.int64).contiguous(), weights))
    return out


def _finite_range(name, low, high):
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low:g}, {high:g}] is not finite")


@op(out="exact")
def histc(input, bins=100, min=0, max=0):
    """Counts in equal bins from min to max (the data's own range when both are equal); input's dtype."""
    low, high = (v.item() if hasattr(v, "item") else v for v in (min, max))
    bins = whole(bins, "histc", "bins")
    if input._dtype_code not in (6, 7, FLOAT, DOUBLE):
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{scalar_type(input)}'")
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if low == high and input._numel and known(input):
        low, high = (v.item() for v in _C.detach(input).aminmax())
    if low == high:
        low, high = low - 1, high + 1
    _finite_range("torch.histc", low, high)
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    out = F["zeros"]((bins,), dtype=input.dtype, device=input.device)
    run("histc", (out, _C.detach(input).contiguous()), (low, high))
    return out


def _edges(name, points, bins, range, weight):
    """Edges along each column of points, from counts or given edges."""
    made = []
    for d, b in enumerate(bins):
        if hasattr(b, "_dtype_code"):
            if b.ndim != 1 or not b._numel:
                raise RuntimeError(f"torch.{name}(): bins tensor should have one dimension, but got {b.ndim} "
                                   f"dimensions in the bins tensor for dimension {d}")
            if b.dtype is not points.dtype:
                raise RuntimeError(
                    f"torch.{name}(): input tensor and bins tensors should have the same dtype, but got input with "
                    f"dtype {scalar_type(points)} and bins for dimension {d} with "
                    f"dtype {scalar_type(b)}"
                )
            if b._numel < 2:
                raise RuntimeError(f"torch.{name}(): bins must be > 0, but got {b._numel - 1} for dimension {d}")
            made.append(_C.detach(b).contiguous())
            continue
        b = whole(b, name, "bins")
        if b <= 0:
            raise RuntimeError(f"torch.{name}(): bins must be > 0, but got {b} for dimension {d}")
        if range is not None:
            low, high = range[2 * d], range[2 * d + 1]
        elif points._numel:
            low, high = (v.item() for v in points.select(1, d).aminmax())
        else:
            low, high = 0.0, 1.0
        _finite_range(f"torch.{name}(): dimension {d}'s", low, high)
        if low > high:
            raise RuntimeError(f"torch.{name}(): min should not exceed max, but got min {low} max {high} for dimension "
                               f"{d}")
        if low == high:
            low, high = low - 0.5, high + 0.5
        made.append(F["linspace"](low, high, b + 1, dtype=points.dtype, device=points.device))
    return made


def _histogram(name, input, points, bins, range, weight, density):
    if input._dtype_code not in (FLOAT, DOUBLE):
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{scalar_type(input)}'")
    if weight is not None:
        if weight.dtype is not input.dtype:
            raise RuntimeError(
                f"torch.{name}(): if weight tensor is provided, input tensor and weight tensor should have the same "
                f"dtype, but got input(dtype {scalar_type(input)}), and "
                f"weight(dtype {scalar_type(weight)})"
            )
        if weight._numel != points.shape[0]:
            raise RuntimeError(f"torch.{name}(): if weight tensor is provided it should have the same shape as the "
                               "input tensor excluding its innermost dimension")
    need_values(name, input)
    points = _C.detach(points).contiguous()
    edges = _edges(name, points, bins, range, weight)
    hist = F["zeros"]([e._numel - 1 for e in edges], dtype=input.dtype, device=input.device)
    if hist._numel:
        run("histogramdd", (hist, points, None if weight is None else _C.detach(weight).reshape(-1).contiguous(),
                            *edges))
    if density:
        hist = hist / hist.sum()
        for d, e in enumerate(edges):
            hist = hist / e.diff().reshape([-1 if i == d else 1 for i in builtin_range(len(edges))])
    return hist, edges


builtin_range = range


@op()
def histogram(input, bins=100, *, range=None, weight=None, density=False, out=None):
    """(hist, bin_edges) of the elements in bins of given number or edges; float32 or float64."""
    if range is not None and len(range) != 2:
        raise RuntimeError(f"torch.histogram(): range should have 2 elements, but got {len(range)}")
    if weight is not None and weight.shape != input.shape:
        raise RuntimeError("torch.histogram(): if weight tensor is provided it should have the same shape as the input "
                           "tensor")
    hist, edges = _histogram("histogram", input, input.reshape(-1, 1), [bins], range, weight, density)
    return deliver(return_types.histogram(hist, edges[0].clone() if hasattr(bins, "_dtype_code") else edges[0]), out)


@op(method=False, out=False)
def histogramdd(input, bins, range=None, weight=None, density=False):
    """(hist, list of bin_edges) of points, the rows along input's last dimension."""
    if input.ndim < 2:
        raise RuntimeError("torch.histogramdd(): input tensor should have at least 2 dimensions")
    n = input.shape[-1]
    bins = [bins] * n if isinstance(bins, int) else list(bins)
    if len(bins) != n:
        raise RuntimeError(f"torch.histogramdd(): expected {n} sequences of bin edges or numbers for a {n}-dimensional "
                           f"histogram but got {len(bins)}")
    if range is not None and len(range) != 2 * n:
        raise RuntimeError(f"torch.histogramdd: for a {n}-dimensional histogram range should have {2 * n} elements, "
                           f"but got {len(range)}")
    hist, edges = _histogram("histogramdd", input, input.reshape(-1, n), bins, range, weight, density)
    return return_types.histogramdd(hist, tuple(edges))


# ---- covariance ----
@op(out=False)
def cov(input, *, correction=1, fweights=None, aweights=None):
    """Covariance matrix of variables in rows, with whole-number and real weights of the observations in columns."""
    if input.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} "
                           "dimensions")
    if input._dtype_code == BOOL:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input if input.ndim == 2 else input.reshape(1, -1)
    count, correction = x.shape[1], whole(correction, "cov", "correction")
    weights = None
    for label, w, integral in (("fweights", fweights, True), ("aweights", aweights, False)):
        if w is None:
            continue
        if w.ndim > 1:
            raise RuntimeError(f"cov(): expected {label} to have one or fewer dimensions but got {label} with {w.ndim} "
                               "dimensions")
        if integral and not is_integer(w._dtype_code):
            raise RuntimeError("cov(): expected fweights to have integral dtype but got fweights with "
                               f"{scalar_type(w)} dtype")
        if not integral and not w.dtype.is_floating_point:
            raise RuntimeError("cov(): expected aweights to have floating point dtype but got aweights with "
                               f"{scalar_type(w)} dtype")
        if w._numel != count:
            raise RuntimeError(f"cov(): expected {label} to have the same numel as there are observations in the input "
                               f"but got {w._numel} != {count}")
        if w._device_code >= 0 and w._numel and w.min().item() < 0:
            raise RuntimeError(f"cov(): {label} cannot be negative")
        weights = w if weights is None else w * weights
    total = count if weights is None else weights.sum()
    if weights is None:
        mean = x.sum(1, keepdim=True) / count
        free = count - correction
    else:
        if known(total) and total.item() == 0:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        mean = (x * weights).sum(1, keepdim=True) / total
        free = total - correction if aweights is None or correction == 0 else total - correction * (
            weights * aweights).sum() / total
    if weights is None and free <= 0:
        warn_once("cov", "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
                  "observations.")
    free = max(free, 0) if weights is None else free.clamp(min=0)
    centred = x - mean
    other = (centred if weights is None else centred * weights).t()
    other = other.conj() if other.dtype.is_complex else other
    return F["true_divide"](centred @ other.to(centred.dtype), free).squeeze()


@op(out=False)
def corrcoef(input):
    """Correlation coefficients of variables in rows."""
    if input.ndim > 2:
        raise RuntimeError("corrcoef(): expected input to have two or fewer dimensions but got an input with "
                           f"{input.ndim} dimensions")
    c = cov(input)
    if c.ndim == 0:
        return c / c
    spread = c.diagonal()
    spread = F["real"](spread).sqrt() if c.dtype.is_complex else spread.sqrt()
    c = c / spread.reshape(-1, 1) / spread.reshape(1, -1)
    return F["complex"](F["real"](c).clip(-1, 1), F["imag"](c).clip(-1, 1)) if c.dtype.is_complex else c.clip(-1, 1)


# ---- whole tensors ----
def _two_tensors(name, input, other):
    for position, (label, t) in enumerate((("input", input), ("other", other)), 1):
        if not hasattr(t, "_dtype_code"):
            raise TypeError(
                f"{name}(): argument '{label}' (position {position}) must be Tensor, not {type(t).__name__}")


@op(out=False)
def equal(input, other):
    """Whether shapes and all values are the same; a Python bool."""
    _two_tensors("equal", input, other)
    need_values("equal", input, other)
    if input.shape != other.shape:
        return False
    return bool((_C.detach(input) == _C.detach(other)).all().item())


@op(out=False)
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where |input - other| <= atol + rtol * |other|; infinities are close to themselves only."""
    _two_tensors("isclose", input, other)
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{scalar_type(input)} did not match {scalar_type(other)}")
    if rtol < 0:
        raise RuntimeError(f"rtol must be greater than or equal to zero, but got {rtol:g}")
    if atol < 0:
        raise RuntimeError(f"atol must be greater than or equal to zero, but got {atol:g}")
    close = input == other
    inexact = not is_integer(input._dtype_code)
    if equal_nan and inexact:
        close = close | (input.isnan() & other.isnan())
    if rtol == 0 and atol == 0:
        return close
    if not inexact:  # distances of integers must neither overflow nor lose digits against rtol
        input, other = input.to(dtypes.float64) if input._dtype_code != BOOL else input.to(dtypes.float32), other.to(
            dtypes.float64) if other._dtype_code != BOOL else other.to(dtypes.float32)
    allowed = atol + (rtol * other).abs()
    distance = (input - other).abs()
    return close | (distance.isfinite() & (distance <= allowed))


@op(out=False)
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether all elements are close (see isclose); a Python bool."""
    _two_tensors("allclose", input, other)
    return bool(isclose(_C.detach(input), _C.detach(other), rtol, atol, equal_nan).all().item())
