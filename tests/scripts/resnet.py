"""A residual network with SGD, a schedule, data loading with pinned memory and timing events, written for CUDA."""
import json
import time

import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
cudnn.benchmark = True
if torch.cuda.is_available():
    torch.cuda.set_device(0)


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (None if stride == 1
                           else nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False),
                                              nn.BatchNorm2d(planes)))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + identity)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
                                  nn.MaxPool2d(3, 2, 1))
        self.layers = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 16, 2))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(16, 3)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        return self.fc(torch.flatten(self.avgpool(self.layers(self.stem(x))), 1))


def accuracy(output, target, topk=(1,)):
    with torch.no_grad():
        _, pred = output.topk(max(topk), 1, True, True)
        correct = pred.t().eq(target.view(1, -1).expand_as(pred.t()))
        return [correct[:k].reshape(-1).float().sum(0, keepdim=True).mul_(100.0 / target.size(0)) for k in topk]


labels = torch.arange(24) % 3
images = torch.randn(24, 3, 32, 32) + labels.view(-1, 1, 1, 1)
loader = DataLoader(TensorDataset(images, labels), batch_size=8, shuffle=True, pin_memory=torch.cuda.is_available())
model = ResNet()
criterion = nn.CrossEntropyLoss()
if torch.cuda.is_available():
    model = model.cuda()
    criterion = criterion.cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.02, momentum=0.9, weight_decay=1e-4)
scheduler = StepLR(optimizer, step_size=2, gamma=0.1)
losses = []
for epoch in range(3):
    model.train()
    for data, target in loader:
        if torch.cuda.is_available():
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            data, target = data.cuda(non_blocking=True), target.cuda(non_blocking=True)
        begin = time.time()
        output = model(data)
        loss = criterion(output, target)
        acc1, acc2 = accuracy(output, target, topk=(1, 2))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses += [loss.item(), acc1.item(), acc2.item()]
        if torch.cuda.is_available():
            end.record()
            torch.cuda.synchronize()
            assert 0 <= start.elapsed_time(end) <= (time.time() - begin) * 1e3 + 1e4
    scheduler.step()
model.eval()
with torch.no_grad():
    losses.append(model(images[:4].to(next(model.parameters()).device)).abs().sum().item())
print(json.dumps({"device": str(output.device), "losses": losses}))
