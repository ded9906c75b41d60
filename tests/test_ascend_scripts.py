"""Scripts written for CUDA, in the style of public examples, unchanged on the npu: the CPU's curve."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

softcann = pytest.importorskip("mindtorch.softcann", reason="no software CANN in this checkout")
TESTS = pathlib.Path(__file__).parent


def output(command, environment):
    done = subprocess.run([sys.executable, *command], env=environment, cwd=TESTS.parent, capture_output=True, text=True,
                          timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("name", ["gan", "rnn_lm", "gpt", "vae", "resnet"])
def test_script(name):
    script = str(TESTS / "scripts" / f"{name}.py")
    # `device.type == "cuda"`, as such scripts ask
    own = {"MINDTORCH_NPU_NAME": "cuda", "OMP_NUM_THREADS": "1", "GLOG_v": "3", "PYTHONPATH": str(TESTS.parent)}
    cpu = output([script], os.environ | own)
    over = softcann.environment(guard=True, contract=True)
    own["PYTHONPATH"] += os.pathsep + over["PYTHONPATH"]  # what stands beside the libraries is found there
    npu = output([softcann.RUNNER, script], over | own | {"MINDTORCH_NO_FALLBACK": "1"})
    assert cpu["device"] == "cpu" and npu["device"] == "cuda:0"
    apart = max(abs(a - b) / max(abs(a), 1e-3) for a, b in zip(cpu["losses"], npu["losses"], strict=True))
    assert apart < 1e-5, (apart, cpu["losses"], npu["losses"])
