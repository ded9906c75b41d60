"""Which arguments of an operator are whole numbers, and the lines that make plain ints of them before anything is
computed."""
import functools
import inspect

import mindtorch._C as _C
from mindtorch._core.size import listed, whole, wholes

from .compiled import compiled

# Parameters that are whole numbers wherever they occur, and those that are several of them (or one). Where a name means
# something else an annotation says so: int, tuple (several), object (what the function itself looks at); a default that
# is a float does too.
ONE = frozenset("""
    dim0 dim1 dim2 axis axis0 axis1 start_dim end_dim dimension n m N C HxW k r row col offset storage_offset length
    steps
    diagonal group groups num_groups num_samples num_classes num_weights num_chunks chunks upscale_factor
    downscale_factor
    minlength last_dim_size padding_idx ignore_index blank divisor_override edge_order ind quant_min quant_max n_fft
    hop_length win_length window_length""".split())
SEVERAL = frozenset("""
    dim dims size stride dilation kernel_size output_padding padding normalized_shape shifts sizes split_sizes
    split_size
    shape physical_layout pad s""".split())
# of whose plain ints nothing is computed before they are compared with the number of dimensions
COORDINATES = frozenset("dim dims dim0 dim1 dim2".split())


def _kind(p):
    if p.annotation is not p.empty:
        return p.annotation
    if isinstance(p.default, float):
        return object
    return int if p.name in ONE else tuple if p.name in SEVERAL else object


def whole_numbers(name, parameters, scope):
    """Lines that turn a function's sizes, dimensions and counts into plain ints, whatever integers they come as."""
    lines = []
    for p in parameters:
        kind, v = _kind(p), p.name
        if kind not in (int, tuple):
            continue
        scope.update(_whole=whole, _wholes=wholes, _listed=listed, _int=int, _plain_numbers=_C.plain)
        given = "" if p.default is not None else f"{v} is not None and "
        made = f"{v} = {'_wholes' if kind is tuple else '_whole'}({v}, {name!r}, {v!r})"
        if p.kind is p.VAR_POSITIONAL:
            lines.append(f"{v} = ({v} if {v} and _plain_numbers({v}) else _listed({v}, {name!r}, {v!r}),)")
        elif v == "padding":  # a word for some functions
            lines.append(f"if _type({v}) is not str and not _plain_numbers({v}): {made}")
        elif v in COORDINATES:
            lines.append(f"if {given}_type({v}) is not _int: {made}")
        else:
            lines.append(f"if {given}not _plain_numbers({v}): {made}")
    return lines


@functools.cache
def with_plain_numbers(forward):
    """A forward that may be called with the numbers that a caller wrote."""
    signature = inspect.signature(forward)
    scope = {"_type": type}
    lines = whole_numbers(forward.__name__, signature.parameters.values(), scope)
    if not lines:
        return forward
    names = ", ".join(signature.parameters)
    source = "\n    ".join([f"def plain({names}):", *lines, f"return {names},"])
    exec(compiled(source, f"<numbers of {forward.__name__}>"), scope)

    @functools.wraps(forward)
    def numbered(*args, **kwargs):
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        given.arguments.update(zip(signature.parameters, scope["plain"](**given.arguments)))
        return forward(*given.args, **given.kwargs)

    return numbered
