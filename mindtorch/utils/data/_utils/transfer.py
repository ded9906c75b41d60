"""Batches from one process to another: large tensors through shared memory, the rest pickled."""
import ctypes
import io
import itertools
import mmap
import os
import pickle
import tempfile
from multiprocessing.reduction import ForkingPickler

import mindtorch._C as _C
from mindtorch._core.tensor import Tensor
from mindtorch._ops.tensor.methods import address_of
from mindtorch._storage.typed import TypedStorage, UntypedStorage
from mindtorch.nn.parameter import Parameter

SHARED_FROM = 1 << 16  # bytes; below, a file costs more than the pipe
_FOLDER = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()
_count = itertools.count()


_BY_VALUE = (Tensor, Parameter, UntypedStorage, TypedStorage)


def _open_shared(path, size, shape, dtype_code, requires_grad):
    with open(path, "r+b") as file:
        os.unlink(path)
        memory = mmap.mmap(file.fileno(), size)
    handle = ctypes.c_char.from_buffer(memory)
    made = _C.from_memory(ctypes.addressof(handle), size, shape, dtype_code, (memory, handle))
    made.requires_grad = requires_grad
    return made


class _Pickler(ForkingPickler):
    def reducer_override(self, value):
        if type(value) not in _BY_VALUE:
            return NotImplemented
        if (type(value) is not Tensor or value._device_code != 0 or value.grad_fn is not None
                or value._numel * value.dtype.itemsize < SHARED_FROM):
            return value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)  # and not as torch.multiprocessing does it
        requires_grad = value.requires_grad
        value = _C.detach(value).contiguous()
        size = value._numel * value.dtype.itemsize
        path = os.path.join(_FOLDER, f"mindtorch_{os.getppid()}_{os.getpid()}_{next(_count)}")
        with open(path, "wb") as file:
            file.write((ctypes.c_char * size).from_address(address_of(value)))
        return _open_shared, (path, size, tuple(value.shape), value._dtype_code, requires_grad)


def dumps(value):
    """Bytes for loads() in another process; its large tensors wait in shared memory until then."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def loads(data):
    """The value, its shared memory taken over."""
    return pickle.loads(data)


def remove_left(pid):
    """Files of a worker that nobody has taken."""
    prefix = f"mindtorch_{os.getpid()}_{pid}_"
    for name in os.listdir(_FOLDER):
        if name.startswith(prefix):
            try:
                os.unlink(os.path.join(_FOLDER, name))
            except FileNotFoundError:
                pass
