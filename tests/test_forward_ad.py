"""Forward mode: tangents against formulas."""
import pytest

import mindtorch as torch
from mindtorch.autograd import forward_ad

X = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
V = torch.tensor([1.0, -1.0, 2.0], dtype=torch.float64)


def pushed(function, x=X, v=V):
    """(primal, tangent) of each output."""
    with forward_ad.dual_level():
        made = function(forward_ad.make_dual(x.clone(), v))
        made = made if isinstance(made, tuple) else (made,)
        return [tuple(None if t is None else t.tolist() for t in forward_ad.unpack_dual(m)) for m in made]


def in_place(d):
    e = d * 1
    e[0].mul_(3)
    e.add_(d)
    return e, e[1:]


def into_plain(d):
    z = torch.zeros(3, dtype=torch.float64)
    tail = z[1:]
    z[1] = d[0] * 2
    return z, tail


def without_recording(d):
    with torch.no_grad():
        return d * d


@pytest.mark.parametrize("function, expected", [
    (lambda d: d * d, [([1, 4, 9], [2, -4, 12])]), (lambda d: d[1:] * 2, [([4, 6], [-2, 4])]),
    (in_place, [([4, 4, 6], [4, -2, 4]), ([4, 6], [-2, 4])]),
    (into_plain, [([0, 2, 0], [0, 2, 0]), ([2, 0], [2, 0])]), (lambda d: d.mul_(2), [([2, 4, 6], [2, -2, 4])]),
    (lambda d: d.argmax(), [(2, None)]),
    (lambda d: d.floor(), [([1, 2, 3], [0, 0, 0])]), (lambda d: d.detach(), [([1, 2, 3], None)]),
    (without_recording, [([1, 4, 9], [2, -4, 12])]),
    (lambda d: d.max(0)[0], [(3, 2)]), (lambda d: torch.ones(2), [([1, 1], None)])])
def test_tangents(function, expected):
    assert pushed(function) == expected


def test_with_reverse_mode():
    x, v = X.clone().requires_grad_(), V.clone().requires_grad_()
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, v)
        slope, = torch.autograd.grad((dual**3).sum(), x)
        assert forward_ad.unpack_dual(slope).tangent.tolist() == (6 * X * V).tolist()
        tangent = forward_ad.unpack_dual(dual**3).tangent
    assert ([g.tolist() for g in torch.autograd.grad(tangent.sum(), (x, v))]
            == [(6 * X * V).tolist(), (3 * X * X).tolist()])


def test_parameters_keep_their_gradients():
    linear = torch.nn.Linear(3, 2).double()
    with forward_ad.dual_level():
        primal, tangent = forward_ad.unpack_dual(linear(forward_ad.make_dual(X, V)))
        assert torch.allclose(tangent, linear.weight @ V)
        primal.sum().backward()
    assert linear.weight.grad.tolist() == [X.tolist()] * 2


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        ctx.save_for_forward(x)
        ctx.save_for_backward(x)
        return x * x * factor

    @staticmethod
    def backward(ctx, g):
        return g * 2 * ctx.saved_tensors[0] * ctx.factor, None

    @staticmethod
    def jvp(ctx, tangent, _):
        (x,) = ctx.saved_tensors
        return 2 * x * tangent * ctx.factor


def test_custom_function():
    assert pushed(lambda d: Square.apply(d, 3) * d) == [((3 * X**3).tolist(), (9 * X * X * V).tolist())]
    x = X.clone().requires_grad_()
    with forward_ad.dual_level():  # its jvp for the tangent, its backward for the gradient
        primal, tangent = forward_ad.unpack_dual(Square.apply(forward_ad.make_dual(x, V), 3))
        assert tangent.tolist() == (6 * X * V).tolist()
        assert torch.autograd.grad(primal.sum(), x)[0].tolist() == (6 * X).tolist()


def test_levels_and_errors():
    assert forward_ad.unpack_dual(X).tangent is None
    with pytest.raises(RuntimeError, match="no level exists"):
        forward_ad.make_dual(X, V)
    with pytest.raises(RuntimeError, match="Dual level must be"):
        forward_ad.exit_dual_level()
    with forward_ad.dual_level() as level:
        assert level == 0
        for error, message, primal, tangent in (
            (RuntimeError, "different size", X, V[:2]),
            (ValueError, "Expected primal", torch.arange(3), V),
            (ValueError, "Expected tangent", X, torch.arange(3)),
        ):
            with pytest.raises(error, match=message):
                forward_ad.make_dual(primal, tangent)
        dual = forward_ad.make_dual(X, V)
        with pytest.raises(RuntimeError, match="already has a forward gradient"):
            forward_ad.make_dual(dual, V)
        with pytest.raises(RuntimeError, match="Nested forward mode AD"):
            forward_ad.enter_dual_level()
        with pytest.raises(NotImplementedError, match="inference_mode"), torch.inference_mode():
            pass
    assert forward_ad.unpack_dual(dual).tangent is None
    with torch.no_grad():
        with forward_ad.dual_level():
            assert forward_ad.unpack_dual(forward_ad.make_dual(X, V) * 2).tangent.tolist() == (2 * V).tolist()
        assert not torch.is_grad_enabled()


def test_checked():
    a, b = X.clone().requires_grad_(), V.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: (a * b.sin(), a[1:].clone().mul_(b[:2])), (a, b),
                                    check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda a, b: (a * b.sin()).cumprod(0), (a, b), check_fwd_over_rev=True)

    class Wrong(Square):
        @staticmethod
        def backward(ctx, g):
            return g, None

        @staticmethod
        def jvp(ctx, tangent, _):
            return tangent * 2

    with pytest.raises(torch.autograd.gradcheck.GradcheckError if hasattr(torch.autograd.gradcheck, "GradcheckError")
                       else RuntimeError, match="forward mode"):
        torch.autograd.gradcheck(lambda a: Wrong.apply(a, 1), X.clone().requires_grad_(), check_forward_ad=True,
                                 check_backward_ad=False)


def test_forward_jacobians():
    f = torch.autograd.functional
    assert f.jacobian(lambda a: a * a, X, strategy="forward-mode",
                      vectorize=True).tolist() == torch.diag(2 * X).tolist()
    assert f.hessian(lambda a: (a**3).sum(), X, vectorize=True,
                     outer_jacobian_strategy="forward-mode").tolist() == torch.diag(6 * X).tolist()
    with pytest.raises(NotImplementedError, match="implemented for `vectorize=True`"):
        f.jacobian(torch.sin, X, strategy="forward-mode")
    with pytest.raises(RuntimeError, match="strict=True. and .vectorized=True"):
        f.jacobian(torch.sin, X, strict=True, vectorize=True)
