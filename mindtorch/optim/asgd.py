"""Averaged stochastic gradient descent."""
import mindtorch as torch

from .optimizer import (
    TensorwiseOptimizer, _get_scalar_dtype, _get_value, advanced, check_at_least_zero, check_lr, zero_step, zeros_like)

__all__ = ["ASGD"]


class ASGD(TensorwiseOptimizer):
    """Averaged gradient descent (Polyak, Juditsky 1992); the average is in state["ax"]. ValueError for settings out of
    range."""

    _capture_what = "params, mus, etas, and state_steps"

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, foreach=None, maximize=False,
                 differentiable=False, capturable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, weight_decay__value=weight_decay)
        super().__init__(params,
                         dict(lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, foreach=foreach,
                              maximize=maximize, differentiable=differentiable, capturable=capturable))

    def __setstate__(self, state):
        super().__setstate__(state)
        for s in self.state.values():
            for key in ("eta", "mu"):
                if key in s and not isinstance(s[key], torch.Tensor):
                    s[key] = torch.tensor(s[key], dtype=_get_scalar_dtype())

    def _begin(self, group, p):
        """Step 0, rate lr, averaging weight 1, average 0."""
        dtype = _get_scalar_dtype()
        return {"step": zero_step(), "eta": torch.tensor(float(_get_value(group["lr"])), dtype=dtype),
                "mu": torch.ones((), dtype=dtype), "ax": zeros_like(p)}

    def _update_parameter(self, group, p, grad, state):
        """A decayed step, then the average takes it in."""
        step, lr, lambd = advanced(state), _get_value(group["lr"]), group["lambd"]
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        eta, mu, average = state["eta"].item(), state["mu"].item(), state["ax"]
        p.mul_(1 - lambd * eta)
        p.add_(grad, alpha=-eta)
        if mu == 1:
            average.copy_(p)
        else:
            average.add_(p.sub(average).mul_(mu))
        state["eta"].fill_(lr / (1 + lambd * lr * step) ** group["alpha"])
        state["mu"].fill_(1 / max(1, step - group["t0"]))
