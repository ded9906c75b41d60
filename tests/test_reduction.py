"""Reductions and scans: values against NumPy and formulas, dtype and shape rules as recorded from PyTorch 2.13."""
import math

import mindtorch  # noqa: F401
import numpy as np
import pytest
import torch

RNG = np.random.default_rng(0)
LAYOUTS = {
    "contiguous": lambda a: torch.tensor(a),
    "transposed": lambda a: torch.tensor(np.ascontiguousarray(a.T)).permute(*reversed(range(a.ndim))),
    "strided": lambda a: torch.tensor(np.repeat(a, 2, axis=-1))[..., ::2],
}
NUMPY = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min, "nansum": np.nansum, "all": np.all,
    "any": np.any,
    "var": lambda a, axis, keepdims: np.var(a, axis=axis, keepdims=keepdims, ddof=1),
    "std": lambda a, axis, keepdims: np.std(a, axis=axis, keepdims=keepdims, ddof=1),
}


def close(ours, expected, tolerance=1e-5):
    np.testing.assert_allclose(ours.numpy(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NUMPY)
def test_every_dimension_and_layout_agrees_with_numpy(name, layout):
    a = RNG.standard_normal((5, 37, 67)).astype(np.float32) * 0.5 + 1
    x = LAYOUTS[layout](a)
    for dim in (0, 1, 2, -1, (0, 2), (1, 2), (0, 1, 2)):
        if name == "prod" and isinstance(dim, tuple):
            continue
        for keepdim in (False, True):
            ours = getattr(torch, name)(x, dim, keepdim=keepdim)
            expected = NUMPY[name](a.astype(np.float64), axis=dim, keepdims=keepdim)
            assert ours.shape == np.shape(expected)
            close(ours, expected, 2e-4 if name == "prod" else 1e-5)


def test_long_float32_sums_stay_accurate():
    a = RNG.random(3_000_001).astype(np.float32)
    exact = a.astype(np.float64).sum()
    assert abs(torch.tensor(a).sum().item() - exact) < 1e-6 * exact
    columns = a[:3_000_000].reshape(-1, 3)
    close(torch.tensor(columns).sum(0), columns.astype(np.float64).sum(0), 1e-6)
    assert torch.ones(70_000, dtype=torch.float16).mean().item() == 1.0
    assert torch.ones(5000, dtype=torch.bfloat16).sum().item() == 4992.0  # 5000 rounded to bfloat16


def test_result_dtypes():
    i, b, u = torch.arange(4, dtype=torch.int32), torch.tensor([True, False]), torch.tensor([1, 2], dtype=torch.uint8)
    assert [f(i).dtype for f in (torch.sum, torch.prod, torch.count_nonzero, torch.argmax,
                                 torch.amax)] == [torch.int64] * 4 + [torch.int32]
    assert (torch.sum(b).dtype, torch.any(u).dtype, torch.all(i).dtype,
            torch.cumsum(b, 0).dtype) == (torch.int64, torch.uint8, torch.bool, torch.int64)
    assert torch.sum(i, dtype=torch.float64).dtype is torch.float64
    assert torch.logsumexp(i, 0).dtype is torch.float32


@pytest.mark.parametrize("call, error", [
    (lambda: torch.max(torch.empty(0, 3)), RuntimeError), (lambda: torch.max(torch.empty(0, 3), 0), IndexError),
    (lambda: torch.argmax(torch.empty(0)), IndexError),
    (lambda: torch.mean(torch.arange(3)), RuntimeError), (lambda: torch.std(torch.arange(3)), RuntimeError),
    (lambda: torch.sum(torch.ones(2, 2), (0, 0)), RuntimeError),
    (lambda: torch.sum(torch.ones(2), 1), IndexError), (lambda: torch.argmax(torch.tensor([True])), RuntimeError),
    (lambda: torch.amax(torch.ones(2, dtype=torch.complex64)), NotImplementedError),
    (lambda: torch.max(torch.ones(2), 0, out=(torch.empty(1, dtype=torch.float64), torch.empty(1, dtype=torch.int64))),
     RuntimeError), (lambda: torch.sum(3), TypeError),
])
def test_errors(call, error):
    with pytest.raises(error):
        call()


def test_empty_reductions_have_their_identities():
    e = torch.empty(0, 3)
    assert torch.sum(e, 0).tolist() == [0, 0, 0]
    assert torch.prod(e).item() == 1
    assert math.isnan(torch.mean(e).item())
    assert torch.logsumexp(e, 0).tolist() == [-math.inf] * 3
    assert (torch.any(e).item(), torch.all(e).item(), torch.amax(e, 1).shape) == (False, True, (0,))


def test_nan_wins_extremes_and_the_first_place_counts():
    x = torch.tensor([[1.0, math.nan, 5.0, math.nan], [7.0, 2.0, 7.0, 0.0]])
    values, indices = x.max(1)
    assert math.isnan(values[0].item()) and indices.tolist() == [1, 0]
    assert x.argmin(1).tolist() == [1, 3]
    assert math.isnan(x.amax().item()) and math.isnan(x.aminmax().min.item())
    column = torch.tensor([-math.inf, -math.inf]).reshape(2, 1).expand(2, 300)
    assert column.argmax(0).tolist() == [0] * 300


def test_extremes_over_many_threads_keep_the_first_place():
    x = torch.zeros(500_000)
    x[123_456] = x[400_000] = 3.0
    assert x.argmax().item() == 123_456
    wide = torch.zeros(100_000, 3)
    wide[70_000, 1] = wide[30_000, 1] = -1.0
    assert wide.min(0).indices.tolist() == [0, 30_000, 0]


def test_named_results_and_out():
    x = torch.tensor([[3, 1], [2, 4]])
    result = torch.max(x, 1, keepdim=True)
    assert type(result).__name__ == "max" and result.values.tolist() == [[3], [4]] and result[1].tolist() == [[0], [1]]
    out = torch.empty(0, dtype=torch.float64)
    assert torch.sum(torch.tensor([0.1, 0.2], dtype=torch.float32), 0,
                     out=out) is out and out.item() == pytest.approx(0.3, rel=1e-7)
    assert torch.max(x, torch.tensor(3)).tolist() == [[3, 3], [3, 4]]


def test_variance_is_stable_and_follows_its_correction():
    a = 1e4 + RNG.random((300, 40))
    for axis in (0, 1):
        close(torch.tensor(a).var(axis, correction=0), a.var(axis=axis), 1e-9)
    assert math.isnan(torch.var(torch.tensor(1.0)).item())
    std, mean = torch.std_mean(torch.tensor([1.0, 3.0]), unbiased=False)
    assert (std.item(), mean.item()) == (1.0, 2.0)


@pytest.mark.parametrize("p", [0, 1, 2, 3, 0.5, math.inf, -math.inf, -1])
def test_norms(p):
    a = RNG.standard_normal((7, 300)).astype(np.float64) + 3
    for axis in (0, 1):
        close(torch.linalg.vector_norm(torch.tensor(a), p, axis), np.linalg.norm(a, p, axis=axis), 1e-9)


def test_logsumexp_of_large_and_infinite_values():
    x = torch.tensor([[1000.0, 1000.0], [-math.inf, -math.inf], [math.inf, 0.0], [math.nan, 1.0]])
    for ours in (x.logsumexp(1), x.t().contiguous().logsumexp(0)):
        assert ours[0].item() == pytest.approx(1000 + math.log(2)) and ours[1].item() == -math.inf
        assert ours[2].item() == math.inf and math.isnan(ours[3].item())


def numeric(f, a, h=1e-6):
    out = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[i] += h
        down[i] -= h
        out[i] = (f(torch.tensor(up)).sum().item() - f(torch.tensor(down)).sum().item()) / (2 * h)
    return out


@pytest.mark.parametrize("f", [
    lambda x: x.sum(0), lambda x: x.mean((0, 1)), lambda x: x.prod(1), lambda x: x.prod(), lambda x: x.amax(0),
    lambda x: x.max(1).values, lambda x: x.std(1), lambda x: x.var(), lambda x: x.norm(3, 1),
    lambda x: x.norm(1), lambda x: x.logsumexp(0), lambda x: x.cumsum(1) ** 2, lambda x: x.cumprod(0),
    lambda x: x.logcumsumexp(1), lambda x: x.cummax(1).values, lambda x: torch.diff(x) ** 2,
    lambda x: torch.trapezoid(x, dx=0.5), lambda x: x.sort(0).values[1], lambda x: x.topk(2).values,
    lambda x: x.median(1).values, lambda x: x.quantile(0.3, 1), lambda x: torch.cov(x)])
def test_gradients_are_those_of_finite_differences(f):
    a = RNG.standard_normal((3, 4))
    x = torch.tensor(a, requires_grad=True)
    f(x).sum().backward()
    close(x.grad, numeric(f, a), 1e-5)


def test_product_gradient_where_there_are_zeros():
    x = torch.tensor([[0.0, 2.0, 3.0], [0.0, 0.0, 5.0]], requires_grad=True)
    x.prod(1).sum().backward()
    assert x.grad.tolist() == [[6, 0, 0], [0, 0, 0]]
    y = torch.tensor([2.0, 0.0, 3.0], requires_grad=True)
    y.cumprod(0).sum().backward()
    assert y.grad.tolist() == [1, 8, 0]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_scans_agree_with_numpy(layout):
    a = RNG.standard_normal((3, 40, 50)).astype(np.float32)
    x = LAYOUTS[layout](a)
    for dim in range(3):
        close(x.cumsum(dim), a.astype(np.float64).cumsum(dim), 1e-5)
        close(x.cummax(dim).values, np.maximum.accumulate(a, dim))
        close(x.cummin(dim).values, np.minimum.accumulate(a, dim))
    assert torch.cummax(torch.tensor([1, 3, 3, 2]), 0).indices.tolist() == [0, 1, 2, 2]


def test_meta_tensors_give_shapes():
    x = torch.empty(3, 4, device="meta")
    assert x.sum(0).shape == (4,) and x.max(1).indices.shape == (3,) and x.std().shape == ()
    assert x.cumsum(0).device.type == "meta"
