"""torch.save and torch.load: PyTorch's own file formats, both ways."""
import contextlib
import enum
import io
import os
import pickle
import sys
import zlib

import mindtorch._C as _C
from mindtorch import _utils
from mindtorch._core import devices, dtypes
from mindtorch._core.layouts import _get_layout  # noqa: F401  (the name that pickles mention)

from . import archive, weights_only as _weights_only
from .typed import LEGACY_CLASSES, LEGACY_NAME, StorageType, TypedStorage, UntypedStorage, _array

__all__ = ["SourceChangeWarning", "mkdtemp", "register_package", "check_module_version_greater_or_equal",
           "validate_cuda_device", "location_tag", "default_restore_location",
           "storage_to_tensor_type", "save", "load", "StorageType", "LoadEndianness", "get_crc32_options",
           "set_crc32_options", "get_default_load_endianness", "set_default_load_endianness",
           "get_default_mmap_options", "set_default_mmap_options", "clear_safe_globals", "get_safe_globals",
           "add_safe_globals", "safe_globals", "get_unsafe_globals_in_checkpoint", "skip_data"]

DEFAULT_PROTOCOL = 2
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
MAP_LOCATION = object
_WIDEST = 16  # bytes of the widest element: what is mapped must begin at a multiple of it


class SourceChangeWarning(Warning):
    """A class's source differs from that of the time of saving."""


class LoadEndianness(enum.Enum):
    """Byte order of files that do not tell it."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


_settings = {"endianness": None, "crc32": True, "mmap_flags": 2}


def get_default_load_endianness():
    """Byte order assumed for files that do not tell it."""
    return _settings["endianness"]


def set_default_load_endianness(endianness):
    """Set the byte order assumed for files that do not tell it."""
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _settings["endianness"] = endianness


def get_crc32_options():
    """Whether save writes checksums."""
    return _settings["crc32"]


def set_crc32_options(compute_crc32):
    """Checksums are always written: only True has meaning here, False changes nothing but the answer."""
    _settings["crc32"] = compute_crc32


def get_default_mmap_options():
    """Flags of mapped files: MAP_PRIVATE unless set."""
    return _settings["mmap_flags"]


class set_default_mmap_options:
    """Set the flags of mapped files (MAP_PRIVATE or MAP_SHARED), for good or in a with block."""

    def __init__(self, flags):
        import mmap

        if flags not in (mmap.MAP_PRIVATE, mmap.MAP_SHARED):
            raise ValueError("Invalid argument in function set_default_mmap_options, expected mmap.MAP_PRIVATE or "
                             f"mmap.MAP_SHARED, but got {flags}")
        self.before, _settings["mmap_flags"] = _settings["mmap_flags"], flags

    def __enter__(self):
        pass

    def __exit__(self, *exc):
        _settings["mmap_flags"] = self.before


def add_safe_globals(safe_globals):
    """Let weights_only loads create these classes and call these functions: objects, or (object, 'module.name')."""
    _weights_only.add(safe_globals)


def clear_safe_globals():
    """Forget what add_safe_globals allowed."""
    _weights_only.clear()


def get_safe_globals():
    """What add_safe_globals allowed."""
    return _weights_only.listed()


safe_globals = _weights_only.allowing


class skip_data:
    """NotImplementedError: files without their tensors' bytes are not supported."""

    def __init__(self, materialize_fake_tensors=False):
        raise NotImplementedError("skip_data is not supported")


def mkdtemp():
    """A temporary directory as a context."""
    import tempfile

    return tempfile.TemporaryDirectory()


def check_module_version_greater_or_equal(module, req_version_tuple, error_if_malformed=True):
    """Whether a module's version is at least this one."""
    try:
        version = tuple(type(r)(p) for r, p in zip(req_version_tuple, module.__version__.split(".")))
    except (ValueError, AttributeError) as e:
        if error_if_malformed:
            raise RuntimeError(f"'{module.__name__}' module version string is malformed "
                               f"'{getattr(module, '__version__', None)}'") from e
        return True
    return version >= req_version_tuple


# ---- where storages go ----
_packages = []


def register_package(priority, tagger, deserializer):
    """Let tagger(storage) name a location and deserializer(storage, location) restore it; lower priorities are asked
    first."""
    _packages.append((priority, tagger, deserializer))
    _packages.sort(key=lambda p: p[0])


def _device_tag(storage):
    d = storage.device
    return d.type if d.type in ("cpu", "meta") else str(d)


def _restore(storage, location):
    if location == "cpu":
        return storage.cpu() if storage._bytes._device_code else storage
    kind = location.partition(":")[0]
    if kind == "meta":
        return UntypedStorage(storage.nbytes(), device="meta")
    if kind in ("cuda", "npu", "privateuseone"):
        validate_cuda_device(location)
        return storage.to(device=location.replace("privateuseone", "npu"))
    return None


def validate_cuda_device(location):
    """The device's number; RuntimeError when it is not here."""
    d = devices.device(location)
    if not devices.npu_count():
        raise RuntimeError(
            f"Attempting to deserialize object on a {d.type.upper()} device but torch.{d.type}.is_available() is "
            "False. If you are running on a CPU-only machine, please use torch.load "
            "with map_location=torch.device('cpu') to map your storages to the CPU."
        )
    if d.index is not None and d.index >= devices.npu_count():
        raise RuntimeError(
            f"Attempting to deserialize object on {d.type.upper()} device {d.index} but torch.{d.type}.device_count() "
            f"is {devices.npu_count()}. Please use torch.load with map_location "
            "to map your storages to an existing device."
        )
    return d.index or 0


register_package(10, _device_tag, _restore)


def location_tag(storage):
    """The name of a storage's device in files; RuntimeError when nobody knows it."""
    for _, tagger, _ in _packages:
        if (tag := tagger(storage)) is not None:
            return tag
    raise RuntimeError("don't know how to determine data location of " + type(storage).__name__)


def default_restore_location(storage, location):
    """The storage at the place that a file names; RuntimeError when nobody knows it."""
    for _, _, deserializer in _packages:
        if (made := deserializer(storage, location)) is not None:
            return made
    raise RuntimeError(f"don't know how to restore data location of {type(storage).__name__} (tagged with {location})")


def _location_function(map_location):
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        return lambda storage, location: default_restore_location(storage, map_location.get(location, location))
    if isinstance(map_location, (str, bytes)):
        name = map_location if isinstance(map_location, str) else map_location.decode()
        return lambda storage, location: default_restore_location(storage, name)
    if isinstance(map_location, devices.device):
        return lambda storage, location: default_restore_location(storage, str(map_location))

    def choose(storage, location):
        made = map_location(storage, location)
        return default_restore_location(storage, location) if made is None else getattr(made, "_untyped_storage", made)

    return choose


def normalize_storage_type(storage_type):
    """A storage class itself: those of devices and of the processor are one here."""
    return storage_type



def storage_to_tensor_type(storage):
    """The legacy tensor class of a typed storage."""
    import mindtorch

    return getattr(mindtorch, type(storage).__name__.replace("Storage", "Tensor"))


# ---- writing ----


class _Collector:
    """Gives storages their keys while the pickler meets them."""

    def __init__(self):
        self.storages, self.dtypes, self.keys = {}, {}, {}

    def __call__(self, obj):
        if not isinstance(obj, (TypedStorage, UntypedStorage)):
            return None
        if isinstance(obj, TypedStorage):
            storage, dtype, cls = obj._untyped_storage, obj.dtype, LEGACY_CLASSES[LEGACY_NAME[obj.dtype]]
        else:
            storage, dtype, cls = obj, dtypes.uint8, UntypedStorage
        identity = storage._cdata
        if storage.nbytes():
            if self.dtypes.setdefault(identity, dtype) is not dtype and dtypes.uint8 not in (
                self.dtypes[identity],
                dtype,
            ):
                raise RuntimeError(
                    "Cannot save multiple tensors or storages that view the same data as different types")
        key = self.keys.setdefault(identity, str(len(self.keys)))
        self.storages.setdefault(key, storage)
        return ("storage", cls, key, location_tag(storage), storage.nbytes() // dtype.itemsize)


def _pickled(obj, collector, pickle_module, protocol):
    buffer = io.BytesIO()

    class Pickler(pickle_module.Pickler):
        def persistent_id(self, o):
            return collector(o)

    Pickler(buffer, protocol=protocol).dump(obj)
    return buffer.getvalue()


def _check_dill(pickle_module):
    if getattr(pickle_module, "__name__", "") == "dill" and not check_module_version_greater_or_equal(
        pickle_module, (0, 3, 1), False
    ):
        raise ValueError("'torch' supports dill >= 0.3.1")


def save(obj, f, pickle_module=pickle, pickle_protocol=DEFAULT_PROTOCOL, _use_new_zipfile_serialization=True,
         _disable_byteorder_record=False):
    """Write an object with its tensors to a path or a file-like object, as PyTorch does; tensors that share memory go
    on sharing it.
    TypeError for what is no place to write to, RuntimeError when the folder is not there."""
    _check_dill(pickle_module)
    if not (isinstance(f, (str, os.PathLike)) or hasattr(f, "write")):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute, got "
                             f"{type(f).__name__}")
    collector = _Collector()
    with contextlib.ExitStack() as stack:
        name = "archive"
        if isinstance(f, (str, os.PathLike)):
            path = os.fspath(f)
            parent = os.path.dirname(path)
            if parent and not os.path.isdir(parent):
                raise RuntimeError(f"Parent directory {parent} does not exist.")
            name = os.path.splitext(os.path.basename(path))[0] or "archive"
            data = _pickled(obj, collector, pickle_module, pickle_protocol)
            f = stack.enter_context(open(path, "wb"))
        else:
            data = _pickled(obj, collector, pickle_module, pickle_protocol)
        if _use_new_zipfile_serialization:
            _save_zip(data, collector, f, name, not _disable_byteorder_record)
        else:
            _save_legacy(obj, f, pickle_module, pickle_protocol)


def _save_zip(data, collector, f, name, byteorder):
    writer = archive.Writer(f, name)
    with writer.zip:
        writer.record("data.pkl", data)
        writer.record(".format_version", b"1")
        writer.record(".storage_alignment", str(archive.ALIGNMENT).encode())
        if byteorder:
            writer.record("byteorder", sys.byteorder.encode())
        sums = [zlib.crc32(data)]
        for key, storage in collector.storages.items():
            content = memoryview(_array(storage.cpu()))
            writer.record(f"data/{key}", content)
            sums.append(zlib.crc32(memoryview(content)[: 1 << 16]))
        writer.record("version", b"3\n")
        writer.record(".data/serialization_id", f"{sums[0]:020d}{zlib.crc32(repr(sums).encode()):020d}".encode())


def _save_legacy(obj, f, pickle_module, protocol):
    views = _Collector()

    class Pickler(pickle_module.Pickler):
        def persistent_id(self, o):
            pid = views(o)
            return None if pid is None else (*pid, None)

    for head in (MAGIC_NUMBER, PROTOCOL_VERSION,
                 dict(protocol_version=PROTOCOL_VERSION, little_endian=sys.byteorder == "little",
                      type_sizes=dict(short=2, int=4, long=4))):
        pickle_module.dump(head, f, protocol=protocol)
    Pickler(f, protocol=protocol).dump(obj)
    pickle_module.dump(sorted(views.storages), f, protocol=protocol)
    f.flush()
    for key in sorted(views.storages):
        storage = views.storages[key]
        storage._write_file(f, True, True, views.dtypes.get(storage._cdata, dtypes.uint8).itemsize)


# ---- reading ----
def _is_zip(f):
    start = f.tell()
    head = f.read(4)
    f.seek(start)
    return head == b"PK\3\4"


def _check_readable(f):
    for name in ("seek", "tell", "read", "readline"):
        if not hasattr(f, name):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{name}'. You can only torch.load from a file that is "
                "seekable. Please pre-load the data into a buffer like io.BytesIO "
                "and try to load from it instead."
            )
    try:
        f.seek(f.tell())
    except (io.UnsupportedOperation, AttributeError) as e:
        raise type(e)(f"{e}. You can only torch.load from a file that is seekable. Please pre-load the data into a "
                      "buffer like io.BytesIO and try to load from it instead.") from e


_ADVICE = (
    "Weights only load failed. The file holds more than tensors and plain containers, and nothing else is created from "
    "it by default. If you trust its source you can set "
    "`weights_only=False`, which runs whatever code the file names. Otherwise allow the classes it needs with "
    "`torch.serialization.add_safe_globals`.\n\t"
    "WeightsUnpickler error: "
)


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """Read what save wrote (here or in PyTorch) from a path or a seekable file. weights_only (default) creates tensors
    and plain
    containers alone. map_location moves storages: a device, a string, a dict or a function. mmap=True reads tensors
    from disk when touched.
    UnpicklingError for forbidden contents, RuntimeError for damaged files, EOFError for empty ones."""
    _check_dill(pickle_module)
    true = ("1", "y", "yes", "true")
    forced, forced_off = (os.environ.get(f"TORCH_FORCE_{n}", "0") in true
                          for n in ("WEIGHTS_ONLY_LOAD", "NO_WEIGHTS_ONLY_LOAD"))
    if forced and forced_off:
        raise RuntimeError("Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should "
                           "be set, but both were set.")
    if weights_only is None:
        weights_only = pickle_module is None and not forced_off
    elif forced_off and not weights_only:
        weights_only = False
    if forced:
        weights_only = True
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    pickle_load_args.setdefault("encoding", "utf-8")
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    if mmap and path is None:
        raise ValueError("f must be a file path in order to use the mmap argument")
    with contextlib.ExitStack() as stack:
        if path is not None:
            f = stack.enter_context(open(path, "rb"))
        _check_readable(f)
        try:
            if _is_zip(f):
                reader = archive.Reader(f)
                if reader.has("constants.pkl"):
                    raise RuntimeError("torch.load received a zip file that looks like a TorchScript archive; "
                                       "TorchScript is not supported")
                return _load_zip(reader, map_location, pickle_module or pickle, weights_only, path if mmap else None,
                                 pickle_load_args)
            if mmap:
                raise RuntimeError(
                    "mmap can only be used with files saved with `torch.save(_use_new_zipfile_serialization=True), "
                    "please torch.save your checkpoint with this option in order to use mmap."
                )
            return _load_legacy(f, map_location, pickle_module or pickle, weights_only, pickle_load_args)
        except pickle.UnpicklingError as e:
            raise pickle.UnpicklingError((_ADVICE if weights_only else "") + str(e)) from e


_OLD_MODULES = {"torch.tensor": "torch._tensor"}


def _unpickle(file, persistent_load, pickle_module, weights_only, arguments):
    if weights_only:
        reader = _weights_only.Unpickler(file, **arguments)
        reader.persistent_load = persistent_load
        return reader.load()

    class Unpickler(pickle_module.Unpickler):
        def find_class(self, module, name):
            if module == "torch" and name in LEGACY_CLASSES:
                return LEGACY_CLASSES[name]
            return super().find_class(_OLD_MODULES.get(module, module), name)

    reader = Unpickler(file, **arguments)
    if persistent_load is not None:
        reader.persistent_load = persistent_load
    return reader.load()


def _claimed(pid, parts):
    """(dtype, key, location, number of elements) of the storage that a persistent id names."""
    if type(pid) is not tuple or not pid or not isinstance(pid[0], (str, bytes)) or _as_text(pid[0]) != "storage":
        raise RuntimeError("Unknown typename for persistent_load, expected 'storage'")
    if len(pid) != parts:
        raise ValueError(f"the name of a storage has {parts} parts, not {len(pid)}")
    cls, key, location, count = pid[1], _as_text(pid[2]), _as_text(pid[3]), pid[4]
    if isinstance(cls, StorageType):
        dtype = cls.dtype
    elif isinstance(cls, type) and issubclass(cls, (TypedStorage, UntypedStorage)):
        dtype = dtypes.uint8 if cls is UntypedStorage else getattr(cls, "_legacy_storage_dtype", None)
    else:
        dtype = None
    if dtype is None:
        raise pickle.UnpicklingError(f"a {type(cls).__name__} is no storage class")
    if type(key) is not str or type(location) is not str or type(count) is not int:
        given = ", ".join(type(x).__name__ for x in (key, location, count))
        raise TypeError(f"a storage is named by two strings and a number, not by {given}")
    if count < 0:
        raise TypeError(f"a storage cannot have {count} elements")
    return dtype, key, location, count


def _as_text(x):
    return x.decode("ascii") if isinstance(x, bytes) else x


def _seen_as(typed, dtype):
    """A storage that was claimed before keeps its dtype, as in PyTorch, unless one of the two is bytes: save allows
    views
    of the same memory as bytes and as something else."""
    return typed._wrap(typed._untyped_storage, dtype) if dtypes.uint8 in (typed.dtype, dtype) else typed


def _load_zip(reader, map_location, pickle_module, weights_only, mapped, arguments):
    place = _location_function(map_location)
    loaded = {}
    order = reader.record("byteorder").decode() if reader.has("byteorder") else {LoadEndianness.BIG: "big"}.get(
        _settings["endianness"], "little")
    if order not in ("little", "big"):
        raise ValueError("Unknown endianness type: " + order)
    whole = None
    if mapped and order == sys.byteorder:
        whole = UntypedStorage.from_file(mapped, _settings["mmap_flags"] == 1, os.path.getsize(mapped))

    def read(name, size, dtype):
        there, at = reader.size(name), None if whole is None else reader.stored_at(name)
        if at is not None and size <= there and at + size <= whole.nbytes():
            part = whole[at : at + size]
            return part.clone() if at % _WIDEST else part
        if size != there:
            raise RuntimeError(f"record size ({there} bytes) does not match expected size ({size} bytes) of {name}")
        storage = UntypedStorage(size)
        _C.freeze_storage(storage._bytes)  # no storage of such a file can be resized, as in PyTorch
        reader.into(name, _array(storage))
        if order != sys.byteorder:
            storage.byteswap(dtype)
        return storage

    def persistent_load(pid):
        dtype, key, location, count = _claimed(pid, 5)
        if key not in loaded:
            storage = place(read(f"data/{key}", count * dtype.itemsize, dtype), location)
            loaded[key] = TypedStorage(wrap_storage=storage, dtype=dtype, _internal=True)
        return _seen_as(loaded[key], dtype)

    return _unpickle(io.BytesIO(reader.record("data.pkl")), persistent_load, pickle_module, weights_only, arguments)


def _bytes_left(f):
    """How much of a file is before us; None when it cannot tell, as a compressed stream."""
    here = f.tell()
    try:
        f.seek(0, os.SEEK_END)
        return f.tell() - here
    except (OSError, ValueError):
        return None
    finally:
        f.seek(here)


def _load_legacy(f, map_location, pickle_module, weights_only, arguments):
    place = _location_function(map_location)
    loaded, views = {}, {}
    left = _bytes_left(f)

    def persistent_load(pid):
        nonlocal left
        dtype, key, location, count = _claimed(pid, 6)
        if key not in loaded:
            size = count * dtype.itemsize
            if left is not None and (left := left - size) < 0:
                raise RuntimeError(f"the file is too short for the {size} bytes of storage {key}")
            loaded[key] = TypedStorage(wrap_storage=place(UntypedStorage(size), location), dtype=dtype, _internal=True)
        typed = _seen_as(loaded[key], dtype)
        if pid[5] is None:
            return typed
        view, offset, size = pid[5]
        if type(view) not in (str, bytes) or type(offset) is not int or type(size) is not int:
            raise TypeError("a view of a storage is named by a string and two numbers")
        if offset < 0 or size < 0 or offset + size > typed.size():
            raise RuntimeError(f"a view of {size} elements from {offset} on does not fit into one of {typed.size()}")
        if view not in views:
            width = typed.dtype.itemsize
            views[view] = typed._wrap(typed._untyped_storage[offset * width : (offset + size) * width])
        return views[view]

    def plain():
        return _unpickle(f, None, pickle_module, weights_only, arguments)

    start = f.tell()
    if plain() != MAGIC_NUMBER:
        f.seek(start)
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = plain()
    if version != PROTOCOL_VERSION:
        raise RuntimeError(f"Invalid protocol version: {version}")
    plain()  # of the machine that wrote it; what it wrote has the lowest byte first in any case
    with _utils.bytes_follow() as unchecked:
        result = _unpickle(f, persistent_load, pickle_module, weights_only, arguments)
    missing = set(loaded)
    for key in plain():
        key = _as_text(key)
        if type(key) is not str or key not in loaded:
            raise RuntimeError("the file has data for a storage that no tensor needs")
        missing.discard(key)
        _read_legacy_storage(f, loaded[key])
    if missing:
        raise RuntimeError(f"the file has no data for the storages {sorted(missing)}")
    _utils.check_rebuilt(unchecked)
    return result


def _read_legacy_storage(f, typed):
    storage, width = typed._untyped_storage, typed.dtype.itemsize
    head = f.read(8)
    if len(head) < 8:
        raise RuntimeError("storage has wrong byte size: the file is truncated or damaged")
    if (there := int.from_bytes(head, "little") * width) != storage.nbytes():
        raise RuntimeError(f"storage has wrong byte size: expected {storage.nbytes()} got {there}")
    data = f.read(storage.nbytes())
    if len(data) != storage.nbytes():
        raise RuntimeError("unexpected EOF: the file is truncated")
    source = UntypedStorage.from_buffer(data) if data else UntypedStorage(0)
    if sys.byteorder == "big":
        source.byteswap(typed.dtype)
    storage.copy_(source.to(device=storage.device))


def get_unsafe_globals_in_checkpoint(f):
    """Names in a file's pickle that a weights_only load would refuse."""
    import pickletools

    with contextlib.ExitStack() as stack:
        if isinstance(f, (str, os.PathLike)):
            f = stack.enter_context(open(f, "rb"))
        if not _is_zip(f):
            raise ValueError("Expected input to be a checkpoint returned by torch.save")
        data = archive.Reader(f).record("data.pkl")
    allowed, found, strings = _weights_only._default_globals() | _weights_only._users_globals(), [], []
    for code, argument, _ in pickletools.genops(data):
        if "STRING" in code.name or "UNICODE" in code.name:
            strings.append(argument)
        name = (argument.replace(" ", ".") if code.name == "GLOBAL" else ".".join(strings[-2:])
                if code.name == "STACK_GLOBAL" else None)
        if name and _weights_only._normal(name) not in allowed and name not in found:
            found.append(name)
    return found
