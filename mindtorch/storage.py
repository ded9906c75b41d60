"""torch.storage: the memory that tensors share, by bytes or by elements; what does it is in _storage."""
from mindtorch._storage.typed import (  # noqa: F401
    _HELD, _LEGACY, _legacy, _LegacyStorageMeta, _load_from_bytes, _warn_typed_storage_removal, is_storage,
    LEGACY_CLASSES, LEGACY_NAME, TypedStorage)
from mindtorch._storage.untyped import (  # noqa: F401
    UntypedStorage)

__all__ = ["TypedStorage", "UntypedStorage"]
