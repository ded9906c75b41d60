"""Several views at once: split, chunk, unbind and relatives. One node for all; in-place changes of such a view are
refused."""
import mindtorch._C as _C

from mindtorch._core.size import wholes
from mindtorch._core.codes import INT64

from ..table.registry import op, public
from .views import MULTI_OUTPUT, narrow, sliced, wrap_dim


def many_views(name, t, geometries, gradient, *saved, safe=True):
    """Several views by one node; `gradient(shapes, grads, *saved)` sees a gradient or zeros for each."""
    if safe:
        views = tuple(_C.view(name, None, None, t, *g, -1, MULTI_OUTPUT) for g in geometries)
    else:
        views = tuple(_C.strided(t, *g, -1) for g in geometries)
    if _C.needs_grad(t) and views:
        _C.attach(name, _many_rule, (gradient, [g[0] for g in geometries], saved), (t,), views, ())
    return views


def _many_rule(node, *gs):
    gradient, shapes, saved = node.context
    known = next(g for g in gs if g is not None)
    return gradient([known.new_zeros(tuple(s)) if g is None else g for g, s in zip(gs, shapes)], *saved)


_MOST_VIEWS = 1 << 24  # more than that are a mistake, and do not fit in memory


def _check_number(count):
    """RuntimeError for more views than memory holds, before a list of them is begun."""
    if count > _MOST_VIEWS:
        raise RuntimeError(f"can't allocate memory for {count} views")


def _pieces(t, d, sizes):
    stride, at, parts = t._strides, t._offset, []
    shape = list(t.shape)
    for n in sizes:
        parts.append(([*shape[:d], n, *shape[d + 1 :]], stride, at))
        at += n * stride[d]
    return parts


def _join(gs, d):
    return public.cat(gs, d)


def _equal_sizes(t, size, dim):
    if not t.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    d = wrap_dim(dim, t.ndim)
    n = t.shape[d]
    if size == 0 and n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    count = max(-(-n // size), 1) if size else 1
    _check_number(count)
    return d, [size] * (count - 1) + [n - size * (count - 1)]


def _given_sizes(t, sizes, dim):
    if not t.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    d = wrap_dim(dim, t.ndim)
    if any(s < 0 for s in sizes):
        raise RuntimeError(f"split_with_sizes expects split_sizes have only non-negative entries, but got "
                           f"split_sizes={list(sizes)}")
    if sum(sizes) != t.shape[d]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {t.shape[d]} (input tensor's size at "
            f"dimension {d}), but got split_sizes={list(sizes)}"
        )
    return d, sizes


def _split(t, size, dim, safe=True):
    if type(size) is not int:
        size = wholes(size, "split", "split_size")
    equal = type(size) is int
    d, sizes = (_equal_sizes if equal else _given_sizes)(t, size, dim)
    return many_views("SplitBackward0" if equal else "SplitWithSizesBackward0", t, _pieces(t, d, sizes), _join, d,
                      safe=safe)


def _chunk_size(t, chunks, dim):
    if not t.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = t.shape[wrap_dim(dim, t.ndim)]
    size = -(-n // chunks)
    if size or n:
        return size
    _check_number(chunks)
    return [0] * chunks


@op("split", out=False, tensors=["tensor"])
def split(tensor, split_size_or_sections, dim=0):
    """Views of pieces of a size, or of given sizes, along a dimension. RuntimeError when the sizes do not fit."""
    return _split(tensor, split_size_or_sections, dim)


@op("split", function=False, out=False, tensors=["self"])
def _split_method(self, split_size, dim=0):
    """Views of pieces of a size, or of given sizes, along a dimension. RuntimeError when the sizes do not fit."""
    return _split(self, split_size, dim)


def _several(sizes, name):
    if type(sizes) is int:
        raise TypeError(f"{name}(): argument 'split_sizes' must be tuple of ints, not int")
    return sizes


@op(out=False)
def split_with_sizes(input, split_sizes, dim=0):
    """Views of pieces of given sizes along a dimension."""
    return _split(input, _several(split_sizes, "split_with_sizes"), dim)


@op(out=False)
def chunk(input, chunks, dim=0):
    """Views of at most `chunks` pieces of equal size along a dimension (the last may be smaller)."""
    return _split(input, _chunk_size(input, chunks, dim), dim)


@op(out=False)
def unsafe_split(input, split_size: int, dim=0):
    """split whose pieces may be changed in place (each one then counts as independent)."""
    return _split(input, split_size, dim, safe=False)


@op(out=False)
def unsafe_split_with_sizes(input, split_sizes, dim=0):
    """split_with_sizes whose pieces may be changed in place."""
    return _split(input, _several(split_sizes, "unsafe_split_with_sizes"), dim, safe=False)


@op(out=False)
def unsafe_chunk(input, chunks, dim=0):
    """chunk whose pieces may be changed in place."""
    return _split(input, _chunk_size(input, chunks, dim), dim, safe=False)


@op(out=False)
def unbind(input, dim=0):
    """Views at every position of a dimension."""
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = wrap_dim(dim, input.ndim)
    shape, stride = list(input.shape), list(input._strides)
    step, count = stride[d], shape[d]
    _check_number(count)
    del shape[d], stride[d]
    return many_views("UnbindBackward0", input, [(shape, stride, input._offset + i * step) for i in range(count)],
                      lambda gs, d: public.stack(gs, d), d)


@op(out=False)
def tensor_split(input, indices_or_sections, dim=0):
    """Views of pieces: a number of nearly equal ones, or between given positions."""
    if not input.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = wrap_dim(dim, input.ndim)
    n, where = input.shape[d], indices_or_sections
    if hasattr(where, "_dtype_code"):
        if where._device_code != 0:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to be on cpu, but it's on "
                               f"{where.device}")
        if where._dtype_code != INT64:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                               f"{where.dtype._name.capitalize()}")
        if where.ndim > 1:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to be a zero-dimensional or "
                               f"one-dimensional tensor, but got a tensor with {where.ndim} dims")
        where = where.tolist()
    where = wholes(where, "tensor_split", "indices_or_sections")
    if isinstance(where, tuple):
        return tuple(sliced(input, d, a, b) for a, b in zip([0, *where], [*where, n]))
    if where <= 0:
        raise RuntimeError(f"number of sections must be larger than 0, got {where}")
    _check_number(where)
    small, more = divmod(n, where)
    return tuple(narrow(input, d, k * small + min(k, more), small + (k < more)) for k in range(where))


def _axis_split(name, least, axis_of):
    def splitter(input, indices_or_sections):
        if input.ndim < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} "
                               f"dimension{'s' if least > 1 else ''}, but got a tensor with {input.ndim} dimensions!")
        d, where = axis_of(input), wholes(indices_or_sections, name, "indices_or_sections")
        if type(where) is int and (where == 0 or input.shape[d] % where):
            raise RuntimeError(f"torch.{name} attempted to split along dimension {d}, but the size of the dimension "
                               f"{input.shape[d]} is not divisible by the split_size {where}!")
        return tensor_split(input, where, d)

    splitter.__doc__ = ("tensor_split along "
                        f"{'the first' if name == 'vsplit' else 'the second' if name == 'hsplit' else 'the third'} "
                        "dimension; sections must divide it.")
    op(name, out=False)(splitter)


_axis_split("hsplit", 1, lambda t: 0 if t.ndim == 1 else 1)
_axis_split("vsplit", 2, lambda t: 0)
_axis_split("dsplit", 3, lambda t: 2)
