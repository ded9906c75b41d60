"""Adam and AdamW: one fused kernel over all parameters of a group; tensor by tensor where a step must be
differentiable."""
import mindtorch as torch
from mindtorch._ops.lists.foreach import fused as run_fused

from .optimizer import (RealState, TensorwiseOptimizer, _get_value, _use_grad_for_differentiable, check_at_least_zero,
                        check_betas, check_flags, check_foreach, check_fused, check_lr, evaluated,
                        zero_step, zeros_like)

__all__ = ["Adam", "AdamW"]


class FusedOptimizer(TensorwiseOptimizer):
    """An optimizer with a kernel for whole groups: `ready(group, p)` tells whether p can go there, `_launch` runs it.

    fused=True rounds halves once a step, as fused kernels do; otherwise every operation rounds, as a chain of them
    does."""

    _FLAGS = {**TensorwiseOptimizer._FLAGS, "fused": None}
    _FOREACH_PLAIN = True  # whether foreach excludes differentiable

    def _launch(self, group, params, grads, states, fused):
        """Run the kernel over lists."""
        raise NotImplementedError

    def _stateful(self, group):
        """Whether parameters of a group have state at all."""
        return True

    def _fused_first(self, group):
        if group.get("fused"):
            check_fused(group["params"])

    @_use_grad_for_differentiable
    def step(self, closure=None):
        """One update of all parameters that have gradients; returns closure's loss."""
        loss = evaluated(closure)
        for group in self.param_groups:
            self._fused_first(group)
            fused, slow = bool(group.get("fused")), group.get("differentiable") or group.get("capturable")
            kinds, stateful = {}, self._stateful(group)
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                sparse = grad.is_sparse
                if sparse:
                    self._check_sparse(group)
                state = self.state[p] if stateful else {}
                if stateful and not state:
                    state.update(self._begin(group, p))
                if sparse:
                    self._update_sparse(group, p, -grad if group["maximize"] else grad, state)
                    continue
                if p.dtype.is_floating_point and grad.dtype is p.dtype and not slow and p.shape == grad.shape:
                    params, grads, states = kinds.setdefault(p.dtype, ([], [], []))
                    params.append(p)
                    grads.append(grad)
                    states.append(state)
                    continue
                if group.get("capturable") and p.device.type in ("cpu", "meta"):
                    raise AssertionError("If capturable=True, params and state_steps must be on supported devices: "
                                         "['cuda', 'xpu', 'hpu', 'privateuseone', 'xla'].")
                if self._FOREACH_PLAIN:
                    check_foreach(group)
                if group["maximize"]:
                    grad = -grad
                if p.is_complex():
                    self._update_complex(group, p, grad, state)
                else:
                    self._update_parameter(group, p, grad, state)
            for params, grads, states in kinds.values():
                self._launch(group, params, grads, states, fused)
        return loss

    def _check_sparse(self, group):
        """RuntimeError: most optimizers take no sparse gradients."""
        raise RuntimeError(self._SPARSE_MESSAGE.format(type(self).__name__))

    def _update_sparse(self, group, p, grad, state):
        """The update with a sparse gradient."""
        self._update_parameter(group, p, grad, state)

    def _update_complex(self, group, p, grad, state):
        """The update on pairs of real numbers."""
        self._update_parameter(group, torch.view_as_real(p), torch.view_as_real(grad), RealState(state))

    def _scaling(self, fused):
        """(grad_scale, found_inf) that a gradient scaler left here for fused steps."""
        return (getattr(self, "grad_scale", None), getattr(self, "found_inf", None)) if fused else (None, None)


class Adam(FusedOptimizer):
    """Adam (Kingma, Ba 2014), with AMSGrad on wish; decoupled_weight_decay makes it AdamW. ValueError for settings out
    of range."""

    _FLAGS = {**FusedOptimizer._FLAGS, "amsgrad": False, "decoupled_weight_decay": False}
    _SPARSE_MESSAGE = "Adam does not support sparse gradients, please consider SparseAdam instead"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False, fused=None,
                 decoupled_weight_decay=False):
        check_lr(lr, foreach, capturable)
        check_at_least_zero(learning__rate=lr, epsilon__value=eps)
        check_betas(betas)
        check_at_least_zero(weight_decay__value=weight_decay)
        if isinstance(betas[0], torch.Tensor) != isinstance(betas[1], torch.Tensor):
            raise ValueError("betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            if isinstance(beta, torch.Tensor):
                if not capturable and foreach:
                    raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
                if beta.numel() != 1:
                    raise ValueError(f"Tensor betas[{i}] must be 1-element")
        super().__init__(params,
                         dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                              maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
                              fused=fused, decoupled_weight_decay=decoupled_weight_decay))
        check_flags(fused, foreach, differentiable)
        if fused:
            self._step_supports_amp_scaling = True

    def _begin(self, group, p):
        """Step 0 and zero moments."""
        state = {"step": zero_step(group), "exp_avg": zeros_like(p), "exp_avg_sq": zeros_like(p)}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(p)
        return state

    def _launch(self, group, params, grads, states, fused):
        """One kernel for the whole list."""
        beta1, beta2 = group["betas"]
        run_fused("adam", (params, grads, [s["exp_avg"] for s in states], [s["exp_avg_sq"] for s in states],
                           [s["max_exp_avg_sq"] for s in states] if group["amsgrad"] else [],
                           [s["step"] for s in states]),
                  (float(_get_value(group["lr"])), float(beta1), float(beta2), float(group["weight_decay"]),
                   float(group["eps"]), bool(group["maximize"]), bool(group["decoupled_weight_decay"]),
                   True), *self._scaling(fused), stepwise=not fused)

    def _update_parameter(self, group, p, grad, state):
        """The same step in tensor operations."""
        (beta1,
         beta2), lr, decay, differentiable = group["betas"], group["lr"], group["weight_decay"], group["differentiable"]
        state["step"] += 1
        step = state["step"] if differentiable else state["step"].item()
        if decay != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * decay)
            else:
                grad = grad.add(p, alpha=decay)
        first, second = state["exp_avg"], state["exp_avg_sq"]
        first.lerp_(grad, 1 - (beta1.to(first.dtype) if isinstance(beta1, torch.Tensor) else beta1))
        if differentiable and isinstance(beta2, torch.Tensor):
            second.mul_(beta2).add_(grad * grad * (1 - beta2))
        else:
            second.mul_(beta2).addcmul_(grad, grad, value=float(1 - beta2))
        size, root = lr / (1 - beta1**step), (1 - beta2**step) ** 0.5
        if group["amsgrad"]:
            top = state["max_exp_avg_sq"].clone() if differentiable else state["max_exp_avg_sq"]
            state["max_exp_avg_sq"].copy_(torch.maximum(top, second))
            second = state["max_exp_avg_sq"]
        denominator = second.sqrt() / root + group["eps"]
        first = first.clone() if differentiable else first  # what the graph keeps must not be the state, which changes
        if isinstance(size, torch.Tensor):
            p.sub_(size * first
                   / denominator) if size.requires_grad else p.addcdiv_(first, denominator, value=-size.item())
        else:
            p.addcdiv_(first, denominator, value=-size)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov, Hutter 2017). ValueError for settings out of
    range."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *,
                 maximize=False, foreach=None, capturable=False, differentiable=False, fused=None):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
                         capturable=capturable, differentiable=differentiable, fused=fused,
                         decoupled_weight_decay=True)

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
