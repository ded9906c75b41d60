"""Checkpointing recomputes, draws the same random numbers, saves memory, and notices a computation that changed."""
import mindtorch  # noqa: F401
import pytest
import torch
from mindtorch import _C
from torch.utils.checkpoint import (
    CheckpointError, checkpoint, checkpoint_sequential, create_selective_checkpoint_contexts, set_checkpoint_early_stop)


def leaf():
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


@pytest.mark.parametrize("reentrant", [True, False])
def test_gradient_and_number_of_runs(reentrant):
    calls = []

    def f(x):
        calls.append(1)
        return x * x * x

    x = leaf()
    y = checkpoint(f, x * 1, use_reentrant=reentrant)
    assert len(calls) == 1
    y.sum().backward()
    assert len(calls) == 2 and x.grad.tolist() == [3, 12, 27]


@pytest.mark.parametrize("reentrant", [True, False])
def test_random_numbers_are_drawn_again(reentrant):
    masks = []

    def f(x):
        masks.append(torch.rand(3))
        return x * masks[-1]

    x = leaf()
    torch.manual_seed(3)
    y = checkpoint(f, x, use_reentrant=reentrant)
    after = torch.get_rng_state()
    y.sum().backward()
    assert masks[0].tolist() == masks[1].tolist() == x.grad.tolist()
    assert torch.equal(torch.get_rng_state(), after)


def test_memory():
    x = torch.ones(1000, 100, requires_grad=True)

    def f(x):
        for _ in range(10):
            x = x * x
        return x

    def kept(run):
        before = _C.memory_stats()[0]
        y = run()
        return _C.memory_stats()[0] - before, y

    plain, y = kept(lambda: f(x))
    less, z = kept(lambda: checkpoint(f, x, use_reentrant=False))
    size = x.numel() * 4
    assert plain >= 10 * size and less < 2 * size
    z.sum().backward()
    assert x.grad[0, 0].item() == 1024


def test_early_stop():
    ends = []

    def f(x):
        y = x * x
        ends.append(1)
        return y

    checkpoint(f, leaf(), use_reentrant=False).sum().backward()
    assert len(ends) == 1
    with set_checkpoint_early_stop(False):
        checkpoint(f, leaf(), use_reentrant=False).sum().backward()
    assert len(ends) == 3


def test_nested_and_second_order():
    def inner(x):
        return x * x

    def outer(x):
        return checkpoint(inner, x * 2, use_reentrant=False) * x

    x = leaf()
    g, = torch.autograd.grad(checkpoint(outer, x, use_reentrant=False).sum(), x, create_graph=True)
    assert g.tolist() == [12, 48, 108]  # (4 x^3)'
    assert torch.autograd.grad(g.sum(), x)[0].tolist() == [24, 48, 72]


def test_changed_computation_is_noticed():
    sizes = iter([3, 1])

    def f(x):
        return x * torch.ones(next(sizes))

    with pytest.raises(CheckpointError, match="different metadata than during the forward pass"):
        checkpoint(f, leaf(), use_reentrant=False).sum().backward()
    counts = iter([2, 1])

    def g(x):
        for _ in range(next(counts)):
            x = x * x
        return x

    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        checkpoint(g, leaf(), use_reentrant=False).sum().backward()


def test_autocast_is_restored():
    seen = []

    def f(x):
        seen.append((x @ x).dtype)
        return x @ x

    x = torch.eye(2).requires_grad_()
    with torch.autocast("cpu"):
        y = checkpoint(f, x, use_reentrant=False)
    y.float().sum().backward()
    assert seen[0] is torch.bfloat16 and set(seen) == {torch.bfloat16}


def test_keyword_arguments_and_sequential():
    x = leaf()
    checkpoint(lambda a, k: a * k, x, k=3, use_reentrant=False).sum().backward()
    assert x.grad.tolist() == [3, 3, 3]
    x.grad = None
    checkpoint_sequential([lambda a: a * 2, lambda a: a * a, lambda a: a * 3], 2, x,
                          use_reentrant=False).sum().backward()
    assert x.grad.tolist() == [24, 48, 72]


def test_refusals():
    with pytest.raises(RuntimeError, match="incompatible with .grad\\(\\) or passing an `inputs` parameter"):
        x = leaf()
        torch.autograd.grad(checkpoint(lambda a: a * 2, x, use_reentrant=True).sum(), x)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: foo"):
        checkpoint(lambda a: a, leaf(), use_reentrant=True, foo=1)
    with pytest.raises(TypeError):
        create_selective_checkpoint_contexts(3)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint(lambda a: a * 2, leaf())
