"""Adafactor."""
import mindtorch as torch

from .optimizer import TensorwiseOptimizer, _get_scalar_dtype, _get_value, check_lr

__all__ = ["Adafactor"]


class Adafactor(TensorwiseOptimizer):
    """Adafactor (Shazeer, Stern 2018): second moments of matrices kept as a row and a column. ValueError for settings
    out of range."""

    _FLAGS = {"foreach": None}

    def __init__(self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, foreach=None,
                 maximize=False):
        check_lr(lr)
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 >= beta2_decay:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(params,
                         dict(lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay, foreach=foreach,
                              maximize=maximize))

    def _begin(self, group, p):
        """Step 0 and zero second moments."""
        if p.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        state = {"step": torch.zeros((), dtype=_get_scalar_dtype())}
        if p.grad.ndim > 1:
            rows, columns = list(p.grad.shape), list(p.grad.shape)
            rows[-1] = columns[-2] = 1
            state["row_var"], state["col_var"] = p.grad.new_zeros(rows), p.grad.new_zeros(columns)
        else:
            state["variance"] = torch.zeros_like(p.grad, memory_format=torch.preserve_format)
        return state

    def _update_parameter(self, group, p, grad, state):
        """A step relative to the parameter's own size, clipped to root mean square d."""
        state["step"] += 1
        step, lr, (eps1, eps2) = state["step"].item(), _get_value(group["lr"]), group["eps"]
        eps1 = torch.finfo(p.dtype).eps if eps1 is None else eps1
        fresh = step ** group["beta2_decay"]
        alpha = max(eps2, p.norm(2).item() / p.numel() ** 0.5) * min(lr, 1 / step**0.5)
        if group["weight_decay"] != 0:
            p.mul_(1 - lr * group["weight_decay"])
        if grad.ndim > 1:
            rows, columns = state["row_var"], state["col_var"]
            rows.lerp_(grad.norm(dim=-1, keepdim=True).square_().div_(grad.size(-1)), fresh)
            columns.lerp_(grad.norm(dim=-2, keepdim=True).square_().div_(grad.size(-2)), fresh)
            variance = (rows @ columns).div_(rows.mean(dim=-2, keepdim=True).clamp_(min=eps1))
        else:
            state["variance"].lerp_(grad.square(), fresh)
            variance = state["variance"].clone()
        change = variance.clamp_(min=eps1 * eps1).rsqrt_().mul_(grad)
        p.add_(change, alpha=-alpha / max(1.0, change.norm(2).item() / (change.numel() ** 0.5 * group["d"])))
