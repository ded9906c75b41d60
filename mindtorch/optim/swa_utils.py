"""Averages of weights over training, and the rate schedule that goes with them."""
import itertools
import math
import warnings
from copy import deepcopy

import mindtorch as torch
from mindtorch.nn import Module

from .lr_scheduler import LRScheduler, _for_groups
from .optimizer import Optimizer

__all__ = ["AveragedModel", "update_bn", "SWALR", "get_ema_multi_avg_fn", "get_swa_multi_avg_fn", "get_ema_avg_fn",
           "get_swa_avg_fn"]


def _check_decay(decay):
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def _inexact(t):
    return torch.is_floating_point(t) or torch.is_complex(t)


def get_ema_multi_avg_fn(decay=0.999):
    """Exponential moving average over lists of parameters."""
    _check_decay(decay)

    @torch.no_grad()
    def ema_update(ema_param_list, current_param_list, _):
        for mean, now in zip(ema_param_list, current_param_list):
            if _inexact(mean):
                mean.lerp_(now.to(mean.dtype), 1 - decay)
            else:
                mean.copy_(mean * decay + now * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn():
    """Plain average over lists of parameters."""

    @torch.no_grad()
    def swa_update(averaged_param_list, current_param_list, num_averaged):
        for mean, now in zip(averaged_param_list, current_param_list):
            if _inexact(mean):
                mean.lerp_(now.to(mean.dtype), float(1 / (num_averaged + 1)))
            else:
                mean.add_(((now - mean) / (num_averaged + 1)).to(mean.dtype))

    return swa_update


def get_ema_avg_fn(decay=0.999):
    """Exponential moving average of one parameter."""
    _check_decay(decay)

    @torch.no_grad()
    def ema_update(ema_param, current_param, num_averaged):
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn():
    """Plain average of one parameter."""

    @torch.no_grad()
    def swa_update(averaged_param, current_param, num_averaged):
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters (and buffers, on wish) average those that update_parameters sees."""

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", torch.tensor(0, dtype=torch.long, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args, **kwargs):
        """The averaged model's forward."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model):
        """Take the present parameters of a model in."""
        def members(m, own):
            return itertools.chain(m.parameters(), m.buffers()) if self.use_buffers else (own or m).parameters()

        means = [p.detach() for p in members(self.module, self)]
        present = [p.detach().to(a.device) for p, a in zip(members(model, None), means)]
        if self.n_averaged == 0:
            for mean, now in zip(means, present):
                mean.copy_(now)
        elif self.avg_fn is None:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(means, present,
                                                          self.n_averaged.item() if self.multi_avg_fn is None
                                                          else self.n_averaged)
        else:
            for mean, now in zip(means, present):
                mean.copy_(self.avg_fn(mean, now, self.n_averaged.to(mean.device)))
        if not self.use_buffers:
            for mine, theirs in zip(self.module.buffers(), model.buffers()):
                mine.detach().copy_(theirs.detach().to(mine.device))
        self.n_averaged += 1


@torch.no_grad()
def update_bn(loader, model, device=None):
    """Recompute the running statistics of a model's batch norms from a loader's data."""
    from mindtorch.nn.modules.batchnorm import _BatchNorm

    norms = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    if not norms:
        return
    training, momenta = model.training, {m: m.momentum for m in norms}
    for m in norms:
        m.reset_running_stats()
    model.train()
    for m in norms:
        m.momentum = None
    for batch in loader:
        if isinstance(batch, (list, tuple)):
            batch = batch[0]
        model(batch if device is None else batch.to(device))
    for m, momentum in momenta.items():
        m.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """From each group's rate to swa_lr in anneal_epochs, then constant. ValueError for settings out of range."""

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        for lr, group in zip(_for_groups("swa_lr", optimizer, swa_lr), optimizer.param_groups):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step):
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self):
        """See LRScheduler."""
        if not self._get_lr_called_within_step:
            warnings.warn("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                          UserWarning, stacklevel=2)
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        lrs = []
        for group in self.optimizer.param_groups:
            target = group["swa_lr"]
            start = target if before == 1 else (group["lr"] - before * target) / (1 - before)
            lrs.append(target * now + start * (1 - now))
        return lrs
