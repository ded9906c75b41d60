"""Runs a script as several ranks, each a process of its own, and collects what they say. For tests.

`python distributed_ranks.py` is a process that has torch and forks ranks as it is told, so that a test does not pay for
the import; `ranks()` talks to it."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import textwrap
import time

ROOT = pathlib.Path(__file__).parent.parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _start(path, env, out, arguments):
    """A rank, as a child of this process that goes on from here."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
        os.environ.update(env)
        os.chdir(env["FOLDER"])
        sys.argv = [path, *arguments]
        sys.path.insert(0, env["FOLDER"])
        main = {"__name__": "__main__", "__file__": path}
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec"), main)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve():
    import torch  # noqa: F401

    for line in sys.stdin:
        ask = json.loads(line)
        outs = [open(p, "w", encoding="utf-8") for p in ask["outs"]]
        pids = [_start(ask["path"], env, out, ask["arguments"]) for env, out in zip(ask["envs"], outs)]
        left, codes, end = dict(enumerate(pids)), {}, time.monotonic() + ask["timeout"]
        while left and time.monotonic() < end:
            for rank, pid in list(left.items()):
                got, status = os.waitpid(pid, os.WNOHANG)
                if got:
                    codes[rank] = os.waitstatus_to_exitcode(status)
                    del left[rank]
            time.sleep(0.01)
        for pid in left.values():
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        for out in outs:
            out.close()
        print(json.dumps([codes.get(r) for r in range(len(pids))]), flush=True)


_server = []


def _ask(what):
    if not _server:
        env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "TOKENIZERS_PARALLELISM": "false"}
        _server.append(subprocess.Popen([sys.executable, __file__], env=env, cwd=ROOT, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True))
    _server[0].stdin.write(json.dumps(what) + "\n")
    _server[0].stdin.flush()
    return json.loads(_server[0].stdout.readline())


def ranks(script, n=2, timeout=60, fails=(), environment=(), arguments=(), head=None):
    """What the ranks wrote. `script` is text. Ranks in `fails` may end as they like; one that takes too long is ended,
    and the test fails."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "script.py"
        path.write_text((HEAD if head is None else head) + textwrap.dedent(script), encoding="utf-8")
        envs = [{"RANK": str(r), "LOCAL_RANK": str(r), "WORLD_SIZE": str(n), "LOCAL_WORLD_SIZE": str(n),
                 "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "FOLDER": folder, **dict(environment)}
                for r in range(n)]
        outs = [str(pathlib.Path(folder) / f"rank{r}") for r in range(n)]
        codes = _ask({"path": str(path), "envs": envs, "outs": outs, "timeout": timeout,
                      "arguments": [str(a) for a in arguments]})
        texts = [pathlib.Path(out).read_text(encoding="utf-8") for out in outs]
    bad = [r for r, code in enumerate(codes) if code != 0 and r not in fails]
    assert not bad, "\n".join(
        f"rank {r} "
        + ("did not end in time" if codes[r] is None else f"ended with {codes[r]}")
        + f"\n{texts[r][-3000:]}"
        for r in bad
    )
    return texts


HEAD = '''
import os, sys, time, warnings
from datetime import timedelta
import torch, torch.distributed as dist
RANK, SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])

def raises(kind, part, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as error:
        assert part in str(error), (part, str(error))
    else:
        raise AssertionError(f"no {kind.__name__}: {part}")

def same(got, want):
    assert torch.equal(got, torch.as_tensor(want).to(got.dtype)), (RANK, got, want)

'''

if __name__ == "__main__":
    serve()
