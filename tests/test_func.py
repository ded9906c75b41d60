"""Function transforms, against formulas."""
import pytest

import mindtorch as torch
from mindtorch.func import (
    functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, replace_all_batch_norm_modules_,
    stack_module_state, vjp, vmap)

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


def test_vmap_dimensions():
    rows = torch.stack([X, Y])
    first, second = vmap(lambda a, d: (a, d["k"] * 2), in_dims=(-1, {"k": 1}), out_dims=(0, -1))(rows, {"k": rows})
    assert first.tolist() == rows.t().tolist() and second.tolist() == (2 * rows).tolist()
    assert vmap(lambda a: (a, 3), out_dims=(0, None))(rows)[1] == 3
    assert vmap(torch.sum)(torch.zeros(0, 3)).shape == (0,)
    assert vmap(lambda a: a[:2], out_dims=1)(torch.zeros(0, 3)).shape == (2, 0)
    assert vmap(vmap(torch.dot, in_dims=(None, 0)),
                in_dims=(0, None))(rows, rows).tolist() == (rows @ rows.t()).tolist()


@pytest.mark.parametrize("make, error, message", [
    (lambda: vmap(lambda a: a, in_dims="x")(X), ValueError, "expected `in_dims` to be int or a"),
    (lambda: vmap(lambda a: a, in_dims=(0, 0))(X), ValueError,
     "in_dims is not compatible with the structure of `inputs`"),
    (lambda: vmap(lambda a: a, in_dims=1)(X), ValueError,
     "Tensor of dimensionality 1 so expected in_dim to satisfy -1 <= in_dim < 1"),
    (lambda: vmap(lambda a, b: a + b)(X, torch.ones(2)), ValueError, "same size in the mapped dimension"),
    (lambda: vmap(lambda a: a, out_dims=(0, 0))(X), ValueError, "out_dims is not compatible"),
    (lambda: vmap(lambda a: a, out_dims=None)(X), ValueError, "can not return a BatchedTensor when out_dim is None"),
    (lambda: vmap(lambda a: 3)(X), ValueError, "must only return Tensors, got type <class 'int'>"),
    (lambda: vmap(lambda: 3)(), ValueError, "got no inputs"),
    (lambda: vmap(torch.nonzero)(torch.tensor([[0, 1], [1, 1]])), RuntimeError, "dynamic shape"),
    (lambda: grad(lambda a: a)(X), RuntimeError, "Expected f.* to return a scalar"),
    (lambda: vjp(lambda a: 3, X), RuntimeError, "return only tensors, got unsupported type <class 'int'>"),
    (lambda: jvp(lambda a: a, (X,), (Y[:2],)), RuntimeError,
     "Trying to set a forward gradient that has a different size")])
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_randomness():
    torch.manual_seed(0)
    same = vmap(lambda a: a + torch.rand(3), randomness="same")(torch.zeros(4, 3))
    torch.manual_seed(0)
    different = vmap(lambda a: a + torch.rand(3), randomness="different")(torch.zeros(4, 3))
    torch.manual_seed(0)
    assert different.tolist() == torch.rand(4, 3).tolist() and same.tolist() == [different[0].tolist()] * 4


def test_linearize():
    value, push = linearize(lambda a: a * a, X)
    assert value.tolist() == [1, 4, 9] and push(Y).tolist() == [4, 4, 24] and push(X).tolist() == [2, 8, 18]


def test_batch_norm_without_statistics():
    net = replace_all_batch_norm_modules_(torch.nn.Sequential(torch.nn.BatchNorm1d(3)))
    assert net[0].running_mean is None and not net[0].track_running_stats


def test_functionalize():
    def f(a):
        a.add_(1)
        return a * 2

    x = X.clone()
    assert torch.func.functionalize(f)(x).tolist() == [4, 6, 8] and x.tolist() == [2, 3, 4]
    with pytest.raises(RuntimeError, match="invalid argument for remove"):
        torch.func.functionalize(f, remove="views")


def test_roots_of_finished_transforms_are_not_history():
    rows = torch.stack([X, Y])
    found = grad(lambda w: vmap(grad(lambda a, w: (a * a * w).sum()), in_dims=(0, None))(rows, w).sum())(X)
    assert found.tolist() == (2 * rows.sum(0)).tolist() and not found.requires_grad


def test_products_of_jacobians():
    value, moved = jvp(grad(lambda a: (a**4).sum()), (X,), (Y,))
    assert value.tolist() == (4 * X**3).tolist() and moved.tolist() == (12 * X**2 * Y).tolist()
    assert jvp(lambda p: p["a"] * 2, ({"a": X},), ({"a": Y},))[1].tolist() == (2 * Y).tolist()
    with pytest.raises(RuntimeError, match="independent of the inputs"):
        jvp(lambda a: torch.ones(2), (X,), (Y,), strict=True)
    with pytest.raises(RuntimeError, match="dtype torch.float64 in flattened pytree"):
        linearize(torch.sin, X)[1](Y.double())
    with pytest.raises(RuntimeError, match="randomness error mode"):
        jacfwd(lambda a: a * torch.rand(3))(X)
