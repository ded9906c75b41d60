"""Words of sharded data parallelism: how it shards, fetches and saves."""
import dataclasses
import enum
import typing

import mindtorch as torch


class StateDictType(enum.Enum):
    """How FSDP lays out a state_dict."""

    FULL_STATE_DICT = 1
    LOCAL_STATE_DICT = 2
    SHARDED_STATE_DICT = 3


class OptimStateKeyType(enum.Enum):
    """What the entries of an optimiser's state are known by."""

    PARAM_NAME = 1
    PARAM_ID = 2


class ShardingStrategy(enum.Enum):
    """What FSDP shards."""

    FULL_SHARD = 1
    SHARD_GRAD_OP = 2
    NO_SHARD = 3
    HYBRID_SHARD = 4
    _HYBRID_SHARD_ZERO2 = 5


class BackwardPrefetch(enum.Enum):
    """When FSDP fetches parameters in backward."""

    BACKWARD_PRE = 1
    BACKWARD_POST = 2


@dataclasses.dataclass
class MixedPrecision:
    """dtypes of FSDP's computation: of parameters, of the reduction of gradients, of buffers. Floating-point inputs of
    the root, or of every FSDP module, are cast to that of the parameters."""

    param_dtype: torch.dtype | None = None
    reduce_dtype: torch.dtype | None = None
    buffer_dtype: torch.dtype | None = None
    keep_low_precision_grads: bool = False
    cast_forward_inputs: bool = False
    cast_root_forward_inputs: bool = True
    _module_classes_to_ignore: typing.Sequence[type] = ()


@dataclasses.dataclass
class CPUOffload:
    """Whether shards are on the CPU while they are not needed."""

    offload_params: bool = False


@dataclasses.dataclass
class StateDictConfig:
    """Of a state_dict: whether its tensors are on the CPU."""

    offload_to_cpu: bool = False


@dataclasses.dataclass
class FullStateDictConfig(StateDictConfig):
    """Of a state_dict of whole tensors: whether only the first rank has it."""

    rank0_only: bool = False


@dataclasses.dataclass
class LocalStateDictConfig(StateDictConfig):
    """Of a state_dict of flat parameters."""


@dataclasses.dataclass
class ShardedStateDictConfig(StateDictConfig):
    """Of a state_dict of DTensors."""

    _use_dtensor: bool = False


@dataclasses.dataclass
class OptimStateDictConfig:
    """Of an optimizer's state_dict: whether its tensors are on the CPU."""

    offload_to_cpu: bool = True


@dataclasses.dataclass
class FullOptimStateDictConfig(OptimStateDictConfig):
    """Of an optimizer's state_dict of whole tensors: whether only the first rank has it."""

    rank0_only: bool = False


@dataclasses.dataclass
class LocalOptimStateDictConfig(OptimStateDictConfig):
    """Of an optimizer's state_dict of flat parameters."""

    offload_to_cpu: bool = False


@dataclasses.dataclass
class ShardedOptimStateDictConfig(OptimStateDictConfig):
    """Of an optimizer's state_dict of DTensors."""

    _use_dtensor: bool = False


@dataclasses.dataclass
class StateDictSettings:
    """What state_dict() gives."""

    state_dict_type: StateDictType
    state_dict_config: StateDictConfig
    optim_state_dict_config: OptimStateDictConfig


for _kind in [*vars().values()]:
    if isinstance(_kind, type) and _kind.__module__ == __name__:
        _kind.__module__ = "torch.distributed.fsdp.api"
