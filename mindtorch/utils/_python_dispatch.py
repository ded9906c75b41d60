"""torch.utils._python_dispatch: tensor subclasses that wrap tensors. __torch_dispatch__ is not supported, so no
dispatch mode is ever active."""
import typing

from mindtorch import _absent

_REASON = "__torch_dispatch__ is not supported"
TorchDispatchMode, BaseTorchDispatchMode, AliasInfo, SchemaInfo, DispatchKey = (
    _absent.klass("torch.utils._python_dispatch." + n, _REASON)
    for n in ("TorchDispatchMode", "BaseTorchDispatchMode", "AliasInfo", "SchemaInfo", "DispatchKey")
)
(return_and_correct_aliasing, get_alias_info, autograd_would_have_decomposed,
 set_is_in_mode_without_ignore_compile_internals) = (
    _absent.function("torch.utils._python_dispatch." + n, _REASON) for n in (
        "return_and_correct_aliasing", "get_alias_info", "autograd_would_have_decomposed",
        "set_is_in_mode_without_ignore_compile_internals"))


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
    """False: there are no dispatch modes."""
    return False


def is_in_any_mode_without_ignore_compile_internals():
    """False: there are no dispatch modes."""
    return False


any_torch_dispatch_mode_on_stack = is_in_any_mode_without_ignore_compile_internals


def _get_current_dispatch_mode():
    return None


def _get_current_dispatch_mode_stack():
    return []


def _disable_current_modes():
    import contextlib

    return contextlib.nullcontext([])
