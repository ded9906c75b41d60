"""Submodules of torch.distributed whose features are not there: names for imports and isinstance."""
import datetime
import enum

from mindtorch import _absent

from . import algorithms  # noqa: F401  (some of its submodules are not there)

REASON = "sharded models are not there yet"


class CheckpointImpl(enum.Enum):
    """Kind of activation checkpointing."""

    REENTRANT = 1
    NO_REENTRANT = 2


def _classes(*names):
    return dict.fromkeys(names, "c")


def _functions(*names):
    return dict.fromkeys(names, "f")


def install(reason=REASON):
    """Make the submodules."""

    _absent.install("torch.distributed", {
        "algorithms.model_averaging.averagers": _classes("PeriodicModelAverager"),
        "algorithms._checkpoint.checkpoint_wrapper": _functions("checkpoint_wrapper", "apply_activation_checkpointing",
                                                                "offload_wrapper") | {"CheckpointImpl": CheckpointImpl,
            "CheckpointWrapper": "c"},
        "rpc": {"is_available": lambda: False}, "utils": {},
        "constants": {"default_pg_timeout": datetime.timedelta(minutes=30), "default_pg_nccl_timeout": None},
    }, reason)
