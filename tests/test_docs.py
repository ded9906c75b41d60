"""The documentation: every Python block runs, every command is one that there is, every page is in the site, its links
lead somewhere, and errors that the code names are in the glossary."""
import pathlib
import re
import shlex
import sys

import pytest

import mindtorch  # noqa: F401
from mindtorch.__main__ import main

from .coverage import pages

ROOT = pathlib.Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "README.md"])
# code that is part of a change of the project, or a fragment for a reader's own files: what shows it instead
ELSEWHERE = {"CONTRIBUTING.md": "tests/test_examples.py runs operators that are declared so",
             "README.md": "mindnlp/demo.py, which tests/test_demo.py runs"}


def blocks(path):
    """[(language, text)] of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```", path.read_text(encoding="utf8"), re.M | re.S)


def test_every_block_says_what_it_is():
    assert {lang for p in PAGES if p.name not in ELSEWHERE for lang, _ in blocks(p)} <= {"python", "sh", "text", ""}


@pytest.mark.parametrize("path", [p for p in PAGES if p.name not in ELSEWHERE and any(
    lang == "python" for lang, _ in blocks(p))], ids=lambda p: p.name)
def test_python_blocks_run(path, tmp_path, monkeypatch, capsys):
    """All of a page in order, in one namespace, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    scope = {"__name__": "__docs__"}
    for lang, text in blocks(path):
        if lang == "python":
            exec(compile(text, str(path), "exec"), scope)


def commands():
    for path in PAGES:
        for lang, text in blocks(path):
            if lang in ("sh", "") and path.name not in ("architecture.md",):
                yield from ((path.name, line.split("#")[0].strip()) for line in text.splitlines()
                            if line.strip() and (lang or line.startswith(("make", "python", ".venv"))))


@pytest.mark.parametrize("page, line", [c for c in commands() if c[1]], ids=lambda v: v)
def test_commands_are_there(page, line, capsys):
    words = shlex.split(line)
    if words[0] == "make":
        targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
        assert {w for w in words[1:] if "=" not in w} <= targets
    elif words[:3] == ["python", "-m", "mindtorch"]:
        if words[3] in ("run", "softcann", "selftest"):
            assert words[3] in main.__globals__["__doc__"]
            return
        if words[3] in ("shim", "env"):
            arguments = [words[3], "status"] if words[3] == "shim" else ["env"]
            assert main(arguments) == 0
            return
        with pytest.raises(SystemExit) as stopped:  # its options are known
            main([words[3], "--help"])
        assert stopped.value.code == 0
        told = capsys.readouterr().out
        assert all(w.partition("=")[0] in told for w in words[4:] if w.startswith("--")), told
    else:
        assert words[0] in ("python", "torchrun", "accelerate", ".venv/bin/python"), line


def test_the_site(tmp_path):
    """What MkDocs would complain of: pages that are not in the site, links and anchors that lead nowhere."""
    made = pages.gather(tmp_path)
    nav = re.findall(r":\s+(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.M)
    assert sorted(nav) == sorted(made)
    anchors = {n: {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-")
                   for h in re.findall(r"^#+ (.*)$", t, re.M)} for n, t in made.items()}
    for name, text in made.items():
        plain = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", plain):
            if not target.startswith("http"):
                page, _, anchor = target.partition("#")
                assert (page or name) in made, (name, target)
                assert not anchor or anchor in anchors[page or name], (name, target)


def test_what_is_generated():
    rooms = pages.rooms()
    assert rooms["torch.nn.functional"]["linear"][1] == "full"
    assert rooms["torch.ao.quantization"]["quantize_dynamic"][1] == "raises"
    assert pages.lacking("torch.add", ["f", [["input", "other", "*", "alpha=", "one_that_is_not="]]]) == [
        "one_that_is_not"]
    assert "| torch.Tensor.conj" in pages.differences() or "| conj |" in pages.differences()
    for _, where in pages.known.BEHAVIOUR:
        assert (ROOT / where).exists(), where


def test_errors_that_link_are_in_the_glossary():
    glossary = (ROOT / "docs" / "errors.md").read_text()
    named = {m for p in (ROOT / "mindtorch").rglob("*.py")
             for m in re.findall(r"docs/errors\.md#([\w-]+)", p.read_text(encoding="utf8"))}
    assert named and named <= set(re.findall(r"^## (\S+)$", glossary, re.M))


def test_tests_that_are_named_exist():
    for path in PAGES:
        for name in re.findall(r"`(tests/[\w/]+\.py|benchmarks/\w+\.py|mindtorch/[\w/]+\.(?:py|json))`",
                               path.read_text(encoding="utf8")):
            assert (ROOT / name).exists(), (path.name, name)


def test_the_recorder_stands_alone():
    """The page on moving says that it needs torch and NumPy only."""
    text = (ROOT / "mindtorch" / "_tools" / "recorder.py").read_text()
    found = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.M))
    assert found - set(sys.stdlib_module_names) <= {"numpy", "torch", "mindtorch"}
