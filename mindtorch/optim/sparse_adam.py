"""SparseAdam."""
from .optimizer import TensorwiseOptimizer, check_lr

__all__ = ["SparseAdam"]


class SparseAdam(TensorwiseOptimizer):
    """Adam for sparse gradients. There are no sparse tensors here, so its steps raise. ValueError for settings out of range."""

    FLAGS = {"maximize": False}

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
        check_lr(lr)
        for name, value in (("learning rate", lr), ("epsilon value", eps)):
            if not 0.0 < value:
                raise ValueError(f"Invalid {name}: {value}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, maximize=maximize))

    def step(self, closure=None):
        """RuntimeError for dense gradients, NotImplementedError for sparse ones."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if not p.grad.is_sparse:
                        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
                    raise NotImplementedError("SparseAdam.step: sparse gradients are not supported")
        return None if closure is None else closure()
