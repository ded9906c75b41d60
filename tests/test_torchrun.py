"""torchrun and its like: what workers know, several launchers as several machines, failures, restarts, no orphans."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from tests.distributed_ranks import free_port, ranks

ROOT = pathlib.Path(__file__).parent.parent
WORKER = '''
import os, sys
print(" ".join(os.environ[n] for n in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK",
                                        "TORCHELASTIC_RESTART_COUNT")), *sys.argv[1:], flush=True)
'''
TRAIN = '''
import os, signal, sys
import torch, torch.distributed as dist
dist.init_process_group("gloo")
rank, path = dist.get_rank(), sys.argv[1]
w, start = (torch.zeros(3), 0) if not os.path.exists(path) else torch.load(path)
for step in range(start, 6):
    g = torch.full((3,), float(rank + step))
    dist.all_reduce(g)
    w = w * 0.5 + g
    if rank == 0:
        torch.save((w, step + 1), path + ".new")
        os.replace(path + ".new", path)
    dist.barrier()
    if step == 3 and rank == 1 and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        os.kill(os.getpid(), signal.SIGKILL)
print(f"END {rank} {w.tolist()}\\n", end="", flush=True)  # one write: workers share the pipe
'''


def torchrun(*arguments, tmp_path, **options):
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "torch.distributed.run", *map(str, arguments)], cwd=tmp_path,
                            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def finished(process, code=0):
    try:
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == code, out + err
    return out, err


def launchers(folder, *commands, fails=()):
    """What launchers side by side, one a command line, and their workers wrote."""
    lines = [[str(a) for a in line] for line in commands]
    return ranks(f"from torch.distributed.run import main\nimport os\nos.chdir({str(folder)!r})\n"
                 f"main({lines!r}[int(os.environ['RANK'])])", len(lines), head="", fails=fails)


def test_what_workers_know(tmp_path):
    (tmp_path / "worker.py").write_text(WORKER)
    port, meeting, logs = free_port(), free_port(), tmp_path / "logs"
    outs = launchers(
        tmp_path,
        ["--standalone", "--nproc_per_node", 2, "worker.py", "--lr", 3],
        *(["--nnodes", 2, "--node-rank", n, "--nproc-per-node", 2, "--master-addr", "127.0.0.1", "--master-port", port,
           "worker.py"] for n in range(2)),
        *(["--nnodes=2", "--nproc-per-node", n + 1, "--rdzv-backend=c10d", "--rdzv-id=7",
           f"--rdzv-endpoint=127.0.0.1:{meeting}", "worker.py"] for n in range(2)),
        ["--standalone", "--nproc-per-node=2", "--log-dir", logs, "--redirects=0:1", "--tee=1:1", "worker.py"])
    outs = [sorted(out.splitlines()) for out in outs]
    assert outs[0] == ["0 0 2 2 0 0 --lr 3", "1 1 2 2 0 0 --lr 3"]
    assert outs[1] == ["0 0 4 2 0 0", "1 1 4 2 0 0"] and outs[2] == ["2 0 4 2 1 0", "3 1 4 2 1 0"]
    met = [line.split() for out in outs[3:5] for line in out]
    assert sorted(w[0] for w in met) == ["0", "1", "2"] and {w[2] for w in met} == {"3"}
    assert outs[5] == ["[default1]:1 1 2 2 0 0"]
    assert [p.read_text().split()[0] for p in sorted(logs.glob("*/attempt_0/*/stdout.log"))] == ["0", "1"]


def test_killed_worker_is_started_again(tmp_path):
    """The weights at the end are those of an undisturbed run."""
    (tmp_path / "train.py").write_text(TRAIN)
    out, err = finished(torchrun("--standalone", "--nproc-per-node=2", "--max-restarts=1", "train.py",
                                 tmp_path / "ckpt", tmp_path=tmp_path))
    w = 0.0
    for step in range(6):
        w = w * 0.5 + 2 * step + 1
    assert f"END 0 {[w] * 3}" in out and f"END 1 {[w] * 3}" in out, out + err
    assert "rank 1 ended with -9: restart 1 of 1" in err


def test_failures_are_told(tmp_path):
    (tmp_path / "kill.py").write_text("import os, time\nos.environ['RANK'] == '1' and os.kill(os.getpid(), 9)\n"
                                      "time.sleep(60)\n")
    (tmp_path / "raise.py").write_text(
        "from torch.distributed.elastic.multiprocessing.errors import record\n\n@record\ndef main():\n"
        "    raise ValueError('the word')\n\nmain()\n")
    start = time.monotonic()
    killed, raised = launchers(tmp_path, ["--standalone", "--nproc-per-node=2", "kill.py"],
                               ["--standalone", "raise.py"], fails=[0, 1])
    assert time.monotonic() - start < 40
    assert "kill.py FAILED" in killed and "rank      : 1 (local_rank: 1)" in killed and "SIGKILL" in killed, killed
    assert "traceback : ValueError: the word" in raised, raised


def test_no_orphans(tmp_path):
    """Workers end with their launcher, whether it is asked to end or killed."""
    (tmp_path / "sleep.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(300)\n")
    ways = ((signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 128 + signal.SIGINT), (signal.SIGKILL, -9))
    running = [torchrun("--standalone", "--nproc-per-node=2", "sleep.py", tmp_path=tmp_path) for _ in ways]
    for launcher, (how, code) in zip(running, ways):
        pids = [int(launcher.stdout.readline()) for _ in range(2)]
        launcher.send_signal(how)
        finished(launcher, code)
        end = time.monotonic() + 20
        while any(pathlib.Path(f"/proc/{p}").exists() for p in pids):
            assert time.monotonic() < end, how
            time.sleep(0.05)


def test_functions(tmp_path):
    (tmp_path / "launch.py").write_text('''
import os
import torch, torch.distributed as dist
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch


def work(x):
    dist.init_process_group("gloo")
    dist.all_reduce(t := torch.tensor([x * (dist.get_rank() + 1)]))
    return t.item()


def fail():
    if os.environ["RANK"] == "1":
        raise ValueError("the word")


if __name__ == "__main__":
    config = LaunchConfig(1, 1, 2, run_id="a", max_restarts=0, start_method="fork")
    print(elastic_launch(config, work)(10.0))
    try:
        elastic_launch(config, fail)()
    except ChildFailedError as error:
        print("failed", error.get_first_failure()[0], "ValueError: the word" in str(error))
''')
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "launch.py"], cwd=tmp_path, env=env, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.stdout == "{0: 30.0, 1: 30.0}\nfailed 1 True\n", done.stdout + done.stderr
    (tmp_path / "worker.py").write_text(WORKER)
    done = subprocess.run([sys.executable, "-m", "mindtorch", "run", "--nproc", "2", "worker.py", "x"], cwd=tmp_path,
                          env=env, capture_output=True, text=True, timeout=120, check=False)
    assert sorted(done.stdout.splitlines()) == ["0 0 2 2 0 0 x", "1 1 2 2 0 0 x"], done.stdout + done.stderr
