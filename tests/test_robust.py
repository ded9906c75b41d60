"""Bad input gives errors of PyTorch's types and nothing worse; interrupts, threads, forks and exits leave no hang, no
crash, no children."""
import os
import pathlib
import pickle
import runpy
import signal
import subprocess
import sys
import time
import warnings

import mindtorch  # noqa: F401
import numpy as np
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F
from mindtorch._core import runtime

ROOT = pathlib.Path(__file__).parents[1]
BAD_CALLS = runpy.run_path(str(pathlib.Path(__file__).with_name("data") / "bad_calls.py"))["BAD_CALLS"]
NAMES = {"torch": torch, "np": np, "nn": nn, "F": F, "pickle": pickle}


@pytest.mark.parametrize("error", BAD_CALLS)
def test_bad_calls(error):
    wrong = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in filter(None, map(str.strip, BAD_CALLS[error].split("\n"))):
            try:
                eval(call, dict(NAMES))
                wrong.append(f"{call}: no error")
            except Exception as e:
                if error not in (k.__name__ for k in type(e).__mro__) or not (str(e) or error == "StopIteration"):
                    wrong.append(f"{call}: {e!r}")
    assert not wrong, "\n".join(wrong)


def test_lists_that_hold_themselves():
    for build in (lambda x: x.append(x), lambda x: x.extend([x, x]), lambda x: x.extend([1.0, x])):
        x = []
        build(x)
        with pytest.raises(ValueError, match="too many dimensions 'list'"):
            torch.tensor(x)


def test_a_tensor_that_cannot_be_had_leaves_the_process_as_it_was():
    before = mindtorch._C.memory_stats()[0]
    for _ in range(20):
        with pytest.raises(RuntimeError, match="allocate"):
            torch.empty(1 << 46)
    assert mindtorch._C.memory_stats()[0] == before
    assert torch.ones(3).sum() == 3


# ---- files ----
@pytest.mark.parametrize("kind", ["torch", "legacy", "safetensors"])
def test_truncated_and_damaged_files(tmp_path, kind):
    path = tmp_path / "x.bin"
    state = {"a": torch.arange(64.0), "b": torch.ones(3, dtype=torch.int64)}
    if kind == "safetensors":
        from safetensors.torch import load_file, save_file

        save_file(state, path)
        load = load_file
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "torch")
        load = torch.load
    good = path.read_bytes()
    assert torch.equal(load(path)["a"], state["a"])
    for end in (0, 1, 8, 20, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:end])
        with pytest.raises(Exception) as caught:
            load(path)
        assert not isinstance(caught.value, (MemoryError, AttributeError, SystemError)), (end, caught.value)
    draw = np.random.default_rng(0)
    for _ in range(60):  # a changed byte may be data; it must never be worse than an error
        data = bytearray(good)
        data[int(draw.integers(len(data)))] ^= int(draw.integers(1, 256))
        path.write_bytes(bytes(data))
        try:
            load(path)
        except Exception as e:
            assert not isinstance(e, (MemoryError, SystemError)), e


class Evil:
    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_code_in_a_pickle(tmp_path):
    evil = Evil()
    evil.path = str(tmp_path / "made")
    torch.save({"x": evil}, tmp_path / "evil.pt")
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        torch.load(tmp_path / "evil.pt")
    assert not os.path.exists(evil.path)


# ---- import ----
def test_a_library_that_is_not_there(monkeypatch):
    monkeypatch.setenv("MINDTORCH_CPU_LEVEL", "v9")
    with pytest.raises(ImportError, match="MINDTORCH_CPU_LEVEL=v9.*libmindtorch_kernels.v9.so"):
        runtime.kernel_library()
    monkeypatch.delenv("MINDTORCH_CPU_LEVEL")
    monkeypatch.setattr(runtime, "_here", "/nonexistent")
    with pytest.raises(ImportError, match="no kernel library"):
        runtime.kernel_library()


@pytest.mark.parametrize("flags, level", [("avx512f avx512bw avx512cd avx512dq avx512vl avx2 fma bmi1 bmi2 f16c abm "
                                           "movbe sse4_2 ssse3 popcnt cx16", "v4"),
                                          ("avx2 fma bmi1 bmi2 f16c abm movbe sse4_2 ssse3 popcnt cx16", "v3"),
                                          ("avx2 sse4_2 ssse3 popcnt cx16", "v2"), ("sse2", None)])
def test_the_highest_level_of_the_processor(flags, level, monkeypatch, tmp_path):
    (tmp_path / "_lib").mkdir()
    for name in ("v2", "v3", "v4"):
        (tmp_path / "_lib" / f"libmindtorch_kernels.{name}.so").touch()
    monkeypatch.setattr(runtime, "_here", str(tmp_path))
    monkeypatch.setattr(runtime, "processor_flags", lambda: set(flags.split()))
    monkeypatch.delenv("MINDTORCH_CPU_LEVEL", raising=False)
    if level:
        assert runtime.kernel_library().endswith(f"kernels.{level}.so")
    else:
        with pytest.raises(ImportError, match="no kernel library for this processor"):
            runtime.kernel_library()
    if level != "v4":
        monkeypatch.setenv("MINDTORCH_CPU_LEVEL", "v4")
        with pytest.raises(ImportError, match="MINDTORCH_CPU_LEVEL=v4, but this processor lacks .*avx512f"):
            runtime.kernel_library()


def test_a_library_that_does_not_fit(tmp_path):
    (tmp_path / "x.so").write_bytes(b"nothing")
    with pytest.raises(ImportError, match="cannot load the kernel library"):
        mindtorch._C.load_kernels(str(tmp_path / "x.so"))
    import _ctypes

    with pytest.raises(ImportError, match="lacks mindtorch_kernel_count"):
        mindtorch._C.load_kernels(_ctypes.__file__)
    assert torch.ones(3).sum() == 3  # the library that works stays


def test_an_engine_that_does_not_fit(monkeypatch):
    monkeypatch.setitem(sys.modules, "mindtorch._C", None)
    monkeypatch.delattr(mindtorch, "_C")
    with pytest.raises(ImportError, match="the engine .* is not built, or not for MindSpore 2.10.* and Python 3"):
        runtime.start()


def test_another_mindspore(monkeypatch):
    import mindspore

    monkeypatch.setattr(mindspore, "__version__", "2.3.1")
    with pytest.raises(ImportError, match=r"MindSpore 2\.10, found 2\.3\.1"):
        runtime.start()


# ---- processes of their own ----
START = ("import mindtorch, torch, sys, os, time, threading, torch.nn as nn\nfrom torch.utils.data import DataLoader, "
         "Dataset\n")
LOADER = """
class Data(Dataset):
    def __len__(self): return 10**6
    def __getitem__(self, i): return (torch.ones(50, 50) @ torch.full((50, 50), float(i))).sum()
def main():
    for n, batch in enumerate(DataLoader(Data(), batch_size=4, num_workers=2, multiprocessing_context='{0}')):
        assert batch.tolist() == [50.0**3 * i for i in range(4 * n, 4 * n + 4)]
        if n == 3: print('ready', flush=True)
if __name__ == '__main__': main()
"""
INTERRUPTED = {
    "training": """
model = nn.Linear(8, 8)
o = torch.optim.SGD(model.parameters(), lr=0.1); x = torch.randn(4, 8); print('ready', flush=True)
while True: o.zero_grad(); model(x).sum().backward(); o.step()
""",
    "long kernel": "x = torch.randn(4000000); print('ready', flush=True)\nwhile True: x.sort()",
    "loader fork": LOADER.format("fork"), "loader spawn": LOADER.format("spawn")}


def launch(source, tmp_path, **env):
    path = tmp_path / "script.py"
    path.write_text(START + source, encoding="utf-8")
    return subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True,
                            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "2", **env})


def members(group):
    """Processes of a process group that have not ended."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize("name", INTERRUPTED)
def test_interrupt(name, tmp_path):
    p = launch(INTERRUPTED[name], tmp_path)
    try:
        assert p.stdout.readline() == "ready\n", p.stderr.read()
        os.killpg(p.pid, signal.SIGINT)
        _, errors = p.communicate(timeout=60)
        assert p.returncode == -signal.SIGINT and "KeyboardInterrupt" in errors, (p.returncode, errors)
        end = time.time() + 20
        while members(p.pid) and time.time() < end:
            time.sleep(0.1)
        assert not members(p.pid)
    finally:
        if members(p.pid):
            os.killpg(p.pid, signal.SIGKILL)


ENDS = {
    "graphs": """
x = torch.randn(20, 20, requires_grad=True); keep = [(x @ x).exp() for _ in range(50)]
keep[0].register_hook(lambda g: g); keep[1].retain_grad(); sys.modules['keep'] = keep
for i in range(30000): x = x * 1
""",
    "threads": """
def work():
    a = torch.randn(200, 200, requires_grad=True)
    while True: (a @ a).sum().backward()
for i in range(3): threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
""",
    "open contexts": """
hooks = torch.autograd.graph.saved_tensors_hooks
hooks(lambda x: x, lambda x: x).__enter__()
def work():
    hooks(lambda x: x, lambda x: x).__enter__(); torch.no_grad().__enter__()
t = threading.Thread(target=work); t.start(); t.join()
import atexit, numpy
sys.foo = torch.from_numpy(numpy.zeros(10)), torch.zeros(100000).numpy(), torch.zeros(3).untyped_storage()
atexit.register(lambda: print(float((torch.ones(3) * 2).sum())))
""",
    "forked child": """
big = torch.ones(600, 600)
x = torch.arange(1000000.0).requires_grad_(); picture, weight = torch.ones(2, 3, 64, 64), torch.ones(8, 3, 3, 3)
def computes():
    x.grad = None
    (x * 2).sum().backward()
    return bool((x.grad == 2).all()) and float((big @ big).sum()) == 600.0**3 and float(
        nn.functional.conv2d(picture, weight).max()) == 27
assert computes()
child = os.fork()
if child == 0:
    torch.set_num_threads(2)  # refused with a warning: the pool is the parent's
    os._exit(0 if computes() and torch.get_num_threads() == 1 else 5)
assert os.waitpid(child, 0)[1] == 0 and computes() and torch.get_num_threads() == 2
"""}


@pytest.mark.parametrize("name", ENDS)
def test_exit(name, tmp_path):
    p = launch(ENDS[name], tmp_path)
    try:
        out, errors = p.communicate(timeout=60)
    finally:
        if members(p.pid):
            os.killpg(p.pid, signal.SIGKILL)
    assert p.returncode == 0 and "Traceback" not in errors, (p.returncode, out, errors)


# ---- threads ----
@pytest.mark.parametrize("count", [2, 4])
def test_threads_compute_at_once(count):
    from concurrent.futures import ThreadPoolExecutor

    def work(i):
        for _ in range(8):
            a = torch.full((160, 160), float(i), requires_grad=True)
            total = (a @ a).relu().sum()
            total.backward()
            assert abs(float(total) - 160**3 * i
                       * i) <= 1e-4 * float(total) and abs(float(a.grad[0, 0]) - 320 * i) < 1e-2
            assert torch.arange(50000).flip(0).sort()[0][7] == 7
            assert F.conv2d(torch.full((2, 3, 16, 16), float(i)), torch.ones(4, 3, 3, 3)).max() == 27 * i
        return i

    with ThreadPoolExecutor(count) as pool:
        assert list(pool.map(work, range(1, count + 1))) == list(range(1, count + 1))
    shared = torch.ones(64, 64, requires_grad=True)
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda i: (shared * i).sum().backward(), range(1, 101)))
    assert (shared.grad == 5050).all()
