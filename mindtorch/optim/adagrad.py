"""Adagrad."""
import mindtorch as torch
from mindtorch._ops.lists.foreach import fused as run_fused

from .adam import FusedOptimizer
from .optimizer import with_values, _get_value, check_at_least_zero, check_flags, check_lr, zero_step

__all__ = ["Adagrad"]


class Adagrad(FusedOptimizer):
    """Adagrad (Duchi and others 2011). Its sums start at initial_accumulator_value when it is made. ValueError for
    settings out of range."""

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10,
                 foreach=None, *, maximize=False, differentiable=False, fused=None):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, lr_decay__value=lr_decay, weight_decay__value=weight_decay,
                            initial_accumulator_value__value=initial_accumulator_value, epsilon__value=eps)
        super().__init__(params,
                         dict(lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
                              initial_accumulator_value=initial_accumulator_value, foreach=foreach, maximize=maximize,
                              differentiable=differentiable, fused=fused))
        check_flags(fused, foreach, differentiable)
        if fused:
            self._step_supports_amp_scaling = True
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p].update(self._begin(group, p))

    _FLAGS = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def _begin(self, group, p):
        """Step 0 and the initial sum."""
        value = group["initial_accumulator_value"]
        return {"step": zero_step(group),
                "sum": torch.full_like(p, complex(value, value) if p.is_complex() else value,
                                       memory_format=torch.preserve_format, requires_grad=False)}

    def share_memory(self):
        """Move the sums to shared memory."""
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["sum"].share_memory_()

    def _launch(self, group, params, grads, states, fused):
        """One kernel for the whole list."""
        run_fused("adagrad", (params, grads, [s["sum"] for s in states], [s["step"] for s in states]),
                  (float(_get_value(group["lr"])), float(group["lr_decay"]), float(group["weight_decay"]),
                   float(group["eps"]), bool(group["maximize"]), True), *self._scaling(fused),
                  stepwise=not fused)

    def _check_sparse(self, group):
        """RuntimeError for settings that sparse gradients exclude."""
        if group["fused"]:
            raise RuntimeError("`fused` does not support sparse grad or complex param")
        if group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")

    def _update_sparse(self, group, p, grad, state):
        """The step for the rows that the gradient has."""
        state["step"] += 1
        rate = _get_value(group["lr"]) / (1 + (_get_value(state["step"]) - 1) * group["lr_decay"])
        grad = grad.coalesce()
        state["sum"].add_(grad.pow(2))
        root = state["sum"].sparse_mask(grad).values().sqrt() + group["eps"]
        p.add_(with_values(grad, grad.values() / root), alpha=-rate)

    def _update_parameter(self, group, p, grad, state):
        """The same step in tensor operations."""
        state["step"] += 1
        step = state["step"] if group["differentiable"] else state["step"].item()
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        rate = group["lr"] / (1 + (step - 1) * group["lr_decay"])
        state["sum"].addcmul_(grad, grad, value=1)
        root = state["sum"].sqrt() + group["eps"]
        if isinstance(rate, torch.Tensor):
            p.sub_(rate * grad / root) if group["differentiable"] else p.addcdiv_(grad, root, value=-rate.item())
        else:
            p.addcdiv_(grad, root, value=-rate)
