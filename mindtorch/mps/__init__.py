"""torch.mps: Apple GPUs: none here."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("mps"))
current_allocated_memory = driver_allocated_memory = recommended_max_memory = globals()["memory_allocated"]
