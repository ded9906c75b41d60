"""Function transforms, against formulas."""
import mindtorch  # noqa: F401
import pytest
import torch
from torch.func import functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, stack_module_state, vjp, vmap

X, Y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 1.0, 4.0])


def cube(a):
    return (a * a * a).sum()


def test_derivatives():
    assert grad(cube)(X).tolist() == [3, 12, 27] and not grad(cube)(X).requires_grad
    assert grad(lambda a: grad(cube)(a).sum())(X).tolist() == [6, 12, 18]
    assert [v.tolist() for v in grad_and_value(cube)(X)] == [[3, 12, 27], 36]
    assert hessian(cube)(X).tolist() == torch.diag(6 * X).tolist()
    assert jacrev(lambda a: a * a)(X).tolist() == jacfwd(lambda a: a * a)(X).tolist() == torch.diag(2 * X).tolist()
    assert grad(lambda p: (p["w"] * p["b"]).sum())({"w": X, "b": Y})["w"].tolist() == Y.tolist()
    g, aux = grad(lambda a: ((a * a).sum(), a + 1), has_aux=True)(X)
    assert g.tolist() == [2, 4, 6] and aux.tolist() == [2, 3, 4]


def test_products():
    assert vjp(lambda a: a * a, X)[1](Y)[0].tolist() == [4, 4, 24]
    value, moved = jvp(lambda a: a * a, (X,), (Y,))
    assert value.tolist() == [1, 4, 9] and moved.tolist() == [4, 4, 24]


def test_outer_graph_is_kept():
    w = torch.ones(3, requires_grad=True)
    g = grad(lambda a: (a * a * w).sum())(X)
    assert torch.autograd.grad(g.sum(), w)[0].tolist() == [2, 4, 6]


def test_vmap():
    rows = torch.stack([X, Y])
    assert vmap(torch.dot)(rows, rows).tolist() == [14, 21]
    assert vmap(lambda a, b: a + b, in_dims=(0, None), out_dims=1)(rows, Y).tolist() == (rows + Y).t().tolist()
    assert torch.vmap(grad(cube))(rows).tolist() == (3 * rows * rows).tolist()
    with pytest.raises(RuntimeError, match="random operation while in randomness error mode"):
        vmap(lambda a: a + torch.rand(3))(rows)
    with pytest.raises(ValueError, match="We cannot vmap over non-Tensor arguments|cannot vmap"):
        vmap(lambda a: a)(3)


def test_modules():
    linear = torch.nn.Linear(3, 1)
    out = functional_call(linear, {"weight": torch.ones(1, 3), "bias": torch.zeros(1)}, (X,))
    assert out.tolist() == [6] and linear.weight.requires_grad
    models = [torch.nn.Linear(3, 1) for _ in range(2)]
    parameters, buffers = stack_module_state(models)
    many = vmap(lambda p, b, x: functional_call(models[0], (p, b), (x,)), in_dims=(0, 0, None))(parameters, buffers, X)
    assert torch.allclose(many, torch.stack([m(X) for m in models]))
