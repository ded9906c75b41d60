"""torch.fft: discrete Fourier transforms."""
from mindtorch import Tensor  # noqa: F401
from mindtorch._ops.table.registry import NAMESPACES

globals().update(NAMESPACES["fft"])
__all__ = sorted(NAMESPACES["fft"])
