"""The torch namespace over MindSpore."""
from mindtorch._core import runtime as _runtime

_C = _runtime.start()

from mindtorch import importer as _importer  # noqa: E402

_importer.install()

from mindtorch._core import devices as _devices, dtypes as _dtypes, layouts as _layouts  # noqa: E402
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
device, dtype, layout, memory_format = _devices.device, _dtypes.dtype, _layouts.layout, _layouts.memory_format
finfo, iinfo = _dtypes.finfo, _dtypes.iinfo
from mindtorch.random import (  # noqa: E402,F401
    Generator, default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state)

from mindtorch import _misc as _misc_names  # noqa: E402
from mindtorch._ops.table.aten import ops  # noqa: E402,F401
from mindtorch.importer import VERSION as __version__  # noqa: E402,F401

globals().update(_misc_names.NAMES)

from mindtorch import _state as _global_state  # noqa: E402
from mindtorch._tensor_str import set_printoptions  # noqa: E402,F401
from mindtorch._storage.saving import load, save  # noqa: E402,F401
from mindtorch._storage.typed import TypedStorage, UntypedStorage  # noqa: E402,F401

globals().update(_global_state.NAMES)
bit, Storage = _dtypes.BY_NAME["uint1"], _global_state.NAMES["FloatStorage"]
from mindtorch import _c_names as _engine_names  # noqa: E402

_engine_names.install()
from mindtorch._ops.sparse import tensor as _sparse_tensors  # noqa: E402

_sparse_tensors._install()
_seal()

torch = __import__("sys").modules[__name__]  # PyTorch has this name too

_SUBMODULES = frozenset("""nn optim autograd amp utils linalg fft special distributions func cuda npu xpu mps mtia cpu
                            accelerator backends distributed multiprocessing jit fx compiler
_dynamo profiler export onnx testing library version hub random serialization storage overrides numa sparse nested
signal futures _subclasses return_types masked types functional _utils _tensor
_tensor_str __config__ __future__ _C quantization ao _inductor torch_version _jit_internal monitor package quasirandom
classes _prims_common _higher_order_ops""".split())

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
