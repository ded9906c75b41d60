"""Scaled dot product attention: one kernel forward, one backward, or a composition where that cannot say everything."""
import functools
import math
import weakref

import mindtorch._C as _C
from mindtorch._core import dtypes, layouts
from mindtorch._core.codes import BOOL, FLOAT64, UP_TO_SINGLE

from ..creation.factories import new
from ..creation.dropout import bits, dropout_by_bits
from ..linalg.matmul import _expanded, c_name
from ..table.registry import FUNCTIONS, NAMESPACES, With, kernel_rows, op, run

FLOATS = ("float32", "float64", "float16", "bfloat16")


def _allocate(t, shape=None, dtype=None):
    """Result in the memory order of t, when t is dense."""
    if shape is None or tuple(shape) == tuple(t.shape):
        return _C.empty_strided(t.shape, layouts.preserved_strides(t.shape, t._strides), t._dtype_code, t._device_code)
    return new(shape, t._dtype_code, t._device_code)


def _mask_view(mask, query, key):
    return None if mask is None else _expanded(mask, (*query.shape[:3], key.shape[2]))


def _gradients(gs, query, key, value, attn_mask, is_causal, scale, result, lse, needs):
    g = gs[0]
    if _C.is_grad_enabled() and _C.needs_grad(
        g, query, key, value
    ):  # for second derivatives everything must be in the graph
        return _second(g, (query, key, value), needs,
                       lambda: _composed(query, key, value, attn_mask, 0.0, is_causal, scale))
    grads = tuple(new(t.shape, t._dtype_code, t._device_code) for t in (query, key, value))
    run("attention_backward", (*grads, g, query, key, value, _mask_view(attn_mask, query, key), result, lse),
        (scale, is_causal))
    return grads


@op("_fused_attention", function=False, method=False, out=False, node="ScaledDotProductFlashAttentionForCpuBackward0",
    grad={("query", "key", "value"): _gradients})
def _fused(query, key, value, attn_mask, is_causal, scale):
    out = _allocate(query, (*query.shape[:3], value.shape[3]))
    lse = new(query.shape[:3], 9 if query._dtype_code == FLOAT64 else 8, query._device_code)
    run("attention", (out, lse, query, key, value, _mask_view(attn_mask, query, key)), (scale, is_causal))
    return With(out, lse=lse)


# ---- on Ascend: flash attention, which knows dropout, a bool mask of what is hidden, and causality ----
# no prefix; scale, share that is kept, no band, heads, layout, precise sums, kind of mask
_NUMBERS = "- d0 d1 =2147483647 =2147483647 i2 {} =0 i3"


def _for_layouts(form):
    return " | ".join(f"{form.format(_NUMBERS.format(repr(layout)))} ?4={k}" for k,
                      layout in enumerate(("BNSD", "BSND")))


kernel_rows(
    flash_attention=_for_layouts("aclnnFlashAttentionScore T4 T5 T6 - T7? - T8? {} T1 T2 T3 T0 *"),
    flash_attention_slope=_for_layouts(
        "aclnnFlashAttentionScoreGrad T4 T5 T6 T7 - T8? - T9? T10 T11 - T12 {} T0 T1 T2 T3 *"
    ),
)
_MOST_DEPTH = 768
_TRIANGLE = 2048  # the side of the mask that stands for causality, whatever the lengths


def _flashable(query, key, value, attn_mask):
    alike = query._dtype_code in UP_TO_SINGLE and query.shape[3] == value.shape[3] <= _MOST_DEPTH
    maskable = attn_mask is None or attn_mask._dtype_code == BOOL
    return alike and maskable and query.shape[1] % key.shape[1] == 0 and _kind(query, key) not in _refused


def _kind(query, key):
    return query._dtype_code, query.shape[1] // key.shape[1], query.shape[3]


_refused = set()  # kinds of attention that this chip does not do at once
# the mask that was turned last, which a model hands to all its layers: a reference to it, its version, what it hides
_last = [None, None, None]


def _hidden(mask, query, key):
    """True where a bool mask says False, in one of the shapes that the operator takes: [B or 1, N or 1, Sq, Skv]."""
    before, version, made = _last
    if before is None or before() is not mask or version != mask._version:
        made = mask.detach().logical_not()
        _last[:] = weakref.ref(mask), mask._version, made
    batch, heads, rows, columns = *query.shape[:2], query.shape[2], key.shape[2]
    have = (*(1,) * (4 - made.ndim), *made.shape)
    many = have[1] != 1 and heads != 1
    return made.expand(batch if many or have[0] != 1 else 1, heads if many else 1, rows, columns)


@functools.lru_cache(4)
def _triangle(device):
    return FUNCTIONS["ones"](_TRIANGLE, _TRIANGLE, dtype=dtypes.bool, device=device).triu(1)


def _turned(t):
    """[B, S, N, D] of [B, N, S, D] (raw)."""
    (b, n, s, d), (i, j, k, m) = t.shape, t._strides
    return _C.strided(t, (b, s, n, d), (i, k, j, m), t._offset, -1)


def _laid(tensors, query):
    """(tensors as the layout wants them, its number): positions before heads where that is how the query lies, so that
    nothing is copied."""
    turned = _turned(query)._contiguous and not query._contiguous
    return [_turned(t) if turned else t for t in tensors], int(turned)


def _flash_gradients(gs, query, key, value, hidden, dropped, p, is_causal, scale, result, statistics, needs):
    g = gs[0]
    if _C.is_grad_enabled() and _C.needs_grad(g, query, key, value):
        return _second(g, (query, key, value), needs,
                       lambda: _composed(query, key, value, None if hidden is None else hidden.logical_not(), p,
                                         is_causal, scale, dropped))
    grads = [_allocate(t) for t in (query, key, value)]
    laid, layout = _laid((*grads, query, key, value, g, result), query)
    run("flash_attention_slope", (*laid[:3], new((0,), query._dtype_code, query._device_code), *laid[3:7], dropped,
                                  _mask_of(hidden, is_causal, query), statistics[0], statistics[1], laid[7]),
        (scale, 1 - p, query.shape[1], 2 if is_causal else 0, layout))
    return tuple(grads)


def _mask_of(hidden, is_causal, query):
    return _triangle(query.device) if is_causal else hidden


@op("_flash_attention", function=False, method=False, out=False, node="ScaledDotProductFlashAttentionBackward0",
    grad={("query", "key", "value"): _flash_gradients})
def _flash(query, key, value, hidden, dropped, p, is_causal, scale):
    out = _allocate(query)
    statistics = new((2, *query.shape[:3], 8), 8, query._device_code)
    laid, layout = _laid((out, query, key, value), query)
    run("flash_attention", (laid[0], statistics[0], statistics[1], new((0,), query._dtype_code, query._device_code),
                            *laid[1:], dropped, _mask_of(hidden, is_causal, query)),
        (scale, 1 - p, query.shape[1], 2 if is_causal else 0, layout))
    return With(out, statistics=statistics)


def _flashed(query, key, value, attn_mask, dropout_p, is_causal, scale):
    """Attention in one launch, or None where the device refuses it."""
    hidden = None if attn_mask is None else _hidden(attn_mask, query, key)
    dropped = bits((*query.shape[:3], key.shape[2]), dropout_p, query) if dropout_p else None
    try:
        return _flash(query, key, value, hidden, dropped, dropout_p, is_causal, scale)
    except _C.Refused:
        _refused.add(_kind(query, key))
        return None


def _second(g, inputs, needs, again):
    """Gradients that can be differentiated again: those of the composition."""
    from mindtorch import autograd

    found = iter(autograd.grad(again(), [t for t, n in zip(inputs, needs) if n], g, create_graph=True))
    return tuple(next(found) if n else None for n in needs)


def _composed(query, key, value, attn_mask, dropout_p, is_causal, scale, dropped=None):
    """`dropped`: bits of a mask of dropout that was drawn already."""
    if query.dtype.itemsize == 2 and query.dtype.is_floating_point:  # halves are computed in float32 and rounded once
        wide = (t.to(dtypes.float32) for t in (query, key, value))
        return _composed(*wide, attn_mask, dropout_p, is_causal, scale, dropped).to(query.dtype)
    rows, columns = query.shape[-2], key.shape[-2]
    if query.ndim > 2 and query.ndim == key.ndim and key.shape[-3] not in (query.shape[-3],
                                                                           1) and query.shape[-3] % key.shape[-3] == 0:
        times = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(times, -3), value.repeat_interleave(times, -3)
    root = math.sqrt(abs(scale))
    scores = (query * (root if scale >= 0 else -root)) @ (key * root).transpose(-2, -1)
    if is_causal:
        attn_mask = FUNCTIONS["ones"](rows, columns, dtype=dtypes.bool, device=query.device).tril()
    if attn_mask is not None:
        scores = (scores.masked_fill(attn_mask.logical_not(), -math.inf) if attn_mask.dtype._name == "bool"
                  else scores + attn_mask.to(scores.dtype))
    weights = FUNCTIONS["softmax"](scores, -1)
    if attn_mask is not None:  # rows without any key give zeros
        weights = weights.masked_fill((scores == -math.inf).all(-1, keepdim=True), 0.0)
    if dropped is not None:
        weights = dropout_by_bits(weights, dropped, dropout_p)
    elif dropout_p > 0:
        weights = NAMESPACES["nn.functional"]["dropout"](weights, dropout_p, True)
    return weights @ value


def _check(query, key, value, attn_mask):
    if not query._dtype_code == key._dtype_code == value._dtype_code:
        raise RuntimeError("Expected query, key, and value to have the same dtype, but got query.dtype: "
                           f"{c_name(query)} key.dtype: {c_name(key)} and value.dtype: {c_name(value)} instead.")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError("Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
                           f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead.")
    if attn_mask is not None:
        if attn_mask.dtype._name not in ("bool", "float32") and attn_mask._dtype_code != query._dtype_code:
            raise RuntimeError("Expected attn_mask dtype to be bool or float or to match query dtype, but got "
                               f"attn_mask.dtype: {c_name(attn_mask)} and  query.dtype: {c_name(query)} instead.")
        if attn_mask.ndim < 2:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{max(attn_mask.ndim, 1)}, "
                             f"{max(attn_mask.ndim, 1) - 1}], but got -2)")


def _fusable(query, key, value, attn_mask, enable_gqa):
    if (query.ndim != 4 or key.ndim != 4 or value.ndim != 4 or query.dtype._name not in FLOATS or not query._numel
        or not key._numel or not value._numel):
        return False
    if attn_mask is not None and (attn_mask.ndim > 4 or (attn_mask.requires_grad and _C.is_grad_enabled())):
        return False
    same = query.shape[0] == key.shape[0] == value.shape[0] and key.shape[1] == value.shape[1] and key.shape[
        2] <= value.shape[2] and query.shape[3] == key.shape[3]
    return (same and key.shape[2] == value.shape[2]
            and (query.shape[1] == key.shape[1] or (enable_gqa and query.shape[1] % key.shape[1] == 0)))


@op(namespace="nn.functional", out=False, tensors=["query", "key", "value", "attn_mask"])
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, enable_gqa=False
):
    """softmax(query key^T scale + mask) value for [..., L, E], [..., S, E], [..., S, V]. A bool mask is True where
    attention is allowed, a float mask is added;
    scale defaults to 1/sqrt(E). RuntimeError for sizes or dtypes that do not fit."""
    _check(query, key, value, attn_mask)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if (
        enable_gqa
        and query.ndim > 2
        and (not key.shape[-3] or query.shape[-3] % key.shape[-3] or key.shape[-3] != value.shape[-3])
    ):
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    if isinstance(scale, str):
        raise TypeError("scaled_dot_product_attention(): argument 'scale' must be float, not str")
    scale = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else float(scale)
    remote = query._device_code > 0 and query._remote
    if (
        (dropout_p == 0 or remote and dropout_p < 1)
        and query._strides[-1:] == key._strides[-1:] == value._strides[-1:] == (1,)
        and _fusable(query, key, value, attn_mask, enable_gqa)
    ):
        if attn_mask is not None:
            have, want = attn_mask.shape, (*query.shape[:3], key.shape[2])
            for d in range(attn_mask.ndim):
                at = d + 4 - attn_mask.ndim
                if have[d] not in (1, want[at]):
                    raise RuntimeError(f"The size of tensor a ({want[at]}) must match the size of tensor b ({have[d]}) "
                                       f"at non-singleton dimension {at}")
        if not remote:
            return _fused(query, key, value, attn_mask, bool(is_causal), scale)
        if _flashable(query, key, value, attn_mask) and not (is_causal and attn_mask is not None):
            if (out := _flashed(query, key, value, attn_mask, dropout_p, bool(is_causal), scale)) is not None:
                return out
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if query.shape[-2] == 0 or key.shape[-2] == 0:
        broadcast = query @ key.transpose(-2, -1)
        return broadcast.sum(-1, keepdim=True) * 0 + value.sum(-2, keepdim=True) * 0
    if not enable_gqa and query.ndim == key.ndim and query.ndim > 2 and key.shape[-3] not in (
        1, query.shape[-3]) and query.shape[-3] != 1:
        raise RuntimeError(f"The size of tensor a ({query.shape[-3]}) must match the size of tensor b "
                           f"({key.shape[-3]}) at non-singleton dimension {query.ndim - 3}")
    return _composed(query, key, value, attn_mask, dropout_p, is_causal, scale)
