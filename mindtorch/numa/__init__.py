"""torch.numa: binding of processes to memory nodes is not supported."""
import enum

from mindtorch import _absent


class AffinityMode(str, enum.Enum):
    """How a process would be bound."""

    NODE = "node"
    SOCKET = "socket"
    EXCLUSIVE = "exclusive"
    CORE_COMPLEX = "core-complex"


_absent.install("torch.numa", {"binding": {"NumaOptions": "c", "AffinityMode": AffinityMode}})
