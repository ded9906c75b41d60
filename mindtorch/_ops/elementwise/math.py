"""Elementary functions, rounding, parts of numbers."""
import math

import mindtorch._C as _C
from mindtorch import return_types
from mindtorch._core import dtypes
from mindtorch._core.size import whole
from mindtorch._core.codes import BOOL, COMPLEXES, FLOAT16, FLOAT32, FLOAT64

from .arithmetic import conj, is_tensor, no_derivative, zeros_like
from ..creation.factories import like
from ..table.registry import (
    COMPLEX_TO_REAL, INT_TO_FLOAT, composition, computed, kernel_rows, op, pointwise, public, register, run)

_LN2, _LN10 = math.log(2), math.log(10)


def _elementary(name, factor, aliases=(), **extra):
    """A holomorphic function; `factor(...)` is its derivative, from `input` or `result`."""
    import inspect

    names = list(inspect.signature(factor).parameters)
    gradient = eval(f"lambda g, {', '.join(names)}: g * conj(factor({', '.join(names)}))",
                    {"conj": conj, "factor": factor})
    return pointwise(name, kind=INT_TO_FLOAT, aliases=aliases, grad={"input": gradient}, **extra)


exp = _elementary("exp", lambda result: result, ascend="aclnnExp T1 T0")
exp2 = _elementary("exp2", lambda result: result * _LN2, ascend="aclnnExp2 T1 T0")
expm1 = _elementary("expm1", lambda result: result + 1, ascend="aclnnExpm1 T1 T0")
log = pointwise("log", kind=INT_TO_FLOAT, grad={"input": lambda g, input: g / conj(input)}, ascend="aclnnLog T1 T0")
log2 = pointwise("log2", kind=INT_TO_FLOAT, grad={"input": lambda g, input: g / (conj(input) * _LN2)},
    ascend="aclnnLog2 T1 T0")
log10 = pointwise("log10", kind=INT_TO_FLOAT, grad={"input": lambda g, input: g / (conj(input) * _LN10)},
    ascend="aclnnLog10 T1 T0")
log1p = pointwise("log1p", kind=INT_TO_FLOAT, grad={"input": lambda g, input: g / conj(input + 1)},
    ascend="aclnnLog1p T1 T0")
sqrt = pointwise("sqrt", kind=INT_TO_FLOAT, grad={"input": lambda g, result: g / (2 * conj(result))},
    ascend="aclnnSqrt T1 T0")
rsqrt = pointwise("rsqrt", kind=INT_TO_FLOAT, grad={"input": lambda g, result: g * -0.5 * conj(result ** 3)},
    ascend="aclnnRsqrt T1 T0")
sin = _elementary("sin", lambda input: input.cos(), ascend="aclnnSin T1 T0")
cos = pointwise("cos", kind=INT_TO_FLOAT, grad={"input": lambda g, input: g * -conj(input.sin())},
    ascend="aclnnCos T1 T0")
tan = _elementary("tan", lambda result: result * result + 1, ascend="aclnnTan T1 T0")
asin = _elementary("asin", lambda input: (1 - input * input).rsqrt(), aliases=("arcsin",), ascend="aclnnAsin T1 T0")
acos = _elementary("acos", lambda input: -(1 - input * input).rsqrt(), aliases=("arccos",), ascend="aclnnAcos T1 T0")
atan = pointwise("atan", kind=INT_TO_FLOAT, aliases=("arctan",),
                 grad={"input": lambda g, input: g / conj(input * input + 1)},
    ascend="aclnnAtan T1 T0")
sinh = _elementary("sinh", lambda input: input.cosh(), ascend="aclnnSinh T1 T0")
cosh = _elementary("cosh", lambda input: input.sinh(), ascend="aclnnCosh T1 T0")
asinh = _elementary("asinh", lambda input: (input * input + 1).rsqrt(), aliases=("arcsinh",), ascend="aclnnAsinh T1 T0")
acosh = _elementary(
    "acosh",
    lambda input: (input - 1).rsqrt() * (input + 1).rsqrt() if input.is_complex() else (input * input - 1).rsqrt(),
    aliases=("arccosh",),
    ascend="aclnnAcosh T1 T0",
)
atanh = pointwise("atanh", kind=INT_TO_FLOAT, aliases=("arctanh",),
                  grad={"input": lambda g, input: g / conj(1 - input * input)},
    ascend="aclnnAtanh T1 T0")
erf = _elementary("erf", lambda input: (2 / math.sqrt(math.pi)) * (-input * input).exp(), ascend="aclnnErf T1 T0")
erfc = _elementary("erfc", lambda input: (-2 / math.sqrt(math.pi)) * (-input * input).exp(), ascend="aclnnErfc T1 T0")

# fused backward kernels, differentiable once more
_tanh_backward = pointwise("tanh_backward", "grad, output", function=False, method=False, inplace=False, grad={
    "grad": lambda g, output: _tanh_backward(g, conj(output)),
    "output": lambda g, grad, output: g * conj(conj(grad) * -2 * output)},
    ascend="aclnnTanhBackward T1 T2 T0")
tanh = pointwise("tanh", kind=INT_TO_FLOAT, grad={"input": lambda g, result: _tanh_backward(g, result)},
    ascend="aclnnTanh T1 T0")
_sigmoid_backward = pointwise("sigmoid_backward", "grad, output", function=False, method=False, inplace=False, grad={
    "grad": lambda g, output: _sigmoid_backward(g, conj(output)),
    "output": lambda g, grad, output: g * conj(conj(grad) * (1 - 2 * output))},
    ascend="aclnnSigmoidBackward T1 T2 T0")
sigmoid = pointwise("sigmoid", kind=INT_TO_FLOAT, grad={"input": lambda g, result: _sigmoid_backward(g, result)},
    ascend="aclnnSigmoid T1 T0")

_complex = lambda input: input._dtype_code in COMPLEXES


def _refuse_complex(text, error=NotImplementedError):
    def check(input, **_):
        raise error(text)

    return _complex, check


# ---- rounding ----
for _name in ("floor", "ceil", "trunc"):
    pointwise(
        _name,
        aliases=("fix",) if _name == "trunc" else (),
        grad={"input": zeros_like},
        check=_refuse_complex(f"{_name} is not supported for complex inputs"),
        ascend=f"aclnn{_name.title()} T1 T0",
    )


@computed("trunc")
def _trunc_on_device(x):
    if x._dtype_code != FLOAT64:  # float64 has no operator
        return x if x._dtype_code < FLOAT16 else NotImplemented
    return public.where(x < 0, -public.floor(-x), public.floor(x))


@computed("ceil")
def _ceil_on_device(x):
    return x if x._dtype_code < FLOAT16 else NotImplemented


frac = pointwise("frac", grad={"input": lambda g: g}, ascend="aclnnFrac T1 T0")
_round = pointwise("_round", kernel="round", function=False, method=False, node="RoundBackward0",
                   grad={"input": zeros_like}, ascend="aclnnRoundDecimals T1 =0 T0")
_round_decimals = pointwise("round_decimals", "input, scale, negative", operands=["input"], function=False,
                            method=False, node="RoundBackward1", grad={"input": zeros_like})
kernel_rows(round_to="aclnnRoundDecimals T1 i0 T0")


@composition("round_decimals")
def _round_on_device(tensors, scalars):
    scale, negative = scalars
    decimals = math.log10(scale)
    run("round_to", tensors, (-int(decimals + 0.5) if negative else int(decimals + 0.5),))



def _decimals(function, function_decimals, input, decimals):
    if input._dtype_code in COMPLEXES:
        raise NotImplementedError("round is not supported for complex inputs")
    decimals = whole(decimals, "round", "decimals")
    return function(input) if decimals == 0 else function_decimals(input, 10.0 ** abs(decimals), decimals < 0)


@op()
def round(input, *, decimals=0):
    """Nearest value with that many decimals, halves to even. NotImplementedError for integers with decimals, and for
    complex."""
    return _decimals(_round, _round_decimals, input, decimals)


@op(out=False)
def round_(input, *, decimals=0):
    """In-place round."""
    return _decimals(_round.in_place, _round_decimals.in_place, input, decimals)


# ---- signs and parts ----
sign = pointwise("sign", grad={"input": zeros_like}, check=_refuse_complex(
    "Unlike NumPy, torch.sign doesn't return the sign of complex numbers. Please use torch.sgn instead."),
    ascend="aclnnSign T1 T0")


def _sgn_gradient(g, input, result):
    if input._dtype_code not in COMPLEXES:
        return zeros_like(g)
    size = input.abs()
    return public.where(size == 0, 0, (g / size - public.real(g / input) * result))


sgn = pointwise("sgn", grad={"input": _sgn_gradient}, ascend="aclnnSign T1 T0")


def _angle_gradient(g, input):
    if input._dtype_code not in COMPLEXES:
        return zeros_like(g)
    re, im = public.real(input), public.imag(input)
    square = re * re + im * im
    return public.where(square == 0, 0, public.complex(-im * g / square, re * g / square))


angle = pointwise("angle", kind=INT_TO_FLOAT | COMPLEX_TO_REAL, inplace=False, grad={"input": _angle_gradient})


@computed("angle", "float")
def _angle_on_device(x):
    if x._dtype_code in COMPLEXES:
        return atan2(public.imag(x), public.real(x))
    return public.where(public.isnan(x), x, public.where(x < 0, math.pi, 0.0))


_conj = pointwise("_conj_physical", kernel="conj_physical", function=False, method=False, node="ConjPhysicalBackward0",
                  grad={"input": lambda g: _conj(g)})


def _parts(z):
    """Real and imaginary part of a complex tensor as real views."""
    pairs = public.view_as_real(z)
    return pairs.select(-1, 0), pairs.select(-1, 1)


@composition("conj_physical")
def _conj_on_device(tensors, scalars):
    out, z = (t.detach() for t in tensors)
    if z._dtype_code not in COMPLEXES or out._dtype_code != z._dtype_code:
        return NotImplemented
    (re, im), (a, b) = _parts(out), _parts(z)
    run("copy", (re, a))
    run("neg", (im, b), (im._dtype_code,))


register("conj_physical_", _conj.in_place, kind="inplace", family="math")


@op()
def conj_physical(input):
    """Complex conjugate in memory of its own; a real tensor is returned itself."""
    return _conj(input) if input._dtype_code in COMPLEXES else input


@op("conj", out=False)
def conj_of(input):
    """Complex conjugate (a new tensor); real tensors as they are."""
    return _conj(input) if input._dtype_code in COMPLEXES else input



def _nan_to_num_gradient(g, input):
    return g * public.isfinite(input)


nan_to_num = pointwise("nan_to_num", "input, nan=0.0, posinf=None, neginf=None", operands=["input"],
                       grad={"input": _nan_to_num_gradient})


@composition("nan_to_num")
def _nan_to_num_on_device(tensors, scalars):
    (out, x), (nan, posinf, neginf) = (t.detach() for t in tensors), scalars
    if x._dtype_code in COMPLEXES:
        return NotImplemented
    if x._dtype_code >= FLOAT16:
        limits = dtypes.finfo(x.dtype)
        x = public.where(x == math.inf, limits.max if posinf is None else posinf,
                         public.where(x == -math.inf, limits.min if neginf is None else neginf, x))
        x = public.where(public.isnan(x), 0.0 if nan is None else nan, x)
    run("copy", (out, x))


_copysign_size = lambda g, input, result: public.where(input == 0, 0, g * (result / input))
copysign = pointwise("copysign", "input, other", kind=INT_TO_FLOAT, numbers=("other",),
                     grad={"input": _copysign_size, "other": zeros_like})
heaviside = pointwise("heaviside", "input, values", grad={
    "input": no_derivative("heaviside"), "values": no_derivative("heaviside")}, check=(
    lambda input, values: getattr(input, "_dtype_code", 0) != getattr(values, "_dtype_code", 0)
    or getattr(input, "_dtype_code", 0) in (10, 11), lambda input, values: _check_heaviside(input, values)))


def _check_heaviside(input, values):
    if is_tensor(input) and is_tensor(values):  # what is no tensor gets the engine's TypeError
        if 10 <= input._dtype_code <= 11 or 10 <= values._dtype_code <= 11:
            raise RuntimeError("heaviside is not yet implemented for complex tensors.")
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


_BITS = {6: (dtypes.int16, 4), 7: (dtypes.int16, 4), 8: (dtypes.int32, 4), 9: (dtypes.int64, 5)}


def _bits(x):
    """Floating-point numbers as the integers of their bits."""
    return x.view(_BITS[x._dtype_code][0])


@composition("signbit")
def _signbit_on_device(tensors, scalars):
    out, x = (t.detach() for t in tensors)
    run("copy", (out, _bits(x) < 0 if x.dtype.is_floating_point else x < 0))


@computed("copysign", "float")
def _copysign_on_device(x, y):
    size = public.abs(x)
    if not is_tensor(y):
        return -size if math.copysign(1.0, y) < 0 else size
    return public.where(public.signbit(y), -size, size)


@computed("heaviside")
def _heaviside_on_device(x, values):
    return public.where(x == 0, values, (x > 0).to(values.dtype))


# ---- two numbers ----
atan2 = pointwise("atan2", "input, other", kind=INT_TO_FLOAT, aliases=("arctan2",), grad={
    "input": lambda g, input, other: _masked(g * other, input * input + other * other),
    "other": lambda g, input, other: _masked(g * -input, input * input + other * other)},
    ascend="aclnnAtan2 T1 T2 T0")


def _masked(above, below):
    """above / below, 0 where both vanish."""
    return above * public.where(below == 0, 0, below.reciprocal())


hypot = pointwise("hypot", "input, other", example="hypot(tensor([[3.0, -5.0]]), tensor([4.0, 12.0])) -> [[5.0, 13.0]]",
                  grad={"input": lambda g, input, result: g * (input / result),
                        "other": lambda g, other, result: g * (other / result)})


@computed("hypot")
def _hypot_on_device(a, b):
    a, b = public.abs(a), public.abs(b)
    large, small = public.maximum(a, b), public.minimum(a, b)
    ratio = small / public.where(large == 0, 1, large)
    return public.where(public.logical_or(a == math.inf, b == math.inf), math.inf,
                        public.where(small == large, small * math.sqrt(2), large * public.sqrt(ratio * ratio + 1)))


def _share(g, x, result, base):
    """g times base^(x - result), without inf - inf."""
    apart = x - result
    if x._dtype_code not in COMPLEXES:
        apart = public.where(x == result, 0, apart)
    return g * conj(base(apart))


logaddexp = pointwise("logaddexp", "input, other", inplace=False, grad={
    "input": lambda g, input, other: _share(g, input, logaddexp(input, other), public.exp),
    "other": lambda g, input, other: _share(g, other, logaddexp(input, other), public.exp)},
    ascend="aclnnLogAddExp T1 T2 T0")
logaddexp2 = pointwise("logaddexp2", "input, other", inplace=False, grad={
    "input": lambda g, input, other: _share(g, input, logaddexp2(input, other), public.exp2),
    "other": lambda g, input, other: _share(g, other, logaddexp2(input, other), public.exp2)},
    ascend="aclnnLogAddExp2 T1 T2 T0")


def _zero_times(g, x, y, name="xlogy"):
    """g log(y) (g log1p(y)), 0 where x is 0 and the logarithm is none; where g is 0 so is the product."""
    value, least = (xlogy(g, y), 0) if name == "xlogy" else (xlog1py(g, y), -1)
    return public.where(public.logical_and(x == 0, y <= least), 0, value) if is_tensor(y) or y <= least else value


xlogy = pointwise("xlogy", "input, other", kind=INT_TO_FLOAT, numbers=("input", "other"), grad={
    "input": lambda g, input, other: _zero_times(g, input, other), "other": lambda g, input, other: g * input / other},
    ascend="aclnnXLogYScalarOther T1 N2 T0 | aclnnXLogYScalarSelf N1 T2 T0 | aclnnXLogYTensor T1 T2 T0")
xlog1py = pointwise("xlog1py", "input, other", kind=INT_TO_FLOAT, numbers=("input", "other"), namespace="special",
                    inplace=False, grad={
    "input": lambda g, input, other: _zero_times(g, input, other, "xlog1py"),
    "other": lambda g, input, other: g * input / (other + 1)})
nextafter = pointwise("nextafter", "input, other", grad={
    "input": lambda g, input, other: public.where(input == other, 0, g), "other": zeros_like})


@computed("xlog1py", "float")
def _xlog1py_on_device(x, y):
    x, y = (t if is_tensor(t) else public.full((), t, dtype=o.dtype, device=o.device) for t, o in ((x, y), (y, x)))
    return public.where(public.logical_and(x == 0, ~public.isnan(y)), 0.0, x * public.log1p(y))


@composition("nextafter")
def _nextafter_on_device(tensors, scalars):
    out, a, b = (t.detach() for t in tensors)
    a, b = public.broadcast_tensors(a.to(out.dtype), b.to(out.dtype))
    whole_number, bits = _BITS[out._dtype_code][0], _bits(a.contiguous())
    up = b > a
    # numbers of one sign are in the order of their bits
    away = public.where(public.eq(up, a > 0), 1, -1).to(whole_number)
    least = public.where(up, 1, dtypes.iinfo(whole_number).min + 1).to(whole_number)
    result = public.where(a == 0, least, bits + away).view(out.dtype)
    run("copy",
        (out, public.where(a == b, b, public.where(public.isnan(a), a, public.where(public.isnan(b), b, result)))))


def _two_to_the(n, kind):
    """2^n for integers n that are exponents of normal numbers of float32 or float64: their bits."""
    bits, bias, whole_number = (23, 127, dtypes.int32) if kind is dtypes.float32 else (52, 1023, dtypes.int64)
    return ((n + bias).to(whole_number) << bits).view(kind)


def _times_power(x, n):
    """x * 2^n for floating-point x and integers n with one rounding: no power on the way overflows or vanishes, and
    none but the last product can be below the normal numbers."""
    kind = dtypes.float64 if x.dtype is dtypes.float64 else dtypes.float32
    least, most, digits = (-126, 127, 24) if kind is dtypes.float32 else (-1022, 1023, 53)
    n = n.to(dtypes.int64).clamp(3 * least, 3 * most)
    result, step = x.to(kind), -(least + digits)
    for _ in range(2):
        part = public.where(n > most, most, public.where(n < least, -step, 0))
        result, n = result * _two_to_the(part, kind), n - part
    return (result * _two_to_the(n.clamp(least, most), kind)).to(x.dtype)


def _scales(input, other):
    return input.dtype.is_floating_point and not (other.dtype.is_floating_point or other.dtype.is_complex)


def _ldexp_scale(g, input, other):
    scaled = _times_power(g, other) if _scales(input, other) else g * public.pow(2.0, other).conj()
    return scaled.sum_to_size(input.shape)


@op(inplace=True, grad={
    "input": _ldexp_scale,
    "other": lambda g, result, other: (g * result.conj() * math.log(2)).sum_to_size(other.shape)})
def ldexp(input, other):
    """input * 2^other; the input's dtype where other is whole numbers."""
    if not (is_tensor(input) and is_tensor(other)):
        raise TypeError("ldexp(): arguments 'input' and 'other' must be Tensors")
    if _scales(input, other):
        if other._dtype_code == BOOL:
            raise NotImplementedError("\"ldexp_cpu_exp\" not implemented for 'Bool'")
        return _times_power(input, other)
    return public.mul(input, public.pow(2.0, other))


_FACTORS = {"deg2rad": math.pi / 180, "rad2deg": 180 / math.pi}


def _scaling(name, factor):
    def forward(input):
        if input._dtype_code in COMPLEXES:
            raise RuntimeError(f"{name} is not supported for complex tensors.")
        return public.mul(input, factor)

    forward.__doc__ = f"Angles in other units: input * {factor:.6g}. RuntimeError for complex tensors."
    return op(name, inplace=True)(forward)


deg2rad, rad2deg = (_scaling(n, f) for n, f in _FACTORS.items())


# ---- complex from two reals ----
def _broadcast(*tensors):
    shape = []
    for t in tensors:
        s = list(t.shape)
        shape = [1] * (len(s) - len(shape)) + shape
        s = [1] * (len(shape) - len(s)) + s
        for d, (a, b) in enumerate(zip(shape, s)):
            if a != b and 1 not in (a, b):
                raise RuntimeError(f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton "
                                   f"dimension {d}")
            shape[d] = b if a == 1 else a
    return tuple(shape)


def _complex_pair(a, b, names):
    if not (is_tensor(a) and is_tensor(b)):
        raise TypeError(f"{names[2]}(): arguments '{names[0]}' and '{names[1]}' must be Tensors")
    for t in (a, b):
        if t._dtype_code not in (FLOAT16, FLOAT32, FLOAT64):
            raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {a.dtype._name} and "
                               f"{b.dtype._name}")
    if a._dtype_code != b._dtype_code:
        raise RuntimeError(f"Expected object of scalar type {a.dtype._name.capitalize()} but got scalar type "
                           f"{b.dtype._name.capitalize()} for second argument")
    if a._dtype_code == FLOAT16:
        raise NotImplementedError("complex32 tensors are not supported")
    code, shape = 10 if a._dtype_code == FLOAT32 else 11, _broadcast(a, b)
    if a._contiguous and b._contiguous:
        return like(a, shape, code)
    # in the memory order of any sum
    return _C.empty_strided(shape, public.add(_C.detach(a), _C.detach(b))._strides, code, a._device_code)


@op(grad={"real": lambda g: public.real(g), "imag": lambda g: public.imag(g)}, method=False)
def complex(real, imag):
    """Complex tensor of two real ones of the same dtype; RuntimeError for others."""
    out = _complex_pair(real, imag, ("real", "imag", "complex"))
    run("complex", (out, real, imag))
    return out


@composition("complex")
def _complex_on_device(tensors, scalars):
    for part, value in zip(_parts(tensors[0]), tensors[1:]):
        run("copy", (part, value.detach().expand(part.shape)))


@op(grad={"abs": lambda g, abs, angle: public.real(g * conj(polar(public.ones_like(abs), angle))),
          "angle": lambda g, result: public.imag(conj(result) * g)}, method=False)
def polar(abs, angle):
    """Complex tensor of modulus and angle; RuntimeError unless both are real and of the same dtype."""
    out = _complex_pair(abs, angle, ("abs", "angle", "polar"))
    run("polar", (out, abs, angle))
    return out


@composition("polar")
def _polar_on_device(tensors, scalars):
    out, size, turn = (t.detach() for t in tensors)
    _complex_on_device((out, size * turn.cos(), size * turn.sin()), ())


@op(grad={"input": lambda g, exponent: None if g is None else g / public.pow(2.0, exponent)})
def frexp(input):
    """(mantissa, exponent) with input = mantissa * 2^exponent, 0.5 <= |mantissa| < 1, exponent int32. Floating dtypes
    only."""
    from ..table.registry import With

    if not input.dtype.is_floating_point:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    mantissa, exponent = like(input, dtype=input._dtype_code), like(input, dtype=4)
    run("frexp", (mantissa, exponent, input))
    return With(return_types.frexp(mantissa, exponent), exponent=exponent)


@composition("frexp")
def _frexp_on_device(tensors, scalars):
    mantissa, exponent, x = (t.detach() for t in tensors)
    x = x.double()  # its own subnormal numbers are scaled first
    small = x.abs() < dtypes.finfo(dtypes.float64).tiny
    bits = public.where(small, x * 2.0**54, x).contiguous().view(dtypes.int64)
    power = public.floor_divide(bits & (2047 << 52), 1 << 52)
    plain = public.logical_and(x != 0, public.isfinite(x))
    run("copy", (mantissa, public.where(plain, ((bits & ~(2047 << 52)) | (1022 << 52)).view(dtypes.float64), x)))
    run("copy", (exponent, public.where(plain, power - 1022 - 54 * small.long(), 0)))
