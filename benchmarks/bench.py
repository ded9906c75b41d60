"""make bench: mindtorch and PyTorch in turn, each in a process of its own; ratios of times as Markdown and PNG.

    python benchmarks/bench.py --oracle .oracle/bin/python [--quick] [--compile] [--rounds 3] [--only steps,fixed]
    python benchmarks/bench.py --before CHECKOUT      # this checkout / another one of mindtorch, built

A ratio is the median over rounds of (mindtorch's time / the other's of the same round), in brackets the least and the
most. Training cases also compare the loss of the same step. With --cpu times are the processor's and threads one: for
a machine that others use.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
import time

import models
from generation import CASES
from harness import ROOT, machine, markdown, picture, run, spread

HERE = pathlib.Path(__file__).resolve().parent


class Bench:
    """Runs children in turn and gathers what they measured: name -> [(ours, theirs), ...]."""

    def __init__(self, arguments):
        self.arguments, self.pairs, self.notes, self.failed = arguments, {}, {}, []
        self.compiled = {}
        self.ours = (sys.executable, "--root", ROOT)
        self.theirs = ((sys.executable, "--root", os.path.realpath(arguments.before)) if arguments.before
                       else (arguments.oracle,))

    def turn(self, script, *options):
        """(ours, theirs) of one round, None where a side fails."""
        made = []
        for who, (python, *root) in (("mindtorch", self.ours), ("the other side", self.theirs)):
            figures = run(python, HERE / script, *options, *root, timeout=self.arguments.timeout)
            if "error" in figures:
                self.failed.append(f"{who}, {script} {' '.join(map(str, options))}: {figures['error']}")
                return None
            made.append(figures)
        return made

    def common(self):
        a = self.arguments
        return ["--threads", a.threads] + (["--cpu"] if a.cpu else [])

    def add(self, name, ours, theirs):
        if ours and theirs:
            self.pairs.setdefault(name, []).append((ours, theirs))

    def steps(self):
        a = self.arguments
        kinds = [("float32", []), ("bfloat16", ["--bf16"])][: 1 if a.quick else 2]
        for model in models.QUICK if a.quick else models.MODELS:
            for dtype, option in kinds:
                name = f"step: {model}, {dtype}"
                few = model in models.SMALL
                for _ in range(a.rounds):
                    made = self.turn("steps.py", model, *option, *self.common(), "--seconds", a.seconds,
                                     "--warm", 20 if few else 1 if a.quick else 2)
                    if not made:
                        break
                    ours, theirs = made
                    self.add(name, ours["step"], theirs["step"])
                    if dtype == "float32":
                        self.add(f"first step: {model}", ours["first"], theirs["first"])
                        above = [x["peak"] - x["held"] for x in made]
                        self.add(f"memory of the steps: {model}", *above)
                    apart = abs(ours["loss"] - theirs["loss"]) / abs(theirs["loss"])
                    self.notes[name] = f"loss apart {apart:.0e}"
                    if apart > (1e-4 if dtype == "float32" else 2e-2):
                        self.failed.append(f"{name}: losses {ours['loss']} and {theirs['loss']}")
                    if a.compile and not a.before:
                        python = self.theirs[0]
                        made = run(python, HERE / "steps.py", model, *option, *self.common(), "--compile",
                                   "--seconds", a.seconds, timeout=a.timeout)
                        if "error" in made:
                            self.notes[name] += f"; torch.compile fails: {made['error']}"
                        else:
                            self.compiled.setdefault(name, []).append(ours["step"] / made["step"])

    def generation(self):
        a = self.arguments
        for dtype, option in [("float32", []), ("bfloat16", ["--bf16"])][: 1 if a.quick else 2]:
            for case in list(CASES)[: 2 if a.quick else None]:
                for _ in range(a.rounds):
                    made = self.turn("generation.py", *option, *self.common(), "--only", case + "$",
                                     *(["--new", 32, "--repeat", 1] if a.quick else []))
                    if not made:
                        break
                    ours, theirs = (x[case] for x in made)
                    name = f"generation: {case}, {dtype}"
                    self.add(name, ours["seconds"], theirs["seconds"])
                    self.notes[name] = "same tokens" if ours["tokens"] == theirs["tokens"] else "other tokens"

    def ops(self):
        a = self.arguments
        options = ["--sizes", "tiny,medium,large", "--dtypes", "float32", "--milliseconds", 1] if a.quick else []
        for _ in range(a.rounds):
            made = self.turn("opgrid.py", *options)
            for name in made[0] if made else ():
                self.add(f"op: {name}", made[0][name], made[1][name])

    def fixed(self):
        a = self.arguments
        for _ in range(a.rounds):
            made = self.turn("fixed.py", "--threads", a.threads, *(["--megabytes", 50] if a.quick else []))
            for name in made[0] if made else ():
                self.add(f"fixed: {name}", made[0][name], made[1][name])
        if a.quick:
            return
        for name, key in (("MLP x 32", "steps"), ("LSTM 16x64", "threads")):
            for _ in range(a.rounds):
                if key == "steps":
                    made = self.turn("steps.py", name, "--steps", 1020, "--seconds", 120, "--threads", a.threads)
                    if made and all(x["later"] for x in made):
                        drift = [f"{x['later'] / x['early']:.3f}" for x in made]
                        self.notes["step 1,000 over step 50"] = " and ".join(drift)
                else:
                    made = [self.turn("steps.py", name, "--threads", n, "--seconds", a.seconds) for n in (1, 2)]
                    if all(made):
                        self.notes["LSTM, one thread over two"] = " and ".join(
                            f"{x['step'] / y['step']:.2f}" for x, y in zip(*made, strict=True))
        for model, option in (("LSTM 16x64", ["--float64"]), ("tiny BERT 4x16", [])):
            for _ in range(a.rounds):
                made = [self.crowd(side, model, option) for side in (self.ours, self.theirs)]
                self.add(f"two processes on the same cores: {model}", *made)

    def crowd(self, side, model, options):
        """Median step of two processes that run at once."""
        from concurrent.futures import ThreadPoolExecutor

        python, *root = side
        with ThreadPoolExecutor(2) as pool:
            made = list(pool.map(lambda _: run(python, HERE / "steps.py", model, *options, *root, "--threads",
                                               self.arguments.threads, timeout=self.arguments.timeout), range(2)))
        return statistics.median(x["step"] for x in made) if all("step" in x for x in made) else None

    # ---- the report ----
    def ratios(self):
        return {name: [x / y for x, y in pairs if y > 0] for name, pairs in self.pairs.items()}

    def report(self, seconds):
        a, ratios = self.arguments, {k: v for k, v in self.ratios().items() if v}
        middle = {k: statistics.median(v) for k, v in ratios.items()}
        other = "before" if a.before else "PyTorch"
        text = [f"{machine(a.threads)}; {a.rounds} rounds, {seconds / 60:.0f} minutes; "
                f"{'time of the processor' if a.cpu else 'time'}, mindtorch / {other}\n"]
        whole = {k: v for k, v in ratios.items() if not k.startswith("op: ")}
        worse = sorted((k for k in whole if middle[k] > 1), key=lambda k: -middle[k])
        better = sorted((k for k in whole if middle[k] <= 1), key=lambda k: -middle[k])
        head = ["case", "ratio", f"{other}, s (MiB)", ""]
        row = lambda k: [k, spread(ratios[k]), f"{statistics.median(y for _, y in self.pairs[k]):.3g}",
                         "; ".join([self.notes.get(k, "")] + [f"{spread(self.compiled[k])} to torch.compile"
                                                             for _ in self.compiled.get(k, ())[:1]])]
        text += [f"{other} wins:\n", markdown(head, map(row, worse))]
        text += ["\nmindtorch wins:\n", markdown(head, map(row, better))]
        names = [k for k in ratios if k.startswith("op: ")]
        groups = {}
        for k in names:
            groups.setdefault("/".join(k.split("/")[-3:]), []).append(middle[k])
        if groups:
            rows = [[g, f"{statistics.geometric_mean(v):.2f}", f"{sum(r > 1.2 for r in v)} of {len(v)}"]
                    for g, v in groups.items()]
            text += ["\nOps:\n", markdown(["size/dtype/way", "geometric mean", "above 1.2"], rows)]
            rows = [[k[4:], spread(ratios[k])] for k in sorted(names, key=lambda k: -middle[k])[:25]]
            text += ["\n", markdown([f"slowest beside {other}", "ratio"], rows)]
        for k in ("step 1,000 over step 50", "LSTM, one thread over two"):
            if k in self.notes:
                text.append(f"\n{k}, mindtorch and {other}: {self.notes[k]}")
        if self.failed:
            text.append("\nFailed:\n" + "\n".join(f"* {x}" for x in self.failed))
        bars = [(k, middle[k]) for k in worse + better]
        bars += [(f"ops: {g}", statistics.geometric_mean(v)) for g, v in groups.items()]
        return "\n".join(text), bars


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    other = parser.add_mutually_exclusive_group(required=True)
    other.add_argument("--oracle", help="the reference's python")
    other.add_argument("--before", help="another checkout, measured under this python")
    parser.add_argument("--quick", action="store_true", help="fewer cases, one round: under five minutes when quiet")
    parser.add_argument("--compile", action="store_true", help="also the reference's training under torch.compile")
    parser.add_argument("--only", default="steps,generation,ops,fixed", help="parts to run")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="time budget of one training case in one round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=900, help="seconds of one child at most")
    parser.add_argument("--cpu", action="store_true", help="time of the processor, one thread")
    parser.add_argument("--out", default="build/bench", help="where .md, .png and .json go")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    arguments.seconds = arguments.seconds or (2 if arguments.quick else 10)
    if arguments.cpu:
        arguments.threads = 1
    begin, bench = time.time(), Bench(arguments)
    for part in arguments.only.split(","):
        getattr(bench, part)()
    text, bars = bench.report(time.time() - begin)
    print(text)
    out = pathlib.Path(arguments.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    out.with_suffix(".json").write_text(json.dumps({"pairs": bench.pairs, "notes": bench.notes}), encoding="utf-8")
    if bars:
        picture(out.with_suffix(".png"), machine(arguments.threads), bars)
    return int(bool(bench.failed))


if __name__ == "__main__":
    sys.exit(main())
