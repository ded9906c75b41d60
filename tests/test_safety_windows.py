"""Convolution, products, pooling, resizing, padding, attention, bags, recurrent and quantised functions called with
what does not fit: exceptions, and no memory but the tensors' own."""
import mindtorch._C as _C
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn, tensor

from .child import outcome


def z(*shape, dtype=torch.float32):
    return (torch.arange(torch.Size(shape).numel()) % 7).reshape(shape).to(dtype)


NAMES = {"np": np, "torch": torch, "F": F, "nn": nn, "tensor": tensor, "z": z, "nan": float("nan"), "inf": float("inf")}


def of(code):
    """What became of an expression: the name of its exception, "value", or how its process died."""
    words = outcome(lambda: eval(code, dict(NAMES)), limit_s=60).split()
    return words[1].rstrip(":") if words[0] == "raised" else "value" if words[0] == "value" else " ".join(words)


# What the reference raises for each; `None` where any exception will do (it reads outside, never ends, or has no such
# check).
RAISES = {
    "convolution": """
F.conv1d(z(1,4,5), z(4,2,3), groups=2.0)                                            TypeError
F.conv2d(z(1,4,5,5), z(4,2,3,3), groups=2.0)                                        TypeError
F.conv3d(z(1,4,5,5,5), z(4,2,3,3,3), groups=2.0)                                    TypeError
F.conv2d(z(1,4,5,5), z(4,2,3,3), groups=np.float64(2))                              TypeError
F.conv2d(z(1,4,5,5), z(4,2,3,3), padding="same", groups=2.0)                        TypeError
F.conv2d(z(1,4,5,5), z(4,4,3,3), stride=(1,1.5))                                    TypeError
F.conv2d(z(1,4,5,5), z(4,4,3,3), padding=(1,1.0))                                   TypeError
F.conv2d(z(1,4,5,5), z(4,4,3,3), dilation=1.0)                                      TypeError
F.conv2d(z(1,4,5,5), z(4,4,3,3), padding=2**62)                                     None
F.conv_transpose2d(z(1,4,5,5), z(4,2,3,3), groups=2.0)                              TypeError
F.conv_transpose2d(z(1,4,5,5), z(4,2,3,3), output_padding=(0,0.0))                  TypeError
F.conv_transpose2d(z(1,4,5,5), z(4,2,3,3), stride=2**61, output_padding=2**60)      None
torch.convolution(z(1,4,5,5), z(4,4,3,3), None, [1,1], [0,0], [1,1], False, [0,0], 1.0)  TypeError
torch.conv_tbc(z(5,1,4), z(3,4,2), z(2), 2**62)                                     None
nn.Conv2d(4, 4, 3, stride=1.0)(z(1,4,5,5))                                          TypeError
""",
    "pooling": """
F.max_pool2d(z(1,2,5,5), (2,2.0))                                                   TypeError
F.max_pool2d(z(1,2,5,5), 2, stride=2**31)                                           RuntimeError
F.max_pool2d(z(1,2,5,5), 2**62, padding=2**61)                                      RuntimeError
F.max_pool2d(z(1,2,5,5), 2, dilation=2**31, padding=2**30)                          RuntimeError
F.max_pool1d(z(1,2,5), [2.0])                                                       TypeError
F.avg_pool2d(z(1,2,5,5), 2, divisor_override=2.0)                                   TypeError
F.avg_pool2d(z(1,2,5,5), 2, divisor_override=0)                                     RuntimeError
F.adaptive_avg_pool2d(z(1,2,5,5), (2,2.0))                                          TypeError
F.adaptive_avg_pool2d(z(1,2,5,5), (2,2**62))                                        None
F.adaptive_max_pool2d(z(1,2,5,5), (2,1.5))                                          TypeError
F.max_unpool1d(z(1,2,2), tensor([[[0,2],[0,9]]]), 2)                                RuntimeError
F.max_unpool1d(z(1,2,2), tensor([[[0,2],[0,-1]]]), 2)                               RuntimeError
F.max_unpool2d(z(1,2,2,2), z(1,2,2,2,dtype=torch.int64), 2, output_size=(4.0,4))    TypeError
F.max_unpool2d(z(1,2,2,2), z(1,2,2,2,dtype=torch.int64), 2, stride=2**61)           None
F.fractional_max_pool2d(z(1,2,5,5), 2, output_size=2.0)                             TypeError
F.fractional_max_pool2d(z(1,2,5,5), 2, output_size=(2,3), _random_samples=torch.full((1,2,2), nan))     None
F.fractional_max_pool3d(z(1,2,5,5,5), 2, output_size=2, _random_samples=torch.full((1,2,3), -1e30))     None
F.fractional_max_pool2d(z(1,2,5,5), 2, output_ratio=(0.5,0.5,0.5))                  ValueError
torch.quantized_max_pool2d(torch.quantize_per_tensor(z(1,2,5,5), 0.1, 0, torch.quint8), [2,2.0])         TypeError
""",
    "resizing": """
F.interpolate(z(1,2,5,5), size=(2,2.0))                                             TypeError
F.interpolate(z(1,2,5,5), size=2**62)                                               None
F.interpolate(z(1,2,5,5), scale_factor=nan)                                         RuntimeError
F.interpolate(z(1,2,5,5), scale_factor=inf)                                         RuntimeError
F.interpolate(z(1,2,5,5), scale_factor=1e300)                                       RuntimeError
torch.grid_sampler(z(1,2,5,5), z(1,3,3,2), 5, 0, False)                             None
torch.grid_sampler(z(1,2,5,5), z(1,3,3,2), 0, 7, False)                             None
torch.grid_sampler(z(1,2,5,5), z(1,3,3,2), 0.0, 0, False)                           TypeError
torch.grid_sampler_2d(z(1,2,5,5,5), z(1,3,3,3,3), 0, 0, False)                      RuntimeError
torch.grid_sampler_3d(z(1,2,5,5), z(1,3,3,2), 0, 0, False)                          RuntimeError
F.affine_grid(z(1,2,3), (1,1,2.0,2))                                                TypeError
F.pixel_shuffle(z(1,4,2,2), 2.0)                                                    TypeError
F.pixel_shuffle(z(1,4,2,2), 2**32)                                                  ValueError
F.channel_shuffle(z(1,4,2,2), 2.0)                                                  TypeError
""",
    "padding": """
F.pad(z(1,2,5), (1,1.0))                                                            TypeError
F.pad(z(1,2,5), (1.0,1), mode="reflect")                                            TypeError
F.pad(z(1,2,5), "11")                                                               TypeError
F.pad(z(1,2,5), (2**62,2**62))                                                      None
F.pad(z(1,2,5), (2**62,0), mode="replicate")                                        RuntimeError
F.pad(z(1,2,5), (-2**62,2**62), mode="replicate")                                   None
F.pad(z(1,2,5), (-5,5), mode="circular")                                            None
torch.constant_pad_nd(z(1,2,5), (1,1), 1j)                                          RuntimeError
torch.constant_pad_nd(z(1,2,5), (1,1), None)                                        TypeError
F.unfold(z(1,2,5,5), (2,2.0))                                                       TypeError
F.unfold(z(1,2,5,5), 2, padding=2**62)                                              None
F.unfold(z(1,2,5,5), 2**31, padding=2**31)                                          None
F.fold(z(1,8,16), (5,5.0), 2)                                                       TypeError
F.fold(z(1,8,16), (2**62,2**62), 2)                                                 RuntimeError
F.fold(z(1,8,4), (2**40,5), 2, stride=2**40-2)                                      RuntimeError
F.embedding(tensor([0,1]), z(3,2), padding_idx=1.0)                                 TypeError
F.embedding(tensor([0,7]), z(3,2), max_norm=1.0)                                    None
torch.embedding_renorm_(z(3), tensor([0]), 1.0, 2.0)                                RuntimeError
""",
    "products": """
torch.mm(torch.ones(1).expand(2,2**61), torch.ones(1).expand(2**61,2))              RuntimeError
torch.mv(torch.ones(1).expand(2,2**61), torch.ones(1).expand(2**61))                None
torch.dot(torch.ones(1).expand(2**61), torch.ones(1).expand(2**61))                 None
F.linear(torch.ones(1).expand(2,2**61), torch.ones(1).expand(2,2**61))              RuntimeError
torch.addmm(z(2,2), z(2,3), z(3,2), beta=None)                                      TypeError
torch.addmm(z(2,2), z(2,3), z(3,2), alpha=1j)                                       RuntimeError
torch.addmm(z(2,2,dtype=torch.int64), z(2,3,dtype=torch.int64), z(3,2,dtype=torch.int64), beta=nan)      RuntimeError
torch.addmm(z(2,2,dtype=torch.int64), z(2,3,dtype=torch.int64), z(3,2,dtype=torch.int64), alpha=2**63)   RuntimeError
torch.baddbmm(z(2,2,2), z(2,2,3), z(2,3,2), alpha=[1])                              TypeError
torch.tensordot(z(2,3), z(3,2), 1.0)                                                RuntimeError
torch._grouped_mm(z(4,16), z(2,16,8), tensor([3,1], dtype=torch.int32))             None
torch._grouped_mm(z(4,16), z(2,16,8), tensor([-3,4], dtype=torch.int32))            None
torch.fake_quantize_per_tensor_affine(z(4), 0.1, 0.5, 0, 255)                       TypeError
torch.fake_quantize_per_channel_affine(z(2,2), tensor([.1,.1]), tensor([0,0], dtype=torch.int32), -1, 0, \
    255)  RuntimeError
""",
    "attention": """
F.scaled_dot_product_attention(z(1,2,4,8), z(1,2,4,8), z(1,2,4,8), dropout_p=nan)   RuntimeError
F.scaled_dot_product_attention(z(1,2,4,8), z(1,2,4,8), z(1,2,4,8), scale="a")       TypeError
F.scaled_dot_product_attention(z(1,2,4,8), z(1,2,4,8), z(1,2,4,8), attn_mask=z(4,5))        RuntimeError
F.scaled_dot_product_attention(z(1,2,4,8), z(1,2,4,8), z(1,2,4,8), attn_mask=z(3,2,4,4))    RuntimeError
F.scaled_dot_product_attention(z(1,2,4,8), z(1,2,4,7), z(1,2,4,8))                  RuntimeError
F.multi_head_attention_forward(z(3,1,4), z(3,1,4), z(3,1,4), 4, 2.0, z(12,4), z(12), None, None, False, 0.0, z(4,4), \
    z(4))  TypeError
F.multi_head_attention_forward(z(3,1,4), z(3,1,4), z(3,1,4), 4, 0, z(12,4), z(12), None, None, False, 0.0, z(4,4), \
    z(4))    ZeroDivisionError
""",
    "bags": """
F.embedding_bag(tensor([0,7]), z(3,2), tensor([0]), mode="sum")                     RuntimeError
F.embedding_bag(tensor([0,-1]), z(3,2), tensor([0]), mode="max")                    None
F.embedding_bag(tensor([0,1]), z(3,2), tensor([0,5]), mode="sum")                   RuntimeError
F.embedding_bag(tensor([0,1]), z(3,2), tensor([0.0]), mode="sum")                   RuntimeError
F.embedding_bag(tensor([0,1]), z(3,2,2), tensor([0]), mode="max")                   ValueError
F.embedding_bag(tensor([0,1]), z(), tensor([0]), mode="max")                        ValueError
F.embedding_bag(tensor([0,1]), z(3,2), tensor([], dtype=torch.int64), mode="sum", \
    include_last_offset=True)   RuntimeError
F.embedding_bag(tensor([0,1]), z(3,2), tensor([0]), mode="sum", \
    per_sample_weights=z(2,dtype=torch.float64))   RuntimeError
F.embedding_bag(tensor([0,1]), z(3,2), tensor([0]), mode="sum", padding_idx=1.0)    TypeError
""",
    "recurrent": """
torch.lstm(z(6,2), tensor([4.,2]), (z(1,4,3), z(1,4,3)), [z(12,2), z(12,3), z(12), z(12)], True, 1, 0.0, False, \
    False)  RuntimeError
torch.lstm(z(6,2), tensor([4,3]), (z(1,4,3), z(1,4,3)), [z(12,2), z(12,3), z(12), z(12)], True, 1, 0.0, False, \
    False)   RuntimeError
torch.lstm(z(6,2), tensor([4,2]), (z(1,5,3), z(1,5,3)), [z(12,2), z(12,3), z(12), z(12)], True, 1, 0.0, False, \
    False)   RuntimeError
torch.lstm(z(6,2), tensor([], dtype=torch.int64), (z(1,4,3), z(1,4,3)), [z(12,2), z(12,3), z(12), z(12)], True, 1, \
    0.0, False, False)  None
torch.lstm(z(4,1,2), (z(1,1,3), z(1,1,3)), [1, 2, 3, 4], True, 1, 0.0, False, False, False)     TypeError
nn.utils.rnn.pack_padded_sequence(z(4,2,2), [2**40,2])                              RuntimeError
nn.utils.rnn.pack_padded_sequence(z(4,2,2), tensor(4))                              RuntimeError
torch.lstm_cell(z(1,2), (z(1,3),), z(12,2), z(12,3), z(12), z(12))                  RuntimeError
torch.lstm_cell(z(1,2), z(2,1,3), z(12,2), z(12,3), z(12), z(12))                   TypeError
torch.rnn_relu_cell(z(1,2), None, z(3,2), z(3,3))                                   TypeError
nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.PackedSequence(z(6,2), tensor([2,-2,2])))         None
nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.PackedSequence(z(6,2), tensor([2,2,9])))          None
nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.PackedSequence(z(6,2), tensor([], dtype=torch.int64)))   RuntimeError
nn.GRU(2, 3)(nn.utils.rnn.PackedSequence(z(6,2), tensor([-4,10])))                  None
""",
    "quantised": """
torch.quantize_per_tensor(z(4), 0.1, 2**63, torch.qint32)                           ValueError
torch.quantize_per_tensor(z(4), 0.1, 0.5, torch.quint8)                             TypeError
torch.quantize_per_channel(z(2,2), tensor([.1,.2]), tensor([0,0]), 0.0, torch.quint8)           TypeError
torch.quantize_per_channel(z(2,2), tensor([.1]), tensor([0]), 0, torch.quint8)      RuntimeError
torch._empty_affine_quantized((2,2), scale=0.1, zero_point=0.5, dtype=torch.quint8) TypeError
torch._empty_affine_quantized((2,2), scale="a", zero_point=0, dtype=torch.quint8)   TypeError
torch._empty_affine_quantized((2**62,4), scale=0.1, zero_point=0, dtype=torch.quint4x2)         None
torch._make_per_tensor_quantized_tensor(z(4,dtype=torch.uint8), 0.1, 0.5)           TypeError
torch.quantize_per_tensor(z(4), 0.1, 0, torch.quint8).as_strided((9,), (1,), 0)     RuntimeError
torch.quantize_per_tensor(z(4), 0.1, 0, torch.quint8).expand(2**62, 4)              RuntimeError
"""}
# These have values: numbers as other integer types, and limits that only look strange.
VALUES = """
F.conv2d(z(1,4,5,5), z(4,2,3,3), groups=np.int64(2))
F.conv2d(z(1,4,5,5), z(4,4,3,3), stride=(np.int8(1), tensor(2)))
F.adaptive_avg_pool2d(z(1,2,5,5), (2, tensor(2)))
F.interpolate(z(1,2,5,5), size=(tensor(2), np.int8(3)))
F.pad(z(1,2,5), (tensor(1), np.int8(1)), mode="reflect")
F.avg_pool2d(torch.full((1,1,1,1), -2**63), 1, divisor_override=-1)
F.avg_pool2d(torch.full((1,1,1,2), 2**62), (1,2))
F.max_unpool1d(z(1,1,2), tensor([[[0,3]]]), 2)
F.grid_sample(z(1,2,5,5), torch.full((1,1,1,2), 1e30), padding_mode="reflection", align_corners=False)
F.grid_sample(z(1,2,5,5,5), torch.full((1,1,1,1,3), nan), padding_mode="reflection", align_corners=False)
F.grid_sample(z(1,2,5,5), torch.full((1,1,1,2), -inf), mode="bicubic", align_corners=True)
F.embedding_bag(tensor([0,1]), z(3,2), tensor([], dtype=torch.int64), mode="sum")
F.fractional_max_pool2d(z(1,2,5,5), 2, output_size=(2,3), _random_samples=torch.full((1,2,2), 0.999))
F.fractional_max_pool2d(z(1,2,5,5), 2, output_size=(2,3), _random_samples=torch.full((1,2,2), 5.0))
"""


@pytest.mark.parametrize("family", RAISES)
def test_what_does_not_fit_raises(family):
    cases = [line.rsplit(None, 1) for line in RAISES[family].splitlines() if line]
    wrong = []
    for code, wanted in cases:
        got = of(code.strip())
        if not got.endswith("Error") or wanted not in ("None", got):
            wrong.append(f"{code}: {got}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


def test_strange_numbers_that_have_values():
    assert not {code: got for code in VALUES.split("\n")[1:-1] if (got := of(code)) != "value"}


def test_numbers_of_other_types_count_as_ints():
    x = torch.arange(50.0).reshape(1, 2, 5, 5)
    assert torch.equal(F.adaptive_avg_pool2d(x, (2, tensor(2))), F.adaptive_avg_pool2d(x, 2))


def test_halves_whose_last_size_is_one_have_any_stride():
    x = torch.arange(24.0).half()
    dense, strange = x.reshape(2, 1, 3, 4, 1), x.as_strided((2, 1, 3, 4, 1), (12, 1, 4, 1, 12))
    assert torch.equal(F.adaptive_avg_pool3d(strange, (2, 2, 1)), F.adaptive_avg_pool3d(dense, (2, 2, 1)))


# Operands of backward kernels that are not what forward saw: (kernel, shapes of its tensors, scalars)
BACKWARD = [
    ("convolution_input", [(1, 4, 5, 5), (1, 4, 9, 9), (4, 4, 3, 3)], ((1, 1), (0, 0), (1, 1), 2)),
    ("convolution_weight", [(4, 4, 3, 3), (1, 4, 3, 3), (1, 2, 5, 5)], ((1, 1), (0, 0), (1, 1), 1)),
    ("convolution_weight", [(4, 4, 3, 3), (2, 4, 3, 3), (1, 4, 5, 5)], ((1, 1), (0, 0), (1, 1), 1)),
    ("convolution_input", [(1, 4, 5, 5), (1, 4, 3, 3), (4, 4, 3, 3)], ((1, 1), (0, 0), (1,), 1)),
    ("avg_pool_backward", [(1, 2, 4, 4), (1, 2, 9, 9)], ((2, 2), (2, 2), (0, 0), True, None)),
    ("avg_pool_backward", [(1, 2, 4, 4), (1, 3, 2, 2)], ((2, 2), (2, 2), (0, 0), True, None)),
    ("adaptive_avg_pool_backward", [(1, 2, 4, 4), (2, 2, 2, 2)], ()),
    ("resample_backward", [(2, 4, 3), (2, 9, 3)], (2, 3, 4, 8, 2, False, 0.0, 8)),
    ("resample", [(2, 8, 3), (2, 4, 3)], (2, 3, 4, 800, 2, False, 0.0, 8)),
    ("grid_sample_backward", [(1, 2, 5, 5), (1, 3, 3, 2), (1, 2, 4, 3), (1, 2, 5, 5), (1, 3, 3, 2)], (0, 0, False)),
    ("grid_sample_backward", [(1, 2, 4, 5), (1, 3, 3, 2), (1, 2, 3, 3), (1, 2, 5, 5), (1, 3, 3, 2)], (0, 0, False)),
    ("attention_backward", [(1, 2, 3, 4)] * 4 + [(1, 2, 3, 4)] * 3 + [None, (1, 2, 3, 4), (1, 2, 2)], (1.0, False)),
    (
        "attention_backward",
        [(1, 2, 3, 4)] * 4 + [(1, 2, 3, 4), (1, 0, 3, 4), (1, 0, 3, 4), None, (1, 2, 3, 4), (1, 2, 3)],
        (1.0, False),
    ),
    ("matmul", [(2, 2), (2, 3), (4, 2), None], (1, 1)),
    ("matmul", [(2, 2), (2, 3), (3, 2), (3, 2)], (1, 1)),
    ("dot", [(), (3,), (4,)], ()),
    ("native_types", [(1,)], ()),
]


@pytest.mark.parametrize("kernel, shapes, scalars", BACKWARD)
def test_kernels_compare_their_operands(kernel, shapes, scalars):
    tensors = tuple(None if s is None else torch.ones(s) for s in shapes)
    with pytest.raises((RuntimeError, TypeError, IndexError)):
        _C.call(_C.kernel_id(kernel), tensors, scalars)


def test_places_of_pooling_lie_in_the_plane():
    places = torch.tensor([[[0, 99]]])
    for kernel, tensors, scalars in (
        ("pool_gather", (torch.zeros(1, 1, 2), torch.zeros(1, 1, 4), places), ()),
        ("pool_scatter", (torch.zeros(1, 1, 4), torch.zeros(1, 1, 2), places), (True,)),
    ):
        with pytest.raises(RuntimeError, match="invalid max index: 99"):
            _C.call(_C.kernel_id(kernel), tensors, scalars)
