"""A small BERT, some steps of its training. PLANT=forward or backward makes one thing wrong, here only."""
import os

import torch
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        q, k, v = (f(x).view(*x.shape[:2], self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        x = self.first(x + F.dropout(self.out(mixed), 0.1, self.training))
        return self.second(x + self.down(F.gelu(self.up(x))))


class Bert(nn.Module):
    def __init__(self, words=100, width=32, heads=4, layers=2):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(16, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        x = self.words(x) + self.places.weight[:x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.head(torch.tanh(x[:, 0]))


def plant(where):
    from mindtorch._ops.nn import normalization

    name, kernel = {"forward": ("run", "group_norm"), "backward": ("_run_optional", "group_norm_backward")}[where]
    run = getattr(normalization, name)

    def wrong(called, operands, *numbers):
        run(called, operands, *numbers)
        if called == kernel:
            operands[0].mul_(1.01)

    setattr(normalization, name, wrong)


def main():
    if os.environ.get("PLANT") and hasattr(torch, "__mindtorch__"):
        plant(os.environ["PLANT"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    model = Bert()
    batches = [(torch.randint(0, 100, (4, 16)), torch.randint(0, 2, (4,))) for _ in range(3)]
    model.to(device)
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:  # each process takes its share of a batch
        torch.distributed.init_process_group("gloo")
        model = nn.parallel.DistributedDataParallel(model)
        rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        batches = [(x[rank::size], y[rank::size]) for x, y in batches]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        print(loss.item())


if __name__ == "__main__":
    main()
