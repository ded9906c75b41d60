"""Time of single ops, mindtorch / torch: overhead on 4x4 tensors and throughput on large ones.

    python benchmarks/ops.py --oracle .oracle/bin/python [--rounds 3] [--only REGEX] [--part overhead|throughput]
    python benchmarks/ops.py --before CHECKOUT    # this checkout / another one of mindtorch, built

Both run in turn, `--rounds` times each; a figure is CPU time of one thread, the least over the rounds.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def overhead(torch):
    """name -> (function, its tensors): each maps a 4x4 tensor x (and w) to one that can follow it in a chain."""
    F = torch.nn.functional
    w, v, ids = torch.full((4, 4), 0.25), torch.full((4,), 0.5), torch.tensor([0, 2, 1, 3])
    mask = torch.tensor([True, False, True, True])
    return {
        "add": lambda x: x + w,
        "add number": lambda x: x + 1.0,
        "mul number": lambda x: x * 0.5,
        "relu": lambda x: x.relu(),
        "gelu": lambda x: F.gelu(x),
        "softmax": lambda x: F.softmax(x, -1),
        "layer_norm": lambda x: F.layer_norm(x, (4,), v, v),
        "rms_norm": lambda x: F.rms_norm(x, (4,), v),
        "linear": lambda x: F.linear(x, w, v),
        "mm": lambda x: x.mm(w),
        "matmul": lambda x: x @ w,
        "bmm": lambda x: torch.bmm(x.unsqueeze(0), w.unsqueeze(0)).squeeze(0),
        "dropout": lambda x: F.dropout(x, 0.1, True),
        "transpose": lambda x: x.transpose(0, 1),
        "permute": lambda x: x.permute(1, 0),
        "view": lambda x: x.view(4, 4),
        "reshape": lambda x: x.reshape(2, 8).reshape(4, 4),
        "expand": lambda x: x.expand(4, 4),
        "unsqueeze": lambda x: x.unsqueeze(0).squeeze(0),
        "select": lambda x: x[0].expand(4, 4),
        "slice": lambda x: x[:, 0:4],
        "index": lambda x: x[ids],
        "sum": lambda x: x.sum(-1, keepdim=True).expand(4, 4),
        "mean": lambda x: x.mean(-1, keepdim=True).expand(4, 4),
        "sum of all": lambda x: x.sum().expand(4, 4),
        "cat": lambda x: torch.cat((x[:2], x[2:])),
        "masked_fill": lambda x: x.masked_fill(mask, 0.5),
        "where": lambda x: torch.where(mask, x, w),
        "embedding": lambda x: F.embedding(ids, x),
        "cast": lambda x: x.to(torch.float64).to(torch.float32),
        "contiguous": lambda x: x.contiguous(),
        "sdpa": lambda x: F.scaled_dot_product_attention(x[None, None], x[None, None], x[None, None])[0, 0],
    }


def throughput(torch):
    """name -> function without arguments, on large tensors."""
    F = torch.nn.functional
    torch.manual_seed(0)
    x, y = torch.randn(1024, 1024), torch.randn(1024, 1024)
    h, b, d = x.half(), x.bfloat16(), x.double()
    leaf = lambda *s: torch.randn(*s).requires_grad_()
    t, w, v = leaf(512, 768), leaf(768, 768), leaf(768)
    ids = torch.randint(0, 3000, (2048,))
    table, labels, logits = leaf(3000, 256), torch.randint(0, 1000, (512,)), leaf(512, 1000)
    q = {s: [torch.randn(n, 8, s, 64).requires_grad_() for _ in range(3)] for s, n in ((32, 16), (512, 1), (2048, 1))}
    image, kernel, depth, batch = leaf(8, 32, 56, 56), leaf(64, 32, 3, 3), leaf(32, 1, 3, 3), torch.randn(32, 128, 128)
    mask = torch.rand(1024, 1024) > 0.5
    rows = torch.randint(0, 1024, (1024,))
    whole = torch.randint(0, 1000, (1 << 18,))
    p = torch.nn.Parameter(torch.randn(1 << 20))
    p.grad = torch.randn(1 << 20)
    adamw = torch.optim.AdamW([p])
    i = torch.randint(1, 100, (1 << 20,))

    def train(f, *leaves):
        made = None

        def step():
            nonlocal made
            out = f(*leaves)
            if made is None:
                made = torch.randn_like(out)
            return torch.autograd.grad(out, leaves, made)

        return step

    no = torch.no_grad()
    quiet = lambda f: no(f)
    ops = {
        "add": lambda: x + y, "add bf16": lambda: b + b, "add f16": lambda: h + h, "add transposed": lambda: x + y.t(),
        "add row": lambda: x + y[0], "mul": lambda: x * y,
        "mul bf16": lambda: b * b,
        "div": lambda: x / y, "floor_div": lambda: x // y, "fmod": lambda: torch.fmod(x, y), "remainder": lambda: x % y,
        "floor_div int": lambda: i // 7, "exp": lambda: x.exp(),
        "log": lambda: x.abs().log(), "sin": lambda: x.sin(), "atan": lambda: x.atan(),
        "tanh": lambda: x.tanh(), "sigmoid": lambda: x.sigmoid(), "gelu": lambda: F.gelu(x),
        "gelu tanh": lambda: F.gelu(x, approximate="tanh"), "gelu bf16": lambda: F.gelu(b),
        "silu": lambda: F.silu(x), "relu": lambda: x.relu(),
        "clamp": lambda: x.clamp(-1, 1), "pow": lambda: x ** 3, "rsqrt": lambda: y.rsqrt(),
        "softmax": lambda: F.softmax(x, -1), "softmax columns": lambda: F.softmax(x, 0),
        "log_softmax": lambda: F.log_softmax(x, -1),
        "softmax bf16": lambda: F.softmax(b, -1), "layer_norm": lambda: F.layer_norm(x, (1024,), y[0], y[1]),
        "rms_norm": lambda: F.rms_norm(x, (1024,), y[0]),
        "dropout": lambda: F.dropout(x, 0.1, True),
        "cat": lambda: torch.cat((x, y), 1), "transpose copy": lambda: x.t().contiguous(),
        "permute copy": lambda: x.view(8, 128, 16, 64).transpose(1, 2).contiguous(),
        "clone": lambda: x.clone(),
        "sum": lambda: x.sum(), "sum rows": lambda: x.sum(1), "sum columns": lambda: x.sum(0),
        "sum bf16 columns": lambda: b.sum(0), "mean rows": lambda: x.mean(1),
        "mean columns": lambda: x.mean(0), "var rows": lambda: x.var(1),
        "prod": lambda: x.prod(), "prod rows": lambda: x.prod(1), "max": lambda: x.max(), "max rows": lambda: x.max(1),
        "argmax": lambda: x.argmax(1), "norm": lambda: x.norm(),
        "cumsum": lambda: x.cumsum(1), "cumsum columns": lambda: x.cumsum(0),
        "sort": lambda: x.sort(1), "topk": lambda: x.topk(10), "median": lambda: x.median(),
        "unique": lambda: whole.unique(), "any": lambda: mask.any(),
        "index rows": lambda: x[rows], "index put": lambda: y.index_put((rows,), x),
        "gather": lambda: x.gather(1, rows.expand(1024, 1024)), "masked_fill": lambda: x.masked_fill(mask, 0.0),
        "masked select": lambda: x[mask],
        "where": lambda: torch.where(mask, x, y),
        "compare": lambda: x > y, "to bf16": lambda: x.bfloat16(), "from bf16": lambda: b.float(),
        "to f16": lambda: x.half(), "from f16": lambda: h.float(),
        "to f64": lambda: x.double(), "to int64": lambda: x.long(),
        "triu": lambda: x.triu(), "randn": lambda: torch.randn(1024, 1024), "rand": lambda: torch.rand(1024, 1024),
        "mm": lambda: x @ y, "mm 64": lambda: x[:64, :64] @ y[:64, :64],
        "mm f64": lambda: d[:256, :256] @ d[:256, :256],
        "mm bf16": lambda: b @ b, "bmm": lambda: batch @ batch, "adamw": adamw.step,
    }
    ops = {k: quiet(f) for k, f in ops.items()}
    ops.update(
        {
            "linear + backward": train(F.linear, t, w, v),
            "gelu + backward": train(F.gelu, t),
            "silu + backward": train(F.silu, t),
            "softmax + backward": train(lambda a: F.softmax(a, -1), t),
            "layer_norm + backward": train(lambda a, c: F.layer_norm(a, (768,), c, c), t, v),
            "rms_norm + backward": train(lambda a, c: F.rms_norm(a, (768,), c), t, v),
            "dropout + backward": train(lambda a: F.dropout(a, 0.1, True), t),
            "cross_entropy + backward": train(lambda a: F.cross_entropy(a, labels), logits),
            "mse + backward": train(lambda a: F.mse_loss(a, x[:512, :768]), t),
            "embedding + backward": train(lambda a: F.embedding(ids, a), table),
            "index + backward": train(lambda a: a[ids[:512] % 512], t),
            "cat + backward": train(lambda a: torch.cat((a, a), 1), t),
            "conv2d + backward": train(lambda a, c: F.conv2d(a, c, padding=1), image, kernel),
            "depthwise conv2d + backward": train(lambda a, c: F.conv2d(a, c, padding=1, groups=32), image, depth),
            "max_pool2d + backward": train(lambda a: F.max_pool2d(a, 2), image),
            "avg_pool2d + backward": train(lambda a: F.avg_pool2d(a, 3, 2, 1), image),
            "adaptive_avg_pool2d + backward": train(lambda a: F.adaptive_avg_pool2d(a, 7), image),
            "batch_norm + backward": train(lambda a: F.batch_norm(a, None, None, training=True), image),
            "lstm-like chain": train(lambda a: (a.sigmoid() * a.tanh() + a).tanh(), t),
            **{f"sdpa S={s} + backward": train(F.scaled_dot_product_attention, *qkv) for s, qkv in q.items()},
            "sdpa causal S=512 + backward": train(
                lambda a, c, e: F.scaled_dot_product_attention(a, c, e, is_causal=True), *q[512]
            ),
        }
    )
    return ops


def clock(f, seconds):
    """CPU seconds of one call, least of five portions of a time budget."""
    f(), f()
    begin = time.process_time()
    f()
    once = max(time.process_time() - begin, 1e-7)
    n = max(1, int(seconds / 5 / once))
    best = float("inf")
    for _ in range(5):
        begin = time.process_time()
        for _ in range(n):
            f()
        best = min(best, (time.process_time() - begin) / n)
    return best


def child(arguments):
    """Measure under this interpreter's torch; one JSON object on stdout."""
    if importlib.util.find_spec("mindspore"):
        sys.path.insert(0, arguments.root)
        import mindtorch

        assert mindtorch.__file__.startswith(os.path.join(arguments.root, "")), mindtorch.__file__
    import torch

    torch.set_num_threads(1)
    wanted = re.compile(arguments.only)
    times = {"version": torch.__version__}
    if arguments.part != "throughput":
        x = torch.full((4, 4), 0.5)
        leaf = x.clone().requires_grad_()
        for name, f in overhead(torch).items():
            if not wanted.search(name):
                continue
            with torch.no_grad():
                times[f"overhead/{name}/no grad"] = clock(lambda f=f: f(x), arguments.seconds)
            times[f"overhead/{name}/grad"] = clock(lambda f=f: f(leaf), arguments.seconds)

            def chain(f=f):
                y = leaf
                for _ in range(20):
                    y = f(y)
                torch.autograd.grad(y, leaf, x)

            times[f"overhead/{name}/forward + backward"] = clock(chain, arguments.seconds) / 20
    if arguments.part != "overhead":
        for name, f in throughput(torch).items():
            if wanted.search(name):
                times[f"throughput/{name}"] = clock(f, arguments.seconds * 2)
    print(json.dumps(times), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--oracle", help="the reference's python")
    other.add_argument("--before", help="another checkout, measured under this python")
    parser.add_argument("--root", default=str(ROOT), help="the checkout that a child measures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="regular expression for names")
    parser.add_argument("--part", choices=["overhead", "throughput", "all"], default="all")
    parser.add_argument("--seconds", type=float, default=0.05, help="time budget of one figure in one round")
    parser.add_argument("--child", action="store_true", help="measure here and print JSON")
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    root = os.path.realpath(arguments.before or ROOT)
    sides = (("ours", sys.executable, str(ROOT)),
             ("theirs", sys.executable if arguments.before else arguments.oracle, root))
    best = {}
    for _ in range(arguments.rounds):
        for side, python, root in sides:
            command = [python, __file__, "--child", "--root", root, "--only", arguments.only, "--part", arguments.part,
                       "--seconds", str(arguments.seconds)]
            made = subprocess.run(command, capture_output=True, text=True, env=environment)
            if made.returncode:
                raise SystemExit(f"{python}: {made.stderr[-3000:]}")
            times, kept = json.loads(made.stdout.strip().splitlines()[-1]), best.setdefault(side, {})
            for k, s in times.items():
                kept[k] = s if k == "version" else min(s, kept.get(k, s))
    from harness import processor

    ours, theirs = best["ours"], best["theirs"]
    ratio = {k: ours[k] / theirs[k] for k in ours if k != "version"}
    against = "before" if arguments.before else f"torch {theirs['version']}"
    print(f"{processor()}, one thread; mindtorch / {against}, ratio of CPU times\n")
    modes = ("no grad", "grad", "forward + backward")
    names = list(dict.fromkeys(k.split("/")[1] for k in ratio if k.startswith("overhead/")))
    if names:
        print(f"| overhead, 4x4 | {' | '.join(modes)} |\n| --- | --- | --- | --- |")
        for name in names:
            print(f"| {name} | " + " | ".join(f"{ratio[f'overhead/{name}/{m}']:.2f}" for m in modes) + " |")
        mean = statistics.geometric_mean
        print("| geometric mean | " + " | ".join(f"{mean([ratio[f'overhead/{n}/{m}'] for n in names]):.3f}"
                                                 for m in modes) + " |\n")
    large = [(k.partition("/")[2], r) for k, r in ratio.items() if k.startswith("throughput/")]
    if large:
        print("| large | ratio |\n| --- | --- |")
        for name, r in large:
            print(f"| {name} | {r:.2f} |")
        print(f"| geometric mean | {statistics.geometric_mean([r for _, r in large]):.3f} |")


if __name__ == "__main__":
    main()
