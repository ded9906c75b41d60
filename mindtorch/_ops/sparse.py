"""Sparse tensors: indices and values beside a tensor without memory that carries shape and dtype. What is not written here raises."""
import math
import re

import mindtorch._C as _C
from mindtorch._core import layouts, overrides
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.tensor import Tensor

from .registry import METHODS, public, register

_COMPRESSED = {layouts.sparse_csr: ("crow_indices", "col_indices"), layouts.sparse_csc: ("ccol_indices", "row_indices"),
               layouts.sparse_bsr: ("crow_indices", "col_indices"), layouts.sparse_bsc: ("ccol_indices", "row_indices")}


class SparseTensor(Tensor):
    """A tensor of layout sparse_coo, or of a compressed one (`_outer` counts entries a row or column, `_inner` names the other index)."""

    __module__ = "torch.sparse"

    def __new__(cls, *args, **kwargs):
        raise TypeError("make sparse tensors by torch.sparse_coo_tensor and its like, or Tensor.to_sparse")

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        handler = HANDLERS.get(getattr(func, "__name__", ""))
        if handler is None:
            layout = next((str(a._layout) for a in args if isinstance(a, SparseTensor)), "sparse")
            raise NotImplementedError(f"{getattr(func, '__name__', func)}: not supported for tensors of layout {layout}")
        return handler(*args, **(kwargs or {}))

    # the engine's own answers: no handler is asked
    shape, dtype, ndim = (vars(Tensor)[n] for n in ("shape", "dtype", "ndim"))
    layout = property(lambda self: self._layout)
    is_sparse = property(lambda self: self._layout is layouts.sparse_coo)
    is_sparse_csr = property(lambda self: self._layout is layouts.sparse_csr)
    device = property(lambda self: self._v.device)
    is_meta = property(lambda self: self._v.is_meta)
    is_cpu = property(lambda self: self._v.device.type == "cpu")
    requires_grad = property(lambda self: self._v.requires_grad)
    grad_fn = property(lambda self: self._v.grad_fn)
    is_leaf = property(lambda self: not self._v.requires_grad)
    T = property(lambda self: self.t())
    is_cuda, is_npu = property(lambda self: self._v.is_cuda), property(lambda self: self._v.device.type == "npu")
    is_quantized = is_nested = is_mkldnn = is_mps = is_xpu = False
    grad = None  # leaves are never sparse

    def __reduce_ex__(self, protocol):
        if self._layout is layouts.sparse_coo:
            return sparse_coo_tensor, (self._i, self._v, tuple(self.shape))
        return _compressed, (self._layout, self._outer, self._inner, self._v, tuple(self.shape))

    def __deepcopy__(self, memo):
        return self.clone()

    def __repr__(self, *, tensor_contents=None):
        parts = {"indices": self._i, "values": self._v} if self._layout is layouts.sparse_coo else dict(zip(_COMPRESSED[self._layout], (self._outer,
            self._inner))) | {"values": self._v}
        texts = []
        for name, t in parts.items():
            text = re.sub(r",\s*(dtype|grad_fn|requires_grad)=[^,)]*", "", repr(t.detach()))
            texts.append(f"{name}=" + text.replace("\n", "\n" + " " * (8 + len(name))))
        tail = [f"size={tuple(self.shape)}", f"nnz={self._nnz()}"]
        tail += [f"dtype={self.dtype}"] if self.dtype._name not in ("float32", "int64", "bool", "complex64") else []
        tail += [f"layout={self._layout}"] + (["requires_grad=True"] if self.requires_grad else [])
        return "tensor(" + ",\n       ".join([*texts, ", ".join(tail)]) + ")"

    __str__ = __repr__


def _carrier(shape, values):
    made = _C.empty(tuple(shape), values._dtype_code, -1)
    made.__class__ = SparseTensor
    made._v = values
    return made


def _coo(indices, values, shape, coalesced=False):
    made = _carrier(shape, values)
    made._layout, made._i, made._coalesced = layouts.sparse_coo, indices, coalesced
    return made


def _compressed(layout, outer, inner, values, shape):
    made = _carrier(shape, values)
    made._layout, made._outer, made._inner = layout, outer, inner
    return made


def _checks():
    from mindtorch.sparse import _checks as switch

    return switch


def _no_leaf(requires_grad):
    if requires_grad:
        raise NotImplementedError("sparse tensors that require grad: gradients are dense here; let the values require grad")


def _as_tensor(data, dtype=None, device=None):
    return data if isinstance(data, Tensor) and dtype is None and device is None else public.as_tensor(data, dtype=dtype, device=device)


def sparse_coo_tensor(indices=None, values=None, size=None, *, dtype=None, device=None, pin_memory=False, requires_grad=False, check_invariants=None, is_coalesced=None):
    """A tensor of `values` (nnz, ...) at `indices` (sparse dims, nnz); equal indices add up. Without size the smallest that holds them."""
    if pin_memory:
        raise NotImplementedError("sparse_coo_tensor: pin_memory")
    if values is None and (size is not None or indices is not None):
        size = tuple(indices if size is None else size)  # only a size: an empty tensor
        indices, values = public.zeros((len(size), 0), dtype=BY_NAME["int64"], device=device), public.zeros((0,), dtype=dtype, device=device)
    indices, values = _as_tensor(indices, device=device).long(), _as_tensor(values, dtype, device)
    values = values.unsqueeze(0) if values.ndim == 0 else values
    indices = indices.unsqueeze(0) if indices.ndim == 1 and values.ndim == 1 and size is not None and len(size) == 1 else indices
    if indices.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices.shape)}")
    if indices.shape[1] != values.shape[0]:
        raise RuntimeError(f"indices and values must have same nnz, but got nnz from indices: {indices.shape[1]}, nnz from values: {values.shape[0]}")
    if size is None:
        if indices.shape[1] == 0 and indices.shape[0]:
            size = (0,) * indices.shape[0] + tuple(values.shape[1:])
        else:
            size = tuple(n + 1 for n in indices.max(1).values.tolist()) + tuple(values.shape[1:])
    size = tuple(size)
    if len(size) != indices.shape[0] + values.ndim - 1:
        raise RuntimeError(f"number of dimensions must be sparse_dim ({indices.shape[0]}) + dense_dim ({values.ndim - 1}), but got {len(size)}")
    if (_checks()[0] if check_invariants is None else check_invariants) and indices.shape[1]:
        low, high = indices.min(1).values.tolist(), indices.max(1).values.tolist()
        for d, (a, b) in enumerate(zip(low, high)):
            if a < 0:
                raise RuntimeError(f"found negative index {a} for dim {d}")
            if b >= size[d]:
                raise RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {size[d]} but found index {b}")
    _no_leaf(requires_grad)
    return _coo(indices, values, size, bool(is_coalesced))


def sparse_compressed_tensor(compressed_indices, plain_indices, values, size=None, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False,
    check_invariants=None):
    """A matrix (or matrix of blocks) in a compressed layout: how many entries come before each row (column), and the other index of each."""
    if layout not in _COMPRESSED:
        raise RuntimeError("expected sparse compressed tensor layout" + ("" if layout is None else f", got {layout}"))
    if pin_memory:
        raise NotImplementedError("sparse_compressed_tensor: pin_memory")
    outer, inner, values = _as_tensor(compressed_indices, device=device), _as_tensor(plain_indices, device=device), _as_tensor(values, dtype, device)
    if outer.ndim != 1:
        raise NotImplementedError("sparse_compressed_tensor: batches of matrices")
    blocks = tuple(values.shape[1:3]) if layout in (layouts.sparse_bsr, layouts.sparse_bsc) else (1, 1)
    if size is None:
        lengths = (outer.shape[0] - 1, int(inner.max().item()) + 1 if inner.numel() else 0)
        lengths = lengths if layout in (layouts.sparse_csr, layouts.sparse_bsr) else lengths[::-1]
        size = (lengths[0] * blocks[0], lengths[1] * blocks[1])
    _no_leaf(requires_grad)
    return _compressed(layout, outer, inner, values, size)


def _named(name, layout, first, second):
    def make(a, b, values, size=None, **options):
        return sparse_compressed_tensor(a, b, values, size, layout=layout, **options)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"sparse_compressed_tensor of layout {layout}: ({first}, {second}, values, size)."
    return make


# ---- between layouts ----
def to_coo(s):
    """The tensor in coordinates."""
    if s._layout is layouts.sparse_coo:
        return s
    counts = s._outer[1:] - s._outer[:-1]
    outer, inner, values = public.repeat_interleave(public.arange(counts.shape[0]), counts.long()), s._inner.long(), s._v
    rows, cols = (outer, inner) if s._layout in (layouts.sparse_csr, layouts.sparse_bsr) else (inner, outer)
    if s._layout in (layouts.sparse_bsr, layouts.sparse_bsc):
        height, width = values.shape[1:3]
        rows = (rows.reshape(-1, 1, 1) * height + public.arange(height).reshape(1, -1, 1)).expand(-1, height, width).reshape(-1)
        cols = (cols.reshape(-1, 1, 1) * width + public.arange(width).reshape(1, 1, -1)).expand(-1, height, width).reshape(-1)
        values = values.reshape(-1, *values.shape[3:])
    return _coo(public.stack([rows, cols]), values, s.shape, s._layout is layouts.sparse_csr)


def _linear(indices, sizes):
    place = indices.new_zeros(indices.shape[1])
    for row, n in zip(indices, sizes):
        place = place * n + row
    return place


def coalesce(s):
    """The tensor with sorted indices, each once."""
    s = to_coo(s)
    if s._coalesced:
        return s
    k = s._i.shape[0]
    place, number = public.unique(_linear(s._i, s.shape[:k]), return_inverse=True)
    values = s._v.new_zeros((place.shape[0], *s._v.shape[1:])).index_add(0, number, s._v)
    rows, rest = [], place
    for n in reversed(s.shape[:k]):
        rows.append(rest % max(n, 1))
        rest = rest // max(n, 1)
    return _coo(public.stack(rows[::-1]) if rows else s._i[:, : place.shape[0]], values, s.shape, True)


def to_dense(s, dtype=None, *, masked_grad=None):
    """The tensor with all its zeros."""
    s = to_coo(s)
    k, shape = s._i.shape[0], tuple(s.shape)
    for d in range(k):
        if s._i.shape[1] and not (0 <= s._i[d].min().item() and s._i[d].max().item() < shape[d]):
            raise RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {shape[d]} but found index {s._i[d].max().item()}")
    out = s._v.new_zeros((math.prod(shape[:k]), *shape[k:])).index_add(0, _linear(s._i, shape[:k]), s._v).reshape(shape)
    return out if dtype is None else out.to(dtype)


def to_sparse(self, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None):
    """The nonzero elements (over the first sparse_dim dimensions, by default all) as a sparse tensor."""
    if isinstance(self, SparseTensor):
        target = {None: to_coo, layouts.sparse_coo: to_coo, layouts.sparse_csr: to_csr, layouts.sparse_csc: to_csc}.get(layout)
        if target is None:
            return to_sparse(to_dense(self), layout=layout, blocksize=blocksize)
        return target(self)
    if dense_dim:
        raise NotImplementedError("to_sparse: dense_dim")
    if layout in _COMPRESSED:
        if layout in (layouts.sparse_bsr, layouts.sparse_bsc):
            return _to_blocks(self, layout, blocksize)
        return (to_csr if layout is layouts.sparse_csr else to_csc)(to_sparse(self))
    k = self.ndim if sparse_dim is None else sparse_dim
    if not (0 < k <= self.ndim or self.ndim == 0):
        raise RuntimeError(f"sparse_dim must be in the range [1, {self.ndim}], got {k}")
    mask = self.detach() != 0
    indices = public.nonzero(mask.reshape(*self.shape[:k], -1).any(-1)).t().contiguous()
    return _coo(indices, self[tuple(indices)] if k else self.reshape(1), self.shape, True)


def _to_blocks(dense, layout, blocksize):
    if blocksize is None:
        raise RuntimeError("to_sparse: a blocksize is needed for the layouts of blocks")
    (h, w), (n, m) = blocksize, dense.shape
    if n % h or m % w:
        raise RuntimeError(f"tensor sparse size ({n},{m}) must be divisible by given blocksize ({h},{w})")
    grid = dense.reshape(n // h, h, m // w, w).permute(0, 2, 1, 3)
    turned = layout is layouts.sparse_bsc
    grid = grid.transpose(0, 1) if turned else grid
    there = (grid != 0).any(-1).any(-1)
    at = public.nonzero(there)
    outer = public.cat([at.new_zeros(1), there.sum(1).cumsum(0)])
    return _compressed(layout, outer, at[:, 1].contiguous(), grid[at[:, 0], at[:, 1]], dense.shape)


def to_csr(s, dense_dim=None):
    """The matrix by rows."""
    if not isinstance(s, SparseTensor):
        s = to_sparse(s)
    if s._layout is layouts.sparse_csr:
        return s
    s = coalesce(s)
    if s._i.shape[0] != 2:
        raise RuntimeError(f"to_sparse_csr: expected a tensor with 2 sparse dimensions, got {s._i.shape[0]}")
    counts = public.bincount(s._i[0], minlength=s.shape[0])
    return _compressed(layouts.sparse_csr, public.cat([counts.new_zeros(1), counts.cumsum(0)]), s._i[1].contiguous(), s._v, s.shape)


def to_csc(s, dense_dim=None):
    """The matrix by columns."""
    turned = to_csr(transpose(to_coo(s if isinstance(s, SparseTensor) else to_sparse(s)), 0, 1))
    return _compressed(layouts.sparse_csc, turned._outer, turned._inner, turned._v, turned.shape[::-1])


# ---- operations ----
def transpose(s, dim0, dim1):
    """Two sparse dimensions exchanged."""
    s, order = to_coo(s), list(range(s.ndim))
    dim0, dim1 = dim0 % s.ndim, dim1 % s.ndim
    if max(dim0, dim1) >= s._i.shape[0]:
        raise RuntimeError("transpose: only sparse dimensions can be transposed")
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _coo(s._i[order[: s._i.shape[0]]], s._v, [s.shape[d] for d in order], s._coalesced and dim0 == dim1)


def mm(a, b):
    """Product of matrices, at least one sparse; sparse by sparse is sparse."""
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[1] != b.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, a.shape))} and {'x'.join(map(str, b.shape))})")
    if not isinstance(a, SparseTensor):
        return mm(transpose(b, 0, 1), a.t()).t()
    if isinstance(b, SparseTensor):
        pattern = to_dense(_coo(to_coo(a)._i, public.ones(to_coo(a)._v.shape), a.shape)) @ to_dense(_coo(to_coo(b)._i, public.ones(to_coo(b)._v.shape), b.shape))
        at = public.nonzero(pattern).t().contiguous()
        return _coo(at, mm(a, to_dense(b))[tuple(at)], (a.shape[0], b.shape[1]), True)
    s = to_coo(a)
    terms = b[s._i[1]] * (s._v.unsqueeze(-1) if b.ndim == 2 else s._v)
    return terms.new_zeros((a.shape[0], *b.shape[1:])).index_add(0, s._i[0], terms)


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2)"""
    return _dense(input) * beta + _dense(mm(mat1, mat2)) * alpha


def _dense(t):
    return to_dense(t) if isinstance(t, SparseTensor) else t


def _rebuilt(s, values):
    return _coo(s._i, values, s.shape, s._coalesced) if s._layout is layouts.sparse_coo else _compressed(s._layout, s._outer, s._inner, values, s.shape)


def add(a, b, *, alpha=1):
    """Sum of two sparse tensors, or of a dense and a sparse one."""
    if not isinstance(b, SparseTensor):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if not isinstance(a, SparseTensor):
        return public.add(a, to_dense(b), alpha=alpha)
    if a.shape != b.shape:
        raise RuntimeError(f"add: expected 'self' and 'other' to have same size, but self has size {list(a.shape)} while other has size {list(b.shape)}")
    layout, a, b = a._layout, to_coo(a), to_coo(b)
    if a._i.shape == b._i.shape and public.equal(a._i, b._i):
        made = _coo(a._i, a._v + b._v * alpha, a.shape, a._coalesced and b._coalesced)
    else:
        made = _coo(public.cat([a._i, b._i], 1), public.cat([a._v, b._v * alpha]), a.shape)
        made = coalesce(made) if a._coalesced and b._coalesced else made
    return to_csr(made) if layout is layouts.sparse_csr else made


def mul(a, b):
    """Product of elements; sparse unless both are dense."""
    a, b = (a, b) if isinstance(a, SparseTensor) else (b, a)
    if not isinstance(b, Tensor) or (b.ndim == 0 and not isinstance(b, SparseTensor)):
        return _rebuilt(a, a._v * b)
    if a.shape != b.shape:
        raise NotImplementedError("mul of sparse tensors: operands of different shapes")
    layout, a = a._layout, to_coo(a)
    if isinstance(b, SparseTensor):
        a, b = coalesce(a), coalesce(b)
        there = to_dense(_coo(b._i, public.ones(b._v.shape, dtype=b.dtype), b.shape))[tuple(a._i)] != 0
        there = there.reshape(there.shape[0], -1).all(-1)
        a = _coo(a._i[:, there], a._v[there], a.shape, True)
        b = to_dense(b)
    made = _coo(a._i, a._v * b[tuple(a._i)], a.shape, a._coalesced)
    return to_csr(made) if layout is layouts.sparse_csr else made


def div(a, b, *, rounding_mode=None):
    """Quotient by a number."""
    if isinstance(b, SparseTensor) or (isinstance(b, Tensor) and b.ndim) or not isinstance(a, SparseTensor):
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    return _rebuilt(a, public.div(a._v, b, rounding_mode=rounding_mode))


def total(s, dim=None, keepdim=False, *, dtype=None):
    """Sum of all elements (a dense scalar), or over dimensions: sparse while sparse dimensions are left."""
    s = to_coo(s)
    values = s._v if dtype is None else s._v.to(dtype)
    if dim is None:
        return values.sum()
    if keepdim:
        raise NotImplementedError("sum of a sparse tensor: keepdim")
    k = s._i.shape[0]
    dims = sorted({d % s.ndim for d in ((dim,) if isinstance(dim, int) else dim)})
    inner = [d - k + 1 for d in dims if d >= k]
    values = values.sum(inner) if inner else values
    kept = [d for d in range(k) if d not in dims]
    if not kept:
        return values.sum(0)
    return coalesce(_coo(s._i[kept], values, [n for d, n in enumerate(s.shape) if d not in dims]))


def _softmax(s, dim, dtype, log):
    s = coalesce(s)
    values, dim = s._v if dtype is None else s._v.to(dtype), dim % s.ndim
    k = s._i.shape[0]
    if dim >= k:
        return _coo(s._i, (public.log_softmax if log else public.softmax)(values, dim - k + 1), s.shape, True)
    others = [d for d in range(k) if d != dim]
    number = _linear(s._i[others], [s.shape[d] for d in others]) if others else s._i.new_zeros(s._i.shape[1])
    kinds, number = public.unique(number, return_inverse=True)
    top = values.detach().new_full((kinds.shape[0], *values.shape[1:]), -math.inf).index_reduce(0, number, values.detach(), "amax")
    shifted = values - top[number]
    mass = shifted.new_zeros((kinds.shape[0], *values.shape[1:])).index_add(0, number, shifted.exp())
    return _coo(s._i, shifted - mass.log()[number] if log else shifted.exp() / mass[number], s.shape, True)


def softmax(input, dim, *, dtype=None):
    """Softmax over the elements that are there."""
    return _softmax(input, dim, dtype, False)


def log_softmax(input, dim, *, dtype=None):
    """Logarithm of softmax over the elements that are there."""
    return _softmax(input, dim, dtype, True)


def cat(tensors, dim=0):
    """Sparse tensors side by side along a sparse dimension."""
    parts, at, columns = [to_coo(t) for t in tensors], 0, []
    dim = dim % parts[0].ndim
    for p in parts:
        if dim >= p._i.shape[0]:
            raise NotImplementedError("cat of sparse tensors along a dense dimension")
        moved = p._i.clone()
        moved[dim] += at
        at += p.shape[dim]
        columns.append(moved)
    shape = list(parts[0].shape)
    shape[dim] = at
    return _coo(public.cat(columns, 1), public.cat([p._v for p in parts]), shape)


def index_select(s, dim, index):
    """Slices at indices, in their order, along a sparse dimension."""
    s, dim = to_coo(s), dim % s.ndim
    which, at = public.nonzero(index.reshape(-1, 1) == s._i[dim]).t()
    rows = s._i[:, at]
    rows[dim] = which
    return _coo(rows, s._v[at], [index.numel() if d == dim else n for d, n in enumerate(s.shape)])


def select(s, dim, index):
    """One slice."""
    s, dim = to_coo(s), dim % s.ndim
    k = s._i.shape[0]
    if dim >= k:
        return _coo(s._i, s._v.select(dim - k + 1, index), [n for d, n in enumerate(s.shape) if d != dim], s._coalesced)
    there = s._i[dim] == index % s.shape[dim]
    if k == 1:
        return s._v[there].sum(0)
    return _coo(s._i[[d for d in range(k) if d != dim]][:, there], s._v[there], [n for d, n in enumerate(s.shape) if d != dim], s._coalesced)


def _item(s, index):
    if not isinstance(index, int):
        raise NotImplementedError("indexing of sparse tensors: integers only; use index_select or to_dense")
    return select(s, 0, index)


def unsqueeze(s, dim):
    """A new sparse dimension of size 1."""
    s, dim = to_coo(s), dim % (s.ndim + 1)
    if dim > s._i.shape[0]:
        raise NotImplementedError("unsqueeze among the dense dimensions of a sparse tensor")
    zero = s._i.new_zeros((1, s._i.shape[1]))
    return _coo(public.cat([s._i[:dim], zero, s._i[dim:]]), s._v, [*s.shape[:dim], 1, *s.shape[dim:]], s._coalesced)


def sparse_mask(self, mask):
    """Elements of a tensor where mask (sparse) has some."""
    m = coalesce(mask)
    made = _coo(m._i, _dense(self)[tuple(m._i)], m.shape, True)
    return to_csr(made) if mask._layout is layouts.sparse_csr else made


def smm(input, mat):
    """Product of a sparse and a dense matrix, sparse with every element of its rows."""
    out = mm(input, mat)
    rows, cols = to_coo(input)._i[0].unique(), public.arange(out.shape[1])
    at = public.stack([rows.repeat_interleave(cols.shape[0]), cols.repeat(rows.shape[0])])
    return _coo(at, out[tuple(at)], out.shape)


def hspmm(mat1, mat2):
    """Product of a sparse and a dense matrix: the rows that are there, sparse in the first dimension."""
    rows = to_coo(mat1)._i[0].unique()
    return _coo(rows.unsqueeze(0), mm(mat1, mat2)[rows], (mat1.shape[0], mat2.shape[1]), True)


def sspaddmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2), all as a sparse tensor."""
    product = smm(mat1, mat2)
    return _coo(public.cat([to_coo(input)._i, product._i], 1), public.cat([to_coo(input)._v * beta, product._v * alpha]), input.shape)


def _to(s, *args, **kwargs):
    device, dtype, _, _ = _C._nn._parse_to(*args, **kwargs)
    made = _rebuilt(s, s._v.to(device=device, dtype=dtype))
    return s if dtype in (None, s.dtype) and device in (None, s.device) else made


def _values_of(s):
    if s._layout is layouts.sparse_coo and not s._coalesced:
        raise RuntimeError("Cannot get values on an uncoalesced tensor, please call .coalesce() first")
    return s._v


def _indices_of(s):
    if s._layout is not layouts.sparse_coo:
        raise RuntimeError(f"indices expected sparse coordinate tensor layout but got {str(s._layout)[6:].title().replace('_', '')}")
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


def _in_place_add(a, b, *, alpha=1):
    if isinstance(a, SparseTensor):
        raise NotImplementedError("add_ on a sparse tensor: make a new one with add")
    return a.add_(to_dense(b), alpha=alpha)


def _unary(name):
    def apply(s, *args, **kwargs):
        if name == "pow" and not (args and isinstance(args[0], (int, float)) and args[0] > 0):
            raise NotImplementedError("pow of sparse tensors: positive numbers as exponents only")
        s = coalesce(s) if s._layout is layouts.sparse_coo else s
        return _rebuilt(s, getattr(public, name)(s._v, *args, **kwargs))

    return apply


HANDLERS = {"to_dense": to_dense, "to_sparse": to_sparse, "to_sparse_coo": to_sparse, "to_sparse_csr": to_csr, "to_sparse_csc": to_csc, "coalesce": coalesce,
    "t": lambda s: transpose(s, 0, 1),
            "is_coalesced": lambda s: s._coalesced, "indices": _indices_of, "values": _values_of, "_indices": lambda s: s._i, "_values": lambda s: s._v,
                "_nnz": lambda s: s._v.shape[0],
            "sparse_dim": lambda s: s._i.shape[0] if s._layout is layouts.sparse_coo else 2, "dense_dim": lambda s: s._v.ndim - 1 if s._layout is layouts.sparse_coo else 0,
            "transpose": transpose, "mm": mm, "matmul": mm, "__matmul__": mm, "__rmatmul__": lambda a, b: mm(b, a), "mv": mm, "addmm": addmm, "add": add, "__add__": add,
                "sub": lambda a, b: add(a, b, alpha=-1),
            "__radd__": lambda a, b: add(b, a), "__sub__": lambda a, b: add(a, b, alpha=-1), "mul": mul, "__mul__": mul, "__rmul__": mul, "div": div, "true_divide": div,
                "__truediv__": div, "add_": _in_place_add,
            "__iadd__": _in_place_add, "neg": lambda s: _rebuilt(s, -s._v), "__neg__": lambda s: _rebuilt(s, -s._v), "sum": total, "softmax": softmax,
                "log_softmax": log_softmax, "cat": cat,
            "index_select": index_select, "select": select, "__getitem__": _item, "unsqueeze": unsqueeze, "sparse_mask": sparse_mask, "smm": smm, "spmm": mm, "dsmm": mm,
                "hspmm": hspmm, "hsmm": hspmm,
            "sspaddmm": sspaddmm, "saddmm": sspaddmm, "to": _to, "clone": lambda s, **k: _rebuilt(s, s._v.clone()), "detach": lambda s: _rebuilt(s, s._v.detach()),
                "cpu": lambda s: _to(s, "cpu"),
            "norm": lambda s, p="fro", **k: public.norm(coalesce(s)._v, 2 if p == "fro" else p, **k), "data_ptr": _no_pointer, "untyped_storage": _no_pointer,
                "storage": _no_pointer,
            "numpy": lambda s, **k: _no_numpy(s), "is_complex": lambda s: s.dtype.is_complex, "is_floating_point": lambda s: s.dtype.is_floating_point,
            "stride": lambda s, dim=None: (0,) * s.ndim if dim is None else 0, "is_contiguous": lambda s, **k: False, "element_size": lambda s: s.dtype.itemsize,
            **{n: (lambda s, d=d: _to(s, BY_NAME[d])) for n, d in {"float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16", "int": "int32",
                "long": "int64"}.items()},
            **{n: _part(n) for n in ("crow_indices", "col_indices", "ccol_indices", "row_indices")},
            **{n: _unary(n) for n in """abs absolute relu sqrt sin sinh tan tanh asin asinh atan atanh floor ceil round trunc sign sgn expm1
            log1p square erf erfinv deg2rad rad2deg nan_to_num
            pow conj_physical positive frac""".split()}}
HANDLERS |= {"size": lambda s, dim=None: s.shape if dim is None else s.shape[dim], "dim": lambda s: s.ndim, "ndimension": lambda s: s.ndim, "numel": lambda s: math.prod(s.shape),
             "nelement": lambda s: math.prod(s.shape), "is_same_size": lambda a, b: a.shape == b.shape, "__len__": lambda s: s.shape[0], "is_tensor": lambda s: True,
                 "get_device": lambda s: s._v.get_device()}
_KEPT = ("__hash__", "__class__", "__dict__")


def _no_numpy(s):
    raise TypeError(f"can't convert {s._layout} layout tensor to numpy. Use Tensor.to_dense() first.")


def _install():
    """Every method of Tensor is replaced in the class: by its handler, or by a refusal."""
    def refusal(name):
        def refuse(self, *args, **kwargs):
            raise NotImplementedError(f"Tensor.{name}: not supported for tensors of layout {self._layout}")

        refuse.__name__ = name
        return refuse

    for name, function in METHODS.items():
        if name in HANDLERS:
            setattr(SparseTensor, name, HANDLERS[name])
        elif callable(function) and name not in _KEPT and name not in vars(SparseTensor):
            setattr(SparseTensor, name, refusal(name))
    for name, handler in HANDLERS.items():
        setattr(SparseTensor, name, handler)
    overrides.plain.discard(SparseTensor)


for _name, _layout, _pair in (("csr", layouts.sparse_csr, ("crow_indices", "col_indices")), ("csc", layouts.sparse_csc, ("ccol_indices", "row_indices")),
                              ("bsr", layouts.sparse_bsr, ("crow_indices", "col_indices")), ("bsc", layouts.sparse_bsc, ("ccol_indices", "row_indices"))):
    register(f"sparse_{_name}_tensor", _named(f"sparse_{_name}_tensor", _layout, *_pair), method=False)
for _function in (sparse_coo_tensor, sparse_compressed_tensor, hspmm, smm, sspaddmm):
    register(_function.__name__, _function, method=_function.__name__ in ("smm", "sspaddmm"), aliases={"hspmm": ("hsmm",), "sspaddmm": ("saddmm",)}.get(_function.__name__, ()))
    _function.__module__ = "torch"
for _name in ("spmm", "dsmm"):
    register(_name, mm, method=False)
for _name, _function in (("to_sparse", to_sparse), ("to_sparse_coo", to_sparse), ("to_sparse_csr", to_csr), ("to_sparse_csc", to_csc), ("sparse_mask", sparse_mask),
                         ("to_sparse_bsr", lambda self, blocksize, dense_dim=None: to_sparse(self, layout=layouts.sparse_bsr, blocksize=blocksize, dense_dim=dense_dim)),
                         ("to_sparse_bsc", lambda self, blocksize, dense_dim=None: to_sparse(self, layout=layouts.sparse_bsc, blocksize=blocksize, dense_dim=dense_dim))):
    METHODS[_name] = _function
for _name in ("indices", "values", "crow_indices", "col_indices", "ccol_indices", "row_indices"):
    register(_name + "_copy", (lambda part: lambda input: HANDLERS[part](input).clone() if isinstance(input, SparseTensor) else METHODS[part](input))(_name), method=False)
