"""torch.signal.windows: weights for spectral analysis. Formulas: F. J. Harris, Proc. IEEE 66 (1978)."""
import math

import mindtorch as torch
from mindtorch._core.size import whole

__all__ = ["bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming",
           "hann", "kaiser", "nuttall"]


def _window(shape):
    """A window function of M points from shape(M, span, make): span is M - 1 when symmetric, M when periodic;
    make(start, end) gives the M equidistant points between."""

    def function(M, *parameters, sym=True, dtype=None, layout=torch.strided, device=None, requires_grad=False, **named):
        dtype = torch.get_default_dtype() if dtype is None else dtype
        M = whole(M, function.__name__, "M")
        if M < 0:
            raise ValueError(f"{function.__name__} requires non-negative window length, got M={M}")
        if layout is not torch.strided:
            raise ValueError(f"{function.__name__} is implemented for strided tensors only, got: {layout}")
        if dtype not in (torch.float32, torch.float64):
            raise ValueError(f"{function.__name__} expects float32 or float64 dtypes, got: {dtype}")
        if M == 0:
            made = torch.empty((0,), dtype=dtype, device=device)
        else:
            make = lambda start, end: torch.linspace(start, end, M, dtype=dtype, device=device)
            with torch.no_grad():
                made = shape(M, M - 1 if sym or M == 1 else M, make, *parameters, **named)
        return made.requires_grad_(True) if requires_grad else made

    function.__name__ = function.__qualname__ = shape.__name__.lstrip("_")
    function.__doc__ = shape.__doc__
    return function


def _ones(make):
    return torch.ones_like(make(0, 1))


@_window
def exponential(M, span, make, *, center=None, tau=1.0):
    """exp(-|n - center| / tau). ValueError for tau <= 0 or a center of a symmetric window."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if center is not None and span == M - 1 and M > 1:
        raise ValueError("Center must be None for symmetric windows")
    center = span / 2 if center is None else center
    return torch.exp(-torch.abs(make(-center / tau, (M - 1 - center) / tau)))


@_window
def cosine(M, span, make):
    """sin(pi (n + 1/2) / M)"""
    step = math.pi / (span + 1)
    return torch.sin(make(step / 2, (M - 0.5) * step))


@_window
def gaussian(M, span, make, *, std=1.0):
    """exp(-n^2 / (2 std^2)). ValueError for std <= 0."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    scale = std * math.sqrt(2)
    return torch.exp(-make(-span / 2 / scale, (M - 1 - span / 2) / scale) ** 2)


@_window
def kaiser(M, span, make, *, beta=12.0):
    """i0(beta sqrt(1 - (2 n / span - 1)^2)) / i0(beta). ValueError for beta < 0."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M == 1:
        return _ones(make)
    points = make(-beta, min(beta, -beta + (M - 1) * 2 * beta / span))
    # rounded before it is squared, so that the ends give 0
    scale = torch.tensor(beta, dtype=points.dtype, device=points.device)
    return torch.special.i0(torch.sqrt(scale * scale - points**2)) / torch.special.i0(scale)


def _cosines(M, span, make, a):
    if M == 1:
        return _ones(make)
    points = make(0, (M - 1) * 2 * math.pi / span)
    return sum((-1) ** i * w * torch.cos(i * points) for i, w in enumerate(a))


@_window
def general_cosine(M, span, make, *, a):
    """Sum of (-1)^i a[i] cos(2 pi i n / span). TypeError or ValueError for coefficients that are no filled list."""
    if not isinstance(a, (list, tuple)):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    return _cosines(M, span, make, a)


@_window
def general_hamming(M, span, make, *, alpha=0.54):
    """alpha - (1 - alpha) cos(2 pi n / span)"""
    return _cosines(M, span, make, (alpha, 1 - alpha))


@_window
def hamming(M, span, make):
    """general_hamming with alpha 0.54"""
    return _cosines(M, span, make, (0.54, 0.46))


@_window
def hann(M, span, make):
    """general_hamming with alpha 0.5"""
    return _cosines(M, span, make, (0.5, 0.5))


@_window
def blackman(M, span, make):
    """general_cosine with 0.42, 0.5, 0.08"""
    return _cosines(M, span, make, (0.42, 0.5, 0.08))


@_window
def nuttall(M, span, make):
    """general_cosine with Nuttall's minimum four terms"""
    return _cosines(M, span, make, (0.3635819, 0.4891775, 0.1365995, 0.0106411))


@_window
def bartlett(M, span, make):
    """1 - |2 n / span - 1|"""
    if M == 1:
        return _ones(make)
    return 1 - torch.abs(make(-1, -1 + (M - 1) * 2 / span))
