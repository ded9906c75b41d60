"""Top-level functions of torch that are not about tensors: determinism, compile, symbolic numbers, checks."""
import math

from mindtorch import _absent
from mindtorch._core import devices, layouts as _layouts

inf, nan, pi, e = math.inf, math.nan, math.pi, math.e
newaxis = None


class OutOfMemoryError(RuntimeError):
    """Memory could not be had."""


class AcceleratorError(RuntimeError):
    """A device failed."""


class Stream:
    """torch.Stream(device): a queue of work of an accelerator, or of the CPU, where calls finish before they return."""

    def __new__(cls, device=None, *, priority=0):
        from mindtorch import cpu, npu

        if device is not None and devices.device(device).type == "cpu" or not npu.is_available():
            return cpu.Stream()
        return npu.Stream(device, priority)


class Event:
    """torch.Event(device): a point in time of a stream. RuntimeError without an accelerator."""

    def __new__(cls, device=None, *, enable_timing=False, blocking=False, interprocess=False):
        from mindtorch import npu

        if not npu.is_available():
            raise RuntimeError("torch.Event needs an accelerator")
        return npu.Event(enable_timing, blocking, interprocess)


def get_device_module(device=None):
    """torch.npu, torch.cpu ...: the module of a device type (by default the accelerator's). RuntimeError for a type
    without one."""
    import importlib

    from mindtorch._core import devices

    name = devices.device(device).type if device is not None else devices.accelerator_type() or "cpu"
    try:
        return importlib.import_module("mindtorch." + name)
    except ModuleNotFoundError:
        raise RuntimeError(f"Invalid device string: '{device}'") from None


def compile(model=None, *, fullgraph=False, dynamic=None, backend=None, mode=None, options=None, name=None,
            disable=False, recompile_limit=None, isolate_recompiles=False, shapes_spec=None):
    """A module, function or class that runs through a backend; without a model, a decorator. Named backends run it as
    it is, a backend(graph_module, example_inputs) of the user's own gets its graph."""
    from mindtorch._dynamo import eval_frame

    return eval_frame.compile(model, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options,
                              name=name, disable=disable, recompile_limit=recompile_limit,
                              isolate_recompiles=isolate_recompiles, shapes_spec=shapes_spec)


def _disable_dynamo(fn=None, recursive=True):
    """A function that is never compiled; also a decorator."""
    from mindtorch._dynamo import eval_frame

    return eval_frame.disable(fn, recursive)


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


_warn_always = [False]


def set_warn_always(b):
    """Remember whether warnings repeat."""
    _warn_always[0] = bool(b)


def is_warn_always_enabled():
    """What set_warn_always said."""
    return _warn_always[0]


def compiled_with_cxx11_abi():
    """False: MindSpore's libraries use the old ABI."""
    return False


def is_vulkan_available():
    """False."""
    return False


class _Symbolic:
    """A number that stands for one known later: sizes here are always known, so only code that makes its own ever sees
    one."""

    def __init__(self, node):
        self.node = node

    def __repr__(self):
        return str(self.node)


SymInt, SymFloat, SymBool = (type(n, (_Symbolic,), {"__module__": "torch", "__doc__": _Symbolic.__doc__})
                             for n in ("SymInt", "SymFloat", "SymBool"))


def sym_int(a):
    """int() of a number."""
    return int(a)


def sym_float(a):
    """float() of a number."""
    return float(a)


def sym_not(a):
    """not a."""
    return not a


def sym_max(a, b):
    """The larger one."""
    return max(a, b)


def sym_min(a, b):
    """The smaller one."""
    return min(a, b)


def sym_ite(b, t, f):
    """t if b else f."""
    return t if b else f


def sym_sum(args):
    """Sum of numbers."""
    return sum(args)


def sym_sqrt(a):
    """Square root of a number."""
    import math

    return math.sqrt(a)


def _assert(condition, message):
    """AssertionError with the message unless the condition holds."""
    from mindtorch import overrides

    if overrides.has_torch_function((condition,)):
        return overrides.handle_torch_function(_assert, (condition,), condition, message)
    assert condition, message


def _check_with(error, cond, message=None):
    if not cond:
        raise error(message() if callable(message) else message
                    or "Expected cond to be True, but got False. (Could this error message be improved?  If so, please report an enhancement request.)")


def _check(cond, message=None):
    """RuntimeError unless cond."""
    _check_with(RuntimeError, cond, message)


def _check_index(cond, message=None):
    """IndexError unless cond."""
    _check_with(IndexError, cond, message)


def _check_value(cond, message=None):
    """ValueError unless cond."""
    _check_with(ValueError, cond, message)


def _check_type(cond, message=None):
    """TypeError unless cond."""
    _check_with(TypeError, cond, message)


def _check_not_implemented(cond, message=None):
    """NotImplementedError unless cond."""
    _check_with(NotImplementedError, cond, message)


def _check_is_size(i, message=None, *, max=None):
    """RuntimeError for a negative size."""
    _check(i >= 0 and (max is None or i <= max), message)


def _check_tensor_all_with(error, cond, message=None):
    """The given error unless every element of a bool tensor is true."""
    import mindtorch

    if not isinstance(cond, mindtorch.Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if cond.dtype is not mindtorch.bool:
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _check_with(error, bool(cond.all().item()), message)


def _check_tensor_all(cond, message=None):
    """RuntimeError unless every element of a bool tensor is true."""
    _check_tensor_all_with(RuntimeError, cond, message)


def sym_constrain_range(size, *, min=None, max=None):
    """RuntimeError unless min <= size <= max."""
    low, high = -(1 << 63) if min is None else min, (1 << 63) - 1 if max is None else max
    if high < low:
        raise RuntimeError(f"Max must be greater than or equal to Min. Got min={low} max={high}")
    if not low <= size <= high:
        raise RuntimeError(f"Invalid value range for {size} between [{low}, {high}].")


def sym_constrain_range_for_size(size, *, min=None, max=None):
    """sym_constrain_range of a number that is a size."""
    sym_constrain_range(size, min=0 if min is None else min, max=max)


def sym_fresh_size(*args, **kwargs):
    """RuntimeError: sizes are never symbolic."""
    raise RuntimeError("sym_fresh_size: numbers are never symbolic")


def _predicate(name, value):
    import mindtorch

    if isinstance(value, mindtorch.Tensor):
        if value.numel() != 1:
            raise RuntimeError(f"Expected {name} to be bool or single-element tensor, but got a tensor of "
                               f"{value.numel()} elements")
        return bool(value.item())
    if not isinstance(value, (bool, int, float)):
        raise RuntimeError(f"Expected {name} to be bool or tensor, but got {value}.")
    return bool(value)


def cond(pred, true_fn, false_fn, operands=()):
    """true_fn(*operands) or false_fn(*operands) by a bool or a tensor of one element; RuntimeError for other
    predicates."""
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    if not isinstance(operands, (tuple, list)):
        raise RuntimeError("Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of "
                           f"tensor leaves, but got {operands}.")
    return true_fn(*operands) if _predicate("pred", pred) else false_fn(*operands)


def while_loop(cond_fn, body_fn, carried_inputs):
    """carried_inputs after body_fn(*carried) as long as cond_fn(*carried)."""
    if not callable(cond_fn) or not callable(body_fn):
        raise RuntimeError("Expect cond_fn and body_fn to be callable.")
    if not isinstance(carried_inputs, (tuple, list)):
        raise RuntimeError("Expect carried_inputs to be a tuple of possibly nested dict/list/tuple that only consists "
                           f"of tensor or int leaves, but got {carried_inputs}.")
    carried = tuple(carried_inputs)
    while _predicate("cond_fn's result", cond_fn(*carried)):
        made = body_fn(*carried)
        made = tuple(made) if isinstance(made, (tuple, list)) else (made,)
        if len(made) != len(carried):
            raise RuntimeError(f"body_fn should return a tuple of {len(carried)} values like carried_inputs, got "
                               f"{len(made)}")
        carried = made
    return carried


def fork(func, *args, **kwargs):
    """A Future with the result of a call: it runs at once."""
    from mindtorch.futures import Future

    future = Future()
    try:
        future.set_result(func(*args, **kwargs))
    except Exception as error:
        future.set_exception(error)
    return future


def wait(future):
    """A Future's value."""
    return future.wait()


def init_num_threads():
    """Start the threads of kernels: they start by themselves."""


def set_anomaly_enabled(enabled, check_nan=True):
    """Switch anomaly detection of backward on or off."""
    from mindtorch.autograd import set_detect_anomaly

    set_detect_anomaly(enabled, check_nan)


has_lapack = has_openmp = has_spectral = True
has_mkl = has_mkldnn = has_cuda = has_cudnn = has_mps = False


qscheme = _layouts.qscheme
globals().update({q._name: q for q in _layouts.QSCHEMES})

_QUANTIZED = ("choose_qparams_optimized quantized_gru_cell quantized_lstm_cell quantized_rnn_relu_cell "
              "quantized_rnn_tanh_cell")
_SCRIPT = ("import_ir_module import_ir_module_from_buffer parse_ir parse_schema parse_type_comment "
           "merge_type_from_type_comment unify_type_list")
globals().update({n: _absent.function("torch." + n, "quantised layers are not there") for n in _QUANTIZED.split()})
globals().update({n: _absent.function("torch." + n, "there are no TorchScript programs") for n in _SCRIPT.split()})

NAMES = {k: v for k, v in dict(globals()).items() if not k.startswith("__") and k not in ("NAMES",)
         and not isinstance(v, (list, type(_absent)))} | {"newaxis": None}
NAMES.pop("math", None)
