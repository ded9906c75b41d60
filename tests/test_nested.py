"""Nested tensors do with every part what the function does with a tensor."""
import copy
import pickle

import pytest

import mindtorch  # noqa: F401
import torch
import torch.nn.functional as F

A, B = torch.arange(6.0).view(2, 3), torch.arange(12.0).view(4, 3) + 1
LAYOUTS = [torch.strided, torch.jagged]


@pytest.fixture(params=LAYOUTS, ids=str)
def nt(request):
    return torch.nested.nested_tensor([A, B], layout=request.param)


def same(nested, parts):
    assert nested.is_nested and len(nested) == len(parts)
    for p, q in zip(nested.unbind(), parts, strict=True):
        torch.testing.assert_close(p, q, rtol=0, atol=0)


@pytest.mark.parametrize("f", [lambda t: t.sin(), lambda t: t + 1, lambda t: 2 / (t + 1), lambda t: t * t,
                               lambda t: F.gelu(t), lambda t: F.softmax(t, -1), lambda t: t.transpose(-1, -2),
                               lambda t: t.sum(-1, keepdim=True), lambda t: F.linear(t, torch.ones(2, 3)),
                               lambda t: t.half(), lambda t: t.unsqueeze(-1), lambda t: t.unflatten(-1, [3, 1]),
                               lambda t: t.masked_fill(t > 2, 0.0), lambda t: t.chunk(3, -1)[1],
                               lambda t: t.clone().add_(1),
                               lambda t: F.layer_norm(t, (3,), torch.ones(3), torch.zeros(3))])
def test_functions_act_part_by_part(nt, f):
    same(f(nt), [f(A), f(B)])


def test_jagged_only():
    t = torch.nested.nested_tensor([A, B], layout=torch.jagged)
    assert t.offsets().tolist() == [0, 2, 6] and t.values().shape == (6, 3) and t.size(1) is t.shape[1]
    assert t.size(1) != 2
    assert repr(t) == f"NestedTensor(size=(2, {t.size(1)}, 3), offsets=tensor([0, 2, 6]), contiguous=True)"
    assert t.sum(1).tolist() == [[3, 5, 7], [22, 26, 30]] and t.sum().item() == 93
    same(t + torch.ones(3), [A + 1, B + 1])
    same(t @ torch.ones(3, 2), [A @ torch.ones(3, 2), B @ torch.ones(3, 2)])
    same(t.view(2, t.size(1), 3, 1).transpose(1, 2), [A.view(2, 3, 1).transpose(0, 1), B.view(4, 3, 1).transpose(0, 1)])
    values = torch.arange(12.0).view(6, 2).requires_grad_()
    torch.nested.nested_tensor_from_jagged(values, torch.tensor([0, 2, 6])).unbind()[1].sum().backward()
    assert values.grad.tolist() == [[0, 0]] * 2 + [[1, 1]] * 4
    same(torch.nested.masked_select(torch.arange(4.0).view(2, 2), torch.tensor([[True, False], [True, True]])),
         [torch.tensor([0.0]), torch.tensor([2.0, 3.0])])
    same(
        torch.nested.narrow(
            torch.arange(12.0).view(3, 4), 1, torch.tensor([0, 1, 0]), torch.tensor([2, 3, 4]), layout=torch.jagged
        ),
        [torch.tensor([0.0, 1.0]), torch.tensor([5.0, 6.0, 7.0]), torch.tensor([8.0, 9.0, 10.0, 11.0])],
    )


def test_padding(nt):
    padded = nt.to_padded_tensor(-1.0)
    assert padded.shape == (2, 4, 3) and torch.equal(padded[0, :2], A) and torch.equal(padded[1], B)
    assert (padded[0, 2:] == -1).all()
    assert torch.nested.to_padded_tensor(nt, 0.0, (2, 5, 3)).shape == (2, 5, 3)
    with pytest.raises(RuntimeError, match="Truncation"):
        nt.to_padded_tensor(0.0, (2, 3, 3))


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_gradients(layout):
    leaf = torch.nested.nested_tensor([A, B], layout=layout, requires_grad=True)
    (leaf * leaf).to_padded_tensor(0.0).sum().backward()
    same(leaf.grad, [2 * A, 2 * B])
    a = A.clone().requires_grad_()
    torch.nested.as_nested_tensor([a, B], layout=layout).to_padded_tensor(0.0).pow(2).sum().backward()
    assert torch.equal(a.grad, 2 * A)


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_attention(layout):
    torch.manual_seed(0)
    parts = [torch.randn(2, n, 8) for n in (4, 3)]
    given = torch.nested.nested_tensor(parts if layout is torch.strided else [p.transpose(0, 1) for p in parts],
                                       layout=layout)
    given = given if layout is torch.strided else given.transpose(1, 2)
    same(F.scaled_dot_product_attention(given, given, given),
         [F.scaled_dot_product_attention(p[None], p[None], p[None])[0] for p in parts])


def test_copies_and_text(nt):
    for made in (copy.deepcopy(nt), pickle.loads(pickle.dumps(nt))):
        same(made, [A, B])
    assert repr(
        torch.nested.nested_tensor([A])) == "nested_tensor([\n  tensor([[0., 1., 2.],\n          [3., 4., 5.]])\n])"


@pytest.mark.parametrize("bad", [lambda: torch.nested.nested_tensor([A, torch.ones(2)]),
                                 lambda: torch.nested.nested_tensor([A, torch.ones(2)], layout=torch.jagged),
                                 lambda: torch.nested.nested_tensor([A, torch.ones(1, 2)], layout=torch.jagged),
                                 lambda: torch.nested.nested_tensor([A, B]).shape,
                                 lambda: torch.nested.nested_tensor([A, B]) + torch.ones(3),
                                 lambda: torch.nested.nested_tensor([A, B]).size(1),
                                 lambda: torch.nested.nested_tensor([A, B], layout=torch.jagged)
                                 + torch.nested.nested_tensor([B, A], layout=torch.jagged),
                                 lambda: torch.nested.nested_tensor([A, B], layout=torch.sparse_coo)])
def test_refused(bad):
    with pytest.raises(RuntimeError):
        bad()


def test_what_is_not_supported_raises(nt):
    with pytest.raises(NotImplementedError, match="fft_fft|fft"):
        torch.fft.fft(nt)
    with pytest.raises(NotImplementedError, match="stack"):
        torch.stack([nt, nt])
