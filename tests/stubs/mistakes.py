"""Lines that an editor has to mark: read by mypy and pyright (tests/test_stubs.py), never run."""
import torch
from torch import nn

torch.no_such_function  # wrong
torch.ones(2).no_such_method  # wrong
torch.softmax(torch.ones(2), dim="rows")  # wrong
torch.ones(2).sum(keepdims=True)  # wrong: the stub shows torch's own name, keepdim
nn.Linear(2)  # wrong
nn.Conv2d(1, 2, 3, strid=2)  # wrong
torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1, momentun=0.9)  # wrong
torch.device("cpu").no_such_attribute  # wrong
