"""Collectives of Python objects, as what pickle makes of them."""
import ctypes
import io
import pickle

from .collectives import _check_root, _outside, root_of, root_with_list
from .groups import GroupMember, group_of



def _bytes(obj):
    buffer = io.BytesIO()
    pickle.Pickler(buffer).dump(obj)
    return buffer.getvalue()


def _room(n):
    return ctypes.create_string_buffer(max(n, 1))


def _part(buffer, n):
    return ctypes.addressof(buffer), n


def _exchange(g, name, sources, sizes, root=-1):
    """Bytes of every rank (or of the root): buffers of the given sizes, filled."""
    targets = [_room(n) for n in sizes]
    g._transport.collective(name, [_part(s, n) for s, n in sources], [_part(t, n) for t, n in zip(targets, sizes)], 1,
                            -1, root, None, True)
    return [t.raw[:n] for t, n in zip(targets, sizes)]


def _source(data):
    return ctypes.create_string_buffer(data, max(len(data), 1)), len(data)


def _number(data):
    return int.from_bytes(data, "little")


def all_gather_object(object_list, obj, group=None):
    """Gather an object of every rank into a list."""
    if _outside(group, "all_gather_object"):
        return
    g = group_of(group)
    data = _bytes(obj)
    sizes = _exchange(g, "all_gather", [_source(len(data).to_bytes(8, "little"))], [8] * g.size())
    for i, got in enumerate(_exchange(g, "all_gather", [_source(data)], [_number(s) for s in sizes])):
        object_list[i] = pickle.loads(got)


def gather_object(obj, object_gather_list=None, dst=None, group=None, group_dst=None):
    """Gather an object of every rank into a list of one."""
    g = group if group == GroupMember.NON_GROUP_MEMBER else group_of(group)
    found = root_with_list(g, "gather_object", dst, group_dst, "destination", object_gather_list, "object_gather_list")
    if found is None:
        return
    root, mine = found
    data = _bytes(obj)
    sizes = _exchange(g, "gather", [_source(len(data).to_bytes(8, "little"))], [8] * g.size() if mine else [], root)
    got = _exchange(g, "gather", [_source(data)], [_number(s) for s in sizes], root)
    for i, one in enumerate(got):
        object_gather_list[i] = pickle.loads(one)


def _broadcast(g, data, root):
    """The root's bytes, on every rank."""
    mine = g.rank() == root
    size = _room(8)
    if mine:
        size.raw = len(data).to_bytes(8, "little")
    g._transport.collective("broadcast", [], [_part(size, 8)], 1, -1, root, None, True)
    n = _number(size.raw)
    buffer = ctypes.create_string_buffer(data, max(n, 1)) if mine else _room(n)
    g._transport.collective("broadcast", [], [_part(buffer, n)], 1, -1, root, None, True)
    return buffer.raw[:n]


def broadcast_object_list(object_list, src=None, group=None, device=None, group_src=None):
    """Give all ranks the objects of one, in a list of the same length."""
    g = group if group == GroupMember.NON_GROUP_MEMBER else group_of(group)
    if _outside(g, "broadcast_object_list"):
        return
    root = root_of(g, src, group_src, "src")
    _check_root(g, root, "broadcast_object_list")
    got = _broadcast(g, _bytes(list(object_list)) if g.rank() == root else b"", root)
    if g.rank() != root:
        for i, one in enumerate(pickle.loads(got)):
            object_list[i] = one


def scatter_object_list(scatter_object_output_list, scatter_object_input_list=None, src=None, group=None,
                        group_src=None):
    """Give every rank one object of a list of one, as the first of another list."""
    g = group if group == GroupMember.NON_GROUP_MEMBER else group_of(group)
    if _outside(g, "scatter_object_list"):
        return
    if not isinstance(scatter_object_output_list, list) or len(scatter_object_output_list) < 1:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    root = root_of(g, src, group_src, "src")
    _check_root(g, root, "scatter_object_list")
    mine = g.rank() == root
    if mine:
        if scatter_object_input_list is None:
            raise ValueError("source rank must provide non-None scatter_object_input_list")
        data = [_bytes(o) for o in scatter_object_input_list]
        if len(data) != g.size():
            raise RuntimeError(f"scatter_object_list: {g.size()} objects are needed, got {len(data)}")
    sources = [_source(len(d).to_bytes(8, "little")) for d in data] if mine else []
    size = _exchange(g, "scatter", sources, [8], root)[0]
    got = _exchange(g, "scatter", [_source(d) for d in data] if mine else [], [_number(size)], root)[0]
    scatter_object_output_list[0] = pickle.loads(got)


def send_object_list(object_list, dst=None, group=None, device=None, group_dst=None, use_batch=False):
    """Send objects to a rank, which gives a list of the same length to recv_object_list."""
    if _outside(group, "send_object_list"):
        return
    from .messages import _other

    g = group_of(group)
    peer = _other(g, dst, group_dst, "dst", "destination")
    data, n = _source(_bytes(list(object_list)))
    size, _ = _source(n.to_bytes(8, "little"))
    for buffer, length in ((size, 8), (data, n)):
        g._transport.send(peer, 0, *_part(buffer, length), buffer).wait(1e8)


def recv_object_list(object_list, src=None, group=None, device=None, group_src=None, use_batch=False):
    """Receive objects into a list; the sender's rank."""
    if _outside(group, "recv_object_list"):
        return -1
    from .messages import _other

    g = group_of(group)
    peer = -1 if src is None and group_src is None else _other(g, src, group_src, "src", "source")
    size = _room(8)
    job = g._transport.receive(peer, 0, *_part(size, 8), size)
    job.wait(1e8)
    peer = job.source
    n = _number(size.raw[:8])
    data = _room(n)
    g._transport.receive(peer, 0, *_part(data, n), data).wait(1e8)
    for i, one in enumerate(pickle.loads(data.raw[:n])):
        object_list[i] = one
    return g.ranks[peer]
