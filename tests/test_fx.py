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
