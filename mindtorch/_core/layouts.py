"""torch.layout and torch.memory_format."""
import functools


class _Named:
    __slots__ = ("_name",)
    __module__ = "torch"

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return "torch." + self._name

    def __reduce__(self):
        return self._name


class layout(_Named):
    """How elements are stored; strided for everything that is not sparse."""

    __module__ = "torch"

    def __reduce__(self):
        return _get_layout, (repr(self),)


class memory_format(_Named):
    """Order of dimensions in memory: contiguous, channels last, or that of the input."""

    __module__ = "torch"


class qscheme(_Named):
    """How the numbers of a quantised tensor map to integers."""

    __module__ = "torch"


QSCHEMES = tuple(
    qscheme(n) for n in ("per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric",
                         "per_channel_affine_float_qparams"))
(per_tensor_affine, per_channel_affine, per_tensor_symmetric, per_channel_symmetric,
 per_channel_affine_float_qparams) = QSCHEMES
strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged, _mkldnn = (
    layout(n)
    for n in ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged", "_mkldnn")
)
contiguous_format, channels_last, channels_last_3d, preserve_format = (memory_format(n)
                                                                       for n in ("contiguous_format", "channels_last",
                                                                                 "channels_last_3d", "preserve_format"))
LAYOUTS = (strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged, _mkldnn)
FORMATS = (contiguous_format, channels_last, channels_last_3d, preserve_format)


def _get_layout(name):
    """The layout that a pickle names by its full name; KeyError for others."""
    return {repr(x): x for x in LAYOUTS}[name]


_get_layout.__module__ = "torch.serialization"  # the name that pickles mention


def dense_strides(shape, format=contiguous_format):
    """Strides of a fresh tensor of this shape; channels_last wants 4 dimensions, channels_last_3d 5."""
    order = [*range(len(shape) - 1, -1, -1)]
    if format in (channels_last, channels_last_3d):
        want = 4 if format is channels_last else 5
        if len(shape) != want:
            raise RuntimeError(f"required rank {want} tensor to use {format._name} format")
        order = [1, *range(want - 1, 1, -1), 0]
    strides, step = [0] * len(shape), 1
    for d in order:
        strides[d] = step
        step *= max(shape[d], 1)
    return tuple(strides)


def is_non_overlapping_and_dense(shape, strides) -> bool:
    """Whether the elements fill one block of memory without sharing any."""
    step = 1
    for size, stride in sorted(((n, s) for n, s in zip(shape, strides) if n != 1), key=lambda p: p[1]):
        if size == 0:
            return True
        if stride != step:
            return False
        step *= size
    return True


@functools.lru_cache(1024)
def preserved_strides(shape, strides):
    """Strides of a dense copy in the same memory order (what preserve_format means)."""
    if is_non_overlapping_and_dense(shape, strides) and 0 not in shape:
        return tuple(strides)
    order = [len(shape) - 1 - i for i in range(len(shape))]
    for i in range(1, len(order)):  # insertion sort, as the element-wise front end does
        at = i
        for j in range(i - 1, -1, -1):
            a, b = strides[order[j]], strides[order[at]]
            if a == 0 or b == 0:
                continue
            if a > b or (a == b and shape[order[j]] > shape[order[at]]):
                order[j], order[at] = order[at], order[j]
                at = j
            elif a < b:
                break
    result, step = [0] * len(shape), 1
    for d in order:
        result[d] = step
        step *= max(shape[d], 1)
    return tuple(result)
