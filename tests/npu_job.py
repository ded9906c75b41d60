"""make npu: the demo's job at its own size (benchmarks/job.py) on the npu, over the software CANN with guard and
contract, nothing on the host.

Without dropout its losses are the CPU's within 1e-5; with dropout two runs of a seed are equal, and so is one whose
layers are computed again in the backward. Takes minutes: 5 runs of 100 steps of a pretrained MiniLM."""
import argparse
import json
import os
import pathlib
import subprocess
import sys

from mindtorch import softcann

ROOT = pathlib.Path(__file__).parent.parent


def job(steps, *options, cpu=False):
    """What a run says of itself."""
    command = ["benchmarks/job.py", "--torch", "mindtorch", "--no-eval", "--steps", str(steps), *options]
    if cpu:
        command, env = [sys.executable, *command, "--cpu"], dict(os.environ)
    else:
        command, env = [sys.executable, softcann.RUNNER, *command], softcann.environment(guard=True, contract=True)
    env = env | {"MINDTORCH_NO_FALLBACK": "1", "GLOG_v": "3"}
    done = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    made = json.loads(done.stdout.strip().splitlines()[-1])
    assert made["device"] == ("cpu" if cpu else "npu:0"), made["device"]
    return made


def apart(a, b):
    """The largest relative distance of two curves."""
    return max(abs(x - y) / abs(x) for x, y in zip(a["losses"], b["losses"], strict=True))


def main():
    """The command; its exit status is the number of comparisons that failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    steps, failed = parser.parse_args().steps, 0

    def compare(what, a, b, most):
        nonlocal failed
        distance = apart(a, b)
        failed += not distance <= most
        print(f"{what}: {distance:.1e} apart over {steps} steps, at most {most:g} allowed", flush=True)

    cpu, npu = job(steps, "--no-dropout", cpu=True), job(steps, "--no-dropout")
    print(f"{cpu['step_s']:.2f} s a step on the CPU, {npu['step_s']:.2f} s over the software CANN", flush=True)
    compare("without dropout, npu and CPU", cpu, npu, 1e-5)
    plain = job(steps)
    compare("with dropout, two runs of a seed", plain, job(steps), 0)
    compare("with dropout, checkpointed and plain", plain, job(steps, "--checkpointing"), 0)
    return failed


if __name__ == "__main__":
    sys.exit(main())
