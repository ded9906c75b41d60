"""Random views, indexing, broadcasting, promotion and reductions against NumPy. MINDTORCH_LONG=1 makes the run a hundred times longer."""
import os

import mindtorch  # noqa: F401
import numpy as np
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

settings.register_profile("ours", max_examples=20000 if os.environ.get("MINDTORCH_LONG") else 200, deadline=None, derandomize=not os.environ.get("MINDTORCH_LONG"), database=None,
                          suppress_health_check=list(HealthCheck))
settings.load_profile("ours")
DTYPES = {"bool": torch.bool, "uint8": torch.uint8, "int8": torch.int8, "int16": torch.int16, "int32": torch.int32, "int64": torch.int64, "float32": torch.float32, "float64": torch.float64,
          "complex64": torch.complex64, "complex128": torch.complex128}
shapes = st.lists(st.integers(0, 4), min_size=0, max_size=5).map(tuple)


def values(shape, dtype="float64"):
    count = int(np.prod(shape))
    return (np.arange(count) * 7 % 11 - 3).reshape(shape).astype(dtype)


def same(t, a):
    assert tuple(t.shape) == a.shape, (t.shape, a.shape)
    np.testing.assert_allclose(t.detach().numpy(), a, rtol=1e-6, atol=1e-6)


@st.composite
def viewed(draw):
    """(tensor, array) of one memory layout after a few views."""
    a = values(draw(shapes))
    t = torch.from_numpy(a.copy())
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["permute", "slice", "unsqueeze", "squeeze", "expand", "select", "reshape", "diagonal"]))
        if kind == "permute":
            order = draw(st.permutations(range(a.ndim)))
            t, a = t.permute(order), a.transpose(order)
        elif kind == "slice" and a.ndim:
            d, start, step = draw(st.integers(0, a.ndim - 1)), draw(st.integers(-5, 5)), draw(st.integers(1, 3))
            key = (slice(None),) * d + (slice(start, draw(st.integers(-5, 5)), step),)
            t, a = t[key], a[key]
        elif kind == "unsqueeze" and a.ndim < 6:
            d = draw(st.integers(-a.ndim - 1, a.ndim))
            t, a = t.unsqueeze(d), np.expand_dims(a, d)
        elif kind == "squeeze":
            t, a = t.squeeze(), a.squeeze()
        elif kind == "expand" and a.ndim < 6:
            shape = (draw(st.integers(0, 3)), *a.shape)
            t, a = t.expand(shape), np.broadcast_to(a, shape)
        elif kind == "select" and a.ndim and a.shape[-1]:
            i = draw(st.integers(-a.shape[-1], a.shape[-1] - 1))
            t, a = t.select(-1, i), a[..., i]
        elif kind == "reshape":
            t, a = t.reshape(-1), a.reshape(-1)
        elif kind == "diagonal" and a.ndim >= 2:
            k = draw(st.integers(-2, 2))
            if -a.shape[0] <= k <= a.shape[1]:
                t, a = t.diagonal(k), np.diagonal(a, k)
    return t, a


@given(viewed())
def test_views(pair):
    t, a = pair
    same(t, a)
    same(t.contiguous(), a)
    same(t * 2 + t, a * 3)
    same(t.flatten(), a.flatten())
    assert t.contiguous().is_contiguous() and t.clone().numel() == a.size


@given(viewed(), st.data())
def test_reductions(pair, data):
    t, a = pair
    dims = tuple(data.draw(st.lists(st.integers(0, a.ndim - 1), unique=True, min_size=1))) if a.ndim else ()
    keep = data.draw(st.booleans())
    if dims:
        same(t.sum(dims, keepdim=keep), a.sum(dims, keepdims=keep))
        same(t.any(dims[0]), a.any(dims[0]))
        same(t.cumsum(dims[0]), a.cumsum(dims[0]))
        if a.shape[dims[0]]:
            same(t.amax(dims[0], keepdim=keep), a.max(dims[0], keepdims=keep))
            same(t.argmin(dims[0]), a.argmin(dims[0]))
            same(t.sort(dims[0])[0], np.sort(a, dims[0]))
    same(t.prod(), a.prod())


@given(st.data(), st.sampled_from(sorted(DTYPES)), st.sampled_from(sorted(DTYPES)))
def test_broadcasting_and_promotion(data, first, second):
    shape = data.draw(shapes)
    cut = data.draw(st.integers(0, len(shape)))
    other = tuple(1 if data.draw(st.booleans()) else n for n in shape[cut:])
    a, b = values(shape, first), values(other, second)
    x, y = torch.from_numpy(a.copy()), torch.from_numpy(b.copy())
    want = torch.promote_types(DTYPES[first], DTYPES[second])
    if len(shape) and len(other):
        assert (x * y).dtype == want and (y + x).dtype == want
    made = x * y
    wide = str(made.dtype).removeprefix("torch.")
    same(made, a.astype(wide) * b.astype(wide))
    same(x == y, a.astype(wide) == b.astype(wide))
    same(torch.where(x.bool(), x, y), np.where(a.astype(bool), a.astype(wide), b.astype(wide)))
    z = torch.zeros(shape, dtype=made.dtype)
    z.copy_(y)
    same(z, np.broadcast_to(b, shape).astype(wide))


@st.composite
def keys(draw, shape):
    """An index for NumPy and ours: integers, slices, None, ellipsis, one or two lists of integers, or a mask."""
    key, lists = [], 0
    length = draw(st.integers(1, 3))
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(["int", "slice", "list", "none"]))
        if kind == "none":
            key.append(None)
            kind = "slice"
        if kind == "slice" or n == 0 or (kind == "list" and lists == 2):
            key.append(slice(draw(st.integers(-5, 5) | st.none()), draw(st.integers(-5, 5) | st.none()), draw(st.integers(1, 3))))
        elif kind == "int":
            key.append(draw(st.integers(-n, n - 1)))
        else:
            lists += 1
            key.append(np.array(draw(st.lists(st.integers(-n, n - 1), min_size=length, max_size=length))))
    if draw(st.booleans()):
        key.append(...)
    return tuple(key)


@given(viewed(), st.data())
def test_indexing(pair, data):
    t, a = pair
    key = data.draw(keys(a.shape))
    if any(isinstance(k, np.ndarray) for k in key) and any(type(k) is int for k in key):
        key = tuple(np.array(k) if type(k) is int else k for k in key)  # PyTorch takes integers first, NumPy with the lists
        if len({k.shape for k in key if isinstance(k, np.ndarray)}) > 1:
            key = tuple(np.full((next(x.size for x in key if isinstance(x, np.ndarray) and x.ndim),), int(k)) if isinstance(k, np.ndarray) and not k.ndim else k for k in key)
    ours = tuple(torch.from_numpy(k) if isinstance(k, np.ndarray) else k for k in key)
    same(t[ours], a[key])
    x, b = t.clone(), a.copy()
    x[ours], b[key] = 9.0, 9.0
    same(x, b)
    same(t[t > 0], a[a > 0])
    leaf = t.clone().requires_grad_()
    leaf[ours].sum().backward()
    count = np.zeros(a.shape)
    np.add.at(count, key, 1.0)
    same(leaf.grad, count)


@given(viewed(), st.data())
def test_gradients_reach_the_base_through_views(pair, data):
    t, a = pair
    leaf = torch.zeros(a.shape, dtype=torch.float64, requires_grad=True)
    order = data.draw(st.permutations(range(a.ndim)))
    (leaf.permute(order) * t.permute(order)).sum().backward()
    same(leaf.grad, a)
