"""How tensors go to another process: as the same memory."""
from mindtorch._storage.sharing import (  # noqa: F401
    init_reductions, rebuild_storage_empty, rebuild_storage_fd, rebuild_tensor, reduce_storage, reduce_tensor,
    reduce_typed_storage)
