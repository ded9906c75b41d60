"""torch.distributed: one process is a group of its own; more than one is not supported yet and says so.

A program written for torchrun runs unchanged with WORLD_SIZE 1: collectives over one rank are copies."""
import datetime
import enum
import os

from mindtorch import _absent

from . import _surface

_LATER = "process groups of more than one rank are not there yet"
default_pg_timeout = datetime.timedelta(minutes=30)
GradBucket = _absent.klass("torch.distributed.GradBucket", _LATER)


class ReduceOp(enum.Enum):
    """How a reduction combines ranks."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8

    RedOpType = property(lambda self: self)


reduce_op = ReduceOp


class ProcessGroup:
    """A set of ranks; here always the one rank of this process."""

    def __init__(self, ranks=(0,), backend="gloo"):
        self.ranks, self._backend = tuple(ranks), backend

    def size(self):
        """Number of ranks."""
        return len(self.ranks)

    def rank(self):
        """This process's rank."""
        return 0

    def name(self):
        """The backend."""
        return self._backend

    @property
    def group_name(self):
        return "0"


class group:
    """Names of default groups."""

    WORLD = None


class GroupMember:
    """Whether this process is in a group."""

    WORLD = None
    NON_GROUP_MEMBER = -100


class Backend(str):
    """Name of a communication library."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL, HCCL = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl", "hccl"

    def __new__(cls, name):
        return str.__new__(cls, name.lower())


class Work:
    """A collective that has finished."""

    def wait(self, timeout=None):
        """True at once."""
        return True

    def is_completed(self):
        """True."""
        return True

    def get_future(self):
        """Not supported."""
        raise NotImplementedError("torch.distributed.Work.get_future")


def is_available():
    """True: the module works for one process."""
    return True


def is_initialized():
    """Whether init_process_group was called."""
    return group.WORLD is not None


def is_torchelastic_launched():
    """Whether torchrun started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_gloo_available():
    """True: the name is accepted for the one-process group."""
    return True


def is_nccl_available():
    """False."""
    return False


is_mpi_available = is_ucc_available = is_xccl_available = is_backend_available = is_nccl_available


def init_process_group(backend=None, init_method=None, timeout=None, world_size=-1, rank=-1, store=None, group_name="",
                       pg_options=None, device_id=None):
    """Make the default group. NotImplementedError for more than one rank, ValueError when there is one already."""
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    size = world_size if world_size > 0 else int(os.environ.get("WORLD_SIZE", "1"))
    if size != 1:
        raise NotImplementedError(f"torch.distributed with {size} ranks: {_LATER}")
    group.WORLD = GroupMember.WORLD = ProcessGroup((0,), backend or "gloo")


def destroy_process_group(group_=None):
    """Forget the default group."""
    group.WORLD = GroupMember.WORLD = None


def _group(g=None):
    if group.WORLD is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return group.WORLD if g is None else g


def get_rank(group=None):
    """This process's rank: 0."""
    return _group(group).rank()


def get_world_size(group=None):
    """Number of ranks: 1."""
    return _group(group).size()


def get_backend(group=None):
    """Name of the backend."""
    return _group(group).name()


def get_process_group_ranks(group=None):
    """The global ranks of a group."""
    return list(_group(group).ranks)


def get_global_rank(group, group_rank):
    """Global rank of a group's rank."""
    return _group(group).ranks[group_rank]


def get_group_rank(group, global_rank):
    """A group's rank of a global rank."""
    return _group(group).ranks.index(global_rank)


def new_group(ranks=None, timeout=None, backend=None, pg_options=None, use_local_synchronization=False, group_desc=None,
              device_id=None):
    """A group of some ranks of the default one."""
    return ProcessGroup(ranks if ranks is not None else _group().ranks, backend or _group().name())


def _done(async_op):
    return Work() if async_op else None


def barrier(group=None, async_op=False, device_ids=None):
    """Wait for all ranks."""
    _group(group)
    return _done(async_op)


def monitored_barrier(group=None, timeout=None, wait_all_ranks=False):
    """Wait for all ranks."""
    _group(group)


def all_reduce(tensor, op=ReduceOp.SUM, group=None, async_op=False):
    """Reduce over ranks: with one rank the tensor stays."""
    _group(group)
    return _done(async_op)


def reduce(tensor, dst=None, op=ReduceOp.SUM, group=None, async_op=False, group_dst=None):
    """Reduce to one rank: with one rank the tensor stays."""
    _group(group)
    return _done(async_op)


def broadcast(tensor, src=None, group=None, async_op=False, group_src=None):
    """Send to all ranks: with one rank the tensor stays."""
    _group(group)
    return _done(async_op)


def _copy_to(targets, sources):
    from mindtorch import no_grad

    with no_grad():
        for t, s in zip(targets, sources, strict=True):
            t.copy_(s)


def all_gather(tensor_list, tensor, group=None, async_op=False):
    """Gather from all ranks into a list."""
    _group(group)
    _copy_to(tensor_list, [tensor])
    return _done(async_op)


def all_gather_into_tensor(output_tensor, input_tensor, group=None, async_op=False):
    """Gather from all ranks into one tensor."""
    _group(group)
    _copy_to([output_tensor], [input_tensor.reshape(output_tensor.shape)])
    return _done(async_op)


def gather(tensor, gather_list=None, dst=None, group=None, async_op=False, group_dst=None):
    """Gather to one rank."""
    return all_gather(gather_list, tensor, group, async_op)


def scatter(tensor, scatter_list=None, src=None, group=None, async_op=False, group_src=None):
    """Scatter from one rank."""
    _group(group)
    _copy_to([tensor], scatter_list)
    return _done(async_op)


def reduce_scatter(output, input_list, op=ReduceOp.SUM, group=None, async_op=False):
    """Reduce, then scatter a list."""
    _group(group)
    _copy_to([output], input_list)
    return _done(async_op)


def reduce_scatter_tensor(output, input, op=ReduceOp.SUM, group=None, async_op=False):
    """Reduce, then scatter one tensor."""
    return all_gather_into_tensor(output, input, group, async_op)


def all_to_all(output_tensor_list, input_tensor_list, group=None, async_op=False):
    """Exchange lists between ranks."""
    _group(group)
    _copy_to(output_tensor_list, input_tensor_list)
    return _done(async_op)


def all_to_all_single(output, input, output_split_sizes=None, input_split_sizes=None, group=None, async_op=False):
    """Exchange parts of a tensor between ranks."""
    return all_gather_into_tensor(output, input, group, async_op)


def all_gather_object(object_list, obj, group=None):
    """Gather picklable objects."""
    _group(group)
    object_list[0] = obj


def gather_object(obj, object_gather_list=None, dst=None, group=None, group_dst=None):
    """Gather picklable objects to one rank."""
    all_gather_object(object_gather_list, obj, group)


def broadcast_object_list(object_list, src=None, group=None, device=None, group_src=None):
    """Send picklable objects to all ranks: with one rank the list stays."""
    _group(group)


def scatter_object_list(
    scatter_object_output_list, scatter_object_input_list=None, src=None, group=None, group_src=None
):
    """Scatter picklable objects."""
    _group(group)
    scatter_object_output_list[0] = scatter_object_input_list[0]


def get_node_local_rank(fallback_rank=None):
    """LOCAL_RANK of the launcher."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow "
                           "`get_node_local_rank` to work")
    return int(fallback_rank)


def supports_complex(reduceOp):
    """Whether a reduction takes complex numbers."""
    return reduceOp not in (ReduceOp.MAX, ReduceOp.MIN, ReduceOp.PRODUCT)


send, recv, isend, irecv, batch_isend_irecv = (_absent.function("torch.distributed." + n, _LATER)
                                               for n in ("send", "recv", "isend", "irecv", "batch_isend_irecv"))
Store, FileStore, TCPStore, HashStore, PrefixStore, P2POp, DeviceMesh = (
    _absent.klass("torch.distributed." + n, _LATER)
    for n in ("Store", "FileStore", "TCPStore", "HashStore", "PrefixStore", "P2POp", "DeviceMesh")
)
_surface.install(_LATER)
from mindtorch.distributed.device_mesh import init_device_mesh  # noqa: E402, F401
from mindtorch.distributed import _more  # noqa: E402

globals().update({n: getattr(_more, n) for n in _more.NAMES})
