"""Devices, by the light emulation in a process of its own: tensors of two devices do not meet, results stay where the
operands are, each device draws its own random numbers."""
import os
import subprocess
import sys
import textwrap

import pytest

MIXED = """
import warnings
warnings.simplefilter("ignore")
import mindtorch as torch
from tests.parity import replay
# a copy between devices is what these are for, or they take no more than a shape
ALLOWED = {"to", "broadcast_tensors", "expand_as", "reshape_as", "view_as", "resize_as_", "diagonal_scatter",
           "select_scatter", "as_strided_scatter", "slice_scatter"}
accepted, strayed, seen = set(), set(), {}
reader = replay.load()
for sample in reader.samples:
    op = sample.get("op")
    if not op or sample.get("error") or seen.get(op, 0) >= 2:
        continue
    args, kwargs = reader.decode(sample["args"]), reader.decode(sample["kwargs"])
    given = [t for t in replay.tensors([args, kwargs]) if t.layout is torch.strided]
    if not given:
        continue
    seen[op] = seen.get(op, 0) + 1
    function = replay.resolve(op)
    if "device" not in kwargs:
        result = function(*replay.mapped(lambda t: t.detach().to("npu"), args),
                          **replay.mapped(lambda t: t.detach().to("npu"), kwargs))
        if any(t.device.type != "npu"
               for t in replay.tensors(result if isinstance(result, (list, tuple, dict)) else [result])):
            strayed.add(op)
    several = [t for t in given if t.dim() and t.numel()]
    for moved in several[:2] if len(several) > 1 else ():
        one = lambda t: t.detach().to("npu") if t is moved else t.detach()
        try:
            function(*replay.mapped(one, args), **replay.mapped(one, kwargs))
            accepted.add(op)
        except RuntimeError as e:
            if "device" not in str(e):
                accepted.add(f"{op}: {e}")
assert len(seen) > 500, len(seen)
assert accepted <= ALLOWED, sorted(accepted - ALLOWED)
assert not strayed, sorted(strayed)
"""

RANDOM = """
import torch
from torch.utils.checkpoint import checkpoint
again = lambda: torch.rand(3, device="npu")
torch.cuda.manual_seed(5)
first = again()
torch.cuda.manual_seed(5)
assert torch.equal(first, again())
state = torch.cuda.get_rng_state()
first = again()
torch.cuda.set_rng_state(state)
assert torch.equal(first, again())
torch.manual_seed(0)
host = torch.rand(3)
torch.manual_seed(0)
torch.cuda.manual_seed(9)
assert torch.equal(host, torch.rand(3)), "the device's seed is not the CPU's"
torch.cuda.manual_seed_all(3)
assert torch.equal(torch.rand(2, device="npu:0").cpu(), torch.rand(2, device="npu:1").cpu())
torch.cuda.seed()
one = torch.cuda.initial_seed()
torch.cuda.seed()
assert one != torch.cuda.initial_seed()
states = torch.cuda.get_rng_state_all()
assert len(states) == 2
with torch.random.fork_rng([0, 1]):
    again()
torch.cuda.set_rng_state_all(states)
for reentrant in (True, False):
    def gradient(wrapped):
        torch.manual_seed(1)
        x = torch.ones(50, device="npu", requires_grad=True)
        layer = lambda t: torch.dropout(t * 2, 0.5, True) * torch.dropout(t, 0.3, True)
        (checkpoint(layer, x, use_reentrant=reentrant) if wrapped else layer(x)).sum().backward()
        return x.grad.cpu()
    assert torch.equal(gradient(True), gradient(False)), reentrant
"""

INDICES = """
import torch
import torch.nn.functional as F
x = torch.arange(12.0).reshape(3, 4)
n = x.to("npu")
places, mask = torch.tensor([0, 2]), torch.tensor([True, False, True])
assert n[places].device.type == "npu" and n[places].tolist() == x[places].tolist(
    ) and n[mask].tolist() == x[mask].tolist()
n[places] = 5.0
assert n.tolist() == [[5.0] * 4, [4.0, 5.0, 6.0, 7.0], [5.0] * 4]
try:
    x[places.to("npu")]
except RuntimeError as e:
    assert "same device" in str(e)
else:
    raise AssertionError("a CPU tensor was indexed from the device")
assert (n * torch.tensor(2.0)).device.type == "npu"
for made in (torch.fft.fft(n), n.unique(), torch.linalg.svd(n).S, torch.stft(n.flatten(), 8, return_complex=True),
             *n.unique(return_inverse=True, return_counts=True)):
    assert made.device.type == "npu"
assert torch.allclose(torch.fft.fft(n).cpu(), torch.fft.fft(n.cpu()))
w = torch.ones(4, 4, requires_grad=True)
try:
    F.linear(n, w).sum().backward()
except RuntimeError as e:
    assert "same device" in str(e) and w.grad is None
else:
    raise AssertionError("a CPU weight met a tensor of the device")
"""


def run(code, devices):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = {**os.environ, "MINDTORCH_EMULATE_NPU": str(devices),
                   "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=600,
                          cwd=root, env=environment, check=False)


@pytest.mark.parametrize("code", [MIXED, RANDOM, INDICES], ids=["mixed", "random", "indices"])
def test_emulated_devices(code):
    done = run(code, 2)
    assert done.returncode == 0, done.stderr[-2000:]


def test_more_devices_than_the_engine_holds():
    done = run("import torch", 20)
    assert done.returncode == 1 and "at most 16 npu devices" in done.stderr
