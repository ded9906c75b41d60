"""A small Llama as in pytorch/examples' tensor_parallelism, for the tests of torch.distributed."""

import torch
import torch.nn.functional as F
from torch import nn

DIM, HEADS, KV, VOCAB = 32, 4, 2, 61


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.wq = nn.Linear(DIM, DIM, bias=False)
        self.wk = nn.Linear(DIM, DIM // HEADS * KV, bias=False)
        self.wv = nn.Linear(DIM, DIM // HEADS * KV, bias=False)
        self.wo = nn.Linear(DIM, DIM, bias=False)

    def forward(self, x, cos, sin):
        b, s, _ = x.shape
        q, k, v = (w(x).view(b, s, -1, DIM // HEADS).transpose(1, 2) for w in (self.wq, self.wk, self.wv))
        half = lambda t: torch.cat((-t[..., t.shape[-1] // 2:], t[..., : t.shape[-1] // 2]), -1)
        q, k = (t * cos + half(t) * sin for t in (q, k))
        k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], 1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.wo(y.transpose(1, 2).reshape(b, s, -1))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.w2 = nn.Linear(DIM, 3 * DIM, bias=False), nn.Linear(3 * DIM, DIM, bias=False)
        self.w3 = nn.Linear(DIM, 3 * DIM, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm, self.ffn_norm = nn.RMSNorm(DIM), nn.RMSNorm(DIM)
        self.attention, self.feed_forward = Attention(), MLP()

    def forward(self, x, cos, sin):
        x = x + self.attention(self.attention_norm(x), cos, sin)
        return x + self.feed_forward(self.ffn_norm(x))


class Llama(nn.Module):
    def __init__(self, layers=2):
        super().__init__()
        self.tok_embeddings = nn.Embedding(VOCAB, DIM)
        self.layers = nn.ModuleList(Block() for _ in range(layers))
        self.norm, self.output = nn.RMSNorm(DIM), nn.Linear(DIM, VOCAB, bias=False)
        angle = torch.arange(16)[:, None] * 100.0 ** (-torch.arange(0, DIM // HEADS, 2) / (DIM // HEADS))
        angle = torch.cat([angle, angle], -1)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, tokens):
        h = self.tok_embeddings(tokens)
        for layer in self.layers:
            h = layer(h, self.cos, self.sin)
        return self.output(self.norm(h))


def batch(step, rows=8):
    g = torch.Generator().manual_seed(step)
    tokens = torch.randint(0, VOCAB, (rows, 17), generator=g)
    return tokens[:, :-1], tokens[:, 1:]


def loss_of(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def reference(steps=20, clip=True):
    """The curve of one process."""
    torch.manual_seed(0)
    net = Llama()
    o, losses = torch.optim.AdamW(net.parameters(), 3e-3), []
    for step in range(steps):
        x, y = batch(step)
        o.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        o.step()
        losses.append(loss.item())
    return net, losses


def tensor_parallel(net, mesh, loss_parallel=False):
    """The plan of pytorch/examples: sequence parallel outside of attention and feed-forward."""
    from torch.distributed.tensor import Replicate, Shard
    from torch.distributed.tensor import parallel as tp

    tp.parallelize_module(net, mesh, {
        "tok_embeddings": tp.RowwiseParallel(input_layouts=Replicate(), output_layouts=Shard(1)),
        "norm": tp.SequenceParallel(),
        "output": tp.ColwiseParallel(input_layouts=Shard(1), use_local_output=not loss_parallel,
                                     output_layouts=Shard(-1) if loss_parallel else Replicate()),
    })
    for layer in net.layers:
        tp.parallelize_module(layer, mesh, {
            "attention_norm": tp.SequenceParallel(),
            "attention": tp.PrepareModuleInput(input_layouts=(Shard(1), None, None),
                                               desired_input_layouts=(Replicate(), None, None)),
            "attention.w[qkv]": tp.ColwiseParallel(),
            "attention.wo": tp.RowwiseParallel(output_layouts=Shard(1)),
            "ffn_norm": tp.SequenceParallel(),
            "feed_forward": tp.PrepareModuleInput(input_layouts=(Shard(1),), desired_input_layouts=(Replicate(),)),
            "feed_forward.w1": tp.ColwiseParallel(), "feed_forward.w3": tp.ColwiseParallel(),
            "feed_forward.w2": tp.RowwiseParallel(output_layouts=Shard(1)),
        })
    return net
