"""Scaled dot product attention: one kernel forward, one backward, or a composition where that cannot say everything."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes, layouts

from .creation import new
from .matmul import _expanded, c_name
from .registry import FUNCTIONS, NAMESPACES, With, op, run

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
    if _C.is_grad_enabled() and _C.needs_grad(g, query, key, value):  # for second derivatives everything must be in the graph
        from mindtorch import autograd

        again = _composed(query, key, value, attn_mask, 0.0, is_causal, scale)
        inputs = [t for t, n in zip((query, key, value), needs) if n]
        found = iter(autograd.grad(again, inputs, g, create_graph=True))
        return tuple(next(found) if n else None for n in needs)
    grads = tuple(new(t.shape, t._dtype_code, t._device_code) for t in (query, key, value))
    run("attention_backward", (*grads, g, query, key, value, _mask_view(attn_mask, query, key), result, lse), (scale, is_causal))
    return grads


@op("_fused_attention", function=False, method=False, out=False, node="ScaledDotProductFlashAttentionForCpuBackward0", grad={("query", "key", "value"): _gradients})
def _fused(query, key, value, attn_mask, is_causal, scale):
    out = _allocate(query, (*query.shape[:3], value.shape[3]))
    lse = new(query.shape[:3], 9 if query._dtype_code == 9 else 8, query._device_code)
    run("attention", (out, lse, query, key, value, _mask_view(attn_mask, query, key)), (scale, is_causal))
    return With(out, lse=lse)


def _composed(query, key, value, attn_mask, dropout_p, is_causal, scale):
    if query.dtype.itemsize == 2 and query.dtype.is_floating_point:  # halves are computed in float32 and rounded once
        wide = (t.to(dtypes.float32) for t in (query, key, value))
        return _composed(*wide, attn_mask, dropout_p, is_causal, scale).to(query.dtype)
    rows, columns = query.shape[-2], key.shape[-2]
    if query.ndim > 2 and query.ndim == key.ndim and key.shape[-3] not in (query.shape[-3], 1) and query.shape[-3] % key.shape[-3] == 0:
        times = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(times, -3), value.repeat_interleave(times, -3)
    root = math.sqrt(abs(scale))
    scores = (query * (root if scale >= 0 else -root)) @ (key * root).transpose(-2, -1)
    if is_causal:
        attn_mask = FUNCTIONS["ones"](rows, columns, dtype=dtypes.bool, device=query.device).tril()
    if attn_mask is not None:
        scores = scores.masked_fill(attn_mask.logical_not(), -math.inf) if attn_mask.dtype._name == "bool" else scores + attn_mask.to(scores.dtype)
    weights = FUNCTIONS["softmax"](scores, -1)
    if attn_mask is not None:  # rows without any key give zeros
        weights = weights.masked_fill((scores == -math.inf).all(-1, keepdim=True), 0.0)
    if dropout_p > 0:
        weights = NAMESPACES["nn.functional"]["dropout"](weights, dropout_p, True)
    return weights @ value


def _check(query, key, value, attn_mask):
    if not query._dtype_code == key._dtype_code == value._dtype_code:
        raise RuntimeError(f"Expected query, key, and value to have the same dtype, but got query.dtype: {c_name(query)} key.dtype: {c_name(key)} and value.dtype: {c_name(value)} instead.")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead.")
    if attn_mask is not None:
        if attn_mask.dtype._name not in ("bool", "float32") and attn_mask._dtype_code != query._dtype_code:
            raise RuntimeError(f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {c_name(attn_mask)} and  query.dtype: {c_name(query)} instead.")
        if attn_mask.ndim < 2:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{max(attn_mask.ndim, 1)}, {max(attn_mask.ndim, 1) - 1}], but got -2)")


def _fusable(query, key, value, attn_mask, enable_gqa):
    if query._device_code > 0 and query._remote:  # there it is a composition
        return False
    if query.ndim != 4 or key.ndim != 4 or value.ndim != 4 or query.dtype._name not in FLOATS or not query._numel or not key._numel or not value._numel:
        return False
    if attn_mask is not None and (attn_mask.ndim > 4 or (attn_mask.requires_grad and _C.is_grad_enabled())):
        return False
    same = query.shape[0] == key.shape[0] == value.shape[0] and key.shape[1] == value.shape[1] and key.shape[2] <= value.shape[2] and query.shape[3] == key.shape[3]
    return same and key.shape[2] == value.shape[2] and (query.shape[1] == key.shape[1] or (enable_gqa and query.shape[1] % key.shape[1] == 0))


@op(namespace="nn.functional", out=False, tensors=["query", "key", "value", "attn_mask"])
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, enable_gqa=False):
    """softmax(query key^T scale + mask) value for [..., L, E], [..., S, E], [..., S, V]. A bool mask is True where attention is allowed, a float mask is added;
    scale defaults to 1/sqrt(E). RuntimeError for sizes or dtypes that do not fit."""
    _check(query, key, value, attn_mask)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if enable_gqa and query.ndim > 2 and (not key.shape[-3] or query.shape[-3] % key.shape[-3] or key.shape[-3] != value.shape[-3]):
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    if isinstance(scale, str):
        raise TypeError("scaled_dot_product_attention(): argument 'scale' must be float, not str")
    scale = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else float(scale)
    if dropout_p == 0 and query._strides[-1:] == key._strides[-1:] == value._strides[-1:] == (1,) and _fusable(query, key, value, attn_mask, enable_gqa):
        if attn_mask is not None:
            have, want = attn_mask.shape, (*query.shape[:3], key.shape[2])
            for d in range(attn_mask.ndim):
                at = d + 4 - attn_mask.ndim
                if have[d] not in (1, want[at]):
                    raise RuntimeError(f"The size of tensor a ({want[at]}) must match the size of tensor b ({have[d]}) at non-singleton dimension {at}")
        return _fused(query, key, value, attn_mask, bool(is_causal), scale)
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if query.shape[-2] == 0 or key.shape[-2] == 0:
        broadcast = query @ key.transpose(-2, -1)
        return broadcast.sum(-1, keepdim=True) * 0 + value.sum(-2, keepdim=True) * 0
    if not enable_gqa and query.ndim == key.ndim and query.ndim > 2 and key.shape[-3] not in (1, query.shape[-3]) and query.shape[-3] != 1:
        raise RuntimeError(f"The size of tensor a ({query.shape[-3]}) must match the size of tensor b ({key.shape[-3]}) at non-singleton dimension {query.ndim - 3}")
    return _composed(query, key, value, attn_mask, dropout_p, is_causal, scale)
