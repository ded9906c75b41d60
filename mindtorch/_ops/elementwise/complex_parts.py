"""Real and imaginary parts, and complex numbers from parts."""
import mindtorch._C as _C
from mindtorch._core import dtypes, layouts

from ..creation.casts import type_name
from ..table.registry import FUNCTIONS, METHODS, into, op, run
from ..tensor.methods import prop
from ..shape.views import make_view


def _part(input, k):
    """View of the real (0) or imaginary (1) numbers inside complex memory."""
    real = input.dtype.to_real()
    return make_view("ViewAsRealBackward0", input, input.shape, [2 * s for s in input._strides], 2 * input._offset + k,
                     _part_gradient, k, dtype=real.code)


def _part_gradient(g, k):
    zero = FUNCTIONS["zeros_like"](g)
    return FUNCTIONS["complex"](*((g, zero) if k == 0 else (zero, g)))


@op(method=False, out=False)
def real(input):
    """View of the real parts; the tensor itself when it is real."""
    return _part(input, 0) if input.dtype.is_complex else input


@op(method=False, out=False)
def imag(input):
    """View of the imaginary parts; RuntimeError for real tensors."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _part(input, 1)


def _part_property(function):
    def get(self):
        return function(self)

    def write(self, value):
        part = function(self)
        part.copy_(value) if hasattr(value, "_dtype_code") else part.fill_(value)

    get.__name__, get.__doc__ = function.__name__, function.__doc__
    prop(get).set_with(write)


_part_property(real)
_part_property(imag)


@op(method=False, out=False)
def view_as_real(input):
    """View of a complex tensor with a last dimension of two; RuntimeError for real ones."""
    if not input.dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return make_view("ViewAsRealBackward0", input, (*input.shape, 2), [*(2 * s for s in input._strides), 1],
                     2 * input._offset, lambda g: view_as_complex(METHODS["contiguous"](g)),
                     dtype=input.dtype.to_real().code)


@op(method=False, out=False)
def view_as_complex(input):
    """View of a real tensor, whose last dimension is two, as complex; RuntimeError when the memory does not allow
    it."""
    if input.dtype._name not in ("float32", "float64", "float16"):
        raise RuntimeError("view_as_complex is only supported for half, float and double tensors, but got a tensor of "
                           f"scalar type: {type_name(input.dtype)[6:-6]}")
    if not input.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if input._strides[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in input._strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if input._offset % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return make_view("ViewAsComplexBackward0", input, input.shape[:-1], [s // 2 for s in input._strides[:-1]],
                     input._offset // 2, lambda g: view_as_real(g),
                     dtype=dtypes.code_of(input.dtype.to_complex()))


# ---- complex numbers from parts ----
@op("_complex", grad={"real": lambda g: FUNCTIONS["real"](g), "imag": lambda g: FUNCTIONS["imag"](g)},
    node="ComplexBackward0", method=False, function=False, out=False)
def _complex(real, imag):
    for part in (real, imag):
        if part.dtype not in (dtypes.float32, dtypes.float64, dtypes.float16):
            raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {_TYPE_NAMES(real)} "
                               f"and {_TYPE_NAMES(imag)}")
    if real.dtype is not imag.dtype:
        raise RuntimeError(f"Expected object of scalar type {_TYPE_NAMES(real)} but got scalar type "
                           f"{_TYPE_NAMES(imag)} for second argument")
    place = real._device_code
    if place != imag._device_code:  # numbers of the CPU meet any device
        if (place and imag._device_code) or not any(t.ndim == 0 and t._device_code == 0 for t in (real, imag)):
            raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices, "
                               f"{real.device} and {imag.device}!")
        place = place or imag._device_code
    shape = FUNCTIONS["broadcast_shapes"](real.shape, imag.shape) if real.shape != imag.shape else real.shape
    code = dtypes.code_of(real.dtype.to_complex())
    plain = real._contiguous and imag._contiguous
    made = _C.empty_strided(shape, layouts.dense_strides(shape) if plain else FUNCTIONS["add"](real, imag)._strides,
                            code, place)
    if made._device_code >= 0:
        for k, part in enumerate((real, imag)):
            run("copy", (_C.strided(made, shape, tuple(2 * s for s in made._strides), k, part._dtype_code), part))
    return made


@op("complex", method=False, tensors=["real", "imag"])
def complex_(real, imag, *, out=None):
    """Complex numbers from real and imaginary parts of one dtype: float32 or float64; RuntimeError for others."""
    for name, part in (("real", real), ("imag", imag)):
        if not hasattr(part, "_dtype_code"):
            raise TypeError(f"complex(): argument '{name}' must be Tensor, not {type(part).__name__}")
    if out is not None and out.dtype is not real.dtype.to_complex():
        raise RuntimeError(f"Expected object of scalar type {type_name(real.dtype.to_complex())[6:-6]} but got scalar "
                           f"type {_TYPE_NAMES(out)} for argument 'out'")
    return _complex(real, imag) if out is None else into(complex_, out, lambda: _complex(real, imag))


def _TYPE_NAMES(t):
    return type_name(t.dtype)[6:-6]
