"""Rows chosen by index tensors: index, index_put, index_select and relatives."""
import mindtorch._C as _C
from mindtorch._core import dtypes, layouts
from mindtorch._core.warning import warn_once
from mindtorch._core.codes import INT64, MASKS

from ..table.checks import known
from ..creation.factories import like
from .mutation import copied, mutation
from ..table.registry import FUNCTIONS, METHODS, With, _CPP_NAMES, kernel_rows, op, public, register, run, tried
from .views import view_strides, wrap_dim

SET, ADD, MULTIPLY, MINIMUM, MAXIMUM = range(5)
_INDEX_CODES = (5, 4)  # int64, int32

kernel_rows(index_select="aclnnIndexSelect T1 i0 T2 T0")


def zeros(t, shape=None, dtype=None):
    """Zeros on t's device."""
    made = like(t, shape, dtype)
    run("fill", (made,), (0,))
    return made


def type_name(t):
    """The element type as error texts call it."""
    return _CPP_NAMES.get(t.dtype._name, t.dtype._name)


def broadcast(shapes):
    """The common shape, or None."""
    result = ()
    for s in shapes:
        s, result = ((1,) * (len(result) - len(s)) + tuple(s), (1,) * (len(s) - len(result)) + tuple(result))
        if any(a != b and 1 not in (a, b) for a, b in zip(s, result)):
            return None
        result = tuple(b if a == 1 else a for a, b in zip(s, result))
    return result


def offsets(indices, dims, sizes, strides, shape, device, wrap=True, error=0, padding=None):
    """Element offsets (dense int64 of `shape`) of index tensors; IndexError for one out of range."""
    out = _C.empty(shape, 5, device)
    for k, (i, d, n, s) in enumerate(zip(indices, dims, sizes, strides)):
        run("index_offsets", (out, i), (n, s, d, k == 0, wrap, error, padding))
    return out


def raw_expand(t, shape):
    """Raw broadcast view, or None when t does not broadcast to shape (leading dimensions of size 1 may be dropped)."""
    have, stride = list(t.shape), list(t._strides)
    while len(have) > len(shape) and have[0] == 1:
        del have[0], stride[0]
    lead = len(shape) - len(have)
    if lead < 0 or any(h not in (1, w) for h, w in zip(have, shape[lead:])):
        return None
    stride = [0] * lead + [0 if h == 1 and w != 1 else s for h, w, s in zip(have, shape[lead:], stride)]
    return _C.strided(t, shape, stride, t._offset, -1)


def one_dim(t):
    """A 0-dim tensor as one with a single element (raw), others as they are."""
    return t if t.ndim else _C.strided(t, (1,), (1,), t._offset, -1)


def iterated_strides(shape, operands):
    """Strides of an element-wise result in the memory order of its operands, given as stride lists."""
    order = list(range(len(shape) - 1, -1, -1))

    def compare(a, b):
        for strides in operands:
            if strides[a] == 0 or strides[b] == 0:
                continue
            if strides[a] != strides[b]:
                return -1 if strides[a] < strides[b] else 1
            if shape[a] > shape[b]:
                return 1
        return 0

    for i in range(1, len(order)):
        at = i
        for j in range(i - 1, -1, -1):
            c = compare(order[j], order[at])
            if c > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif c < 0:
                break
    result, step = [0] * len(shape), 1
    for d in order:
        result[d] = step
        step *= max(shape[d], 1)
    return result


def check_mask(x, at, mask):
    """IndexError unless the mask has the shape of x's dimensions from `at` on."""
    for d in range(mask.ndim):
        if at + d >= x.ndim:
            raise IndexError(f"too many indices for tensor of dimension {x.ndim}")
        if mask.shape[d] != x.shape[at + d]:
            raise IndexError(f"The shape of the mask {list(mask.shape)} at index {d} does not match the shape of the "
                             f"indexed tensor {list(x.shape)} at index {at + d}")


def beside(input, indices):
    """Index tensors that may lie on the CPU, on the device of what they index."""
    if input._device_code <= 0:
        return tuple(indices)
    return tuple(i if i is None or i._device_code else i.to(input.device) for i in indices)


class Plan:
    """How index tensors (None: a whole dimension) address x: x[..., offsets, ...] with the index dimensions at `at`."""

    def __init__(self, x, indices):
        given = []
        for position, i in enumerate(indices):
            if i is None:
                given.append(None)
            elif i._dtype_code in MASKS:
                check_mask(x, len(given), i)
                places = public.nonzero(i)
                given += [_C.strided(places, (places.shape[0],), (places._strides[0],),
                                     places._offset + d * places._strides[1], -1) for d in range(i.ndim)]
            elif i._dtype_code in _INDEX_CODES:
                given.append(i)
            else:
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if len(given) > x.ndim:
            raise IndexError(f"too many indices for tensor of dimension {x.ndim} (got {len(given)})")
        dims = [d for d, i in enumerate(given) if i is not None]
        if not dims:
            raise IndexError("at least one index must be provided")
        tensors = [given[d] for d in dims]
        self.index_shape = broadcast([i.shape for i in tensors])
        if self.index_shape is None:
            raise IndexError("shape mismatch: indexing tensors could not be broadcast together with shapes "
                             + ", ".join(str(list(i.shape)) for i in tensors))
        self.at = dims[0] if dims == list(range(dims[0], dims[-1] + 1)) else 0
        rest, self.rest_strides = [[numbers[d] for d in range(x.ndim) if d not in dims]
                                   for numbers in (x.shape, x._strides)]
        self.rest_dense = 0 in rest or all(n == 1 or s == e for n, s,
                                           e in zip(rest, self.rest_strides, layouts.dense_strides(rest)))
        self.width, self.dims = x.dtype.itemsize, dims
        self.shape = (*rest[: self.at], *self.index_shape, *rest[self.at :])
        count = 1
        for n in self.index_shape:
            count *= n
        self.flat_shape = (*rest[: self.at], count, *rest[self.at :])
        self.tensors = tensors
        self.addressed = dims, [x.shape[d] for d in dims], [x._strides[d]
                                                            for d in dims], self.index_shape, x._device_code

    def offsets(self):
        """Where the rows begin; IndexError out of range."""
        return offsets(self.tensors, *self.addressed)

    def result_strides(self):
        """None for a contiguous result; else its strides in memory order."""
        if self.rest_dense and all(i._contiguous for i in self.tensors):
            return None
        k, at = len(self.index_shape), self.at
        own = [*self.rest_strides[:at], *[0] * k, *self.rest_strides[at:]]
        operands = [[s * self.width for s in own]]
        for i in self.tensors:
            lead = k - i.ndim
            strides = [0] * lead + [0 if n == 1 and w != 1 else s * 8 for n, w,
                                    s in zip(i.shape, self.index_shape[lead:], i._strides)]
            operands.append([*[0] * at, *strides, *[0] * (len(self.rest_strides) - at)])
        strides = iterated_strides(self.shape, operands)
        return None if tuple(strides) == layouts.dense_strides(self.shape) else strides


# Ascend's operators take the index tensors themselves, of dimensions that come first. Where an index is out of range
# the device says so when it is waited for.
kernel_rows(index_tensors="aclnnIndex T1 L2 T0", index_put_tensors="aclnnIndexPutImpl T0 L2 T1 i0 =0")


def _led(t, dims):
    """t with these dimensions first (raw)."""
    order = [*dims, *(d for d in range(t.ndim) if d not in dims)]
    return _C.strided(t, [t.shape[d] for d in order], [t._strides[d] for d in order], t._offset, -1)


def _taken(input, plan):
    """input at the places of a plan, or None where the device refuses it."""
    out = _C.empty_strided(plan.shape, plan.result_strides() or layouts.dense_strides(plan.shape), input._dtype_code,
                           input._device_code)
    done = (not out._numel
            or tried("index_tensors",
                     (_led(out, range(plan.at, plan.at + len(plan.index_shape))), _led(input, plan.dims),
                      *plan.tensors)))
    return out if done else None


def _put(input, plan, values, accumulate):
    led = _led(values, range(plan.at, plan.at + len(plan.index_shape)))
    return not values._numel or tried("index_put_tensors", (_led(input, plan.dims), led, *plan.tensors), (accumulate,))


def _put_along(input, d, index, source, mode):
    """Slices of source put to, or added at, the places of a vector in one dimension."""
    return (not source._numel or tried("index_put_tensors",
                                       (_led(one_dim(input), (d,)), _led(one_dim(source), (d,)), one_dim(index)),
                                       (mode == ADD,)))


@op(method=False, function=False, out=False, tensors=["input"],
    grad={"input": lambda g, template, indices: public.index_put(g.new_zeros(template), indices, g, accumulate=True)})
def index(input, indices):
    """input[indices]: integer or bool tensors, None for a whole dimension. IndexError for indices out of range."""
    indices = beside(input, indices)
    # rows: the usual case
    if len(
        indices) == 1 and indices[0]._dtype_code in _INDEX_CODES and input.ndim and input._contiguous and indices[
            0]._contiguous:
        shape, strides, places = tuple(input.shape), input._strides, indices[0]
        rest = shape[1:]
        device = input._device_code
        if device > 0 and input._remote and (out := _taken(input, Plan(input, indices))) is not None:
            return With(out, template=shape)
        out = _C.empty((*places.shape, *rest), input._dtype_code, device)
        at = offsets(indices, (0,), shape[:1], strides[:1], places.shape, device)
        flat = out if places.ndim == 1 else _C.strided(out, (places._numel, *rest), (strides[0], *strides[1:]), 0, -1)
        run("take_rows", (flat, input, at), (0, (0,)))
        return With(out, template=shape)
    plan = Plan(input, indices)
    if plan.addressed[-1] > 0 and input._remote and (out := _taken(input, plan)) is not None:
        return With(out, template=tuple(input.shape))
    out = like(input, plan.flat_shape)
    run("take_rows", (out, input, plan.offsets()), (plan.at, plan.dims))
    dense = _C.strided(out, plan.shape, layouts.dense_strides(plan.shape), 0, -1)
    strides = plan.result_strides()
    if strides is not None:
        out = _C.empty_strided(plan.shape, strides, input._dtype_code, input._device_code)
        run("copy", (out, dense))
        dense = out
    return With(dense, template=tuple(input.shape))


def _fill_masked(input, at, mask, value):
    """One value where a mask over the dimensions from `at` on holds."""
    check_mask(input, at, mask)
    if mask._dtype_code:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
    if value.dtype.is_complex and not input.dtype.is_complex:
        check_number(input.dtype, value.item())
    rest = input.ndim - at - mask.ndim
    spread = _C.strided(mask, (*[1] * at, *mask.shape, *[1] * rest), (*[0] * at, *mask._strides, *[0] * rest),
                        mask._offset, -1)
    run("masked_fill", (input, input, spread, _C.strided(value, (), (), value._offset, -1)), (input._dtype_code,))


@mutation(preserve=True, overlap="warn", grad={
    "input": lambda g, indices, accumulate: g if accumulate else public.index_put(g, indices, g.new_zeros(())),
    "values": lambda g, indices: index(g, tuple(indices))})
def index_put(input, indices, values, accumulate=False):
    """input with input[indices] set to values, or increased by them. IndexError for indices out of range, RuntimeError
    when
    values do not broadcast or have another dtype."""
    _check_indices(indices)
    indices = beside(input, indices)
    if not known(input) and any(i is not None and i._dtype_code in MASKS for i in indices):
        return  # how many places a mask on meta has, nobody knows
    if not accumulate and values._numel == 1:
        given = [k for k, i in enumerate(indices) if i is not None]
        if len(given) == 1 and indices[given[0]]._dtype_code in MASKS:
            return _fill_masked(input, given[0], indices[given[0]], values)
    remote = input._device_code > 0 and input._remote
    if values._numel == 1 and not remote and len(
        indices) == 1 and values._dtype_code == input._dtype_code and input.ndim and (
            indices[0]._dtype_code in _INDEX_CODES and values.ndim <= 1 and not _same_memory(input, values)):
        places, shape, strides = indices[0], tuple(input.shape), input._strides  # one value into rows
        at = offsets(indices, (0,), shape[:1], strides[:1], places.shape, input._device_code)
        spread = _C.strided(values, (places._numel, *shape[1:]), (0,) * len(shape), values._offset, -1)
        run("put_rows", (input, spread, at), (0, (0,), ADD if accumulate else SET))
        return
    if values._device_code >= 0 and values._numel > 1 and _same_memory(input, values):
        values = copied(values)
    plan = Plan(input, indices)
    spread = raw_expand(values, plan.shape)
    if spread is None:
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to "
                           f"indexing result of shape {list(plan.shape)}")
    if values._dtype_code != input._dtype_code:
        raise RuntimeError(f"Index put requires the source and destination dtypes match, got {type_name(input)} for "
                           f"the destination and {type_name(values)} for the source.")
    if remote and _put(input, plan, spread, bool(accumulate)):
        return
    strides = view_strides(spread.shape, spread._strides, plan.flat_shape)
    if strides is None:
        spread = copied(spread)
        strides = layouts.dense_strides(plan.flat_shape)
    flat = _C.strided(spread, plan.flat_shape, strides, spread._offset, -1)
    run("put_rows", (input, flat, plan.offsets()), (plan.at, plan.dims, ADD if accumulate else SET))


def _check_indices(indices):
    """Tensors, or None for a whole dimension; one tensor at least."""
    for at, i in enumerate(indices):
        if i is not None and not hasattr(i, "_dtype_code"):
            raise TypeError(f"expected Tensor as element {at} in argument 0, but got {type(i).__name__}")
    if all(i is None for i in indices):
        raise RuntimeError("index_put(): at least one index must be provided")


def _same_memory(a, b):
    return a._pointer == b._pointer or _C.storage_info(a)[2] == _C.storage_info(b)[2]


FUNCTIONS["index_put_"] = METHODS["index_put_"]
# the same with bounds left unchecked, which we never do
register("_unsafe_index", lambda input, indices: index(input, tuple(indices)), method=False, family="indexing")
register("_unsafe_index_put", index_put, method=False, family="indexing")


@op("_index_put_impl_", method=False, out=False)
def _index_put_impl_(input, indices, values, accumulate=False, unsafe=False):
    """index_put_; bounds are always checked."""
    return input.index_put_(indices, values, accumulate)


def _vector(index, name, error=IndexError):
    if index.ndim > 1:
        raise error(f"{name}(): Index is supposed to be a vector")
    if index._dtype_code not in _INDEX_CODES:
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")


def _row_offsets(t, d, index, **options):
    """(t with a dimension at least, offsets) for one index vector."""
    whole, index = one_dim(t), one_dim(index)
    return whole, offsets((index,), (d,), (whole.shape[d],), (whole._strides[d],), index.shape, t._device_code,
                          **options)


@op(apart=("input", "index"),
    grad={"input": lambda g, template, dim, index: public.index_add(g.new_zeros(template), dim, index, g)})
def index_select(input, dim, index):
    """Slices of input at the positions in a vector, along one dimension, as a new tensor. IndexError out of range."""
    d = wrap_dim(dim, input.ndim)
    _vector(index, "index_select")
    if not input.ndim and index._numel != 1:
        raise IndexError("index_select(): Index to scalar can have only 1 value")
    shape = list(input.shape)
    if shape:
        shape[d] = index._numel
    out = like(input, shape)
    if input._remote and tried("index_select", (one_dim(out), one_dim(input), one_dim(index)), (d,)):
        return With(out, template=tuple(input.shape))
    whole, at = _row_offsets(input, d, index, wrap=False, error=1)
    run("take_rows", (one_dim(out), whole, at), (d, (d,)))
    return With(out, template=tuple(input.shape))


def _checked_source(input, dim, index, source, name):
    """Shapes of index_add and index_reduce; the dimension."""
    d = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError(f"{name}_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
                         f"{type_name(index)} and size: {list(index.shape)}")
    if index._dtype_code not in _INDEX_CODES:
        raise IndexError(f"{name}_(): Expected dtype int32/int64 for index but got: {type_name(index)}")
    if source._dtype_code != input._dtype_code:
        raise RuntimeError(f"{name}_(): self ({type_name(input)}) and source ({type_name(source)}) must have the same "
                           "scalar type")
    if source.ndim and not 0 <= d < source.ndim:
        raise IndexError(f"{name}_(): Indexing dim {d} is out of bounds of the source tensor with dim {source.ndim}")
    have = source.shape[d] if source.ndim else 1
    if index._numel != have:
        raise RuntimeError(f"{name}_(): Number of indices ({index._numel}) should be equal to source.size(dim): "
                           f"({have}), for dim: {d}")
    mine, theirs = [n for k, n in enumerate(input.shape) if k != d], [n for k, n in enumerate(source.shape) if k != d]
    if mine != theirs:
        raise RuntimeError("source tensor shape must match self tensor shape, excluding the specified dimension. "
                           f"Got self.shape = {list(input.shape)} source.shape = {list(source.shape)}")
    return d


def _combine(input, d, index, source, mode):
    if mode in (SET, ADD) and input._device_code > 0 and input._remote and _put_along(input, d, index, source, mode):
        return
    try:
        whole, at = _row_offsets(input, d, index, wrap=False, error=int(input.ndim < 2))
    except IndexError as e:
        if input.ndim < 2:
            raise
        raise RuntimeError(str(e)) from None
    run("put_rows", (whole, one_dim(source), at), (d, (d,), mode))


@mutation(operands=("index", "source"), grad={
    "input": lambda g: g,
    "source": lambda g, dim, index, source, alpha: _like_source(index_select(g, dim, index), source, alpha)})
def index_add(input, dim, index, source, *, alpha=1):
    """input with alpha * source added to the slices at the positions in index. RuntimeError out of range."""
    d = _checked_source(input, dim, index, source, "index_add")
    if alpha != 1:
        check_alpha(input, alpha)
        source = public.mul(_C.detach(source), alpha)
    _combine(input, d, index, source, ADD)


def check_alpha(t, alpha):
    """RuntimeError for an alpha that t's dtype cannot hold."""
    if isinstance(alpha, bool) and t._dtype_code:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if not isinstance(alpha, int) and not (t.dtype.is_floating_point or t.dtype.is_complex):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")


def _like_source(g, source, alpha=1):
    g = g if alpha == 1 else g * alpha
    return g if g.shape == source.shape else g.expand(source.shape) if source.ndim else g.reshape(())


@mutation(operands=("index", "source"), grad={
    "input": lambda g, dim, index: g.index_fill(dim, index, 0),
    "source": lambda g, dim, index, source: _like_source(index_select(g, dim, index), source)})
def index_copy(input, dim, index, source):
    """input with slices at the positions in index replaced by those of source. IndexError out of range."""
    d = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    if not source.ndim and index._numel != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index._numel})")
    if source.ndim != input.ndim and source.ndim and input.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.ndim}), "
            f"destination dimensionality ({input.ndim})"
        )
    if index._dtype_code != INT64:
        raise IndexError(f"index_copy_(): Expected a long tensor for index, but got {type_name(index)}")
    if source._dtype_code != input._dtype_code:
        raise RuntimeError("index_copy_(): self and source expected to have the same dtype, but got (self) "
                           f"{type_name(input)} and (source) {type_name(source)}")
    mine, theirs = [n for k, n in enumerate(input.shape) if k != d], [n for k, n in enumerate(source.shape) if k != d]
    if mine != theirs:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, mine))} at dimension {d} and source slice "
            f"shape: {' '.join(map(str, theirs))} at dimension 0."
        )
    have = source.shape[d] if source.ndim else 1
    if index._numel != have:
        raise IndexError(f"index_copy_(): Number of indices ({index._numel}) should be equal to source.size(dim) "
                         f"({have})")
    if input._device_code > 0 and input._remote and _put_along(input, d, index, source, SET):
        return
    try:
        whole, at = _row_offsets(input, d, index, wrap=False)
    except IndexError as e:
        raise IndexError(f"index_copy_(): {e}") from None
    run("put_rows", (whole, one_dim(source), at), (d, (d,), SET))


@mutation(preserve=True, overlap="warn", grad={
    "input": lambda g, dim, index: g.index_fill(dim, index, 0),
    "value": lambda g, dim, index: (public.zeros_like(g).index_fill(dim, index, 1) * g).sum()})  # a place counts once
def index_fill(input, dim, index, value):
    """input with the slices at the positions in index set to a number or 0-dim tensor. IndexError out of range."""
    d = wrap_dim(dim, input.ndim)
    if hasattr(value, "_dtype_code"):
        if value.ndim:
            raise RuntimeError("index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                               f"{value.ndim} dimension(s).")
        number = copied_as(value, input)
    else:
        if isinstance(value, complex) and not input.dtype.is_complex:
            raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
        number = scalar(input, value)
    if index._dtype_code not in _INDEX_CODES:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    shape = list(one_dim(input).shape)
    shape[d] = index._numel
    if input._device_code > 0 and input._remote and _put_along(input, d, index, raw_expand(number, shape), SET):
        return
    whole, at = _row_offsets(input, d, index)
    run("put_rows", (whole, raw_expand(number, shape), at), (d, (d,), SET))


def scalar(t, value):
    """A number as 0-dim tensor of t's dtype; RuntimeError when it does not fit."""
    check_number(t.dtype, value)
    made = like(t, ())
    run("fill", (made,), (value,))
    return made


def check_number(dtype, value):
    """RuntimeError for a number that the dtype cannot hold."""
    name = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t",
            "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
            "float64": "double", "bool": "bool"}.get(dtype._name, dtype._name)
    bad = isinstance(value, complex) and not dtype.is_complex and value.imag
    if not bad and not isinstance(value, complex) and not dtype.is_complex and dtype._name != "bool":
        if dtype.is_floating_point:
            limit = dtypes.finfo(dtype).max
            bad = abs(value) > limit and abs(value) != float("inf") and value == value
        else:
            info = dtypes.iinfo(dtype)
            low = -info.max if not dtype.is_signed else info.min  # negative numbers wrap in unsigned types
            bad = (value != value or (isinstance(value, float) and value < 0 and not dtype.is_signed)
                   or not low <= int(value) <= info.max if abs(value) != float("inf") else True)
    if bad:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")


def copied_as(value, t):
    """value's elements in t's dtype, on t's device."""
    made = like(t, value.shape)
    run("copy", (made, value))
    return made


_REDUCE_MODES = {"prod": MULTIPLY, "mean": ADD, "amax": MAXIMUM, "amin": MINIMUM, "sum": ADD}


def identity_of(mode, t):
    """What does not change a reduction."""
    d = t.dtype
    if mode in (MINIMUM, MAXIMUM):
        low = mode == MAXIMUM
        if d._name == "bool":
            return not low
        if d.is_floating_point:
            return float("-inf") if low else float("inf")
        info = dtypes.iinfo(d)
        return info.min if low else info.max
    return 1 if mode == MULTIPLY else 0


def _index_reduce_gradients(g, input, dim, index, source, reduce, include_self, result):
    select = lambda t: index_select(t, dim, index)
    spread = lambda t, values: public.index_add(t, dim, index, values)
    clear = lambda t: t.index_fill(dim, index, 0)
    return reduction_gradients(g, input, source, reduce, include_self, result, select, spread, clear,
                               lambda x, s: public.index_reduce(x, dim, index, s, reduce, include_self=include_self))


def reduction_gradients(g, input, source, reduce, include_self, result, select, spread, clear, again):
    """(input's, source's) gradient of a scattered reduction, given as: select at the indices, add at the indices, zero
    at the indices."""
    if reduce == "sum":
        of_input, of_source = g, select(g)
    elif reduce == "mean":
        count = spread(public.ones_like(input) if include_self else public.zeros_like(input), public.ones_like(source))
        share = g / count.masked_fill(count == 0, 1)
        of_input, of_source = share, select(share)
    elif reduce == "prod":
        filled = input.masked_fill(input == 0, 1)
        of_input = g * again(filled, source) / filled
        zero = source == 0
        one_zero = zero & (select(spread(public.zeros_like(input), zero.to(input.dtype))) == 1)
        others = again(input, source.masked_fill(one_zero, 1))  # the product without the single zero
        of_source = public.where(one_zero, select(g * others), select(g * result) / source.masked_fill(zero, 1))
    else:
        chosen_input = (input == result).to(g.dtype)
        chosen_source = (source == select(result)).to(g.dtype)
        count = spread(chosen_input, chosen_source)  # PyTorch counts the input also when it is not included
        share = g / count.masked_fill(count == 0, 1)
        of_input, of_source = share * chosen_input, select(share) * chosen_source
    return of_input if include_self else clear(of_input), of_source


@mutation(operands=("index", "source"), grad={("input", "source"): _index_reduce_gradients})
def index_reduce(input, dim, index, source, reduce, *, include_self=True):
    """input's slices at the positions in index combined with those of source by prod, mean, amax or amin."""
    warn_once("index_reduce", "index_reduce() is in beta and the API may change at any time.")
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f'index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.')
    d = _checked_source(input, dim, index, source, "index_reduce")
    mode = _REDUCE_MODES[reduce]
    values = one_dim(source)
    whole, at = _row_offsets(input, d, index, wrap=False, error=1)
    if not include_self:
        run("put_rows", (whole, raw_expand(scalar(input, identity_of(mode, input)), values.shape), at), (d, (d,), SET))
    run("put_rows", (whole, values, at), (d, (d,), mode))
    if reduce == "mean":
        count = like(whole)
        run("fill", (count,), (1 if include_self else 0,))
        at = _row_offsets(count, d, index)[1]
        run("put_rows", (count, raw_expand(scalar(input, 1), values.shape), at), (d, (d,), ADD))
        over_counts(whole, count)


def over_counts(t, count):
    """t divided, in place, by how many there were; counts of narrow types wrap, and none are one."""
    run("masked_fill", (count, count, count.eq(0), scalar(t, 1)), (count._dtype_code,))
    run("divide_counts", (t, t, count))


# ---- flat indices ----
@op(apart=("input", "index"),
    grad={"input": lambda g, template, index: public.put(g.new_zeros(template), index, g, True)})
def take(input, index):
    """Elements of input at flat positions (int64), in the shape of index. IndexError out of range."""
    if index._dtype_code != INT64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {type_name(index)}")
    if not input._numel and index._numel:
        raise IndexError("take(): tried to take from an empty tensor")
    flat = input if input._contiguous else copied(input)
    out = like(input, index.shape)
    count = index._numel
    run("take_rows", (_C.strided(out, (count,), (1,), 0, -1), _line(flat), _flat(index, input)), (0, (0,)))
    return With(out, template=tuple(input.shape))


def _line(t):
    """A contiguous tensor's elements in one dimension (raw)."""
    return _C.strided(t, (t._numel,), (1,), t._offset, -1)


def _flat(index, input):
    try:
        return offsets((index,), (0,), (input._numel,), (1,), index.shape, input._device_code)
    except IndexError as e:
        raise IndexError(f"out of range: tried to access index {str(e).split()[1]} on a tensor of {input._numel} "
                         "elements.") from None


@mutation(preserve=True, operands=("index", "source"), grad={
    "input": lambda g, index, accumulate: g if accumulate else public.put(g, index, g.new_zeros(index.shape)),
    "source": lambda g, index, source: take(g, index).reshape(source.shape)})
def put(input, index, source, accumulate=False):
    """input with the elements at flat positions set to source's, or increased by them. IndexError out of range."""
    if index._dtype_code != INT64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {type_name(index)}")
    if source._dtype_code != input._dtype_code:
        raise RuntimeError("put_(): self and source expected to have the same dtype, but got self.dtype = "
                           f"{type_name(input)} and source.dtype = {type_name(source)}")
    if source._numel != index._numel:
        raise IndexError("put_(): Expected source and index to have the same number of elements, but got "
                         f"source.numel() = {source._numel}, index.numel() = {index._numel}")
    if not input._numel and index._numel:
        raise IndexError("put_(): Expected self to be non-empty")
    target = input if input._contiguous else copied(input)
    values = source if source._contiguous else copied(source)
    run("put_rows", (_line(target), _line(values), _flat(index, input)), (0, (0,), ADD if accumulate else SET))
    if target is not input:
        run("copy", (input, target))
