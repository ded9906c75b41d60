"""Sparse tensors: indices and values beside a tensor without memory that carries shape and dtype (sparse_math.py has
the operations).

The engine records a leaf that requires grad at the tensor without memory, so that its gradient, hooks and accumulation
are like those of
any leaf: whoever takes its values gets them hung on that leaf, and their gradient arrives there as a sparse tensor of
the same layout.
The history of every other sparse tensor is that of its values.
"""
import math
import re

import mindtorch._C as _C
from mindtorch._core import layouts, overrides
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.size import check_count, whole, wholes
from mindtorch._core.tensor import Tensor

from ..table.registry import METHODS, _Source, _parameters, public, register
from ..tensor.methods import _delete_grad, _set_grad
from ..shape.views import wrap_dim

HANDLERS = {}  # name of a function or method -> what it does with sparse tensors

_COMPRESSED = {layouts.sparse_csr: ("crow_indices", "col_indices"), layouts.sparse_csc: ("ccol_indices", "row_indices"),
               layouts.sparse_bsr: ("crow_indices", "col_indices"), layouts.sparse_bsc: ("ccol_indices", "row_indices")}
_TURNED = {layouts.sparse_csr: layouts.sparse_csc, layouts.sparse_csc: layouts.sparse_csr,
           layouts.sparse_bsr: layouts.sparse_bsc, layouts.sparse_bsc: layouts.sparse_bsr}


class SparseTensor(Tensor):
    """A tensor of layout sparse_coo, or of a compressed one (`_outer` counts entries a row or column, `_inner` names
    the other index)."""

    __module__ = "torch.sparse"

    def __new__(cls, *args, **kwargs):
        raise TypeError("make sparse tensors by torch.sparse_coo_tensor and its like, or Tensor.to_sparse")

    _canonical = True

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        handler = HANDLERS.get(getattr(func, "__name__", ""))
        if handler is None:
            layout = next((str(a._layout) for a in args if isinstance(a, SparseTensor)), "sparse")
            raise NotImplementedError(
                f"{getattr(func, '__name__', func)}: not supported for tensors of layout {layout}")
        return handler(*args, **(kwargs or {}))

    # the engine's own answers: no handler is asked
    shape, dtype, ndim = (vars(Tensor)[n] for n in ("shape", "dtype", "ndim"))
    layout = property(lambda self: self._layout)
    is_sparse = property(lambda self: self._layout is layouts.sparse_coo)
    is_sparse_csr = property(lambda self: self._layout is layouts.sparse_csr)
    device = property(lambda self: self._raw.device)
    is_meta = property(lambda self: self._raw.is_meta)
    is_cpu = property(lambda self: self._raw.device.type == "cpu")
    requires_grad = property(lambda self: _required(self) or self._raw.requires_grad,
                             lambda self, on: require_grad(self, on))
    grad_fn = property(lambda self: None if _required(self) else self._raw.grad_fn)
    is_leaf = property(lambda self: _required(self) or not self._raw.requires_grad)
    grad = property(lambda self: self._grad, _set_grad, _delete_grad)
    _v = property(lambda self: _leaf_values(self) if recorded(self) else self._raw,
                  lambda self, values: self.__dict__.__setitem__("_raw", values))
    T = property(lambda self: self.t())
    mT = property(lambda self: transpose(self, -2, -1))
    real = property(lambda self: rebuilt(self, self._v.real) if self.dtype.is_complex else self)
    is_cuda, is_npu = property(lambda self: self._raw.is_cuda), property(lambda self: self._raw.device.type == "npu")
    is_quantized = is_nested = is_mkldnn = is_mps = is_xpu = False

    def __reduce_ex__(self, protocol):
        from mindtorch._utils import _rebuild_sparse_tensor

        values, shape = _C.detach(self._raw), tuple(self.shape)  # as in PyTorch, that a leaf requires grad is not kept
        parts = (self._i, values, shape,
                 self._coalesced) if self._layout is layouts.sparse_coo else (self._outer, self._inner, values, shape)
        return _rebuild_sparse_tensor, (self._layout, parts)

    def __deepcopy__(self, memo):
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                               "protocol at the moment.")
        made = rebuilt(self, self._raw.detach().clone())
        made.requires_grad = self.requires_grad
        if self.grad is not None:
            made.grad = self.grad.__deepcopy__(memo)
        memo[id(self)] = made
        return made

    def __repr__(self, *, tensor_contents=None):
        parts = (
            {"indices": self._i, "values": self._raw}
            if self._layout is layouts.sparse_coo
            else dict(zip(_COMPRESSED[self._layout], (self._outer, self._inner))) | {"values": self._raw}
        )
        texts = []
        for name, t in parts.items():
            if t.numel() == 0:
                texts.append(f"{name}=tensor([], size={tuple(t.shape)})")
                continue
            text = re.sub(r",\s*(dtype|grad_fn|requires_grad)=[^,)]*", "", repr(t.detach()))
            texts.append(f"{name}=" + text.replace("\n", "\n" + " " * (8 + len(name))))
        tail = [f"size={tuple(self.shape)}", f"nnz={self._nnz()}"]
        tail += [f"dtype={self.dtype}"] if self.dtype._name not in ("float32", "int64", "bool", "complex64") else []
        tail += [f"layout={self._layout}"] + ([f"grad_fn=<{self.grad_fn.name()}>"] if self.grad_fn is not None
                                              else ["requires_grad=True"] if self.requires_grad else [])
        return "tensor(" + ",\n       ".join([*texts, ", ".join(tail)]) + ")"

    __str__ = __repr__


def _carrier(shape, values):
    if values.is_quantized:
        raise NotImplementedError("quantised values of sparse tensors are not supported")
    made = _C.empty(tuple(shape), values._dtype_code, -1)
    made.__class__ = SparseTensor
    made._v = values
    return made


def _beside(values, indices):
    """Indices on the device of the values."""
    there = indices._device_code == values._device_code or values._device_code < 0
    return indices if there else indices.to(values.device)


def _coo(indices, values, shape, coalesced=False):
    made = _carrier(shape, values)
    made._layout, made._i, made._coalesced = layouts.sparse_coo, _beside(values, indices), coalesced
    return made


def _compressed(layout, outer, inner, values, shape):
    made = _carrier(shape, values)
    made._layout, made._outer, made._inner = layout, _beside(values, outer), _beside(values, inner)
    return made


def dim_of(s, dim, function, more=0):
    """A dimension of s (or of what has `more` of them), never negative; IndexError out of range."""
    return wrap_dim(whole(dim, function, "dim"), s.ndim + more, False)


def check_indices(s):
    """RuntimeError for coordinates outside the tensor: nobody looks at them when a tensor is made."""
    if s._i.shape[1]:
        _check_coordinates(s._i, s.shape)


def _check_coordinates(indices, shape):
    low, high = indices.min(1).values.tolist(), indices.max(1).values.tolist()
    for d, (a, b) in enumerate(zip(low, high)):
        if a < 0:
            raise RuntimeError(f"found negative index {a} for dim {d}")
        if b >= shape[d]:
            raise RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {shape[d]} "
                               f"but found index {b}")


def _check_compressed(layout, outer, inner, shape, blocks):
    """RuntimeError for indices that no matrix of a compressed layout has."""
    rows_first = layout in (layouts.sparse_csr, layouts.sparse_bsr)
    a, b, count = ("crow", "col", "row") if rows_first else ("ccol", "row", "col")
    n = shape[1] // blocks[1] if rows_first else shape[0] // blocks[0]
    before, at = outer.tolist(), inner.tolist()

    def need(holds, rule):
        if not holds:
            raise RuntimeError(f"`{rule}` is not satisfied.")

    need(before[0] == 0, f"{a}_indices[..., 0] == 0")
    need(before[-1] == len(at), f"{a}_indices[..., -1] == nnz")
    need(all(0 <= y - x <= n for x, y in zip(before, before[1:])),
         f"0 <= {a}_indices[..., 1:] - {a}_indices[..., :-1] <= n{b}s")
    need(all(0 <= i < n for i in at), f"0 <= {b}_indices < n{b}s")
    need(all(at[i - 1] < at[i] for x, y in zip(before, before[1:]) for i in range(x + 1, y)),
         f"{b}_indices[..., {a}_indices[..., i - 1]:{a}_indices[..., i]] for all i = 1, ..., n{count}s are sorted and "
         "distinct along the last dimension values")


def rebuilt(s, values):
    """The same indices with other values."""
    return (_coo(s._i, values, s.shape, s._coalesced) if s._layout is layouts.sparse_coo
            else _compressed(s._layout, s._outer, s._inner, values, s.shape))


# ---- leaves ----
_engine_flag = vars(Tensor)["requires_grad"]


def _required(s):
    return _engine_flag.__get__(s)


def require_grad(s, on=True):
    """Make a leaf of a tensor without history, or no longer; RuntimeError for others."""
    if on and not (s.dtype.is_floating_point or s.dtype.is_complex):
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    if s._raw.requires_grad:
        if not on:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                "a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )
    else:
        _engine_flag.__set__(s, bool(on))
    return s


def _down_from(number):
    return public.arange(number.shape[0] - 1, -1, -1, device=number.device)


def _leaf_rule(node, g):
    """Gradient of the values -> of the leaf: equal indices have one value between them, so one of their (equal)
    gradients is it."""
    layout, *parts, shape = node.context
    if layout is not layouts.sparse_coo:
        return (_compressed(layout, *parts, g, shape),)
    indices, coalesced = parts
    if coalesced:
        return (_coo(indices, g, shape, True),)
    place, number = public.unique(_linear(indices, shape), return_inverse=True)
    first = place.new_empty(place.shape).index_copy(0, number.flip(0), _down_from(number))
    return (_coo(indices[:, first], g[first], shape, True),)


def _leaf_values(s):
    made = _C.detach(s._raw)
    parts = (s._i, s._coalesced) if s._layout is layouts.sparse_coo else (s._outer, s._inner)
    _C.attach("ValuesBackward0", _leaf_rule, (s._layout, *parts, tuple(s.shape)), (s,), (made,), ())
    return made


def recorded(s):
    """Whether s is a leaf whose uses are recorded now."""
    return isinstance(s, SparseTensor) and _required(s) and _C.is_grad_enabled()


def full_leaf(s):
    """A leaf with all its zeros, whose gradient is dense."""
    made = to_dense(s.detach())
    _C.attach("ToDenseBackward0", lambda node, g: (g,), None, (s,), (made,), ())
    return made


def accumulate(old, new, create):
    """The new .grad of a leaf when one of both is sparse; the old one in place where its layout can hold the sum."""
    if old is None:
        return (rebuilt(new, new._v.clone()) if create else rebuilt(new, new._raw.detach())
                if new._layout is not layouts.sparse_coo else _coo(new._i, new._raw.detach(), new.shape))
    sparse_first = isinstance(old, SparseTensor)
    if sparse_first and not isinstance(new, SparseTensor):
        return new + old
    if create:
        return old + new
    mode = _C.is_grad_enabled()
    _C.set_grad_enabled(False)
    try:
        return old.add_(new)
    finally:
        _C.set_grad_enabled(mode)


def _checks():
    from mindtorch.sparse import _checks as switch

    return switch


def _leaf(made, requires_grad):
    values = made._raw
    if (
        values.requires_grad and values.grad_fn is None and _C.is_grad_enabled()
    ):  # the values may be a leaf, what is made of them is none
        made._v = _C.detach(values)
        name = ("SparseCooTensorWithDimsAndTensorsBackward0" if made._layout is layouts.sparse_coo
                else "SparseCompressedTensorBackward0")
        _C.attach(name, lambda node, g: (g,), None, (values,), (made._raw,), ())
    return require_grad(made) if requires_grad else made


def _as_tensor(data, dtype=None, device=None):
    return data if isinstance(data,
                              Tensor) and dtype is None and device is None else public.as_tensor(
                                  data, dtype=dtype, device=device)


def _sizes(size, function):
    size = wholes(size, function, "size")
    if type(size) is int:
        raise TypeError(f"{function}(): argument 'size' must be tuple of ints, not int")
    return size


def sparse_coo_tensor(indices=None, values=None, size=None, *, dtype=None, layout=None, device=None, pin_memory=False,
                      requires_grad=False, check_invariants=None, is_coalesced=None):
    """A tensor of `values` (nnz, ...) at `indices` (sparse dims, nnz); equal indices add up. Without size the smallest
    that holds them."""
    if pin_memory:
        raise NotImplementedError("sparse_coo_tensor: pin_memory")
    if layout not in (None, layouts.sparse_coo):
        raise RuntimeError(f"sparse_coo_tensor: layout is {layouts.sparse_coo}, not {layout}")
    if values is None and (size is not None or indices is not None):
        size = _sizes(indices if size is None else size, "sparse_coo_tensor")  # only a size: an empty tensor
        indices, values = public.zeros((len(size), 0), dtype=BY_NAME["int64"],
                                       device=device), public.zeros((0,), dtype=dtype, device=device)
    size = None if size is None else _sizes(size, "sparse_coo_tensor")
    indices, values = _as_tensor(indices, device=device).long(), _as_tensor(values, dtype, device)
    values = values.unsqueeze(0) if values.ndim == 0 else values
    indices = indices.unsqueeze(
        0) if indices.ndim == 1 and values.ndim == 1 and size is not None and len(size) == 1 else indices
    if indices.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices.shape)}")
    if indices.shape[1] != values.shape[0]:
        raise RuntimeError(f"indices and values must have same nnz, but got nnz from indices: {indices.shape[1]}, nnz "
                           f"from values: {values.shape[0]}")
    if size is None:
        if indices.shape[1] == 0 and indices.shape[0]:
            size = (0,) * indices.shape[0] + tuple(values.shape[1:])
        else:
            low, high = indices.min(1).values.tolist(), indices.max(1).values.tolist()
            if min(low, default=0) < 0:
                raise RuntimeError(f"found negative index {min(low)} for dim {low.index(min(low))}")
            size = tuple(n + 1 for n in high) + tuple(values.shape[1:])
            check_count(size)
    if len(size) != indices.shape[0] + values.ndim - 1:
        raise RuntimeError(f"number of dimensions must be sparse_dim ({indices.shape[0]}) + dense_dim "
                           f"({values.ndim - 1}), but got {len(size)}")
    if (_checks()[0] if check_invariants is None else check_invariants) and indices.shape[1]:
        _check_coordinates(indices, size)
    return _leaf(_coo(indices, values, size, bool(is_coalesced)), requires_grad)


def sparse_compressed_tensor(compressed_indices, plain_indices, values, size=None, *, dtype=None, layout=None,
                             device=None, pin_memory=False, requires_grad=False,
    check_invariants=None):
    """A matrix (or matrix of blocks) in a compressed layout: how many entries come before each row (column), and the
    other index of each."""
    if layout not in _COMPRESSED:
        raise RuntimeError("expected sparse compressed tensor layout" + ("" if layout is None else f", got {layout}"))
    if pin_memory:
        raise NotImplementedError("sparse_compressed_tensor: pin_memory")
    outer, inner, values = _as_tensor(compressed_indices,
                                      device=device), _as_tensor(plain_indices,
                                                                 device=device), _as_tensor(values, dtype, device)
    if outer.ndim != 1:
        raise NotImplementedError("sparse_compressed_tensor: batches of matrices")
    blocks = tuple(values.shape[1:3]) if layout in (layouts.sparse_bsr, layouts.sparse_bsc) else (1, 1)
    if len(blocks) != 2 or inner.ndim != 1 or not values.ndim:
        raise RuntimeError(f"sparse_compressed_tensor: indices of {inner.ndim} and values of {values.ndim} dimensions "
                           f"are none of layout {layout}")
    if size is not None:
        size = _sizes(size, "sparse_compressed_tensor")
        if len(size) < 2:
            raise RuntimeError(f"sparse_compressed_tensor: no size of layout {layout} has {len(size)} dimensions")
    else:
        lengths = (max(outer.shape[0] - 1, 0), int(inner.max().item()) + 1 if inner.numel() else 0)
        lengths = lengths if layout in (layouts.sparse_csr, layouts.sparse_bsr) else lengths[::-1]
        size = (lengths[0] * blocks[0], lengths[1] * blocks[1])
    if _checks()[0] if check_invariants is None else check_invariants:
        _check_compressed(layout, outer, inner, size, blocks)
    return _leaf(_compressed(layout, outer, inner, values, size), requires_grad)


def _named(name, layout, first, second):
    options = "dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, check_invariants=None"
    source = _Source(name, _parameters(f"{first}, {second}, values, size=None, *, {options}"), [], None,
                     f"sparse_compressed_tensor of layout {layout}.")
    given = ", ".join(f"{n}={n}" for n in ("dtype", "device", "pin_memory", "requires_grad", "check_invariants"))
    return source.build(
        [f"if layout not in (None, _layout): raise RuntimeError(f'{name}: layout is {{_layout}}, not {{layout}}')",
         f"return _make({first}, {second}, values, size, layout=_layout, {given})"],
        {"_make": sparse_compressed_tensor, "_layout": layout})


# ---- between layouts ----
def to_coo(s):
    """The tensor in coordinates."""
    if s._layout is layouts.sparse_coo:
        return s
    counts = s._outer[1:] - s._outer[:-1]
    rows_first = s._layout in (layouts.sparse_csr, layouts.sparse_bsr)
    block = s._v.shape[1 if rows_first else 2] if s._layout in (layouts.sparse_bsr, layouts.sparse_bsc) else 1
    if counts.shape[0] * block != s.shape[0 if rows_first else 1]:
        raise RuntimeError(f"compressed indices of {counts.shape[0]} rows (columns) do not go with the shape "
                           f"{list(s.shape)}")
    outer, inner, values = public.repeat_interleave(public.arange(counts.shape[0], device=counts.device),
                                                    counts.long()), s._inner.long(), s._v
    rows, cols = (outer, inner) if rows_first else (inner, outer)
    if s._layout in (layouts.sparse_bsr, layouts.sparse_bsc):
        height, width = values.shape[1:3]
        rows = (rows.reshape(-1, 1, 1) * height
                + public.arange(height, device=rows.device).reshape(1, -1, 1)).expand(-1, height, width).reshape(-1)
        cols = (cols.reshape(-1, 1, 1) * width
                + public.arange(width, device=rows.device).reshape(1, 1, -1)).expand(-1, height, width).reshape(-1)
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
    check_indices(s)
    k = s._i.shape[0]
    place, number = public.unique(_linear(s._i, s.shape[:k]), return_inverse=True)
    values = s._v.new_zeros((place.shape[0], *s._v.shape[1:])).index_add(0, number, s._v)
    rows, rest = [], place
    for n in reversed(s.shape[:k]):
        rows.append(rest % max(n, 1))
        rest = rest // max(n, 1)
    return _coo(public.stack(rows[::-1]) if rows else s._i[:, : place.shape[0]], values, s.shape, True)


def to_dense(s, dtype=None, *, masked_grad=None):
    """The tensor with all its zeros. masked_grad=False: the gradient of a leaf has all elements that are not zero."""
    if dtype is not None:
        raise RuntimeError("dtype argument is not supported by sparse_to_dense")
    if masked_grad is False and recorded(s):
        made = to_dense(s.detach())
        _C.attach("ToDenseBackward0", lambda node, g: (to_sparse(g),), None, (s,), (made,), ())
        return made
    s = to_coo(s)
    k, shape = s._i.shape[0], tuple(s.shape)
    check_indices(s)
    values = s._v
    return values.new_zeros((math.prod(shape[:k]),
                             *shape[k:])).index_add(0, _linear(s._i, shape[:k]), values).reshape(shape)


def to_sparse(self, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None):
    """The nonzero elements (over the first sparse_dim dimensions, by default all) as a sparse tensor."""
    if isinstance(self, SparseTensor):
        target = {None: to_coo, layouts.sparse_coo: to_coo, layouts.sparse_csr: to_csr,
                  layouts.sparse_csc: to_csc}.get(layout)
        if target is None:
            return to_sparse(to_dense(self), layout=layout, blocksize=blocksize)
        return target(self)
    if dense_dim:
        raise NotImplementedError("to_sparse: dense_dim")
    if layout in _COMPRESSED:
        if layout in (layouts.sparse_bsr, layouts.sparse_bsc):
            return _to_blocks(self, layout, blocksize)
        return (to_csr if layout is layouts.sparse_csr else to_csc)(to_sparse(self))
    k = self.ndim if sparse_dim is None else whole(sparse_dim, "to_sparse", "sparse_dim")
    if not (0 < k <= self.ndim or self.ndim == 0):
        raise RuntimeError(f"sparse_dim must be in the range [1, {self.ndim}], got {k}")
    mask = self.detach() != 0
    indices = public.nonzero(mask.reshape(*self.shape[:k], -1).any(-1)).t().contiguous()
    return _coo(indices, self[tuple(indices)] if k else self.reshape(1), self.shape, True)


def transpose(s, dim0, dim1):
    """Two sparse dimensions exchanged."""
    dim0, dim1 = dim_of(s, dim0, "transpose"), dim_of(s, dim1, "transpose")
    if s._layout in _TURNED and {dim0, dim1} == {0, 1}:
        values = s._v if s._layout in (layouts.sparse_csr, layouts.sparse_csc) else s._v.transpose(1, 2)
        return _compressed(_TURNED[s._layout], s._outer, s._inner, values, (s.shape[1], s.shape[0], *s.shape[2:]))
    s, order = to_coo(s), list(range(s.ndim))
    if max(dim0, dim1) >= s._i.shape[0]:
        raise RuntimeError("transpose: only sparse dimensions can be transposed")
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _coo(s._i[order[: s._i.shape[0]]], s._v, [s.shape[d] for d in order], s._coalesced and dim0 == dim1)


def _to_blocks(dense, layout, blocksize):
    if blocksize is None:
        raise RuntimeError("to_sparse: a blocksize is needed for the layouts of blocks")
    if dense.ndim != 2:
        raise NotImplementedError("to_sparse: blocks of anything but a matrix")
    blocksize = wholes(blocksize, "to_sparse", "blocksize")
    if type(blocksize) is int or len(blocksize) != 2 or min(blocksize) < 1:
        raise RuntimeError(f"dense_to_sparse: blocksize needs to be two positive numbers, but got {blocksize}")
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
    return _compressed(layouts.sparse_csr, public.cat([counts.new_zeros(1), counts.cumsum(0)]), s._i[1].contiguous(),
                       s._v, s.shape)


def to_csc(s, dense_dim=None):
    """The matrix by columns."""
    turned = to_csr(transpose(to_coo(s if isinstance(s, SparseTensor) else to_sparse(s)), 0, 1))
    return _compressed(layouts.sparse_csc, turned._outer, turned._inner, turned._v,
                       (turned.shape[1], turned.shape[0], *turned.shape[2:]))


_KEPT = ("__hash__", "__class__", "__dict__")


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


for _name, _layout, _pair in (
    ("csr", layouts.sparse_csr, ("crow_indices", "col_indices")),
    ("csc", layouts.sparse_csc, ("ccol_indices", "row_indices")),
    ("bsr", layouts.sparse_bsr, ("crow_indices", "col_indices")),
    ("bsc", layouts.sparse_bsc, ("ccol_indices", "row_indices")),
):
    register(f"sparse_{_name}_tensor", _named(f"sparse_{_name}_tensor", _layout, *_pair), method=False)
