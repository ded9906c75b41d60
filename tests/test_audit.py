"""Audits: no function of the op table leaks (tests/audit_calls.py makes the calls); training and evaluation keep memory
flat.

What lives is counted, not what the process occupies: blocks of Python's allocator and bytes that malloc has given out.
A leak is there in
every round; what caches and pools keep is not.
"""
import ctypes
import gc
import sys
import warnings

import pytest

import mindtorch as torch
from mindtorch import _C
from torch.utils.checkpoint import checkpoint

from . import audit_calls

CALLS = 24


class _MallInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t)
                for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]


_libc = ctypes.CDLL(None)
_libc.mallinfo2.restype = _MallInfo


def living():
    """(bytes of malloc, of it in large blocks of their own; blocks of Python; bytes of tensors) that are in use."""
    gc.collect()
    info = _libc.mallinfo2()
    return info.uordblks + info.hblkhd, sys.getallocatedblocks(), _C.memory_stats()[0]


def kept(call, calls, rounds=8):
    """What a call leaves behind: (bytes, Python blocks, bytes of tensors), the least of some rounds; no later rounds
    once it is nothing."""
    least = (float("inf"),) * 3
    for _ in range(rounds):
        before = living()
        for _ in range(calls):
            call()
        least = tuple(min(old, (b - a) / calls) for old, a, b in zip(least, before, living()))
        if least[0] < 8 and least[1] < 0.9 and least[2] < 1:
            return None
    return least


def test_the_meter_sees_leaks():
    held, buffers = [], []
    assert kept(lambda: held.append(object()), CALLS)
    assert kept(lambda: buffers.append(torch.zeros(3)), CALLS)
    assert kept(lambda: [object()], CALLS) is None


MADE = audit_calls.calls()


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """One thread (its pool would come and go), and what lives already is no garbage to look through."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", [n for n in MADE if not n.endswith(" not in place")], ids=lambda label: label[:60])
def test_no_leak(name):
    warnings.simplefilter("ignore")
    call = MADE[name]()
    for _ in range(3):
        call()
    left = kept(call, CALLS)
    assert not left, (
        f"a call leaves {left[0]:.1f} bytes, {left[1]:.1f} Python blocks, {left[2]:.1f} bytes of tensors")


def test_every_function_of_the_table_is_called():
    warnings.simplefilter("ignore")
    assert not (
        missing := audit_calls.not_reached(MADE)), f"add calls of these to CALLS in tests/audit_calls.py: {missing}"


@pytest.mark.parametrize("name", [name for name in MADE if name.endswith(" not in place")])
def test_in_place_forms_have_the_gradient_of_the_function(name):
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    expected = MADE[name]()()
    torch.manual_seed(0)
    found = MADE[name.replace(" not ", " ")]()()
    assert (found is None) == (expected is None)
    for a, b in zip(found or (), expected or (), strict=True):
        assert a is b is None or torch.allclose(a, b, equal_nan=True)


def make_training(steps_of_checkpoint):
    torch.manual_seed(0)
    block = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.LayerNorm(32), torch.nn.GELU(), torch.nn.Dropout(0.1),
                                torch.nn.Linear(32, 16))
    model = torch.nn.ModuleDict({"block": block, "lstm": torch.nn.LSTM(16, 8, batch_first=True),
                                 "head": torch.nn.Linear(8, 4)})
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: 1 / (1 + n))
    x, y = torch.randn(4, 5, 16), torch.randint(0, 4, (4,))

    def forward():
        hidden = checkpoint(model["block"], x, use_reentrant=False) if steps_of_checkpoint else model["block"](x)
        return model["head"](model["lstm"](hidden)[0][:, -1])

    def train():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(forward(), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()

    return forward, train


@pytest.mark.parametrize("with_checkpoint", [False, True])
def test_training_and_recorded_evaluation_keep_memory_flat(with_checkpoint):
    """1,000 steps each, 200 a round; an evaluation without no_grad leaves graphs that no backward walks."""
    forward, train = make_training(with_checkpoint)
    for _ in range(20):
        train()
    start = living()
    for _ in range(5):
        assert not (left := kept(train, 40, 20)), left
    for _ in range(800):
        train()
    end = living()
    assert end[0] - start[0] < 64 << 10 and end[1] - start[1] < 500 and end[2] == start[2], (start, end)
    assert not (left := kept(forward, 40, 20)), left


def hooked(t):
    (t * 2).register_hook(lambda g: g)


def retained(t):
    made = t * 2
    made.retain_grad()
    made.sum().backward()


class Doubling(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        result = t * 2
        ctx.save_for_backward(t, result)
        return result

    @staticmethod
    def backward(ctx, g):
        return g * 2


def failing(t):
    made = (t * 2).exp()
    made.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made.sum().backward()


def in_place(t):
    made = t * 2
    made[1:].mul_(3)
    made.exp_()
    return made


def refused(t):
    with pytest.raises(RuntimeError):
        t + torch.zeros(7)
    with pytest.raises(IndexError):
        t.index_select(0, torch.tensor([9]))


CASES = {
    "hook": hooked,
    "retain_grad": retained,
    "retain_grad dropped": lambda t: (t * 2).retain_grad(),
    "Function": Doubling.apply,
    "Function backward": lambda t: Doubling.apply(t).sum().backward(),
    "failing backward": failing,
    "in place": in_place,
    "in place backward": lambda t: in_place(t).sum().backward(),
    "errors": refused,
    "views": lambda t: t[1:].view(-1)[:1].unsqueeze(0),
    "grad of grad": lambda t: torch.autograd.grad(torch.autograd.grad((t**3).sum(), t, create_graph=True)[0].sum(), t),
    "numpy": lambda t: torch.from_numpy(t.detach().numpy()).tolist(),
    "storage": lambda t: t.detach().clone().untyped_storage().resize_(400),
    "data": lambda t: setattr(t.detach().clone(), "data", torch.zeros(9)),
    "vmap": lambda t: torch.vmap(torch.sin)(t),
    "func.grad": lambda t: torch.func.grad(lambda x: (x**2).sum())(t),
    "deepcopy": lambda t: __import__("copy").deepcopy(t),
    "pickle": lambda t: __import__("pickle").loads(__import__("pickle").dumps(t)),
    "grad_fn": lambda t: (t * 2).exp().grad_fn.next_functions[0][0].metadata,
    "split": lambda t: t.split(1),
    "unique": lambda t: t.unique(),
    "saved hooks": lambda t: with_saved_hooks(t),
}


def with_saved_hooks(t):
    with torch.autograd.graph.saved_tensors_hooks(
        lambda x: x.numpy() if not x.requires_grad else x.detach().numpy(), torch.from_numpy
    ):
        return t.exp() * t


@pytest.mark.parametrize("name", CASES)
def test_no_leak_around_the_graph(name):
    t = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    for _ in range(5):
        CASES[name](t)
    assert not (left := kept(lambda: CASES[name](t), CALLS)), left
