"""The functions that pickles of tensors name, and small helpers that consumers import from here."""
import copyreg
import functools
import traceback

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts


def _pickled(function):
    function.__module__ = "torch._utils"
    return function


@_pickled
def _rebuild_tensor(storage, storage_offset, size, stride):
    """A tensor of this geometry on a typed storage."""
    untyped = storage._untyped_storage
    return _on(untyped, storage.dtype, storage_offset, size, stride)


def _on(untyped, dtype, offset, size, stride):
    size, stride = tuple(size), tuple(stride)
    code = dtypes.code_of(dtype)
    flat = untyped._bytes
    if flat._device_code < 0:
        return _C.empty_strided(size, stride, code, -1)
    needed = 0 if 0 in size else (offset + sum((n - 1) * s for n, s in zip(size, stride)) + 1) * dtype.itemsize
    if needed > untyped.nbytes() or offset < 0 or any(s < 0 for s in stride):
        raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {dtype.itemsize} requiring a storage size of {needed} are out of bounds "
                           f"for storage of size {untyped.nbytes()}")
    return _C.strided(flat, size, stride, offset, code)


@_pickled
def _rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None):
    """A tensor as torch.save stores it."""
    made = _rebuild_tensor(storage, storage_offset, size, stride)
    if requires_grad:
        made.requires_grad = True
    return made


@_pickled
def _rebuild_tensor_v3(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None):
    """A tensor of a dtype that has no legacy storage class."""
    made = _on(getattr(storage, "_untyped_storage", storage), dtype, storage_offset, size, stride)
    if requires_grad:
        made.requires_grad = True
    return made


@_pickled
def _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad):
    """A meta tensor."""
    made = _C.empty_strided(tuple(size), tuple(stride), dtypes.code_of(dtype), -1)
    if requires_grad:
        made.requires_grad = True
    return made


@_pickled
def _rebuild_parameter(data, requires_grad, backward_hooks):
    """A Parameter."""
    from mindtorch.nn.parameter import Parameter

    return Parameter(data, requires_grad)


@_pickled
def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    """A Parameter with attributes of its own."""
    return _set_obj_state(_rebuild_parameter(data, requires_grad, backward_hooks), state)


@_pickled
def _rebuild_device_tensor_from_numpy(data, dtype, device, requires_grad):
    """A tensor of a device whose memory was stored as a NumPy array."""
    from mindtorch._ops.creation import from_numpy

    made = from_numpy(data).to(dtype=dtype, device=device)
    made.requires_grad = requires_grad
    return made


@_pickled
def _rebuild_device_tensor_from_cpu_tensor(data, dtype, device, requires_grad):
    """A tensor of a device whose memory was stored as a cpu tensor."""
    made = data.to(dtype=dtype, device=device)
    made.requires_grad = requires_grad
    return made


@_pickled
def _rebuild_qtensor(storage, storage_offset, size, stride, quantizer_params, requires_grad, backward_hooks):
    """A quantised tensor; its parameters are (scheme, scale, zero point), or scales, zero points and their axis."""
    from mindtorch._ops import quantized

    return quantized.rebuilt(storage, storage_offset, size, stride, quantizer_params)


@_pickled
def _rebuild_sparse_tensor(layout, data):
    """A sparse tensor of its parts: (indices, values, size, whether coalesced), or two indices, values and size of a compressed layout."""
    from mindtorch._ops import sparse

    if layout is layouts.sparse_coo:
        indices, values, size, *coalesced = data
        return sparse.sparse_coo_tensor(indices, values, size, check_invariants=True, is_coalesced=bool(coalesced and coalesced[0]))
    return sparse.sparse_compressed_tensor(*data, layout=layout)


def _rebuild_from_type_v2(func, new_type, args, state):
    """A tensor subclass, or a tensor with attributes."""
    made = func(*args)
    if type(made) is not new_type:
        made = made.as_subclass(new_type)
    set_state = getattr(made.__class__, "__setstate__", None)
    from mindtorch._core.tensor import Tensor

    if set_state is not None and set_state is not Tensor.__setstate__:
        made.__setstate__(state)
        return made
    return _set_obj_state(made, state)


_rebuild_from_type_v2.__module__ = "torch._tensor"


def _set_obj_state(obj, state):
    """Give obj its attributes back: a dict, or (dict, values of slots)."""
    if isinstance(state, tuple):
        if len(state) != 2:
            raise RuntimeError(f"Invalid serialized state: {state}")
        attributes, slots = state
    else:
        attributes, slots = state, None
    for k, v in {**(attributes or {}), **(slots or {})}.items():
        setattr(obj, k, v)
    return obj


def _get_obj_state(obj):
    """What _set_obj_state takes."""
    getstate = getattr(obj, "__getstate__", None)
    if getstate:
        return getstate()
    slots = {n: getattr(obj, n) for n in copyreg._slotnames(obj.__class__) if hasattr(obj, n)}
    return (obj.__dict__, slots) if slots else obj.__dict__


def _import_dotted_name(name):
    """The object behind 'package.module.name'."""
    parts = name.split(".")
    obj = __import__(parts[0])
    for part in parts[1:]:
        obj = getattr(obj, part)
    return obj


def _get_device_index(device, optional=False, allow_cpu=False):
    """Number of a device given as device, string, int or None (-1 for cpu when that is allowed)."""
    if isinstance(device, str):
        device = devices.device(device)
    if isinstance(device, devices.device):
        if device.type == "cpu":
            if not allow_cpu:
                raise ValueError(f"Expected a non cpu device, but got: {device}")
            return -1
        device = device.index
    if device is None:
        if optional:
            return devices._current[0]
        raise ValueError(f"Expected a torch.device with a specified index or an integer, but got: {device}")
    return device


def _get_available_device_type():
    """Name of the accelerator, or None."""
    return devices.accelerator_type()


def _to(self, device, non_blocking=False):
    return self.to(device=device, non_blocking=non_blocking)


def _get_async_or_non_blocking(function_name, non_blocking, kwargs):
    """The value of non_blocking, under its old name too."""
    if not kwargs:
        return non_blocking
    if len(kwargs) != 1 or "async" not in kwargs:
        raise TypeError(f"{function_name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
    return kwargs["async"]


def _flatten_dense_tensors(tensors):
    """One vector with the elements of all tensors."""
    from mindtorch._ops.registry import FUNCTIONS

    return FUNCTIONS["cat"]([t.contiguous().reshape(-1) for t in tensors])


def _unflatten_dense_tensors(flat, tensors):
    """Views into a vector, shaped like the tensors."""
    parts, at = [], 0
    for t in tensors:
        n = t.numel()
        parts.append(flat.narrow(0, at, n).view(t.shape))
        at += n
    return tuple(parts)


def _reorder_tensors_as(tensors, ordered_tensors):
    """The tensors in the order of the types of ordered_tensors."""
    by_type = {}
    for t in tensors:
        by_type.setdefault(t.type(), []).append(t)
    iterators = {k: iter(v) for k, v in by_type.items()}
    return tuple(next(iterators[t.type()]) for t in ordered_tensors)


def _element_size(dtype):
    """Bytes of one element of a dtype."""
    return dtype.itemsize


class KeyErrorMessage(str):
    """A message whose repr is itself, so that KeyError shows line breaks."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


class ExceptionWrapper:
    """An exception with its traceback as text, to be raised in another thread or process."""

    def __init__(self, exc_info=None, where="in background"):
        import sys

        exc_info = sys.exc_info() if exc_info is None else exc_info
        self.exc_type, self.exc_msg, self.where = exc_info[0], "".join(traceback.format_exception(*exc_info)), where

    def reraise(self):
        """Raise the exception here; RuntimeError when its class takes more than a message."""
        message = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            message = KeyErrorMessage(message)
        elif getattr(self.exc_type, "message", None):
            raise self.exc_type(message=message)
        try:
            exception = self.exc_type(message)
        except Exception:
            raise RuntimeError(message) from None
        raise exception


class _ClassPropertyDescriptor:
    def __init__(self, fget):
        self.fget = fget

    def __get__(self, instance, owner=None):
        return self.fget.__get__(instance, owner or type(instance))()


def classproperty(func):
    """A property of the class."""
    return _ClassPropertyDescriptor(func if isinstance(func, (classmethod, staticmethod)) else classmethod(func))


class CallbackRegistry:
    """Callbacks that are fired in the order of their registration."""

    def __init__(self, name):
        self.name, self.callback_list = name, []

    def add_callback(self, cb):
        """Register."""
        self.callback_list.append(cb)

    def fire_callbacks(self, *args, **kwargs):
        """Call all of them."""
        for cb in self.callback_list:
            cb(*args, **kwargs)


@functools.lru_cache
def _dummy_type(name):
    """A class that says on use that this build does not have it."""

    def refuse(self, *args, **kwargs):
        raise RuntimeError(f"Tried to instantiate dummy base class {name}")

    return type(name, (object,), {"__init__": refuse})
