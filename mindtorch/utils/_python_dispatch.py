"""torch.utils._python_dispatch: modes that hear of operators, and tensor subclasses that wrap tensors. What is told to
them and what is not: mindtorch/utils/_dispatch.py."""
import typing

from mindtorch import _absent
from mindtorch._core import overrides

_REASON = "__torch_dispatch__ hears of functions here, without aliases and keys"
AliasInfo, SchemaInfo, DispatchKey = (
    _absent.klass("torch.utils._python_dispatch." + n, _REASON) for n in ("AliasInfo", "SchemaInfo", "DispatchKey")
)
(get_alias_info, autograd_would_have_decomposed, set_is_in_mode_without_ignore_compile_internals) = (
    _absent.function("torch.utils._python_dispatch." + n, _REASON) for n in (
        "get_alias_info", "autograd_would_have_decomposed", "set_is_in_mode_without_ignore_compile_internals"))


class TorchDispatchMode:
    """In its block, __torch_dispatch__(func, types, args, kwargs) is asked for every operator: func is an overload of
    torch.ops.aten, and calling it computes."""

    def __init__(self, _dispatch_key=None):
        if _dispatch_key is not None:
            raise NotImplementedError("TorchDispatchMode(_dispatch_key=...) is not supported")

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise NotImplementedError

    def __enter__(self):
        from mindtorch.utils import _dispatch

        side = _dispatch.FunctionSide(self)
        self.__dict__.setdefault("_sides", []).append(side)
        overrides.enter(side)
        return self

    def __exit__(self, *exc):
        overrides.leave(self._sides.pop())

    @classmethod
    def push(cls, *args, **kwargs):
        """The mode made of these arguments."""
        return cls(*args, **kwargs)

    @classmethod
    def is_infra_mode(cls):
        """Whether PyTorch's own machinery is the mode."""
        return False


class BaseTorchDispatchMode(TorchDispatchMode):
    """A mode that only calls the operator."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def return_and_correct_aliasing(func, args, kwargs, out):
    """What an operator of a wrapping class returns: the first argument of one that works in place, `out=`, else out."""
    name = func._opname
    if name.endswith("_") and not name.endswith("__"):
        return args[0]
    return (kwargs or {}).get("out", out)


@typing.runtime_checkable
class TensorWithFlatten(typing.Protocol):
    """A tensor subclass that says which tensors it is made of."""

    def __tensor_flatten__(self): ...

    @staticmethod
    def __tensor_unflatten__(inner_tensors, flatten_spec, outer_size, outer_stride): ...


TraceableWrapperSubclass = TensorWithFlatten


def is_traceable_wrapper_subclass_type(t):
    """Whether a class is a tensor subclass with __tensor_flatten__ and __tensor_unflatten__."""
    import mindtorch as torch

    return issubclass(t,
                      torch.Tensor) and t is not torch.Tensor and hasattr(t, "__tensor_flatten__") and hasattr(
                          t, "__tensor_unflatten__")


def is_traceable_wrapper_subclass(t):
    """Whether an object is of such a class."""
    return is_traceable_wrapper_subclass_type(type(t))


def transform_subclass(t, callback, outer_size=None, outer_stride=None):
    """The wrapper made anew of callback(name, tensor) of its tensors."""
    import mindtorch as torch

    size, stride = t.size() if outer_size is None else outer_size, t.stride() if outer_stride is None else outer_stride
    names, spec = t.__tensor_flatten__()
    made = type(t).__tensor_unflatten__({n: callback(n, getattr(t, n)) for n in names}, spec, torch.Size(size), stride)
    if made.shape != torch.Size(size):
        raise AssertionError(f"Expected return value from {type(t)}__tensor_unflatten__() to have shape equal to "
                             f"{size}, but got: {made.shape}")
    return made


def is_in_torch_dispatch_mode(include_infra_modes=True):
    """Whether this thread has a dispatch mode."""
    return bool(_get_current_dispatch_mode_stack())


def is_in_any_mode_without_ignore_compile_internals():
    """Whether this thread has a dispatch mode."""
    return is_in_torch_dispatch_mode()


any_torch_dispatch_mode_on_stack = is_in_any_mode_without_ignore_compile_internals


def _get_current_dispatch_mode_stack():
    from mindtorch.utils import _dispatch

    return _dispatch.current()


def _get_current_dispatch_mode():
    return next(reversed(_get_current_dispatch_mode_stack()), None)


def _disable_current_modes():
    from mindtorch.utils import _dispatch

    return _dispatch.without_modes()
