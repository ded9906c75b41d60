"""torch.npu.amp: torch.amp for device type npu, as torch_npu has it."""
from mindtorch.amp.of_device import fill

fill(__name__, "npu", deprecated=False)

__all__ = ["autocast", "custom_bwd", "custom_fwd", "GradScaler"]
