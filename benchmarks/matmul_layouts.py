"""Matrix products by layout and size, mindtorch / torch: does any layout lie behind the best of its size?

    python benchmarks/matmul_layouts.py --oracle .oracle/bin/python [--rounds 3] [--dtype float32,bfloat16] [--quick]
    python benchmarks/matmul_layouts.py --before CHECKOUT    # this checkout / another one of mindtorch, built

A layout says for both factors how they lie: n for rows, t for columns, p for rows with a gap. A side measures all
layouts of a size in turn, several times; a figure is the least of all rounds.
"""
import argparse
import itertools
import json
import os
import sys
import time

from harness import ROOT, import_torch, machine, run
# m, k, n: what transformers multiply, forward and backward, and rows 4 KB times an odd number apart
SIZES = [(1024, 768, 768), (1024, 768, 3072), (1024, 3072, 768), (768, 1024, 3072), (512, 1024, 1024),
         (1024, 1024, 2048), (512, 1024, 5120), (512, 1024, 4096), (512, 1024, 2560), (512, 1024, 3088),
         (2048, 384, 1536), (64, 1024, 3072), (16, 768, 3072), (512, 512, 30522)]
BATCHES = [(96, 128, 64, 128), (96, 128, 128, 64), (8, 256, 1024, 1024), (8, 512, 512, 512), (48, 197, 64, 197)]
QUICK = [(1024, 768, 3072), (512, 1024, 1024), (512, 1024, 2560), (8, 256, 1024, 1024)]
LAYOUTS = ["".join(p) for p in itertools.product("nt", "nt")] + ["np", "pn"]


def factor(torch, dtype, kind, *shape):
    """A tensor of the shape whose memory lies as `kind` says."""
    *batch, rows, columns = shape
    if kind == "t":
        return torch.randn(*batch, columns, rows).to(dtype).transpose(-1, -2)
    if kind == "p":
        return torch.randn(*batch, rows, columns + 64).to(dtype)[..., :columns]
    return torch.randn(*shape).to(dtype)


def child(arguments):
    """GFLOP/s by size and layout under this interpreter's torch, one JSON object on stdout."""
    torch = import_torch(arguments.root)
    torch.set_num_threads(arguments.threads)
    made = {}
    for name in arguments.dtype.split(","):
        dtype = getattr(torch, name)
        for size in QUICK if arguments.quick else SIZES + BATCHES:
            *batch, m, k, n = size
            pairs = {x: (factor(torch, dtype, x[0], *batch, m, k), factor(torch, dtype, x[1], *batch, k, n))
                     for x in LAYOUTS}
            work = 2e-9 * m * n * k * (batch[0] if batch else 1)
            least = dict.fromkeys(LAYOUTS, float("inf"))
            begin = time.perf_counter()
            while time.perf_counter() - begin < arguments.seconds:
                for layout, (a, b) in pairs.items():
                    start = time.perf_counter()
                    a @ b
                    least[layout] = min(least[layout], time.perf_counter() - start)
            made[f"{name} {'x'.join(map(str, size))}"] = {x: work / t for x, t in least.items()}
    print(json.dumps(made), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--oracle", help="the reference's python")
    other.add_argument("--before", help="another checkout, measured under this python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dtype", default="float32,bfloat16")
    parser.add_argument("--quick", action="store_true", help="four sizes only")
    parser.add_argument("--seconds", type=float, default=0.6, help="time budget of one size in one round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--child", action="store_true", help="measure here and print JSON")
    parser.add_argument("--root", help="the checkout that a child measures")
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    sides = {"ours": (sys.executable, "--root", ROOT),
             "theirs": (sys.executable, "--root", os.path.realpath(arguments.before)) if arguments.before
             else (arguments.oracle,)}
    best = {}
    for _ in range(arguments.rounds):
        for side, (python, *root) in sides.items():
            made = run(python, __file__, "--child", *root, "--dtype", arguments.dtype, "--seconds", arguments.seconds,
                       "--threads", arguments.threads, *(["--quick"] if arguments.quick else []))
            if "error" in made:
                raise SystemExit(f"{python}: {made['stderr']}")
            kept = best.setdefault(side, {})
            for size, figures in made.items():
                for layout, speed in figures.items():
                    kept.setdefault(size, {})[layout] = max(speed, kept.get(size, {}).get(layout, 0))
    print(f"{machine(arguments.threads)}; GFLOP/s, in brackets the ratio of times to "
          f"{'before' if arguments.before else 'torch'}\n")
    print(f"| size | {' | '.join(LAYOUTS)} | worst / best |\n|{' --- |' * (len(LAYOUTS) + 2)}")
    behind = []
    for size, ours in best["ours"].items():
        theirs = best["theirs"][size]
        worst = min(ours.values()) / max(ours.values())
        cells = " | ".join(f"{ours[x]:.0f} ({theirs[x] / ours[x]:.2f})" for x in LAYOUTS)
        print(f"| {size} | {cells} | {worst:.2f} |")
        most = max(ours.values())
        behind += [f"{size} {x}: {ours[x] / most:.2f}" for x in LAYOUTS if ours[x] < 0.9 * most]
    print(f"\nmore than 10 % behind the best layout of their size: {', '.join(behind) or 'none'}")


if __name__ == "__main__":
    main()
