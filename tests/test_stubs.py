"""torch-stubs: up to date, true of the recorded samples, found by type checkers, right about scripts."""
import ast
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import types as python_types
import typing

import pytest

import mindtorch as torch

from .parity import replay
from .stubs import generate, rooms, types

HERE = pathlib.Path(__file__).parent


def test_they_are_up_to_date():
    """In a process of its own: what transformers and other tests did to modules is no part of the surface."""
    done = subprocess.run([sys.executable, "-m", "tests.stubs", "--check"], cwd=HERE.parent, capture_output=True,
                          text=True, env=os.environ | {"PYTHONPATH": str(HERE.parent)})
    assert done.returncode == 0, "run `make stubs`: " + done.stdout + done.stderr[-2000:]


def names():
    """The names of _typing.pyi as types that can be asked."""
    scope = {"torch": torch}
    exec(types.ALIASES.replace("from torch import Generator as Generator, Tensor as Tensor\n",
                               "Generator, Tensor = torch.Generator, torch.Tensor\n"), scope)
    return {**scope, "Size": torch.Size, "return_types": torch.return_types}


SCOPE = names()


def fits(value, kind):
    """Whether a value is of an annotated type."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is typing.Any:
        return True
    if origin in (typing.Union, python_types.UnionType):
        return any(fits(value, k) for k in inner)
    if origin is typing.Literal:
        return value in inner
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is None or kind is type(None):
        return value is None
    if origin is tuple:
        kinds = inner[:1] * len(value) if inner[-1] is ... else inner
        return isinstance(value, tuple) and len(kinds) == len(value) and all(map(fits, value, kinds))
    if origin is not None and inner:
        return isinstance(value, (list, tuple)) and all(fits(v, inner[0]) for v in value)
    return isinstance(value, kind)


def declared(place):
    """{name: [the forms of a function]} of one stub, a class's methods as Class.name."""
    found = {}
    folder = generate.ROOT / place.replace(".", "/")
    for path in (folder.with_suffix(".pyi"), folder / "__init__.pyi"):
        if path.exists():
            tree = ast.parse(path.read_text(encoding="utf8"))
            for node in tree.body:
                for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
                    if isinstance(inner, ast.FunctionDef):
                        name = inner.name if inner is node else f"{node.name}.{inner.name}"
                        found.setdefault(name, []).append(inner)
    return found


STUBS = {p: declared(p) for p in ("", "nn.functional", "linalg", "fft", "special")}


def mismatch(form, args, kwargs, results):
    """None, or what of a call does not fit a form; `results` is a list of one result."""
    a = form.args
    made = inspect.Signature([
        *(inspect.Parameter(p.arg, inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in a.args),
        *([inspect.Parameter(a.vararg.arg, inspect.Parameter.VAR_POSITIONAL)] if a.vararg else []),
        *(inspect.Parameter(p.arg, inspect.Parameter.KEYWORD_ONLY) for p in a.kwonlyargs),
        *([inspect.Parameter(a.kwarg.arg, inspect.Parameter.VAR_KEYWORD)] if a.kwarg else [])])
    try:
        bound = made.bind_partial(*args, **kwargs)
    except TypeError as error:
        return str(error)
    needed = a.args[: len(a.args) - len(a.defaults)]
    missing = [p.arg for p in needed if p.arg not in bound.arguments]
    if missing:
        return f"{missing} not given"
    for p in (*a.args, *a.kwonlyargs, *([a.vararg] if a.vararg else [])):
        if p.arg in bound.arguments and p.annotation is not None:
            kind, value = eval(ast.unparse(p.annotation), SCOPE), bound.arguments[p.arg]
            for v in value if p is a.vararg else (value,):
                if not fits(v, kind):
                    return f"{p.arg} is {type(v).__name__}, not {ast.unparse(p.annotation)}"
    kind = eval(ast.unparse(form.returns), SCOPE)
    wrong = [type(r).__name__ for r in results if not fits(r, kind)]
    return f"gives {wrong[0]}, not {ast.unparse(form.returns)}" if wrong else None


def test_what_fits():
    form = ast.parse("def f(self, dim: Ints = 0, *, out: Tensor | None = None) -> tuple[Tensor, ...]: ...").body[0]
    x = torch.ones(2)
    assert mismatch(form, (x, (0, 1)), {"out": x}, [(x, x)]) is None
    assert "dim is str" in mismatch(form, (x, "a"), {}, [])
    assert "gives Tensor" in mismatch(form, (x,), {}, [x])
    assert "unexpected keyword" in mismatch(form, (x,), {"dims": 0}, [])
    assert "not given" in mismatch(form, (), {"dim": 0}, [])


@pytest.mark.filterwarnings("ignore")
def test_the_recorded_calls_fit():
    wrong, judged = {}, set()
    for sample in replay.load().rows:
        if "result" not in sample or "op" not in sample:
            continue
        name = sample["op"]
        place, _, short = name.rpartition(".")
        forms = STUBS.get(place, {}).get(short) or STUBS[""].get("Tensor." + name)
        if forms is None or name in wrong:
            continue
        args, kwargs = replay.load().decode(sample["args"]), replay.load().decode(sample["kwargs"])
        found = [mismatch(f, args, kwargs, [replay.resolve(name)(*args, **kwargs)]) for f in forms]
        judged.add(name)
        if all(found):
            wrong[name] = found
    assert not wrong, f"{len(wrong)}: {wrong}"
    assert len(judged) > 550


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Two environments with the stubs where pip puts them: beside the shim's torch, and alone."""
    found = {}
    for kind in ("shim", "alone"):
        folder = tmp_path_factory.mktemp(kind)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        site = next(folder.glob("lib/python*/site-packages"))
        shutil.copytree(generate.ROOT, site / "torch-stubs")
        if kind == "shim":
            shutil.copytree(pathlib.Path(torch.__file__).parent / "_redirect" / "torch", site / "torch")
        found[kind] = folder / "bin" / "python"
    return found


def marked(text):
    """{(file, line)} of the errors in a checker's report."""
    lines = re.findall(r"^\s*(\S+?\.py):(\d+)(?::\d+)? ?[:-] error", text, re.M)
    return {(pathlib.Path(file).name, int(line)) for file, line in lines}


def mypy(python, folder, *paths):
    command = [sys.executable, "-m", "mypy", "--python-executable", python, "--config-file=", "--check-untyped-defs",
               "--cache-dir", folder / "cache", *paths]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def expected(path):
    return {(path.name, i) for i, line in enumerate(path.read_text().splitlines(), 1) if "# wrong" in line}


# what checkers rightly mark in scripts that run: a dict of arguments of several types, one name for two types, a
# gradient that could be None
DOUBTFUL = {("vae.py", "**"), ("rnn_lm.py", "Tensor | None"), ("gpt.py", "Incompatible types in assignment")}


@pytest.mark.parametrize("kind", ("shim", "alone"))
def test_mypy_on_real_scripts(environment, tmp_path, kind):
    scripts = [p for p in (HERE / "scripts").glob("*.py") if "transformers" not in p.read_text()]
    assert len(scripts) >= 5
    paths = [shutil.copy(p, tmp_path) for p in (*scripts, HERE / "stubs" / "editor.py", HERE / "stubs" / "mistakes.py")]
    report = mypy(environment[kind], tmp_path, *paths)
    kept = "\n".join(line for line in report.splitlines() if not any(f in line and w in line for f, w in DOUBTFUL))
    assert marked(kept) == expected(HERE / "stubs" / "mistakes.py"), report


def test_every_name_is_there():
    tree = ast.parse((generate.ROOT / "__init__.pyi").read_text(encoding="utf8"))
    shown = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    shown |= {a.asname for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
    shown |= {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign)}
    shown |= {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets}
    assert {n for n in rooms.public(torch) if n.isidentifier()} - shown - {"import", "torch"} == set()


def test_the_wheel_takes_them_along():
    import tomllib

    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    assert {"torch-stubs", "mindtorch"} <= set(project["tool"]["scikit-build"]["wheel"]["packages"])
    assert (pathlib.Path(torch.__file__).parent / "py.typed").exists()
