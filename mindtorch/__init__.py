"""The torch namespace over MindSpore."""
import math as _math

from mindtorch._core import runtime as _runtime

_C = _runtime.start()

from mindtorch import importer as _importer  # noqa: E402

_importer.install()

from mindtorch._core import (  # noqa: E402
    devices as _core_devices, dtypes as _dtypes, layouts as _layouts, overrides as _overrides)
from mindtorch._core.size import Size  # noqa: E402
from mindtorch._core.tensor import Tensor, seal as _seal  # noqa: E402
from mindtorch._ops.table import gradients as _gradients, registry as _registry  # noqa: E402
from mindtorch._ops import families as _families  # noqa: E402
from mindtorch._storage import pickling as _pickling  # noqa: E402,F401

__mindtorch__ = True
_gradients.install()
globals().update({k: v for k, v in _dtypes.BY_NAME.items()})
globals().update({f._name: f for f in _layouts.FORMATS + _layouts.LAYOUTS})
globals().update(_registry.FUNCTIONS)
for _name, _function in _registry.METHODS.items():
    setattr(Tensor, _name, _function)
from mindtorch import autograd  # noqa: E402
from mindtorch.amp import (  # noqa: E402,F401
    _amp_foreach_non_finite_check_and_unscale_, _amp_update_scale_, autocast, autocast_mode as _autocast_mode)
from mindtorch.autograd import enable_grad, inference_mode, no_grad, set_grad_enabled  # noqa: E402,F401

globals().update(_autocast_mode.NAMES)
is_grad_enabled, is_inference_mode_enabled = _C.is_grad_enabled, _C.is_inference_enabled
is_inference = _registry.FUNCTIONS["is_inference"]
device, dtype, layout, memory_format = _core_devices.device, _dtypes.dtype, _layouts.layout, _layouts.memory_format
finfo, iinfo = _dtypes.finfo, _dtypes.iinfo
from mindtorch.random import (  # noqa: E402,F401
    Generator, default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state)

from mindtorch._ops.table.aten import ops  # noqa: E402,F401
from mindtorch.torch_version import __version__  # noqa: E402,F401

from mindtorch._checks import (  # noqa: E402,F401
    SymInt, SymFloat, SymBool, sym_int, sym_float, sym_not, sym_max, sym_min, sym_ite, sym_sum, sym_sqrt, _assert,
    _check, _check_index, _check_value, _check_type, _check_not_implemented, _check_is_size, _check_tensor_all,
    sym_constrain_range, sym_constrain_range_for_size, sym_fresh_size)
from mindtorch._settings import (  # noqa: E402,F401
    use_deterministic_algorithms, are_deterministic_algorithms_enabled,
    is_deterministic_algorithms_warn_only_enabled, set_deterministic_debug_mode, get_deterministic_debug_mode,
    set_float32_matmul_precision, get_float32_matmul_precision, set_warn_always, is_warn_always_enabled,
    set_anomaly_enabled, is_anomaly_enabled, is_anomaly_check_nan_enabled, set_default_dtype, set_default_device,
    set_default_tensor_type, set_num_threads,
    get_num_threads, set_num_interop_threads, get_num_interop_threads, set_flush_denormal, init_num_threads,
    compiled_with_cxx11_abi, is_vulkan_available, has_lapack, has_openmp, has_spectral, has_mkl, has_mkldnn,
    has_cuda, has_cudnn, has_mps, set_vital)
from mindtorch._compile import _disable_dynamo, compile  # noqa: E402,F401
from mindtorch._devices.errors import AcceleratorError, OutOfMemoryError  # noqa: E402,F401
from mindtorch._devices.faces import Event, Stream, get_device, get_device_module  # noqa: E402,F401
from mindtorch._higher_order_ops.control_flow import cond, while_loop  # noqa: E402,F401
from mindtorch.futures._calls import fork, wait  # noqa: E402,F401
from mindtorch._legacy_classes import tensortype, typename  # noqa: E402,F401
from mindtorch._storage.typed import is_storage  # noqa: E402,F401
from mindtorch import _absent_names, _legacy_classes  # noqa: E402
from mindtorch._tensor_str import set_printoptions  # noqa: E402,F401
from mindtorch._storage.files import PyTorchFileReader, PyTorchFileWriter  # noqa: E402,F401
from mindtorch._storage.saving import load, save  # noqa: E402,F401
from mindtorch._storage.typed import TypedStorage, UntypedStorage  # noqa: E402,F401
from mindtorch._storage import sharing as _sharing  # noqa: E402,F401

globals().update(_legacy_classes.NAMES)
globals().update(_absent_names.NAMES)
from mindtorch._ops.table.schemas import Argument, FunctionSchema, parse as parse_schema  # noqa: E402,F401
globals().update({q._name: q for q in _layouts.QSCHEMES})
get_default_dtype, get_default_device = _dtypes.get_default_dtype, _core_devices.get_default_device
qscheme, legacy_contiguous_format = _layouts.qscheme, _layouts.contiguous_format
DisableTorchFunction = _overrides.DisableTorchFunction
DisableTorchFunctionSubclass = _overrides.DisableTorchFunctionSubclass
inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None
bit, Storage = _dtypes.BY_NAME["uint1"], _legacy_classes.NAMES["FloatStorage"]
from mindtorch import _c_names as _engine_names  # noqa: E402

_engine_names.install()
from mindtorch._ops.sparse import tensor as _sparse_tensors  # noqa: E402

_sparse_tensors._install()
_seal()
for _value in list(globals().values()):
    if type(_value).__name__ == "function" and (_value.__module__ or "").startswith("mindtorch."):
        _value.__module__ = "torch"

del _value
torch = __import__("sys").modules[__name__]  # PyTorch has this name too

_SUBMODULES = frozenset("""nn optim autograd amp utils linalg fft special distributions func cuda npu xpu mps mtia cpu
                            accelerator backends distributed multiprocessing jit fx compiler
_dynamo profiler export onnx testing library version hub random serialization storage overrides numa sparse nested
signal futures _subclasses return_types masked types functional _utils _tensor
_tensor_str __config__ __future__ _C quantization ao _inductor torch_version _jit_internal monitor package quasirandom
classes _custom_ops _prims_common _higher_order_ops""".split())

_ELSEWHERE = {"vmap": "func", "GradScaler": "amp", "Future": "futures", "thread_safe_generator": "random"}


def __getattr__(name):
    """Subpackages are imported when first touched."""
    if name in _ELSEWHERE:
        import importlib

        return getattr(importlib.import_module("mindtorch." + _ELSEWHERE[name]), name)
    if name in _SUBMODULES:
        import importlib

        try:
            return importlib.import_module("mindtorch." + name)
        except ModuleNotFoundError as error:
            if error.name != "mindtorch." + name:
                raise
    raise AttributeError(f"module 'torch' has no attribute '{name}'")


def _answer_operators(*call):
    from mindtorch.utils import _dispatch

    return _dispatch.answer(*call)


def _notice():
    from mindtorch import shim
    from mindtorch._core import overrides

    overrides.answer_operators = _answer_operators
    _importer.settle()
    shim.warn_if_replaced()


_notice()
del _notice
__name__ = "torch"
