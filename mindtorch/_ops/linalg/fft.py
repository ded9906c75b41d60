"""Fourier transforms: three differentiable kernels (SciPy's pocketfft), everything else in terms of them."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.size import whole, wholes
from mindtorch._core.codes import COMPLEX64, FLOAT32

from ..table.checks import cpp_name, number
from ..creation.factories import _check_layout, _finish, _pinned, from_numpy
from ..table.registry import FUNCTIONS, op, register, run
from ..shape.views import wrap_dim

# how results are scaled
NONE, ROOT, FULL = 0, 1, 2
# up to that many elements single precision is computed in double: what cancels between the passes keeps its digits
_SMALL = 65536


def _scale(n, mode, forward):
    """The norm= that makes SciPy scale by 1, 1/sqrt(n) or 1/n in this direction."""
    if mode == ROOT:
        return "ortho"
    return ("backward" if mode == NONE else "forward") if forward else ("forward" if mode == NONE else "backward")


def _planned(strides, dims, shape):
    """Strides of a transform's result: batch dimensions outside, transformed ones (the last one innermost) inside, each
    in their order in memory."""
    batch = sorted((d for d in range(len(shape)) if d not in dims), key=lambda d: -strides[d])
    found, step = [0] * len(shape), 1
    for d in reversed([*batch, *dims]):
        found[d] = step
        step *= max(shape[d], 1)
    return found


def _inner(strides, dims, keep_last):
    """Transformed dimensions by descending stride; the one that is halved stays last."""
    free = dims[:-1] if keep_last else dims
    return [*sorted(free, key=lambda d: -strides[d]), *dims[len(free):]]


def _transform(kind, x, dims, scale, forward, shape, dtype, last=None):
    """Run one transform on x's memory and return a fresh tensor."""
    dims, strides = [wrap_dim(d, x.ndim) for d in dims], x._strides
    if len(set(dims)) != len(dims):
        raise RuntimeError("FFT dims must be unique")
    if kind == "c2r" and len(dims) > 1:
        strides = _planned(strides, _inner(strides, dims[:-1], False), x.shape)
        strides = _planned(strides, dims[-1:], shape)
    else:
        strides = _planned(strides, _inner(strides, dims, kind != "c2c"), shape)
    out = _C.empty_strided(tuple(shape), tuple(strides), dtype.code, x._device_code)
    if x._device_code < 0:
        return out
    import scipy.fft

    if x._remote:
        _C.by_host("fft")
    source = _C.detach(x).cpu().numpy()
    if x._numel <= _SMALL and dtype.code in (FLOAT32, COMPLEX64):
        source = source.astype("complex128" if x.dtype.is_complex else "float64")
    workers = _C.get_threads()
    if kind == "c2c":
        f = scipy.fft.fftn if forward else scipy.fft.ifftn
        made = f(source, axes=dims, norm=_scale(None, scale, forward), workers=workers)
    elif kind == "r2c":
        made = scipy.fft.rfftn(source, axes=dims, norm=_scale(None, scale, True), workers=workers)
    else:
        made = scipy.fft.irfftn(source, s=[x.shape[d] for d in dims[:-1]] + [last], axes=dims,
                                norm=_scale(None, scale, False), workers=workers)
    made = made.astype("complex64" if dtype.code == COMPLEX64 else "float32", order="C",
                       copy=False) if dtype.code in (FLOAT32, COMPLEX64) else made
    result = from_numpy(made if made.flags.c_contiguous else made.copy())
    if not out.is_contiguous():
        run("copy", (out, result))
        return out
    return result.to(x.device) if x._device_code > 0 else result


@op("_fft_c2c", method=False, out=False,
    grad={"input": lambda g, dim, normalization, forward: _fft_c2c(g, dim, normalization, not forward)})
def _fft_c2c(input, dim, normalization, forward):
    """Complex to complex over dims."""
    if not input.dtype.is_complex:
        raise RuntimeError(f"Only supports complex dtypes, but found: {cpp_name(input)}")
    if not dim:
        return input.clone()
    return _transform("c2c", input, tuple(dim), normalization, forward, input.shape, input.dtype)


def _r2c_gradient(g, input, dim, normalization):
    n = input.shape[dim[-1]]
    missing = n - g.shape[dim[-1]]
    full = g
    if missing:
        pad = [0, 0] * (g.ndim - 1 - dim[-1] % g.ndim) + [0, missing]
        full = FUNCTIONS["constant_pad_nd"](g, pad, 0.0)
    return FUNCTIONS["real"](_fft_c2c(full, dim, normalization, False))


@op("_fft_r2c", method=False, out=False,
    grad={"input": lambda g, input, dim, normalization: _r2c_gradient(g, input, dim, normalization)})
def _fft_r2c(input, dim, normalization, onesided=True):
    """Real to the non-redundant half of complex, over dims (the last one halved)."""
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {cpp_name(input)}")
    if input.dtype.itemsize < 4:
        raise RuntimeError(f"FFT doesn't support tensors of type: {cpp_name(input)}")
    if not dim:
        raise RuntimeError("a transform of real numbers is over at least one dimension")
    shape = list(input.shape)
    shape[dim[-1]] = shape[dim[-1]] // 2 + 1
    return _transform("r2c", input, tuple(dim), normalization, True, shape, input.dtype.to_complex())


def _c2r_gradient(g, input, dim, normalization, last_dim_size):
    half = _fft_r2c(g, dim, normalization)
    d = dim[-1] % g.ndim
    double = (last_dim_size - 1) // 2  # the bins that stand for two
    if double > 0:
        weights = FUNCTIONS["ones"](half.shape[d], dtype=g.dtype, device=g.device)
        FUNCTIONS["narrow"](weights, 0, 1, double).fill_(2)
        half = half * weights.reshape([-1] + [1] * (g.ndim - 1 - d))
    return half


@op("_fft_c2r", method=False, out=False,
    grad={"input": lambda g, input, dim, normalization,
          last_dim_size: _c2r_gradient(g, input, dim, normalization, last_dim_size)})
def _fft_c2r(input, dim, normalization, last_dim_size):
    """The non-redundant half of complex to real, over dims."""
    if not input.dtype.is_complex:
        raise RuntimeError(f"Only supports complex dtypes, but found: {cpp_name(input)}")
    if not dim:
        raise RuntimeError("a transform to real numbers is over at least one dimension")
    _points(last_dim_size)
    shape = list(input.shape)
    shape[dim[-1]] = last_dim_size
    return _transform("c2r", input, tuple(dim), normalization, False, shape, input.dtype.to_real(), last_dim_size)


# ---- the public functions ----
def _mode(norm, forward):
    if norm is not None and not isinstance(norm, str):
        raise TypeError(f"argument 'norm' must be str, not {type(norm).__name__}")
    if norm in (None, "backward"):
        return NONE if forward else FULL
    if norm == "ortho":
        return ROOT
    if norm == "forward":
        return FULL if forward else NONE
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _promoted(x, need_complex=False):
    """Integers to the default dtype, halves refused, real to complex where the transform is of complex numbers."""
    if x.dtype in (dtypes.float16, dtypes.bfloat16, dtypes.complex32):
        raise RuntimeError(f"Unsupported dtype {'BFloat16' if x.dtype is dtypes.bfloat16 else 'Half'}")
    if not (x.is_floating_point() or x.is_complex()):
        x = x.to(dtypes.get_default_dtype())
    return x.to(x.dtype.to_complex()) if need_complex and not x.is_complex() else x


def _resize(x, dims, sizes):
    for d, n in zip(dims, sizes):
        if n == -1 or n == x.shape[d]:
            continue
        if n < x.shape[d]:
            x = FUNCTIONS["narrow"](x, d, 0, n)
        else:
            x = FUNCTIONS["constant_pad_nd"](x, [0, 0] * (x.ndim - 1 - d) + [0, n - x.shape[d]], 0)
    return x


def _points(n):
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _dims(x, s, dim):
    """(dims, sizes) of an n-dimensional transform."""
    if dim is not None:
        dims = [wrap_dim(d, x.ndim) for d in ((dim,) if isinstance(dim, int) else dim)]
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
    if s is not None:
        s = (s,) if isinstance(s, int) else tuple(s)
        if dim is not None and len(s) != len(dims):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
        if dim is None:
            if len(s) > x.ndim:
                raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {x.ndim} dimensions.")
            dims = list(range(x.ndim - len(s), x.ndim))
        sizes = [x.shape[d] if n == -1 else n for d, n in zip(dims, s)]
    else:
        if dim is None:
            dims = list(range(x.ndim))
        sizes = [x.shape[d] for d in dims]
    for n in sizes:
        _points(n)
    return dims, sizes


def _c2c(input, n, dim, norm, forward):
    x = _promoted(input, True)
    d = wrap_dim(dim, x.ndim)
    x = _resize(x, [d], [_points(x.shape[d] if n is None else n)])
    return _fft_c2c(x, [d], _mode(norm, forward), forward)


def _real_only(x, name):
    if x.is_complex():
        raise RuntimeError(f"{name} expects a real input tensor, but got {x.dtype._name}")
    return _promoted(x)


def _c2cn(input, s, dim, norm, forward):
    x = _promoted(input, True)
    dims, sizes = _dims(x, s, dim)
    return _fft_c2c(_resize(x, dims, sizes), dims, _mode(norm, forward), forward)


def _last_size(dims, s, x, dim):
    """Sizes of a transform to real numbers: the last one is of the output."""
    dims_, sizes = _dims(x, s, dim)
    if not dims_:
        raise RuntimeError("irfftn must transform at least one axis")
    given = s is not None and (s if isinstance(s, int) else tuple(s)[-1]) != -1
    last = sizes[-1] if given else 2 * (x.shape[dims_[-1]] - 1)
    _points(last)
    return dims_, sizes[:-1] + [last // 2 + 1], last


def _fft(name):
    """Declare torch.fft.<name>."""

    def declare(function):
        function.__name__ = name
        return op(name, namespace="fft", method=False)(function)

    return declare


@_fft("fft")
def fft(input, n=None, dim=-1, norm=None):
    """Discrete Fourier transform over one dim, zero-padded or cut to n. RuntimeError for half types."""
    return _c2c(input, n, dim, norm, True)


@_fft("ifft")
def ifft(input, n=None, dim=-1, norm=None):
    """Inverse of fft."""
    return _c2c(input, n, dim, norm, False)


@_fft("rfft")
def rfft(input, n=None, dim=-1, norm=None):
    """Transform of real numbers: the non-redundant half. RuntimeError for complex input."""
    x = _real_only(input, "rfft")
    d = wrap_dim(dim, x.ndim)
    return _fft_r2c(_resize(x, [d], [_points(x.shape[d] if n is None else n)]), [d], _mode(norm, True))


@_fft("irfft")
def irfft(input, n=None, dim=-1, norm=None):
    """Inverse of rfft: n real values (2 * (bins - 1) by default)."""
    x = _promoted(input, True)
    d = wrap_dim(dim, x.ndim)
    n = _points(2 * (x.shape[d] - 1) if n is None else n)
    return _fft_c2r(_resize(x, [d], [n // 2 + 1]), [d], _mode(norm, False), n)


@_fft("hfft")
def hfft(input, n=None, dim=-1, norm=None):
    """Transform of a signal that is Hermitian in time: real values."""
    x = _promoted(input, True)
    d = wrap_dim(dim, x.ndim)
    n = _points(2 * (x.shape[d] - 1) if n is None else n)
    return _fft_c2r(FUNCTIONS["conj"](_resize(x, [d], [n // 2 + 1])), [d], _mode(norm, True), n)


@_fft("ihfft")
def ihfft(input, n=None, dim=-1, norm=None):
    """Inverse of hfft. RuntimeError for complex input."""
    x = _real_only(input, "ihfft")
    d = wrap_dim(dim, x.ndim)
    return FUNCTIONS["conj"](_fft_r2c(_resize(x, [d], [_points(x.shape[d] if n is None else n)]), [d],
                                      _mode(norm, False))).resolve_conj()


@_fft("fftn")
def fftn(input, s=None, dim=None, norm=None):
    """fft over several dims."""
    return _c2cn(input, s, dim, norm, True)


@_fft("ifftn")
def ifftn(input, s=None, dim=None, norm=None):
    """Inverse of fftn."""
    return _c2cn(input, s, dim, norm, False)


@_fft("rfftn")
def rfftn(input, s=None, dim=None, norm=None):
    """rfft over several dims, the last one halved. RuntimeError for complex input."""
    x = _real_only(input, "rfftn")
    dims, sizes = _dims(x, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    return _fft_r2c(_resize(x, dims, sizes), dims, _mode(norm, True))


@_fft("irfftn")
def irfftn(input, s=None, dim=None, norm=None):
    """Inverse of rfftn."""
    x = _promoted(input, True)
    dims, sizes, last = _last_size(None, s, x, dim)
    return _fft_c2r(_resize(x, dims, sizes), dims, _mode(norm, False), last)


@_fft("hfftn")
def hfftn(input, s=None, dim=None, norm=None):
    """hfft over the last of several dims, fft over the others."""
    x = _promoted(input, True)
    dims, sizes, last = _last_size(None, s, x, dim)
    x = _resize(x, dims, sizes)
    if len(dims) > 1:
        x = _fft_c2c(x, dims[:-1], _mode(norm, True), True)
    return _fft_c2r(FUNCTIONS["conj"](x), dims[-1:], _mode(norm, True), last)


@_fft("ihfftn")
def ihfftn(input, s=None, dim=None, norm=None):
    """Inverse of hfftn. RuntimeError for complex input."""
    x = _real_only(input, "ihfftn")
    dims, sizes = _dims(x, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    x = FUNCTIONS["conj"](_fft_r2c(_resize(x, dims, sizes), dims[-1:], _mode(norm, False))).resolve_conj()
    return _fft_c2c(x, dims[:-1], _mode(norm, False), False) if len(dims) > 1 else x


def _over_two(name, of):
    def two(input, s=None, dim=(-2, -1), norm=None):
        return of(input, s, dim, norm)

    two.__doc__ = f"{of.__name__} over two dims."
    return _fft(name)(two)


fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = (_over_two(n, f) for n,
                                             f in (("fft2", fftn), ("ifft2", ifftn), ("rfft2", rfftn),
                                                   ("irfft2", irfftn), ("hfft2", hfftn), ("ihfft2", ihfftn)))


def _finished(made, layout, requires_grad, pin_memory):
    _check_layout(layout)
    return _finish(_pinned(made, pin_memory), requires_grad)


def _frequencies(start, stop, n, d, dtype, device):
    span = n * d
    return FUNCTIONS["arange"](start, stop, dtype=dtype or dtypes.get_default_dtype(),
                               device=device).mul_(1.0 / span if span else math.inf)


def _check_frequencies(name, dtype):
    if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"{name} requires a floating point or complex dtype")


def fftfreq(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Frequencies of fft's bins for n points d apart: 0, 1, ..., -1 over n * d."""
    _check_frequencies("fftfreq", dtype)
    n, d = whole(n, "fft_fftfreq", "n"), number(d, "fft_fftfreq", "d")
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    half = (n - 1) // 2 + 1
    r = FUNCTIONS["cat"]([_frequencies(0, half, n, d, dtype, device),
                          _frequencies(-(n // 2), 0, n, d, dtype, device)])
    if out is not None:
        from ..table.registry import fill_out

        return fill_out(out, r)
    return _finished(r, layout, requires_grad, pin_memory)


def rfftfreq(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Frequencies of rfft's bins."""
    _check_frequencies("rfftfreq", dtype)
    n, d = whole(n, "fft_rfftfreq", "n"), number(d, "fft_rfftfreq", "d")
    r = _frequencies(0, max(n // 2 + 1, 0), n, d, dtype, device)
    if out is not None:
        from ..table.registry import fill_out

        return fill_out(out, r)
    return _finished(r, layout, requires_grad, pin_memory)


def _shift_dims(x, dim):
    if dim is None:
        return list(range(x.ndim))
    given = wholes(dim, "fft_fftshift", "dim")
    return [wrap_dim(d, x.ndim) for d in (given if isinstance(given, tuple) else (given,))]


def fftshift(input, dim=None):
    """Put the zero frequency into the middle."""
    dims = _shift_dims(input, dim)
    return FUNCTIONS["roll"](input, [input.shape[d] // 2 for d in dims], dims)


def ifftshift(input, dim=None):
    """Inverse of fftshift."""
    dims = _shift_dims(input, dim)
    return FUNCTIONS["roll"](input, [(input.shape[d] + 1) // 2 for d in dims], dims)


for _function in (fftfreq, rfftfreq, fftshift, ifftshift):
    register(_function.__name__, _function, method=False, namespace="fft", family="fft")
