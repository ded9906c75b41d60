"""torch.distributed: processes that compute together.

CPU tensors go through the project's own transport (transport.py), npu tensors through MindSpore's communication over
HCCL (hccl.py). What is not there yet is listed in absent.py and says so when it is used."""
import enum as _enum

from mindtorch import _absent as _absent_names

from .collectives import (  # noqa: F401
    _all_gather_base, _reduce_scatter_base, all_gather, all_gather_coalesced, all_gather_into_tensor,
    all_gather_single, all_reduce, all_reduce_coalesced, all_to_all, all_to_all_single, barrier, broadcast, gather,
    monitored_barrier, reduce, reduce_scatter, reduce_scatter_single, reduce_scatter_tensor, scatter)
from .debug import (  # noqa: F401
    DebugLevel, breakpoint, get_debug_level, record_comm, set_debug_level, set_debug_level_from_env)
from .device_mesh import DeviceMesh, init_device_mesh  # noqa: F401
from .errors import (  # noqa: F401
    DistBackendError, DistError, DistNetworkError, DistStoreError, QueueEmptyError)
from .groups import (  # noqa: F401
    Backend, BackendConfig, GroupMember, GroupName, ProcessGroup, _get_process_group_name, _group, _rank_not_in_group,
    default_pg_timeout, destroy_process_group, get_backend, get_backend_config, get_default_backend_for_device,
    get_global_rank, get_group_rank, get_node_local_rank, get_pg_count, get_process_group_ranks, get_rank,
    get_world_size, group, init_process_group, is_available, is_backend_available, is_gloo_available, is_initialized,
    is_mpi_available, is_nccl_available, is_torchelastic_launched, is_ucc_available, is_xccl_available, new_group,
    new_subgroups, new_subgroups_by_enumeration, split_group)
from .messages import P2POp, _coalescing_manager, batch_isend_irecv, irecv, isend, recv, send  # noqa: F401
from .objects import (  # noqa: F401
    all_gather_object, broadcast_object_list, gather_object, recv_object_list, scatter_object_list, send_object_list)
from .reducer import GradBucket, Reducer  # noqa: F401
from .reduce_op import ReduceOp, reduce_op, supports_complex  # noqa: F401
from .rendezvous import register_rendezvous_handler, rendezvous  # noqa: F401
from .store import FileStore, HashStore, PrefixStore, Store  # noqa: F401
from .tcp_store import TCPStore  # noqa: F401
from .work import Work  # noqa: F401
from . import absent as _absent, distributed_c10d  # noqa: F401

shrink_group = _absent_names.function("torch.distributed.shrink_group", _absent.REASON)
BuiltinCommHookType = _enum.Enum("BuiltinCommHookType", {"ALLREDUCE": 0, "FP16_COMPRESS": 1}, module=__name__)
_absent.install()


def __getattr__(name):
    """Submodules that are made when they are asked for."""
    if name in ("tensor", "_tensor", "fsdp", "_composable", "checkpoint", "optim", "pipelining"):
        import importlib

        return importlib.import_module(f"mindtorch.distributed.{name}")
    raise AttributeError(f"module 'torch.distributed' has no attribute '{name}'")
