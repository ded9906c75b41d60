"""torch.fx against graphs recorded from the reference, and what can be done with graphs."""

import json
import pathlib
import re

import pytest

from tests import fx_cases

RECORDED = json.loads((pathlib.Path(__file__).parent / "data" / "fx.json").read_text())
# public names of what the reference calls by where its builtins live
_NAMES = [
    (r"torch\._C\._nn\.", "torch.nn.functional."),
    (r"torch\._C\._linalg\.linalg_", "torch.linalg."),
    (r"torch\._C\._fft\.fft_", "torch.fft."),
    (r"torch\.functional\.", "torch."),
    (r"0x[0-9a-f]+", "0x"),
    (r"<built-in method (\w+) of type object at 0x>", r"<function \1 at 0x>"),
    (r"(tests\.|__main__\.|tests_|__main___)(?=fx_cases|kept_whole|Pair)", ""),
    (r"fx_cases[._]", ""),
]


def public(value):
    """Names in nested data as both write them."""
    if isinstance(value, list):
        return [public(v) for v in value]
    for pattern, name in _NAMES:
        value = re.sub(pattern, name, value) if isinstance(value, str) else value
    return value


@pytest.mark.parametrize("name", fx_cases.MODULES)
def test_graph_is_the_reference_s(name):
    got, want = fx_cases.described(fx_cases.MODULES[name]()), RECORDED["modules"][name]
    for key in ("class", "nodes", "modules", "keys", "shapes"):
        assert public(got[key]) == public(want[key]), key


# calls whose arguments the reference keeps as written (by name or by place), where we know values only
AS_WRITTEN = {"functionals"}


@pytest.mark.parametrize("name", sorted(fx_cases.MODULES.keys() - AS_WRITTEN))
def test_code_is_the_reference_s(name):
    got, want = fx_cases.described(fx_cases.MODULES[name]()), RECORDED["modules"][name]
    assert public(got["code"]) == public(want["code"])
    assert public(got["readable"]) == public(want["readable"])


@pytest.mark.parametrize("name", fx_cases.REFUSED)
def test_refusals(name):
    assert fx_cases.refusal(fx_cases.REFUSED[name]) == RECORDED["refused"][name]


def test_threads_that_trace_at_once():
    import threading

    import torch
    from torch import fx, nn

    before = (
        nn.Module.__call__,
        nn.Module.__getattr__,
        torch.autograd.Function.apply.__func__,
        vars(torch.Tensor)["shape"],
    )
    failed, net = [], fx_cases.Nested()
    expected = fx.symbolic_trace(net).code

    def work(number):
        try:
            for _ in range(5):
                if number % 2:
                    assert fx.symbolic_trace(net).code == expected
                else:
                    torch.export.export(net, (torch.ones(number + 2, 3),), dynamic_shapes=({0: torch.export.Dim("n")},))
                assert net(torch.ones(1, 3))[0].shape == (1, 3)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    assert before == (
        nn.Module.__call__,
        nn.Module.__getattr__,
        torch.autograd.Function.apply.__func__,
        vars(torch.Tensor)["shape"],
    )


def test_copies_and_files(tmp_path):
    import copy
    import pickle
    import subprocess
    import sys

    import torch
    from torch import fx

    net = fx_cases.Nested()
    made, x = fx.symbolic_trace(net), torch.randn(2, 3)
    want = net(x)
    for other in (copy.deepcopy(made), copy.copy(made), pickle.loads(pickle.dumps(made))):
        assert (
            all(torch.equal(a, b) for a, b in zip(other(x), want))
            and other.code == made.code
            and type(other).__name__ == "Nested"
        )
    assert copy.deepcopy(made).block.lin is not made.block.lin and copy.copy(made).block.lin is made.block.lin
    made.to_folder(tmp_path / "written", "Written")
    torch.save(x, tmp_path / "x.pt")
    program = (
        "import torch; from written import Written; print(sum(t.sum().item() for t in Written()(torch.load('x.pt'))))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**__import__("os").environ, "PYTHONPATH": f"{pathlib.Path(__file__).parent.parent}:{tmp_path}"},
    )
    assert shown.returncode == 0 and float(shown.stdout) == pytest.approx(sum(t.sum().item() for t in want)), (
        shown.stderr
    )


def test_submodules_and_hooks():
    import torch
    from torch import fx, nn

    made = fx.symbolic_trace(fx_cases.Nested())
    assert (
        made.add_submodule("a.b", nn.ReLU()) and not made.delete_submodule("nowhere") and isinstance(made.a.b, nn.ReLU)
    )
    with pytest.raises(AttributeError):
        made.graph.call_module("zzz")
    with pytest.warns(UserWarning, match="Attempted to insert a get_attr Node with no underlying reference"):
        node = made.graph.get_attr("zzz")
    with pytest.raises(RuntimeError, match="references nonexistent attribute zzz of "):
        made.graph.lint()
    made.graph.erase_node(node)
    made.delete_all_unused_submodules()
    assert not hasattr(made, "a") and hasattr(made, "block")
    log = []
    made._register_create_node_hook(lambda n: log.append(("new", n.name)))
    made._register_erase_node_hook(lambda n: log.append(("gone", n.name)))
    made._register_replace_node_hook(lambda old, new, user: log.append((old.name, new, user.name)))
    first = next(n for n in made.graph.nodes if n.op == "call_module")
    with made.graph.inserting_after(first):
        added = made.graph.call_function(torch.relu, (first,))
    first.replace_all_uses_with(added, lambda user: user is not added)
    assert log == [("new", "relu"), (first.name, "relu", "block_act")]
    with pytest.raises(RuntimeError, match="Tried to erase Node relu but it still had 1 users in the graph"):
        made.graph.erase_node(added)


def test_error_in_generated_code():
    import torch
    from torch import fx

    made = fx.symbolic_trace(lambda x: torch.relu(x).nope(1))
    with pytest.raises(AttributeError) as raised:
        made(torch.ones(2))
    assert "line 6 of the traced Module's generated forward function" in raised.value.__notes__[0]


def test_optimization_and_passes():
    import torch
    from torch import fx, nn
    from torch.fx.experimental.optimization import fuse, remove_dropout
    from torch.fx.passes.infra.pass_manager import PassManager, this_before_that_pass_constraint

    net = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(0.1)).eval()
    net[1].running_mean.fill_(0.3)
    x = torch.randn(1, 1, 3, 3)
    fused = fuse(net)
    assert [type(m).__name__ for m in fused.modules()] == [
        "GraphModule",
        "Conv2d",
        "ReLU",
        "Dropout",
    ] and torch.allclose(fused(x), net(x), atol=1e-6)
    assert "_3" not in remove_dropout(net).code

    def renamed(number):
        def run(gm):
            order.append(number)
            return fx.passes.infra.pass_base.PassResult(gm, False)

        run.__name__ = f"pass{number}"
        return run

    order = []
    first, second = renamed(1), renamed(2)
    PassManager([second, first], [this_before_that_pass_constraint(first, second)])(fx.symbolic_trace(net))
    assert order == [1, 2]
