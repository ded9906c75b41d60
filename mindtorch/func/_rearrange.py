"""Dimensions of a tensor reordered, joined and split by a pattern of names."""
import functools
import math
import re

import mindtorch as torch


@functools.lru_cache(256)
def _side(text):
    """Groups of names and all names; '...' stands for itself, '1' and '()' are empty groups."""
    groups, inside = [], None
    for token in re.findall(r"\.\.\.|…|[A-Za-z_][A-Za-z_0-9]*|\d+|[()]|\S", text):
        if token == "(":
            if inside is not None:
                raise ValueError("brackets are nested in the pattern")
            inside = []
        elif token == ")":
            if inside is None:
                raise ValueError("a closing bracket without an opening one in the pattern")
            groups.append(inside)
            inside = None
        elif token == "1":
            if inside is None:
                groups.append([])
        elif token in ("...", "…") or token.isidentifier():
            token = "..." if token == "…" else token
            if inside is None:
                groups.append([token] if token != "..." else "...")
            else:
                inside.append(token)
        else:
            raise ValueError(f"{token!r} in a pattern: names, 1, '...' and brackets are allowed")
    if inside is not None:
        raise ValueError("a bracket in the pattern is not closed")
    names = [n for g in groups for n in ([g] if g == "..." else g)]
    for n in names:
        if names.count(n) > 1:
            raise ValueError(f"Indexing expression contains duplicate dimension '{n}'")
    return groups, names


def rearrange(tensor, pattern, **axes_lengths):
    """A tensor (or a list of them, stacked first) by a pattern such as 'b (h d) n -> b h n d': names are dimensions,
    brackets join them, ... stands
    for any number, 1 for a dimension of size 1; sizes of split dimensions go by keyword. ValueError for names on one
    side only."""
    tensor = torch.stack(list(tensor)) if isinstance(tensor, (list, tuple)) else tensor
    left, arrow, right = pattern.partition("->")
    if not arrow or "->" in right:
        raise ValueError(f"a pattern has two sides with '->' between them, got {pattern!r}")
    (source, names), (target, wanted) = _side(left), _side(right)
    if set(names) != set(wanted):
        raise ValueError("Identifiers only on one side of rearrange expression (should be on both): "
                         f"{set(names) ^ set(wanted)}")
    if any(g != "..." and "..." in g for g in source):
        raise ValueError("'...' in brackets on the left side of a pattern")
    unknown = set(axes_lengths) - set(names)
    if unknown:
        raise ValueError(f"lengths of dimensions that are not in the pattern: {unknown}")
    several = "..." in source
    if tensor.ndim < len(source) - several or (not several and tensor.ndim != len(source)):
        raise ValueError(f"Number of dimensions in pattern ({len(source)}) must be equal to the number of dimensions "
                         f"in the tensor ({tensor.ndim})")
    sizes, at = {}, 0
    for group in source:
        if group == "...":
            n = tensor.ndim - len(source) + 1
            sizes["..."] = tuple(tensor.shape[at : at + n])
            at += n
            continue
        size = tensor.shape[at]
        at += 1
        free = [n for n in group if n not in axes_lengths]
        known = math.prod(axes_lengths[n] for n in group if n in axes_lengths)
        if len(free) > 1:
            raise ValueError(f"cannot infer the sizes of two dimensions at once {' and '.join(free)}")
        if (free and (not known or size % known)) or (not free and known != size):
            raise ValueError(f"Dimension sizes to do not match ({size} != {known}) when matching dimension pack "
                             f"({', '.join(group)})")
        sizes.update({n: (axes_lengths[n] if n in axes_lengths else size // known,) for n in group})
    places, at = {}, 0
    for n in names:
        places[n] = range(at, at + len(sizes[n]))
        at += len(sizes[n])
    split = tensor.reshape([s for n in names for s in sizes[n]])
    moved = split.permute([p for n in wanted for p in places[n]])
    return moved.reshape([s for g in target
                          for s in (sizes["..."] if g == "..." else (math.prod(math.prod(sizes[n]) for n in g),))])
