"""torch.cuda.amp: torch.amp for device type cuda."""
from mindtorch.amp.of_device import fill

from . import common  # noqa: F401
from .common import amp_definitely_not_available

fill(__name__, "cuda")

__all__ = ["amp_definitely_not_available", "autocast", "custom_bwd", "custom_fwd", "GradScaler"]
