"""Indexing, gather and scatter, masks, embedding. Values from NumPy or formulas; error types recorded from PyTorch
2.13."""
import mindtorch as torch
import mindtorch.nn.functional as F
import numpy as np
import pytest

A = np.arange(120.0, dtype=np.float32).reshape(2, 3, 4, 5)
KEYS = {
    "int": 1, "negative": -1, "slice": slice(1, None, 2), "negative slice": slice(-2, None), "ellipsis": (..., 2),
    "none": (None, 0, None), "all": (), "ints": (1, 2, 3, 4),
    "list": [0, 1, 1], "two": ([0, 1], [2, 0]), "apart": ([0, 1], slice(None), [2, 0]),
    "together": (slice(None), [0, 1], [2, 0]), "with int": (0, [0, 2]),
    "column": (slice(None), slice(None), [[0], [3]], [0, 4]), "none between": ([0, 1], None, [0, 2]),
    "last": (..., [4, 0, 0]), "range": (range(2), 1),
    "array": np.array([1, 0]), "mask": A > 50, "mask first": np.array([True, False]),
    "mask middle": (slice(None), np.array([True, False, True])), "mask and list": (np.array([True, True]), [0, 2]),
    "true": True, "false": False, "empty": (slice(None), slice(2, 1)),
}


def ours(key):
    """The key with arrays as tensors."""
    if isinstance(key, tuple):
        return tuple(ours(k) for k in key)
    return torch.from_numpy(key) if isinstance(key, np.ndarray) else key


@pytest.mark.parametrize("name", KEYS)
def test_getitem_and_its_gradient(name):
    x = torch.tensor(A, requires_grad=True)
    part = x[ours(KEYS[name])]
    want = A[KEYS[name]]
    assert tuple(part.shape) == want.shape
    np.testing.assert_array_equal(part.detach().numpy(), want)
    weight = np.arange(want.size, dtype=np.float32).reshape(want.shape) + 1
    (part * torch.tensor(weight)).sum().backward()
    grad = np.zeros_like(A)
    np.add.at(grad, KEYS[name], weight)
    np.testing.assert_array_equal(x.grad.numpy(), grad)


@pytest.mark.parametrize("name", [n for n in KEYS if n != "list"])  # repeated places: any of the values may win
def test_setitem_and_its_gradients(name):
    x = torch.tensor(A, requires_grad=True)
    y = x * 1
    value = np.arange(A[KEYS[name]].size, dtype=np.float32).reshape(A[KEYS[name]].shape) - 7
    v = torch.tensor(value, requires_grad=True)
    y[ours(KEYS[name])] = v
    want = A.copy()
    want[KEYS[name]] = value
    np.testing.assert_array_equal(y.detach().numpy(), want)
    (y * torch.tensor(A)).sum().backward()
    grad = A.copy()
    grad[KEYS[name]] = 0
    np.testing.assert_array_equal(x.grad.numpy(), grad)
    if name == "false":
        assert v.grad is None  # nothing happened
    else:
        np.testing.assert_array_equal(v.grad.numpy(), A[KEYS[name]])


@pytest.mark.parametrize("key, error", [
    (5, IndexError), ((0, 0, 0), IndexError), (slice(None, None, -1), ValueError), (1.5, IndexError), ("a", TypeError),
    ([True, False], IndexError), (slice(1.0, 2), TypeError),
    ([0, -4], IndexError), (([0, 1], [0, 1, 2]), IndexError)])
def test_bad_keys(key, error):
    with pytest.raises(error):
        torch.zeros(3, 4)[key]
    with pytest.raises(error):
        torch.zeros(3, 4)[key] = 1


@pytest.mark.parametrize("index, error", [(torch.tensor([3]), IndexError), (torch.tensor([1.0]), IndexError),
                                          (torch.tensor([0], dtype=torch.int8), IndexError),
                                          (torch.zeros(3, 5, dtype=torch.bool), IndexError)])
def test_bad_index_tensors(index, error):
    with pytest.raises(error):
        torch.zeros(3, 4)[index]


def test_setitem_values():
    x = torch.zeros(2, 3)
    x[0] = torch.ones(1, 1, 3, dtype=torch.float64)  # leading ones drop, the dtype converts
    x[:, 1] = True
    x[torch.tensor([False, True])] = torch.tensor(7)  # one value under a mask may have another dtype
    assert x.tolist() == [[1, 1, 1], [7, 7, 7]]
    for bad, error in ((torch.ones(4), RuntimeError), ("a", TypeError), ([1, 2, 3], TypeError), (None, TypeError),
                       (1j, RuntimeError)):
        with pytest.raises(error):
            x[0] = bad
    with pytest.raises(
        RuntimeError,
        match="Index put requires the source and destination dtypes match, got Float for the destination and Double "
              "for the source",
    ):
        x[[0]] = torch.ones(3, dtype=torch.float64)
    x[1:] = x[:-1]  # overlapping memory
    assert x.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_basic_indices_are_views():
    x = torch.zeros(3, 4)
    x[1:, ::2][0][1] = 5
    x[torch.tensor(0)][3] = 2
    x[[0]][0] = 9  # a copy
    assert x.tolist() == [[0, 0, 0, 2], [0, 0, 5, 0], [0, 0, 0, 0]]
    assert x[:, 1].stride() == (4,) and x[None].stride() == (12, 4, 1) and x[1:, ::2].storage_offset() == 4


def test_results_keep_memory_order():
    x = torch.zeros(3, 4).t()
    assert x[:, [0, 1]].stride() == (2, 1)
    z = torch.zeros(5, 4, 3, 2).permute(3, 2, 1, 0)
    assert z[:, [0, 1]].stride() == (1, 8, 2, 16)
    assert torch.zeros(3, 2).nonzero().stride() == (1, 0)


# ---- along a dimension ----
X = np.arange(12.0, dtype=np.float32).reshape(3, 4)
I = np.array([[0, 2, 1, 0], [1, 1, 0, 2]])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64,
                                   torch.int32, torch.uint8, torch.complex64, torch.bool])
def test_every_dtype(dtype):
    x = torch.tensor(X).to(dtype)
    index = torch.tensor([2, 0, 2])
    assert x.index_select(0, index).tolist() == [x.tolist()[i] for i in (2, 0, 2)]
    assert x[index].dtype == dtype and x[:, index].tolist() == [[row[i] for i in (2, 0, 2)] for row in x.tolist()]
    assert torch.zeros_like(x).index_copy(0, torch.tensor([1]), x[2:]).tolist()[1] == x[2].tolist()
    added = torch.zeros_like(x).index_add(0, torch.tensor([1, 1]), x[:2]).tolist()[1]
    assert added == [bool(a or b) if dtype is torch.bool else a + b for a, b in zip(x[0].tolist(), x[1].tolist())]
    assert x.gather(0, torch.tensor(I)).tolist() == [[x.tolist()[i][j] for j, i in enumerate(row)] for row in I]


def test_gather_scatter_against_numpy():
    x, index = torch.tensor(X), torch.tensor(I)
    np.testing.assert_array_equal(x.gather(0, index).numpy(), np.take_along_axis(X, I, 0))
    want = np.zeros_like(X)
    np.add.at(want, (I, np.arange(4)[None].repeat(2, 0)), X[:2])
    np.testing.assert_array_equal(torch.zeros(3, 4).scatter_add(0, index, x).numpy(), want)
    want = X.copy()
    np.put_along_axis(want, I[:1], -1, 0)
    np.testing.assert_array_equal(x.scatter(0, index[:1], -1.0).numpy(), want)
    np.testing.assert_array_equal(x.take(torch.tensor([[0, -1], [5, 3]])).numpy(), X.take([[0, -1], [5, 3]]))
    np.testing.assert_array_equal(torch.take_along_dim(x, torch.tensor([[1], [-1], [0]]), 1).numpy(),
                                  np.take_along_axis(X, np.array([[1], [-1], [0]]), 1))


# results against NumPy, gradients against differences
@pytest.mark.parametrize("reduce, function", [("sum", np.add), ("prod", np.multiply), ("amax", np.maximum),
                                              ("amin", np.minimum)])
@pytest.mark.parametrize("include_self", [True, False])
def test_scatter_reduce(reduce, function, include_self):
    x, s = np.linspace(-2, 3, 12, dtype=np.float32).reshape(3, 4), np.linspace(2, -1, 8, dtype=np.float32).reshape(2, 4)
    want = x.copy()
    columns = np.arange(4)[None].repeat(2, 0)
    if not include_self:
        want[I, columns] = {"sum": 0, "prod": 1, "amax": -np.inf, "amin": np.inf}[reduce]
    function.at(want, (I, columns), s)
    a, b = torch.tensor(x, requires_grad=True), torch.tensor(s, requires_grad=True)
    result = a.scatter_reduce(0, torch.tensor(I), b, reduce, include_self=include_self)
    np.testing.assert_allclose(result.detach().numpy(), want, rtol=1e-6)
    rows = (torch.tensor(x).index_reduce(0, torch.tensor([1, 1]), torch.tensor(s), reduce, include_self=include_self)
            if reduce != "sum" else None)
    if rows is not None:
        both = function(s[0], s[1])
        np.testing.assert_allclose(rows[1].numpy(), function(x[1], both) if include_self else both, rtol=1e-6)
    (result * torch.arange(12.0).reshape(3, 4)).sum().backward()
    for t, array, position in ((a, x, 0), (b, s, 1)):  # numerically: these functions are linear in each element near by
        for place in np.ndindex(array.shape):
            values = []
            for step in (1e-2, -1e-2):
                moved = [x.astype(np.float64), s.astype(np.float64)]
                moved[position][place] += step
                r = torch.tensor(moved[0]).scatter_reduce(0, torch.tensor(I), torch.tensor(moved[1]), reduce,
                                                          include_self=include_self)
                values.append(float((r * torch.arange(12.0).reshape(3, 4)).sum()))
            assert abs((values[0] - values[1]) / 2e-2 - float(t.grad[place])) < 1e-3


def test_scatter_mean_rounds_down():
    x = torch.tensor([-5, 0, 7])
    assert x.scatter_reduce(0, torch.tensor([0, 0, 2]), torch.tensor([0, 0, 2]), "mean").tolist() == [-2, 0, 4]
    assert x.scatter_reduce(0, torch.tensor([0, 0, 2]), torch.tensor([1, 2, 2]), "mean",
                            include_self=False).tolist() == [1, 0, 2]


def test_in_place_forms_continue_the_history():
    # recorded from PyTorch 2.13
    a = torch.ones(3, 4, requires_grad=True)
    b, x = a.clone(), torch.tensor(X)
    b.index_put_((torch.tensor([0, 0]), torch.tensor([1, 1])), torch.tensor([5.0, 6.0]), accumulate=True)
    b.masked_fill_(x > 8, 0)
    b.index_fill_(1, torch.tensor([0]), 3.0)
    b.scatter_(1, torch.tensor([[2], [2], [2]]), 9.0)
    b.index_add_(0, torch.tensor([1]), x[:1])
    b.index_copy_(0, torch.tensor([2]), x[:1])
    assert b.tolist() == [[3, 12, 9, 1], [3, 2, 11, 4], [0, 1, 2, 3]]
    (b * x).sum().backward()
    assert a.grad.tolist() == [[0, 1, 0, 3], [0, 5, 0, 7], [0, 0, 0, 0]]
    c = (torch.ones(3, 4, requires_grad=True) * 2)
    v = c[1:]
    v.index_add_(0, torch.tensor([1]), x[:1])
    assert c[2].tolist() == [2, 3, 4, 5] and c._version == 1 and type(c.grad_fn).__name__ == "CopySlices"
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        a.index_fill_(0, torch.tensor([0]), 1)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        torch.zeros(1).expand(3).scatter_(0, torch.tensor([0]), 1.0)
    with pytest.raises(RuntimeError, match="some elements of the input tensor and the written-to tensor"):
        x.scatter_(0, torch.tensor([[0]]), x)


@pytest.mark.parametrize("call, error", [
    (lambda x, i: x.index_select(0, i([3])), IndexError), (lambda x, i: x.index_select(0, i([-1])), IndexError),
    (lambda x, i: x.index_select(0, i([[0]])), IndexError),
    (lambda x, i: x.index_select(0, x[0]), RuntimeError), (lambda x, i: x.gather(0, i([[3]])), RuntimeError),
    (lambda x, i: x.gather(0, i([0])), RuntimeError),
    (lambda x, i: x.gather(1, i([[0]] * 4)), RuntimeError), (lambda x, i: x.scatter(0, i([[-1]]), x), RuntimeError),
    (lambda x, i: x.scatter(0, i([[0]]), x.double()), RuntimeError),
    (lambda x, i: x.index_add(0, i([5]), x[:1]), RuntimeError),
    (lambda x, i: x.index_add(0, i([0, 1]), x), RuntimeError),
    (lambda x, i: x.index_copy(0, i([-1]), x[:1]), IndexError),
    (lambda x, i: x.index_fill(0, i([7]), 1), IndexError), (lambda x, i: x.take(i([12])), IndexError),
    (lambda x, i: x.put(i([0, 1]), x[0, :1]), IndexError),
    (lambda x, i: x.masked_fill(i([1]), 2), RuntimeError), (lambda x, i: x.masked_fill(x > 3, x[0]), RuntimeError),
    (lambda x, i: x.long().masked_fill(x > 3, 1j), RuntimeError),
    (lambda x, i: x.masked_select(i([1])), RuntimeError), (lambda x, i: x.masked_scatter(x > 3, x[0]), RuntimeError),
    (lambda x, i: F.embedding(i([3]), x), IndexError),
    (lambda x, i: F.embedding(x[0], x), RuntimeError), (lambda x, i: F.one_hot(i([-1])), RuntimeError),
    (lambda x, i: F.one_hot(i([2]), 2), RuntimeError)])
def test_errors(call, error):
    with pytest.raises(error):
        call(torch.tensor(X), torch.tensor)


# ---- masks ----
def test_masks():
    x, m = torch.tensor(X), X > 5
    assert x.masked_fill(torch.tensor(m), -1).numpy().tolist() == np.where(m, -1, X).tolist()
    assert torch.tensor(X[0]).masked_fill(torch.tensor(m), 9.0).shape == (3, 4)  # broadcasts both ways
    np.testing.assert_array_equal(x.masked_select(torch.tensor(m)).numpy(), X[m])
    np.testing.assert_array_equal(torch.tensor(m).nonzero().numpy(), np.argwhere(m))
    assert [t.tolist() for t in torch.nonzero(torch.tensor(m), as_tuple=True)] == [a.tolist() for a in np.nonzero(m)]
    assert torch.tensor(3).nonzero().shape == (1, 0)
    assert torch.nonzero_static(torch.tensor(m), size=7)[6].tolist() == [-1, -1]
    assert x.masked_scatter(torch.tensor(m),
                            torch.arange(100.0, 112)).tolist() == [[0, 1, 2, 3], [4, 5, 100, 101], [102, 103, 104, 105]]
    big = np.random.default_rng(0).random((300, 200)) > 0.7
    values = np.arange(big.size, dtype=np.int32).reshape(big.shape)
    np.testing.assert_array_equal(torch.tensor(values)[torch.tensor(big)].numpy(), values[big])
    np.testing.assert_array_equal(torch.tensor(values).masked_select(torch.tensor(big)).numpy(), values[big])
    np.testing.assert_array_equal(torch.tensor(big).nonzero().numpy(), np.argwhere(big))


def test_masked_gradients():
    x, s = torch.tensor(X, requires_grad=True), torch.arange(12.0, requires_grad=True)
    m = torch.tensor(X > 5)
    (x.masked_select(m) ** 2).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.where(X > 5, 2 * X, 0))
    x.grad = None
    (x.masked_scatter(m, s) * torch.tensor(X)).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.where(X > 5, 0, X))
    assert s.grad.tolist() == [6, 7, 8, 9, 10, 11, 0, 0, 0, 0, 0, 0]


# ---- embedding ----
def test_embedding():
    w = torch.tensor(X, requires_grad=True)
    ids = torch.tensor([[0, 2], [2, 2]])
    out = F.embedding(ids, w, padding_idx=0)
    np.testing.assert_array_equal(out.detach().numpy(), X[[[0, 2], [2, 2]]])
    out.sum().backward()
    assert w.grad.tolist() == [[0] * 4, [0] * 4, [3] * 4]
    w.grad = None
    F.embedding(ids, w, scale_grad_by_freq=True).sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), [[1] * 4, [0] * 4, [1] * 4], rtol=1e-6)
    (g,) = torch.autograd.grad((F.embedding(ids, w) ** 2).sum(), w, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), w)
    assert h.tolist() == [[2] * 4, [0] * 4, [6] * 4]
    table = torch.tensor(X)
    F.embedding(torch.tensor([1]), table, max_norm=1.0)
    assert abs(float((table[1] ** 2).sum()) - 1) < 1e-5 and table[2].tolist() == X[2].tolist()
    (g,) = torch.autograd.grad(F.embedding(ids, w, sparse=True).sum(), w)
    assert g.is_sparse and g._nnz() == ids.numel()


def test_large_rows_are_the_same_on_any_number_of_threads():
    w = torch.tensor(np.random.default_rng(1).standard_normal((50, 256)).astype(np.float32), requires_grad=True)
    ids = torch.tensor(np.random.default_rng(2).integers(0, 50, 2000))
    weight = torch.tensor(np.random.default_rng(3).standard_normal((2000, 256)).astype(np.float32))
    grads, threads = [], torch.get_num_threads()
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        w.grad = None
        (F.embedding(ids, w) * weight).sum().backward()
        grads.append(w.grad.numpy().copy())
    torch.set_num_threads(threads)
    assert (grads[0] == grads[1]).all() and (grads[0] == grads[2]).all()
    want = np.zeros((50, 256))
    np.add.at(want, ids.numpy(), weight.numpy().astype(np.float64))
    np.testing.assert_allclose(grads[0], want, rtol=1e-4, atol=1e-4)


def test_meta_tensors_know_their_shapes():
    x, i = torch.zeros(3, 4, device="meta"), torch.zeros(2, dtype=torch.int64, device="meta")
    shapes = [x[0].shape, x[:, i].shape, x.index_select(0, i).shape, F.embedding(i, x).shape,
              x.masked_fill(x > 1, 0).shape, x.index_add(0, i, x[:2]).shape]
    assert [tuple(s) for s in shapes] == [(4,), (3, 2), (2, 4), (2, 4), (3, 4), (3, 4)]
    with pytest.raises(NotImplementedError):
        x.nonzero()
