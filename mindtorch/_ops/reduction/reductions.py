"""Reductions: sum and relatives, extremes and their places, moments, norms.

Every forward allocates its result by `_geometry` and runs one kernel over a mask of reduced dimensions.
"""
import builtins
import functools
import math

import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes
from mindtorch._core.warning import warn_once

from ..table.registry import (
    FUNCTIONS as F, NAMESPACES, With, check_same_dtype, composition, fill_out, instead, kernel_rows, op, register,
    run)
from ..shape.mutation import check_overlap
from ..shape.views import wrap_dim

BOOL, UINT8, INT64, HALF, FLOAT, DOUBLE, CFLOAT, CDOUBLE = 0, 1, 5, 6, 8, 9, 10, 11


def is_integer(code):
    """Whether an engine dtype code is an integer or bool."""
    return code <= INT64 or 12 <= code <= 14


def is_complex(code):
    """Whether an engine dtype code is complex."""
    return code in (CFLOAT, CDOUBLE)


@functools.lru_cache(4096)
def _geometry(shape, dim, keepdim, none_is_all=True):
    """(mask of reduced dimensions, shape of the result); IndexError for bad dimensions, RuntimeError for repeated
    ones."""
    n = len(shape)
    if dim is None or (dim == () and none_is_all):
        mask = (1 << n) - 1
    else:
        mask = 0
        for d in dim if isinstance(dim, tuple) else (dim,):
            bit = 1 << wrap_dim(d, n)
            if mask & bit:
                raise RuntimeError(f"dim {wrap_dim(d, n)} appears multiple times in the list of dims")
            mask |= bit
        mask &= (1 << n) - 1
    kept = tuple(1 if mask >> d & 1 else s for d, s in enumerate(shape))
    return mask, kept if keepdim else tuple(s for d, s in enumerate(shape) if not mask >> d & 1), kept


def geometry(input, dim, keepdim, name="reduction", none_is_all=True):
    """(mask, shape of the result, shape with the reduced dimensions kept as 1) for dim given as None, int or ints."""
    try:
        if dim is not None and not isinstance(dim, int):
            dim = tuple(int(d.__index__()) for d in dim) if isinstance(dim, (tuple, list)) else dim.__index__()
        return _geometry(input.shape, dim, bool(keepdim), none_is_all)
    except (AttributeError, TypeError):
        _check_tensor(name, input)
        raise TypeError(f"{name}() received an invalid combination of arguments - got dim={dim!r}") from None


def _check_tensor(name, value):
    if not hasattr(value, "_dtype_code"):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(value).__name__}")


def reduce(kernel, input, shape, mask, code, *scalars):
    """A new tensor with the result of a reduction kernel."""
    out = _C.empty(shape, code, input._device_code)
    run(kernel, (out, input), (mask, *scalars))
    return out


def spread(g, kept, shape):
    """A gradient of a result, seen from every element that went into it."""
    return g.reshape(kept).expand(shape)


def _count(shape, kept):
    return math.prod(s for s, k in zip(shape, kept) if k == 1)


def _code(name, dtype):
    return dtypes.code_of(dtype)


def _not_empty(name, shape, mask, dim):
    """Errors for reductions without an identity."""
    if 0 not in shape:
        return
    if dim is None or dim == () or dim == []:
        raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                           "reduction dim with the 'dim' argument.")
    for d, s in enumerate(shape):
        if mask >> d & 1 and s == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


_NAMES = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
          "float16": "Half", "bfloat16": "BFloat16", "float32": "Float",
          "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble", "uint16": "UInt16",
          "uint32": "UInt32", "uint64": "UInt64"}


def scalar_type(t):
    """The dtype's name in error messages: Float, Long ..."""
    d = t.dtype if hasattr(t, "_dtype_code") else t
    return _NAMES.get(d._name, d._name)


def no_complex(kernel, input):
    """NotImplementedError for complex input."""
    if is_complex(input._dtype_code):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type(input)}'")


def _form(name):
    """The node's name: one for all dimensions, one for some."""
    return lambda dim: f"{name}Backward{int(dim is not None)}"


# ---- sums ----
kernel_rows(sum="aclnnReduceSum T1 M0 k y0 T0", mean="aclnnMean T1 M0 k y0 T0", amax="aclnnAmax T1 M0 k T0",
            amin="aclnnAmin T1 M0 k T0", all="aclnnAll T1 M0 k T0",
            any="aclnnAny T1 M0 k T0", norm="aclnnLinalgVectorNorm T1 s1 M0 k y0 T0",
            logsumexp="aclnnLogSumExp T1 M0 k T0", nansum="aclnnReduceNansum T1 M0 k y0 T0",
            var_mean="aclnnVarMean T1 M0 i1 k T0 T2", std_mean="aclnnStdMeanCorrection T1 M0 i1 k T0 T2")


@op(out="dtype", node=_form("Sum"), grad={"input": lambda g, kept, shape: spread(g, kept, shape)})
def sum(input, dim=None, keepdim=False, *, dtype=None):
    """Sum over dim (all when None); int64 for integers unless dtype is given."""
    mask, shape, kept = geometry(input, dim, keepdim, "sum")
    code = dtypes.code_of(dtype) if dtype is not None else INT64 if is_integer(input._dtype_code) else input._dtype_code
    return With(reduce("sum", input, shape, mask, code), kept=kept, shape=input.shape)


@op(out="dtype", node=_form("Mean"), grad={"input": lambda g, kept, shape, count: spread(g / count, kept, shape)})
def mean(input, dim=None, keepdim=False, *, dtype=None):
    """Mean over dim (all when None); RuntimeError for integers unless dtype is floating."""
    mask, shape, kept = geometry(input, dim, keepdim, "mean")
    code = input._dtype_code if dtype is None else dtypes.code_of(dtype)
    if is_integer(code):
        raise RuntimeError(
            f"mean(): could not infer output dtype. {'Input' if dtype is None else 'Optional'} dtype must be either a "
            "floating point or complex dtype. "
            f"Got: {scalar_type(dtype or input)}"
        )
    count = _count(input.shape, kept)
    return With(reduce("mean", input, shape, mask, code, count), kept=kept, shape=input.shape, count=count)


@op(out="dtype", example="nansum(tensor([[1.0, 2.0], [nan, 4.0]]), 0) -> [1.0, 6.0]",
    grad={"input": lambda g, input, kept, shape: spread(g, kept, shape) * ~input.isnan()})
def nansum(input, dim=None, keepdim=False, *, dtype=None):
    """Sum that takes NaN as 0; not for complex numbers."""
    if is_complex(input._dtype_code):
        raise RuntimeError("nansum on CPU does not support complex inputs")
    mask, shape, kept = geometry(input, dim, keepdim, "nansum")
    whole = is_integer(input._dtype_code)
    code = dtypes.code_of(dtype) if dtype is not None else INT64 if whole else input._dtype_code
    return With(reduce("sum" if whole or is_integer(code) else "nansum", input, shape, mask, code), kept=kept,
                shape=input.shape)


@op()
def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    """Mean of what is not NaN; floating or complex input."""
    if is_integer(input._dtype_code):
        raise RuntimeError("nanmean(): expected input to have floating point or complex dtype but got "
                           f"{scalar_type(input)}")
    return nansum(input, dim, keepdim, dtype=dtype) / input.isnan().logical_not_().sum(dim, keepdim)


def _product_gradient(g, input, result, dim):
    """Gradient of a product over one dimension, or over all when dim is None."""
    if dim is None:
        return _product_gradient(g.reshape(1), input.reshape(-1), result.reshape(1), 0).reshape(input.shape)
    if input._numel == 0:
        return F["zeros"](input.shape, dtype=input.dtype, device=input.device)
    if not _C.is_grad_enabled() and input._device_code >= 0 and not (input == 0).any().item():
        return g * (result / input).conj()
    # products of what stands before and after each element: no division, so zeros and second derivatives are right
    n = input.shape[dim]
    if n == 1:
        return g.expand(input.shape)
    ones = F["ones"]([1 if d == dim else s for d, s in enumerate(input.shape)], dtype=input.dtype, device=input.device)
    before = F["cat"]((ones, input.narrow(dim, 0, n - 1).cumprod(dim)), dim)
    after = F["cat"]((ones, input.narrow(dim, 1, n - 1).flip(dim).cumprod(dim)), dim).flip(dim)
    return g * (before * after).conj()


def _prod_backward(g, input, result, dim, kept):
    if dim is not None:
        g, result = g.reshape(kept), result.reshape(kept)
    return _product_gradient(g, input, result, dim)


@op("_prod", function=False, method=False, out=False, node="ProdBackward0", grad={"input": _prod_backward})
def _prod(input, dim, keepdim, code):
    mask, shape, kept = geometry(input, dim, keepdim, "prod")
    return With(reduce("prod", input, shape, mask, code), kept=kept, dim=None if dim is None or not input.ndim
                else wrap_dim(dim, input.ndim))


@op(out="dtype")
def prod(input, dim=None, keepdim=False, *, dtype=None):
    """Product over one dimension or all; int64 for integers unless dtype is given."""
    _check_tensor("prod", input)
    if dim is not None and not hasattr(dim, "__index__"):
        raise TypeError(f"prod() received an invalid combination of arguments - got (Tensor, {type(dim).__name__})")
    if dtype is not None:
        input = input.to(dtype)
    return _prod(input, dim, keepdim, INT64 if dtype is None and is_integer(input._dtype_code) else input._dtype_code)


# ---- logic ----
def _logical(kernel):
    def forward(input, dim=None, keepdim=False):
        mask, shape, _ = geometry(input, dim, keepdim, kernel, none_is_all=False)
        if not mask and input.ndim and dim is not None:
            return _as_logical(input)
        return reduce(kernel, input, shape, mask, UINT8 if input._dtype_code == UINT8 else BOOL)

    forward.__name__ = kernel
    forward.__doc__ = f"Whether {kernel} element over dim (all when None) is not 0; bool, but uint8 for uint8."
    return op()(forward)


def _as_logical(input):
    made = _C.empty(input.shape, BOOL, input._device_code)
    run("copy", (made, input))
    if input._dtype_code != UINT8:
        return made
    wide = _C.empty(input.shape, UINT8, input._device_code)
    run("copy", (wide, made))
    return wide


any, all = _logical("any"), _logical("all")


@op(out=False, example="count_nonzero(tensor([[1.0, 0.0], [-2.0, 4.0]]), 1) -> [1, 2]")
def count_nonzero(input, dim=None):
    """How many elements over dim (all when None) are not 0; int64."""
    mask, shape, _ = geometry(input, dim, False, "count_nonzero")
    return reduce("count_nonzero", input, shape, mask, INT64)


# ---- extremes ----
def _shared(g, input, result, kept, shape):
    """Gradient of an extreme over several dimensions: equal parts to all that attain it."""
    result = result.reshape(kept)
    mask = input == result
    if input.dtype.is_floating_point:
        mask = mask | (input.isnan() & result.isnan())
    dims = [d for d, k in enumerate(kept) if k == 1]
    count = mask.sum(dims, keepdim=True) if dims else mask
    return g.reshape(kept) / count * mask


def _extreme(name):
    def forward(input, dim=(), keepdim=False):
        mask, shape, kept = geometry(input, dim, keepdim, name)
        no_complex("max_values_cpu" if name == "amax" else "min_values_cpu", input)
        _not_empty(name, input.shape, mask, dim)
        return With(reduce(name, input, shape, mask, input._dtype_code), kept=kept, shape=input.shape)

    forward.__name__ = name
    forward.__doc__ = (f"{'Largest' if name == 'amax' else 'Smallest'} element over dim; gradients go in equal parts "
                       "to all that attain it.")
    return op(grad={"input": _shared}, tensors=["input"], out="exact")(forward)


amax, amin = _extreme("amax"), _extreme("amin")


def select_gradient(g, shape, dim, index, keepdim):
    """Gradient of values picked along dim at index."""
    if not shape:
        return g.reshape(())
    if not keepdim:
        g, index = g.unsqueeze(dim), index.unsqueeze(dim)
    return F["zeros"](shape, dtype=g.dtype, device=g.device).scatter(dim, index, g)


def picked(name, fill):
    """An op (values, indices) along one dimension: `fill(values, indices, input, mask, dim, *rest)` runs its kernel."""
    def forward(input, dim, keepdim, rest=()):
        d = wrap_dim(dim, input.ndim)
        mask, shape, _ = geometry(input, d, keepdim, name)
        _not_empty(name, input.shape, mask, d)
        values, indices = _C.empty(shape, input._dtype_code,
                                   input._device_code), _C.empty(shape, INT64, input._device_code)
        fill(values, indices, input, mask, d, *rest)
        return With(getattr(return_types, name)(values, indices), shape=input.shape, d=d, index=indices)

    forward.__name__ = f"_{name}_dim"
    return op(grad={"input": lambda gs, shape, d, index, keepdim: select_gradient(gs[0], shape, d, index, keepdim)},
              function=False, method=False, out=False,
              node=name.title() + "Backward0", tensors=["input"])(forward)


def _full_extreme(name, kernel):
    def forward(input):
        no_complex(f"{name}_all", input)
        mask, shape, kept = geometry(input, None, False, name)
        _not_empty(name, input.shape, mask, None)
        return With(reduce(kernel, input, (), mask, input._dtype_code), kept=kept, shape=input.shape)

    forward.__name__ = f"_{name}_all"
    return op(grad={"input": _shared}, function=False, method=False, out=False,
              node=name.title() + "Backward1")(forward)


kernel_rows(
    argmax="aclnnArgMax T1 j0 k T0",
    argmin="aclnnArgMin T1 j0 k T0",
    max_along="aclnnMaxDim T2 i0 i1 T0 T1",
    min_along="aclnnMinDim T2 i0 i1 T0 T1",
    prod_along="aclnnProdDim T1 i0 i1 y0 T0",
)


def _along_one(kernel, name, narrow=False):
    """Ascend's operator takes a dimension, where the kernel has a mask of them; a `narrow` one gives indices of
    int32."""
    @composition(kernel)
    def forward(tensors, scalars):
        mask, input = scalars[0], tensors[-1]
        if not input.ndim:  # its only element
            run("copy", (tensors[0], input))
            return run("fill", (tensors[-2],), (0,)) if kernel != "prod" else None
        if mask != 1 << (mask.bit_length() - 1):  # several dimensions: one
            if mask + 1 != 1 << input.ndim:
                return NotImplemented
            tensors, mask = (*(t.detach().reshape(()) for t in tensors[:-1]), input.detach().reshape(-1)), 1
            input = tensors[-1]
        if (
            kernel in ("max_dim", "min_dim") and 0 < input._dtype_code < INT64
        ):  # of the integers its operators take the largest alone
            values = _C.empty(tensors[0].shape, INT64, input._device_code)
            forward((values, tensors[1], input.detach().long()), (mask,))
            return run("copy", (tensors[0], values))
        found = _C.empty(tensors[1].shape, 4, input._device_code) if narrow else tensors[-2]
        run(name, (*tensors[:-2], found, input), (mask.bit_length() - 1, found.ndim == input.ndim))
        if narrow:
            run("copy", (tensors[1], found))


def _place_of_one(tensors, scalars):
    """The only element is the first extreme."""
    if tensors[-1].ndim:
        return NotImplemented
    return run("fill", (tensors[0],), (0,))


for _name in ("argmax", "argmin"):
    instead(_name)(_place_of_one)
_along_one("prod", "prod_along")
for _name in ("max", "min"):
    _along_one(f"{_name}_dim", f"{_name}_along", narrow=_name == "min")


def _max_or_min(name, kernel, pairwise):
    full = _full_extreme(name, kernel)
    along = picked(name, lambda values, indices, input, mask, d: run(f"{name}_dim", (values, indices, input), (mask,)))

    def forward(input, dim: object = None, keepdim=False, *, other=None, out=None):
        _check_tensor(name, input)
        if other is not None or hasattr(dim, "_dtype_code"):
            return F[pairwise](input, dim if other is None else other, out=out)
        if dim is None:
            result = full(input)
            return result if out is None else fill_out(out, result)
        if not hasattr(dim, "__index__") or isinstance(dim, bool):
            raise TypeError(f"{name}() received an invalid combination of arguments - got (Tensor, "
                            f"{type(dim).__name__})")
        no_complex(name, input)
        return deliver(along(input, dim, keepdim), out, input)

    forward.__name__ = name
    forward.__doc__ = f"The {name} of all elements; (values, indices) along dim; or element-wise of two tensors."
    return op()(forward)


def deliver(results, out, *operands):
    """Several results, or copies of them in the tensors of out=, which must have their dtypes and lie apart from the
    operands."""
    if out is None:
        return results
    for o, r in zip(out, results):
        check_overlap(o, operands)
        check_same_dtype(o, r)
    return type(results)(*[fill_out(o, r) for o, r in zip(out, results)])


max, min = _max_or_min("max", "amax", "maximum"), _max_or_min("min", "amin", "minimum")


def _arg(name):
    def forward(input, dim=None, keepdim=False):
        _check_tensor(name, input)
        if isinstance(dim, (tuple, list)):
            raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}")
        if input._dtype_code in (BOOL, CFLOAT, CDOUBLE):
            raise RuntimeError(f"{name}(): does not support {'bool' if input._dtype_code == BOOL else 'complex'} input")
        mask, shape, _ = geometry(input, dim, keepdim, name)
        if dim is None:
            if not input._numel:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            return reduce(name, input.reshape(-1), (), 1, INT64).reshape(shape)
        _not_empty(name, input.shape, mask, dim)
        return reduce(name, input, shape, mask, INT64)

    forward.__name__ = name
    forward.__doc__ = f"Where the first {name[3:]} is: along dim, or in the flattened tensor; int64."
    return op(out="exact")(forward)


argmax, argmin = _arg("argmax"), _arg("argmin")


@op("_aminmax", function=False, method=False, out=False, node="AminmaxBackward0",
    grad={"input": lambda gs, input, results, kept,
          shape: functools.reduce(lambda a, b: a + b,
                                  [_shared(g, input, r, kept, shape) for g, r in zip(gs, results) if g is not None])})
def _aminmax(input, dim, keepdim):
    mask, shape, kept = geometry(input, dim, keepdim, "aminmax")
    no_complex("aminmax", input)
    if dim is None and not input._numel:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    if dim is not None and input.ndim and input.shape[wrap_dim(dim, input.ndim)] == 0:
        raise IndexError(f"aminmax: Expected reduction dim {wrap_dim(dim, input.ndim)} to have non-zero size.")
    low, high = (_C.empty(shape, input._dtype_code, input._device_code) for _ in range(2))
    run("aminmax", (low, high, input), (mask,))
    return With(return_types.aminmax(low, high), kept=kept, shape=input.shape)


@op()
def aminmax(input, *, dim=None, keepdim=False, out=None):
    """(min, max) of all elements or along dim, in one pass."""
    return deliver(_aminmax(input, dim, keepdim), out, input)


# ---- moments ----
def _var_gradient(g, input, kept, count, correction):
    dims = [d for d, k in enumerate(kept) if k == 1]
    mean_ = input.mean(dims, keepdim=True) if input.ndim else input
    free = count - correction
    if free <= 0 and len(dims) == input.ndim:  # the limit of 2 / free: infinite, but undefined at the mean
        return spread(g, kept, input.shape) * F["where"](input == mean_, math.nan, math.inf)
    return spread(g, kept, input.shape) * (2.0 / free if free else math.inf) * (input - mean_)


def _std_gradient(g, input, result, kept, count, correction):
    return _var_gradient((g / (result * 2)).masked_fill(result == 0, 0), input, kept, count, correction)


def _moments(name):
    root, with_mean = name.startswith("std"), name.endswith("_mean")

    def forward(input, dim, correction, keepdim):
        if is_integer(input._dtype_code):
            raise RuntimeError(f"{name if with_mean else 'std and var'} only support floating point and complex dtypes")
        mask, shape, kept = geometry(input, dim, keepdim, name)
        count = _count(input.shape, kept)
        if count <= correction and input._device_code >= 0:
            warn_once(name, f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the "
                      "reduction factor (input numel divided by output numel).", 5)
        result = _C.empty(shape, input._dtype_code, input._device_code)
        average = _C.empty(shape, input._dtype_code, input._device_code) if with_mean else None
        run("moments", (result, average, input), (mask, correction, root))
        return With((result, average) if with_mean else result, kept=kept, count=count)

    forward.__name__ = f"_{name}"
    if with_mean:
        def gradient(gs, input, results, kept, count, correction):
            total = None
            if gs[0] is not None:
                total = (_std_gradient(gs[0], input, results[0], kept, count, correction) if root
                         else _var_gradient(gs[0], input, kept, count, correction))
            if gs[1] is not None:
                part = spread(gs[1] / count, kept, input.shape)
                total = part if total is None else total + part
            return total
    else:
        gradient = _std_gradient if root else _var_gradient
    inner = op(grad={"input": gradient}, function=False, method=False, out=False,
               node=("Std" if root else "Var") + ("MeanBackward0" if with_mean else "Backward0"),
               tensors=["input"])(forward)

    def public(input, dim: object = None, unbiased=None, keepdim=False, *, correction=None):
        _check_tensor(name, input)
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            if correction is not None:
                raise TypeError(f"{name}() received an invalid combination of arguments: unbiased and correction")
            correction = 1 if unbiased else 0
        elif correction is None:
            correction = 1
        if not is_complex(input._dtype_code):
            return inner(input, dim, correction, keepdim)
        # complex numbers vary by their parts
        parts = [F["var"](part, dim, correction=correction, keepdim=keepdim)
                 for part in (F["real"](input), F["imag"](input))]
        result = parts[0] + parts[1]
        result = result.sqrt() if root else result
        return (result, input.mean(dim, keepdim)) if with_mean else result

    public.__name__ = name
    public.__doc__ = (f"{'Standard deviation' if root else 'Variance'}{' and mean' if with_mean else ''} over dim (all "
                      "when None); divides by the count minus correction (default 1).")
    return op(method=not with_mean)(public)


var, std, var_mean, std_mean = (_moments(n) for n in ("var", "std", "var_mean", "std_mean"))


# ---- norms ----
def norm_gradient(g, input, result, kept, p):
    """Gradient of a vector norm; 0 where the norm is not differentiable."""
    g, result = g.reshape(kept), result.reshape(kept)
    if p == 0:
        return None
    if p == 1:
        return input.sgn() * g
    if p == 2:
        return g * (input / result).masked_fill(result == 0, 0)
    if math.isinf(p):
        size = input.abs()
        mask = (size == result) | (size.isnan() & result.isnan())
        dims = [d for d, k in enumerate(kept) if k == 1]
        return input.sgn() * (g / (mask.sum(dims, keepdim=True) if dims else mask) * mask)
    if p < 1:
        size = input.abs()
        own = (input.sgn() * size.pow(p - 1)).masked_fill(input == 0, 0)
        return own * (g * result.pow(1 - p))
    if p < 2:
        return (input.sgn() * input.abs().pow(p - 1)) * (g / result.pow(p - 1)).masked_fill(result == 0, 0)
    return input * input.abs().pow(p - 2) * (g / result.pow(p - 1)).masked_fill(result == 0, 0)


@op("_vector_norm", function=False, method=False, out=False, node="LinalgVectorNormBackward0",
    grad={"input": lambda g, input, result, kept, p: norm_gradient(g, input, result, kept, p)})
def _vector_norm(input, p, mask, shape, kept):
    code = input._dtype_code
    if p and input._numel == math.prod(kept):  # of one value each: rounding a power and its root would only lose digits
        out = _C.empty(shape, code - 2 if is_complex(code) else code, input._device_code)
        run("copy", (out, F["abs"](input).reshape(shape)))
        return With(out, kept=kept, p=p)
    if is_complex(code):
        return With(reduce("norm", F["abs"](input), shape, mask, code - 2, p), kept=kept, p=p)
    return With(reduce("norm", input, shape, mask, code, p), kept=kept, p=p)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """(sum of |x|^ord)^(1/ord) over dim (all when None); ord may be 0, inf, -inf. Floating or complex x."""
    _check_tensor("linalg.vector_norm", x)
    if isinstance(ord, str):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    p = float(ord)
    if is_integer(x._dtype_code):
        raise RuntimeError("linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
                           f"{scalar_type(x)}")
    mask, shape, kept = geometry(x, dim, keepdim, "linalg.vector_norm")
    if dtype is not None:
        if dtype.is_complex != x.dtype.is_complex:
            raise RuntimeError(
                f"linalg.vector_norm: dtype should be {'complex' if x.dtype.is_complex else 'floating point'} for "
                f"{'complex' if x.dtype.is_complex else 'real'} inputs, "
                f"but got {scalar_type(dtype)}"
            )
        if _C.promote_types(x._dtype_code, dtypes.code_of(dtype)) != dtypes.code_of(dtype):
            raise RuntimeError(f"linalg.vector_norm: the dtype of the input ({scalar_type(x)}) should be convertible "
                               f"without narrowing to the specified dtype ({scalar_type(dtype)})")
        x = x.to(dtype)
    if (p < 0 or p == math.inf) and not x._numel:
        label = "inf" if p == math.inf else f"{ord}"
        if dim is None or dim == () or dim == []:
            raise RuntimeError(f"linalg.vector_norm cannot compute the {label} norm on an empty tensor because the "
                               "operation does not have an identity")
        for d, s in enumerate(x.shape):
            if mask >> d & 1 and s == 0:
                raise RuntimeError(f"linalg.vector_norm cannot compute the {label} norm on the dimension {d}because "
                                   "this dimension is empty and the operation does not have an identity")
    return _vector_norm(x, p, mask, shape, kept)


vector_norm = op(namespace="linalg", out="exact")(vector_norm)


@op()
def norm(input, p="fro", dim=None, keepdim=False, *, dtype=None):
    """Vector norm of order p over dim (all when None); 'fro' is order 2, 'nuc' the nuclear norm of a matrix."""
    if p == "nuc":
        return _nuclear(input, dim, keepdim, dtype)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError("only valid string values are 'fro' and 'nuc', found " + p)
    return vector_norm(input, 2.0 if p is None or p == "fro" else p, dim, keepdim, dtype=dtype)


def _nuclear(input, dim, keepdim, dtype):
    dims = tuple(range(input.ndim)) if dim is None else dim
    if len(dims) != 2:
        raise RuntimeError("nuclear norm: the input must have 2 dimensions, or dim must name two")
    return NAMESPACES["linalg"]["matrix_norm"](input, "nuc", dim=dims, keepdim=keepdim, dtype=dtype)


@op()
def dist(input, other, p=2):
    """The p-norm of input - other."""
    difference = input - other
    if is_integer(difference._dtype_code):
        raise RuntimeError("norm(): input dtype should be either floating point or complex. Got "
                           f"{scalar_type(difference)} instead.")
    return vector_norm(difference, p)


@op("_logsumexp", function=False, method=False, out=False, node="LogsumexpBackward0",
    grad={"input": lambda g, input, result, kept: g.reshape(kept)
          * (input - result.reshape(kept).masked_fill(result.reshape(kept).abs() == math.inf, 0)).exp()})
def _logsumexp(input, dim, keepdim):
    mask, shape, kept = geometry(input, dim, keepdim, "logsumexp")
    if input.dtype.itemsize == 2 and input._numel:  # every step is a half
        high = input.amax(dim, keepdim=True)
        high = high.masked_fill(high.abs() == math.inf, 0)
        total = (input - high).exp().sum(dim, keepdim).log()
        return With(total + high.reshape(total.shape), kept=kept)
    return With(reduce("logsumexp", input, shape, mask, input._dtype_code), kept=kept)


@op()
def logsumexp(input, dim, keepdim=False):
    """log(sum(exp(input))) over dim without overflow; integers give the default float dtype."""
    if is_integer(input._dtype_code):
        input = input.to(dtypes.get_default_dtype())
    if is_complex(input._dtype_code):
        high = F["real"](input).amax(dim, keepdim=True)
        high = high.masked_fill(high.abs() == math.inf, 0)
        total = (input - high).exp().sum(dim, keepdim).log()
        return total + (high if keepdim else high.reshape(total.shape))
    return _logsumexp(input, dim, keepdim)


def sum_to_size(self, *size):
    """Sum over dimensions until the shape is `size`; RuntimeError when that does not broadcast back."""
    size = tuple(size[0]) if len(size) == 1 and not hasattr(size[0], "__index__") else tuple(size)
    lead = self.ndim - len(size)
    if lead < 0 or builtins.any(w not in (1, h) for w, h in zip(size, self.shape[lead:])):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(self.shape)}}}.")
    if not size:
        return self.sum()
    dims = [d for d in range(self.ndim) if d < lead or (size[d - lead] == 1 and self.shape[d] != 1)]
    result = self.sum(dims, keepdim=True) if dims else self
    return result.reshape(size) if lead else result


register("sum_to_size", sum_to_size, function_name=False, family="reduction")
