"""Runs recorded samples under mindtorch and says how they differ from the recorded results."""
import pathlib

import numpy

import mindtorch as torch

from . import codec

# (relative, absolute): torch.testing.assert_close's defaults
TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7), "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7)}
reader = codec.Reader(pathlib.Path(__file__).with_name("samples.zip"), torch)


def resolve(name):
    """torch.<name>; AttributeError when it is missing."""
    found = torch
    for part in name.removeprefix("torch.").split("."):
        found = getattr(found, part)
    return found


def numbers(t):
    """A tensor's values as a NumPy array that NumPy can compare."""
    t = t.detach()
    if t.dtype in (torch.float16, torch.bfloat16):
        t = t.float()
    return t.contiguous().numpy()


def difference(actual, expected, where="result", factor=1.0):
    """None, or how `actual` differs from `expected` (tensors, numbers, nested)."""
    if isinstance(expected, torch.Tensor):
        if not isinstance(actual, torch.Tensor):
            return f"{where}: {type(actual).__name__} instead of a Tensor"
        if actual.dtype != expected.dtype or actual.shape != expected.shape:
            return f"{where}: {actual.dtype} {list(actual.shape)} instead of {expected.dtype} {list(expected.shape)}"
        relative, absolute = TOLERANCES.get(str(expected.dtype).removeprefix("torch."), (0, 0))
        a, e = numbers(actual), numbers(expected)
        with numpy.errstate(all="ignore"):
            close = numpy.isclose(a, e, rtol=relative * factor, atol=absolute * factor, equal_nan=True) if relative else a == e
        if close.all():
            return None
        at = numpy.unravel_index(int(numpy.argmin(close)), close.shape)
        return f"{where}: {int((~close).sum())} of {close.size} values differ, at {[int(i) for i in at]} {a[at]} instead of {e[at]}"
    if isinstance(expected, (list, tuple)):
        if not isinstance(actual, (list, tuple)) or len(actual) != len(expected):
            return f"{where}: {type(actual).__name__} of other length"
        return next((d for i, (a, e) in enumerate(zip(actual, expected)) if (d := difference(a, e, f"{where}[{i}]", factor))), None)
    if isinstance(expected, (float, complex)) and isinstance(actual, (int, float, complex)):
        return None if numpy.isclose(actual, expected, rtol=1e-6, equal_nan=True) else f"{where}: {actual} instead of {expected}"
    return None if actual == expected else f"{where}: {actual!r} instead of {expected!r}"


def tensors(value):
    """Tensors in nested values."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from tensors(v)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def check(sample, factor=1.0):
    """None, or what is wrong with one sample: result first, then gradients."""
    args, kwargs = reader.decode(sample["args"]), reader.decode(sample["kwargs"])
    leaves = [t for t in tensors([args, kwargs]) if t.requires_grad]
    result = resolve(sample["op"])(*args, **kwargs)
    wrong = difference(result, reader.decode(sample["result"]), factor=factor)
    if wrong or "grads" not in sample:
        return wrong
    roots = [t for t in tensors(result) if t.requires_grad]
    expected = reader.decode(sample["grads"])
    grads = torch.autograd.grad(roots, leaves, reader.decode(sample["cotangents"]), allow_unused=True)
    for i, (a, e) in enumerate(zip(grads, expected, strict=True)):
        if a is None or e is None:
            given = a if e is None else e
            if given is not None and bool((given != 0).any()):
                return f"gradient {i}: {'missing' if a is None else 'not expected'}"
            continue
        wrong = difference(a, e, f"gradient {i}", factor)
        if wrong:
            return wrong
    return None


def by_op():
    """{op: its samples}"""
    groups = {}
    for s in reader.samples:
        groups.setdefault(s["op"], []).append(s)
    return groups
