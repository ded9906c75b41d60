"""What follows from a declaration is held for every row with an example: values, forms, gradients of both orders,
strided and meta tensors, vmap, dtypes, autocast, and the npu without help of the host."""
import textwrap

import pytest

import mindtorch as torch

from .examples import Example, examples
from .test_ascend import on_device

FOUND = examples()
every = pytest.mark.parametrize("name", sorted(FOUND))


def close(found, expected, dtype=torch.float64):
    torch.testing.assert_close(found.detach(), torch.tensor(expected, dtype=found.dtype), equal_nan=True)


def mapped(function, args):
    return [function(a) if isinstance(a, torch.Tensor) else a for a in args]


@every
@pytest.mark.parametrize("dtype", (torch.float64, torch.float32))
def test_every_form(name, dtype):
    example = FOUND[name]
    for form in example.forms().values():
        args, kwargs = example.arguments(dtype)
        close(form(*args, **kwargs), example.expected)


@every
def test_gradients(name):
    example = FOUND[name]
    args, kwargs = example.arguments()
    if not example.function(*args, **kwargs).requires_grad:
        return

    def function(*args):
        return example.function(*args, **kwargs)

    assert torch.autograd.gradcheck(function, args)
    assert torch.autograd.gradgradcheck(function, args)


@every
def test_memory_that_is_not_dense(name):
    example = FOUND[name]
    args, kwargs = example.arguments(grad=False)
    for lay in (lambda t: t.mT.contiguous().mT if t.ndim > 1 else t, lambda t: torch.stack((t, t), -1)[..., 1]):
        close(example.function(*mapped(lay, args), **kwargs), example.expected)


@every
def test_meta(name):
    example = FOUND[name]
    args, kwargs = example.arguments(grad=False)
    real, found = example.function(*args, **kwargs), example.function(*mapped(lambda t: t.to("meta"), args), **kwargs)
    assert found.is_meta
    assert (found.shape, found.dtype, found.stride()) == (real.shape, real.dtype, real.stride())


@every
def test_vmap(name):
    example = FOUND[name]
    args, kwargs = example.arguments(grad=False)
    several = mapped(lambda t: torch.stack((t, t * 2)), args)
    axes = tuple(0 if isinstance(a, torch.Tensor) else None for a in args)
    found = torch.vmap(lambda *a: example.function(*a, **kwargs), axes)(*several)
    for i in range(2):
        one = example.function(*mapped(lambda t: t[i], several), **kwargs)
        torch.testing.assert_close(found[i], one, equal_nan=True)


@every
def test_autocast(name):
    example = FOUND[name]
    if example.autocast is None:
        return
    given = torch.bfloat16 if example.autocast == "fp32" else torch.float32
    args, kwargs = example.arguments(given, grad=False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = example.function(*args, **kwargs)
    assert found.dtype == (torch.float32 if example.autocast == "fp32" else torch.bfloat16)


def test_on_the_npu():
    calls = [f"{n!r}: ({e.text!r}, {e.short!r})" for n, e in FOUND.items()]
    on_device(f"""
        import mindtorch
        from mindtorch._ops.table.registry import TABLE
        for name, (text, short) in {{{', '.join(calls)}}}.items():
            tensors = []
            def tensor(data, dtype=None):
                made = torch.tensor(data, dtype=dtype)
                tensors.append(made.requires_grad_(made.is_floating_point()))
                return made
            names = {{"tensor": tensor, "nan": float("nan"), "inf": float("inf")}}
            args, kwargs = eval(text, {{**names, short: lambda *a, **k: (a, k)}})
            places = [i for i, a in enumerate(args) if isinstance(a, torch.Tensor)]
            def call(*given):
                filled = list(args)
                for i, t in zip(places, given):
                    filled[i] = t
                return TABLE[name].function(*filled, **kwargs)
            same(call, *tensors)
    """)


def test_an_example_that_is_wrong_is_found():
    class Row:
        function, autocast, example = torch.hypot, None, "hypot(tensor([3.0]), tensor([4.0])) -> [6.0]"

    example = Example("hypot", Row)
    args, kwargs = example.arguments()
    with pytest.raises(AssertionError):
        close(example.function(*args, **kwargs), example.expected)
    assert set(example.forms()) == {"function", "method", "in place", "out="}
    assert textwrap.dedent(example.text) == "hypot(tensor([3.0]), tensor([4.0]))"
