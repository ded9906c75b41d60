"""Resilient backpropagation."""
import mindtorch as torch

from .optimizer import TensorwiseOptimizer, _get_value, advanced, check_at_least_zero, check_lr, zero_step, zeros_like

__all__ = ["Rprop"]


class Rprop(TensorwiseOptimizer):
    """Steps that grow while the gradient keeps its sign and shrink when it turns (Riedmiller, Braun 1993). ValueError
    for settings out of range."""

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable=False, foreach=None,
                 maximize=False, differentiable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params,
                         dict(lr=lr, etas=etas, step_sizes=step_sizes, foreach=foreach, maximize=maximize,
                              differentiable=differentiable, capturable=capturable))

    def _begin(self, group, p):
        """Step 0, no gradient before, steps of lr."""
        lr = _get_value(group["lr"])
        return {"step": zero_step(), "prev": zeros_like(p),
                "step_size": torch.full_like(p, complex(lr, lr) if p.is_complex() else lr, requires_grad=False)}

    def _update_parameter(self, group, p, grad, state):
        """p -= sign(grad) * step size; no step where the sign has just turned."""
        advanced(state)
        (shrink, grow), (low, high) = group["etas"], group["step_sizes"]
        agreement = grad.mul(state["prev"].clone() if group["differentiable"] else state["prev"]).sign()
        factor = agreement.masked_fill(agreement > 0,
                                       grow).masked_fill(agreement < 0, shrink).masked_fill(agreement == 0, 1)
        state["step_size"].mul_(factor).clamp_(low, high)
        grad = grad.masked_fill(agreement < 0, 0)
        p.addcmul_(grad.sign(), state["step_size"], value=-1)
        state["prev"].copy_(grad)
