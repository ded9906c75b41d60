"""Ops whose in-place form works directly on the tensor: written once as a change of `input`, from which follow
the out-of-place form (on a copy) and the in-place form (no copy, history continued)."""
import functools
import inspect
import warnings

import mindtorch._C as _C
from mindtorch._core import layouts

from ..table.numbers import whole_numbers
from ..table.registry import METHODS, _node_name, _rule, _Source, op, record, register, run


def copied(t, preserve=False):
    """A plain copy outside the graph: contiguous, or in t's memory order."""
    stride = layouts.preserved_strides(t.shape, t._strides) if preserve else layouts.dense_strides(t.shape)
    made = _C.empty_strided(t.shape, stride, t._dtype_code, t._device_code)
    run("copy", (made, t))
    return made


def shares_elements(t):
    """Whether two elements are one place in memory (expanded tensors)."""
    return any(n > 1 and s == 0 for n, s in zip(t.shape, t._strides))


def _extent(t):
    size = t.dtype.itemsize
    return t._pointer, t._pointer + (sum((n - 1) * s for n, s in zip(t.shape, t._strides))
                                     + 1) * size if t._numel else t._pointer


def check_overlap(t, others, whole=True):
    """RuntimeError when writing t would disturb one of `others`; with `whole` also when t overlaps itself."""
    if whole and shares_elements(t):
        raise RuntimeError("unsupported operation: more than one element of the written-to tensor refers to a single "
                           "memory location. Please clone() the tensor before performing the operation.")
    if t._device_code < 0:
        return
    begin, end = _extent(t)
    for o in others:
        if getattr(o, "_device_code", -1) < 0:
            continue
        first, last = _extent(o)
        if o is t or (first < end and begin < last):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                "memory location. "
                "Please clone() the tensor before performing the operation."
            )


def mutation(name=None, *, grad, preserve=False, overlap="raise", operands=(), aliases=(), method=True, function=True):
    """Declare by a function that changes its first argument (`input`) and returns nothing, or values for the gradient
    as
    a dict. `operands` name the tensors that must not share memory with it; overlap="warn": an expanded input is
    allowed."""

    def declare(body):
        label = name or body.__name__
        signature = inspect.signature(body)
        parameters = list(signature.parameters.values())
        names = [p.name for p in parameters]

        @functools.wraps(body)
        def forward(input, *args, **kwargs):
            made = copied(input, preserve)
            body(made, *args, **kwargs)
            return made

        built = op(label, grad=grad, aliases=aliases, method=method, function=function)(forward)
        rule, saved, parts = _rule(grad)
        differentiable = tuple(k for keys, *_ in parts for k in keys)
        node = _node_name(label)

        def in_place(input, given):
            _C.check_inplace(input)
            if overlap == "raise":
                check_overlap(input, [given[o] for o in operands])
            elif shares_elements(input):
                warnings.warn(
                    f"Use of {label}_ on expanded tensors is deprecated. Please clone() the tensor before performing "
                    "this operation. "
                    "This also applies to advanced indexing e.g. tensor[mask] = scalar",
                    stacklevel=3,
                )
            if not _C.needs_grad(*[given[n] for n in differentiable]):
                body(**given)
                _C.bump_version(input)
                return input
            # what the gradient reads of it are the values from before
            before = {**given, names[0]: METHODS["clone"](input)} if names[0] in saved else given
            _C.set_grad_enabled(False)
            try:
                body(**given)
            finally:
                _C.set_grad_enabled(True)
            result = _C.detach(input)  # stands for the changed tensor until its history is moved
            record(node, rule, saved, parts, before, (result,), {})
            _C.bump_version(input)
            _C.rebase(input, result)
            return input

        checked = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default in (p.empty, None)]
        source = _Source(label + "_", parameters, checked, None, body.__doc__)
        scope = {"_in_place": in_place}
        given = ", ".join(f"{n!r}: {n}" for n in names)
        lines = [*whole_numbers(label + "_", parameters, scope), f"return _in_place({names[0]}, {{{given}}})"]
        made = source.build(lines, scope)
        register(label + "_", made, method=method, function_name=False, aliases=tuple(a + "_" for a in aliases),
                 kind="inplace", family=body.__module__.rpartition(".")[2])
        return built

    return declare
