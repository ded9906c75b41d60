"""python -m mindtorch selftest: what somebody who has the hardware runs first, and sends along with a bug report.

Environment, memory, recorded results of PyTorch on the device, the speed of a few operators, a small training run; a
verdict, and one report file.
"""
import datetime
import json
import os
import platform
import sys
import time
import traceback

from . import samples

SPEED = (
    ("add, 1024 x 1024", lambda torch, x: x + x),
    ("softmax, 1024 x 1024", lambda torch, x: torch.softmax(x, 1)),
    ("layer_norm, 1024 x 1024", lambda torch, x: torch.nn.functional.layer_norm(x, (1024,))),
    ("matmul, 1024 x 1024", lambda torch, x: x @ x),
    ("matmul, bfloat16", lambda torch, x: x.bfloat16() @ x.bfloat16()),
    ("add, 4 x 4", lambda torch, x: x[:4, :4] + 1),
)
_CANN = ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME", "ASCEND_OPP_PATH", "SOFTCANN_HOME")
# relative distance of the training run from PyTorch's; a chip rounds and sums otherwise
LOSSES = {"cpu": 1e-5, "npu": 1e-3}


def environment():
    """Versions, machine and settings, as words."""
    import mindspore
    import numpy

    import mindtorch
    from mindtorch._core import runtime

    found = {
        "mindtorch": mindtorch.__version__,
        "mindspore": mindspore.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "system": platform.platform(),
        "kernels": os.path.basename(runtime.kernel_library()),
        "threads": str(mindtorch.get_num_threads()),
    }
    for name in _CANN:
        if folder := os.environ.get(name):
            found[name] = folder
            found.setdefault("CANN", _version(folder))
    found |= {k: v for k, v in sorted(os.environ.items()) if k.startswith(("MINDTORCH_", "ASCEND_RT_", "SOFTCANN_"))
              and k not in found}
    return found


def _version(folder):
    for name in ("version.info", os.path.join("compiler", "version.info"), "version.cfg"):
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                return " ".join(f.read(400).split())
        except OSError:
            continue
    return "no version.info there"


def _device_facts(torch, device):
    if device == "cpu":
        return {}
    module = torch.npu
    free, total = module.mem_get_info()
    return {"devices": module.device_count(), "name": module.get_device_name(0), "free_mib": free >> 20,
            "total_mib": total >> 20}


def _far(found, wanted, relative, absolute):
    """How far two lists of numbers are apart, in tolerances; infinite for other lengths and for NaN against a
    number."""
    if len(found) != len(wanted):
        return float("inf")
    worst = 0.0
    for a, b in zip(found, wanted):
        if a == b or (a != a and b != b):
            continue
        away = abs(a - b) / (absolute + relative * abs(b))
        worst = max(worst, away if away == away else float("inf"))
    return worst


def parity(torch, device, recorded, say):
    """Every recorded sample on the device: (number that agrees, what does not)."""
    good, bad, family = 0, [], None
    for at, (kind, text, wanted) in enumerate(recorded, 1):
        if kind != family:
            family = kind
            say(f"  {kind}")
        tolerance = samples.TOLERANCES.get(kind, samples.PLAIN)
        try:
            found = samples.compute(torch, device, text)
            apart = max((_far(f, w, *tolerance) for f, w in zip(found, wanted)),
                        default=0.0) if len(found) == len(wanted) else float("inf")
            problem = f"{apart:.3g} tolerances from PyTorch's" if apart > 1 else None
        except Exception as error:  # the report is about what goes wrong
            problem = f"{type(error).__name__}: {str(error)[:300]}"
        if problem:
            bad.append({"sample": text, "problem": problem})
            say(f"    {text}: {problem}")
        else:
            good += 1
    return good, bad


def speed(torch, device):
    """Milliseconds of one call, the least of three portions."""
    x = torch.ones(1024, 1024, device=device) * 0.5
    wait = torch.npu.synchronize if device != "cpu" else lambda: None
    table = {}
    for name, f in SPEED:
        f(torch, x), wait()
        best = float("inf")
        for _ in range(3):
            begin = time.perf_counter()
            for _ in range(10):
                f(torch, x)
            wait()
            best = min(best, (time.perf_counter() - begin) / 10)
        table[name] = round(best * 1e3, 4)
    return table


def main(device, path):
    """The self test on a device ("cpu", "npu"), with a report in a JSON file; the number of sections that failed."""
    report, failed = {"when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                      "device": device}, []

    def say(text):
        print(text, flush=True)

    def section(name, work):
        say(name)
        try:
            problem = work()
        except Exception as error:  # what is tested is whether there are any
            report.setdefault("tracebacks", {})[name] = traceback.format_exc()
            problem = f"{type(error).__name__}: {error}"
        if problem:
            failed.append(name)
            say(f"  FAILED: {problem}")
            report.setdefault("failed", {})[name] = problem

    with open(samples.RECORDED, encoding="utf-8") as f:
        recorded = json.load(f)
    import torch

    def machine():
        report["environment"] = environment()
        report["facts"] = _device_facts(torch, device)
        for name, value in (report["environment"] | report["facts"]).items():
            say(f"  {name:20} {value}")

    def memory():
        t = torch.full((1 << 22,), 3.0, device=device)
        back = t.cpu()
        if not bool((back == 3).all()):
            return "16 MiB came back from the device with other values"

    def results():
        good, bad = parity(torch, device, recorded["samples"], say)
        report["parity"] = {"agree": good, "of": len(recorded["samples"]), "differ": bad}
        say(f"  {good} of {len(recorded['samples'])} agree with PyTorch {recorded['torch']}")
        return f"{len(bad)} samples" if bad else None

    def times():
        report["milliseconds"] = speed(torch, device)
        for name, value in report["milliseconds"].items():
            say(f"  {name:26} {value:9.4f} ms")

    def training():
        losses = samples.train(torch, device)
        apart = max(abs(a - b) / abs(b) for a, b in zip(losses, recorded["losses"], strict=True))
        report["training"] = {"losses": losses, "relative_distance": apart}
        say(f"  loss {losses[0]:.4f} -> {losses[-1]:.4f} in {len(losses)} steps; at most {apart:.2e} from PyTorch's")
        return f"the losses are more than {LOSSES[device]:g} from PyTorch's" if not apart <= LOSSES[device] else None

    def host():
        counts = dict(torch.npu.fallbacks())
        report["computed_on_the_host"] = counts
        say("  " + (", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "nothing"))

    section("environment", machine)
    if not failed:
        for name, work in (("memory", memory), ("results and gradients", results), ("time of an operator", times),
                           ("training", training)):
            section(name, work)
        if device != "cpu":
            section("computed on the host", host)
    report["verdict"] = "failed: " + ", ".join(failed) if failed else "passed"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(report, f, indent=1)
        f.write("\n")
    say(f"{report['verdict']}\nreport: {path} (attach it to a bug report)")
    return len(failed)


def parse(arguments):
    """(device, report file) from the command line."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m mindtorch selftest", description="environment, results, speed and "
                                                                                      "a small training run on a "
                                                                                      "device; one report file")
    parser.add_argument("--device", choices=["cpu", "npu"], help="default: npu where there is one")
    parser.add_argument("--report", default="mindtorch-selftest.json", metavar="FILE")
    return parser.parse_args(arguments)


def run(arguments):
    """The command; its exit status."""
    options = parse(arguments)
    import mindtorch as torch

    device = options.device or ("npu" if torch.npu.is_available() else "cpu")
    if device == "npu" and not torch.npu.is_available():
        print(
            "mindtorch selftest: there is no npu here: MindSpore's Ascend target cannot be used (python -m mindtorch "
            "softcann -m mindtorch selftest runs it over the software CANN)",
            file=sys.stderr,
        )
        return 2
    return min(main(device, options.report), 1)
