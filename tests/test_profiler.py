"""The profiler sees operators and ranges; the timer counts what it says."""
import gzip
import json

import pytest

import mindtorch  # noqa: F401
import torch
from torch.profiler import (
    ProfilerAction, ProfilerActivity, profile, record_function, schedule, tensorboard_trace_handler)
from torch.utils import benchmark


def test_operators_and_ranges(tmp_path):
    layer, x = torch.nn.Linear(8, 4), torch.ones(2, 8)
    with (
        profile(activities=[ProfilerActivity.CPU], record_shapes=True, with_stack=True) as prof,
        record_function("inference"),
    ):
        layer(x).relu()
        layer(x)
    rows = {e.key: e for e in prof.key_averages()}
    assert rows["aten::linear"].count == 2 and rows["aten::relu"].count == rows["inference"].count == 1
    assert rows["inference"].cpu_time_total >= rows["aten::linear"].cpu_time_total + rows[
        "aten::relu"].cpu_time_total > 0
    assert abs(prof.key_averages().self_cpu_time_total - rows["inference"].cpu_time_total) < 1e-3
    linear = next(e for e in prof.events() if e.name == "aten::linear")
    assert linear.input_shapes == [[2, 8], [4, 8],
                                   [4]] and linear.cpu_parent.name == "inference" and any(
                                       "test_profiler" in line for line in linear.stack)
    assert "aten::relu" in prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=5)
    assert len(prof.key_averages(group_by_input_shape=True)) == 3
    prof.export_chrome_trace(str(tmp_path / "t.json.gz"))
    assert {e["name"]
            for e in json.loads(gzip.open(tmp_path / "t.json.gz").read())["traceEvents"]} == {
                "aten::linear", "aten::relu", "inference"}
    x + 1
    assert len(prof.events()) == 4  # nothing is recorded afterwards


def test_schedule(tmp_path):
    actions = [schedule(wait=1, warmup=1, active=2, repeat=1, skip_first=1)(i).name for i in range(7)]
    assert actions == ["NONE", "NONE", "WARMUP", "RECORD", "RECORD_AND_SAVE", "NONE", "NONE"]
    seen = []
    with profile(
        schedule=schedule(wait=1, warmup=1, active=2, repeat=1),
        on_trace_ready=lambda p: seen.append((p.step_num, sorted(e.name for e in p.events()))),
    ) as p:
        for _ in range(6):
            torch.ones(3).add(1)
            p.step()
    assert seen == [(4, ["ProfilerStep#2", "ProfilerStep#3", "aten::add", "aten::add", "aten::ones", "aten::ones"])]
    with profile(on_trace_ready=tensorboard_trace_handler(str(tmp_path / "log"))):
        torch.ones(3).add(1)
    assert len(list((tmp_path / "log").iterdir())) == 1 and ProfilerAction(3) is ProfilerAction.RECORD_AND_SAVE


def test_what_is_not_traced_is_refused():
    for how in ({"profile_memory": True}, {"with_flops": True}, {"activities": [ProfilerActivity.CUDA]}):
        with pytest.raises(NotImplementedError):
            profile(**how)
    with pytest.raises(AssertionError):
        schedule(wait=0, warmup=0, active=0)


def test_timer():
    calls = []
    m = benchmark.Timer("f()", globals={"f": lambda: calls.append(torch.get_num_threads())}, label="L", sub_label="row",
                        description="column", num_threads=1).timeit(100)
    assert len(calls) == 102 and set(calls) == {
        1} and m.number_per_run == 100 and m.times == [m.raw_times[0] / 100] and m.title == "L: row"
    n = benchmark.Timer("x.sum()", globals={"x": torch.ones(3)}, label="L", sub_label="other",
                        description="column").blocked_autorange(min_run_time=0.01)
    assert sum(n.raw_times) >= 0.01 and min(n.times) <= n.median <= max(n.times) and "measurement" in repr(n)
    table = str(benchmark.Compare([m, n]))
    assert "column" in table and "row" in table and "other" in table and "1 threads" in table and table.rstrip(
        ).endswith("s).")
    with pytest.raises(NotImplementedError):
        benchmark.Timer("x", language="c++")
