"""torch.mtia: MTIA devices: none here."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("mtia"))
reset_peak_memory_stats = _accelerators.reset_peak
