"""The nested tensor: a tuple of tensors that answers like one, by table of what each function does with the parts."""
import itertools

import mindtorch as torch
import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.tensor import Tensor
from mindtorch._ops.table.registry import TABLE

_HANDLERS = {}  # name of a function or method -> what it does with nested tensors
_numbers = itertools.count(1)


class RaggedSize(int):
    """The size of the dimension that differs between parts: equal only to itself (and what was computed from the same
    tensor)."""

    def __new__(cls):
        made = super().__new__(cls, -1)
        made.number = next(_numbers)
        return made

    def __repr__(self):
        return f"j{self.number}"

    __str__ = __repr__

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    def __hash__(self):
        return hash(("ragged", self.number))


class NestedTensor(Tensor):
    """Parts of equal dtype and number of dimensions. Jagged ones differ in one dimension only (`_ragged`, counted with
    the batch)."""

    __module__ = "torch.nested"

    def __new__(cls, *args, **kwargs):
        raise TypeError("make nested tensors by torch.nested.nested_tensor and its like")

    _canonical = True

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        handler = _HANDLERS.get(name)
        if handler is None:
            raise NotImplementedError(f"{name or func}: not supported for nested tensors")
        return handler(func, *args, **(kwargs or {}))

    @property
    def shape(self):
        """Sizes with the ragged one; RuntimeError for the strided layout, which has none."""
        if self._layout is layouts.strided:
            raise RuntimeError("Internal error: NestedTensorImpl doesn't support sizes. Please file an issue.")
        return tuple.__new__(torch.Size, [self.size(d) for d in range(self.ndim)])

    ndim = property(lambda self: self._dims)
    dtype = property(lambda self: vars(Tensor)["dtype"].__get__(self))
    layout = property(lambda self: self._layout)
    device = property(lambda self: self._parts[0].device if self._parts else torch.device("cpu"))
    is_nested = True
    is_sparse = is_sparse_csr = is_quantized = is_mkldnn = is_mps = is_xpu = False
    is_cpu = property(lambda self: self.device.type == "cpu")
    is_cuda = property(lambda self: self.device.type == "cuda")
    is_meta = property(lambda self: self.device.type == "meta")
    grad_fn = property(lambda self: next((p.grad_fn for p in self._parts if p.grad_fn is not None), None))
    is_leaf = property(lambda self: all(p.is_leaf for p in self._parts))
    requires_grad = property(lambda self: any(p.requires_grad for p in self._parts),
                             lambda self, on: self.requires_grad_(on))

    @property
    def grad(self):
        """The parts' gradients as a nested tensor; zeros for parts that got none while others did."""
        if all(p.grad is None for p in self._parts):
            return None
        return from_parts([torch.zeros_like(p) if p.grad is None else p.grad for p in self._parts], self._layout,
                          ragged=self._ragged)

    @grad.setter
    def grad(self, value):
        for p, g in zip(self._parts, [None] * len(self._parts) if value is None else _parts_of(value, self)):
            p.grad = g

    def requires_grad_(self, requires_grad=True):
        """Make a leaf of it, or no longer."""
        for p in self._parts:
            p.requires_grad_(requires_grad)
        return self

    def __len__(self):
        return len(self._parts)

    def __iter__(self):
        return iter(self._parts)

    def __repr__(self, *, tensor_contents=None):
        history = (f", grad_fn=<{self.grad_fn.name()}>" if self.grad_fn is not None else ", requires_grad=True"
                   if self.requires_grad else "")
        if self._layout is layouts.jagged:
            sizes = ", ".join(str(self.size(d)) for d in range(self.ndim))
            return f"NestedTensor(size=({sizes}), offsets={self.offsets()}{history}, contiguous={_contiguous(self)})"
        texts = ["  " + repr(p.detach()).replace("\n", "\n  ") for p in self._parts]
        return "nested_tensor([\n" + ",\n".join(texts) + "\n]" + history + ")"

    __str__ = __repr__

    def __reduce_ex__(self, protocol):
        return from_parts, (list(self._parts), self._layout, self._ragged)

    def __deepcopy__(self, memo):
        import copy

        return from_parts([copy.deepcopy(p, memo) for p in self._parts], self._layout, self._ragged)

    # ---- what only nested tensors have ----
    def offsets(self):
        """Where each part starts in values(), and where the last ends; jagged only."""
        if self._layout is layouts.strided:
            raise AttributeError("'Tensor' object has no attribute 'offsets'")
        if self._offsets is None:
            ends = itertools.accumulate((p.size(self._ragged - 1) for p in self._parts), initial=0)
            self._offsets = torch.tensor(list(ends), dtype=torch.int64, device=self.device)
        return self._offsets

    def lengths(self):
        """None: the parts follow each other without gaps."""
        return None

    def to_padded_tensor(self, padding, output_size=None):
        """The parts in one dense tensor, filled up with `padding`; RuntimeError when output_size is too small for
        them."""
        if not self._parts:
            raise RuntimeError("to_padded_tensor: a nested tensor without parts has no shape")
        room = [max(p.size(d) for p in self._parts) for d in range(self.ndim - 1)]
        if output_size is not None:
            if (
                len(output_size) != self.ndim
                or output_size[0] not in (-1, len(self._parts))
                or any(o != -1 and o < n for o, n in zip(output_size[1:], room))
            ):
                raise RuntimeError("Value in output_size is less than NestedTensor padded size. Truncation is not "
                                   "supported.")
            room = [n if o == -1 else o for o, n in zip(output_size[1:], room)]
        ends = lambda p: [n for d in reversed(range(p.dim())) for n in (0, room[d] - p.size(d))]
        return torch.stack([torch.nn.functional.pad(p, ends(p), value=padding) for p in self._parts])

    def values(self):
        """The parts one after another: along the ragged dimension, or flat for the strided layout."""
        if self._layout is layouts.strided:
            return torch.cat([p.reshape(-1) for p in self._parts]) if self._parts else torch.zeros(0)
        if self._packed is None:
            self._packed = torch.cat(self._parts, self._ragged - 1)
        return self._packed


def from_parts(parts, layout=layouts.strided, ragged=None, like=None, packed=None, offsets=None):
    """A nested tensor of these tensors. `like` has the same ragged size. RuntimeError where the layout does not allow
    the shapes."""
    parts = tuple(parts)
    dims = {p.dim() for p in parts}
    if len(dims) > 1:
        if layout is layouts.jagged:
            raise RuntimeError("When constructing a nested tensor, all tensors in list must have the same dim")
        i = next(i for i, p in enumerate(parts) if p.dim() != parts[0].dim())
        raise RuntimeError(
            "All Tensors given to nested_tensor must have the same dimension. "
            f"Found dimension {parts[i].dim()} for Tensor at index {i} and dimension {parts[0].dim()} for Tensor at "
            "index 0."
        )
    kinds = {p.dtype for p in parts} | {p.device for p in parts}
    if len(kinds) > 2:
        raise RuntimeError("When constructing a nested tensor, all tensors in list must have the same dtype and device")
    if layout is layouts.jagged:
        if not parts:
            raise RuntimeError("Cannot construct a nested tensor from an empty tensor list")
        differing = [d for d in range(parts[0].dim()) if len({p.size(d) for p in parts}) > 1]
        if ragged is None:
            ragged = differing[0] + 1 if differing else 1
        if parts[0].dim() == 0 or any(d != ragged - 1 for d in differing):
            raise RuntimeError("When constructing a nested tensor, all tensors in list must have the same shape but "
                               "for one dimension")
    code = parts[0]._dtype_code if parts else torch.empty(0)._dtype_code
    made = _C.empty((len(parts),), code, -1)
    made.__class__ = NestedTensor
    made._parts, made._layout, made._ragged, made._dims = parts, layout, ragged, (parts[0].dim() if parts else 0) + 1
    made._packed, made._offsets = packed, offsets if like is None else like._offsets
    made._j = like._j if like is not None else RaggedSize() if layout is layouts.jagged else None
    return made


def _contiguous(nt):
    return all(p.is_contiguous() for p in nt._parts) and nt._ragged in (None, 1)


def _parts_of(other, nt):
    """A second operand, as what goes with each part of nt."""
    if isinstance(other, NestedTensor):
        if len(other._parts) != len(nt._parts) or (nt._layout is layouts.jagged and other._j is not nt._j and any(
                p.size(nt._ragged - 1) != q.size(other._ragged - 1) for p, q in zip(nt._parts, other._parts))):
            raise RuntimeError("nested tensors of different ragged sizes cannot be operands of one operation")
        return other._parts
    if not isinstance(other, Tensor) or other.dim() == 0:
        return [other] * len(nt._parts)
    if nt._layout is layouts.strided:
        raise RuntimeError("Expected both self and other to be nested, but got a nested self and non-nested other")
    if other.dim() < nt.ndim:
        return [other] * len(nt._parts)
    if other.dim() > nt.ndim or other.size(0) not in (1, len(nt._parts)):
        raise RuntimeError(f"a tensor of shape {tuple(other.shape)} does not broadcast with a nested tensor of shape "
                           f"{tuple(nt.shape)}")
    return [other[i if other.size(0) > 1 else 0] for i in range(len(nt._parts))]


def _first(args):
    return next(a for a in args if isinstance(a, NestedTensor))


def _each(func, *args, **kwargs):
    """func of the parts, element by element: operands that are nested or broadcast go part by part, numbers to all."""
    nt = _first([*args, *kwargs.values()])
    columns = [_parts_of(a, nt) if isinstance(a, Tensor) else [a] * len(nt._parts) for a in args]
    named = {k: _parts_of(v, nt) if isinstance(v, Tensor) else [v] * len(nt._parts) for k, v in kwargs.items()}
    rows = zip(*columns) if columns else [()] * len(nt._parts)
    made = [func(*row, **{k: v[i] for k, v in named.items()}) for i, row in enumerate(rows)]
    if func.__name__.endswith("_") and not func.__name__.endswith("__") or (made and made[0] is nt._parts[0]):
        return nt
    return from_parts(made, nt._layout, nt._ragged, like=nt)


def handles(*names):
    """Registers what a function of these names does with nested tensors: handler(func, *args, **kwargs)."""
    def add(function):
        _HANDLERS.update(dict.fromkeys(names, function))
        return function

    return add


for _row in TABLE.values():
    if _row.kind == "pointwise":
        _HANDLERS.update(dict.fromkeys((_row.name, _row.name + "_"), _each))
_OPERATORS = "add sub mul truediv floordiv mod pow and or xor lshift rshift".split()
handles(*(f"__{p}{o}__" for o in _OPERATORS for p in ("", "r", "i")),
        *(f"__{o}__" for o in "lt le gt ge ne eq neg pos abs invert".split()), *"""where masked_fill masked_fill_ to
            type type_as cpu cuda
half float double bfloat16 int long bool clone detach detach_ zeros_like ones_like empty_like full_like rand_like
randn_like relu relu_ gelu silu elu leaky_relu mish softplus hardswish hardtanh
sigmoid tanh selu celu clip clip_ clamp nan_to_num fill_ zero_ dropout dropout_ alpha_dropout bernoulli uniform_ normal_
copy_ isnan isinf isfinite square rsub true_divide divide multiply subtract
logit softsign tanhshrink relu6 abs_ neg_ requires_grad_""".split())(_each)


def _part_dim(nt, dim):
    """A dimension of the nested tensor as one of its parts; RuntimeError for the batch."""
    d = dim + nt.ndim if dim < 0 else dim
    if not 0 <= d < nt.ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-nt.ndim}, {nt.ndim - 1}], but got "
                         f"{dim})")
    if d == 0:
        raise RuntimeError("nested tensors do not support this operation along the batch dimension")
    return d - 1


def _same(nt, parts, ragged=None):
    return from_parts(parts, nt._layout, ragged or nt._ragged, like=nt)


@handles("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "flip", "sort", "argsort")
def _along(func, nt, dim=-1, *args, **kwargs):
    d = _part_dim(nt, dim if isinstance(dim, int) else dim[0])
    made = [func(p, d, *args, **kwargs) if isinstance(dim, int) else func(p, [d]) for p in nt._parts]
    return (_same(nt, made) if isinstance(made[0], Tensor)
            else type(made[0])(tuple(_same(nt, [m[i] for m in made]) for i in range(len(made[0])))))


@handles("linear", "layer_norm", "rms_norm", "embedding")
def _last(func, input, *args, **kwargs):
    if isinstance(input, NestedTensor):
        return _same(input, [func(p, *args, **kwargs) for p in input._parts])
    raise NotImplementedError(f"{func.__name__}: only its input may be a nested tensor")


@handles("matmul", "__matmul__", "bmm", "__rmatmul__")
def _matmul(func, a, b):
    nt = _first((a, b))
    if not (isinstance(a, NestedTensor) and isinstance(b, NestedTensor)):
        if nt._layout is layouts.strided:
            raise RuntimeError("Expected both to be nested, but got a nested self and non-nested other")
        if not isinstance(a, NestedTensor) or (b.dim() > 2 and b.size(0) not in (1, len(nt._parts))):
            raise NotImplementedError(f"{func.__name__}: a dense first operand is not supported for nested tensors")
    others = (b._parts if isinstance(b, NestedTensor)
              else [b if b.dim() <= 2 else b[i if b.size(0) > 1 else 0] for i in range(len(nt._parts))])
    made = [torch.matmul(p, q) for p, q in zip(a._parts, others)]
    if nt._layout is layouts.strided or made[0].size(a._ragged - 1) == a._parts[0].size(a._ragged - 1):
        return from_parts(made, nt._layout, nt._ragged, like=nt)
    return torch.stack(made)  # the ragged dimensions met and are summed over


@handles("scaled_dot_product_attention")
def _attention(func, query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    if attn_mask is not None or not all(isinstance(t, NestedTensor) for t in (query, key, value)):
        raise NotImplementedError("scaled_dot_product_attention: nested query, key and value without a mask only")
    return _same(query,
                 [func(q[None], k[None], v[None], None, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)[0]
                  for q, k, v in zip(query._parts, key._parts, value._parts)])


@handles("transpose", "swapaxes", "swapdims")
def _transpose(func, nt, dim0, dim1):
    a, b = _part_dim(nt, dim0), _part_dim(nt, dim1)
    moved = {a + 1: b + 1, b + 1: a + 1}.get(nt._ragged, nt._ragged)
    return _same(nt, [p.transpose(a, b) for p in nt._parts], moved)


@handles("sum", "mean", "amax", "amin", "prod", "any", "all", "max", "min", "var", "std", "argmax", "argmin")
def _reduce(func, nt, dim=None, keepdim=False, **kwargs):
    name = func.__name__
    if dim is None:
        if nt._layout is layouts.strided:
            raise NotImplementedError(f"{name}: not supported for all elements of a strided nested tensor")
        return func(nt.values(), **kwargs)
    whole = (dim,) if isinstance(dim, int) else tuple(dim)
    dims = [_part_dim(nt, d) for d in whole]
    if nt._layout is layouts.strided and (dims != [nt.ndim - 2] or name not in ("sum", "mean")):
        raise RuntimeError("NestedTensor can only be reduced across the last dimension for now got dimension "
                           f"{whole[0]} instead.")
    made = [func(p, dims[0] if isinstance(dim, int) else dims, keepdim=keepdim, **kwargs) for p in nt._parts]
    pack = lambda ps: torch.stack(ps) if nt._ragged is not None and nt._ragged - 1 in dims else from_parts(
        ps, nt._layout,
        None if nt._ragged is None else nt._ragged - (0 if keepdim else sum(d < nt._ragged - 1 for d in dims)), like=nt)
    return (pack(made) if isinstance(made[0], Tensor)
            else type(made[0])(tuple(pack([m[i] for m in made]) for i in range(len(made[0])))))


@handles("chunk", "split", "split_with_sizes", "tensor_split")
def _pieces(func, nt, how, dim=0):
    d = _part_dim(nt, dim)
    if nt._ragged == d + 1:
        raise RuntimeError(f"{func.__name__}: not supported along the ragged dimension")
    return tuple(_same(nt, list(pieces)) for pieces in zip(*(func(p, how, d) for p in nt._parts)))


@handles("unsqueeze")
def _unsqueeze(func, nt, dim):
    d = dim + nt.ndim + 1 if dim < 0 else dim
    if not 0 < d <= nt.ndim:
        raise RuntimeError(f"unsqueeze: dimension {dim} is not supported for nested tensors")
    return _same(nt, [p.unsqueeze(d - 1) for p in nt._parts], nt._ragged and nt._ragged + (d <= nt._ragged))


@handles("squeeze")
def _squeeze(func, nt, dim):
    d = _part_dim(nt, dim)
    return _same(nt, [p.squeeze(d) for p in nt._parts],
                 nt._ragged and nt._ragged - (d < nt._ragged - 1 and nt.size(dim) == 1))


@handles("view", "reshape", "unflatten", "flatten")
def _reshape(func, nt, *sizes, dtype=None):
    if dtype is not None or isinstance(sizes[0], torch.dtype):
        return _same(nt, [p.view(dtype or sizes[0]) for p in nt._parts])
    if func.__name__ == "flatten":
        first, last = _part_dim(nt, sizes[0]), _part_dim(nt, sizes[1] if len(sizes) > 1 else -1)
        sizes = [nt.size(0), *(-1 if d + 1 == nt._ragged else nt.size(d + 1) for d in range(first)), -1,
                 *(nt.size(d + 1) for d in range(last + 1, nt.ndim - 1))]
    elif func.__name__ == "unflatten":
        d, given = _part_dim(nt, sizes[0]), sizes[1]
        return _same(nt, [p.unflatten(d, given) for p in nt._parts],
                     nt._ragged and nt._ragged + (len(given) - 1) * (d < nt._ragged - 1))
    sizes = tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else tuple(sizes)
    if len(sizes) < 2 or sizes[0] not in (-1, len(nt._parts)):
        raise RuntimeError(f"{func.__name__}: the batch dimension of a nested tensor keeps its size")
    inferred = [i for i, n in enumerate(sizes[1:]) if isinstance(n, RaggedSize) or n == -1]
    of_part = lambda p: [p.size(i) if isinstance(n, RaggedSize) and i != inferred[-1] else -1 if i in inferred else n
                         for i, n in enumerate(sizes[1:])]
    made = [getattr(p, func.__name__ if func.__name__ == "view" else "reshape")(of_part(p)) for p in nt._parts]
    ragged = next((i + 1 for i in range(len(sizes) - 1) if len({m.size(i) for m in made}) > 1), None)
    return _same(nt, made, ragged if nt._ragged is not None else None)


@handles("cat", "concat", "concatenate")
def _cat(func, tensors, dim=0):
    nt = _first(tensors)
    if dim != 0:
        d = _part_dim(nt, dim)
        return _same(nt, [torch.cat(ps, d) for ps in zip(*(_parts_of(t, nt) for t in tensors))])
    if nt._layout is layouts.jagged:
        raise RuntimeError("cat(): not supported for NestedTensor on dim=0")
    return from_parts([p for t in tensors for p in t._parts], nt._layout)


@handles("unbind")
def _unbind(func, nt, dim=0):
    if dim % nt.ndim:
        raise RuntimeError("unbind: nested tensors come apart along the batch dimension only")
    return nt._parts


@handles("__getitem__", "select")
def _getitem(func, nt, *index):
    if func.__name__ == "select":
        dim, at = index
        if dim == 0:
            return nt._parts[at]
        return _same(nt, [p.select(_part_dim(nt, dim), at) for p in nt._parts])
    index = index[0] if isinstance(index[0], tuple) else index
    if isinstance(index[0], int):
        return nt._parts[index[0]][index[1:]] if len(index) > 1 else nt._parts[index[0]]
    if index[0] is Ellipsis and len(index) > 1 and not isinstance(index[1], int):
        return _same(nt, [p[index] for p in nt._parts])
    if index[0] == slice(None) and nt._layout is layouts.jagged and len(index) > 1 and index[1] == slice(None):
        return _same(nt, [p[index[1:]] for p in nt._parts])
    raise RuntimeError("slice(): not supported for NestedTensor on dim=0")


@handles("size")
def _length(func, nt, dim=None):
    if dim is None:
        return nt.shape
    d = dim + nt.ndim if dim < 0 else dim
    if d == 0:
        return len(nt._parts)
    if d == nt._ragged:
        return nt._j
    _part_dim(nt, dim)
    found = {p.size(d - 1) for p in nt._parts}
    if len(found) != 1:
        raise RuntimeError(f"Given dimension {d} is irregular and does not have a size.")
    return found.pop()


_ANSWERS = {
    "dim": lambda func, nt: nt.ndim,
    "ndimension": lambda func, nt: nt.ndim,
    **dict.fromkeys(("numel", "nelement"), lambda func, nt: sum(p.numel() for p in nt._parts)),
    "element_size": lambda func, nt: nt._parts[0].element_size(),
    "is_floating_point": lambda func, nt: nt.dtype.is_floating_point,
    "is_complex": lambda func, nt: nt.dtype.is_complex,
    "is_contiguous": lambda func, nt, *a, **k: _contiguous(nt),
    "contiguous": lambda func, nt, *a, **k: nt if _contiguous(nt) else _same(nt, [p.contiguous() for p in nt._parts]),
    "equal": lambda func, a, b: len(a) == len(b) and all(torch.equal(p, q) for p, q in zip(a, b)),
    "tolist": lambda func, nt: [p.tolist() for p in nt._parts],
}
_HANDLERS.update(_ANSWERS)
