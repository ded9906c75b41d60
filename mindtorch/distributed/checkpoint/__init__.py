"""torch.distributed.checkpoint: state dicts that ranks write together, and any number of ranks reads."""
from .default_planner import DefaultLoadPlanner, DefaultSavePlanner
from .filesystem import CheckpointException, FileSystemReader, FileSystemWriter
from .metadata import (
    BytesStorageMetadata, ChunkStorageMetadata, Metadata, MetadataIndex, TensorProperties, TensorStorageMetadata)
from .optimizer import load_sharded_optimizer_state_dict
from .state_dict_saver import async_save, load, load_state_dict, save, save_state_dict

__all__ = ["BytesStorageMetadata", "CheckpointException", "ChunkStorageMetadata", "DefaultLoadPlanner",
           "DefaultSavePlanner", "FileSystemReader", "FileSystemWriter", "Metadata", "MetadataIndex",
           "TensorProperties", "TensorStorageMetadata", "async_save", "load", "load_sharded_optimizer_state_dict",
           "load_state_dict", "save", "save_state_dict"]
for _name in ("async_save", "load", "load_state_dict", "save", "save_state_dict"):
    globals()[_name].__module__ = "torch.distributed.checkpoint"
