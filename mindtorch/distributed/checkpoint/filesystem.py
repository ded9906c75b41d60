"""Checkpoints as files of a folder: the bytes of tensors in one file a rank, and `.metadata`, JSON, that says where
what is. Nothing in them is code, and what they say is checked before it is believed."""
import contextlib
import io
import json
import math
import mmap
import os
import pathlib
import re
import secrets
import time

import numpy

import mindtorch as torch

from .metadata import (
    BytesStorageMetadata, ChunkStorageMetadata, Metadata, MetadataIndex, TensorProperties, TensorStorageMetadata)

_FORMAT = "mindtorch distributed checkpoint 1"
_FILE = re.compile(r"__\d{1,6}_[0-9a-f]{16}\.distcp")
_DTYPES = {str(d).partition(".")[2]: d for d in (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool, torch.complex64, torch.complex128,
    torch.float8_e4m3fn, torch.float8_e5m2)}
_LARGEST_METADATA, _MOST_DIMS = 1 << 30, 64


class CheckpointException(RuntimeError):
    """What went wrong on which ranks."""

    __module__ = "torch.distributed.checkpoint"

    def __init__(self, msg, failures):
        super().__init__(msg + "".join(f"\nrank {r}: {e}" for r, e in failures.items()))
        self.failures = failures


def _bytes_of(t):
    t = t.detach().cpu().contiguous().reshape(-1)
    return memoryview(t.view(torch.uint8).numpy()) if t.numel() else b""


class FileSystemWriter:
    """Where save() writes: a folder. sync_files has the system write to the disk before a save is over; an older
    checkpoint in the folder stays whole until the new one is (overwrite=False: RuntimeError instead)."""

    __module__ = "torch.distributed.checkpoint"

    def __init__(self, path, single_file_per_rank=True, sync_files=True, thread_count=1,
                 per_thread_copy_ahead=10_000_000, cache_staged_state_dict=False, overwrite=True):
        if not single_file_per_rank or thread_count != 1 or cache_staged_state_dict:
            raise NotImplementedError("FileSystemWriter: other than one file a rank, by one thread")
        self.path, self.sync_files, self.overwrite = pathlib.Path(path), sync_files, overwrite
        self.per_thread_copy_ahead = per_thread_copy_ahead

    def write_file(self, name, parts):
        """Write bytes-like parts into a file, which is there when it is complete."""
        self.path.mkdir(parents=True, exist_ok=True)
        partial = self.path / f"{name}.part"
        with open(partial, "wb") as file:
            for data in parts:
                file.write(data)
            file.flush()
            if self.sync_files:
                os.fsync(file.fileno())
        os.replace(partial, self.path / name)

    def write_metadata(self, entries, files):
        """Write what is where; files of an older checkpoint go."""
        text = json.dumps({"format": _FORMAT, "entries": entries})
        self.write_file(".metadata", [text.encode()])
        for old in self.path.glob("__*.distcp"):
            if _FILE.fullmatch(old.name) and old.name not in files:
                with contextlib.suppress(OSError):
                    old.unlink()

    def write_rank(self, plan):
        """The file of this rank."""
        if plan.counts[plan.rank]:
            self.write_file(plan.files[plan.rank], (
                _bytes_of(v) if isinstance(v, torch.Tensor) else v for v in plan.owned.values()))

    def wait(self, plan, until):
        """Until the files of all ranks are there."""
        for file, count in zip(plan.files, plan.counts):
            while count and not (self.path / file).exists():
                if time.monotonic() > until:
                    raise CheckpointException("async_save", {plan.files.index(file): "its file did not come"})
                time.sleep(0.02)

    def finish(self, plan):
        """The metadata, on the first rank."""
        self.write_metadata(plan.entries, {f for f, n in zip(plan.files, plan.counts) if n})

    def reader(self):
        """What reads it back."""
        return FileSystemReader(self.path)


def new_token():
    """What the names of a save's files have in common."""
    return secrets.token_hex(8)


class _Bad(ValueError):
    pass


def _require(condition, what):
    if not condition:
        raise _Bad(what)


def _whole(value):
    return type(value) is int and 0 <= value < 1 << 62


def _sizes(value):
    _require(type(value) is list and len(value) <= _MOST_DIMS and all(map(_whole, value)), "sizes")
    return tuple(value)


class FileSystemReader:
    """Where load() reads: a folder. RuntimeError for what is no checkpoint, or a damaged one."""

    __module__ = "torch.distributed.checkpoint"

    def __init__(self, path):
        self.path, self._maps = pathlib.Path(path), {}

    def read_metadata(self):
        """The Metadata of the checkpoint, checked."""
        file = self.path / ".metadata"
        if not file.is_file():
            raise RuntimeError(f"there is no checkpoint in {self.path}: it has no .metadata")
        if file.stat().st_size > _LARGEST_METADATA:
            raise RuntimeError(f"{file}: too large to be the metadata of a checkpoint")
        data = file.read_bytes()
        if data[:1] == b"\x80":
            raise RuntimeError(f"{file} is a pickle, as PyTorch writes it, which is not read here: convert the "
                               "checkpoint there by torch.distributed.checkpoint.format_utils.dcp_to_torch_save")
        try:
            known = json.loads(data)
            _require(type(known) is dict and known.get("format") == _FORMAT, "format")
            return self._checked(known["entries"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise RuntimeError(f"{file}: no metadata of a checkpoint, or damaged ones ({error})") from None

    def _checked(self, entries):
        _require(type(entries) is dict, "entries")
        described, where, paths = {}, {}, {}
        for name, entry in entries.items():
            _require(type(entry) is dict and type(entry.get("chunks")) is list, name)
            path = entry["path"]
            _require(type(path) is list and len(path) <= 1000 and all(type(p) in (str, int) for p in path), "path")
            paths[name] = tuple(path)
            size, chunks = None, []
            if entry["kind"] == "tensor":
                size = _sizes(entry["size"])
                _require(entry["dtype"] in _DTYPES, f"dtype {entry['dtype']!r}")
                dtype = _DTYPES[entry["dtype"]]
            else:
                _require(entry["kind"] == "object" and len(entry["chunks"]) == 1, "kind")
            for chunk in entry["chunks"]:
                file, begin, count = chunk["file"], chunk["begin"], chunk["bytes"]
                _require(type(file) is str and _FILE.fullmatch(file) and _whole(begin) and _whole(count), "a part")
                if size is None:
                    where[MetadataIndex(name)] = file, begin, count
                    continue
                at, sizes = _sizes(chunk["offsets"]), _sizes(chunk["sizes"])
                _require(len(at) == len(sizes) == len(size) and all(
                    o + n <= s for o, n, s in zip(at, sizes, size)), f"a part of {name} that is outside of it")
                _require(count == math.prod(sizes) * dtype.itemsize, f"the bytes of a part of {name}")
                chunks.append(ChunkStorageMetadata(torch.Size(at), torch.Size(sizes)))
                where[MetadataIndex(name, torch.Size(at))] = file, begin, count
            described[name] = (BytesStorageMetadata() if size is None
                               else TensorStorageMetadata(TensorProperties(dtype), torch.Size(size), chunks))
        return Metadata(described, paths, where)

    def _data(self, file, begin, count):
        if file not in self._maps:
            path = self.path / file
            if not path.is_file():
                raise RuntimeError(f"the checkpoint in {self.path} lacks its file {file}")
            with open(path, "rb") as opened:
                self._maps[file] = (mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
                                    if path.stat().st_size else b"")
        data = self._maps[file]
        if begin + count > len(data):
            raise RuntimeError(f"{self.path / file} is shorter than the checkpoint's metadata say")
        return memoryview(data)[begin: begin + count]

    def read_object(self, place):
        """What is no tensor; only what weights_only allows is made of it."""
        return torch.load(io.BytesIO(self._data(*place)), weights_only=True)

    def read_part(self, place, dtype, sizes, begin, count):
        """A box of a stored part, as a CPU tensor."""
        data = numpy.frombuffer(self._data(*place), numpy.uint8).reshape(*sizes, dtype.itemsize)
        box = data[tuple(slice(b, b + n) for b, n in zip(begin, count))]
        made = torch.from_numpy(numpy.array(box, order="C").reshape(-1))
        return made.view(dtype).reshape(count)


def pack_object(value):
    """The bytes of what is no tensor."""
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


