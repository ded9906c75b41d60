"""One side's time of about sixty ops by size and dtype, forward and with backward: one JSON line for bench.py.

    python benchmarks/opgrid.py [--root CHECKOUT] [--dtypes float32,bfloat16,float64] [--only REGEX] [--milliseconds 4]

Time of the processor, one thread, least of three portions. Names: op/size/dtype/way.
"""
import argparse
import json
import os
import re
import time

from harness import import_torch

SIZES = {"tiny": (4, 4), "medium": (256, 256), "large": (2048, 1024), "strided": (1024, 1024),
         "broadcast": (1024, 1024)}


def ops(torch, shape, dtype):
    """name -> (function, how many of the operands x, y, positive it takes)."""
    F, n = torch.nn.functional, shape[-1]
    weight, bias = torch.full((n,), 0.5, dtype=dtype), torch.full((n,), 0.1, dtype=dtype)
    rows = torch.arange(shape[0]).flip(0)
    mask, labels = (torch.arange(n) % 3 == 0).expand(shape), torch.arange(shape[0]) % n
    places = torch.arange(n).flip(0).expand(shape)
    square = torch.full((n, n), 0.01, dtype=dtype)
    unary = {
        name: getattr(torch, name) for name in
        "neg abs exp tanh sigmoid sin cos erf square relu sign floor round".split()
    } | {name: getattr(F, name) for name in "gelu silu softplus leaky_relu elu hardswish mish logsigmoid".split()}
    above = {name: getattr(torch, name) for name in "log sqrt rsqrt reciprocal log1p".split()}
    binary = {name: getattr(torch, name) for name in "add sub mul div maximum minimum atan2 hypot".split()}
    one = {
        "add number": lambda x: x + 1.5, "mul number": lambda x: x * 1.5, "pow 3": lambda x: x ** 3,
        "clamp": lambda x: x.clamp(-0.5, 0.5), "sum": lambda x: x.sum(), "sum rows": lambda x: x.sum(1),
        "sum columns": lambda x: x.sum(0), "mean": lambda x: x.mean(1), "var": lambda x: x.var(1),
        "amax": lambda x: x.amax(1), "norm": lambda x: x.norm(), "logsumexp": lambda x: x.logsumexp(1),
        "cumsum": lambda x: x.cumsum(1), "softmax": lambda x: F.softmax(x, -1),
        "log_softmax": lambda x: F.log_softmax(x, -1), "layer_norm": lambda x: F.layer_norm(x, (n,), weight, bias),
        "rms_norm": lambda x: F.rms_norm(x, (n,), weight), "dropout": lambda x: F.dropout(x, 0.1, True),
        "transposed copy": lambda x: x.t().contiguous(), "flip": lambda x: x.flip(0), "roll": lambda x: x.roll(1, 1),
        "index rows": lambda x: x[rows], "gather": lambda x: x.gather(1, places), "slice": lambda x: x[:, 1:-1] * 2,
        "masked_fill": lambda x: x.masked_fill(mask, 0.0), "triu": lambda x: x.triu(),
        "sort": lambda x: x.sort(1).values, "topk": lambda x: x.topk(2, 1).values,
        "chunk": lambda x: x.chunk(2, 1)[1] + 1,
        "linear": lambda x: F.linear(x, square, bias), "cross_entropy": lambda x: F.cross_entropy(x, labels),
        "to float": lambda x: x.to(torch.float32 if dtype != torch.float32 else torch.float64),
    }
    two = {"cat": lambda x, y: torch.cat((x, x)), "stack": lambda x, y: torch.stack((x, x)),
           "where": lambda x, y: torch.where(mask, x, y), "lerp": lambda x, y: torch.lerp(x, y, 0.3),
           "mse": lambda x, y: F.mse_loss(x, x * 0.5)}
    made = {k: (f, "x") for k, f in (unary | one).items()} | {k: (f, "p") for k, f in above.items()}
    return made | {k: (f, "xy") for k, f in (binary | two).items()}


def clock(f, seconds):
    f()
    start = time.process_time()
    f()
    once = max(time.process_time() - start, 1e-7)
    n, best = max(1, int(seconds / 3 / once)), float("inf")
    for _ in range(3 if once < seconds else 2):
        start = time.process_time()
        for _ in range(n):
            f()
        best = min(best, (time.process_time() - start) / n)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="a checkout of mindtorch; without it this interpreter's torch")
    parser.add_argument("--dtypes", default="float32,bfloat16,float64")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--only", default="", help="regular expression for names of ops")
    parser.add_argument("--milliseconds", type=float, default=4, help="time budget of one figure")
    arguments = parser.parse_args()
    torch = import_torch(arguments.root)
    torch.set_num_threads(1)
    torch.manual_seed(5)
    made = {}
    for dtype in arguments.dtypes.split(","):
        for size in arguments.sizes.split(","):
            shape, kind = SIZES[size], getattr(torch, dtype)
            x = torch.randn(shape).to(kind)
            x = x.t() if size == "strided" else x
            y = torch.randn(shape[1:] if size == "broadcast" else shape).to(kind)
            given = {"x": x, "y": y, "p": x.abs() + 0.5}
            for name, (f, takes) in ops(torch, shape, kind).items():
                if not re.search(arguments.only, name):
                    continue
                values = [given[t] for t in takes]
                leaves = [v.detach().clone() if size != "strided" else v.detach() for v in values]
                leaves = [v.requires_grad_() for v in leaves]
                with torch.no_grad():
                    quiet = clock(lambda f=f, v=values: f(*v), arguments.milliseconds / 1000)
                made[f"{name}/{size}/{dtype}/forward"] = quiet
                gradient = torch.ones_like(f(*leaves))

                def both(f=f, leaves=leaves, gradient=gradient):
                    torch.autograd.grad(f(*leaves), leaves, gradient, allow_unused=True)

                made[f"{name}/{size}/{dtype}/with backward"] = clock(both, arguments.milliseconds / 1000)
                for v in leaves:
                    v.requires_grad_(False)
    print(json.dumps(made), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
