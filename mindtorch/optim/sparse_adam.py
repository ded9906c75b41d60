"""Adam for sparse gradients."""
from .optimizer import Optimizer, _get_value, check_betas, check_lr, evaluated, with_values, zeros_like

import mindtorch as torch

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Adam that moves only the elements that the gradient (sparse, of a dense parameter) has. ValueError for settings
    out of range and parameters of another kind."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
        check_lr(lr)
        for name, value in (("learning rate", lr), ("epsilon value", eps)):
            if not 0.0 < value:
                raise ValueError(f"Invalid {name}: {value}")
        check_betas(betas)
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, maximize=maximize))
        members = [((i, j), p) for i, group in enumerate(self.param_groups) for j, p in enumerate(group["params"])]
        for kind, test, trouble in (
            ("Sparse", lambda p: p.is_sparse, "requires dense parameter tensors"),
            ("Complex", lambda p: p.is_complex(), "does not support complex parameters"),
        ):
            found = [list(place) for place, p in members if test(p)]
            if found:
                raise ValueError(f"{kind} params at indices {found}: SparseAdam {trouble}")

    @torch.no_grad()
    def step(self, closure=None):
        """One update of all parameters that have gradients; returns closure's loss. RuntimeError for dense
        gradients."""
        loss = evaluated(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if not p.grad.is_sparse:
                    raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
                state = self.state[p]
                if not state:
                    state.update(step=0, exp_avg=zeros_like(p), exp_avg_sq=zeros_like(p))
                state["step"] += 1
                self._update(group, p, p.grad.coalesce(), state)
        return loss

    def _update(self, group, p, grad, state):
        (beta1, beta2), values = group["betas"], grad.values()
        if values.numel() == 0:
            return
        if group["maximize"]:
            values = -values
        moments = []
        for name, beta, target in (("exp_avg", beta1, values), ("exp_avg_sq", beta2, values.square())):
            old = state[name].sparse_mask(grad).values()
            change = (target - old).mul_(1 - beta)
            state[name].add_(with_values(grad, change))
            moments.append(change.add_(old))
        size = _get_value(group["lr"]) * (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
        p.add_(with_values(grad, -size * moments[0].div_(moments[1].sqrt_().add_(group["eps"]))))
