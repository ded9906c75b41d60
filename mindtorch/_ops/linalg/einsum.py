"""Einstein summation: a parser, and pairwise products that become batched matrix products."""
import math

from .matmul import _batched
from ..table.registry import FUNCTIONS, op

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DOTS = "..."


def _parse_operand(text, offset):
    """Labels of one operand, the ellipsis as one of them."""
    labels, i = [], 0
    while i < len(text):
        c = text[i]
        if c == " ":
            i += 1
        elif c == ".":
            if text[i : i + 3] != _DOTS:
                raise RuntimeError("einsum(): found '.' for operand that is not part of any ellipsis")
            if _DOTS in labels:
                raise RuntimeError("einsum(): found '.' for operand for which an ellipsis was already found")
            labels.append(_DOTS)
            i += 3
        elif c in _LETTERS:
            labels.append(c)
            i += 1
        else:
            raise RuntimeError(f"einsum(): invalid subscript given at index {offset + i} in the equation string, "
                               "subscripts must be in [a-zA-Z]")
    return labels


def _parse(equation, count):
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) != count:
        raise RuntimeError(f"einsum(): {'fewer' if count < len(parts) else 'more'} operands were provided than "
                           "specified in the equation")
    inputs, offset = [], 0
    for part in parts:
        inputs.append(_parse_operand(part, offset))
        offset += len(part) + 1
    return inputs, _parse_operand(right, offset + 1) if arrow else None


def _sublists(args):
    """(operands, labels, output) from operand, list, operand, list, ..., [output]."""
    def labels(numbers):
        out = []
        for n in numbers:
            if n is Ellipsis:
                out.append(_DOTS)
            elif not 0 <= n < 52:
                raise ValueError("einsum(): expected subscripts to be in range [0, 52)")
            else:
                out.append(_LETTERS[n])
        return out

    output = labels(args[-1]) if len(args) % 2 else None
    return list(args[0 : len(args) // 2 * 2 : 2]), [labels(a) for a in args[1::2]], output


def _expand_ellipsis(operands, inputs, output):
    """Every ellipsis as numbered labels; the shape of the widest one decides how many."""
    covered = 0
    for i, (t, labels) in enumerate(zip(operands, inputs)):
        named = len([c for c in labels if c != _DOTS])
        if _DOTS in labels:
            if named > t.ndim:
                raise RuntimeError(f"einsum(): the number of subscripts in the equation ({named}) is more than the "
                                   f"number of dimensions ({t.ndim}) for operand {i}")
            covered = max(covered, t.ndim - named)
        elif named != t.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) "
                f"{'is more than' if named > t.ndim else 'does not match'} the number of dimensions ({t.ndim}) for "
                "operand "
                f"{i}{' and no ellipsis was given' if named < t.ndim else ''}"
            )
    dots = [f".{k}" for k in range(covered)]

    def spread(labels, n):
        out = []
        for c in labels:
            out.extend(dots[covered - n :] if c == _DOTS else (c,))
        return out

    full = [spread(labels, t.ndim - len([c for c in labels if c != _DOTS])) for t, labels in zip(operands, inputs)]
    if output is None:
        flat = [c for labels in full for c in labels]
        return full, dots + sorted(c for c in set(flat) if flat.count(c) == 1 and c not in dots)
    if len(set(output)) != len(output):
        twice = next(c for c in output if output.count(c) > 1)
        raise RuntimeError(f"einsum(): output subscript {twice} appears more than once in the output")
    known = {c for labels in full for c in labels}
    for c in output:
        if c != _DOTS and c not in known:
            raise RuntimeError(f"einsum(): output subscript {c} does not appear in the equation for any input operand")
    return full, spread(output, covered)


def _diagonals(t, labels, i):
    """A repeated label takes the diagonal of its dimensions."""
    for c in dict.fromkeys(labels):
        while labels.count(c) > 1:
            a = labels.index(c)
            b = labels.index(c, a + 1)
            if t.shape[a] != t.shape[b]:
                raise RuntimeError(f"einsum(): subscript {c} is repeated for operand {i} but the sizes don't match, "
                                   f"{t.shape[b]} != {t.shape[a]}")
            t = t.diagonal(0, a, b)
            labels = [x for k, x in enumerate(labels) if k not in (a, b)] + [c]
    return t, labels


def _sum_away(t, labels, keep):
    gone = [d for d, c in enumerate(labels) if c not in keep]
    if gone:
        t = t.sum(gone)  # int64 for integers, as the reference
        labels = [c for c in labels if c in keep]
    return t, labels


def _pair(a, la, b, lb, keep):
    """Product of two operands, summed over labels that nobody else needs, as one batched matrix product."""
    sizes_a, sizes_b = dict(zip(la, a.shape)), dict(zip(lb, b.shape))
    both = [c for c in la if c in sizes_b]
    contract = [c for c in both if c not in keep]
    for c in contract:  # a size of 1 broadcasts: what is summed against it sums alone
        if sizes_a[c] != sizes_b[c]:
            if sizes_a[c] == 1:
                b = b.sum(lb.index(c), keepdim=True)
                sizes_b[c] = 1
            else:
                a = a.sum(la.index(c), keepdim=True)
                sizes_a[c] = 1
    a, la = _sum_away(a, la, set(lb) | keep)
    b, lb = _sum_away(b, lb, set(la) | keep)
    batch = [c for c in both if c in keep]
    rows, columns = [c for c in la if c not in both], [c for c in lb if c not in both]
    if not contract:  # no sum: an element-wise product
        order = batch + rows + columns
        x = a.permute([la.index(c)
                       for c in batch + rows]).reshape([sizes_a[c] for c in batch + rows] + [1] * len(columns))
        y = b.permute([lb.index(c)
                       for c in batch + columns]).reshape([sizes_b[c] for c in batch] + [1] * len(rows)
                                                          + [sizes_b[c] for c in columns])
        return x * y, order
    size = math.prod
    x = a.permute([la.index(c)
                   for c in batch + rows + contract]).reshape([sizes_a[c] for c in batch]
                                                              + [size(sizes_a[c] for c in rows),
                                                                 size(sizes_a[c] for c in contract)])
    y = b.permute([lb.index(c)
                   for c in batch + contract
                   + columns]).reshape([sizes_b[c] for c in batch]
                                       + [size(sizes_b[c] for c in contract), size(sizes_b[c] for c in columns)])
    product = FUNCTIONS["mm"](x, y) if not batch else _batched(x, y)
    shape = list(product.shape[: len(batch)]) + [sizes_a[c] for c in rows] + [sizes_b[c] for c in columns]
    return product.reshape(shape), batch + rows + columns


@op(method=False, out=False, tensors=["args"])
def einsum(*args):
    """Sums of products by an equation such as 'bij,bjk->bik', or operands each followed by a list of labels.
    RuntimeError for equations that do not fit the operands."""
    if len(args) < 2:
        raise ValueError("einsum(): must specify the equation string and at least one operand, or at least one operand "
                         "and its subscripts list")
    if isinstance(args[0], str):
        operands = list(args[1]) if len(args) == 2 and isinstance(args[1], (list, tuple)) else list(args[1:])
        inputs, output = _parse(args[0], len(operands))
    else:
        operands, inputs, output = _sublists(args)
    inputs, output = _expand_ellipsis(operands, inputs, output)
    sizes = {}
    for i, (t, labels) in enumerate(zip(operands, inputs)):
        operands[i], inputs[i] = _diagonals(t, labels, i)
        for c, n in zip(inputs[i], operands[i].shape):
            if n != 1 and sizes.get(c, 1) not in (1, n):
                raise RuntimeError(f"einsum(): subscript {c[-1] if c[0] != '.' else '...'} has size {n} for operand "
                                   f"{i} which does not broadcast with previously seen size {sizes[c]}")
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    result, labels = operands[0], inputs[0]
    for i in range(1, len(operands)):
        later = set(output).union(*inputs[i + 1 :])
        result, labels = _pair(result, labels, operands[i], inputs[i], later)
    gone = [d for d, c in enumerate(labels) if c not in output]
    if gone:
        result, labels = result.sum(gone), [c for c in labels if c in output]
    return result.permute([labels.index(c) for c in output])
