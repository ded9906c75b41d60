"""Primitives for kernels of windows, sampling positions, distances and searches (the form is that of
primitive_kernels.py)."""
import mindspore

from .primitive_kernels import kernel
from .primitives import Unfit, number, primitive

_FLOAT, _DOUBLE = 8, 9
_MODES, _PADDINGS = ("bilinear", "nearest"), ("zeros", "border", "reflection")


@kernel("cdist")
def _cdist(t, s):
    out, x, y = t
    if x._dtype_code not in (_FLOAT, _DOUBLE) or not out._numel or not x._numel:
        raise Unfit
    return primitive("Cdist", number(s[0], x._dtype_code))(x, y)


@kernel("cdist_backward")
def _cdist_backward(t, s):
    out, g, x, y, distances = t
    if x._dtype_code not in (_FLOAT, _DOUBLE) or not out._numel or not y._numel:
        raise Unfit
    return primitive("CdistGrad", number(s[0], x._dtype_code))(g, x, y, distances)


def _geometry(values):
    channels, h, w, kh, kw, dh, dw, ph, pw, sh, sw, *_ = values
    return (h, w), (kh, kw), (dh, dw), (ph, pw), (sh, sw)


@kernel("im2col")
def _im2col(t, s):
    _, *windows = _geometry(s[0])
    return primitive("Im2ColExt")(t[1], *windows) if t[0]._numel else _none()


@kernel("col2im")
def _col2im(t, s):
    return primitive("Col2ImExt")(t[1], *_geometry(s[0])) if t[0]._numel else _none()


def _none():
    raise Unfit


def _sampler(suffix, x, s, *more):
    if s[0] >= len(_MODES) or not x._numel:
        raise Unfit
    return primitive(f"GridSampler{x.ndim - 2}D{suffix}", _MODES[s[0]], _PADDINGS[s[1]], bool(s[2]), *more)


@kernel("grid_sample")
def _grid_sample(t, s):
    out, x, grid = t
    if not out._numel:
        raise Unfit
    return _sampler("", x, s)(x, grid)


@kernel("grid_sample_backward")
def _grid_sample_backward(t, s):
    gx, gg, g, x, grid = t
    if not g._numel:
        raise Unfit
    made = _sampler("Grad", x, s, (1, 1))(g, x, grid)
    return tuple(m if r is not None else None for m, r in zip(made, (gx, gg)))


@kernel("histc")
def _histc(t, s):
    out, x = t
    low, high = (number(v, x._dtype_code) for v in s)
    return primitive("HistcExt")(x, out.shape[0], float(low), float(high)) if x._numel else _none()


@kernel("searchsorted")
def _searchsorted(t, s):
    out, boundaries, values, sorter = t
    if not out._numel or not boundaries._numel or not values.ndim:
        raise Unfit
    return primitive("SearchSorted", mindspore.int64, bool(s[0]))(boundaries, values, sorter)
