"""Flatten and Unflatten."""
from ._declare import layers
from .module import Module

layer = layers(globals())
Flatten = layer("Flatten", "start_dim: int = 1, end_dim: int = -1", "input.flatten(self.start_dim, self.end_dim)",
                shows="start_dim={start_dim}, end_dim={end_dim}")


class Unflatten(Module):
    """One dimension, by number or name, becomes several; TypeError for sizes of another form."""

    __constants__ = ["dim", "unflattened_size"]

    def __init__(self, dim, unflattened_size) -> None:
        super().__init__()
        if not isinstance(dim, (int, str)):
            raise TypeError("invalid argument type for dim parameter")
        _require_ints(unflattened_size)
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


def _require_ints(sizes):
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(f"unflattened_size must be a tuple of ints, but found type {type(sizes).__name__}")
    for i, s in enumerate(sizes):
        if not isinstance(s, int):
            raise TypeError(f"unflattened_size must be tuple of ints, but found element of type {type(s).__name__} at "
                            f"pos {i}")
