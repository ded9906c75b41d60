"""What programs look up of FSDP's inside."""
from ._fully_shard._module import State as _FSDPState, _get_module_fsdp_state  # noqa: F401
