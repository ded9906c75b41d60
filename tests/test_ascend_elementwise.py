"""Element-wise kernels of the npu over the software CANN against the CPU's, forward and backward, without the host's
help."""
from .test_ascend import on_device

NUMBERS = """
    inf, nan = float("inf"), float("nan")
    edges = torch.tensor([0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e-40, 3e38, inf, -inf, nan])
    x, y, p = R(4, 5), R(4, 5), torch.rand(4, 5).mul(0.8).add(0.1).requires_grad_()
    halves = [torch.float16, torch.bfloat16]
    whole = torch.tensor([[-7, 6, 0, 5], [12, -1, 3, 8]])
    shifts = torch.tensor([[0, 1, 5, 62], [63, 64, -1, 2]])

    def halved(f, *tensors):  # a half rounds once, after float32
        for dtype in halves:
            same(f, *(t.detach().to(dtype) for t in tensors))
"""


def test_elementary_functions():
    on_device(NUMBERS + """
    for name in ("tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "atanh", "erfc", "erfinv", "sinc"):
        same(getattr(torch, name), p)
        halved(getattr(torch, name), p)
        same(getattr(torch, name), torch.tensor([0, 1]))
    same(torch.acosh, (p.detach() + 1).requires_grad_())
    same(lambda a: (a.erf(), a.expm1(), a.log2(), a.log10(), a.square()), p)
    same(lambda a, b, c: (torch.addcmul(a, b, c, value=0.5), torch.addcdiv(a, b, c, value=2),
                          torch.logical_xor(a, b > 0)), x, y, p)
    same(lambda a, b: a @ b, R(7), R(7))
    z = torch.complex(torch.randn(5), torch.randn(5))
    same(lambda z: (z.conj() * 2, z.angle(), torch.real(z), torch.view_as_real(z.tan()), z.isinf(), z.isreal(),
                    z.conj_physical()), z)
    same(lambda a, b: (torch.polar(a, b), torch.complex(a, b)), p.detach(), y.detach())
    same(lambda a, b: (torch.atan2(a, b), torch.hypot(a, b), torch.logaddexp(a, b), torch.logaddexp2(a, b),
                       torch.copysign(a, b)), x, y)
    same(lambda a, b: (torch.hypot(a, b), torch.copysign(a, b), torch.copysign(a, -1.0), torch.heaviside(a, b)), edges,
         edges.flip(0))
    same(lambda a, b: (torch.special.xlog1py(a, b), torch.special.xlog1py(a, 0.5), torch.special.xlog1py(0, b),
                       torch.xlogy(a, b)), p, p)
    same(lambda a: (a.round(), a.round(decimals=1), (a * 100).round(decimals=-1), a.frac()), x.detach() * 3)
    """)


def test_parts_of_numbers():
    on_device(NUMBERS + """
    same(lambda a: (a.isinf(), a.isposinf(), a.isneginf(), a.signbit(), a.isreal(), a.nan_to_num(),
                    a.nan_to_num(1.0, 2.0, -2.0)), edges)
    same(lambda a: (a.isinf(), a.isposinf(), a.isneginf(), a.signbit(), a.isreal(), a.nan_to_num()), whole)
    halved(lambda a: (a.signbit(), a.isinf(), a.nan_to_num()), edges)
    same(lambda a, b: torch.nextafter(a, b), edges, edges.flip(0))
    same(lambda a: torch.nextafter(a, a + 1), torch.randn(9))
    same(lambda a: torch.nextafter(a.bfloat16(), torch.zeros_like(a.bfloat16())), torch.randn(9))
    same(lambda a: torch.frexp(a), edges[:8])
    same(lambda a: torch.frexp(a.double()), torch.tensor([3.0, -0.1, 1e-30, 0.0]))
    halved(lambda a: torch.frexp(a), torch.randn(7))
    same(lambda a, b: (torch.fmax(a, b), torch.fmin(a, b)), edges, edges.flip(0))
    same(lambda a, b: (torch.fmax(a, b), torch.fmin(a, b)), x, y)
    """)


def test_integers():
    on_device(NUMBERS + """
    same(lambda a, n: (a << n, a >> n, a >> 1, 5 >> n.abs(), torch.gcd(a, n), torch.lcm(a, n)), whole, shifts)
    same(lambda a, n: (a >> n, torch.gcd(a, n), torch.lcm(a, n)), whole.int(), shifts.int())
    same(lambda a, n: (a ^ n, a ^ 5, a & n, a | 3, ~a), whole, shifts)
    same(lambda a: (torch.div(a, 3, rounding_mode="trunc"), torch.div(a, -4, rounding_mode="floor"), a % 5,
                    torch.fmod(a, 5)), whole)
    same(lambda a, b: (torch.div(a, b, rounding_mode="trunc"), torch.div(a, b, rounding_mode="floor")), x, p)
    """)


def test_activations():
    on_device(NUMBERS + """
    for f in (F.logsigmoid, F.hardshrink, F.softshrink, lambda a: F.threshold(a, 0.1, 0.5), F.elu, F.mish, F.softplus,
              F.leaky_relu, F.hardtanh, F.hardswish, F.hardsigmoid):
        same(f, x)
        halved(f, x)
    same(lambda a, w: F.prelu(a, w), R(3, 4, 5), R(4))
    """)


def test_special_functions():
    on_device(NUMBERS + """
    s = torch.special
    line = torch.linspace(-45, 45, 180)
    above = torch.cat((torch.logspace(-3, 2, 90), torch.tensor([0.0, inf])))
    for name in ("lgamma", "digamma", "i0", "i0e", "i1", "i1e", "ndtr", "log_ndtr", "erfcx", "bessel_j0", "bessel_j1",
                 "spherical_bessel_j0", "modified_bessel_i0", "modified_bessel_i1",
                 "airy_ai", "entr"):
        same(getattr(s if hasattr(s, name) else torch, name), line.clone() + 0.01)
    for name in ("bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0",
                 "scaled_modified_bessel_k1", "entr", "lgamma", "digamma"):
        same(getattr(s, name) if hasattr(s, name) else getattr(torch, name), above)
    same(lambda a: (s.ndtri(a), s.logit(a), s.logit(a, eps=0.2), s.i1(a), torch.lgamma(a)), p)
    same(lambda a: torch.polygamma(1, a), torch.linspace(-4.3, 9, 40).requires_grad_())
    same(lambda a: (torch.polygamma(0, a), torch.polygamma(3, a)), torch.linspace(0.2, 9, 40))
    same(lambda a, q: (s.zeta(a, q), s.zeta(2.0, q), s.zeta(a, 3.0)), torch.linspace(1, 9, 20),
         torch.linspace(-3.5, 12, 20))
    n = torch.tensor([0, 1, 2, 3, 7, 9, 12, -1]).repeat(10)[:77]
    at = torch.linspace(-1.4, 1.4, 77)
    at[0], at[3], at[33] = 1.0, -1.0, 0.0
    for name in dir(s):
        if "polynomial" in name:
            same(getattr(s, name), at, n)
    same(lambda a: s.legendre_polynomial_p(a, 4), at)
    same(lambda k: s.hermite_polynomial_h(0.7, k), n)
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})
