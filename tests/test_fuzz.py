"""A slice of the attack (python -m tests.fuzz), by a fixed seed: no call ends the process, hangs, or reads outside."""
import io
import json
import re

import pytest
import torch
from hypothesis import given, settings

from tests.fuzz import arguments, calls, changes, exclusions, execute, files, hostile, runner, strategies, targets

SEED = 11


def report(crew):
    found = ([(f["symptom"], f["text"][:600]) for f in crew.findings]
             + [(c["outcome"], c["text"][:600]) for c in crew.kept() if execute.bad(c["outcome"])])
    return "\n".join(f"{symptom}: {text}" for symptom, text in found)


@pytest.mark.parametrize("kind, count", [("arguments", 4000), ("files", 2000), ("changes", 800)])
def test_a_slice(kind, count):
    cases = {"arguments": arguments.Fuzz, "files": files.Fuzz, "changes": changes.Fuzz}[kind](SEED)
    crew = runner.Crew(execute.run, 2, bad=execute.bad)
    crew.run(cases, count)
    values, exceptions, _ = crew.counted()
    assert values > count / 20 and exceptions > count / 20
    assert not report(crew), report(crew)


def test_every_family_is_called():
    names = {t.name for t in targets.everything()}
    for place in ("torch.add", "torch.Tensor.add_", "torch.Tensor.data =", "torch.conv2d",
                  "torch.nn.functional.interpolate", "torch.linalg.qr", "torch.fft.rfft", "torch.special.zeta",
                  "torch.sparse.mm", "torch.nested.nested_tensor", "torch.signal.windows.hann",
                  "torch.nn.LSTM", "torch.optim.Adam", "torch.distributions.Normal",
                  "torch.autograd.functional.jacobian", "torch.func.vmap", "torch.utils.data.RandomSampler",
                  "torch.UntypedStorage.resize_", "torch.ops.aten.convolution",
                  "torch._foreach_add", "torch._C.view", "torch._utils._rebuild_tensor_v2",
                  "torch.Generator.set_state"):
        assert place in names, place
    assert len(names) > 4000 and len(calls.lines()) > 300


def test_each_exclusion_has_a_reason():
    for pattern, why in exclusions.SKIP.items():
        re.compile(pattern)
        assert why


def test_calls_and_files_are_whole_before_they_are_spoiled():
    """What the attack starts from works: else it would attack nothing."""
    failed = []
    for line in calls.lines():
        outcome = execute.run({"text": targets.Line(line).text(""), "mode": 1})
        if outcome != "value":
            failed.append((targets.Line(line).text(""), outcome))
    assert len(failed) < 20, failed
    for kind, made in files.goods().items():
        for data in made if kind != "safetensors" else ():
            torch.load(io.BytesIO(data), weights_only=True)
    recorded = [c for found in targets.templates.recorded().values() for c in found]
    assert len(recorded) > 2000


def test_hostile_values_can_be_made():
    for text in hostile.FOREIGN:
        eval(text, dict(execute.ROOM))
    made = 0
    for way in hostile.WAYS:
        try:
            eval(way.format("t('float32', 2, 3)"), dict(execute.ROOM))
            made += 1
        except Exception:
            continue
    assert made > len(hostile.WAYS) * 0.9


def test_a_death_is_told_from_an_exception(tmp_path):
    crew = runner.Crew(execute.run, 1, bad=execute.bad)
    texts = ["torch.ones(3)", "torch.ones(-3)", "os.abort()", "sys.exit(3)", "torch.ones(2)", "called(Raises(), 'x')",
             "1 / 0"]
    crew.run(lambda n: {"name": str(n), "text": texts[n], "mode": 1}, len(texts))
    assert [f["text"]
            for f in crew.findings] == ["os.abort()"] and "SIGABRT" in crew.findings[0][
                "symptom"] and "before" not in crew.findings[0]
    assert [c["outcome"] for c in crew.kept()] == ["left by SystemExit"]
    assert crew.counted() == (2, 3, 1)
    json.dumps(crew.findings)


def test_a_call_without_end_is_a_finding():
    crew = runner.Crew(execute.run, 1, seconds=1.0)
    crew.run(lambda n: {"name": "loop", "text": "[None for i in iter(int, 1)]", "mode": 0}, 1)
    assert [f["symptom"] for f in crew.findings] == ["time"]


@settings(max_examples=300, deadline=None)
@given(strategies.sequences(), strategies.sequences(), strategies.numbers)
def test_a_view_by_hostile_numbers_stays_in_its_storage(size, stride, offset):
    x = torch.arange(12.0)
    for make in (x.as_strided, torch.empty(0).set_(x.untyped_storage()).as_strided,
                 lambda
                 *a: torch._utils._rebuild_tensor(torch.TypedStorage(wrap_storage=x.untyped_storage(), dtype=x.dtype,
                                                                     _internal=True), a[2], a[0], a[1])):
        try:
            made = make([n.value for n in size], [n.value for n in stride], offset.value)
        except (RuntimeError, TypeError, ValueError, IndexError, OverflowError, KeyError):
            continue
        assert not isinstance(made, torch.Tensor) or not execute.outside(made)
