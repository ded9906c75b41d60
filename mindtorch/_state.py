"""Global settings of the torch namespace, and its legacy tensor classes."""
import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts, overrides
from mindtorch._core.tensor import Tensor
from mindtorch._ops.creation.casts import DTYPE_OF_TYPE
from mindtorch._ops.creation.factories import legacy_constructor
from mindtorch._storage.typed import LEGACY_CLASSES, is_storage

NAMES = {"is_storage": is_storage, "get_default_dtype": dtypes.get_default_dtype,
         "get_default_device": devices.get_default_device}


def _public(function):
    NAMES[function.__name__] = function
    function.__module__ = "torch"
    return function


@_public
def set_default_dtype(d, /):
    """Set the dtype of float literals and factories; TypeError for what is no floating dtype."""
    dtypes.set_default_dtype(d)


@_public
def set_default_device(device, /):
    """Set the device of factories; None means cpu."""
    devices.set_default_device(device)


@_public
def set_default_tensor_type(t, /):
    """Set the default dtype (and device) by a legacy class or its name; TypeError for others."""
    if isinstance(t, str):
        name = t.replace("torch.cuda.", "torch.").replace("torch.npu.", "torch.")
        if name not in DTYPE_OF_TYPE:
            raise TypeError(f"invalid type object: {t}")
        dtype, device = dtypes.BY_NAME[DTYPE_OF_TYPE[name]], t.split(".")[1] if t.count(".") == 2 else None
    elif isinstance(t, tensortype):
        dtype, device = t._legacy_dtype, t._legacy_device_name
    else:
        raise TypeError("invalid type object")
    if not dtype.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    dtypes.set_default_dtype(dtype)
    if device and device != "cpu":
        devices.set_default_device(device)


@_public
def set_num_threads(int, /):
    """Set how many threads kernels use; RuntimeError for fewer than one."""
    if not isinstance(int, _Int) or isinstance(int, bool):
        raise TypeError(f"set_num_threads expects an int, but got {type(int).__name__}")
    if int < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    _C.set_threads(int)
    if _C.get_threads() != int:
        import warnings

        warnings.warn("a forked process computes on one thread: the pool of threads does not survive a fork",
                      stacklevel=2)


@_public
def get_num_threads():
    """How many threads kernels use."""
    return _C.get_threads()


_Int = int
_interop = [1]


@_public
def set_num_interop_threads(int, /):
    """Set the number of threads between operators, which changes nothing here; RuntimeError for fewer than one."""
    if int < 1:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _interop[0] = int


@_public
def get_num_interop_threads():
    """What set_num_interop_threads said."""
    return _interop[0]


@_public
def typename(obj, /):
    """Name of a tensor's legacy class, or of an object's type with its module."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(named, "__module__", "") or ""
    return named.__qualname__ if module in ("", "builtins") else f"{module}.{named.__qualname__}"


@_public
def set_flush_denormal(mode, /):
    """False: denormal numbers are always kept."""
    return False


class DisableTorchFunctionSubclass(overrides.Disabled):
    """Context in which no subclass's __torch_function__ is asked; modes still are."""

    def __init__(self):
        super().__init__(1)


class DisableTorchFunction(overrides.Disabled):
    """Context in which no __torch_function__ is asked, neither of subclasses nor of modes."""

    def __init__(self):
        super().__init__(2)


NAMES.update(DisableTorchFunction=DisableTorchFunction, DisableTorchFunctionSubclass=DisableTorchFunctionSubclass,
             legacy_contiguous_format=layouts.contiguous_format)
DisableTorchFunction.__module__ = DisableTorchFunctionSubclass.__module__ = "torch._C"


@_public
def get_device(input, /):
    """Number of the tensor's device; -1 for cpu."""
    return input.get_device()


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


NAMES.update(legacy_tensor_classes())
NAMES["tensortype"] = tensortype
NAMES.update(LEGACY_CLASSES)
for _name in ("UInt16Tensor", "UInt32Tensor", "UInt64Tensor", "Float8_e4m3fnTensor", "Float8_e5m2Tensor"):
    NAMES.pop(_name, None)
