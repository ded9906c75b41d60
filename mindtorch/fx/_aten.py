"""Recorded calls as operators of torch.ops.aten: which overload a call means, and its arguments in that one's order.

The table (_overloads.txt) has a line an operator: name|overload positional arguments keyword-only arguments|..., each
argument with the letter of
its type and = where it has a default. A call that fits none keeps its function."""

import functools
import operator
import pathlib

import mindtorch as torch

from ._names import qualified_name
from .node import Node

# a number among these is a tensor of no dimensions
_NUMBERS_AS_TENSORS = {
    "add",
    "sub",
    "mul",
    "div",
    "add_",
    "sub_",
    "mul_",
    "div_",
    "true_divide",
    "floor_divide",
    "multiply",
    "subtract",
    "divide",
}
_CASTS = {
    "double": torch.float64,
    "float": torch.float32,
    "half": torch.float16,
    "bfloat16": torch.bfloat16,
    "int": torch.int32,
    "long": torch.int64,
    "short": torch.int16,
    "bool": torch.bool,
}
_SPACES = {"torch.linalg": "linalg_", "torch.fft": "fft_", "torch.special": "special_"}


class _Overload:
    def __init__(self, text):
        name, _, rest = text.partition(" ")
        positional, _, named = rest.partition(" ")
        self.name = name
        self.positional = [_argument(a) for a in positional.split(",") if a]
        self.named = {n: (t, d) for n, t, d in (_argument(a) for a in named.split(",") if a)}


def _argument(text):
    name, _, kind = text.partition(":")
    return name, kind[0], kind.endswith("=")


@functools.cache
def _table():
    lines = (pathlib.Path(__file__).parent / "_overloads.txt").read_text().splitlines()
    return {line.partition("|")[0]: line.split("|")[1:] for line in lines}


@functools.cache
def _overloads(name):
    return [_Overload(text) for text in _table().get(name, ())]


def _is_tensor(value):
    return (
        isinstance(value, torch.Tensor)
        or isinstance(value, Node)
        and not isinstance(value.meta.get("val"), (int, float))
    )


def _is_int(value):
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        or isinstance(value, Node)
        and isinstance(value.meta.get("val"), int)
    )


def _fits(value, kind):
    if value is None:
        return kind in "QSjAFBRYODMEI"
    if kind in "TQ":
        return _is_tensor(value)
    if kind in "sS":
        return isinstance(value, (int, float, complex)) or isinstance(value, Node) and not _is_tensor(value)
    if kind in "ij":
        return _is_int(value)
    if kind in "fF":
        return isinstance(value, float) or _is_int(value) or isinstance(value, Node) and not _is_tensor(value)
    if kind in "bB":
        return isinstance(value, bool)
    if kind in "rR":
        return isinstance(value, str)
    if kind in "aA":
        return isinstance(value, (list, tuple)) and all(map(_is_int, value)) or _is_int(value)
    if kind in "eE":
        return isinstance(value, (list, tuple)) and all(isinstance(v, float) for v in value)
    if kind in "LI":
        return (
            isinstance(value, (list, tuple))
            and all(_is_tensor(v) or v is None and kind == "I" for v in value)
            and bool(value)
        )
    if kind in "yY":
        return isinstance(value, torch.dtype)
    if kind in "dD":
        return isinstance(value, (torch.device, str))
    if kind in "oO":
        return isinstance(value, torch.layout)
    if kind in "mM":
        return isinstance(value, torch.memory_format)
    return False


def _as(value, kind):
    if kind in "aA" and value is not None:
        return [value] if _is_int(value) else list(value)
    if kind in "LI":
        return list(value)
    if kind in "dD" and isinstance(value, str):
        return torch.device(value)
    return value


def _bound(overload, args, kwargs, wrapped, lenient):
    """(args, kwargs) for an overload; None where they do not fit."""
    args = list(args)
    if overload.positional and len(args) > len(overload.positional):
        # x.view(2, 3): sizes one by one
        head = len(overload.positional) - 1
        if overload.positional[head][1] not in "aA" or not all(map(_is_int, args[head:])):
            return None
        args[head:] = [args[head:]]
    if len(args) > len(overload.positional):
        return None
    made, rest = [], dict(kwargs)
    given = len(args)
    for place, (name, kind, default) in enumerate(overload.positional):
        if place < given:
            value = args[place]
        elif name in rest:
            value = rest.pop(name)
        elif name == "self" and "input" in rest:
            value = rest.pop("input")
        elif default:
            later = {n for n, _, _ in overload.positional[place + 1 :]}
            if later & rest.keys():
                return None
            break
        else:
            return None
        if kind in "aA" and _is_int(value) and not lenient:
            return None
        if not _fits(value, kind) and not (
            wrapped and kind == "T" and place == 1 and isinstance(value, (int, float, complex))
        ):
            return None
        made.append(_as(value, kind))
    for name, value in rest.items():
        if name not in overload.named or not _fits(value, overload.named[name][0]):
            return None
    if any(name not in rest and not default for name, (_, default) in overload.named.items()):
        return None
    return tuple(made), {n: _as(v, overload.named[n][0]) for n, v in rest.items()}


def _activation(name):
    return lambda input, inplace=False: None if inplace else (name, (input,))


def _softmax(name):
    return lambda input, dim=None, _stacklevel=3, dtype=None: (
        None if dim is None else (name, (input, dim, *(() if dtype is None else (dtype,))))
    )


def _dropout(input, p=0.5, training=True, inplace=False):
    return None if inplace else ("dropout", (input, p, training))


def _layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return "layer_norm", (input, list(normalized_shape), weight, bias, eps)


def _group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    return "group_norm", (input, num_groups, weight, bias, eps)


def _max_pool(name):
    def pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        if return_indices:
            return None
        lists = [
            [v] * int(name[-2]) if isinstance(v, int) else list(v)
            for v in (kernel_size, kernel_size if stride is None else stride, padding, dilation)
        ]
        return name, (input, *lists, ceil_mode)

    return pool


def _adaptive(name):
    def pool(input, output_size):
        if isinstance(output_size, int):
            output_size = [output_size] * int(name[-2])
        return None if None in output_size else (name, (input, list(output_size)))

    return pool


def _pad(input, pad, mode="constant", value=None):
    return "pad", (input, list(pad), mode, value) if value is not None else (input, list(pad), mode)


def _leaky_relu(input, negative_slope=0.01, inplace=False):
    return None if inplace else ("leaky_relu", (input, negative_slope))


def _elu(input, alpha=1.0, inplace=False):
    return None if inplace else ("elu", (input, alpha) if alpha != 1.0 else (input,))


def _hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    return None if inplace else ("hardtanh", (input, min_val, max_val))


def _embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if max_norm is not None:
        return None
    extra = (-1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)
    return "embedding", (weight, input, *(extra if extra != (-1, False, False) else ()))


def _batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    return "batch_norm", (input, weight, bias, running_mean, running_var, training, momentum, eps, False)


def _glu(input, dim=-1):
    return "glu", (input, dim) if dim != -1 else (input,)


# functions of torch.nn.functional whose arguments stand otherwise than the operator's
_FUNCTIONAL = {
    **{n: _activation(n) for n in ("relu", "silu", "mish", "selu", "hardswish", "hardsigmoid", "relu6")},
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "dropout": _dropout,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    **{f"max_pool{d}d": _max_pool(f"max_pool{d}d") for d in (1, 2, 3)},
    **{f"adaptive_avg_pool{d}d": _adaptive(f"adaptive_avg_pool{d}d") for d in (1, 2, 3)},
    "pad": _pad,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "hardtanh": _hardtanh,
    "embedding": _embedding,
    "batch_norm": _batch_norm,
    "glu": _glu,
}


def to_aten(kind, target, args, kwargs):
    """(overload, args, kwargs) of a recorded step, or None where no operator stands for it."""
    if kind == "call_method":
        name = target
        if name in _CASTS and not kwargs and len(args) == 1:
            name, args = "to", (args[0], _CASTS[name])
    elif target is operator.getitem:
        items = args[1] if isinstance(args[1], tuple) else (args[1],)
        if not all(isinstance(i, torch.Tensor) for i in items):
            return None
        name, args = "index", (args[0], list(items))
    elif target is getattr:
        if args[1] not in ("T", "mT", "H", "mH"):
            return None
        name, args = ("numpy_T" if args[1] == "T" else args[1]), (args[0],)
    elif kind != "call_function":
        return None
    elif hasattr(target, "_overloadname"):
        return target, args, kwargs
    else:
        path = qualified_name(target)
        space, _, name = path.rpartition(".")
        if space == "torch.nn.functional" and name in _FUNCTIONAL:
            try:
                made = _FUNCTIONAL[name](*args, **{k: v for k, v in kwargs.items() if k != "out" or v is not None})
            except TypeError:  # an argument that the operator has not
                return None
            if made is None:
                return None
            name, args, kwargs = *made, {}
        elif space in _SPACES:
            name = _SPACES[space] + name
        elif space not in ("torch", "torch.Tensor", "torch.nn.functional"):
            return None
    packet = getattr(torch.ops.aten, name, None)
    if packet is None:
        return None
    tries = [(False, False), (False, True)]  # a number in the place of a list only where nothing else fits
    if name in _NUMBERS_AS_TENSORS:
        tries.append((True, False))
    for wrapped, lenient in tries:
        for overload in _overloads(name):
            if name in _NUMBERS_AS_TENSORS and overload.name == "Scalar":
                continue
            found = _bound(overload, args, kwargs, wrapped, lenient)
            if found is not None:
                return getattr(packet, overload.name), *found
    return None


def index_steps(index, rank):
    """[(operator name, overload, arguments after the tensor)] for x[index] of numbers, slices, None and ...; None for
    other indices."""
    items = list(index) if isinstance(index, tuple) else [index]
    if any(not (i is None or i is ... or isinstance(i, slice) or _is_int(i)) for i in items):
        return None
    used = sum(i is not None and i is not ... for i in items)
    if any(i is ... for i in items):
        at = next(k for k, i in enumerate(items) if i is ...)
        items[at : at + 1] = [slice(None)] * (rank - used)
    steps, dim = [], 0
    for item in items:
        if item is None:
            steps.append(("unsqueeze", "default", (dim,)))
            dim += 1
        elif isinstance(item, slice):
            if item != slice(None):
                start, stop = (
                    0 if item.start is None else item.start,
                    9223372036854775807 if item.stop is None else item.stop,
                )
                steps.append(("slice", "Tensor", (dim, start, stop, *(() if item.step in (None, 1) else (item.step,)))))
            dim += 1
        else:
            steps.append(("select", "int", (dim, item)))
    return steps


# ---- functions that are no operator: the operators that they are made of ----
def _attention(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    """Attention with several heads over (length, batch, features); NotImplemented for what modules rarely ask for."""
    if bias_k is not None or bias_v is not None or add_zero_attn or static_k is not None or static_v is not None:
        return NotImplemented
    functional = torch.nn.functional
    single = query.dim() == 2
    if single:
        query, key, value = (t.unsqueeze(1) for t in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, features = query.shape
    keys, width = key.shape[0], embed_dim_to_check // num_heads
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight.chunk(3)
    biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
    q, k, v = (functional.linear(t, w, b) for t, w, b in zip((query, key, value), weights, biases))
    q = q.view(length, batch, num_heads, width).permute(1, 2, 0, 3)
    k, v = (t.view(keys, batch, num_heads, width).permute(1, 2, 0, 3) for t in (k, v))
    mask = None
    if attn_mask is not None and not (is_causal and key_padding_mask is None and not need_weights):
        mask = _additive(attn_mask, q.dtype)
        mask = mask.view(batch, num_heads, length, keys) if mask.dim() == 3 else mask
    if key_padding_mask is not None:
        padding = _additive(key_padding_mask, q.dtype).view(batch, 1, 1, keys)
        mask = padding if mask is None else mask + padding
    found = None
    if need_weights:
        scores = torch.matmul(q * width**-0.5, k.transpose(-2, -1))
        found = functional.softmax(scores if mask is None else scores + mask, -1)
        found = functional.dropout(found, dropout_p, True) if training and dropout_p else found
        out = torch.matmul(found, v)
    else:
        causal = is_causal and mask is None
        out = functional.scaled_dot_product_attention(q, k, v, mask, dropout_p if training else 0.0, causal)
    out = out.permute(2, 0, 1, 3).reshape(length, batch, features)
    out = functional.linear(out, out_proj_weight, out_proj_bias)
    if found is not None and average_attn_weights:
        found = found.mean(1)
    if single:
        out, found = out.squeeze(1), None if found is None else found.squeeze(0)
    return out, found


def _additive(mask, dtype):
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill(mask, float("-inf"))


COMPOSITIONS = {"torch.nn.functional.multi_head_attention_forward": _attention}
