"""Operators of the software CANN against NumPy, called through their C entry points: a line a failure, then a count."""

import math
import sys
import traceback

import numpy as np
import softcann_layers  # noqa: F401  (its cases count too)
from softcann_call import BFloat16, Refused, call, lib, pointer, shape_of
from softcann_numpy import CASES, a, b, case, f32, i, j, near, out, p, rs, zeros


@case
def unary():
    g = {
        "Abs": np.abs,
        "Neg": np.negative,
        "Sign": np.sign,
        "Floor": np.floor,
        "Ceil": np.ceil,
        "Trunc": np.trunc,
        "Relu": lambda x: np.maximum(x, 0),
        "Exp": np.exp,
        "Sin": np.sin,
        "Cos": np.cos,
        "Tan": np.tan,
        "Tanh": np.tanh,
        "Sinh": np.sinh,
        "Cosh": np.cosh,
        "Atan": np.arctan,
        "Asinh": np.arcsinh,
        "Expm1": np.expm1,
        "Exp2": np.exp2,
        "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "Erf": np.vectorize(math.erf),
        "Erfc": np.vectorize(math.erfc),
        "Sinc": np.sinc,
        "Silu": lambda x: x / (1 + np.exp(-x)),
        "Gelu": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        "Hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
        "Hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
        "Mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
        "Reciprocal": lambda x: 1 / x,
    }
    for name, f in g.items():
        near(out(name, a, like=a), f(a))
    for name, f in {
        "Log": np.log,
        "Log2": np.log2,
        "Log10": np.log10,
        "Log1p": np.log1p,
        "Sqrt": np.sqrt,
        "Rsqrt": lambda x: 1 / np.sqrt(x),
    }.items():
        near(out(name, p, like=p), f(p))
    for name, f in {"Asin": np.arcsin, "Acos": np.arccos, "Atanh": np.arctanh}.items():
        near(out(name, np.tanh(a), like=a), f(np.tanh(a)))
    near(out("Exp", i[:1], shape=(1, 4)), np.exp(i[:1]))
    near(out("GeluV2", a, 0, like=a), a * 0.5 * (1 + np.vectorize(math.erf)(a / math.sqrt(2))))
    near(out("RoundDecimals", a, 1, like=a), np.round(a, 1))
    near(out("LogicalNot", i, like=i, d=bool), i == 0)
    near(out("BitwiseNot", i, like=i, d=np.int64), ~i)
    odd = np.array([np.inf, -np.inf, np.nan, 1], np.float32)
    near(out("IsFinite", odd, like=odd, d=bool), np.isfinite(odd))
    near(out("IsInf", odd, like=odd, d=bool), np.isinf(odd))
    near(out("IsNegInf", odd, like=odd, d=bool), np.isneginf(odd))
    near(out("NanToNum", odd, 7.0, 8.0, -8.0, like=odd), [8, -8, 7, 1])
    near(out("Abs", np.array([3 + 4j], np.complex64), shape=(1,)), [5])
    for name, f in {
        "InplaceExp": np.exp,
        "InplaceTanh": np.tanh,
        "InplaceRelu": lambda x: np.maximum(x, 0),
        "InplaceFloor": np.floor,
    }.items():
        x = a.copy()
        call("aclnn" + name, x)
        near(x, f(a))


@case
def binary():
    for name, f in {
        "Mul": np.multiply,
        "Div": np.divide,
        "Maximum": np.maximum,
        "Minimum": np.minimum,
        "Atan2": np.arctan2,
        "LogAddExp": np.logaddexp,
        "LogAddExp2": np.logaddexp2,
        "FloorDivide": np.floor_divide,
        "RemainderTensorTensor": np.mod,
        "FmodTensor": np.fmod,
    }.items():
        near(out(name, a, b[1], like=a), f(a, b[1]), 1e-4)
    near(out("PowTensorTensor", p, b, like=a), p**b)
    near(out("Div", i, j, like=a), i / j)
    near(out("FloorDivide", i, j, like=i, d=np.int64), i // j)
    for mode, f in ((0, lambda x: x), (1, np.trunc), (2, np.floor)):
        near(out("DivMod", i, j, mode, like=a), f(i / j))
        near(out("DivMods", i, 2, mode, like=a), f(i / 2))
    near(out("Add", a, b, 2.5, like=a), a + np.float32(2.5) * b)
    near(out("Sub", i, j, 3, like=i, d=np.int64), i - 3 * j)
    near(out("Adds", a, 2.0, 3.0, like=a), a + 6)
    near(out("Subs", a, 2.0, 3.0, like=a), a - 6)
    near(out("Add", i, a, 1.0, like=a), i + a)
    near(out("Muls", i, 1.5, like=a), i * 1.5)
    near(out("Divs", i, 4, like=a), i / 4)
    near(out("PowTensorScalar", a, 2, like=a), a**2)
    near(out("PowScalarTensor", 2.0, a, like=a), 2**a)
    near(out("RemainderTensorScalar", i, 3, like=i, d=np.int64), i % 3)
    near(out("RemainderScalarTensor", 7, j, like=i, d=np.int64), 7 % j)
    near(out("FmodScalar", a, 0.7, like=a), np.fmod(a, np.float32(0.7)), 1e-4)
    near(out("XLogYTensor", p, p, like=a), p * np.log(p))
    near(out("Gcd", i, j, like=i, d=np.int64), np.gcd(i, j))
    for name, f in {"And": np.bitwise_and, "Or": np.bitwise_or, "Xor": np.bitwise_xor}.items():
        near(out(f"Bitwise{name}Tensor", i, j, like=i, d=np.int64), f(i, j))
        near(out(f"Bitwise{name}Scalar", i, 5, like=i, d=np.int64), f(i, 5))
        near(out(f"Logical{name}", i, j > 2, like=i, d=bool), f(i != 0, j > 2))
    for name, f in {
        "Eq": np.equal,
        "Ne": np.not_equal,
        "Lt": np.less,
        "Le": np.less_equal,
        "Gt": np.greater,
        "Ge": np.greater_equal,
    }.items():
        near(out(name + "Tensor", i, j, like=i, d=bool), f(i, j))
        near(out(name + "Scalar", a, 0.25, like=i, d=bool), f(a, 0.25))
    for name, f in {"Mul": np.multiply, "Div": np.divide}.items():
        x = a.copy()
        call("aclnnInplace" + name, x[:, ::2], b[:, :2])
        want = a.copy()
        want[:, ::2] = f(a[:, ::2], b[:, :2])
        near(x, want)
    x = a.copy()
    call("aclnnInplaceAdd", x.T, b.T, 2.0)
    near(x, a + 2 * b)
    x = a.copy()
    call("aclnnInplaceSubs", x, 1.0, 2.0)
    near(x, a - 2)


@case
def several():
    near(out("Addcmul", a, b, p, 0.5, like=a), a + 0.5 * b * p)
    near(out("Addcdiv", a, b, p, 0.5, like=a), a + 0.5 * b / p)
    near(out("Lerp", a, b, p, like=a), a + p * (b - a))
    near(out("Lerps", a, b, 0.25, like=a), a + 0.25 * (b - a))
    near(out("Clamp", a, -0.5, 0.5, like=a), np.clip(a, -0.5, 0.5))
    near(out("Clamp", a, None, 0.5, like=a), np.minimum(a, 0.5))
    near(out("ClampMin", a, 0.5, like=a), np.maximum(a, 0.5))
    near(out("ClampTensor", a, b[0] - 1, b[0] + 1, like=a), np.clip(a, b[0] - 1, b[0] + 1))
    near(out("SWhere", a > 0, a, b[1], like=a), np.where(a > 0, a, b[1]))
    near(out("IsClose", a, a + np.float32(1e-6), 1e-3, 1e-5, False, like=a, d=bool), np.ones_like(a))
    near(out("LeakyRelu", a, 0.1, like=a), np.where(a > 0, a, a * 0.1))
    near(out("Elu", a, 1.5, 1.0, 1.0, like=a), np.where(a > 0, a, 1.5 * np.expm1(a)))
    near(out("Softplus", a, 2.0, 20.0, like=a), np.log1p(np.exp(2 * a)) / 2)
    near(out("Hardtanh", a, -0.5, 0.7, like=a), np.clip(a, -0.5, 0.7))
    near(out("Hardshrink", a, 0.5, like=a), np.where(np.abs(a) > 0.5, a, 0))
    near(out("Softshrink", a, 0.5, like=a), np.sign(a) * np.maximum(np.abs(a) - 0.5, 0))
    near(out("Threshold", a, 0.1, 9.0, like=a), np.where(a > 0.1, a, 9))
    near(out("Prelu", a, b[0], like=a), np.where(a > 0, a, a * b[0]))
    for half in (np.float16,):
        near(out("Mul", a.astype(half), b.astype(half), like=a, d=half), a.astype(half) * b.astype(half), 1e-3)
    y = BFloat16(zeros(3, 4))
    call("aclnnAdd", BFloat16(a), BFloat16(b), 1.0, y)
    near(y.values(), a + b, 2e-2)


@case
def gradients():
    s = 1 / (1 + np.exp(-a))
    near(out("SigmoidBackward", b, s, like=a), b * s * (1 - s))
    near(out("TanhBackward", b, np.tanh(a), like=a), b * (1 - np.tanh(a) ** 2))
    near(out("SiluBackward", b, a, like=a), b * s * (1 + a * (1 - s)))
    near(out("ThresholdBackward", b, a, 0.0, like=a), np.where(a > 0, b, 0))
    near(out("LeakyReluBackward", b, a, 0.1, False, like=a), np.where(a > 0, b, b * 0.1))
    near(out("EluBackward", b, 1.0, 1.0, 1.0, False, a, like=a), np.where(a > 0, b, b * np.exp(a)))
    near(
        out("EluBackward", b, 1.0, 1.0, 1.0, True, np.where(a > 0, a, np.expm1(a)), like=a),
        np.where(a > 0, b, b * np.exp(a)),
    )
    near(out("HardtanhBackward", b, a, -0.5, 0.5, like=a), np.where(np.abs(a) < 0.5, b, 0))
    near(out("SoftplusBackward", b, a, 1.0, 20.0, like=a), b * s)
    h = 1e-3
    for how in ("none", "tanh"):
        x = a.astype(np.float64)
        f = (
            (lambda v: v * 0.5 * (1 + np.vectorize(math.erf)(v / math.sqrt(2))))
            if how == "none"
            else (lambda v: 0.5 * v * (1 + np.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3))))
        )
        near(out("GeluBackwardV2", b, a, how, like=a), b * (f(x + h) - f(x - h)) / (2 * h), 1e-4)


@case
def lists():
    x, y = [f32(3), f32(2, 2)], [f32(3), f32(2, 2)]
    z = [zeros(3), zeros(2, 2)]
    call("aclnnForeachAddListV2", x, y, 2.0, z)
    near(z[1], x[1] + 2 * y[1])
    call("aclnnForeachMulList", x, y, z)
    near(z[0], x[0] * y[0])
    w = [v.copy() for v in x]
    call("aclnnForeachMulScalarV2", w, 3.0, w)
    near(w[1], x[1] * 3)
    call("aclnnForeachAddcdivScalarV2", x, y, [np.abs(v) + 1 for v in y], 0.5, z)
    near(z[1], x[1] + 0.5 * y[1] / (np.abs(y[1]) + 1))


@case
def reductions():
    x = f32(3, 4, 5)
    for name, f in {"ReduceSum": np.sum, "Mean": np.mean}.items():
        near(out(name, x, [0, -1], False, 0, shape=(4,)), f(x, (0, 2)))
        near(out(name, x, [1], True, 0, shape=(3, 1, 5)), f(x, 1, keepdims=True))
        near(out(name, x, [], False, 0, shape=()), f(x))
    near(out("ReduceSum", i, [1], False, 9, shape=(3,), d=np.int64), i.sum(1))
    near(out("Amax", x, [1], False, shape=(3, 5)), x.max(1))
    near(out("Amin", x, [0, 1], True, shape=(1, 1, 5)), x.min((0, 1), keepdims=True))
    near(out("Any", x > 2, [1], False, shape=(3, 5), d=bool), (x > 2).any(1))
    near(out("All", i, [0], False, shape=(4,), d=bool), (i != 0).all(0))
    near(out("LogSumExp", x, [2], False, shape=(3, 4)), np.log(np.exp(x).sum(2)))
    near(out("Max", x, shape=()), x.max())
    near(out("Prod", p, 0, shape=()), p.prod())
    near(out("ProdDim", p, 1, False, 0, shape=(3,)), p.prod(1))
    near(out("ArgMax", x, 1, False, shape=(3, 5), d=np.int64), x.argmax(1))
    near(out("ArgMin", x, -1, True, shape=(3, 4, 1), d=np.int32), x.argmin(2)[..., None])
    v, k = zeros(3, 5), zeros(3, 5, d=np.int64)
    call("aclnnMaxDim", x, 1, False, v, k)
    near(v, x.max(1)), near(k, x.argmax(1))
    for correction in (0, 1):
        near(out("VarCorrection", x, [1], correction, False, shape=(3, 5)), x.var(1, ddof=correction))
        near(out("Std", x, None, correction, False, shape=()), x.std(ddof=correction))
    v, m = zeros(3, 5), zeros(3, 5)
    call("aclnnVarMean", x, [1], 1, False, v, m)
    near(v, x.var(1, ddof=1)), near(m, x.mean(1))
    for order in (1.0, 2.0, 3.0):
        near(out("Norm", x, order, [1], False, shape=(3, 5)), (np.abs(x) ** order).sum(1) ** (1 / order))
        near(out("LinalgVectorNorm", x, order, [], False, 0, shape=()), (np.abs(x) ** order).sum() ** (1 / order))
    near(out("Cumsum", x, 1, 0, like=x), x.cumsum(1))
    near(out("Trace", a, shape=()), np.trace(a))
    soft = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    g = f32(3, 4, 5)
    near(out("Softmax", x, 1, like=x), soft)
    near(out("LogSoftmax", x, 1, like=x), np.log(soft))
    near(out("SoftmaxBackward", g, soft, 1, like=x), soft * (g - (g * soft).sum(1, keepdims=True)))
    near(out("LogSoftmaxBackward", g, np.log(soft), 1, like=x), g - soft * g.sum(1, keepdims=True))
    v, k = zeros(3, 4, 5), zeros(3, 4, 5, d=np.int64)
    call("aclnnSort", x, True, 1, True, v, k)
    near(v, -np.sort(-x, 1)), near(np.take_along_axis(x, k, 1), v)
    v, k = zeros(3, 2, 5), zeros(3, 2, 5, d=np.int64)
    call("aclnnTopk", x, 2, 1, True, True, v, k)
    near(v, -np.sort(-x, 1)[:, :2]), near(np.take_along_axis(x, k, 1), v)
    v, k = zeros(3, 5), zeros(3, 5, d=np.int64)
    call("aclnnKthvalue", x, 2, 1, False, v, k)
    near(v, np.sort(x, 1)[:, 1])


@case
def matrices():
    x, y, z = f32(2, 3, 4), f32(2, 4, 5), f32(3, 5)
    near(out("Matmul", x, y, shape=(2, 3, 5), last=(0,)), x @ y)
    near(out("Matmul", x, y[0], shape=(2, 3, 5), last=(0,)), x @ y[0])
    near(out("Matmul", x[0], y[0, :, 0], shape=(3,), last=(0,)), x[0] @ y[0, :, 0])
    near(out("Matmul", x[0, 0], y, shape=(2, 5), last=(0,)), x[0, 0] @ y)
    near(
        out("Matmul", y.transpose(0, 2, 1), x.transpose(0, 2, 1), shape=(2, 5, 3), last=(0,)),
        (x @ y).transpose(0, 2, 1),
    )
    near(out("Mm", x[0], y[0], shape=(3, 5), last=(0,)), x[0] @ y[0])
    near(out("BatchMatMul", x, y, shape=(2, 3, 5), last=(0,)), x @ y)
    near(out("Mv", x[0], y[0, :, 1], shape=(3,), last=(0,)), x[0] @ y[0, :, 1])
    near(out("Dot", x[0, 0], y[0, :, 1], shape=()), x[0, 0] @ y[0, :, 1])
    near(out("Addmm", z[0], x[0], y[0], 0.5, 2.0, shape=(3, 5), last=(0,)), 0.5 * z[0] + 2 * x[0] @ y[0])
    near(out("Baddbmm", z, x, y, 0.5, 2.0, shape=(2, 3, 5), last=(0,)), 0.5 * z + 2 * x @ y)
    near(out("Addbmm", z, x, y, 0.5, 2.0, shape=(3, 5), last=(0,)), 0.5 * z + 2 * (x @ y).sum(0))
    near(
        out("Addmv", z[:, 0].copy(), x[0], y[0, :, 0].copy(), 2.0, 0.5, shape=(3,), last=(0,)),
        0.5 * z[:, 0] + 2 * x[0] @ y[0, :, 0],
    )
    t = zeros(5, 3)
    call("aclnnMm", x[0], y[0], t.T, 0)
    near(t.T, x[0] @ y[0])


@case
def shapes():
    near(out("Cat", [a, b[:, :2]], 1, shape=(3, 6)), np.concatenate([a, b[:, :2]], 1))
    near(out("Stack", [a, b], 1, shape=(3, 2, 4)), np.stack([a, b], 1))
    u, v = zeros(3, 1), zeros(3, 3)
    call("aclnnSplitWithSize", a, [1, 3], 1, [u, v])
    near(u, a[:, :1]), near(v, a[:, 1:])
    u, v = zeros(2, 4), zeros(1, 4)
    call("aclnnSplitTensor", a, 2, 0, [u, v])
    near(u, a[:2]), near(v, a[2:])
    x = zeros(4, 3)
    call("aclnnInplaceCopy", x.T, i)
    near(x.T, i)
    x = zeros(3, 4)
    call("aclnnInplaceCopy", x, np.broadcast_to(a[0], (3, 4)))
    near(x, np.broadcast_to(a[0], (3, 4)))
    near(out("Cast", a, 9, like=a, d=np.int64), a.astype(np.int64))
    call("aclnnInplaceFillScalar", x[1:, 1:3], 7.0)
    near(x[1:, 1:3], 7 * np.ones((2, 2)))
    call("aclnnInplaceOne", x)
    near(x, np.ones((3, 4)))
    call("aclnnInplaceZero", x)
    near(x, np.zeros((3, 4)))
    near(out("Arange", 2, 11, 3, shape=(3,), d=np.int64), np.arange(2, 11, 3))
    near(out("Linspace", 0.0, 1.0, 5, shape=(5,)), np.linspace(0, 1, 5))
    near(out("Eye", 3, 4, shape=(3, 4)), np.eye(3, 4))
    near(out("Slice", a, 1, 1, 4, 2, shape=(3, 2)), a[:, 1:4:2])
    near(out("Permute", f := f32(2, 3, 4), [2, 0, 1], shape=(4, 2, 3)), f.transpose(2, 0, 1))
    near(out("Flip", a, [0, 1], like=a), a[::-1, ::-1])
    near(out("Roll", a, [1, -1], [0, 1], like=a), np.roll(a, (1, -1), (0, 1)))
    near(out("Roll", a, [5], None, like=a), np.roll(a, 5))
    near(out("Repeat", a, [2, 1, 3], shape=(2, 3, 12)), np.tile(a, (2, 1, 3)))
    near(out("Tril", a, 1, like=a), np.tril(a, 1))
    near(out("Triu", a, -1, like=a), np.triu(a, -1))
    near(out("Diag", a[0].copy(), 1, shape=(5, 5)), np.diag(a[0], 1))
    near(out("Diag", a, 1, shape=(3,)), np.diag(a, 1))
    near(out("ConstantPadNd", a, [1, 2, 0, 1], 5.0, shape=(4, 7)), np.pad(a, ((0, 1), (1, 2)), constant_values=5))
    x = f32(3, 4)
    s = 1 / (1 + np.exp(-x))
    near(out("Glu", x, 1, shape=(3, 2)), x[:, :2] * s[:, 2:])
    near(out("SwiGlu", x, 1, shape=(3, 2)), x[:, :2] * s[:, :2] * x[:, 2:])


@case
def indexing():
    k = np.array([2, 0, 2])
    near(out("IndexSelect", a, 1, k, shape=(3, 3)), a[:, k])
    near(out("Embedding", a, np.array([[2, 0], [1, 1]]), shape=(2, 2, 4)), a[[[2, 0], [1, 1]]])
    g, want = f32(3, 4), zeros(5, 4)
    np.add.at(want, k, g)
    near(out("EmbeddingDenseBackward", g, k, 5, 2**64 - 1, False, shape=(5, 4)), want)
    want[2] = 0
    near(out("EmbeddingDenseBackward", g, k, 5, 2, False, shape=(5, 4)), want)
    where = rs.randint(0, 3, (2, 4))
    near(out("Gather", a, 0, where, shape=(2, 4)), np.take_along_axis(a, where, 0))
    want = a.copy()
    for r in range(2):
        for c in range(4):
            want[where[r, c], c] += b[r, c]
    near(out("ScatterAdd", a, 0, where, b[:2].copy(), like=a), want)
    near(
        out("ScatterValue", a, 1, np.array([[1], [2], [0]]), 9.0, 0, like=a),
        np.where(np.arange(4) == np.array([[1], [2], [0]]), 9, a),
    )
    near(out("IndexAdd", a, 0, k, b, 2.0, like=a), (lambda w: (np.add.at(w, k, 2 * b), w)[1])(a.copy()))
    near(out("Index", a, [k, np.array([1, 2, 3])], shape=(3,)), a[k, [1, 2, 3]])
    near(out("Index", a, [a[:, 0] > -9], shape=(3, 4)), a)
    x = a.copy()
    call("aclnnIndexPutImpl", x, [np.array([0, 0]), np.array([1, 1])], np.array([2.0, 3.0], np.float32), True, False)
    want = a.copy()
    want[0, 1] += 5
    near(x, want)
    x = a.copy()
    call("aclnnIndexPutImpl", x.T, [np.array([3])], b[:, 0].copy(), False, False)
    want = a.copy()
    want.T[3] = b[:, 0]
    near(x, want)
    x = a.copy()
    call("aclnnInplaceMaskedFillScalar", x, b[0] > 0, -7.0)
    near(x, np.where(b[0] > 0, -7, a))
    y = zeros(12)
    made = call("aclnnMaskedSelect", a, b > 0, y)
    n = int((b > 0).sum())
    assert shape_of(pointer(made.held[2])) == (n,), "shape of masked_select"
    near(y[:n], a[b > 0])
    y = zeros(12, 2, d=np.int64)
    made = call("aclnnNonzero", b > 0, y)
    assert shape_of(pointer(made.held[1])) == (n, 2), "shape of nonzero"
    near(y.ravel()[: 2 * n].reshape(n, 2), np.argwhere(b > 0))
    near(out("RepeatInterleaveWithDim", a, np.array([1, 0, 2]), 0, 3, shape=(3, 4)), np.repeat(a, [1, 0, 2], 0))
    near(out("RepeatInterleaveInt", a, 2, 24, shape=(24,)), np.repeat(a, 2))
    near(out("OneHot", k, 4, np.ones(1, np.float32), np.zeros(1, np.float32), -1, shape=(3, 4)), np.eye(4)[k])
    near(out("Take", a, np.array([5, 0]), shape=(2,)), a.ravel()[[5, 0]])


@case
def random():
    x, y = zeros(1000), zeros(1000)
    for name, arguments, mean, deviation in (
        ("InplaceNormal", (2.0, 3.0), 2, 3),
        ("InplaceUniform", (-1.0, 1.0), 0, 0.577),
    ):
        call("aclnn" + name, x, *arguments, 1, 0)
        call("aclnn" + name, y, *arguments, 1, 0)
        near(x, y)
        call("aclnn" + name, y, *arguments, 1, 4)
        assert (x != y).any(), f"{name}: another offset, the same numbers"
        assert abs(x.mean() - mean) < 0.35 and abs(x.std() - deviation) < 0.3, (name, x.mean(), x.std())
    call("aclnnInplaceBernoulli", x, 0.25, 1, 0)
    assert set(x) == {0, 1} and 0.2 < x.mean() < 0.3
    k = zeros(1000, d=np.int64)
    call("aclnnInplaceRandom", k, -3, 4, 1, 0)
    assert set(k) == set(range(-3, 4))
    call("aclnnRandperm", 1000, 3, 0, k)
    near(np.sort(k), np.arange(1000))
    mask = zeros(128, d=np.uint8)
    call("aclnnDropoutGenMaskV2", [1000], 0.3, 1, 0, 0, mask)
    bits = np.unpackbits(mask, bitorder="little")[:1000]
    assert 0.65 < bits.mean() < 0.75
    z = f32(1000)
    near(out("DropoutDoMask", z, mask, 0.3, like=z), z * bits / 0.7)
    k = zeros(2, 3, d=np.int64)
    call("aclnnMultinomial", np.array([[0, 1, 1, 1], [1, 0, 1, 1]], np.float32), 3, False, 1, 0, k)
    near(np.sort(k, 1), [[1, 2, 3], [0, 2, 3]])


@case
def adamw():
    w, m, v, g = f32(5), f32(5), np.abs(f32(5)), f32(5)
    old = [t.astype(np.float64) for t in (w, m, v)]
    call("aclnnApplyAdamWV2", w, m, v, None, g, np.array([3], np.float32), 0.1, 0.9, 0.99, 0.01, 1e-8, False, False)
    m1, v1 = 0.9 * old[1] + 0.1 * g, 0.99 * old[2] + 0.01 * g * g
    (
        near(m, m1),
        near(v, v1),
        near(w, old[0] * (1 - 0.1 * 0.01) - 0.1 * (m1 / (1 - 0.9**4)) / (np.sqrt(v1 / (1 - 0.99**4)) + 1e-8)),
    )


@case
def refusals():
    def refused(code, part, name, *values):
        try:
            call("aclnn" + name, *values)
        except Refused as error:
            assert error.code == code and part in error.text, f"{name}: {error}"
            return
        raise AssertionError(f"{name} was not refused")

    double = a.astype(np.float64)
    refused(161002, "argument self: DOUBLE", "Matmul", double, double.T.copy(), np.zeros((3, 3)), 0)
    refused(161002, "9 dimensions", "Add", zeros(*[1] * 9), zeros(*[1] * 9), 1, zeros(*[1] * 9))
    refused(161001, "null pointer", "Add", a, None, 1, zeros(3, 4))
    refused(161002, "where its operands make", "Mul", a, b, zeros(2, 4))
    refused(161002, "where its operands make", "Mul", a, f32(3), zeros(3, 4))
    refused(161002, "inner sizes", "Matmul", a, b, zeros(3, 4), 0)
    refused(161002, "dimension 2 of a tensor of 2", "Softmax", a, 2, zeros(3, 4))
    refused(161002, "the result has shape", "ReduceSum", a, [1], False, 0, zeros(4))
    refused(507015, "out of bounds", "IndexSelect", a, 0, np.array([3]), zeros(1, 4))
    refused(507015, "out of bounds", "Embedding", a, np.array([-4]), zeros(1, 4))
    refused(161002, "argument input: DOUBLE", "LayerNorm", double, [4], None, None, 1e-5, np.zeros((3, 4)), None, None)
    refused(
        561003,
        "does not have this operator",
        "RingAttentionUpdate",
        a,
        a,
        a,
        a,
        a,
        a,
        None,
        "SBH",
        zeros(3, 4),
        zeros(3, 4),
        zeros(3, 4),
    )


def main():
    failed = 0
    for function in CASES:
        try:
            function()
        except Exception:
            failed += 1
            print("FAILED", function.__name__, traceback.format_exc(limit=-3), flush=True)
    print(f"passed {len(CASES) - failed} of {len(CASES)}")
    return failed != 0


if __name__ == "__main__":
    status = main()
    print(lib.softcann_report().decode())
    sys.exit(status)
