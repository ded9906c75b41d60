"""`python -m mindtorch check PATH...`: what will happen to code that was written for PyTorch, line by line."""
import argparse
import importlib.machinery
import json
import os
import pathlib
import re
import subprocess
import sys
import warnings
from typing import NamedTuple

from .api import HERE, api
from .decide import OPEN, RAISES, SKIPPED, VERDICTS, WORKS, Decider
from .reading import File
from .reports import FORMATS
from .values import Literal, Name

_LEFT_OUT = {"__pycache__", "build", "dist", "node_modules", "site-packages"}


class Finding(NamedTuple):
    """A use of torch and what will happen there."""

    path: str
    line: int
    column: int
    end: int
    text: str
    name: str
    kind: str
    why: str
    rule: str
    reference: str = ""


class Report:
    """What was read and found."""

    def __init__(self, version):
        self.version, self.findings, self.broken, self.unread = version, [], [], set()
        self.files = self.concerned = 0
        self.first_step = ""


class Advice:
    """Rules of advice.json: packages, devices and dtypes that code for CUDA has."""

    def __init__(self, rules=None):
        self.rules = json.loads((HERE / "advice.json").read_text(encoding="utf8")) if rules is None else rules

    def first(self, key, value):
        """The rule whose list `key` has the value."""
        return next((r for r in self.rules if value in r.get(key, ())), None)

    def of_file(self, file, device):
        """Findings of one file, one for each text or import that a rule knows."""
        for each in file.foreign:
            rule = self.first("imports", each.module.split(".")[0])
            if rule:
                yield self.finding(file, each.line, each.column, each.module, rule, each.guard)
        for line, column, text, guard in file.devices:
            rule = self.first("devices", text.split(":")[0])
            if rule:
                yield self.finding(file, line, column, repr(text), rule, guard)
        for use in file.uses:
            rule = next((r for r in self.rules if any(use.name == n or use.name.startswith(n + ".")
                                                      for n in r.get("names", ()))), None)
            if rule and use.how in ("import", "call"):
                yield self.finding(file, use.line, use.column, use.name, rule, use.guard)
            if use.how == "name" and device == "npu" and use.name.startswith("torch.") and (
                    rule := self.first("dtypes", use.name[6:])):
                yield self.finding(file, use.line, use.column, use.name, rule, "")
            whole = next((r for r in self.rules if r.get("integer_device")), None)
            if whole and (use.name.rpartition(".")[2] in ("to", "cuda") and use.how in ("method", "call")
                          or use.name == "torch.device" and use.how == "call"):
                first = use.args[0] if use.args else dict(use.keywords).get("device")
                if isinstance(first, Literal) and type(first.value) is int:
                    yield self.finding(file, use.line, use.column, use.name, whole, "")

    @staticmethod
    def finding(file, line, column, name, rule, guard):
        kind = rule["verdict"]
        if guard and kind in (RAISES, OPEN):
            kind = SKIPPED
        text = file.lines[line - 1] if line <= len(file.lines) else ""
        return Finding(str(file.path), line, column, column + len(name.split(".")[-1]), text, name, kind,
                       (f"{guard}: " if guard else "") + rule["says"], rule["id"], rule["reference"])


def sources(paths):
    """The Python files of files and folders; FileNotFoundError for what is not there."""
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            for found in sorted(path.rglob("*.py")):
                inner = found.relative_to(path).parts[:-1]
                if not any(p in _LEFT_OUT or p.startswith(".") for p in inner):
                    yield found
        elif path.exists():
            yield path
        else:
            raise FileNotFoundError(f"{path} is not there")


class Follower:
    """Where imports lead, without importing anything."""

    def __init__(self):
        self.defined = {}

    @staticmethod
    def top(name, folder):
        """The file or folder of a top-level module."""
        spec = importlib.machinery.PathFinder.find_spec(name, [str(folder), *sys.path])
        if spec is None or not spec.origin and not spec.submodule_search_locations:
            return None
        return pathlib.Path(list(spec.submodule_search_locations)[0]) if spec.submodule_search_locations else (
            pathlib.Path(spec.origin))

    @staticmethod
    def inside(place, parts):
        """The file or folder of a submodule."""
        for part in parts:
            if (place / part).is_dir():
                place = place / part
            elif (place / f"{part}.py").exists():
                return place / f"{part}.py"
            else:
                return None
        return place

    def definitions(self, package):
        """{name: file} of classes and functions at the top of a package's files."""
        if package not in self.defined:
            found = self.defined[package] = {}
            for path in sorted(package.rglob("*.py")):
                for name in re.findall(r"^(?:class|def) (\w+)", path.read_text(encoding="utf8", errors="replace"),
                                       re.M):
                    found.setdefault(name, path)
        return self.defined[package]

    def targets(self, path, level, module, names):
        """Files that an import in `path` reaches."""
        parts = module.split(".") if module else []
        if level:
            place = path.parent
            for _ in range(level - 1):
                place = place.parent
        else:
            if not parts or parts[0] in sys.stdlib_module_names or parts[0] in ("torch", "mindtorch", "mindspore"):
                return
            place = self.top(parts[0], path.parent)
            if place is None or place.suffix not in ("", ".py"):
                return
            parts = parts[1:]
        found = self.inside(place, parts) if place.is_dir() else place
        if found is None:
            return
        if found.is_file():
            yield found
            return
        for name in names:
            inner = self.inside(found, [name])
            if inner is not None:
                yield inner if inner.is_file() else inner / "__init__.py"
            elif (target := self.definitions(found).get(name)) is not None:
                yield target
        if (found / "__init__.py").exists():
            yield found / "__init__.py"


def examine(paths, device="npu", follow=0, advice=None):
    """A Report of files and folders; `follow` is how many imports deep."""
    known, report = api(), None
    decider, advice, follower = Decider(known, device), advice or Advice(), Follower()
    report = Report(known.version)
    queue = [(p, 0) for p in dict.fromkeys(sources(paths))]
    seen = {p.resolve() for p, _ in queue}
    own = set(seen)
    while queue:
        path, depth = queue.pop(0)
        report.files += 1
        try:
            text = path.read_text(encoding="utf8")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                file = File(path, text, known)
        except (SyntaxError, UnicodeDecodeError, OSError, RecursionError) as error:
            report.broken.append((path, f"{type(error).__name__}: {error}"))
            continue
        if "torch" in text:
            report.concerned += any(u.name.startswith("torch") for u in file.uses)
            found = [*_decided(file, decider), *advice.of_file(file, device)]
            report.findings += sorted(found, key=lambda f: (f.line, f.column, VERDICTS.index(f.kind)))
        for level, module, names in file.imports:
            first = module.split(".")[0]
            if not level and depth >= follow and first not in sys.stdlib_module_names and first not in (
                    "numpy", "mindspore", "torch", "mindtorch"):
                where = follower.top(first, path.parent)
                if where is None or where.resolve() not in own and not any(
                        p.is_relative_to(where.resolve()) for p in own if where.is_dir()):
                    report.unread.add(first)
            if depth < follow:
                for target in follower.targets(path, level, module, names):
                    if target.resolve() not in seen and target.exists():
                        seen.add(target.resolve())
                        queue.append((target, depth + 1))
    return report


def _decided(file, decider):
    if not any(u.name.startswith("torch") for u in file.uses):
        return  # a method of anything is torch's only where torch is
    seen = set()
    for use in file.uses:
        told = decider.decide(use)
        if told is None or (use.line, use.column, use.name, use.how) in seen:
            continue
        seen.add((use.line, use.column, use.name, use.how))
        name = use.name.replace("?.", "(unknown).")
        text = file.lines[use.line - 1] if use.line <= len(file.lines) else ""
        line_end = use.end if use.end > use.column else len(text)
        yield Finding(str(file.path), use.line, use.column, line_end, text, name, told.kind, told.why, told.rule)


def first_step(script, arguments, seconds):
    """What the first optimiser step of a script says, in a process of its own."""
    package = str(HERE.parents[1])
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH")) if p))
    command = [sys.executable, "-m", "mindtorch._tools.recorder", "--steps", "1", "--only-run", script, *arguments]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"no optimiser step within {seconds:g} seconds"
    if "mindtorch: stopped after step 1" in done.stderr:
        return "ran"
    if done.returncode == 0:
        return "the script ended without an optimiser step"
    return "failed: " + (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]


def command(arguments):
    """Entry point; 0 nothing raises, 1 something does (or, with --strict, is not decided), 2 wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m mindtorch check", description=__doc__)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a script or a folder; with --run a script")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument("--output", metavar="FILE", help="write there instead of to stdout")
    parser.add_argument("--all", action="store_true", help="what works, and every repetition, too")
    parser.add_argument("--follow", nargs="?", type=int, const=2, default=0, metavar="DEPTH",
                        help="read the packages that are imported, so many imports deep (2)")
    parser.add_argument("--device", choices=["cpu", "npu"], default="npu",
                        help="cpu: say nothing of what is not proved on Ascend")
    parser.add_argument("--strict", action="store_true", help="status 1 for what is not decided, too")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="ARG",
                        help="run the script (the one PATH) with these arguments until its first optimiser step")
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="for --run")
    options = parser.parse_args(arguments)
    if options.run is not None and len(options.paths) != 1:
        parser.error("--run takes one script")
    try:
        report = examine(options.paths, options.device, options.follow)
    except FileNotFoundError as error:
        parser.error(str(error))
    if options.run is not None:
        report.first_step = first_step(options.paths[0], options.run, options.timeout)
    text = FORMATS[options.format](report, options.all)
    if options.output:
        pathlib.Path(options.output).write_text(text + "\n", encoding="utf8")
    else:
        print(text)
    kinds = {f.kind for f in report.findings}
    failed = RAISES in kinds or bool(report.broken) or options.strict and OPEN in kinds
    return 1 if failed or report.first_step.startswith("failed") else 0


__all__ = ["Advice", "Finding", "Report", "WORKS", "Name", "command", "examine", "first_step"]
