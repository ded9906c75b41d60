"""torch.FloatTensor and its like."""
from mindtorch._core import devices, dtypes
from mindtorch._core.tensor import Tensor
from mindtorch._ops.creation.casts import DTYPE_OF_TYPE
from mindtorch._ops.creation.factories import legacy_constructor
from mindtorch._storage.typed import LEGACY_CLASSES


class tensortype(type):
    """The type of legacy tensor classes such as torch.FloatTensor."""

    def __instancecheck__(cls, instance):
        return isinstance(instance,
                          Tensor) and instance.dtype is cls._legacy_dtype and (instance._device_code > 0) == (
                              cls._legacy_device_name != "cpu")

    def __call__(cls, *args, device=None, **kwargs):
        device = cls._legacy_device_name if device is None else device
        data = args[0] if len(args) == 1 else None
        if isinstance(data, Tensor) and (data.dtype is not cls._legacy_dtype):
            raise TypeError(f"expected TensorOptions(dtype={cls._legacy_dtype._name}, device={device}) (got "
                            f"TensorOptions(dtype={data.dtype._name}, device={data.device}))")
        return legacy_constructor(*args, dtype=cls._legacy_dtype, device=device, **kwargs)

    def __repr__(cls):
        return f"<class '{cls.__module__}.{cls.__name__}'>"

    dtype = property(lambda cls: cls._legacy_dtype)
    is_cuda = property(lambda cls: cls._legacy_device_name == "cuda")
    is_sparse = property(lambda cls: False)


def legacy_tensor_classes(device="cpu"):
    """The legacy classes of a device: FloatTensor, LongTensor ..."""
    module = "torch" if device == "cpu" else "torch." + device
    made = {}
    for name, dtype in DTYPE_OF_TYPE.items():
        short = name.rpartition(".")[2]
        made[short] = tensortype(short, (), {"__module__": module, "_legacy_dtype": dtypes.BY_NAME[dtype],
                                             "_legacy_device_name": device,
                                             "__doc__": f"Tensors of {dtype} on {device}.",
                                             "_legacy_device": staticmethod(lambda: devices.code_of(device))})
    return made


def typename(obj, /):
    """Name of a tensor's legacy class, or of an object's type with its module."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(named, "__module__", "") or ""
    return named.__qualname__ if module in ("", "builtins") else f"{module}.{named.__qualname__}"


NAMES = {**legacy_tensor_classes(), **LEGACY_CLASSES}
for _name in ("UInt16Tensor", "UInt32Tensor", "UInt64Tensor", "Float8_e4m3fnTensor", "Float8_e5m2Tensor"):
    NAMES.pop(_name, None)
