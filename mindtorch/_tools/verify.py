"""`python -m mindtorch verify [OPTIONS] SCRIPT [ARGUMENTS]`: where a training parts from the same one elsewhere.

Both runs write digests of what every operator gave (recorder.py). Events are put side by side, and the first operator
is named whose operands agree and whose result does not."""
import argparse
import difflib
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

RECORDER = pathlib.Path(__file__).with_name("recorder.py")
# How far two results may be apart, relative to their length: sums in another order, through a network
TOLERANCES = {"float64": 1e-10, "complex128": 1e-10, "float32": 2e-5, "complex64": 2e-5, "float16": 1e-2,
              "bfloat16": 5e-2}
# A result that is apart by so many times what its operands are apart was not led astray by them
AMPLIFIES = 30.0
# What is so much shorter than what it was made of is rounding
_NOISE = 1e-3


class Culprit(NamedTuple):
    """The first operator, or step of an optimizer, that gives something else."""

    step: int
    what: str  # forward, backward, optimizer
    name: str
    module: str
    place: str
    distance: float
    operands: float
    dtype: str
    shapes: list


def tolerance(dtype):
    """For a dtype; 0 for integers."""
    return TOLERANCES.get(dtype, 0.0)


def distance(a, b, floor=0.0):
    """How far two digests are apart, relative to their length or `floor`; inf for another shape or kind."""
    if a[1] != b[1] or a[0] != b[0]:
        return float("inf")
    if a[5] != b[5]:
        return float("inf")
    size = max(abs(a[2]), abs(b[2]), floor)
    if size == 0:
        return 0.0
    return max(abs(x - y) for x, y in zip(a[2:5], b[2:5])) / size


class Run:
    """The events of a recording, by step."""

    def __init__(self, path):
        with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf8") as file:
            self.events = [json.loads(line) for line in file if line.endswith("\n")]
        self.forward = {e["i"]: e for e in self.events if e["e"] == "f"}
        self.losses = {}
        for e in self.events:
            if e["e"] == "l":
                self.losses.setdefault(e["s"], e["v"])
        self.steps = max((e["s"] for e in self.events if e["e"] == "w"), default=-1) + 1

    def of(self, step, kind):
        return [e for e in self.events if e["s"] == step and e["e"] == kind]

    def inputs(self, event):
        """[(where from, digest)] of an event's operands."""
        for source in event["inputs"]:
            if isinstance(source[0], int):
                made = self.forward.get(source[0])
                if made and source[1] < len(made["out"]):
                    yield source[0], made["out"][source[1]]
            else:
                yield source[0], source[1]


def _key(event):
    name = event["op"].strip("_")
    name = name[1:] if name in ("radd", "rmul") else name
    return name, json.dumps([d[1] for d in event["out"]])


def paired(a, b):
    """[(event, event)] of two lists of operators: those of the same name and shapes, in order."""
    if [_key(e) for e in a] == [_key(e) for e in b]:
        return list(zip(a, b))
    matcher = difflib.SequenceMatcher(None, [_key(e) for e in a], [_key(e) for e in b], autojunk=False)
    return [(a[i + k], b[j + k]) for i, j, n in matcher.get_matching_blocks() for k in range(n)]


def largest(digests):
    """The length of the longest floating-point one."""
    return max((d[2] for d in digests if tolerance(d[0])), default=0.0)


def apart(a, b, floor=0.0):
    """(distance, dtype) of the outputs that are farthest apart, in tolerances; what is shorter than `floor` is noise.
    """
    found = [(distance(x, y, floor if tolerance(x[0]) else 0.0), x[0]) for x, y in zip(a["out"], b["out"])]
    return max(found, key=lambda d: d[0] / (tolerance(d[1]) or 1e-30), default=(0.0, "float32"))


class Comparison:
    """Two runs side by side."""

    def __init__(self, here, there):
        self.here, self.there = here, there
        self.steps = min(here.steps, there.steps)
        self.culprit = self.find()
        self.worst = {s: abs(here.losses[s] - there.losses[s]) for s in here.losses if s in there.losses}

    def find(self):
        """The first culprit, None where the runs agree."""
        for step in range(max(self.steps, 1)):
            pairs = paired(self.here.of(step, "f"), self.there.of(step, "f"))
            mates = {a["i"]: b["i"] for a, b in pairs}
            found = next((c for a, b in pairs if (c := self.forward(step, a, b, mates))), None) or (
                self.backward(step, pairs, mates) or self.leaves(step, "g", pairs) or self.leaves(step, "w", pairs))
            if found:
                return found
        return None

    def operands(self, a, b, mates):
        """How far the operands of two calls are apart; None when they cannot be put side by side."""
        mine, theirs = list(self.here.inputs(a)), list(self.there.inputs(b))
        if len(mine) != len(theirs):
            return None
        return max((distance(x[1], y[1]) for x, y in zip(mine, theirs)), default=0.0)

    def forward(self, step, a, b, mates):
        far, dtype = apart(a, b)
        if far <= tolerance(dtype):
            return None
        # terms that cancel leave rounding: measured against what they were
        far, dtype = apart(a, b, _NOISE * largest(d for _, d in self.here.inputs(a)))
        if far <= tolerance(dtype):
            return None
        given = self.operands(a, b, mates)
        if given is None or given and (far < AMPLIFIES * given or not tolerance(dtype)):
            return None  # led astray by its operands, or a decision that rounding turns
        return Culprit(step, "forward", a["op"], a["m"], a["at"], far, given, dtype, [d[1] for _, d in
                                                                                   self.here.inputs(a)])

    def backward(self, step, pairs, mates):
        """The first gradient that is apart: what took this result as an operand gave it."""
        mine, theirs = {}, {}
        for run, into in ((self.here, mine), (self.there, theirs)):
            for e in run.of(step, "b"):
                into.setdefault((e["i"], e["k"]), e)
        worst, floor = 0.0, _NOISE * largest(e["out"][0] for e in mine.values())
        for (i, k), a in mine.items():  # in the order of the walk
            b = theirs.get((mates.get(i), k))
            if b is None:
                continue
            far, dtype = apart(a, b, floor)
            if far <= tolerance(dtype):
                worst = max(worst, far)
                continue
            if worst and far < AMPLIFIES * worst:
                worst = max(worst, far)
                continue
            return self.by_consumer(step, i, pairs, mine, theirs, mates, far, worst, dtype)
        return None

    def by_consumer(self, step, i, pairs, mine, theirs, mates, far, given, dtype):
        """Which of the operators that took result i is to blame: the last one whose own gradient is right."""
        takers = [a for a, _ in pairs if any(source == i for source, _ in self.here.inputs(a))]
        chosen = takers[-1] if takers else None
        for a in takers:  # one whose own gradient is right, or that has none recorded
            own = mine.get((a["i"], 0))
            other = theirs.get((mates.get(a["i"]), 0))
            if own and other and apart(own, other)[0] <= tolerance(apart(own, other)[1]):
                chosen = a
        if chosen is None:
            return Culprit(step, "backward", "?", "", "", far, given, dtype, [])
        return Culprit(step, "backward", chosen["op"], chosen["m"], chosen["at"], far, given, dtype,
                       [d[1] for _, d in self.here.inputs(chosen)])

    def leaves(self, step, kind, pairs):
        """Gradients of parameters (g), or what the optimizer made of them (w)."""
        mine, theirs = self.here.of(step, kind), self.there.of(step, kind)
        floor = _NOISE * largest(e["out"][0] for e in mine) if kind == "g" else 0.0
        noise = {a["name"] for a, b in zip(self.here.of(step, "g"), self.there.of(step, "g"))
                 if apart(a, b)[0] > tolerance(a["out"][0][0])}  # an optimizer that divides by it makes it large
        worst = None
        for a, b in zip(mine, theirs):
            far, dtype = apart(a, b, floor)
            limit = tolerance(dtype) * (1 if kind == "g" else 5)
            if far > limit and (kind == "g" or a["name"] not in noise) and (worst is None or far > worst[0]):
                worst = far, dtype, a
        if worst is None:
            return None
        far, dtype, a = worst
        if kind == "w":
            return Culprit(step, "optimizer", f"the step of {a['name']}", "", "", far, 0.0, dtype, [a["out"][0][1]])
        takers = [x for x, _ in pairs if any(source == a["name"] for source, _ in self.here.inputs(x))]
        chosen = takers[-1] if takers else None
        return Culprit(step, "backward", chosen["op"] if chosen else f"gradient of {a['name']}",
                       chosen["m"] if chosen else "", chosen["at"] if chosen else "", far, 0.0, dtype,
                       [a["out"][0][1]])


def suggestion(culprit, against):
    """What to try next."""
    from .api import api

    known = api().coverage["differences"]
    for name in (f"torch.{culprit.name}", f"torch.nn.functional.{culprit.name}", f"torch.Tensor.{culprit.name}"):
        if name in known:
            return f"known: {known[name]}"
    random = culprit.name.strip("_") in ("dropout", "rand", "randn", "normal", "uniform", "bernoulli", "randint",
                                         "randperm", "multinomial", "exponential")
    if random and against == "npu":
        return "devices draw numbers of their own: draw on the CPU and move the result, or compare with --no-dropout"
    if random:
        return "random numbers part: is the same seed set before this line in both runs, and nothing drawn in between?"
    if culprit.what == "optimizer":
        return "compare optimizer.state_dict() after one step; try foreach=False, fused=False"
    if culprit.dtype in ("float16", "bfloat16"):
        return "a low precision: run the line in float32; if the runs then agree it is rounding that a sum amplifies"
    if against == "npu":
        return ("run `python -m mindtorch verify script.py` on the npu: it compares this operator's kernels with the "
                "CPU's over the same operands; MINDTORCH_NO_FALLBACK=1 shows whether the host computed it")
    return (f"call it alone in both: operands of shapes {culprit.shapes}, {culprit.dtype}; in float64 the one that is "
            "nearer is right. Please report it")


def told(comparison, against, label):
    """The report as text."""
    here, there = comparison.here, comparison.there
    lines = [f"{'step':>4}  {'loss here':>16}  {'loss ' + label:>16}  {'apart':>9}"]
    parted = None
    for step, value in sorted(here.losses.items()):
        other = there.losses.get(step)
        if other is None:
            continue
        off = abs(value - other) / (abs(other) or 1.0)
        lines.append(f"{step:4}  {value:16.8f}  {other:16.8f}  {off:9.1e}")
        if not off <= 10 * TOLERANCES["float32"] and parted is None:
            parted = step
    lines.append("the curves agree" if parted is None else f"the curves part at step {parted}")
    c = comparison.culprit
    if c is None:
        lines.append(f"{len(here.forward)} operators, forward and backward, over {comparison.steps} steps: "
                     "none differs")
        return "\n".join(lines)
    where = f" in {c.module}" if c.module else ""
    lines += [f"first difference: step {c.step}, {c.what}: {c.name}{where}" + (f" ({c.place})" if c.place else ""),
              f"  operands are {c.operands:.1e} apart, the result {c.distance:.1e}; tolerance of {c.dtype} "
              f"{tolerance(c.dtype):.0e}",
              f"  suggestion: {suggestion(c, against)}"]
    return "\n".join(lines)


def _environment():
    package = str(RECORDER.parents[2])
    # digests are sums of small blocks: threads of NumPy's own would only wait for those of the kernels
    return dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH")) if p),
                OPENBLAS_NUM_THREADS="1")


def record(command, env, out, options, extra=()):
    """Run one side; RuntimeError with its last words when it fails."""
    given = [*command, "--steps", str(options.steps), "--out", str(out), *extra,
             *(["--no-dropout"] if options.no_dropout or options.against == "npu" else []),
             options.script, *options.arguments]
    done = subprocess.run(given, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.splitlines()[-12:]
        raise RuntimeError("\n".join(["this run failed: " + " ".join(map(str, given)), *last]))


def mentions_device(script):
    """Whether a script chooses its device itself."""
    text = pathlib.Path(script).read_text(encoding="utf8")
    return re.search(r"\b(cuda|npu|accelerator|Accelerator|device|Trainer)\b", text) is not None


def ranks(folder, options):
    """One process against two: losses are averaged over ranks, gradients are what they agreed upon."""
    one, many = folder / "one", folder / "many"
    record([sys.executable, "-m", "mindtorch._tools.recorder"], _environment(), one, options)
    record([sys.executable, "-m", "mindtorch", "run", "--nproc", "2", "-m", "mindtorch._tools.recorder"],
           _environment(), many, options)
    sides = [Run(f"{many}.{r}") for r in range(2)]
    single, lines, failed, noise = Run(one), [], False, set()
    for step in sorted(single.losses):
        values = [s.losses.get(step) for s in sides]
        if None in values:
            continue
        mean = sum(values) / len(values)
        lines.append(f"{step:4}  one process {single.losses[step]:14.8f}  two processes {mean:14.8f}")
        for kind, name in (("g", "gradient"), ("w", "weights after the step")):
            rows = [run.of(step, kind) for run in (single, *sides)]
            floor = _NOISE * largest(e["out"][0] for e in rows[0]) if kind == "g" else 0.0
            for mine, first, second in zip(*rows):
                limit = tolerance(mine["out"][0][0])
                between, off = distance(first["out"][0], second["out"][0]), distance(mine["out"][0], first["out"][0])
                if kind == "g" and off > limit:
                    noise.add(mine["name"])  # an optimizer that divides by it makes it large
                    off = distance(mine["out"][0], first["out"][0], floor)
                elif kind == "w" and mine["name"] in noise:
                    off = 0.0
                if between > 0:
                    lines.append(f"first difference: step {step}, {name} of {mine['name']}: the processes do not agree "
                                 f"({between:.1e}); suggestion: is the module inside DistributedDataParallel, and is "
                                 "every parameter used?")
                    return lines, True
                if off > 10 * limit and not failed:
                    lines.append(f"first difference: step {step}, {name} of {mine['name']}: {off:.1e} from one "
                                 "process; suggestion: does each process take its share of the same batch (a loss that "
                                 "is a mean over equal shares gives the same gradient)?")
                    failed = True
    return lines + ([] if failed else ["one process and two agree"]), failed


FLAGS = ("--oracle", "--reference", "--against", "--steps", "--no-dropout")


def wanted(arguments):
    """Whether `verify ...` means this tool, not the kernels of an npu."""
    return any(a.partition("=")[0] in ("--oracle", "--reference", "--against") for a in arguments) or (
        arguments[:1] in (["-h"], ["--help"]))


def _script_last(arguments):
    """verify script.py --oracle PYTHON: options that follow the script at once are ours, not the script's."""
    if not arguments or arguments[0].startswith("-"):
        return arguments
    at = 1
    while at < len(arguments) and arguments[at].partition("=")[0] in FLAGS:
        at += 1 if "=" in arguments[at] or arguments[at] == "--no-dropout" else 2
    return [*arguments[1:at], arguments[0], *arguments[at:]]


def command(arguments):
    """Entry point; 0 where the runs agree, 1 where they part, 2 for wrong arguments or a run that failed."""
    parser = argparse.ArgumentParser(prog="python -m mindtorch verify", description=__doc__.splitlines()[0],
                                     epilog="without options, on an npu: every kernel beside the CPU's")
    parser.add_argument("--oracle", metavar="PYTHON", help="a Python with PyTorch (and what the script imports)")
    parser.add_argument("--reference", metavar="FILE", help="what recorder.py wrote where PyTorch is")
    parser.add_argument("--against", choices=["npu", "compiled", "processes"],
                        help="compare with the npu (over the software CANN where there is none), with torch.compile, "
                        "with two processes")
    parser.add_argument("--steps", type=int, default=3, help="optimiser steps (3)")
    parser.add_argument("--no-dropout", action="store_true", help="drop nothing in either run (always so on the npu)")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(_script_last(arguments))
    if sum(map(bool, (options.oracle, options.reference, options.against))) != 1:
        parser.error("one of --oracle, --reference and --against")
    with tempfile.TemporaryDirectory(prefix="mindtorch-verify-") as name:
        folder = pathlib.Path(name)
        try:
            if options.against == "processes":
                lines, failed = ranks(folder, options)
                print("\n".join(lines))
                return int(failed)
            comparison, label = both(folder, options)
        except (RuntimeError, OSError) as error:
            print(f"mindtorch verify: {error}", file=sys.stderr)
            return 2
        print(told(comparison, options.against, label))
        return 1 if comparison.culprit else 0


def both(folder, options):
    """(Comparison, what the other side is called)."""
    ours = [sys.executable, "-m", "mindtorch._tools.recorder"]
    record(ours, _environment(), folder / "here", options)
    here = Run(folder / "here")
    if options.reference:
        return Comparison(here, Run(options.reference)), "there"
    if options.oracle:
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        record([options.oracle, str(RECORDER)], env, folder / "there", options)
        return Comparison(here, Run(folder / "there")), "there"
    if options.against == "compiled":
        record(ours, _environment(), folder / "there", options, ["--compile"])
        return Comparison(Run(folder / "there"), here), "eager"
    from mindtorch import softcann

    import mindtorch

    move = [] if mentions_device(options.script) else ["--move", "npu"]
    if mindtorch.npu.is_available():
        record(ours, _environment(), folder / "there", options, move)
    else:
        env = softcann.environment(contract=True, faults=os.environ.get("SOFTCANN_FAULTS"))
        env["PYTHONPATH"] = os.pathsep.join(p for p in (str(RECORDER.parents[2]), env.get("PYTHONPATH")) if p)
        record([sys.executable, softcann.RUNNER, "-m", "mindtorch._tools.recorder"], env, folder / "there", options,
               move)
    there = Run(folder / "there")
    if not any(e["e"] == "d" and e["launches"] for e in there.events):
        raise RuntimeError("nothing ran on the npu: the script takes no device that torch.cuda.is_available() offers")
    return Comparison(there, here), "cpu"
