"""What fully_shard is told about precision and memory."""
import dataclasses

import mindtorch as torch


@dataclasses.dataclass(frozen=True)
class MixedPrecisionPolicy:
    """dtypes of a module's computation: of its parameters in forward and backward (param_dtype), of the reduction of
    its gradients (reduce_dtype), of its outputs; floating-point inputs are cast to param_dtype if cast_forward_inputs.
    The sharded parameters and the optimizer keep their own. None: as it is."""

    param_dtype: torch.dtype | None = None
    reduce_dtype: torch.dtype | None = None
    output_dtype: torch.dtype | None = None
    cast_forward_inputs: bool = True


@dataclasses.dataclass
class OffloadPolicy:
    """Parameters stay on the device."""


@dataclasses.dataclass
class CPUOffloadPolicy(OffloadPolicy):
    """Sharded parameters, their gradients and so the optimizer's state are on the CPU; parameters come to the device
    for the computation."""

    pin_memory: bool = True


for _kind in (MixedPrecisionPolicy, OffloadPolicy, CPUOffloadPolicy):
    _kind.__module__ = "torch.distributed.fsdp"
