"""What test_primitive_path.py runs in processes of their own: recorded samples, a small training and, on request, a
leak check.

usage: python -m tests.primitive_path_worker samples|leak RESULT.json
"""
import gc
import json
import os
import sys

import mindtorch as torch
from mindtorch import nn
from mindtorch._core import runtime
from mindtorch._ops.table.registry import run
from mindtorch.nn import functional as F


def wrong_samples():
    """Names of recorded samples that come out wrong. What `empty` finds in memory is not looked at."""
    from tests.parity import replay
    from tests.parity.gaps import LOOSER

    wrong = []
    for name, samples in replay.by_op().items():
        if name.startswith("empty"):
            continue
        for i, sample in enumerate(samples):
            try:
                found = replay.check(sample, LOOSER.get(name, (1.0, ""))[0])
            except Exception as error:  # any kind of failure is a finding
                if isinstance(error, MemoryError):
                    raise
                found = f"{type(error).__name__}: {str(error)[:200]}"
            if found:
                wrong.append((f"{name} {i}", found))
    return wrong


class Layer(nn.Module):
    """One encoder layer."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, mask):
        n, length, width = x.shape
        q, k, v = (f(x).view(n, length, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(n, length, width)
        x = self.first(x + self.out(y))
        return self.second(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    """Embeddings, two layers, a head over the vocabulary."""

    def __init__(self, words=50, width=32):
        super().__init__()
        self.words, self.places, self.norm = nn.Embedding(words, width,
                                                          padding_idx=0), nn.Embedding(16, width), nn.LayerNorm(width)
        self.layers, self.head = nn.ModuleList([Layer(width, 4), Layer(width, 4)]), nn.Linear(width, words)

    def forward(self, ids, mask):
        x = self.norm(self.words(ids) + self.places(torch.arange(ids.shape[1])))
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(x)


def losses(optimizer, **options):
    """Losses of a few steps of training."""
    torch.manual_seed(0)
    model = Encoder()
    stepper = getattr(torch.optim, optimizer)(model.parameters(), lr=1e-2, **options)
    ids = torch.randint(1, 50, (4, 12))
    ids[:, 9:] = 0
    mask = torch.zeros(4, 1, 1, 12).masked_fill((ids == 0)[:, None, None], -1e9)
    found = []
    for _ in range(5):
        loss = F.cross_entropy(model(ids, mask).view(-1, 50), ids.view(-1), ignore_index=0)
        stepper.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        stepper.step()
        found.append(loss.item())
    return found


def others():
    """Ops that no recorded sample covers."""
    torch.manual_seed(1)
    x = torch.rand(64, requires_grad=True)
    y = F.dropout(x, 0.5)
    y.sum().backward()
    z = torch.empty(3, dtype=torch.complex64)
    run("complex", (z, torch.arange(3.0), torch.ones(1)))
    base = torch.zeros(4, 6)
    base[1:3, ::2].copy_(torch.ones(3))  # through a view
    base.t()[1].fill_(2)
    return [y.tolist(), x.grad.tolist(), torch.view_as_real(z).tolist(), base.tolist(),
            torch.linspace(0, 1, 7, dtype=torch.float64).mul(0.1).tolist()]


def growth():
    """Bytes of resident memory that one call of each element-wise kernel's primitive leaves behind."""
    import psutil

    from mindtorch._ops.device import primitive_table

    process, found = psutil.Process(), {}
    x, y = torch.rand(6, 8) + 0.5, torch.rand(8) + 0.5
    names = (
        "add sub mul div neg exp log sqrt sin tanh sigmoid relu silu square maximum minimum pow eq lt abs where".split(
            ))
    for name in names:
        compute = primitive_table.pointwise[name]
        operands = (x > 1, x, y) if name == "where" else (x,
                                                          y) if name in ("add", "sub", "mul", "div", "maximum",
                                                                         "minimum", "pow", "eq", "lt") else (x,)
        for _ in range(300):
            compute(operands, (), 8, x)
        found[name] = float("inf")
        for _ in range(3):  # a leak is there in every round; pages come in larger steps now and then
            gc.collect()
            before = process.memory_info().rss
            for _ in range(2000):
                compute(operands, (), 8, x)
            gc.collect()
            found[name] = min(found[name], (process.memory_info().rss - before) / 2000)
    return found


def main(what, path):
    if what == "leak":
        found = growth()
    else:
        found = {"wrong": wrong_samples(), "others": others(),
                 "losses": {"AdamW": losses("AdamW", fused=True), "Adam": losses("Adam"),
                            "SGD": losses("SGD", momentum=0.9)}}
        if not runtime.FAST:
            import mindtorch._C as engine
            from mindtorch._ops.device import primitives

            have, why = primitives.coverage()
            found |= {"used": primitives.USED, "direct": primitives.DIRECT,
                      "refused": list(primitives.REFUSED.values()), "called": sorted(primitives.CALLED), "have": have,
                      "why": why,
                      "plugin": primitives.plugin_calls(), "kernels": engine.kernel_names(),
                      "version": torch.ones(2).mul_(2)._version}
    with open(path, "w", encoding="utf-8") as f:
        json.dump(found, f)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main(*sys.argv[1:])
