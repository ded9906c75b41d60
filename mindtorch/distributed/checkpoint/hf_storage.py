"""Checkpoints as safetensors files: a file a rank, `shard-R-model-I-of-N.safetensors`, which says in its header where
the parts of its tensors begin, or the files that a hub has, `model-I-of-N.safetensors` with an index."""
import json
import math
import pathlib
import re

from safetensors import safe_open
from safetensors.torch import save_file

import mindtorch as torch

from .filesystem import _MOST_DIMS, FileSystemReader, FileSystemWriter
from .metadata import ChunkStorageMetadata, Metadata, MetadataIndex, TensorProperties, TensorStorageMetadata

_SHARDING, _VERSION = "DCP_SHARDING_INFO", "1.0"
_SHARD = re.compile(r"shard-\d{5}-model-\d{5}-of-\d{5}\.safetensors")
_DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
           "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8,
           "U16": torch.uint16, "U32": torch.uint32, "U64": torch.uint64, "BOOL": torch.bool,
           "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "C64": torch.complex64}


def _write(tensors, path, metadata):
    """A safetensors file, which is there when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    save_file({n: t.detach().cpu().contiguous() for n, t in tensors.items()}, str(partial), metadata=metadata)
    partial.replace(path)


class HuggingFaceStorageWriter(FileSystemWriter):
    """Where save() writes safetensors files. save_distributed: each rank its parts, a file for each number that
    fqn_to_index_mapping gives its tensors; without it tensors must be whole. enable_consolidation: the parts go into
    the folder `sharded`, and the first rank makes whole tensors of them beside it. Only tensors can be saved."""

    __module__ = "torch.distributed.checkpoint.hf_storage"

    def __init__(self, path, fqn_to_index_mapping=None, thread_count=1, save_distributed=False,
                 enable_consolidation=False, thread_count_consolidation=1):
        if thread_count != 1 or thread_count_consolidation != 1:
            raise NotImplementedError("HuggingFaceStorageWriter: more than one thread")
        if enable_consolidation and not save_distributed:
            raise ValueError("enable_consolidation is of parts: save_distributed=True")
        super().__init__(path)
        self.fqn_to_index_mapping, self.save_distributed = fqn_to_index_mapping, save_distributed
        self.enable_consolidation = enable_consolidation

    @property
    def _folder(self):
        return self.path / "sharded" if self.enable_consolidation else self.path

    def _index(self, name):
        if self.fqn_to_index_mapping is None:
            return 1
        if name not in self.fqn_to_index_mapping:
            raise ValueError(f"{name} has no number in fqn_to_index_mapping")
        return self.fqn_to_index_mapping[name]

    def _file(self, rank, name):
        last = max(self.fqn_to_index_mapping.values()) if self.fqn_to_index_mapping else 1
        model = f"model-{self._index(name):05d}-of-{last:05d}.safetensors"
        return f"shard-{rank + 1:05d}-{model}" if self.save_distributed else model

    def write_rank(self, plan):
        """The files of this rank."""
        files = {}
        for (name, at), value in plan.owned.items():
            if not isinstance(value, torch.Tensor):
                raise ValueError(f"{name} is no tensor: safetensors files hold nothing else")
            if not self.save_distributed and tuple(value.shape) != tuple(plan.entries[name]["size"]):
                raise ValueError(f"{name} is a part of a tensor: save_distributed=True")
            files.setdefault(self._file(plan.rank, name), {})[name] = at, value
        for file, found in files.items():
            said = {"format": "pt"}
            if self.save_distributed:
                where = {name: {"saved_offsets": list(at)} for name, (at, _) in found.items()}
                said.update({_SHARDING: json.dumps(where), "DCP_VERSION": _VERSION})
            _write({name: value for name, (_, value) in found.items()}, self._folder / file, said)

    def finish(self, plan):
        """On the first rank: files of an older checkpoint go; the index, or whole tensors, are written."""
        files = {self._file(r, name) for (name, _), r in plan.owners.items()}
        if self.save_distributed:
            for old in self._folder.glob("shard-*.safetensors"):
                if _SHARD.fullmatch(old.name) and old.name not in files:
                    old.unlink()
        if self.enable_consolidation:
            consolidate_safetensors_files(str(self._folder), str(self.path), self.fqn_to_index_mapping)
        elif not self.save_distributed:
            sizes = {n: math.prod(e["size"]) * getattr(torch, e["dtype"]).itemsize for n, e in plan.entries.items()}
            _write_index(self.path, {n: self._file(0, n) for n in plan.entries}, sum(sizes.values()))

    def wait(self, plan, until):
        """Not for async_save: nothing tells when the files of others are complete."""
        raise NotImplementedError("async_save with a HuggingFaceStorageWriter")

    def reader(self):
        """What reads it back."""
        return HuggingFaceStorageReader(self.path)


def _write_index(folder, weight_map, total):
    text = json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=2)
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf8")


class HuggingFaceStorageReader(FileSystemReader):
    """Where load() reads safetensors files: those of ranks, or a hub's. RuntimeError for damaged ones."""

    __module__ = "torch.distributed.checkpoint.hf_storage"

    def __init__(self, path, thread_count=1):
        if thread_count != 1:
            raise NotImplementedError("HuggingFaceStorageReader: more than one thread")
        super().__init__(path)

    def read_metadata(self):
        """The Metadata of the files, checked: names, sizes, where parts begin."""
        files = sorted(self.path.glob("*.safetensors"))
        if not files:
            raise RuntimeError(f"there is no checkpoint in {self.path}: it has no .safetensors file")
        parts, where = {}, {}
        for path in files:
            try:
                with safe_open(str(path), "pt") as file:
                    offsets = _offsets(file)
                    for name in file.keys():
                        part = file.get_slice(name)
                        sizes, dtype = tuple(part.get_shape()), _DTYPES.get(str(part.get_dtype()))
                        at = offsets.get(name, (0,) * len(sizes))
                        if dtype is None or len(at) != len(sizes):
                            raise ValueError(f"{name}: a part of {part.get_dtype()} {list(sizes)} at {list(at)}")
                        index = MetadataIndex(name, torch.Size(at))
                        if index in where:
                            raise ValueError(f"two files have the part of {name} that begins at {list(at)}")
                        where[index] = str(path), name
                        parts.setdefault(name, []).append((dtype, at, sizes))
            except (ValueError, TypeError, RuntimeError, OSError, RecursionError) as error:
                raise RuntimeError(f"{path}: damaged, or no part of a checkpoint ({error})") from None
            except Exception as error:  # safetensors' own class of errors
                raise RuntimeError(f"{path}: {error}") from None
        described = {}
        for name, found in parts.items():
            if len({(dtype, len(at)) for dtype, at, _ in found}) != 1:
                raise RuntimeError(f"{self.path}: the parts of {name} differ in dtype or dimensions")
            size = tuple(max(at[d] + sizes[d] for _, at, sizes in found) for d in range(len(found[0][1])))
            chunks = [ChunkStorageMetadata(torch.Size(at), torch.Size(sizes)) for _, at, sizes in found]
            described[name] = TensorStorageMetadata(TensorProperties(found[0][0]), torch.Size(size), chunks)
        return Metadata(described, {name: (name,) for name in described}, where)

    def read_part(self, place, dtype, sizes, begin, count):
        """A box of a stored part, as a CPU tensor."""
        path, name = place
        with safe_open(path, "pt") as file:
            if not sizes:
                return file.get_tensor(name)
            return file.get_slice(name)[tuple(slice(b, b + n) for b, n in zip(begin, count))]


def _offsets(file):
    """{name: where its part begins} as the header says."""
    said = json.loads((file.metadata() or {}).get(_SHARDING, "{}"))
    if type(said) is not dict:
        raise ValueError(_SHARDING)
    made = {}
    for name, entry in said.items():
        at = entry["saved_offsets"] if type(entry) is dict and "saved_offsets" in entry else None
        if type(at) is not list or len(at) > _MOST_DIMS or any(type(n) is not int or not 0 <= n < 1 << 48 for n in at):
            raise ValueError(f"{_SHARDING} of {name}")
        made[name] = tuple(at)
    return made


def consolidate_safetensors_files(input_dir, output_dir, fqn_to_index_mapping=None, num_threads=1):
    """Whole tensors in `model-I-of-N.safetensors` files, with an index, of the parts that ranks wrote."""
    if num_threads != 1:
        raise NotImplementedError("consolidate_safetensors_files: more than one thread")
    reader, output = HuggingFaceStorageReader(input_dir), pathlib.Path(output_dir)
    metadata = reader.read_metadata()
    numbers = fqn_to_index_mapping or dict.fromkeys(metadata.state_dict_metadata, 1)
    if missing := metadata.state_dict_metadata.keys() - numbers.keys():
        raise ValueError(f"no number in fqn_to_index_mapping: {sorted(missing)[:5]}")
    last, weight_map, total = max(numbers.values()), {}, 0
    for number in sorted({numbers[n] for n in metadata.state_dict_metadata}):
        file, tensors = f"model-{number:05d}-of-{last:05d}.safetensors", {}
        for name, entry in metadata.state_dict_metadata.items():
            if numbers[name] == number:
                tensors[name] = _whole(name, entry, metadata, reader)
                weight_map[name] = file
                total += tensors[name].nbytes
        _write(tensors, output / file, {"format": "pt"})
    _write_index(output, weight_map, total)


def _whole(name, entry, metadata, reader):
    """A tensor put together; RuntimeError where parts are missing."""
    if sum(math.prod(chunk.sizes) for chunk in entry.chunks) != math.prod(entry.size):
        raise RuntimeError(f"the files do not have all parts of {name}")
    made = torch.empty(entry.size, dtype=entry.properties.dtype)
    for chunk in entry.chunks:
        place = metadata.storage_data[MetadataIndex(name, chunk.offsets)]
        part = reader.read_part(place, entry.properties.dtype, tuple(chunk.sizes), (0,) * len(chunk.sizes),
                                tuple(chunk.sizes))
        made[tuple(slice(o, o + n) for o, n in zip(chunk.offsets, chunk.sizes))] = part
    return made


__all__ = ["HuggingFaceStorageWriter", "HuggingFaceStorageReader"]
