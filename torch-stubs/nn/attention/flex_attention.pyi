# Written by `make stubs` from the finished namespace; don't edit.
"""Attention with a score function and a mask function, by composition: the functions see whole index grids at once."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class AuxOutput(NamedTuple):
    lse: Tensor
    max_scores: Tensor

class AuxRequest(NamedTuple):
    lse: Tensor
    max_scores: Tensor

class BlockMask:
    """A mask function with its sizes; the mask and the lists of blocks are made when needed.

    kv_num_blocks [B, H, query blocks] and kv_indices [B, H, query blocks, key blocks] list the key blocks in which
    something but not all is allowed; full_... those in which all is; q_... the query blocks of each key block."""
    mask_mod: Any
    shape: Any
    BLOCK_SIZE: Any
    def __init__(self, mask_mod: Any, shape: Any, block_size: Any) -> None: ...
    def __getitem__(self, index: Any) -> Any:
        """The blocks of some batches, heads and query blocks; a mask function for them is to be set by the caller."""
        ...
    @classmethod
    def from_kv_blocks(cls, kv_num_blocks: Any, kv_indices: Any, full_kv_num_blocks: Any = None, full_kv_indices: Any = None, BLOCK_SIZE: Int = 128, mask_mod: Any = None, seq_lengths: Any = None, compute_q_blocks: Bool = True) -> Any:
        """A mask from lists of key blocks of every query block: counts (B, H, rows) and indices (B, H, rows, columns).
        In full blocks everything is allowed."""
        ...
    @property
    def seq_lengths(self) -> Any:
        """(queries, keys)."""
        ...
    def mask(self) -> Any:
        """The dense bool mask."""
        ...
    def numel(self) -> Any:
        """Number of positions."""
        ...
    def sparsity(self) -> Any:
        """Percentage of blocks without any allowed position."""
        ...
    def to_dense(self) -> Any:
        """1 for every block in which something is allowed."""
        ...
    def to_string(self, grid_size: Any = ..., limit: Int = 4) -> Any:
        """The blocks of each batch and head as a drawing: full, partly allowed, nothing."""
        ...
    def to(self, device: Any) -> Any:
        """The same mask; it is made on the device of the queries."""
        ...
def and_masks(*mask_mods: Any) -> Any:
    """A mask function that is True where all are."""
    ...
def create_block_mask(mask_mod: Any, B: Any, H: Any, Q_LEN: Any, KV_LEN: Any, device: Any = None, BLOCK_SIZE: Int = 128, _compile: Bool = False) -> Any:
    """A BlockMask for a mask function of (batch, head, query index, key index)."""
    ...
def create_mask(mod_fn: Any, B: Any, H: Any, Q_LEN: Any, KV_LEN: Any, device: Any = None) -> Any:
    """The bool mask [B, H, Q_LEN, KV_LEN] of a mask function; B and H of None mean 1."""
    ...
def flex_attention(query: Any, key: Any, value: Any, score_mod: Any = None, block_mask: Any = None, scale: Any = None, enable_gqa: Bool = False, return_lse: Bool = False, kernel_options: Any = None, *, return_aux: Any = None) -> Any:
    """softmax(score_mod(query key^T scale) under block_mask) value for [B, H, L, E]; with return_lse also the
    log-sum-exp of each row."""
    ...
def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """Everything may be attended to."""
    ...
def or_masks(*mask_mods: Any) -> Any:
    """A mask function that is True where any is."""
    ...
