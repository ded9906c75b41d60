"""Calls for the leak audit: every function of the op table runs in at least one of them.

Most are derived from the recorded samples: the function itself, its in-place form on a copy of the first argument, its
out= form;
_foreach_ functions from their signatures. The rest are the lines of CALLS, expressions over small tensors.
"""
import collections
import contextlib
import functools
import inspect
import pathlib
import re
import sys
import tempfile

import numpy  # noqa: F401 used in CALLS

import mindtorch as torch
from mindtorch._ops.table.registry import FUNCTIONS, METHODS, NAMESPACES, TABLE

from . import number_tensors
from .examples import examples
from .parity import codec

READER = codec.Reader(pathlib.Path(__file__).with_name("parity") / "samples.zip", torch)


def leaf(*shape, dtype=torch.float32):
    return torch.rand(shape, generator=torch.Generator().manual_seed(1), dtype=dtype).requires_grad_()


def refused(function, *args):
    """Call what must raise."""
    with contextlib.suppress(RuntimeError, NotImplementedError, TypeError, AttributeError, AssertionError):
        function(*args)
        raise SystemError("the call did not raise")


@functools.cache
def words(text):
    """The same strings every time: Python's cache of attributes would keep new ones."""
    return [sys.intern(w) for w in text.split()]


def each(names, *args):
    """Functions of torch by name."""
    return [getattr(torch, n)(*args) for n in words(names)]


def read(t, names):
    """Attributes, called where they can be."""
    return [a() if callable(a := getattr(t, n)) else a for n in words(names)]


scratch = tempfile.NamedTemporaryFile(suffix=".bin")  # noqa: SIM115 as long as the process
pathlib.Path(scratch.name).write_bytes(bytes(64))
no_grad = torch.no_grad()
F, aten, f64 = torch.nn.functional, torch.ops.aten, torch.float64
v, s, m, z = leaf(5), torch.tensor(0.5, requires_grad=True), leaf(4, 4), leaf(4, dtype=torch.complex64)
line, plane, space = leaf(1, 2, 8), leaf(1, 2, 8, 8), leaf(1, 2, 4, 4, 4)
LEAVES = [v, s, m, z, line, plane, space]
i, b = torch.tensor([2, 0, 1, 3]), torch.tensor([True, False, True, True])
n, d, dm, dp = torch.tensor([7, 2, 5, 4]), v.detach(), m.detach(), plane.detach()
mean, inv, ints = dp.mean((0, 2, 3)), dp.mean((0, 2, 3)) + 1, torch.tensor([3, 1, 2, 2], dtype=torch.int32)
rnn = leaf(2, 3, 4), leaf(1, 3, 4)
w1, w3, w4 = ([leaf(4 * k, 4), leaf(4 * k, 4), leaf(4 * k), leaf(4 * k)] for k in (1, 3, 4))
coo = torch.sparse_coo_tensor([[0, 1, 3], [2, 0, 1]], [1.0, 2.0, 3.0], (4, 4)).coalesce()
csr, csc = coo.to_sparse_csr(), coo.to_sparse_csc()
f8, ends = dm.to(torch.float8_e4m3fn), torch.tensor([2, 4], dtype=torch.int32)
scaling, rows = F.ScalingType.TensorWise, F.ScalingType.RowWise
logits, text = leaf(6, 2, 4), torch.tensor([[1, 2], [3, 1]])

CALLS = """
read(d, "float double half bfloat16 int long short char byte bool cfloat cdouble cpu type"), d.type(f64), d.type_as(i)
v.to(f64), v.type(f64), d.chalf()
read(d, "is_sparse is_sparse_csr is_quantized is_nested is_mkldnn is_mps is_xpu is_xla is_vulkan is_ipu is_maia")
read(d, "is_mtia is_cpu is_cuda is_npu layout itemsize nbytes name")
read(d, "_has_symbolic_sizes_strides _cdata grad_dtype data volatile is_signed is_inference is_pinned is_distributed")
read(d, "is_conj is_neg is_complex stride dim storage_offset is_contiguous")
read(d, "element_size data_ptr const_data_ptr dim_order get_device is_shared untyped_storage _typed_storage storage")
read(d, "storage_type __dlpack_device__ __repr__ to_dense new dense_dim sparse_dim")
read(d, "dequantize _is_view __len__ __reversed__ __dir__ __array__ _version")
read(dm, "T mT H mH adjoint t numpy tolist"), v.grad, read(z, "real imag resolve_conj")
read(m, "T mT H mH adjoint"), m.swapaxes(0, 1), m.view_as(m), m.reshape_as(m), m.detach().t_()
m.clone().transpose_(0, 1), m.clone().unsqueeze_(0).squeeze_(0), m.clone().as_strided_((2,), (1,))
[refused(getattr(d, a)) for a in words("xpu mtia ipu values indices coalesce is_coalesced crow_indices col_indices")]
[refused(getattr(d, a)) for a in words("ccol_indices row_indices")]
[refused(lambda: getattr(d, a)()) for a in words("q_scale q_zero_point q_per_channel_scales")]
[refused(lambda: getattr(d, a)()) for a in words("q_per_channel_zero_points q_per_channel_axis int_repr qscheme")]
[refused(lambda: getattr(d, a)()) for a in words("to_padded_tensor to_mkldnn")]
[refused(lambda: getattr(d, a)()) for a in words("sparse_resize_ sparse_resize_and_clear_ resize_as_sparse_ _nnz")]
[refused(lambda: getattr(d, a)()) for a in words("_indices _values _coalesced_ _dimI _dimV npu cuda pin_memory")]
[refused(lambda: getattr(d, a)()) for a in words("reinforce")]
refused(lambda: d.__delitem__(0)), refused(lambda: d.__cuda_array_interface__), refused(v.resize_, 2)
refused(lambda: d.npu(2)), refused(lambda: d + dm[:3, 0])
d.is_same_size(d), d.is_set_to(d), d.clone().set_(d), d.set_(d), d.record_stream(None), d.clone().share_memory_()
d.module_load(d), d.new(3), d.resize_(5), torch.is_tensor(d)
list(v), 3.0 in d, f"{s.detach():.2f}", complex(s.detach()), float(s.detach()), int(s.detach()), bool(s.detach())
[0, 1, 2, 3][i[0]], torch.is_nonzero(s.detach()), d.__array_wrap__(d.numpy())
d.clone().apply_(lambda x: x + 1), d.clone().map_(d, lambda x, y: x + y)
d.clone().map2_(d, d, lambda x, y, w: x + y + w), repr(v), str(dm), repr(coo)
torch.promote_types(f64, torch.int32), torch.can_cast(f64, torch.int32), torch.result_type(d, 1.0), torch.equal(d, d)
torch.allclose(d, d), torch.is_nonzero(s.detach())
(v * 1).sum().backward(inputs=[v]), setattr(v, "grad", None), (v * 2).register_hook(lambda g: g), (v * 2).retain_grad()
v.register_post_accumulate_grad_hook(print).remove()
(v * 1).fill_diagonal_(1) if v.ndim > 1 else (m * 1).fill_diagonal_(1), (m * 1).fill_(s), (m * 1).fill_(2.0)
(m * 1).zero_(), (m * 1).copy_(m), (m * 1).detach_(), (m * 1).div_(m), (m * 1).round_()
(m * 1).clamp_(0, 1), (m * 1).clamp_(m, m), m.clamp(m, m * 2), (m * 1).clamp_max_(1), (m * 1).square_()
(m * 1).round_(decimals=2), m.round(decimals=2), (m * 1).div_(m, rounding_mode="floor")
(m * 1).div_(m, rounding_mode="trunc"), m.div(m, rounding_mode="floor"), (m * 1).logit_(0.1), (m * 1).polygamma_(1)
m.polygamma(1), torch.polygamma(1, m), (z * 1).conj_physical_()
d.new_empty(3), d.new_ones(3), d.new_full((3,), 2.0), d.new_empty_strided((2,), (1,)), d.new_tensor([1.0])
torch.as_tensor([1.0]), torch.asarray([1.0]), torch.from_file(scratch.name, size=4)
torch.frombuffer(bytearray(8), dtype=torch.int8), torch.from_dlpack(d), torch.from_numpy(numpy.zeros(3))
torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(d)), torch.empty(3), torch.zeros(3), torch.ones(3)
d.__dlpack__(), torch.range(0, 3), each("hann_window hamming_window blackman_window bartlett_window kaiser_window", 7)
torch.fft.fftfreq(5), torch.fft.rfftfreq(5), torch.broadcast_shapes((2, 1), (3,))
(v * 1).normal_(), (v * 1).uniform_(), (v * 1).bernoulli_(0.5), (v * 1).exponential_(), (v * 1).geometric_(0.5)
(v * 1).cauchy_(), (v * 1).log_normal_(), d.clone().random_(), d.clone().bernoulli_(d)
torch.rand(3), torch.randn(3), torch.randperm(5), torch.randint(3, (4,)), torch.normal(v, 1.0), torch.normal(0.0, v)
torch.normal(v, v), torch.normal(0.0, 1.0, (3,)), torch.poisson(v), torch.bernoulli(v)
torch.rand(3, out=torch.empty(3)), torch.randn(3, out=torch.empty(3))
torch.randperm(3, out=torch.empty(3, dtype=torch.long)), torch.normal(0.0, d, out=torch.empty(5))
torch.bernoulli(d, out=torch.empty(5))
torch._standard_gamma(v), torch._sample_dirichlet(d), torch.binomial(n * 1.0, m[0]), torch.multinomial(d, 2)
torch._standard_gamma_grad(d, d), torch._dirichlet_grad(d, d, d), torch.randn_like(v)
v.where(v > 0, v * 2), torch.where(v > 0.5, v, 0.0), m.split(2), torch.split(m, 2)
torch.unsafe_split_with_sizes(m, [1, 3]), m.sum_to_size(1, 4), torch.vander(v), torch._unique2(i)
torch.chain_matmul(m, m)
v + 1, 1 - v, v - 1, 1 / v, v / 2, d // 2, 2 // d, v % 2, 2 % v, v**2, 2**v, -v, abs(v), +v, v.__rdiv__(1), v == v
v != v, v < v, v <= v, v > v, v >= v, v @ v, m.__rmatmul__(m)
i & 1, 1 & i, i | 1, 1 | i, i ^ 1, 1 ^ i, i << 1, 1 << i, i >> 1, 1 >> i, ~i, i // 2, 2 // i.add(1), i % 2, 7 % i.add(1)
i**2, 2**i
(v * 1).__iadd__(1).__isub__(1).__imul__(2).__itruediv__(2), d.clone().__ifloordiv__(2).__imod__(2).__ipow__(2)
i.clone().__iand__(3).__ior__(1).__ixor__(1).__ilshift__(1).__irshift__(1)
torch._fused_adam_([d.clone()], [d], [d.clone()], [d.clone()], [], [s.detach() + 1], lr=0.1, beta1=0.9, beta2=0.9, \
    weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
torch._fused_adamw_([d.clone()], [d], [d.clone()], [d.clone()], [], [s.detach() + 1], lr=0.1, beta1=0.9, beta2=0.9, \
    weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
torch._fused_sgd_([d.clone()], [d], [d.clone()], weight_decay=0.1, momentum=0.9, lr=0.1, dampening=0.0, \
    nesterov=True, maximize=False, is_first_step=False)
torch._fused_adagrad_([d.clone()], [d], [d.clone()], [s.detach() + 1], lr=0.1, lr_decay=0.1, weight_decay=0.1, \
    eps=1e-8, maximize=False)
each("_foreach_norm _foreach_powsum _foreach_max _foreach_clone", [v, m]), torch._foreach_mm([m, m], [m, m])
torch._foreach_zero_([d.clone()]), torch._foreach_copy_([v * 1], [v])
torch._amp_foreach_non_finite_check_and_unscale_([d.clone()], torch.zeros(1), torch.ones(1))
torch._amp_update_scale_(torch.ones(1), torch.zeros(1, dtype=torch.int32), torch.ones(1), 2.0, 0.5, 9)
torch._unsafe_index(m, [i]), torch._index_put_impl_(m * 1, [i], m), torch._unsafe_masked_index(m, b, [i], 0.0)
torch._unsafe_masked_index_put_accumulate(m, b, [i], m[0]), torch.slice_scatter(m, m[:2], 0, 0, 2)
torch.slice_inverse(m, m, 0, 0, 4), torch._chunk_cat([m, m], 0, 2), torch.detach_copy(m), torch.select_copy(m, 0, 1)
torch.split_copy(m, 2), torch.slice_copy(m), torch.view_as_real_copy(z), aten.alias(m)
torch.view_as_complex_copy(m.view(4, 2, 2)), torch.as_strided_copy(m, (2,), (1,)), torch.diagonal_copy(m)
torch.expand_copy(v, (2, 5)), torch.permute_copy(m, (1, 0)), torch.squeeze_copy(m), torch.t_copy(m)
torch.transpose_copy(m, 0, 1), torch.unbind_copy(m), torch.unfold_copy(m, 0, 2, 1), torch.unsqueeze_copy(m, 0)
torch.view_copy(m, (16,)), torch.alias_copy(m), torch.narrow_copy(m, 0, 0, 2)
torch.split_with_sizes_copy(m, [1, 3]), each("indices_copy values_copy", coo)
each("crow_indices_copy col_indices_copy", csr), each("ccol_indices_copy row_indices_copy", csc)
aten._assert_async(s.detach()), aten._assert_scalar(1, ""), aten._assert_tensor_metadata(d, [5]), aten._is_all_true(b)
aten._is_any_true(b), aten.slice_aten(m, 0, 1, 2), aten._safe_softmax(m, 1)
aten.sym_constrain_range(3, min=1), aten.sym_constrain_range_for_size(3, min=2)
torch._fused_attention(plane, plane, plane, None, False, 0.5) if hasattr(torch, \
    "_fused_attention") else F.scaled_dot_product_attention(plane, plane, plane)
[TABLE[k].function(v * 1) for k in words("gelu_ silu_ mish_ log_sigmoid_ hardswish_ hardsigmoid_")]
TABLE["softplus_"].function(v * 1, 1.0, 20.0), TABLE["softshrink_"].function(v * 1, 0.5), F.silu(v * 1, inplace=True)
F.relu(v * 1, inplace=True)
torch._int_mm(dm.to(torch.int8), dm.to(torch.int8))
torch._grouped_mm(m, torch.stack([m, m]), offs=ends), F.grouped_mm(m, torch.stack([m, m]), offs=ends)
torch._scaled_mm(f8, f8.t(), s.detach(), s.detach()), F.scaled_mm(f8, f8.t(), s.detach(), scaling, s.detach(), scaling)
F.scaled_grouped_mm(f8, torch.stack([f8, f8]), d[:4], rows, dm[:2], rows, offs=ends)
F.sigmoid(v), F.tanh(v), F.rrelu_(v * 1), torch.rrelu(v, 0.1, 0.3, True), torch.rrelu_(v * 1), F.softmax(v, 0)
F.log_softmax(v, 0), F.gumbel_softmax(v), F.gelu(v, approximate="tanh"), torch.rms_norm(v, (5,))
torch.dropout(v, 0.5, True), torch.dropout_(v * 1, 0.5, True), torch.feature_dropout(plane, 0.5, True)
torch.feature_dropout_(plane * 1, 0.5, True), torch.native_dropout(v, 0.5, True), F.dropout1d(line)
torch.alpha_dropout(v, 0.5, True), torch.alpha_dropout_(v * 1, 0.5, True), torch.feature_alpha_dropout(plane, 0.5, True)
torch.feature_alpha_dropout_(plane * 1, 0.5, True), F.dropout(v), F.dropout2d(plane)
F.dropout3d(space), F.alpha_dropout(v), F.feature_alpha_dropout(plane), F.dropout(v, inplace=False)
torch.autograd.grad(torch.autograd.grad(F.dropout(v).pow(2).sum(), v, create_graph=True)[0].sum(), v)
torch.autograd.grad(torch.autograd.grad(F.gelu(v, approximate="tanh").sum(), v, create_graph=True)[0].sum(), v)
torch.convolution(line, line, None, (1,), (0,), (1,), False, (0,), 1)
torch._convolution(line, leaf(2, 3, 2), None, (1,), (0,), (1,), True, (0,), 1)
torch.conv_tbc(line, leaf(3, 8, 2), leaf(2), 1), F.conv_tbc(line, leaf(1, 8, 2), leaf(2))
torch.autograd.grad(torch.autograd.grad(F.conv2d(plane, plane).pow(2).sum(), plane, create_graph=True)[0].sum(), plane)
F.binary_cross_entropy_with_logits(m, dm, pos_weight=dm[0]), torch.binary_cross_entropy_with_logits(m, dm)
F.nll_loss(plane, torch.zeros(1, 8, 8, dtype=torch.long)), torch.kl_div(v, d)
torch.poisson_nll_loss(v, d, True, False, 1e-8, 1)
F.triplet_margin_with_distance_loss(m, m * 2, m * 3), torch.triplet_margin_loss(m, m * 2, m * 3)
torch.cosine_embedding_loss(m, m, i), torch.hinge_embedding_loss(v, d), torch.margin_ranking_loss(v, v, d)
torch.ctc_loss(logits.log_softmax(2), text, (6, 6), (2, 2)), F.ctc_loss(logits.log_softmax(2), text, (6, 6), (2, 2))
F.ctc_loss(logits.log_softmax(2), text, torch.tensor([6, 6]), torch.tensor([2, 2]), zero_infinity=True)
F.max_pool1d(line, 2, return_indices=True), torch.max_pool1d(line, 2), torch.max_pool1d_with_indices(line, 2)
torch.avg_pool1d(line, 2), F.lp_pool1d(line, 2, 2), F.adaptive_max_pool1d(line, 2, return_indices=True)
F.max_pool1d_with_indices(line, 2), F.adaptive_max_pool1d_with_indices(line, 2), torch.adaptive_max_pool1d(line, 2)
F.max_pool2d_with_indices(plane, 2), torch.max_pool2d(plane, 2), torch.max_pool2d_with_indices(plane, 2)
F.adaptive_max_pool2d_with_indices(plane, 2), F.lp_pool2d(plane, 2, 2)
F.fractional_max_pool2d_with_indices(plane, 2, 4), F.max_pool3d_with_indices(space, 2), torch.max_pool3d(space, 2)
torch.max_pool3d_with_indices(space, 2)
F.adaptive_max_pool3d_with_indices(space, 2), F.lp_pool3d(space, 2, 2)
F.fractional_max_pool3d_with_indices(space, 2, 2), F.avg_pool3d(space, 2), F.adaptive_avg_pool3d(space, 2)
torch.autograd.grad(torch.autograd.grad(F.avg_pool2d(plane, 2).pow(2).sum(), plane, create_graph=True)[0].sum(), plane)
torch.autograd.grad(torch.autograd.grad(F.max_pool2d(plane, 2).pow(2).sum(), plane, create_graph=True)[0].sum(), plane)
torch.pixel_shuffle(leaf(1, 4, 2, 2), 2), torch.pixel_unshuffle(plane, 2), torch.channel_shuffle(plane, 2)
F.channel_shuffle(plane, 2), torch.native_channel_shuffle(plane, 2), torch.embedding_renorm_(dm.clone(), i, 1.0, 2.0)
F.pixel_shuffle(leaf(1, 4, 2, 2), 2), F.pixel_unshuffle(plane, 2), F.embedding(i, m), F.embedding(i, m, padding_idx=0)
torch.embedding(m, i), F.embedding_bag(i, m, torch.tensor([0, 2])), torch.embedding_bag(m, i, torch.tensor([0, 2]))
each("rnn_tanh rnn_relu", *rnn, w1, True, 1, 0.0, False, False, False)
torch.gru(*rnn, w3, True, 1, 0.0, False, False, False)
torch.lstm(rnn[0], (rnn[1], rnn[1]), w4, True, 1, 0.0, False, False, False)
each("rnn_tanh_cell rnn_relu_cell", m, m, *w1), torch.gru_cell(m, m, *w3), torch.lstm_cell(m, (m, m), *w4)
[F.interpolate(line, 5, mode=k) for k in ("nearest", "nearest-exact", "linear")]
[F.interpolate(plane, 5, mode=k) for k in ("nearest", "nearest-exact", "bilinear", "bicubic")], F.upsample(plane, 5)
[F.interpolate(space, 5, mode=k) for k in ("nearest", "nearest-exact", "trilinear")]
[F.interpolate(plane, 5, mode=k, antialias=True) for k in ("bilinear", "bicubic", "lanczos")]
F.gelu(v)
[getattr(F, k)(v, d) for k in words("mse_loss smooth_l1_loss huber_loss binary_cross_entropy soft_margin_loss l1_loss")]
torch.linalg.matrix_norm(m, "nuc"), torch.norm(m), torch.linalg.norm(m, 2)
F.affine_grid(leaf(1, 2, 3), (1, 2, 4, 4)), torch.affine_grid_generator(leaf(1, 2, 3), (1, 2, 4, 4), True)
F.grid_sample(plane, leaf(1, 3, 3, 2)), F.grid_sample(space, leaf(1, 3, 3, 3, 3))
torch.grid_sampler(plane, leaf(1, 3, 3, 2), 0, 0, True)
torch.linalg.matrix_power(m, 0), torch.inverse(m + torch.eye(4)), torch.slogdet(m + torch.eye(4))
torch.orgqr(dm, d[:4]), torch.einsum("ij,jk->ik", m, m), torch.norm_except_dim(m), torch._weight_norm(m, m[:, :1])
torch.svd_lowrank(dm, 2), torch.pca_lowrank(dm, 2)
torch.frobenius_norm(m, (0, 1)), torch.nuclear_norm(m), torch.native_norm(m), torch.hash_tensor(i)
torch.segment_reduce(v, "sum", lengths=torch.tensor([2, 3]))
torch.quantize_per_tensor(dm, 0.1, 0, torch.qint8).t().dequantize()
torch.quantize_per_channel(dm, dm[0].abs(), ints.new_zeros(4), 0, torch.qint8)[1].clone()
torch.quantize_per_tensor_dynamic(dm, torch.qint8, False)
torch.empty_quantized((2, 3), torch.quantize_per_tensor(dm, 0.1, 0, torch.quint8))
torch._empty_affine_quantized([2], dtype=torch.qint8), torch._make_per_tensor_quantized_tensor(ints.int(), 0.1, 0)
torch._empty_per_channel_affine_quantized([4], scales=dm[0], zero_points=ints.new_zeros(4), axis=0, dtype=torch.qint8)
torch._make_per_channel_quantized_tensor(dm.int(), dm[0], ints.new_zeros(4), 0)
torch.quantized_max_pool1d(torch.quantize_per_tensor(dm, 0.1, 0, torch.qint8), 2)
torch.quantized_max_pool2d(torch.quantize_per_tensor(dp, 0.1, 0, torch.qint8), 2)
torch.quantized_max_pool3d(torch.quantize_per_tensor(dp[None], 0.1, 0, torch.qint8), 2)
torch.quantized_batch_norm(torch.quantize_per_tensor(dp, 0.1, 0, torch.qint8), inv, mean, mean, inv, 1e-5, 0.1, 0)
torch.quantize_per_tensor(dm, 0.1, 0, torch.quint4x2).dequantize()
torch.relu(torch.quantize_per_tensor(dm, 0.1, 0, torch.qint8))
torch.fake_quantize_per_tensor_affine(v, 0.1, 0, 0, 255)
torch.fake_quantize_per_channel_affine(m, d[:4], ints, 0, 0, 255), (m * 1).renorm_(2, 0, 1.0)
torch.lobpcg(dm @ dm.mT + torch.eye(4), k=1, niter=3)
torch.batch_norm_update_stats(dp, mean.clone(), inv.clone(), 0.1), torch.batch_norm_stats(dp, 1e-5)
torch.batch_norm_elemt(plane, None, None, mean, inv, 1e-5)
torch.batch_norm(plane, None, None, None, None, True, 0.1, 1e-5, False)
torch.batch_norm_gather_stats_with_counts(dp, mean[None], inv[None], None, None, 0.1, 1e-5, torch.ones(1))
torch.batch_norm_gather_stats(dp, mean[None], inv[None], None, None, 0.1, 1e-5, 64)
torch.batch_norm_backward_reduce(dp, dp, mean, inv, None, True, True, True)
torch.batch_norm_backward_elemt(dp, dp, mean, inv, None, mean, mean, torch.ones(1))
torch.instance_norm(plane, None, None, None, None, True, 0.1, 1e-5, False)
aten.native_dropout_backward(d, d > 0.5, 2.0)
aten._native_batch_norm_legit_no_training(plane, None, None, mean, inv, 0.1, 1e-5)
aten._native_batch_norm_legit_functional(plane, None, None, mean, inv, True, 0.1, 1e-5)
aten._batch_norm_with_update(plane, None, None, mean.clone(), inv.clone(), 0.1, 1e-5)
aten._batch_norm_no_update(plane, None, None, mean, inv, 0.1, 1e-5)
torch._native_batch_norm_legit(plane, None, None, True, 0.1, 1e-5)
aten._softmax(m, 1, False), aten._log_softmax(m, 1, False), aten._upsample_bilinear2d_aa(plane, (5, 5), False)
aten._upsample_bicubic2d_aa(plane, (5, 5), False)
each("sparse_csr_tensor sparse_csc_tensor", [0, 1, 2], [0, 1], [1.0, 2.0], (2, 2))
each("sparse_bsr_tensor sparse_bsc_tensor", [0, 1, 2], [0, 1], torch.ones(2, 1, 1), (2, 2))
torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0])
torch.sparse_compressed_tensor([0, 1, 2], [0, 1], [1.0, 2.0], layout=torch.sparse_csr), torch.hspmm(coo, dm)
torch.smm(coo, dm), torch.sspaddmm(coo, coo, dm), torch.saddmm(coo, coo, dm), torch.spmm(coo, dm)
torch._convert_indices_from_coo_to_csr(torch.tensor([0, 0, 1]), 3)
read(dm, "to_sparse to_sparse_coo to_sparse_csr to_sparse_csc"), dm.to_sparse_bsr((2, 2)), dm.to_sparse_bsc((2, 2))
dm.sparse_mask(coo), coo.to_dense(), csr.to_dense(), coo + coo, coo * 2, read(coo, "coalesce indices values")
torch.dsmm(coo, dm), read(coo, "is_sparse _nnz _indices _values"), coo.smm(dm), coo.sspaddmm(coo, dm)
"""

# tests/test_ascend.py and tests/test_ascend_nets.py call them
ONLY_ON_DEVICES = {"_dropout_by_bits", "_flash_attention"}
FOREACH = [n for n in FUNCTIONS if n.startswith("_foreach_") and not re.search(n + r"\b", CALLS)]


class Call:
    """Something to call again and again: `run` makes a result, whose graph is walked where there is one."""

    def __init__(self, run, leaves):
        self.run, self.leaves = run, leaves

    def __call__(self):
        self.run()  # a graph that is only dropped
        roots = [t for t in tensors(self.run()) if t.requires_grad]
        if roots:
            return torch.autograd.grad(roots, self.leaves, [torch.ones_like(t) for t in roots], allow_unused=True)


def tensors(value):
    """Dense tensors in nested values."""
    if isinstance(value, torch.Tensor):
        if value.layout is torch.strided:
            yield value
    elif isinstance(value, (list, tuple, dict)):
        for v in value.values() if isinstance(value, dict) else value:
            yield from tensors(v)


def resolve(name):
    """torch.<name> or Tensor.<name>; an attribute as a function."""
    if not callable(getattr(torch.Tensor, name, len)):
        return lambda t: getattr(t, name)
    return number_tensors.resolve(torch, name)


def fits_itself(sample):
    """Whether the result has the shape of the first argument: then the in-place form can be called."""
    args, result = READER.decode(sample["args"]), READER.decode(sample["result"])
    return all(isinstance(t, torch.Tensor)
               for t in (*args[:1],
                         result)) and args and args[0].shape == result.shape and (
                             result.dtype == args[0].dtype or result.dtype == torch.bool)


def samples():
    """{operator: its samples}, float32 first"""
    found = {}
    for sample in sorted(READER.samples, key=lambda s: s.get("dtype") != "float32"):
        if "op" in sample and "error" not in sample:
            found.setdefault(sample["op"], []).append(sample)
    return found


def sampled(sample, function, first=lambda t: t, **more):
    args, kwargs = READER.decode(sample["args"]), READER.decode(sample["kwargs"])
    return Call(lambda: function(first(args[0]), *args[1:], **kwargs, **more) if args else function(**kwargs, **more),
                [t for t in tensors([args, kwargs]) if t.requires_grad])


def shown(example, function):
    """The call of an example in one of its forms."""
    args, kwargs = example.arguments()
    return Call(lambda: function(*args, **kwargs), [t for t in tensors([*args]) if t.requires_grad])


def into(sample, function):
    """The call with an out= that fits."""
    outs = sampled(sample, function).run()
    if isinstance(outs, (list, tuple)):
        outs = (list if type(outs) is list else tuple)(t.detach().clone() for t in outs)
    else:
        outs = outs.detach().clone()
    return sampled(sample, no_grad(function), out=outs)


def foreach(name):
    """Lists for all arguments without default; copies in place of what is written to."""
    function = getattr(torch, name)
    count = len([p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD
                 and p.name not in ("scalars",)])
    return Call(lambda: function([t * 1 for t in (v, m)], *[[v, m]] * (count - 1)), [v, m])


def calls():
    """{label: function that makes the call}"""
    found = {}
    for name, (sample, *more) in samples().items():
        function = resolve(name)
        found[name] = lambda sample=sample, function=function: sampled(sample, function)
        short = name.rpartition(".")[2]
        in_place = METHODS.get(short + "_") if "." not in name or name.startswith("nn.") else None
        in_place = (NAMESPACES["nn.functional"].get(short + "_", in_place) if name.startswith("nn.functional.")
                    else in_place)
        if in_place and name != "normal" and (fitting := next(filter(fits_itself, (sample, *more)), None)):
            found[name
                  + " in place"] = lambda sample=fitting, function=in_place: sampled(sample, function, lambda t: t * 1)
            found[name + " not in place"] = lambda sample=fitting, function=function: sampled(sample, function)
        if "out" in inspect.signature(function).parameters:
            found[name + " out="] = lambda sample=sample, function=function: into(sample, function)
    for name, example in examples().items():
        for form, function in example.forms().items():
            found[f"{name} example, {form}"] = lambda e=example, f=function: shown(e, f)
    for name in FOREACH:
        found[name] = lambda name=name: foreach(name)
    for line in CALLS.strip().splitlines():
        found[line] = lambda code=compile(line, "<call>", "eval"): Call(lambda: eval(code, globals()), LEAVES)
    return found


def functions():
    """[(function of the table, its names)]"""
    found = {}
    tables = [{n: row.function for n, row in TABLE.items()}, FUNCTIONS, METHODS, *NAMESPACES.values()]
    for name, function in (pair for table in tables for pair in table.items()):
        function = getattr(function, "_primary", function)  # one function has an object for each of its names
        found.setdefault(id(function), (function, []))[1].append(name)
    return list(found.values())


def code_of(function):
    function = getattr(function, "fget", None) or getattr(function, "getter", function)
    function = function.__wrapped__ if hasattr(function, "_primary") else function
    return getattr(function, "__code__", None)


def not_reached(made):
    """Names of functions that none of these calls runs. Those that share their code with others must be named in a
    call."""
    seen, named = set(), set(re.findall(r"\w+", CALLS)) | set(made) | set(examples()) | set(FOREACH) | ONLY_ON_DEVICES

    def look(frame, event, argument):
        if event == "call":
            seen.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        for make in made.values():
            make()()
    finally:
        sys.setprofile(before)
    everything = functions()
    count = collections.Counter(code_of(f) for f, _ in everything)
    return [names[0] for f,
            names in everything if not ((code_of(f) in seen and count[code_of(f)] == 1) or named & set(names))]
