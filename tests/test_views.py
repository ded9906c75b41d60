"""Views, multi-output views, joining and repeating, triangles, borders. Values from NumPy or formulas, the rest
recorded from PyTorch 2.13."""
import mindtorch as torch
import mindtorch.nn.functional as F
import numpy as np
import pytest

X = np.arange(12.0, dtype=np.float32).reshape(3, 4)
Z = np.arange(120.0, dtype=np.float32).reshape(2, 3, 4, 5)

# op on a tensor, the same on an array; views share memory with their input
VIEWS = {
    "select": (lambda t: t.select(2, -1), lambda a: a[:, :, -1]),
    "narrow": (lambda t: t.narrow(1, 1, 2), lambda a: a[:, 1:3]),
    "movedim": (lambda t: t.movedim((0, 1), (2, 3)), lambda a: np.moveaxis(a, (0, 1), (2, 3))),
    "diagonal": (lambda t: t.diagonal(1, 1, 3), lambda a: np.diagonal(a, 1, 1, 3)),
    "diagonal below": (lambda t: t.diagonal(-1, 1, 2), lambda a: np.diagonal(a, -1, 1, 2)),
    "unfold": (lambda t: t.unfold(3, 2, 2), lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, 3)[:, :, :, ::2]),
    "unbind": (lambda t: t.unbind(1)[2], lambda a: a[:, 2]),
    "split": (lambda t: t.split(3, 3)[1], lambda a: a[..., 3:]),
    "split sizes": (lambda t: t.split([1, 3], 2)[1], lambda a: a[:, :, 1:]),
    "chunk": (lambda t: t.chunk(3, 3)[1], lambda a: a[..., 2:4]),
    "tensor_split": (lambda t: t.tensor_split(2, 3)[0], lambda a: np.array_split(a, 2, 3)[0]),
    "tensor_split at": (lambda t: t.tensor_split([1, 4], 3)[1], lambda a: a[..., 1:4]),
    "hsplit": (lambda t: t.hsplit([1])[1], lambda a: a[:, 1:]),
    "dsplit": (lambda t: t.dsplit(2)[0], lambda a: a[:, :, :2]),
    "flatten": (lambda t: t.flatten(1, 2), lambda a: a.reshape(2, 12, 5)),
    "unflatten": (lambda t: t.unflatten(2, (2, -1)), lambda a: a.reshape(2, 3, 2, 2, 5)),
    "ravel": (lambda t: t.ravel(), np.ravel),
    "expand_as": (lambda t: t[:1].expand_as(t), lambda a: np.broadcast_to(a[:1], a.shape)),
    "swapaxes": (lambda t: t.swapaxes(0, 3), lambda a: a.swapaxes(0, 3)),
    "atleast_3d": (lambda t: torch.atleast_3d(t[0, 0]), lambda a: np.atleast_3d(a[0, 0])),
    "squeeze": (lambda t: t[:, :1].squeeze(1), lambda a: a[:, 0]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views(name):
    view, same = VIEWS[name]
    x = torch.tensor(Z, requires_grad=True)
    out, want = view(x), same(Z)
    assert tuple(out.shape) == want.shape and out._base is x
    np.testing.assert_array_equal(out.detach().numpy(), want)
    weight = np.arange(want.size, dtype=np.float32).reshape(want.shape)
    (out * torch.tensor(weight)).sum().backward()
    grad, places = np.zeros(Z.size), same(np.arange(Z.size).reshape(Z.shape))
    np.add.at(grad, places.reshape(-1), weight.reshape(-1))
    np.testing.assert_array_equal(x.grad.numpy(), grad.reshape(Z.shape))
    plain = torch.tensor(Z)
    view(plain).fill_(-1)
    assert (plain.numpy().reshape(-1)[np.unique(places)] == -1).all()


COPIES = {
    "cat": (lambda t: torch.cat([t, t[:, :1]], 1), lambda a: np.concatenate([a, a[:, :1]], 1)),
    "stack": (lambda t: torch.stack([t, t * 2], -1), lambda a: np.stack([a, a * 2], -1)),
    "cat views": (lambda t: torch.cat([t.t(), t.t()[:2]]), lambda a: np.concatenate([a.T, a.T[:2]])),
    "hstack": (lambda t: torch.hstack([t, t]), lambda a: np.hstack([a, a])),
    "vstack": (lambda t: torch.vstack([t, t[0]]), lambda a: np.vstack([a, a[0]])),
    "dstack": (lambda t: torch.dstack([t, t]), lambda a: np.dstack([a, a])),
    "column_stack": (lambda t: torch.column_stack([t[:, 0], t]), lambda a: np.column_stack([a[:, 0], a])),
    "repeat": (lambda t: t.repeat(2, 1, 3), lambda a: np.tile(a, (2, 1, 3))),
    "tile": (lambda t: t.tile(2), lambda a: np.tile(a, 2)),
    "repeat_interleave": (lambda t: t.repeat_interleave(2, 1), lambda a: a.repeat(2, 1)),
    "repeat_interleave counts": (
        lambda t: t.repeat_interleave(torch.tensor([1, 0, 2]), 0),
        lambda a: a.repeat([1, 0, 2], 0),
    ),
    "roll": (lambda t: t.roll((1, -1), (0, 1)), lambda a: np.roll(a, (1, -1), (0, 1))),
    "roll flat": (lambda t: t.roll(5), lambda a: np.roll(a, 5)),
    "flip": (lambda t: t.flip(0, 1), lambda a: np.flip(a)),
    "rot90": (lambda t: t.rot90(), np.rot90),
    "rot270": (lambda t: t.rot90(3), lambda a: np.rot90(a, 3)),
    "tril": (lambda t: t.tril(-1), lambda a: np.tril(a, -1)),
    "triu": (lambda t: t.triu(1), lambda a: np.triu(a, 1)),
    "diag": (lambda t: t.diag(1), lambda a: np.diag(a, 1)),
    "diagflat": (lambda t: t[0].diagflat(-1), lambda a: np.diagflat(a[0], -1)),
    "kron": (lambda t: torch.kron(t, t[:1]), lambda a: np.kron(a, a[:1])),
    "trace": (lambda t: t.trace(), np.trace),
    "vander": (lambda t: torch.vander(t[1]), lambda a: np.vander(a[1])),
    "pad": (lambda t: F.pad(t, (1, 2, 0, 1), value=3), lambda a: np.pad(a, ((0, 1), (1, 2)), constant_values=3)),
    "crop": (lambda t: F.pad(t, (-1, 1)), lambda a: np.pad(a, ((0, 0), (0, 1)))[:, 1:]),
    "reflect": (lambda t: F.pad(t, (2, 3), mode="reflect"), lambda a: np.pad(a, ((0, 0), (2, 3)), mode="reflect")),
    "replicate": (lambda t: F.pad(t, (1, 5), mode="replicate"), lambda a: np.pad(a, ((0, 0), (1, 5)), mode="edge")),
    "circular": (lambda t: F.pad(t, (4, 1), mode="circular"), lambda a: np.pad(a, ((0, 0), (4, 1)), mode="wrap")),
    "block_diag": (
        lambda t: torch.block_diag(t, t[:1]),
        lambda a: np.block([[a, np.zeros((3, 4))], [np.zeros((1, 4)), a[:1]]]),
    ),
    "diag_embed": (lambda t: t.diag_embed(1), lambda a: np.stack([np.diag(r, 1) for r in a])),
    "meshgrid": (lambda t: torch.meshgrid(t[0], t[:, 0], indexing="xy")[1], lambda a: np.meshgrid(a[0], a[:, 0])[1]),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies(name):
    made, same = COPIES[name]
    x = torch.tensor(X, requires_grad=True)
    out, want = made(x), np.asarray(same(X))
    assert tuple(out.shape) == want.shape
    np.testing.assert_array_equal(out.detach().numpy(), want)
    weight = np.linspace(-1, 2, want.size).reshape(want.shape)
    (out * torch.tensor(weight)).sum().backward()
    eps = 1e-3
    for place in np.ndindex(X.shape):  # by differences, in double precision
        moved = [X.astype(np.float64), X.astype(np.float64)]
        moved[0][place] += eps
        moved[1][place] -= eps
        slope = float(((np.asarray(same(moved[0])) - np.asarray(same(moved[1]))) * weight).sum()) / (2 * eps)
        assert abs(slope - float(x.grad[place])) < 1e-3 * max(1, abs(slope))


@pytest.mark.parametrize("name", ["cat", "cat views", "flip", "roll", "tril", "repeat", "pad", "repeat_interleave",
                                  "diag_embed"])
@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int16, torch.int64, torch.float16, torch.bfloat16,
                                   torch.complex64])
def test_copies_of_every_dtype(name, dtype):
    made, same = COPIES[name]
    got, want = made(torch.tensor(X % 3).to(dtype)), same(X % 3)
    assert got.dtype == dtype
    assert got.to(torch.float32).tolist() == (np.where(want != 0, 1.0, 0.0) if dtype is torch.bool else want).tolist()


def test_cat_rules():
    x = torch.tensor(X)
    assert torch.cat([x, x.long()]).dtype == torch.float32 and torch.cat([torch.zeros(0), x]).shape == (3, 4)
    last = torch.zeros(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    assert torch.cat([last, last]).stride() == (60, 1, 15, 3)
    for bad, error in (([], ValueError), ([x, x[0]], RuntimeError), ([x, x[:, :2]], RuntimeError),
                       ([torch.tensor(1.0)], RuntimeError), (x, TypeError), ([x, 1], TypeError)):
        with pytest.raises(error):
            torch.cat(bad)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        torch.cat([x, x], out=x)
    out = torch.empty(0)
    assert torch.cat([x, x], out=out) is out and out.shape == (6, 4)


@pytest.mark.parametrize("several", [lambda t: t.unbind(), lambda t: t.split(2), lambda t: t.chunk(2),
                                     lambda t: t.split_with_sizes([1, 2])])
def test_multi_output_views_refuse_changes(several):
    x = torch.tensor(X, requires_grad=True)
    y = x * 2
    parts = several(y)
    with pytest.raises(RuntimeError, match="is the output of a function that returns multiple views"):
        parts[0].add_(1)
    (parts[-1] * 3).sum().backward()
    rows = parts[-1].shape[0] if parts[-1].ndim == 2 else 1
    assert x.grad.tolist() == [[0.0] * 4] * (3 - rows) + [[6.0] * 4] * rows
    assert len({id(p.grad_fn) for p in parts}) == 1 or parts[0].grad_fn is parts[1].grad_fn
    plain = torch.tensor(X)
    several(plain)[0].fill_(7)  # without gradients they may change
    assert plain[0].tolist() == [7] * 4


def test_changes_through_views_reach_the_base():
    # recorded from PyTorch 2.13
    a = torch.ones(3, 4, requires_grad=True)
    b = a * 2
    b[0].mul_(3)
    b[:, 1].zero_()
    b.tensor_split(3, 0)[2].add_(1)
    assert b.tolist() == [[6, 0, 6, 6], [2, 0, 2, 2], [3, 1, 3, 3]] and b._version == 3
    b.sum().backward()
    assert a.grad.tolist() == [[6, 0, 6, 6], [2, 0, 2, 2], [2, 0, 2, 2]]
    c = a * 2
    with torch.no_grad():
        v = c[0]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        v.mul_(3)
    d = a * 2
    e = d ** 2
    d[0] = 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        e.sum().backward()
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        a[0] = 1


def test_in_place_geometry():
    a = torch.ones(3, 4, requires_grad=True)
    b = a * 2
    same, pointer = b, b.data_ptr()
    b.t_()
    b.unsqueeze_(0)
    assert b is same and b.shape == (1, 4, 3) and b.data_ptr() == pointer and b._version == 2
    b.squeeze_(0).swapaxes_(0, 1)
    (b * torch.tensor(X)).sum().backward()
    np.testing.assert_array_equal(a.grad.numpy(), 2 * X)
    with pytest.raises(RuntimeError):
        a.t_()


def test_scatter_views():
    x, s = torch.tensor(X, requires_grad=True), torch.arange(3.0, requires_grad=True)
    for made, place in (
        (torch.select_scatter(x, s, 1, 2), np.s_[:, 2]),
        (torch.diagonal_scatter(x, s), (np.arange(3), np.arange(3))),
        (torch.slice_scatter(x, s.unsqueeze(1), 1, 3), np.s_[:, 3]),
    ):
        want = X.copy()
        want[place] = [0, 1, 2]
        np.testing.assert_array_equal(made.detach().numpy(), want)
        gx, gs = torch.autograd.grad((made * torch.tensor(X)).sum(), (x, s))
        assert gs.tolist() == X[place].tolist()
        want = X.copy()
        want[place] = 0
        np.testing.assert_array_equal(gx.numpy(), want)


def test_windows():
    x = torch.tensor(Z, requires_grad=True)
    columns = F.unfold(x, (2, 3), stride=(2, 1), padding=(0, 1))
    padded = np.pad(Z, ((0, 0), (0, 0), (0, 0), (1, 1)))
    want = np.lib.stride_tricks.sliding_window_view(padded, (2, 3),
                                                    (2, 3))[:, :, ::2].transpose(0, 1, 4, 5, 2, 3).reshape(2, 18, 10)
    np.testing.assert_array_equal(columns.detach().numpy(), want)
    back = F.fold(columns, (4, 5), (2, 3), stride=(2, 1), padding=(0, 1))
    count = F.fold(F.unfold(torch.ones(2, 3, 4, 5), (2, 3), stride=(2, 1), padding=(0, 1)), (4, 5), (2, 3),
                   stride=(2, 1), padding=(0, 1))
    np.testing.assert_array_equal(back.detach().numpy(), Z * count.numpy())
    columns.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), count.numpy())
    w = torch.tensor(X, requires_grad=True)
    (w.unfold(1, 3, 1) ** 2).sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), 2 * X * [1, 2, 2, 1])


def test_shuffles():
    x = np.arange(32.0, dtype=np.float32).reshape(1, 8, 2, 2)
    want = x.reshape(1, 2, 2, 2, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(1, 2, 4, 4)
    np.testing.assert_array_equal(F.pixel_shuffle(torch.tensor(x), 2).numpy(), want)
    np.testing.assert_array_equal(F.pixel_unshuffle(torch.tensor(want), 2).numpy(), x)
    assert F.channel_shuffle(torch.arange(4.0).reshape(1, 4, 1), 2).flatten().tolist() == [0, 2, 1, 3]
    assert F.one_hot(torch.tensor([[2, 0]])).tolist() == [[[0, 0, 1], [1, 0, 0]]]


@pytest.mark.parametrize("call, error", [
    (lambda x: x.narrow(1, 3, 2), RuntimeError), (lambda x: x.narrow(1, 5, 0), IndexError),
    (lambda x: x.select(0, 3), IndexError), (lambda x: x.split(0), RuntimeError),
    (lambda x: x.split([1, 1]), RuntimeError),
    (lambda x: x.chunk(0), RuntimeError), (lambda x: x.unbind(2), IndexError),
    (lambda x: x.unfold(1, 5, 1), RuntimeError), (lambda x: x.unfold(1, 2, 0), RuntimeError),
    (lambda x: x.diagonal(0, 1, 1), RuntimeError),
    (lambda x: x.movedim((0, 0), (0, 1)), RuntimeError), (lambda x: x.flatten(1, 0), RuntimeError),
    (lambda x: x.unflatten(1, (3, -1)), RuntimeError), (lambda x: x.repeat(2), RuntimeError),
    (lambda x: x.flip(0, 0), RuntimeError), (lambda x: x.roll((1, 2), 0), RuntimeError),
    (lambda x: x[0].tril(), RuntimeError), (lambda x: torch.stack([x, x[0]]), RuntimeError),
    (lambda x: F.pad(x, (5, 0), mode="reflect"), RuntimeError), (lambda x: F.pad(x, (1,)), RuntimeError),
    (lambda x: F.pad(x[0], (1, 1), mode="reflect"), NotImplementedError),
    (lambda x: F.pad(x, (1, 1), mode="other"), NotImplementedError),
    (lambda x: F.pixel_shuffle(x[None], 2), RuntimeError), (lambda x: torch.broadcast_shapes((2,), (3,)), RuntimeError),
    (lambda x: x.expand(3, 5), RuntimeError), (lambda x: x.permute(0, 0), RuntimeError),
    (lambda x: x.view(5, -1), RuntimeError), (lambda x: x.t().view(12), RuntimeError),
    (lambda x: x.reshape(-1, -1), RuntimeError)])
def test_errors(call, error):
    with pytest.raises(error):
        call(torch.tensor(X))


def test_keywords_of_variadic_arguments():
    x = torch.tensor(X)
    assert x.reshape(shape=(4, 3)).shape == (4, 3) and x.permute(dims=(1, 0)).shape == (4, 3)
    assert x.flip(dims=(0,))[0].tolist() == X[2].tolist() and x.expand(size=(2, 3, 4)).shape == (2, 3, 4)
    with pytest.raises(TypeError):
        x.permute(order=(1, 0))
