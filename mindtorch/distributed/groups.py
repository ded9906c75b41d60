"""Process groups: the default one, parts of it, and what is asked of them."""
import datetime
import hashlib
import os

from mindtorch._core import devices

from .rendezvous import rendezvous
from .store import PrefixStore, seconds_of
from .transport import Transport

default_pg_timeout = datetime.timedelta(minutes=30)
default_pg_nccl_timeout = datetime.timedelta(minutes=10)
GroupName = str
# device type -> what computes there by default; nccl is another name of hccl as cuda is of npu
_DEFAULT = {"cpu": "gloo", "cuda": "nccl", "npu": "hccl", "xpu": "xccl", "mps": "gloo"}
_OF_CPU, _OF_NPU = ("gloo", "mpi"), ("nccl", "hccl")


class Backend(str):
    """Name of a communication library."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL, HCCL = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl", "hccl"
    FAKE = "fake"
    backend_list = [UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI, HCCL]
    default_device_backend_map = dict(_DEFAULT)
    backend_capability = {GLOO: ["cpu", "cuda", "npu"], NCCL: ["cuda", "npu"], HCCL: ["npu", "cuda"]}

    def __new__(cls, name):
        if not isinstance(name, str):
            raise ValueError("Backend constructor parameter must be string-ish")
        return str.__new__(cls, name.lower())


class BackendConfig:
    """{device type: backend} from 'gloo' or 'cpu:gloo,npu:hccl'."""

    def __init__(self, backend):
        text = str(backend).lower()
        if ":" in text:
            pairs = [part.split(":") for part in text.split(",")]
        elif text == Backend.UNDEFINED:
            pairs = list(_DEFAULT.items())
        else:
            kinds = ["npu", "cuda"] if text in _OF_NPU else list(_DEFAULT)
            pairs = [[d, text] for d in kinds]
        if any(len(p) != 2 for p in pairs) or len({p[0] for p in pairs}) != len(pairs):
            raise ValueError(f"Invalid device:backend pairing: {backend}")
        self.device_backend_map = {d: Backend(b) for d, b in pairs}

    def get_device_backend_map(self):
        """The dict."""
        return self.device_backend_map

    def __repr__(self):
        return ",".join(f"{d}:{b}" for d, b in self.device_backend_map.items())


def get_default_backend_for_device(device):
    """Name of the backend that a device type uses."""
    kind = devices.device(device).type
    if kind not in _DEFAULT:
        raise ValueError(f"Default backend not registered for device : {device}")
    return _DEFAULT[kind]


class group:
    """Names of default groups."""

    WORLD = None


class _Member(type):
    @property
    def WORLD(cls):
        return group.WORLD

    @WORLD.setter
    def WORLD(cls, value):
        group.WORLD = value


class GroupMember(metaclass=_Member):
    """Whether this process is in a group."""

    NON_GROUP_MEMBER = -100


class ProcessGroup:
    """Some of the processes, in an order: their ranks in the group are 0, 1, 2 ..."""

    __module__ = "torch.distributed"

    def __init__(self, ranks, rank, config, name, store, timeout, description=""):
        self.ranks, self._rank, self._config, self._name = tuple(ranks), rank, config, name
        self.store, self.timeout, self.group_desc = store, timeout, description or "undefined"
        self._transport = Transport(PrefixStore("transport", store), rank, len(ranks), seconds_of(timeout))
        self._npu = None
        kinds = config.get_device_backend_map()
        if any(b in _OF_NPU for b in kinds.values()) and has_npu() == "ascend":
            from .hccl import HcclRanks

            self._npu = HcclRanks(self, description == "default_pg")

    def engine(self, device_type):
        """(what does the work for tensors on a device type, whether they go through the host)."""
        kind = device_type if device_type in self._config.device_backend_map else None
        if kind is None and device_type == "npu" and "cuda" in self._config.device_backend_map:
            kind = "cuda"
        if kind is None:
            raise RuntimeError(f"No backend type associated with device type {device_type}")
        if device_type == "cpu":
            return self._transport, False
        if self._npu is not None and self._config.device_backend_map[kind] in _OF_NPU:
            return self._npu, False
        return self._transport, True

    def size(self):
        """Number of ranks."""
        return len(self.ranks)

    def rank(self):
        """This process's rank."""
        return self._rank

    def name(self):
        """The backend."""
        return str(get_backend(self))

    @property
    def group_name(self):
        """A name that all its processes know it by."""
        return self._name

    @property
    def bound_device_id(self):
        """The device that init_process_group was given."""
        return _world.device if self is group.WORLD else None

    def get_group_store(self):
        """The store of this group's keys."""
        return self.store

    def _set_default_timeout(self, timeout):
        self.timeout = timeout
        self._transport.seconds = seconds_of(timeout)

    def shutdown(self):
        """Let go of the other ranks."""
        self._transport.close()
        if self._npu is not None:
            self._npu.close()

    abort = shutdown

    def __repr__(self):
        return f"<torch.distributed.distributed_c10d.ProcessGroup {self._name} rank {self._rank} of {self.size()}>"

    # operations as methods, for those who hold a group
    def allreduce(self, tensors, op=None):
        """all_reduce of one tensor or a list of one."""
        from . import collectives
        from .reduce_op import ReduceOp

        tensor = tensors[0] if isinstance(tensors, (list, tuple)) else tensors
        return collectives.all_reduce(tensor, ReduceOp.SUM if op is None else op, self, True)

    def broadcast(self, tensors, root=0):
        """broadcast of one tensor or a list of one."""
        from . import collectives

        tensor = tensors[0] if isinstance(tensors, (list, tuple)) else tensors
        return collectives.broadcast(tensor, group=self, async_op=True, group_src=root)

    def barrier(self):
        """Wait for all ranks."""
        from . import collectives

        return collectives.barrier(self, True)


class _World:
    """What this process knows of groups."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.groups = {}  # name -> group, of which this process is a member
        self.count = 0  # of groups that were made, by all in the same order
        self.by_ranks = {}  # how often a set of ranks made a group among themselves
        self.store = self.device = None
        self.backend = Backend.UNDEFINED


_world = _World()


def has_npu():
    """'ascend', 'emulated' or '': what an npu is here. Without touching the device."""
    import mindtorch

    if not mindtorch.npu.is_available():
        return ""
    return "emulated" if os.environ.get("MINDTORCH_EMULATE_NPU") else "ascend"


def is_available():
    """True."""
    return True


def is_initialized():
    """Whether init_process_group was called."""
    return group.WORLD is not None


def is_torchelastic_launched():
    """Whether torchrun started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_gloo_available():
    """True: the name stands for this project's own transport between CPU processes."""
    return True


def is_nccl_available():
    """Whether there is an npu, which the name stands for."""
    return bool(has_npu())


def is_mpi_available():
    """False."""
    return False


is_ucc_available = is_xccl_available = is_mpi_available


def is_backend_available(backend):
    """Whether a backend works here."""
    name = str(backend).lower()
    return name == "gloo" or (name in _OF_NPU and is_nccl_available())


def _config_of(backend):
    names = BackendConfig(backend).device_backend_map
    for name in set(names.values()):
        if name in _OF_NPU and backend is not None and str(backend) != Backend.UNDEFINED and not has_npu():
            raise RuntimeError("ProcessGroupNCCL is only supported with GPUs, no GPUs found!" if name == "nccl" else
                               "the backend hccl needs an npu, and there is none")
        if name not in (*_OF_CPU, *_OF_NPU, "xccl"):
            raise ValueError(f"Unknown backend: {name}" if name != "ucc" else
                             "Distributed package doesn't have UCC built in")
        if name == "mpi":
            raise RuntimeError("Distributed package doesn't have MPI built in. MPI is only included if you build "
                               "PyTorch from source on a host that has MPI installed.")
    return BackendConfig(backend)


def _timeout_of(timeout, backend):
    if timeout is None:
        return default_pg_nccl_timeout if str(backend).lower() in _OF_NPU else default_pg_timeout
    if not isinstance(timeout, datetime.timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout}")
    return timeout


def init_process_group(backend=None, init_method=None, timeout=None, world_size=-1, rank=-1, store=None, group_name="",
                       pg_options=None, device_id=None):
    """Make the default group of all processes, which find each other by a URL (env:// by default) or a store."""
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    if pg_options is not None:
        raise NotImplementedError("init_process_group: pg_options")
    if store is not None and init_method is not None:
        raise AssertionError("Cannot specify both init_method and store.")
    if store is not None and (world_size <= 0 or rank < 0):
        raise AssertionError("world_size must be positive if using store" if world_size <= 0 else
                             "rank must be non-negative if using store")
    if isinstance(device_id, int):
        device_id = devices.device("npu", device_id) if has_npu() else devices.device("cpu")
    if device_id is not None and device_id.type == "cpu":
        raise ValueError("init_process_group device_id parameter must be a device with an index and not a cpu")
    if backend is None and device_id is not None:
        backend = _DEFAULT[device_id.type]
    backend = Backend.UNDEFINED if backend is None else Backend(backend)
    config, limit = _config_of(backend), _timeout_of(timeout, backend)
    if store is None:
        found = rendezvous(init_method or "env://", rank, world_size, timeout=limit)
        store, rank, world_size = next(found)
        store.set_timeout(limit)
    if not 0 <= rank < world_size:
        raise ValueError(f"rank {rank} is not one of the {world_size} ranks")
    _world.store, _world.backend, _world.device = store, backend, device_id
    # a store may serve one default group after another, of which every rank has made equally many
    number = store.add(f"init_process_group/{rank}", 1)
    prefix = PrefixStore(f"default_pg/{number}", store)
    made = ProcessGroup(range(world_size), rank, config, group_name or "0", prefix, limit, "default_pg")
    group.WORLD = _world.groups[made.group_name] = made
    _world.prefix = prefix
    _world.count = 1
    if world_size > 1:
        from . import collectives

        collectives.barrier()


def destroy_process_group(group=None):
    """Forget a group; the default one by default, and all others with it."""
    world = globals()["group"]
    if group is GroupMember.NON_GROUP_MEMBER:
        return
    made = world.WORLD if group is None else group
    if made is None:
        raise AssertionError("Process group cannot be None")
    if made.group_name not in _world.groups or _world.groups[made.group_name] is not made:
        raise ValueError("Invalid process group specified")
    if made is world.WORLD:
        for other in reversed(list(_world.groups.values())):
            other.shutdown()
        world.WORLD = None
        _world.clear()
    else:
        made.shutdown()
        del _world.groups[made.group_name]


def group_of(g=None):
    """A group, the default one for None; ValueError when there is none."""
    if g is None or g is group.WORLD:
        if group.WORLD is None:
            raise ValueError("Default process group has not been initialized, please make sure to call "
                             "init_process_group.")
        return group.WORLD
    if isinstance(g, ProcessGroup) and _world.groups.get(g.group_name) is not g:
        raise ValueError("Invalid process group specified")
    return g


_group = group_of


def _get_default_group():
    return group_of()


def _get_default_store():
    if not is_initialized():
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return _world.prefix


def _get_process_group_name(pg):
    return pg.group_name


def _resolve_process_group(group_name):
    if group_name in _world.groups:
        return _world.groups[group_name]
    raise RuntimeError(f"Could not resolve the process group registered under the name {group_name}")


def _rank_not_in_group(g):
    return g == GroupMember.NON_GROUP_MEMBER


def get_rank(group=None):
    """This process's rank in a group, -1 when it is not in it."""
    if _rank_not_in_group(group):
        return -1
    return group_of(group).rank()


def get_world_size(group=None):
    """Number of ranks, -1 for a group that this process is not in."""
    if _rank_not_in_group(group):
        return -1
    return group_of(group).size()


def get_backend(group=None):
    """Name of the backend."""
    if _rank_not_in_group(group):
        raise ValueError("Invalid process group specified")
    names = group_of(group)._config.device_backend_map
    if has_npu() and names.get("npu", names.get("cuda")) in _OF_NPU:
        return Backend(names.get("npu", names.get("cuda")))
    return Backend(names.get("cpu", "gloo"))


def get_backend_config(group=None):
    """'cpu:gloo,...' of a group."""
    return str(group_of(group)._config)


def get_pg_count():
    """Number of groups that this process is in."""
    return len(_world.groups)


def get_process_group_ranks(group=None):
    """The global ranks of a group."""
    return list(group_of(group).ranks)


def get_global_rank(group, group_rank):
    """Global rank of a group's rank."""
    ranks = group_of(group).ranks
    if not 0 <= group_rank < len(ranks):
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return ranks[group_rank]


def get_group_rank(group, global_rank):
    """A group's rank of a global rank."""
    ranks = group_of(group).ranks
    if global_rank not in ranks:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return ranks.index(global_rank)


def get_node_local_rank(fallback_rank=None):
    """LOCAL_RANK of the launcher."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow "
                           "`get_node_local_rank` to work, assuming you are not running in a multi-device context "
                           "and want the code to run locally instead.")
    return int(fallback_rank)


def new_group(ranks=None, timeout=None, backend=None, pg_options=None, use_local_synchronization=False, group_desc=None,
              device_id=None):
    """A group of some ranks of the default one: what all processes call in the same order, or with
    use_local_synchronization its members only. NON_GROUP_MEMBER for a process that is not in it."""
    world = group_of()
    if pg_options is not None:
        raise NotImplementedError("new_group: pg_options")
    ranks = list(range(world.size())) if ranks is None else sorted(ranks)
    if len(ranks) > world.size():
        raise ValueError("the new group's world size should be less or equal to the world size set by "
                         "init_process_group")
    for rank in ranks:
        if not 0 <= rank < world.size():
            raise ValueError(f"Rank {rank} is out of range. Valid ranks are 0 to {world.size() - 1} "
                             f"(world_size={world.size()})")
    if len(set(ranks)) != len(ranks):
        raise ValueError(f"ranks list must not contain duplicate entries, got {ranks}")
    if not ranks:
        raise ValueError("new_group: a group of no ranks")
    member = world.rank() in ranks
    config = world._config if backend is None else _config_of(Backend(backend))
    limit = world.timeout if timeout is None else _timeout_of(timeout, backend)
    if use_local_synchronization:
        if not member:
            return GroupMember.NON_GROUP_MEMBER
        key = tuple(ranks)
        _world.by_ranks[key] = number = _world.by_ranks.get(key, 0) + 1
        name = hashlib.sha1("_".join(map(str, ranks)).encode(), usedforsecurity=False).hexdigest() + f"_{number}"
    else:
        name, _world.count = str(_world.count), _world.count + 1
    if not member:
        return GroupMember.NON_GROUP_MEMBER
    store = PrefixStore(f"group/{name}", _world.prefix)
    made = ProcessGroup(ranks, ranks.index(world.rank()), config, name, store, limit, group_desc)
    _world.groups[name] = made
    return made


def split_group(parent_pg=None, split_ranks=None, timeout=None, pg_options=None, group_desc=None):
    """The group of this process, of several lists of a group's ranks; None when it is in none of them."""
    parent = group_of(parent_pg)
    if not split_ranks:
        raise ValueError("split_ranks cannot be None or empty")
    mine = None
    for ranks in split_ranks:
        if len(set(ranks)) != len(ranks) or any(not 0 <= r < parent.size() for r in ranks):
            raise ValueError("the split group's rank should be within the world_size set by init_process_group, and "
                             "none should come twice")
        if parent.rank() in ranks:
            mine = new_group([parent.ranks[r] for r in ranks], timeout, pg_options=pg_options, group_desc=group_desc,
                             use_local_synchronization=True)
    return mine


def new_subgroups_by_enumeration(ranks_per_subgroup_list, timeout=None, backend=None, pg_options=None, group_desc=None):
    """(this rank's group, all groups) for lists of ranks; ValueError for a rank that is not there or comes twice."""
    if not ranks_per_subgroup_list:
        raise ValueError("The arg 'ranks_per_subgroup_list' cannot be empty")
    size, seen, mine, made = get_world_size(), set(), None, []
    for ranks in ranks_per_subgroup_list:
        for rank in ranks:
            if not 0 <= rank < size:
                raise ValueError(f"the group of ranks {ranks} has rank {rank}, but there are {size} ranks")
            if rank in seen:
                raise ValueError(f"Rank {rank} has appeared in both subgroups")
            seen.add(rank)
    for ranks in ranks_per_subgroup_list:
        one = new_group(ranks, timeout, backend, pg_options, group_desc=group_desc)
        made.append(one)
        mine = one if get_rank() in ranks else mine
    return mine, made


def new_subgroups(group_size=None, group=None, timeout=None, backend=None, pg_options=None, group_desc=None):
    """(this rank's group, all groups) of group_size ranks each; ValueError when they do not divide the ranks."""
    world = get_world_size(group)
    size = int(os.environ.get("LOCAL_WORLD_SIZE", world)) if group_size is None else group_size
    if size <= 0:
        raise ValueError(f"The arg 'group_size' ({size}) must be positive")
    if size > world:
        raise ValueError(f"The arg 'group_size' ({size}) must not exceed the world size ({world})")
    if world % size:
        raise ValueError(f"The world size ({world}) must be divisible by 'group_size={size}'")
    ranks = get_process_group_ranks(group)
    return new_subgroups_by_enumeration([ranks[i: i + size] for i in range(0, world, size)], timeout, backend,
                                        pg_options, group_desc)
