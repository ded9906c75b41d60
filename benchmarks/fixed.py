"""One side's fixed costs: one JSON line on stdout, seconds by name. bench.py alternates it.

    python benchmarks/fixed.py [--root CHECKOUT] [--megabytes 500]
"""
import argparse
import json
import os
import tempfile
import time

from harness import import_torch


class Items:
    """A data set whose items cost a little."""

    def __init__(self, torch, count):
        self.torch, self.count = torch, count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        return self.torch.full((64,), float(i)), i


def clock(f, seconds=0.2):
    """Time of the processor for one call, least of five portions."""
    f()
    start = time.process_time()
    f()
    n = max(1, int(seconds / 5 / max(time.process_time() - start, 1e-7)))
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(n):
            f()
        best = min(best, (time.process_time() - start) / n)
    return best


def small(torch):
    """Calls that are overhead alone."""
    x, one = torch.full((4, 4), 0.5), torch.tensor(1.5)
    many = [torch.full((16,), float(i)) for i in range(64)]
    numbers = [float(i) for i in range(1000)]
    rows = [[float(i + j) for j in range(10)] for i in range(100)]
    cell = torch.nn.LSTMCell(16, 16)
    layer, start = torch.nn.LSTM(16, 16), torch.zeros(20, 2, 16)
    module = torch.nn.Linear(4, 4)
    no = torch.no_grad()
    calls = {
        "item()": lambda: one.item(), "x + x of 4x4": lambda: x + x, "x.sum() of 4x4": lambda: x.sum(),
        "Linear of 4x4": lambda: module(x), "stack of 64 tensors of 16": lambda: torch.stack(many),
        "cat of 64 tensors of 16": lambda: torch.cat(many), "unbind of 64 rows": lambda: torch.ones(64, 16).unbind(0),
        "tensor(list of 1000)": lambda: torch.tensor(numbers), "tensor(100 lists of 10)": lambda: torch.tensor(rows),
        "tensor(number)": lambda: torch.tensor(1.5), "tolist() of 4x4": lambda: x.tolist(),
        "LSTMCell of 16": lambda: cell(x.view(1, 16)), "LSTM of 16, 20 steps": lambda: layer(start),
        "zeros(4, 4)": lambda: torch.zeros(4, 4), "randn(4, 4)": lambda: torch.randn(4, 4),
    }
    return {k: no(f) for k, f in calls.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="a checkout of mindtorch; without it this interpreter's torch")
    parser.add_argument("--megabytes", type=int, default=500, help="size of the file of weights")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    start, used = time.perf_counter(), time.process_time()
    torch = import_torch(arguments.root)
    made = {"import": time.perf_counter() - start, "import, processor": time.process_time() - used}
    torch.set_num_threads(arguments.threads)
    made |= {name: clock(f) for name, f in small(torch).items()}
    from safetensors.torch import load_file, save_file

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights.safetensors")
        weights = {f"w{i}": torch.randn(1024, 1280) for i in range(max(1, arguments.megabytes // 5))}
        least = {"save": float("inf"), "load": float("inf")}
        for _ in range(3):
            start = time.perf_counter()
            save_file(weights, path)
            least["save"] = min(least["save"], time.perf_counter() - start)
            start = time.perf_counter()
            sum(w[0, 0].item() for w in load_file(path).values())
            least["load"] = min(least["load"], time.perf_counter() - start)
        made |= {f"safetensors {k}, {arguments.megabytes} MB": s for k, s in least.items()}
    for workers in (0, 2):
        items = Items(torch, 4000)
        loader = torch.utils.data.DataLoader(items, batch_size=32, num_workers=workers)
        next(iter(torch.utils.data.DataLoader(items, batch_size=32)))
        start = time.perf_counter()
        count = sum(len(x) for x, _ in loader)
        made[f"DataLoader, 4000 items, {workers} workers"] = time.perf_counter() - start
        assert count == len(items)
    print(json.dumps(made), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
