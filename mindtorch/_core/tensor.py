"""torch.Tensor: a subclass of mindspore.Tensor whose behaviour is ours.

Properties (shape, dtype, grad_fn ...) are installed by the engine; operators are entered as methods by
_ops/table/registry.py, its construction by _ops/creation/factories.py, copies and pickles by _storage/pickling.py.
What mindspore.Tensor offers under torch's names but with another meaning is hidden by seal().
"""
import mindspore

import mindtorch._C as _C

from . import devices, dtypes, overrides
from .size import Size

_base = mindspore.Tensor


class _TensorMeta(type(_base)):
    def __instancecheck__(cls, instance):
        return type.__instancecheck__(cls, instance)


class Tensor(_base):
    """A multi-dimensional array of one dtype on one device, with autograd."""

    __module__ = "torch"
    __array_priority__ = 1000

    def __init__(self, *args, **kwargs):
        pass  # everything happened in __new__; mindspore's __init__ must not run

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if not all(issubclass(cls, t) for t in types):
            return NotImplemented
        with overrides.Disabled():
            result = func(*args, **(kwargs or {}))
        return result if cls is Tensor else _as_subclass(result, cls)

    @staticmethod
    def _make_subclass(cls, data, require_grad=False, dispatch_sizes_strides_policy=None):
        """A `cls` on data's memory, outside its graph."""
        if type(data) in overrides.wrappers:
            raise NotImplementedError(f"a {type(data).__name__} cannot become a {cls.__name__}")
        made = _C.detach(data)
        made.__class__ = cls
        if require_grad:
            made.requires_grad = True
        return made

    @staticmethod
    def _make_wrapper_subclass(cls, size, strides=None, storage_offset=None, memory_format=None, dtype=None,
                               layout=None, device=None, pin_memory=False, requires_grad=False,
                               dispatch_sizes_strides_policy=None, dispatch_device=False, dispatch_layout=False,
                               _extra_dispatch_keys=None, storage_size=None):
        """A tensor of this size without memory, for a class that answers by __torch_dispatch__. RuntimeError for other
        classes, NotImplementedError for what is not known here."""
        if cls not in overrides.dispatching:
            raise RuntimeError(f"{cls.__name__} has no __torch_dispatch__ that could answer for it")
        for name, value in (("storage_offset", storage_offset), ("memory_format", memory_format), ("layout", layout),
                            ("pin_memory", pin_memory), ("_extra_dispatch_keys", _extra_dispatch_keys),
                            ("storage_size", storage_size), ("dispatch_layout", dispatch_layout),
                            ("dispatch_sizes_strides_policy", dispatch_sizes_strides_policy)):
            if value and str(value) not in ("torch.strided", "torch.contiguous_format", "torch.preserve_format"):
                raise NotImplementedError(f"_make_wrapper_subclass({name}={value}) is not supported")
        size, code = tuple(size), dtypes.code_of(dtype)
        made = _C.empty(size, code, -1) if strides is None else _C.empty_strided(size, tuple(strides), code, -1)
        made.__class__ = cls
        if not dispatch_device:  # else the class says it itself
            made._wrapper_device = devices.device("cpu" if device is None else device)
        if requires_grad:
            made.requires_grad = True
        return made

    def as_subclass(self, cls):
        """The same tensor, graph included, as an instance of `cls`."""
        with overrides.Disabled(2):
            made = self.view_as(self) if self.requires_grad else _C.detach(self)
        made.__class__ = cls
        return made

    def __copy__(self):
        made = _C.detach(self)
        if type(self) is not Tensor:
            made.__class__ = type(self)
        if self.requires_grad:
            made.requires_grad = True
        made.__dict__.update(self.__dict__)
        return made

    __str__ = object.__str__
    __round__ = None

    def __hash__(self):
        return id(self)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__torch_dispatch__" in cls.__dict__ or any(k in overrides.dispatching for k in cls.__mro__[1:]):
            _answers_operators(cls)
            return
        handler = cls.__dict__.get("__torch_function__")
        if handler is None:
            if cls.__torch_function__ is overrides.disabled_implementation:
                overrides.register(cls)
            return
        if getattr(handler, "__func__", handler) is overrides.disabled_implementation:
            overrides.register(cls)
            return
        # its handler hears of attribute reads too
        for name in ("shape", "dtype", "device", "ndim", "requires_grad", "is_leaf", "grad_fn", "is_meta"):
            if name not in cls.__dict__:
                setattr(cls, name, _Overridable(name, vars(Tensor)[name]))


def _answers_operators(cls):
    """Calls with tensors of this class are told to its __torch_dispatch__, after its __torch_function__ where it has
    one."""

    def answer(func, types, args=(), kwargs=None):
        return overrides.answer_operators(cls, func, types, args, kwargs)

    overrides.dispatching.add(cls)
    overrides.wrappers.add(cls)
    cls._answer_operators = staticmethod(answer)
    given = cls.__torch_function__
    usual = (overrides.disabled_implementation, Tensor.__torch_function__.__func__)
    if getattr(given, "__func__", given) in usual:
        cls.__torch_function__ = staticmethod(answer)
    own = vars(Tensor)["device"]
    for name, value in (("device", lambda self: self.__dict__.get("_wrapper_device") or own.__get__(self)),
                        ("is_meta", lambda self: self.device.type == "meta"),
                        ("is_cpu", lambda self: self.device.type == "cpu"),
                        ("is_cuda", lambda self: self.device.type == "cuda")):
        if not any(name in vars(k) for k in cls.__mro__[: cls.__mro__.index(Tensor)]):
            setattr(cls, name, property(value))


class _Overridable:
    """A property of the engine as a subclass with a __torch_function__ sees it."""

    def __init__(self, name, plain):
        self.__name__, self.plain = name, plain

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        result = overrides.dispatch(self.plain.__get__, (instance,), (instance,), {})
        return self.plain.__get__(instance) if result is NotImplemented else result

    def __set__(self, instance, value):
        if overrides.dispatch(self.plain.__set__, (instance, value), (instance, value), {}) is NotImplemented:
            self.plain.__set__(instance, value)


def _as_subclass(result, cls):
    if isinstance(result, Tensor):
        if type(result) is Tensor:
            result.__class__ = cls
        return result
    if isinstance(result, (tuple, list)):
        parts = [_as_subclass(r, cls) for r in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    return result


_C.install_properties(Tensor)
_C.register_types(Tensor, Size, tuple(dtypes.DTYPES),
                  (devices.META, devices.CPU, *devices.npu_devices()[: devices.npu_count()]))
overrides.register(Tensor)
overrides.plain.update({dtypes.dtype, devices.device})


class Hidden:
    """Stands where mindspore.Tensor has something that torch.Tensor has not."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        raise AttributeError(f"'{owner.__name__}' object has no attribute '{self.name}'")


def seal():
    """Hide what mindspore.Tensor offers under names that we do not define: wrong semantics are worse than none."""
    own = set()
    for klass in Tensor.__mro__[: Tensor.__mro__.index(_base)]:
        own.update(vars(klass))

    for name in dir(_base):
        if (
            not name.startswith("__") and name not in own
        ):  # private ones too: some end the process when our tensors are given to them
            setattr(Tensor, name, Hidden(name))
    for name in ("__add__", "__radd__", "__iadd__", "__sub__", "__rsub__", "__isub__", "__mul__", "__rmul__",
                 "__imul__", "__truediv__", "__rtruediv__", "__itruediv__", "__floordiv__",
                 "__rfloordiv__", "__ifloordiv__", "__mod__", "__rmod__", "__imod__", "__pow__", "__rpow__", "__ipow__",
                 "__matmul__", "__rmatmul__", "__imatmul__", "__and__", "__rand__",
                 "__iand__", "__or__", "__ror__", "__ior__", "__xor__", "__rxor__", "__ixor__", "__lshift__",
                 "__rshift__", "__neg__", "__pos__", "__abs__", "__invert__", "__eq__", "__ne__",
                 "__lt__", "__le__", "__gt__", "__ge__", "__getitem__", "__setitem__", "__len__", "__iter__",
                 "__contains__", "__bool__", "__int__", "__float__", "__index__", "__complex__",
                 "__array__", "__setstate__", "__getstate__", "__format__", "__str__", "__repr__"):
        if name not in own and hasattr(_base, name) and getattr(_base, name) is not getattr(object, name, None):
            setattr(Tensor, name, Hidden(name))
