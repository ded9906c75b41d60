"""make_fx: operators by the names that the reference gives them, and graphs that compute what the functions do."""

import json
import pathlib

import pytest

import torch
from tests import fx_operators
from torch.fx.experimental.proxy_tensor import make_fx

RECORDED = json.loads((pathlib.Path(__file__).parent / "data" / "fx_operators.json").read_text())
_ALL = "all results are taken out of a tuple there, here those that are used"
_WHOLE = "the function stays one step: torch.ops.aten has no such operator here, or one with other arguments"
_OTHER = "the public function is another operator here"
KNOWN_GAPS = {
    **dict.fromkeys(("split", "chunk", "maxd", "sort", "topk"), _ALL),
    **dict.fromkeys(
        (
            "norm",
            "interp",
            "einsum",
            "mse",
            "ce",
            "nll",
            "bce",
            "inorm",
            "unfold",
            "cdist",
            "normalize",
            "idx",
            "mask",
            "T",
        ),
        _WHOLE,
    ),
    **dict.fromkeys(("logic", "std"), _OTHER),
}


@pytest.mark.parametrize("name", fx_operators.CALLS)
def test_operators(name):
    got = fx_operators.operators(fx_operators.CALLS[name])
    assert (got == RECORDED[name]) == (name not in KNOWN_GAPS), (got, RECORDED[name])


@pytest.mark.parametrize("name", fx_operators.CALLS)
def test_graphs_compute_what_functions_do(name):
    call, m = fx_operators.CALLS[name], fx_operators.m
    made, want = make_fx(lambda t: call(), pre_dispatch=True)(m)(m), call()
    for a, b in zip(torch.utils._pytree.tree_leaves(made), torch.utils._pytree.tree_leaves(want)):
        assert torch.allclose(a, b, equal_nan=True) and a.dtype == b.dtype


def test_inputs_and_constants():
    linear = torch.nn.Linear(2, 2)
    made = make_fx(lambda d, k: linear(d["a"]).sum() + k + torch.ones(2) * fx_operators.i)({"a": torch.ones(3, 2)}, 3)
    a = torch.randn(3, 2)
    assert torch.equal(made({"a": a}, 3), linear(a).sum() + 3 + torch.ones(2) * fx_operators.i)
    assert [n for n in made.state_dict()] == ["_param_constant0", "_param_constant1", "_tensor_constant0"]
    assert "fx_pytree.tree_flatten_spec([d, k], self._in_spec)" in made.code
    flat = make_fx(lambda a, b: torch.relu(a) + b)(a, a)
    assert [n.name for n in flat.graph.nodes] == ["a_1", "b_1", "relu", "add", "output"] and flat.graph.find_nodes(
        op="placeholder"
    )[0].meta["val"].shape == (3, 2)


def test_decompositions_and_sizes():
    aten = torch.ops.aten
    made = make_fx(lambda a: torch.nn.functional.silu(a), {aten.silu.default: lambda a: a * torch.sigmoid(a)})(
        torch.ones(2)
    )
    assert [n.name for n in made.graph.nodes] == ["a_1", "sigmoid", "mul", "output"]
    b = torch.randn(2)
    assert torch.allclose(made(b), torch.nn.functional.silu(b))
    symbolic = make_fx(lambda a: a.view(a.shape[0] * 2, -1), tracing_mode="symbolic")(torch.ones(2, 4))
    assert symbolic(torch.ones(5, 4)).shape == (10, 2)
    with pytest.raises(RuntimeError, match="you're trying to get value out of a tracing tensor"):
        make_fx(lambda a: a + 1 if a.sum() > 0 else a)(torch.ones(2))
