"""The profiler sees operators and ranges; the timer counts what it says."""
import gzip
import json
import os
import subprocess
import sys
import textwrap

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
            for e in json.loads(gzip.open(tmp_path / "t.json.gz").read())["traceEvents"] if e["ph"] == "X"} == {
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
    for how in ({"execution_trace_observer": 1}, {"activities": [ProfilerActivity.CUDA]}):
        with pytest.raises(NotImplementedError):
            profile(**how)
    with pytest.raises(AssertionError):
        schedule(wait=0, warmup=0, active=0)


def test_memory_and_flops(tmp_path):
    """The numbers are PyTorch's, but for memory, which is held in units of 64 bytes here."""
    m = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    x, c, image = torch.randn(32, 64), torch.nn.Conv2d(3, 8, 3), torch.randn(2, 3, 16, 16)
    with profile(profile_memory=True, with_flops=True, with_modules=True, record_shapes=True) as prof:
        (m(x) * 2 + 1).sum().backward()
        c(image)
        torch.mm(x, x.t())
        torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 4, 5))
    events = {e.name: e for e in reversed(prof.events())}
    assert [e.flops for e in prof.events() if e.name == "aten::linear"] == [524288, 81920]
    assert [e.flops for e in prof.events() if e.name == "AddmmBackward0"] == [163840, 524288]
    assert {n: events[n].flops for n in ("aten::conv2d", "aten::mul", "aten::add", "aten::mm", "aten::bmm")} == {
        "aten::conv2d": 169344, "aten::mul": 320, "aten::add": 320, "aten::mm": 131072, "aten::bmm": 240}
    linear = events["aten::linear"]
    assert linear.cpu_memory_usage == linear.self_cpu_memory_usage == 32 * 128 * 4
    assert events["aten::conv2d"].cpu_memory_usage == 12544
    layer = events["nn.Module: Linear"]
    assert layer.cpu_children == [linear] and layer.self_cpu_memory_usage == 0 and layer.is_user_annotation
    assert events["ReluBackward0"].cpu_parent.name == "aten::backward"
    averages = prof.key_averages()
    assert {e.key: e.flops for e in averages}["aten::linear"] == 606208
    table = averages.table(sort_by="cpu_memory_usage", row_limit=3)
    assert all(word in table.splitlines()[1] for word in ("CPU Mem", "Self CPU Mem", "Total KFLOPs"))
    assert "17.25 KB" in table
    prof.add_metadata("who", "me")
    prof.add_metadata_json("rows", "[1, 2]")
    prof.export_chrome_trace(str(tmp_path / "t.json"))
    trace = json.loads((tmp_path / "t.json").read_text())
    assert (trace["who"], trace["rows"]) == ("me", [1, 2])
    held = sum(e["args"]["Bytes"] for e in trace["traceEvents"] if e["name"] == "[memory]")
    assert held == sum(e.self_cpu_memory_usage for e in prof.events()) > 0


def test_the_device():
    """Times, memory and the summary of a device, over the emulation."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent("""\
        import mindtorch, torch
        from torch.profiler import profile, ProfilerActivity
        assert torch.cuda.is_available()
        x = torch.randn(256, 256, device="cuda")
        with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA], profile_memory=True) as prof:
            x @ x
            y = x.relu()
        rows = {e.key: e for e in prof.key_averages()}
        relu = rows["aten::relu"]
        assert relu.device_time_total > 0 and relu.self_device_time_total == relu.device_time_total, relu
        assert relu.device_memory_usage == 256 * 256 * 4, relu
        table = prof.key_averages().table(sort_by="cuda_time_total")
        assert "Self NPU" in table and "NPU Mem" in table and "Self NPU time total" in table, table
        text = torch.cuda.memory_summary()
        assert "device 0" in text and "Reserved memory" in text and "KiB" in text, text
        assert "Reserved" not in torch.cuda.memory_summary(abbreviated=True)
        """)], env=dict(os.environ, MINDTORCH_EMULATE_NPU="1"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


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
