"""RMSprop."""
from .optimizer import TensorwiseOptimizer, _get_value, advanced, check_at_least_zero, check_lr, zero_step, zeros_like

__all__ = ["RMSprop"]


class RMSprop(TensorwiseOptimizer):
    """RMSprop (Hinton), centered on wish, with momentum. ValueError for settings out of range."""

    _FLAGS = {**TensorwiseOptimizer._FLAGS, "momentum": 0, "centered": False}

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False,
                 capturable=False, foreach=None, maximize=False, differentiable=False):
        check_lr(lr)
        check_at_least_zero(learning__rate=lr, epsilon__value=eps, momentum__value=momentum,
                            weight_decay__value=weight_decay, alpha__value=alpha)
        super().__init__(params,
                         dict(lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered,
                              weight_decay=weight_decay, capturable=capturable, foreach=foreach, maximize=maximize,
                              differentiable=differentiable))

    def _begin(self, group, p):
        """Step 0 and zero averages."""
        state = {"step": zero_step(), "square_avg": zeros_like(p)}
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_like(p)
        if group["centered"]:
            state["grad_avg"] = zeros_like(p)
        return state

    def _update_parameter(self, group, p, grad, state):
        """p -= lr * grad / (root mean square + eps), through the momentum buffer if there is one."""
        advanced(state)
        alpha, lr = group["alpha"], _get_value(group["lr"])
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        square = state["square_avg"]
        square.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            average = state["grad_avg"]
            average.lerp_(grad, 1 - alpha)
            root = square.addcmul(average, average, value=-1).sqrt_()
        else:
            root = square.sqrt()
        root = root.add(group["eps"]) if group["differentiable"] else root.add_(group["eps"])
        if group["momentum"] > 0:
            buffer = state["momentum_buffer"]
            buffer.mul_(group["momentum"]).addcdiv_(grad, root)
            p.add_(buffer, alpha=-lr)
        else:
            p.addcdiv_(grad, root, value=-lr)
