"""Untyped storages: the bytes that tensors and their views share."""
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
from mindtorch._ops.creation.casts import convert
from mindtorch._ops.table.registry import run

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


def _kind(x):
    return type(x).__name__


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
        from mindtorch._ops.creation.factories import tensor

        code = devices.code_of(device)
        given = args[0] if args else 0
        if isinstance(given, (collections.abc.Sequence, UntypedStorage)):
            numbers = list(given)
            if wrong := [v for v in numbers if not isinstance(v, int)]:
                raise RuntimeError("torch.UntypedStorage(): tried to construct a storage from a sequence "
                                   f"({_kind(given)}), but one of the items was of type {_kind(wrong[0])} instead of "
                                   "int")
            made = tensor([v & 255 for v in numbers], dtype=dtypes.uint8, device=device)
        else:
            if isinstance(given, Tensor) and not given.ndim and not given.is_floating_point():
                given = operator.index(given)
            refusal = RuntimeError(f"torch.UntypedStorage(): Expected a sequence type, but got {_kind(given)}")
            made = _C.empty((_int64(given, refusal),), _U8, code)
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
        size = _int64(size, RuntimeError(f"resize_ expects an int, but got {_kind(size)}"))
        if self._bytes._device_code < 0:
            self._bytes = _C.empty((size,), _U8, -1)
        elif size != self.nbytes() or not self.resizable():
            resize_bytes(self._bytes, size)
        return self

    def copy_(self, source, non_blocking=None):
        """Overwrite with the bytes of a storage of the same size."""
        source = getattr(source, "_untyped_storage", source)
        if not isinstance(source, UntypedStorage):
            raise TypeError(f"copy_(): argument 'src' (position 1) must be torch.Storage, not {_kind(source)}")
        if source.nbytes() != self.nbytes():
            raise RuntimeError(f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} "
                               "bytes")
        run("copy", (self._all(), source._all()))
        return self

    def fill_(self, value):
        """Set every byte."""
        value = _int64(value, RuntimeError(f"fill_ expects int, but got {_kind(value)}"), int) & 255
        run("fill", (self._all(),), (value,))
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
        i, n = _int64(i, TypeError(f"can't index a torch.UntypedStorage with {_kind(i)}")), self.nbytes()
        if not -n <= i < n:
            raise IndexError(f"index {i} out of range for storage of size {n}")
        return _C.item(_C.strided(self._bytes, (), (), i % n, _U8))

    def __setitem__(self, i, value):
        refusal = RuntimeError(f"can only set storage content with a int types, but got {_kind(value)} instead")
        value = _int64(value, refusal, int) & 255
        if isinstance(i, slice):
            start, count = self._part(i)
            target = _C.strided(self._bytes, (count,), (1,), start, _U8)
        else:
            i, n = _int64(i, RuntimeError(f"can't index a torch.UntypedStorage with {_kind(i)}")), self.nbytes()
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
        from .typed import TypedStorage

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
        return self._bytes.is_pinned()

    def pin_memory(self, device=None):
        """A page-locked copy; RuntimeError without an accelerator."""
        return self._all().pin_memory(device).untyped_storage()

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
        """The bytes of a mapped file; shared=True writes through and makes the file long enough. RuntimeError when
        it cannot be mapped."""
        if not isinstance(filename, (str, os.PathLike)):
            raise TypeError(f"argument 1 must be str, not {_kind(filename)}")
        filename, size = os.fspath(filename), _ssize(nbytes)
        shared = bool(operator.index(shared))
        if size < 0:
            raise RuntimeError(f"unable to mmap {size} bytes from file <{filename}>")
        try:
            with open(filename, "r+b" if shared and os.path.exists(filename) else "w+b" if shared else "rb") as f:
                have = os.fstat(f.fileno()).st_size
                if size > have:
                    if not shared:
                        raise RuntimeError(f"file <{filename}> size <{have}> is smaller than the required mapping "
                                           f"size <{size}>")
                    os.ftruncate(f.fileno(), size)
                if size == 0:
                    return UntypedStorage(0)
                memory = mmap.mmap(f.fileno(), size, flags=mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE,
                                   prot=mmap.PROT_READ | mmap.PROT_WRITE)
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
            raise TypeError(f"argument 2 must be str, not {_kind(byte_order)}")
        if byte_order not in ("big", "little", "native"):
            raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
        if not isinstance(dtype, dtypes.dtype):
            raise RuntimeError("argument 'dtype' must be of type torch.dtype")
        view, count, offset, width = memoryview(buffer), _ssize(count), _ssize(offset), dtype.itemsize
        if not 0 <= offset <= view.nbytes:
            raise ValueError(f"offset must be non-negative and no greater than buffer length ({view.nbytes}), but got "
                             f"{offset}")
        if count < 0:
            if (view.nbytes - offset) % width:
                raise ValueError(f"buffer size ({view.nbytes}) must be a multiple of element size ({width})")
            count = (view.nbytes - offset) // width
        elif offset + count * width > view.nbytes:
            raise ValueError(f"buffer has only {(view.nbytes - offset) // width} elements after offset {offset}, but "
                             f"specified a size of {count}")
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
        from .saving import save
        from .typed import _load_from_bytes

        b = io.BytesIO()
        save(self, b, _use_new_zipfile_serialization=False)
        return (_load_from_bytes, (b.getvalue(),))

    def __sizeof__(self):
        return object.__sizeof__(self) + self.nbytes()

    def __repr__(self):
        if self._bytes._device_code < 0:
            return f"...\n[torch.storage.UntypedStorage(device=meta) of size {self.nbytes()}]"
        return "".join(f" {v}\n"
                       for v in self.tolist(
                           )) + f"[torch.storage.UntypedStorage(device={self.device}) of size {self.nbytes()}]"


class _Mapped:
    """Keeps a mapping while a tensor lives on it."""

    def __init__(self, memory, array, fd, shared, filename=None):
        self.memory, self.array, self.fd, self.shared, self.filename = memory, array, fd, shared, filename

    def __del__(self):
        if self.fd is not None:
            os.close(self.fd)


def _array(storage):
    """NumPy bytes on a storage in host memory."""
    from mindtorch._ops.tensor.methods import to_numpy

    return to_numpy(storage._all())
