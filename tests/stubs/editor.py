"""What an editor knows of the namespace: read by mypy and pyright (tests/test_stubs.py), never run."""
from collections.abc import Iterator
from typing import Any, assert_type

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW, lr_scheduler
from torch.utils.data import DataLoader, Dataset, TensorDataset

x = torch.randn(4, 3, dtype=torch.float32, device="cpu", requires_grad=True)
assert_type(x, Tensor)
assert_type(x.shape, torch.Size)
assert_type(x.size(0), int)
assert_type(x.size(), torch.Size)
assert_type(x.dtype, torch.dtype)
assert_type(x.device, torch.device)
assert_type(x.grad, Tensor | None)
assert_type(x.is_contiguous(), bool)
assert_type(x + 1, Tensor)
assert_type(2 * x @ x.T, Tensor)
assert_type(x > 0, Tensor)
assert_type(x[0, 1:], Tensor)
assert_type(x.add_(1), Tensor)
assert_type(x.view(-1, 3).transpose(0, 1).float(), Tensor)
assert_type(torch.max(x), Tensor)
assert_type(torch.max(x, 1).indices, Tensor)
assert_type(x.max(dim=1)[0], Tensor)
assert_type(torch.topk(x, 2).values, Tensor)
assert_type(torch.where(x > 0, x, 0.0), Tensor)
assert_type(x.backward(), None)
assert_type(torch.cat([x, x], dim=1), Tensor)
assert_type(torch.linalg.svd(x).S, Tensor)
assert_type(torch.fft.rfft(x, dim=-1), Tensor)
assert_type(F.cross_entropy(x, torch.tensor([0, 1, 2, 0]), label_smoothing=0.1), Tensor)
assert_type(F.linear(x, torch.ones(2, 3)), Tensor)
assert_type(torch.float16, torch.dtype)
assert_type(torch.cuda.is_available(), bool)
assert_type(torch.npu.device_count(), int)
left, right = torch.split(x, 2)
assert_type(left, Tensor)


class Net(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(3, width)
        self.rest = nn.Sequential(nn.ReLU(), nn.Dropout(0.1), nn.LayerNorm(width), nn.Linear(width, 2, bias=False))

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        return self.rest(self.first(x)) * scale


class Rows(Dataset):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, i: int) -> Any:
        return x[i]


net = Net(8).to("npu")
assert_type(net.first.weight, Tensor)
assert_type(net.first.in_features, int)
optimizer = AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for (batch,) in DataLoader(TensorDataset(x), batch_size=2, shuffle=True):
    with torch.autocast("npu", dtype=torch.bfloat16):
        loss = net(batch).square().mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    schedule.step()
with torch.no_grad():
    torch.save(net.state_dict(), "net.pt")


def parameters(module: nn.Module) -> Iterator[nn.Parameter]:
    yield from module.parameters()
