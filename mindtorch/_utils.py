"""The functions that pickles of tensors name, and small helpers that consumers import from here."""
import contextlib
import copyreg
import functools
import inspect
import math
import operator
import threading
import traceback

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts


def _pickled(function):
    function.__module__ = "torch._utils"
    return function


@_pickled
def _rebuild_tensor(storage, storage_offset, size, stride):
    """A tensor of this geometry on a typed storage."""
    return _on(storage, storage.dtype, storage_offset, size, stride)


def _whole(x, what):
    """A number from a file as an int of 64 bits, also a tensor's or NumPy's: sums of those themselves would wrap."""
    if isinstance(x, bool) or not hasattr(x, "__index__"):
        raise TypeError(f"a tensor's {what} must be int, not {type(x).__name__}")
    n = operator.index(x)
    if not -(2**63) <= n < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return n


def _wholes(numbers, what):
    if not isinstance(numbers, (tuple, list)):
        raise TypeError(f"a tensor's {what} must be a tuple of ints, not {type(numbers).__name__}")
    if len(numbers) > 64:
        raise RuntimeError(f"a tensor of {len(numbers)} dimensions")
    return tuple(_whole(n, what) for n in numbers)


def _geometry(size, stride, offset=0):
    """Sizes, strides and offset as ints that make sense together."""
    size, offset = _wholes(size, "size"), _whole(offset, "storage offset")
    stride = layouts.dense_strides(size) if stride is None else _wholes(stride, "stride")
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape: {len(stride)} strides for {len(size)} sizes")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if any(n < 0 for n in size):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(size)}")
    if any(n < 0 for n in stride):
        raise RuntimeError(f"Negative strides are not supported at the moment, got strides: {list(stride)}")
    if math.prod(size) >= 2**63:
        raise RuntimeError("numel: integer multiplication overflow")
    return size, stride, offset


def _on(storage, dtype, offset, size, stride):
    """A tensor on a storage; RuntimeError when it would reach outside."""
    from mindtorch._storage.typed import TypedStorage, UntypedStorage

    untyped = storage._untyped_storage if isinstance(storage, TypedStorage) else storage
    if not isinstance(untyped, UntypedStorage):
        raise TypeError(f"a tensor lies on a storage, not on a {type(storage).__name__}")
    if dtypes.is_shell(dtype):
        return dtypes.shells["hold"](_on(storage, dtypes.shells["carriers"][dtype], offset, size, stride), dtype)
    code = dtypes.code_of(dtype)
    plain = _C.plain(size) and _C.plain(stride) and _C.plain(offset)
    plain = plain and type(size) is type(stride) is tuple and type(offset) is int
    if plain and len(size) <= 32 and untyped._bytes._device_code >= 0:  # the rest is what the engine checks anyway
        return _C.strided(untyped._bytes, size, stride, offset, code)
    size, stride, offset = _geometry(size, stride, offset)
    if untyped._bytes._device_code < 0:
        return _C.empty_strided(size, stride, code, -1)
    needed = 0 if 0 in size else (offset + sum((n - 1) * s for n, s in zip(size, stride)) + 1) * dtype.itemsize
    if needed > untyped.nbytes():
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
            f"{dtype.itemsize} requiring a storage size of {needed} are out of bounds "
            f"for storage of size {untyped.nbytes()}"
        )
    return _C.strided(untyped._bytes, size, stride, offset, code)


def _point(t, state):
    """Undo of tensors' pickles before 0.1.12: (storage, offset, size, stride), never more than the storage has."""
    if not isinstance(state, tuple):
        raise TypeError(f"the state of a tensor must be a tuple, not {type(state).__name__}")
    if len(state) == 4:
        if getattr(state[0], "dtype", t.dtype) is not t.dtype:
            raise RuntimeError(f"Expected a Storage of type {t.dtype} or an UntypedStorage, but got type "
                               f"{state[0].dtype}")
        state = (_on(state[0], t.dtype, *state[1:]),)
    t.set_(*state)


def _recorded(made, requires_grad):
    if type(requires_grad) is not bool:
        raise RuntimeError("requires_grad must be a bool")
    if requires_grad:
        made.requires_grad = True
    return made


@_pickled
def _rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None):
    """A tensor as torch.save stores it."""
    return _recorded(_seen(_rebuild_tensor(storage, storage_offset, size, stride), metadata), requires_grad)


@_pickled
def _rebuild_tensor_v3(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None):
    """A tensor of a dtype that has no legacy storage class."""
    return _recorded(_seen(_on(storage, dtype, storage_offset, size, stride), metadata), requires_grad)


def _seen(made, metadata):
    """A tensor that was saved as the conjugate or the negative of its storage's numbers: numbers of its own here."""
    if not metadata:
        return made
    if not isinstance(metadata, dict):
        raise TypeError(f"a tensor's metadata must be a dict, not {type(metadata).__name__}")
    from mindtorch._ops.table.registry import FUNCTIONS

    for name, function in (("conj", "conj_physical"), ("neg", "neg")):
        if metadata.get(name):
            made = FUNCTIONS[function](made)
    return made


@_pickled
def _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad):
    """A meta tensor."""
    size, stride, _ = _geometry(size, stride)
    if dtypes.is_shell(dtype):
        return dtypes.shells["make"](size, dtype, "meta", stride)
    return _recorded(_C.empty_strided(size, stride, dtypes.code_of(dtype), -1), requires_grad)


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
    from mindtorch._ops.creation.factories import from_numpy

    return _recorded(from_numpy(data).to(dtype=dtype, device=device), requires_grad)


@_pickled
def _rebuild_device_tensor_from_cpu_tensor(data, dtype, device, requires_grad):
    """A tensor of a device whose memory was stored as a cpu tensor."""
    return _recorded(_tensor(data).to(dtype=dtype, device=device), requires_grad)


def _tensor(x):
    from mindtorch._core.tensor import Tensor

    if not isinstance(x, Tensor):
        raise TypeError(f"expected a Tensor, got {type(x).__name__}")
    return x


@_pickled
def _rebuild_qtensor(storage, storage_offset, size, stride, quantizer_params, requires_grad, backward_hooks):
    """A quantised tensor; its parameters are (scheme, scale, zero point), or scales, zero points and their axis."""
    from mindtorch._ops.quantized import tensor as quantized

    return quantized.rebuilt(storage, storage_offset, size, stride, quantizer_params)


_bytes_follow = threading.local()


@contextlib.contextmanager
def bytes_follow():
    """While a pickle is read whose storages are filled afterwards: what is rebuilt of them is checked by
    check_rebuilt."""
    _bytes_follow.sparse = []
    try:
        yield _bytes_follow.sparse
    finally:
        _bytes_follow.sparse = None


def check_rebuilt(tensors):
    """RuntimeError for coordinates outside a tensor, once they are there."""
    from mindtorch._ops.sparse import tensor as sparse

    for t in tensors:
        sparse.check_indices(t)


@_pickled
def _rebuild_sparse_tensor(layout, data):
    """A sparse tensor of its parts: (indices, values, size, whether coalesced), or two indices, values and size of a
    compressed layout."""
    from mindtorch._ops.sparse import tensor as sparse

    if layout is layouts.sparse_coo:
        indices, values, size, *coalesced = data
        waiting = getattr(_bytes_follow, "sparse", None)
        made = sparse.sparse_coo_tensor(_tensor(indices), _tensor(values), size, check_invariants=waiting is None,
                                        is_coalesced=bool(coalesced and coalesced[0]))
        if waiting is not None:
            waiting.append(made)
        return made
    if layout not in (layouts.sparse_csr, layouts.sparse_csc, layouts.sparse_bsr, layouts.sparse_bsc):
        raise NotImplementedError(f"rebuilding sparse tensor for layout of type {type(layout).__name__}")
    compressed, plain, values, size = data
    return sparse.sparse_compressed_tensor(_tensor(compressed), _tensor(plain), _tensor(values), size, layout=layout)


def _rebuild_from_type_v2(func, new_type, args, state):
    """A tensor subclass, or a tensor with attributes."""
    return _with_attributes(_as_type(func(*args), new_type), state)


_rebuild_from_type_v2.__module__ = "torch._tensor"


def _as_type(made, new_type):
    return made if type(made) is new_type else _tensor(made).as_subclass(new_type)


def _with_attributes(made, state):
    from mindtorch._core.tensor import Tensor

    set_state = getattr(type(made), "__setstate__", None)
    if set_state is not None and set_state is not Tensor.__setstate__:
        made.__setstate__(state)
        return made
    return _set_obj_state(made, state)


_SETTABLE = {"data", "grad", "imag", "real", "requires_grad"}  # properties that check what they are given


def _set_attribute(t, name, value):
    """Gives a tensor an attribute from a file; what the engine and MindSpore keep in attributes is not a file's to
    set."""
    from mindtorch._core.tensor import Tensor

    name = "grad" if name == "_grad" else name
    if name not in _SETTABLE and hasattr(type(inspect.getattr_static(Tensor, name, None)), "__set__"):
        raise AttributeError(f"attribute '{name}' of tensors is not writable")
    if name == "requires_grad":
        t.requires_grad = False
        _recorded(t, value)
    else:
        setattr(t, name, value)


def _set_obj_state(obj, state):
    """Give obj its attributes back: a dict, or (dict, values of slots)."""
    from mindtorch._core.tensor import Tensor

    if isinstance(state, tuple):
        if len(state) != 2:
            raise RuntimeError(f"Invalid serialized state: {len(state)} parts, not 2")
        attributes, slots = state
    else:
        attributes, slots = state, None
    put = _set_attribute if isinstance(obj, Tensor) else setattr
    for k, v in {**(attributes or {}), **(slots or {})}.items():
        put(obj, k, v)
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
    from mindtorch._ops.table.registry import FUNCTIONS

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
