"""Adadelta."""
from .optimizer import TensorwiseOptimizer, _get_value, advanced, check_at_least_zero, check_lr, zero_step, zeros_like

__all__ = ["Adadelta"]


class Adadelta(TensorwiseOptimizer):
    """Adadelta (Zeiler 2012). ValueError for settings out of range."""

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *, capturable=False,
                 maximize=False, differentiable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_at_least_zero(epsilon__value=eps, weight_decay__value=weight_decay)
        super().__init__(params,
                         dict(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize,
                              capturable=capturable, foreach=foreach, differentiable=differentiable))

    def _begin(self, group, p):
        """Step 0 and zero averages."""
        return {"step": zero_step(), "square_avg": zeros_like(p), "acc_delta": zeros_like(p)}

    def _update_parameter(self, group, p, grad, state):
        """The gradient scaled by the ratio of the two root mean squares."""
        advanced(state)
        rho, eps, square, moved = group["rho"], group["eps"], state["square_avg"], state["acc_delta"]
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        square.mul_(rho).addcmul_(grad, grad, value=1 - rho)
        delta = moved.add(eps).sqrt() / square.add(eps).sqrt() * grad
        moved.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        p.add_(delta, alpha=-_get_value(group["lr"]))
