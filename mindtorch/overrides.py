"""torch.overrides: __torch_function__ and the modes that see every call."""
import contextlib
import functools
import types as _types

from mindtorch._core import overrides as _core
from mindtorch._core.tensor import Tensor

__all__ = ["get_ignored_functions", "get_overridable_functions", "get_testing_overrides", "handle_torch_function",
           "has_torch_function", "resolve_name", "is_tensor_like",
           "is_tensor_method_or_property", "wrap_torch_function", "enable_reentrant_dispatch", "TorchFunctionMode",
           "BaseTorchFunctionMode"]


def has_torch_function(relevant_args):
    """Whether a call with these arguments goes to a mode or to somebody's __torch_function__."""
    if _core.disabled() == 2:
        return False
    return bool(_core.stack()) or (_core.disabled() == 0 and bool(_core.overloaded(relevant_args)))


def has_torch_function_unary(x):
    """has_torch_function of one argument."""
    return has_torch_function((x,))


def has_torch_function_variadic(*args):
    """has_torch_function of several arguments."""
    return has_torch_function(args)


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """Let modes and overloaded arguments answer a call; TypeError when none of them does."""
    result = _core.dispatch(public_api, relevant_args, args, kwargs)
    if result is NotImplemented:
        raise TypeError(f"no implementation found for '{public_api.__module__}.{public_api.__name__}' on types that "
                        f"implement __torch_function__: {[type(a) for a in relevant_args]}")
    return result


def wrap_torch_function(dispatcher):
    """Decorator that makes a function overridable; dispatcher(*args) gives its relevant arguments."""

    def wrap(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return wrapped

    return wrap


def is_tensor_like(inp):
    """Whether it is a tensor or has a __torch_function__."""
    return type(inp) is Tensor or isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


@functools.cache
def get_ignored_functions():
    """Functions that no __torch_function__ can override: factories, switches and type tests."""
    import mindtorch as torch

    names = """typename is_tensor is_storage set_default_tensor_type set_default_device get_default_device set_rng_state
                get_rng_state manual_seed initial_seed seed save load set_printoptions
    arange as_tensor asarray empty empty_strided empty_permuted eye from_file from_numpy from_dlpack frombuffer full
    linspace logspace ones rand randint randn randperm range scalar_tensor tensor
    tril_indices triu_indices zeros set_flush_denormal set_num_threads get_num_threads set_num_interop_threads
    get_num_interop_threads set_default_dtype get_default_dtype is_grad_enabled
    set_grad_enabled no_grad enable_grad inference_mode promote_types can_cast result_type broadcast_shapes compile
    use_deterministic_algorithms are_deterministic_algorithms_enabled
    hamming_window hann_window bartlett_window blackman_window kaiser_window is_inference_mode_enabled
    get_file_path""".split()
    methods = """__delitem__ __dir__ __getattribute__ __init__ __iter__ __init_subclass__ __delattr__ __setattr__
                  __torch_function__ __new__ __class__ __subclasshook__ __hash__ as_subclass
    _make_subclass _make_wrapper_subclass new stride unflatten""".split()
    found = {getattr(torch, n) for n in names
             if hasattr(torch, n)} | {getattr(Tensor, n) for n in methods if hasattr(Tensor, n)}
    found |= {has_torch_function, handle_torch_function, is_tensor_like, is_tensor_method_or_property}
    return found


@functools.cache
def _names():
    import mindtorch as torch
    from mindtorch._ops.table.registry import FUNCTIONS, METHODS, NAMESPACES

    found = {}
    for name, function in METHODS.items():
        if callable(function):
            found.setdefault(function, f"torch.Tensor.{name}")
        elif hasattr(function, "__get__"):
            found.setdefault(function.__get__, f"torch.Tensor.{name}.__get__")
    for space, functions in NAMESPACES.items():
        for name, function in functions.items():
            found[function] = f"torch.{space}.{name}"
    for name, function in FUNCTIONS.items():
        found[function] = f"torch.{name}"
    del torch
    return found


@functools.cache
def get_overridable_functions():
    """{namespace: functions that __torch_function__ can override}."""
    import mindtorch as torch
    from mindtorch._ops.table.registry import FUNCTIONS, METHODS, NAMESPACES

    ignored = get_ignored_functions()
    found = {torch: [f for f in dict.fromkeys(FUNCTIONS.values()) if f not in ignored]}
    found[Tensor] = [f if callable(f) else f.__get__ for f in METHODS.values() if callable(f) or hasattr(f, "__get__")]
    for space, functions in NAMESPACES.items():
        owner = torch
        with contextlib.suppress(AttributeError):
            for part in space.split("."):
                owner = getattr(owner, part)
            found[owner] = list(dict.fromkeys(functions.values()))
    return found


@functools.cache
def get_testing_overrides():
    """{overridable function: a function with its signature that returns -1}."""
    import inspect

    table = {}
    for functions in get_overridable_functions().values():
        for f in functions:
            try:
                parameters = inspect.signature(f).parameters.values()
            except (TypeError, ValueError):
                parameters = ()
            head = ", ".join(
                ("*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else "")
                + p.name
                + ("" if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.default is p.empty else "=None")
                for p in parameters
                if p.kind is not p.KEYWORD_ONLY
            )
            table[f] = eval(f"lambda {head}: -1") if parameters else lambda *args, **kwargs: -1
    return table


@functools.cache
def get_default_nowrap_functions():
    """Getters whose results no subclass wraps: _base, grad and _grad."""
    return {vars(Tensor)[n].__get__ for n in ("_base", "grad", "_grad") if n in vars(Tensor)}


def redispatch_function(func, types, args=(), kwargs=None):
    """func(*args, **kwargs) outside of subclasses' handlers."""
    with _core.Disabled():
        return func(*args, **(kwargs or {}))


def resolve_name(f):
    """'torch.add' or 'torch.Tensor.add' for an overridable function; None for others."""
    if (
        isinstance(f, _types.MethodType)
        and f.__name__ in ("__get__", "__set__", "__delete__")
        and hasattr(f.__self__, "__name__")
    ):
        return f"torch.Tensor.{f.__self__.__name__}.{f.__name__}"
    with contextlib.suppress(TypeError):
        return _names().get(f)
    return None


def is_tensor_method_or_property(func):
    """Whether a function belongs to Tensor: a method, or the getter of a property."""
    from mindtorch._ops.table.registry import METHODS

    return getattr(func, "__name__", "") == "__get__" or any(func is m for m in METHODS.values())


class TorchFunctionMode:
    """with a mode active, every torch function asks its __torch_function__(func, types, args, kwargs) first."""

    def __init__(self):
        pass

    def __torch_function__(self, func, types, args=(), kwargs=None):
        raise NotImplementedError

    def __enter__(self):
        _core.enter(self)
        return self

    def __exit__(self, *exc):
        if _core.stack()[-1:] != [self]:
            raise RuntimeError("modes must be left in the reverse order of entering")
        _core.leave(self)

    @classmethod
    def push(cls, *args, **kwargs):
        """The mode made of these arguments."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that only calls the function."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def enable_reentrant_dispatch():
    """Nothing to enable: functions called inside a handler dispatch again."""
    yield


def _get_current_function_mode():
    return next(reversed(_core.stack()), None)


def _get_current_function_mode_stack():
    return list(_core.stack())
