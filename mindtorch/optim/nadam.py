"""NAdam."""
import mindtorch as torch

from .optimizer import (
    TensorwiseOptimizer, _get_scalar_dtype, _get_value, advanced, check_at_least_zero, check_betas, check_lr,
    zero_step, zeros_like)

__all__ = ["NAdam"]


class NAdam(TensorwiseOptimizer):
    """Adam with Nesterov's momentum (Dozat 2016). ValueError for settings out of range."""

    _FLAGS = {**TensorwiseOptimizer._FLAGS, "decoupled_weight_decay": False}
    _capture_what = "params, mu_products and state_steps"

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3,
                 decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False,
                 differentiable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, epsilon__value=eps)
        check_betas(betas)
        check_at_least_zero(weight_decay__value=weight_decay, momentum_decay__value=momentum_decay)
        super().__init__(params,
                         dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
                              decoupled_weight_decay=decoupled_weight_decay, maximize=maximize, foreach=foreach,
                              capturable=capturable, differentiable=differentiable))

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state.get(p, {})
                if s and not isinstance(s["mu_product"], torch.Tensor):
                    s["mu_product"] = torch.tensor(s["mu_product"], dtype=_get_scalar_dtype())

    def _begin(self, group, p):
        """Step 0, product of momenta 1, zero moments."""
        return {"step": zero_step(), "mu_product": torch.ones((), dtype=_get_scalar_dtype()), "exp_avg": zeros_like(p),
                "exp_avg_sq": zeros_like(p)}

    def _update_parameter(self, group, p, grad, state):
        """The current gradient and the next momentum, each with its own correction."""
        step, (beta1,
               beta2), lr, decay = advanced(state), group["betas"], _get_value(group["lr"]), group["weight_decay"]
        if decay != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * decay)
            else:
                grad = grad.add(p, alpha=decay)
        now, after = (beta1 * (1.0 - 0.5 * 0.96 ** (s * group["momentum_decay"])) for s in (step, step + 1))
        state["mu_product"] *= now
        first, second = state["exp_avg"], state["exp_avg_sq"]
        first.lerp_(grad, 1 - beta1)
        second.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        denominator = second.div(1 - beta2**step).sqrt() + group["eps"]
        product = state["mu_product"].item()
        if group["differentiable"]:  # what the graph keeps must not be the state, which changes
            p.addcdiv_(grad * (-lr * (1.0 - now) / (1.0 - product)), denominator)
            p.addcdiv_(first * (-lr * after / (1.0 - product * after)), denominator)
        else:
            p.addcdiv_(grad, denominator, value=-lr * (1.0 - now) / (1.0 - product))
            p.addcdiv_(first, denominator, value=-lr * after / (1.0 - product * after))
