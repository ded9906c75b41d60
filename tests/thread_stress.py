"""Threads that load, train and switch modes at once: python -m tests.thread_stress SECONDS. What one thread chose must
never be seen by another."""
import io
import random
import sys
import threading
import time
import traceback

import mindtorch  # noqa: F401
import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode, _get_current_function_mode


class Count(TorchFunctionMode):
    """Counts calls; AssertionError for those of another thread."""

    def __init__(self):
        self.calls, self.thread = 0, threading.get_ident()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        assert threading.get_ident() == self.thread, "a mode heard of another thread's call"
        self.calls += 1
        return func(*args, **(kwargs or {}))


def assert_neutral(where):
    """No mode is on."""
    assert torch.empty(1).device.type == "cpu", f"device {where}"
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled(), f"gradients {where}"
    assert not torch.is_autocast_enabled("cpu") and _get_current_function_mode() is None, f"modes {where}"
    x = torch.ones(2, 2, requires_grad=True)
    y = (x @ x).exp()
    assert y.dtype is torch.float32 and y.requires_grad and not y.is_inference(), f"results {where}"


def net():
    return nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))


def load(_):
    """A model made on meta, then given what another one saved."""
    with torch.device("meta"):
        model = net()
        assert all(p.is_meta for p in model.parameters())
    assert_neutral("after meta")
    whole, file = net(), io.BytesIO()
    assert not any(p.is_meta for p in whole.parameters())
    torch.save(whole.state_dict(), file)
    file.seek(0)
    model.load_state_dict(torch.load(file), assign=True)
    x = torch.randn(3, 8)
    assert torch.equal(model(x), whole(x))


def train(_):
    """Steps with autocast that make the loss smaller."""
    model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 3))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    x, y, losses = torch.randn(16, 8), torch.randint(3, (16,)), []
    for _ in range(8):
        with torch.autocast("cpu", torch.bfloat16):
            out = model(x)
        assert out.dtype is torch.bfloat16
        loss = F.cross_entropy(out.float(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def no_grad():
    with torch.no_grad():
        assert not (torch.ones(1, requires_grad=True) * 2).requires_grad


def inference():
    with torch.inference_mode():
        assert (torch.ones(1) * 2).is_inference()


def function_mode():
    with Count() as count:
        torch.ones(2).add(1).mul(2)
    assert count.calls >= 3, count.calls


def saved_tensors_hooks():
    seen = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(1) or t, lambda t: t):
        torch.ones(2, requires_grad=True).exp()
    assert seen == [1]


def default_device():
    torch.set_default_device("meta")
    try:
        assert torch.ones(1).is_meta
    finally:
        torch.set_default_device(None)


def vmap():
    assert torch.vmap(lambda v: v.sum())(torch.ones(3, 4)).tolist() == [4.0] * 3


def autocast_in_a_mode():
    with torch.autocast("cpu", torch.float16), Count():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float16


def forward_derivatives():
    with torch.autograd.forward_ad.dual_level():
        x = torch.autograd.forward_ad.make_dual(torch.ones(2), torch.ones(2))
        assert torch.autograd.forward_ad.unpack_dual(x * 3).tangent.tolist() == [3.0, 3.0]


MODES = [no_grad, inference, function_mode, saved_tensors_hooks, default_device, vmap, autocast_in_a_mode,
         forward_derivatives]


def modes(choice):
    choice.choice(MODES)()


def run(seconds, count=8):
    """(rounds of each thread, errors)."""
    stop, errors, rounds = time.monotonic() + seconds, [], [0] * count

    def work(number):
        choice = random.Random(number)
        try:
            while time.monotonic() < stop and not errors:
                choice.choice((load, train, modes, modes, modes))(choice)
                assert_neutral("between")
                rounds[number] += 1
        except BaseException:
            errors.append(traceback.format_exc())

    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert_neutral("at the end")
    return rounds, errors


if __name__ == "__main__":
    done, failed = run(float(sys.argv[1]))
    print(done, *failed, sep="\n")
    sys.exit(bool(failed) or not all(done))
