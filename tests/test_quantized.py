"""Quantised tensors; expected values were recorded from PyTorch 2.13."""
import base64
import copy
import io
import pickle
import zlib

import mindtorch  # noqa: F401
import pytest
import torch
from torch.nn import functional as F

X = torch.tensor([[-1.0, 0.25, 0.35], [2.0, 100.0, -100.0]])
SCALES, ZEROS = torch.tensor([0.1, 0.5]), torch.tensor([10, 0])
Q = torch.quantize_per_tensor(X, 0.1, 10, torch.quint8)
C = torch.quantize_per_channel(X, SCALES, ZEROS, 0, torch.qint8)
P = torch.quantize_per_tensor(torch.arange(48.0).reshape(1, 2, 4, 6), 0.5, 3, torch.quint8)
DEEP = torch.quantize_per_channel(torch.arange(24.0).reshape(4, 3, 2), torch.tensor([0.1, 0.2, 0.3]),
                                  torch.tensor([1, 2, 3]), 1, torch.quint8)
SAVED = (
    "eNp1Uslu00AY9paETmlaChTKWnaXJTjOzpZLBarMFiMkX5CVOtPayLLz2+OySJV6SaE8Aw/AK/AWPEKvPAISB8Yex0oiMweP5/fvb5t/X/iG3L/f"
    "n/5Ze//j9WplX3jxW6TPPeBkY4njuGHgE9/yXXMXB6Hje8DTBmOBfnEdQlxsYm/g9D0QvhqIFsmnITZD5zMOQdwDSTYKtBjafkCgoAmGSE+OR6Co"
    "SYYUY/jeDpQ0KYrGnDytAvAW8QPLrpgRcdwQmQHeihx3YALBXugHCARZNkoxNO3r72AQ2Q+o93bTI+03rIpAMsq0qVNXlE6jVVXURr2lQiGRYQ0j"
    "KqP4kkCpp3GaoIkHcEwTNf4A5lKwIQ5MRmj2t7cdjwKiZ90jLlka/wXmDy0ajYstQpMJ0atggAM82HAsguD4ug4LBMo6LCZ8gf8Blmyq2xbtXFkn"
    "bCZnuUdViCM4qfEjOGVPM54+tGPgFQJndDibpGXBKoMdRzCVwLlpqmq7Xm3C+ZTqQub8InN+SZ6wbtl9z8Nu5v3yfy4ljWhXRbA2oWPDj7ZcnAm5"
    "MiOk0aaer1IhAhVyLREyguux5xvM400Ct3SQ7UnM53ReMsT1WUS1psLtFPFOing3RrzHECsE7uugaByBKquoBGo61JMcPWhM5xiPUv2jmvE1J/mU"
    "TlNp1ZrQonwS5WtnUXZYlA9mbu4hY3xE4LEOT+J5fxfPew4kn+dLyItPzLvc/JnHFYlp4arRTySk73y6CzM7W0ddtv/qFsf9YqG8vDJxKs3N/wMI"
    "mxHy"
)


def ints(t):
    return t.int_repr().tolist()


@pytest.mark.parametrize(("dtype", "zero", "want"), [
    (torch.quint8, 10, [[0, 12, 14], [30, 255, 0]]), (torch.qint8, 10, [[0, 12, 14], [30, 127, -128]]),
    (torch.qint32, 10, [[0, 12, 14], [30, 1010, -990]]),
    (torch.quint4x2, 10, [192, 254, 15]), (torch.quint2x4, 10, [252, 3])])
def test_per_tensor(dtype, zero, want):
    q = torch.quantize_per_tensor(X, 0.1, zero, dtype)
    assert ints(q) == want and q.dtype is dtype and q.is_quantized and isinstance(q, torch.Tensor)
    assert (q.q_scale(), q.q_zero_point(), q.qscheme()) == (0.1, zero, torch.per_tensor_affine)


def test_rounding_is_to_even_and_what_is_out_of_range_saturates():
    halves = torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.5])
    assert ints(torch.quantize_per_tensor(halves, 1.0, 0, torch.qint8)) == [0, 2, 2, 0, -2, -2, 4]
    # after the zero point is added
    assert ints(torch.quantize_per_tensor(halves, 1.0, 1, torch.qint8)) == [2, 2, 4, 0, 0, -2, 4]
    odd = torch.tensor([float("nan"), float("inf"), -float("inf"), 1e20, -1e20])
    assert ints(torch.quantize_per_tensor(odd, 0.1, 3, torch.quint8)) == [255, 255, 0, 255, 0]
    assert (ints(torch.quantize_per_tensor(odd, 0.1, 3, torch.qint32))
            == [-(2**31), 2**31 - 1, -(2**31), 2**31 - 1, -(2**31)])
    assert (ints(torch.quantize_per_channel(odd[None], SCALES[:1], torch.tensor([3]), 0, torch.qint8))
            == [[0, 127, -128, 127, -128]])


def test_parameters_as_tensors_and_lists():
    assert (torch.quantize_per_tensor(X, torch.tensor(0.1), torch.tensor(10), torch.quint8).q_scale()
            == 0.10000000149011612)
    a, b = torch.quantize_per_tensor([X, X * 2], torch.tensor([0.1, 0.2]), torch.tensor([0, 10]), torch.quint8)
    assert ints(a) == [[0, 2, 4], [20, 255, 0]] and ints(b) == [[0, 12, 14], [30, 255, 0]]
    assert [t.tolist() for t in torch.dequantize([a, b])] == [a.dequantize().tolist(), b.dequantize().tolist()]


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: torch.quantize_per_tensor(X.half(), 0.1, 0, torch.qint8), RuntimeError,
     "Quantize only works on Float Tensor, got Half"),
    (lambda: torch.quantize_per_tensor(X.bfloat16(), 0.1, 0, torch.qint8), RuntimeError, "got BFloat16"),
    (lambda: torch.quantize_per_tensor(X.double(), 0.1, 0, torch.qint8), RuntimeError, "got Double"),
    (lambda: torch.quantize_per_tensor(X, 0.1, 0, torch.int8), RuntimeError,
     "ScalarType Char is not supported in new_qtensor"),
    (lambda: torch.quantize_per_tensor(X, 0.1, 1000, torch.qint8), RuntimeError,
     "zero_point 1000 is above upper bound"),
    (lambda: torch.quantize_per_tensor(X, 0.1, -1, torch.quint8), RuntimeError, "zero_point -1 is below lower bound"),
    (lambda: torch.quantize_per_tensor(X, 0.1, 10.5, torch.quint8), TypeError, "quantize_per_tensor"),
    (lambda: torch.quantize_per_tensor(X, 0.1, torch.tensor(10.0), torch.quint8), TypeError, "quantize_per_tensor"),
    (lambda: torch.quantize_per_tensor(Q, 0.1, 0, torch.quint8), NotImplementedError, "QuantizedCPU"),
    (lambda: torch.quantize_per_channel(X, SCALES, ZEROS, -1, torch.qint8), RuntimeError, "Channel axis out of range"),
    (lambda: torch.quantize_per_channel(X, SCALES, ZEROS, 1, torch.qint8), RuntimeError,
     "length of scales must equal to channel, expected 3 got, 2"),
    (lambda: torch.quantize_per_channel(X, SCALES, ZEROS[:1], 0, torch.qint8), RuntimeError,
     "number of elements in scales and zero_points must match"),
    (lambda: torch.quantize_per_channel(X, SCALES, ZEROS, 0, torch.quint4x2), NotImplementedError,
     "quantize_tensor_per_channel_affine"),
    (lambda: torch.quantize_per_tensor_dynamic(X, torch.qint32, False), RuntimeError, "dtype QInt32not supported"),
    (lambda: X.q_scale(), NotImplementedError, "aten::q_scale"),
    (lambda: torch.int_repr(X), NotImplementedError, "aten::int_repr"),
    (lambda: C.q_scale(), RuntimeError, "kPerTensorAffine"),
    (lambda: Q.q_per_channel_axis(), RuntimeError, "kPerChannelAffine"),
    (lambda: Q.requires_grad_(), RuntimeError, "only Tensors of floating point dtype can require gradients"),
    (lambda: Q.float(), RuntimeError, "requires quantized dtype"),
    (lambda: Q.numpy(), TypeError, "Got unsupported ScalarType QUInt8"),
    (lambda: C.t(), RuntimeError, "Setting strides is possible only on uniformly quantized tensor"),
    (lambda: C.view(6).dequantize(), RuntimeError, "length of scales must equal to channel, expected 6 got, 2"),
    (lambda: X.clone().copy_(Q), RuntimeError, "Copying from quantized Tensor to non-quantized Tensor is not allowed"),
    (lambda: Q.clone().copy_(C), RuntimeError, "same qscheme"),
    (lambda: Q.clone().copy_(X.double()), RuntimeError, "kFloat as source"),
    (lambda: Q.clone().copy_(X.t()), RuntimeError, "contiguous and NHWC"),
    (lambda: Q.clone().copy_(X[0]), RuntimeError, "same shape"),
    (lambda: torch.nn.Parameter(Q), RuntimeError, "require gradients"),
    (lambda: torch.result_type(Q, X), RuntimeError, "promoteTypes")])
def test_refused_arguments(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("call", [
    lambda: Q + Q, lambda: Q + 1, lambda: X + Q, lambda: X.clone().add_(Q), lambda: -Q, lambda: Q @ Q.t(),
    lambda: X @ Q.t(), lambda: Q.sum(), lambda: Q.exp(), lambda: F.softmax(Q, 0),
    lambda: F.linear(X, Q), lambda: F.linear(Q, X), lambda: torch.cat([X, Q]), lambda: torch.where(X > 0, Q, Q),
    lambda: Q.argmax(), lambda: Q.cumsum(0), lambda: Q.view(torch.uint8),
    lambda: torch.zeros_like(Q), lambda: Q.nonzero(), lambda: torch.add(X, X, out=Q.clone()),
    lambda: X.index_add(0, torch.tensor([0, 1]), Q), lambda: Q.to_sparse(),
    lambda: torch.Tensor.to_sparse(Q), lambda: torch.nn.Linear(3, 2)(Q), lambda: Q.set_(X),
    lambda: F.max_pool2d(P, 2, return_indices=True), lambda: Q.zero_(), lambda: X.to(Q)])
def test_what_is_not_supported_raises_and_never_computes_with_the_integers(call):
    with pytest.raises(RuntimeError):
        call()
    with torch._C.DisableTorchFunctionSubclass(), pytest.raises(RuntimeError):
        call()


def test_per_channel():
    assert ints(C) == [[0, 12, 14],
                       [4, 127, -128]] and C.qscheme() is torch.per_channel_affine and C.q_per_channel_axis() == 0
    assert C.q_per_channel_scales().dtype is torch.float64 and C.q_per_channel_zero_points().tolist() == [10, 0]
    torch.testing.assert_close(C.dequantize(), torch.tensor([[-1.0, 0.2, 0.4], [2.0, 63.5, -64.0]]))
    floating = torch.quantize_per_channel(X, torch.tensor([0.1, 0.2]), torch.tensor([1.5, 2.5]), 0, torch.quint8)
    assert ints(floating) == [[0, 4, 5], [12, 255, 0]] and floating.qscheme() is torch.per_channel_affine_float_qparams
    torch.testing.assert_close(floating.dequantize(), torch.tensor([[-0.15, 0.25, 0.35], [1.9, 50.5, -0.5]]))
    small = torch.quantize_per_channel(torch.arange(10.0).reshape(2, 5), torch.tensor([1.0, 2.0]), torch.zeros(2), 0,
                                       torch.quint2x4)
    assert small.dequantize().tolist() == [[0, 1, 2, 3, 3], [4, 6, 6, 6, 6]] and ints(small) == [228, 251, 15]


@pytest.mark.parametrize(("reduce_range", "dtype", "zero", "scale", "want"), [
    (False, torch.quint8, 128, 0.7843137254901961, [[127, 128, 128], [131, 255, 1]]),
    (True, torch.quint8, 63, 1.5748031496062993, [[62, 63, 63], [64, 126, 0]]),
    (False, torch.qint8, 0, 0.7843137254901961, [[-1, 0, 0], [3, 127, -128]]),
    (True, torch.qint8, 0, 1.5748031496062993, [[-1, 0, 0], [1, 64, -64]])])
def test_dynamic(reduce_range, dtype, zero, scale, want):
    q = torch.quantize_per_tensor_dynamic(X, dtype, reduce_range)
    assert (q.q_zero_point(), q.q_scale()) == (zero, scale) and ints(q) == want


def test_dynamic_of_small_ranges():
    dynamic = lambda *v: torch.quantize_per_tensor_dynamic(torch.tensor(v), torch.quint8, False)
    assert (dynamic(0.0, 0.0).q_scale(), dynamic(1e-40, 2e-40).q_scale(),
            dynamic(1e-5, 2e-5).q_scale()) == (0.1, 0.1, 6.0999998822808266e-05)
    assert (dynamic(-1.0, -1.0).q_zero_point(), ints(dynamic(1.0))) == (255, [255])
    assert torch.quantize_per_tensor_dynamic(X, torch.float16, False).dtype is torch.float16


def test_views_share_the_integers():
    q = Q.clone()
    assert ints(q.t()) == [[0, 30], [12, 255],
                           [14, 0]] and q.t().stride() == (1, 3) and q[1].storage_offset() == 3 and q[1]._base is q
    assert ints(q[:, ::2]) == [[0, 14], [30, 0]] and ints(q[torch.tensor([1, 0])]) == [[30, 255, 0], [0, 12, 14]]
    assert ints(q.reshape(3, 2)) == [[0, 12], [14, 30], [255, 0]]
    assert q.expand(2, 2, 3).stride() == (0, 3, 1) and q.unsqueeze(0).shape == (1, 2, 3)
    assert [ints(t) for t in q.split(1)] == [[[0, 12, 14]], [[30, 255, 0]]]
    q[0].copy_(torch.ones(3))
    q[1, 1] = 1
    assert ints(q) == [[20, 20, 20], [30, 20, 0]]
    q[torch.tensor([False, True])] = 2.0
    assert ints(q) == [[20, 20, 20], [30, 30, 30]] and ints(Q) == [[0, 12, 14], [30, 255, 0]]
    assert ints(q.copy_(torch.quantize_per_tensor(X, 0.2, 3, torch.quint8))) == [[0, 4, 5], [13, 255, 0]] and (
        q.q_scale(), q.q_zero_point()) == (0.2, 3)


def test_views_of_channels():
    assert ints(DEEP[:, ::2])[0] == [[1, 11], [16, 20]] and DEEP[:, ::2].q_per_channel_zero_points().tolist() == [1, 3]
    one = DEEP[:, 1]
    assert one.qscheme() is torch.per_tensor_affine
    assert (one.q_scale(), one.q_zero_point(), ints(one)[0]) == (0.20000000298023224, 2, [12, 17])
    assert DEEP[0].q_per_channel_axis() == 0 and DEEP.unsqueeze(1).q_per_channel_axis(
        ) == 2 and [t.q_zero_point() for t in DEEP.unbind(1)] == [1, 2, 3]
    assert DEEP[1:3].q_per_channel_axis() == 1 and DEEP[1:3].storage_offset() == 6
    with pytest.raises(RuntimeError, match="0 elements"):
        DEEP[:, 0:0]


def test_channels_last_zero_size_and_strided_inputs():
    last = torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last)
    assert (torch.quantize_per_tensor(last, 0.5, 0, torch.quint8).stride() == (24, 1, 8, 2)
            == torch.quantize_per_channel(last, SCALES, ZEROS, 1, torch.quint8).stride())
    assert torch.quantize_per_tensor(X.t(), 0.1, 10, torch.quint8).stride() == (2, 1)
    assert Q.t().clone().stride() == (2, 1) == Q.t().dequantize().stride()
    empty = torch.quantize_per_tensor(torch.empty(0, 3), 0.1, 3, torch.quint8)
    assert empty.shape == (0, 3) and empty.dequantize().shape == (0, 3)
    assert repr(empty).startswith("tensor([], size=(0, 3), " "dtype=torch.quint8")


def test_repr():
    assert repr(Q) == (
        "tensor([[-1.0000,  0.2000,  0.4000],\n        [ 2.0000, 24.5000, -1.0000]], size=(2, 3), dtype=torch.quint8,\n"
        "       quantization_scheme=torch.per_tensor_affine, scale=0.1, zero_point=10)"
    )
    assert repr(C) == (
        "tensor([[ -1.0000,   0.2000,   0.4000],\n        [  2.0000,  63.5000, -64.0000]], size=(2, 3), "
        "dtype=torch.qint8,\n"
        "       quantization_scheme=torch.per_channel_affine,\n       scale=tensor([0.1000, 0.5000], "
        "dtype=torch.float64),\n       zero_point=tensor([10,  0]), axis=0)"
    )


def test_questions():
    assert (Q.element_size(), Q.nbytes, Q.numel(), len(Q), Q.dim(), Q.is_contiguous(), Q.is_floating_point(),
            Q.requires_grad, Q.is_leaf) == (1, 6, 6, 2, 2, True, False, False, True)
    assert Q.type() == "torch.quantized.QUInt8Tensor" and Q.to("cpu") is Q and Q.contiguous(
        ) is Q and Q[0, 1].item() == 0.20000000298023224
    assert (Q == 0.2).tolist() == [[False, True, False], [False, False, False]]
    assert (X > Q).tolist() == [[False, True, False], [False, True, False]]
    assert torch.equal(Q, Q.clone()) and not torch.equal(Q, C) and not torch.equal(Q, X) and C.equal(C.clone())


def test_functions_of_values():
    assert ints(torch.relu(Q)) == ints(F.relu(Q)) == [[10, 12, 14], [30, 255, 10]]
    assert ints(torch.clamp(Q, 0, 1)) == [[10, 12, 14], [20, 20, 10]] and ints(F.relu6(Q))[1] == [30, 70, 10]
    assert (ints(torch.cat([Q, torch.quantize_per_tensor(X, 0.2, 3, torch.quint8)]))
            == [[0, 12, 14], [30, 255, 0], [4, 12, 14], [30, 255, 4]])
    assert torch.stack([Q, Q]).shape == (2, 2, 3) and ints(Q.max()) == 255
    assert ints(Q.sort()[0]) == [[0, 12, 14], [0, 30, 255]] and Q.max(1).indices.tolist() == [2, 1]
    assert ints(Q.masked_fill(torch.tensor([True, False, True]),
                              1.0)) == [[20, 12, 20], [20, 255, 20]] and ints(torch.ones_like(Q)) == [[20] * 3] * 2
    assert ints(F.avg_pool2d(P, 3, stride=1, padding=1))[0][0][0] == [6, 8, 10, 11, 12, 10]
    assert ints(F.adaptive_avg_pool2d(P, 2)) == [[[[11, 17], [35, 41]], [[59, 65], [83, 89]]]]


def test_max_pools():
    assert (ints(torch.quantized_max_pool2d(P, (2, 2))) == ints(F.max_pool2d(P, 2))
            == [[[[17, 21, 25], [41, 45, 49]], [[65, 69, 73], [89, 93, 97]]]])
    assert (ints(torch.quantized_max_pool2d(P, [2, 2], [2, 2], [1, 1], [1, 1], True))[0][0]
            == [[3, 7, 11, 13], [27, 31, 35, 37], [39, 43, 47, 49]])
    assert torch.quantized_max_pool2d(P.contiguous(memory_format=torch.channels_last), [2, 2]).stride() == (12, 1, 6, 2)
    assert ints(torch.quantized_max_pool1d(P[0], [2], [1], [1], [2], True))[0][0] == [5, 7, 9, 11, 13, 11]
    for wrong, text in (
        (dict(kernel_size=[2, 2], padding=[2, 2]), "padding should be smaller"),
        (dict(kernel_size=[5, 7]), "Output size is too small"),
        (dict(kernel_size=[0, 2]), "greater than zero"),
    ):
        with pytest.raises(RuntimeError, match=text):
            torch.quantized_max_pool2d(P, **wrong)
    with pytest.raises(NotImplementedError, match="quantized_max_pool1d"):
        torch.quantized_max_pool1d(torch.ones(1, 2, 4), 2)


def test_batch_norm():
    weight, bias, mean, var = torch.tensor([1.5,
                                            0.5]), torch.tensor([0.1, -0.2]), torch.tensor(
                                                [1.0, 2.0]), torch.tensor([0.5, 4.0])
    made = torch.quantized_batch_norm(P, weight, bias, mean, var, 1e-5, 0.3, 7)
    assert ints(made)[0][0][0] == [0, 7, 14, 21, 29, 36] and ints(made)[0][1][3] == [40, 40, 41, 42, 43, 44]
    assert made.stride() == (48, 1, 12, 2) and (made.q_scale(), made.q_zero_point()) == (0.3, 7)
    for arguments, text in (
        ((None, bias, mean), "Weight must be provided"),
        ((weight, None, mean), "Bias must be provided"),
        ((weight[:1], bias, mean), "Expect weight size to match C"),
        ((weight, bias, mean[:1]), "Mean size must match channel dimension"),
    ):
        with pytest.raises(RuntimeError, match=text):
            torch.quantized_batch_norm(P, *arguments, var, 1e-5, 0.3, 7)


def test_factories():
    made = torch._empty_affine_quantized([2, 3, 4, 5], scale=0.5, zero_point=3, dtype=torch.qint8,
                                         memory_format=torch.channels_last)
    assert made.stride() == (60, 1, 15, 3)
    assert (made.q_scale(), made.q_zero_point(), made.dtype) == (0.5, 3, torch.qint8)
    assert torch._empty_per_channel_affine_quantized([2, 3], scales=SCALES, zero_points=ZEROS, axis=0,
                                                     dtype=torch.qint8).q_per_channel_zero_points().tolist() == [10, 0]
    assert torch.empty_quantized((4, 3), Q).shape == (4, 3)
    assert torch.empty_like(C).qscheme() is torch.per_channel_affine
    assert ints(torch._make_per_tensor_quantized_tensor(torch.tensor([1, 2], dtype=torch.uint8), 0.5, 1)) == [1, 2]
    torch.testing.assert_close(
        torch._make_per_channel_quantized_tensor(torch.tensor([[1, 2], [3, 4]], dtype=torch.uint8), SCALES, ZEROS,
                                                 0).dequantize(), torch.tensor([[-0.9, -0.8], [1.5, 2.0]]))
    assert torch._empty_affine_quantized([3, 3], scale=0.5, zero_point=3,
                                         dtype=torch.quint4x2).untyped_storage().nbytes() == 6


def test_storages():
    for cls, dtype, data in (
        (torch.QInt8Storage, torch.qint8, [1, -2, 3]),
        (torch.QUInt8Storage, torch.quint8, [1, 2, 255]),
        (torch.QInt32Storage, torch.qint32, [1, -2, 300]),
        (torch.QUInt4x2Storage, torch.quint4x2, [1, 2]),
        (torch.QUInt2x4Storage, torch.quint2x4, [1, 2]),
    ):
        s = cls(data)
        assert s.dtype is dtype and s.tolist() == data and isinstance(s, cls) and not isinstance(s, torch.CharStorage)
        assert copy.deepcopy(s).tolist() == data
    assert Q.storage().dtype is torch.quint8 and Q.storage().tolist() == [0, 12, 14, 30, 255, 0] and Q.data_ptr(
        ) == Q.untyped_storage().data_ptr()
    with pytest.raises(RuntimeError):
        torch.QInt8Storage([1]).float()


def test_pickles_and_copies():
    packed = torch.quantize_per_tensor(X, 0.1, 10, torch.quint4x2)
    for made in (lambda t: pickle.loads(pickle.dumps(t)), copy.deepcopy):
        for t in (Q, Q.t(), Q[1], C, packed):
            again = made(t)
            assert torch.equal(again, t) and again.stride() == t.stride() and again.data_ptr() != t.data_ptr()
    for zipped in (True, False):
        b = io.BytesIO()
        torch.save({"q": Q, "row": Q[1], "c": C}, b, _use_new_zipfile_serialization=zipped)
        read = torch.load(io.BytesIO(b.getvalue()))
        assert torch.equal(read["q"], Q) and torch.equal(read["c"], C)
        assert read["row"].data_ptr() == read["q"].data_ptr() + 3


def test_file_that_pytorch_wrote():
    read = torch.load(io.BytesIO(zlib.decompress(base64.b64decode(SAVED))))
    want = torch.arange(6.0).reshape(2, 3)
    assert ints(read["q"]) == [[1, 3, 5], [7, 9, 11]] and torch.equal(read["q"].dequantize(), want)
    assert ints(read["row"]) == [7, 9, 11]
    assert ints(read["c"]) == [[1, 3, 5], [14, 18, 22]] and read["c"].qscheme() is torch.per_channel_affine
    assert torch.equal(read["n"].dequantize(), want)


def test_in_modules():
    m = torch.nn.Module()
    m.register_buffer("weight", Q.clone())
    m.register_buffer("other", Q.clone())
    state = {k: v.clone() for k, v in m.state_dict().items()}
    m.weight.fill_(0.0)
    m.load_state_dict(state)
    assert ints(m.to(torch.float64).weight) == ints(Q)
    assert isinstance(torch.nn.Parameter(Q, requires_grad=False), torch.nn.Parameter)
