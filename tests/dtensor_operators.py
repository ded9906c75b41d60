"""Operators on DTensors in every layout of their operands, one rank of them: the result and the gradients must be those
of the whole tensors, which every rank computes too."""

import itertools
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor, init_device_mesh

RANK, SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])


def randn(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape) + len(shape)))


INDEX = torch.tensor([[0, 3, 6], [5, 2, 2], [1, 4, 0], [6, 6, 3]])
MASK = torch.tensor([[True, False, True, False, True, True]] * 5)
# name: (function, operands). The sizes 5 and 7 are split unevenly over 2 and 4 ranks, 3 leaves a rank of 4 without any.
CASES = {
    "add": (lambda a, b: a + b, randn(5, 6), randn(5, 6)),
    "broadcast": (lambda a, b: a * b, randn(5, 6), randn(6)),
    "broadcast both": (lambda a, b: a - b, randn(5, 1), randn(1, 6)),
    "div": (lambda a, b: a / (b * b + 1), randn(5, 6), randn(5, 1)),
    "number": (lambda a: 2 - a * 3 + 1, randn(5, 6)),
    "tensor number": (lambda a: a * torch.tensor(3.0), randn(5, 6)),
    "pow rsqrt": (lambda a: (a.pow(2).mean(-1, keepdim=True) + 1).rsqrt() * a, randn(5, 6)),
    "silu gelu": (lambda a: F.silu(a) + F.gelu(a) + torch.tanh(a) + torch.sigmoid(a) + torch.relu(a), randn(5, 6)),
    "where": (lambda a, b: torch.where(a > 0, a, b), randn(5, 6), randn(6)),
    "clamp": (lambda a: a.clamp(-0.5, 0.5) + a.abs().sqrt(), randn(5, 6)),
    "lerp": (lambda a, b: torch.lerp(a, b, 0.3) + torch.addcmul(a, a, b), randn(5, 6), randn(5, 6)),
    "to": (lambda a: a.to(torch.float64).float() + a.contiguous().clone(), randn(5, 6)),
    "sum": (lambda a: a.sum(), randn(5, 6)),
    "sum dim": (lambda a: a.sum(0) + 1, randn(5, 6)),
    "sum keep": (lambda a: a.sum((0, 2), keepdim=True), randn(4, 3, 7)),
    "mean": (lambda a: a.mean(), randn(5, 6)),
    "mean dim": (lambda a: a.mean(1), randn(5, 6)),
    "amax": (lambda a: a.amax(1), randn(5, 6)),
    "max": (lambda a: a.max(), randn(5, 8)),
    "max dim": (lambda a: a.max(1).values, randn(5, 6)),
    "var": (lambda a: a.var(1) + a.std(0, keepdim=True).sum(), randn(5, 6)),
    "prod": (lambda a: a.prod(1), randn(5, 6)),
    "norm": (lambda a: torch.linalg.vector_norm(a) + a.norm() + a.norm(dim=1).sum(), randn(5, 6)),
    "matmul": (lambda a, b: a @ b, randn(5, 6), randn(6, 7)),
    "batched": (lambda a, b: torch.matmul(a, b), randn(3, 5, 6), randn(6, 4)),
    "bmm": (lambda a, b: torch.bmm(a, b), randn(3, 5, 6), randn(3, 6, 4)),
    "mv": (lambda a, b: a @ b, randn(5, 6), randn(6)),
    "addmm": (lambda c, a, b: torch.addmm(c, a, b, alpha=2.0, beta=0.5), randn(4), randn(5, 6), randn(6, 4)),
    "linear": (lambda x, w: F.linear(x, w), randn(3, 5, 6), randn(4, 6)),
    "linear bias": (lambda x, w, b: F.linear(x, w, b), randn(5, 6), randn(7, 6), randn(7)),
    "einsum": (lambda a, b: torch.einsum("bij,bkj->bik", a, b), randn(3, 5, 6), randn(3, 4, 6)),
    "embedding": (lambda w, i: F.embedding(i, w), randn(7, 4), INDEX),
    "embedding padding": (lambda w, i: F.embedding(i, w, padding_idx=6), randn(7, 4), INDEX),
    "view": (lambda a: a.view(4, 2, 3) * 2, randn(4, 6)),
    "view merge": (lambda a: a.reshape(4, -1) + a.flatten(1), randn(4, 6, 2)),
    "view mixed": (lambda a: a.view(2, 12), randn(4, 6)),
    "unflatten": (lambda a: a.unflatten(1, (3, -1)), randn(5, 6)),
    "transpose": (lambda a: a.transpose(0, 1) + a.permute(1, 0) + a.T + a.t(), randn(5, 6)),
    "squeeze": (lambda a: a.squeeze() + a.squeeze(1) + a.unsqueeze(-1).squeeze(-1).squeeze(1), randn(5, 1, 6)),
    "expand": (lambda a: a.expand(3, 5, 6) + a[None], randn(5, 6)),
    "expand one": (lambda a: a.expand(5, 6), randn(5, 1)),
    "getitem": (lambda a: a[1:3] + a[0] + a[2:3, :], randn(5, 6)),
    "getitem more": (lambda a: a[..., 1].unsqueeze(1) + a[:, None, 2], randn(5, 6)),
    "rotate half": (lambda a: torch.cat((-a[..., 3:], a[..., :3]), -1), randn(5, 6)),
    "split": (lambda a: a.split(2, 1)[1] + a.chunk(3, 1)[0] + a.narrow(1, 0, 2), randn(5, 6)),
    "unbind": (lambda a: a.unbind(0)[1] + a.select(0, 2), randn(5, 6)),
    "stack": (lambda a, b: torch.stack([a, b], 1), randn(5, 6), randn(5, 6)),
    "cat": (lambda a, b: torch.cat([a, b]), randn(5, 6), randn(2, 6)),
    "softmax": (lambda a: F.softmax(a, -1) + torch.softmax(a, 0) + a.log_softmax(1), randn(5, 6)),
    "cumsum": (lambda a: a.cumsum(0) + a.flip(1) + a.sort(1).values, randn(5, 6)),
    "tril": (lambda a: a.tril() + torch.triu(a, 1), randn(3, 4, 4)),
    "masked_fill": (lambda a, m: a.masked_fill(m, -1.0), randn(5, 6), MASK),
    "layer_norm": (lambda a, w, b: F.layer_norm(a, (6,), w, b), randn(3, 5, 6), randn(6), randn(6) + 1),
    "rms_norm": (lambda a, w: F.rms_norm(a, (6,), w), randn(3, 5, 6), randn(6)),
    "attention": (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), randn(4, 4, 5, 6),
                  randn(4, 4, 5, 6) * 2, randn(4, 4, 5, 6) * 3),
    "cross_entropy": (lambda a, t: F.cross_entropy(a, t), randn(4, 7), torch.tensor([1, 6, -100, 0])),
    "cross_entropy none": (lambda a, t: F.cross_entropy(a, t, reduction="none"), randn(4, 7), INDEX[:, 0]),
    "cross_entropy sum": (lambda a, t: F.cross_entropy(a.flatten(0, 1), t.flatten(), reduction="sum"), randn(4, 3, 7),
                          INDEX),
    "mse": (lambda a, b: F.mse_loss(a, b) + F.l1_loss(a, b, reduction="sum"), randn(5, 6), randn(5, 6) * 2),
    "bce": (lambda a, b: F.binary_cross_entropy_with_logits(a, torch.sigmoid(b)), randn(5, 6), randn(5, 6) * 2),
    "without a rule": (lambda a: torch.linalg.inv(a @ a.t() + torch.ones((), dtype=a.dtype)), randn(3, 3)),
    "gather": (lambda a, i: torch.gather(a, 1, i), randn(4, 7), INDEX),
}


def layouts(t, mesh, few):
    one = [Replicate(), *(Shard(d) for d in range(t.ndim))]
    if t.dtype.is_floating_point:
        one.append(Partial())
    every = list(itertools.product(one, repeat=mesh.ndim))
    return every if not few else every[RANDOM.randrange(2)::max(1, len(every) // few)]


import random  # noqa: E402

RANDOM = random.Random(0)  # the same on every rank


def check(name, mesh, few, seen):
    function, *operands = CASES[name]
    plain = [t.clone().requires_grad_(t.dtype.is_floating_point) for t in operands]
    want = function(*plain)
    weights = randn(*want.shape) if want.ndim else torch.tensor(2.0)
    want_grads = torch.autograd.grad((want * weights).sum(), [p for p in plain if p.requires_grad])
    choices = [layouts(t, mesh, few) for t in operands]
    for chosen in itertools.product(*choices):
        if few and len(operands) > 1 and RANDOM.random() > 0.4:
            continue
        given = [distribute_tensor(t, mesh, p) for t, p in zip(operands, chosen)]
        for g in given:
            g.requires_grad_(g.dtype.is_floating_point)
        label = f"{name} of {[''.join(map(str, c)) for c in chosen]}"
        try:
            got = function(*given)
            assert isinstance(got, DTensor) and got.shape == want.shape and got.dtype == want.dtype, got
            torch.testing.assert_close(got.full_tensor(), want)
            factor = distribute_tensor(weights, mesh, [Replicate()] * mesh.ndim)
            (got * factor).sum().backward()
            for g, w in zip([g for g in given if g.requires_grad], want_grads):
                torch.testing.assert_close(g.grad.full_tensor(), w)
        except Exception as error:
            raise AssertionError(f"{label}: {type(error).__name__}: {error}") from error
        seen.append(label)


def main():
    dist.init_process_group("gloo")
    seen = []
    mesh = init_device_mesh("cpu", (2, 2) if SIZE == 4 else (SIZE,))
    for name in CASES:
        check(name, mesh, 4 if SIZE == 4 else 0, seen)
    if SIZE == 4:
        for name in ("add", "sum dim", "linear bias", "embedding", "cross_entropy", "split", "amax"):
            check(name, init_device_mesh("cpu", (4,)), 0, seen)
    print(len(seen), "cases")
    dist.destroy_process_group()


main()
