"""Arithmetic: + - * / and relatives."""
from .registry import INT_TO_FLOAT, pointwise

add = pointwise("add", "input, other, *, alpha=1", grad={"input": lambda g: g, "other": lambda g, alpha: g * alpha if alpha != 1 else g})
sub = pointwise("sub", "input, other, *, alpha=1", aliases=("subtract",), grad={"input": lambda g: g, "other": lambda g, alpha: g * -alpha})
mul = pointwise("mul", "input, other", aliases=("multiply",), grad={"input": lambda g, other: g * conj(other), "other": lambda g, input: g * conj(input)})
div = pointwise("div", "input, other", kind=INT_TO_FLOAT, grad={
    "input": lambda g, other: g / conj(other), "other": lambda g, other, result: -g * conj(result / other)})
neg = pointwise("neg", aliases=("negative",), grad={"input": lambda g: -g})
exp = pointwise("exp", kind=INT_TO_FLOAT, grad={"input": lambda g, result: g * conj(result)})


def conj(x):
    """Complex conjugate for gradients; numbers and real tensors as they are."""
    return x.conj() if getattr(x, "is_complex", bool)() else (x.conjugate() if isinstance(x, complex) else x)
