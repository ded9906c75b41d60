"""torch.mps: Apple GPUs: none here."""
from mindtorch._devices import absent as _absent_device

globals().update(_absent_device.NAMES)
current_allocated_memory = driver_allocated_memory = recommended_max_memory = globals()["memory_allocated"]
