"""Special functions: gamma and its relatives, error functions, Bessel functions, orthogonal polynomials."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.size import whole
from mindtorch._core.codes import BOOL, COMPLEXES, FLOAT32, FLOAT64

from .arithmetic import conj, is_tensor
from ..creation.casts import type_name
from ..table.registry import FUNCTIONS, INT_TO_FLOAT, op, pointwise, public, register

EITHER = ("input", "other")
_ROOT_PI = math.sqrt(math.pi)


def _plain(name, signature="input", **more):
    return pointwise(name, signature, kind=INT_TO_FLOAT, **more)


def _special(name, signature="input", aliases=(), **more):
    return pointwise(name, signature, kind=INT_TO_FLOAT, namespace="special", inplace=False, aliases=aliases, **more)


def _missing(name):
    def gradient(g):
        raise RuntimeError(f"the derivative for '{name}' is not implemented.")

    return gradient


# ---- gamma ----
digamma = _plain("digamma", grad={"input": lambda g, input: g * polygamma(1, input)})
lgamma = _plain("lgamma", grad={"input": lambda g, input: g * digamma(input)})
_polygamma = _plain("polygamma", "input, n", operands=["input"], function=False, method=False,
                    grad={"input": lambda g, input, n: g * polygamma(n + 1, input)})


def _order(n):
    n = whole(n, "polygamma", "n")
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return n


@op(method=False, tensors=["input"])
def polygamma(n, input):
    """n-th derivative of digamma; RuntimeError for a negative n."""
    return _polygamma(input, _order(n))


@op("polygamma", function=False, out=False, tensors=["self"])
def _polygamma_method(self, n):
    """n-th derivative of digamma."""
    return polygamma(n, self)


def _polygamma_in_place(self, n):
    """In-place polygamma."""
    return _polygamma.in_place(self, _order(n))


register("polygamma_", _polygamma_in_place, function_name=False, kind="inplace", family="special")
FUNCTIONS["polygamma"] = polygamma


@op(inplace=True)
def mvlgamma(input, p):
    """Logarithm of the multivariate gamma function of p dimensions; RuntimeError for p < 1."""
    p = whole(p, "mvlgamma", "p")
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    if input._dtype_code in COMPLEXES:
        raise NotImplementedError("mvlgamma does not support complex tensors")
    if input._dtype_code == BOOL:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    start = (1 - p) / 2
    shifts = public.arange(start, 0.25, 0.5, dtype=input.dtype if input.dtype.is_floating_point else None,
                           device=input.device)
    return lgamma(shifts + input.unsqueeze(-1)).sum(-1).contiguous() + p * (p - 1) / 4 * math.log(math.pi)


def _needs_floats(name):
    def check(input, other):
        if is_tensor(input) and is_tensor(other):
            code = _C.promote_types(input._dtype_code, other._dtype_code)
            if not dtypes.DTYPES[code].is_floating_point:
                raise NotImplementedError(f"\"{name}_cpu\" not implemented for "
                                          f"'{type_name(dtypes.DTYPES[code])[6:-6]}'")

    return (lambda input, other: getattr(input, "_dtype_code", FLOAT32) != FLOAT32
            and getattr(other, "_dtype_code", FLOAT32) != FLOAT64, check)


igamma = _plain("igamma", "input, other", check=_needs_floats("igamma"), grad={
    "input": _missing("igamma: input"),
    "other": lambda g, input, other: g * ((input - 1) * other.log() - other - lgamma(input)).exp()})
igammac = _plain("igammac", "input, other", check=_needs_floats("igammac"), grad={
    "input": _missing("igammac: input"),
    "other": lambda g, input, other: -g * ((input - 1) * other.log() - other - lgamma(input)).exp()})
zeta = _special("zeta", "input, other", numbers=EITHER, grad={
    "input": _missing("zeta"), "other": lambda g, input, other: g * -input * zeta(input + 1, other)})

# ---- error functions and the normal distribution ----
erfinv = _plain("erfinv", grad={"input": lambda g, input: g * (_ROOT_PI / 2) * erfinv(input).square().exp()},
                ascend="aclnnErfinv T1 T0")
erfcx = _special("erfcx", grad={"input": lambda g, input, result: g * (2 * input * result - 2 / _ROOT_PI)})
ndtr = _special("ndtr", grad={"input": lambda g, input: g * (input * input * -0.5).exp() / math.sqrt(2 * math.pi)})
log_ndtr = _special("log_ndtr",
                    grad={"input": lambda g, input, result: g / math.sqrt(2 * math.pi)
                          * (-(result + input * input * 0.5)).exp()})
ndtri = _special("ndtri", grad={"input": lambda g, result: g * math.sqrt(2 * math.pi) * (result * result * 0.5).exp()})
entr = _special("entr", grad={"input": lambda g, input: g * (-input.log() - 1)})


def _logit_gradient(g, input, eps):
    inside = g / (input * (1 - input))
    if eps < 0:
        return public.where(public.logical_and(input >= 0, input <= 1), inside, math.nan)
    return public.where(public.logical_and(input >= eps, input <= 1 - eps), inside, 0)


_logit = _plain("logit", "input, eps", operands=["input"], function=False, method=False,
                grad={"input": _logit_gradient})


@op()
def logit(input, eps=None):
    """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
    return _logit(input, -1.0 if eps is None else float(eps))


@op("logit_", out=False)
def logit_(input, eps=None):
    """In-place logit."""
    return _logit.in_place(input, -1.0 if eps is None else float(eps))


def _sinc_gradient(g, input):
    y = input * math.pi
    slope = math.pi * ((y * y.cos() - y.sin()) / (y * y))
    return g * conj(public.where(y == 0, 0, slope))


sinc = _plain("sinc", grad={"input": _sinc_gradient})

# ---- Bessel functions ----
i0 = _plain("i0", grad={"input": lambda g, input: g * i1(input)})


def _nonzero(input):
    """The input without zeros, so that what where() leaves out there does not turn second derivatives into NaN."""
    return public.where(input == 0, 1, input)


def _tiny(input):
    """Where the limit at zero stands for a quotient; NaN too, as the reference has it."""
    return ~(input.abs() > dtypes.finfo(input.dtype).eps)


i1 = _special("i1",
              grad={"input": lambda g, input, result: g
                    * public.where(_tiny(input), 0.5, i0(input) - result / _nonzero(input))})
i0e = _special("i0e", grad={"input": lambda g, input, result: g * (i1e(input) - public.sgn(input) * result)})
i1e = _special("i1e",
               grad={"input": lambda g, input, result: g
                     * public.where(_tiny(input), 0.5,
                                    i0e(input) - result * (public.sgn(input) + _nonzero(input).reciprocal()))})
for _name in ("modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "bessel_j0",
              "bessel_j1", "bessel_y0", "bessel_y1", "airy_ai"):
    _special(_name)
for _name in ("scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0"):
    _special(_name, "x")

# ---- orthogonal polynomials (x, n) ----
for _name in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
              "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u",
              "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w", "hermite_polynomial_h",
              "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p"):
    _special(_name, "input, n", numbers=("input", "n"))
