"""What the engine asks Python for while it walks a graph."""
import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.kernels import run
from mindtorch._core.modes import no_grad

from .registry import FUNCTIONS


def _sparse(*gradients):
    return any(g.is_sparse or g.is_sparse_csr for g in gradients)


def _add(a, b, owned):
    """Sum of two gradients; in place when the first one is the engine's own."""
    if _sparse(a, b):
        return b + a if _sparse(a) and not _sparse(b) else a + b
    if owned and type(a) is type(b) and a._dtype_code == b._dtype_code and a.shape == b.shape:
        with no_grad():
            return a.add_(b)
    return FUNCTIONS["add"](a, b)


def sum_to(g, shape, name):
    """Undo broadcasting: sum g down to `shape`; RuntimeError when no broadcast leads there."""
    have = g.shape
    lead = len(have) - len(shape)
    if lead < 0 or any(w not in (1, h) for w, h in zip(shape, have[lead:])):
        raise RuntimeError(f"Function {name} returned an invalid gradient at index 0 - got {list(have)} but expected "
                           f"shape compatible with {list(shape)}")
    dims = [d for d in range(len(have)) if d < lead or (shape[d - lead] == 1 and have[d] != 1)]
    if dims:
        g = g.sum(dims, keepdim=True)
    return g.reshape(shape) if lead or not dims else g


def _cast(*arguments):
    # called with (gradient, dtype code), or as a rule with (node, gradient), where the edge's dtype decides afterwards
    g, code = arguments
    return code if isinstance(g, _C.Node) else g.to(dtypes.DTYPES[code])


def _zeros(shape, code, device):
    t = _C.empty(shape, code, device)
    run("fill", (t,), (0,))
    return t


def _clone(t):
    with no_grad():
        return t.clone()


def _dense_order(shape, stride):
    """Whether the strides are those of a permuted contiguous tensor: every element once, no gaps."""
    step = 1
    for n, s in sorted((p for p in zip(shape, stride) if p[0] != 1), key=lambda p: p[1]):
        if s != step:
            return False
        step *= n
    return True


def _accumulate(variable, old, new, create):
    """The new .grad: kept in place when it may be, so that its identity stays; a first one lies in memory like its
    tensor."""
    if _sparse(*(g for g in (old, new) if g is not None)):
        from ..sparse.tensor import accumulate

        return accumulate(old, new, create)
    if old is not None:
        if create:
            return old + new
        with no_grad():
            return old.add_(new)
    if create:
        return new.clone()
    shape, stride = variable.shape, variable._strides
    if _dense_order(shape, stride) and 0 not in shape:
        made = _C.empty_strided(shape, stride, new._dtype_code, new._device_code)
    else:
        made = _C.empty(shape, new._dtype_code, new._device_code)
    run("copy", (made, new))
    return made


def _storage_extent(size, stride, offset):
    return offset + sum((n - 1) * s for n, s in zip(size, stride)) + 1 if 0 not in size else 0


def _as_reals(g):
    return FUNCTIONS["view_as_real"](g.resolve_conj())


def _as_complexes(g):
    return FUNCTIONS["view_as_complex"](g.contiguous())


def _geometries(context):
    """Sizes, strides and offsets of a view and of its base, in real elements where one of them only is complex; which
    one (0: view, 1: base, None: neither)."""
    sides = [context[:3], context[3:6]]
    mixed = None if context[6] == context[7] else 0 if context[6] else 1
    if mixed is not None:
        size, stride, offset = sides[mixed]
        sides[mixed] = ((*size, 2), (*(2 * s for s in stride), 1), 2 * offset)
    return (*sides[0], *sides[1]), mixed


def _as_strided_backward(node, g):
    """Gradient of a view with respect to its base, by the geometry of both."""
    places, mixed = _geometries(node.context)
    made = as_strided_gradient(_as_reals(g) if mixed == 0 else g, *places)
    return _as_complexes(made) if mixed == 1 else made


def as_strided_gradient(g, size, stride, offset, base_size, base_stride, base_offset):
    """Scatter g of as_strided(size, stride, offset) into zeros of the base's geometry; overlapping elements add up."""
    as_strided = FUNCTIONS["as_strided"]
    extent = max(_storage_extent(size, stride, offset), _storage_extent(base_size, base_stride, base_offset))
    flat = FUNCTIONS["zeros"]((extent,), dtype=g.dtype, device=g.device)
    if 0 not in size:
        places = FUNCTIONS["arange"](extent, device=g.device)
        index = as_strided(places, size, stride, offset).reshape(-1)
        flat = flat.index_add(0, index, g.reshape(-1))
    return as_strided(flat, base_size, base_stride, base_offset)


def _copy_slices_backward(node, g):
    """(gradient of the base without the overwritten part, gradient of what was written there)."""
    (size, stride, offset, base_size, base_stride, base_offset), mixed = _geometries(node.context)
    g = _as_reals(g) if mixed == 1 else g
    as_strided = FUNCTIONS["as_strided"]
    extent = max(_storage_extent(size, stride, offset), _storage_extent(base_size, base_stride, base_offset))
    flat = g.new_zeros((extent,))  # of g: a batch when g is one
    mask = FUNCTIONS["ones"]((extent,), dtype=g.dtype, device=g.device)
    if 0 not in base_size:
        as_strided(flat, base_size, base_stride, base_offset).copy_(g)
    with no_grad():
        if 0 not in size:
            as_strided(mask, size, stride, offset).zero_()
    part = as_strided(flat, size, stride, offset).clone()
    kept = g * as_strided(mask, base_size, base_stride, base_offset)
    return _as_complexes(kept) if mixed == 1 else kept, _as_complexes(part) if mixed == 0 else part


def _node_type(name):
    return type(name, (_C.Node,), {"__module__": "builtins", "__slots__": ()})


def install():
    """Give the engine its callbacks."""
    _C.set_callbacks(add=_add, sum_to=sum_to, cast=_cast, zeros=_zeros, clone=_clone, accumulate=_accumulate,
                     as_strided_backward=_as_strided_backward,
                     copy_slices_backward=_copy_slices_backward, node_type=_node_type)
