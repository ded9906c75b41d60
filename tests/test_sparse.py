"""Sparse gradients, leaves and optimizers; values are formulas or were recorded from PyTorch 2.13."""
import copy
import io
import pickle

import mindtorch  # noqa: F401
import pytest
import torch
from torch.nn import functional as F

INDICES = torch.tensor([[0, 1, 1, 0], [2, 0, 0, 1]])
VALUES = torch.tensor([1.0, 2.0, 3.0, 4.0])
FACTORS = torch.arange(6.0).reshape(2, 3)
DENSE = torch.arange(12.0).reshape(3, 4)
COTANGENT = torch.arange(8.0).reshape(2, 4)
WORDS = torch.tensor([[1, 2, 1], [0, 3, 2]])


def leaf(coalesced=False):
    s = torch.sparse_coo_tensor(INDICES, VALUES, (2, 3))
    return (s.coalesce() if coalesced else s).requires_grad_()


def table():
    return torch.arange(12.0).reshape(4, 3).requires_grad_()


@pytest.mark.parametrize("coalesced", [False, True])
@pytest.mark.parametrize("use, expected", [
    (lambda s: s.to_dense() * FACTORS, [1.0, 2.0, 3.0]),
    (lambda s: torch.sparse.mm(s, DENSE) * COTANGENT, [38.0, 62.0, 38.0]),
    (lambda s: torch.sparse.addmm(torch.ones(2, 4), s, DENSE) * COTANGENT, [38.0, 62.0, 38.0]),
    (lambda s: torch.sparse.sum(s), [1.0, 1.0, 1.0]),
    (lambda s: torch.sparse.sum(s, 0).to_dense() * torch.arange(3.0), [1.0, 2.0, 0.0]),
    (lambda s: s.coalesce().values() * 2, [2.0, 2.0, 2.0]),
    (lambda s: (s * FACTORS).to_dense(), [1.0, 2.0, 3.0]),
    (lambda s: (s * 3).to_dense() * FACTORS, [3.0, 6.0, 9.0]),
    (lambda s: (s + s).to_dense() * FACTORS, [2.0, 4.0, 6.0]),
    (lambda s: s.t().to_dense() * FACTORS.t(), [1.0, 2.0, 3.0]),
    (lambda s: s.pow(2).to_dense() * FACTORS, [8.0, 4.0, 30.0]),
    (lambda s: s.to_dense() * FACTORS + s.to_dense(), [2.0, 3.0, 4.0]),
])
def test_gradients_of_a_leaf_are_sparse(use, expected, coalesced):
    s = leaf(coalesced)
    use(s).sum().backward()
    assert s.is_leaf and s.grad.is_sparse and s.grad.shape == (2, 3)
    g = s.grad.coalesce()
    assert g.indices().tolist() == [[0, 0, 1], [1, 2, 0]] and g.values().tolist() == expected


def test_gradients_of_a_leaf_that_are_dense():
    for use, expected in (
        (lambda s: torch.mm(s, DENSE) * COTANGENT, [[14.0, 38.0, 62.0], [38.0, 126.0, 214.0]]),
        (lambda s: s.sum(), [[1.0] * 3] * 2),
        (lambda s: (FACTORS + s) * FACTORS, FACTORS.tolist()),
    ):
        s = leaf()
        use(s).sum().backward()
        assert s.grad.layout is torch.strided and s.grad.tolist() == expected


def test_leaves_accumulate_hook_and_copy():
    s, seen = leaf(), []
    s.register_hook(lambda g: seen.append(g.is_sparse))
    for _ in range(2):
        (s.to_dense() * FACTORS).sum().backward()
    assert seen == [True, True] and s.grad.to_dense().tolist() == [[0.0, 2.0, 4.0], [6.0, 0.0, 0.0]]
    other = copy.deepcopy(s)
    assert other.requires_grad and other.grad.to_dense().tolist() == s.grad.to_dense().tolist()
    again = pickle.loads(pickle.dumps(s))
    assert not again.requires_grad and torch.equal(again.to_dense(), s.to_dense())
    (g,) = torch.autograd.grad(s.to_dense().pow(2).sum(), s)
    assert g.to_dense().tolist() == [[0.0, 8.0, 2.0], [10.0, 0.0, 0.0]]
    with pytest.raises(RuntimeError, match="in-place"):
        s.mul_(2)
    assert not s.detach().requires_grad and not s.requires_grad_(False).requires_grad
    values = VALUES.clone().requires_grad_()
    made = torch.sparse_coo_tensor(INDICES, values, (2, 3))
    assert made.requires_grad and not made.is_leaf and made.grad_fn is not None
    with pytest.raises(RuntimeError, match="leaf"):
        made.requires_grad_(False)


def test_rows_keep_their_layout():
    s = torch.sparse_csr_tensor([0, 2, 3], [0, 2, 1], [1.0, 2.0, 3.0], (2, 3)).requires_grad_()
    torch.sparse.mm(s, DENSE, "amax").sum().backward()  # row 0: of 1 * (0..3) and 2 * (8..11) the latter
    assert s.grad.layout is torch.sparse_csr and s.grad.values().tolist() == [0.0, 38.0, 22.0]
    b = DENSE.clone().requires_grad_()
    out = torch.sparse.mm(s.detach(), b, "mean")
    out.sum().backward()
    assert out.tolist() == [[8.0, 9.5, 11.0, 12.5],
                            [12.0, 15.0, 18.0, 21.0]] and b.grad[:, 0].tolist() == [0.5, 3.0, 1.0]
    sampled = torch.sparse.sampled_addmm(s.detach(), torch.ones(2, 2), torch.ones(2, 3), beta=2.0, alpha=0.5)
    assert sampled.layout is torch.sparse_csr and sampled.values().tolist() == [3.0, 5.0, 7.0]
    with pytest.raises(RuntimeError, match="reduce"):
        torch.sparse.mm(s, b, "median")


def test_embedding():
    w = table()
    (F.embedding(WORDS, w, sparse=True) * torch.arange(18.0).reshape(2, 3, 3)).sum().backward()
    g = w.grad
    assert g.is_sparse and not g.is_coalesced() and g._indices().tolist() == [[1, 2, 1, 0, 3, 2]] and torch.equal(
        g._values(), torch.arange(18.0).reshape(6, 3))
    with pytest.raises(RuntimeError, match="coalesce"):
        g.values()
    F.embedding(WORDS[0], w, sparse=True).sum().backward()  # sparse += sparse stays the same object
    assert w.grad is g
    assert g.to_dense().tolist() == [[9.0, 10.0, 11.0], [8.0, 10.0, 12.0], [19.0, 21.0, 23.0], [12.0, 13.0, 14.0]]
    (w * 2).sum().backward()  # sparse += dense becomes dense
    assert w.grad.layout is torch.strided and w.grad[0].tolist() == [11.0, 12.0, 13.0]
    dense = w.grad
    F.embedding(WORDS, w, sparse=True).sum().backward()  # dense += sparse stays the same object
    assert w.grad is dense and dense[2].tolist() == [23.0, 25.0, 27.0]
    w.grad = None
    F.embedding(WORDS, w, padding_idx=1, sparse=True).sum().backward()
    assert w.grad._indices().tolist() == [[2, 0, 3, 2]]
    with pytest.raises(RuntimeError, match="scale_grad_by_freq"):
        F.embedding(WORDS, w, scale_grad_by_freq=True, sparse=True).sum().backward()
    layer = torch.nn.Embedding(4, 3, sparse=True)
    layer(WORDS).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad.is_sparse and layer.weight.grad._nnz() == 0


def test_embedding_bag():
    e = torch.nn.EmbeddingBag(4, 3, sparse=True, mode="mean", padding_idx=2, _weight=table().detach())
    (e(WORDS) * FACTORS).sum().backward()
    assert e.weight.grad._indices().tolist() == [[1, 1, 0, 3]]
    assert e.weight.grad._values().tolist() == [[0.0, 0.5, 1.0], [0.0, 0.5, 1.0], [1.5, 2.0, 2.5], [1.5, 2.0, 2.5]]


def test_second_derivative_through_a_sparse_gradient():
    w = table()
    (g,) = torch.autograd.grad(F.embedding(WORDS, w, sparse=True).pow(2).sum(), w, create_graph=True)
    assert g.is_sparse and g.requires_grad
    g.to_dense().sum().backward()
    assert w.grad.to_dense()[:, 0].tolist() == [2.0, 4.0, 4.0, 2.0]


def gradient(step):
    rows, scale = ([1, 3, 1], 1) if step % 2 == 0 else ([0, 1, 1], 2)
    return torch.sparse_coo_tensor([rows], torch.tensor([[1.0, -2, 0.5], [0.3, 0.2, -1], [2.0, 1, 0]]) * scale, (4, 3))


@pytest.mark.parametrize("name, options, expected", [
    ("SGD", {"lr": 0.1}, [-0.2, 0.54286, 0.18571, -0.63143, 0.53143, 0.81429, 0.85714, 1.0, 1.14286, 1.22571, 1.38857,
                          1.77143]),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True},
     [-0.542, 1.22686, 0.01471, -2.41973, 0.45493, 0.98934, 0.85714, 1.0, 1.14286, 1.12554, 1.32179, 2.10533]),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}, [-0.09091, 0.23377, 0.19481, 0.21247, 0.61743, 0.68284, 0.85714, 1.0,
                                               1.14286, 1.12679, 1.26965, 1.73035]),
    ("Adagrad", {"lr": 0.1, "maximize": True}, [0.1, 0.04286, 0.38571, 0.66027, 0.52784, 0.74084, 0.85714, 1.0, 1.14286,
                                                1.45642, 1.59928, 1.40072]),
    ("SparseAdam", {}, [-0.00074, 0.1436, 0.28497, 0.4256, 0.57192, 0.71411, 0.85714, 1.0, 1.14286, 1.28386, 1.42671,
                        1.57329]),
    ("SparseAdam", {"maximize": True, "lr": torch.tensor(0.001)},
     [0.00074, 0.14211, 0.28646, 0.43154, 0.57094, 0.71446, 0.85714, 1.0, 1.14286, 1.28757, 1.43043, 1.56957]),
])
def test_steps_with_sparse_gradients(name, options, expected):
    p = torch.nn.Parameter(torch.arange(12.0).reshape(4, 3) / 7)
    optimizer = getattr(torch.optim, name)([p], **options)
    for step in range(3):
        p.grad = gradient(step)
        optimizer.step()
    torch.testing.assert_close(p.detach().reshape(-1), torch.tensor(expected), atol=1e-5, rtol=0)
    fresh = getattr(torch.optim, name)([p], **options)
    fresh.load_state_dict(pickle.loads(pickle.dumps(optimizer.state_dict())))
    p.grad = gradient(0)
    fresh.step()


def test_refusals():
    p = torch.nn.Parameter(torch.zeros(4, 3))
    p.grad = gradient(0)
    for name, options, said in (
        ("Adam", {}, "Adam does not support sparse gradients, please consider SparseAdam instead"),
        ("RMSprop", {}, "RMSprop does not support sparse gradients"),
        ("Adagrad", {"weight_decay": 0.1}, "weight_decay option is not compatible"),
        ("SGD", {"weight_decay": 0.1}, "add.sparse, dense. is not supported"),
        ("SGD", {"fused": True}, "_fused_sgd"),
    ):
        with pytest.raises(RuntimeError, match=said):
            getattr(torch.optim, name)([p], **options).step()
    with pytest.raises(NotImplementedError, match="vector_norm"):
        torch.nn.utils.clip_grad_norm_([p], 1.0)
    p.grad = torch.zeros(4, 3)
    with pytest.raises(RuntimeError, match="dense gradients"):
        torch.optim.SparseAdam([p]).step()
    with pytest.raises(ValueError, match=r"Sparse params at indices \[\[1, 0\]\]"):
        torch.optim.SparseAdam([{"params": p}, {"params": [torch.nn.Parameter(gradient(0))]}])
    with pytest.raises(RuntimeError, match="dtype argument"):
        gradient(0).to_dense(dtype=torch.float64)
    with pytest.raises(RuntimeError, match="between dense and sparse"):
        torch.zeros(4, 3).copy_(gradient(0))


def test_files():
    s = torch.sparse_coo_tensor(INDICES, VALUES, (2, 3))
    kept = {"plain": s, "coalesced": s.coalesce(), "rows": s.to_sparse_csr(), "columns": s.to_sparse_csc(),
            "blocks": torch.eye(4).to_sparse_bsr((2, 2)), "layout": torch.sparse_csr}
    for weights_only in (True, False):
        file = io.BytesIO()
        torch.save(kept, file)
        file.seek(0)
        found = torch.load(file, weights_only=weights_only)
        assert found.pop("layout") is torch.sparse_csr and not found["plain"].is_coalesced(
            ) and found["coalesced"].is_coalesced()
        for name, t in found.items():
            assert t.layout is kept[name].layout and torch.equal(t.to_dense(), kept[name].to_dense())


def test_in_place():
    s = torch.sparse_coo_tensor(INDICES, VALUES.clone(), (2, 3))
    held = s
    s += torch.sparse_coo_tensor([[0], [0]], [5.0], (2, 3))
    s.mul_(2).sub_(torch.sparse_coo_tensor([[1], [2]], [1.0], (2, 3))).neg_()
    assert s is held and s.to_dense().tolist() == [[-10.0, -8.0, -2.0], [-10.0, 0.0, 1.0]]
    d = FACTORS.clone()
    d.add_(s, alpha=2).sub_(s)
    assert d.tolist() == (FACTORS
                          + s.to_dense()).tolist() and (FACTORS - s).tolist() == (FACTORS - s.to_dense()).tolist()
    assert s.zero_()._nnz() == 0 and s.shape == (2, 3)
    assert (s.copy_(torch.sparse_coo_tensor(INDICES, VALUES, (2, 3))).to_dense().tolist()
            == [[0.0, 4.0, 1.0], [5.0, 0.0, 0.0]])


def test_shapes_and_diagonals():
    s = torch.sparse_coo_tensor(INDICES, VALUES, (2, 3))
    dense = s.to_dense()
    assert torch.equal(s.permute(1, 0).to_dense(),
                       dense.t()) and torch.equal(s.narrow_copy(1, 1, 2).to_dense(), dense[:, 1:])
    assert torch.equal(torch.sum(s, 0, keepdim=True).to_dense(), dense.sum(0, keepdim=True)) and float(s[0, 2]) == 1.0
    hybrid = torch.sparse_coo_tensor([[2, 0, 2]], DENSE, (3, 4))  # rows are dense
    full = hybrid.to_dense()
    assert torch.equal(torch.cat([hybrid, hybrid], 1).to_dense(), torch.cat([full, full], 1))
    assert torch.equal(torch.stack([s, s], 1).to_dense(), torch.stack([dense, dense], 1))
    assert torch.equal(hybrid.index_select(1, torch.tensor([3, 0])).to_dense(),
                       full[:, [3, 0]]) and torch.equal(hybrid.unsqueeze(2).to_dense(), full.unsqueeze(2))
    assert [r.to_dense().tolist() for r in s] == dense.tolist() and torch.equal((s // 2).to_dense(), dense // 2)
    assert torch.equal((s**2).to_dense(), dense**2)
    assert torch.sum(s, (0, 1)).item() == 10.0
    assert hybrid.sum(0, keepdim=True).tolist() == full.sum(0, keepdim=True).tolist()
    assert DENSE.t()[:2, :3].sparse_mask(s)._indices().tolist() == INDICES.tolist()  # an uncoalesced mask stays one
    assert s.to_sparse_csr().t().layout is torch.sparse_csc and torch.equal(s.to_sparse_csr().t().to_dense(), dense.t())
    assert torch.sparse.addmm(torch.ones(2, 2, dtype=torch.long), s.long(), torch.ones(3, 2, dtype=torch.long),
                              beta=0.5, alpha=2).tolist() == [[10, 10], [10, 10]]
    with pytest.raises(RuntimeError, match="matrices expected"):
        torch.sparse.mm(hybrid, torch.ones(4, 2))
    bands = torch.sparse.spdiags(torch.arange(9.0).reshape(3, 3), torch.tensor([0, -1, 2]), (3, 3))
    assert bands.to_dense().tolist() == [[0.0, 0.0, 8.0], [3.0, 1.0, 0.0], [0.0, 4.0, 2.0]]


def test_what_graph_code_asks_for():
    dense = torch.tensor([[1.0, 0, 2], [0, 3, 0]])
    other = torch.arange(6.0).reshape(3, 2)
    assert torch.sparse.mm(dense.to_sparse_csr(), other, "max").tolist() == [[8.0, 10.0], [6.0, 9.0]]
    assert torch.sparse.mm(dense.to_sparse_csr(), other, "min").tolist() == [[0.0, 1.0], [6.0, 9.0]]
    weight = torch.ones(1, 3, requires_grad=True)
    made = F.linear(dense.to_sparse(), weight, torch.ones(1))
    assert made.tolist() == [[4.0], [4.0]]
    made.sum().backward()
    assert weight.grad.tolist() == [[1.0, 3.0, 2.0]]
    assert dense.to_sparse()._coalesced_(True).is_coalesced()
    assert dense.to_sparse().new(2, 2).shape == (2, 2) and dense.to_sparse().new().shape == (0,)
    rows = torch._convert_indices_from_coo_to_csr(torch.tensor([0, 0, 1]), 3, out_int32=True)
    assert rows.tolist() == [0, 2, 3, 3] and rows.dtype is torch.int32
    old = torch.sparse.FloatTensor(torch.tensor([[0], [1]]), torch.tensor([1.0]), torch.Size([2, 2]))
    assert old.to_dense().tolist() == [[0.0, 1.0], [0.0, 0.0]] and old.dtype is torch.float32
