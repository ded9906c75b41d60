"""Checkpoints of many ranks as one file of torch.save, and back."""
import mindtorch as torch

from .default_planner import DefaultLoadPlanner
from .filesystem import FileSystemReader
from .metadata import MetadataIndex, TensorStorageMetadata
from .state_dict_loader import _load_state_dict  # noqa: F401
from .state_dict_saver import _read, save

__all__ = ["dcp_to_torch_save", "torch_save_to_dcp"]


class _EmptyStateDictLoadPlanner(DefaultLoadPlanner):
    """Into an empty state dict everything is loaded that the checkpoint has."""


def _placed(tree, path, value):
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _lists(tree):
    """Dicts of numbers from 0 on are lists."""
    if not isinstance(tree, dict):
        return tree
    made = {k: _lists(v) for k, v in tree.items()}
    if made and all(type(k) is int for k in made) and sorted(made) == list(range(len(made))):
        return [made[i] for i in range(len(made))]
    return made


def whole_state(reader):
    """Everything that a checkpoint has, whole tensors, as it was nested."""
    metadata, tree = reader.read_metadata(), {}
    for name, entry in metadata.state_dict_metadata.items():
        path = metadata.planner_data[name]
        if isinstance(entry, TensorStorageMetadata):
            value = torch.empty(tuple(entry.size), dtype=entry.properties.dtype)
            _read(name, value, metadata, reader)
        else:
            value = reader.read_object(metadata.storage_data[MetadataIndex(name)])
        _placed(tree, path, value)
    return {k: _lists(v) for k, v in tree.items()}


def dcp_to_torch_save(dcp_checkpoint_dir, torch_save_path):
    """Write what a folder of save() has into one file of torch.save."""
    torch.save(whole_state(FileSystemReader(dcp_checkpoint_dir)), torch_save_path)


def torch_save_to_dcp(torch_save_path, dcp_checkpoint_dir):
    """Write what a file of torch.save has into a folder, as save() does. Nothing but tensors and plain containers is
    made of the file."""
    save(torch.load(torch_save_path, weights_only=True), checkpoint_id=dcp_checkpoint_dir, no_dist=True)
