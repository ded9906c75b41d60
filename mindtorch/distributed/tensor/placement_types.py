"""How a tensor lies over the ranks of a mesh: Shard, Replicate, Partial, and what follows for one rank's part."""

__all__ = ["Placement", "Shard", "Replicate", "Partial", "_StridedShard"]


class Placement:
    """How a tensor lies over the ranks of a mesh dimension: a description, equal to another of the same kind and
    numbers."""

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self).__name__, *sorted(vars(self).items())))

    def is_shard(self, dim=None):
        """Whether it splits (a given dimension)."""
        return isinstance(self, Shard) and dim in (None, self.dim)

    def is_replicate(self):
        """Whether every rank has all of it."""
        return isinstance(self, Replicate)

    def is_partial(self, reduce_op=None):
        """Whether ranks hold terms of a reduction."""
        return isinstance(self, Partial) and reduce_op in (None, self.reduce_op)


class Shard(Placement):
    """Split along a dimension, into parts that are equal but for the last ones: Shard(0)."""

    def __init__(self, dim):
        self.dim = dim

    @staticmethod
    def local_shard_size_and_offset(curr_local_size, num_chunks, rank):
        """(size, offset) of a rank's part when a size is cut into chunks; an empty part begins at the end."""
        chunk = -(-curr_local_size // num_chunks)
        begin = min(rank * chunk, curr_local_size)
        return min(chunk, curr_local_size - begin), begin

    _local_shard_size_and_offset = local_shard_size_and_offset

    def __repr__(self):
        return f"Shard(dim={self.dim})"

    def __str__(self):
        return f"S({self.dim})"


class _StridedShard(Shard):
    """Split along a dimension after mesh dimensions to the right of it have split it into split_factor parts."""

    def __init__(self, dim, *, split_factor):
        super().__init__(dim)
        self.split_factor = split_factor

    def __repr__(self):
        return f"_StridedShard(dim={self.dim}, sf={self.split_factor})"

    def __str__(self):
        return f"_S({self.dim}, {self.split_factor})"


class Replicate(Placement):
    """Whole on every rank."""

    def __repr__(self):
        return "Replicate()"

    def __str__(self):
        return "R"


class Partial(Placement):
    """A term of a reduction ("sum", "avg", "max", "min", "product") on every rank."""

    LINEAR_REDUCE_OPS = ("sum", "avg")
    ALL_REDUCE_OPS = ("sum", "avg", "min", "max", "product", "band", "bor", "bxor")

    def __init__(self, reduce_op="sum"):
        self.reduce_op = reduce_op

    def __repr__(self):
        return f"Partial({self.reduce_op})"

    def __str__(self):
        return f"P({self.reduce_op})"


for _kind in (Placement, Shard, _StridedShard, Replicate, Partial):
    _kind.__module__ = "torch.distributed.tensor.placement_types"
