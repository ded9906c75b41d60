"""Which MindSpore primitives do a kernel's work, and how they are given its operands.

`pointwise`: kernel -> f(operands, attributes, dtype code of the computation, result); primitive_kernels.py has the
kernels
that are not element-wise. All return what the primitives made. Unfit sends this call to the kernel.
"""
import math

from .primitives import Unfit, expanded, number, operand, ours, primitive, scalar, unfit

pointwise = {}

# ---- element-wise: same operands in the same order, all of the common dtype ----
_PLAIN = """
abs Abs neg Neg exp Exp exp2 Exp2 expm1 Expm1 log Log log2 Log2 log10 Log10 log1p Log1p sqrt Sqrt rsqrt Rsqrt square
Square reciprocal Reciprocal sin Sin cos Cos
tan Tan asin AsinExt acos AcosExt atan AtanExt sinh Sinh cosh Cosh asinh AsinhExt acosh AcoshExt atanh Atanh tanh Tanh
sigmoid Sigmoid erf Erf erfc Erfc
erfinv Erfinv sinc Sinc ceil Ceil floor Floor trunc Trunc frac Frac round Round sign Sign relu ReLU silu SiLU mish
MishExt hardswish HSwish hardsigmoid HSigmoid
conj_physical Conj angle Angle bitwise_not BitwiseNot logical_not LogicalNot isfinite IsFinite isinf IsInf isneginf
IsNegInf mul Mul div Div pow Pow atan2 Atan2Ext
maximum Maximum minimum Minimum eq Equal ne NotEqual lt Less le LessEqual gt Greater ge GreaterEqual logical_and
LogicalAnd logical_or LogicalOr
logical_xor LogicalXor bitwise_and BitwiseAndTensor bitwise_or BitwiseOrTensor bitwise_xor BitwiseXorTensor
bitwise_left_shift LeftShift
bitwise_right_shift RightShift gcd Gcd logaddexp LogAddExp logaddexp2 LogAddExp2 xlogy Xlogy nextafter NextAfter
remainder RemainderTensorTensor fmod FmodTensor
div_floor FloorDiv lerp Lerp silu_backward SiLUGrad mish_backward MishGradExt hardswish_backward HSwishGrad
hardsigmoid_backward HSigmoidGrad
""".split()


def _plain(name):
    def compute(operands, attributes, code, result):
        if attributes:
            raise Unfit
        return primitive(name)(*(operand(o, code) for o in operands))

    return compute


pointwise.update((kernel, _plain(name)) for kernel, name in zip(_PLAIN[::2], _PLAIN[1::2]))


def elementwise(*names):
    """f(operands cast and expanded, attributes as primitives take them, dtype code), entered for kernels."""

    def enter(f):
        def compute(operands, attributes, code, result):
            given = [operand(o, code) for o in operands]
            if len(given) > 1:
                given = [expanded(o, result.shape) for o in given]
            return f(given, [a if a is None or isinstance(a, (bool, str)) else number(a, code) for a in attributes],
                     code)

        for name in names:
            pointwise[name] = compute
        return f

    return enter


def _attributed(kernel, name, *more):
    """The attributes follow the operands."""
    elementwise(kernel)(lambda o, a, code: primitive(name)(*o, *a, *more))


def _constructed(kernel, name, *more):
    """The attributes make the primitive."""
    elementwise(kernel)(lambda o, a, code: primitive(name, *(float(v) for v in a), *more)(*o))


for _kernel, _name in {"hardtanh": "Hardtanh", "hardtanh_backward": "HardtanhGrad", "threshold": "Threshold",
                       "threshold_backward": "ThresholdGrad", "leaky_relu": "LeakyReLUExt",
                       "softplus": "SoftplusExt", "softplus_backward": "SoftplusGradExt"}.items():
    _attributed(_kernel, _name)
_attributed("leaky_relu_backward", "LeakyReLUGradExt", False)
_constructed("hardshrink", "HShrink")
_constructed("softshrink", "SoftShrink")
_constructed("shrink_backward", "HShrinkGrad")
_constructed("smooth_l1_loss", "SmoothL1Loss", "none")

elementwise("add")(lambda o, a, code: primitive("AddExt")(*o, *(a or (1,))))
elementwise("sub")(lambda o, a, code: primitive("SubExt")(*o, *(a or (1,))))
elementwise("addcmul")(lambda o, a, code: primitive("AddcmulExt")(*o, *(a or (1,))))
elementwise("addcdiv")(lambda o, a, code: primitive("AddcdivExt")(*o, *(a or (1,))))
elementwise("div_trunc")(lambda o, a, code: primitive("DivMod")(*o, "trunc"))
elementwise("clamp")(lambda o, a, code: primitive("ClampTensor")(*o))
elementwise("clamp_min")(lambda o, a, code: primitive("ClampTensor")(*o, None))
elementwise("clamp_max")(lambda o, a, code: primitive("ClampTensor")(o[0], None, o[1]))
elementwise("gelu_none")(lambda o, a, code: primitive("GeluExt")(*o, "none"))
elementwise("gelu_tanh")(lambda o, a, code: primitive("GeluExt")(*o, "tanh"))
elementwise("gelu_none_backward")(lambda o, a, code: primitive("GeluGradExt")(*o, "none"))
elementwise("gelu_tanh_backward")(lambda o, a, code: primitive("GeluGradExt")(*o, "tanh"))
elementwise("tanh_backward")(lambda o, a, code: primitive("TanhGrad")(o[1], o[0]))
elementwise("sigmoid_backward")(lambda o, a, code: primitive("SigmoidGrad")(o[1], o[0]))
elementwise("log_sigmoid")(lambda o, a, code: primitive("LogSigmoid")(*o)[0])
elementwise("log_sigmoid_backward")(lambda o, a, code: primitive("LogSigmoidGrad")(*o, o[1]))
elementwise("mse_loss")(lambda o, a, code: primitive("MSELossExt")(*o, "none"))
elementwise("mse_loss_backward")(lambda o, a, code: primitive("MSELossGradExt")(*o, "none"))
elementwise("smooth_l1_loss_backward")(lambda o, a,
                                       code: primitive("SmoothL1LossGrad", float(a[0]), "none")(o[1], o[2], o[0]))
elementwise("binary_cross_entropy")(lambda o, a, code: primitive("BinaryCrossEntropy", "none")(*o, None))
elementwise("binary_cross_entropy_backward")(lambda o, a,
                                             code: primitive("BinaryCrossEntropyGrad", "none")(o[1], o[2], o[0], None))
elementwise("scaled_mask")(lambda o, a, code: primitive("Mul")(o[0], primitive("Mul")(o[1], scalar(a[0], code))))


@elementwise("elu")
def _elu(o, a, code):
    if a[1:] != [1, 1] and len(a) > 1:
        raise Unfit
    return primitive("EluExt", float(a[0]))(*o)


@elementwise("elu_backward")
def _elu_backward(o, a, code):
    if a[1:] != [1, 1] and len(a) > 1:
        raise Unfit
    return primitive("EluGradExt")(*o, float(a[0]), False)


@elementwise("sgn")
def _sgn(o, a, code):
    if code in (10, 11):
        raise Unfit
    return primitive("Sign")(*o)


def _where(operands, attributes, code, result):
    condition, x, y = operands
    return primitive("Select")(*(expanded(t, result.shape)
                                 for t in (operand(condition, 0), operand(x, code), operand(y, code))))


pointwise["where"] = _where


def _fill_where(operands, attributes, code, result):
    x, mask, value = operands
    x, mask, value = operand(x, code), operand(mask, 0), operand(value, code)
    if value.ndim:
        return primitive("Select")(*(expanded(t, result.shape) for t in (mask, value, x)))
    return primitive("MaskedFill")(expanded(x, result.shape), expanded(mask, result.shape), value)


pointwise["masked_fill"] = _fill_where

# compositions
elementwise("isnan")(lambda o, a, code: primitive("NotEqual")(o[0], o[0]))
elementwise("fmax")(lambda o, a, code: _but_nan("Maximum", *o))
elementwise("fmin")(lambda o, a, code: _but_nan("Minimum", *o))
elementwise("heaviside")(lambda o, a, code: primitive("Select")(primitive("Equal")(o[0], scalar(0, code)), o[1],
                                                                operand(
                                                                    ours(primitive("Greater")(o[0], scalar(0, code))),
                                                                    code)))
elementwise("isposinf")(lambda o, a, code: primitive("Equal")(o[0], scalar(math.inf, code)) if code in _FLOATS
                        else unfit())
elementwise("nan_to_num")(lambda o, a, code: primitive("NanToNum", *(v if v is None else float(v) for v in a))(*o)
                          if code == 8 else unfit())
_FLOATS = (6, 7, 8, 9)


def _but_nan(name, x, y):
    extreme = primitive("Select")(primitive("NotEqual")(y, y), x, primitive(name)(x, y))
    return primitive("Select")(primitive("NotEqual")(x, x), y, extreme)


elementwise("prelu")(lambda o, a, code: primitive("Select")(primitive("Greater")(o[0], scalar(0, code)), o[0],
                                                            primitive("Mul")(o[1], o[0])))
elementwise("huber_loss")(lambda o, a, code: primitive("Mul")(pointwise["smooth_l1_loss"](o, a, code, o[0]),
                                                              scalar(a[0], code)) if code > 7 else unfit())
elementwise("huber_loss_backward")(lambda o, a,
                                   code: primitive("Mul")(pointwise["smooth_l1_loss_backward"](o, a, code, o[0]),
                                                          scalar(a[0], code)) if code > 7 else unfit())


@elementwise("bce_logits")
def _bce_logits(o, a, code):
    if code != 8:
        raise Unfit
    x, y = o
    return primitive("SubExt")(primitive("Mul")(primitive("SubExt")(scalar(1, code), y, 1), x),
                               primitive("LogSigmoid")(x)[0], 1)


elementwise("bce_logits_weighted")(lambda o, a, code: primitive("BCEWithLogitsLoss", "none")(*o[:2], None, o[2])
                                   if code == 8 else unfit())


@elementwise("logit")
def _logit(o, a, code):
    if code not in (8, 9) or (a and a[0] is not None and a[0] >= 0):
        raise Unfit
    return primitive("Log")(primitive("Div")(o[0], primitive("SubExt")(scalar(1, code), o[0], 1)))


# ---- why the others are called directly ----
def _reasons(groups):
    return {name: reason for reason, names in groups.items() for name in names.split()}


NO_PRIMITIVE = _reasons(
    {
        "the numbers come from a torch generator's state, which MindSpore's seeds do not have": "random_bernoulli random_bernoulli_each random_binomial random_choice random_dropout random_gamma random_export random_import random_integers random_normal "
        "random_permutation random_poisson random_seed  random_transform random_uniform",
        "a special function that MindSpore does not have": "_dirichlet_grad _standard_gamma_grad airy_ai bessel_j0 "
                                                           "bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t "
                                                           "chebyshev_polynomial_u chebyshev_polynomial_v "
        "chebyshev_polynomial_w digamma entr erfcx hermite_polynomial_h  hermite_polynomial_he i0 i0e i1 i1e igamma "
        "igammac laguerre_polynomial_l legendre_polynomial_p "
        "lgamma log_ndtr modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 ndtr ndtri "
        "polygamma  scaled_modified_bessel_k0 scaled_modified_bessel_k1 "
        "shifted_chebyshev_polynomial_t "
        "shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w  "
        "spherical_bessel_j0 xlog1py zeta",
        "matrix factorisations run in the host's LAPACK": "blas_triangular lapack_cholesky lapack_cholesky_solve "
                                                          "lapack_eig lapack_eigh lapack_ldl lapack_ldl_solve "
                                                          "lapack_lstsq lapack_lu lapack_lu_solve "
        "lapack_qr lapack_reflect  lapack_reflect_times lapack_svd",
        "the size of the result is known at run time only": "bincount compress decompress mask_counts nonzero "
                                                            "repeat_index unique_runs",
        "MindSpore cannot call its BatchNormGradExt from Python": "batch_norm_backward",
        "MindSpore has nothing with this meaning": "bag_max copysign frexp fractional_max_pool histogramdd hypot isin "
                                                   "isreal lcm logcumsumexp mode multi_margin multilabel_margin "
                                                   "signbit sort_rows tri_indices "
        "round_decimals logspace",
        "keeps its state otherwise than MindSpore's": "adagrad sgd",
        "MindSpore's primitives interpolate all dimensions at once, these kernels one after another": "resample resample_backward",
        "MindSpore's CTC loss is out of reach of the plugin interface": "ctc",
        "asks the processor what it can do": "native_types",
    }
)
