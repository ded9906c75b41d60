"""Batches in pinned memory."""
import collections.abc

import mindtorch as torch

from .collate import _rebuilt


def pin_memory(data, device=None):
    """`data` with its tensors pinned, inside dicts, lists and tuples; an object with pin_memory() does that itself."""
    if isinstance(data, torch.Tensor):
        return data.pin_memory()
    if isinstance(data, (str, bytes)):
        return data
    if hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, collections.abc.Mapping):
        return _rebuilt(data, {k: pin_memory(v) for k, v in data.items()}, True)
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(pin_memory(v) for v in data))
    if isinstance(data, tuple):
        return [pin_memory(v) for v in data]
    if isinstance(data, collections.abc.Sequence):
        return _rebuilt(data, [pin_memory(v) for v in data], isinstance(data, collections.abc.MutableSequence))
    return data
