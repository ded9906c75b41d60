"""How the house is built: what may import what."""
import ast
import pathlib
import sys

import pytest

HOUSE = pathlib.Path(__file__).parents[1] / "mindtorch"


def imported(text, package):
    """(line, full name) of everything that a file of a package imports, inside functions too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for name in node.names:
                yield node.lineno, f"{module}.{name.name}"


def upward(text):
    below = ("mindtorch._core", "mindtorch._C", "mindspore", "numpy")
    return [f"{line}: {name}" for line, name in imported(text, "mindtorch._core")
            if name.split(".")[0] not in sys.stdlib_module_names
            and not any(name == b or name.startswith(b + ".") for b in below)]


@pytest.mark.parametrize("path", sorted((HOUSE / "_core").glob("*.py")), ids=lambda p: p.stem)
def test_the_core_imports_nothing_above_it(path):
    assert not upward(path.read_text(encoding="utf8"))


def test_what_counts_as_upward():
    assert upward("import os\nimport mindspore.mint\nfrom . import devices\nfrom .size import Size") == []
    text = "def f():\n    from mindtorch import nn\n    import mindtorch.optim\nfrom .._ops.table import registry\n"
    assert sorted(upward(text)) == ["2: mindtorch.nn", "3: mindtorch.optim", "4: mindtorch._ops.table.registry"]


SOURCES = [p for room in ("mindtorch", "mindnlp", "tests", "benchmarks")
           for end in ("*.py", "*.cc", "*.h", "*.cmake", "CMakeLists.txt") for p in (HOUSE.parent / room).rglob(end)]


def test_lines_have_at_most_120_columns():
    long = [f"{p.relative_to(HOUSE.parent)}:{n}" for p in SOURCES
            for n, line in enumerate(p.read_text(encoding="utf8").splitlines(), 1) if len(line) > 120]
    assert SOURCES and not long
