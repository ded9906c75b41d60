"""torch.distributed._composable: fully_shard under its first name. checkpoint and replicate are not there."""
from mindtorch import _absent

checkpoint = _absent.function("torch.distributed._composable.checkpoint", "torch.utils.checkpoint is there")
replicate = _absent.function("torch.distributed._composable.replicate", "DistributedDataParallel is there")
