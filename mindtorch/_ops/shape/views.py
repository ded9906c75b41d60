"""Views: new geometry on the same memory."""
import mindtorch._C as _C
from mindtorch._core import dtypes
from ..table.gradients import as_strided_gradient
from mindtorch._core.size import LEAST, MOST, check_count, listed, whole
from mindtorch._core.codes import BOOL

from ..table.registry import _Source, _parameters, op, register, run

DEFAULT, NO_GRAD, MULTI_OUTPUT = 0, 1, 2


def wrap_dim(dim, ndim, scalar=True):
    """A non-negative dimension; IndexError when it is out of range."""
    span = ndim or (1 if scalar else 0)
    try:
        dim = dim.__index__()
    except AttributeError:
        raise TypeError(f"argument 'dim' must be int, not {type(dim).__name__}") from None
    if not -span <= dim < span:
        if not LEAST <= dim <= MOST:
            raise ValueError("Overflow when unpacking long long")
        if span == 0:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim + span if dim < 0 else dim


def make_view(name, t, shape, stride, offset, gradient, *saved, dtype=-1, creation=DEFAULT):
    """A differentiable view; `gradient(g, *saved)` is its gradient."""
    return _C.view(name, _view_rule, (gradient, saved), t, shape, stride, offset, dtype, creation)


def _view_rule(node, g):
    gradient, saved = node.context
    return gradient(g, *saved)


class Part:
    """A view that shows part of a tensor of `shape`: what its gradient needs to put itself back."""

    __slots__ = ("shape", "function", "arguments")

    def __init__(self, shape, function, *arguments):
        self.shape, self.function, self.arguments = shape, function, arguments

    def take(self, t):
        return self.function(t, *self.arguments)


@op("_embed", method=False, function=False, out=False, grad={"g": lambda g, part: part.take(g)})
def embed(g, part):
    """Zeros of the whole's shape with g at its part."""
    out = _C.empty(part.shape, g._dtype_code, g._device_code)
    run("fill", (out,), (0,))
    run("copy", (part.take(out), g))
    return out


@op(out=False)
def as_strided(input, size, stride, storage_offset=None):
    """View with any sizes and strides; storage_offset is absolute in the storage. RuntimeError when it leaves the
    storage."""
    offset = input._offset if storage_offset is None else storage_offset
    if type(size) is int or type(stride) is int:
        raise TypeError("as_strided(): arguments 'size' and 'stride' must be tuple of ints, not int")
    return make_view("AsStridedBackward0", input, size, stride, offset, as_strided_gradient, size, stride, offset,
                     tuple(input.shape), input._strides, input._offset)


def _transposed(t, a, b):
    shape, stride = list(t.shape), list(t._strides)
    shape[a], shape[b] = shape[b], shape[a]
    stride[a], stride[b] = stride[b], stride[a]
    return shape, stride


@op(aliases=("swapdims",), out=False, fast=_C.view_transpose)
def transpose(input, dim0, dim1):
    """View with two dimensions swapped; IndexError for a dimension out of range."""
    a, b = wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)
    if not input.ndim:
        return make_view("AliasBackward0", input, (), (), input._offset, lambda g: g)
    shape, stride = _transposed(input, a, b)
    return make_view("TransposeBackward0", input, shape, stride, input._offset, transpose, a, b)


@op(out=False)
def t(input):
    """Transpose of a tensor of at most two dimensions; RuntimeError for more."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    if input.ndim < 2:
        return make_view("TBackward0", input, input.shape, input._strides, input._offset, lambda g: g)
    shape, stride = _transposed(input, 0, 1)
    return make_view("TBackward0", input, shape, stride, input._offset, t)


def _inferred(shape, numel):
    shape = list(shape)
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for at, s in enumerate(shape):
        if s < -1:
            raise RuntimeError(f"invalid shape dimension {s} at index {at} of shape {shape}")
    known = 1
    for s in shape:
        known *= 1 if s == -1 else s
    if -1 in shape:
        if known == 0 and numel == 0:
            raise RuntimeError(f"cannot reshape tensor of 0 elements into shape {shape} because the unspecified "
                               "dimension size -1 can be any value and is ambiguous")
        if known and numel % known == 0:
            shape[shape.index(-1)] = numel // known
            return shape
    elif known == numel:
        if not numel:
            check_count(shape)
        return shape
    raise RuntimeError(f"shape '{shape}' is invalid for input of size {numel}")


def view_strides(old_shape, old_stride, shape):
    """Strides of a view of another shape, or None when memory must be copied."""
    if 0 in old_shape:
        if tuple(shape) == tuple(old_shape):
            return list(old_stride)
        step, stride = 1, [0] * len(shape)
        for d in range(len(shape) - 1, -1, -1):
            stride[d] = step
            step *= max(shape[d], 1)
        return stride
    stride, at = [0] * len(shape), len(shape) - 1
    base = old_stride[-1] if old_stride else 1
    old_count = new_count = 1
    for d in range(len(old_shape) - 1, -1, -1):
        old_count *= old_shape[d]
        if d == 0 or (old_shape[d - 1] != 1 and old_stride[d - 1] != old_count * base):
            while at >= 0 and (new_count < old_count or shape[at] == 1):
                stride[at] = new_count * base
                new_count *= shape[at]
                at -= 1
            if new_count != old_count:
                return None
            if d > 0:
                base = old_stride[d - 1]
                old_count = new_count = 1
    if not old_shape:
        stride = [1] * len(shape)
        at = -1
    return stride if at == -1 else None


def _reshape_gradient(g, shape):
    return reshape(g, shape)


def view(self, *size: object, dtype=None):
    """View of another shape (one -1 is inferred) or another dtype; RuntimeError when strides do not allow it."""
    if dtype is not None or (len(size) == 1 and isinstance(size[0], dtypes.dtype)):
        return _view_dtype(self, dtype or size[0])
    shape = _inferred(listed(size, "view", "size"), self._numel)
    stride = view_strides(self.shape, self._strides, shape)
    if stride is None:
        raise RuntimeError("view size is not compatible with input tensor's size and stride (at least one dimension "
                           "spans across two contiguous subspaces). Use .reshape(...) instead.")
    return make_view("ViewBackward0", self, shape, stride, self._offset, _reshape_gradient, tuple(self.shape))


view = op("view", function=False, out=False, tensors=["self"], fast=_C.view_reshape)(view)


def _view_dtype(x, d):
    if dtypes.is_shell(d):
        return dtypes.shells["view"](x, d)
    have, want = x.dtype.itemsize, d.itemsize
    shape, stride, offset = list(x.shape), list(x._strides), x._offset
    if have != want:
        if not shape:
            raise RuntimeError(f"self.dim() cannot be 0 to view {x.dtype._name} as {d._name} (different element sizes)")
        if stride[-1] != 1 and shape[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 to view {x.dtype._name} as {d._name} (different element "
                               f"sizes), but got {stride[-1]}")
        if have > want:
            k = have // want
            shape[-1] *= k
            stride = [s * k for s in stride[:-1]] + [1]
            offset *= k
        else:
            k = want // have
            if shape[-1] % k or offset % k or any(s % k for s in stride[:-1]):
                raise RuntimeError(f"self.size(-1) must be divisible by {k} to view {x.dtype._name} as {d._name} "
                                   f"(different element sizes), but got {shape[-1]}")
            shape[-1] //= k
            stride = [s // k for s in stride[:-1]] + [1]
            offset //= k
    rule = (lambda g, back: _view_dtype(g, back)) if x.dtype.is_floating_point or x.dtype.is_complex else None
    return make_view("ViewBackward1", x, shape, stride, offset, rule, x.dtype, dtype=dtypes.code_of(d))


@op(out=False, fast=_C.view_reshape)
def reshape(input, *shape):
    """Another shape: a view where strides allow it, else a copy. RuntimeError when the sizes do not fit."""
    sizes = _inferred(shape[0], input._numel)
    stride = view_strides(input.shape, input._strides, sizes)
    if stride is None:
        return view(input.contiguous(), sizes)
    return make_view("ViewBackward0", input, sizes, stride, input._offset, _reshape_gradient, tuple(input.shape))


def expand(self, *size):
    """View with dimensions of size 1 repeated without copying; -1 keeps a size. RuntimeError when sizes do not fit."""
    shape = list(size[0])
    lead = len(shape) - self.ndim
    if lead < 0:
        raise RuntimeError(
            f"expand({self.type()}{{{list(self.shape)}}}, size={shape}): the number of sizes provided ({len(shape)}) "
            "must be greater or equal to the number of "
            f"dimensions in the tensor ({self.ndim})"
        )
    stride = [0] * lead + list(self._strides)
    for d, want in enumerate(shape):
        if d < lead:
            if want < 0:
                raise RuntimeError(f"expand({self.type()}{{{list(self.shape)}}}, size={shape}): the expanded size of "
                                   f"the tensor ({want}) isn't allowed in a leading, non-existing dimension {d}")
            continue
        have = self.shape[d - lead]
        if want == -1:
            shape[d] = have
        elif have != want:
            if have != 1:
                raise RuntimeError(
                    f"The expanded size of the tensor ({want}) must match the existing size ({have}) at non-singleton "
                    f"dimension {d}.  Target sizes: {shape}.  "
                    f"Tensor sizes: {list(self.shape)}"
                )
            stride[d] = 0
    # the engine sums g down to the input's shape
    return make_view("ExpandBackward0", self, shape, stride, self._offset, _identity)


def _identity(g):
    return g


expand = op("expand", function=False, out=False, tensors=["self"], fast=_C.view_expand)(expand)


@op(out=False, fast=_C.view_permute)
def permute(input, *dims):
    """View with dimensions in another order; RuntimeError for repeated or missing ones."""
    order = dims[0]
    if len(order) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} "
            f"is not equal to len(dims) = {len(order)}"
        )
    order = [wrap_dim(d, input.ndim) for d in order]
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    back = [order.index(d) for d in range(len(order))]
    return make_view("PermuteBackward0", input, [input.shape[d] for d in order], [input._strides[d] for d in order],
                     input._offset, permute, back)


def _squeeze(g, dim):
    return squeeze(g, dim)


@op(out=False, fast=_C.view_unsqueeze)
def unsqueeze(input, dim):
    """View with a dimension of size 1 put in; IndexError when dim is out of range."""
    d = wrap_dim(dim, input.ndim + 1)
    shape, stride = list(input.shape), list(input._strides)
    stride.insert(d, shape[d] * stride[d] if d < len(shape) else 1)
    shape.insert(d, 1)
    return make_view("UnsqueezeBackward0", input, shape, stride, input._offset, _squeeze, d)


@op(out=False, fast=_C.view_squeeze)
def squeeze(input, dim=None):
    """View without dimensions of size 1: all of them, or those given."""
    dims = (range(input.ndim) if dim is None
            else [wrap_dim(d, input.ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))])
    if len(set(dims)) != len(dims):
        twice = next(d for d in dims if dims.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    keep = [d for d in range(input.ndim) if d not in dims or input.shape[d] != 1]
    return make_view("SqueezeBackward0" if dim is None else "SqueezeBackward1", input, [input.shape[d] for d in keep],
                     [input._strides[d] for d in keep], input._offset, _reshape_gradient,
                     tuple(input.shape))


@op(out=False)
def detach(input):
    """The same memory and version counter outside the graph."""
    return _C.detach(input)


def detach_(self):
    """Take this tensor out of its graph. RuntimeError for views."""
    _C.detach_in_place(self)
    return self


register("detach_", detach_, kind="inplace", family="views")


# ---- parts ----
@op(out=False, fast=_C.view_select)
def select(input, dim, index: int):
    """View at one position of a dimension, which disappears; IndexError out of range."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d, i = wrap_dim(dim, input.ndim), index
    n = input.shape[d]
    if not -n <= i < n:
        raise IndexError(f"select(): index {i} out of range for tensor of size {list(input.shape)} at dimension {d}")
    i += n if i < 0 else 0
    shape, stride = list(input.shape), list(input._strides)
    del shape[d], stride[d]
    return make_view("SelectBackward0", input, shape, stride, input._offset + i * input._strides[d], embed,
                     Part(input.shape, select, d, i))


def stepped(stride, step):
    """The stride of every step-th element; RuntimeError beyond 64 bits."""
    if stride * step > MOST:
        raise RuntimeError(f"Stride calculation overflowed: {step} steps of {stride}")
    return stride * step


def _cut(name, t, d, start, count, step=1):
    shape, stride = list(t.shape), list(t._strides)
    offset = t._offset + start * stride[d]
    shape[d] = count
    if step != 1:
        stride[d] = stepped(stride[d], step)
    return make_view(name, t, shape, stride, offset, embed, Part(t.shape, sliced, d, start, start + count * step, step))


def sliced(t, dim=0, start: int = None, end: int = None, step: int = 1):
    """t[..., start:end:step, ...] along a dimension, as a view."""
    if not t.ndim:
        raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, t.ndim)
    n = t.shape[d]
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    start = 0 if start is None else max(start + n, 0) if start < 0 else min(start, n)
    end = n if end is None else max(end + n, 0) if end < 0 else min(end, n)
    return _cut("SliceBackward0", t, d, start, max(0, -(-(end - start) // step)), step)


@op(out=False)
def narrow(input, dim, start: object, length):
    """View of `length` positions of a dimension from start on; RuntimeError when they leave it."""
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if type(start) is not int and hasattr(start, "_dtype_code"):
        if start.ndim or start.dtype.is_floating_point or start._dtype_code == BOOL:
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = start.item()
    if type(start) is not int or not LEAST <= start <= MOST:
        start = whole(start, "narrow", "start")
    d = wrap_dim(dim, input.ndim)
    n = input.shape[d]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n if start < 0 else 0
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return _cut("SliceBackward0", input, d, start, length)


@op(out=False)
def diagonal(input, offset=0, dim1=0, dim2=1):
    """View of the diagonals over two dimensions, which become the last one; RuntimeError when both are the same."""
    a, b = wrap_dim(dim1, input.ndim), wrap_dim(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    start, count = input._offset, max(min(input.shape[a], input.shape[b] - offset) if offset >= 0
                                      else min(input.shape[a] + offset, input.shape[b]), 0)
    if count:
        start += offset * input._strides[b] if offset >= 0 else -offset * input._strides[a]
    keep = [d for d in range(input.ndim) if d not in (a, b)]
    shape = [*(input.shape[d] for d in keep), count]
    stride = [*(input._strides[d] for d in keep), stepped(1, input._strides[a] + input._strides[b])]
    return make_view("DiagonalBackward0", input, shape, stride, start, embed,
                     Part(input.shape, diagonal, offset, a, b))


@op(function=False, out=False, tensors=["self"])
def unfold(self, dimension, size: int, step: int):
    """View of windows of `size` elements every `step` along a dimension; the window becomes the last dimension."""
    d = wrap_dim(dimension, self.ndim)
    n = self.shape[d] if self.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    shape, stride = list(self.shape), list(self._strides)
    last = stride[d] if shape else 1
    if shape:
        shape[d], stride[d] = (n - size) // step + 1, stepped(last, step)
    return make_view("UnfoldBackward0", self, [*shape, size], [*stride, last], self._offset, _unfold_gradient,
                     tuple(self.shape), d, size, step)


@op("unfold_backward", method=False, function=False, out=False,
    grad={"g": lambda g, d, size, step: unfold(g, d, size, step)})
def _unfold_gradient(g, shape, d, size, step):
    """Windows added up at their places."""
    out = _C.empty(shape, g._dtype_code, g._device_code)
    run("fill", (out,), (0,))
    if not shape:
        run("copy", (out, g.select(-1, 0)) if size else (out, out))
        return out
    windows = g.shape[d]
    if step >= size:
        run("copy", (unfold(out, d, size, step), g))
    elif size <= windows:
        for k in range(size):  # the k-th elements of all windows are different places
            part = sliced(out, d, k, k + (windows - 1) * step + 1, step)
            run("copy", (part, part + g.select(-1, k)))
    else:
        for w in range(windows):
            part = narrow(out, d, w * step, size)
            run("copy", (part, part + g.select(d, w).movedim(-1, d)))
    return out


_C.view_gradients(rule=_view_rule, reshape=_reshape_gradient, transpose=transpose, permute=permute, expand=_identity,
                  unsqueeze=_squeeze, part=Part, embed=embed,
                  select=select)


# ---- in place: the same object gets another geometry ----
def _reshaping(name, function, parameters, aliases=(), function_name=False):
    def in_place(self, *arguments):
        _C.check_inplace(self)
        result = function(self, *arguments)
        node = result.grad_fn
        _C.set_data(self, result)
        if node is not None:
            _C.set_history(self, node, result.output_nr)
        _C.bump_version(self)
        return self

    names = [p.partition("=")[0] for p in parameters.split(", ")]
    made = _Source(name, _parameters(parameters), ["self"], None,
                   function.__doc__).build([f"return _in_place({', '.join(names)})"], {"_in_place": in_place})
    register(name, made, function_name=function_name, aliases=aliases, kind="inplace", family="views")


_reshaping("t_", t, "self")
_reshaping("transpose_", transpose, "self, dim0, dim1", aliases=("swapaxes_", "swapdims_"))
_reshaping("unsqueeze_", unsqueeze, "self, dim")
_reshaping("squeeze_", squeeze, "self, dim=None")
_reshaping("as_strided_", as_strided, "self, size, stride, storage_offset=None", function_name=True)


# ---- compositions ----
@op(aliases=("moveaxis",), out=False)
def movedim(input, source: tuple, destination: tuple):
    """View with dimensions moved to other places; the rest keep their order."""
    source, destination = ([wrap_dim(d, input.ndim) for d in (v if isinstance(v, (tuple, list)) else (v,))]
                           for v in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(f"movedim: Invalid source or destination dims: source ({source} dims) should contain the "
                           f"same number of dims as destination ({destination} dims)")
    for name, dims in (("source", source), ("destination", destination)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")
    if not input.ndim:
        return make_view("AliasBackward0", input, (), (), input._offset, _identity)
    order, rest = [-1] * input.ndim, [d for d in range(input.ndim) if d not in source]
    for a, b in zip(source, destination):
        order[b] = a
    rest = iter(rest)
    return permute(input, [next(rest) if d < 0 else d for d in order])


@op(out=False)
def flatten(input, start_dim=0, end_dim=-1):
    """Dimensions from start_dim to end_dim as one: a view where strides allow it."""
    a, b = wrap_dim(start_dim, input.ndim), wrap_dim(end_dim, input.ndim)
    if a > b:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not input.ndim:
        return reshape(input, (1,))
    if a == b:
        return input
    count = 1
    for n in input.shape[a : b + 1]:
        count *= n
    return reshape(input, (*input.shape[:a], count, *input.shape[b + 1 :]))


@op(out=False)
def unflatten(input, dim, sizes):
    """One dimension as several (one size may be -1): a view."""
    d = wrap_dim(dim, input.ndim)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    n = input.shape[d] if input.ndim else 1
    try:
        sizes = _inferred(sizes, n)
    except RuntimeError as e:
        if "inferred" in str(e):
            raise
        raise RuntimeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {d} ({n}) in "
                           "the input tensor") from None
    return view(input, (*input.shape[:d], *sizes, *input.shape[d + 1 :]))


@op(out=False)
def ravel(input):
    """One dimension, contiguous: a view where possible."""
    return reshape(input.contiguous(), (-1,)) if input._numel else reshape(input, (0,))


def _shaped_as(name, function):
    def shaped(self, other):
        return function(self, tuple(other.shape))

    shaped.__doc__ = f"{name} to the shape of another tensor."
    op(name + "_as", function=False, out=False, tensors=["self", "other"])(shaped)


_shaped_as("view", view)
_shaped_as("reshape", reshape)
_shaped_as("expand", expand)


@op(out=False)
def broadcast_to(input, size):
    """expand under NumPy's name."""
    return expand(input, size)


@op(out=False)
def swapaxes(input, axis0, axis1):
    """transpose under NumPy's name."""
    return transpose(input, axis0, axis1)
