"""Attention against its formula in NumPy: every mask, half types, layouts, gradients."""
import numpy as np
import pytest

import mindtorch as torch

rng = np.random.default_rng(3)
attend = torch.nn.functional.scaled_dot_product_attention


def formula(q, k, v, mask, causal, g):
    scale = q.shape[-1] ** -0.5
    s = q @ k.swapaxes(-1, -2) * scale
    if mask is not None:
        s = s + mask
    if causal:
        s = np.where(np.tril(np.ones(s.shape[-2:])) > 0, s, -np.inf)
    top = s.max(-1, keepdims=True)
    p = np.exp(s - np.where(np.isinf(top), 0, top))
    total = p.sum(-1, keepdims=True)
    p = p / np.where(total == 0, 1, total)
    out = p @ v
    d = p * (g @ v.swapaxes(-1, -2) - (g * out).sum(-1, keepdims=True)) * scale
    return out, d @ k, d.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ g


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-12), ("float32", 2e-5), ("bfloat16", 5e-2),
                                              ("float16", 1e-2)])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, "float", "bool"])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5, 8), (1, 2, 300, 300, 16)])
def test_forward_and_gradients(dtype, tolerance, causal, mask, shape):
    b, h, rows, columns, depth = shape
    q, k, v = (rng.standard_normal((b, n, h, depth)) for n in (rows, columns, columns))  # memory order of most models
    g = rng.standard_normal((b, h, rows, depth))
    added = given = None
    if mask == "float":
        added = rng.standard_normal((b, 1, 1, columns))
        given = torch.tensor(added, dtype=getattr(torch, dtype))
    elif mask == "bool":
        allowed = rng.random((rows, columns)) > 0.3
        allowed[0] = False  # nobody to attend to
        added, given = np.where(allowed, 0, -np.inf), torch.tensor(allowed)
    leaves = [torch.tensor(x, dtype=getattr(torch, dtype)).requires_grad_() for x in (q, k, v)]
    out = attend(*(t.transpose(1, 2) for t in leaves), attn_mask=given, is_causal=causal)
    out.backward(torch.tensor(g, dtype=getattr(torch, dtype)))
    expected = formula(*(x.swapaxes(1, 2) for x in (q, k, v)), added, causal, g)
    for got, want in zip([out.detach(), *(t.grad.transpose(1, 2) for t in leaves)], expected):
        assert np.abs(got.to(torch.float64).numpy() - want).max() <= tolerance * np.abs(want).max()


def test_memory_order_follows_the_query():
    x = torch.ones(2, 4, 3, 8).transpose(1, 2)
    assert attend(x, x, x).stride() == (96, 8, 24, 1)
    assert attend(x.contiguous(), x, x).stride() == (96, 32, 8, 1)


def test_grouped_heads_equal_repeated_ones():
    q, k, v = (torch.from_numpy(rng.standard_normal((2, n, 5, 4))).requires_grad_() for n in (4, 2, 2))
    out = attend(q, k, v, enable_gqa=True)
    grads = torch.autograd.grad(out.sum(), (q, k, v))
    wide = attend(q, k.repeat_interleave(2, 1), v.repeat_interleave(2, 1))
    for a, b in zip(grads, torch.autograd.grad(wide.sum(), (q, k, v))):
        assert np.allclose(a.numpy(), b.numpy())
    assert np.allclose(out.detach().numpy(), wide.detach().numpy())


def test_no_keys_give_zeros():
    assert attend(torch.ones(1, 1, 2, 3), torch.ones(1, 1, 0, 3),
                  torch.ones(1, 1, 0, 3)).tolist() == [[[[0.0] * 3] * 2]]


def test_gradient_of_a_float_mask():
    q, k, v = (torch.from_numpy(rng.standard_normal((1, 1, 3, 4))) for _ in range(3))
    mask = torch.zeros(3, 3, dtype=torch.float64).requires_grad_()
    attend(q, k, v, attn_mask=mask).sum().backward()
    p = np.exp((q @ k.transpose(2, 3)).numpy() / 2)
    p /= p.sum(-1, keepdims=True)
    d = np.ones((1, 1, 3, 4)) @ v.numpy().swapaxes(2, 3)
    assert np.allclose(mask.grad.numpy(), (p * (d - (d * p).sum(-1, keepdims=True)))[0, 0])


@pytest.mark.parametrize("arguments, text", [
    (dict(attn_mask=torch.ones(2, 2, dtype=torch.int64)), "Expected attn_mask dtype to be bool or float or to match "
                                                          "query dtype, but got attn_mask.dtype: long int and  "
                                                          "query.dtype: float instead."),
    (dict(attn_mask=torch.ones(3, 2)),
     "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 2")])
def test_errors(arguments, text):
    x = torch.ones(1, 1, 2, 4)
    with pytest.raises(RuntimeError) as e:
        attend(x, x, x, **arguments)
    assert str(e.value) == text


def test_lists_of_blocks_and_slices_of_masks():
    from torch.nn.attention.flex_attention import create_block_mask

    mask = create_block_mask(lambda b, h, q, k: q >= k, 2, None, 256, 384, device="cpu")
    assert mask.kv_num_blocks[0].tolist() == [[1, 1]] and mask.kv_num_blocks.dtype is torch.int32
    assert mask.kv_indices[0].tolist() == [[[0, 1, 2], [1, 0, 2]]]
    assert mask.full_kv_indices[0].tolist() == [[[0, 1, 2],
                                                 [0, 1, 2]]] and mask.full_kv_num_blocks[0].tolist() == [[0, 1]]
    assert mask.q_num_blocks[0].tolist() == [[1, 1, 0]] and mask.q_indices[0].tolist() == [[[0, 1], [1, 0], [0, 1]]]
    assert mask.full_q_indices[1].tolist() == [[[1, 0], [0, 1], [0, 1]]] and mask.sparsity() == 50.0
    row = mask[:, :, 1]
    assert row.kv_indices[0].tolist() == [[[1, 0, 2]]] and row.q_num_blocks[0].tolist() == [[0, 1, 0]]
    assert row.shape == (2, 1, 256, 384) and mask[0].shape == mask[:1].shape == (1, 1, 256, 384)
    with pytest.raises(RuntimeError, match="sliced BlockMask"):
        row.mask_mod(0, 0, 0, 0)
    with pytest.raises(AttributeError):
        mask.no_such_list


def test_causal_masks_of_other_shapes():
    from torch.nn.attention.bias import CausalBias, CausalVariant, causal_lower_right, causal_upper_left

    lower, upper = causal_lower_right(2, 3), causal_upper_left(2, 3)
    assert lower.tolist() == [[True, True, False], [True, True, True]]
    assert upper.tolist() == [[True, False, False], [True, True, False]]
    q, k = torch.ones(1, 1, 2, 4), torch.arange(12.).view(1, 1, 3, 4)
    assert torch.nn.functional.scaled_dot_product_attention(q, k * 0, k,
                                                            attn_mask=lower)[0, 0, :, 0].tolist() == [2.0, 4.0]
    assert type(lower + 1) is torch.Tensor
    with pytest.raises(AssertionError, match="variant must be a CausalVariant, got int"):
        CausalBias(4, 2, 3)
    assert CausalVariant.LOWER_RIGHT == 2
