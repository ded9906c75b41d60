"""The software CANN: MindSpore's Ascend back end over it, operators against NumPy, guard, contract, faults.

Every part runs in a process of its own.
"""

import pathlib
import os
import re
import shutil
import subprocess
import sys

import pytest

from mindtorch import softcann
from mindtorch.softcann import generate

TESTS = pathlib.Path(__file__).parent
pytestmark = pytest.mark.skipif(
    not (shutil.which("c++") or shutil.which("g++")) or sys.platform != "linux", reason="needs a C++ compiler on Linux"
)


def run(command, tmp_path, **settings):
    env = softcann.environment(**settings) | {"SOFTCANN_THREADS": "1", "OMP_NUM_THREADS": "1", "GLOG_v": "3"}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_operators(tmp_path):
    done = run([TESTS / "softcann_operators.py"], tmp_path, guard=True, contract=True)
    n = re.search(r"passed (\d+) of \1$", done.stdout, re.M)
    assert n and done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    "part, faults",
    [
        ("entries", None),
        ("addresses", None),
        ("outside", None),
        ("launch", "launch:2"),
        ("memory", "memory:1000000"),
        ("hang", "hang:1:0.6"),
        ("streams", "hang:1:0.4"),
    ],
)
def test_runtime(part, faults, tmp_path):
    done = run([TESTS / "softcann_runtime.py", part], tmp_path, guard=True, contract=True, faults=faults)
    assert done.stdout.endswith("done\n") and done.returncode == 0, done.stdout + done.stderr


def test_unknown_fault(tmp_path):
    done = run([TESTS / "softcann_runtime.py", "launch"], tmp_path, faults="lunch:1")
    assert done.returncode == 2 and "no fault is called 'lunch:1'" in done.stderr


def test_back_end(tmp_path):
    trace = tmp_path / "trace"
    done = run([softcann.RUNNER, TESTS / "softcann_mint.py"], tmp_path, guard=True, contract=True, trace=str(trace))
    assert re.search(r"passed (\d+) of \1$", done.stdout, re.M), done.stdout[-6000:] + done.stderr[-3000:]
    assert "refused: True" in done.stdout
    report = done.stderr[done.stderr.rindex("software CANN: ") :]
    assert int(re.search(r"launches (\d+)", report)[1]) > 100 and re.search(r"\d aclnnMatmul$", report, re.M)
    assert "failed launches 0" in report and "argument self: DOUBLE is not among its dtypes" in report
    assert re.search(
        r"^aclnnAdd\(self=FLOAT\[4,3\], other=FLOAT\[4,3\], alpha=\w+, out=FLOAT\[4,3\]\)$", trace.read_text(), re.M
    )


def test_command_and_guard(tmp_path):
    # The first thing that waits is a value: runtime.synchronize() right behind the first operator opens the device in
    # two
    # of MindSpore's threads at once (its flag has no lock), and one of them calls what the other has just freed.
    script = tmp_path / "reads.py"
    script.write_text(
        "import ctypes, sys, numpy as np, mindspore as ms\nfrom mindspore import Tensor, mint\n"
        "ms.set_device('Ascend')\n"
        "x = mint.add(Tensor(np.ones((2, 2), np.float32)), 1.0)\n"
        "print('sum', float(x.sum().asnumpy()), sys.argv[1], flush=True)\n"
        "print('read', ctypes.c_float.from_address(x.data_ptr()).value, flush=True)\nsys.exit(3)\n"
    )
    command = [sys.executable, "-m", "mindtorch", "softcann", *(["--guard"]), str(script), "word"]
    guarded = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False)
    assert "sum 8.0 word" in guarded.stdout and "read" not in guarded.stdout and guarded.returncode not in (0, 3), (
        f"{guarded.returncode}: {guarded.stdout}{guarded.stderr}"
    )
    command.remove("--guard")
    plain = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False)
    assert "read 2.0" in plain.stdout and plain.returncode == 3 and "launches" in plain.stderr, (
        plain.stdout + plain.stderr
    )


def test_processes_that_a_script_starts(tmp_path):
    """They run over it too without knowing; the environment's own sitecustomize still runs, MindSpore's absence costs
    nothing."""
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.own = 'own'\n")
    worker = tmp_path / "worker.py"
    worker.write_text("import mindtorch, torch\nx = torch.ones(2, device='npu')\nprint(own, float((x + 1).sum()), "
                      "torch.npu.launches() > 0)\n")
    script = tmp_path / "starts.py"
    script.write_text(
        "import subprocess, sys\n"
        f"print(subprocess.run([sys.executable, {str(worker)!r}], capture_output=True, text=True, check=True))\n"
        "print(subprocess.run([sys.executable, '-c', 'print(own)'], capture_output=True, text=True, check=True))\n"
    )
    env = softcann.environment(guard=True, contract=True)
    env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(tmp_path), str(TESTS.parent)])
    done = subprocess.run([sys.executable, softcann.RUNNER, script], env=env, cwd=tmp_path, capture_output=True,
                          text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = done.stdout.splitlines()
    assert "own 4.0 True" in first and "aclnnAdd" in first, first
    assert "stdout='own\\n', stderr=''" in second, second


def test_pages():
    """Every operator that is written is in the data file, with the page that describes it."""
    sources = "".join(p.read_text() for p in (TESTS.parent / "mindtorch" / "csrc" / "softcann").glob("*.cc"))
    known = {o.name: o for o in generate.operators()}
    written = {
        f"aclnn{n}" for n in re.findall(r"^(?:UNARY|BINARY|NUMBER|NUMBER_FIRST)\((\w+), \"", sources, re.M)
    } | set(re.findall(r"^OPERATOR\((aclnn\w+)\)", sources, re.M))
    assert len(written) > 250 and written <= set(known), written - set(known)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+:\S+\.md", known[name].page) for name in written)
