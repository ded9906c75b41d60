"""Kinds of behaviour over the whole surface, against outcomes recorded from the reference (tests/kinds_cases.py)."""
import json
import pathlib
import platform
import subprocess
import sys

import mindtorch  # noqa: F401
import pytest
import torch

from tests import kinds_cases as cases

RECORDED = json.loads((pathlib.Path(__file__).parent / "data" / "kinds.json").read_text())


def has_avx2():
    """Whether this is a processor on which the numbers were recorded: elsewhere the reference's own differ by a
    unit."""
    info = pathlib.Path("/proc/cpuinfo")
    return platform.machine() == "x86_64" and info.exists() and " avx2 " in info.read_text()


@pytest.mark.parametrize("expression", cases.STREAMS)
def test_the_same_seed_gives_the_same_bits(expression):
    strides, checksum, values, following = RECORDED["streams"][expression]
    got = cases.drawn(expression)
    assert got[0] == strides and got[3] == following
    if has_avx2():
        assert got[2] == values and got[1] == checksum
    else:
        # never run on such a processor so far
        torch.testing.assert_close(torch.tensor([float(v) for v in got[2]]), torch.tensor([float(v) for v in values]),
                                   equal_nan=True)


EXPRESSIONS = cases.EXPRESSIONS


@pytest.mark.parametrize("kind", [k for k in EXPRESSIONS if k != "kept"])
def test_outcomes_are_the_reference_s(kind):
    wrong = {e: (got, RECORDED[kind][e]) for e in EXPRESSIONS[kind] if (got := cases.outcome(e)) != RECORDED[kind][e]}
    assert not wrong


@pytest.mark.parametrize("kind", ["streams", *EXPRESSIONS])
def test_nothing_is_recorded_twice_or_for_nothing(kind):
    expressions = {"streams": cases.STREAMS, **EXPRESSIONS}[kind]
    assert len(set(expressions)) == len(expressions)
    assert set(RECORDED[kind]) == set(expressions)


def test_unseeded_processes_draw_different_numbers():
    draw = "import mindtorch as t; print(t.initial_seed(), t.rand(2).tolist(), t.Generator().initial_seed())"
    a, b = (subprocess.run([sys.executable, "-c", draw], capture_output=True, text=True, check=True).stdout.split()
            for _ in range(2))
    assert a[0] != b[0] and a[1:3] != b[1:3]
    assert a[3] == b[3] == "67280421310721"  # a generator of one's own starts where the reference's does


def test_backward_keeps_no_more_than_the_reference():
    more = {e for e in cases.KEPT if any(theirs and not ours for ours, theirs in zip(cases.outcome(e),
                                                                                    RECORDED["kept"][e]))}
    assert more == set(cases.KEPT_MORE)


def test_a_dense_lstm_computes_as_autocast_says():
    assert cases.recurrent("LSTM", torch.bfloat16) == ["torch.bfloat16"] * 3
    assert cases.recurrent("LSTM", torch.float16, state=torch.float32, bidirectional=True) == ["torch.float16"] * 3


def test_threads_keep_their_modes_to_themselves():
    run = subprocess.run([sys.executable, "-m", "tests.thread_stress", "5"], capture_output=True, text=True,
                         timeout=120, cwd=pathlib.Path(__file__).parents[1])
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
