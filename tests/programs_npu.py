"""A small GPT and its training, for devices to be compared."""
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads, p):
        super().__init__()
        self.heads, self.drop = heads, nn.Dropout(p)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (y.view(b, t, self.heads, -1).transpose(1, 2) for y in self.qkv(self.before(x)).split(d, dim=2))
        scores = (q @ k.transpose(-2, -1)) * q.shape[-1] ** -0.5
        past = torch.tril(torch.ones(t, t, device=x.device)) == 0
        weights = self.drop(scores.masked_fill(past, float("-inf")).softmax(-1))
        x = x + self.drop(self.out((weights @ v).transpose(1, 2).reshape(b, t, d)))
        return x + self.drop(self.down(F.gelu(self.up(self.between(x)))))


class GPT(nn.Module):
    def __init__(self, words=40, width=32, heads=4, length=16, layers=2, p=0.0):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
        self.blocks, self.norm = nn.Sequential(*[Block(width, heads, p) for _ in range(layers)]), nn.LayerNorm(width)

    def forward(self, ids, target):
        x = self.words(ids) + self.places(torch.arange(ids.shape[1], device=ids.device))
        return F.cross_entropy(F.linear(self.norm(self.blocks(x)), self.words.weight).flatten(0, 1), target.flatten())


def train(device, steps, p=0.0):
    """Losses of AdamW with clipped gradients, from the same weights and words on every device."""
    torch.manual_seed(0)
    model, ids = GPT(p=p), torch.randint(0, 40, (8, 17))
    model, ids, losses = model.to(device), ids.to(device), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(steps):
        loss = model(ids[:, :-1], ids[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses
