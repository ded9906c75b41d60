"""A name of a gradient scaler of FSDP's own, which is not there."""
from mindtorch import _absent

ShardedGradScaler = _absent.klass("torch.distributed.fsdp.sharded_grad_scaler.ShardedGradScaler",
                                  "bfloat16 needs no scaling")
