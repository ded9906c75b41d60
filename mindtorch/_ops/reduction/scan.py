"""Running sums, products and extremes along a dimension; differences and the trapezoid rule."""
import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes

from .reductions import INT64, deliver, is_integer, scalar_type
from ..table.registry import FUNCTIONS as F, With, kernel_rows, op, run
from ..shape.views import wrap_dim


kernel_rows(cumsum="aclnnCumsum T1~ i0 y0 T0", cummax="aclnnCummax T2 i0 T0 T1", cummin="aclnnCummin T2 i0 T0 T1")


def _reversed_cumsum(x, dim):
    return x.flip(dim).cumsum(dim).flip(dim) if x.ndim else x


def _scan(kernel, input, dim, code):
    d = wrap_dim(dim, input.ndim)
    out = _C.empty(input.shape, code, input._device_code)
    run(kernel, (out, input), (d if input.ndim else 0,))
    return out


def _result_code(input, dtype):
    return dtypes.code_of(dtype) if dtype is not None else INT64 if is_integer(input._dtype_code) else input._dtype_code


@op(inplace=True, out="dtype", grad={"input": lambda g, dim: _reversed_cumsum(g, dim)})
def cumsum(input, dim, *, dtype=None):
    """Sums of all elements up to each along dim; int64 for integers unless dtype is given."""
    return _scan("cumsum", input, dim, _result_code(input, dtype))


def _cumprod_gradient(g, input, result, dim):
    if not input.ndim or not input._numel:
        return g
    if not _C.is_grad_enabled() and input._device_code >= 0 and not (input == 0).any().item():
        return _reversed_cumsum(g * result.conj(), dim) / input.conj()
    # the derivative of product j by element i, without division: products of what stands before i, and between i and j
    n = input.shape[dim]
    parts = []
    for i in range(n):
        before = input.narrow(dim, 0, i).prod(dim, keepdim=True)
        after = input.narrow(dim, i + 1, n - i - 1).cumprod(dim)
        chain = F["cat"]((before, before * after), dim)
        parts.append((g.narrow(dim, i, n - i) * chain.conj()).sum(dim, keepdim=True))
    return F["cat"](parts, dim)


@op(inplace=True, out="dtype", grad={"input": lambda g, input, result, dim: _cumprod_gradient(g, input, result, dim)})
def cumprod(input, dim, *, dtype=None):
    """Products of all elements up to each along dim; int64 for integers unless dtype is given."""
    if dtype is not None and is_integer(dtypes.code_of(dtype)) and not is_integer(input._dtype_code):
        input = input.to(dtype)
    return _scan("cumprod", input, dim, _result_code(input, dtype))


def _logcumsumexp_gradient(g, input, result, dim):
    if not input._numel:
        return g
    if input.dtype.is_complex:
        return ((g.conj() * (-result).exp()).flip(dim).cumsum(dim).flip(dim) * input.exp()).conj() if input.ndim else g
    lowest = dtypes.finfo(g.dtype).min
    positive = F["where"](g > 0, g.abs().log(), lowest)
    negative = F["where"](g < 0, g.abs().log(), lowest)

    def back(log_g):
        return ((log_g - result).flip(dim).logcumsumexp(dim).flip(dim)
                + input).exp() if input.ndim else (log_g - result + input).exp()

    return back(positive) - back(negative)


@op(grad={"input": lambda g, input, result, dim: _logcumsumexp_gradient(g, input, result, dim)})
def logcumsumexp(input, dim):
    """log of running sums of exp along dim; floating or complex input."""
    if is_integer(input._dtype_code):
        raise NotImplementedError(f"\"logcumsumexp_out_cpu\" not implemented for '{scalar_type(input)}'")
    return _scan("logcumsumexp", input, dim, input._dtype_code)


def _gather_back(gs, index, d, shape):
    if gs[0] is None:
        return None
    if not shape:
        return gs[0]
    return F["zeros"](shape, dtype=gs[0].dtype, device=gs[0].device).scatter_add(d, index, gs[0])


def _running_best(name):
    def forward(input, dim):
        if input.dtype.is_complex:
            raise RuntimeError(f"\"{name}_cpu\" not implemented for '{scalar_type(input)}'")
        d = wrap_dim(dim, input.ndim)
        values, indices = _C.empty(input.shape, input._dtype_code,
                                   input._device_code), _C.empty(input.shape, INT64, input._device_code)
        run(name, (values, indices, input), (d if input.ndim else 0,))
        return With(getattr(return_types, name)(values, indices), index=indices, d=d, shape=input.shape)

    forward.__name__ = "_" + name
    inner = op(grad={"input": _gather_back}, function=False, method=False, out=False, node=name.title() + "Backward0",
               tensors=["input"])(forward)

    def public(input, dim, *, out=None):
        return deliver(inner(input, dim), out, input)

    public.__name__ = name
    public.__doc__ = (f"(values, indices) of the {'largest' if name == 'cummax' else 'smallest'} element up to each "
                      "along dim; the last of equal ones, NaN above all.")
    return op()(public)


cummax, cummin = _running_best("cummax"), _running_best("cummin")


@op()
def diff(input, n=1, dim=-1, prepend=None, append=None):
    """Differences of neighbours along dim, n times; RuntimeError for 0-dim input or a negative n."""
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    for t in (prepend, append):
        if t is not None and t.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    d = wrap_dim(dim, input.ndim)
    for t in (prepend, append):
        if t is not None:
            for i, (a, b) in enumerate(zip(t.shape, input.shape)):
                if i != d and a != b:
                    raise RuntimeError(
                        "diff expects the shape of tensor to prepend or append to match that of input except along "
                        f"the differencing dimension; input.size({i}) = {b}, "
                        f"but got tensor.size({i}) = {a}"
                    )
    if n == 0:
        return input.clone()
    if prepend is not None or append is not None:
        input = F["cat"]([t for t in (prepend, input, append) if t is not None], d)
    for _ in range(min(n, input.shape[d])):
        later, earlier = input.narrow(d, 1, input.shape[d] - 1), input.narrow(d, 0, input.shape[d] - 1)
        input = F["logical_xor"](later, earlier) if input.dtype is dtypes.bool else later - earlier
    return input


def _panels(name, y, x, dx, dim):
    if y.dtype is dtypes.bool or (x is not None and x.dtype is dtypes.bool):
        raise RuntimeError(f"{name}: received a bool input for {'y' if y.dtype is dtypes.bool else 'x'}, but bool is "
                           "not supported")
    d = wrap_dim(dim, y.ndim)
    if y.shape[d] == 0:
        return None, None, d
    if x is None:
        width = 1 if dx is None else dx
    else:
        if dx is not None:
            raise TypeError(f"{name}() received an invalid combination of arguments: x and dx")
        if x.ndim == 1:
            if x.shape[0] != y.shape[d]:
                raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
            x = x.reshape([-1 if i == d else 1 for i in range(y.ndim)])
        elif x.ndim < y.ndim:
            x = x.reshape((1,) * (y.ndim - x.ndim) + tuple(x.shape))
        width = x.narrow(d, 1, x.shape[d] - 1) - x.narrow(d, 0, x.shape[d] - 1)
    n = y.shape[d]
    return y.narrow(d, 1, n - 1) + y.narrow(d, 0, n - 1), width, d


@op(aliases=("trapz",), method=False, out=False)
def trapezoid(y, x=None, *, dx=None, dim=-1):
    """Integral along dim by the trapezoid rule, at spacing dx (1) or places x."""
    pairs, width, d = _panels("trapezoid", y, x, dx, dim)
    if pairs is None:
        return F["zeros"]([s for i, s in enumerate(y.shape) if i != d], dtype=y.dtype, device=y.device)
    if x is None:
        return (y.sum(d) - (y.select(d, 0) + y.select(d, -1)) * 0.5) * width
    return (pairs * width).sum(d) / 2.0


@op(method=False, out=False)
def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    """Running integral along dim by the trapezoid rule."""
    pairs, width, d = _panels("cumulative_trapezoid", y, x, dx, dim)
    if pairs is None:
        return F["zeros"](y.shape, dtype=y.dtype, device=y.device)
    return (width / 2.0 * pairs).cumsum(d) if x is None else (width * pairs).cumsum(d) / 2.0
