"""torch.functional: functions of torch that PyTorch writes in Python."""
from mindtorch._ops.table.registry import FUNCTIONS as _FUNCTIONS

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "broadcast_shapes", "broadcast_tensors", "cartesian_prod",
           "block_diag", "cdist", "chain_matmul", "einsum", "istft", "lu",
    "norm", "meshgrid",
           "pca_lowrank", "split", "stft", "svd_lowrank", "tensordot", "unique", "unique_consecutive", "unravel_index"]
globals().update({n: _FUNCTIONS[n] for n in __all__ if n in _FUNCTIONS})


def __getattr__(name):
    import mindtorch

    if name in __all__:
        return getattr(mindtorch, name)
    raise AttributeError(f"module 'torch.functional' has no attribute '{name}'")
