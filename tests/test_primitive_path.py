"""MINDTORCH_FAST=0: ops run MindSpore primitives, as on Ascend, and come out as they do without."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def _run(what, fast, folder):
    path = folder / f"{what}{fast}.json"
    environment = {**os.environ, "MINDTORCH_FAST": fast, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.primitive_path_worker", what, str(path)],
                          cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What the worker found without and with primitives."""
    folder = tmp_path_factory.mktemp("primitives")
    return _run("samples", "1", folder), _run("samples", "0", folder)


def test_samples_come_out_as_without_primitives(results):
    fast, slow = (dict(r["wrong"]) for r in results)
    assert {k: v for k, v in slow.items() if k not in fast} == {}


def test_training_gives_the_same_losses(results):
    fast, slow = (r["losses"] for r in results)
    assert fast.keys() == slow.keys() == {"AdamW", "Adam", "SGD"}
    for name, expected in fast.items():
        assert expected[-1] < expected[0]
        assert slow[name] == pytest.approx(expected, rel=1e-6), name


def test_views_dropout_complex_and_doubles(results):
    fast, slow = (r["others"] for r in results)
    assert slow == fast
    assert slow[3] == [[0, 2, 0, 0, 0, 0], [1, 2, 1, 0, 1, 0], [1, 2, 1, 0, 1, 0], [0, 2, 0, 0, 0, 0]]


def test_in_place_counts_one_version(results):
    assert results[1]["version"] == 1


def test_every_kernel_is_routed_or_has_a_reason_not_to(results):
    found = results[1]
    have, why, kernels = set(found["have"]), set(found["why"]), set(found["kernels"])
    assert not have & why
    assert (have | why) == kernels
    assert all(found["why"].values())


def test_kernels_of_the_table_go_through_primitives(results):
    found = results[1]
    assert set(found["have"]) == set(found["used"])
    assert set(found["used"]) & set(found["why"]) == set()
    assert len(found["used"]) > 190
    assert sum(found["used"].values()) > 10 * sum(found["direct"].values())


def test_only_primitives_of_the_plugin_are_called_and_reach_it(results):
    found = results[1]
    assert set(found["called"]) <= set(found["plugin"])
    assert [name for name in found["called"] if not found["plugin"][name]] == []


def test_what_is_refused_is_refused_by_inference(results):
    # anything else would be a mistake in how operands are given
    assert [words for words in results[1]["refused"] if not words.startswith("For ")] == []


def test_element_wise_primitives_leave_nothing_behind(tmp_path):
    # MindSpore itself keeps 512 bytes for every int, bool or tuple argument of a primitive; these have none
    growth = _run("leak", "0", tmp_path)
    assert len(growth) == 21
    assert {name: bytes_ for name, bytes_ in growth.items() if bytes_ >= 16} == {}
