"""Distributed checkpoints as safetensors files: parts by rank, whole files with an index, what the reference wrote,
what an enemy wrote."""
import json
import struct

import pytest

import mindtorch  # noqa: F401
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter

from tests.distributed_ranks import ranks

SAVE = '''
import os, pathlib
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor
dist.init_process_group("gloo")
mesh, folder = init_device_mesh("cpu", (2,)), pathlib.Path(FOLDER)
def state(fill, dim):
    return {"a.w": distribute_tensor(fill(20.0).reshape(5, 4), mesh, [Shard(dim)]), "b": fill(3.0).bfloat16()}
for name, options in (("parts", {}), ("numbered", {"fqn_to_index_mapping": {"a.w": 1, "b": 2}}),
                      ("whole", {"enable_consolidation": True})):
    dcp.save(state(torch.arange, 0), storage_writer=HuggingFaceStorageWriter(folder / name, save_distributed=True,
                                                                             **options))
    read = state(lambda n: torch.zeros(int(n)), 1)
    dcp.load(read, storage_reader=HuggingFaceStorageReader(folder / name))
    assert torch.equal(read["a.w"].full_tensor(), torch.arange(20.0).reshape(5, 4)) and read["b"].tolist() == [0, 1, 2]
try:
    dcp.save(state(torch.arange, 0), storage_writer=HuggingFaceStorageWriter(folder / "no"))
except dcp.CheckpointException as error:
    assert "save_distributed=True" in str(error)
else:
    raise AssertionError("a part was saved as if it were whole")
'''


def header(path):
    data = path.read_bytes()
    return json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])


def written(path, entries, metadata, data):
    text = json.dumps({"__metadata__": metadata, **entries}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def test_two_ranks_write_one_reads(tmp_path):
    ranks(SAVE.replace("FOLDER", repr(str(tmp_path))), 2)
    for name, files in (("parts", ["shard-00001-model-00001-of-00001", "shard-00002-model-00001-of-00001"]),
                        ("numbered", ["shard-00001-model-00001-of-00002", "shard-00001-model-00002-of-00002",
                                      "shard-00002-model-00001-of-00002"]), ("whole", ["model-00001-of-00001"])):
        folder = tmp_path / name
        assert sorted(p.stem for p in folder.glob("*.safetensors")) == files
        read = {"a.w": torch.zeros(5, 4), "b": torch.zeros(3, dtype=torch.bfloat16)}
        dcp.load(read, storage_reader=HuggingFaceStorageReader(folder))
        assert torch.equal(read["a.w"], torch.arange(20.0).reshape(5, 4)) and read["b"].tolist() == [0, 1, 2]
    said = header(tmp_path / "parts" / "shard-00002-model-00001-of-00001.safetensors")
    assert said["a.w"]["shape"] == [2, 4] and said["__metadata__"]["format"] == "pt"
    assert json.loads(said["__metadata__"]["DCP_SHARDING_INFO"])["a.w"] == {"saved_offsets": [3, 0]}
    index = json.loads((tmp_path / "whole" / "model.safetensors.index.json").read_text())
    assert index == {"metadata": {"total_size": 86},
                     "weight_map": {"a.w": "model-00001-of-00001.safetensors", "b": "model-00001-of-00001.safetensors"}}


def test_fewer_ranks_leave_no_part_of_more(tmp_path):
    """What an older save by more ranks left would be read as a part of the new one."""
    ranks(SAVE.replace("FOLDER", repr(str(tmp_path))), 2)
    folder = tmp_path / "parts"
    dcp.save({"a.w": torch.ones(2, 2)}, storage_writer=HuggingFaceStorageWriter(folder, save_distributed=True))
    assert [p.name for p in folder.glob("*.safetensors")] == ["shard-00001-model-00001-of-00001.safetensors"]


def test_the_reference_s_parts(tmp_path):
    """Headers as PyTorch 2.13 wrote them."""
    for rank, (at, rows) in enumerate(((0, 3), (3, 2))):
        written(tmp_path / f"shard-0000{rank + 1}-model-00001-of-00001.safetensors",
                {"a.w": {"dtype": "F32", "shape": [rows, 4], "data_offsets": [0, rows * 16]}},
                {"format": "pt", "DCP_VERSION": "1.0",
                 "DCP_SHARDING_INFO": json.dumps({"a.w": {"saved_offsets": [at, 0]}})},
                struct.pack(f"<{rows * 4}f", *range(at * 4, (at + rows) * 4)))
    read = {"a.w": torch.zeros(5, 4)}
    dcp.load(read, storage_reader=HuggingFaceStorageReader(tmp_path))
    assert torch.equal(read["a.w"], torch.arange(20.0).reshape(5, 4))


@pytest.mark.parametrize("sharding, words", [
    ({"a": {"saved_offsets": [-1]}}, "DCP_SHARDING_INFO of a"), ({"a": {"saved_offsets": [1 << 60]}}, "of a"),
    ({"a": {"saved_offsets": [0, 0]}}, "a part of F32"), ({"a": 3}, "DCP_SHARDING_INFO of a"),
    ([], "DCP_SHARDING_INFO"),
    ({"a": {"saved_offsets": [0.5]}}, "DCP_SHARDING_INFO of a"), ("[" * 2000, "damaged")])
def test_damaged_headers(tmp_path, sharding, words):
    text = sharding if isinstance(sharding, str) else json.dumps(sharding)
    written(tmp_path / "x.safetensors", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
            {"DCP_SHARDING_INFO": text}, b"\0\0\0\0")
    with pytest.raises(RuntimeError, match=words):
        HuggingFaceStorageReader(tmp_path).read_metadata()


def test_refusals(tmp_path):
    writer = HuggingFaceStorageWriter(tmp_path / "new")
    with pytest.raises(dcp.CheckpointException, match="o.x is no tensor"):
        dcp.save({"o": {"x": 3}}, storage_writer=writer)
    with pytest.raises(RuntimeError, match="has no .safetensors file"):
        HuggingFaceStorageReader(tmp_path / "none").read_metadata()
    (tmp_path / "cut.safetensors").write_bytes(b"\xff\0\0\0\0\0\0\0{")
    with pytest.raises(RuntimeError, match="cut.safetensors"):
        HuggingFaceStorageReader(tmp_path).read_metadata()
    written(tmp_path / "cut.safetensors", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
            {"DCP_SHARDING_INFO": json.dumps({"a": {"saved_offsets": [2]}})}, b"\0\0\0\0")
    with pytest.raises(dcp.CheckpointException, match="only 1 of 3 numbers"):
        dcp.load({"a": torch.zeros(3)}, storage_reader=HuggingFaceStorageReader(tmp_path))
