"""One side's training steps (forward, backward, clipping, AdamW) of one model: one JSON line. bench.py alternates it.

    python benchmarks/steps.py "BERT-base 8x128" [--root CHECKOUT] [--bf16] [--compile] [--seconds 10] [--threads 2]
"""
import argparse
import json
import os
import resource
import statistics
import time

from harness import import_torch
from models import MODELS


def memory():
    """Peak of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=list(MODELS))
    parser.add_argument("--root", help="a checkout of mindtorch; without it this interpreter's torch")
    parser.add_argument("--bf16", action="store_true", help="under autocast to bfloat16")
    parser.add_argument("--float64", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--seconds", type=float, default=10, help="time budget of the steps measured")
    parser.add_argument("--steps", type=int, default=10 ** 6, help="at most so many")
    parser.add_argument("--warm", type=int, default=2, help="steps not counted")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu", action="store_true", help="time of the processor, for a machine that others use")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    torch = import_torch(arguments.root)
    imported = time.perf_counter() - begin
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(7)
    model, batch = MODELS[arguments.model](torch)
    if arguments.float64:
        model = model.double()
    model.train()
    called = torch.compile(model) if arguments.compile else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    held = memory()

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bf16):
            made = called(**batch)
        loss = made if isinstance(made, torch.Tensor) else made.loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    clock = time.process_time if arguments.cpu else time.perf_counter
    losses, times = [], []
    begin = time.perf_counter()
    while len(times) < arguments.warm + 1 or (
        len(times) < arguments.steps and time.perf_counter() - begin < arguments.seconds
    ):
        start = clock()
        losses.append(step())
        times.append(clock() - start)
        if len(times) == arguments.warm:
            begin = time.perf_counter()
    counted = times[arguments.warm:]
    near = lambda at: statistics.median(times[at - 10: at + 10]) if len(times) > at + 10 else None
    print(json.dumps({
        "import": imported, "first": times[0], "step": statistics.median(counted), "steps": len(counted),
        "loss": losses[arguments.warm], "last": losses[-1], "peak": memory(), "held": held, "later": near(1000),
        "early": near(50),
    }), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
