"""Batches of sequences of different lengths."""
from collections import namedtuple

import mindtorch as torch

PackedSequence_ = namedtuple("PackedSequence_", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])
PackedSequence_.__annotations__ = {"data": torch.Tensor, "batch_sizes": torch.Tensor,
                                   "sorted_indices": torch.Tensor | None, "unsorted_indices": torch.Tensor | None}
PackedSequence_.__module__ = "torch.nn.utils.rnn"


def invert_permutation(permutation):
    """The inverse of a permutation; None stays None."""
    if permutation is None:
        return None
    return torch.empty_like(permutation).scatter_(0, permutation,
                                                  torch.arange(0, permutation.numel(), device=permutation.device))


class PackedSequence(PackedSequence_):
    """Rows of several sequences step by step: data, batch_sizes (int64, on the cpu), and the permutation that sorts
    them by length.
    Made by pack_padded_sequence and pack_sequence."""

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if batch_sizes is None:  # the old form: one pair
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually. "
                "They should be instantiated by functions "
                "like pack_sequence and "
                "pack_padded_sequences in nn.utils.rnn. "
                "https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def pin_memory(self):
        """The same with pinned data."""
        return self._with(lambda t: t.pin_memory(), indices=True)

    def _with(self, f, indices=False):
        move = f if indices else lambda t: t
        return type(self)(f(self.data), self.batch_sizes,
                          *(None if i is None else move(i) for i in (self.sorted_indices, self.unsorted_indices)))

    def to(self, *args, **kwargs):
        """The same with data.to(...); self when nothing changes."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        kwargs = {k: v for k, v in kwargs.items() if k not in ("device", "dtype")}
        return type(self)(data, self.batch_sizes,
                          *(None if i is None else i.to(data.device, **kwargs)
                            for i in (self.sorted_indices, self.unsorted_indices)))

    def _on(self, kind, args, kwargs):
        probe = torch.tensor((), dtype=self.data.dtype, device=self.data.device).to(*args, **kwargs)
        return self.to(*args, **kwargs) if probe.device.type == kind else self.to(*args, **{**kwargs, "device": kind})

    def cuda(self, *args, **kwargs):
        """The same on an npu, under its other name."""
        return self._on("cuda", args, kwargs)

    def cpu(self, *args, **kwargs):
        """The same on the cpu."""
        return self._on("cpu", args, kwargs)

    def double(self):
        """As float64."""
        return self.to(dtype=torch.double)

    def float(self):
        """As float32."""
        return self.to(dtype=torch.float)

    def half(self):
        """As float16."""
        return self.to(dtype=torch.half)

    def long(self):
        """As int64."""
        return self.to(dtype=torch.long)

    def int(self):
        """As int32."""
        return self.to(dtype=torch.int)

    def short(self):
        """As int16."""
        return self.to(dtype=torch.short)

    def char(self):
        """As int8."""
        return self.to(dtype=torch.int8)

    def byte(self):
        """As uint8."""
        return self.to(dtype=torch.uint8)

    @property
    def is_cuda(self):
        """Whether the data are on an npu under its other name."""
        return self.data.is_cuda

    def is_pinned(self):
        """Whether the data are pinned."""
        return self.data.is_pinned()


PackedSequence.__module__ = "torch.nn.utils.rnn"


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """A PackedSequence of input (T, N, ...) with N lengths. RuntimeError for lengths that don't fit, or aren't sorted
    unless enforce_sorted is False."""
    if not isinstance(lengths, torch.Tensor):
        lengths = torch.as_tensor(lengths, dtype=torch.int64, device="cpu")
    elif lengths.dtype != torch.int64:
        lengths = lengths.to(dtype=torch.int64)
    if enforce_sorted:
        sorted_indices = None
    else:
        lengths, sorted_indices = torch.sort(lengths, descending=True)
        sorted_indices = sorted_indices.to(input.device)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    data, batch_sizes = _pack(input, lengths, batch_first)
    return PackedSequence(data, batch_sizes, sorted_indices, None)


def _pack(input, lengths, batch_first):
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if lengths.device.type != "cpu" or lengths.dim() != 1:
        raise RuntimeError(f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.dim()}D "
                           f"{lengths.device} Long tensor")
    x = input.transpose(0, 1) if batch_first else input
    sizes, batch = lengths.tolist(), x.size(1)
    if len(sizes) != batch:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} "
                           f"(batch_size={batch})")
    if any(a < b for a, b in zip(sizes, sizes[1:])):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence "
            "and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    if sizes[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is "
                           "<= 0")
    if sizes[0] - x.size(0) > 1 << 24:  # steps behind the input's last have no rows, but each takes a number
        raise RuntimeError(f"lengths of {sizes[0]} steps for an input of {x.size(0)}")
    parts, batch_sizes, done = [], [], 0
    for n in range(batch, 0, -1):  # steps that n sequences reach
        end = sizes[n - 1]
        if end > done:
            parts.append(x[done:end, :n].reshape(-1, *x.shape[2:]))
            batch_sizes += [n] * (end - done)
            done = end
    return torch.cat(parts), torch.tensor(batch_sizes, dtype=torch.int64, device="cpu")


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """(padded (T, N, ...), lengths) of a PackedSequence. ValueError for a total_length that is too short."""
    sizes = sequence.batch_sizes
    if sizes.dtype != torch.int64 or sizes.dim() != 1:
        raise RuntimeError(f"'lengths' argument should be a 1D CPU int64 tensor, but got {sizes.dim()}D tensor of "
                           f"{sizes.dtype}")
    if not sizes.numel():
        raise RuntimeError("batch_sizes can not be empty")
    sizes = sizes.tolist()
    if total_length is not None and total_length < len(sizes):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length "
            f"being {len(sizes)}"
        )
    data, batch = sequence.data, sizes[0]
    padded = data.new_full((max(len(sizes), total_length or 0), batch, *data.shape[1:]), padding_value)
    done, start = 0, 0
    for end in range(1, len(sizes) + 1):  # runs of equal batch sizes at once
        if end == len(sizes) or sizes[end] != sizes[start]:
            n, steps = sizes[start], end - start
            padded[start:end, :n] = data[done:done + n * steps].view(steps, n, *data.shape[1:])
            done, start = done + n * steps, end
    lengths = torch.tensor([sum(n > i for n in sizes) for i in range(batch)], dtype=torch.int64)
    if batch_first:
        padded = padded.transpose(0, 1)
    if sequence.unsorted_indices is not None:
        return padded.index_select(0 if batch_first else 1,
                                   sequence.unsorted_indices), lengths[sequence.unsorted_indices.cpu()]
    return padded, lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Sequences (L_i, ...) in one tensor (max L, N, ...), padded on one side."""
    if isinstance(sequences, torch.Tensor):
        sequences = sequences.unbind(0)
    elif not hasattr(sequences, "__iter__"):
        raise RuntimeError("pad_sequence: Expected iterable for input sequences, but got arg of type: "
                           f"{type(sequences)}")
    sequences = tuple(sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest = max(s.size(0) for s in sequences)
    lead = (len(sequences), longest) if batch_first else (longest, len(sequences))
    made = sequences[0].new_full((*lead, *sequences[0].shape[1:]), padding_value)
    for i, s in enumerate(sequences):
        n = s.size(0)
        where = slice(0, n) if padding_side == "right" else slice(longest - n, longest)
        if batch_first:
            made[i, where].copy_(s)
        else:
            made[where, i].copy_(s)
    return made


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """The sequences that pad_sequence padded on the right, as a list."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    longest = padded_sequences.shape[1]
    steps = torch.arange(longest, device=lengths.device)
    return [sequence[steps < n] for sequence, n in zip(padded_sequences, lengths)]


def pack_sequence(sequences, enforce_sorted=True):
    """A PackedSequence of sequences (L_i, ...)."""
    lengths = torch.as_tensor([v.size(0) for v in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences):
    """The sequences of a PackedSequence, as a list."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
