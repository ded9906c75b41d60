"""A word-level language model with LSTM, truncated backpropagation and clipping, written for CUDA."""
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1111)
if torch.cuda.is_available():
    torch.cuda.manual_seed(1111)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
text = "the cat sat on the mat and the dog sat on the log and the cat saw the dog".split() * 12
words = sorted(set(text))
ids = torch.tensor([words.index(w) for w in text])
bsz, bptt = 4, 6


def batchify(data):
    n = data.size(0) // bsz
    return data.narrow(0, 0, n * bsz).view(bsz, -1).t().contiguous().to(device)


class RNNModel(nn.Module):
    def __init__(self, ntoken, ninp, nhid, nlayers):
        super().__init__()
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, nhid, nlayers)
        self.decoder = nn.Linear(nhid, ntoken)
        self.nhid, self.nlayers, self.ntoken = nhid, nlayers, ntoken
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, x, hidden):
        output, hidden = self.rnn(self.encoder(x), hidden)
        return F.log_softmax(self.decoder(output).view(-1, self.ntoken), dim=1), hidden

    def init_hidden(self, n):
        weight = next(self.parameters())
        return weight.new_zeros(self.nlayers, n, self.nhid), weight.new_zeros(self.nlayers, n, self.nhid)


train_data = batchify(ids)
model = RNNModel(len(words), 12, 16, 2).to(device)
criterion = nn.NLLLoss()
lr, losses = 2.0, []
for epoch in range(2):
    hidden = model.init_hidden(bsz)
    for i in range(0, train_data.size(0) - 1, bptt):
        n = min(bptt, len(train_data) - 1 - i)
        data, target = train_data[i:i + n], train_data[i + 1:i + 1 + n].view(-1)
        hidden = tuple(h.detach() for h in hidden)
        model.zero_grad()
        output, hidden = model(data, hidden)
        loss = criterion(output, target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-lr)
        losses.append(loss.item())
model.eval()
with torch.no_grad():
    word, hidden = torch.tensor([[0]]).to(device), model.init_hidden(1)
    for _ in range(5):
        output, hidden = model(word, hidden)
        word.fill_(output.argmax(1).item())
        losses.append(float(word.item()))
print(json.dumps({"device": str(output.device), "losses": losses, "ppl": math.exp(losses[0])}))
