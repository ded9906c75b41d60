"""MindSpore's unmodified Ascend back end over the software CANN, mint against NumPy: a line a failure, then a count."""

import numpy as np

import mindspore as ms
from mindspore import Tensor, mint

ms.set_device("Ascend")
rs = np.random.RandomState(0)
F = mint.nn.functional
A, B = rs.randn(4, 3).astype(np.float32), rs.randn(4, 3).astype(np.float32)
a, b = Tensor(A), Tensor(B)


def in_place():
    x = mint.zeros((3, 4))
    x.add_(mint.ones((3, 4)))
    x.mul_(3.0)
    x[1].add_(5.0)
    x[1:, 2:] = mint.zeros((2, 2))
    return x


def changed():
    want = np.full((3, 4), 3.0)
    want[1] += 5
    want[1:, 2:] = 0
    return want


def grads(f, *x):
    return np.concatenate([g.asnumpy().ravel() for g in ms.grad(f, tuple(range(len(x))))(*x)])


def layer_norm(x):
    return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)


mask = (A @ B.T > 0).astype(np.float32)
soft = np.exp(A) / np.exp(A).sum(1, keepdims=True)
CASES = {
    "add": (lambda: mint.add(a, b, alpha=2.5), A + 2.5 * B),
    "broadcast": (lambda: a * Tensor(B[0]) - 1, A * B[0] - 1),
    "number": (lambda: 2.5 / (a + 10), 2.5 / (A + 10)),
    "matmul": (lambda: mint.matmul(a.T, b), A.T @ B),
    "bmm": (lambda: mint.matmul(Tensor(np.stack([A, B])), Tensor(np.stack([B.T, A.T]))), np.stack([A @ B.T, B @ A.T])),
    "slice": (lambda: a[1:3, ::2] + 1, A[1:3, ::2] + 1),
    "view": (lambda: mint.transpose(a, 0, 1), A.T),
    "in place": (in_place, changed()),
    "cast": (lambda: a.to(ms.int32), A.astype(np.int32)),
    "half": (
        lambda: (a.to(ms.float16) + b.to(ms.float16)).to(ms.float32),
        (A.astype(np.float16) + B.astype(np.float16)).astype(np.float32),
    ),
    "sum": (lambda: mint.sum(a, dim=1, keepdim=True), A.sum(1, keepdims=True)),
    "mean": (lambda: mint.mean(a), A.mean()),
    "var": (lambda: mint.var(a, dim=0), A.var(0, ddof=1)),
    "max": (lambda: mint.max(a, dim=1)[1], A.argmax(1)),
    "cumsum": (lambda: mint.cumsum(a, 0), A.cumsum(0)),
    "sort": (lambda: mint.sort(a, dim=0)[0], np.sort(A, 0)),
    "topk": (lambda: mint.topk(a, 2, dim=1)[0], -np.sort(-A, 1)[:, :2]),
    "where": (lambda: mint.where(a > 0, a, b), np.where(A > 0, A, B)),
    "softmax": (lambda: F.softmax(a, dim=1), soft),
    "gelu": (
        lambda: F.gelu(a, approximate="tanh"),
        0.5 * A * (1 + np.tanh(np.sqrt(2 / np.pi) * (A + 0.044715 * A**3))),
    ),
    "cat": (lambda: mint.cat([a, b], dim=1), np.concatenate([A, B], 1)),
    "split": (lambda: mint.split(a, [1, 3], 0)[1] + 0, A[1:]),
    "stack": (lambda: mint.stack([a, b], 1), np.stack([A, B], 1)),
    "masked_select": (lambda: mint.masked_select(a, a > 0), A[A > 0]),
    "nonzero": (lambda: mint.nonzero(a > 0), np.argwhere(A > 0)),
    "embedding": (lambda: F.embedding(Tensor(np.array([[2, 0]])), a), A[[[2, 0]]]),
    "gather": (
        lambda: mint.gather(a, 1, Tensor(np.array([[0], [2], [1], [0]]))),
        np.take_along_axis(A, np.array([[0], [2], [1], [0]]), 1),
    ),
    "tril": (lambda: mint.tril(a), np.tril(A)),
    "layer_norm": (lambda: F.layer_norm(a, (3,)), layer_norm(A)),
    "mse": (lambda: F.mse_loss(a, b), ((A - B) ** 2).mean()),
    "arange": (lambda: mint.arange(2, 11, 3), np.arange(2, 11, 3)),
    "full": (lambda: mint.full((2, 3), 7.0), np.full((2, 3), 7.0)),
    "linspace": (lambda: mint.linspace(0, 1, 5), np.linspace(0, 1, 5)),
    "gradient of relu(x @ w)": (
        lambda: grads(lambda x, w: mint.sum(F.relu(mint.matmul(x, w))), a, Tensor(B.T)),
        np.concatenate([(mask @ B).ravel(), (A.T @ mask).ravel()]),
    ),
    "gradient of softmax": (
        lambda: grads(lambda x: mint.sum(F.softmax(x, dim=1) * b), a),
        (soft * (B - (B * soft).sum(1, keepdims=True))).ravel(),
    ),
    "gradient of views": (
        lambda: grads(lambda x: mint.sum(mint.transpose(x, 0, 1)[1] * 2.0 + x.view(3, 4)[0, 0]), a),
        np.array([[4, 2, 0], [0, 2, 0], [0, 2, 0], [0, 2, 0]]).ravel(),
    ),
}


def train():
    """Losses of five steps of SGD, and NumPy's."""
    w = [rs.randn(8, 3), np.zeros(8), rs.randn(2, 8), np.zeros(2)]
    net = ms.nn.SequentialCell(mint.nn.Linear(3, 8), mint.nn.ReLU(), mint.nn.Linear(8, 2))
    for parameter, value in zip(net.trainable_params(), w):
        parameter.set_data(Tensor(value.astype(np.float32)))
    optimizer = mint.optim.SGD(net.trainable_params(), lr=0.1)
    x, y = rs.randn(16, 3).astype(np.float32), rs.randn(16, 2).astype(np.float32)
    step = ms.value_and_grad(lambda: mint.mean((net(Tensor(x)) - Tensor(y)) ** 2), None, optimizer.parameters)
    got, want = [], []
    for _ in range(5):
        value, gradients = step()
        optimizer(gradients)
        got.append(float(value.asnumpy()))
        h = x @ w[0].T + w[1]
        r = np.maximum(h, 0)
        d = r @ w[2].T + w[3] - y
        want.append((d * d).mean())
        g = 2 * d / d.size
        q = (g @ w[2]) * (h > 0)
        w = [v - 0.1 * e for v, e in zip(w, (q.T @ x, q.sum(0), g.T @ r, g.sum(0)))]
    return got, want


def close(name, got, want):
    if not np.allclose(got, want, rtol=1e-4, atol=1e-5):
        raise AssertionError(f"{got} where {want} is wanted")


passed = 0
for name, (f, want) in {**CASES, "training": (train, None)}.items():
    try:
        got = f()
        got, want = got if want is None else (got.asnumpy() if hasattr(got, "asnumpy") else got, want)
        close(name, got, want)
        passed += 1
    except Exception as error:  # a report of all is wanted, not of the first
        print("FAILED", name, type(error).__name__, str(error)[:500])
print(f"passed {passed} of {len(CASES) + 1}")
assert ms.runtime.memory_allocated() > 0
try:
    mint.matmul(a.to(ms.float64), b.T.to(ms.float64)).asnumpy()
    print("a product of doubles was not refused")
except RuntimeError as error:
    print("refused:", "argument self: DOUBLE is not among its dtypes" in str(error))
