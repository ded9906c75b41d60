"""mindtorch/_tools/coverage.json: what `python -m mindtorch check` knows beside signatures, and docs/coverage.md.

    python -m tests.coverage            from the sources, gaps.py and what was recorded on the npu
    python -m tests.coverage --ascend   runs the recorded samples on the npu over the software CANN first

Two things are gathered: **differences** (tests/parity/gaps.py and known.py) and **ascend** (what each operator, module
and optimizer with a recorded sample did on the npu, by dtype). What a function refuses is read from its source when
somebody asks (mindtorch/_tools/refusals.py).
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import mindtorch
from tests.parity.gaps import GAPS

from . import known

ROOT = pathlib.Path(__file__).parents[2]
TARGET = ROOT / "mindtorch" / "_tools" / "coverage.json"
_GAP = {"views": "a copy, not a view", "orders": "strides of results of arguments that lie in other orders",
        "strides": "strides of the result", "forward": "values", "grad": "gradients", "second": "second derivatives",
        "method": "the method's values", "inplace": "the in-place form", "out": "the out= form", "error": "the error"}


def _said(gap):
    """The reason, and the dtypes where it is not all of them."""
    return gap if isinstance(gap, str) else f"{gap[1]} ({', '.join(gap[0].split())})"


def differences():
    """{public name: what is different}, from gaps and from known.py."""
    found = {}
    for name, kinds in GAPS.items():
        where = f"torch.{name}" if hasattr(mindtorch, name.partition(".")[0]) else f"torch.Tensor.{name}"
        texts = dict.fromkeys(f"{_GAP.get(kind, kind)}: {_said(gap)}" for kind, gap in kinds.items() if kind != "error")
        if texts:
            found[where] = "; ".join(texts)
    found.update(known.DIFFERENCES)
    return dict(sorted(found.items()))


def on_ascend():
    """{subject: {dtype: status}}, run now over the software CANN."""
    from mindtorch import softcann

    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "found.json")
        env = softcann.environment(contract=True)
        env["PYTHONPATH"] = f"{ROOT}:{env.get('PYTHONPATH', '')}"
        subprocess.run([sys.executable, softcann.RUNNER, "-m", "tests.coverage.on_ascend", target], cwd=ROOT, env=env,
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(target, encoding="utf8") as file:
            return json.load(file)


def compact(found):
    """{subject: {status: dtypes}}, "" for what needs no help of the host."""
    result = {}
    for name, by_dtype in sorted(found.items()):
        at = result.setdefault(name, {})
        for dtype, status in sorted(by_dtype.items()):
            at[status] = f"{at[status]} {dtype}" if status in at else dtype
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ascend", action="store_true", help="run the recorded samples on the npu first")
    parser.add_argument("--from", dest="found", help="what tests.coverage.on_ascend wrote")
    options = parser.parse_args()
    if options.found:
        ascend = compact(json.loads(pathlib.Path(options.found).read_text()))
    else:
        ascend = compact(on_ascend()) if options.ascend else json.loads(TARGET.read_text())["ascend"]
    TARGET.write_text(text(ascend), encoding="utf8")


def text(ascend):
    """The file's text."""
    return json.dumps({"differences": differences(), "ascend": ascend}, indent=0, sort_keys=True) + "\n"
