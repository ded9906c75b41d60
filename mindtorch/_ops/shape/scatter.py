"""Elements chosen one by one along a dimension: gather, scatter and their reductions."""
import math

from mindtorch._core import dtypes
from mindtorch._core.warning import warn_once
from mindtorch._core.codes import BOOL, INDICES, INT64

from ..creation.factories import like
from .indexing import (ADD, MULTIPLY, SET, _REDUCE_MODES, broadcast, copied_as, identity_of, one_dim, over_counts,
                       raw_expand, reduction_gradients,
                       scalar, type_name)
from .mutation import mutation
from ..table.registry import With, kernel_rows, op, public, run
from .views import wrap_dim


kernel_rows(
    gather="aclnnGather T1 i0 T2 T0",
    scatter="aclnnInplaceScatter T0 i0 T2 T1 =0 ?1=0 | aclnnInplaceScatter T0 i0 T2 T1 =1 ?1=1 | aclnnInplaceScatter "
            "T0 i0 T2 T1 =2 ?1=2",
)


def _long(index):
    if index._dtype_code == INT64:
        return index
    made = like(index, None, 5)
    run("copy", (made, index))
    return made


def _check_index(name, input, index):
    if index._numel == 0:
        return
    if index._dtype_code not in INDICES:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")


def _dims(t):
    return max(t.ndim, 1)


@op(apart=("input", "index"),
    grad={"input": lambda g, template, dim, index: public.scatter_add(g.new_zeros(template), dim, index, g)})
def gather(input, dim, index, *, sparse_grad=False):
    """out[i, j] = input[index[i, j], j] for dim 0, in the shape of index. RuntimeError for an index out of range."""
    if sparse_grad:
        raise NotImplementedError("gather(): sparse_grad=True is not supported: gradients are dense")
    d = wrap_dim(dim, input.ndim)
    out = like(input, index.shape)
    _check_index("gather", input, index)
    if index._numel:
        if _dims(index) != _dims(input):
            raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
        for k, (a, b) in enumerate(zip(one_dim(index).shape, one_dim(input).shape)):
            if k != d and a > b:
                raise RuntimeError(f"Size does not match at dimension {k} expected index {list(index.shape)} to be no "
                                   f"larger than self {list(input.shape)} apart from dimension {d}")
        run("gather", (one_dim(out), one_dim(input), one_dim(_long(index))), (d,))
    return With(out, template=tuple(input.shape))


def _checked(name, input, dim, index, src):
    d = wrap_dim(dim, input.ndim)
    _check_index("scatter", input, index)
    if src is not None and src._dtype_code != input._dtype_code:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    if not index._numel:
        return d
    if _dims(index) != _dims(input):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and _dims(src) != _dims(index):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    mine, shape = one_dim(input).shape, one_dim(index).shape
    small = any(k != d and n > mine[k] for k, n in enumerate(shape))
    if src is not None and (small or any(n > m for n, m in zip(shape, one_dim(src).shape))):
        raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart "
                           f"from dimension {d} and to be no larger size than src {list(src.shape)}")
    if small:
        raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart "
                           f"from dimension {d}")
    return d


def _apply(input, d, index, source, mode):
    if index._numel:
        run("scatter", (one_dim(input), source, one_dim(_long(index))), (d, mode))


def _number(input, index, value):
    """A number or 0-dim tensor, spread over index."""
    made = copied_as(value, input) if hasattr(value, "_dtype_code") else scalar(input, value)
    return raw_expand(made, one_dim(index).shape)


def _scatter_input(g, dim, index, reduce):
    if reduce is not None:
        raise NotImplementedError("the derivative for 'scatter' with reduce is not implemented; use scatter_reduce")
    return scatter(g, dim, index, 0)


def _scatter_src(g, dim, index, src, reduce):
    if reduce is not None:
        raise NotImplementedError("the derivative for 'scatter' with reduce is not implemented; use scatter_reduce")
    picked = gather(g, dim, index)
    return picked if src.ndim or not index.ndim else picked.sum()


@mutation(operands=("index", "src", "value"), grad={"input": _scatter_input, "src": _scatter_src})
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """input with input[index[i, j], j] = src[i, j] for dim 0; src may be a number (or `value`), reduce "add" or
    "multiply"."""
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    given = src if value is None else value
    if given is None:
        raise TypeError("scatter() missing 1 required argument: 'src' or 'value'")
    mode = SET if reduce is None else ADD if reduce == "add" else MULTIPLY
    if value is None and hasattr(src, "_dtype_code"):
        if reduce is not None:
            warn_once("scatter", "The reduce argument of torch.scatter with Tensor src is deprecated and will be "
                      "removed in a future PyTorch release. Use torch.scatter_reduce instead for more reduction "
                      "options.")
        d = _checked("scatter", input, dim, index, src)
        _apply(input, d, index, one_dim(src), mode)
    else:
        d = _checked("scatter", input, dim, index, None)
        _apply(input, d, index, _number(input, index, given), mode)


@mutation(operands=("index", "src"), grad={"input": lambda g: g, "src": lambda g, dim, index: gather(g, dim, index)})
def scatter_add(input, dim, index, src):
    """input with src[i, j] added at input[index[i, j], j] for dim 0."""
    d = _checked("scatter", input, dim, index, src)
    _apply(input, d, index, one_dim(src), ADD)


def _scatter_reduce_gradients(g, input, dim, index, src, reduce, include_self, result):
    return reduction_gradients(g, input, src, reduce, include_self, result, lambda t: gather(t, dim, index),
                               lambda t, values: scatter_add(t, dim, index, values),
                               lambda t: scatter(t, dim, index, 0),
                               lambda x, s: scatter_reduce(x, dim, index, s, reduce, include_self=include_self))


@mutation(operands=("index", "src"), grad={("input", "src"): _scatter_reduce_gradients})
def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """input combined with src at input[index[i, j], j] (dim 0) by sum, prod, mean, amax or amin."""
    if reduce not in _REDUCE_MODES:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    d = _checked("scatter", input, dim, index, src)
    mode = _REDUCE_MODES[reduce]
    if not include_self:
        _apply(input, d, index, _number(input, index, identity_of(mode, input)), SET)
    _apply(input, d, index, one_dim(src), mode)
    if reduce == "mean":
        count = like(input)
        run("fill", (count,), (1 if include_self else 0,))
        _apply(count, d, index, _number(input, index, 1), ADD)
        over_counts(input, count)


@op()
def take_along_dim(input, indices, dim=None):
    """Elements at indices along dim (broadcast against each other), or at flat positions when dim is None."""
    if indices._dtype_code != INT64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {type_name(indices)}")
    if dim is None:
        return gather(input.reshape(-1), 0, public.where(indices < 0, indices + input._numel, indices).reshape(-1))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions "
            "for indices"
        )
    d = wrap_dim(dim, input.ndim)
    one = lambda t: [1 if k == d else n for k, n in enumerate(t.shape)]
    common = broadcast([one(input), one(indices)])
    if common is None:
        raise RuntimeError(f"The size of input {list(input.shape)} and indices {list(indices.shape)} do not broadcast "
                           f"apart from dimension {d}")
    full = lambda t: t.expand([t.shape[k] if k == d else n for k, n in enumerate(common)])
    return gather(full(input), d, full(public.where(indices < 0, indices + input.shape[d], indices)))


@op(method=False, out=False)
def unravel_index(indices, shape):
    """Coordinates of flat positions in a tensor of a shape: one tensor a dimension. TypeError for indices that are not
    integers."""
    if indices.dtype.is_floating_point or indices.dtype.is_complex or indices._dtype_code == BOOL:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(not hasattr(n, "__index__") for n in sizes):
        raise TypeError("expected 'shape' to be int or sequence of ints")
    if any(n < 0 for n in sizes):
        raise ValueError("'shape' cannot have negative values")
    steps = [math.prod(sizes[d + 1 :]) for d in range(len(sizes))]
    steps, span = (public.tensor(v, dtype=dtypes.int64, device=indices.device) for v in (steps, sizes))
    return public.unbind(public.remainder(public.div(indices.long().unsqueeze(-1), steps, rounding_mode="floor"), span),
                         -1)
