"""torch.npu.memory: the memory functions of torch.npu."""
from mindtorch.npu import (  # noqa: F401
    OutOfMemoryError, empty_cache, max_memory_allocated, max_memory_reserved, mem_get_info, memory_allocated,
    memory_reserved, memory_stats, memory_summary, reset_max_memory_allocated,
    reset_peak_memory_stats,
)
