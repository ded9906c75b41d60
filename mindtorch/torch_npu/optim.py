"""torch_npu.optim: the optimizers whose steps are one launch a tensor, which torch's are here."""
import functools

from mindtorch import optim as _optim

NpuFusedAdamW = functools.partial(_optim.AdamW, fused=True)
NpuFusedAdam = functools.partial(_optim.Adam, fused=True)
