"""Where halves are rounded: values that the reference gives, and numbers that a dtype cannot hold."""
import pytest

import mindtorch as torch
from mindtorch.nn import functional as F


def ramp(n, dtype=torch.float16):
    """n values between 0.1 and 3.1, each a half."""
    return (torch.arange(n) * 0.3 + 0.1).to(dtype)


def test_every_step_of_a_product_is_rounded():
    x, expected = ramp(11), torch.tensor(1.0, dtype=torch.float16)
    for v in x:
        expected = expected * v
    assert x.prod() == expected


def test_logsumexp_rounds_its_steps():
    x = ramp(12, torch.bfloat16).reshape(3, 4)
    high = x.amax(1)
    assert torch.equal(torch.logsumexp(x, 1), (x - high[:, None]).exp().sum(1).log() + high)


def test_logit_rounds_the_quotient():
    x = torch.tensor([0.3, 0.4817, 0.55, 0.93], dtype=torch.float16)
    assert torch.equal(torch.logit(x), (x / (1 - x)).log())


def test_linear_interpolation_on_a_grid_rounds_weights():
    x = torch.tensor([[[[0.1, 0.7], [1.3, -0.4]]]], dtype=torch.float16)
    g = torch.tensor([[[[0.13, -0.27]]]], dtype=torch.float16)
    px, py = ((v + 1) * 1.0 - 0.5 for v in g[0, 0, 0])
    e, s = 1 - px, 1 - py
    expected = x[0, 0, 0, 0] * (e * s) + x[0, 0, 0, 1] * (px * s) + x[0, 0, 1, 0] * (e * py) + x[0, 0, 1, 1] * (px * py)
    assert F.grid_sample(x, g, align_corners=False)[0, 0, 0, 0] == expected


def test_transposed_convolution_adds_rounded_columns():
    x, w = ramp(6).reshape(1, 2, 3), (ramp(8) - 1).reshape(2, 1, 4)
    columns = torch.einsum("nci,cok->nki", x.float(), w.float()).half()
    expected = torch.zeros(6, dtype=torch.float16)
    for k in range(4):
        for i in range(3):
            expected[i + k] += columns[0, k, i]
    assert torch.equal(F.conv_transpose1d(x, w)[0, 0], expected)


@pytest.mark.parametrize("call", [
    lambda: torch.ones(2, dtype=torch.uint8).clamp(max=300), lambda: torch.ones(2).clamp(min=1e40),
    lambda: torch.where(torch.tensor([True, False]), torch.ones(2), 1e40),
    lambda: torch.add(torch.ones(2, dtype=torch.uint8), torch.ones(2, dtype=torch.uint8), alpha=300),
    lambda: torch.ones(2, dtype=torch.uint8) ** 300,
    lambda: F.pad(torch.ones(2, dtype=torch.int8), (1, 1), value=300),
    lambda: torch.linspace(0, 300, 3, dtype=torch.uint8), lambda: torch.tensor(1e40, dtype=torch.int32)])
def test_numbers_that_do_not_fit_are_refused(call):
    with pytest.raises(RuntimeError, match="without overflow"):
        call()


def test_numbers_beyond_int64_keep_their_sign_in_floats():
    assert (torch.ones(1) + 2**63).item() == 2.0**63 and torch.full((1,), 2**63, dtype=torch.float64).item() == 2.0**63
    assert (torch.tensor([1], dtype=torch.uint8) + 300).item() == 45  # operands wrap
