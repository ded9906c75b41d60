"""Autocast: functions of a list compute in low precision, others in float32, without a change to the script."""
import contextlib
import functools
import threading
import warnings
import weakref

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, overrides
from mindtorch._core.tensor import Tensor
from mindtorch._ops.table.registry import FUNCTIONS, METHODS, NAMESPACES

from . import lists

__all__ = ["autocast_decorator", "autocast", "is_autocast_available", "custom_fwd", "custom_bwd"]

_CPU, _ACCELERATOR = "cpu", "npu"
_BY_NAME = dtypes.BY_NAME


class _State(threading.local):
    """What a thread casts."""

    def __init__(self):
        self.enabled = {_CPU: False, _ACCELERATOR: False}
        self.dtype = {_CPU: _BY_NAME["bfloat16"], _ACCELERATOR: _BY_NAME["float16"]}
        self.cache_enabled, self.nesting, self.suspended = True, 0, 0
        self.cache = {}


_state = _State()
_tables = {}


def _kind(device_type):
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if device_type == "cpu":
        return _CPU
    if device_type in ("cuda", "npu"):
        return _ACCELERATOR
    if device_type in devices._NAMES:
        return None
    raise RuntimeError(f"Expected one of {', '.join(devices._NAMES)} device type at start of device string: "
                       f"{device_type}")


def _switch(kind, on):
    """Enable or disable, and let calls look at modes while any thread casts."""
    on = bool(on)
    if _state.enabled[kind] == on:
        return
    _state.enabled[kind] = on
    if on:
        overrides.modes.append(True)
    else:
        overrides.modes.pop()


def _table(kind):
    """{function: rule} of a device type."""
    if kind not in _tables:
        table = {}
        for name, rule in lists.rules(kind).items():
            namespace, _, short = name.rpartition(".")
            places = (NAMESPACES.get(namespace, {}),) if namespace else (FUNCTIONS, METHODS)
            for place in places:
                if (function := place.get(short)) is not None:
                    table[getattr(function, "_primary", function)] = (rule, name in lists.KEEPS_DTYPE)
        _tables[kind] = table
    return _tables[kind]


def _is_on(t, kind):
    return (t._device_code == 0) if kind == _CPU else (t._device_code > 0)


def _cached(t, dtype):
    """t in low precision; a float32 leaf's copy is kept until the outermost autocast ends."""
    if not (_state.cache_enabled and dtype is not _BY_NAME["float32"] and t.requires_grad and t.is_leaf
            and t._base is None and t.dtype is _BY_NAME["float32"]):
        return t.to(dtype)
    key = (id(t), dtype)
    found = _state.cache.get(key)
    if found is not None and found[0]() is t and (found[1].requires_grad or not _C.is_grad_enabled()):
        return found[1]
    made = t.to(dtype)
    if made.requires_grad or not _C.is_grad_enabled():
        _state.cache[key] = (weakref.ref(t), made)
    return made


def _argument(value, dtype, kind):
    if isinstance(value, Tensor):
        if value.dtype.is_floating_point and value.dtype is not dtype and value.dtype is not _BY_NAME[
            "float64"] and _is_on(value, kind):
            return _cached(value, dtype)
        return value
    if type(value) in (list, tuple):
        return type(value)(_argument(v, dtype, kind) for v in value)
    return value


def _widest(values, dtype, kind):
    """The dtype that a promoting function computes in: float32 (or float64) when any argument has it."""
    for v in values:
        if isinstance(v, Tensor):
            if v.dtype.is_floating_point and _is_on(v, kind):
                if v.dtype is _BY_NAME["float64"] or v.dtype is _BY_NAME["float32"]:
                    dtype = v.dtype if dtype is not _BY_NAME["float64"] else dtype
                elif v.dtype is not dtype and dtype not in (_BY_NAME["float32"], _BY_NAME["float64"]):
                    raise RuntimeError("Unexpected floating ScalarType in at::autocast::prioritize")
        elif type(v) in (list, tuple):
            dtype = _widest(v, dtype, kind)
    return dtype


def _intercept(function, args, kwargs):
    """What the operator table asks while a thread casts: the result in the right precision, or NotImplemented."""
    if _state.suspended:
        return NotImplemented
    for kind in (_CPU, _ACCELERATOR):
        if not _state.enabled[kind]:
            continue
        entry = _table(kind).get(getattr(function, "_primary", function))
        if entry is None or kwargs.get("out") is not None or not _involves((*args, *kwargs.values()), kind):
            continue
        rule, keeps = entry
        if rule == lists.BANNED:
            raise RuntimeError(
                "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\nMany models "
                "use a sigmoid layer right before the binary cross entropy "
                "layer.\nIn this case, combine the two layers using "
                "torch.nn.functional.binary_cross_entropy_with_logits\nor torch.nn.BCEWithLogitsLoss.  "
                "binary_cross_entropy_with_logits and BCEWithLogits are\nsafe to autocast."
            )
        if keeps and kind != _CPU and (kwargs.get("dtype") is not None
                                       or any(isinstance(a, dtypes.dtype) for a in args)):
            continue
        if rule == lists.PADDING:
            mode = kwargs.get("mode", args[2] if len(args) > 2 else "constant")
            if mode not in ("reflect", "replicate"):
                continue
            rule = lists.FP32
        if rule == lists.DENSE:
            states = args[1] if len(args) > 1 else None  # where packed rows have their sizes
            if not isinstance(states, (list, tuple)) or states[0].shape[-1] != states[-1].shape[-1]:
                continue
            rule = lists.LOW
        if rule == lists.PLAIN:
            _state.suspended += 1
            try:
                return function(*args, **kwargs)
            finally:
                _state.suspended -= 1
        dtype = _state.dtype[kind] if rule != lists.FP32 else _BY_NAME["float32"]
        if rule == lists.PROMOTE:
            dtype = _widest((*args, *kwargs.values()), dtype, kind)
        _state.suspended += 1
        try:
            args = [_argument(a, dtype, kind) for a in args]
            kwargs = {k: _argument(v, dtype, kind) for k, v in kwargs.items()}
            return function(*args, **kwargs)
        finally:
            _state.suspended -= 1
    return NotImplemented


def _involves(values, kind):
    return any(_is_on(v, kind) if isinstance(v, Tensor) else type(v) in (list, tuple) and _involves(v, kind)
               for v in values)


overrides.autocast = _intercept


# ---- the state as functions ----
def is_autocast_enabled(device_type=None):
    """Whether this thread casts for a device type (cuda when none is named)."""
    kind = _kind(device_type or "cuda")
    return kind is not None and _state.enabled[kind]


def set_autocast_enabled(device_type, enabled=None):
    """set_autocast_enabled(device_type, enabled); with one argument for cuda."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    _switch(_needed(device_type), enabled)


def _needed(device_type):
    kind = _kind(device_type)
    if kind is None:
        raise RuntimeError(f"unknown device type for autocast: {device_type}")
    return kind


def get_autocast_dtype(device_type):
    """The low precision of a device type."""
    return _state.dtype[_needed(device_type)]


def set_autocast_dtype(device_type, dtype):
    """Choose the low precision of a device type."""
    _state.dtype[_needed(device_type)] = dtype


def _of(function, kind):
    def of_kind(*args):
        return function(kind, *args)

    of_kind.__doc__ = f"{function.__name__} of {kind}."
    return of_kind


is_autocast_cpu_enabled, set_autocast_cpu_enabled = _of(is_autocast_enabled, "cpu"), _of(set_autocast_enabled, "cpu")
get_autocast_cpu_dtype, get_autocast_gpu_dtype = _of(get_autocast_dtype, "cpu"), _of(get_autocast_dtype, "cuda")
set_autocast_cpu_dtype, set_autocast_gpu_dtype = _of(set_autocast_dtype, "cpu"), _of(set_autocast_dtype, "cuda")


def is_autocast_cache_enabled():
    """Whether casted weights are kept."""
    return _state.cache_enabled


def set_autocast_cache_enabled(enabled):
    """Choose whether casted weights are kept."""
    _state.cache_enabled = bool(enabled)


def autocast_increment_nesting():
    """Enter a level of autocast; gives the depth."""
    _state.nesting += 1
    return _state.nesting


def autocast_decrement_nesting():
    """Leave a level of autocast; gives the depth."""
    _state.nesting -= 1
    return _state.nesting


def clear_autocast_cache():
    """Forget casted weights."""
    _state.cache.clear()


def is_autocast_available(device_type):
    """Whether autocast knows a device type."""
    return _kind(device_type) is not None


def is_any_autocast_enabled():
    """Whether this thread casts for any device type."""
    return any(_state.enabled.values())


_C._is_any_autocast_enabled = is_any_autocast_enabled
NAMES = {f.__name__: f for f in (is_autocast_enabled, set_autocast_enabled, get_autocast_dtype, set_autocast_dtype,
                                 is_autocast_cache_enabled, set_autocast_cache_enabled,
                                 autocast_increment_nesting, autocast_decrement_nesting, clear_autocast_cache)}
NAMES.update(
    is_autocast_cpu_enabled=is_autocast_cpu_enabled,
    set_autocast_cpu_enabled=set_autocast_cpu_enabled,
    get_autocast_cpu_dtype=get_autocast_cpu_dtype,
    get_autocast_gpu_dtype=get_autocast_gpu_dtype,
    set_autocast_cpu_dtype=set_autocast_cpu_dtype,
    set_autocast_gpu_dtype=set_autocast_gpu_dtype,
)


def snapshot():
    """This thread's settings, for restored()."""
    return dict(_state.enabled), dict(_state.dtype), _state.cache_enabled


@contextlib.contextmanager
def restored(settings):
    """Settings of another time, while inside."""
    if settings == snapshot():
        yield
        return
    now = snapshot()
    _apply(settings)
    autocast_increment_nesting()
    try:
        yield
    finally:
        if autocast_decrement_nesting() == 0:
            clear_autocast_cache()
        _apply(now)


def _apply(settings):
    enabled, dtype, _state.cache_enabled = settings
    for kind, on in enabled.items():
        _switch(kind, on)
    _state.dtype.update(dtype)


def autocast_decorator(autocast_instance, func):
    """func inside that autocast."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        with autocast_instance:
            return func(*args, **kwargs)

    wrapper.__script_unsupported = "@autocast() decorator is not supported in script mode"
    return wrapper


def _need_bfloat16(device_type):
    """RuntimeError where the chip has none. Asked where it is used: making an autocast does not start the device."""
    from mindtorch import npu

    if not npu.is_bf16_supported():
        raise RuntimeError(f"Current {device_type.upper()} Device does not support bfloat16. Please switch dtype to "
                           f"float16. ({npu.get_device_name()})")


class autocast:
    """Context and decorator: inside, functions of `device_type` compute in `dtype` (cpu: bfloat16, cuda and npu:
    float16) where that is known to be safe."""

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None):
        kind = _kind(device_type)
        if kind is None:
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device, self._kind = device_type, kind
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._enabled = bool(enabled)
        if kind == _ACCELERATOR and self._enabled and not devices.npu_count():
            warnings.warn(f"User provided device_type of '{device_type}', but {device_type.upper()} is not available. "
                          "Disabling", stacklevel=2)
            self._enabled = False
        supported = (_BY_NAME["bfloat16"], _BY_NAME["float16"])
        if self._enabled and self.fast_dtype not in supported:
            warnings.warn(
                f"In {device_type.upper()} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{device_type.upper()} Autocast only supports dtype of "
                "torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            self._enabled = False
        self._before = []

    def __enter__(self):
        if self._kind == _ACCELERATOR and self._enabled and self.fast_dtype is _BY_NAME["bfloat16"]:
            _need_bfloat16(self.device)
        self._before.append((_state.enabled[self._kind], _state.dtype[self._kind], _state.cache_enabled))
        _state.dtype[self._kind] = self.fast_dtype
        _state.cache_enabled = self._cache_enabled
        _switch(self._kind, self._enabled)
        autocast_increment_nesting()
        return self

    def __exit__(self, *exc):
        if autocast_decrement_nesting() == 0:
            clear_autocast_cache()
        on, _state.dtype[self._kind], _state.cache_enabled = self._before.pop()
        _switch(self._kind, on)
        return False

    def __call__(self, func):
        return autocast_decorator(self, func)


def _cast(value, device_type, dtype):
    """value with the floating tensors of a device cast, inside dicts, lists and tuples too."""
    if isinstance(value, Tensor):
        eligible = value.dtype.is_floating_point and value.dtype is not _BY_NAME["float64"] and _is_on(
            value, _kind(device_type))
        return value.to(dtype) if eligible else value
    if isinstance(value, dict):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        made = [_cast(v, device_type, dtype) for v in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return value



def custom_fwd(fwd=None, *, device_type, cast_inputs=None):
    """Decorates a Function's forward: under autocast its inputs are cast to `cast_inputs` and the body runs without
    autocast; backward sees the same."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args, **kwargs):
        args[0]._dtype = get_autocast_dtype(device_type)
        if cast_inputs is None:
            args[0]._fwd_used_autocast = is_autocast_enabled(device_type)
            return fwd(*args, **kwargs)
        active = is_autocast_enabled(device_type)
        args[0]._fwd_used_autocast = False
        if not active:
            return fwd(*args, **kwargs)
        with autocast(device_type=device_type, enabled=False):
            return fwd(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorated


def custom_bwd(bwd=None, *, device_type):
    """Decorates a Function's backward: it runs with the autocast of its forward."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args, **kwargs):
        with autocast(device_type=device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorated

