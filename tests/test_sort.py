"""Order, search, histograms: against NumPy and values recorded from PyTorch 2.13."""
import math

import mindtorch  # noqa: F401
import numpy as np
import pytest
import torch

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "int8", "uint8", "float16"])
@pytest.mark.parametrize("n", [7, 5000])
def test_sort_is_stable_both_ways(dtype, n):
    a = RNG.integers(-50 if dtype != "uint8" else 0, 50, (3, n)).astype(dtype)
    values, indices = torch.tensor(a).sort(-1)
    assert (indices.numpy() == np.argsort(a, -1, kind="stable")).all() and (values.numpy() == np.sort(a, -1)).all()
    values, indices = torch.tensor(a).sort(-1, descending=True, stable=True)
    assert (indices.numpy() == np.argsort(-a.astype(np.float64), -1, kind="stable")).all()
    assert (torch.tensor(a.T.copy()).sort(0).values.numpy() == np.sort(a, -1).T).all()


def test_nan_is_largest_and_zeros_are_equal():
    x = torch.tensor([math.nan, 1.0, -math.inf, 0.0, -0.0, math.inf])
    assert x.argsort().tolist() == [2, 3, 4, 1, 5, 0]
    assert x.argsort(descending=True).tolist() == [0, 5, 1, 3, 4, 2]
    assert x.topk(2).indices.tolist() == [0, 5]


def test_topk_and_kthvalue():
    a = RNG.permutation(1000).reshape(10, 100)
    x = torch.tensor(a)
    assert (x.topk(5).values.numpy() == np.sort(a, 1)[:, ::-1][:, :5]).all()
    assert (x.topk(5, 0, largest=False).values.numpy() == np.sort(a, 0)[:5]).all()
    assert (x.kthvalue(3).values.numpy() == np.sort(a, 1)[:, 2]).all()
    for bad in (lambda: x.topk(101), lambda: x.kthvalue(0), lambda: torch.ones(2, dtype=torch.bool).topk(1)):
        with pytest.raises(RuntimeError):
            bad()


def test_medians_and_modes():
    assert torch.median(torch.tensor([3, 1, 2, 4])).item() == 2
    broken = torch.tensor([1.0, math.nan, 2.0, math.nan])
    assert torch.median(broken, 0).indices.item() == 1 and math.isnan(torch.median(broken).item())
    assert torch.nanmedian(broken).item() == 1.0
    result = torch.mode(torch.tensor([[5, 2, 2, 5, 2, 3], [1, 2, 2, 1, 3, 0]]))
    assert result.values.tolist() == [2, 1] and result.indices.tolist() == [4, 3]


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles(method):
    a = RNG.standard_normal((4, 5, 6))
    x, q = torch.tensor(a), [0.0, 0.25, 0.6, 1.0]
    for dim in (0, 1, 2):
        for keepdim in (False, True):
            ours = torch.quantile(x, torch.tensor(q, dtype=torch.float64), dim=dim, keepdim=keepdim,
                                  interpolation=method)
            np.testing.assert_allclose(ours.numpy(), np.quantile(a, q, axis=dim, keepdims=keepdim, method=method),
                                       rtol=1e-12)
    np.testing.assert_allclose(torch.quantile(x, 0.3).item(), np.quantile(a, 0.3))
    a[0, 0, 0] = math.nan
    assert math.isnan(torch.quantile(torch.tensor(a), 0.5).item())
    np.testing.assert_allclose(torch.nanquantile(torch.tensor(a), 0.3, dim=1).numpy(), np.nanquantile(a, 0.3, axis=1))


def test_unique():
    a = RNG.integers(0, 9, (20, 3))
    ours = torch.unique(torch.tensor(a), return_inverse=True, return_counts=True)
    expected = np.unique(a, return_inverse=True, return_counts=True)
    for o, e in zip(ours, expected):
        assert (o.numpy().reshape(-1) == e.reshape(-1)).all()
    b = RNG.integers(0, 2, (12, 2))
    rows = torch.unique(torch.tensor(b), dim=0, return_inverse=True)
    assert (rows[0].numpy() == np.unique(b, axis=0)).all() and (rows[0][rows[1]].numpy() == b).all()
    values, inverse, counts = torch.unique_consecutive(torch.tensor([1, 1, 2, 2, 1]), return_inverse=True,
                                                       return_counts=True)
    assert (values.tolist(), inverse.tolist(), counts.tolist()) == ([1, 2, 1], [0, 0, 1, 1, 2], [2, 2, 1])


def test_search():
    edges, values = np.array([1.0, 2.0, 2.0, 5.0]), np.array([[0.0, 2.0], [5.0, 9.0]])
    for right, side in ((False, "left"), (True, "right")):
        assert (torch.bucketize(torch.tensor(values), torch.tensor(edges), right=right).numpy()
                == np.searchsorted(edges, values, side)).all()
        assert (torch.searchsorted(torch.tensor(edges), torch.tensor(values), side=side).numpy()
                == np.searchsorted(edges, values, side)).all()
    assert torch.searchsorted(torch.tensor([1, 2, 3]), 2, out_int32=True).dtype is torch.int32
    with pytest.raises(RuntimeError):
        torch.searchsorted(torch.tensor([1, 2]), torch.tensor(2), right=True, side="left")
    assert torch.isin(torch.tensor([[1, 2], [3, 4]]), torch.tensor([4, 1])).tolist() == [[True, False], [False, True]]
    assert torch.isin(torch.tensor([1, 2]), 2, invert=True).tolist() == [True, False]


def test_counts_and_histograms():
    a = RNG.standard_normal(500)
    assert torch.bincount(torch.tensor([0, 2, 2]), minlength=5).tolist() == [1, 0, 2, 0, 0]
    assert torch.bincount(torch.tensor([0, 2, 2]), torch.tensor([0.5, 1.0, 2.0])).tolist() == [0.5, 0, 3]
    assert (torch.histc(torch.tensor(a), 10, -1, 1).numpy() == np.histogram(a, 10, (-1, 1))[0]).all()
    hist, edges = torch.histogram(torch.tensor(a), 7, density=True)
    expected = np.histogram(a, 7, density=True)
    np.testing.assert_allclose(hist.numpy(), expected[0])
    np.testing.assert_allclose(edges.numpy(), expected[1])
    points = RNG.standard_normal((100, 2))
    assert (torch.histogramdd(torch.tensor(points), [3, 4]).hist.numpy() == np.histogramdd(points, [3, 4])[0]).all()


def test_comparison_of_tensors():
    x = torch.tensor([1.0, math.nan, math.inf])
    assert torch.isclose(x, x).tolist() == [True, False, True] and torch.isclose(x, x, equal_nan=True).all().item()
    assert torch.allclose(torch.tensor([1.0]),
                          torch.tensor([1.0 + 1e-6])) and not torch.allclose(torch.tensor([1.0]), torch.tensor([1.1]))
    assert torch.equal(torch.ones(2), torch.ones(2)) and not torch.equal(torch.ones(2), torch.ones(3))
    with pytest.raises(RuntimeError):
        torch.allclose(torch.ones(1), torch.ones(1, dtype=torch.float64))


def test_covariance():
    a = RNG.standard_normal((3, 50))
    np.testing.assert_allclose(torch.cov(torch.tensor(a)).numpy(), np.cov(a), rtol=1e-10)
    np.testing.assert_allclose(torch.corrcoef(torch.tensor(a)).numpy(), np.corrcoef(a), rtol=1e-10)
    weights, counts = RNG.random(50), RNG.integers(1, 4, 50)
    np.testing.assert_allclose(torch.cov(torch.tensor(a), fweights=torch.tensor(counts),
                                         aweights=torch.tensor(weights)).numpy(),
                                         np.cov(a, fweights=counts, aweights=weights), rtol=1e-10)
