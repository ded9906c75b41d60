"""Audits over the recorded samples: no op leaks, no op reaches a kernel that is not ours, evaluation and training keep memory flat."""
import gc
import warnings

import pytest

import mindtorch as torch

from .parity import replay
from .parity.gaps import KNOWN_GAPS

# bytes a call may grow by
LIMIT = 16
CALLS = 400


def resident():
    """Resident memory in bytes."""
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * 4096


def growth(call, calls):
    """Bytes a call that stay, least of three rounds: pages that the allocator keeps for itself come once."""
    least = None
    for _ in range(3):
        gc.collect()
        before = resident()
        for _ in range(calls):
            call()
        gc.collect()
        grown = (resident() - before) / calls
        least = grown if least is None else min(least, grown)
        if least < LIMIT:
            break
    return least


def step(sample):
    """Forward and backward of a sample, as a function without arguments."""
    args, kwargs = replay.reader.decode(sample["args"]), replay.reader.decode(sample["kwargs"])
    function = replay.resolve(sample["op"])
    leaves = [t for t in replay.tensors([args, kwargs]) if t.requires_grad]
    cotangents = replay.reader.decode(sample["cotangents"]) if "grads" in sample else None

    def both():
        result = function(*args, **kwargs)
        if cotangents is not None:
            torch.autograd.grad([t for t in replay.tensors(result) if t.requires_grad], leaves, cotangents, allow_unused=True)

    def dropped():
        function(*args, **kwargs)

    return both, dropped


GROUPS = replay.by_op()


@pytest.mark.parametrize("name", sorted(set(GROUPS) - set(KNOWN_GAPS)))
def test_no_leak(name):
    samples = [s for s in GROUPS[name] if s["dtype"] == "float32"] or GROUPS[name]
    warnings.simplefilter("ignore")
    for call in step(samples[0]):
        for _ in range(50):
            call()
        grown = growth(call, CALLS)
        if grown >= LIMIT:  # little steps of the allocator weigh less over more calls
            grown = growth(call, 10 * CALLS)
        assert grown < LIMIT, f"{grown:.1f} bytes a call stay"


def test_training_and_recorded_evaluation_keep_memory_flat():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.LayerNorm(64), torch.nn.GELU(), torch.nn.Dropout(0.1), torch.nn.Linear(64, 8))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    x, y = torch.randn(16, 32), torch.randint(0, 8, (16,))

    def train():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    for _ in range(200):
        train()
    assert growth(train, 2000) < 64
    assert growth(lambda: model(x).sum().item(), 500) < 64  # a graph that no backward walks
