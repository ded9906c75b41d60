"""The same tensor on other memory, or with other sizes: resize_, set_."""
import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.size import extent, listed

from ..creation.casts import same_memory_order
from ..table.registry import FUNCTIONS, METHODS
from ..tensor.methods import C_NAMES, method


def _geometry(t, shape, strides, offset):
    """t gets new geometry on its own storage, which grows when it is too small."""
    needed = extent(shape, strides, offset, t.dtype.itemsize)
    if t._device_code >= 0 and needed > _C.storage_info(t)[1]:
        from mindtorch._storage.untyped import resize_bytes

        resize_bytes(t, needed)
    _C.set_data(t, _C.strided(t, tuple(shape), tuple(strides), offset, -1) if t._device_code >= 0
                else _C.empty_strided(tuple(shape), tuple(strides), t._dtype_code, t._device_code))
    _C.bump_version(t)
    return t


@method()
def resize_(self, *size: object, memory_format=None):
    """Change the shape in place; the storage grows when needed, new elements are uninitialised. RuntimeError when it
    requires grad."""
    shape = listed(size, "resize_", "size")
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if any(s < 0 for s in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    if memory_format is layouts.preserve_format:
        raise RuntimeError(f"Unsupported memory format {memory_format}")
    if shape == tuple(self.shape) and memory_format is None:
        return self
    return _geometry(self, shape, layouts.dense_strides(shape, memory_format or layouts.contiguous_format),
                     self._offset)


@method()
def resize_as_(self, the_template, memory_format=None):
    """Resize in place to the shape of another tensor."""
    if memory_format is layouts.preserve_format:
        memory_format = (layouts.channels_last if the_template.ndim == 4 and not the_template._contiguous
                         and same_memory_order(the_template, layouts.channels_last) else None)
    return resize_(self, the_template.shape, memory_format=memory_format)


FUNCTIONS["resize_as_"] = METHODS["resize_as_"]


def _source_memory(self, source):
    """(tensor on the memory that set_ is to point at, its geometry when none is given)."""
    from mindtorch._storage.typed import TypedStorage, UntypedStorage

    if hasattr(source, "_dtype_code"):
        if source._dtype_code != self._dtype_code:
            have, want = (C_NAMES.get(t.dtype._name, t.dtype._name) for t in (source, self))
            raise RuntimeError(f"Could not set tensor of type {have} to a tensor of type {want}")
        return source, (source.shape, source._strides, source._offset)
    if isinstance(source, TypedStorage):
        if source.dtype is not self.dtype:
            have, want = (C_NAMES.get(t.dtype._name, t.dtype._name) for t in (source, self))
            raise RuntimeError(
                f"Expected a Storage of type {want} or an UntypedStorage, but got type {have} for argument 1 'storage'"
            )
        source = source._untyped_storage
    if not isinstance(source, UntypedStorage):
        raise TypeError(f"set_(): argument 'source' must be Tensor or Storage, not {type(source).__name__}")
    return source._bytes, ((source.nbytes() // self.dtype.itemsize,), (1,), 0)


@method()
def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Point the tensor at another tensor's or storage's memory, with any geometry; without arguments at none."""
    _C.check_inplace(self)
    if source is None:
        _C.set_data(self, _C.empty((0,), self._dtype_code, self._device_code))
        _C.bump_version(self)
        return self
    flat, (shape, strides, offset) = _source_memory(self, source)
    if size is not None:
        if type(size) is int or type(stride) is int:
            raise TypeError("set_(): arguments 'size' and 'stride' must be tuple of ints, not int")
        shape, strides, offset = size, stride or layouts.dense_strides(size), storage_offset
    elif storage_offset or stride is not None:
        raise TypeError("set_(): storage_offset and stride mean nothing without a size")
    needed = extent(shape, strides, offset, self.dtype.itemsize)
    if flat._device_code != self._device_code:
        raise RuntimeError(
            f"Attempted to set the storage of a tensor on device \"{self.device}\" to a storage on different "
            f"device \"{flat.device}\".  This is no longer allowed; the devices must match."
        )
    if flat._device_code >= 0 and needed > _C.storage_info(flat)[1]:
        from mindtorch._storage.untyped import resize_bytes

        resize_bytes(flat, needed)
    _C.set_data(self, _C.strided(flat, shape, strides, offset, self._dtype_code) if flat._device_code >= 0
                else _C.empty_strided(shape, strides, self._dtype_code, -1))
    _C.bump_version(self)
    return self
