"""RAdam."""
import math

from .optimizer import (
    TensorwiseOptimizer, _get_value, advanced, check_at_least_zero, check_betas, check_lr, zero_step, zeros_like)

__all__ = ["RAdam"]


class RAdam(TensorwiseOptimizer):
    """Rectified Adam (Liu and others 2019). ValueError for settings out of range."""

    _FLAGS = {**TensorwiseOptimizer._FLAGS, "decoupled_weight_decay": False}

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled_weight_decay=False, *,
                 foreach=None, maximize=False, capturable=False, differentiable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, epsilon__value=eps)
        check_betas(betas)
        check_at_least_zero(weight_decay__value=weight_decay)
        super().__init__(params,
                         dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize,
                              foreach=foreach, capturable=capturable, decoupled_weight_decay=decoupled_weight_decay,
                              differentiable=differentiable))

    def _begin(self, group, p):
        """Step 0 and zero moments."""
        return {"step": zero_step(), "exp_avg": zeros_like(p), "exp_avg_sq": zeros_like(p)}

    def _update_parameter(self, group, p, grad, state):
        """Adam's step, rectified, once the variance is tractable; momentum before."""
        step, (beta1,
               beta2), lr, decay = advanced(state), group["betas"], _get_value(group["lr"]), group["weight_decay"]
        if decay != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * decay)
            else:
                grad = grad.add(p, alpha=decay)
        first, second = state["exp_avg"], state["exp_avg_sq"]
        first.lerp_(grad, 1 - beta1)
        second.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        correction = 1 - beta2**step
        limit = 2 / (1 - beta2) - 1
        length = limit - 2 * step * beta2**step / correction
        mean = first / (1 - beta1**step)
        if length > 5.0:
            rectify = math.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
            p.add_(mean * lr * (correction**0.5 / (second.sqrt() + group["eps"])) * rectify, alpha=-1.0)
        else:
            p.add_(mean * lr, alpha=-1.0)
