"""Attention with a score function and a mask function, by composition: the functions see whole index grids at once."""
import math
import typing

import mindtorch as torch

__all__ = ["BlockMask", "flex_attention", "create_block_mask", "create_mask", "and_masks", "or_masks", "noop_mask",
           "AuxRequest", "AuxOutput"]

_DEFAULT_SPARSE_BLOCK_SIZE = 128


class AuxRequest(typing.NamedTuple):
    """Which further results flex_attention shall return."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(typing.NamedTuple):
    """Further results of flex_attention; None for what was not asked for."""

    lse: object = None
    max_scores: object = None


def noop_mask(batch, head, token_q, token_kv):
    """Everything may be attended to."""
    return torch.ones((), dtype=torch.bool)


def and_masks(*mask_mods):
    """A mask function that is True where all are."""
    def mask(b, h, q, k):
        result = torch.ones((), dtype=torch.bool)
        for m in mask_mods:
            result = result & m(b, h, q, k)
        return result

    return mask


def or_masks(*mask_mods):
    """A mask function that is True where any is."""
    def mask(b, h, q, k):
        result = torch.zeros((), dtype=torch.bool)
        for m in mask_mods:
            result = result | m(b, h, q, k)
        return result

    return mask


def _grid(b, h, q, k, device=None):
    def along(n, d):
        return torch.arange(n, device=device).reshape([n if i == d else 1 for i in range(4)])

    return along(b, 0), along(h, 1), along(q, 2), along(k, 3)


def create_mask(mod_fn, B, H, Q_LEN, KV_LEN, device=None):
    """The bool mask [B, H, Q_LEN, KV_LEN] of a mask function; B and H of None mean 1."""
    b, h = B or 1, H or 1
    return mod_fn(*_grid(b, h, Q_LEN, KV_LEN, device)).to(torch.bool).expand(b, h, Q_LEN, KV_LEN)


def _block_table(counts, indices):
    """Whether each block is listed: the first counts[...] of indices[..., :] are."""
    counts, indices = (t.reshape((1,) * (n - t.dim()) + tuple(t.shape)) for t, n in ((counts, 3), (indices, 4)))
    listed = torch.arange(indices.shape[-1]) < counts.unsqueeze(-1)
    return torch.zeros(indices.shape, dtype=torch.int64).scatter_add(-1, indices.long(), listed.long()) > 0


def _sliced_mask_mod(b, h, q, k):
    raise RuntimeError("Cannot use mask_mod from a sliced BlockMask")


def _listed(table):
    """Of a bool table [..., rows, columns]: how many columns each row has, and their numbers, those first."""
    order = table.to(torch.int8).argsort(dim=-1, descending=True, stable=True)
    return table.sum(-1).to(torch.int32), order.to(torch.int32)


_LISTS = ("kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices",
          "q_num_blocks", "q_indices", "full_q_num_blocks", "full_q_indices")


class BlockMask:
    """A mask function with its sizes; the mask and the lists of blocks are made when needed.

    kv_num_blocks [B, H, query blocks] and kv_indices [B, H, query blocks, key blocks] list the key blocks in which
    something but not all is allowed; full_... those in which all is; q_... the query blocks of each key block."""

    def __init__(self, mask_mod, shape, block_size):
        self.mask_mod, self.shape, self.BLOCK_SIZE, self._dense = mask_mod, shape, block_size, None
        self._blocks = None

    def _tables(self):
        """(blocks that are partly allowed, blocks that are wholly allowed), bool [B, H, query blocks, key blocks]."""
        if self._blocks is None:
            q, k = self.BLOCK_SIZE
            dense = self.mask()
            dense = torch.nn.functional.pad(dense, (0, -dense.shape[3] % k, 0, -dense.shape[2] % q))
            dense = dense.reshape(*dense.shape[:2], dense.shape[2] // q, q, dense.shape[3] // k, k)
            some, full = dense.any(5).any(3), dense.all(5).all(3)
            self._blocks = some & ~full, full
        return self._blocks

    def __getattr__(self, name):
        if name not in _LISTS:
            raise AttributeError(f"'BlockMask' object has no attribute '{name}'")
        partial, full = self._tables()
        table = full if name.startswith("full") else partial
        table = table.transpose(-2, -1) if name.removeprefix("full_").startswith("q_") else table
        return _listed(table)[name.endswith("indices")]

    def __getitem__(self, index):
        """The blocks of some batches, heads and query blocks; a mask function for them is to be set by the caller."""
        index = index if isinstance(index, tuple) else (index,)
        if len(index) > 3:
            raise IndexError("too many indices for a BlockMask: batch, head and query block")
        index = tuple(slice(i, i + 1 or None) if isinstance(i, int) else i for i in index)
        made = BlockMask(_sliced_mask_mod, self.shape, self.BLOCK_SIZE)
        made._blocks = tuple(t[index] for t in self._tables())
        made.shape = (*made._blocks[0].shape[:2], *self.shape[2:])
        return made

    @classmethod
    def from_kv_blocks(cls, kv_num_blocks, kv_indices, full_kv_num_blocks=None, full_kv_indices=None,
                       BLOCK_SIZE=_DEFAULT_SPARSE_BLOCK_SIZE, mask_mod=None, seq_lengths=None,
        compute_q_blocks=True):
        """A mask from lists of key blocks of every query block: counts (B, H, rows) and indices (B, H, rows, columns).
        In full blocks everything is allowed."""
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        block = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else tuple(BLOCK_SIZE)
        partial = _block_table(kv_num_blocks, kv_indices)
        full = None if full_kv_indices is None else _block_table(full_kv_num_blocks, full_kv_indices)
        inner = noop_mask if mask_mod is None else mask_mod

        def allowed(b, h, q, k):
            # one table may serve all batches and heads
            at = (b if partial.shape[0] > 1 else 0, h if partial.shape[1] > 1 else 0, q // block[0], k // block[1])
            some = partial[at] & inner(b, h, q, k)
            return some if full is None else some | full[at]

        rows, columns = partial.shape[2:]
        lengths = (rows * block[0], columns * block[1]) if seq_lengths is None else tuple(seq_lengths)
        return cls(allowed, (*partial.shape[:2], *lengths), block)

    @property
    def seq_lengths(self):
        """(queries, keys)."""
        return self.shape[2:]

    def mask(self):
        """The dense bool mask."""
        if self._dense is None:
            self._dense = create_mask(self.mask_mod, *self.shape)
        return self._dense

    def numel(self):
        """Number of positions."""
        return math.prod(self.shape)

    def sparsity(self):
        """Percentage of blocks without any allowed position."""
        blocks = self.to_dense()
        return 100.0 * (1 - blocks.to(torch.float32).mean().item())

    def to_dense(self):
        """1 for every block in which something is allowed."""
        partial, full = self._tables()
        return (partial | full).to(torch.int32)

    def to_string(self, grid_size=(20, 20), limit=4):
        """The blocks of each batch and head as a drawing: full, partly allowed, nothing."""
        partial, full = self._tables()
        rows, columns = (partial.shape[2 + d] if grid_size == -1 else min(grid_size[d], partial.shape[2 + d])
                         for d in (0, 1))
        shown = []
        pairs = [(b, h) for b in range(partial.shape[0]) for h in range(partial.shape[1])]
        for b, h in pairs[:limit]:
            lines = ["".join("\u2588\u2588" if full[b, h, r, c] else "\u2591\u2591" if partial[b, h, r, c] else "  "
                             for c in range(columns)) for r in range(rows)]
            shown.append("\n".join([f"({b}, {h})", *lines]))
        if len(pairs) > limit:
            shown.append("...")
        return "\n\n".join(shown)

    def __repr__(self):
        return f"BlockMask(shape={tuple(self.shape)}, sparsity={self.sparsity():.2f}%)"

    def to(self, device):
        """The same mask; it is made on the device of the queries."""
        return self


def create_block_mask(mask_mod, B, H, Q_LEN, KV_LEN, device=None, BLOCK_SIZE=128, _compile=False):
    """A BlockMask for a mask function of (batch, head, query index, key index)."""
    size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else tuple(BLOCK_SIZE)
    return BlockMask(mask_mod, (B or 1, H or 1, Q_LEN, KV_LEN), size)


def flex_attention(query, key, value, score_mod=None, block_mask=None, scale=None, enable_gqa=False, return_lse=False,
                   kernel_options=None, *, return_aux=None):
    """softmax(score_mod(query key^T scale) under block_mask) value for [B, H, L, E]; with return_lse also the
    log-sum-exp of each row."""
    if return_aux is not None and return_lse:
        raise ValueError("flex_attention: give return_aux or return_lse, not both")
    if query.ndim != 4 or key.ndim != 4 or value.ndim != 4:
        raise ValueError("flex_attention expects query, key and value with four dimensions")
    if query.shape[1] != key.shape[1] and not enable_gqa:
        raise ValueError(f"Expect query and key/value to have the same number of heads but got Hq={query.shape[1]} and "
                         f"Hkv={key.shape[1]}. Try setting enable_gqa=True for GQA.")
    mask = None
    if block_mask is not None:
        mask = block_mask.mask()
        if mask.shape[2:] != (query.shape[2], key.shape[2]):
            mask = mask[:, :, : query.shape[2], : key.shape[2]]
    if score_mod is None and not return_lse and return_aux is None:
        return torch.nn.functional.scaled_dot_product_attention(query, key, value, mask, scale=scale,
                                                                enable_gqa=enable_gqa)
    if query.shape[1] != key.shape[1]:
        times = query.shape[1] // key.shape[1]
        key, value = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1)
    scores = (query @ key.transpose(-2, -1)) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if score_mod is not None:
        scores = score_mod(scores, *_grid(*scores.shape, query.device))
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -math.inf)
    lse = scores.logsumexp(-1)
    weights = (scores - lse.masked_fill(lse == -math.inf, 0.0).unsqueeze(-1)).exp().to(value.dtype)
    out = weights @ value
    if return_aux is not None:
        return out, AuxOutput(lse if return_aux.lse else None, scores.amax(-1) if return_aux.max_scores else None)
    return (out, lse) if return_lse else out
