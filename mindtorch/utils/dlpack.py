"""DLPack: memory shared with other array libraries, by way of NumPy's implementation of the protocol."""
import enum

import numpy

import mindtorch._C as _C
from mindtorch._ops.creation.factories import from_dlpack, from_numpy, to_dlpack
from mindtorch._ops.tensor.methods import _NUMPY, to_numpy

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]


class DLDeviceType(enum.IntEnum):
    """Device codes of the protocol."""

    kDLCPU, kDLCUDA, kDLCUDAHost, kDLOpenCL, kDLVulkan, kDLMetal, kDLVPI = 1, 2, 3, 4, 7, 8, 9
    kDLROCM, kDLROCMHost, kDLExtDev, kDLCUDAManaged, kDLOneAPI = 10, 11, 12, 13, 14


class _Capsule:
    """A bare capsule, as an object that speaks the protocol."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **kwargs):
        return self.capsule

    def __dlpack_device__(self):
        return (1, 0)


def export(t):
    """A capsule of a cpu tensor's memory; BufferError for what NumPy has no type for."""
    if t._device_code:
        raise BufferError(f"Can't export tensors on {t.device} through DLPack")
    if t._dtype_code not in _NUMPY:
        raise BufferError(f"DLPack export of {t.dtype} is not supported")
    _C.freeze_storage(t)
    return to_numpy(t.detach()).__dlpack__()


def load(source):
    """A tensor on the memory of an array or capsule."""
    if hasattr(source, "_dtype_code"):
        return source.detach()
    if not hasattr(source, "__dlpack__"):
        if type(source).__name__ != "PyCapsule":
            given = type(source).__name__
            raise RuntimeError(f"from_dlpack() expects an object with __dlpack__ or a capsule, not {given}")
        source = _Capsule(source)
    return from_numpy(numpy.from_dlpack(source))
