"""The software CANN's collective library between processes: its C interface, and MindSpore's communication over it."""

import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pytest

from mindtorch import softcann

TESTS = pathlib.Path(__file__).parent
pytestmark = pytest.mark.skipif(
    not (shutil.which("c++") or shutil.which("g++")) or sys.platform != "linux", reason="needs a C++ compiler on Linux"
)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ranks(n, command, tmp_path, timeout=120, faults_of_last=None, **environment):
    """Runs n processes and returns what they wrote; fails when one fails, ends all when one takes too long."""
    port, running = free_port(), []
    try:
        for rank in range(n):
            env = softcann.environment(guard=True, contract=True, faults=faults_of_last if rank == n - 1 else None)
            env |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(n), "MASTER_PORT": str(port),
                    "MASTER_ADDR": "127.0.0.1"}
            env |= {"SOFTCANN_THREADS": "1", "OMP_NUM_THREADS": "1", "GLOG_v": "3", "PYTHONPATH": ""} | environment
            env["PYTHONPATH"] = f"{TESTS.parent}:{env['SOFTCANN_HOME']}/python"
            out = open(tmp_path / f"rank{rank}", "w+", encoding="utf-8")
            line = [sys.executable, *map(str, command)]
            running.append((subprocess.Popen(line, env=env, cwd=tmp_path, stdout=out, stderr=out), out))
        end = time.monotonic() + timeout
        for process, _ in running:
            process.wait(max(end - time.monotonic(), 0.1))
    finally:
        for process, _ in running:
            if process.poll() is None:
                process.kill()
                process.wait()
    texts = []
    for process, out in running:
        out.seek(0)
        texts.append(out.read())
        out.close()
        assert process.returncode == 0, texts[-1][-4000:]
    return texts


@pytest.mark.parametrize("part", ["reductions", "movements", "messages"])
@pytest.mark.parametrize("n", [2, 3, 8])
def test_interface(part, n, tmp_path):
    for text in ranks(n, [TESTS / "softcann_hccl.py", part, tmp_path], tmp_path):
        assert "done" in text


@pytest.mark.parametrize("part", ["refusals", "different"])
def test_refused(part, tmp_path):
    ranks(2, [TESTS / "softcann_hccl.py", part, tmp_path], tmp_path)


@pytest.mark.parametrize(
    "part, faults, settings",
    [
        ("absent", "absent:2", {"HCCL_EXEC_TIMEOUT": "1"}),
        ("ended", None, {}),
        ("late", None, {"HCCL_CONNECT_TIMEOUT": "1"}),
    ],
)
def test_missing_rank(part, faults, settings, tmp_path):
    """A rank that does not come, or has ended, is named; nobody waits for ever."""
    ranks(3, [TESTS / "softcann_hccl.py", part, tmp_path], tmp_path, 60, faults, **settings)


@pytest.mark.parametrize("n", [2, 4])
def test_mindspore(n, tmp_path):
    """mindspore.mint.distributed over Ascend: its collectives, messages, groups, objects."""
    command = [softcann.RUNNER, TESTS / "softcann_hccl_mindspore.py", "collectives"]
    for text in ranks(n, command, tmp_path):
        assert "HcclAllReduce" in text and "calls outside the contract, refused 0" in text, text[-3000:]


def test_mindspore_names_the_missing_rank(tmp_path):
    ranks(2, [softcann.RUNNER, TESTS / "softcann_hccl_mindspore.py", "absent"], tmp_path)


@pytest.mark.parametrize("part, n", [("collectives", 2), ("train", 2), ("shards", 2), ("absent", 2)])
def test_torch_distributed(part, n, tmp_path):
    """npu tensors in torch.distributed; data parallel, sharded and tensor parallel models; a rank that has ended."""
    texts = ranks(n, [softcann.RUNNER, TESTS / "distributed_npu.py", part], tmp_path)
    assert "HcclAllReduce" in texts[0] or part == "absent", texts[0][-3000:]
