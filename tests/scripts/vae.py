"""A variational autoencoder on drawn bars, written for CUDA."""
import json

import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
device = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")
kwargs = {"num_workers": 0, "pin_memory": True} if torch.cuda.is_available() else {}


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(64, 32), nn.Linear(32, 4), nn.Linear(32, 4)
        self.fc3, self.fc4 = nn.Linear(4, 32), nn.Linear(32, 64)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn(std.shape).to(std.device)
        return mu + eps * std

    def forward(self, x):
        h1 = F.relu(self.fc1(x.view(-1, 64)))
        mu, logvar = self.fc21(h1), self.fc22(h1)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(self.reparameterize(mu, logvar))))), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    return BCE + -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


bars = torch.zeros(48, 1, 8, 8)
for n in range(48):
    if n % 2:
        bars[n, 0, n % 8] = 1
    else:
        bars[n, 0, :, n % 8] = 1
loader = DataLoader(TensorDataset(bars, torch.zeros(48)), batch_size=16, shuffle=True, **kwargs)
model = VAE().to(device)
optimizer = optim.Adam(model.parameters(), lr=1e-3)
losses = []
for epoch in range(4):
    model.train()
    for data, _ in loader:
        data = data.to(device)
        optimizer.zero_grad()
        recon, mu, logvar = model(data)
        loss = loss_function(recon, data, mu, logvar)
        loss.backward()
        losses.append(loss.item() / len(data))
        optimizer.step()
print(json.dumps({"device": str(recon.device), "losses": losses}))
