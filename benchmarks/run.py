"""The demo's job under the reference and under mindtorch, in turn: do the losses agree, and what are the ratios?

    python benchmarks/run.py --oracle .oracle/bin/python [--steps 100] [--rounds 3] [--long]
    python benchmarks/run.py --before CHECKOUT    # this checkout / another one of mindtorch, built: the ratios alone
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

from harness import processor

HERE = pathlib.Path(__file__).resolve().parent


def job(python, which, *arguments, here=HERE):
    """Run job.py of a checkout; its figures."""
    import os

    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    made = subprocess.run([python, str(here / "job.py"), "--torch", which, *map(str, arguments)], capture_output=True,
                          text=True, env=environment)
    if made.returncode:
        raise SystemExit(f"{which}: {made.stderr[-3000:]}")
    return json.loads(made.stdout.strip().splitlines()[-1])


def ratios(name, theirs, ours, rounds):
    """Short runs in turn: a table of medians."""
    pairs = [(theirs("--steps", 20, "--no-eval"), ours("--steps", 20, "--no-eval")) for _ in range(rounds)]
    ratio = lambda key: statistics.median(y[key] / x[key] for x, y in pairs)
    print(f"\n| mindtorch / {name} | ratio | {name} |\n| --- | --- | --- |")
    for what, key, unit in (
        ("step time", "step_s", "s"),
        ("peak memory", "peak_mib", "MiB"),
        ("import time", "import_s", "s"),
    ):
        print(f"| {what} | {ratio(key):.2f} | {statistics.median(x[key] for x, _ in pairs):.3g} {unit} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    other = parser.add_mutually_exclusive_group(required=True)
    other.add_argument("--oracle", help="the reference's python")
    other.add_argument("--before", type=pathlib.Path, help="another checkout, run under this python")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3, help="alternating pairs of short runs for the ratios")
    parser.add_argument("--long", action="store_true", help="also compare the time of step 500 with that of step 50")
    arguments = parser.parse_args()
    oracle = lambda *a: job(arguments.oracle, "torch", *a)
    ours = lambda *a: job(sys.executable, "mindtorch", *a)
    print(f"processor: {processor()}")
    if arguments.before:
        before = lambda *a: job(sys.executable, "mindtorch", *a, here=arguments.before.resolve() / "benchmarks")
        return ratios("before", before, ours, arguments.rounds)
    a, b = oracle("--steps", arguments.steps), ours("--steps", arguments.steps)
    print(f"torch {a['torch']} against {b['torch']}, transformers {a['transformers']} / {b['transformers']}, "
          f"{a['threads']} threads")
    apart = [abs(x - y) / abs(x) for x, y in zip(a["losses"], b["losses"], strict=True)]
    worst = max(range(len(apart)), key=apart.__getitem__)
    print(f"losses of {arguments.steps} steps: largest relative difference {apart[worst]:.2e} (step {worst + 1}), "
          f"first step {apart[0]:.2e}, last step {apart[-1]:.2e}")
    print(f"accuracy: {a['accuracy']:.4f} and {b['accuracy']:.4f}")
    c = ours("--steps", arguments.steps, "--resume-at", arguments.steps // 2)
    again = max(abs(x - y) for x, y in zip(b["losses"], c["losses"], strict=True))
    print(f"resumed at step {arguments.steps // 2}: largest difference from the uninterrupted run {again:.2e}")
    ratios("torch", oracle, ours, arguments.rounds)
    if arguments.long:
        times = ours("--steps", 510, "--no-eval")["steps_s"]
        near = lambda at: statistics.median(times[at - 10: at + 10])
        print(f"\ntime of step 500 / step 50: {near(500) / near(50):.3f}")
    failed = apart[worst] > 1e-5 or a["accuracy"] != b["accuracy"] or again != 0
    print("\n" + ("NOT within 1e-5" if failed else "agrees within 1e-5 at every step"))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
