"""How a tensor lies over the ranks of a mesh: descriptions."""


class Placement:
    """How a tensor lies over the ranks of a mesh dimension: a description, equal to another of the same kind and
    numbers."""

    __module__ = "torch.distributed.tensor.placement_types"

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self), *sorted(vars(self).items())))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"

    def is_shard(self, dim=None):
        """Whether it splits (a given dimension)."""
        return isinstance(self, (Shard, _StridedShard)) and dim in (None, getattr(self, "dim", None))

    def is_replicate(self):
        """Whether every rank has all of it."""
        return isinstance(self, Replicate)

    def is_partial(self, reduce_op=None):
        """Whether ranks hold terms of a reduction."""
        return isinstance(self, Partial) and reduce_op in (None, getattr(self, "reduce_op", None))


class Shard(Placement):
    """Split along a dimension."""

    @staticmethod
    def local_shard_size_and_offset(curr_local_size, num_chunks, rank):
        """(size, offset) of a rank's part when a size is cut into chunks; an empty part begins at the end."""
        chunk = -(-curr_local_size // num_chunks)
        begin = min(rank * chunk, curr_local_size)
        return min(chunk, curr_local_size - begin), begin

    _local_shard_size_and_offset = local_shard_size_and_offset

    __module__ = "torch.distributed.tensor.placement_types"

    def __init__(self, dim):
        self.dim = dim


class _StridedShard(Placement):
    """Split along a dimension in interleaved parts."""

    __module__ = "torch.distributed.tensor.placement_types"

    def __init__(self, dim, *, split_factor):
        self.dim, self.split_factor = dim, split_factor


class Replicate(Placement):
    """Whole on every rank."""

    __module__ = "torch.distributed.tensor.placement_types"


class Partial(Placement):
    """A term of a reduction on every rank."""

    __module__ = "torch.distributed.tensor.placement_types"

    def __init__(self, reduce_op="sum"):
        self.reduce_op = reduce_op
