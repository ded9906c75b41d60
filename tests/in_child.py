"""Expressions in processes of their own, so that the death of one is one result: outcomes(["torch.ones(2)[5]"])."""
import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIMIT = 60  # seconds for one expression


def outcomes(expressions, setup=""):
    """What became of each: the name of its exception, "value" or "died of signal n"."""
    job = json.dumps([setup, list(expressions)])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.in_child"], input=job, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def _outcome(expression, names):
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        signal.alarm(LIMIT)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            exec(compile(expression, "<expression>", "exec"), names)
            text = "value"
        except Exception as e:  # noqa: BLE001 what it is, is the answer
            text = type(e).__name__
        os.write(into, text.encode())
        os._exit(0)
    os.close(into)
    text = os.read(out, 1000).decode()
    os.close(out)
    status = os.waitpid(pid, 0)[1]
    return f"died of signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else text or "died"


def main():
    import mindtorch

    mindtorch.set_num_threads(1)  # the parent's threads do not live in a forked child
    setup, expressions = json.loads(sys.stdin.read())
    names = {}
    exec("import numpy as np\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn, tensor\nnan, inf = float('nan'), float('inf')\n" + setup, names)
    print(json.dumps([_outcome(e, dict(names)) for e in expressions]))


if __name__ == "__main__":
    main()
