"""What the self test computes: expressions over tensors that a formula makes, so that any torch makes the same ones.

`python mindtorch/selftest/samples.py` under a real PyTorch writes samples.json, the values and gradients that are
expected, and the losses of the small training run.
"""
import json
import math
import pathlib

RECORDED = pathlib.Path(__file__).with_name("samples.json")
STEPS = 20

SAMPLES = {
    "element-wise": """
        x + y | x - y * 2 | x * y | x / (y.abs() + 1) | x ** 2 | -x | x.abs() | x.exp() | p.log() | p.sqrt()
        p.rsqrt() | x.sin() | x.cos() | x.tanh()
        x.sigmoid() | x.erf() | x.floor() | x.ceil() | x.round() | x.sign() | x.clamp(-0.5, 0.5)
        torch.maximum(x, y) | torch.where(x > 0, x, y)
        torch.addcmul(x, y, y, value=0.5) | x.masked_fill(x > 0.2, -1.0) | torch.lerp(x, y, 0.25) | p.reciprocal()
        p.log1p() | x.expm1() | torch.atan2(x, p)
        (x > y).float() | (i // 3).float() | (i % 3).float() | (i & 5).float() | x + v | x * 2.5
        torch.logaddexp(x, y)""",
    "reductions": """
        x.sum() | x.sum(0) | x.mean(1, keepdim=True) | x.amax(1) | x.amin(0) | x.prod(1) | x.var(1) | x.std(0)
        x.norm() | x.cumsum(1) | x.cumprod(0)
        x.logsumexp(1) | x.argmax(1).float() | x.max(1).values | x.median(1).values | (x > 0).any(1).float()
        (x > -9).all().float() | i.sum(0).float()""",
    "shapes": """
        x.t() @ y | x.reshape(4, 3).contiguous() | torch.cat((x, y), 1) | torch.stack((x, y)) | x.flip(1)
        x.roll(1, 0) | x.repeat(2, 2) | x.expand(2, 3, 4) * 1
        x.permute(1, 0).clone() | x.tril() | x.triu(1) | torch.diag(x[:, :3]) | x.diagonal() * 2 | x[1:, ::2] + 1
        x[:, i[0]] | x.split(2, 1)[1] * 2 | x.unsqueeze(1).squeeze(1) + 0""",
    "indices": """
        x.index_select(1, i[0]) | x.gather(1, i) | x.scatter(1, i, 2.0) | x.scatter_add(1, i, y)
        x.index_add(1, i[0], y) | x.take_along_dim(i, 1) | x.sort(1).values
        x.topk(2).values | x[x > 0] | F.embedding(i, w) | F.one_hot(i, 4).float() | x.masked_select(x > 0)
        torch.searchsorted(x.sort(1).values, y).float()
        torch.bincount(i.flatten()).float() | i.flatten().unique().float() | x.nonzero().float()""",
    "matrices": """
        x @ w | torch.bmm(a, a.transpose(1, 2)) | F.linear(x, w.t(), v3) | torch.addmm(y[:, :3], x, w)
        torch.einsum('ij,kj->ik', x, y) | torch.outer(v, v) | v.dot(v)
        torch.baddbmm(a, a, a.transpose(1, 2)) | x.mv(v)""",
    "networks": """
        F.relu(x) | F.gelu(x) | F.silu(x) | F.softplus(x) | F.leaky_relu(x) | F.elu(x) | F.softmax(x, 1)
        F.log_softmax(x, 1) | F.layer_norm(x, (4,), v, v)
        F.conv2d(q, k, padding=1) | F.conv1d(a, k[:, :, 0]) | F.conv_transpose2d(q, k.transpose(0, 1))
        F.max_pool2d(q, 2) | F.avg_pool2d(q, 2) | F.adaptive_avg_pool2d(q, 2)
        F.batch_norm(q, None, None, training=True) | F.group_norm(q, 2) | F.interpolate(q, scale_factor=2)
        F.interpolate(q, size=(5, 7), mode='bilinear') | F.pad(x, (1, 2))
        F.cross_entropy(x, i[:, 0]) | F.mse_loss(x, y) | F.nll_loss(F.log_softmax(x, 1), i[:, 0])
        F.smooth_l1_loss(x, y) | F.binary_cross_entropy_with_logits(x, p.detach().sigmoid())
        F.scaled_dot_product_attention(q, q, q) | F.scaled_dot_product_attention(q, q, q, is_causal=True)
        F.unfold(q, 2) | F.glu(x) | F.normalize(x) | F.kl_div(x, y)""",
    "half precision": """
        (x.half() + y.half()).float() | (x.bfloat16() * 2).float() | (x.half() @ w.half()).float()
        (x.bfloat16() @ w.bfloat16()).float() | F.softmax(x.bfloat16(), 1).float()
        F.gelu(x.half()).float() | x.half().sum(1).float() | F.layer_norm(x.bfloat16(), (4,)).float()""",
}
# relative and absolute distance from the record; sums of halves may round elsewhere
TOLERANCES = {"half precision": (2e-2, 2e-2)}
PLAIN = (1e-4, 1e-5)


def texts():
    """(family, expression) of every sample."""
    for family, block in SAMPLES.items():
        for line in block.strip().splitlines():
            for text in line.split(" | "):
                yield family, text.strip()


def _made(torch, device, begin, *shape):
    n = math.prod(shape)
    values = [round(math.sin(begin + 1.7 * k + 0.05 * k * k), 6) for k in range(n)]
    return torch.tensor(values).reshape(shape).to(device)


def compute(torch, device, text):
    """The results of one sample and its gradients, as lists of numbers."""
    names = {"x": _made(torch, device, 0.3, 3, 4), "y": _made(torch, device, 1.1, 3, 4),
             "p": _made(torch, device, 2.0, 3, 4).abs() + 0.5,
             "v": _made(torch, device, 0.7, 4), "v3": _made(torch, device, 0.9, 3),
             "w": _made(torch, device, 0.2, 4, 3), "a": _made(torch, device, 1.9, 2, 4, 4),
             "q": _made(torch, device, 0.4, 2, 4, 6, 6), "k": _made(torch, device, 1.4, 3, 4, 3, 3)}
    leaves = [t.detach().requires_grad_() for t in names.values()]
    names = dict(zip(names, leaves))
    names["i"] = torch.tensor([[0, 2, 1, 3], [3, 1, 0, 2], [1, 1, 2, 0]], device=device)
    result = eval(text, {"torch": torch, "F": torch.nn.functional, **names})  # noqa: S307  (the texts above)
    found = [result]
    if result.requires_grad:
        weights = _made(torch, device, 0.5, *result.shape)
        found += [g for g in torch.autograd.grad(result, leaves, weights, allow_unused=True) if g is not None]
    return [[float(n) for n in t.detach().to("cpu").double().flatten().tolist()] for t in found]


def train(torch, device):
    """Losses of a small transformer on a task that it can learn."""
    nn, F = torch.nn, torch.nn.functional
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, activation="gelu", batch_first=True)
    model = nn.Sequential(nn.Embedding(11, 16), layer, nn.Linear(16, 11))
    with torch.no_grad():
        for at, p in enumerate(model.parameters()):
            p.copy_(_made(torch, "cpu", 0.1 + at, *p.shape) * (0.3 if p.ndim > 1 else 0.1)
                    + (1.0 if p.ndim == 1 and at in (7, 9) else 0.0))
    model.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    losses = []
    for step in range(STEPS):
        tokens = torch.tensor([[(3 * r + 2 * c + step) % 11 for c in range(8)] for r in range(4)], device=device)
        loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def record():
    """Write what this interpreter's torch, which must be PyTorch, computes."""
    import torch

    rows = [[family, text, [[float(f"{n:.9g}") for n in values] for values in compute(torch, "cpu", text)]]
            for family, text in texts()]
    record = {"torch": torch.__version__, "samples": rows, "losses": train(torch, "cpu")}
    RECORDED.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
