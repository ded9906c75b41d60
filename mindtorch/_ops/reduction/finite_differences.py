"""Derivatives along dimensions by finite differences."""
from mindtorch._core.codes import UINT8
from ..shape.views import wrap_dim
from ..table.registry import _C_tensor, op, public


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
    places = [wrap_dim(d, input.ndim) for d in dims]
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
    if input._dtype_code == UINT8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    for d, _ in pairs:
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple(_derivative(input, d, h, edge_order) for d, h in pairs)


# ---- segments ----
