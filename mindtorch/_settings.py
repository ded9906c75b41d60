"""Global settings: determinism, precision, warnings, default dtype and device, threads."""
import warnings

import mindtorch._C as _C
from mindtorch._core import devices, dtypes
from mindtorch._core.warning import is_warn_always_enabled, set_warn_always, warn_once  # noqa: F401
from mindtorch._legacy_classes import tensortype
from mindtorch._ops.creation.casts import DTYPE_OF_TYPE


_deterministic = [False, False]
_matmul_precision = ["highest"]


def use_deterministic_algorithms(mode, *, warn_only=False):
    """Ask for deterministic algorithms: those of the CPU are, so nothing changes but the answers below."""
    _deterministic[:] = [bool(mode), bool(warn_only)]


def are_deterministic_algorithms_enabled():
    """What use_deterministic_algorithms said."""
    return _deterministic[0]


def is_deterministic_algorithms_warn_only_enabled():
    """What use_deterministic_algorithms said."""
    return _deterministic[1]


def set_deterministic_debug_mode(debug_mode):
    """0 or 'default', 1 or 'warn', 2 or 'error'; RuntimeError for others."""
    names = {"default": 0, "warn": 1, "error": 2}
    level = names.get(debug_mode, debug_mode)
    if level not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, 2 or {', '.join(names)}, got {debug_mode}")
    use_deterministic_algorithms(level > 0, warn_only=level == 1)


def get_deterministic_debug_mode():
    """0, 1 or 2."""
    return (1 if _deterministic[1] else 2) if _deterministic[0] else 0


def set_float32_matmul_precision(precision):
    """'highest', 'high' or 'medium': float32 products are always computed in float32 here. ValueError for others."""
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f"{precision} is not one of 'highest', 'high', or 'medium'")
    _matmul_precision[0] = precision


def get_float32_matmul_precision():
    """What set_float32_matmul_precision said."""
    return _matmul_precision[0]


def is_anomaly_enabled():
    """Whether backward is watched for anomalies."""
    from mindtorch.autograd.anomaly_mode import _State

    return _State.enabled


def is_anomaly_check_nan_enabled():
    """Whether anomaly detection looks for NaN."""
    from mindtorch.autograd.anomaly_mode import _State

    return _State.check_nan


def set_anomaly_enabled(enabled, check_nan=True):
    """Switch anomaly detection of backward on or off."""
    from mindtorch.autograd import set_detect_anomaly

    set_detect_anomaly(enabled, check_nan)


def set_default_dtype(d, /):
    """Set the dtype of float literals and factories; TypeError for what is no floating dtype."""
    dtypes.set_default_dtype(d)


def set_default_device(device, /):
    """Set the device of factories; None means cpu."""
    devices.set_default_device(device)


def set_default_tensor_type(t, /):
    """Set the default dtype (and device) by a legacy class or its name; TypeError for others."""
    warn_once("tensor_type", "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use "
              "torch.set_default_dtype() and torch.set_default_device() as alternatives.", 3)
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


_Int = int
_interop = [1]


def set_num_threads(int, /):
    """Set how many threads kernels use; RuntimeError for fewer than one."""
    if not isinstance(int, _Int) or isinstance(int, bool):
        raise TypeError(f"set_num_threads expects an int, but got {type(int).__name__}")
    if int < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    _C.set_threads(int)
    if _C.get_threads() != int:
        warnings.warn("a forked process computes on one thread: the pool of threads does not survive a fork",
                      stacklevel=2)


def get_num_threads():
    """How many threads kernels use."""
    return _C.get_threads()


def set_num_interop_threads(int, /):
    """Set the number of threads between operators, which changes nothing here; RuntimeError for fewer than one."""
    if int < 1:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _interop[0] = int


def get_num_interop_threads():
    """What set_num_interop_threads said."""
    return _interop[0]


def set_flush_denormal(mode, /):
    """False: denormal numbers are always kept."""
    return False


def init_num_threads():
    """Start the threads of kernels: they start by themselves."""


def compiled_with_cxx11_abi():
    """False: MindSpore's libraries use the old ABI."""
    return False


def is_vulkan_available():
    """False."""
    return False


def set_vital(vital, attr, value):
    """Deprecated, without effect: there are no vitals."""
    warnings.warn("'set_vital' is deprecated, please do not call", stacklevel=2)


has_lapack = has_openmp = has_spectral = True
has_mkl = has_mkldnn = has_cuda = has_cudnn = has_mps = False
