"""MindSpore's own operators on our tensors: a user may mix the two, and memory that is not dense is read by its
strides. Expectations are NumPy's."""
import mindspore
import mindtorch as torch
import numpy as np
import pytest
from mindspore import mint, ops

LAYOUTS = {
    "dense": lambda: torch.arange(12.0).reshape(3, 4),
    "transposed": lambda: torch.arange(12.0).reshape(4, 3).t(),
    "sliced": lambda: torch.arange(48.0).reshape(6, 8)[::2, 1::2],
    "expanded": lambda: torch.arange(3.0)[:, None].expand(3, 4),
}
OPERATORS = {
    "mint.add": (lambda x: mint.add(x, x), lambda x: x + x),
    "ops.Add": (lambda x: ops.Add()(x, x), lambda x: x + x),
    "ops.Mul": (lambda x: ops.Mul()(x, x), lambda x: x * x),
    "ops.square": (ops.square, np.square),
    "mint.sum": (lambda x: mint.sum(x, 0), lambda x: x.sum(0)),
    "ops.ReduceMean": (lambda x: ops.ReduceMean()(x, 1), lambda x: x.mean(1)),
    "ops.matmul": (lambda x: ops.matmul(x, ops.ones((4, 2))), lambda x: x @ np.ones((4, 2))),
    "ops.concat": (lambda x: ops.concat((x, x), 0), lambda x: np.concatenate((x, x), 0)),
    "ops.gather": (lambda x: ops.gather(x, mindspore.Tensor([1, 0]), 0), lambda x: x[[1, 0]]),
    "ops.transpose": (lambda x: ops.transpose(x, (1, 0)), lambda x: x.T),
    "ops.cumsum": (lambda x: ops.cumsum(x, 1), lambda x: x.cumsum(1)),
    "mint.softmax": (lambda x: mint.nn.functional.softmax(x, 1),
                     lambda x: np.exp(x - x.max(1, keepdims=True)) / np.exp(x - x.max(1, keepdims=True)).sum(
                         1, keepdims=True)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", OPERATORS)
def test_operators_read_strides(name, layout):
    given = LAYOUTS[layout]()
    operator, formula = OPERATORS[name]
    wanted = formula(np.array(given.tolist()))
    found = operator(given)
    found = np.array(found.tolist()) if hasattr(found, "_numel") else found.asnumpy()
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


def test_what_they_make_goes_on_as_ours():
    x = torch.arange(6.0).reshape(2, 3).t()
    made = mint.mul(x, 2.0)
    assert torch.add(made, x).tolist() == (np.arange(6.0).reshape(2, 3).T * 3).tolist()
