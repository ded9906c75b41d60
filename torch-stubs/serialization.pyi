# Written by `make stubs` from the finished namespace; don't edit.
"""torch.serialization: saving and loading; what does it is in _storage."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
DEFAULT_PROTOCOL: Int

class LoadEndianness:
    """Byte order of files that do not tell it."""
    NATIVE: ClassVar[Any]
    LITTLE: ClassVar[Any]
    BIG: ClassVar[Any]
MAGIC_NUMBER: Int
PROTOCOL_VERSION: Int

class SourceChangeWarning(Warning):
    """A class's source differs from that of the time of saving."""
    ...

class StorageType:
    """The class of a typed storage in a pickle, known by its name."""
    def __init__(self, name: Any) -> None: ...
    @property
    def dtype(self) -> Any:
        """Its element type."""
        ...
def add_safe_globals(safe_globals: Any) -> Any:
    """Let weights_only loads create these classes and call these functions: objects, or (object, 'module.name')."""
    ...
def check_module_version_greater_or_equal(module: Any, req_version_tuple: Any, error_if_malformed: Bool = True) -> Any:
    """Whether a module's version is at least this one."""
    ...
def clear_safe_globals() -> Any:
    """Forget what add_safe_globals allowed."""
    ...
def default_restore_location(storage: Any, location: Any) -> Any:
    """The storage at the place that a file names; RuntimeError when nobody knows it."""
    ...
def get_crc32_options() -> Any:
    """Whether save writes checksums."""
    ...
def get_default_load_endianness() -> Any:
    """Byte order assumed for files that do not tell it."""
    ...
def get_default_mmap_options() -> Any:
    """Flags of mapped files: MAP_PRIVATE unless set."""
    ...
def get_safe_globals() -> Any:
    """What add_safe_globals allowed."""
    ...
def get_unsafe_globals_in_checkpoint(f: Any) -> Any:
    """Names in a file's pickle that a weights_only load would refuse."""
    ...
from torch import load as load
def location_tag(storage: Any) -> Any:
    """The name of a storage's device in files; RuntimeError when nobody knows it."""
    ...
def mkdtemp() -> Any:
    """A temporary directory as a context."""
    ...
def normalize_storage_type(storage_type: Any) -> Any:
    """A storage class itself: those of devices and of the processor are one here."""
    ...
def register_package(priority: Any, tagger: Any, deserializer: Any) -> Any:
    """Let tagger(storage) name a location and deserializer(storage, location) restore it; lower priorities are asked
    first."""
    ...

class safe_globals:
    """add for the duration of a with block."""
    given: Any
    def __init__(self, safe_globals: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
from torch import save as save
def set_crc32_options(compute_crc32: Any) -> Any:
    """Checksums are always written: only True has meaning here, False changes nothing but the answer."""
    ...
def set_default_load_endianness(endianness: Any) -> Any:
    """Set the byte order assumed for files that do not tell it."""
    ...

class set_default_mmap_options:
    """Set the flags of mapped files (MAP_PRIVATE or MAP_SHARED), for good or in a with block."""
    before: Any
    def __init__(self, flags: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...

class skip_data:
    """NotImplementedError: files without their tensors' bytes are not supported."""
    def __init__(self, materialize_fake_tensors: Bool = False) -> None: ...
def storage_to_tensor_type(storage: Any) -> Any:
    """The legacy tensor class of a typed storage."""
    ...
def validate_cuda_device(location: Any) -> Any:
    """The device's number; RuntimeError when it is not here."""
    ...
