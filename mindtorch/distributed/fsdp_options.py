"""Words of sharded data parallelism: how it shards, fetches and saves."""
import enum


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


class CheckpointImpl(enum.Enum):
    """Kind of activation checkpointing."""

    REENTRANT = 1
    NO_REENTRANT = 2
