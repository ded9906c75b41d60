"""The host's time of an operator on the npu, from Python, against the CPU path's and MindSpore's own `mint`: 8x8
tensors.

    python benchmarks/npu.py [--rounds 3] [--only REGEX]

Over the software CANN with empty kernels: what is left is what the host does to describe and queue a launch. Time of
the calling thread, and,
since mint hands its work on to threads of its own, from the first of fifty calls until all are through; the least over
portions and rounds. The
three take turns in processes of their own. On a chip the same script measures the same thing, with
--command "" (no software CANN).
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

OPS = {  # name: (call on torch, call on mint or None where it has none by that name)
    "add": ("x + y", "mint.add(x, y)"),
    "add number": ("x + 1.5", "mint.add(x, 1.5)"),
    "sub": ("x - y", "mint.sub(x, y)"),
    "mul": ("x * y", "mint.mul(x, y)"),
    "div": ("x / y", "mint.div(x, y)"),
    "pow": ("x ** 2", "mint.pow(x, 2)"),
    "exp": ("x.exp()", "mint.exp(x)"),
    "sqrt": ("x.sqrt()", "mint.sqrt(x)"),
    "rsqrt": ("x.rsqrt()", "mint.rsqrt(x)"),
    "tanh": ("x.tanh()", "mint.tanh(x)"),
    "sigmoid": ("x.sigmoid()", "mint.sigmoid(x)"),
    "neg": ("-x", "mint.neg(x)"),
    "abs": ("x.abs()", "mint.abs(x)"),
    "relu": ("F.relu(x)", "mint.nn.functional.relu(x)"),
    "gelu": ("F.gelu(x)", "mint.nn.functional.gelu(x)"),
    "silu": ("F.silu(x)", "mint.nn.functional.silu(x)"),
    "maximum": ("torch.maximum(x, y)", "mint.maximum(x, y)"),
    "greater": ("x > y", "mint.gt(x, y)"),
    "equal": ("x == y", "mint.eq(x, y)"),
    "where": ("torch.where(m, x, y)", "mint.where(m, x, y)"),
    "masked_fill": ("x.masked_fill(m, 0.5)", "x.masked_fill(m, 0.5)"),
    "clamp": ("x.clamp(-1, 1)", "mint.clamp(x, -1, 1)"),
    "add_": ("x.add_(y)", "x.add_(y)"),
    "mul_": ("x.mul_(1.0)", "x.mul_(1.0)"),
    "zero_": ("z.zero_()", "z.zero_()"),
    "sum": ("x.sum(1)", "mint.sum(x, 1)"),
    "mean": ("x.mean(1)", "mint.mean(x, 1)"),
    "amax": ("x.amax(1)", "mint.amax(x, 1)"),
    "argmax": ("x.argmax(1)", "mint.argmax(x, 1)"),
    "cumsum": ("x.cumsum(1)", "mint.cumsum(x, 1)"),
    "softmax": ("F.softmax(x, 1)", "mint.nn.functional.softmax(x, 1)"),
    "log_softmax": ("F.log_softmax(x, 1)", "mint.nn.functional.log_softmax(x, 1)"),
    "layer_norm": ("F.layer_norm(x, (8,), w, w)", "mint.nn.functional.layer_norm(x, (8,), w, w)"),
    "matmul": ("x @ y", "mint.matmul(x, y)"),
    "linear": ("F.linear(x, y, w)", "mint.nn.functional.linear(x, y, w)"),
    "bmm": ("torch.bmm(b, b)", "mint.bmm(b, b)"),
    "embedding": ("F.embedding(i, x)", "mint.nn.functional.embedding(i, x)"),
    "cat": ("torch.cat((x, y))", "mint.cat((x, y))"),
    "gather": ("x.gather(1, j)", "mint.gather(x, 1, j)"),
    "to half": ("x.half()", "x.to(ms.float16)"),
}


def child(options):
    """Microseconds of each operator here; one JSON object on stdout."""
    wanted, times = re.compile(options.only), {}
    if options.child == "mint":
        import mindspore as ms
        from mindspore import mint

        ms.set_device("Ascend")
        x, y = (ms.Tensor([[0.5] * 8] * 8, ms.float32) for _ in range(2))
        names = {"ms": ms, "mint": mint, "x": x, "y": y, "z": mint.zeros((8, 8)), "m": mint.gt(x, 0),
                 "w": mint.ones((8,)), "b": mint.ones((1, 8, 8)),
                 "i": ms.Tensor([1, 0, 3], ms.int64), "j": ms.Tensor([[1] * 8] * 8, ms.int64)}
        wait = ms.runtime.synchronize
        x.asnumpy()
    else:
        sys.path.insert(0, str(ROOT))
        import mindtorch as torch

        d = options.child
        x, y = (torch.full((8, 8), 0.5, device=d) for _ in range(2))
        names = {"torch": torch, "F": torch.nn.functional, "x": x, "y": y, "z": torch.zeros(8, 8, device=d), "m": x > 0,
                 "w": torch.ones(8, device=d),
                 "b": torch.ones(1, 8, 8, device=d), "i": torch.tensor([1, 0, 3], device=d),
                 "j": torch.ones(8, 8, dtype=torch.int64, device=d)}
        wait = torch.npu.synchronize if d == "npu" else lambda: None
    for name, texts in OPS.items():
        text = texts[options.child == "mint"]
        if not wanted.search(name) or not text:
            continue
        call = eval(f"lambda: {text}", names)
        try:
            call()
        except Exception as error:  # what mint lacks in this MindSpore is told, not measured
            print(f"{name}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
            continue
        for _ in range(20):
            call()
        wait()
        best = whole = float("inf")
        for _ in range(8):
            begin, start = time.thread_time(), time.perf_counter()
            for _ in range(50):
                call()
            best = min(best, (time.thread_time() - begin) / 50)
            wait()
            whole = min(whole, (time.perf_counter() - start) / 50)
        times[name], times["whole " + name] = best * 1e6, whole * 1e6
    if options.child == "npu":
        times["fallbacks"] = sorted(torch.npu.fallbacks())
    print(json.dumps(times), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="regular expression for names")
    parser.add_argument("--command", default="-m mindtorch softcann --empty",
                        help="what runs a script where there is an npu")
    parser.add_argument("--child", choices=["cpu", "npu", "mint"], help="measure here and print JSON")
    options = parser.parse_args()
    if options.child:
        return child(options)
    best, host = {}, []
    for _ in range(options.rounds):
        for side in ("cpu", "npu", "mint"):
            prefix = [] if side == "cpu" else options.command.split()
            command = [sys.executable, *prefix, __file__, "--child", side, "--only", options.only]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT,
                                  env=os.environ | {"OMP_NUM_THREADS": "1", "GLOG_v": "3"})
            if done.returncode:
                raise SystemExit(f"{side}: {done.stdout[-500:]}{done.stderr[-3000:]}")
            times, kept = json.loads(done.stdout.strip().splitlines()[-1]), best.setdefault(side, {})
            host = times.pop("fallbacks", host)
            for name, t in times.items():
                kept[name] = min(t, kept.get(name, t))
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    from run import processor

    cpu, npu, mint = best["cpu"], best["npu"], best["mint"]
    names, mean = [n for n in npu if not n.startswith("whole ")], statistics.geometric_mean
    print(
        f"{processor()}; microseconds a call\n\n| 8x8 | cpu | npu | npu / cpu | npu until through | mint until through "
        "| npu / mint |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for n in names:
        theirs = f"{mint['whole ' + n]:.2f} | {npu['whole ' + n] / mint['whole ' + n]:.2f}" if n in mint else "- | -"
        print(f"| {n} | {cpu[n]:.2f} | {npu[n]:.2f} | {npu[n] / cpu[n]:.2f} | {npu['whole ' + n]:.2f} | {theirs} |")
    print(f"| geometric mean | | | {mean(npu[n] / cpu[n] for n in names):.2f} | | | "
          f"{mean(npu['whole ' + n] / mint['whole ' + n] for n in names if n in mint):.2f} |")
    print(f"\ncomputed on the host: {', '.join(host) or 'nothing'}")


if __name__ == "__main__":
    main()
