"""Stochastic gradient descent with momentum."""
from mindtorch._ops.lists.foreach import fused as run_fused

from .adam import FusedOptimizer
from .optimizer import _get_value, check_at_least_zero, check_flags, check_lr

__all__ = ["SGD"]


class SGD(FusedOptimizer):
    """Gradient descent with momentum, Nesterov's on wish, and weight decay. ValueError for settings out of range."""

    _FLAGS = {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": None}

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False,
                 foreach=None, differentiable=False, fused=None):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, momentum__value=momentum, weight_decay__value=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params,
                         dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                              nesterov=nesterov, maximize=maximize, foreach=foreach, differentiable=differentiable,
                              fused=fused))
        check_flags(fused, foreach, differentiable)
        if fused:
            self._step_supports_amp_scaling = True

    _FOREACH_PLAIN = False

    def _begin(self, group, p):
        """Nothing: the momentum buffer comes with the first gradient."""
        return {"momentum_buffer": None}

    def _stateful(self, group):
        """Without momentum there is no state."""
        return group["momentum"] != 0

    def _launch(self, group, params, grads, states, fused):
        """One kernel for all, apart for those that take their first step."""
        numbers = (float(_get_value(group["lr"])), float(_get_value(group["weight_decay"])), float(group["momentum"]),
                   float(group["dampening"]), bool(group["nesterov"]), bool(group["maximize"]))
        if group["momentum"] == 0:
            run_fused("sgd", (params, grads, []), (*numbers, False), *self._scaling(fused), stepwise=not fused)
            return
        fresh = [s.get("momentum_buffer") is None for s in states]
        for first in (False, True):
            chosen = [i for i, f in enumerate(fresh) if f is first]
            if not chosen:
                continue
            for i in chosen if first else ():
                states[i]["momentum_buffer"] = grads[i].detach().clone()
            run_fused("sgd", ([params[i] for i in chosen], [grads[i] for i in chosen],
                              [states[i]["momentum_buffer"] for i in chosen]), (*numbers, first), *self._scaling(fused),
                              stepwise=not fused)

    def _check_sparse(self, group):
        """RuntimeError for the fused step; the others take sparse gradients, and their momentum is sparse then."""
        if group["fused"]:
            raise RuntimeError("`_fused_sgd` does not support sparse gradients")

    def _update_complex(self, group, p, grad, state):
        """SGD is linear: complex numbers need no other treatment."""
        self._update_parameter(group, p, grad, state)

    def _update_parameter(self, group, p, grad, state):
        """The same step in tensor operations."""
        momentum, decay = group["momentum"], group["weight_decay"]
        if decay != 0:
            grad = grad.add(p, alpha=decay) if not hasattr(decay, "requires_grad") else grad + p * decay
        if momentum != 0:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.detach().clone()
            else:
                buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        lr = group["lr"]
        if getattr(lr, "requires_grad", False):
            p.sub_(grad * lr)
        else:
            p.add_(grad, alpha=-_get_value(lr))
