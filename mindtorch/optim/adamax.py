"""Adamax."""
import mindtorch as torch

from .optimizer import (
    TensorwiseOptimizer, _get_value, advanced, check_at_least_zero, check_betas, check_lr, zero_step, zeros_like)

__all__ = ["Adamax"]


class Adamax(TensorwiseOptimizer):
    """Adam with the infinity norm. ValueError for settings out of range."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, foreach=None, *, maximize=False,
                 differentiable=False, capturable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, epsilon__value=eps)
        check_betas(betas)
        check_at_least_zero(weight_decay__value=weight_decay)
        super().__init__(params,
                         dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=foreach,
                              maximize=maximize, differentiable=differentiable, capturable=capturable))

    def _begin(self, group, p):
        """Step 0, zero mean, zero norm."""
        return {"step": zero_step(), "exp_avg": zeros_like(p), "exp_inf": zeros_like(p)}

    def _update_parameter(self, group, p, grad, state):
        """The mean gradient over the decayed largest one."""
        step, (beta1, beta2) = advanced(state), group["betas"]
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        state["exp_avg"].lerp_(grad, 1 - beta1)
        largest = state["exp_inf"]
        largest.copy_(torch.maximum(largest * beta2, grad.abs() + group["eps"]))
        p.addcdiv_(state["exp_avg"], largest.clone() if group["differentiable"] else largest,
                   value=-(_get_value(group["lr"]) / (1 - beta1**step)))
