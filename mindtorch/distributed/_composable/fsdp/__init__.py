"""The first name of torch.distributed.fsdp's fully_shard."""
from ...fsdp._fully_shard import *  # noqa: F403
from ...fsdp._fully_shard import __all__  # noqa: F401
