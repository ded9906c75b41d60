"""Norms, softmax, losses, resizing: values recorded from PyTorch 2.13 on CPU; gradients, also second ones, by finite
differences."""
import mindtorch  # noqa: F401
import pytest
import torch
import torch.nn.functional as F

T = torch
x = T.tensor([[0.5, -1.0, 2.0, 0.1], [1.5, 0.3, -0.7, -2.0], [0.0, 0.9, 0.4, 1.1]])
y = T.tensor([[0.1, 0.4, 1.0, -1.0], [2.0, 0.0, 0.5, -1.5], [1.0, 1.0, 0.0, 0.3]])
t, w, q, s = T.tensor([2, 0, 3]), T.tensor([0.5, 1.0, 2.0, 1.5]), T.softmax(y, 1), y.sign()
VALUES = [
    ('F.cross_entropy(x, t)', 0.5641491),
    ('F.cross_entropy(x, t, w, reduction="none")', [0.7048119, 0.183083, 1.460813]),
    ('F.cross_entropy(x, t, w, ignore_index=0, label_smoothing=0.2)', 0.7147344),
    ('F.cross_entropy(x, q, w, label_smoothing=0.1)', 1.525707),
    ('F.nll_loss(x, t, w)', -1.6),
    ('F.mse_loss(x, y)', 0.6808333),
    ('F.l1_loss(x, y, reduction="sum")', 8.7),
    ('F.smooth_l1_loss(x, y, beta=0.7)', 0.4214285),
    ('F.huber_loss(x, y, delta=0.7)', 0.295),
    ('F.binary_cross_entropy(x.sigmoid(), q)', 0.7643061),
    ('F.binary_cross_entropy_with_logits(x, q, w, pos_weight=w)', 1.022285),
    ('F.kl_div(x.log_softmax(1), q, reduction="batchmean")', 0.2142958),
    ('F.poisson_nll_loss(x, q, full=True)', 1.885197),
    ('F.gaussian_nll_loss(x, y, q, full=True)', 2.50059),
    ('F.hinge_embedding_loss(x, s)', 0.8500001),
    ('F.margin_ranking_loss(x, y, s, margin=0.3)', 0.6416667),
    ('F.soft_margin_loss(x, s)', 0.5665101),
    ('F.multi_margin_loss(x, t, p=2, weight=w)', 0.09124999),
    ('F.multilabel_margin_loss(x, T.tensor([[1, 2, -1, 0], [0, -1, 2, 1], [3, 1, 0, -1]]))', 0.5666667),
    ('F.multilabel_soft_margin_loss(x, (y > 0.5).float())', 0.5899331),
    ('F.triplet_margin_loss(x, y, q, swap=True)', 1.232044),
    ('F.cosine_embedding_loss(x, y, T.tensor([1, -1, 1]), margin=0.1)', 0.5709822),
    ('F.cosine_similarity(x, y)', [0.4587848, 0.8479718, 0.5762404]),
    ('F.pairwise_distance(x, y, p=3)', [1.725677, 1.260969, 1.163975]),
    ('F.pdist(x)', [3.793415, 2.723968, 3.664696]),
    ('T.cdist(x, y, p=1.5).sum()', 24.96914),
    ('F.layer_norm(x, [4], w, y[0])[1]', [0.7700589, 0.8078619, 0.2619643, -3.068442]),
    ('F.rms_norm(x, [4], w)[1]', [0.573959, 0.2295836, -1.07139, -2.295836]),
    ('F.group_norm(x, 2, w, y[0])[1]', [0.5999931, -0.5999861, 2.999976, -2.499982]),
    ('F.batch_norm(x, None, None, w, y[0], True)[1]', [0.7681445, 0.6942297, -1.285253, -3.012604]),
    ('F.instance_norm(x[None])[0, 1]', [1.340118, 0.4078619, -0.3690179, -1.378962]),
    ('F.local_response_norm(x[None], 2)[0, 1]', [1.499859, 0.2999877, -0.6998822, -1.999699]),
    ('F.normalize(x, dim=0)[1]', [0.9486833, 0.2176429, -0.3246173, -0.8753762]),
    ('F.softmin(x, 0)[1]', [0.1219517, 0.1916404, 0.7142466, 0.8565269]),
    ('F.embedding_bag(T.tensor([2, 0, 1, 1]), x, T.tensor([0, 3]), mode="max")[0]', [1.5, 0.9, 2.0, 1.1]),
    (
        'F.embedding_bag(T.tensor([2, 0, 1, 1]), x, T.tensor([0, 3]), mode="sum", per_sample_weights=w)[0]',
        [3.5, 0.05000001, 0.8000001, -3.35],
    ),
    ('F.interpolate(x[None], 3, mode="linear")[0, 1]', [1.3, -0.2, -1.783334]),
    (
        'F.interpolate(x[None, None], scale_factor=(0.7, 1.3), mode="bicubic")[0, 0, 0]',
        [0.8323848, -0.5229084, 0.1358611, 1.356136, -0.3259331],
    ),
    (
        'F.interpolate(x[None, None], (2, 5), mode="bilinear", align_corners=True)[0, 0, 0]',
        [0.5, -0.625, 0.5, 1.525, 0.1],
    ),
    ('F.interpolate(x[None, None], (2, 2), mode="bilinear", antialias=True)[0, 0, 0]', [0.2964286, 0.05535715]),
    ('F.interpolate(x[None, None], (2, 5), mode="nearest-exact")[0, 0, 0]', [0.5, -1.0, 2.0, 2.0, 0.1]),
    (
        'F.grid_sample(x[None, None], y[None, :, :2, None].expand(1, 3, 2, 2) * 1.2, mode="bilinear", '
        'padding_mode="reflection", align_corners=False)[0, 0, 0]',
        [-0.2653999, 0.1564001],
    ),
    (
        'F.grid_sample(x[None, None], y[None, :, :2, None].expand(1, 3, 2, 2), mode="bicubic", padding_mode="border", '
        'align_corners=True)[0, 0, 0]',
        [-0.3119785, -0.6776628],
    ),
    (
        'F.affine_grid(T.tensor([[[1.0, 0.5, 0.1], [0.0, 2.0, -0.3]]]), (1, 1, 2, 3), align_corners=False)[0, 1]',
        [-0.3166667, 0.7, 0.35, 0.7, 1.016667, 0.7],
    ),
    (
        'F.ctc_loss(x.log_softmax(1)[:, None].expand(3, 2, 4), T.tensor([[1, 2], [3, 3]]), T.tensor([3, 3]), '
        'T.tensor([2, 2]), reduction="none")',
        [4.350007, 3.592447],
    ),
]


@pytest.mark.parametrize("text, want", VALUES, ids=[v[0] for v in VALUES])
def test_value(text, want):
    got = eval(text).flatten().tolist()
    assert got == pytest.approx(want if isinstance(want, list) else [want], rel=2e-5, abs=2e-6)


def numeric(f, v, g, eps=1e-6):
    """Gradient of sum(f(v) * g) by central differences."""
    flat, out = v.detach().clone().reshape(-1), []
    for i in range(flat.numel()):
        ends = []
        for step in (eps, -eps):
            moved = flat.clone()
            moved[i] += step
            ends.append((f(moved.reshape(v.shape)) * g).sum().item())
        out.append((ends[0] - ends[1]) / (2 * eps))
    return torch.tensor(out, dtype=v.dtype).reshape(v.shape)


D = x.double()
W, B, Q, Y = w.double(), y[0].double(), q.double(), y.double()
SMOOTH = {
    "softmax": lambda v: v.softmax(1),
    "softmax dim 0": lambda v: v.softmax(0),
    "log_softmax": lambda v: v.log_softmax(-1),
    "log_softmax dim 0": lambda v: v.log_softmax(0),
    "layer_norm": lambda v: F.layer_norm(v, [4], W, B),
    "rms_norm": lambda v: F.rms_norm(v, [4], W),
    "group_norm": lambda v: F.group_norm(v, 2, W, B),
    "batch_norm": lambda v: F.batch_norm(v, None, None, W, B, True),
    "batch_norm eval": lambda v: F.batch_norm(v, B, W, W, B),
    "instance_norm": lambda v: F.instance_norm(v[None]),
    "cross_entropy": lambda v: F.cross_entropy(v, t, W, label_smoothing=0.1),
    "cross_entropy none": lambda v: F.cross_entropy(v, t, reduction="none"),
    "cross_entropy q": lambda v: F.cross_entropy(v, Q),
    "cross_entropy 3d": lambda v: F.cross_entropy(
        v.t()[None].reshape(2, 3, 2), T.tensor([[0, 2], [1, 1]]), reduction="none"
    ),
    "nll_loss": lambda v: F.nll_loss(v.log_softmax(1), t, W),
    "mse": lambda v: F.mse_loss(v, Y),
    "smooth_l1": lambda v: F.smooth_l1_loss(v, Y, beta=0.75),
    "huber": lambda v: F.huber_loss(v, Y, delta=0.75),
    "bce": lambda v: F.binary_cross_entropy(v.sigmoid(), Q),
    "bce logits": lambda v: F.binary_cross_entropy_with_logits(v, Q, pos_weight=W),
    "bce logits plain": lambda v: F.binary_cross_entropy_with_logits(v, Q),
    "cdist": lambda v: T.cdist(v, Y),
    "cdist 1.5": lambda v: T.cdist(v, Y, 1.5),
    "bicubic": lambda v: F.interpolate(v[None, None], (5, 6), mode="bicubic"),
    "linear": lambda v: F.interpolate(v[None], 7, mode="linear"),
    "antialias": lambda v: F.interpolate(v[None, None], (2, 2), mode="bilinear", antialias=True),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients(name):
    f = SMOOTH[name]
    v = D.clone().requires_grad_()
    out = f(v)
    g = torch.linspace(-1, 1.3, out.numel(), dtype=D.dtype).reshape(out.shape) + 0.2
    (first,) = torch.autograd.grad(out, v, g)
    assert torch.allclose(first, numeric(f, D, g), atol=1e-7)

    def slope(u):
        u = u.requires_grad_()
        return torch.autograd.grad(f(u), u, g, create_graph=True)[0]

    u = D.clone().requires_grad_()
    h = torch.linspace(0.5, 1.5, D.numel(), dtype=D.dtype).reshape(D.shape)
    made = torch.autograd.grad(f(u), u, g, create_graph=True)[0]
    second = torch.autograd.grad(made, u, h)[0] if made.requires_grad else torch.zeros_like(D)
    assert torch.allclose(second, numeric(lambda r: slope(r.clone()).detach(), D, h), atol=1e-6)


@pytest.mark.parametrize("norm", ["layer", "group", "batch", "rms"])
def test_parameter_gradients(norm):
    f = {
        "layer": lambda a, b: F.layer_norm(D, [4], a, b),
        "group": lambda a, b: F.group_norm(D, 2, a, b),
        "batch": lambda a, b: F.batch_norm(D, None, None, a, b, True),
        "rms": lambda a, b: F.rms_norm(D, [4], a) + b,
    }[norm]
    a, b = W.clone().requires_grad_(), B.clone().requires_grad_()
    out = f(a, b)
    g = torch.linspace(-1, 1.3, out.numel(), dtype=D.dtype).reshape(out.shape)
    ga, gb = torch.autograd.grad(out, (a, b), g)
    assert torch.allclose(ga, numeric(lambda r: f(r, B), W, g),
                          atol=1e-7) and torch.allclose(gb, numeric(lambda r: f(W, r), B, g), atol=1e-7)


def test_running_statistics():
    mean, var = torch.zeros(4), torch.ones(4)
    F.batch_norm(x, mean, var, training=True, momentum=0.25)
    assert torch.allclose(mean, 0.25 * x.mean(0)) and torch.allclose(var, 0.75 + 0.25 * x.var(0))


def test_channels_last_stays():
    image = torch.randn(2, 3, 4, 5)
    last = image.to(memory_format=torch.channels_last)
    for f in (
        lambda v: F.batch_norm(v, None, None, training=True),
        lambda v: F.group_norm(v, 3),
        lambda v: F.interpolate(v, scale_factor=2),
    ):
        assert torch.allclose(f(last), f(image), atol=1e-6) and f(last).is_contiguous(memory_format=torch.channels_last)


def test_attention_heads_against_formula():
    a, e, heads = torch.randn(5, 2, 8), 8, 2
    weight, bias, out = torch.randn(24, 8), torch.randn(24), torch.randn(8, 8)
    got, probabilities = F.multi_head_attention_forward(a, a, a, e, heads, weight, bias, None, None, False, 0.0, out,
                                                        None)
    parts = [p.reshape(5, 2, heads, 4).permute(1, 2, 0, 3) for p in (a @ weight.t() + bias).chunk(3, -1)]
    p = (parts[0] @ parts[1].transpose(-1, -2) / 2).softmax(-1)
    want = (p @ parts[2]).permute(2, 0, 1, 3).reshape(5, 2, 8) @ out.t()
    assert torch.allclose(got, want, atol=1e-5) and torch.allclose(probabilities, p.mean(1), atol=1e-6)
    fused, none = F.multi_head_attention_forward(a, a, a, e, heads, weight, bias, None, None, False, 0.0, out, None,
                                                 need_weights=False)
    assert none is None and torch.allclose(fused, want, atol=1e-5)


def test_errors():
    for call, error, text in (
        (lambda: F.cross_entropy(x, T.tensor([1, 2, 5])), IndexError, "Target 5 is out of bounds."),
        (lambda: F.nll_loss(x, T.tensor([1, 2, -1])), IndexError, "Target -1 is out of bounds."),
        (lambda: F.cross_entropy(x, t[:2]), ValueError, "Expected input batch_size"),
        (lambda: F.cross_entropy(x, t, reduction="xx"), ValueError, "not a valid value"),
        (lambda: F.softmax(x.long(), 0), NotImplementedError, "softmax_kernel_impl"),
        (lambda: F.softmax(x, 3), IndexError, "Dimension out of range"),
        (lambda: F.layer_norm(x, [5]), RuntimeError, "Given normalized_shape"),
        (lambda: F.group_norm(x, 3), RuntimeError, "divisible by num_groups"),
        (lambda: F.batch_norm(x, None, None), RuntimeError, "running_mean must be defined"),
        (lambda: F.batch_norm(x[:1], None, None, training=True), ValueError, "more than 1 value"),
        (lambda: F.binary_cross_entropy(x, q), RuntimeError, "between 0 and 1"),
        (lambda: F.binary_cross_entropy(q, q[:2]), ValueError, "different to the input size"),
        (lambda: F.interpolate(x[None, None], size=8, mode="linear"), NotImplementedError, "needs 3D input"),
        (lambda: F.interpolate(x[None]), ValueError, "should be defined"),
        (lambda: F.grid_sample(x[None, None], y[None, None], mode="q"), ValueError, "expected mode"),
    ):
        with pytest.raises(error, match=text):
            call()
