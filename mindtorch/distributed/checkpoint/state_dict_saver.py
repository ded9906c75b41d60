"""save, async_save, load: every rank its parts of a state dict, in any number of ranks."""
import math
import pathlib
import threading
import time
from concurrent.futures import Future

import mindtorch as torch

from .. import groups
from ..tensor._api import DTensor
from ..tensor._dtensor_spec import local_shape_and_offset
from ..tensor.placement_types import Partial, Replicate
from .default_planner import DefaultLoadPlanner, DefaultSavePlanner, checked
from .filesystem import CheckpointException, FileSystemReader, FileSystemWriter, new_token, pack_object
from .metadata import BytesStorageMetadata, MetadataIndex, TensorStorageMetadata
from .stateful import Stateful

_WAIT_S = 1800.0


def _flat(value, path=()):
    """[(path, leaf)] of nested dicts and lists. What is empty is a leaf."""
    if isinstance(value, dict) and value:
        for k, v in value.items():
            if type(k) not in (str, int):
                raise TypeError(f"a checkpoint's keys are str or int, but {path} has {k!r}")
            yield from _flat(v, (*path, k))
    elif isinstance(value, (list, tuple)) and any(isinstance(t, (torch.Tensor, dict, list, tuple)) for t in value):
        for i, v in enumerate(value):
            yield from _flat(v, (*path, i))
    else:
        yield path, value


def _name(path):
    return ".".join(map(str, path))


def _leaves(state_dict):
    """{name: (path, leaf)}; ValueError for two of one name."""
    made = {}
    for path, leaf in _flat(state_dict):
        if (name := _name(path)) in made:
            raise ValueError(f"two entries of a state dict have the name {name!r}")
        made[name] = path, leaf
    return made


def _state(state_dict):
    return {k: v.state_dict() if isinstance(v, Stateful) and not isinstance(v, (torch.Tensor, dict)) else v
            for k, v in state_dict.items()}


def _group(process_group, no_dist):
    if no_dist or not groups.is_available() or not groups.is_initialized():
        return None
    return groups.group_of(process_group)


def _all(value, group):
    """What every rank has."""
    if group is None:
        return [value]
    found = [None] * group.size()
    torch.distributed.all_gather_object(found, value, group=group)
    return found


def _together(f, group, what):
    """f() on every rank; CheckpointException on all when it failed on one."""
    made = problem = None
    try:
        made = f()
    except Exception as error:  # noqa: BLE001  (told to all ranks)
        problem = error
    said = _all(None if problem is None else f"{type(problem).__name__}: {problem}", group)
    failures = {r: s for r, s in enumerate(said) if s is not None}
    if failures:
        raise CheckpointException(f"{what} failed on ranks {list(failures)}", failures) from problem
    return made


def _box(t):
    """(whole size, offsets, sizes) of this rank's part, or None for what another rank has too."""
    if not isinstance(t, DTensor):
        return tuple(t.shape), (0,) * t.ndim, tuple(t.shape)
    if any(isinstance(p, Partial) for p in t.placements):
        raise ValueError("terms of a reduction in a checkpoint: redistribute them first")
    where = t.device_mesh.get_coordinate()
    if where is None or any(isinstance(p, Replicate) and where[i] for i, p in enumerate(t.placements)):
        return None
    sizes, offsets = local_shape_and_offset(tuple(t.shape), t.device_mesh, t.placements)
    return tuple(t.shape), offsets, sizes


class _Plan:
    """What this rank writes, and (on the first) what all write."""

    def __init__(self, state_dict, writer, group, copy):
        self.writer, self.group = writer, group
        rank = 0 if group is None else group.rank()
        mine, data = {}, {}
        for name, (path, leaf) in _leaves(_state(state_dict)).items():
            if isinstance(leaf, torch.Tensor):
                if (box := _box(leaf)) is None or (not math.prod(box[2]) and math.prod(box[0])):
                    continue
                local = leaf._local_tensor if isinstance(leaf, DTensor) else leaf
                if local.is_meta:
                    raise ValueError(f"{name} is on the meta device")
                dtype = str(local.dtype).partition(".")[2]
                mine[name] = ["tensor", path, dtype, *box, math.prod(box[2]) * local.dtype.itemsize]
                data[name] = local
            else:
                packed = pack_object(leaf)
                mine[name] = ["object", path, None, (), (), (), len(packed)]
                data[name] = packed
        every = _all(mine, group)
        token = _all(new_token(), group)[0]
        owners, self.entries, self.counts = {}, {}, [0] * len(every)
        files = [f"__{r}_{token}.distcp" for r in range(len(every))]
        for r, plan in enumerate(every):
            for name, (kind, path, dtype, size, offsets, sizes, count) in plan.items():
                key = name, tuple(offsets)
                if key in owners:
                    continue
                owners[key] = r
                entry = self.entries.setdefault(name, {"kind": kind, "path": list(path), "chunks": []})
                if kind == "tensor":
                    if entry.setdefault("dtype", dtype) != dtype or entry.setdefault("size", list(size)) != list(size):
                        raise ValueError(f"{name} has another size or dtype on rank {r}")
                entry["chunks"].append({"file": files[r], "begin": self.counts[r], "bytes": count,
                                        "offsets": list(offsets), "sizes": list(sizes)})
                self.counts[r] += count
        self.rank, self.files, self.owners = rank, files, owners
        self.owned = {key: self._ready(data[key[0]], copy) for key, r in owners.items() if r == rank}

    @staticmethod
    def _ready(value, copy):
        return value.detach().to("cpu", copy=True) if copy and isinstance(value, torch.Tensor) else value

    def write(self):
        """What this rank writes."""
        self.writer.write_rank(self)

    def wait(self):
        """Until the files of all ranks are there."""
        self.writer.wait(self, time.monotonic() + _WAIT_S)

    def finish(self):
        """What the first rank does when all are through."""
        if self.rank == 0:
            self.writer.finish(self)


def _writer(checkpoint_id, storage_writer):
    if storage_writer is None:
        if checkpoint_id is None:
            raise RuntimeError("`checkpoint_id` must be specified if storage_writer is None.")
        return FileSystemWriter(checkpoint_id)
    if not isinstance(storage_writer, FileSystemWriter):
        raise NotImplementedError("a storage_writer of another class than FileSystemWriter")
    if checkpoint_id is not None:
        storage_writer.path = pathlib.Path(checkpoint_id)
    if not storage_writer.overwrite and (storage_writer.path / ".metadata").exists():
        raise RuntimeError(f"Checkpoint already exists in {storage_writer.path} and overwrite=False")
    return storage_writer


def _plan(state_dict, checkpoint_id, storage_writer, planner, process_group, no_dist, copy):
    group = _group(process_group, no_dist)
    checked(planner, DefaultSavePlanner)
    writer = _writer(checkpoint_id, storage_writer)
    return _Plan(state_dict, writer, group, copy), group, writer


def save(state_dict, *, checkpoint_id=None, storage_writer=None, planner=None, process_group=None, no_dist=False,
         use_collectives=True):
    """Write a state dict, of which every rank has its parts, into a folder: DTensors part by part, plain tensors and
    other things of the lowest rank that has them. What has state_dict() is asked. An older checkpoint in the folder is
    replaced when the new one is complete. Returns the Metadata. CheckpointException, on all ranks, where one fails."""
    if not use_collectives:
        raise NotImplementedError("save: use_collectives=False")
    plan, group, writer = _plan(state_dict, checkpoint_id, storage_writer, planner, process_group, no_dist, False)
    _together(plan.write, group, "save")
    _together(plan.finish, group, "save")
    return writer.reader().read_metadata()


def async_save(state_dict, *, checkpoint_id=None, storage_writer=None, planner=None, process_group=None,
               async_checkpointer_type=None, async_stager=None, no_dist=False, use_collectives=True):
    """save in the background: the state is copied before this returns; a Future of the Metadata. The checkpoint is
    complete when the future of the first rank is."""
    if async_stager is not None or not use_collectives or getattr(async_checkpointer_type, "value", "thread") not in (
            "thread",):
        raise NotImplementedError("async_save: other than by a thread of this process")
    plan, _, writer = _plan(state_dict, checkpoint_id, storage_writer, planner, process_group, no_dist, True)
    future = Future()

    def run():
        try:
            plan.write()
            if plan.rank == 0:
                plan.wait()
                plan.finish()
                future.set_result(writer.reader().read_metadata())
            else:
                future.set_result(None)
        except BaseException as error:  # noqa: BLE001  (whoever asks the future learns of it)
            future.set_exception(error)

    threading.Thread(target=run, name="checkpoint", daemon=False).start()
    return future


def _read(name, leaf, metadata, reader):
    """Fill a tensor from the parts that overlap with this rank's."""
    entry = metadata.state_dict_metadata[name]
    if not isinstance(entry, TensorStorageMetadata):
        raise ValueError(f"{name} is no tensor in the checkpoint")
    if tuple(entry.size) != tuple(leaf.shape):
        raise ValueError(f"Size mismatch between saved {tuple(entry.size)} and current: {tuple(leaf.shape)} for {name}")
    if isinstance(leaf, DTensor):
        if any(isinstance(p, Partial) for p in leaf.placements):
            raise ValueError(f"{name}: into the terms of a reduction")
        sizes, begin = local_shape_and_offset(tuple(leaf.shape), leaf.device_mesh, leaf.placements)
        local = leaf._local_tensor.detach()
        if leaf.device_mesh.get_coordinate() is None:
            return
    else:
        sizes, begin, local = tuple(leaf.shape), (0,) * leaf.ndim, leaf.detach()
    filled = 0
    for chunk in entry.chunks:
        low = [max(a, b) for a, b in zip(begin, chunk.offsets)]
        high = [min(a + n, b + m) for a, n, b, m in zip(begin, sizes, chunk.offsets, chunk.sizes)]
        count = [h - o for o, h in zip(low, high)]
        if any(n <= 0 for n in count):
            continue
        place = metadata.storage_data[MetadataIndex(name, chunk.offsets)]
        part = reader.read_part(place, entry.properties.dtype, tuple(chunk.sizes),
                                [o - c for o, c in zip(low, chunk.offsets)], count)
        with torch.no_grad():
            local[tuple(slice(o - b, o - b + n) for o, b, n in zip(low, begin, count))].copy_(part)
        filled += math.prod(count)
    if filled < math.prod(sizes):
        raise ValueError(f"the checkpoint has only {filled} of {math.prod(sizes)} numbers of {name}")


def _put(state_dict, path, value):
    for key in path[:-1]:
        state_dict = state_dict[key]
    state_dict[path[-1]] = value


def load(state_dict, *, checkpoint_id=None, storage_reader=None, planner=None, process_group=None, no_dist=False):
    """Read a checkpoint into a state dict, in place, whatever the number of ranks that wrote it: tensors are filled,
    other things replaced; what has load_state_dict() is given its state. CheckpointException, on all ranks, where
    one fails: for names that the checkpoint lacks, other sizes, damaged files."""
    group = _group(process_group, no_dist)
    planner = checked(planner, DefaultLoadPlanner)
    if storage_reader is None:
        if checkpoint_id is None:
            raise RuntimeError("`checkpoint_id` must be specified if storage_reader is None.")
        storage_reader = FileSystemReader(checkpoint_id)
    elif not isinstance(storage_reader, FileSystemReader):
        raise NotImplementedError("a storage_reader of another class than FileSystemReader")
    elif checkpoint_id is not None:
        storage_reader = type(storage_reader)(checkpoint_id)

    states = _state(state_dict)

    def read():
        metadata = storage_reader.read_metadata()
        for name, (path, leaf) in _leaves(states).items():
            if name not in metadata.state_dict_metadata:
                if planner.allow_partial_load:
                    continue
                raise RuntimeError(f"Missing key in checkpoint state_dict: {name}.")
            if isinstance(leaf, torch.Tensor):
                _read(name, leaf, metadata, storage_reader)
            else:
                if not isinstance(metadata.state_dict_metadata[name], BytesStorageMetadata):
                    raise ValueError(f"{name} is a tensor in the checkpoint")
                _put(states, path, storage_reader.read_object(metadata.storage_data[MetadataIndex(name)]))

    _together(read, group, "load")
    for key, value in state_dict.items():
        if states[key] is not value:
            if isinstance(value, Stateful) and not isinstance(value, (torch.Tensor, dict)):
                value.load_state_dict(states[key])
            else:
                state_dict[key] = states[key]


def save_state_dict(state_dict, storage_writer, process_group=None, coordinator_rank=0, no_dist=False, planner=None):
    """The old name of save."""
    if coordinator_rank:
        raise NotImplementedError("save_state_dict: coordinator_rank")
    return save(state_dict, storage_writer=storage_writer, planner=planner,
                process_group=process_group, no_dist=no_dist)


def load_state_dict(state_dict, storage_reader, process_group=None, coordinator_rank=0, no_dist=False, planner=None):
    """The old name of load."""
    if coordinator_rank:
        raise NotImplementedError("load_state_dict: coordinator_rank")
    load(state_dict, storage_reader=storage_reader, planner=planner, process_group=process_group, no_dist=no_dist)


__all__ = ["save", "async_save", "load", "save_state_dict", "load_state_dict"]
