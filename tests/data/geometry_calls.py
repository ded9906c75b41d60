"""Calls whose argument `v` is a size, dimension, count ..., and what the reference answers to any kind of number.

.oracle/bin/python tests/data/geometry_calls.py     records geometry_calls.json anew
"""

import json
import os
import pathlib
import resource
import signal
import warnings

import numpy as np
import torch

ANSWERS = pathlib.Path(__file__).with_suffix(".json")

VALUES = {
    "1": 1,
    "0": 0,
    "-1": -1,
    "3": 3,
    "2**62": 2**62,
    "-2**62": -(2**62),
    "2**63-1": 2**63 - 1,
    "-2**63": -(2**63),
    "2**63": 2**63,
    "2**64": 2**64,
    "int8 1": np.int8(1),
    "int8 100": np.int8(100),
    "int8 -128": np.int8(-128),
    "int64 most": np.int64(2**63 - 1),
    "int64 least": np.int64(-(2**63)),
    "uint64 most": np.uint64(2**64 - 1),
    "tensor8 1": torch.tensor(1, dtype=torch.int8),
    "tensor8 100": torch.tensor(100, dtype=torch.int8),
    "tensor8 -128": torch.tensor(-128, dtype=torch.int8),
    "tensor 2**62": torch.tensor(2**62),
    "tensor 1.0": torch.tensor(1.0),
    "tensor [1, 1]": torch.tensor([1, 1]),
    "True": True,
    "bool_": np.bool_(True),
    "1.0": 1.0,
    "nan": float("nan"),
    "inf": float("inf"),
    "1j": 1j,
    "None": None,
    "str": "a",
    "[1]": [1],
    "float64": np.float64(1),
}

CALLS = """
x.repeat(v, 1, 1)
x.repeat(1, 1, v)
x.repeat([1, v, 1, 1])
x.tile(v)
torch.tile(x, (v, v))
none.repeat(v, v)
x.repeat_interleave(v)
x.repeat_interleave(v, 1)
x.repeat_interleave(torch.tensor([1, 2]), v)
torch.repeat_interleave(torch.tensor([1, 2]), output_size=v)
x.split(v)
x.split(v, 1)
x.split(1, v)
x.split([v, 1])
torch.split_with_sizes(x, [1, v])
x.chunk(v)
x.chunk(2, v)
none.chunk(v)
x.tensor_split(v)
x.tensor_split([v, 2])
x.tensor_split(2, v)
torch.unsafe_split(x, v)
torch.unsafe_split_with_sizes(x, [v, 1])
torch.unsafe_chunk(x, v)
x.hsplit(v)
x.dsplit([v])
x.unbind(v)
x.narrow(v, 0, 1)
x.narrow(1, v, 1)
x.narrow(1, 0, v)
torch.narrow_copy(x, 1, v, 1)
torch.narrow_copy(x, 1, 0, v)
x.select(v, 0)
x.select(0, v)
torch.select_copy(x, 0, v)
x.select_scatter(torch.ones(3, 4), 0, v)
x.slice_scatter(torch.ones(2, 3, 4), 0, 0, v)
x.slice_scatter(torch.ones(2, 3, 4), v, 0, 2)
x.as_strided((v,), (1,))
x.as_strided((2,), (v,))
x.as_strided((1,), (1,), v)
x.as_strided((v, 2), (0, 0))
torch.as_strided_copy(x, (v,), (3,))
torch.as_strided_scatter(x, torch.ones(2), (2,), (v,))
x.clone().as_strided_((2,), (v,))
torch.empty(0).set_(x, 0, (v,), (1,))
torch.empty(0).set_(x, 0, (2,), (v,))
torch.empty(0).set_(x, v, (2,), (1,))
torch.empty(0).set_(x.untyped_storage(), v, (2,), (1,))
torch.empty(0).set_(x.untyped_storage(), 0, (v, 2), (0, 0))
torch.empty(v)
torch.empty(2, v)
torch.empty((v, 4))
torch.empty(v, device="meta")
torch.zeros(v)
torch.ones([v, 2])
torch.full((v,), 1.0)
torch.full((2, v), 1)
torch.empty_strided((2, 3), (v, 1))
torch.empty_strided((v,), (1,))
torch.empty_permuted((v, 3), (1, 0))
torch.empty_permuted((2, 3), (v, 0))
x.new_empty(v)
x.new_zeros((2, v))
x.new_ones(v, 1)
x.new_full((v,), 2)
x.new_empty_strided((2, 3), (3, v))
torch.rand(v)
torch.randn(2, v)
torch.randint(3, (v,))
torch.randint(0, v, (2,))
torch.randint(v, 5, (2,))
torch.randperm(v)
one.expand(v)
one.expand(v, 4)
none.expand(v, 0)
torch.broadcast_to(one, (v, 1))
one.expand(4, v)
x.view(v, -1)
x.view(v, 24)
x.view(2, v, 12)
none.view(v, 4, 0)
x.reshape(v)
torch.reshape(x, (24, v))
none.reshape(v, 4, -1)
x.unflatten(0, (v, 2))
x.unflatten(v, (1, 2))
x.flatten(v)
x.flatten(0, v)
x.unfold(v, 1, 1)
x.unfold(0, v, 1)
x.unfold(0, 1, v)
x.roll(v)
x.roll(v, 0)
x.roll(1, v)
x.roll((v, 1), (0, 1))
x.flip(v)
x.flip([0, v])
x.rot90(v)
x.rot90(1, (0, v))
x.movedim(v, 0)
x.movedim((0, v), (1, 0))
x.permute(0, v, 2)
x.permute([v, 1, 2])
x.swapaxes(v, 0)
x.transpose(0, v)
x.clone().transpose_(0, v)
x.unsqueeze(v)
x.squeeze(v)
x.squeeze((0, v))
x.diagonal(v)
x.diagonal(0, v)
torch.diag(x[0], v)
torch.diag(one, v)
torch.diag_embed(one, v)
torch.diagflat(one, v)
x.diagonal_scatter(torch.ones(4, 2), v)
x.tril(v)
x.triu(v)
torch.tril_indices(v, 3)
torch.tril_indices(3, v)
torch.triu_indices(3, 4, v)
torch.triu_indices(v, 3, -1)
torch.eye(v)
torch.eye(2, v)
torch.eye(v, 0)
torch.arange(v)
torch.arange(0, 3, v)
torch.arange(v, 3)
torch.arange(0, v, dtype=torch.int8)
torch.range(0, v)
torch.linspace(0, 1, v)
torch.linspace(0, v, 3)
torch.logspace(0, 1, v)
torch.logspace(v, 1, 3)
torch.vander(x[0, 0], v)
F.one_hot(torch.tensor([0, 1]), v)
torch.combinations(x[0, 0], v)
torch.combinations(one, v)
torch.pixel_shuffle(torch.ones(1, 4, 2, 2), v)
torch.pixel_unshuffle(torch.ones(1, 1, 2, 2), v)
torch.channel_shuffle(torch.ones(1, 4, 2, 2), v)
torch.ones(2).resize_(v)
torch.ones(2).resize_([v, 2])
torch.ones(2).resize_(v, 4)
torch.Size([v, 2])
torch.Tensor(v, 2)
x.sum(v)
x.sum((0, v))
x.mean(v)
x.amax((v,))
x.cumsum(v)
x.softmax(v)
x.argmax(v)
x.sort(v)
x.topk(v)
x.topk(1, v)
x.kthvalue(v)
torch.cat([x, x], v)
torch.stack([x, x], v)
x.size(v)
x.stride(v)
x[v:]
x[:v]
x[::v]
x[v]
x[[v]]
x[0, v]
x.index_select(v, torch.tensor([0]))
x.gather(v, torch.zeros(1, 1, 1, dtype=torch.int64))
torch.sparse_coo_tensor(torch.tensor([[0]]), torch.ones(1), (v,))
torch.sparse_coo_tensor(size=(v, 2))
torch.sparse_csr_tensor(torch.tensor([0, 1]), torch.tensor([0]), torch.ones(1), (1, v))
torch.eye(3).to_sparse(v)
torch.eye(3).to_sparse().transpose(0, v)
torch.eye(3).to_sparse().select(0, v)
torch.sparse.sum(torch.eye(3).to_sparse(), v)
torch.stft(torch.ones(250), v, return_complex=True)
torch.stft(torch.ones(250), 4, v, return_complex=True)
torch.stft(torch.ones(250), 4, 2, v, return_complex=True)
torch.istft(torch.ones(3, 5, dtype=torch.complex64), 4, v, window=torch.ones(4))
torch.istft(torch.ones(3, 5, dtype=torch.complex64), 4, 2, window=torch.ones(4), length=v)
torch.bartlett_window(v)
torch.hann_window(v)
torch.kaiser_window(v)
torch.signal.windows.hann(v)
torch.fft.fft(one, v)
torch.fft.irfft(torch.ones(3), v)
torch.fft.fftfreq(v)
torch.broadcast_shapes((v, 1), (1, 4))
torch.frombuffer(bytearray(400), dtype=torch.int32, count=v)
torch.frombuffer(bytearray(400), dtype=torch.int32, offset=v)
torch.bincount(torch.tensor([1]), minlength=v)
torch.multinomial(torch.ones(3), v, True)
F.pad(x, (v, 1))
F.unfold(torch.ones(1, 1, 3, 3), v)
F.fold(torch.ones(1, 4, 4), v, 2)
F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), stride=v)
F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), padding=v)
F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), dilation=v)
F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), groups=v)
F.max_pool1d(torch.ones(1, 2, 4), v)
F.avg_pool1d(torch.ones(1, 2, 4), 2, v)
F.group_norm(torch.ones(2, 4), v)
torch.manual_seed(v)
torch.Generator().manual_seed(v)
""".strip().splitlines()


def names(value):
    """What a call may name."""
    return {
        "torch": torch,
        "F": torch.nn.functional,
        "x": torch.arange(24.0).reshape(2, 3, 4),
        "one": torch.ones(1),
        "none": torch.ones(0),
        "v": value,
    }


def said(result):
    """An answer in few words: the shape of a tensor, of pieces how many and the first one's."""
    if isinstance(result, torch.Tensor):
        return str(list(result.shape))
    if isinstance(result, tuple) and not isinstance(result, torch.Size):
        return f"{len(result)} of {said(result[0])}" if result else "none"
    return "a generator" if isinstance(result, torch.Generator) else repr(result)


def answer(call, value):
    """What a call says, or the class of its exception; 'raises' where the reference stumbles over itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return said(eval(call, names(value)))
        except Exception as e:
            return (
                "raises"
                if any(w in str(e) for w in ("INTERNAL ASSERT", "SymInt", "could this error message be improved"))
                else type(e).__name__
            )


def alone(call, value):
    """answer() in a child: 'ends the process' when it died."""
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        signal.alarm(20)
        os.write(into, answer(call, value).encode()[:4000])
        os._exit(0)
    os.close(into)
    _, status = os.waitpid(pid, 0)
    text = os.read(out, 4000).decode()
    os.close(out)
    return text if not status else "ends the process"


def main():
    torch.set_num_threads(1)
    found = {}
    for call in CALLS:
        groups = {}
        for name, value in VALUES.items():
            groups.setdefault(alone(call, value), []).append(name)
        found[call] = groups
    rows = (
        f"{json.dumps(call)}: {json.dumps({said: ', '.join(which) for said, which in groups.items()})}"
        for call, groups in found.items()
    )
    ANSWERS.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
