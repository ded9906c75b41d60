"""Operators, modules and optimizers against what the real PyTorch gave (tests/parity/record.py): values, strides,
views, gradients, forms, errors."""
import pytest

from .parity import replay
from .parity.gaps import GAPS, covered, covers

GROUPS = replay.grouped(replay.load().rows)


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_subject(name):
    unknown, wrong, seen = [], set(), set()
    for i, row in enumerate(GROUPS[name]):
        for kind, found in replay.checks(row, skip=("meta",)).items():
            places = {(kind, row["dtype"]), (kind, None)}
            seen |= places
            if found:
                wrong |= places
                if not covers(name, kind, row["dtype"]):
                    unknown.append(f"{kind}, sample {i} ({row['dtype']}): {found}")
    assert not unknown, f"{len(unknown)} checks; " + "; ".join(unknown[:3])
    closed = [place for operator, *place in covered() if operator == name and tuple(place) in seen - wrong]
    assert not closed, f"{name} agrees in {closed} now: take that out of GAPS"


def test_gaps_are_of_what_is_recorded():
    assert set(GAPS) <= set(GROUPS)
    assert all(set(kinds) <= set(replay.KINDS) for kinds in GAPS.values())
