"""Messages between two ranks, and several operations at once."""
import contextlib

from mindtorch._ops.tensor.methods import address_of

from .collectives import _outside, root_of
from .groups import group_of
from .launch_op import _readable, _writable, check_tensor, finish
from .transport import Transport


def _other(g, rank, group_rank, name, what):
    peer = root_of(g, rank, group_rank, name, True)
    if peer == g.rank():
        raise ValueError(f"Invalid {what} rank: {what} rank should not be the same as the rank of the current process.")
    if not 0 <= peer < g.size():
        raise RuntimeError(f"{name}: there is no rank {peer} in a group of {g.size()}")
    return peer


def isend(tensor, dst=None, group=None, tag=0, group_dst=None):
    """Send a tensor; a Work that ends when it has gone."""
    check_tensor(tensor)
    if _outside(group, "isend"):
        return None
    g = group_of(group)
    peer = _other(g, dst, group_dst, "dst", "destination")
    engine, host = g.engine(tensor.device.type)
    t = _readable(tensor, host)
    if isinstance(engine, Transport):
        job = engine.send(peer, tag, address_of(t), t.numel() * t.dtype.itemsize, t)
    else:
        job = engine.message(t, peer, True)
    return finish(job, [], [tensor], True)


def irecv(tensor, src=None, group=None, tag=0, group_src=None):
    """Receive into a tensor, from anybody without src; a Work that ends when it has come."""
    check_tensor(tensor)
    if _outside(group, "irecv"):
        return None
    g = group_of(group)
    peer = -1 if src is None and group_src is None else _other(g, src, group_src, "src", "source")
    engine, host = g.engine(tensor.device.type)
    after = []
    t = _writable(tensor, host, False, after)
    if isinstance(engine, Transport):
        job = engine.receive(peer, tag, address_of(t), t.numel() * t.dtype.itemsize, t)
    else:
        job = engine.message(t, peer, False)
    work = finish(job, after, [tensor], True)
    work._received = job
    return work


def send(tensor, dst=None, group=None, tag=0, group_dst=None):
    """Send a tensor, and wait until it has gone."""
    work = isend(tensor, dst, group, tag, group_dst)
    if work is not None:
        work.wait()


def recv(tensor, src=None, group=None, tag=0, group_src=None):
    """Receive into a tensor, from anybody without src; the sender's rank."""
    work = irecv(tensor, src, group, tag, group_src)
    if work is None:
        return -1
    work.wait()
    g = group_of(group)
    if src is not None or group_src is not None:
        return src if src is not None else g.ranks[group_src]
    return g.ranks[work._received.source]


class P2POp:
    """A message of batch_isend_irecv."""

    def __init__(self, op, tensor, peer=None, group=None, tag=0, group_peer=None):
        if op not in (isend, irecv):
            raise ValueError("Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or "
                             "``torch.distributed.irecv``.")
        check_tensor(tensor)
        g = group_of(group)
        self.op, self.tensor, self.group, self.tag = op, tensor, g, tag
        self.group_peer = root_of(g, peer, group_peer, "peer", True)
        self.peer = peer if peer is not None else g.ranks[group_peer]

    def __repr__(self):
        return f"P2POp({self.op.__name__} pg={self.group.group_name}, group_peer={self.group_peer}, tag={self.tag})"


def batch_isend_irecv(p2p_op_list):
    """Start messages side by side; a list of Works."""
    if not isinstance(p2p_op_list, list) or not all(isinstance(p, P2POp) for p in p2p_op_list):
        raise ValueError("Invalid ``p2p_op_list``. Each op is expected to be of type ``torch.distributed.P2POp``.")
    if not p2p_op_list:
        return []
    first = p2p_op_list[0]
    if any(p.group is not first.group for p in p2p_op_list):
        raise ValueError("All ops need to use the same group.")
    engine, _ = first.group.engine(first.tensor.device.type)
    if not isinstance(engine, Transport):
        return engine.messages(p2p_op_list)
    return [p.op(p.tensor, group=p.group, tag=p.tag,
                 **{"group_dst" if p.op is isend else "group_src": p.group_peer}) for p in p2p_op_list]


class _CoalescingManager:
    """The works of a coalescing block."""

    def __init__(self):
        self.works = []

    def append(self, work=None):
        """Another work to wait for."""
        if work:
            self.works.append(work)

    def wait(self):
        """Wait for all."""
        for work in self.works:
            work.wait()


@contextlib.contextmanager
def _coalescing_manager(group=None, device=None, async_ops=False):
    """Collectives in the block are waited for at its end, or with async_ops by the manager's wait()."""
    g = group_of(group)
    manager = _CoalescingManager()
    yield manager
    if g is not None and not async_ops:
        manager.wait()
