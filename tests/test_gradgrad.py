"""First and second derivatives of every operator against differences, at the recorded arguments."""
import pathlib
import warnings

import mindtorch as torch
from mindtorch.utils._pytree import tree_flatten, tree_unflatten

from .parity import codec
from .parity.replay import resolve, tensors

SAMPLES_EACH, MOST_ELEMENTS, FEWEST_OPERATORS = 3, 200, 350


def symmetric(x):
    return (x + x.mT) / 2


# the operator reads one triangle: it is checked as a function of the symmetric matrix
SYMMETRIC = ("cholesky", "linalg.cholesky", "linalg.cholesky_ex", "linalg.eigvalsh", "linalg.eigh")
# what of the result has derivatives: eigenvectors have a phase
PARTS = {"linalg.eigh": lambda result: (result[0], result[1].abs()), "linalg.svd": lambda result: (result[1],),
         "svd": lambda result: (result[1],)}
# no second derivative in the reference either
NO_SECOND = {
    "nn.functional.multi_margin_loss": "the derivative of its backward is not implemented",
}
# not to be checked by differences
LEFT_OUT = {
    **dict.fromkeys(("bfloat16", "half", "float", "cfloat"), "a cast to fewer digits than differences need"),
    **dict.fromkeys(
        ("cholesky_inverse", "cholesky_solve"), "one triangle is read, and derivatives are of triangular arguments"
    ),
    "as_strided_scatter": "samples write overlapping memory, the reference's derivatives differ from the differences "
                          "as well",
    "nn.functional.max_unpool1d": "samples name a place twice: the last one written wins",
    "nn.functional.max_unpool2d": "samples name a place twice: the last one written wins",
    "nn.functional.max_unpool3d": "samples name a place twice: the last one written wins",
    "linalg.pinv": "hermitian=True reads one triangle: checked below",
}


def wide(value):
    """Singles as doubles."""
    if isinstance(value, torch.Tensor):
        to = {torch.float32: torch.float64, torch.complex64: torch.complex128}.get(value.dtype)
        return value if to is None else value.detach().to(to).requires_grad_(value.requires_grad)
    return torch.float64 if value is torch.float32 else value


def case(reader, sample):
    """(function of the differentiable arguments in double precision, those arguments)."""
    flat, spec = tree_flatten([list(reader.decode(sample["args"])), reader.decode(sample["kwargs"])])
    flat = [wide(v) for v in flat]
    places = [i for i, v in enumerate(flat) if isinstance(v, torch.Tensor) and v.requires_grad]
    name = sample["op"]
    operator, part = resolve(name), PARTS.get(name, lambda result: result)

    def function(*leaves):
        given = list(flat)
        for i, leaf in zip(places, leaves):
            given[i] = symmetric(leaf) if name in SYMMETRIC else leaf
        args, kwargs = tree_unflatten(given, spec)
        torch.manual_seed(0)
        return tuple(t for t in tensors(part(operator(*args, **kwargs))) if t.is_floating_point() or t.is_complex())

    return function, tuple(flat[i] for i in places)


def chosen(samples, reader):
    """The smallest samples, but not those without elements."""
    cases = []
    for s in samples:
        function, leaves = case(reader, s)
        count = sum(x.numel() for x in leaves)
        if 0 < count <= MOST_ELEMENTS and all(
            0 not in [st for st, n in zip(x.stride(), x.shape) if n > 1] for x in leaves
        ):
            with torch.no_grad():
                if all(bool(torch.isfinite(o).all()) for o in function(*leaves)):
                    cases.append((count, len(cases), function, leaves))
    return [c[2:] for c in sorted(cases, key=lambda c: (c[0] < 2, *c[:2]))[:SAMPLES_EACH]]


def test_second_derivatives():
    reader = codec.Reader(pathlib.Path(__file__).parent / "parity" / "samples.zip", torch)
    groups = {}
    for s in reader.samples:
        if "op" in s and "grads" in s and s.get("dtype") in ("float32", "float64"):
            groups.setdefault(s["op"], []).append(s)
    checked, wrong = set(), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(groups.keys() - LEFT_OUT.keys()):
            for function, leaves in chosen(groups[name], reader):
                if not any(o.requires_grad for o in function(*leaves)):
                    continue
                try:
                    torch.autograd.gradcheck(function, leaves, fast_mode=True, nondet_tol=1e-9)
                    if name not in NO_SECOND:
                        torch.autograd.gradgradcheck(function, leaves, fast_mode=True, nondet_tol=1e-9)
                        checked.add(name)
                except RuntimeError as error:
                    wrong.append(f"{name} {[list(x.shape) for x in leaves]}: {str(error)[:160]}")
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong)
    assert len(checked) >= FEWEST_OPERATORS, f"only {len(checked)} operators"
    print(f"{len(checked)} operators")


def test_fast_mode_notices():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x.detach() * x  # right, but half of its own derivative is lost

    x = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Wrong.apply, x, fast_mode=True)
    assert not torch.autograd.gradgradcheck(Wrong.apply, x, fast_mode=True, raise_exception=False)
    assert not torch.autograd.gradgradcheck(Wrong.apply, x, raise_exception=False)


def test_grid_sample():
    torch.manual_seed(0)
    for sizes in ((3, 4), (3, 2, 4)):
        for mode in ("bilinear", "nearest", "bicubic")[: 5 - len(sizes)]:
            for padding in ("zeros", "border", "reflection"):
                x = torch.randn(2, 2, *sizes, dtype=torch.float64, requires_grad=True)
                grid = (torch.rand(2, *sizes, len(sizes), dtype=torch.float64) * 3 - 1.5).requires_grad_()
                assert torch.autograd.gradgradcheck(lambda a,
                                                    b: torch.nn.functional.grid_sample(
                                                        a, b, mode, padding, align_corners=False), (x, grid),
                                                        fast_mode=True)


def test_hermitian_pinv():
    x = torch.tensor([[2.0, 1.0], [0.5, 3.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda a: torch.linalg.pinv(symmetric(a), hermitian=True), x)


# outputs of these that have no derivative differ all the same when the input moves
NOT_FORWARD = {"native_batch_norm": "its statistics", "native_layer_norm": "its statistics"}


def test_forward_mode():
    reader = codec.Reader(pathlib.Path(__file__).parent / "parity" / "samples.zip", torch)
    groups, checked, wrong = {}, 0, []
    for s in reader.samples:
        if "op" in s and "grads" in s and s.get("dtype") in ("float32", "float64"):
            groups.setdefault(s["op"], []).append(s)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(groups.keys() - LEFT_OUT.keys() - NOT_FORWARD.keys()):
            for function, leaves in chosen(groups[name], reader):
                if not any(o.requires_grad for o in function(*leaves)) or any(
                    bool((x.detach().abs() > 1e3).any()) for x in leaves
                ):  # differences lose their digits
                    continue
                try:
                    torch.autograd.gradcheck(function, leaves, fast_mode=True, check_forward_ad=True,
                                             check_backward_ad=False)
                    checked += 1
                except RuntimeError as error:
                    wrong.append(f"{name}: {str(error)[:160]}")
                break
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong)
    assert checked >= FEWEST_OPERATORS, f"only {checked} operators"
