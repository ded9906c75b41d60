"""Time of collectives between processes of this machine, beside PyTorch's gloo:
python benchmarks/distributed.py --oracle .oracle/bin/python [--ranks 2]"""

import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
RANK_SCRIPT = """
import json, os, time
import torch, torch.distributed as dist
dist.init_process_group("gloo")
n, found = dist.get_world_size(), {}
for name, sizes in (("all_reduce", (256, 1 << 18, 1 << 24)), ("broadcast", (1 << 18, 1 << 24)),
                    ("all_gather", (1 << 18, 1 << 22)), ("reduce_scatter", (1 << 18, 1 << 22))):
    for size in sizes:
        x = torch.ones(size)
        outs = [torch.zeros(size) for _ in range(n)]
        run = {"all_reduce": lambda: dist.all_reduce(x), "broadcast": lambda: dist.broadcast(x, 0),
               "all_gather": lambda: dist.all_gather(outs, x),
               "reduce_scatter": lambda: dist.reduce_scatter(x, outs)}[name]
        times = []
        for _ in range(5):
            k = 50 if size < 1 << 20 else 3
            run()
            dist.barrier()
            start = time.perf_counter()
            for _ in range(k):
                run()
            times.append((time.perf_counter() - start) / k)
        found[f"{name} of {size * 4 >> 10} KB"] = min(times) * 1e3
if dist.get_rank() == 0:
    print("FOUND", json.dumps(found))
"""


def measure(python, ranks, **environment):
    """{collective: milliseconds}, the least of five rounds."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    running = [subprocess.Popen(
        [python, "-c", RANK_SCRIPT], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"RANK": str(r), "WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1",
                          "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1", **environment}) for r in range(ranks)]
    out = running[0].communicate()[0]
    for process in running:
        process.wait()
    return json.loads(out.split("FOUND", 1)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oracle", required=True, help="a Python with PyTorch")
    parser.add_argument("--ranks", type=int, default=2)
    args = parser.parse_args()
    own = {"PYTHONPATH": str(ROOT)}
    gloo = measure(args.oracle, args.ranks, PYTHONPATH="")
    shared = measure(sys.executable, args.ranks, MINDTORCH_TRANSPORT="shared", **own)
    sockets = measure(sys.executable, args.ranks, MINDTORCH_TRANSPORT="sockets", **own)
    print(f"{args.ranks} processes, milliseconds\n\n| | gloo | shared memory | sockets |\n| --- | --- | --- | --- |")
    for name, base in gloo.items():
        print(f"| {name} | {base:.3f} | {shared[name]:.3f} ({shared[name] / base:.2f}) | {sockets[name]:.3f} "
              f"({sockets[name] / base:.2f}) |")


if __name__ == "__main__":
    main()
