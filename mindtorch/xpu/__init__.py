"""torch.xpu: Intel GPUs: none here."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("xpu"))
reset_peak_memory_stats = _accelerators.reset_peak
