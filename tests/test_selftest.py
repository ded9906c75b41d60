"""python -m mindtorch selftest, on the CPU and over the software CANN; and that it can fail."""
import json
import shutil
import subprocess
import sys

import pytest
import torch
from mindtorch import selftest
from mindtorch.selftest import samples


def test_on_the_cpu(tmp_path):
    done = subprocess.run([sys.executable, "-m", "mindtorch", "selftest", "--device", "cpu"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    report = json.loads((tmp_path / "mindtorch-selftest.json").read_text())
    assert report["verdict"] == "passed" and report["parity"]["agree"] == report["parity"]["of"] > 120
    assert report["training"]["relative_distance"] < 1e-5 and set(report["milliseconds"]) == {
        name for name, _ in selftest.SPEED}


@pytest.mark.skipif(not shutil.which("c++"), reason="the software CANN is built by a C++ compiler")
def test_over_the_software_cann(tmp_path):
    command = [sys.executable, "-m", "mindtorch", "softcann", "--guard", "--contract", "-m", "mindtorch", "selftest"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    report = json.loads((tmp_path / "mindtorch-selftest.json").read_text())
    assert report["device"] == "npu" and report["verdict"] == "passed" and report["parity"]["agree"] == report[
        "parity"]["of"]
    assert report["training"]["relative_distance"] < 1e-5 and report["environment"]["SOFTCANN_HOME"]


def test_without_an_npu(tmp_path):
    done = subprocess.run([sys.executable, "-m", "mindtorch", "selftest", "--device", "npu"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "there is no npu here" in done.stderr


def test_what_differs_is_told():
    recorded = json.loads(samples.RECORDED.read_text())["samples"]
    family, text, wanted = recorded[0]
    said = []
    wrong = [[n + 0.01 for n in values] for values in wanted]
    good, bad = selftest.parity(torch, "cpu",
                                [[family, text, wanted], [family, text, wrong], [family, "torch.nothing(x)", wanted]],
                                said.append)
    assert good == 1 and [b["sample"] for b in bad] == [text,
                                                        "torch.nothing(x)"] and "AttributeError" in bad[1]["problem"]
    assert [t for _, t in samples.texts()] == [t for _, t, _ in recorded]
