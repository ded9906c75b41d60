"""Parameters and buffers: the tensors that modules register by themselves."""
from collections import OrderedDict

import mindtorch._C as _C
from mindtorch._core import overrides
from mindtorch._core.tensor import Tensor, _TensorMeta

__all__ = ["Parameter", "UninitializedParameter", "is_lazy", "Buffer", "UninitializedBuffer",
           "UninitializedTensorMixin"]

_disabled = overrides.disabled_implementation


class _ParameterMeta(_TensorMeta):
    # a tensor subclass cannot change its class; it is a parameter by its mark
    def __instancecheck__(cls, instance):
        return (super().__instancecheck__(instance)
                or (cls is Parameter and isinstance(instance, Tensor) and getattr(instance, "_is_param", False)))


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A tensor that a module counts among its parameters: Parameter(data, requires_grad=True)."""

    __module__ = "torch.nn.parameter"
    __torch_function__ = _disabled

    def __new__(cls, data=None, requires_grad=True):
        if data is None:
            data = _C.empty((0,), _default_code(), 0)
        if type(requires_grad) is not bool:
            given = type(requires_grad).__name__
            raise TypeError(f"_make_subclass(): argument 'require_grad' (position 3) must be bool, not {given}")
        if type(data) is Tensor or type(data) is Parameter or (isinstance(data, Parameter)
                                                               and type(data) not in overrides.wrappers):
            return Tensor._make_subclass(cls, data, requires_grad)
        if not isinstance(data, Tensor):
            raise TypeError(f"Creating a Parameter from an instance of type {type(data).__name__} requires that it be "
                            "a Tensor")
        made = data.detach().requires_grad_(requires_grad)
        if type(made) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} requires that detach() returns "
                "an instance of the same type, but return type "
                f"{type(made).__name__} was found instead. To use the type as a Parameter, please correct the detach() "
                "semantics defined by its __torch_dispatch__() implementation."
            )
        made._is_param = True
        return made

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        made = type(self)(self.data.clone(), self.requires_grad)
        memo[id(self)] = made
        return made

    def __repr__(self):
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol):
        from mindtorch import _utils

        state = dict(self.__dict__)
        if not state:
            return _utils._rebuild_parameter, (self.data, self.requires_grad, OrderedDict())
        return _utils._rebuild_parameter_with_state, (self.data, self.requires_grad, OrderedDict(), state)


def _default_code():
    from mindtorch._core import dtypes

    return dtypes.get_default_dtype().code


class UninitializedTensorMixin:
    """What lazy parameters and buffers share: no shape until materialize()."""

    _allowed_methods = [f"torch.Tensor.{n}" for n in ("__hash__", "size", "copy_", "is_complex", "is_floating_point",
                                                      "half", "float", "double", "char", "short", "int", "long", "cuda",
                                                      "cpu", "to",
                                                     "get_device", "_has_compatible_shallow_copy_type")]

    def materialize(self, shape, device=None, dtype=None):
        """Give it memory of this shape and make it an ordinary parameter or buffer."""
        from mindtorch._ops.table.registry import FUNCTIONS

        source = Tensor.data.getter(self)
        fresh = FUNCTIONS["empty"](shape, device=source.device if device is None else device,
                                   dtype=source.dtype if dtype is None else dtype)
        _C.set_data(self, fresh)
        self.__class__ = self.cls_to_become

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their attributes."
        )

    def share_memory_(self):
        """RuntimeError: there is no memory yet."""
        raise RuntimeError("Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize "
                           "the parameters before calling `module.share_memory()`.")

    def __repr__(self):
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol):
        return self.__class__, (self.requires_grad,)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        if f"torch.Tensor.{name}" in cls._allowed_methods or name in ("__get__", "__set__"):
            if name in ("to", "cuda", "cpu", "half", "float", "double", "char", "short", "int", "long"):
                # the conversion needs the shape that this class hides
                args = (Tensor._make_subclass(Tensor, args[0]), *args[1:])
            return super().__torch_function__(func, types, args, kwargs or {})
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {func}. This error happens when you are using a "
            "`LazyModule` or explicitly manipulating "
            f"`torch.nn.parameter.{cls.__name__}` objects. When using LazyModules Call `forward` with a dummy batch to "
            "initialize the parameters before calling torch functions"
        )


def is_lazy(param):
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known yet."""

    __module__ = "torch.nn.parameter"
    cls_to_become = Parameter

    def __new__(cls, requires_grad=True, device=None, dtype=None):
        from mindtorch._ops.table.registry import FUNCTIONS

        return Tensor._make_subclass(cls, FUNCTIONS["empty"](0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


class _BufferMeta(_TensorMeta):
    def __instancecheck__(cls, instance):
        if cls is Buffer:
            return isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a module registers as a buffer: Buffer(data, persistent=True). It is data itself, marked."""

    __module__ = "torch.nn.parameter"

    def __new__(cls, data=None, *, persistent=True):
        if data is None:
            data = _C.empty((0,), _default_code(), 0)
        made = data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made

    __torch_function__ = _disabled


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape is not known yet."""

    __module__ = "torch.nn.parameter"
    cls_to_become = Tensor

    def __new__(cls, requires_grad=False, device=None, dtype=None, persistent=True):
        from mindtorch._ops.table.registry import FUNCTIONS

        made = Tensor._make_subclass(cls, FUNCTIONS["empty"](0, device=device, dtype=dtype), requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


def forget_gradients(parameters, set_to_none):
    """What zero_grad of modules and optimizers does: gradients become None, or zeros outside any graph."""
    for p in parameters:
        if p.grad is None:
            continue
        if set_to_none:
            p.grad = None
            continue
        if p.grad.grad_fn is not None:
            p.grad.detach_()
        else:
            p.grad.requires_grad_(False)
        p.grad.zero_()
