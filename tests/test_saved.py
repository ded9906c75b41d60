"""What operators save: changed in place, or kept selectively by checkpoints."""
import pytest

import mindtorch as torch
from mindtorch.autograd.graph import allow_mutation_on_saved_tensors
from mindtorch.utils import _selective
from mindtorch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

aten = torch.ops.aten


def out_of_place(x):
    y = ((x * 1).sin().exp()) ** 2
    return torch.cat([y[:1] ** 2, y[1:]]).cumsum(0)


def in_place(x):
    y = x * 1
    y.sin_()
    y.exp_()
    y.mul_(y)
    y[0].pow_(2)
    y.cumsum_(0)
    return y


def test_mutation_of_saved_tensors():
    x = torch.ones(3, requires_grad=True)
    expected, = torch.autograd.grad(out_of_place(x).sum(), x)
    with allow_mutation_on_saved_tensors():
        assert torch.allclose(torch.autograd.grad(in_place(x).sum(), x)[0], expected)
        y = x.clone()
        saved = (y * y).sum()
        torch.nn.functional.relu(y.view(3, 1), inplace=True)
        y[1:].zero_()
        assert torch.autograd.grad(saved, x)[0].tolist() == [2, 2, 2]
        weight = torch.full((3,), 5.0, requires_grad=True)
        product = (x * weight).sum()
        with torch.no_grad():
            weight.sub_(1)
        assert torch.autograd.grad(product, x)[0].tolist() == [5, 5, 5]


def test_mutation_needs_its_context():
    x = torch.ones(3, requires_grad=True)
    with allow_mutation_on_saved_tensors() as context:
        cleared = (x * x).sum()
        context.clear()
        with pytest.raises(AssertionError, match="outside of the 'allow_mutation_on_saved_tensors'"):
            cleared.backward()
        with pytest.raises(RuntimeError, match="cannot be nested"), allow_mutation_on_saved_tensors():
            pass
        left = (x * x).sum()
    with pytest.raises(AssertionError, match="outside of the 'allow_mutation_on_saved_tensors'"):
        left.backward()
    y = x * 1
    z = (y * y).sum()
    y.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def policy(context, op, *args, **kwargs):
    return CheckpointPolicy.MUST_SAVE if op == aten.addmm.default else CheckpointPolicy.PREFER_RECOMPUTE


@pytest.mark.parametrize("chosen", [policy, [aten.addmm.default]])
def test_selective_checkpoint(chosen, monkeypatch):
    given_back = []
    real = _selective._Selective.given_back
    monkeypatch.setattr(_selective._Selective, "given_back",
                        lambda self, func: (given_back.append(func.__name__), real(self, func))[1])
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 4), torch.nn.LayerNorm(4),
                              torch.nn.Dropout(0.5))
    x = torch.randn(3, 4, requires_grad=True)

    def gradients(run):
        torch.manual_seed(1)
        return torch.autograd.grad(run(x).square().sum(), [x, *net.parameters()])

    expected = gradients(net)
    found = gradients(lambda v: checkpoint(net, v, use_reentrant=False,
                                           context_fn=lambda: create_selective_checkpoint_contexts(chosen)))
    assert all(torch.equal(a, b) for a, b in zip(found, expected)) and given_back == ["linear", "linear"]


def test_selective_checkpoint_refuses():
    for wrong, error in ((3, TypeError), ([aten.mm], ValueError), ([3], ValueError)):
        with pytest.raises(error):
            create_selective_checkpoint_contexts(wrong)
    net, x = torch.nn.Linear(3, 3), torch.ones(2, 3, requires_grad=True)
    y = checkpoint(lambda v: net(v).sin(), x, use_reentrant=False,
                   context_fn=lambda: create_selective_checkpoint_contexts(policy)).sum()
    y.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="an extra time"):
        y.backward()

    def mutates(v):
        made = net(v)
        kept = made.sin()
        made.detach().zero_()
        return kept

    z = checkpoint(mutates, x, use_reentrant=False,
                   context_fn=lambda: create_selective_checkpoint_contexts(policy)).sum()
    with pytest.raises(RuntimeError, match="has been mutated"):
        z.backward()
