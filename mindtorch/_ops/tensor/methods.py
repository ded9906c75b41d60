"""What a tensor tells about itself, and its ways into Python and NumPy. No mathematics here."""
import builtins
import functools

import numpy

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts, overrides, runtime
from mindtorch._core.warning import warn_once
from mindtorch._core.codes import FLOAT8_E4M3FN

from ..creation.casts import check_has_data, convert, pinned_strided, same_memory_order, type_name
from ..table.registry import FUNCTIONS, METHODS, op, register, run
from ..shape.views import wrap_dim


def method(name=None, function=False, aliases=()):
    """Declare a method; like every op it gives way to __torch_function__."""
    return op(name, function=function, out=False, tensors=["self"], aliases=aliases)


class TensorProperty:
    """A property that gives way to __torch_function__ of subclasses and modes."""

    def __init__(self, getter, setter=None, deleter=None):
        self.getter, self.setter, self.deleter = getter, setter, deleter
        self.__name__, self.__doc__ = getter.__name__, getter.__doc__

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if overrides.modes or type(instance) not in overrides.plain:
            r = overrides.dispatch(self.__get__, (instance,), (instance,), {})
            if r is not NotImplemented:
                return r
        return self.getter(instance)

    def __set__(self, instance, value):
        if self.setter is None:
            raise AttributeError(f"attribute '{self.__name__}' of 'torch._C.TensorBase' objects is not writable")
        if overrides.modes or type(instance) not in overrides.plain:
            r = overrides.dispatch(self.__set__, (instance, value), (instance, value), {})
            if r is not NotImplemented:
                return
        self.setter(instance, value)

    def __delete__(self, instance):
        if self.deleter is None:
            raise AttributeError(f"cannot delete attribute '{self.__name__}'")
        self.deleter(instance)

    def set_with(self, setter):
        """The same property with a setter."""
        self.setter = setter
        return self


def prop(function):
    """Enter a property of Tensor."""
    METHODS[function.__name__] = made = TensorProperty(function)
    return made


# ---- geometry ----
@method()
def size(self, dim=None):
    """The sizes, or that of one dimension; IndexError when it is out of range."""
    return self.shape if dim is None else self.shape[wrap_dim(dim, self.ndim, False)]


@method()
def stride(self, dim=None):
    """The strides in elements, or that of one dimension."""
    return self._strides if dim is None else self._strides[wrap_dim(dim, self.ndim, False)]


@method(aliases=("ndimension",))
def dim(self):
    """Number of dimensions."""
    return self.ndim


@op(out=False)
def numel(input):
    """Number of elements."""
    return input._numel


METHODS["nelement"] = METHODS["numel"]


@method()
def storage_offset(self):
    """Elements between the start of the storage and the first element."""
    return self._offset


@method()
def is_contiguous(self, memory_format=layouts.contiguous_format):
    """Whether the elements lie densely in this memory order."""
    if memory_format is layouts.preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the is_contiguous operator")
    return same_memory_order(self, memory_format)


@method()
def element_size(self):
    """Bytes of one element."""
    return self.dtype.itemsize


@method()
def data_ptr(self):
    """Address of the first element; 0 without memory."""
    return (self._pointer or 0) if self._numel else 0


@method()
def dim_order(self, ambiguity_check=False):
    """Dimensions from the outermost to the innermost in memory."""
    if ambiguity_check is not False:
        raise NotImplementedError("dim_order: ambiguity_check is not supported")
    return tuple(sorted(range(self.ndim), key=lambda d: (-self._strides[d], d)))


@method()
def get_device(self):
    """Number of the device; -1 for cpu and meta."""
    return self.device.index if self._device_code > 0 else -1


@method()
def is_same_size(self, other):
    """Whether the shapes are equal."""
    return self.shape == other.shape


FUNCTIONS["is_same_size"] = METHODS["is_same_size"]


@method()
def is_set_to(self, tensor):
    """Whether both are the same view of the same storage."""
    return (
        _C.storage_info(self)[2] == _C.storage_info(tensor)[2]
        and self._offset == tensor._offset
        and self.shape == tensor.shape
        and self._strides == tensor._strides
        and self._dtype_code == tensor._dtype_code
    )


def _flag(name, test, function=False):
    def flag(self):
        return test(self)

    flag.__name__ = name
    flag.__doc__ = f"Whether the tensor answers to {name}."
    op(name, function=function, out=False, tensors=["self"])(flag)


for _name, _test in {
    "is_floating_point": lambda t: t.dtype.is_floating_point,
    "is_complex": lambda t: t.dtype.is_complex,
    "is_signed": lambda t: t.dtype.is_signed,
    "is_inference": lambda t: False,
}.items():
    _flag(_name, _test, function=True)
for _name, _test in {
    "is_pinned": lambda t: _C.is_pinned(t) if runtime.ascend_present() else bool(getattr(t, "_pinned", False)),
    "is_distributed": lambda t: False,
}.items():
    _flag(_name, _test)
FUNCTIONS["is_distributed"] = METHODS["is_distributed"]


def _constant_property(name, value_of):
    value_of.__name__ = name
    value_of.__doc__ = name.replace("_", " ")
    prop(value_of)


for _name in ("is_sparse", "is_sparse_csr", "is_quantized", "is_nested", "is_mkldnn", "is_mps", "is_xpu", "is_xla",
              "is_vulkan", "is_ipu", "is_maia", "is_mtia"):
    _constant_property(_name, lambda self: False)
_constant_property("is_cpu", lambda self: self._device_code == 0)
_constant_property("is_cuda", lambda self: self._device_code > 0 and self.device.type == "cuda")
_constant_property("is_npu", lambda self: self._device_code > 0)
_constant_property("layout", lambda self: layouts.strided)
_constant_property("itemsize", lambda self: self.dtype.itemsize)
_constant_property("nbytes", lambda self: self._numel * self.dtype.itemsize)
_constant_property("name", lambda self: None)
_constant_property("_has_symbolic_sizes_strides", lambda self: False)
_constant_property("_cdata", lambda self: id(self))


# ---- autograd's attributes ----
@prop
def grad(self):
    """The gradient that backward has accumulated here, or None."""
    if not self.is_leaf and not self.retains_grad and self._grad is None:
        warn_once(
            "non-leaf grad",
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
            "populated during autograd.backward(). If you "
            "indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf "
            "Tensor. If you access the non-leaf Tensor by mistake, make sure "
            "you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
        )
    return self._grad


C_NAMES = {"bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int",
           "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
            "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
            "complex128": "c10::complex<double>"}


def _set_grad(self, value):
    if value is None:
        self._grad = None
        return
    if not hasattr(value, "_dtype_code"):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
    if value is self:
        raise RuntimeError("can't assign Variable as its own grad")
    if value._dtype_code != self._dtype_code:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{C_NAMES.get(value.dtype._name, value.dtype._name)}' to a "
            f"tensor with grad_dtype '{type_name(self.dtype)[6:-6]}'. "
            "The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype)."
        )
    if (
        value._device_code != self._device_code and value.device != self.device
    ):  # sparse tensors: the code is that of a carrier without memory
        raise RuntimeError(
            f"attempting to assign a gradient with device type '{value.device.type}' to a tensor with device type "
            f"'{self.device.type}'. Please ensure that the gradient and "
            "the tensor are on the same device"
        )
    if value.shape != self.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size '{list(self.shape)}'. "
            "Please ensure that the gradient and the tensor are the "
            "same size"
        )
    self._grad = value


def _delete_grad(self):
    self._grad = None


METHODS["grad"].setter, METHODS["grad"].deleter = _set_grad, _delete_grad


@prop
def grad_dtype(self):
    """The dtype that gradients of this leaf have."""
    return self.dtype


@prop
def data(self):
    """The same memory outside the graph, with a version counter of its own."""
    made = _C.detach(self)
    fresh = _C.empty((0,), self._dtype_code, self._device_code)
    _C.share_version(made, fresh)
    return made


def _set_data(self, value):
    if not hasattr(value, "_dtype_code"):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    if self.requires_grad and not (value.dtype.is_floating_point or value.dtype.is_complex):
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    wrapped = [type(t) in overrides.wrappers for t in (self, value)]
    if wrapped[0] != wrapped[1] or (self._device_code < 0) != (value._device_code < 0):
        raise RuntimeError(
            "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type."
        )
    _C.set_data(self, value)


METHODS["data"].set_with(_set_data)


@method()
def requires_grad_(self, requires_grad=True):
    """Switch the recording of gradients for this leaf on or off; RuntimeError for integers and non-leaves."""
    if not isinstance(requires_grad, bool):
        raise TypeError("requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
                        f"{type(requires_grad).__name__}")
    if requires_grad and not (self.dtype.is_floating_point or self.dtype.is_complex):
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    self.requires_grad = requires_grad
    return self


# ---- into Python ----
@method()
def item(self):
    """The only element as a Python number; RuntimeError when there are several or none."""
    if self._dtype_code >= FLOAT8_E4M3FN:
        return _C.item(_C.detach(convert(self, dtypes.float32.code)))
    return _C.item(self)


@method()
def tolist(self):
    """Nested lists of Python numbers; a number for a 0-dim tensor."""
    if self._dtype_code >= FLOAT8_E4M3FN:
        return _C.tolist(convert(self, dtypes.float32.code))
    return _C.tolist(self)


@method()
def __len__(self):
    if not self.ndim:
        raise TypeError("len() of a 0-d tensor")
    return self.shape[0]


@method()
def __iter__(self):
    if not self.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(FUNCTIONS["unbind"](self, 0))


@method()
def __reversed__(self):
    return self if not self.ndim else FUNCTIONS["flip"](self, (0,))


@method(aliases=("__nonzero__", "is_nonzero"))
def __bool__(self):
    """Truth of a tensor of one element; RuntimeError for other sizes."""
    if self._numel != 1:
        raise RuntimeError(f"Boolean value of Tensor with {'no values' if self._numel == 0 else 'more than one value'} "
                           "is ambiguous")
    return builtins.bool(item(self))


FUNCTIONS["is_nonzero"] = METHODS["is_nonzero"]


def _converter(name, to):
    def convert_item(self):
        if self._numel != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if to is not builtins.int and self.requires_grad:
            warn_once("scalar", "Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
                      "behavior.\nConsider using tensor.detach() first.")
        value = item(self)
        if isinstance(value, builtins.complex) and to is not builtins.complex:
            if value.imag:
                raise RuntimeError(f"value cannot be converted to type {'int64_t' if to is builtins.int else 'double'} "
                                   "without overflow")
            value = value.real
        return to(value)

    convert_item.__name__ = name
    method(name)(convert_item)


_converter("__int__", builtins.int)
_converter("__float__", builtins.float)
_converter("__complex__", builtins.complex)
METHODS["__long__"] = METHODS["__int__"]


@method()
def __index__(self):
    if self._numel != 1 or self.dtype.is_floating_point or self.dtype.is_complex:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return builtins.int(item(self))


@method()
def __contains__(self, element):
    if hasattr(element, "_dtype_code") or isinstance(element, (builtins.int, builtins.float, builtins.complex)):
        return builtins.bool(FUNCTIONS["any"](FUNCTIONS["eq"](element, self) if hasattr(element, "_dtype_code")
                                              else FUNCTIONS["eq"](self, element)))
    raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")


@method()
def __format__(self, format_spec):
    if not self.ndim and not self.is_meta:
        return item(self).__format__(format_spec)
    return object.__format__(self, format_spec)


@method()
def __dir__(self):
    names = set(dir(type(self))) | set(self.__dict__)
    names -= {"volatile", "__cuda_array_interface__"}
    names = {n for n in names if not n[:1].isdigit()}
    return sorted(n for n in names if not (isinstance(vars_of(type(self), n), _hidden_types())))


def vars_of(cls, name):
    """What a class holds under a name, without calling descriptors."""
    return next((vars(k)[name] for k in cls.__mro__ if name in vars(k)), None)


@functools.cache
def _hidden_types():
    from mindtorch._core.tensor import Hidden

    return (Hidden,)


# ---- into NumPy ----
_NUMPY = {0: "?", 1: "u1", 2: "i1", 3: "i2", 4: "i4", 5: "i8", 6: "f2", 8: "f4", 9: "f8", 10: "c8", 11: "c16", 12: "u2",
          13: "u4", 14: "u8"}


_TYPE_CODES = {code: numpy.dtype(name).str for code, name in _NUMPY.items()}


def address_of(t):
    """Where t's first element is, for those who read memory by themselves; RuntimeError when t reaches beyond its
    storage, which may have shrunk."""
    strides, width = t._strides, t.dtype.itemsize
    needed = (t._offset + sum((n - 1) * s for n, s in zip(t.shape, strides)) + 1) * width if t._numel else 0
    if needed > (there := _C.storage_info(t)[1]):
        raise RuntimeError(
            f"a tensor of sizes {list(t.shape)}, strides {list(strides)} and storage offset {t._offset} needs "
            f"{needed} bytes, but its storage has {there}"
        )
    return t._pointer or 0


class _Memory:
    """Hands a tensor's memory to NumPy; the array keeps it, and it the tensor."""

    def __init__(self, t, address):
        width = t.dtype.itemsize
        self.tensor = t
        self.__array_interface__ = {
            "data": (address, False),
            "shape": tuple(t.shape),
            "typestr": _TYPE_CODES[t._dtype_code],
            "strides": tuple(s * width for s in t._strides),
            "version": 3,
        }


def to_numpy(t):
    """An array on the tensor's memory, for as long as nobody resizes the storage; TypeError for a device's, which the
    host cannot read."""
    if t._remote:
        raise TypeError(f"can't convert {t.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                        "host memory first.")
    address = address_of(t)
    if not t._numel or not address:
        return numpy.empty(tuple(t.shape), _NUMPY[t._dtype_code])
    return numpy.asarray(_Memory(t, address))


@method()
def numpy_(self, force=False):
    """An array that shares the memory; force=True detaches and moves first. TypeError for dtypes that NumPy lacks."""
    if force:
        self = convert(_C.detach(self), self._dtype_code, 0 if self._device_code >= 0 else self._device_code)
    if self._device_code < 0:
        check_has_data(self) if force else None
        raise TypeError("can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host "
                        "memory first.")
    if self._device_code > 0:
        raise TypeError(f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor "
                        "to host memory first.")
    if self.requires_grad:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    if self._dtype_code not in _NUMPY:
        raise TypeError(f"Got unsupported ScalarType {type_name(self.dtype)[6:-6]}")
    _C.freeze_storage(self)
    return to_numpy(_C.detach(self))


METHODS["numpy"] = METHODS.pop("numpy_")
METHODS["numpy"].__name__ = "numpy"


@method()
def __array__(self, dtype=None, copy=None):
    array = METHODS["numpy"](self)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return array.astype(dtype)
    return array.copy() if copy else array


@method()
def __array_wrap__(self, array, context=None, return_scalar=False):
    if array.dtype == builtins.bool:
        array = array.astype("uint8")
    return FUNCTIONS["from_numpy"](numpy.ascontiguousarray(array).reshape(array.shape))


def _cuda_array_interface(self):
    """Absent: no tensor here lies in CUDA memory."""
    raise AttributeError(
        f"Can't get __cuda_array_interface__ on non-CUDA tensor type: {type_name(self.dtype, self._device_code)} If "
        "CUDA data is required use tensor.cuda() to copy tensor to "
        "device memory."
    )


METHODS["__cuda_array_interface__"] = property(_cuda_array_interface)


# ---- memory ----
@method()
def pin_memory(self, device=None):
    """A copy in memory that the npu reads by itself (CANN's page-locked memory); for an emulated one a marked copy.
    RuntimeError without an accelerator."""
    if not devices.npu_count():
        raise RuntimeError("Cannot access accelerator device when none is available.")
    if self._device_code:
        raise RuntimeError(f"cannot pin '{type_name(self.dtype, self._device_code)}' only dense CPU tensors can be "
                           "pinned")
    if self.is_pinned():
        return self
    if runtime.ascend_present():
        made = pinned_strided(self.shape, self._strides, self._dtype_code)
        run("copy", (made, self))
        return made
    made = FUNCTIONS["clone"](self)
    made._pinned = True
    return made


@method()
def record_stream(self, stream):
    """Say that a stream uses the memory, other than the one it was made for: it is used anew only when that stream has
    come past its last use."""
    if self._device_code > 0 and runtime.ascend_present():
        _C.lend(self, stream.stream_id)


@method()
def is_shared(self):
    """Whether other processes can see the memory."""
    return self._device_code > 0 or untyped_storage(self).is_shared()


@method()
def share_memory_(self):
    """Move the storage to memory that forked or spawned processes can map; the tensor itself."""
    untyped_storage(self).share_memory_()
    return self


@method()
def untyped_storage(self):
    """The bytes that this tensor and its views share."""
    from mindtorch._storage.typed import UntypedStorage

    return UntypedStorage._of(self)


@method()
def _typed_storage(self):
    from mindtorch._storage.typed import TypedStorage

    return TypedStorage(wrap_storage=untyped_storage(self), dtype=self.dtype, _internal=True)


@method()
def storage(self):
    """The typed storage (deprecated form of untyped_storage)."""
    from mindtorch._storage.typed import _warn_typed_storage_removal

    _warn_typed_storage_removal(stacklevel=2)
    return _typed_storage(self)


@method()
def storage_type(self):
    """The class of the typed storage."""
    return _typed_storage(self)._get_legacy_storage_class()


@method()
def __dlpack_device__(self):
    from mindtorch.utils import dlpack

    return (dlpack.DLDeviceType.kDLCPU,
            0) if self._device_code == 0 else (dlpack.DLDeviceType.kDLExtDev, self.device.index)


@method()
def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    from mindtorch.utils import dlpack

    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if copy:
        self = FUNCTIONS["clone"](_C.detach(self))
    return dlpack.export(self)


@method()
def __repr__(self, tensor_contents=None):
    from mindtorch import _tensor_str

    return _tensor_str._str(self, tensor_contents=tensor_contents)


@method()
def to_dense(self, dtype=None, masked_grad=None):
    """The tensor itself: it is dense already."""
    return self if dtype is None else convert(self, dtypes.code_of(dtype))


@method()
def new(self, *args, device=None):
    """What the tensor's legacy class would make of these arguments."""
    from ..creation.factories import legacy_constructor

    return legacy_constructor(*args, device=self.device if device is None else device, dtype=self.dtype)


@method()
def module_load(self, other, assign=False):
    """What a module's load_state_dict puts in this parameter's place."""
    return _C.detach(other) if assign else _C.detach(METHODS["copy_"](self, other))


def is_tensor(obj):
    """Whether obj is a Tensor."""
    return hasattr(obj, "_dtype_code") and isinstance(obj, _tensor_class())


register("is_tensor", is_tensor, method=False, family="tensor_methods")


@functools.cache
def _tensor_class():
    from mindtorch._core.tensor import Tensor

    return Tensor
