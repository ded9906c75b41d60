"""torch.cpu.amp: torch.amp for device type cpu."""
from mindtorch._core import dtypes
from mindtorch.amp.of_device import fill

fill(__name__, "cpu", dtypes.bfloat16, custom=False)

__all__ = ["autocast", "GradScaler"]
