"""Replays a recording in worker processes and writes the report: python -m tests.parity.exam DATA [--jobs 2] [--json
parity.json] [--report PARITY.md] [--readme README.md]

A sample that crashes its worker or exceeds the time-out counts as failed; the worker is started anew.
"""
import argparse
import collections
import json
import os
import pathlib
import queue
import re
import select
import subprocess
import sys
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TITLES = {"forward": "values", "strides": "strides", "views": "views", "grad": "gradients", "second": "second order",
          "method": "method", "inplace": "in place", "out": "out=",
          "orders": "strides by layout", "meta": "meta", "error": "errors", "module": "modules",
          "optimizer": "optimizers"}
BEGIN, END = "<!-- parity: written by make parity -->", "<!-- parity: end -->"


class Worker:
    """One process that checks samples in turn."""

    def __init__(self, data):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.parity.worker", str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")},
        )
        self.rest = b""
        self.answer(120)

    def answer(self, timeout):
        """The next answer; TimeoutError or EOFError when there is none."""
        end = time.monotonic() + timeout
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError
            got = os.read(self.process.stdout.fileno(), 1 << 16)
            if not got:
                raise EOFError
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def check(self, number, timeout):
        self.process.stdin.write(f"{number}\n".encode())
        self.process.stdin.flush()
        return self.answer(timeout)

    def close(self):
        self.process.kill()
        self.process.wait()


def replay(data, numbers, jobs, timeout):
    """{sample's number: {kind: None or what is wrong}}"""
    tasks, answers = queue.Queue(), {}
    for n in numbers:
        tasks.put(n)

    def serve():
        worker = None
        while True:
            try:
                number = tasks.get_nowait()
            except queue.Empty:
                break
            try:
                worker = worker or Worker(data)
                _, _, answers[number] = worker.check(number, timeout)
            except (TimeoutError, EOFError, BrokenPipeError) as error:
                answers[number] = {"forward": "no answer in time" if isinstance(error, TimeoutError)
                                   else "the process died"}
                if worker:
                    worker.close()
                worker = None
        if worker:
            worker.close()

    threads = [threading.Thread(target=serve) for _ in range(jobs)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        time.sleep(0.5)
        if sys.stderr.isatty():
            print(f"\r{len(answers)} of {len(numbers)}", end="", file=sys.stderr)
    return answers


def subject(sample):
    return sample.get("op") or sample.get("module") or "optim." + sample["optimizer"]


def tally(samples, answers):
    """({subject: {kind: [passed, total]}}, {subject: {dtype: [passed, total]}}, {subject: {kind: first failure}})"""
    kinds = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    dtypes, failures = collections.defaultdict(
        lambda: collections.defaultdict(lambda: [0, 0])), collections.defaultdict(dict)
    for number, found in sorted(answers.items()):
        name, dtype = subject(samples[number]), samples[number]["dtype"]
        for kind, wrong in found.items():
            cell = [kinds[name][kind]]
            if kind == "forward":
                cell.append(dtypes[name][dtype])
            for c in cell:
                c[0] += wrong is None
                c[1] += 1
            if wrong is not None:
                failures[name].setdefault(kind, f"sample {number} ({dtype}): {wrong}")
    return kinds, dtypes, failures


def totals(kinds):
    """{kind: [passed, total, subjects that pass all, subjects]}"""
    found = {k: [0, 0, 0, 0] for k in TITLES}
    for cells in kinds.values():
        for k, (passed, total) in cells.items():
            found[k] = [a + b for a, b in zip(found[k], (passed, total, passed == total, 1))]
    return {k: v for k, v in found.items() if v[1]}


def summary(found):
    """The table of totals as Markdown."""
    lines = ["| check | samples that agree | of | share | operators in full agreement |",
             "| --- | ---: | ---: | ---: | ---: |"]
    lines += [f"| {TITLES[k]} | {a} | {b} | {int(10000 * a / b) / 100:.2f} % | {c} of {d} |" for k,
              (a, b, c, d) in found.items()]
    return "\n".join(lines)


def report(header, kinds, dtypes, failures):
    """PARITY.md"""
    shown = [k for k in TITLES if k not in ("module", "optimizer")]
    lines = [
        "# Parity with PyTorch",
        "",
        f"Written by `make parity`: {header['samples']} samples recorded from PyTorch {header['torch']} with seed "
        f"{header['seed']}, replayed. A cell says how many samples agree, of how many; ✓ is all of them.",
        "",
        summary(totals(kinds)),
        "",
        "| operator | dtypes (values) | " + " | ".join(TITLES[k] for k in shown) + " |",
        "| --- | --- |" + " ---: |" * len(shown),
    ]
    def cell(c):
        return "" if not c else f"✓ {c[1]}" if c[0] == c[1] else f"**{c[0]}/{c[1]}**"

    for name in sorted(kinds):
        if "module" in kinds[name] or "optimizer" in kinds[name]:
            continue
        by = {}
        for d, c in dtypes[name].items():
            if d != "error":
                by.setdefault("✓" if c[0] == c[1] else f"{c[0]}/{c[1]}", []).append(d)
        lines.append(f"| {name} | " + "; ".join(f"{k} {' '.join(sorted(v))}" for k,
                                                v in sorted(by.items(), reverse=True)) + " | "
                                                + " | ".join(cell(kinds[name].get(k)) for k in shown) + " |")
    for kind in ("module", "optimizer"):
        lines += ["", f"| {kind} | samples |", "| --- | ---: |",
                  *(f"| {n} | {cell(kinds[n][kind])} |" for n in sorted(kinds) if kind in kinds[n])]
    lines += ["", "## What does not agree (the first sample of each kind)", "",
              *(f"- {n}, {TITLES[k]}: {' '.join(v.replace('|', '/').split())}" for n in sorted(failures) for k,
                v in failures[n].items())]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds a sample")
    parser.add_argument("--ops", default="", help="only subjects that this regular expression finds")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--readme", type=pathlib.Path,
                        help="file whose table between the two marker comments is written anew")
    given = parser.parse_args()
    with zipfile.ZipFile(given.data) as f:
        index = json.loads(f.read("index.json"))
    samples, start = index.pop("samples"), time.monotonic()
    answers = replay(given.data.resolve(), [i for i, s in enumerate(samples) if re.search(given.ops, subject(s))],
                     given.jobs, given.timeout)
    kinds, dtypes, failures = tally(samples, answers)
    header = {"torch": index["torch"].partition("+")[0], "seed": index["seed"], "samples": len(answers),
              "operators": sum("forward" in k for k in kinds.values())}
    if given.json:
        given.json.write_text(json.dumps({**header, "totals": totals(kinds), "kinds": kinds, "dtypes": dtypes,
                                          "failures": failures}, indent=1) + "\n")
    if given.report:
        given.report.write_text(report(header, kinds, dtypes, failures))
    if given.readme:
        text = given.readme.read_text()
        head, rest = text.split(BEGIN)
        table = (
            f"{header['samples']} samples of {header['operators']} operators, "
            f"{sum('module' in k for k in kinds.values())} modules and {sum('optimizer' in k for k in kinds.values())} "
            "optimizers, "
            f"recorded from PyTorch {header['torch']} with seed {header['seed']} ([PARITY.md](PARITY.md) has them by "
            "operator):"
        )
        given.readme.write_text(f"{head}{BEGIN}\n{table}\n\n{summary(totals(kinds))}\n{END}{rest.split(END)[1]}")
    print(summary(totals(kinds)))
    print(f"{len(answers)} samples, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
