"""Operators, modules and optimizers against what the real PyTorch gave (tests/parity/record.py): values, strides,
views, gradients, forms, errors."""
import collections

import pytest

from .parity import replay
from .parity.gaps import GAPS

GROUPS = replay.grouped(replay.load().rows)


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_subject(name):
    wrong, passed = collections.defaultdict(list), collections.Counter()
    for i, row in enumerate(GROUPS[name]):
        for kind, found in replay.checks(row, skip=("meta",)).items():
            passed[kind] += found is None
            if found:
                wrong[kind].append(f"{kind}, sample {i} ({row['dtype']}): {found}")
    known = GAPS.get(name, {})
    unknown = [w for kind, several in wrong.items() if kind not in known for w in several]
    assert not unknown, f"{len(unknown)} checks; " + "; ".join(unknown[:3])
    closed = [kind for kind in known if kind not in wrong and passed[kind]]
    assert not closed, f"{name} agrees in {closed} now: take that out of GAPS"


def test_gaps_are_of_what_is_recorded():
    assert set(GAPS) <= set(GROUPS)
    assert all(set(kinds) <= set(replay.KINDS) for kinds in GAPS.values())
