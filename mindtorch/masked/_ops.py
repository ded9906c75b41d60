"""Masked reductions: what the mask leaves out takes the value that changes nothing."""
import math

import mindtorch as torch
from mindtorch._core.size import wholes
from mindtorch._ops.shape.views import wrap_dim

_sum = sum


def _dims(input, dim):
    dims = range(input.ndim) if dim is None or dim == () else wholes(dim, "masked", "dim")
    return tuple(wrap_dim(d, input.ndim) for d in ((dims,) if isinstance(dims, int) else dims))


def _mask(input, mask):
    """The mask at the input's shape; None when everything counts."""
    if mask is None:
        return None
    return torch.broadcast_to(mask.bool(), input.shape)


def _least(dtype):
    return -math.inf if dtype.is_floating_point or dtype.is_complex else False if dtype is torch.bool else torch.iinfo(
        dtype).min


def _most(dtype):
    return math.inf if dtype.is_floating_point or dtype.is_complex else True if dtype is torch.bool else torch.iinfo(
        dtype).max


def _filled(input, mask, value):
    m = _mask(input, mask)
    return input if m is None else torch.where(m, input, torch.tensor(value, dtype=input.dtype, device=input.device))


def _to(input, dtype, accumulate=True):
    if dtype is None and accumulate and input.dtype in (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32):
        dtype = torch.int64
    return input if dtype is None else input.to(dtype)


def _count(input, dims, mask, dtype, keepdim):
    ones = torch.ones(input.shape, dtype=dtype, device=input.device)
    return _filled(ones, mask, 0).sum(dims, keepdim=keepdim) if input.ndim else _filled(ones, mask, 0)


def sum(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Sum of the selected elements; 0 where nothing is selected."""
    x = _filled(_to(input, dtype), mask, 0)
    return x.sum(_dims(x, dim), keepdim=keepdim) if x.ndim else x.clone()


def prod(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Product of the selected elements; 1 where nothing is selected."""
    x = _filled(_to(input, dtype), mask, 1)
    for d in sorted(_dims(x, dim), reverse=True) if x.ndim else ():
        x = x.prod(d, keepdim=keepdim)
    return x


def _extreme(function, identity):
    def reduce(input, dim=None, *, keepdim=False, dtype=None, mask=None):
        x = _to(input, dtype, False)
        x = _filled(x, mask, identity(x.dtype))
        return function(x, _dims(x, dim), keepdim=keepdim) if x.ndim else x.clone()

    return reduce


amax, amin = _extreme(torch.amax, _least), _extreme(torch.amin, _most)
amax.__name__, amin.__name__ = "amax", "amin"
amax.__doc__, amin.__doc__ = "Largest selected element.", "Smallest selected element."


def argmax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Index of the largest selected element, in the input's dtype."""
    x = _to(input, dtype, False)
    return torch.argmax(_filled(x, mask, _least(x.dtype)), dim, keepdim=keepdim).to(x.dtype)


def argmin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Index of the smallest selected element, in the input's dtype."""
    x = _to(input, dtype, False)
    return torch.argmin(_filled(x, mask, _most(x.dtype)), dim, keepdim=keepdim).to(x.dtype)


def mean(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Mean of the selected elements; NaN where nothing is selected."""
    x = _to(input, dtype, False)
    if not (x.is_floating_point() or x.is_complex()):
        if dtype is None:
            x = x.to(torch.float32)
        else:
            raise TypeError(f"mean cannot be computed in {dtype}")
    dims = _dims(x, dim)
    total = _filled(x, mask, 0)
    return (total.sum(dims, keepdim=keepdim) if x.ndim else total) / _count(x, dims, mask, x.dtype, keepdim)


def median(input, dim=-1, *, keepdim=False, dtype=None, mask=None):
    """Median of the selected elements. ValueError for integers where a slice selects nothing."""
    x = _to(input, dtype, False)
    if not x.is_floating_point():
        if mask is not None:
            raise ValueError(f"input must be of floating dtype to be masked, got {x.dtype}")
        return torch.median(x, dim, keepdim=keepdim).values
    return torch.nanmedian(_filled(x, mask, math.nan), dim,
                           keepdim).values if x.ndim else _filled(x, mask, math.nan).clone()


def norm(input, ord=2.0, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Vector norm of the selected elements."""
    x = _to(input, dtype, False)
    neutral = 0 if ord is None or ord >= 0 else math.inf
    return torch.linalg.vector_norm(_filled(x, mask, neutral), 2.0 if ord is None else ord,
                                    _dims(x, dim) if x.ndim else None, keepdim=keepdim, dtype=dtype)


def _variance(input, dim, correction, keepdim, dtype, mask, root):
    x = _to(input, dtype, False)
    if not (x.is_floating_point() or x.is_complex()):
        x = x.to(torch.float32)
    dims = _dims(x, dim)
    count = _count(x, dims, mask, x.dtype.to_real(), True)
    kept = _filled(x, mask, 0)
    middle = (kept.sum(dims, keepdim=True) if x.ndim else kept) / count
    apart = x - middle
    squares = _filled((apart * apart.conj()).real if x.is_complex() else apart * apart, mask, 0)
    total = squares.sum(dims, keepdim=keepdim) if x.ndim else squares
    count = count if keepdim or not x.ndim else count.reshape(total.shape)
    result = total / (count - correction).clamp(min=0)
    return (result.sqrt() if root else result).to(x.dtype)


def _correction(unbiased, correction):
    if correction is not None:
        return correction
    return 0 if unbiased is False else 1


def var(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """Variance of the selected elements."""
    return _variance(input, dim, _correction(unbiased, correction), keepdim, dtype, mask, False)


def std(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """Standard deviation of the selected elements."""
    return _variance(input, dim, _correction(unbiased, correction), keepdim, dtype, mask, True)


def softmax(input, dim, *, dtype=None, mask=None):
    """softmax over the selected elements."""
    x = _to(input, dtype, False)
    return torch.softmax(_filled(x, mask, -math.inf), dim, dtype=dtype)


def log_softmax(input, dim, *, dtype=None, mask=None):
    """log_softmax over the selected elements."""
    x = _to(input, dtype, False)
    return torch.log_softmax(_filled(x, mask, -math.inf), dim, dtype=dtype)


def softmin(input, dim, *, dtype=None, mask=None):
    """softmax of the negated selected elements."""
    x = _to(input, dtype, False)
    return torch.softmax(-_filled(x, mask, math.inf), dim, dtype=dtype)


def normalize(input, ord, dim, *, eps=1e-12, dtype=None, mask=None):
    """Selected elements over their norm (at least eps)."""
    x = _to(input, dtype, False)
    length = norm(x, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _filled(x, mask, 0) / torch.maximum(length, torch.full_like(length, eps))


def cumsum(input, dim, *, dtype=None, mask=None):
    """Running sum of the selected elements."""
    x = _to(input, dtype, False)
    return torch.cumsum(_filled(x, mask, 0), dim).to(x.dtype)


def cumprod(input, dim, *, dtype=None, mask=None):
    """Running product of the selected elements."""
    x = _to(input, dtype, False)
    return torch.cumprod(_filled(x, mask, 1), dim).to(x.dtype)


def logsumexp(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """logsumexp of the selected elements."""
    x = _to(input, dtype, False)
    exact = x if x.is_floating_point() or x.is_complex() else x.to(torch.get_default_dtype())
    return torch.logsumexp(_filled(exact, mask, -math.inf), _dims(x, dim), keepdim=keepdim).to(x.dtype)


def logaddexp(input, other, *, dtype=None, input_mask=None, other_mask=None):
    """logaddexp of what the two masks select."""
    a, b = _to(input, dtype, False), _to(other, dtype, False)
    return torch.logaddexp(_filled(a, input_mask, -math.inf), _filled(b, other_mask, -math.inf))
