"""Special functions on Ascend, which has operators for few of them: sums of fixed length in float64, of element-wise
launches.

Series where their terms stay small, asymptotic ones far out, and between them the trapezoidal rule for integrals over a
period, which converges like the Fourier coefficients of what is integrated."""
import math

from mindtorch._core import dtypes
from mindtorch._core.codes import FLOAT32

from ..table.registry import computed, public as F

_GAMMA = 0.57721566490153286061
_INF, _NAN = math.inf, math.nan


def _horner(coefficients, x):
    """c0 + c1 x + c2 x^2 + ..."""
    value = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        value = (value + c) * x
    return value + coefficients[0]


def _own(function):
    """A kernel's values in float64 of operands that keep their dtype."""
    return lambda *operands: function(*(t.double() if hasattr(t, "_dtype_code") else t for t in operands))


# ---- gamma ----
def _sine_of_turns(x):
    """sin(pi x) by what is left of x beside its nearest whole number, whose sign it alternates with."""
    whole = F.round(x)
    return F.sin((x - whole) * math.pi) * (1 - 2 * F.remainder(whole, 2))


@computed("lgamma", "double")
def _lgamma(x):
    y = F.where(x < 0.5, 1 - x, x)
    small = y < 8
    product = y
    for k in range(1, 8):
        product = product * (y + k)
    z = F.where(small, y + 8, y)
    w = z.reciprocal()
    rest = w * _horner((1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156), w * w)
    value = (z - 0.5) * z.log() - z + 0.5 * math.log(2 * math.pi) + rest - F.where(small, product.log(), 0)
    value = F.where(x < 0.5, (math.pi / _sine_of_turns(x).abs()).log() - value, value)
    return F.where(F.isinf(x), _INF, value)


def _psi(x):
    y = F.where(x < 0.5, 1 - x, x)
    shift = y.reciprocal()
    for k in range(1, 10):
        shift = shift + (y + k).reciprocal()
    z = y + 10
    w = z.reciprocal() ** 2
    value = (z.log() - 0.5 / z - shift - w
             * _horner((1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12), w))
    return F.where(x < 0.5, value - math.pi / F.tan((x - F.round(x)) * math.pi), value)


@computed("digamma", "double")
def _digamma(x):
    value = F.where(F.logical_and(x < 0, x == F.floor(x)), _NAN, _psi(x))
    return F.where(x == 0, F.copysign(F.full_like(x, _INF), -x), value)


_BERNOULLI = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
              -3617 / 10670622842880000)
_MOST_TERMS = 600


def _hurwitz(s, q):
    """Hurwitz zeta by Euler and Maclaurin, NotImplemented where too many terms lie below zero."""
    least = F.where(F.isfinite(q), q, 1.0).amin().item() if q._numel else 1.0
    terms = max(9, math.ceil(10 - least))
    if terms > _MOST_TERMS:
        return NotImplemented
    total, a = 0.0, q
    for _ in range(terms):
        total = total + F.pow(a, -s)
        a = a + 1
    power = F.pow(a, -s)
    total = total + power * a / (s - 1) + 0.5 * power
    factor, scale = s, power / a
    for k, b in enumerate(_BERNOULLI):
        total = total + b * factor * scale
        factor, scale = factor * (s + (2 * k + 1)) * (s + (2 * k + 2)), scale / (a * a)
    return total


@computed("zeta", "double")
def _zeta(s, q):
    some = s if hasattr(s, "_dtype_code") else q
    s, q = F.broadcast_tensors(*(t if hasattr(t, "_dtype_code") else F.full_like(some, float(t), dtype=dtypes.float64)
                                 for t in (s, q)))
    pole = F.logical_and(q <= 0, q == F.floor(q))
    none = F.logical_or(s < 1, F.logical_and(q <= 0, F.logical_and(~pole, s != F.floor(s))))
    value = _hurwitz(F.where(s == 1, 2, s), F.where(pole, 1, q))
    return value if value is NotImplemented else F.where(s == 1, _INF, F.where(none, _NAN, F.where(pole, _INF, value)))


def _trigamma(x):
    reflected = x < 0.5
    y = F.where(reflected, 1 - x, x).double()
    total = 0
    for k in range(8):
        total = total + (y + k).reciprocal() ** 2
    z = y + 8
    w = z.reciprocal() ** 2
    value = total + (1 + 0.5 / z + w * _horner((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66), w)) / z
    sine = F.sin(math.pi * x)  # in the argument's precision: how far it misses zero decides the value near a pole
    return F.where(reflected, (math.pi**2 / (sine * sine)).double() - value, value)


@computed("polygamma", "float")
def _polygamma(x, n):
    if n == 0:
        return _digamma_of(x)
    if n == 1:
        return _trigamma(x)
    x = x.double()
    pole = F.logical_and(x <= 0, x == F.floor(x))
    value = _hurwitz(n + 1.0, F.where(pole, 1, x))
    return (value if value is NotImplemented
            else F.where(pole, _INF, value) * ((1 if n % 2 else -1) * math.exp(math.lgamma(n + 1))))


_digamma_of = _own(_digamma)


# ---- error functions and the normal distribution ----
@computed("ndtr", "float")
def _ndtr(x):
    return F.erfc(x * -math.sqrt(0.5)) * 0.5


def _scaled_erfc(x):
    w = x.reciprocal() ** 2
    far = _horner((1, -0.5, 0.75, -1.875, 6.5625, -29.53125), w) / (x * math.sqrt(math.pi))
    near = F.where(F.logical_and(x < 25, x > -26.7), x, 0)
    value = F.where(x < 25, F.exp(near * near) * F.erfc(near), far)
    return F.where(x < -26.7, _INF, value)


computed("erfcx", "double")(_scaled_erfc)


def _log_normal(x):
    t = x * math.sqrt(0.5)
    low = x < -1
    return F.where(low, (_scaled_erfc(F.where(low, -t, 1)) * 0.5).log() - t * t,
                   F.log1p(F.erfc(F.where(low, 1, t)) * -0.5))


computed("log_ndtr", "double")(_log_normal)


@computed("ndtri", "double")
def _ndtri(p):
    """Newton on log ndtr from a rational guess."""
    inside = F.logical_and(p > 0, p < 1)
    q = F.where(inside, F.where(p > 0.5, 1 - p, p), 0.25)
    goal = q.log()
    t = (goal * -2).sqrt()
    y = _horner((2.515517, 0.802853, 0.010328), t) / _horner((1, 1.432788, 0.189269, 0.001308), t) - t
    for _ in range(4):
        y = y - (_log_normal(y) - goal) * (math.sqrt(math.pi / 2) * _scaled_erfc(y * -math.sqrt(0.5)))
    y = F.where(p > 0.5, -y, y)
    return F.where(inside, y, F.where(p == 0, -_INF, F.where(p == 1, _INF, _NAN)))


@computed("entr", "float")
def _entr(x):
    return F.where(x > 0, -x * x.log(), F.where(x < 0, -_INF, x))  # 0 and NaN stay


@computed("logit", "float")
def _logit(x, eps):
    if eps >= 0:
        x = F.clamp(x, eps, 1 - eps)
    return F.log(x / (1 - x))


@computed("sinc", "float")
def _sinc(x):
    y = F.where(x == 0, 1, x) * math.pi
    return F.where(x == 0, 1, y.sin() / y)


# ---- Bessel functions ----
def _i_scaled(order, x):
    """e^-|x| I(x)."""
    size = x.abs()
    near = F.where(size < 20, size, 1)
    inside = _horner([1 / (math.factorial(k) * math.factorial(k + order)) for k in range(45)],
                     near * near * 0.25) * F.exp(-near)
    if order:
        inside = inside * (near * 0.5)
    far = F.where(size < 20, 20, size)
    value = F.where(size < 20, inside,
                    _horner(_hankel(order, -1), (far * 8).reciprocal()) / (far * (2 * math.pi)).sqrt())
    value = F.where(F.isinf(x), 0.0, value)
    value = F.where(F.isnan(x), x, value)
    return F.where(x < 0, -value, value) if order else value


def _hankel(order, sign, n=20):
    """Coefficients of the asymptotic series in 1 / (8 x)."""
    found, mu = [1.0], 4.0 * order * order
    for k in range(1, n):
        found.append(found[-1] * sign * (mu - (2 * k - 1) ** 2) / k)
    return found


def _i(order, x):
    """Infinite from where e^x is in the argument's dtype, as the reference counts."""
    growth, wide = F.exp(x.abs()), x.double()
    value = _i_scaled(order, wide) * F.exp(wide.abs())
    value = F.where(F.isinf(growth), F.where(wide < 0, -_INF, _INF) if order else _INF, value)
    return F.where(F.isinf(wide), _NAN, value)


for _order in (0, 1):
    computed(f"i{_order}e", "double")(lambda x, order=_order: _i_scaled(order, x))
    for _name in (f"i{_order}", f"modified_bessel_i{_order}"):
        computed(_name, "float")(lambda x, order=_order: _i(order, x))


def _k_by_rule(order, x):
    """e^x K(x), 1.5 <= x: the trapezoidal rule for the integral of e^(-x (cosh t - 1)) cosh(order t)."""
    total = 0.5
    for k in range(1, 43):
        total = total + F.exp(x * (-2 * math.sinh(0.05 * k) ** 2)) * math.cosh(order * 0.1 * k)
    return total * 0.1


def _k_scaled(order, x):
    small, far = F.where(x < 2, x, 1), F.where(x > 40, x, 40)
    z, log = small * small * 0.25, (small * 0.5).log()
    sums = [sum((1 / j for j in range(1, k + 1)), -_GAMMA) for k in range(22)]  # digamma of k + 1
    if order:
        series = _horner([(sums[k] + sums[k + 1]) / (math.factorial(k) * math.factorial(k + 1)) for k in range(20)], z)
        near = small.reciprocal() + log * _horner([1 / (math.factorial(k) * math.factorial(k + 1)) for k in range(20)],
                                                  z) * (small * 0.5) - small * 0.25 * series
    else:
        near = _horner([sums[k] / math.factorial(k) ** 2 for k in range(20)],
                       z) - log * _horner([1 / math.factorial(k) ** 2 for k in range(20)], z)
    middle = _k_by_rule(order, F.where(F.logical_and(x >= 2, x <= 40), x, 2))
    away = _horner(_hankel(order, 1), (far * 8).reciprocal()) * (math.pi / (far * 2)).sqrt()
    value = F.where(x < 2, near * F.exp(small), F.where(x > 40, away, middle))
    return F.where(x == 0, _INF, F.where(x > 0, F.where(F.isinf(x), 0.0, value), _NAN))


for _order in (0, 1):
    computed(f"scaled_modified_bessel_k{_order}", "double")(lambda x, order=_order: _k_scaled(order, x))
    computed(f"modified_bessel_k{_order}", "double")(lambda x, order=_order: _k_scaled(order, x) * F.exp(-x))

_FAR, _NODES, _TERMS = 25.0, 64, 24  # J of orders beyond the terms vanishes below _FAR


def _by_period(x, second):
    """(J0, J1, and for Y0 and Y1 the sums of (-1)^k J_2k / k and of its derivative): means over a period of cos(x sin
    t) and its like."""
    sums = [0, 0, 0, 0]
    for j in range(_NODES // 2 + 1):
        t = math.pi * j / _NODES
        sine, share = math.sin(t), (1 if j in (0, _NODES // 2) else 2) / _NODES
        even, odd = F.cos(x * sine), F.sin(x * sine)
        sums[0], sums[1] = sums[0] + even * share, sums[1] + odd * (share * sine)
        if second:
            weight = share * sum((-1) ** k * math.cos(2 * k * t) / k for k in range(1, _TERMS + 1))
            sums[2], sums[3] = sums[2] + even * weight, sums[3] + odd * (weight * sine)
    return sums


def _far_out(order, x, second):
    """Hankel's series: modulus by P and Q, phase x - order pi / 2 - pi / 4."""
    c = _hankel(order, 1, 16)
    w = (x * 8).reciprocal()
    p = _horner([(-1) ** k * c[2 * k] for k in range(8)], w * w)
    q = w * _horner([(-1) ** k * c[2 * k + 1] for k in range(8)], w * w)
    phase = x - (order * math.pi / 2 + math.pi / 4)
    waves = phase.sin() * p + phase.cos() * q if second else phase.cos() * p - phase.sin() * q
    return waves * (2 / (math.pi * x)).sqrt()


def _j(order, x):
    size = x.abs()
    near = _by_period(F.where(size < _FAR, size, 1), False)[order]
    value = F.where(size < _FAR, near, _far_out(order, F.where(size < _FAR, _FAR, size), False))
    if order:
        value = F.where(x < 0, -value, value)
    return F.where(F.isinf(x), _NAN, F.where(F.isnan(x), x, value))


def _y(order, x):
    inside = F.logical_and(x > 0, x < _FAR)
    near = F.where(inside, x, 1)
    j0, j1, sum0, sum1 = _by_period(near, True)
    log = (near * 0.5).log() + _GAMMA
    value = ((2 / math.pi) * (log * j1 - j0 / near) - (4 / math.pi) * sum1 if order
             else (2 / math.pi) * log * j0 - (4 / math.pi) * sum0)
    value = F.where(inside, value, _far_out(order, F.where(x < _FAR, _FAR, x), True))
    return F.where(x == 0, -_INF, F.where(F.logical_or(x < 0, F.isinf(x)), _NAN, F.where(F.isnan(x), x, value)))


for _order in (0, 1):
    computed(f"bessel_j{_order}", "double")(lambda x, order=_order: _j(order, x))
    computed(f"bessel_y{_order}", "double")(lambda x, order=_order: _y(order, x))


@computed("spherical_bessel_j0", "double")
def _spherical_j0(x):
    near = x.abs() < 1e-4
    y = F.where(F.logical_or(near, F.isinf(x)), 1, x)
    return F.where(F.isinf(x), 0.0, F.where(near, 1 - x * x / 6, y.sin() / y))


@computed("airy_ai", "float")
def _airy(v):
    x = v.double()
    positive = F.where(x > 2, x, 3)
    root = positive.sqrt()
    z = positive * root * (2 / 3)
    high = (positive / 3).sqrt() * (_k_by_rule(1 / 3, z) * F.exp(-z)) / math.pi
    cube = F.where(F.logical_and(x > -7, x <= 2), x, 0)
    cube = cube * cube * cube
    f, g = [1.0], [1.0]
    for k in range(1, 45):
        f.append(f[-1] / ((3 * k - 1) * (3 * k)))
        g.append(g[-1] / ((3 * k) * (3 * k + 1)))
    middle = 0.355028053887817239260 * _horner(f, cube) - 0.258819403792806798405 * x * _horner(g, cube)
    low = F.where(v <= -7, v, -8)
    far = 2 * -low * F.sqrt(-low) / 3
    phase = (far + math.pi / 4).double()  # in the argument's precision: far away that decides the value
    w, u = far.double().reciprocal(), [1.0]
    for k in range(1, 14):
        u.append(u[-1] * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216 * k * (2 * k - 1)))
    even = _horner([u[k] * (-1) ** (k // 2) for k in range(0, 14, 2)], w * w)
    odd = w * _horner([u[k] * (-1) ** (k // 2) for k in range(1, 14, 2)], w * w)
    down = (phase.sin() * even - phase.cos() * odd) / (math.sqrt(math.pi) * (-low).double().sqrt().sqrt())
    value = F.where(x > 103.892, 0.0, F.where(x > 2, high, F.where(x > -7, middle, down)))
    return F.where(F.logical_or(F.isinf(x), F.isnan(x)), _NAN, value)


# ---- orthogonal polynomials ----
def _degrees(x, n):
    """(x, whole degrees, where there is one), broadcast."""
    some = x if hasattr(x, "_dtype_code") else n
    x, n = (t if hasattr(t, "_dtype_code") else F.full_like(some, float(t)) for t in (x, n))
    x, n = F.broadcast_tensors(x, n.to(x.dtype))
    there = F.logical_and(n > -1, n < 9e18)
    return x, F.where(F.logical_and(there, n > 0), F.floor(n), 0), there


def _chebyshev(kind, x, n):
    """By angles: of circles inside [-1, 1], of hyperbolas outside."""
    size, odd = x.abs(), F.remainder(n, 2) == 1
    negative = x < 0
    inner = F.acos(F.where(size < 1, x, 0))
    outer = F.acosh(F.where(size > 1, size, 2))
    if kind == "t":
        inside, outside, edge = F.cos(n * inner), F.cosh(n * outer), 1.0
    elif kind == "u":
        inside, outside, edge = F.sin((n + 1) * inner) / F.sin(inner), F.sinh((n + 1) * outer) / F.sinh(outer), n + 1
    else:
        half, m = inner * 0.5, n + 0.5
        inside = F.cos(m * inner) / F.cos(half) if kind == "v" else F.sin(m * inner) / F.sin(half)
        v, w = F.cosh(m * outer) / F.cosh(outer * 0.5), F.sinh(m * outer) / F.sinh(outer * 0.5)
        first, second = (v, w) if kind == "v" else (w, v)  # of -x each is the other's, but for the sign
        outside = F.where(negative, second, first)
        edge = F.where(negative, 2 * n + 1, 1.0) if kind == "v" else F.where(negative, 1.0, 2 * n + 1)
    outside = F.where(size == 1, edge, outside)
    return F.where(size < 1, inside, F.where(F.logical_and(negative, odd), -outside, outside))


def _chebyshev_on_device(kind, shifted):
    def forward(x, n):
        x, n, there = _degrees(x, n)
        x = 2 * x - 1 if shifted else x
        value = _chebyshev(kind, x.double(), n.double())
        if (
            x._dtype_code == FLOAT32
        ):  # the angle of a large degree is taken in the argument's precision, as the reference takes it
            value = F.where(F.logical_and(n > (6 if kind == "t" else 8), x.abs() < 1), _chebyshev(kind, x, n).double(),
                            value)
            # recurrences end in infinity less infinity
            before = _chebyshev(kind, x.double(), (n.double() - 2).clamp_min(0))
            value = F.where(before.abs() > dtypes.finfo(dtypes.float32).max, _NAN, value)
        return F.where(there, value, 0.0)

    return forward


for _kind in "tuvw":
    computed(f"chebyshev_polynomial_{_kind}", "float")(_chebyshev_on_device(_kind, False))
    computed(f"shifted_chebyshev_polynomial_{_kind}", "float")(_chebyshev_on_device(_kind, True))

_MOST_DEGREE = 1000
_RECURRENCES = {  # p(1), and p(k + 1) of x, p(k), p(k - 1), k
    "hermite_polynomial_h": (lambda x: 2 * x, lambda x, q, p, k: 2 * x * q - 2 * k * p),
    "hermite_polynomial_he": (lambda x: x, lambda x, q, p, k: x * q - k * p),
    "laguerre_polynomial_l": (lambda x: 1 - x, lambda x, q, p, k: ((2 * k + 1 - x) * q - k * p) / (k + 1)),
    "legendre_polynomial_p": (lambda x: x, lambda x, q, p, k: ((2 * k + 1) * x * q - k * p) / (k + 1)),
}


def _by_recurrence(start, step):
    def forward(x, n):
        x, n, there = _degrees(x, n)
        most = n.amax().item() if n._numel else 0
        if most > _MOST_DEGREE:
            return NotImplemented
        p, q = F.ones_like(x), start(x)
        value = F.where(n == 0, p, q)
        for k in range(1, int(most)):
            p, q = q, step(x, q, p, float(k))
            value = F.where(n == k + 1, q, value)
        return F.where(there, value, 0.0)

    return forward


for _name, _rule in _RECURRENCES.items():
    computed(_name, "float")(_by_recurrence(*_rule))
