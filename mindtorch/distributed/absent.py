"""Submodules of torch.distributed whose features are not there: names for imports and isinstance."""
import datetime
import enum

from mindtorch import _absent

from . import algorithms  # noqa: F401  (some of its submodules are not there)
from .fsdp_options import BackwardPrefetch, CheckpointImpl, OptimStateKeyType, ShardingStrategy, StateDictType

REASON = "sharded models are not there yet"


class SplitPoint(enum.Enum):
    """Where a pipeline is cut."""

    BEGINNING = 1
    END = 2


def _classes(*names):
    return dict.fromkeys(names, "c")


def _functions(*names):
    return dict.fromkeys(names, "f")


def install(reason=REASON):
    """Make the submodules."""

    module_class = lambda name, **members: _absent.klass(name, reason, (), **members)
    fsdp_class = module_class("torch.distributed.fsdp.FullyShardedDataParallel", **{
        n: staticmethod(_absent.function("torch.distributed.fsdp.FullyShardedDataParallel." + n, reason))
        for n in ("summon_full_params", "state_dict_type", "set_state_dict_type", "optim_state_dict",
                  "optim_state_dict_to_load", "fsdp_modules", "clip_grad_norm_",
            "full_optim_state_dict",
                  "scatter_full_optim_state_dict", "get_state_dict_type")})
    configs = _classes("FullStateDictConfig", "FullOptimStateDictConfig", "ShardedStateDictConfig",
                       "ShardedOptimStateDictConfig", "LocalStateDictConfig",
        "LocalOptimStateDictConfig",
                       "OptimStateDictConfig", "StateDictConfig", "StateDictSettings", "CPUOffload", "MixedPrecision")
    enums = {"StateDictType": StateDictType, "OptimStateKeyType": OptimStateKeyType,
             "ShardingStrategy": ShardingStrategy, "BackwardPrefetch": BackwardPrefetch}
    state_dict = _classes("StateDictOptions") | _functions("get_model_state_dict", "get_optimizer_state_dict",
                                                           "get_state_dict", "set_model_state_dict",
        "set_optimizer_state_dict", "set_state_dict")
    wrap = _functions("transformer_auto_wrap_policy", "size_based_auto_wrap_policy", "lambda_auto_wrap_policy",
                      "_or_policy", "always_wrap_policy", "wrap",
        "enable_wrap") | _classes(
        "ModuleWrapPolicy", "CustomPolicy")
    fsdp2 = _functions("fully_shard",
                       "register_fsdp_forward_method") | _classes("FSDPModule", "MixedPrecisionPolicy",
                                                                  "CPUOffloadPolicy", "OffloadPolicy", "UnshardHandle")
    _absent.install("torch.distributed", {
        "checkpoint._consolidate_hf_safetensors": _functions("consolidate_safetensors_files"),
        "fsdp": {"FullyShardedDataParallel": fsdp_class, **configs, **enums, **fsdp2}, "fsdp.wrap": wrap,
        "fsdp.api": {**configs, **enums},
        "fsdp.fully_sharded_data_parallel": {"FullyShardedDataParallel": fsdp_class, **configs, **enums},
        "fsdp.sharded_grad_scaler": _classes("ShardedGradScaler"),
        "fsdp._fully_shard": fsdp2, "fsdp._common_utils": _functions("_get_module_fsdp_state") | _classes("_FSDPState"),
        "fsdp._runtime_utils": _functions("_lazy_init"),
        "_composable": _functions("checkpoint", "replicate"), "_composable.fsdp": fsdp2,
        "_composable.fsdp.fully_shard": fsdp2,
        "algorithms.model_averaging.averagers": _classes("PeriodicModelAverager"),
        "algorithms._checkpoint.checkpoint_wrapper": _functions("checkpoint_wrapper", "apply_activation_checkpointing",
                                                                "offload_wrapper") | {"CheckpointImpl": CheckpointImpl,
            "CheckpointWrapper": "c"},
        "checkpoint": _functions("load", "save", "async_save", "load_state_dict", "save_state_dict")
        | _classes("FileSystemReader", "FileSystemWriter", "DefaultLoadPlanner",
            "DefaultSavePlanner"),
        "checkpoint.state_dict": state_dict,
        "checkpoint.default_planner": _classes("DefaultLoadPlanner", "DefaultSavePlanner"),
            "checkpoint.optimizer": _functions("load_sharded_optimizer_state_dict"),
        "checkpoint.filesystem": _classes("FileSystemReader", "FileSystemWriter"),
        "checkpoint.metadata": _classes("Metadata"), "checkpoint.stateful": _classes("Stateful"),
        "checkpoint.hf_storage": _classes("HuggingFaceStorageReader", "HuggingFaceStorageWriter"),
        "checkpoint.format_utils": _classes("_EmptyStateDictLoadPlanner")
        | _functions("_load_state_dict", "dcp_to_torch_save", "torch_save_to_dcp"),
        "checkpoint.state_dict_loader": _functions("_load_state_dict", "load"),
        "checkpoint.state_dict_saver": _functions("save"),
        "pipelining": _functions("pipeline", "build_stage")
        | _classes("ScheduleGPipe", "PipelineStage", "Schedule1F1B") | {"SplitPoint": SplitPoint},
        "optim": _classes("ZeroRedundancyOptimizer"), "rpc": {"is_available": lambda: False}, "utils": {},
        "constants": {"default_pg_timeout": datetime.timedelta(minutes=30), "default_pg_nccl_timeout": None},
    }, reason)
