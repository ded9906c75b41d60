"""Where the parts of a tensor are: its mesh, placements, shape, and the arithmetic of one rank's part."""
import math
from typing import NamedTuple

import mindtorch as torch

from .placement_types import Replicate, Shard, _StridedShard


class TensorMeta(NamedTuple):
    """Shape, stride and dtype of a whole tensor."""

    shape: tuple
    stride: tuple
    dtype: object


class DTensorSpec:
    """A mesh, a placement for each of its dimensions, and the whole tensor's shape, stride and dtype."""

    __module__ = "torch.distributed.tensor._dtensor_spec"

    def __init__(self, mesh, placements, tensor_meta=None):
        self.mesh, self.placements, self.tensor_meta = mesh, tuple(placements), tensor_meta

    device_mesh = property(lambda self: self.mesh)
    shape = property(lambda self: self.tensor_meta.shape)
    stride = property(lambda self: self.tensor_meta.stride)
    ndim = property(lambda self: len(self.tensor_meta.shape))

    def __eq__(self, other):
        return isinstance(other, DTensorSpec) and (self.mesh, self.placements, self.tensor_meta) == (
            other.mesh, other.placements, other.tensor_meta)

    def __hash__(self):
        return hash((self.mesh, self.placements, self.tensor_meta))

    def __repr__(self):
        return f"DTensorSpec(mesh={self.mesh}, placements={self.placements}, tensor_meta={self.tensor_meta})"

    def __str__(self):
        return f"Spec({''.join(map(str, self.placements))})"

    def is_replicated(self):
        """Whether every rank has all of it."""
        return all(isinstance(p, Replicate) for p in self.placements)

    def is_sharded(self):
        """Whether some mesh dimension splits it."""
        return any(isinstance(p, Shard) for p in self.placements)


def contiguous_stride(shape):
    """Strides of a tensor without gaps."""
    return tuple(math.prod(max(n, 1) for n in shape[d + 1:]) for d in range(len(shape)))


def chains(placements):
    """{tensor dimension: the mesh dimensions that split it, in the order in which they do}: from left to right, but a
    strided one after those to its right."""
    found, late = {}, {}
    for i, p in enumerate(placements):
        if isinstance(p, Shard):
            (late if isinstance(p, _StridedShard) else found).setdefault(p.dim, []).append(i)
    for dim, more in late.items():
        found[dim] = [*found.get(dim, []), *reversed(more)]
    return found


def part(size, mesh, chain, coordinate):
    """(size, offset) of a rank's part of a dimension that a chain of mesh dimensions splits."""
    begin = 0
    for i in chain:
        size, offset = Shard.local_shard_size_and_offset(size, mesh.shape[i], coordinate[i])
        begin += offset
    return size, begin


def local_shape_and_offset(shape, mesh, placements, coordinate=None):
    """Shape of a rank's part, and where it begins in the whole."""
    coordinate = mesh.get_coordinate() if coordinate is None else coordinate
    if coordinate is None:
        return (0,), ()
    sizes, offsets = list(shape), [0] * len(shape)
    for dim, chain in chains(placements).items():
        sizes[dim], offsets[dim] = part(shape[dim], mesh, chain, coordinate)
    return tuple(sizes), tuple(offsets)


def compute_local_shape_and_global_offset(global_shape, mesh, placements, skip_offset=False):
    """Shape of this rank's part of a tensor, and where it begins in the whole."""
    shape, offset = local_shape_and_offset(tuple(global_shape), mesh, placements)
    return torch.Size(shape), () if skip_offset else offset


def normalized(placements, mesh, ndim):
    """Placements with dimensions counted from the front; all Replicate by default. ValueError and IndexError where they
    do not fit."""
    if placements is None:
        return (Replicate(),) * mesh.ndim
    placements = tuple(placements)
    if len(placements) != mesh.ndim:
        raise ValueError("`placements` must have the same length as `device_mesh.ndim`! Found placements length: "
                         f"{len(placements)}, and device_mesh.ndim: {mesh.ndim}.")
    made = []
    for p in placements:
        if isinstance(p, Shard):
            if not -ndim <= p.dim < ndim:
                raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got "
                                 f"{p.dim})")
            if p.dim < 0:
                p = (_StridedShard(p.dim + ndim, split_factor=p.split_factor) if isinstance(p, _StridedShard)
                     else Shard(p.dim + ndim))
        made.append(p)
    return tuple(made)
