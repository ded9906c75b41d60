"""Names that programs read from torch._C: the engine keeps its own there, and these stand beside them."""
import sys
import types

import mindtorch._C as _C
from mindtorch import _absent
from mindtorch._core import devices, dtypes, layouts, overrides
from mindtorch._core.generator import Generator
from mindtorch._core.tensor import Tensor
from mindtorch._ops.table import aten, dispatch_keys, schemas
from mindtorch._storage import files


def _get_accelerator(check=None):
    """torch.device of the accelerator, cpu when there is none."""
    return devices.device(devices.accelerator_type() or "cpu")


def _current_graph_task_id():
    """Number of the backward that runs in this thread; -1 outside."""
    return _C.current_task()


def _current_autograd_node():
    """The node whose gradient is being computed, or None."""
    return _C.running_node()


def _swap_tensor_impl(a, b):
    """Two tensor objects exchange their contents."""
    _C.swap(a, b)


def _parse_to(*args, **kwargs):
    """(device, dtype, non_blocking, memory_format) from the arguments of Tensor.to."""
    device = dtype = None
    names = ["device", "dtype", "non_blocking", "copy"]
    given = dict(kwargs)
    if args and not isinstance(args[0], (str, int, devices.device)) and args[0] is not None:
        first = args[0]
        if isinstance(first, dtypes.dtype):
            names = names[1:]
        else:
            device, dtype, names, args = first.device, first.dtype, names[2:], args[1:]
    for name, value in zip(names, args):
        given[name] = value
    device = devices.device(given["device"]) if given.get("device") is not None else device
    return device, given.get("dtype", dtype), bool(given.get("non_blocking", False)), given.get("memory_format")


def _storage_use_count(cdata):
    """Not kept: storages are counted by Python."""
    raise NotImplementedError("torch._C._storage_Use_Count: holders of a storage are not counted")


def _set_math_sdp_allow_fp16_bf16_reduction(enabled):
    """Attention's sums stay in float32: asking for less changes nothing."""


NAMES = {
    "device": devices.device,
    "dtype": dtypes.dtype,
    "layout": layouts.layout,
    "memory_format": layouts.memory_format,
    "Generator": Generator,
    "DisableTorchFunction": overrides.DisableTorchFunction,
    "DisableTorchFunctionSubclass": overrides.DisableTorchFunctionSubclass,
    "_disabled_torch_function_impl": overrides.disabled_implementation,
    "_get_accelerator": _get_accelerator,
    "_current_graph_task_id": _current_graph_task_id,
    "_current_autograd_node": _current_autograd_node,
    "_swap_tensor_impl": _swap_tensor_impl,
    "_storage_Use_Count": _storage_use_count,
    "_set_math_sdp_allow_fp16_bf16_reduction": _set_math_sdp_allow_fp16_bf16_reduction,
    "_get_tracing_state": lambda: sys.modules["mindtorch"].jit.is_tracing() or None,
    "_is_tracing": lambda: sys.modules["mindtorch"].jit.is_tracing(),
    "_log_api_usage_once": lambda event: None,
    "FunctionSchema": schemas.FunctionSchema,
    "Argument": schemas.Argument,
    "parse_schema": schemas.parse,
    "DispatchKey": dispatch_keys.DispatchKey,
    "DispatchKeySet": dispatch_keys.DispatchKeySet,
    "_ExcludeDispatchKeyGuard": dispatch_keys.ExcludeDispatchKeyGuard,
    "_AutoDispatchBelowAutograd": dispatch_keys.AutoDispatchBelowAutograd,
    "_dispatch_keys": dispatch_keys.of_tensor,
    "_dispatch_key_name": lambda key: dispatch_keys.DispatchKey(key).name,
    "_dispatch_has_kernel_for_dispatch_key": aten.has_kernel,
    "_has_xpu": False,
    "_TensorMeta": type(Tensor),
    "PyTorchFileReader": files.PyTorchFileReader,
    "PyTorchFileWriter": files.PyTorchFileWriter,
    "_cuda_getDeviceCount": lambda: devices.npu_count(),
    **{
        n: _absent.klass("torch._C." + n, "there are no TorchScript programs")
        for n in ("Graph", "Value", "Node", "Block", "ScriptModule", "ScriptFunction")
    },
}


def install():
    """Put the names there that the engine does not use itself."""
    for name, value in NAMES.items():
        if not hasattr(_C, name):
            setattr(_C, name, value)
    if not hasattr(_C, "_nn"):
        _C._nn = types.ModuleType("mindtorch._C._nn", "Helpers of modules.")
        _C._nn._parse_to = _parse_to
        sys.modules["mindtorch._C._nn"] = _C._nn
