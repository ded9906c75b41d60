"""Rules of products (matmul and its like), lookups and attention."""
import math
from functools import partial

import mindtorch as torch

from ._rules import TERM, R, rule
from .placement_types import Partial, Shard


def _layouts(call, operands, labels, out):
    """Layouts for a product of operands whose dimensions have labels: ([layout of each], layout of the result, [mesh
    dimensions along which each is shared]). Along each mesh dimension that label is split which costs least."""
    sizes = {}
    for t, names in zip(operands, labels):
        for d, n in enumerate(names):
            sizes[n] = max(sizes.get(n, 1), t.shape[d])
    names_of = [[n if t.shape[d] == sizes[n] else None for d, n in enumerate(names)]
                for t, names in zip(operands, labels)]
    count = [math.prod(t.shape) for t in operands]
    made, result, uses = [[] for _ in operands], [], [[] for _ in operands]
    for i in call.dims:
        have = [call.placements(t)[i] for t in operands]
        n = call.mesh.shape[i]
        split = {names_of[k][p.dim] for k, p in enumerate(have) if type(p) is Shard} - {None}

        terms = [k for k, p in enumerate(have) if p == TERM]
        if len(terms) == 1 and all(p == R for k, p in enumerate(have) if k not in terms):
            for k in range(len(operands)):
                made[k].append(TERM if k in terms else R)
                if k not in terms:
                    uses[k].append(i)
            result.append(TERM)
            continue
        best = min([*sorted(split), None], key=partial(_cost, have=have, names_of=names_of, count=count, n=n))
        for k in range(len(operands)):
            if best is not None and best in names_of[k]:
                made[k].append(Shard(names_of[k].index(best)))
            else:
                made[k].append(R)
                if best is not None:
                    uses[k].append(i)
        result.append(R if best is None else Shard(out.index(best)) if best in out else TERM)
    return [tuple(m) for m in made], tuple(result), uses, tuple(sizes[o] for o in out)


def _cost(label, have, names_of, count, n):
    """Numbers to exchange so that a label is split over n ranks, and no other: None for none at all."""
    total = 0
    for k, p in enumerate(have):
        want = Shard(names_of[k].index(label)) if label in names_of[k] else R
        if p == want:
            continue
        if isinstance(p, Partial):
            total += count[k] * (2 if want is R else 1)
        elif isinstance(p, Shard):
            total += count[k] if want is R else count[k] / n
    return total


def _product(call, function, operands, labels, out):
    """The product of parts, as a DTensor."""
    layouts, result, uses, shape = _layouts(call, operands, labels, out)
    parts = [call.part(t, p, u) for t, p, u in zip(operands, layouts, uses)]
    return call.wrap(function(*parts), result, shape)


def _labels(a, b):
    """Labels of a matmul's operands and result."""
    batch = [f"b{i}" for i in range(max(a.ndim, b.ndim) - 2)]
    first = ["k"] if a.ndim == 1 else [*batch[len(batch) - a.ndim + 2:], "m", "k"]
    second = ["k"] if b.ndim == 1 else [*batch[len(batch) - b.ndim + 2:], "k", "n"]
    return first, second, [*batch, *(["m"] if a.ndim > 1 else []), *(["n"] if b.ndim > 1 else [])]


@rule("matmul", "mm", "bmm", "mv", "dot", "__matmul__")
def _matmul(call):
    a, b = list(call.bound().arguments.values())[:2]
    first, second, out = _labels(a, b)
    if (a.shape[-1] if a.ndim else None) != b.shape[0 if b.ndim == 1 else -2]:
        raise RuntimeError(f"{call.name}: shapes {tuple(a.shape)} and {tuple(b.shape)} cannot be multiplied")
    return _product(call, call.func, [a, b], [first, second], out)


@rule("__rmatmul__")
def _rmatmul(call):
    return torch.matmul(call.args[1], call.args[0])


@rule("linear")
def _linear(call):
    x, weight, bias = list(call.bound().arguments.values())[:3]
    batch = [f"b{i}" for i in range(x.ndim - 1)]
    if weight.ndim != 2 or x.shape[-1] != weight.shape[1]:
        raise RuntimeError(f"linear: shapes {tuple(x.shape)} and {tuple(weight.shape)} do not fit")
    operands, labels = [x, weight], [[*batch, "k"], ["n", "k"]]
    layouts, result, uses, shape = _layouts(call, operands, labels, [*batch, "n"])
    parts = [call.part(t, p, u) for t, p, u in zip(operands, layouts, uses)]
    if bias is not None:
        at = len(batch)
        # a sum's terms take the bias once
        layout = tuple(Shard(0) if p == Shard(at) else p if isinstance(p, Partial) else R for p in result)
        parts.append(call.part(bias, layout, [i for i, p in enumerate(result) if isinstance(p, Shard)]))
    return call.wrap(call.func(*parts), result, shape)


@rule("addmm", "baddbmm")
def _addmm(call):
    given = call.bound().arguments
    bias, a, b = list(given.values())[:3]
    alpha, beta = given.get("alpha", 1), given.get("beta", 1)
    made = torch.matmul(a, b)
    made = made if alpha == 1 else made * alpha
    if beta == 0:
        return made
    bias = bias if beta == 1 else bias * beta
    return _plus(call, made, bias)


def _plus(call, made, bias):
    """made + bias, where made may be terms of a sum."""
    shift = made.ndim - bias.ndim
    layout, uses = [], []
    for i, p in enumerate(made.placements):
        own = p.dim - shift if isinstance(p, Shard) else None
        if own is not None and own >= 0 and bias.shape[own] == made.shape[p.dim]:
            layout.append(Shard(own))
        else:
            layout.append(p if isinstance(p, Partial) else R)
            uses.extend([i] if isinstance(p, Shard) else [])
    return call.wrap(made._local_tensor + call.part(bias, tuple(layout), uses), made.placements, made.shape)


@rule("embedding")
def _embedding(call):
    given = call.bound().arguments
    index, weight = given["input"], given["weight"]
    for name in ("max_norm", "scale_grad_by_freq", "sparse"):
        if given.get(name):
            raise NotImplementedError(f"embedding: {name} with DTensors")
    padding = given.get("padding_idx")
    if padding is not None and padding < 0:
        padding += weight.shape[0]
    of_index, of_weight, result, uses, rows = [], [], [], [], []
    for i in call.dims:
        p, w = call.placements(index)[i], call.placements(weight)[i]
        if w == Shard(0) and not isinstance(p, Shard):
            rows.append(i)
            of_index.append(R), of_weight.append(w), result.append(TERM)
        elif w == Shard(1) and not isinstance(p, Shard):
            of_index.append(R), of_weight.append(w), result.append(Shard(index.ndim))
        elif isinstance(p, Shard) and type(p) is Shard:
            uses.append(i)
            of_index.append(p), of_weight.append(R), result.append(p)
        else:
            of_index.append(R), of_weight.append(R), result.append(R)
    here, table = call.part(index, tuple(of_index)), call.part(weight, tuple(of_weight), uses)
    shape = (*index.shape, weight.shape[1])
    if not rows:
        return call.wrap(torch.nn.functional.embedding(here, table, padding), tuple(result), shape)
    from ._dtensor_spec import part as part_of

    count, begin = part_of(weight.shape[0], call.mesh, rows, call.mesh.get_coordinate())
    if here.numel() and (int(here.min()) < 0 or int(here.max()) >= weight.shape[0]):
        raise IndexError("index out of range in self")
    mine = (here >= begin) & (here < begin + count)
    if padding is not None:
        padding = padding - begin if begin <= padding < begin + count else None
    if not count:
        made = table.new_zeros((*here.shape, table.shape[1]))
        made = made + table.sum() * 0  # the graph knows of the part that nobody looks into
    else:
        made = torch.nn.functional.embedding(torch.where(mine, here - begin, 0), table, padding)
    return call.wrap(made * mine.unsqueeze(-1), tuple(result), shape)


@rule("scaled_dot_product_attention")
def _attention(call):
    given = call.bound()
    q, k, v = (given.arguments[n] for n in ("query", "key", "value"))
    mask = given.arguments.get("attn_mask")
    layout = []
    for i in call.dims:
        places = [call.placements(t)[i] for t in (q, k, v)]
        want = next((p for p in places if type(p) is Shard and p.dim < min(q.ndim - 2, 2)), R)
        fits = isinstance(want, Shard) and all(
            t.ndim == 4 and t.shape[want.dim] % call.mesh.shape[i] == 0 for t in (q, k, v))
        layout.append(want if fits else R)
    if given.arguments.get("dropout_p") and any(p != R for p in layout):
        raise NotImplementedError("scaled_dot_product_attention: dropout_p with DTensors that are split")
    layout = tuple(layout)
    changed = dict(query=call.part(q, layout), key=call.part(k, layout), value=call.part(v, layout))
    if mask is not None:
        own, shift = [], 4 - mask.ndim
        for p in layout:
            at = p.dim - shift if isinstance(p, Shard) else -1
            own.append(Shard(at) if at >= 0 and mask.shape[at] == q.shape[p.dim] else R)
        changed["attn_mask"] = call.part(mask, tuple(own), [i for i, p in enumerate(layout) if p != R])
    if given.arguments.get("dropout_p"):
        from ._factories import agreed

        agreed(call.mesh, q.device)
    given.arguments.update(changed)
    return call.wrapped(call.func(*given.args, **given.kwargs), layout, {p.dim: q.shape[p.dim] for p in layout
                                                                         if isinstance(p, Shard)})
