"""multi_head_attention_forward: projections, masks, attention, output projection."""
import math

from ..table.registry import FUNCTIONS, NAMESPACES, op


def _float_mask(mask, name, other, dtype, check=True):
    """A mask as numbers to add; True becomes -inf."""
    if mask is None:
        return None
    if mask.dtype._name != "bool" and not mask.dtype.is_floating_point:
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if mask.dtype.is_floating_point:
        if check and other is not None and other.dtype.is_floating_point and mask.dtype is not other.dtype:
            import warnings

            warnings.warn(
                f"Support for mismatched {name} and other mask is deprecated. Use same type for both instead.",
                stacklevel=5)
        return mask
    return FUNCTIONS["zeros"](mask.shape, dtype=dtype, device=mask.device).masked_fill_(mask, -math.inf)


def _projected(query, key, value, weight, bias):
    """Queries, keys and values from one packed weight."""
    linear = NAMESPACES["nn.functional"]["linear"]
    size = query.shape[-1]
    if key is value:
        if query is key:
            return linear(query, weight, bias).chunk(3, -1)
        w, b = weight.split([size, 2 * size]), (None, None) if bias is None else bias.split([size, 2 * size])
        return linear(query, w[0], b[0]), *linear(key, w[1], b[1]).chunk(2, -1)
    w, b = weight.chunk(3), (None,) * 3 if bias is None else bias.chunk(3)
    return tuple(linear(x, *wb) for x, *wb in zip((query, key, value), w, b))


def _check_shapes(query, key, value, key_padding_mask, attn_mask, heads):
    batched = query.ndim == 3
    if query.ndim not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query "
                             "tensor")
    if key.ndim != query.ndim or value.ndim != query.ndim:
        raise AssertionError(
            f"For {'batched (3-D)' if batched else 'unbatched (2-D)'} `query`, expected `key` and `value` to be "
            f"{query.ndim}-D but "
            f"found {key.ndim}-D and {value.ndim}-D "
            "tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.ndim != query.ndim - 1:
        raise AssertionError(
            f"For {'batched (3-D)' if batched else 'unbatched (2-D)'} `query`, expected `key_padding_mask` to be "
            f"`None` or {query.ndim - 1}-D but found "
            f"{key_padding_mask.ndim}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.ndim not in (2, 3):
        raise AssertionError(
            f"For {'batched (3-D)' if batched else 'unbatched (2-D)'} `query`, expected `attn_mask` to be `None`, 2-D "
            "or 3-D but "
            f"found {attn_mask.ndim}-D tensor instead"
        )
    if not batched and attn_mask is not None and attn_mask.ndim == 3 and tuple(attn_mask.shape) != (
        heads, query.shape[0], key.shape[0]):
        raise AssertionError(f"Expected `attn_mask` shape to be {(heads, query.shape[0], key.shape[0])} but got "
                             f"{attn_mask.shape}")
    return batched


@op(namespace="nn.functional", out=False, tensors=["query", "key", "value", "in_proj_weight", "in_proj_bias", "bias_k",
                                                   "bias_v", "out_proj_weight", "out_proj_bias"])
def multi_head_attention_forward(query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k,
                                 bias_v, add_zero_attn, dropout_p, out_proj_weight,
                                 out_proj_bias, training: object = True, key_padding_mask=None, need_weights=True,
                                 attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None,
                                 v_proj_weight=None, static_k=None, static_v=None, average_attn_weights=True,
                                 is_causal=False):
    """(attention of (L, N, E) queries, its weights or None). Masks are True or -inf where attention must not look;
    sizes that do not fit raise AssertionError."""
    F = NAMESPACES["nn.functional"]
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        # no longer one object: three projections, as in the reference
        query, key, value = (t.unsqueeze(1) for t in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, size = query.shape
    keys = key.shape[0]
    padding = _float_mask(key_padding_mask, "key_padding_mask", attn_mask, query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                           "`generate_square_subsequent_mask` to create this mask.")
    if is_causal and padding is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _float_mask(attn_mask, "attn_mask", None, query.dtype, False)
        is_causal = is_causal and padding is None
    if size != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    head = size // num_heads
    if head * num_heads != size:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
        for name, w in (("q_proj_weight", q_proj_weight), ("k_proj_weight", k_proj_weight),
                        ("v_proj_weight", v_proj_weight)):
            if w is None:
                raise AssertionError(f"use_separate_proj_weight is True but {name} is None")
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = (F["linear"](x, w, b) for x, w,
                   b in zip((query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), biases))
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)
    if attn_mask is not None:
        want = (length, keys) if attn_mask.ndim == 2 else (batch * num_heads, length, keys)
        if tuple(attn_mask.shape) != want:
            raise RuntimeError(f"The shape of the {attn_mask.ndim}D attn_mask is {attn_mask.shape}, but should be "
                               f"{want}.")
        if attn_mask.ndim == 2:
            attn_mask = attn_mask.unsqueeze(0)
    cat = FUNCTIONS["cat"]

    def widen():
        # one more key: it may always be looked at
        nonlocal attn_mask, padding
        attn_mask = None if attn_mask is None else F["pad"](attn_mask, (0, 1))
        padding = None if padding is None else F["pad"](padding, (0, 1))

    if (bias_k is None) != (bias_v is None):
        raise AssertionError("bias_k and bias_v must be given together")
    if bias_k is not None:
        if static_k is not None or static_v is not None:
            raise AssertionError("bias cannot be added to static key." if static_k is not None
                                 else "bias cannot be added to static value.")
        k, v = (cat([x, b.expand(1, batch, -1)]) for x, b in ((k, bias_k), (v, bias_v)))
        widen()
    q = q.reshape(length, batch * num_heads, head).transpose(0, 1)
    for name, t in (("static_k", static_k), ("static_v", static_v)):
        if t is not None and (t.shape[0] != batch * num_heads or t.shape[2] != head):
            raise AssertionError(f"expecting {name}.size(0) of {batch * num_heads} and size(2) of {head}, but got "
                                 f"{t.shape[0]} and {t.shape[2]}")
    k = k.reshape(k.shape[0], batch * num_heads, head).transpose(0, 1) if static_k is None else static_k
    v = v.reshape(v.shape[0], batch * num_heads, head).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        nothing = FUNCTIONS["zeros"]((batch * num_heads, 1, head), dtype=k.dtype, device=k.device)
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
        widen()
    keys = k.shape[1]
    if padding is not None:
        for d, want in enumerate((batch, keys)):
            if padding.shape[d] != want:
                raise AssertionError(f"Expected key_padded_mask.shape[{d}] to be {want}, but got {padding.shape[d]}")
        padding = padding.view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, keys)
        attn_mask = padding if attn_mask is None else attn_mask + padding
    p = dropout_p if training else 0.0
    if need_weights:
        if is_causal and attn_mask is None:
            raise AssertionError("is_causal is not supported together with need_weights")
        scores = (q * math.sqrt(1.0 / head)).bmm(k.transpose(-2, -1))
        weights = (scores if attn_mask is None else scores + attn_mask).softmax(-1)
        if p > 0:
            weights = F["dropout"](weights, p)
        out = weights.bmm(v).transpose(0, 1).reshape(length * batch, size)
        out = F["linear"](out, out_proj_weight, out_proj_bias).reshape(length, batch, -1)
        weights = weights.reshape(batch, num_heads, length, keys)
        if average_attn_weights:
            weights = weights.mean(1)
        return (out, weights) if batched else (out.squeeze(1), weights.squeeze(0))
    if attn_mask is not None:
        attn_mask = attn_mask.unsqueeze(0) if attn_mask.shape[0] == 1 else attn_mask.reshape(batch, num_heads, -1, keys)
    q, k, v = (x.reshape(batch, num_heads, -1, head) for x in (q, k, v))
    out = F["scaled_dot_product_attention"](q, k, v, attn_mask, p, is_causal)
    out = out.permute(2, 0, 1, 3).reshape(batch * length, size)
    out = F["linear"](out, out_proj_weight, out_proj_bias).reshape(length, batch, -1)
    return (out if batched else out.squeeze(1)), None
