"""How public functions are called: signatures, names of arguments, numbers given as tensors, what handlers hear. All
expected values were recorded from the reference (tests/record_signatures.py, tests/heard.py,
tests/number_tensors.py)."""
import copy
import inspect
import json
import pathlib
import pickle
import traceback

import pytest

import mindtorch  # noqa: F401
import torch

from . import heard, number_tensors, signatures, unread
from .parity import codec

HERE = pathlib.Path(__file__).parent
F = torch.nn.functional


def known(section):
    """{name: reason} of what differs: tests/data/signature_gaps.json has {section: {reason: names}}."""
    gaps = json.loads((HERE / "data" / "signature_gaps.json").read_text())[section]
    return {name: reason for reason, names in gaps.items() for name in names}


def test_signatures():
    found, gaps = signatures.differences(), known("signatures")
    fresh = {name: words for name, words in found.items() if name not in gaps}
    assert not fresh, "differences without a reason"
    assert len(found) > 100 or not gaps  # the comparison sees something: what is mended may leave the list


def test_what_handlers_hear():
    recorded, gaps = json.loads((HERE / "data" / "heard.json").read_text())["heard"], known("heard")
    differ = {path: (said, got) for path, (count, said) in recorded.items()
              if (got := heard.call(torch, path, count)) != said}
    assert not {path: d for path, d in differ.items() if path not in gaps}


def test_functions_bind_as_the_reference_s():
    python, gaps = set(json.loads((HERE / "data" / "heard.json").read_text())["python"]), known("binds")
    differ = set()
    for space in heard.SPACES:
        for name in dir(heard.find(torch, space)):
            function = getattr(heard.find(torch, space), name)
            path = f"{space}.{name}"
            if name[0] != "_" and inspect.isroutine(function) and heard.binds(torch, path) != (path in python):
                differ.add(path)
    assert not differ - set(gaps)


def test_numbers_given_as_tensors():
    """Over the whole surface: a tensor of no dimension as each number, a number as each flag."""
    recorded, gaps = json.loads((HERE / "data" / "number_tensors.json").read_text()), known("numbers")
    ours = number_tensors.table(torch, codec.Reader(HERE / "parity" / "samples.zip", torch))
    differ = {f"{name} {place}": (want, ours.get(name, {}).get(place)) for name, places in recorded.items()
              for place, want in places.items() if ours.get(name, {}).get(place) != want}
    assert not {name: d for name, d in differ.items() if name not in gaps}


def test_no_signature_takes_any_keyword():
    from mindtorch._ops.table.registry import FUNCTIONS, NAMESPACES

    for name, function in [*FUNCTIONS.items(), *NAMESPACES["nn.functional"].items(), *NAMESPACES["linalg"].items()]:
        assert "_extra" not in str(inspect.signature(function)), name
    assert str(inspect.signature(torch.argmax)) == "(input, dim=None, keepdim=False, *, out=None)"
    assert str(inspect.signature(torch.Tensor.add)) == "(self, other, *, alpha=1)"
    assert list(inspect.signature(F.gelu).parameters) == ["input", "approximate", "out"]


def test_source_of_generated_functions():
    assert inspect.getsource(torch.add).startswith("def add(input, other, *, alpha=1, out=None):\n")
    assert inspect.getsource(torch.linalg.solve) != inspect.getsource(torch.linalg.inv)
    with pytest.raises(RuntimeError) as caught:
        torch.add(torch.ones(2), torch.ones(3))
    shown = "".join(traceback.format_exception(caught.value))
    assert "in add\n    if out is None: return _pointwise(" in shown


@pytest.mark.parametrize("function", [torch.add, torch.linalg.solve, F.relu, F.linear, torch.Tensor.add, torch.zeros,
                                      torch.fft.fft, torch.special.erf, torch.Tensor.__add__, torch.split],
                         ids=lambda f: f"{f.__module__}.{f.__qualname__}")
def test_public_functions_pickle_by_name(function):
    assert pickle.loads(pickle.dumps(function)) is function and copy.deepcopy(function) is function


@pytest.mark.parametrize("call, words", [
    (lambda x: torch.add(x, x, foo=1), r"add\(\) got an unexpected keyword argument 'foo'"),
    (lambda x: torch.add(x, x, alpha="s"), r"argument 'alpha' must be Number, not str"),
    (lambda x: F.leaky_relu(x, "s"), r"argument 'negative_slope' \(position 2\) must be Number, not str"),
    (lambda x: F.leaky_relu(x, torch.tensor([1.0])), r"'negative_slope' \(position 2\) must be Number, not Tensor"),
    (lambda x: F.leaky_relu(x, torch.tensor(1.0, requires_grad=True)), "must be Number, not Tensor"),
    (lambda x: torch.sum(x, 0, 1), r"argument 'keepdim' \(position 3\) must be bool, not int"),
    (lambda x: torch.sum(x, 0, keepdim="a"), "argument 'keepdim' must be bool, not str"),
    (lambda x: torch.relu([1.0]), "must be Tensor, not list"),
    (lambda x: x.add(x, out=x), "unexpected keyword argument 'out'"),
    (lambda x: torch.sum(x, dim=0, axis=0), "unexpected keyword argument 'axis'"),
])
def test_what_is_refused(call, words):
    with pytest.raises(TypeError, match=words):
        call(torch.ones(3))


def test_other_names_of_arguments():
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.argmax(x, axis=1).tolist() == [2, 2] and torch.sum(x, axis=1, keepdims=True).shape == (2, 1)
    assert torch.add(x1=x, x2=x).tolist() == (x + x).tolist() and torch.cat(tensors=[x, x], axis=1).shape == (2, 6)
    assert len(torch.hsplit(x, sections=3)) == 3 and len(torch.hsplit(x, indices=(1, 2))) == 3
    assert torch.rand(size=(2, 3)).shape == torch.randn(size=(2, 3)).shape == (2, 3)
    assert torch.linalg.matrix_norm(input=x).item() == torch.linalg.matrix_norm(x).item()
    assert torch.normal(torch.tensor(0.5), 1.0, size=(2,)).shape == (2,)
    csr = torch.sparse_csr_tensor(crow_indices=torch.tensor([0, 1]), col_indices=torch.tensor([0]),
                                  values=torch.ones(1), size=(1, 2))
    assert csr.to_dense().tolist() == [[1.0, 0.0]]
    with pytest.raises(RuntimeError, match="0 <= col_indices < ncols"):
        torch.sparse_csr_tensor(torch.tensor([0, 1]), torch.tensor([5]), torch.ones(1), (1, 2), check_invariants=True)


def test_python_types_as_dtypes():
    x = torch.ones(2)
    assert x.to(float).dtype is torch.float64 and x.to(int).dtype is torch.int64
    assert x.to("cpu", bool).dtype is torch.bool
    assert F.softmax(x, 0, dtype=float).dtype is torch.float64 and x.sum(dtype=int).dtype is torch.int64
    assert torch.finfo(float).bits == 64 and torch.iinfo(int).max == 2**63 - 1
    assert torch.zeros(1, dtype=complex).dtype is torch.complex128


def test_every_argument_is_read():
    """An argument that is accepted and ignored is a silent fault: each one has a reason."""
    reasons = json.loads((HERE / "data" / "unread_arguments.json").read_text())
    found = unread.everywhere()
    assert not found - {place for places in reasons.values() for place in places}
    assert len(found) > 100  # the search finds what is known
