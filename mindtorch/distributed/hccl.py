"""Process groups of npu tensors: MindSpore's communication, which calls HCCL on its own stream.

What HCCL does not reduce (float64, unsigned integers, bool, complex numbers), and parts of several lengths, go through
the host, which is said once."""
import contextlib
import io
import os
import socket
import warnings
from datetime import timedelta

import mindtorch as torch

from .reduce_op import ReduceOp
from .store import seconds_of

_NAMES = {ReduceOp.SUM: "sum", ReduceOp.PRODUCT: "prod", ReduceOp.MIN: "min", ReduceOp.MAX: "max"}
_REDUCED = (torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32, torch.bfloat16)
_NO_PRODUCT = (torch.int16, torch.bfloat16)
# elements that HCCL does not know, as what it moves
_MOVED_AS = {torch.bool: torch.uint8, torch.complex64: torch.float32, torch.complex128: torch.float64}
_started = []  # (rank, size) of MindSpore's group of all processes, which a process makes once
_told = set()


class _Job:
    """What MindSpore gave back: a wait for it makes the current stream wait, not the host."""

    def __init__(self, handle, keep):
        self._handle, self._keep = handle, keep

    def wait(self, seconds):
        """True: what comes next on the stream comes after it."""
        if self._handle is not None:
            self._handle.wait()
            self._handle = self._keep = None
        return True

    def ended(self):
        """Whether it was waited for."""
        return self._handle is None


def _together(group):
    """Waits for all ranks. MindSpore waits for the others without letting Python go on, so nobody may need this
    process's store any more."""
    group._transport.collective("barrier", [], [], 0, -1, -1, None, True)


def _start(group):
    """MindSpore's group of all processes."""
    if _started:
        if _started[0] != (group.rank(), group.size()):
            raise RuntimeError(f"MindSpore's communication was started in this process as rank {_started[0][0]} of "
                               f"{_started[0][1]}, and cannot be again as rank {group.rank()} of {group.size()}")
        return
    torch.empty(1, device="npu")  # the device first
    import mindspore
    import mindspore.mint.distributed as ms
    from mindspore.communication.management import _init_with_store

    os.environ.setdefault("HCCL_EXEC_TIMEOUT", str(int(min(max(seconds_of(group.timeout), 1), 2**31 - 1))))
    if group.rank() == 0:
        host = getattr(group.store, "host", None) or "127.0.0.1"
        address = "127.0.0.1" if host in ("localhost", "") else socket.gethostbyname(host)
        with socket.socket() as s:
            s.bind(("", 0))
            port = s.getsockname()[1]
        group.store.set("mindspore", f"{address} {port}")
    address, port = group.store.get("mindspore").decode().split()
    limit = timedelta(seconds=min(seconds_of(group.timeout), 1e6))
    _together(group)
    store = ms.TCPStore(address, int(port), group.size(), group.rank() == 0, limit)
    _init_with_store("hccl", limit, group.size(), group.rank(), store, "")
    _started.append((group.rank(), group.size()))
    # NumPy 2: MindSpore's first list of numbers for an operator raises once, later ones work
    with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
        mindspore.Tensor([0.0]).reshape(-1)


class HcclRanks:
    """The ranks of a group, through HCCL."""

    def __init__(self, group, world):
        self._ranks, self._rank, self._transport, self._name = group.ranks, group.rank(), group._transport, None
        if len(self._ranks) == 1:
            return
        import mindspore.mint.distributed as ms

        self._ms = ms
        if world:
            _start(group)
        else:
            # its name is made of the ranks: two groups of the same ranks are one for MindSpore, in which the order of
            # operations is the program's, as it is here
            _together(group)
            self._name = ms.new_group(list(self._ranks))

    def close(self):
        """Nothing: MindSpore's groups stay until the process ends."""

    def _host(self, name, read, write, op, root, why):
        """The collective through the host."""
        from .launch_op import address_of
        from .transport import COMBINE

        if why not in _told:
            _told.add(why)
            warnings.warn(f"torch.distributed.{name} of npu tensors goes through the host: {why}", stacklevel=5)
        sources = [t.cpu() for t in read]
        targets = [t.cpu() for t in write]

        def parts(tensors):
            return [(address_of(t), t.numel() * t.dtype.itemsize) for t in tensors]

        some = (*read, *write)[0]
        self._transport.collective(name, parts(sources), parts(targets), some.dtype.code,
                                   COMBINE[op.name] if op is not None else -1, root, None, True)
        for t, value in zip(write, targets):
            t.copy_(value)

    def collective(self, name, read, write, op, root, async_op):
        """A job, or None when there is nothing to wait for."""
        if len(self._ranks) == 1:
            sources = read if read else write
            for t, s in zip(write, sources):
                if t.data_ptr() != s.data_ptr():
                    t.copy_(s)
            return None
        some = (*read, *write)[0]
        if op is not None and (some.dtype not in _REDUCED or op not in _NAMES
                               or (op is ReduceOp.PRODUCT and some.dtype in _NO_PRODUCT)):
            return self._host(name, read, write, op, root, f"HCCL does not reduce {some.dtype} by {op.name}")
        if len({t.numel() for t in (*read, *write) if t.numel() or op is None}) > 1 and name != "all_to_all":
            return self._host(name, read, write, op, root, "parts of several lengths")
        plain = _MOVED_AS.get(some.dtype) if op is None else None
        if plain is not None:
            read = [t.reshape(-1).view(plain) for t in read]
            write = [t.view(-1).view(plain) for t in write]
        ms, group = self._ms, self._name
        word, to = _NAMES.get(op), self._ranks[root]
        if name == "all_reduce":
            handle = ms.all_reduce(write[0], word, group, async_op)
        elif name == "broadcast":
            handle = ms.broadcast(write[0], to, group, async_op)
        elif name == "reduce":
            mine = self._rank == root
            target = write[0] if mine else read[0].clone()
            if mine and target.data_ptr() != read[0].data_ptr():
                target.copy_(read[0])
            handle = ms.reduce(target, to, word, group, async_op)
            write = [target]
        elif name == "all_gather":
            flat = _joined(write)
            if flat is not None:
                handle = ms.all_gather_into_tensor(flat, read[0].reshape(-1), group, async_op)
            else:
                handle = ms.all_gather([t.reshape(-1) for t in write], read[0].reshape(-1), group, async_op)
        elif name == "reduce_scatter":
            flat = _joined(read)
            if flat is None:
                flat = torch.cat([t.reshape(-1) for t in read])
            handle = ms.reduce_scatter_tensor(write[0].view(-1), flat, word, group, async_op)
            read = [flat]
        elif name == "all_to_all":
            handle = self._all_to_all(write, read, async_op)
        elif name == "gather":
            handle = ms.gather(read[0], write, to, group, async_op)
        else:
            handle = ms.scatter(write[0], read, to, group, async_op)
        return _Job(handle, (read, write)) if async_op and handle is not None else None

    def _all_to_all(self, write, read, async_op):
        """As one tensor each way: parts may be of any lengths."""
        given, taken = _joined(read), _joined(write)
        if given is None:
            given = torch.cat([t.reshape(-1) for t in read])
        apart = taken is None
        if apart:
            taken = given.new_empty(sum(t.numel() for t in write))
        handle = self._ms.all_to_all_single(taken, given, [t.numel() for t in write], [t.numel() for t in read],
                                            self._name, async_op and not apart)
        if apart:
            for t, part in zip(write, taken.split([t.numel() for t in write])):
                t.copy_(part.view(t.shape))
        return handle

    def message(self, tensor, peer, sending):
        """A job."""
        if peer < 0:
            raise NotImplementedError("recv of npu tensors from anybody: HCCL wants to know from whom")
        work = self._ms.isend if sending else self._ms.irecv
        return _Job(work(tensor, self._ranks[peer], self._name), tensor)

    def messages(self, ops):
        """Works of messages side by side."""
        from .messages import isend
        from .work import Work

        made = [self._ms.P2POp("isend" if p.op is isend else "irecv", p.tensor.detach(), self._ranks[p.group_peer],
                               self._name) for p in ops]
        handles = self._ms.batch_isend_irecv(made)
        return [Work(_Job(h, made), None, [p.tensor]) for h, p in zip(handles, ops)]


def _joined(tensors):
    """Tensors that lie one after another as one; None when they do not."""
    first = tensors[0]
    at = first.storage_offset()
    for t in tensors:
        if not t.is_contiguous() or t.storage_offset() != at or t.untyped_storage().data_ptr() != (
                first.untyped_storage().data_ptr()):
            return None
        at += t.numel()
    return first.as_strided((at - first.storage_offset(),), (1,), first.storage_offset())
