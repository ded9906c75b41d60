# Written by `make stubs` from the finished namespace; don't edit.
"""Batches of sequences of different lengths."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class PackedSequence(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor
    unsorted_indices: Tensor

class PackedSequence_(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor
    unsorted_indices: Tensor
def invert_permutation(permutation: Any) -> Any:
    """The inverse of a permutation; None stays None."""
    ...
def pack_padded_sequence(input: Any, lengths: Any, batch_first: Bool = False, enforce_sorted: Bool = True) -> Any:
    """A PackedSequence of input (T, N, ...) with N lengths. RuntimeError for lengths that don't fit, or aren't sorted
    unless enforce_sorted is False."""
    ...
def pack_sequence(sequences: Any, enforce_sorted: Bool = True) -> Any:
    """A PackedSequence of sequences (L_i, ...)."""
    ...
def pad_packed_sequence(sequence: Any, batch_first: Bool = False, padding_value: Float = 0.0, total_length: Any = None) -> Any:
    """(padded (T, N, ...), lengths) of a PackedSequence. ValueError for a total_length that is too short."""
    ...
def pad_sequence(sequences: Any, batch_first: Bool = False, padding_value: Float = 0.0, padding_side: Str = 'right') -> Any:
    """Sequences (L_i, ...) in one tensor (max L, N, ...), padded on one side."""
    ...
def unpack_sequence(packed_sequences: Any) -> Any:
    """The sequences of a PackedSequence, as a list."""
    ...
def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: Bool = False) -> Any:
    """The sequences that pad_sequence padded on the right, as a list."""
    ...
