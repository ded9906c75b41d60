"""Source text made from data: entry points (operators.txt), what else MindSpore's back end looks for (symbols.txt)."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass

_HERE = pathlib.Path(__file__).parent
_C_TYPES = {
    "tensor": "const aclTensor *",
    "tensors": "const aclTensorList *",
    "scalar": "const aclScalar *",
    "ints": "const aclIntArray *",
    "floats": "const aclFloatArray *",
    "bools": "const aclBoolArray *",
    "text": "const char *",
    "int64": "int64_t ",
    "int32": "int32_t ",
    "int8": "int8_t ",
    "uint8": "uint8_t ",
    "uint64": "uint64_t ",
    "bool": "bool ",
    "double": "double ",
    "float": "float ",
}
_KINDS = {
    "tensor": "Tensor",
    "tensors": "Tensors",
    "scalar": "Scalar",
    "ints": "Ints",
    "floats": "Floats",
    "bools": "Bools",
    "text": "Text",
    "double": "Real",
    "float": "Real",
}
_DTYPES = {
    "f32": 0,
    "f16": 1,
    "i8": 2,
    "i32": 3,
    "u8": 4,
    "i16": 6,
    "u16": 7,
    "u32": 8,
    "i64": 9,
    "u64": 10,
    "f64": 11,
    "bool": 12,
    "c64": 16,
    "c128": 17,
    "bf16": 27,
    "i4": 29,
    "c32": 33,
}
_FLAGS = {"needed": 1, "dense": 2, "full": 4}


@dataclass
class Argument:
    """One argument of an operator, in the order of its C call."""

    name: str
    type: str
    direction: str
    dtypes: list[str]
    ranks: tuple[int, int]  # least and most, -1 where the page is silent
    flags: list[str]


@dataclass
class Operator:
    """An operator with the public page that describes it."""

    name: str
    page: str
    arguments: list[Argument]


def _ranks(text: str) -> tuple[int, int]:
    if text == "-":
        return -1, -1
    least, most = text.split(":")
    return int(least or -1), int(most or -1)


def operators() -> list[Operator]:
    """What operators.txt holds."""
    found: list[Operator] = []
    for line in (_HERE / "operators.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        words = line.split()
        if not line.startswith(" "):
            found.append(Operator(words[0], words[1], []))
            continue
        name, kind, direction, dtypes, ranks, flags = words
        found[-1].arguments.append(
            Argument(
                name,
                kind,
                direction,
                [] if dtypes == "-" else dtypes.split(","),
                _ranks(ranks),
                [] if flags == "-" else flags.split(","),
            )
        )
    return found


def _value(argument: Argument, place: int) -> str:
    if argument.type in ("double", "float"):
        return f"raw(static_cast<double>(a{place}))"
    if argument.type in _KINDS:
        return f"raw(static_cast<const void *>(a{place}))"
    return f"raw(static_cast<int64_t>(a{place}))"


def _entry(operator: Operator) -> str:
    rows = []
    for a in operator.arguments:
        mask = sum(1 << _DTYPES[d] for d in a.dtypes)
        flags = sum(_FLAGS[f] for f in a.flags) | (8 if a.direction != "in" else 0)
        rows.append(
            f'{{"{a.name}", Kind::{_KINDS.get(a.type, "Integer")}, {mask:#x}u, {a.ranks[0]}, {a.ranks[1]}, {flags}}}'
        )
    n = len(rows)
    parameters = "".join(f"{_C_TYPES[a.type]}a{i}, " for i, a in enumerate(operator.arguments))
    values = ", ".join(_value(a, i) for i, a in enumerate(operator.arguments))
    name = operator.name
    return f"""static const Argument arguments_{name}[] = {{{", ".join(rows)}}};
static const Operator operator_{name} = {{"{name}", "{operator.page}", arguments_{name}, {n}}};
API int {name}GetWorkspaceSize({parameters}uint64_t *size, aclOpExecutor **executor) {{
  const Raw values[] = {{{values}}};
  return plan(operator_{name}, values, size, executor);
}}
API int {name}(void *, uint64_t, aclOpExecutor *executor, void *stream) {{ return launch(executor, stream); }}
"""


def entry_points() -> str:
    """C++ with both phases of every operator."""
    return '#include "descriptors.h"\nusing namespace softcann;\n' + "".join(_entry(o) for o in operators())


def symbols() -> dict[str, str]:
    """Name -> what its stub does."""
    rows = (
        line.split()
        for line in (_HERE / "symbols.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    return {name: what for name, what in rows}


def defined(sources: list[pathlib.Path]) -> set[str]:
    """The C names that the sources export."""
    found: set[str] = set()
    for source in sources:
        found.update(re.findall(r"^API [\w ]*?[ *]*(\w+)\(", source.read_text(encoding="utf-8"), re.M))
    return found


def stubs(sources: list[pathlib.Path]) -> str:
    """C++ for the names that MindSpore looks for and the sources do not define."""
    own = defined(sources)
    bodies = {
        "quiet": "int {0}() {{ return kOk; }}",
        "refuse": 'int {0}() {{ return absent("{0}"); }}',
        "null": 'void *{0}() {{ absent("{0}"); return nullptr; }}',
        "text": 'const char *{0}() {{ absent("{0}"); return "not part of the software CANN"; }}',
    }
    lines = [
        '#include "runtime.h"',
        "using namespace softcann;",
        "static int absent(const char *name) {",
        "  count_missing(name);",
        '  return fail(kNotSupported, "%s is not part of the software CANN", name);',
        "}",
    ]
    lines += [
        "API " + bodies[what].format(name) for name, what in symbols().items() if what in bodies and name not in own
    ]
    return "\n".join(lines) + "\n"


def graph_stubs() -> str:
    """C for the graph engine's C++ names: asm labels, since their types are not here."""
    lines = [
        "#include <stdio.h>",
        "#include <stdlib.h>",
        "static void lost(const char *name) {",
        '  fprintf(stderr, "softcann: %s belongs to the graph engine, which is not here\\n", name);',
        "  abort();",
        "}",
        '#define SHOWN __attribute__((visibility("default")))',
    ]
    for i, (name, what) in enumerate((n, w) for n, w in symbols().items() if w in ("load", "abort")):
        body = "return 0;" if what == "load" else f'lost("{name}"); return 0;'
        lines.append(f'SHOWN long stub{i}(void) __asm__("{name}");\nlong stub{i}(void) {{ {body} }}')
    return "\n".join(lines) + "\n"
