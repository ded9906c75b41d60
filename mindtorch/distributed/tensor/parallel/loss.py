"""loss_parallel: cross_entropy of logits whose classes are split over ranks, without gathering them."""
import contextlib

import mindtorch as torch

from .._dtensor_spec import part
from .._redistribute import move, moved
from .._rules import TERM, R
from .._rules_sum import _parallel_loss
from ..placement_types import Partial, Shard


@contextlib.contextmanager
def loss_parallel():
    """Within it cross_entropy of logits that are split along the classes exchanges a number or two for each row instead
    of the logits."""
    before, _parallel_loss.on = _parallel_loss.on, True
    try:
        yield
    finally:
        _parallel_loss.on = before


def cross_entropy(call, given, classes):
    """The loss; what it exchanges are the largest logit, the sum of exponentials, and the logit of the target."""
    x, target, weight = given["input"], given["target"], given["weight"]
    mesh = call.mesh
    how, ignored = given["reduction"], given["ignore_index"]
    if given.get("label_smoothing") or weight is not None or target.dtype.is_floating_point:
        raise NotImplementedError("loss_parallel: label_smoothing, weights, probabilities as targets")
    layout = tuple(p if type(p) is Shard else R for p in x.placements)
    ways = [i for i, p in enumerate(layout) if p == Shard(classes)]
    rows = tuple(Shard(p.dim - (p.dim > classes)) if isinstance(p, Shard) and i not in ways else R
                 for i, p in enumerate(layout))
    local, goal = call.part(x, layout), call.part(target, rows)
    count, begin = part(x.shape[classes], mesh, ways, mesh.get_coordinate())
    shape = [n for d, n in enumerate(x.shape) if d != classes]
    over = lambda op: tuple(Partial(op) if i in ways else p for i, p in enumerate(rows))
    with torch.no_grad():
        lowest = torch.finfo(local.dtype).min
        top = local.detach().amax(classes) if count else local.new_full(goal.shape, lowest)
        top = move(top, shape, mesh, over("max"), rows)
    shifted = local - top.unsqueeze(classes)
    total = moved(shifted.exp().sum(classes), shape, mesh, over("sum"), rows)
    mine = (goal >= begin) & (goal < begin + count)
    at = torch.where(mine, goal - begin, 0).unsqueeze(classes)
    chosen = shifted.gather(classes, at).squeeze(classes) * mine if count else shifted.sum(classes)
    chosen = moved(chosen, shape, mesh, over("sum"), rows)
    counted = goal != ignored
    each = torch.where(counted, total.log() - chosen, 0)
    if how == "none":
        return call.wrap(each, rows, shape)
    terms = tuple(TERM if isinstance(p, Shard) else R for p in rows)
    loss = call.wrap(each.sum(), terms, ())
    if how == "sum":
        return loss
    with torch.no_grad():
        number = move(counted.sum().to(local.dtype), (), mesh, terms, (R,) * mesh.ndim)
    return loss / number


__all__ = ["loss_parallel"]
