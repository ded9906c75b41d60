"""What a checkpoint has: names, sizes, and where the parts of tensors are."""
import dataclasses

import mindtorch as torch


@dataclasses.dataclass(frozen=True)
class ChunkStorageMetadata:
    """A part of a tensor: where it begins and how large it is."""

    offsets: torch.Size
    sizes: torch.Size


@dataclasses.dataclass
class TensorProperties:
    """The dtype of a tensor."""

    dtype: torch.dtype = torch.float32


@dataclasses.dataclass
class TensorStorageMetadata:
    """A tensor and its parts."""

    properties: TensorProperties
    size: torch.Size
    chunks: list


@dataclasses.dataclass
class BytesStorageMetadata:
    """Something that is no tensor."""


@dataclasses.dataclass(frozen=True)
class MetadataIndex:
    """A name, and which part of it."""

    fqn: str
    offset: torch.Size | None = None


@dataclasses.dataclass
class Metadata:
    """{name: what it is}, and where each part is: {MetadataIndex: (file, first byte, number of bytes)}."""

    state_dict_metadata: dict
    planner_data: dict | None = None
    storage_data: dict | None = None


for _kind in (ChunkStorageMetadata, TensorProperties, TensorStorageMetadata, BytesStorageMetadata, MetadataIndex,
              Metadata):
    _kind.__module__ = "torch.distributed.checkpoint.metadata"
