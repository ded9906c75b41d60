"""Less used functions of torch.distributed for a group of one rank."""
import contextlib
import enum
import os

import mindtorch.distributed as dist
from mindtorch import _absent


class DistError(RuntimeError):
    """Something failed in torch.distributed."""

    __module__ = "torch.distributed"


class DistBackendError(DistError):
    """A backend failed."""

    __module__ = "torch.distributed"


class DistNetworkError(DistError):
    """The network failed."""

    __module__ = "torch.distributed"


class DistStoreError(DistError):
    """A store failed."""

    __module__ = "torch.distributed"


class QueueEmptyError(DistStoreError):
    """A store's queue is empty."""

    __module__ = "torch.distributed"


class DebugLevel(enum.Enum):
    """How much is checked and logged."""

    OFF = 0
    INFO = 1
    DETAIL = 2


_level = [DebugLevel.OFF]
GroupName = str


def get_debug_level():
    """What set_debug_level said."""
    return _level[0]


def set_debug_level(level):
    """Set the level of checks."""
    if not isinstance(level, DebugLevel):
        raise TypeError(f"set_debug_level: expected a DebugLevel, got {type(level).__name__}")
    _level[0] = level


def set_debug_level_from_env():
    """Set the level that TORCH_DISTRIBUTED_DEBUG names; RuntimeError for other words."""
    name = os.environ.get("TORCH_DISTRIBUTED_DEBUG", "OFF").upper() or "OFF"
    if name not in DebugLevel.__members__:
        raise RuntimeError(f"The value of TORCH_DISTRIBUTED_DEBUG must be OFF, INFO, or DETAIL, got {name}.")
    _level[0] = DebugLevel[name]


_DEFAULT = {"cpu": "gloo", "cuda": "nccl", "npu": "hccl", "xpu": "xccl", "mps": "gloo"}


def get_default_backend_for_device(device):
    """Name of the backend that a device type uses."""
    from mindtorch._core import devices

    kind = devices.device(device).type
    if kind not in _DEFAULT:
        raise ValueError(f"Default backend not registered for device : {device}")
    return _DEFAULT[kind]


class BackendConfig:
    """{device type: backend} from 'gloo' or 'cpu:gloo,npu:hccl'."""

    def __init__(self, backend):
        pairs = [part.split(":")
                 for part in str(backend).lower().split(",")] if ":" in str(
                     backend) else [[d, str(backend).lower()] for d in _DEFAULT]
        if any(len(p) != 2 for p in pairs) or len({p[0] for p in pairs}) != len(pairs):
            raise ValueError(f"Invalid device:backend pairing: {backend}")
        self.device_backend_map = {d: dist.Backend(b) for d, b in pairs}

    def get_device_backend_map(self):
        """The dict."""
        return self.device_backend_map

    def __repr__(self):
        return ",".join(f"{d}:{b}" for d, b in self.device_backend_map.items())


def get_backend_config(group=None):
    """'cpu:gloo,...' of a group."""
    return str(BackendConfig(dist._group(group).name()))


def get_pg_count():
    """Number of groups: the default one, when there is one."""
    return int(dist.is_initialized())


def all_gather_single(output_tensor, input_tensor, group=None, async_op=False):
    """Gather from all ranks into one tensor."""
    return dist.all_gather_into_tensor(output_tensor, input_tensor, group, async_op)


def reduce_scatter_single(output, input, op=dist.ReduceOp.SUM, group=None, async_op=False):
    """Reduce, then scatter one tensor."""
    return dist.reduce_scatter_tensor(output, input, op, group, async_op)


def all_reduce_coalesced(tensors, op=dist.ReduceOp.SUM, group=None, async_op=False):
    """Reduce several tensors: with one rank they stay."""
    dist._group(group)
    return dist._done(async_op)


def all_gather_coalesced(output_tensor_lists, input_tensor_list, group=None, async_op=False):
    """Gather several tensors: the list of the one rank takes copies."""
    dist._group(group)
    dist._copy_to(output_tensor_lists[0], input_tensor_list)
    return dist._done(async_op)


def new_subgroups_by_enumeration(ranks_per_subgroup_list, timeout=None, backend=None, pg_options=None, group_desc=None):
    """(this rank's group, all groups) for lists of ranks; ValueError for a rank that is not there or comes twice."""
    if not ranks_per_subgroup_list:
        raise ValueError("The arg 'ranks_per_subgroup_list' cannot be empty")
    world, seen, mine, groups = dist.get_world_size(), set(), None, []
    for ranks in ranks_per_subgroup_list:
        for rank in ranks:
            if not 0 <= rank < world:
                raise ValueError(f"the group of ranks {ranks} has rank {rank}, but there are {world} ranks")
            if rank in seen:
                raise ValueError(f"Rank {rank} has appeared in both subgroups")
            seen.add(rank)
        made = dist.new_group(ranks, timeout, backend, pg_options, group_desc=group_desc)
        groups.append(made)
        mine = made if dist.get_rank() in ranks else mine
    return mine, groups


def new_subgroups(group_size=None, group=None, timeout=None, backend=None, pg_options=None, group_desc=None):
    """(this rank's group, all groups) of group_size ranks each; ValueError when they do not divide the ranks."""
    world = dist.get_world_size(group)
    size = world if group_size is None else group_size
    if size <= 0:
        raise ValueError(f"The arg 'group_size' ({size}) must be positive")
    if size > world:
        raise ValueError(f"The arg 'group_size' ({size}) must not exceed the world size ({world})")
    if world % size:
        raise ValueError(f"The world size ({world}) must be divisible by 'group_size={size}'")
    ranks = dist.get_process_group_ranks(group)
    return new_subgroups_by_enumeration([ranks[i : i + size] for i in range(0, world, size)], timeout, backend,
                                        pg_options, group_desc)


def breakpoint(rank=0, skip=0, timeout_s=3600):
    """Python's debugger on one rank."""
    if dist.get_rank() == rank:
        import pdb

        pdb.set_trace()
    dist.barrier()


@contextlib.contextmanager
def record_comm(name):
    """Marks communication under a name for the profilers that run."""
    from mindtorch.autograd.profiler import record_function

    with record_function(name):
        yield


_LATER = "process groups of more than one rank are not there yet"
send_object_list, recv_object_list, split_group, shrink_group, register_rendezvous_handler = (
    _absent.function("torch.distributed." + n, _LATER)
    for n in ("send_object_list", "recv_object_list", "split_group", "shrink_group", "register_rendezvous_handler")
)
BuiltinCommHookType = enum.Enum("BuiltinCommHookType", {"ALLREDUCE": 0, "FP16_COMPRESS": 1}, module=__name__)
NAMES = """DistError DistBackendError DistNetworkError DistStoreError QueueEmptyError DebugLevel GroupName
            get_debug_level set_debug_level set_debug_level_from_env
get_default_backend_for_device
BackendConfig get_backend_config
get_pg_count all_gather_single reduce_scatter_single all_reduce_coalesced all_gather_coalesced new_subgroups
new_subgroups_by_enumeration breakpoint record_comm
send_object_list recv_object_list split_group shrink_group register_rendezvous_handler BuiltinCommHookType""".split()
