"""fully_shard (FSDP2)."""
from ._module import FSDPModule, UnshardHandle, fully_shard, register_fsdp_forward_method
from ._policies import CPUOffloadPolicy, MixedPrecisionPolicy, OffloadPolicy

__all__ = ["FSDPModule", "UnshardHandle", "fully_shard", "register_fsdp_forward_method", "CPUOffloadPolicy",
           "MixedPrecisionPolicy", "OffloadPolicy"]
