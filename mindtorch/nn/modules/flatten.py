"""Flatten and Unflatten."""
from collections import OrderedDict

from ._declare import layers
from .module import Module

layer = layers(globals())
Flatten = layer("Flatten", "start_dim: int = 1, end_dim: int = -1", "input.flatten(self.start_dim, self.end_dim)", shows="start_dim={start_dim}, end_dim={end_dim}")


class Unflatten(Module):
    """One dimension, by number or name, becomes several; TypeError for sizes of another form."""

    __constants__ = ["dim", "unflattened_size"]

    def __init__(self, dim, unflattened_size) -> None:
        super().__init__()
        if isinstance(dim, int):
            _require(unflattened_size, int, "ints")
        elif isinstance(dim, str):
            _require_pairs(unflattened_size)
        else:
            raise TypeError("invalid argument type for dim parameter")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


def _require(sizes, kind, what):
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(f"unflattened_size must be a tuple of {what}, but found type {type(sizes).__name__}")
    for i, s in enumerate(sizes):
        if not isinstance(s, kind):
            raise TypeError(f"unflattened_size must be tuple of {what}, but found element of type {type(s).__name__} at pos {i}")


def _require_pairs(sizes):
    _require([*sizes.items()] if isinstance(sizes, OrderedDict) else sizes, tuple, "tuples")
