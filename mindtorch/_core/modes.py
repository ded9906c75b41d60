"""Switches of the calling thread that the core itself needs."""
import mindtorch._C as _C


class no_grad:
    """The bare switch that the core uses; torch.no_grad is in autograd."""

    __slots__ = ("mode",)

    def __enter__(self):
        self.mode = _C.is_grad_enabled()
        _C.set_grad_enabled(False)

    def __exit__(self, *exc):
        _C.set_grad_enabled(self.mode)
