"""How tensors go to another process: as the same memory. What a queue, a pipe or the arguments of a process take along
is moved to memory that processes share, and its file descriptor travels."""
import os
from multiprocessing import reduction
from multiprocessing.reduction import ForkingPickler

import mindtorch
from mindtorch._core.tensor import Tensor
from mindtorch._storage.typed import TypedStorage, UntypedStorage
from mindtorch.nn.parameter import Parameter


def rebuild_storage_fd(cls, df, size):
    """The storage on memory whose descriptor came along."""
    fd = df.detach()
    try:
        return cls._new_shared_fd_cpu(fd, size)
    finally:
        os.close(fd)


def rebuild_storage_empty(cls):
    """A storage of nothing."""
    return cls(0)


def reduce_storage(storage):
    """(function, arguments) that make the storage anew in another process, on the same memory."""
    if storage._bytes._device_code != 0:
        return storage.__reduce_ex__(2)
    if storage.nbytes() == 0:
        return rebuild_storage_empty, (type(storage),)
    storage.share_memory_()
    return rebuild_storage_fd, (type(storage), reduction.DupFd(storage._map.fd), storage.nbytes())


def rebuild_tensor(cls, storage, metadata):
    """The tensor on a storage: of an offset, a shape, strides, a dtype, and whether it wants gradients."""
    offset, shape, strides, dtype, requires_grad = metadata
    with mindtorch.no_grad():
        made = mindtorch.empty(0, dtype=dtype).set_(storage, offset, shape, strides)
    if cls is Parameter:
        return Parameter(made, requires_grad)
    return made.requires_grad_(requires_grad) if requires_grad else made


def reduce_tensor(tensor):
    """(function, arguments) that make the tensor anew in another process, on the same memory where it is the host's."""
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError("Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does "
                           "not support crossing process boundaries.  If you just want to transfer the data, call "
                           "detach() on the tensor before serializing (e.g., putting it on the queue).")
    if tensor._device_code != 0 or tensor.layout is not mindtorch.strided or tensor.is_quantized:
        return tensor.__reduce_ex__(2)  # by value: memory of a device is the process's own
    metadata = (tensor.storage_offset(), tuple(tensor.shape), tuple(tensor.stride()), tensor.dtype,
                tensor.requires_grad)
    return rebuild_tensor, (type(tensor), tensor.untyped_storage(), metadata)


def _rebuild_typed(dtype, storage):
    return TypedStorage(wrap_storage=storage, dtype=dtype, _internal=True)


def reduce_typed_storage(storage):
    """(function, arguments) that make a typed storage anew in another process."""
    return _rebuild_typed, (storage.dtype, storage._untyped_storage)


def init_reductions():
    """Let pickles between processes know tensors and storages."""
    ForkingPickler.register(Tensor, reduce_tensor)
    ForkingPickler.register(Parameter, reduce_tensor)
    ForkingPickler.register(UntypedStorage, reduce_storage)
    ForkingPickler.register(TypedStorage, reduce_typed_storage)


init_reductions()
