"""How layers and losses run on a whole batch (see _batching.py)."""
import mindtorch as torch
from mindtorch._ops.table.registry import TABLE

from ._batched import Unbatchable, wrap
from ._batching import aligned, direct, named, only_first, rule


def fold(level, func, args, kwargs):
    """The batch joins the first dimension, along which the operator treats everything alike."""
    if not only_first(level, args, kwargs) or args[0].ndim < 2:
        return NotImplemented
    n = args[0].shape[0]
    made = func(args[0]._value.flatten(0, 1), *args[1:], **kwargs)

    def unfold(r):
        if isinstance(r, torch.Tensor):
            return wrap(level, r.unflatten(0, (level.count, n)))
        return type(r)(*map(unfold, r)) if hasattr(r, "_fields") else type(r)(map(unfold, r))

    return unfold(made)


rule(" ".join(n for n in TABLE if n.startswith("_resize_") and not n.endswith("_backward")))(fold)
rule("_max_pool _adaptive_max_pool _avg_pool _adaptive_avg_pool nn.functional.unfold nn.functional.fold")(fold)


@rule("_convolve")
def convolve(level, func, args, kwargs):
    x, w, b, stride, padding, dilation, groups, size = args
    if not level.holds(w) and not level.holds(b):
        return fold(level, func, args, kwargs)
    # one convolution with a group for every slice
    n, outs = x.shape[0], w.shape[0]
    v = level.whole(x).movedim(0, 1).flatten(1, 2)
    bias = None if b is None else level.whole(b).reshape(-1)
    made = func(v, level.whole(w).flatten(0, 1), bias, stride, padding, dilation, groups * level.count, size)
    return wrap(level, made.reshape(n, level.count, outs, *made.shape[2:]).movedim(1, 0))


@rule("layer_norm")
def layer_norm(level, func, args, kwargs):
    given = named(func, args, kwargs)
    x, w, b = given["input"], given["weight"], given["bias"]
    if not level.holds(w) and not level.holds(b):
        return direct(level, func, args, kwargs)
    with level:
        made = func(x, given["normalized_shape"], None, None, given["eps"])
        made = made if w is None else made * w
        return made if b is None else made + b


@rule("group_norm")
def group_norm(level, func, args, kwargs):
    given = named(func, args, kwargs)
    x, w, b = given["input"], given["weight"], given["bias"]
    if not level.holds(w) and not level.holds(b):
        return fold(level, func, args, kwargs)
    shape = (-1, *[1] * (x.ndim - 2))
    with level:
        made = func(x, given["num_groups"], None, None, given["eps"])
        made = made if w is None else made * w.reshape(shape)
        return made if b is None else made + b.reshape(shape)


@rule("_batch_norm")
def batch_norm(level, func, args, kwargs):
    """Fixed statistics treat every row alike; those of the batch are each slice's own."""
    given = named(func, args, kwargs)
    if given["kept"] is not None:
        raise Unbatchable("a list that the operator fills is not seen by slices")
    return NotImplemented if given["training"] else fold(level, func, args, kwargs)


@rule("_nll_loss _cross_entropy")
def class_loss(level, func, args, kwargs):
    """Losses of the rows first, then their mean over the slice's rows that count."""
    x, target, weight, reduction, ignore, *rest = args
    if weight is not None or x.ndim > 2:
        return NotImplemented
    rows, classes = (1 if x.ndim == 1 else x.shape[0]), x.shape[-1]
    each = func(level.whole(x).reshape(level.count * rows, classes), level.whole(target).reshape(-1), None, 0, ignore,
                *rest).reshape(level.count, rows)
    if reduction == 0:
        return wrap(level, each.reshape(level.count, *target.shape))
    total = each.sum(1)
    return wrap(level, total / (level.whole(target).reshape(level.count, rows) != ignore).sum(1) if reduction == 1
                else total)


@rule("nn.functional.scaled_dot_product_attention")
def attention(level, func, args, kwargs):
    given = named(func, args, kwargs)
    query, key, value, mask = (given[k] for k in ("query", "key", "value", "attn_mask"))
    if len({t.ndim for t in (query, key, value)}) > 1 or given.get("dropout_p") or given.get("enable_gqa"):
        return NotImplemented
    if mask is not None and level.holds(mask):
        mask = aligned(level, mask, query.ndim)
    return wrap(level,
                func(*map(level.whole, (query, key, value)), **{**dict(list(given.items())[3:]), "attn_mask": mask}))
