"""dill and modules of the library: functions that use torch are small, quick and the same in every process."""
import hashlib
import subprocess
import sys

import pytest

pytest.importorskip("dill", reason="dill comes with datasets, which is an extra")
SCRIPT = """
import sys
{first}
import {second}
import dill, torch
def f(x):
    return torch.nn.functional.relu(x) + torch.ones(2)
data = dill.dumps(f, recurse=True)
assert dill.loads(data)(torch.ones(2)).tolist() == [2, 2] and dill.loads(dill.dumps(torch)) is torch
sys.stdout.buffer.write(data)
"""


@pytest.mark.parametrize("first, second", [("import mindtorch", "dill"), ("import dill", "mindtorch")])
def test_modules_go_by_name(first, second):
    seen = {hashlib.sha256(data).hexdigest() for data in (_run(first, second), _run(first, second))}
    assert len(seen) == 1 and len(_run(first, second)) < 2000


def _run(first, second):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(first=first, second=second)], capture_output=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
