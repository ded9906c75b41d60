"""Tensors between processes are the same memory: by spawn, queues and pipes."""

import subprocess
import sys

SCRIPT = '''
import torch
import torch.multiprocessing as mp


def work(model, x, q, c):
    o = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.ones(4, 3)).pow(2).mean().backward()
    o.step()
    x[1:3].fill_(5)
    view, whole, p, e, i = q.get()
    view.mul_(10)
    assert whole.untyped_storage().nbytes() == 48 and whole.tolist()[2:6] == view.tolist(), (whole, view)
    assert isinstance(p, torch.nn.Parameter) and p.requires_grad and e.shape == (0, 3) and i.dtype == torch.int64
    p.data.fill_(2)
    c.send(torch.arange(3))
    c.recv()


def index(i, x):
    x[i] = i + 1


if __name__ == "__main__":
    ctx = mp.get_context("spawn")
    model, x, (a, b) = torch.nn.Linear(3, 2), torch.zeros(4), ctx.Pipe()
    model.tied = model.weight
    model.share_memory()
    before = model.weight.detach().clone()
    q = ctx.Queue()
    p = ctx.Process(target=work, args=(model, x, q, b))
    p.start()
    whole = torch.arange(12.0)
    parameter = torch.nn.Parameter(torch.ones(2))
    q.put((whole[2:6], whole, parameter, torch.zeros(0, 3), torch.ones(2, dtype=torch.int64)))
    assert a.recv().tolist() == [0, 1, 2]
    a.send(1)
    p.join()
    assert p.exitcode == 0
    assert (model.weight != before).any() and x.tolist() == [0, 5, 5, 0] and x.is_shared()
    assert whole.tolist()[2:6] == [20, 30, 40, 50] and whole[6] == 6 and parameter.tolist() == [2, 2]
    try:
        ctx.Process(target=work, args=(torch.ones(2, requires_grad=True) * 2,)).start()
    except RuntimeError as error:
        assert "Cowardly refusing to serialize non-leaf tensor" in str(error)
    else:
        raise AssertionError("a result of autograd went to another process")
    y = torch.zeros(2)
    mp.spawn(index, (y,), 2)
    assert y.tolist() == [1, 2], y
    print("done")
'''


def test_the_same_memory(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, str(tmp_path / "script.py")], capture_output=True, text=True, timeout=240,
                          check=False)
    assert done.stdout == "done\n", done.stdout + done.stderr
