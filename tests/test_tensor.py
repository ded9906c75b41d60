"""Tensors: factories, conversions, memory, printing, copies. Literal expectations were recorded from PyTorch 2.13."""
import copy
import pickle

import mindtorch as torch
import numpy as np
import pytest
from mindtorch.nn.parameter import Parameter


# ---- printing ----
@pytest.mark.parametrize("values, dtype, text", [
    ([1.0, 2.5], torch.float32, "tensor([1.0000, 2.5000])"),
    ([1e10, 1.0], torch.float32, "tensor([1.0000e+10, 1.0000e+00])"),
    ([float("nan"), float("inf"), 1.0], torch.float32, "tensor([nan, inf, 1.])"),
    ([1, 2, 30], torch.int64, "tensor([ 1,  2, 30])"),
    ([True, False], torch.bool, "tensor([ True, False])"),
    ([1 + 2j, -3.5e10j], torch.complex64, "tensor([1.+2.0000e+00j, -0.-3.5000e+10j])"),
    ([], torch.int64, "tensor([], dtype=torch.int64)"),
    ([[], []], torch.float32, "tensor([], size=(2, 0))"),
    (1.5, torch.bfloat16, "tensor(1.5000, dtype=torch.bfloat16)"),
    ([0.1, 100000.0], torch.float32, "tensor([1.0000e-01, 1.0000e+05])"),
    ([[[1, 2]], [[3, 4]]], torch.int32, "tensor([[[1, 2]],\n\n        [[3, 4]]], dtype=torch.int32)"),
])
def test_repr(values, dtype, text):
    if dtype is torch.complex64:
        values = [complex(1, 2), complex(-0.0, -3.5e10)]
    assert repr(torch.tensor(values, dtype=dtype)) == text


def test_repr_of_state():
    assert repr(torch.arange(2000)) == "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"
    assert repr(torch.zeros(2, 3, device="meta")) == "tensor(..., device='meta', size=(2, 3))"
    x = torch.ones(2, requires_grad=True)
    assert repr(x) == "tensor([1., 1.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 2.], grad_fn=<MulBackward0>)"
    assert repr(Parameter(torch.ones(2))) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"
    assert f"{torch.tensor(1.5):.3f}" == "1.500"


def test_printoptions():
    with torch._tensor_str.printoptions(precision=2, sci_mode=True):
        assert repr(torch.tensor([13.99, -1.5])) == "tensor([ 1.40e+01, -1.50e+00])"
    assert repr(torch.tensor([13.99, -1.5])) == "tensor([13.9900, -1.5000])"


# ---- from and to Python ----
@pytest.mark.parametrize("data, dtype, shape", [
    ([1, 2.5, True], torch.float32, (3,)), ([True, 2], torch.int64, (2,)), ([1, 2j], torch.complex64, (2,)),
    (3, torch.int64, ()), (range(3), torch.int64, (3,)),
    ([np.float64(1), 2], torch.float64, (2,)), (np.ones((2, 2), np.float16), torch.float16, (2, 2)),
    ([np.ones(2), np.ones(2)], torch.float64, (2, 2)), ([[], []], torch.float32, (2, 0)),
])
def test_tensor_infers(data, dtype, shape):
    t = torch.tensor(data)
    assert t.dtype is dtype and t.shape == shape


@pytest.mark.parametrize("data, dtype, error, text", [
    ([[1, 2], [3]], None, ValueError, "expected sequence of length 2 at dim 1 (got 1)"),
    ("a", None, TypeError, "new(): invalid data type 'str'"),
    ([None], None, RuntimeError, "Could not infer dtype of NoneType"),
    ([300], torch.uint8, RuntimeError, "value cannot be converted to type uint8 without overflow"),
    (2**63, None, ValueError, "Overflow when unpacking long long"),
    (np.arange(3)[::-1], None, ValueError, "At least one stride in the given numpy array is negative"),
])
def test_tensor_refuses(data, dtype, error, text):
    with pytest.raises(error) as caught:
        torch.tensor(data, dtype=dtype)
    assert str(caught.value).startswith(text)


def test_numpy_shares_memory_both_ways():
    a = np.arange(6.0).reshape(2, 3).T
    t = torch.from_numpy(a)
    assert t.stride() == (1, 3)
    t[0, 1] = 50
    assert a[0, 1] == 50
    b = t[1:].numpy()
    b[0, 0] = 70
    assert t[1, 0].item() == 70 and b.strides == (8, 24)
    assert np.asarray(torch.tensor(2.0)).shape == ()


@pytest.mark.parametrize("make, error, text", [
    (lambda: torch.ones(2, requires_grad=True), RuntimeError,
     "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    (lambda: torch.ones(2, dtype=torch.bfloat16), TypeError, "Got unsupported ScalarType BFloat16"),
    (lambda: torch.ones(2, device="meta"), TypeError, "can't convert meta device type tensor to numpy."),
])
def test_numpy_refuses(make, error, text):
    with pytest.raises(error) as caught:
        make().numpy()
    assert str(caught.value).startswith(text)


def test_scalars():
    assert [10, 20, 30][torch.tensor(1)] == 20 and int(torch.tensor([3.7])) == 3 and complex(torch.tensor(1.5)) == 1.5
    for use, error in [
        (lambda: bool(torch.ones(2)), RuntimeError),
        (lambda: bool(torch.ones(0)), RuntimeError),
        (lambda: int(torch.ones(2)), ValueError),
        (lambda: len(torch.tensor(1)), TypeError),
        (lambda: iter(torch.tensor(1)), TypeError),
        (lambda: [1][torch.tensor([1.0])], TypeError),
        (lambda: torch.ones(2).item(), RuntimeError),
    ]:
        with pytest.raises(error):
            use()


def test_dlpack():
    a = np.arange(3)
    t = torch.from_dlpack(a)
    t[0] = 9
    assert a[0] == 9 and np.from_dlpack(t)[0] == 9


# ---- casts and moves ----
def test_to_returns_self_unless_something_changes():
    x = torch.ones(2, 3)
    assert x.to(torch.float32) is x and x.to("cpu") is x and x.float() is x and x.contiguous() is x and x.to(x) is x
    assert x.to(torch.float32, copy=True) is not x
    assert x.t().double().stride() == (1, 3) and x.t().double(memory_format=torch.contiguous_format).stride() == (2, 1)
    assert torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last).stride() == (60, 1, 15, 3)


def test_cast_is_differentiable():
    x = torch.ones(2, requires_grad=True)
    (x.double() * 3).sum().backward()
    assert x.grad.dtype is torch.float32 and x.grad.tolist() == [3, 3]
    assert not x.long().requires_grad


def test_float_to_integer_out_of_range():
    x = torch.tensor([float("nan"), float("inf"), -1e20, 3e9])
    assert x.int().tolist() == [-(2**31)] * 4
    assert torch.tensor([300.0, -1, 1e10, 70000]).to(torch.int16).tolist() == [300, -1, 0, 4464]


# ---- writing into memory ----
def test_copy_continues_history():
    y = torch.ones(2, requires_grad=True)
    w = torch.zeros(3)
    w[:2].copy_(y)
    (w * torch.tensor([1.0, 2, 3])).sum().backward()
    assert y.grad.tolist() == [1, 2]
    with pytest.raises(RuntimeError):
        torch.zeros(1).expand(3).copy_(torch.zeros(3))
    with pytest.raises(RuntimeError):
        y.zero_()


def test_copy_between_overlapping_views():
    x = torch.arange(5)
    x[1:].copy_(x[:-1])
    assert x.tolist() == [0, 0, 1, 2, 3]


@pytest.mark.parametrize("value, dtype", [(300, torch.uint8), (200, torch.int8), (2j, torch.float32),
                                          (1e40, torch.float32), (70000.0, torch.float16)])
def test_fill_refuses_what_does_not_fit(value, dtype):
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.zeros(2, dtype=dtype).fill_(value)
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.full((2,), value, dtype=dtype)


def test_resize_keeps_storage_shared():
    x = torch.arange(3.0)
    v = x[:2]
    x.resize_(6)
    v[0] = 8
    assert x[0].item() == 8 and x.shape == (6,)
    with pytest.raises(RuntimeError, match="not resizable"):
        torch.from_numpy(np.ones(3)).resize_(100)
    y = torch.ones(3)
    y.untyped_storage().resize_(0)
    assert y.untyped_storage().nbytes() == 0 and y.shape == (3,)


def test_data_and_detach():
    y = torch.arange(3.0)
    y.data[0] = 7
    assert y.tolist() == [7, 1, 2] and y._version == 0
    y.detach()[1] = 5
    assert y.tolist() == [7, 5, 2] and y._version == 1
    p = torch.ones(2, requires_grad=True)
    p.data = torch.ones(3, 4).t()
    assert p.shape == (4, 3) and p.requires_grad and p.is_leaf and p.stride() == (1, 4)


def test_grad_checks():
    y = torch.ones(2, 3, requires_grad=True)
    for wrong, error in [(1, TypeError), (torch.ones(2), RuntimeError),
                         (torch.ones(2, 3, dtype=torch.float64), RuntimeError),
                         (torch.ones(2, 3, device="meta"), RuntimeError), (y, RuntimeError)]:
        with pytest.raises(error):
            y.grad = wrong
    g = torch.ones(2, 3)
    y.grad = g
    assert y.grad is g
    del y.grad
    assert y.grad is None


def test_real_and_imag_are_views():
    c = torch.complex(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    c.real[0] = 9
    c.imag = torch.tensor([5.0, 6.0])
    assert c.tolist() == [9 + 5j, 2 + 6j]
    assert torch.view_as_real(c).tolist() == [[9, 5], [2, 6]]


# ---- factories ----
def test_ranges():
    assert torch.arange(1, 4, 1.5, dtype=torch.int64).tolist() == [1, 2, 3]
    assert torch.arange(5, 0, -2).tolist() == [5, 3, 1] and torch.arange(end=3).tolist() == [0, 1, 2]
    assert torch.linspace(0, 10, 4, dtype=torch.int64).tolist() == [0, 3, 6, 10]
    assert torch.logspace(0, 3, 4, base=2).tolist() == [1, 2, 4, 8]
    assert torch.tril_indices(3, 4, 1).tolist() == [[0, 0, 1, 1, 1, 2, 2, 2, 2], [0, 1, 0, 1, 2, 0, 1, 2, 3]]
    assert torch.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]
    for wrong in (dict(start=0, end=1, step=0), dict(start=0, end=10, step=-1), dict(end=float("inf"))):
        with pytest.raises(RuntimeError):
            torch.arange(**wrong)


def test_like_and_new():
    x = torch.zeros(2, 3, 4, dtype=torch.int16).permute(2, 0, 1)
    assert torch.ones_like(x).stride() == x.stride() and torch.ones_like(x).dtype is torch.int16
    assert x.new_full((2,), 7).tolist() == [7, 7] and x.new_tensor([1.5]).dtype is torch.int16
    assert torch.zeros(2, dtype=float).dtype is torch.float64 and torch.zeros(size=(2,)).shape == (2,)
    with torch.device("meta"):
        assert torch.ones(2).is_meta and torch.ones(2, device="cpu").tolist() == [1, 1]


def test_buffers_and_files(tmp_path):
    assert torch.frombuffer(bytearray(b"\1\0\0\0\2\0\0\0"), dtype=torch.int32).tolist() == [1, 2]
    with pytest.raises(ValueError):
        torch.frombuffer(bytearray(3), dtype=torch.int32)
    path = tmp_path / "numbers"
    t = torch.from_file(str(path), shared=True, size=4, dtype=torch.int64)
    t.fill_(3)
    assert np.fromfile(path, np.int64).tolist() == [3, 3, 3, 3]


# ---- copies, storages, legacy classes ----
def test_copies_share_as_the_originals_do():
    a = torch.arange(4.0)
    b, c = copy.deepcopy((a, a[1:3]))
    b[1] = 50
    assert c.tolist() == [50, 2] and a[1].item() == 1
    b, c = pickle.loads(pickle.dumps((a, a[1:3].clone().requires_grad_())))
    assert b.tolist() == [0, 1, 2, 3] and c.requires_grad and c.tolist() == [1, 2]
    with pytest.raises(RuntimeError):
        copy.deepcopy(torch.ones(2, requires_grad=True) * 2)
    p = Parameter(torch.ones(2))
    q = copy.deepcopy(p)
    assert type(q) is Parameter and q.requires_grad and q.data_ptr() != p.data_ptr()


def test_storages():
    x = torch.ones(3)
    s = x.untyped_storage()
    assert s is x.untyped_storage() and x[1:].untyped_storage()._cdata == s._cdata and s.nbytes() == 12 and len(s) == 12
    assert torch.UntypedStorage([1, 2, 3])[1] == 2 and torch.UntypedStorage([1, 2, 3])[0:2].tolist() == [1, 2]
    assert isinstance(x.storage(), torch.FloatStorage) and x.storage().tolist() == [1, 1, 1]
    x.share_memory_()
    view = x[1:]
    x[1] = 4
    assert view.is_shared() and view.tolist() == [4, 1]


def test_legacy_classes():
    assert isinstance(torch.zeros(2), torch.FloatTensor) and not isinstance(torch.zeros(2), torch.LongTensor)
    assert torch.LongTensor([1.5]).tolist() == [1] and torch.zeros(2).type() == "torch.FloatTensor" and torch.zeros(
        2).type("torch.LongTensor").dtype is torch.int64


def test_nothing_of_the_base_class_shines_through():
    for name in ("asnumpy", "set_dtype", "asin_that_is_not_there", "init_data", "value"):
        assert not hasattr(torch.ones(1), name)
