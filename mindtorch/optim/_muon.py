"""Muon."""
import math

import mindtorch as torch

from .optimizer import TensorwiseOptimizer, _get_value, check_lr

__all__ = ["Muon"]


def orthogonalized(x, coefficients, steps, eps):
    """The nearest half-orthogonal matrix, about, by Newton-Schulz steps in bfloat16. ValueError for 100 steps or more,
    or no matrix."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if x.ndim != 2:
        raise ValueError("Input tensor gradient must be a 2D matrix")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values.")
    a, b, c = coefficients
    tall = x.size(0) > x.size(1)
    x = (x.bfloat16().T if tall else x.bfloat16()).clone()
    x.div_(x.norm().clamp(min=eps))
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


class Muon(TensorwiseOptimizer):
    """Momentum orthogonalized by Newton-Schulz, for matrices only. ValueError for other parameters and settings out of
    range."""

    _FLAGS = {}

    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True,
                 ns_coefficients=(3.4445, -4.7750, 2.0315), eps=1e-7, ns_steps=5, adjust_lr_fn=None):
        check_lr(lr)
        for name, value in (("Learning rate", lr), ("momentum", momentum), ("weight decay", weight_decay)):
            if not 0.0 <= value:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params,
                         dict(lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=nesterov,
                              ns_coefficients=ns_coefficients, eps=eps, ns_steps=ns_steps, adjust_lr_fn=adjust_lr_fn))
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError("Muon only supports 2D parameters whereas we found a parameter with size: "
                                     f"{p.size()}")

    def _begin(self, group, p):
        """Zero momentum."""
        if p.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        return {"momentum_buffer": torch.zeros_like(p.grad, memory_format=torch.preserve_format)}

    def _update_parameter(self, group, p, grad, state):
        """Decay, then the orthogonal step, scaled by the matrix's shape."""
        buffer, lr = state["momentum_buffer"], _get_value(group["lr"])
        buffer.lerp_(grad, 1 - group["momentum"])
        change = grad.lerp(buffer, group["momentum"]) if group["nesterov"] else buffer
        change = orthogonalized(change, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = p.shape[:2]
        ratio = (0.2 * math.sqrt(max(rows, columns)) if group["adjust_lr_fn"] == "match_rms_adamw"
                 else math.sqrt(max(1, rows / columns)))
        p.mul_(1 - lr * group["weight_decay"])
        p.add_(change, alpha=-(lr * ratio))
