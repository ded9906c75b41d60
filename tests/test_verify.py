"""python -m mindtorch verify SCRIPT: what differs is found by name. The reference was recorded by PyTorch:

    .oracle/bin/python mindtorch/_tools/recorder.py --steps 2 --out bert_step.jsonl tests/data/bert_step.py
    gzip -n bert_step.jsonl && mv bert_step.jsonl.gz tests/data/
"""
import os
import pathlib
import subprocess
import sys

import numpy
import pytest

import mindtorch as torch
from mindtorch._tools import recorder, verify

ROOT = pathlib.Path(__file__).parents[1]
SCRIPT = str(ROOT / "tests" / "data" / "bert_step.py")
REFERENCE = str(ROOT / "tests" / "data" / "bert_step.jsonl.gz")


def verified(*arguments, **env):
    done = subprocess.run([sys.executable, "-m", "mindtorch", "verify", SCRIPT, *arguments, "--steps", "2"], text=True,
                          env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1", **env), capture_output=True,
                          cwd=ROOT, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    return done.returncode, done.stdout


def test_the_step_is_pytorchs():
    status, text = verified("--reference", REFERENCE)
    assert status == 0 and "the curves agree" in text and "over 2 steps: none differs" in text, text


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_a_wrong_operator_is_found_by_name(where):
    status, text = verified("--reference", REFERENCE, PLANT=where)
    assert status == 1, text
    found = next(line for line in text.splitlines() if line.startswith("first difference"))
    # forward: the first layer norm of the first layer; backward: the last one, where the walk begins
    layer = "layers.0.first" if where == "forward" else "layers.1.second"
    assert f"step 0, {where}: layer_norm in {layer} (LayerNorm)" in found and "suggestion: " in text, text


def test_a_wrong_operator_of_the_npu_is_found_by_name():
    status, text = verified("--against", "npu", SOFTCANN_FAULTS="wrong:aclnnGeluV2")
    assert status == 1 and "step 0, forward: gelu in layers.0 (Layer)" in text, text


def test_captured_programs_and_processes_agree():
    status, text = verified("--against", "compiled")
    assert status == 0 and "none differs" in text, text
    status, text = verified("--against", "processes", "--no-dropout")
    assert status == 0 and "one process and two agree" in text, text


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int64", "bool", "complex64"])
def test_a_digest_tells_one_element(dtype):
    kind = getattr(torch, dtype)
    t = (torch.arange(100000) % 7).to(kind)
    told = recorder.digest(t)
    assert told[:2] == [dtype, [100000]] and recorder.digest(t.clone()) == told
    other = t.clone()
    other[70001] = 1 - other[70001] if dtype != "bool" else ~other[70001]
    assert verify.distance(told, recorder.digest(other)) > 0
    assert verify.distance(told, recorder.digest(other[:-1])) == float("inf")


def test_a_digest_of_what_is_not_finite():
    a, b = torch.tensor([1.0, float("inf"), 2.0]), torch.tensor([1.0, 3.0, 2.0])
    assert recorder.digest(a)[5] == 1 and verify.distance(recorder.digest(a), recorder.digest(b)) == float("inf")


def test_rounding_is_no_difference():
    numpy.random.seed(0)
    a = torch.tensor(numpy.random.randn(1 << 18), dtype=torch.float32)
    near = verify.distance(recorder.digest(a), recorder.digest(a * (1 + 1e-7)))
    assert near < verify.tolerance("float32") / 10
    assert verify.distance(recorder.digest(a), recorder.digest(a * 1.001)) > verify.tolerance("float32")


def test_options_before_and_after_the_script():
    assert verify._script_last(["s.py", "--oracle", "p", "--steps=4", "--own", "1"]) == [
        "--oracle", "p", "--steps=4", "s.py", "--own", "1"]
    assert verify.wanted(["s.py", "--against=npu"]) and not verify.wanted(["s.py", "--own"])
    assert verify.command(["--reference", "not there", "not there.py"]) == 2


def test_what_a_bug_report_says(monkeypatch, capsys):
    from mindtorch.__main__ import main

    monkeypatch.setenv("MINDTORCH_CPU_LEVEL_OF_NOBODY", "7")
    assert main(["env"]) == 0
    rows = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert rows["torch"] == torch.__version__ and rows["MINDTORCH_CPU_LEVEL_OF_NOBODY"] == "7"
    assert {"mindspore", "numpy", "python", "system", "processor", "cores", "memory", "threads", "kernels", "npu",
            "installed", "shim", "safetensors"} <= set(rows)
