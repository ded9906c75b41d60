"""Rules of reductions, of what acts along dimensions, of norms, losses and random numbers."""
import contextlib
import math

import mindtorch as torch

from ._factories import agreed, drawn
from ._redistribute import move
from ._rules import TERM, R, rule
from .placement_types import Partial, Replicate, Shard


def dims_of(dim, ndim):
    """Dimensions, counted from the front; all for None."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return list(range(ndim))
    return [d % max(ndim, 1) for d in ((dim,) if isinstance(dim, int) else dim)]


def along(call, acting, to=lambda d: d, first="input", call_with=None):
    """Run a function that acts along some dimensions and treats the others as a batch. Only batch dimensions stay
    split; `to` says where they are in the result."""
    given = call.bound()
    first = first if first in given.arguments else next(iter(given.arguments))
    x = given.arguments[first]
    layout = tuple(p if type(p) is Shard and p.dim not in acting else R for p in call.placements(x))
    split = [i for i, p in enumerate(layout) if p != R]
    for name, value in given.arguments.items():
        if name == first:
            given.arguments[name] = call.part(x, layout)
        elif isinstance(value, torch.Tensor):
            given.arguments[name] = call.part(value, (R,) * call.mesh.ndim, split)
    if call_with:
        call_with(given)
    made = call.func(*given.args, **given.kwargs)
    return call.wrapped(made, tuple(Shard(to(p.dim)) if p != R else R for p in layout),
                        {to(p.dim): x.shape[p.dim] for p in layout if p != R})


@rule("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "sort", "argsort",
      "topk", "flip", "roll", "normalize", "glu", "renorm", "diff", "msort")
def _along(call):
    given = call.bound().arguments
    x = next(iter(given.values()))
    name = "dims" if "dims" in given else "dim"
    dim = given.get(name, 0 if call.name == "msort" else -1)
    if dim is None or dim == ():
        if call.name in ("softmax", "log_softmax", "softmin") and x.ndim:  # without dim: torch warns and chooses
            dim = 0 if x.ndim in (0, 1, 3) else 1
        else:
            dim = list(range(x.ndim))
    return along(call, dims_of(dim, x.ndim))


@rule("layer_norm", "rms_norm")
def _norm(call):
    given = call.bound().arguments
    x, shape = given["input"], given["normalized_shape"]
    count = 1 if isinstance(shape, int) else len(shape)
    return along(call, list(range(x.ndim - count, x.ndim)))


def _reduced(call, given):
    """(tensor, reduced dimensions, keepdim)"""
    x = given["input"]
    return x, dims_of(given.get("dim"), x.ndim), bool(given.get("keepdim"))


def _after(dims, keepdim):
    return (lambda d: d) if keepdim else (lambda d: d - sum(r < d for r in dims))


@rule("sum", "mean")
def _sum(call):
    given = call.bound()
    x, dims, keepdim = _reduced(call, given.arguments)
    layout, result, to = [], [], _after(dims, keepdim)
    for p in x.placements:
        if type(p) is Shard:
            layout.append(p)
            result.append(TERM if p.dim in dims else Shard(to(p.dim)))
        else:
            keep = p if p == TERM else R
            layout.append(keep)
            result.append(keep)
    local = call.part(x, tuple(layout))
    shape = [1 if d in dims else n for d, n in enumerate(x.shape) if keepdim or d not in dims]
    dtype = given.arguments.get("dtype")
    made = torch.sum(local, dims, keepdim, dtype=dtype) if x.ndim else torch.sum(local, dtype=dtype)
    if call.name == "mean":
        if not (dtype or x.dtype).is_floating_point and not (dtype or x.dtype).is_complex:
            raise RuntimeError("mean(): could not infer output dtype. Input dtype must be either a floating point or "
                               f"complex dtype. Got: {x.dtype}")
        made = made / math.prod(x.shape[d] for d in dims)
    return call.wrap(made, tuple(result), shape)


@rule("amax", "amin", "max", "min", "prod", "any", "all", "argmax", "argmin", "var", "std", "var_mean", "std_mean",
      "logsumexp", "median", "nanmedian", "mode", "count_nonzero", "nansum", "nanmean", "quantile", "kthvalue",
      "aminmax")
def _reduce(call):
    given = call.bound().arguments
    if isinstance(given.get("other"), torch.Tensor) or isinstance(given.get("dim"), torch.Tensor):
        return (torch.maximum if call.name == "max" else torch.minimum)(*call.args[:2])
    x, dims, keepdim = _reduced(call, given)
    if call.name in ("kthvalue", "mode") and given.get("dim") is None:
        dims = [x.ndim - 1]
    op = {"amax": "max", "amin": "min"}.get(call.name, call.name if call.name in ("max", "min") and given.get(
        "dim") is None else None)
    grad = torch.is_grad_enabled() and x.requires_grad
    if op and not grad and any(type(p) is Shard and p.dim in dims for p in x.placements) and all(
            x.shape[p.dim] >= call.mesh.shape[i] * 2 for i, p in enumerate(x.placements) if isinstance(p, Shard)):
        layout, result, to = [], [], _after(dims, keepdim)
        for p in x.placements:
            split = type(p) is Shard
            layout.append(p if split else R)
            result.append(R if not split else Partial(op) if p.dim in dims else Shard(to(p.dim)))
        local = call.part(x, tuple(layout))
        shape = [1 if d in dims else n for d, n in enumerate(x.shape) if keepdim or d not in dims]
        return call.wrap((torch.amax if op == "max" else torch.amin)(local, dims, keepdim), tuple(result), shape)
    return along(call, dims, _after(dims, keepdim))


@rule("norm", "vector_norm")
def _vector_norm(call):
    given = call.bound().arguments
    x = next(iter(given.values()))
    order = given.get("p", given.get("ord", 2))
    dim, keepdim = given.get("dim"), bool(given.get("keepdim"))
    dims = dims_of(dim, x.ndim)
    grad = torch.is_grad_enabled() and x.requires_grad
    power = 2.0 if order in (None, "fro") and call.name == "norm" else order
    if dim is None and not grad and isinstance(power, (int, float)) and power != 0 and given.get("dtype") is None and (
            not keepdim) and not any(isinstance(p, Partial) for p in x.placements):
        local = call.part(x, x.placements).reshape(-1)
        split = [p if isinstance(p, Replicate) else TERM for p in x.placements]
        if math.isinf(power):
            empty = local.new_full((), 0.0 if power > 0 else math.inf)
            own = torch.linalg.vector_norm(local, power) if local.numel() else empty
            split = [p if p == R else Partial("max" if power > 0 else "min") for p in split]
            return call.wrap(own, tuple(split), ())._moved((R,) * call.mesh.ndim)
        own = torch.linalg.vector_norm(local, power) ** power
        total = move(own, (), call.mesh, split, (R,) * call.mesh.ndim)
        return call.wrap(total ** (1.0 / power), (R,) * call.mesh.ndim, ())
    return along(call, dims, _after(dims, keepdim), next(iter(given)))


# ---- losses ----
_OF_ELEMENTS = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
                "binary_cross_entropy_with_logits", "kl_div", "poisson_nll_loss", "soft_margin_loss")


@rule(*_OF_ELEMENTS)
def _loss(call):
    from ._rules import Call, _pointwise

    given = call.bound()
    how = given.arguments["reduction"]
    if given.arguments.get("size_average") is not None or given.arguments.get("reduce") is not None:
        raise NotImplementedError(f"{call.name}: size_average and reduce with DTensors")
    given.arguments["reduction"] = "none"
    each = _pointwise(Call(call.func, given.args, given.kwargs))
    if how == "batchmean":
        return each.sum() / given.arguments["input"].shape[0]
    if how not in ("none", "mean", "sum"):
        raise ValueError(f"{how} is not a valid value for reduction")
    return each if how == "none" else getattr(each, how)()


@rule("cross_entropy", "nll_loss")
def _cross_entropy(call):
    given = call.bound()
    x, target, weight = (given.arguments[n] for n in ("input", "target", "weight"))
    how, ignored = given.arguments["reduction"], given.arguments["ignore_index"]
    classes = 0 if x.ndim == 1 else 1
    of_classes = target.dtype.is_floating_point
    if _parallel_loss.on and call.name == "cross_entropy" and any(p == Shard(classes) for p in x.placements):
        from .parallel.loss import cross_entropy

        return cross_entropy(call, given.arguments, classes)
    layout = tuple(p if type(p) is Shard and p.dim != classes and x.ndim > 1 else R for p in x.placements)
    to = (lambda d: d) if of_classes else (lambda d: d - (d > 1))
    of_target = tuple(Shard(to(p.dim)) if p != R else R for p in layout)
    split = [i for i, p in enumerate(layout) if p != R]
    local, goal = call.part(x, layout), call.part(target, of_target)
    weights = None if weight is None else call.part(weight, (R,) * call.mesh.ndim, split)
    given.arguments.update(input=local, target=goal, weight=weights)
    if how == "none" or not split:
        made = call.func(*given.args, **given.kwargs)
        into = tuple(Shard(p.dim - (p.dim > 1)) if p != R else R for p in layout) if how == "none" else layout
        return call.wrapped(made, into, {p.dim - (p.dim > 1): x.shape[p.dim] for p in layout if p != R})
    given.arguments["reduction"] = "sum"
    terms = tuple(TERM if p != R else R for p in layout)
    total = call.wrap(call.func(*given.args, **given.kwargs), terms, ())
    if how == "sum":
        return total
    with torch.no_grad():
        if of_classes:
            return total / (x.shape[0] * math.prod(x.shape[2:]))
        counted = goal != ignored
        count = weights[goal.clamp(0)][counted].sum() if weights is not None else counted.sum().to(local.dtype)
        count = move(count, (), call.mesh, terms, (R,) * call.mesh.ndim)
    return total / count


class _Switch:
    on = False


_parallel_loss = _Switch()


# ---- random numbers ----
@rule("dropout")
def _dropout(call):
    given = call.bound().arguments
    x = given["input"]
    p, train = given["p"], given.get("train", given.get("training", True))
    if given.get("inplace"):
        raise NotImplementedError("dropout in place, of a DTensor")
    if not train or p == 0:
        return x
    layout = tuple(R if isinstance(q, Partial) else q for q in x.placements)
    mask = drawn(lambda t: torch.nn.functional.dropout(t.fill_(1), p), tuple(x.shape), x.dtype, x.device, call.mesh,
                 layout)
    return call.wrap(call.part(x, layout) * mask, layout, x.shape)


@rule("normal_", "uniform_", "random_", "bernoulli_", "exponential_", "geometric_", "cauchy_", "log_normal_",
      "trunc_normal_", "eye_", "dirac_", "orthogonal_", "sparse_")
def _draw(call):
    x, *rest = call.args
    given = {k: v for k, v in call.kwargs.items() if k != "generator" or v is not None}
    if "generator" in given:
        raise NotImplementedError(f"{call.name}: a generator, for a DTensor")
    if any(isinstance(t, torch.Tensor) for t in rest):
        raise NotImplementedError(f"{call.name}: with tensors, for a DTensor")
    made = drawn(lambda t: call.func(t, *rest, **given), tuple(x.shape), x.dtype, x.device, call.mesh, x.placements)
    with torch.no_grad() if call.func.__module__ == "torch.nn.init" else contextlib.nullcontext():
        x._local_tensor.copy_(made)
    return x


@rule("constant_", "ones_", "zeros_")
def _constant(call):
    x = call.args[0]
    if any(isinstance(p, Partial) for p in x.placements):
        raise RuntimeError(f"{call.name}: into the terms of a reduction")
    call.func(x._local_tensor, *call.args[1:], **call.kwargs)
    return x


@rule("rand_like", "randn_like")
def _random_like(call):
    given = call.bound().arguments
    x = given["input"]
    fill = (lambda t: t.uniform_()) if call.name == "rand_like" else (lambda t: t.normal_())
    layout = tuple(R if isinstance(p, Partial) else p for p in x.placements)
    device = torch.device(given["device"]) if given.get("device") is not None else x.device
    made = call.wrap(drawn(fill, tuple(x.shape), given.get("dtype") or x.dtype, device, call.mesh, layout), layout,
                     x.shape)
    return made.requires_grad_() if given.get("requires_grad") else made


@rule("zeros_like", "ones_like", "empty_like", "full_like")
def _like(call):
    given = call.bound()
    x = given.arguments["input"]
    layout = tuple(R if isinstance(p, Partial) else p for p in x.placements)
    template = x._local_tensor if layout == x.placements else torch.empty_like(x._local_tensor)
    given.arguments["input"] = template.detach()
    return call.wrap(call.func(*given.args, **given.kwargs), layout, x.shape)


@rule("new_zeros", "new_ones", "new_empty", "new_full")
def _new(call):
    x = call.args[0]
    local = call.func(x._local_tensor.detach(), *call.args[1:], **call.kwargs)
    if local.shape == x.shape and not any(isinstance(p, Partial) for p in x.placements):
        made = call.wrap(local, (R,) * call.mesh.ndim, local.shape)._moved(x.placements)
        return made.requires_grad_() if local.requires_grad else made
    return call.wrap(local, (R,) * call.mesh.ndim, local.shape)


__all__ = ["along", "dims_of", "agreed"]
