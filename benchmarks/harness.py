"""What the benchmarks share: the machine's name, children that measure one side, ratios, tables and their picture."""
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve", "bf16")


def cpuinfo(*keys):
    """The first value in /proc/cpuinfo under one of the names, or ""."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            for line in f:
                name, _, value = line.partition(":")
                if name.strip() in keys:
                    return value.strip()
    except OSError:
        pass
    return ""


def processor():
    """Name of the processor."""
    import platform

    return cpuinfo("model name") or platform.processor() or platform.machine()


def machine(threads):
    """The line on top of every report."""
    features = [x for x in cpuinfo("flags", "Features").split() if x in FEATURES]
    return f"{processor()} ({' '.join(features)}), {os.cpu_count()} processors, {threads} threads"


def import_torch(root):
    """This side's torch: mindtorch from the checkout `root`, or, without one, the interpreter's own."""
    if root:
        sys.path.insert(0, root)
        import mindtorch

        assert mindtorch.__file__.startswith(os.path.join(root, "")), mindtorch.__file__
    import torch

    return torch


def run(python, script, *arguments, timeout=None, **variables):
    """The JSON object on the last line that a script prints; an error is {"error": its last line}."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | variables
    command = [str(python), str(script), *map(str, arguments)]
    try:
        made = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=timeout)
    except subprocess.TimeoutExpired:
        return {"error": f"no answer in {timeout} s", "stderr": ""}
    lines = made.stdout.strip().splitlines()
    if made.returncode or not lines:
        last = (made.stderr.strip().splitlines() or ["nothing printed"])[-1]
        return {"error": last[:200], "stderr": made.stderr[-3000:]}
    return json.loads(lines[-1])


def spread(values, form="{:.2f}"):
    """median (least to most)"""
    values = sorted(values)
    return f"{form.format(statistics.median(values))} ({form.format(values[0])} to {form.format(values[-1])})"


def markdown(head, rows):
    """A table."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join(lines + [f"| {' | '.join(map(str, row))} |" for row in rows])


def picture(path, title, bars):
    """Ratios as bars, (name, ratio): longer than the line at 1 is slower than PyTorch."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.22 * len(bars)))
    names, ratios = zip(*reversed(bars))
    axes.barh(range(len(bars)), ratios, color=["#c0392b" if r > 1 else "#2d7d46" for r in ratios], height=0.7)
    axes.set_yticks(range(len(bars)), names, fontsize=7)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("time, mindtorch / PyTorch (left of the line: mindtorch is faster)", fontsize=8)
    axes.set_title(title, fontsize=8)
    axes.margins(y=0.01)
    figure.tight_layout()
    figure.savefig(path, dpi=110, bbox_inches="tight")
