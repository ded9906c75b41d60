"""Storages: the bytes that tensors and their views share."""
import collections.abc
import io
import mmap
import operator
import os
import sys
import weakref

import numpy

import mindtorch._C as _C
from mindtorch._core import devices, dtypes
from mindtorch._core.tensor import Tensor
from mindtorch._ops.casts import convert
from mindtorch._ops.registry import run

__all__ = ["TypedStorage", "UntypedStorage"]

_U8 = dtypes.uint8.code
_mapped = weakref.WeakValueDictionary()  # identity of the memory -> the mapping that it lives in
_known = weakref.WeakValueDictionary()  # identity of the memory -> its storage object


def resize_bytes(t, count):
    """Give t's storage another size; every tensor on it sees that. RuntimeError for memory that others own."""
    _C.resize_storage(t, count)


def _int64(x, refusal, kinds=(int, numpy.integer)):
    """A Python or NumPy integer of 64 bits; `refusal` is what other things raise."""
    if not isinstance(x, kinds) or (isinstance(x, bool) and kinds is not int):
        raise refusal
    if not -(2**63) <= x < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return int(x)


def _ssize(x):
    """What C functions of Python take for a size."""
    n = operator.index(x)
    if not -(2**63) <= n < 2**63:
        raise OverflowError("Python int too large to convert to C ssize_t")
    return n


def _key(t):
    return _C.storage_info(t)[2] or id(t)


class UntypedStorage:
    """Bytes in memory: UntypedStorage(10), UntypedStorage([1, 2, 3]), tensor.untyped_storage()."""

    __module__ = "torch.storage"
    is_sparse = is_sparse_csr = is_hpu = False

    def __new__(cls, *args, device=None, **kwargs):
        if kwargs or len(args) > 1:
            raise TypeError("UntypedStorage() takes a size or a sequence, and device")
        from mindtorch._ops.creation import tensor

        code = devices.code_of(device)
        given = args[0] if args else 0
        if isinstance(given, (collections.abc.Sequence, UntypedStorage)):
            numbers = list(given)
            if wrong := [v for v in numbers if not isinstance(v, int)]:
                raise RuntimeError(f"torch.UntypedStorage(): tried to construct a storage from a sequence ({type(given).__name__}), but one of the items was of type {type(wrong[0]).__name__} "
                                   "instead of int")
            made = tensor([v & 255 for v in numbers], dtype=dtypes.uint8, device=device)
        else:
            if isinstance(given, Tensor) and not given.ndim and not given.is_floating_point():
                given = operator.index(given)
            made = _C.empty((_int64(given, RuntimeError(f"torch.UntypedStorage(): Expected a sequence type, but got {type(given).__name__}")),), _U8, code)
        return cls._of(made)

    @classmethod
    def _of(cls, t):
        """The storage object of a tensor: one object for one memory."""
        known = _known.get(_key(t)) if t._device_code >= 0 else None
        if known is not None:
            return known
        self = object.__new__(cls)
        size = _C.storage_info(t)[1]
        self._bytes = _C.strided(t, (size,), (1,), 0, _U8) if t._device_code >= 0 else _C.empty((size,), _U8, -1)
        self._map = _mapped.get(_key(self._bytes)) if t._device_code >= 0 else None
        if t._device_code >= 0:
            _known[_key(self._bytes)] = self
        return self

    def _all(self):
        return _C.strided(self._bytes, (self.nbytes(),), (1,), 0, _U8) if self._bytes._device_code >= 0 else self._bytes

    def nbytes(self):
        """Number of bytes."""
        return _C.storage_info(self._bytes)[1]

    size = __len__ = nbytes

    def element_size(self):
        """1: the elements are bytes."""
        return 1

    def data_ptr(self):
        """Address of the first byte."""
        return _C.storage_info(self._bytes)[0] or 0

    @property
    def _cdata(self):
        return _key(self._bytes)

    @property
    def device(self):
        """Where the bytes are."""
        return self._bytes.device

    @property
    def is_cuda(self):
        """Whether the device is called cuda."""
        return self.device.type == "cuda"

    def get_device(self):
        """Number of the device; -1 for cpu."""
        return self._bytes.get_device()

    def resizable(self):
        """Whether the memory is ours to resize."""
        return _C.is_resizable(self._bytes)

    def resize_(self, size):
        """Change the number of bytes, keeping what fits; RuntimeError for memory that others own."""
        size = _int64(size, RuntimeError(f"resize_ expects an int, but got {type(size).__name__}"))
        if self._bytes._device_code < 0:
            self._bytes = _C.empty((size,), _U8, -1)
        elif size != self.nbytes() or not self.resizable():
            resize_bytes(self._bytes, size)
        return self

    def copy_(self, source, non_blocking=None):
        """Overwrite with the bytes of a storage of the same size."""
        source = getattr(source, "_untyped_storage", source)
        if not isinstance(source, UntypedStorage):
            raise TypeError(f"copy_(): argument 'src' (position 1) must be torch.Storage, not {type(source).__name__}")
        if source.nbytes() != self.nbytes():
            raise RuntimeError(f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} bytes")
        run("copy", (self._all(), source._all()))
        return self

    def fill_(self, value):
        """Set every byte."""
        run("fill", (self._all(),), (_int64(value, RuntimeError(f"fill_ expects int, but got {type(value).__name__}"), int) & 255,))
        return self

    def _part(self, i):
        """Begin and number of bytes of a slice."""
        start, stop, step = i.indices(self.nbytes())
        if step != 1:
            raise RuntimeError(f"Trying to slice with a step of {step}, but only a step of 1 is supported")
        return start, max(stop - start, 0)

    def __getitem__(self, i):
        if self._bytes._device_code < 0:
            raise NotImplementedError("Not available for 'meta' device type")
        if isinstance(i, slice):
            start, count = self._part(i)
            part = object.__new__(UntypedStorage)
            part._bytes, part._map = _C.from_memory(self.data_ptr() + start, count, (count,), _U8, self._bytes), None
            return part
        i, n = _int64(i, TypeError(f"can't index a {type(self).__module__}.{type(self).__name__} with {type(i).__name__}")), self.nbytes()
        if not -n <= i < n:
            raise IndexError(f"index {i} out of range for storage of size {n}")
        return _C.item(_C.strided(self._bytes, (), (), i % n, _U8))

    def __setitem__(self, i, value):
        value = _int64(value, RuntimeError(f"can only set storage content with a int types, but got {type(value).__name__} instead"), int) & 255
        if isinstance(i, slice):
            start, count = self._part(i)
            target = _C.strided(self._bytes, (count,), (1,), start, _U8)
        else:
            i, n = _int64(i, RuntimeError(f"can't index a {type(self).__module__}.{type(self).__name__} with {type(i).__name__}")), self.nbytes()
            if not 0 <= i < n:
                raise RuntimeError("out of bounds")
            target = _C.strided(self._bytes, (), (), i, _U8)
        if self._bytes._device_code >= 0:
            run("fill", (target,), (value,))

    def __iter__(self):
        return iter(self.tolist())

    def tolist(self):
        """The bytes as Python ints."""
        return _C.tolist(self._all())

    def clone(self):
        """A copy with memory of its own."""
        return UntypedStorage._of(convert(self._all(), _U8, copy=True))

    __copy__ = clone

    def __deepcopy__(self, memo):
        memo = memo.setdefault("torch", {})
        if self._cdata not in memo:
            memo[self._cdata] = self.clone()
        return memo[self._cdata]

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    def __hash__(self):
        return id(self)

    def to(self, *, device, non_blocking=False):
        """The bytes on another device; itself when they are there."""
        code = devices.code_of(device)
        return self if code == self._bytes._device_code else UntypedStorage._of(convert(self._all(), _U8, code))

    def cpu(self):
        """The bytes in the processor's memory."""
        return self.to(device="cpu")

    def cuda(self, device=None, non_blocking=False):
        """The bytes on a cuda device."""
        return self.to(device="cuda" if device is None else device)

    def type(self, dtype=None, non_blocking=False):
        """Name of the class."""
        if dtype is not None:
            raise NotImplementedError("UntypedStorage.type(dtype) is not supported: use a tensor")
        return "torch.storage.UntypedStorage"

    def new(self):
        """An empty storage on the same device."""
        return UntypedStorage(0, device=self.device)

    def untyped(self):
        """Itself."""
        return self

    def _typed(self, dtype):
        return TypedStorage(wrap_storage=self.clone(), dtype=dtype, _internal=True)

    def byteswap(self, dtype):
        """Reverse the bytes of each element in place; RuntimeError when they do not come out even."""
        if not isinstance(dtype, dtypes.dtype):
            raise RuntimeError(f"expected torch.dtype, but got {type(dtype)}")
        width = dtype.itemsize // (2 if dtype.is_complex else 1)
        if self.nbytes() % dtype.itemsize:
            raise RuntimeError(f"the length of data is not a multiple of {dtype.itemsize}")
        _array(self).view(f"u{width}").byteswap(inplace=True)

    def is_pinned(self, device=None):
        """Whether the memory is page-locked."""
        if device is not None:
            devices.device(device)
        return False

    def pin_memory(self, device=None):
        """A page-locked copy; RuntimeError without an accelerator."""
        self._all().pin_memory(device)
        return self.clone()

    def is_shared(self):
        """Whether other processes can map the memory."""
        return self._bytes._device_code > 0 or (self._map is not None and self._map.shared)

    @property
    def filename(self):
        """Name of the mapped file, or None."""
        return self._map and self._map.filename

    def share_memory_(self):
        """Move the bytes to memory that other processes can map; every tensor on them follows."""
        if self._bytes._device_code < 0:
            raise RuntimeError("_share_fd_: only available on CPU")
        if self._bytes._device_code == 0 and not self.is_shared():
            size = self.nbytes()
            fd = os.memfd_create("mindtorch", 0)
            os.ftruncate(fd, max(size, 1))
            self._adopt(fd, size, copy=True)
        return self

    def _adopt(self, fd, size, copy):
        try:
            memory = mmap.mmap(fd, max(size, 1))
        except (OSError, ValueError, OverflowError) as e:
            os.close(fd)
            raise RuntimeError(f"unable to mmap {size} bytes from a file descriptor: {e}") from e
        address = numpy.frombuffer(memory, numpy.uint8)
        if copy and size:
            address[:size] = _array(self)
        self._map = _mapped[_key(self._bytes)] = _Mapped(memory, address, fd, True)
        _C.adopt_storage(self._bytes, address.__array_interface__["data"][0], size, (address, self._map))

    def _share_fd_cpu_(self):
        """(file descriptor, bytes) of the shared memory; moves there first."""
        self.share_memory_()
        return os.dup(self._map.fd), self.nbytes()

    @classmethod
    def _new_shared_fd_cpu(cls, fd, size):
        """The storage on another process's shared memory."""
        size = _ssize(size)
        if size < 0:
            raise RuntimeError(f"unable to mmap {size} bytes from a file descriptor")
        try:
            fd = os.dup(fd)
        except OSError as e:
            raise RuntimeError("could not duplicate a shared memory file descriptor") from e
        self = cls(0)
        self._adopt(fd, size, copy=False)
        return self

    @classmethod
    def _new_shared(cls, size, *, device="cpu"):
        return cls(operator.index(size), device=device).share_memory_()

    @staticmethod
    def from_file(filename, shared=False, nbytes=0):
        """The bytes of a mapped file; shared=True writes through and makes the file long enough. RuntimeError when it cannot be mapped."""
        if not isinstance(filename, (str, os.PathLike)):
            raise TypeError(f"argument 1 must be str, not {type(filename).__name__}")
        filename, size = os.fspath(filename), _ssize(nbytes)
        shared = bool(operator.index(shared))
        if size < 0:
            raise RuntimeError(f"unable to mmap {size} bytes from file <{filename}>")
        try:
            with open(filename, "r+b" if shared and os.path.exists(filename) else "w+b" if shared else "rb") as f:
                have = os.fstat(f.fileno()).st_size
                if size > have:
                    if not shared:
                        raise RuntimeError(f"file <{filename}> size <{have}> is smaller than the required mapping size <{size}>")
                    os.ftruncate(f.fileno(), size)
                if size == 0:
                    return UntypedStorage(0)
                memory = mmap.mmap(f.fileno(), size, flags=mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        except (OSError, ValueError, OverflowError) as e:
            raise RuntimeError(f"unable to mmap {size} bytes from file <{filename}>: {e}") from e
        address = numpy.frombuffer(memory, numpy.uint8)
        mapped = _Mapped(memory, address, None, shared, filename)
        flat = _C.from_memory(address.__array_interface__["data"][0], size, (size,), _U8, (address, mapped))
        _mapped[_key(flat)] = mapped
        return UntypedStorage._of(flat)

    @staticmethod
    def from_buffer(buffer, byte_order="native", count=-1, offset=0, *, dtype=dtypes.uint8):
        """A copy of an object's bytes; ValueError when count and offset do not fit it."""
        if not isinstance(byte_order, str):
            raise TypeError(f"argument 2 must be str, not {type(byte_order).__name__}")
        if byte_order not in ("big", "little", "native"):
            raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
        if not isinstance(dtype, dtypes.dtype):
            raise RuntimeError("argument 'dtype' must be of type torch.dtype")
        view, count, offset, width = memoryview(buffer), _ssize(count), _ssize(offset), dtype.itemsize
        if not 0 <= offset <= view.nbytes:
            raise ValueError(f"offset must be non-negative and no greater than buffer length ({view.nbytes}), but got {offset}")
        if count < 0:
            if (view.nbytes - offset) % width:
                raise ValueError(f"buffer size ({view.nbytes}) must be a multiple of element size ({width})")
            count = (view.nbytes - offset) // width
        elif offset + count * width > view.nbytes:
            raise ValueError(f"buffer has only {(view.nbytes - offset) // width} elements after offset {offset}, but specified a size of {count}")
        self = UntypedStorage(count * width)
        if count:
            source = numpy.frombuffer(view, numpy.uint8, count * width, offset)
            _array(self)[:] = source != 0 if dtype is dtypes.bool else source
        if byte_order != "native" and byte_order != sys.byteorder:
            self.byteswap(dtype)
        return self

    def _write_file(self, f, is_real_file, save_size, element_size):
        if save_size:
            f.write((self.nbytes() // element_size).to_bytes(8, "little"))
        f.write(memoryview(_array(self.cpu())))

    def __reduce__(self):
        from mindtorch.serialization import save

        b = io.BytesIO()
        save(self, b, _use_new_zipfile_serialization=False)
        return (_load_from_bytes, (b.getvalue(),))

    def __sizeof__(self):
        return object.__sizeof__(self) + self.nbytes()

    def __repr__(self):
        if self._bytes._device_code < 0:
            return f"...\n[torch.storage.UntypedStorage(device=meta) of size {self.nbytes()}]"
        return "".join(f" {v}\n" for v in self.tolist()) + f"[torch.storage.UntypedStorage(device={self.device}) of size {self.nbytes()}]"


class _Mapped:
    """Keeps a mapping while a tensor lives on it."""

    def __init__(self, memory, array, fd, shared, filename=None):
        self.memory, self.array, self.fd, self.shared, self.filename = memory, array, fd, shared, filename

    def __del__(self):
        if self.fd is not None:
            os.close(self.fd)


def _array(storage):
    """NumPy bytes on a storage in host memory."""
    from mindtorch._ops.tensor_methods import to_numpy

    return to_numpy(storage._all())


def _load_from_bytes(data):
    from mindtorch.serialization import load

    return load(io.BytesIO(data), weights_only=False)


_load_from_bytes.__module__ = "torch.storage"  # the name that pickles mention


def _warn_typed_storage_removal(stacklevel=2):
    from mindtorch._ops.tensor_methods import warn_once

    warn_once("TypedStorage", "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. This should only matter to you if you are using "
              "storages directly.  To access UntypedStorage directly, use tensor.untyped_storage() instead of tensor.storage()", stacklevel + 2)


_LEGACY = {"DoubleStorage": dtypes.float64, "FloatStorage": dtypes.float32, "HalfStorage": dtypes.float16, "LongStorage": dtypes.int64, "IntStorage": dtypes.int32, "ShortStorage": dtypes.int16,
           "CharStorage": dtypes.int8, "ByteStorage": dtypes.uint8, "BoolStorage": dtypes.bool, "BFloat16Storage": dtypes.bfloat16, "ComplexDoubleStorage": dtypes.complex128,
           "ComplexFloatStorage": dtypes.complex64, **{n + "Storage": dtypes.BY_NAME[n.lower()] for n in ("QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4")}}
_HELD = {"qint8": dtypes.int8, "quint8": dtypes.uint8, "qint32": dtypes.int32, "quint4x2": dtypes.uint8, "quint2x4": dtypes.uint8}  # quantised elements, as the integers they are
LEGACY_NAME = {d: n for n, d in _LEGACY.items()}


class TypedStorage:
    """A storage seen as elements of one dtype (deprecated in favour of UntypedStorage)."""

    __module__ = "torch.storage"
    is_sparse = False

    def __init__(self, *args, wrap_storage=None, dtype=None, device=None, _internal=False):
        dtype = getattr(type(self), "_legacy_storage_dtype", None) or (dtypes.get_default_dtype() if dtype is None else dtype)
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
            from mindtorch._ops.creation import tensor

            self._untyped_storage = UntypedStorage._of(tensor(list(given), dtype=self._held, device=device))
        else:
            raise TypeError(f"a typed storage is made of a size or a sequence of numbers, not of a {type(given).__name__}")

    def _tensor(self):
        n = self.nbytes() // self.dtype.itemsize
        b = self._untyped_storage._bytes
        return _C.strided(b, (n,), (1,), 0, self._held.code) if b._device_code >= 0 else _C.empty((n,), self._held.code, -1)

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
        size = _int64(size, RuntimeError(f"resize_ expects an int, but got {type(size).__name__}"))
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
            raise NotImplementedError(f"a storage of {self.dtype} does not become one of {dtype}: quantised numbers are converted with their scale, in tensors")
        return self._wrap(UntypedStorage._of(convert(self._tensor(), self._held.code if dtype is self.dtype else dtype.code, copy=True)), dtype)

    def type(self, dtype=None, non_blocking=False):
        """Name of the legacy class, or the elements as another dtype."""
        if dtype is None:
            return f"torch.{'' if self._untyped_storage._bytes._device_code <= 0 else self.device.type + '.'}{LEGACY_NAME[self.dtype]}"
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
        return cls(wrap_storage=UntypedStorage.from_file(filename, shared, operator.index(size) * dtype.itemsize), _internal=True)

    @classmethod
    def from_buffer(cls, *args, dtype=None, **kwargs):
        """A copy of an object's bytes as elements."""
        dtype = getattr(cls, "_legacy_storage_dtype", dtype)
        return TypedStorage(wrap_storage=UntypedStorage.from_buffer(*args, dtype=dtype, **kwargs), dtype=dtype, _internal=True)

    _from_buffer = from_buffer

    def __eq__(self, other):
        return isinstance(other, TypedStorage) and self._untyped_storage is other._untyped_storage and self.dtype is other.dtype

    def __hash__(self):
        return hash((id(self._untyped_storage), self.dtype))

    def __reduce__(self):
        from mindtorch.serialization import save

        b = io.BytesIO()
        save(self, b, _use_new_zipfile_serialization=False)
        return (_load_from_bytes, (b.getvalue(),))

    def __repr__(self):
        head = f"[{self.__class__.__module__}.{self.__class__.__name__}(dtype={self.dtype}, device={self.device}) of size {len(self)}]"
        return "...\n" + head if self.device.type == "meta" else "".join(f" {v}\n" for v in self.tolist()) + head


for _name, _dtype in [("double", dtypes.float64), ("float", dtypes.float32), ("half", dtypes.float16), ("long", dtypes.int64), ("int", dtypes.int32), ("short", dtypes.int16), ("char", dtypes.int8),
                      ("byte", dtypes.uint8), ("bool", dtypes.bool), ("bfloat16", dtypes.bfloat16), ("complex_double", dtypes.complex128), ("complex_float", dtypes.complex64)]:
    setattr(TypedStorage, _name, lambda self, d=_dtype: self._to(d))


class _LegacyStorageMeta(type):
    dtype = property(lambda cls: cls._legacy_storage_dtype)

    def __call__(cls, *args, **kwargs):
        return TypedStorage(*args, dtype=cls._legacy_storage_dtype, **kwargs)

    def __instancecheck__(cls, instance):
        return type.__instancecheck__(cls, instance) or (type(instance) is TypedStorage and instance.dtype is getattr(cls, "_legacy_storage_dtype", None))


def _legacy(name, dtype):
    return _LegacyStorageMeta(name, (TypedStorage,), {"__module__": "torch", "_legacy_storage_dtype": dtype, "__doc__": f"A typed storage of {dtype}."})


LEGACY_CLASSES = {name: _legacy(name, dtype) for name, dtype in _LEGACY.items()}


def is_storage(obj):
    """Whether obj is a storage, typed or not."""
    return isinstance(obj, (TypedStorage, UntypedStorage))


