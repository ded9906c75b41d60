"""Samples to batches."""
import collections.abc
import copy
import re

import mindtorch as torch

np_str_obj_array_pattern = re.compile(r"[SaUO]")
default_collate_err_msg_format = ("default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
                                  "found {}")


def _numpy_dtype(value):
    """The NumPy dtype of an array or a NumPy scalar, else None; NumPy need not be there."""
    return value.dtype if type(value).__module__ == "numpy" and hasattr(value,
                                                                        "dtype") and hasattr(value, "shape") else None


def _rebuilt(original, values, mutable):
    """A mapping or sequence of the same type with other values, or a plain one where its type cannot be built."""
    try:
        if isinstance(original, collections.abc.Mapping):
            if isinstance(original, collections.abc.MutableMapping):
                made = copy.copy(original)
                made.update(values)
                return made
            return type(original)(values)
        if mutable:
            made = copy.copy(original)
            for i, v in enumerate(values):
                made[i] = v
            return made
        return type(original)(values)
    except TypeError:
        return values


def default_convert(data):
    """NumPy arrays and scalars inside `data` to tensors; everything else as it is."""
    if isinstance(data, torch.Tensor):
        return data
    dtype = _numpy_dtype(data)
    if dtype is not None:
        return data if data.shape != () and np_str_obj_array_pattern.search(dtype.str) else torch.as_tensor(data)
    if isinstance(data, collections.abc.Mapping):
        return _rebuilt(data, {k: default_convert(v) for k, v in data.items()}, True)
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(v) for v in data))
    if isinstance(data, tuple):
        return [default_convert(v) for v in data]
    if isinstance(data, collections.abc.Sequence) and not isinstance(data, (str, bytes)):
        return _rebuilt(data, [default_convert(v) for v in data], False)
    return data


def collate(batch, *, collate_fn_map=None):
    """A list of samples as one batch, by functions for the types of its elements (type or tuple of types ->
    function)."""
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for known, function in collate_fn_map.items():
            if isinstance(first, known):
                return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, collections.abc.Mapping):
        return _rebuilt(first, {k: collate([d[k] for d in batch], collate_fn_map=collate_fn_map) for k in first}, True)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)))
    if isinstance(first, collections.abc.Sequence):
        if not all(len(sample) == len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)]
        return (columns if isinstance(first, tuple)
                else _rebuilt(first, columns, isinstance(first, collections.abc.MutableSequence)))
    raise TypeError(default_collate_err_msg_format.format(kind))


def collate_tensor_fn(batch, *, collate_fn_map=None):
    """Tensors stacked."""
    return torch.stack(batch, 0)


def collate_numpy_array_fn(batch, *, collate_fn_map=None):
    """Arrays as stacked tensors; TypeError for strings and objects."""
    if np_str_obj_array_pattern.search(batch[0].dtype.str) is not None:
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    return collate([torch.as_tensor(b) for b in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch, *, collate_fn_map=None):
    return torch.as_tensor(batch)


def collate_float_fn(batch, *, collate_fn_map=None):
    return torch.tensor(batch, dtype=torch.float64)


def collate_int_fn(batch, *, collate_fn_map=None):
    return torch.tensor(batch)


def collate_str_fn(batch, *, collate_fn_map=None):
    return batch


default_collate_fn_map = {torch.Tensor: collate_tensor_fn, float: collate_float_fn, int: collate_int_fn,
                          str: collate_str_fn, bytes: collate_str_fn}


def _with_numpy():
    import numpy as np

    default_collate_fn_map.setdefault(np.ndarray, collate_numpy_array_fn)
    default_collate_fn_map.setdefault((np.bool_, np.number, np.object_), collate_numpy_scalar_fn)


_with_numpy()


def default_collate(batch):
    """Samples to a batch: tensors, arrays and numbers become tensors with a new first dimension; dicts, tuples and
    lists are kept in shape."""
    return collate(batch, collate_fn_map=default_collate_fn_map)
