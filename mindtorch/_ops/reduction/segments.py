"""Reductions of segments, and hashes of a dimension's bits."""
import math

from mindtorch._core import layouts
from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.codes import INDICES

from ..shape.views import wrap_dim
from ..table.registry import op, public

_NAMES = {0: "Bool", 1: "Byte", 2: "Char", 3: "Short", 4: "Int", 5: "Long"}
_SEGMENT = {"sum": 0.0, "mean": 0.0, "max": -math.inf, "amax": -math.inf, "min": math.inf, "amin": math.inf,
            "prod": 1.0}


def _segment_offsets(data, lengths, offsets, axis, unsafe):
    given = lengths if lengths is not None else offsets
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    name = "lengths" if lengths is not None else "offsets"
    if axis != given.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if given._dtype_code not in INDICES:
        kind = given.dtype._name.capitalize().replace("Float32", "Float").replace("Float64", "Double")
        raise NotImplementedError(f"\"_segment_reduce_{name}_cpu_kernel1\" not implemented for '{kind}'")
    if lengths is None:
        return offsets.long()
    lengths = lengths.long()
    if not unsafe:
        if (lengths < 0).any().item():
            raise RuntimeError("lengths contains negative value!")
        if not (lengths.sum(-1) == data.shape[axis]).all().item():
            raise RuntimeError("segment_reduce(): Expected all rows of lengths along axis to sum to "
                               "data.size(lengths.dim()-1) when !unsafe.")
    return public.cat([public.zeros_like(lengths[..., :1]) if lengths.shape[-1]
                       else lengths.new_zeros((*lengths.shape[:-1], 1)), lengths.cumsum(-1)], -1)


@op(method=False, tensors=["data", "lengths", "indices", "offsets"])
def segment_reduce(data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None):
    """Sum, mean, max, min or prod of consecutive pieces along axis, given by their lengths or by offsets (one more than
    pieces); floating point only.
    Empty pieces give `initial`, by default the reduction's neutral element (nan for mean)."""
    if reduce not in _SEGMENT:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    axis = wrap_dim(axis, data.ndim)
    bounds = _segment_offsets(data, lengths, offsets, axis, unsafe)
    if not data.dtype.is_floating_point:
        raise NotImplementedError("\"_segment_reduce_cpu\" not implemented for "
                                  f"'{_NAMES.get(data._dtype_code, 'ComplexFloat')}'")
    shape, batch = tuple(data.shape), math.prod(data.shape[:axis])
    segments, rest = bounds.shape[-1] - 1, shape[axis + 1:]
    bounds = bounds.reshape(batch, segments + 1).contiguous()
    at = public.arange(shape[axis], device=data.device).expand(batch, shape[axis]).contiguous()
    piece = public.searchsorted(bounds[:, 1:].contiguous(), at, right=True)
    inside = ((at >= bounds[:, :1]) & (piece < segments)).reshape(-1)
    number = (piece + public.arange(batch, device=data.device).unsqueeze(1) * segments).reshape(-1)
    rows = data.reshape(batch * shape[axis], *rest)
    if not inside.all().item():
        rows, number = rows[inside], number[inside]
    start = public.full((batch * segments, *rest), _SEGMENT[reduce] if initial is None else float(initial),
                        dtype=data.dtype, device=data.device)
    if reduce in ("sum", "mean"):
        out = start.index_add(0, number, rows)
        if reduce == "mean":
            size = (bounds[:, 1:] - bounds[:, :-1]).reshape(-1, *[1] * len(rest))
            out = out / (size if initial is None else size.clamp_min(1)).to(out.dtype)
    else:
        out = start.index_reduce(0, number, rows, {"max": "amax", "min": "amin"}.get(reduce, reduce))
    return out.reshape(*shape[:axis], segments, *rest)


# ---- hashes ----


@op(tensors=["input"])
def hash_tensor(input, dim=(), *, keepdim=False, mode=0):
    """Exclusive or of the bits of the elements (integers as int64, others as float64) over dimensions, all by default:
    a uint64 tensor."""
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    dims = sorted({wrap_dim(d, input.ndim) for d in ((dim,) if isinstance(dim, int) else dim)})
    if not dims and not input._numel:
        raise RuntimeError("hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the "
                           "reduction dim with the 'dim' argument.")
    if input.dtype.is_complex:
        raise NotImplementedError("\"xor_sum_cpu\" not implemented for "
                                  f"'Complex{'Double' if input.dtype.itemsize == 16 else 'Float'}'")
    dims = dims if dims and input.ndim else list(range(input.ndim))
    bits = input.detach().double().contiguous().view(
        BY_NAME["int64"]) if input.dtype.is_floating_point else input.long()
    for d in dims:
        if not bits.shape[d]:
            bits = bits.new_zeros([1 if i == d else n for i, n in enumerate(bits.shape)])
        while bits.shape[d] > 1:
            half, odd = divmod(bits.shape[d], 2)
            folded = bits.narrow(d, 0, half) ^ bits.narrow(d, half, half)
            bits = public.cat([folded, bits.narrow(d, 2 * half, 1)], d) if odd else folded
    if not keepdim:
        bits = bits.reshape([n for i, n in enumerate(bits.shape) if i not in dims])
    return bits.clone(memory_format=layouts.contiguous_format).view(BY_NAME["uint64"])


# ---- norms under old names ----
