"""Large samples: results and gradients of large_cases.py by statistics, a few values each, against the next wider
dtype.

python tests/parity/large.py record --out FILE     under the reference: what is exact, and how far off the reference is
python -m tests.parity.large check FILE            under mindtorch, with 1 and with 2 threads

Of every tensor are kept: its shape, dtype and strides; POSITIONS of its values and the means of BLOCKS equal pieces,
as the next wider dtype gives them; and the reference's own largest distance from these, in tolerances. A result agrees
when it is no further from the exact values than a tolerance, or twice as far as the reference is: where terms cancel,
the order of summation decides the last digits, and no order is the right one.
"""
import argparse
import json
import math
import pathlib
import sys
import time
import warnings

POSITIONS, BLOCKS = 48, 16
# (relative, absolute): torch.testing.assert_close's defaults
TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
WIDER = {"float16": "float32", "bfloat16": "float32", "float32": "float64", "float64": "float64"}
RECORDED = pathlib.Path(__file__).with_name("large.json")


def tensors(value):
    """Tensors in a result."""
    if hasattr(value, "shape"):
        return [value]
    return [t for v in value for t in tensors(v)]


def names():
    """(case, dtype) of all cases."""
    from large_cases import CASES

    return [(name, dtype) for name, (_, _, dtypes, _) in CASES.items() for dtype in dtypes]


def results(torch, name, dtype, wide, seed):
    """[(what, tensor)]: results and gradients. `wide`: of the operands' values in the next wider dtype."""
    from large_cases import CASES, given

    function, shapes, _, grad = CASES[name]
    operands = []
    for i, shape in enumerate(shapes):
        if shape[0] == "int":
            operands.append(given(torch, shape[2:], seed=seed + i, below=shape[1]))
            continue
        x = given(torch, shape, dtype, seed + i)
        operands.append((x.to(getattr(torch, WIDER[dtype])) if wide else x).requires_grad_(grad))
    found = tensors(function(torch, *operands))
    made = [(f"result {i}", t.detach()) for i, t in enumerate(found)]
    leaves, roots = [x for x in operands if x.requires_grad], [t for t in found if t.requires_grad]
    if leaves and roots:
        cotangents = []
        for i, t in enumerate(roots):
            c = given(torch, t.shape, dtype, seed + 100 + i)
            cotangents.append(c.to(t.dtype) / (math.sqrt(leaves[0].numel()) if t.dim() == 0 else 1.0))
        made += [(f"gradient {i}", g) for i, g in enumerate(torch.autograd.grad(roots, leaves, cotangents))]
    return made


def digest(torch, t):
    """(values at the positions, means of the pieces, mean modulus of all) as lists of doubles."""
    flat = t.detach().to(torch.float64).reshape(-1)
    n = flat.shape[0]
    where = sorted({i * 2654435761 % n for i in range(POSITIONS)} | {0, n - 1}) if n else []
    pieces = [flat[n * b // BLOCKS : n * (b + 1) // BLOCKS] for b in range(BLOCKS)]
    return ([flat[i].item() for i in where], [p.mean().item() if p.shape[0] else 0.0 for p in pieces],
            flat.abs().mean().item() if n else 0.0)


def distance(found, exact, dtype):
    """How many tolerances two digests are apart; means of pieces are compared by the size of what they sum up."""
    relative, absolute = TOLERANCES.get(dtype, (0.0, 0.0))
    scale = [max(abs(e), exact[2]) for e in exact[1]]
    worst = 0.0
    for a, e, size in [*zip(found[0], exact[0], map(abs, exact[0]), strict=True),
                       *zip(found[1], exact[1], scale, strict=True)]:
        same = a == e or (math.isnan(a) and math.isnan(e))
        worst = max(worst, 0.0 if same else abs(a - e) / (absolute + relative * size) if relative else math.inf)
    return worst


def geometry(t):
    return [str(t.dtype).removeprefix("torch."), list(t.shape), list(t.stride())]


def record(torch, seed):
    """Rows for all cases."""
    rows = []
    for name, dtype in names():
        plain = results(torch, name, dtype, False, seed)
        exact = plain if dtype not in WIDER else results(torch, name, dtype, True, seed)
        parts = []
        for (what, t), (_, e) in zip(plain, exact, strict=True):
            want = digest(torch, e if t.is_floating_point() else t)
            short = str(t.dtype).removeprefix("torch.")
            away = distance(digest(torch, t), want, short) if dtype != "float64" else 0.0
            parts.append([what, geometry(t), [float(f"{v:.17g}") for v in want[0]], want[1], want[2],
                          math.ceil(10 * away) / 10])
        rows.append({"case": name, "dtype": dtype, "parts": parts})
    return {"torch": torch.__version__.partition("+")[0], "seed": seed, "rows": rows}


def check(torch, row, seed, factor=2.0):
    """None, or how a case differs from what was recorded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = results(torch, row["case"], row["dtype"], False, seed)
    if len(found) != len(row["parts"]):
        return f"{len(found)} results and gradients instead of {len(row['parts'])}"
    for (what, t), (_, shape, *exact, away) in zip(found, row["parts"]):
        if what.startswith("gradient"):
            shape = [*shape[:2], geometry(t)[2]]
        if geometry(t) != shape:
            return f"{what}: {geometry(t)} instead of {shape}"
        off = distance(digest(torch, t), exact, shape[0])
        if off > max(1.0, factor * away):
            return f"{what}: {off:.1f} tolerances from the exact values, the reference {away}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("record", "check"))
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=RECORDED)
    parser.add_argument("--out", type=pathlib.Path, default=RECORDED)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    start = time.monotonic()
    if given.what == "record":
        import torch

        torch.set_num_threads(2)
        made = record(torch, given.seed)
        given.out.write_text(json.dumps({**made, "rows": None})[:-5] + "[\n"
                             + ",\n".join(json.dumps(r, separators=(",", ":")) for r in made["rows"]) + "]}\n")
        print(f"{len(made['rows'])} large samples, {time.monotonic() - start:.0f} s")
        return 0
    import mindtorch as torch

    recorded, wrong = json.loads(given.file.read_text()), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for row in recorded["rows"]:
            if found := check(torch, row, recorded["seed"]):
                wrong.append(f"{row['case']} {row['dtype']}, {threads} threads: {found}")
    print("\n".join([*wrong, f"{2 * len(recorded['rows']) - len(wrong)} of {2 * len(recorded['rows'])} large samples "
                             f"agree, {time.monotonic() - start:.0f} s"]))
    return len(wrong) > 0


sys.path.insert(0, str(pathlib.Path(__file__).parent))  # the reference has no package of tests
if __name__ == "__main__":
    sys.exit(main())
