"""torch.npu: the Ascend devices, or emulated ones (MINDTORCH_EMULATE_NPU)."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("npu"))
reset_peak_memory_stats = _accelerators.reset_peak
