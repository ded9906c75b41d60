"""Operations on sparse tensors, and which functions and methods of dense ones reach them. What is not written here
raises."""
import math

import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.tensor import Tensor
from mindtorch.utils.hooks import RemovableHandle

from mindtorch._core.size import listed, whole, wholes
from mindtorch._core.codes import INDICES, INT64

from ..table.registry import METHODS, op, public, register
from ..shape.split import _check_number
from .tensor import check_indices, dim_of
from .tensor import (_COMPRESSED, HANDLERS, SparseTensor, rebuilt, _coo, _linear, coalesce, to_coo, to_csc, to_csr,
                     to_dense, to_sparse, transpose, sparse_compressed_tensor,
                     sparse_coo_tensor, full_leaf, recorded, require_grad)


def mm(a, b):
    """Product of matrices, at least one sparse; sparse by sparse is sparse."""
    for t in (a, b):
        if isinstance(t, SparseTensor) and t._layout is layouts.sparse_coo and t._i.shape[0] != t.ndim:
            raise RuntimeError(f"addmm: matrices expected, got a tensor with {t._i.shape[0]} sparse and "
                               f"{t.ndim - t._i.shape[0]} dense dimensions")
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[1] != b.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, a.shape))} and "
                           f"{'x'.join(map(str, b.shape))})")
    if not isinstance(a, SparseTensor):
        return mm(transpose(b, 0, 1), a.t()).t()
    if isinstance(b, SparseTensor):
        pattern = _pattern(a) @ _pattern(b)
        at = public.nonzero(pattern).t().contiguous()
        return _coo(at, mm(a, to_dense(b))[tuple(at)], (a.shape[0], b.shape[1]), True)
    s = to_coo(a)
    terms = _terms(s, b)
    return terms.new_zeros((a.shape[0], *b.shape[1:])).index_add(0, s._i[0], terms)


def _pattern(s):
    """Dense, and not 0 where s has an element."""
    indices = to_coo(s)._i
    return to_dense(_coo(indices, public.ones(indices.shape[1], device=indices.device), s.shape))


def _terms(s, b):
    return b[s._i[1]] * (s._v.unsqueeze(-1) if b.ndim == 2 else s._v)


def _mm_dense(a, b):
    """mm as torch.mm and @ have it: the gradient of a leaf is dense."""
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor) and recorded(a):
        return public.matmul(full_leaf(a), b)
    return mm(a, b)


_REDUCTIONS = ("sum", "mean", "amax", "amin")


def mm_reduce(mat1, mat2, reduce=None):
    """Product of two matrices, at least one sparse. `reduce` (mat1 by rows, mat2 dense): what becomes of the products
    of a row, 0 where it has none."""
    if reduce is None:
        return mm(mat1, mat2)
    reduce = {"max": "amax", "min": "amin"}.get(reduce, reduce)
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, mean, amax or amin, got {reduce}")
    if not isinstance(mat1, SparseTensor) or mat1._layout is not layouts.sparse_csr or isinstance(mat2, SparseTensor):
        raise RuntimeError("sparse.mm with reduce: expected a matrix of layout torch.sparse_csr and a dense one")
    if reduce == "sum":
        return mm(mat1, mat2)
    s = to_coo(mat1)
    rows, terms = s._i[0], _terms(s, mat2)
    shape = (mat1.shape[0], mat2.shape[1])
    if reduce == "mean":
        count = public.bincount(rows, minlength=shape[0]).clamp(min=1).to(terms.dtype)
        return terms.new_zeros(shape).index_add(0, rows, terms) / count.unsqueeze(-1)
    # of each result the first product that is it, so that the gradient has one place to go
    plain = terms.detach()
    best = plain.new_zeros(shape).index_reduce(0, rows, plain, reduce, include_self=False)
    number = public.arange(rows.shape[0], device=rows.device).unsqueeze(-1).where(plain == best[rows], rows.shape[0])
    first = number.new_full(shape, rows.shape[0]).index_reduce(0, rows, number, "amin")
    return public.cat([terms, terms.new_zeros((1, shape[1]))]).gather(0, first)


def sampled_addmm(input, mat1, mat2, *, beta=1.0, alpha=1.0, out=None):
    """beta * input + alpha * (mat1 @ mat2) at the elements that input (by rows) has."""
    if out is not None:
        raise NotImplementedError("sampled_addmm: out")
    if not isinstance(input, SparseTensor) or input._layout is not layouts.sparse_csr:
        raise RuntimeError("sampled_addmm: Expected self to be a sparse tensor in CSR format, but got layout "
                           f"{input.layout}")
    if mat1.ndim != 2 or mat2.ndim != 2 or mat1.shape[1] != mat2.shape[0] or (mat1.shape[0],
                                                                              mat2.shape[1]) != tuple(input.shape):
        raise RuntimeError(f"sampled_addmm: shapes {list(input.shape)}, {list(mat1.shape)} and {list(mat2.shape)} do "
                           "not go together")
    rows, cols = to_coo(input)._i
    return rebuilt(input, input._v * beta + (mat1[rows] * mat2.t()[cols]).sum(-1) * alpha)


def spdiags(diagonals, offsets, shape, layout=None):
    """A matrix whose diagonals (numbers of `offsets`) are the rows of `diagonals`; element j of a row stands in column
    j."""
    diagonals = diagonals.unsqueeze(0) if diagonals.ndim == 1 else diagonals
    offsets = offsets.unsqueeze(0) if offsets.ndim == 0 else offsets
    shape = wholes(shape, "spdiags", "shape")
    if offsets._dtype_code != INT64:
        raise RuntimeError(f"Offset Tensor must have dtype Long but got {offsets.dtype}")
    if min(shape, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    if layout not in (None, layouts.sparse_coo, layouts.sparse_csr, layouts.sparse_csc):
        raise RuntimeError(f"Only output layouts (Sparse, SparseCsc, SparseCsr) are supported, got {layout}")
    if diagonals.ndim != 2 or len(shape) != 2:
        raise RuntimeError("Diagonals must be vector or matrix" if len(shape) == 2 else "Output shape must be 2d")
    if offsets.ndim != 1 or offsets.shape[0] != diagonals.shape[0]:
        raise RuntimeError(f"Number of diagonals ({diagonals.shape[0]}) does not match the number of offsets "
                           f"({offsets.numel()})")
    if offsets.unique().shape[0] != offsets.shape[0]:
        raise RuntimeError("Offset tensor contains duplicate values")
    places = []
    for n, k in enumerate(offsets.tolist()):
        first, last = max(0, k), min(shape[0] + k, shape[1], diagonals.shape[1])
        cols = public.arange(first, max(first, last), device=diagonals.device)
        k = k if first < last else 0
        places.append(public.stack([cols - k, cols, cols.new_full(cols.shape, n)]))
    rows, cols, which = public.cat(places, 1)
    made = _coo(public.stack([rows, cols]), diagonals[which, cols], shape)
    return {layouts.sparse_csr: to_csr, layouts.sparse_csc: to_csc}.get(layout, to_coo)(made)


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2)"""
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        beta, alpha = int(beta), int(alpha)
    return _dense(input) * beta + _dense(mm(mat1, mat2)) * alpha


def _dense(t):
    return to_dense(t) if isinstance(t, SparseTensor) else t


def add(a, b, *, alpha=1):
    """Sum of two sparse tensors, or of a dense and a sparse one."""
    if not isinstance(b, SparseTensor):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if not isinstance(a, SparseTensor):
        if recorded(b):
            return public.add(a, full_leaf(b), alpha=alpha)
        return _scattered(a.clone(), b,
                          alpha) if a.shape == b.shape and a.dtype == b.dtype else public.add(
                              a, to_dense(b), alpha=alpha)
    if a.shape != b.shape:
        raise RuntimeError(f"add: expected 'self' and 'other' to have same size, but self has size {list(a.shape)} "
                           f"while other has size {list(b.shape)}")
    layout, a, b = a._layout, to_coo(a), to_coo(b)
    if a._i is b._i or a._coalesced and b._coalesced and a._i.shape == b._i.shape and public.equal(a._i, b._i):
        made = _coo(a._i, public.add(a._v, b._v, alpha=alpha), a.shape, a._coalesced and b._coalesced)
    else:
        made = _coo(public.cat([a._i, b._i], 1), public.cat([a._v, b._v * alpha]), a.shape)
        crowded = made._i.shape[1] > math.prod(made.shape[: made._i.shape[0]])  # sums of sums must not grow without end
        made = coalesce(made) if crowded or a._coalesced and b._coalesced else made
    return to_csr(made) if layout is layouts.sparse_csr else made


def _scattered(a, b, alpha):
    """Dense a, with the elements of b added in place."""
    if a.shape != b.shape:
        raise RuntimeError(f"add: expected 'other' to be of the shape of 'self', but self has shape {list(a.shape)} "
                           f"while other has shape {list(b.shape)}")
    b = to_coo(b)
    check_indices(b)
    values = (b._v if isinstance(alpha, int) and alpha == 1 else b._v * alpha).to(a.dtype)
    return a.index_add_(0, b._i[0],
                        values) if b._i.shape[0] == 1 else a.index_put_(tuple(b._i), values, accumulate=True)


def mul(a, b):
    """Product of elements; sparse unless both are dense."""
    a, b = (a, b) if isinstance(a, SparseTensor) else (b, a)
    if not isinstance(b, Tensor) or (b.ndim == 0 and not isinstance(b, SparseTensor)):
        return rebuilt(a, a._v * b)
    if a.shape != b.shape:
        raise NotImplementedError("mul of sparse tensors: operands of different shapes")
    layout, a = a._layout, to_coo(a)
    if isinstance(b, SparseTensor):
        a, b = coalesce(a), coalesce(b)
        there = to_dense(_coo(b._i, public.ones(b._v.shape, dtype=b.dtype, device=b.device), b.shape))[tuple(a._i)] != 0
        there = there.reshape(there.shape[0], -1).all(-1)
        a = _coo(a._i[:, there], a._v[there], a.shape, True)
        b = to_dense(b)
    made = _coo(a._i, a._v * b[tuple(a._i)], a.shape, a._coalesced)
    return to_csr(made) if layout is layouts.sparse_csr else made


def div(a, b, *, rounding_mode=None):
    """Quotient by a number."""
    if isinstance(b, SparseTensor) or (isinstance(b, Tensor) and b.ndim) or not isinstance(a, SparseTensor):
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    a = coalesce(a) if rounding_mode and a._layout is layouts.sparse_coo else a
    return rebuilt(a, public.div(a._v, b, rounding_mode=rounding_mode))


def _dims(s, dim):
    dim = wholes(dim, "sum", "dim")
    dims = [dim_of(s, d, "sum") for d in ((dim,) if type(dim) is int else dim)]
    if len(set(dims)) != len(dims):
        twice = next(d for d in dims if dims.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return sorted(dims)


def total(input, dim=None, dtype=None):
    """Sum of all elements (a dense scalar), or over dimensions: sparse while sparse dimensions are left."""
    s = to_coo(input)
    values = s._v if dtype is None else s._v.to(dtype)
    if dim is None:
        return values.sum()
    k = s._i.shape[0]
    dims = _dims(s, dim)
    inner = [d - k + 1 for d in dims if d >= k]
    values = values.sum(inner) if inner else values
    kept = [d for d in range(k) if d not in dims]
    if not kept:
        return values.sum(0)
    return coalesce(_coo(s._i[kept], values, [n for d, n in enumerate(s.shape) if d not in dims]))


def _total_dense(s, dim=None, keepdim=False, *, dtype=None):
    """sum as torch.sum has it: the gradient of a leaf is dense, dimensions can stay."""
    if dim is None or dim == () or dim == []:
        return full_leaf(s).sum(dtype=dtype) if recorded(s) else total(s, None, dtype)
    made, dims = total(s, dim, dtype), _dims(s, dim)
    if not keepdim:
        return made
    for d in dims:
        made = made.unsqueeze(d)
    return made


def _softmax(s, dim, dtype, log):
    s = coalesce(s)
    values, dim = s._v if dtype is None else s._v.to(dtype), dim_of(s, dim, "softmax")
    k = s._i.shape[0]
    if dim >= k:
        return _coo(s._i, (public.log_softmax if log else public.softmax)(values, dim - k + 1), s.shape, True)
    others = [d for d in range(k) if d != dim]
    number = _linear(s._i[others], [s.shape[d] for d in others]) if others else s._i.new_zeros(s._i.shape[1])
    kinds, number = public.unique(number, return_inverse=True)
    top = values.detach().new_full((kinds.shape[0], *values.shape[1:]),
                                   -math.inf).index_reduce(0, number, values.detach(), "amax")
    shifted = values - top[number]
    mass = shifted.new_zeros((kinds.shape[0], *values.shape[1:])).index_add(0, number, shifted.exp())
    return _coo(s._i, shifted - mass.log()[number] if log else shifted.exp() / mass[number], s.shape, True)


def softmax(input, dim, dtype=None):
    """Softmax over the elements that are there."""
    return _softmax(input, dim, dtype, False)


def log_softmax(input, dim, dtype=None):
    """Logarithm of softmax over the elements that are there."""
    return _softmax(input, dim, dtype, True)


def cat(tensors, dim=0):
    """Sparse tensors side by side."""
    for k, t in enumerate(tensors):
        if not isinstance(t, SparseTensor):
            raise RuntimeError(f"Concatenating sparse tensors, but a dense tensor was found at position {k}.")
    parts, at, columns = [to_coo(t) for t in tensors], 0, []
    first = parts[0]
    dim = dim_of(first, dim, "cat")
    for k, p in enumerate(parts):
        alike = p._i.shape[0] == first._i.shape[0] and p.ndim == first.ndim
        if not alike or any(d != dim and n != first.shape[d] for d, n in enumerate(p.shape)):
            raise RuntimeError(
                f"All tensors must have the same shape: {list(first.shape)} (except in the concatenating "
                f"dimension), but found shape: {list(p.shape)} at position {k}"
            )
        check_indices(p)
        if dim >= p._i.shape[0]:  # each among zeros of the others' widths
            return _cat_dense(parts, dim)
        moved = p._i.clone()
        moved[dim] += at
        at += p.shape[dim]
        columns.append(moved)
    shape = list(parts[0].shape)
    shape[dim] = at
    return _coo(public.cat(columns, 1), public.cat([p._v for p in parts]), shape)


def _cat_dense(parts, dim):
    k, shape, at, values = parts[0]._i.shape[0], list(parts[0].shape), 0, []
    shape[dim] = sum(p.shape[dim] for p in parts)
    for p in parts:
        wide = p._v.new_zeros((p._nnz(), *shape[k:]))
        values.append(wide.slice_scatter(p._v, dim - k + 1, at, at + p.shape[dim]))
        at += p.shape[dim]
    return _coo(public.cat([p._i for p in parts], 1), public.cat(values), shape)


def stack(tensors, dim=0):
    """Sparse tensors along a new dimension."""
    return cat([unsqueeze(t, dim_of(t, dim, "stack", 1)) for t in tensors], dim_of(tensors[0], dim, "stack", 1))


def unbind(s, dim=0):
    """All slices."""
    dim = dim_of(s, dim, "unbind")
    _check_number(s.shape[dim])
    return tuple(s.select(dim, i) for i in range(s.shape[dim]))


def index_select(s, dim, index):
    """Slices at indices, in their order."""
    s, dim = to_coo(s), dim_of(s, dim, "index_select")
    if index.ndim != 1 or index._dtype_code not in INDICES:
        raise IndexError("index_select() argument index must be 1-D strided (non-sparse) long-tensor.")
    n = s.shape[dim]
    if bad := [i for i in index.tolist() if not -n <= i < n]:
        raise IndexError(f"index_select(): index contains {bad[0]} that is out of range for tensor of size "
                         f"{list(s.shape)} at dimension {dim}")
    index = index.where(index >= 0, index + n)
    if dim >= s._i.shape[0]:
        return _coo(s._i, s._v.index_select(dim - s._i.shape[0] + 1, index),
                    [index.numel() if d == dim else n for d, n in enumerate(s.shape)])
    which, at = public.nonzero(index.reshape(-1, 1) == s._i[dim]).t()
    rows = s._i[:, at]
    rows[dim] = which
    return _coo(rows, s._v[at], [index.numel() if d == dim else n for d, n in enumerate(s.shape)])


def select(s, dim, index):
    """One slice."""
    s, dim, index = to_coo(s), dim_of(s, dim, "select"), whole(index, "select", "index")
    k, n = s._i.shape[0], s.shape[dim]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(s.shape)} at dimension {dim}")
    if dim >= k:
        return _coo(s._i, s._v.select(dim - k + 1, index), [n for d, n in enumerate(s.shape) if d != dim])
    there = s._i[dim] == index % s.shape[dim]
    if k == 1:
        return s._v[there].sum(0)
    return _coo(s._i[[d for d in range(k) if d != dim]][:, there], s._v[there],
                [n for d, n in enumerate(s.shape) if d != dim], s._coalesced)


def _item(s, index):
    for i in index if isinstance(index, tuple) else (index,):
        if isinstance(i, (bool, Tensor)) or not hasattr(i, "__index__"):
            raise NotImplementedError("indexing of sparse tensors: integers only; use index_select, narrow_copy or "
                                      "to_dense")
        s = s.select(0, i)
    return s


def unsqueeze(s, dim):
    """A new dimension of size 1, dense when it follows a dense one."""
    s, dim = to_coo(s), dim_of(s, dim, "unsqueeze", 1)
    if dim > s._i.shape[0]:
        return _coo(s._i, s._v.unsqueeze(dim - s._i.shape[0] + 1), [*s.shape[:dim], 1, *s.shape[dim:]])
    zero = s._i.new_zeros((1, s._i.shape[1]))
    return _coo(public.cat([s._i[:dim], zero, s._i[dim:]]), s._v, [*s.shape[:dim], 1, *s.shape[dim:]])


def sparse_mask(self, mask):
    """Elements of a tensor where mask (sparse) has some."""
    if self.shape != mask.shape:
        raise RuntimeError(f"sparse_mask(): operands have incompatible sizes; self has size {list(self.shape)} "
                           f"but mask has size {list(mask.shape)}")
    m = coalesce(mask) if isinstance(self, SparseTensor) or mask._layout is not layouts.sparse_coo else mask
    made = _coo(m._i, _dense(self)[tuple(m._i)], m.shape, m._coalesced)
    return to_csr(made) if mask._layout is layouts.sparse_csr else made


def smm(input, mat):
    """Product of a sparse and a dense matrix, sparse with every element of its rows."""
    out = mm(input, mat)
    rows, cols = to_coo(input)._i[0].unique(), public.arange(out.shape[1], device=out.device)
    at = public.stack([rows.repeat_interleave(cols.shape[0]), cols.repeat(rows.shape[0])])
    return _coo(at, out[tuple(at)], out.shape)


def hspmm(mat1, mat2):
    """Product of a sparse and a dense matrix: the rows that are there, sparse in the first dimension."""
    rows = to_coo(mat1)._i[0].unique()
    return _coo(rows.unsqueeze(0), mm(mat1, mat2)[rows], (mat1.shape[0], mat2.shape[1]), True)


def sspaddmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2), all as a sparse tensor."""
    product = smm(mat1, mat2)
    return _coo(public.cat([to_coo(input)._i, product._i], 1),
                public.cat([to_coo(input)._v * beta, product._v * alpha]), input.shape)


def _to(s, *args, **kwargs):
    device, dtype, _, _ = _C._nn._parse_to(*args, **kwargs)
    made = rebuilt(s, s._v.to(device=device, dtype=dtype))
    return s if dtype in (None, s.dtype) and device in (None, s.device) else made


def _values_of(s):
    if s._layout is layouts.sparse_coo and not s._coalesced:
        raise RuntimeError("Cannot get values on an uncoalesced tensor, please call .coalesce() first")
    return s._v


def _indices_of(s):
    if s._layout is not layouts.sparse_coo:
        raise RuntimeError("indices expected sparse coordinate tensor layout but got "
                           f"{str(s._layout)[6:].title().replace('_', '')}")
    if not s._coalesced:
        raise RuntimeError("Cannot get indices on an uncoalesced tensor, please call .coalesce() first")
    return s._i


def _part(name):
    def part(s):
        if name not in _COMPRESSED.get(s._layout, ()):
            raise RuntimeError(f"{name} expected a compressed layout that has it, but got {s._layout}")
        return s._outer if name.startswith("c") and name != "col_indices" else s._inner

    return part


def _no_pointer(s):
    raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")


# ---- in place ----
def _take_over(s, made, into_values=False):
    """s becomes what was made of it; into_values: new values are written where the old ones lie."""
    if recorded(s):
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if made.shape != s.shape or made.dtype != s.dtype:
        raise RuntimeError(f"in-place: a result of shape {list(made.shape)} and {made.dtype} does not fit into a "
                           f"sparse tensor of shape {list(s.shape)} and {s.dtype}")
    made = {layouts.sparse_coo: to_coo, layouts.sparse_csr: to_csr,
            layouts.sparse_csc: to_csc}.get(s._layout, to_coo)(made)
    if (into_values and not s._raw.requires_grad and not made._raw.requires_grad and s._raw.shape == made._raw.shape
        and (s._layout is not layouts.sparse_coo or s._i is made._i)):
        s._raw.copy_(made._raw)
    else:
        s.__dict__.update(made.__dict__)
    return s


def _in_place_add(a, b, *, alpha=1):
    if isinstance(a, SparseTensor):
        return _take_over(a, add(a, b, alpha=alpha))
    return a.add_(full_leaf(b), alpha=alpha) if recorded(b) else _scattered(a, b, alpha)


def _copy(self, src, non_blocking=False):
    if not isinstance(self, SparseTensor) or not isinstance(src, SparseTensor):
        raise RuntimeError("copy_() between dense and sparse Tensors is not implemented! Found self type = "
                           f"{self.type()} and src type = {src.type()}")
    if self.shape != src.shape:
        raise RuntimeError(
            f"copy_() of a sparse tensor of shape {list(src.shape)} into one of shape {list(self.shape)}")
    return _take_over(self, rebuilt(src, src._v.to(self.device, self.dtype, copy=True)))


def _zeros_like(s, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None):
    if layout not in (None, s._layout) or s._layout is not layouts.sparse_coo or pin_memory:
        raise NotImplementedError(f"zeros_like: layout={layout}, pin_memory={pin_memory} for a tensor of layout "
                                  f"{s._layout}")
    made = _coo(s._i[:, :0], s._raw.detach()[:0].to(dtype=dtype, device=device), s.shape, True)
    return require_grad(made) if requires_grad else made


def _register_hook(s, hook):
    if not recorded(s):
        raise NotImplementedError("register_hook: of sparse tensors, leaves that require grad only")
    hooks = _C.tensor_hooks(s)
    _C.keep_identity(s)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def _permute(s, *dims):
    dims = listed(dims, "permute", "dims")
    order, s = [dim_of(s, d, "permute") for d in dims], to_coo(s)
    k = s._i.shape[0]
    if sorted(order) != list(range(s.ndim)):
        raise RuntimeError(f"permute(sparse_coo): dims {tuple(dims)} are no permutation of {s.ndim} dimensions")
    if sorted(order[:k]) != list(range(k)):
        raise RuntimeError("transpositions between sparse and dense dimensions are not allowed.")
    return _coo(s._i[order[:k]], s._v.permute(0, *(d - k + 1 for d in order[k:])), [s.shape[d] for d in order],
                s._coalesced and order[:k] == list(range(k)))


def narrow_copy(s, dim, start, length):
    """Elements start, start + 1 ... of a dimension."""
    s, dim = to_coo(s), dim_of(s, dim, "narrow_copy")
    start, length = whole(start, "narrow_copy", "start"), whole(length, "narrow_copy", "length")
    start += s.shape[dim] if start < 0 else 0
    k, shape = s._i.shape[0], [length if d == dim else n for d, n in enumerate(s.shape)]
    if not 0 <= start <= start + length <= s.shape[dim]:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({s.shape[dim]}).")
    if dim >= k:
        return _coo(s._i, s._v.narrow(dim - k + 1, start, length).clone(), shape, s._coalesced)
    there = (s._i[dim] >= start) & (s._i[dim] < start + length)
    rows = s._i[:, there]
    rows[dim] -= start
    return _coo(rows, s._v[there], shape, s._coalesced)


def _divide(s, other, rounding_mode=None):
    return _take_over(s, div(s, other, rounding_mode=rounding_mode), True)


def _multiply(s, other):
    return _take_over(s, mul(s, other)) if isinstance(s, SparseTensor) else s.mul_(to_dense(other))


def _subtract(a, b, *, alpha=1):
    return add(a, b, alpha=-alpha)


def _type(s, dtype=None, non_blocking=False):
    if dtype is not None:
        raise NotImplementedError("Tensor.type of a sparse tensor: with a dtype; use to")
    if s._layout is not layouts.sparse_coo:
        raise NotImplementedError(f"Tensor.type of a tensor of layout {s._layout}")
    return s._raw.type().replace("torch.", "torch.sparse.")


def floor_divide(s, other):
    """div rounded down, of a coalesced tensor."""
    return div(coalesce(s), other, rounding_mode="floor")


def _unary(name):
    def apply(s, *args, **kwargs):
        if name == "pow" and not (args and isinstance(args[0], (int, float)) and args[0] > 0):
            raise NotImplementedError("pow of sparse tensors: positive numbers as exponents only")
        s = coalesce(s) if s._layout is layouts.sparse_coo else s
        return rebuilt(s, getattr(public, name)(s._v, *args, **kwargs))

    return apply


HANDLERS |= {"to_dense": to_dense, "to_sparse": to_sparse, "to_sparse_coo": to_sparse, "to_sparse_csr": to_csr,
             "to_sparse_csc": to_csc, "coalesce": coalesce,
    "t": lambda s: transpose(s, 0, 1),
            "is_coalesced": lambda s: s._coalesced, "indices": _indices_of, "values": _values_of,
            "_indices": lambda s: s._i, "_values": lambda s: _C.detach(s._raw),
                "_nnz": lambda s: s._raw.shape[0],
            "sparse_dim": lambda s: s._i.shape[0] if s._layout is layouts.sparse_coo else 2,
            "dense_dim": lambda s: s._raw.ndim - 1 if s._layout is layouts.sparse_coo else 0,
            "transpose": transpose, "mm": _mm_dense, "matmul": _mm_dense, "__matmul__": _mm_dense,
            "__rmatmul__": lambda a, b: mm(b, a), "mv": _mm_dense, "addmm": addmm, "add": add, "__add__": add,
                "sub": _subtract, "subtract": _subtract, "multiply": mul, "divide": div,
            "__radd__": lambda a, b: add(b, a), "__sub__": _subtract, "mul": mul, "__mul__": mul, "__rmul__": mul,
            "div": div, "true_divide": div,
                "__truediv__": div, "add_": _in_place_add,
            "__iadd__": _in_place_add, "neg": lambda s: rebuilt(s, -s._v), "__neg__": lambda s: rebuilt(s, -s._v),
            "sum": _total_dense, "cat": cat,
            "concat": cat, "concatenate": cat, "stack": stack, "unbind": unbind,
            "index_select": index_select, "select": select, "__getitem__": _item, "unsqueeze": unsqueeze,
            "sparse_mask": sparse_mask, "smm": smm, "spmm": mm, "dsmm": mm,
                "hspmm": hspmm, "hsmm": hspmm,
            "sspaddmm": sspaddmm, "saddmm": sspaddmm, "to": _to, "clone": lambda s, **k: rebuilt(s, s._v.clone()),
            "detach": lambda s: rebuilt(s, s._raw.detach()),
                "cpu": lambda s: _to(s, "cpu"),
            **{n: (lambda s, device=None, non_blocking=False, n=n: _to(s, n if device is None else device))
               for n in ("cuda", "npu")},
            "norm": lambda s, p="fro", **k: public.norm(coalesce(s)._v, 2 if p == "fro" else p, **k),
            "data_ptr": _no_pointer, "untyped_storage": _no_pointer,
                "storage": _no_pointer,
            "numpy": lambda s, **k: _no_numpy(s), "is_complex": lambda s: s.dtype.is_complex,
            "is_floating_point": lambda s: s.dtype.is_floating_point,
            "stride": lambda s, dim=None: (0,) * s.ndim if dim is None else 0, "is_contiguous": lambda s, **k: False,
            "element_size": lambda s: s.dtype.itemsize,
            **{n: (lambda s, d=d: _to(s, BY_NAME[d])) for n,
               d in {"float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16", "int": "int32",
                "long": "int64", "bool": "bool"}.items()},
            **{n: _part(n) for n in ("crow_indices", "col_indices", "ccol_indices", "row_indices")},
            **{n: _unary(n) for n in """abs absolute relu sqrt sin sinh tan tanh asin asinh atan atanh floor ceil round
                                         trunc sign sgn expm1
            log1p square erf erfinv deg2rad rad2deg nan_to_num
            pow conj_physical positive frac isnan isinf isposinf isneginf signbit angle""".split()}}
def _linear_of_sparse(input, weight, bias=None):
    made = input @ weight.t()
    return made if bias is None else made + bias


def _coalesced_(self, coalesced):
    """Say of a sparse tensor whether its indices are sorted and without repetition, without a look at them."""
    self._coalesced = bool(coalesced)
    return self


def legacy_sparse(*args, dtype, device=None):
    """torch.sparse.FloatTensor and its like: from nothing, a size, or indices and values (and a size)."""
    if not args:
        args = (0,)
    if isinstance(args[0], (int, tuple, list)):
        size = tuple(args[0]) if len(args) == 1 and not isinstance(args[0], int) else args
        return sparse_coo_tensor(size=size, dtype=dtype, device=device)
    return sparse_coo_tensor(*args, dtype=dtype, device=device)


HANDLERS |= {"linear": _linear_of_sparse, "_coalesced_": _coalesced_,
             "new": lambda s, *args: legacy_sparse(*args, dtype=s.dtype, device=s.device)}
HANDLERS |= {"requires_grad_": lambda s, requires_grad=True: require_grad(s, requires_grad),
             "register_hook": _register_hook, "zeros_like": _zeros_like, "empty_like": _zeros_like,
             "zero_": lambda s: _take_over(s, _zeros_like(s)),
             "sub_": lambda a, b, *, alpha=1: _in_place_add(a, b, alpha=-alpha),
             "__isub__": lambda a, b: _in_place_add(a, b, alpha=-1),
             "mul_": _multiply, "__imul__": _multiply, "type": _type, "__rsub__": lambda a, b: _subtract(b, a),
             "div_": _divide, "__itruediv__": _divide,
             "floor_divide": floor_divide, "__floordiv__": floor_divide, "__pow__": HANDLERS["pow"],
             "__iter__": lambda s: iter(unbind(s)),
             "conj": lambda s: rebuilt(s, s._v.conj()) if s.dtype.is_complex else s,
             "to_sparse_bsr": lambda s, blocksize,
             dense_dim=None: to_sparse(s, layout=layouts.sparse_bsr, blocksize=blocksize, dense_dim=dense_dim),
             "to_sparse_bsc": lambda s, blocksize,
             dense_dim=None: to_sparse(s, layout=layouts.sparse_bsc, blocksize=blocksize, dense_dim=dense_dim),
 "copy_": _copy,
             "detach_": lambda s: _take_over(s, rebuilt(s, s._raw.detach())), "any": lambda s: coalesce(s)._raw.any(),
             "permute": _permute, "narrow_copy": narrow_copy,
             **{n + "_": (lambda f: lambda s, *args, **kwargs: _take_over(s, f(s, *args, **kwargs), True))(HANDLERS[n])
                for n in """abs absolute neg relu sqrt sin sinh tan tanh asin asinh
             atan atanh floor ceil round trunc sign sgn expm1 log1p square erf erfinv deg2rad rad2deg nan_to_num pow
             conj_physical frac""".split()}}
HANDLERS |= {
    "size": lambda s, dim=None: s.shape if dim is None else s.shape[dim_of(s, dim, "size")],
    "dim": lambda s: s.ndim,
    "ndimension": lambda s: s.ndim,
    "numel": lambda s: math.prod(s.shape),
    "nelement": lambda s: math.prod(s.shape),
    "is_same_size": lambda a, b: a.shape == b.shape,
    "__len__": lambda s: s.shape[0],
    "is_tensor": lambda s: True,
    "get_device": lambda s: s._raw.get_device(),
}


def _no_numpy(s):
    raise TypeError(f"can't convert {s._layout} layout tensor to numpy. Use Tensor.to_dense() first.")


@op(method=False, tensors=["input"])
def _convert_indices_from_coo_to_csr(input, size: int, *, out_int32=False):
    """How many of the sorted row numbers come before each row, [size + 1]."""
    rows = public.arange(size + 1, device=input.device, dtype=input.dtype)
    return public.searchsorted(input, rows, out_int32=out_int32)


for _function in (sparse_coo_tensor, sparse_compressed_tensor, hspmm, smm, sspaddmm):
    register(_function.__name__, _function, method=_function.__name__ in ("smm", "sspaddmm"),
             aliases={"hspmm": ("hsmm",)}.get(_function.__name__, ()))
    _function.__module__ = "torch"
for _name, _function in (("spmm", mm), ("dsmm", mm), ("saddmm", sspaddmm)):
    register(_name, _function, method=False)


def _in_blocks(layout):
    def convert(self, blocksize, dense_dim=None):
        return to_sparse(self, layout=layout, blocksize=blocksize, dense_dim=dense_dim)

    convert.__doc__ = f"The same values in layout {layout}, in blocks of a size."
    return convert


def _copied(part):
    def copy(input):
        return HANDLERS[part](input).clone() if isinstance(input, SparseTensor) else METHODS[part](input)

    copy.__doc__ = f"{part} of a sparse tensor as a copy."
    return copy


for _name, _function in (("to_sparse", to_sparse), ("to_sparse_coo", to_sparse), ("to_sparse_csr", to_csr),
                         ("to_sparse_csc", to_csc), ("sparse_mask", sparse_mask),
                         ("to_sparse_bsr", _in_blocks(layouts.sparse_bsr)),
                         ("to_sparse_bsc", _in_blocks(layouts.sparse_bsc))):
    METHODS[_name] = _function
for _name in ("indices", "values", "crow_indices", "col_indices", "ccol_indices", "row_indices"):
    register(_name + "_copy", _copied(_name), method=False)
