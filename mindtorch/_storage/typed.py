"""Storages: the bytes that tensors and their views share, plain or seen as elements of one dtype."""
import collections.abc
import io
import operator

import numpy

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._ops.creation.casts import convert

from .untyped import UntypedStorage, _array, _int64, _kind, resize_bytes  # noqa: F401

__all__ = ["TypedStorage", "UntypedStorage"]


def _load_from_bytes(data):
    from .saving import load

    return load(io.BytesIO(data), weights_only=False)


_load_from_bytes.__module__ = "torch.storage"  # the name that pickles mention


def _warn_typed_storage_removal(stacklevel=2):
    from mindtorch._core.warning import warn_once

    warn_once(
        "TypedStorage",
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
        "class. This should only matter to you if you are using "
        "storages directly.  To access UntypedStorage directly, use tensor.untyped_storage() instead of "
        "tensor.storage()",
        stacklevel + 2,
    )


_LEGACY = {"DoubleStorage": dtypes.float64, "FloatStorage": dtypes.float32, "HalfStorage": dtypes.float16,
           "LongStorage": dtypes.int64, "IntStorage": dtypes.int32, "ShortStorage": dtypes.int16,
           "CharStorage": dtypes.int8, "ByteStorage": dtypes.uint8, "BoolStorage": dtypes.bool,
           "BFloat16Storage": dtypes.bfloat16, "ComplexDoubleStorage": dtypes.complex128,
           "ComplexFloatStorage": dtypes.complex64,
           **{n + "Storage": dtypes.BY_NAME[n.lower()] for n in ("QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4")}}
# quantised elements, as the integers they are
_HELD = {"qint8": dtypes.int8, "quint8": dtypes.uint8, "qint32": dtypes.int32, "quint4x2": dtypes.uint8,
         "quint2x4": dtypes.uint8}
LEGACY_NAME = {d: n for n, d in _LEGACY.items()}


class TypedStorage:
    """A storage seen as elements of one dtype (deprecated in favour of UntypedStorage)."""

    __module__ = "torch.storage"
    is_sparse = False

    def __init__(self, *args, wrap_storage=None, dtype=None, device=None, _internal=False):
        dtype = dtypes.get_default_dtype() if dtype is None else dtype
        dtype = getattr(type(self), "_legacy_storage_dtype", dtype)
        if not isinstance(dtype, dtypes.dtype):
            raise RuntimeError(f"expected torch.dtype, but got {type(dtype)}")
        if not _internal:
            _warn_typed_storage_removal()
        self.dtype, self._held = dtype, _HELD.get(dtype._name, dtype)
        if wrap_storage is not None:
            if args:
                raise RuntimeError("No positional arguments should be given when using 'wrap_storage'")
            wrap_storage = getattr(wrap_storage, "_untyped_storage", wrap_storage)
            if not isinstance(wrap_storage, UntypedStorage):
                raise TypeError(f"Argument 'wrap_storage' must be UntypedStorage, but got {type(wrap_storage)}")
            self._untyped_storage = wrap_storage
            return
        given = args[0] if args else 0
        if isinstance(given, UntypedStorage):
            self._untyped_storage = given
        elif isinstance(given, (int, numpy.integer)):
            self._untyped_storage = UntypedStorage(int(given) * dtype.itemsize, device=device)
        elif isinstance(given, collections.abc.Sequence) and not isinstance(given, (str, bytes)):
            from mindtorch._ops.creation.factories import tensor

            self._untyped_storage = UntypedStorage._of(tensor(list(given), dtype=self._held, device=device))
        else:
            raise TypeError(f"a typed storage is made of a size or a sequence of numbers, not of a {_kind(given)}")

    def _tensor(self):
        n = self.nbytes() // self.dtype.itemsize
        b = self._untyped_storage._bytes
        return _C.strided(b, (n,), (1,), 0,
                          self._held.code) if b._device_code >= 0 else _C.empty((n,), self._held.code, -1)

    device = property(lambda self: self._untyped_storage.device)
    is_cuda = property(lambda self: self._untyped_storage.is_cuda)
    _cdata = property(lambda self: self._untyped_storage._cdata)
    filename = property(lambda self: self._untyped_storage.filename)

    def untyped(self):
        """The bytes."""
        return self._untyped_storage

    def nbytes(self):
        """Number of bytes."""
        return self._untyped_storage.nbytes()

    def size(self):
        """Number of elements."""
        return self.nbytes() // self.dtype.itemsize

    __len__ = _size = size

    def element_size(self):
        """Bytes of one element."""
        return self.dtype.itemsize

    def data_ptr(self):
        """Address of the first element."""
        return self._untyped_storage.data_ptr()

    def get_device(self):
        """Number of the device; -1 for cpu."""
        return self._untyped_storage.get_device()

    def __getitem__(self, i):
        if isinstance(i, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        if not isinstance(i, int):
            raise RuntimeError(f"can't index a {type(self)} with {type(i)}")
        if self.device.type == "meta":
            raise NotImplementedError("Not available for 'meta' device type")
        n = self.size()
        if not -n <= i < n:
            raise IndexError(f"index {i} out of range for storage of size {n}")
        return _C.item(_C.strided(self._untyped_storage._bytes, (), (), i % n, self._held.code))

    def __setitem__(self, i, value):
        if not isinstance(i, (int, slice)):
            raise RuntimeError(f"can't index a {type(self)} with {type(i)}")
        if is_storage(value):
            raise RuntimeError(f"cannot set item with value type {type(value)}")
        self._tensor()[i] = value

    def __iter__(self):
        return iter(self.tolist())

    def tolist(self):
        """The elements as Python numbers."""
        return self._tensor().tolist()

    def fill_(self, value):
        """Set every element."""
        self[:] = value
        return self

    def copy_(self, source, non_blocking=None):
        """Overwrite with the bytes of a storage of the same size."""
        self._untyped_storage.copy_(source)
        return self

    def resize_(self, size):
        """Change the number of elements."""
        size = _int64(size, RuntimeError(f"resize_ expects an int, but got {_kind(size)}"))
        self._untyped_storage.resize_(size * self.dtype.itemsize)

    def resizable(self):
        """Whether the memory is ours to resize."""
        return self._untyped_storage.resizable()

    def _wrap(self, untyped, dtype=None):
        return TypedStorage(wrap_storage=untyped, dtype=dtype or self.dtype, _internal=True)

    def clone(self):
        """A copy with memory of its own."""
        return self._wrap(self._untyped_storage.clone())

    __copy__ = clone

    def __deepcopy__(self, memo):
        return self._wrap(self._untyped_storage.__deepcopy__(memo))

    def cpu(self):
        """The elements in the processor's memory."""
        return self._wrap(self._untyped_storage.cpu())

    def cuda(self, device=None, non_blocking=False):
        """The elements on a cuda device."""
        return self._wrap(self._untyped_storage.cuda(device))

    def to(self, *, device, non_blocking=False):
        """The elements on another device."""
        return self._wrap(self._untyped_storage.to(device=device))

    def _to(self, dtype):
        if dtype is not self.dtype and (self._held is not self.dtype or dtype._name in _HELD):
            raise NotImplementedError(f"a storage of {self.dtype} does not become one of {dtype}: quantised numbers "
                                      "are converted with their scale, in tensors")
        return self._wrap(UntypedStorage._of(convert(self._tensor(), self._held.code if dtype is self.dtype
                                                     else dtype.code, copy=True)), dtype)

    def type(self, dtype=None, non_blocking=False):
        """Name of the legacy class, or the elements as another dtype."""
        if dtype is None:
            return (
                f"torch.{'' if self._untyped_storage._bytes._device_code <= 0 else self.device.type + '.'}"
                f"{LEGACY_NAME[self.dtype]}")
        if isinstance(dtype, str):
            dtype = _LEGACY[dtype.rpartition(".")[2]]
        return self._to(getattr(dtype, "_legacy_storage_dtype", dtype))

    def is_shared(self):
        """Whether other processes can map the memory."""
        return self._untyped_storage.is_shared()

    def share_memory_(self):
        """Move the memory to where other processes can map it."""
        self._untyped_storage.share_memory_()
        return self

    def is_pinned(self, device=None):
        """Whether the memory is page-locked."""
        return self._untyped_storage.is_pinned(device)

    def pin_memory(self, device=None):
        """A page-locked copy."""
        return self._wrap(self._untyped_storage.pin_memory(device))

    def pickle_storage_type(self):
        """Name of the legacy class that pickles mention."""
        return LEGACY_NAME[self.dtype]

    def _get_legacy_storage_class(self):
        return LEGACY_CLASSES.get(LEGACY_NAME.get(self.dtype))

    @classmethod
    def from_file(cls, filename, shared, size):
        """The elements of a mapped file."""
        dtype = cls._legacy_storage_dtype
        untyped = UntypedStorage.from_file(filename, shared, operator.index(size) * dtype.itemsize)
        return cls(wrap_storage=untyped, _internal=True)

    @classmethod
    def from_buffer(cls, *args, dtype=None, **kwargs):
        """A copy of an object's bytes as elements."""
        dtype = getattr(cls, "_legacy_storage_dtype", dtype)
        return TypedStorage(wrap_storage=UntypedStorage.from_buffer(*args, dtype=dtype, **kwargs), dtype=dtype,
                            _internal=True)

    _from_buffer = from_buffer

    def __eq__(self, other):
        return (isinstance(other, TypedStorage) and self._untyped_storage is other._untyped_storage
                and self.dtype is other.dtype)

    def __hash__(self):
        return hash((id(self._untyped_storage), self.dtype))

    def __reduce__(self):
        from .saving import save

        b = io.BytesIO()
        save(self, b, _use_new_zipfile_serialization=False)
        return (_load_from_bytes, (b.getvalue(),))

    def __repr__(self):
        head = (f"[{self.__class__.__module__}.{self.__class__.__name__}(dtype={self.dtype}, device={self.device}) of "
                f"size {len(self)}]")
        return "...\n" + head if self.device.type == "meta" else "".join(f" {v}\n" for v in self.tolist()) + head


for _name, _dtype in [("double", dtypes.float64), ("float", dtypes.float32), ("half", dtypes.float16),
                      ("long", dtypes.int64), ("int", dtypes.int32), ("short", dtypes.int16), ("char", dtypes.int8),
                      ("byte", dtypes.uint8), ("bool", dtypes.bool), ("bfloat16", dtypes.bfloat16),
                      ("complex_double", dtypes.complex128), ("complex_float", dtypes.complex64)]:
    setattr(TypedStorage, _name, lambda self, d=_dtype: self._to(d))


class _LegacyStorageMeta(type):
    dtype = property(lambda cls: cls._legacy_storage_dtype)

    def __call__(cls, *args, **kwargs):
        return TypedStorage(*args, dtype=cls._legacy_storage_dtype, **kwargs)

    def __instancecheck__(cls, instance):
        return (type.__instancecheck__(cls, instance)
                or (type(instance) is TypedStorage and instance.dtype is getattr(cls, "_legacy_storage_dtype", None)))


def _legacy(name, dtype):
    return _LegacyStorageMeta(name, (TypedStorage,), {"__module__": "torch", "_legacy_storage_dtype": dtype,
                                                      "__doc__": f"A typed storage of {dtype}."})


LEGACY_CLASSES = {name: _legacy(name, dtype) for name, dtype in _LEGACY.items()}


def is_storage(obj):
    """Whether obj is a storage, typed or not."""
    return isinstance(obj, (TypedStorage, UntypedStorage))


class StorageType:
    """The class of a typed storage in a pickle, known by its name."""

    def __init__(self, name):
        self._dtype = LEGACY_CLASSES[name]._legacy_storage_dtype

    @property
    def dtype(self):
        """Its element type."""
        return self._dtype

    def __str__(self):
        return f"StorageType(dtype={self.dtype})"
