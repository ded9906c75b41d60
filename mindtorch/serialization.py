"""torch.serialization: saving and loading; what does it is in _storage."""
from mindtorch._storage.saving import (  # noqa: F401
    _get_layout, add_safe_globals, check_module_version_greater_or_equal, clear_safe_globals, DEFAULT_PROTOCOL,
    default_restore_location, get_crc32_options, get_default_load_endianness, get_default_mmap_options,
    get_safe_globals, get_unsafe_globals_in_checkpoint, load, LoadEndianness, location_tag, MAGIC_NUMBER,
    MAP_LOCATION, mkdtemp, normalize_storage_type, PROTOCOL_VERSION, register_package, safe_globals, save,
    set_crc32_options, set_default_load_endianness, set_default_mmap_options, skip_data, SourceChangeWarning,
    storage_to_tensor_type, StorageType, validate_cuda_device)

__all__ = ["SourceChangeWarning", "mkdtemp", "register_package", "check_module_version_greater_or_equal",
           "validate_cuda_device", "location_tag", "default_restore_location",
           "storage_to_tensor_type", "save", "load", "StorageType", "LoadEndianness", "get_crc32_options",
           "set_crc32_options", "get_default_load_endianness", "set_default_load_endianness",
           "get_default_mmap_options", "set_default_mmap_options", "clear_safe_globals", "get_safe_globals",
           "add_safe_globals", "safe_globals", "get_unsafe_globals_in_checkpoint", "skip_data"]
