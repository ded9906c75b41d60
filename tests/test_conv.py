"""Convolution and pooling against loops in NumPy; gradients against each other as adjoint maps."""
import itertools

import numpy as np
import pytest

import mindtorch as torch

F = torch.nn.functional
rng = np.random.default_rng(11)


def convolve(x, w, stride, padding, dilation, groups):
    n = x.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * n])
    size = [(s - dilation * (k - 1) - 1) // stride + 1 for s, k in zip(x.shape[2:], w.shape[2:])]
    out = np.zeros((x.shape[0], w.shape[0], *size), x.dtype)
    each, per = w.shape[0] // groups, w.shape[1]
    for tap in itertools.product(*map(range, w.shape[2:])):
        window = tuple(slice(t * dilation, t * dilation + (s - 1) * stride + 1, stride) for t, s in zip(tap, size))
        for g in range(groups):
            part = x[(slice(None), slice(g * per, (g + 1) * per), *window)]
            out[:, g * each : (g + 1) * each] += np.einsum("nc...,oc->no...", part,
                                                           w[(slice(g * each, (g + 1) * each), slice(None), *tap)])
    return out


CASES = [
    (n, dtype, stride, padding, dilation, groups)
    for n in (1, 2, 3)
    for dtype in ("float32", "float64", "complex64", "int64")
    for stride, padding, dilation, groups in ((1, 0, 1, 1), (2, 1, 1, 2), (1, 2, 2, 4))
]


@pytest.mark.parametrize("n, dtype, stride, padding, dilation, groups", CASES)
def test_forward(n, dtype, stride, padding, dilation, groups):
    x = rng.integers(-3, 4, (2, 4, *(7, 8, 9)[:n])).astype(dtype)
    w = rng.integers(-3, 4, (8, 4 // groups, *(3, 2, 3)[:n])).astype(dtype)
    b = rng.integers(-3, 4, 8).astype(dtype)
    got = getattr(F, f"conv{n}d")(*map(torch.from_numpy, (x, w, b)), stride, padding, dilation, groups)
    assert np.allclose(got.numpy(), convolve(x, w, stride, padding, dilation, groups) + b.reshape(8, *(1,) * n),
                       rtol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_are_adjoint(n, dtype):
    x, w = (torch.from_numpy(rng.standard_normal(s).astype(dtype)).requires_grad_()
            for s in ((2, 4, *(6, 7, 5)[:n]), (6, 2, *(3,) * n)))
    conv = getattr(F, f"conv{n}d")
    out = conv(x, w, stride=2, padding=1, groups=2)
    g = torch.from_numpy(rng.standard_normal(out.shape).astype(dtype))
    out.backward(g)
    want = (out.detach() * g).sum().item()  # <conv(x, w), g> is linear in x and in w
    assert np.isclose((x.detach() * x.grad).sum().item(), want, rtol=1e-4)
    assert np.isclose((w.detach() * w.grad).sum().item(), want, rtol=1e-4)
    size = [(s + 2 - 3) % 2 for s in x.shape[2:]]
    back = getattr(F, f"conv_transpose{n}d")(g, w.detach(), stride=2, padding=1, groups=2, output_padding=size)
    assert np.allclose(back.numpy(), x.grad.numpy(), atol=1e-4)


def test_second_derivative():
    x, w = (torch.from_numpy(rng.standard_normal(s)).requires_grad_() for s in ((1, 2, 5), (3, 2, 3)))
    (g,) = torch.autograd.grad(F.conv1d(x, w).pow(2).sum(), x, create_graph=True)
    g.sum().backward()
    step, total = 1e-6, []
    for s in (step, -step):
        moved = w.detach().clone()
        moved[0, 1, 2] += s
        total.append(2 * F.conv_transpose1d(F.conv1d(x.detach(), moved), moved).sum().item())
    assert np.isclose(w.grad[0, 1, 2].item(), (total[0] - total[1]) / (2 * step), rtol=1e-5)


def test_channels_last_stays():
    x = torch.ones(2, 4, 8, 8).to(memory_format=torch.channels_last)
    assert F.conv2d(x, torch.ones(6, 4, 3, 3)).stride() == (216, 1, 36, 6)
    assert F.max_pool2d(x, 2).stride() == (64, 1, 16, 4)


@pytest.mark.parametrize("call, text", [
    (lambda: F.conv2d(torch.ones(2, 3, 8, 8), torch.ones(6, 4, 3, 3)),
     "Given groups=1, weight of size [6, 4, 3, 3], expected input[2, 3, 8, 8] to have 4 channels, but got 3 channels "
     "instead"),
    (lambda: F.conv2d(torch.ones(2, 4, 2, 2), torch.ones(6, 4, 3, 3)),
     "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size can't be greater than "
     "actual input size"),
    (lambda: F.conv2d(torch.ones(2, 4, 8, 8), torch.ones(6, 4, 3, 3), padding="same", stride=2),
     "padding='same' is not supported for strided convolutions"),
    (lambda: F.max_pool2d(torch.ones(1, 1, 8, 8), 3, padding=2),
     "pad should be at most half of effective kernel size, but got pad=2, kernel_size=3 and dilation=1")])
def test_errors(call, text):
    with pytest.raises(RuntimeError) as e:
        call()
    assert str(e.value) == text


def test_max_pool_with_indices_and_back():
    x = torch.tensor([[[[1.0, 5.0, 2.0], [7.0, 3.0, 4.0], [0.0, 9.0, 8.0]]]]).requires_grad_()
    out, where = F.max_pool2d(x, 2, 1, return_indices=True)
    assert out.tolist() == [[[[7.0, 5.0], [9.0, 9.0]]]] and where.tolist() == [[[[3, 1], [7, 7]]]]
    out.sum().backward()
    assert x.grad.tolist() == [[[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]]]
    small, places = F.max_pool2d(torch.arange(16.0).reshape(1, 1, 4, 4), 2, return_indices=True)
    assert F.max_unpool2d(small, places,
                          2).nonzero().tolist() == [[0, 0, 1, 1], [0, 0, 1, 3], [0, 0, 3, 1], [0, 0, 3, 3]]


def test_max_pool_keeps_nan():
    assert np.isnan(F.max_pool1d(torch.tensor([[[1.0, float("nan"), 2.0, 3.0]]]), 2).tolist()[0][0][0])


@pytest.mark.parametrize("include, first", [(True, 1 / 4), (False, 1.0)])
def test_avg_pool_divisor(include, first):
    out = F.avg_pool2d(torch.ones(1, 1, 3, 3), 2, 2, 1, count_include_pad=include)
    assert out[0, 0, 0, 0].item() == first
    assert F.avg_pool2d(torch.ones(1, 1, 4, 4), 2, divisor_override=3)[0, 0, 0, 0].item() == pytest.approx(4 / 3)


def test_adaptive_average_and_gradient():
    x = torch.arange(5.0).reshape(1, 1, 5).requires_grad_()
    out = F.adaptive_avg_pool1d(x, 3)
    assert out.tolist() == [[[0.5, 2.0, 3.5]]]
    out.backward(torch.tensor([[[2.0, 3.0, 4.0]]]))
    assert x.grad.tolist() == [[[1.0, 2.0, 1.0, 3.0, 2.0]]]
