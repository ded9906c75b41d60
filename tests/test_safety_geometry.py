"""Sizes, strides, dimensions and counts of every kind: nothing wraps, reaches outside or runs for ever."""

import ast
import io
import json

import numpy as np
import pytest
import torch

from .child import outcome
from .data import geometry_calls

ANSWERS = json.loads(geometry_calls.ANSWERS.read_text())
# Where the reference says something else than we do, and why that stays so.
OURS = {
    # it takes or refuses a kind of number that all of its other functions do not
    "x.split(v)": "int8 1, int8 100, int64 most, int8 -128, int64 least, uint64 most, tensor 1.0",
    "x.split(v, 1)": "int8 1, int8 100, int64 most, int8 -128, int64 least, uint64 most, tensor 1.0",
    "torch.arange(v)": "uint64 most",
    "torch.arange(0, 3, v)": "uint64 most, 2**63-1, int64 most",
    "torch.arange(v, 3)": "uint64 most",
    "torch.arange(0, v, dtype=torch.int8)": "uint64 most, None",
    "torch.range(0, v)": "uint64 most, None",
    "torch.linspace(0, v, 3)": "uint64 most",
    "torch.logspace(v, 1, 3)": "uint64 most",
    "x[[v]]": "uint64 most, 1.0, float64, nan, inf, 1j",
    "torch.signal.windows.hann(v)": "tensor 1.0, True, bool_, 1.0, float64, tensor [1, 1]",
    "torch.broadcast_shapes((v, 1), (1, 4))": "*",
    "torch.Generator().manual_seed(v)": "*",
    "torch.narrow_copy(x, 1, v, 1)": "tensor 1.0, tensor [1, 1]",
    "torch.unsafe_split(x, v)": "[1]",
    "x.movedim(v, 0)": "[1]",
    "x.squeeze(v)": "None",
    "torch.eye(2, v)": "None",
    "torch.randint(v, 5, (2,))": "None",
    "x.repeat_interleave(v)": "None",
    "torch.eye(3).to_sparse(v)": "None",
    "torch.fft.fftfreq(v)": "0",
    "torch.stft(torch.ones(250), v, return_complex=True)": "*",
    "F.unfold(torch.ones(1, 1, 3, 3), v)": "*",
    "F.fold(torch.ones(1, 4, 4), v, 2)": "*",
    "F.group_norm(torch.ones(2, 4), v)": "0, tensor [1, 1]",
    "F.one_hot(torch.tensor([0, 1]), v)": "tensor 1.0, tensor [1, 1]",
    # its arithmetic wraps
    "x.chunk(v)": "2**63-1, int64 most",
    "torch.unsafe_chunk(x, v)": "2**63-1, int64 most",
    "none.expand(v, 0)": "-2**62, int8 -128, tensor8 -128",
    "x.unfold(0, 1, v)": "2**62, tensor 2**62",
    "x[::v]": "2**62, tensor 2**62",
    "torch.triu_indices(3, 4, v)": "2**63-1, int64 most, -2**63, int64 least",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), dilation=v)": "2**63-1, int64 most",
    "F.avg_pool1d(torch.ones(1, 2, 4), 2, v)": "2**62, 2**63-1, int64 most, tensor 2**62",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), padding=v)": (
        "2**62, 2**63-1, int64 most, tensor 2**62, 2**63, 2**64"
    ),
    # it does not look at the storage
    "x.clone().as_strided_((2,), (v,))": "2**62, 2**63-1, int64 most, tensor 2**62",
    "torch.frombuffer(bytearray(400), dtype=torch.int32, count=v)": "2**62, tensor 2**62",
    # sparse tensors of more bytes than 64 bits count
    "torch.sparse_coo_tensor(torch.tensor([[0]]), torch.ones(1), (v,))": "2**62, 2**63-1, int64 most, tensor 2**62",
    "torch.sparse_csr_tensor(torch.tensor([0, 1]), torch.tensor([0]), torch.ones(1), (1, v))": (
        "2**62, 2**63-1, int64 most, tensor 2**62"
    ),
}


def _named(text, name):
    return text == "*" or f", {name}, " in f", {text}, "


@pytest.mark.parametrize("call", geometry_calls.CALLS)
def test_numbers_of_every_kind(call):
    got = outcome(
        lambda: {name: geometry_calls.answer(call, value) for name, value in geometry_calls.VALUES.items()}, 60
    )
    assert got.startswith("value "), got
    wrong = []
    for name, answer in ast.literal_eval(got[6:]).items():
        expected = next(a for a, names in ANSWERS[call].items() if _named(names, name))
        if expected not in (answer, "raises", "ends the process") and not _named(OURS.get(call, ""), name):
            wrong.append(f"{name}: {answer} instead of {expected}")
    assert not wrong, "\n".join(wrong)


def test_every_difference_is_one():
    assert OURS.keys() <= set(geometry_calls.CALLS)
    assert all(
        text == "*"
        or set(text.replace("[1, 1]", "").split(", ")) <= {n.replace("[1, 1]", "") for n in geometry_calls.VALUES}
        for text in OURS.values()
    )


def _wide():
    return torch.ones(1).expand(2**62, 4)


COUNTS = {
    "expand": _wide,
    "as_strided": lambda: torch.as_strided(torch.ones(4), (2**62, 4), (0, 0)),
    "reshape with -1": lambda: torch.ones(0).reshape(2**62, 4, -1),
    "meta": lambda: torch.empty(2**62, 4, device="meta"),
    "extent": lambda: torch.empty_strided((2, 3), (3, 2**63 - 1)),
    "new extent": lambda: torch.ones(1).new_empty_strided((2, 3), (3, 2**63 - 1)),
    "cartesian product": lambda: torch.cartesian_prod(*[torch.ones(1000)] * 7),
    "grid": lambda: torch.meshgrid(*[torch.ones(1000)] * 10, indexing="ij"),
    "combinations": lambda: torch.combinations(torch.ones(100), 50),
    "repeats": lambda: torch.repeat_interleave(torch.tensor([2**62] * 4)),
    "Kronecker": lambda: torch.kron(torch.ones(1).expand(2**40), torch.ones(1).expand(2**40)),
    "save": lambda: torch.save(_wide(), io.BytesIO()),
    "one_hot": lambda: torch.nn.functional.one_hot(torch.tensor([2**63 - 1])),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_elements_do_not_wrap(name):
    assert outcome(COUNTS[name]).startswith("raised RuntimeError")


ENDLESS = {
    "unbind": lambda: torch.ones(1).expand(2**40).unbind(),
    "iteration": lambda: next(iter(torch.ones(1).expand(2**40))),
    "split": lambda: torch.ones(1).expand(2**40).split(1),
    "tensor_split": lambda: torch.ones(3).tensor_split(2**40),
    "chunk": lambda: torch.ones(0).chunk(2**62),
    "sparse unbind": lambda: torch.sparse_coo_tensor(size=(2**40, 2)).unbind(),
    "steps": lambda: torch.linspace(0, 1, 2**62),
    "a step that is no number": lambda: torch.arange(0, 1, float("nan")),
    "a small step": lambda: torch.arange(0, 1, 1e-300),
    "a range of infinity": lambda: torch.range(0, float("inf")),
    "combinations": lambda: torch.combinations(torch.ones(100000), 5),
    "one combination": lambda: torch.combinations(torch.ones(1), 2**40, True),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_would_not_end_raises(name):
    assert outcome(ENDLESS[name], 20).startswith("raised RuntimeError")


def test_large_numbers_of_few_results():
    def shapes():
        return (
            tuple(torch.triu_indices(2**62, 5, -1).shape),
            torch.tril_indices(2**62, 5, -(2**62) + 2)[0].tolist(),
            len(torch.ones(2).chunk(2**62)),
            len(torch.ones(5).tensor_split(100000)),
            torch.ones(3).roll(2**63 - 1).shape[0],
            torch.eye(3).tril(2**63 - 1).sum().item(),
            torch.eye(3).triu(-(2**63)).sum().item(),
            torch.eye(2).rot90(-(2**63)).tolist(),
        )

    assert outcome(shapes) == "value " + repr(
        ((2, 20), [2**62 - 2, 2**62 - 1, 2**62 - 1], 2, 100000, 3, 3.0, 3.0, [[1.0, 0.0], [0.0, 1.0]])
    )


def test_roll_by_the_least_number_goes_backward():
    x = torch.arange(5.0, requires_grad=True)
    (x.roll(-(2**63)) * torch.arange(5.0)).sum().backward()
    assert x.grad.tolist() == torch.arange(5.0).roll(2**63 % 5).tolist()


# ---- what has bounds ----
STATES = [
    ((-1000, (4,), (1,)), "invalid storage offset"),
    ((0, (-1,), (1,)), "negative dimension"),
    ((0, (4,), (-1,)), "overflowed"),
    ((0, (2, 2), (1,)), "unequal size length"),
    ((2**62, (2,), (1,)), "overflowed"),
    ((0, (2**62, 4), (0, 0)), "overflow"),
]


@pytest.mark.parametrize("state, message", STATES)
@pytest.mark.parametrize("way", ["set_", "set_ to a tensor", "__setstate__"])
def test_set_believes_no_geometry(way, state, message):
    x = torch.arange(4.0)
    source = x if way == "set_ to a tensor" else x.untyped_storage()
    with pytest.raises(RuntimeError, match=message):
        torch.ones(3).__setstate__((source, *state)) if way == "__setstate__" else torch.ones(3).set_(source, *state)
    assert x.untyped_storage().nbytes() == 16


def test_set_takes_tensors_and_storages_only():
    class Foreign:
        _bytes, _untyped_storage, dtype = torch.ones(4), None, torch.float32

        def nbytes(self):
            return 1 << 40

    for source in (5, [1.0], "a", Foreign(), object()):
        with pytest.raises(TypeError):
            torch.ones(3).set_(source)
    for bad in ((torch.ones(3), 1), (torch.ones(3), 0, 5, 1), (torch.ones(3).untyped_storage(), 3)):
        with pytest.raises(TypeError):
            torch.ones(3).set_(*bad)
    leaf = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        leaf.set_(torch.ones(3))


@pytest.mark.parametrize(
    "change, rise",
    [
        ("t.resize_(9)", 1),
        ("t.resize_(6)", 0),
        ("t.resize_(2)", 1),
        ("t.resize_as_(x)", 1),
        ("t.resize_as_(torch.ones(6))", 0),
        ("t.resize_(1, 2, 3, 1, memory_format=torch.channels_last)", 1),
        ("t.set_()", 1),
        ("t.set_(x)", 1),
        ("t.set_(x.untyped_storage())", 1),
        ("t.set_(x.untyped_storage(), 0, (2,), (1,))", 1),
        ("t.set_(t)", 1),
        ("setattr(t, 'data', x)", 0),
        ("t.untyped_storage().resize_(400)", 0),
        ("t.as_strided_((2,), (1,))", 1),
        ("t.t_()", 1),
        ("t.unsqueeze_(0)", 1),
        ("t.squeeze_()", 1),
        ("t.transpose_(0, 0)", 1),
        ("t.__setstate__((x.untyped_storage(), 0, (2,), (1,)))", 1),
    ],
)
def test_versions_rise_as_in_the_reference(change, rise):
    t, room = torch.ones(6), {"torch": torch, "x": torch.arange(24.0).reshape(2, 3, 4)}
    before = t._version
    eval(change, room | {"t": t})
    assert t._version - before == rise


def test_data_takes_tensors_of_its_kind_only():
    t = torch.ones(2)
    for other in (torch.ones(2, device="meta"), torch.eye(2).to_sparse()):
        with pytest.raises(RuntimeError, match="incompatible tensor type"):
            t.data = other


def test_sizes_of_results_are_checked():
    with pytest.raises(RuntimeError, match="allocated size does not match"):
        torch.repeat_interleave(torch.tensor([1, 2]), output_size=1)
    with pytest.raises(RuntimeError, match="single memory location"):
        torch.arange(6, out=torch.empty(1).expand(6))


# ---- objects that are no numbers, and change ----
class Changing:
    """Another number each time that it is asked."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def __index__(self):
        return self.numbers.pop(0) if len(self.numbers) > 1 else self.numbers[0]


def test_a_number_is_asked_once():
    def calls():
        x = torch.arange(24.0).reshape(2, 3, 4).requires_grad_()
        made = (
            x.narrow(0, Changing(0, 2**40), Changing(1, 2**40)).sum()
            + x[Changing(1, 2**40)].sum()
            + x.as_strided((Changing(2, 2**40),), (Changing(3, 2**40),)).sum()
        )
        made = (
            made
            + x.select(0, Changing(1, 2**40)).sum()
            + x[Changing(0, 5) : Changing(1, 2**40)].sum()
            + x.unfold(0, Changing(1, 2**40), Changing(1, 0)).sum()
        )
        made.backward()
        return (
            x.grad.sum().item(),
            torch.full((Changing(2, 2**40), 2), 1).shape[0],
            x.detach().repeat(Changing(1, 2**62), 1, 1).shape[0],
            len(x.split(Changing(1, 0))),
        )

    assert outcome(calls) == "value (74.0, 2, 2, 2)"


def test_an_index_that_changes_before_backward():
    x, i = torch.arange(4.0, requires_grad=True), torch.tensor(1)
    made = x[i]
    i.fill_(100)
    made.backward()
    assert x.grad.tolist() == [0.0, 1.0, 0.0, 0.0]


def test_no_object_is_asked_for_an_address():
    class Interface:
        __array_interface__ = np.arange(4.0).__array_interface__

    for make, error in (
        (torch.tensor, RuntimeError),
        (torch.as_tensor, RuntimeError),
        (torch.asarray, RuntimeError),
        (torch.Tensor, TypeError),
        (torch.LongTensor, TypeError),
        (torch.ones(1).new, TypeError),
    ):
        with pytest.raises(error):
            make(Interface())


def test_sequences_without_an_end():
    class Itself:
        def __len__(self):
            return 2

        def __getitem__(self, i):
            return self

    class Long(Itself):
        def __len__(self):
            return 2**62

    for kind in (Itself, Long):
        assert outcome(lambda kind=kind: torch.tensor(kind())).startswith("raised ValueError")


def test_under_vmap_numbers_are_plain_too():
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.vmap(lambda t: t.tile(np.int8(100)))(x).shape == (2, 300)
    with pytest.raises(TypeError):
        torch.vmap(lambda t: t.tile(1.5))(x)


# ---- sparse tensors ----
@pytest.mark.parametrize(
    "make, use",
    [
        (lambda: torch.sparse_coo_tensor(torch.tensor([[5]]), torch.ones(1), (2,)), lambda s: s.to_dense()),
        (lambda: torch.sparse_coo_tensor(torch.tensor([[5]]), torch.ones(1), (2,)), lambda s: s.coalesce()),
        (lambda: torch.sparse_coo_tensor(torch.tensor([[-5]]), torch.ones(1), (2,)), lambda s: s.to_dense()),
        (lambda: torch.sparse_coo_tensor(torch.tensor([[5]]), torch.ones(1), (2,)), lambda s: torch.ones(2) + s),
        (
            lambda: torch.sparse_coo_tensor(torch.tensor([[5], [7]]), torch.ones(1), (2, 2)),
            lambda s: s @ torch.ones(2, 2),
        ),
        (
            lambda: torch.sparse_csr_tensor(torch.tensor([0, -1, 2]), torch.tensor([0, 1]), torch.ones(2), (2, 2)),
            lambda s: s.to_dense(),
        ),
        (
            lambda: torch.sparse_csr_tensor(torch.tensor([0, 2**62, 2]), torch.tensor([0, 1]), torch.ones(2), (2, 2)),
            lambda s: s.to_dense(),
        ),
        (
            lambda: torch.sparse_csr_tensor(torch.tensor([0, 1, 2]), torch.tensor([0, 9]), torch.ones(2), (2, 2)),
            lambda s: s @ torch.ones(2, 2),
        ),
        (
            lambda: torch.sparse_csr_tensor(torch.tensor([0, 1, 2]), torch.tensor([0, 1]), torch.ones(2), (5, 2)),
            lambda s: s @ torch.ones(2, 2),
        ),
        (
            lambda: torch.sparse_csr_tensor(torch.tensor([0, 1, 2]), torch.tensor([0]), torch.ones(2), (2, 2)),
            lambda s: s.to_dense(),
        ),
        (
            lambda: torch.sparse_bsr_tensor(torch.tensor([0, 1]), torch.tensor([5]), torch.ones(1, 2, 2), (2, 2)),
            lambda s: s.to_dense(),
        ),
        (lambda: torch.eye(3).to_sparse(), lambda s: s.transpose(0, 5)),
        (lambda: torch.eye(3).to_sparse(), lambda s: s.select(0, 7)),
        (lambda: torch.eye(3).to_sparse(), lambda s: s[7]),
        (lambda: torch.eye(3).to_sparse(), lambda s: s.index_select(0, torch.tensor([7]))),
        (lambda: torch.eye(3).to_sparse(), lambda s: torch.cat([s, torch.eye(4).to_sparse()])),
    ],
)
def test_sparse_indices_are_not_believed(make, use):
    assert outcome(lambda: use(make())).startswith(("raised RuntimeError", "raised IndexError"))
