"""The Trainer's tutorial, its curve beside the CPU's, and a run that is killed, on the npu: over the software CANN with
guard and contract, where nothing may be computed on the host.

The demo's job at its own size takes minutes: `make npu` (tests/npu_job.py)."""
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.test_ascend import ROOT, on_device, softcann

ALONE = {"MINDTORCH_NO_FALLBACK": "1"}


def start(script, *arguments, device="npu", **settings):
    """A script of this folder as a process, over the software CANN or without it."""
    own = {"OMP_NUM_THREADS": "1", "GLOG_v": "3", "PYTHONPATH": str(ROOT)}
    if device == "npu":
        env = softcann.environment(**{"guard": True, "contract": True} | settings)
        own["PYTHONPATH"] += os.pathsep + env["PYTHONPATH"]
        command = [sys.executable, softcann.RUNNER]
    else:
        env, command = dict(os.environ), [sys.executable, "-m", "mindtorch", "run"]
    return subprocess.Popen([*command, *script, *arguments], env=env | own | ALONE, cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def result(process):
    """Its last line as JSON."""
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, out[-1000:] + err[-4000:]
    return json.loads(out.strip().splitlines()[-1])


RUN = ("-m", "tests.programs_trainer")


def test_the_tutorial_on_the_npu():
    """tests/test_tutorial.py itself, in a process that has a device."""
    process = start(("-m", "pytest"), "tests/test_tutorial.py", "-q", "-p", "no:cacheprovider", "-rs",
                    "--deselect", "tests/test_tutorial.py::test_import_order")
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, out[-4000:] + err[-2000:]
    assert "SKIPPED" not in out, out
    assert "calls outside the contract, refused 0\n" in err


def test_dropout_is_that_of_the_seed_and_of_the_checkpoint():
    """Two runs of a seed are equal, and so are those whose layers are computed again in the backward. With halves the
    reentrant way rounds gradients once more, as PyTorch's does: it is compared in float32 only."""
    figures = on_device("""
        from tests.programs_trainer import run
        ways = ("no", "again", "not-reentrant", "reentrant")
        figures = {}
        for p in ("fp32", "fp16", "bf16"):
            figures[p] = {w: run(6, dropout=0.1, precision=p, checkpointing="no" if w == "again" else w) for w in ways}
            figures[p]["still"] = run(6, precision=p)
        figures["cpu"] = run(6, cpu=True)
        assert torch.npu.fallbacks() == {}
        print(json.dumps(figures))
    """, environment=ALONE)
    cpu = figures.pop("cpu")
    for precision, f in figures.items():
        plain, still = f["no"], f["still"]
        assert plain["device"] == "npu:0" and (plain["scale"] == 65536.0) == (precision == "fp16")
        for way in ("again", "not-reentrant", "reentrant")[: 3 if precision == "fp32" else 2]:
            assert f[way] == plain, (precision, way)
        assert plain["losses"] != pytest.approx(still["losses"], rel=1e-4)
        apart = {"fp32": 1e-6, "fp16": 1e-3, "bf16": 5e-3}[precision]
        assert still["losses"] == pytest.approx(cpu["losses"], rel=apart)


def test_a_hundred_steps_are_those_of_the_cpu():
    cpu, npu = on_device("""
        from tests.programs_trainer import run
        print(json.dumps([run(100, cpu=True), run(100)]))
    """, environment=ALONE)
    assert (cpu["device"], npu["device"]) == ("cpu", "npu:0") and npu["losses"][-1] < 0.8 * npu["losses"][0]
    assert npu["losses"] == pytest.approx(cpu["losses"], rel=1e-5)


def test_a_killed_process_resumes(tmp_path):
    """SIGKILL between two checkpoints, under float16 with its scaler and with dropout: the run that resumes has the
    curve of one that was left alone."""
    options = ("--dropout", "0.1", "--precision", "fp16", "--save", "4")
    whole = start(RUN, *options, "--steps", "16", "--folder", str(tmp_path / "whole"))
    killed, seen = start(RUN, *options, "--steps", "16", "--folder", str(tmp_path / "killed")), []
    for line in killed.stdout:
        if line.startswith("loss"):
            seen.append(float(line.split()[1]))
        if len(seen) == 10:
            killed.send_signal(signal.SIGKILL)
            break
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL and (tmp_path / "killed" / "checkpoint-8").is_dir()
    again = result(start(RUN, *options, "--steps", "16", "--folder", str(tmp_path / "killed"), "--resume"))
    whole = result(whole)
    assert seen[:10] == whole["losses"][:10] and again["losses"] == whole["losses"][8:]
    assert again["parameters"] == whole["parameters"] and again["scale"] == whole["scale"]
