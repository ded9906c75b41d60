"""Element-wise ops: promotion, operators, edges, gradients, accuracy of the vector functions."""
import math

import numpy as np
import pytest

import mindtorch  # noqa: F401
import torch
import torch.nn.functional as F

INF, NAN = math.inf, math.nan


def same(t, expected, dtype=None, **tolerance):
    """t's values (NaN equal to NaN) and, when given, its dtype."""
    if dtype is not None:
        assert t.dtype is dtype, t.dtype
    np.testing.assert_allclose(np.array(t.tolist()), np.array(expected), **(tolerance or {"rtol": 1e-6, "atol": 0}))


@pytest.mark.parametrize("expression, expected, dtype", [
    ("u + 300", [49], "uint8"), ("u - 300", [217], "uint8"), ("u < 300", [True], "bool"), ("1 - f", [-0.5], "float32"),
    ("2 ** i", [8], "int64"), ("i / 2", [1.5], "float32"),
    ("i // 2", [1], "int64"), ("-i // 2", [-2], "int64"), ("-i % 5", [2], "int64"), ("i & 1", [1], "int64"),
    ("1 << i", [8], "int64"), ("~i", [-4], "int64"), ("~b", [False], "bool"),
    ("b + b", [True], "bool"), ("b + 1", [2], "int64"), ("i + 1.5", [4.5], "float32"), ("h + 1.5", [3.0], "float16"),
    ("h + f", [3.0], "float32"), ("b ** 2", [1], "int64"),
    ("torch.square(b)", [1], "int64"), ("torch.clamp(i, 1.5)", [3.0], "float32"),
    ("torch.where(b, 1.0, i)", [1.0], "float32"), ("torch.reciprocal(i)", [1 / 3], "float32"),
    ("torch.add(1, 2)", 3, "int64"), ("torch.floor_divide(7, i)", [2], "int64"),
    ("torch.div(-f, 0.4, rounding_mode='trunc')", [-3.0], "float32"),
    ("torch.float_power(2, i)", [8.0], "float64"), ("f == 'a'", False, None), ("i.eq(3)", [True], "bool"),
    ("8 % i", [2], "int64"), ("10 / f", [10 / 1.5], "float32")])
def test_result_and_dtype(expression, expected, dtype):
    names = dict(u=torch.tensor([5], dtype=torch.uint8), i=torch.tensor([3]), f=torch.tensor([1.5]),
                 h=torch.tensor([1.5], dtype=torch.float16), b=torch.tensor([True]), torch=torch)
    result = eval(expression, names)
    if dtype is None:
        assert result is expected
    else:
        same(result, expected, getattr(torch, dtype))


@pytest.mark.parametrize("expression, error, text", [
    ("b - b", RuntimeError, "Subtraction"), ("-b", RuntimeError, "Negation"), ("+b", RuntimeError, "bool tensor"),
    ("i // 0", RuntimeError, "ZeroDivisionError"),
    ("i % 0", RuntimeError, "ZeroDivisionError"), ("i ** -1", RuntimeError, "Integers to negative integer powers"),
    ("~f", TypeError, "invert"), ("f & f", NotImplementedError, "bitwise_and"),
    ("f + 'a'", TypeError, "unsupported operand"), ("torch.maximum(f, 1)", TypeError, "must be Tensor"),
    ("i.add_(f)", RuntimeError, "can't be cast"),
    ("torch.add(i, i, alpha=0.5)", RuntimeError, "For integral input tensors"),
    ("f.clamp()", RuntimeError, "At least one of"),
    ("torch.div(i, 2, rounding_mode='x')", RuntimeError, "rounding_mode"),
    ("torch.where(f, f, f)", RuntimeError, "boolean tensor"), ("torch.abs(b)", NotImplementedError, "abs"),
    ("i.pow_(-1)", RuntimeError, "negative integer powers")])
def test_errors(expression, error, text):
    with pytest.raises(error, match=text):
        eval(expression, dict(i=torch.tensor([3]), f=torch.tensor([1.5]), b=torch.tensor([True]), torch=torch))


def test_in_place_operators_keep_identity():
    x = torch.tensor([4.0, 9.0])
    y = x
    x += 1
    x *= 2
    x /= 5
    x -= 1
    x **= 2
    assert x is y
    same(x, [1.0, 9.0])
    y.clamp_(2, 5).sqrt_()
    same(x, [math.sqrt(2), math.sqrt(5)])


FLOATS = np.array([0.0, -0.0, 1e-45, -1e-40, 1e-8, 0.3, -0.7, 1.0, -1.0, 2.5, -9.5, 20.0, 88.5, 89.5, -88.0, -103.5,
                   1e5, -3e8, 3e38, INF, -INF, NAN], dtype=np.float32)


@pytest.mark.parametrize("name, reference", [
    ("exp", np.exp), ("expm1", np.expm1), ("log", np.log), ("log1p", np.log1p), ("log2", np.log2), ("log10", np.log10),
    ("tanh", np.tanh), ("sin", np.sin), ("cos", np.cos), ("tan", np.tan),
    ("erf", np.vectorize(math.erf)), ("sigmoid", lambda x: np.where(x < -700, 0, 1 / (1 + np.exp(-x)))),
    ("sqrt", np.sqrt), ("atan", np.arctan), ("sinh", np.sinh)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_elementary_functions(name, reference, dtype):
    """Edges and a sweep, against double precision rounded once."""
    values = np.concatenate([FLOATS, np.linspace(-12, 12, 999),
                             np.geomspace(1e-30, 1e30, 500)]).astype(np.float32).astype(dtype)
    with np.errstate(all="ignore"):
        expected = reference(values.astype(np.float64)).astype(dtype)
    got = getattr(torch, name)(torch.from_numpy(values)).numpy()
    normal = ~((np.abs(expected) < np.finfo(dtype).tiny) & (expected != 0))
    np.testing.assert_allclose(got[normal], expected[normal], rtol=4e-7 if dtype is np.float32 else 2e-15)
    np.testing.assert_allclose(got[~normal], expected[~normal], atol=np.finfo(dtype).tiny * 1e-6, rtol=0)


def test_float_power_edges():
    base = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, INF, -INF, NAN, 1e-40, 3e38, -7.0], dtype=np.float32)
    exponent = np.array([0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 3.0, -3.0, 7.3, INF, -INF, NAN, 16777217.0], dtype=np.float32)
    with np.errstate(all="ignore"):
        expected = np.power(base[:, None].astype(np.float64), exponent.astype(np.float64)).astype(np.float32)
    got = torch.pow(torch.from_numpy(base)[:, None], torch.from_numpy(exponent)).numpy()
    np.testing.assert_allclose(got, expected, rtol=4e-7)
    assert (np.signbit(got) == np.signbit(expected))[~np.isnan(expected)].all()


@pytest.mark.parametrize("function, expected", [
    (lambda x: torch.maximum(x, torch.tensor(0.0)), [NAN, 0, 1, INF]),
    (lambda x: torch.fmax(x, torch.tensor(0.0)), [0, 0, 1, INF]), (lambda x: x.clamp(0, 2), [NAN, 0, 1, 2]),
    (lambda x: x.clamp(2, 0), [NAN, 0, 0, 0]), (F.relu, [NAN, 0, 1, INF]),
    (torch.nan_to_num, [0, -1, 1, 3.4028234663852886e38]), (torch.sign, [0, -1, 1, 1])])
def test_nan_rules(function, expected):
    same(function(torch.tensor([NAN, -1.0, 1.0, INF])), expected)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int8, torch.int32, torch.int64])
def test_integers_wrap_as_in_numpy(dtype):
    rng = np.random.default_rng(0)
    kind = str(dtype).split(".")[1]
    a, b = (rng.integers(0, 2, 50).astype(bool) if kind == "bool" else rng.integers(-(2**31), 2**31, 50).astype(kind)
            for _ in range(2))
    x, y = torch.from_numpy(a), torch.from_numpy(b)
    with np.errstate(all="ignore"):
        for f in (lambda p, q: p & q, lambda p, q: p | q, lambda p, q: p ^ q, lambda p, q: p == q, lambda p, q: p != q,
                  lambda p, q: p + q, lambda p, q: p * q, lambda p, q: p < q):
            assert (f(x, y).numpy() == f(a, b)).all()
            assert (f(x[::2], y[1::2]).numpy() == f(a[::2], b[1::2])).all()
    assert ((~x).numpy() == ~a).all()


def test_division_follows_python():
    values = [-7.5, -2.0, -0.3, 0.3, 2.0, 7.5, 1e7]
    a, b = (torch.tensor(v, dtype=torch.float64) for v in zip(*[(p, q) for p in values for q in values]))
    same(a // b, [p // q for p in values for q in values])
    same(a % b, [p % q for p in values for q in values], rtol=1e-12, atol=1e-12)
    same(torch.fmod(a, b), [math.fmod(p, q) for p in values for q in values])
    same(torch.fmod(a.float(), b.float()), [math.fmod(np.float32(p), np.float32(q)) for p in values for q in values])


UNARY = ["exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos", "atan",
         "sinh", "cosh", "tanh", "asinh", "atanh", "erf", "erfc", "sigmoid",
         "square", "reciprocal", "abs", "neg", "lgamma", "digamma", "i0", "erfinv", "logit", "sinc", "frac"]
NN = ["relu", "gelu", "silu", "mish", "elu", "selu", "celu", "softplus", "logsigmoid", "softsign", "tanhshrink",
      "hardswish", "hardsigmoid", "leaky_relu", "hardtanh",
      "relu6", "hardshrink", "softshrink"]
SPECIAL = ["i0e", "i1", "i1e", "ndtr", "log_ndtr", "ndtri", "erfcx", "entr"]


@pytest.mark.parametrize("name", UNARY + ["F." + n for n in NN] + ["special." + n for n in SPECIAL])
def test_first_and_second_derivatives_match_differences(name):
    function = getattr(F,
                       name[2:]) if name.startswith("F.") else getattr(torch.special, name[8:]) if name.startswith(
                           "special.") else getattr(torch, name)
    x = torch.tensor([0.13, 0.37, 0.62, 0.84], dtype=torch.float64, requires_grad=True)
    g, = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    h, at = 1e-5, x.detach()
    slope = (function(at + h) - function(at - h)) / (2 * h)
    same(g.detach(), slope.tolist(), rtol=1e-6, atol=1e-8)
    if g.requires_grad:
        def first(v):
            v = v.requires_grad_(True)
            return torch.autograd.grad(function(v).sum(), v)[0]

        g2, = torch.autograd.grad(g.sum(), x, allow_unused=True)
        bend = (first(at + h) - first(at - h)) / (2 * h)
        same(torch.zeros_like(x) if g2 is None else g2.detach(), bend.tolist(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("function", [torch.mul, torch.div, torch.pow, torch.atan2, torch.hypot, torch.logaddexp,
                                      torch.xlogy, torch.maximum, torch.fmin, torch.remainder, torch.fmod,
                                      lambda a, b: torch.lerp(a, b, 0.3),
                                      lambda a, b: torch.addcmul(a, a, b, value=0.5),
                                      lambda a, b: torch.addcdiv(a, b, a, value=0.5),
                                      lambda a, b: torch.where(a > b, a, b), lambda a, b: torch.clamp(a, b, b + 1),
                                      lambda a, b: torch.sub(a, b, alpha=3)])
def test_binary_gradients_match_differences(function):
    a = torch.tensor([[0.3, 1.7], [2.2, 0.9]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([0.6, 1.1], dtype=torch.float64, requires_grad=True)
    function(a, b).sum().backward()
    h, p, q = 1e-6, a.detach(), b.detach()
    same(a.grad, ((function(p + h, q) - function(p - h, q)) / (2 * h)).tolist(), rtol=1e-5, atol=1e-8)
    same(b.grad, ((function(p, q + h) - function(p, q - h)) / (2 * h)).sum(0).tolist(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("call, expected", [  # values from tables of special functions
    (lambda s: torch.lgamma(s(0.5)), math.log(math.sqrt(math.pi))),
    (lambda s: torch.digamma(s(1.0)), -0.5772156649015329), (lambda s: torch.polygamma(1, s(1.0)), 1.6449340676383375),
    (lambda s: torch.special.zeta(s(2.0), s(1.0)), math.pi**2 / 6), (lambda s: torch.i0(s(1.0)), 1.2660658777520084),
    (lambda s: torch.special.i1(s(1.0)), 0.5651591039924851),
    (lambda s: torch.special.bessel_j0(s(1.0)), 0.7651976865579666),
    (lambda s: torch.special.modified_bessel_k0(s(1.0)), 0.42102443824070834),
    (lambda s: torch.special.modified_bessel_k1(s(1.0)), 0.6019072301972346),
    (lambda s: torch.special.airy_ai(s(0.0)), 0.3550280538878172),
    (lambda s: torch.special.airy_ai(s(-9.0)), -0.0221337215473414),
    (lambda s: torch.special.erfcx(s(30.0)), 0.018795888861416751),
    (lambda s: torch.special.ndtri(s(0.975)), 1.959963984540054), (lambda s: torch.erfinv(s(0.5)), 0.4769362762044699),
    (lambda s: torch.special.log_ndtr(s(-30.0)), -454.3212439563229),
    (lambda s: torch.igamma(s(2.0), s(2.0)), 1 - 3 * math.exp(-2)),
    (lambda s: torch.igammac(s(1.0), s(3.0)), math.exp(-3)),
    (lambda s: torch.special.legendre_polynomial_p(s(0.5), s(3.0)), -0.4375),
    (lambda s: torch.special.hermite_polynomial_h(s(0.5), s(3.0)), -5.0),
    (lambda s: torch.special.chebyshev_polynomial_t(s(0.5), s(20.0)), math.cos(20 * math.pi / 3)),
    (lambda s: torch.mvlgamma(s(3.0), 2), math.lgamma(3) + math.lgamma(2.5) + math.log(math.pi) / 2)])
def test_special_values(call, expected):
    same(call(lambda v: torch.tensor(v, dtype=torch.float64)), expected, rtol=1e-12)


def test_complex_arithmetic():
    a, b = np.array([1 + 2j, -3 + 0.5j, 0.1j]), np.array([2 - 1j, 0.25 + 4j, -1 + 1j])
    x, y = torch.tensor(a.tolist(), dtype=torch.complex128), torch.tensor(b.tolist(), dtype=torch.complex128)
    for f, g in ((torch.mul, np.multiply), (torch.div, np.divide), (torch.pow, np.power)):
        np.testing.assert_allclose(f(x, y).numpy(), g(a, b), rtol=1e-12)
    for name in ("exp", "log", "sqrt", "tanh", "sin", "expm1", "log1p"):
        np.testing.assert_allclose(getattr(torch, name)(x).numpy(), getattr(np, name)(a), rtol=1e-12)
    assert x.abs().dtype is torch.float64
    np.testing.assert_allclose(x.abs().numpy(), np.abs(a))
    np.testing.assert_allclose(torch.polar(x.abs(), torch.angle(x)).numpy(), a)


def test_bfloat16_computes_in_float():
    x = torch.tensor([1.0, 3.0], dtype=torch.bfloat16)
    same(x / 3, [0.333984375, 1.0], torch.bfloat16)
    same(torch.nextafter(x, torch.tensor([2.0, 2.0], dtype=torch.bfloat16)), [1.0078125, 2.984375], torch.bfloat16)


def test_promotion_functions():
    assert torch.promote_types(torch.uint8, torch.int8) is torch.int16
    assert torch.promote_types(torch.float16, torch.bfloat16) is torch.float32
    assert torch.result_type(torch.tensor([1], dtype=torch.int8), 1.0) is torch.float32
    assert torch.result_type(torch.tensor([1.0], dtype=torch.float16),
                             torch.tensor(1.0, dtype=torch.float64)) is torch.float16
    assert torch.can_cast(torch.int64, torch.float16) and not torch.can_cast(torch.float32, torch.int64)
    assert not torch.can_cast(torch.int64, torch.bool)


def test_subnormals_are_numbers():
    """MindSpore's libraries for aarch64 set the processor to take them for zero."""
    x = torch.full((1000,), 1e-40)
    assert (x * 1 == x).all() and (x != 0).all() and float(np.float32(1e-40) * np.float32(1)) != 0
    assert (torch.full((1000,), 2.2e-5).half().float() > 2e-5).all()


def test_angles_in_float32():
    """atan2 and atan within 2 units in the last place of NumPy's in float64, of any numbers; zeros, infinities, NaN."""
    any_bits = np.random.default_rng(5).integers(0, 2**32, (2, 200_000), dtype=np.uint64).astype(np.uint32)
    x, y = any_bits.view(np.float32)
    special = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, 3e38], np.float32)
    a, b = (v.ravel() for v in np.meshgrid(special, special))
    with np.errstate(all="ignore"):
        for p, q in ((x, y), (np.cos(x), np.sin(y)), (a, b)):
            s, t = torch.from_numpy(p.copy()), torch.from_numpy(q.copy())
            wide = p.astype(np.float64), q.astype(np.float64)
            for found, exact in ((torch.atan2(s, t), np.arctan2(*wide)), (torch.atan(s), np.arctan(wide[0]))):
                found, real = found.numpy(), ~np.isnan(exact)
                unit = np.spacing(np.maximum(np.abs(exact[real]), 1e-45).astype(np.float32))
                assert (np.isnan(found) == ~real).all() and (np.abs(found[real] - exact[real]) <= 2 * unit).all()
                assert (np.signbit(found[real]) == np.signbit(exact[real])).all()
