"""nn.utils: clipping, vectors, sequences, parametrizations, pruning, functional calls."""
# ruff: noqa: I001  (mindtorch comes first: it makes `import torch` possible)
import mindtorch  # noqa: F401
import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, rnn, stateless



def test_clipping():
    p = nn.Parameter(torch.zeros(2, 2))
    p.grad = torch.ones(2, 2)
    assert nn.utils.clip_grad_norm_(p, 1.0).item() == 2.0
    assert torch.allclose(p.grad, torch.full((2, 2), 0.5), atol=1e-6)
    assert nn.utils.clip_grad_norm_([p], 9.0, norm_type=float("inf")).item() == pytest.approx(0.5, abs=1e-6)
    p.grad = torch.tensor([[3.0, -4.0], [0.1, 0.0]])
    nn.utils.clip_grad_value_([p], 1.0)
    assert torch.allclose(p.grad, torch.tensor([[1.0, -1.0], [0.1, 0.0]]))
    p.grad.fill_(float("nan"))
    with pytest.raises(RuntimeError, match="is non-finite, so it cannot be clipped"):
        nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    assert nn.utils.get_total_norm([torch.ones(2), torch.full((2,), 2.0)], 1).item() == 6.0
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0.0


@pytest.mark.parametrize("foreach", [None, True, False])
def test_clipping_of_several_dtypes(foreach):
    a, b = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1, dtype=torch.float64))
    a.grad, b.grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0], dtype=torch.float64)
    assert nn.utils.clip_grad_norm_([a, b], 1.0, foreach=foreach).item() == pytest.approx(5.0)
    assert a.grad.tolist() == pytest.approx([0.6, 0.0], abs=1e-5) and b.grad.item() == pytest.approx(0.8, abs=1e-5)


def test_vectors():
    m = nn.Linear(2, 2)
    nn.utils.vector_to_parameters(torch.arange(6.0), m.parameters())
    assert m.weight.tolist() == [[0.0, 1.0], [2.0, 3.0]] and m.bias.tolist() == [4.0, 5.0]
    assert nn.utils.parameters_to_vector(m.parameters()).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_packing():
    x = torch.arange(24.0).view(4, 3, 2)
    p = rnn.pack_padded_sequence(x, [2, 4, 1], enforce_sorted=False)
    assert p.batch_sizes.tolist() == [3, 2, 1, 1] and p.sorted_indices.tolist() == [1, 0, 2]
    assert p.unsorted_indices.tolist() == [1, 0, 2]
    assert p.data[:, 0].tolist() == [2.0, 0.0, 4.0, 8.0, 6.0, 14.0, 20.0]
    back, lengths = rnn.pad_packed_sequence(p, batch_first=True, padding_value=-1.0, total_length=5)
    assert back.shape == (3, 5, 2) and lengths.tolist() == [2, 4, 1] and back[0, 2:].unique().tolist() == [-1.0]
    assert back[1, :4, 0].tolist() == [2.0, 8.0, 14.0, 20.0]
    assert p.to(torch.float64).data.dtype is torch.float64 and p.to("cpu") is p
    for call, kind, message in ((lambda: rnn.pack_padded_sequence(x, [2, 4, 1]), RuntimeError,
                                 "must be sorted in decreasing order"),
                                (lambda: rnn.pack_padded_sequence(x, [2, 1]), RuntimeError,
                                 "to be equal to batch_size, but got 2 (batch_size=3)"),
                                (lambda: rnn.pack_padded_sequence(x, [4, 0, 0]), RuntimeError,
                                 "Length of all samples has to be greater than 0"),
                                (lambda: rnn.pad_packed_sequence(p, total_length=2), ValueError,
                                 "max sequence length being 4")):
        with pytest.raises(kind) as caught:
            call()
        assert message in str(caught.value)


def test_sequences():
    parts = [torch.ones(2), torch.zeros(3)]
    assert rnn.pad_sequence(parts).tolist() == [[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    assert rnn.pad_sequence(parts, True, 9, "left").tolist() == [[9.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    assert [t.tolist() for t in rnn.unpack_sequence(rnn.pack_sequence(parts, False))] == [[1.0, 1.0], [0.0, 0.0, 0.0]]
    with pytest.raises(RuntimeError, match="Expected padding_side to be one of left or right"):
        rnn.pad_sequence(parts, padding_side="x")


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).T

    def right_inverse(self, A):
        return A.triu()


class Halves(nn.Module):
    def forward(self, a, b):
        return a + b

    def right_inverse(self, X):
        return X / 2, X / 2


def test_parametrize():
    m = nn.Linear(3, 3)
    parametrize.register_parametrization(m, "weight", Symmetric())
    assert type(m).__name__ == "ParametrizedLinear" and parametrize.type_before_parametrizations(
        m) is nn.Linear and torch.equal(m.weight, m.weight.T)
    assert list(m.state_dict()) == ["bias", "parametrizations.weight.original"]
    m.weight = torch.ones(3, 3)
    assert torch.equal(m.weight, torch.ones(3, 3)) and m.parametrizations.weight.original[1, 0] == 0
    with parametrize.cached():
        assert m.weight is m.weight
    assert torch.equal(copy.deepcopy(m).weight, m.weight)
    parametrize.register_parametrization(m, "bias", Halves())
    assert list(m.state_dict())[-2:] == ["parametrizations.bias.original0", "parametrizations.bias.original1"]
    parametrize.remove_parametrizations(m, "weight")
    with pytest.raises(ValueError, match="Cannot leave unparametrized"):
        parametrize.remove_parametrizations(m, "bias", leave_parametrized=False)
    parametrize.remove_parametrizations(m, "bias")
    assert type(m) is nn.Linear and list(m.state_dict()) == ["weight", "bias"]
    with pytest.raises(
        ValueError, match="does not have a parameter, a buffer, or a parametrized element with name 'zz'"
    ):
        parametrize.register_parametrization(m, "zz", Symmetric())


def test_weight_and_spectral_norm():
    torch.manual_seed(1)
    w = parametrizations.weight_norm(nn.Linear(3, 2))
    assert torch.allclose(w.parametrizations.weight.original0,
                          w.parametrizations.weight.original1.norm(dim=1, keepdim=True))
    w.parametrizations.weight.original0.data.fill_(2.0)
    assert torch.allclose(w.weight.norm(dim=1), torch.full((2,), 2.0))
    s = parametrizations.spectral_norm(nn.Linear(3, 2), n_power_iterations=20).eval()
    assert torch.linalg.matrix_norm(s.weight, 2).item() == pytest.approx(1.0, abs=1e-4)
    old = nn.utils.weight_norm(nn.Linear(3, 2))
    before = old.weight.detach().clone()
    old(torch.ones(1, 3)).sum().backward()
    assert list(old.state_dict()) == ["bias", "weight_g", "weight_v"] and old.weight_g.grad.shape == (2, 1)
    nn.utils.remove_weight_norm(old)
    assert torch.allclose(old.weight, before) and isinstance(old.weight, nn.Parameter)


def test_orthogonal():
    torch.manual_seed(1)
    for shape, how in (((4, 3), None), ((3, 4), "matrix_exp"), ((3, 3), "cayley")):
        m = parametrizations.orthogonal(nn.Linear(*shape), orthogonal_map=how)
        W = m.weight if m.weight.size(0) <= m.weight.size(1) else m.weight.T
        assert torch.allclose(W @ W.T, torch.eye(W.size(0)), atol=1e-5)
    torch.manual_seed(1)  # the first column as PyTorch finds it
    m = parametrizations.orthogonal(nn.Linear(3, 3))
    assert m.weight[0].tolist() == pytest.approx([0.709, 0.6918, -0.1369], abs=1e-4)


def test_prune():
    m = nn.Linear(2, 2)
    with torch.no_grad():
        m.weight.copy_(torch.tensor([[0.1, -2.0], [3.0, 0.2]]))
    prune.l1_unstructured(m, "weight", 2)
    assert m.weight.tolist() == [[0.0, -2.0],
                                 [3.0,
                                  0.0]] and list(m.state_dict()) == ["bias", "weight_orig",
                                                                     "weight_mask"] and prune.is_pruned(m)
    prune.ln_structured(m, "weight", 1, 2, 0)
    assert m.weight_mask.tolist() == [[0.0, 0.0], [1.0, 0.0]] and len(m._forward_pre_hooks) == 1
    assert m(torch.ones(1, 2))[0].tolist() == pytest.approx([m.bias[0].item(), 3.0 + m.bias[1].item()])
    prune.remove(m, "weight")
    assert list(m.state_dict()) == ["bias", "weight"] and not prune.is_pruned(m)
    with pytest.raises(ValueError, match="has to be pruned before pruning can be removed"):
        prune.remove(m, "weight")
    with pytest.raises(ValueError, match="should either be a float in the range"):
        prune.random_unstructured(m, "weight", 1.5)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
        self.b.weight = self.a.weight
        self.register_buffer("n", torch.zeros(1))

    def forward(self, x):
        self.n = self.n + 1
        return self.b(self.a(x))


def test_functional_call():
    m, eye = Tied(), torch.eye(2)
    x, own = torch.ones(1, 2), m.a.weight
    assert stateless.functional_call(m, {"a.weight": eye * 2}, x).tolist() == [[4.0, 4.0]]
    state = {"n": torch.ones(1) * 5}
    stateless.functional_call(m, state, (x,))
    assert state["n"].item() == 6.0 and m.a.weight is own and m.n.item() == 1.0
    with pytest.raises(ValueError, match="tied"):
        stateless.functional_call(m, {"a.weight": eye, "b.weight": eye * 2}, x)
    with pytest.raises(RuntimeError, match="Missing key"):
        stateless.functional_call(m, {"a.weight": eye}, x, strict=True)


def test_fusion_and_skip_init():
    torch.manual_seed(0)
    conv, norm = nn.Conv2d(2, 3, 2).eval(), nn.BatchNorm2d(3)
    norm(torch.randn(4, 3, 5, 5))
    norm.eval()
    x = torch.randn(1, 2, 4, 4)
    assert torch.allclose(nn.utils.fuse_conv_bn_eval(conv, norm)(x), norm(conv(x)), atol=1e-5)
    assert nn.utils.skip_init(nn.Linear, 2, 3).weight.shape == (3, 2)
    with pytest.raises(RuntimeError, match="must support a 'device' arg"):
        nn.utils.skip_init(nn.ReLU)


def test_parallel():
    m = nn.DataParallel(nn.Linear(2, 2))
    assert list(m.state_dict()) == ["module.weight", "module.bias"] and m(torch.ones(1, 2)).shape == (1, 2)
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
