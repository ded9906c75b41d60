"""Values and gradients of every operator against what the real PyTorch gave (tests/parity/record.py)."""
import pytest

from .parity import replay
from .parity.gaps import KNOWN_GAPS, LOOSER, UNDETERMINED

GROUPS = {name: samples for name, samples in replay.by_op().items() if name not in UNDETERMINED}


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_operator(name):
    wrong = []
    for i, sample in enumerate(GROUPS[name]):
        try:
            found = replay.check(sample, LOOSER.get(name, (1.0, ""))[0])
        except Exception as error:
            if isinstance(error, (KeyboardInterrupt, MemoryError)):
                raise
            found = f"{type(error).__name__}: {str(error)[:200]}"
        if found:
            wrong.append(f"sample {i} ({sample['dtype']}): {found}")
    if name in KNOWN_GAPS:
        assert wrong, f"{name} passes now: take it out of KNOWN_GAPS"
    else:
        assert not wrong, f"{len(wrong)} of {len(GROUPS[name])} samples; " + "; ".join(wrong[:3])


def test_gaps_are_operators():
    assert set(KNOWN_GAPS) <= set(GROUPS)
